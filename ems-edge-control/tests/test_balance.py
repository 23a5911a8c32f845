"""What the site adds up survives a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_sites import GRID

from ems_edge_control import replay
from ems_edge_control.cycle import Cycle
from ems_edge_control.memory import Memory
from ems_edge_control.site import Site

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHOWN = ("_sum/GridBuyActiveEnergy", "_sum/GridMaxActivePower")


def counted(site: Site, powers: list[tuple[float, float]]) -> list[object]:
    """Energy bought [Wh] and greatest power [W] after the powers [W] at the given seconds."""
    cycle = Cycle(site)
    for at_s, power_w in powers:
        site.image.set_next(site.table.handle(f"{GRID['id']}/ActivePower"), power_w, at_s)
        cycle.run(at_s, NOW, 0.1)
    return list(site.image.shown([site.table.handle(name) for name in SHOWN]).values())


def test_energies_and_extremes_go_on_after_a_restart(tmp_path: Path) -> None:
    """1 kW for an hour; an hour away, not counted; 400 W for half an hour: 1200 Wh. Three days away change nothing."""
    config = replay.read_config({"components": [GRID]})
    site, later = Site(config), Site(config)
    memory = Memory(tmp_path / "state.json", lambda: NOW)
    assert counted(site, [(0, 1000), (3600, 1000)]) == [1000, 1000]
    memory.save(memory.encode(site, 3600.0, ended=True))
    Memory(memory.path, lambda: NOW + timedelta(days=3)).restore(later)
    assert counted(later, [(7200, 400), (9000, 400)]) == [1200, 1000]
