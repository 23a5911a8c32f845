"""What the loop shows of itself: a load that does not follow from known values is not known."""

from __future__ import annotations

import math

from ems_edge_control.config import ComponentConfig, SiteConfig
from ems_edge_control.derive import Derived
from ems_edge_control.site import Site
from ems_edge_control.snapshot import Figures, widened

POWERS_W = {"meter0/ActivePower": 5_000.0, "pv0/ActivePower": 2_000.0, "ess0/ActivePower": -1_000.0}


def figures_of(powers_w: dict[str, float]) -> dict[str, float]:
    site = Site(
        SiteConfig(
            (
                ComponentConfig("meter0", "meter", {"type": "GRID"}),
                ComponentConfig("pv0", "pv-inverter", {"type": "PRODUCTION"}),
                ComponentConfig("ess0", "managed-symmetric-ess", {}),
            ),
            (),
        )
    )
    figures, derived = Figures(site), Derived(site)
    for address, value in powers_w.items():
        site.image.set_next(site.table.handle(address), value, 1.0)
    site.image.switch(1.0)
    derived.run()
    return figures.read()


def test_the_load_is_what_grid_production_and_storage_leave() -> None:
    # 5 kW from the grid and 2 kW from the roof, of which the battery takes 1 kW.
    assert figures_of(POWERS_W)["load_power_w"] == 6_000.0


def test_the_load_is_not_known_while_one_of_them_is_not() -> None:
    for missing in POWERS_W:
        rest = {address: value for address, value in POWERS_W.items() if address != missing}
        figures = figures_of(rest)
        assert math.isnan(figures["load_power_w"]), missing
        assert math.isnan(widened(figures, "run", ("run",))["load_power_kw"])
