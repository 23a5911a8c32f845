"""Channels that follow from others in the same cycle: groups of storage units and the site's sums.

A channel that is given from outside (an input of a replay, a property) is never overwritten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from ems_edge_control.balance import FLOWS, Counters, flows
from ems_edge_control.controllers.base import GENSET, ComponentInfo
from ems_edge_control.image import UNDEFINED
from ems_edge_control.natures import METER_TYPES, PHASES
from ems_edge_control.site import Site

# What a channel makes of the known values of its sources.
Rule: TypeAlias = Callable[[list[float]], float]
Rules: TypeAlias = list[tuple[int, list[int], Rule]]
SUMMED = (
    "ActivePower",
    "ReactivePower",
    "MaxApparentPower",
    "AllowedChargePower",
    "AllowedDischargePower",
    "Capacity",
    "ActiveChargeEnergy",
    "ActiveDischargeEnergy",
)
LEAST = ("MinCellVoltage", "MinCellTemperature")
GREATEST = ("MaxCellVoltage", "MaxCellTemperature")


def meter_type(info: ComponentInfo) -> int:
    """Type of a meter: its property, else what its nature implies."""
    default = "PRODUCTION" if info.is_a("pv-inverter") else "CONSUMPTION_METERED"
    if info.is_a("evcs") or info.is_a("evse-charge-point"):
        default = "MANAGED_CONSUMPTION_METERED"
    name = str(info.property("type", info.property("meterType", default))).upper().replace("-", "_")
    return METER_TYPES.get(name, METER_TYPES[default])


def total(values: Iterable[float | None]) -> float | None:
    """Sum of the known values, None when none is known."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def grid_mode(modes: Sequence[float | None]) -> float | None:
    """Common grid mode: any generator set wins, all equal is that, anything else is unknown."""
    known = [m for m in modes if m is not None]
    if not known:
        return None
    if GENSET in known:
        return float(GENSET)
    return known[0] if len(set(known)) == 1 and len(known) == len(modes) else -1.0


def common(values: Sequence[float | None]) -> float | None:
    """The value that all agree on, -1 when they do not, None when none is known."""
    if all(v is None for v in values):
        return None
    return values[0] if len(set(values)) == 1 else -1.0


