"""What the power solver has to know of each storage unit in a cycle, read from the image."""

from __future__ import annotations

from ems_edge_control.site import Site
from ems_edge_control.solver.power import Facts
from ems_edge_control.solver.tree import Limits

STOPPED = 2.0
FAULT = 3.0


NAMES = (
    "AllowedChargePower",
    "AllowedDischargePower",
    "MaxApparentPower",
    "ActivePower",
    "Soc",
    "StartStop",
    "State",
    "DcDischargePower",
)


class FactReader:
    """Reads what the solver needs to know of each unit from the image."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._places: list[tuple[str, list[int], bool, float, bool]] = []
        for unit in site.solver.units.values():
            if unit.members:
                continue
            handles = [site.table.handle(f"{unit.id}/{name}") for name in NAMES]
            info = site.infos[unit.id]
            frozen = (
                bool(info.property("readOnly", False))
                or str(info.property("mode", "")).lower() == "read-only"
            )
            ratio = float(info.property("efficientRatio", 0.5))
            self._places.append((unit.id, handles, frozen, ratio, info.is_a("hybrid-ess")))

    def read(self) -> dict[str, Facts]:
        """Facts of all units; an undefined limit is zero, a stopped or read-only unit takes no power."""
        values, facts = self.site.image.values, {}
        for id, handles, frozen, ratio, is_hybrid in self._places:
            known = [None if (v := values[h]) != v else v for h in handles]
            low, high, size, measured, soc, started, state, battery = known
            still = frozen or started == STOPPED
            limits = Limits(0.0 if still else low or 0.0, 0.0 if still else high or 0.0, size or 0.0)
            pv_w = max(0.0, measured - battery) if is_hybrid and measured and battery is not None else 0.0
            facts[id] = Facts(limits, measured, soc, ratio, state == FAULT, pv_w)
        return facts
