"""Peak shaving: keep the power drawn from the grid below a limit, and recharge when there is room."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ems_edge_control.controllers import recharge
from ems_edge_control.controllers.base import Binder, Controller, Publish, View, equals, number, states
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Power, Relation, Request, Requests, at_most, reactive


class ShavingState(enum.Enum):
    """What peak shaving does now."""

    UNDEFINED = -1
    IDLE = 0
    SHAVING = 1
    RECHARGING = 2
    EXHAUSTED = 3


@dataclass(frozen=True, kw_only=True)
class PeakShavingConfig:
    """Properties of :class:`PeakShaving`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    peak_shaving_power: float = prop(help="Limit of grid power", unit="W")
    recharge_power: float = prop(help="Recharge while the load is below; grid power is kept there", unit="W")
    margin: float = prop(0.0, "Aim that much below the limit", unit="W", minimum=0)
    hysteresis: float = prop(0.0, "Shave until the load is that much below the limit", unit="W", minimum=0)
    recharge_ramp: float = prop(0.0, "Rise of the recharge power; 0 = at once", unit="W/s", minimum=0)
    recharge_max_power: float = prop(
        0.0, "Most recharge power; 0 = what the unit allows", unit="W", minimum=0
    )
    min_soc: float = prop(0.0, "No shaving below", unit="%", minimum=0, maximum=100)
    max_soc: float = prop(100.0, "No recharge above", unit="%", minimum=0, maximum=100)
    soc_hysteresis: float = prop(3.0, "Resume when that far inside", unit="%", minimum=0, maximum=50)
    worst_phase: bool = prop(False, "Limit three times the worst phase instead of the sum")
    recharge: str = prop(
        "ALWAYS",
        "From the grid whenever there is room, or only what the forecast peaks need beyond the own sun",
        choices=("ALWAYS", "FORECAST"),
    )


@dataclass
class PeakShavingState:
    """Memory of :class:`PeakShaving`."""

    load: LoadState = field(default_factory=LoadState)
    shaving: bool = False
    empty: bool = False
    full: bool = False
    recharge_w: float = 0.0


