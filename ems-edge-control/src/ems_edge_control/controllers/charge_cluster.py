"""Clusters of chargers: the power of one connection shared in order, with a guaranteed minimum."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.base import Access, Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.natures import CHARGE_STATE, EVCS_STATUS, PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests

CHARGING = EVCS_STATUS["CHARGING"]
NOT_READY = EVCS_STATUS["NOT_READY_FOR_CHARGING"]
REJECTED = EVCS_STATUS["CHARGING_REJECTED"]
OUT = frozenset(EVCS_STATUS[s] for s in ("UNDEFINED", "STARTING", "ERROR", "ENERGY_LIMIT_REACHED"))
DEFAULT_MINIMUM_W, DEFAULT_MAXIMUM_W = 4140.0, 22080.0


@dataclass(frozen=True, kw_only=True)
class ClusterConfig:
    """Properties of :class:`EvcsCluster`."""

    hardware_power_limit_per_phase: float = prop(
        7000.0, "Limit of the connection, per phase", unit="W", minimum=0
    )
    minimum_guarantee_charge_power: float = prop(4500.0, "Kept for each vehicle", unit="W", minimum=0)
    evcs_ids: list[str] = prop(help="Chargers in order of priority")
    ess_id: str = prop("", "Storage unit that helps; empty = none")
    meter_id: str = prop("", "Grid meter; empty = the site's sum")
    surplus_only: bool = prop(False, "Distribute only what the site does not need")


@dataclass
class ClusterState:
    """Memory of :class:`EvcsCluster`."""

    last_total_w: float = 0.0
    last_w: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Charger:
    """One charger of a cluster in this cycle."""

    id: str
    request_w: float
    most_w: float
    least_w: float
    status: int
    phases: int
    power_w: float
    charge_state: int
    guarantee_w: float = 0.0
    limit_w: float = 0.0


class ClusterStatus(enum.Enum):
    """How the power of a cluster moves."""

    UNDEFINED = -1
    REGULAR = 0
    INCREASING = 1
    DECREASING = 2


RAMPING = frozenset({CHARGE_STATE["INCREASING"], CHARGE_STATE["DECREASING"]})


def _cluster_status(chargers: Sequence[Charger]) -> ClusterStatus:
    """Decreasing goes before increasing; undefined only when all are."""
    found = {c.charge_state for c in chargers}
    if found <= {CHARGE_STATE["UNDEFINED"]}:
        return ClusterStatus.UNDEFINED
    if CHARGE_STATE["DECREASING"] in found:
        return ClusterStatus.DECREASING
    return ClusterStatus.INCREASING if CHARGE_STATE["INCREASING"] in found else ClusterStatus.REGULAR


class EvcsCluster(Controller[ClusterConfig, ClusterState]):
    """Share the power of one connection among chargers, in order, with a guaranteed minimum."""

    code = "evcs-cluster"
    title = "Share a connection's power among chargers"
    aliases = ("Evcs.Cluster.PeakShaving", "Evcs.Cluster.SelfConsumption", "charger-cluster")
    Config = ClusterConfig
    State = ClusterState
    channels = (
        number("MaximumPowerToDistribute", "W", "Power shared"),
        number("MaximumAllowedPowerToDistribute", "W", "Limit from outside; negative = none", Access.WRITE),
        flag("Overload", "The grid is above its limit"),
        states("EvcsClusterStatus", ClusterStatus),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        names = (
            "SetChargePowerRequest",
            "MaximumHardwarePower",
            "MinimumHardwarePower",
            "MaximumPower",
            "Status",
            "Phases",
            "ActivePower",
            "ChargePower",
            "ChargeState",
            "SetChargePowerLimit",
        )
        self.chargers = {i: {n: bind.channel(i, n) for n in names} for i in c.evcs_ids}
        source = (c.meter_id, "ActivePower") if c.meter_id else ("_sum", "GridActivePower")
        self.grid = bind.channel(*source)
        self.grid_phases = [bind.channel(source[0], source[1] + p) for p in PHASES]
        self.outer = bind.own("MaximumAllowedPowerToDistribute")
        self.all_ess = bind.channel("_sum", "EssActivePower")
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")
        self.ess = (
            {n: bind.channel(c.ess_id, n) for n in ("AllowedDischargePower", "ActivePower")}
            if c.ess_id
            else None
        )

    def run(self, image: View, state: ClusterState, dt_s: float) -> Sequence[Request]:
        """Work out what can be shared, and share it."""
        chargers = [self._read(image, i, h) for i, h in self.chargers.items()]
        total, overload = self._total(image, chargers, state)
        status = Publish("EvcsClusterStatus", _cluster_status(chargers))
        if any(c.charge_state in RAMPING for c in chargers) and not overload:
            return [
                *(Bid(self.chargers[i]["SetChargePowerLimit"], w) for i, w in state.last_w.items()),
                Publish("MaximumPowerToDistribute", total),
                status,
            ]
        self._share(chargers, total)
        state.last_total_w = total
        state.last_w = {c.id: image.whole(c.limit_w) for c in chargers}
        out: Requests = [
            Bid(self.chargers[i]["SetChargePowerLimit"], w, reason="cluster") for i, w in state.last_w.items()
        ]
        return [*out, Publish("MaximumPowerToDistribute", total), Publish("Overload", overload), status]

    @staticmethod
    def _read(image: View, id: str, h: dict[str, int]) -> Charger:
        get = image.get
        power = get(h["ActivePower"])
        most = get(h["MaximumHardwarePower"])
        most = DEFAULT_MAXIMUM_W if most is None else most
        vehicle = get(h["MaximumPower"])
        least = get(h["MinimumHardwarePower"])
        state = get(h["ChargeState"])
        request = get(h["SetChargePowerRequest"])
        status = get(h["Status"])
        return Charger(
            id,
            most if request is None else request,
            most if vehicle is None else min(most, vehicle),
            DEFAULT_MINIMUM_W if least is None else least,
            EVCS_STATUS["UNDEFINED"] if status is None else int(status),
            int(get(h["Phases"]) or 3),
            (get(h["ChargePower"]) or 0.0) if power is None else power,
            CHARGE_STATE["UNDEFINED"] if state is None else int(state),
        )

    def _total(self, image: View, chargers: Sequence[Charger], state: ClusterState) -> tuple[float, bool]:
        """Power that can be shared, and whether the grid is overloaded."""
        limit = 3 * self.config.hardware_power_limit_per_phase
        known = [v for h in self.grid_phases if (v := image.get(h)) is not None]
        grid = 3 * max(known) if known else image.need(self.grid)
        blocked = sum(c.power_w * {1: 3.0, 2: 1.5}.get(c.phases, 1.0) for c in chargers)
        room = limit - grid
        helped = self._help(image)
        total = max(0.0, blocked + room + helped)
        overload = grid > limit
        if overload:
            total = max(0.0, min(total, state.last_total_w - (grid - limit)))
        if self.config.surplus_only:
            total = min(total, max(0.0, blocked - image.need(self.grid)))
        outer = image.get(self.outer)
        if outer is not None and outer >= 0:
            total = min(total, outer)
        return total, overload

    def _help(self, image: View) -> float:
        """What the storage could give beyond what it gives now."""
        if self.ess is None:
            return 0.0
        most, now = image.get(self.ess["AllowedDischargePower"]), image.get(self.ess["ActivePower"])
        now = image.get(self.all_ess) if now is None else now
        made = image.get(self.made_dc) or 0.0
        return 0.0 if most is None or now is None else most - (now - made)

    def _share(self, chargers: Sequence[Charger], total: float) -> None:
        """First the guarantees in order, then the wishes in order."""
        left = total
        for c in chargers:
            if c.request_w <= 0 or c.status in OUT:
                continue
            floor = max(self.config.minimum_guarantee_charge_power, c.least_w)
            if c.status == NOT_READY or left >= floor:
                c.guarantee_w = min(floor, left)
                left -= c.guarantee_w
        for c in chargers:
            if c.guarantee_w <= 0:
                continue
            if c.status not in (CHARGING, REJECTED):
                c.limit_w = c.guarantee_w
                continue
            wish = min(c.request_w, c.most_w)
            c.limit_w = min(wish, c.guarantee_w + left)
            left -= max(0.0, c.limit_w - c.guarantee_w)
