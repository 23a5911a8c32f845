"""Chargers that take a power limit: forced, from surplus, and in clusters under a common limit."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.charge_cluster import DEFAULT_MAXIMUM_W, DEFAULT_MINIMUM_W, EvcsCluster
from ems_edge_control.natures import EVCS_STATUS
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests

CHARGING = EVCS_STATUS["CHARGING"]
READY = EVCS_STATUS["READY_FOR_CHARGING"]
NOT_READY = EVCS_STATUS["NOT_READY_FOR_CHARGING"]
REJECTED = EVCS_STATUS["CHARGING_REJECTED"]
OUT = frozenset(EVCS_STATUS[s] for s in ("UNDEFINED", "STARTING", "ERROR", "ENERGY_LIMIT_REACHED"))
STORAGE_MARGIN_W = 200.0
FULL_SOC = 97.0
CHECK_EVERY_S, CHECKS = 45.0, 3


class EvcsPhase(enum.Enum):
    """How a charger is driven."""

    OFF = 0
    FORCED = 1
    SURPLUS = 2


@dataclass(frozen=True, kw_only=True)
class EvcsConfig:
    """Properties of :class:`Evcs`."""

    evcs_id: str = prop(help="Charger")
    ess_id: str = prop("", "Storage unit; not needed, the site's sums are used")
    enabled_charging: bool = prop(True, "Whether it may charge")
    charge_mode: str = prop(
        "FORCE_CHARGE", "At full power or from surplus", choices=("FORCE_CHARGE", "EXCESS_POWER")
    )
    force_charge_min_power: float = prop(7360.0, "Power of forced charging, per phase", unit="W", minimum=0)
    default_charge_min_power: float = prop(0.0, "Least power of surplus charging", unit="W", minimum=0)
    priority: str = prop("CAR", "Who gets the surplus first", choices=("CAR", "STORAGE"))
    energy_session_limit: float = prop(0.0, "Energy of a session; 0 = no limit", unit="Wh", minimum=0)
    excess_charge_hystersis: float = prop(120.0, "Charge at least that long", unit="s", minimum=0)
    excess_charge_pause_hysteresis: float = prop(30.0, "Pause at least that long", unit="s", minimum=0)


@dataclass
class EvcsState:
    """Memory of :class:`Evcs`."""

    started_s: float | None = None
    paused_s: float | None = None
    last_w: float = 0.0
    checked_s: float | None = None
    short: int = 0
    learnt_w: float | None = None


class Evcs(Controller[EvcsConfig, EvcsState]):
    """One charger: forced, or from what the site does not need."""

    code = "evcs"
    title = "Charge a vehicle at full power or from surplus"
    aliases = ("Controller.Evcs", "charger")
    Config = EvcsConfig
    State = EvcsState
    channels = (
        states("StateMachine", EvcsPhase),
        number("LearntMaximum", "W", "What the vehicle seems to take at most"),
        flag("AwaitingHysteresis", "A start or stop waits for its time"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        i = self.config.evcs_id
        self.handles = {
            n: bind.channel(i, n)
            for n in (
                "ActivePower",
                "ChargePower",
                "Status",
                "Phases",
                "MinimumHardwarePower",
                "MaximumHardwarePower",
                "MaximumPower",
                "IsClustered",
                "SetChargePowerLimit",
                "SetChargePowerRequest",
                "SetEnergyLimit",
            )
        }
        info = bind.info(i)
        self.read_only = bool(info and info.property("readOnly", False))
        self.clustered = bool(info and info.property("clustered", False))
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        self.soc = bind.channel("_sum", "EssSoc")

    def run(self, image: View, state: EvcsState, dt_s: float) -> Sequence[Request]:
        """Set the limit, or the request when the charger is in a cluster."""
        c, h = self.config, self.handles
        clustered = self.clustered or bool(image.get(h["IsClustered"]))
        if self.read_only:
            image.warn("the charger is read-only")
            return []
        out: Requests = []
        if c.energy_session_limit > 0:
            out.append(Bid(h["SetEnergyLimit"], c.energy_session_limit))
        if not c.enabled_charging:
            state.started_s, state.last_w = None, 0.0
            if clustered:
                out.append(self._set(0.0, clustered=True))
            return [
                *out,
                self._set(0.0, clustered=False),
                Publish("StateMachine", EvcsPhase.OFF),
                Publish("AwaitingHysteresis", False),
            ]
        status = image.get(h["Status"])
        if clustered and (status is None or status in OUT | {NOT_READY}):
            return [*out, self._set(0.0, clustered=True)]
        if c.charge_mode == "FORCE_CHARGE":
            phases = image.get(h["Phases"]) or 3
            power = c.force_charge_min_power * phases
            return [
                *out,
                self._set(power, clustered=clustered),
                Publish("StateMachine", EvcsPhase.FORCED),
            ]
        power, awaiting = self._hold(image, state, self._surplus(image))
        power = self._learn(image, state, power)
        state.last_w = power
        return [
            *out,
            self._set(image.whole(power), clustered=clustered),
            Publish("StateMachine", EvcsPhase.SURPLUS),
            Publish("AwaitingHysteresis", awaiting),
            Publish("LearntMaximum", state.learnt_w),
        ]

    def _set(self, power: float, *, clustered: bool) -> Bid:
        name = "SetChargePowerRequest" if clustered else "SetChargePowerLimit"
        return Bid(self.handles[name], power, reason="charging")

    def _power(self, image: View) -> float:
        value = image.get(self.handles["ActivePower"])
        return value if value is not None else image.get(self.handles["ChargePower"]) or 0.0

    def _surplus(self, image: View) -> float:
        """What the site leaves for the vehicle; below its least power nothing."""
        c = self.config
        charge, grid = self._power(image), image.get(self.grid)
        discharge = image.get(self.discharge) or 0.0
        if grid is None:
            image.warn("grid power is unknown, no surplus")
            return 0.0
        soc = image.get(self.soc)
        if c.priority == "CAR" or (soc is not None and soc > FULL_SOC):
            power = charge - grid - discharge
        else:
            power = max(0.0, charge - grid - STORAGE_MARGIN_W)
        power = max(power, c.default_charge_min_power)
        least = image.get(self.handles["MinimumHardwarePower"])
        least = DEFAULT_MINIMUM_W if least is None else least
        return 0.0 if power < least else power

    def _hold(self, image: View, state: EvcsState, power: float) -> tuple[float, bool]:
        """Neither start nor stop too often; the last power goes on meanwhile."""
        c, now = self.config, image.now_s
        if power > 0:
            if state.started_s is None:
                if state.paused_s is not None and now - state.paused_s < c.excess_charge_pause_hysteresis:
                    return 0.0, True
                state.started_s = now
            return power, False
        if state.started_s is None:
            return 0.0, False
        if now - state.started_s < c.excess_charge_hystersis:
            return state.last_w, True
        state.started_s, state.paused_s = None, now
        return 0.0, False

    def _learn(self, image: View, state: EvcsState, power: float) -> float:
        """A vehicle that takes less than offered three times in a row gets no more than that and a little."""
        measured, now = self._power(image), image.now_s
        if state.learnt_w is not None and measured > 1.1 * state.learnt_w:
            state.learnt_w, state.short = None, 0
        if state.checked_s is None or now - state.checked_s >= CHECK_EVERY_S:
            state.checked_s = now
            falls_short = power > 0 and measured > 0 and measured < 0.85 * power
            state.short = state.short + 1 if falls_short else 0
            if state.short >= CHECKS:
                state.learnt_w, state.short = measured + 200, 0
        return power if state.learnt_w is None else min(power, state.learnt_w)


@dataclass(frozen=True, kw_only=True)
class FixEvcsConfig:
    """Properties of :class:`EvcsFixActivePower`."""

    evcs_id: str = prop(help="Charger")
    power: float = prop(help="Power", unit="W", minimum=0)
    update_frequency: float = prop(60.0, "Time between two writes", unit="s", minimum=0)


@dataclass
class FixEvcsState:
    """Memory of :class:`EvcsFixActivePower`."""

    set_s: float | None = None


class EvcsFixActivePower(Controller[FixEvcsConfig, FixEvcsState]):
    """A constant power, written now and then."""

    code = "evcs-fix-active-power"
    title = "Constant power of a charger"
    aliases = ("Controller.Evcs.FixActivePower",)
    Config = FixEvcsConfig
    State = FixEvcsState

    def bind(self, bind: Binder) -> None:
        """Resolve the address."""
        self.limit = bind.channel(self.config.evcs_id, "SetChargePowerLimit")

    def run(self, image: View, state: FixEvcsState, dt_s: float) -> Sequence[Request]:
        """Write at once, then in each period; between two writes the power stays bound."""
        c = self.config
        if state.set_s is not None and image.now_s - state.set_s < c.update_frequency and image.per_call:
            return []
        state.set_s = image.now_s
        return [Bid(self.limit, c.power, reason="fixed power")]


@dataclass(frozen=True, kw_only=True)
class ChargerLimitConfig:
    """Properties of :class:`ChargerLimit`."""

    evcs_ids: list[str] = prop(help="Chargers, the first is cut last")
    meter_id: str = prop(help="Grid meter")
    grid_limit: float = prop(help="Most grid power with all chargers", unit="W")
    guarantee: float = prop(0.0, "Kept for each charger", unit="W", minimum=0)
    ramp: float = prop(20000.0, "Fastest rise of the common limit", unit="W/s", minimum=1)
    ess_id: str = prop("", "Storage unit whose remaining discharge counts as room")


@dataclass
class ChargerLimitState:
    """Memory of :class:`ChargerLimit`."""

    common_w: float | None = None


class ChargerLimit(Controller[ChargerLimitConfig, ChargerLimitState]):
    """Bound the chargers when the connection is full; falls at once, rises slowly, others may go below."""

    code = "charger-limit"
    title = "Cut chargers when the grid limit is reached"
    Config = ChargerLimitConfig
    State = ChargerLimitState
    channels = (number("CommonLimit", "W", "What all chargers together may take"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.power = [bind.channel(i, "ActivePower") for i in c.evcs_ids]
        self.most = [bind.channel(i, "MaximumHardwarePower") for i in c.evcs_ids]
        self.limits = [bind.channel(i, "SetChargePowerLimit") for i in c.evcs_ids]

    def run(self, image: View, state: ChargerLimitState, dt_s: float) -> Sequence[Request]:
        """Give the chargers what the limit leaves."""
        c = self.config
        taken = sum(image.get(h) or 0.0 for h in self.power)
        room = c.grid_limit - image.need(self.grid) + taken
        if c.ess_id:
            room += self._spare(image)
        most = [v if (v := image.get(h)) is not None else DEFAULT_MAXIMUM_W for h in self.most]
        whole = sum(most)
        wanted = min(max(room, c.guarantee * len(most)), whole)
        last = whole if state.common_w is None else state.common_w
        state.common_w = min(wanted, last + c.ramp * dt_s)
        left = state.common_w
        out: Requests = [Publish("CommonLimit", state.common_w)]
        reserved = c.guarantee * len(most)
        for handle, top in zip(self.limits, most, strict=True):
            reserved -= c.guarantee
            share = min(top, max(c.guarantee, left - reserved))
            left -= share
            out.append(Bid(handle, share, Relation.AT_MOST, "grid limit"))
        return out

    def _spare(self, image: View) -> float:
        """Discharge that the storage could still add."""
        now = image.get(image.image.table.handle(f"{self.config.ess_id}/ActivePower")) or 0.0
        return max(0.0, image.max_w(self.config.ess_id) - now)


CONTROLLERS = (Evcs, EvcsFixActivePower, EvcsCluster, ChargerLimit)
