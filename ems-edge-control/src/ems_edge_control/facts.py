"""What the power solver has to know of each storage unit in a cycle, read from the image."""

from __future__ import annotations

from ems_edge_control.site import Site
from ems_edge_control.solver.power import Facts
from ems_edge_control.solver.tree import Limits

STOPPED = 2.0
FAULT = 3.0


class FactReader:
    """Reads what the solver needs to know of each unit from the image."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._places: list[tuple[str, dict[str, int], bool, float]] = []
        for unit in site.solver.units.values():
            if unit.members:
                continue
            handles = {
                name: site.table.handle(f"{unit.id}/{name}")
                for name in (
                    "AllowedChargePower",
                    "AllowedDischargePower",
                    "MaxApparentPower",
                    "ActivePower",
                    "Soc",
                    "StartStop",
                    "State",
                )
            }
            info = site.infos[unit.id]
            frozen = (
                bool(info.property("readOnly", False))
                or str(info.property("mode", "")).lower() == "read-only"
            )
            self._places.append((unit.id, handles, frozen, float(info.property("efficientRatio", 0.5))))

    def read(self) -> dict[str, Facts]:
        """Facts of all units; an undefined limit is zero, a stopped or read-only unit takes no power."""
        get = self.site.image.get
        facts = {}
        for id, handle, frozen, ratio in self._places:
            still = frozen or get(handle["StartStop"]) == STOPPED
            limits = Limits(
                0.0 if still else get(handle["AllowedChargePower"]) or 0.0,
                0.0 if still else get(handle["AllowedDischargePower"]) or 0.0,
                get(handle["MaxApparentPower"]) or 0.0,
            )
            is_faulty = get(handle["State"]) == FAULT
            facts[id] = Facts(limits, get(handle["ActivePower"]), get(handle["Soc"]), ratio, is_faulty)
        return facts