class PeakShaving(Controller[PeakShavingConfig, PeakShavingState]):
    """Bounds instead of set-points: discharge at least the excess, never charge into the limit.

    Between the recharge threshold and the limit nothing is asked of the battery, so that controllers of lower
    priority may use it, but they cannot push the grid above the limit.
    """

    code = "peak-shaving"
    title = "Keep grid power below a limit; bounds only, combines with other goals"
    Config = PeakShavingConfig
    State = PeakShavingState
    channels = (
        states("StateMachine", ShavingState),
        number("PeakShavingPower", "W", "Limit in force"),
        number("PeakShavedPower", "W", "Power the battery takes off the peak"),
        number("DistanceToLimit", "W", "Limit minus load"),
        number("ForecastRechargePower", "W", "Recharge from the grid that the forecast asks for"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.phases = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES]
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.soc = bind.channel(c.ess_id, "Soc")
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.capacity = bind.channel(c.ess_id, "Capacity")
        if c.recharge_power > c.peak_shaving_power:
            bind.faults.append(f"controller {self.id}: rechargePower is above peakShavingPower")

    def run(self, image: View, state: PeakShavingState, dt_s: float) -> Sequence[Request]:
        """Bound the battery by the load."""
        c = self.config
        if not image.is_on_grid(self.mode):
            state.shaving, state.recharge_w = False, 0.0
            return [Publish("StateMachine", ShavingState.IDLE)]
        load = load_w(image, self.grid, self.power, state.load, self._grid_w(image))
        self._follow_soc(image.get(self.soc), state)
        limit = c.peak_shaving_power - c.margin
        if load > c.peak_shaving_power:
            state.shaving = True
        elif load < limit - c.hysteresis:
            state.shaving = False
        out: Requests = [
            Publish("PeakShavingPower", c.peak_shaving_power),
            Publish("DistanceToLimit", c.peak_shaving_power - load),
        ]
        excess = load - limit
        if state.empty and excess > 0:
            out += [
                Power(
                    c.ess_id, 0.0, Relation.AT_LEAST, reason="battery is reserved, no charge above the limit"
                )
            ]
            return [*out, Publish("StateMachine", ShavingState.EXHAUSTED), Publish("PeakShavedPower", 0.0)]
        floor = max(excess, 0.0) if state.shaving else excess
        out.append(
            Power(c.ess_id, floor, Relation.AT_LEAST, filtered=floor > 0, reason="limit of grid power")
        )
        out.append(Publish("PeakShavedPower", max(0.0, excess)))
        most_w = self._forecast_w(image, limit)
        if c.recharge == "FORECAST":
            out.append(Publish("ForecastRechargePower", most_w))
        out += self._recharge(load, state, dt_s, most_w)
        return out

    def _forecast_w(self, image: View, limit: float) -> float | None:
        """Recharge from the grid that the forecast asks for; None when it does not matter or is not known."""
        c, now_s = self.config, image.now_utc.timestamp()
        if c.recharge != "FORECAST":
            return None
        soc, capacity = image.get(self.soc), image.get(self.capacity)
        used = image.outlook.get("ConsumptionActivePower", now_s)
        if used is None or soc is None or capacity is None:
            return None
        made = image.outlook.get("ProductionActivePower", now_s)
        percent = (soc - c.min_soc, c.max_soc - c.min_soc)
        energy_wh, room_wh = (capacity * max(p, 0.0) / 100 for p in percent)
        store = recharge.Store(energy_wh, room_wh, -image.min_w(c.ess_id))
        return recharge.needed_w(used, made, limit, store, now_s)

    def _grid_w(self, image: View) -> float | None:
        if not self.config.worst_phase:
            return None
        known = [v for h in self.phases if (v := image.get(h)) is not None]
        return 3 * max(known) if known else None

    def _follow_soc(self, soc: float | None, state: PeakShavingState) -> None:
        """Unknown counts as empty and as full: no discharge, no recharge."""
        c = self.config
        if soc is None:
            state.empty = state.full = True
            return
        state.empty = soc <= c.min_soc if not state.empty else soc < c.min_soc + c.soc_hysteresis
        state.full = soc >= c.max_soc if not state.full else soc > c.max_soc - c.soc_hysteresis
        if c.min_soc <= 0:
            state.empty = False

    def _recharge(self, load: float, state: PeakShavingState, dt_s: float, most_w: float | None) -> Requests:
        """Charge from the surplus, and from the grid as far as threshold and forecast allow."""
        c = self.config
        room = c.recharge_power - load
        if most_w is not None:
            room = min(room, max(0.0, -load) + most_w)
        if room <= 0 or state.full or state.shaving:
            state.recharge_w = 0.0
            return [Publish("StateMachine", ShavingState.SHAVING if state.shaving else ShavingState.IDLE)]
        wanted = min(room, c.recharge_max_power) if c.recharge_max_power > 0 else room
        if c.recharge_ramp > 0:
            wanted = min(wanted, state.recharge_w + c.recharge_ramp * dt_s)
        state.recharge_w = wanted
        return [
            at_most(c.ess_id, -wanted, reason="recharge"),
            Publish("StateMachine", ShavingState.RECHARGING),
        ]


@dataclass(frozen=True, kw_only=True)
class SymmetricConfig:
    """Properties of :class:`PeakShavingSymmetric`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    peak_shaving_power: float = prop(help="Discharge above", unit="W")
    recharge_power: float = prop(help="Recharge below", unit="W")
    enable_multiple_ess_constraints: bool = prop(False, "Accepted for compatibility")


def shaved_w(load: float, peak: float, recharge: float) -> float:
    """Excess above the peak, lack below the recharge threshold (negative = charge), zero between."""
    if load >= peak:
        return load - peak
    return load - recharge if load <= recharge else 0.0


class PeakShavingSymmetric(Controller[SymmetricConfig, LoadState]):
    """The plain rule as a set-point, for comparison and for sites without other goals."""

    code = "peak-shaving-symmetric"
    title = "Set the battery to the excess above the peak, or to the lack below the recharge threshold"
    aliases = ("Controller.Symmetric.PeakShaving",)
    Config = SymmetricConfig
    State = LoadState

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Set the battery by the rule."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return []
        power = shaved_w(load_w(image, self.grid, self.power, state), c.peak_shaving_power, c.recharge_power)
        return [equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]


@dataclass(frozen=True, kw_only=True)
class AsymmetricConfig:
    """Properties of :class:`PeakShavingAsymmetric`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    peak_shaving_power: float = prop(7000.0, "Discharge above, on each phase", unit="W")
    recharge_power: float = prop(6000.0, "Recharge below, on each phase", unit="W")


class PeakShavingAsymmetric(Controller[AsymmetricConfig, LoadState]):
    """The plain rule on three times the worst phase."""

    code = "peak-shaving-asymmetric"
    title = "Peak shaving by the phase with the greatest load"
    aliases = ("Controller.Asymmetric.PeakShaving",)
    Config = AsymmetricConfig
    State = LoadState

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.phases = [bind.channel(self.config.meter_id, f"ActivePower{p}") for p in PHASES]
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Set the battery by the rule."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return []
        known = [v for h in self.phases if (v := image.get(h)) is not None]
        worst = 3 * max(known) if known else None
        load = load_w(image, self.grid, self.power, state, worst)
        power = shaved_w(load, 3 * c.peak_shaving_power, 3 * c.recharge_power)
        return [equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]


class SlotState(enum.Enum):
    """States of :class:`PeakShavingTimeslot`."""

    NORMAL = 0
    SLOWCHARGE = 1
    HIGHTHRESHOLD = 2
    HYSTERESIS = 3


@dataclass(frozen=True, kw_only=True)
class TimeslotConfig:
    """Properties of :class:`PeakShavingTimeslot`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    start_date: str = prop(help="First day, dd.mm.yyyy")
    end_date: str = prop(help="Last day, dd.mm.yyyy")
    start_time: str = prop(help="Begin of the slot, H:mm")
    end_time: str = prop(help="End of the slot, H:mm")
    slow_charge_start_time: str = prop(help="Begin of slow charging before the slot, H:mm")
    peak_shaving_power: float = prop(help="Discharge above", unit="W")
    recharge_power: float = prop(help="Recharge below", unit="W")
    slow_charge_power: float = prop(help="Power of slow charging, negative", unit="W")
    hysteresis_soc: float = prop(help="Charge again at or below", unit="%", minimum=0, maximum=100)
    monday: bool = prop(True, "Slot on Mondays")
    tuesday: bool = prop(True, "Slot on Tuesdays")
    wednesday: bool = prop(True, "Slot on Wednesdays")
    thursday: bool = prop(True, "Slot on Thursdays")
    friday: bool = prop(True, "Slot on Fridays")
    saturday: bool = prop(True, "Slot on Saturdays")
    sunday: bool = prop(True, "Slot on Sundays")


@dataclass
class TimeslotState:
    """Memory of :class:`PeakShavingTimeslot`."""

    state: SlotState = SlotState.NORMAL
    load: LoadState = field(default_factory=LoadState)


def parse_date(text: str) -> date:
    """A day written dd.mm.yyyy or yyyy-mm-dd."""
    day = text.strip()
    if "." in day:
        d, m, y = (int(part) for part in day.split("."))
        return date(y, m, d)
    return date.fromisoformat(day)


def parse_time(text: str) -> time:
    """A time of day written H:mm."""
    hour, minute, *rest = (int(part) for part in text.strip().split(":"))
    return time(hour, minute, rest[0] if rest else 0)


class PeakShavingTimeslot(Controller[TimeslotConfig, TimeslotState]):
    """Shave only in a time slot, charge slowly before it."""

    code = "peak-shaving-timeslot"
    title = "Peak shaving in a daily slot with slow charging before it"
    aliases = ("Controller.TimeslotPeakshaving", "Controller.Ess.TimeslotPeakshaving")
    Config = TimeslotConfig
    State = TimeslotState
    channels = (states("StateMachine", SlotState),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the times."""
        c = self.config
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.soc = bind.channel(c.ess_id, "Soc")
        self.mode = bind.channel(c.ess_id, "GridMode")
        try:
            self.days = (parse_date(c.start_date), parse_date(c.end_date))
            self.times = (parse_time(c.start_time), parse_time(c.end_time))
            self.lead = _lead(parse_time(c.slow_charge_start_time), self.times[0])
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: dates are dd.mm.yyyy and times H:mm ({ex})")
        self.weekdays = (c.monday, c.tuesday, c.wednesday, c.thursday, c.friday, c.saturday, c.sunday)

    def _is_slot(self, at: datetime) -> bool:
        clock = at.time().replace(tzinfo=None)
        return (
            self.weekdays[at.weekday()]
            and self.days[0] <= at.date() <= self.days[1]
            and self.times[0] <= clock <= self.times[1]
        )

    def run(self, image: View, state: TimeslotState, dt_s: float) -> Sequence[Request]:
        """Move the state machine until it rests, then act on its state."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return [Publish("StateMachine", state.state)]
        load = load_w(image, self.grid, self.power, state.load)
        soc = image.need(self.soc)
        for _ in range(len(SlotState)):
            following = self._next(state.state, image.now_local, soc)
            if following is state.state:
                break
            state.state = following
        out: Requests = [Publish("StateMachine", state.state)]
        power = 0.0
        if state.state is SlotState.SLOWCHARGE:
            power = c.slow_charge_power
        elif state.state is SlotState.HIGHTHRESHOLD:
            power = shaved_w(load, c.peak_shaving_power, c.recharge_power)
        else:
            return out
        return [*out, equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]

    def _next(self, state: SlotState, now: datetime, soc: float) -> SlotState:
        in_slot = self._is_slot(now)
        if state is SlotState.HIGHTHRESHOLD:
            return state if in_slot else SlotState.NORMAL
        if state is SlotState.SLOWCHARGE and soc >= 100:
            return SlotState.HYSTERESIS
        if in_slot:
            return SlotState.HIGHTHRESHOLD
        if state is SlotState.NORMAL and self._is_slot(now + self.lead):
            return SlotState.SLOWCHARGE
        if state is SlotState.HYSTERESIS and soc <= self.config.hysteresis_soc:
            return SlotState.SLOWCHARGE
        return state


def _lead(slow: time, start: time) -> timedelta:
    minutes = (start.hour * 60 + start.minute) - (slow.hour * 60 + slow.minute)
    return timedelta(minutes=minutes if minutes > 0 else minutes + 1440)


CONTROLLERS = (PeakShaving, PeakShavingSymmetric, PeakShavingAsymmetric, PeakShavingTimeslot)