class Derived:
    """Computes the derived channels of a site in each cycle, after the switch."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.image = site.image
        self._steps: list[Callable[[], None]] = []
        self.targets: list[int] = []
        infos = site.infos
        declared = {item.id for item in site.config.components}
        clusters = [i for i in infos.values() if i.is_a("ess-cluster")]
        for info in self._inner_first(clusters):
            self._steps.append(self._cluster(info))
        if "_sum" not in declared:
            self._steps.append(self._sum())
        site.image.grow()

    def shown(self) -> dict[str, float | bool | str | None]:
        """What was worked out in this cycle, in outer form; what is not known is left out."""
        shown = self.image.shown(self.targets)
        return {address: value for address, value in shown.items() if value is not None}

    def run(self) -> None:
        """Compute all of them."""
        for step in self._steps:
            step()

    def _inner_first(self, clusters: list[ComponentInfo]) -> list[ComponentInfo]:
        tree = self.site.solver.tree
        order = {node.name: i for i, node in enumerate(tree.order)}
        return sorted(clusters, key=lambda info: order.get(info.id, 0))

    def _handle(self, component: str, name: str) -> int:
        return self.site.table.handle(f"{component}/{name}")

    def _target(self, component: str, name: str) -> int:
        """Handle of a channel that is worked out here."""
        handle = self._handle(component, name)
        if handle not in self.site.given:
            self.targets.append(handle)
        return handle

    def _values(self, components: Sequence[str], name: str) -> Callable[[], list[float | None]]:
        handles = [self._handle(c, name) for c in components]
        image = self.image

        def read() -> list[float | None]:
            values = image.values
            return [None if (v := values[h]) != v else v for h in handles]

        return read

    def _follow(self, rules: Rules) -> None:
        """Work channels out from the known values of others, as often as there are any."""
        image = self.image
        values = image.values
        for handle, sources, rule in rules:
            known = [v for h in sources if (v := values[h]) == v]
            if known:
                image.set_now(handle, rule(known))
            elif values[handle] == values[handle]:
                image.set_now(handle, UNDEFINED)

    def _set(self, handle: int, value: float | None) -> None:
        if handle in self.site.given or (value is None and self.image.get(handle) is None):
            return
        self.image.set_now(handle, float("nan") if value is None else value)

    # -- groups ---

    def _cluster(self, info: ComponentInfo) -> Callable[[], None]:
        members = self.site.solver.units[info.id].members
        kinds: tuple[tuple[Sequence[str], Rule], ...] = ((SUMMED, sum), (LEAST, min), (GREATEST, max))
        rules: Rules = [
            (handle, [self._handle(member, name) for member in members], rule)
            for names, rule in kinds
            for name in names
            if (handle := self._target(info.id, name)) not in self.site.given
        ]
        socs, capacities = self._values(members, "Soc"), self._values(members, "Capacity")
        modes, soc_handle, mode_handle = (
            self._values(members, "GridMode"),
            self._target(info.id, "Soc"),
            self._target(info.id, "GridMode"),
        )
        starts, start_handle = self._values(members, "StartStop"), self._target(info.id, "StartStop")
        phases = [(self._target(info.id, f"ActivePower{p}"), self._phase(members, p)) for p in PHASES]

        def compute() -> None:
            self._follow(rules)
            self._set(soc_handle, mean_soc(socs(), capacities()))
            self._set(mode_handle, grid_mode(modes()))
            self._set(start_handle, common(starts()))
            for handle, phase in phases:
                self._set(handle, phase())

        return compute

    def _phase(self, members: Sequence[str], phase: str) -> Callable[[], float | None]:
        """Power of a group on one phase; a symmetric member carries a third."""
        get = self.image.get
        whole = math.trunc if self.site.config.per_call else float
        parts = []
        for member in members:
            info = self.site.infos[member]
            phased = info.is_a("asymmetric-ess")
            name = f"ActivePower{phase}" if phased else "ActivePower"
            parts.append((self._handle(member, name), 1.0 if phased else 1 / 3))

        def compute() -> float | None:
            return total(None if (v := get(h)) is None else whole(v * share) for h, share in parts)

        return compute

    # -- the site ---

    def _sum(self) -> Callable[[], None]:
        infos = self.site.infos
        units = [i for i in infos.values() if i.is_a("symmetric-ess") and not i.is_a("ess-cluster")]
        ids = [u.id for u in units]
        meters = [i for i in infos.values() if i.is_a("meter")]
        by_type = {t: [m.id for m in meters if meter_type(m) == number] for t, number in METER_TYPES.items()}
        makers = by_type["PRODUCTION"] + by_type["PRODUCTION_AND_CONSUMPTION"]
        chargers = [i.id for i in infos.values() if i.is_a("ess-dc-charger")]
        managed = by_type["MANAGED_CONSUMPTION_METERED"]
        names = [
            ("Ess", ids),
            ("Grid", by_type["GRID"]),
            ("GridGenset", by_type["GRID_GENSET"]),
            ("ProductionAc", makers),
        ]
        sums = [
            (f"{prefix}ActivePower{phase}", parts, f"ActivePower{phase}")
            for prefix, parts in names
            for phase in ("", *PHASES)
            if parts
        ]
        sums += [
            ("EssReactivePower", ids, "ReactivePower"),
            ("EssMaxApparentPower", ids, "MaxApparentPower"),
            ("EssCapacity", ids, "Capacity"),
            ("EssMinDischargePower", ids, "AllowedChargePower"),
            ("EssMaxDischargePower", ids, "AllowedDischargePower"),
            ("ProductionDcActualPower", chargers, "ActualPower"),
        ]
        plain: Rules = [
            (handle, [self._handle(part, name) for part in parts], sum)
            for target, parts, name in sums
            if (handle := self._target("_sum", target)) not in self.site.given
        ]
        socs, capacities = self._values(ids, "Soc"), self._values(ids, "Capacity")
        switches = [i.id for i in infos.values() if i.is_a("off-grid-switch")]
        modes = self._values(ids + switches, "GridMode")
        soc_handle, mode_handle = self._target("_sum", "EssSoc"), self._target("_sum", "GridMode")
        discharge = self._discharge(units)
        managed_power = self._values(managed, "ActivePower")
        discharge_handle = self._target("_sum", "EssDischargePower")
        balance = self._balance(managed_power)
        counters = self._counters(units, by_type["GRID"], makers, chargers)

        def compute() -> None:
            self._follow(plain)
            self._set(soc_handle, mean_soc(socs(), capacities()))
            self._set(mode_handle, grid_mode(modes()))
            self._set(discharge_handle, discharge())
            balance()
            counters.run()

        return compute

    def _discharge(self, units: Sequence[ComponentInfo]) -> Callable[[], float | None]:
        """Power of the batteries alone: of a hybrid unit without its PV."""
        handles = [
            self._handle(u.id, "DcDischargePower" if u.is_a("hybrid-ess") else "ActivePower") for u in units
        ]
        get = self.image.get
        return lambda: total(get(h) for h in handles)

    def _balance(self, managed: Callable[[], list[float | None]]) -> Callable[[], None]:
        h = {
            name: self._target("_sum", name)
            for name in (
                "ProductionActivePower",
                "UnmanagedProductionActivePower",
                "ConsumptionActivePower",
                "UnmanagedConsumptionActivePower",
                *(f"{flow}Power" for flow in FLOWS),
            )
        }
        source = [
            self._handle("_sum", n) for n in ("EssActivePower", "GridActivePower", "ProductionAcActivePower")
        ]
        dc = self._handle("_sum", "ProductionDcActualPower")
        battery = self._handle("_sum", "EssDischargePower")
        phases = [
            (
                self._target("_sum", f"ConsumptionActivePower{p}"),
                [self._handle("_sum", f"{n}ActivePower{p}") for n in ("Ess", "Grid", "ProductionAc")],
            )
            for p in PHASES
        ]
        get = self.image.get

        def compute() -> None:
            ess, grid, made_ac = (get(s) for s in source)
            used = total((ess, grid, made_ac))
            made = total((made_ac, get(dc)))
            loads = total(managed()) or 0.0
            self._set(h["ProductionActivePower"], made)
            self._set(h["UnmanagedProductionActivePower"], made)
            self._set(h["ConsumptionActivePower"], used)
            self._set(h["UnmanagedConsumptionActivePower"], None if used is None else used - loads)
            for handle, parts in phases:
                self._set(handle, total(get(p) for p in parts))
            for name, value in flows(grid, get(h["ProductionActivePower"]), get(battery)).items():
                self._set(h[f"{name}Power"], value)

        return compute

    def _counters(
        self, units: Sequence[ComponentInfo], grid: list[str], makers: list[str], chargers: list[str]
    ) -> Counters:
        """Energies of the site, from the devices' own registers where all of a kind have one."""
        parts = {
            "GridBuyActiveEnergy": [(m, "ActiveProductionEnergy") for m in grid],
            "GridSellActiveEnergy": [(m, "ActiveConsumptionEnergy") for m in grid],
            "ProductionAcActiveEnergy": [(m, "ActiveProductionEnergy") for m in makers],
            "ProductionDcActiveEnergy": [(c, "ActualEnergy") for c in chargers],
        }
        for way in ("Charge", "Discharge"):
            parts[f"EssActive{way}Energy"] = [(u.id, f"Active{way}Energy") for u in units]
            parts[f"EssDc{way}Energy"] = [
                (u.id, f"Dc{way}Energy" if u.is_a("hybrid-ess") else f"Active{way}Energy") for u in units
            ]

        def target(name: str) -> int | None:
            handle = self._target("_sum", name)
            return None if handle in self.site.given else handle

        return Counters(
            self.image,
            lambda: self.site.totals,
            lambda name: self._handle("_sum", name),
            target,
            {name: [self._handle(*part) for part in found] for name, found in parts.items()},
        )


def mean_soc(socs: Sequence[float | None], capacities: Sequence[float | None]) -> float | None:
    """State of charge of several units: weighted by capacity when all are known, else the plain mean."""
    pairs = [(s, c) for s, c in zip(socs, capacities, strict=True) if s is not None]
    if not pairs:
        return None
    if len(pairs) == 1:
        return pairs[0][0]
    weights = [c for _, c in pairs if c is not None]
    if len(weights) == len(pairs) and sum(weights) > 0:
        return float(round(sum(s * c for s, c in pairs if c is not None) / sum(weights)))
    return float(int(sum(s for s, _ in pairs) / len(pairs)))
