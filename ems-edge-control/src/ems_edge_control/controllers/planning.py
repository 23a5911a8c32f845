"""Targets in time: state of charge by a time, schedules, grid-friendly charging, time-of-use prices."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    Publish,
    View,
    at_least,
    at_most,
    equals,
    flag,
    number,
    states,
    text,
)
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.filters import ramp
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


class SocState(enum.Enum):
    """States of :class:`FixStateOfCharge`."""

    UNDEFINED = -1
    IDLE = 0
    NOT_STARTED = 1
    BELOW_TARGET_SOC = 2
    ABOVE_TARGET_SOC = 3
    WITHIN_LOWER_TARGET_SOC_BOUNDARIES = 4
    WITHIN_UPPER_TARGET_SOC_BOUNDARIES = 5
    AT_TARGET_SOC = 6
    REFERENCE_CYCLE = 7


@dataclass(frozen=True, kw_only=True)
class FixSocConfig:
    """Properties of :class:`FixStateOfCharge`."""

    ess_id: str = prop(help="Storage unit or group")
    is_running: bool = prop(False, "Start")
    target_soc: float = prop(100.0, "State of charge to reach", unit="%", minimum=0, maximum=100)
    target_time_specified: bool = prop(False, "Reach it at a time")
    target_time: str = prop("", "That time (ISO with zone)")
    target_time_buffer: float = prop(0.0, "Reach it that much earlier", unit="min", minimum=0)
    self_termination: bool = prop(True, "Stop when it was reached")
    termination_buffer: float = prop(0.0, "Hold it that long first", unit="min", minimum=0)
    conditional_termination: bool = prop(False, "Stop when the capacity has changed")
    end_condition: str = prop("CAPACITY_CHANGED", "That condition", choices=("CAPACITY_CHANGED",))
    reference_cycle: bool = prop(False, "Full or empty once first, for battery extensions")


@dataclass
class FixSocMemory:
    """Memory of :class:`FixStateOfCharge`."""

    state: SocState = SocState.IDLE
    power_w: float = 0.0
    at_since_s: float | None = None
    capacity_wh: float | None = None
    is_done: bool = False
    reference_since_s: float | None = None
    reference_done: bool = False


class FixStateOfCharge(Controller[FixSocConfig, FixSocMemory]):
    """Bring the battery to a state of charge, at a time or at once, and hold it there."""

    code = "fix-state-of-charge"
    title = "Reach a state of charge by a time"
    aliases = ("Controller.Ess.FixStateOfCharge",)
    Config = FixSocConfig
    State = FixSocMemory
    channels = (
        states("StateMachine", SocState),
        number("DebugSetActivePower", "W", "Power asked for"),
        flag("CtrlIsBlocked"),
        flag("CtrlWasSelfTerminated"),
    )
    near = 2.0

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the target time."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "DcDischargePower")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        info = bind.info(c.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess")
        self.target: datetime | None = None
        if c.target_time_specified:
            try:
                self.target = datetime.fromisoformat(c.target_time)
                if self.target.tzinfo is None:
                    self.target = self.target.replace(tzinfo=UTC)
            except ValueError:
                bind.faults.append(
                    f"controller {self.id}: targetTime is not an instant (got {c.target_time!r})"
                )

    def adopt(self, state: FixSocMemory) -> FixSocMemory:
        """A new configuration starts from idle."""
        return FixSocMemory()

    def run(self, image: View, state: FixSocMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it. The state shown is that before the step."""
        shown = Publish("StateMachine", state.state)
        if not self.config.is_running or state.is_done:
            state.state, state.power_w = SocState.IDLE, 0.0
            return [Publish("StateMachine", SocState.IDLE), Publish("CtrlWasSelfTerminated", state.is_done)]
        soc, size = image.need(self.h["Soc"]), image.need(self.h["MaxApparentPower"])
        capacity = image.need(self.h["Capacity"])
        self._terminate(image, state, capacity)
        wanted, share = self._act(image, state, soc, size, capacity)
        state.state = self._next(image, state, soc, size, capacity)
        if wanted is None:
            return [shown, Publish("DebugSetActivePower", None)]
        state.power_w = ramp(state.power_w, wanted, image.steps(share * size, share * size))
        power = state.power_w
        if self.hybrid:
            power += image.need(self.h["ActivePower"]) - image.need(self.h["DcDischargePower"])
        power = image.whole(power)
        return [
            shown,
            equals(self.config.ess_id, power, filtered=True),
            Publish("DebugSetActivePower", power),
        ]

    def _required_s(self, soc: float, size: float, capacity: float) -> float:
        """Time the way to the target takes at a gentle power."""
        power = min(0.5 * size, capacity / 3)
        return (abs(self.config.target_soc - soc) + 1) * capacity * 36 / power if power > 0 else 0.0

    def _left_s(self, image: View) -> float | None:
        if self.target is None:
            return None
        until = self.target - timedelta(minutes=self.config.target_time_buffer)
        return (until - image.now_utc).total_seconds()

    def _act(
        self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float
    ) -> tuple[float | None, float]:
        """Power and ramp (part of the size) of the current state."""
        s, target = SocState, self.config.target_soc
        if state.state in (s.IDLE, s.NOT_STARTED, s.UNDEFINED):
            return None, 0.0
        if state.state is s.REFERENCE_CYCLE:
            return self._reference(image, state, soc, size, capacity), 0.05
        if state.state in (s.BELOW_TARGET_SOC, s.ABOVE_TARGET_SOC):
            left = self._left_s(image)
            power = size
            if left is not None and left > 0:
                power = min(size, abs(target - soc) * capacity * 36 / left)
            return math.copysign(power, soc - target), 0.05
        if state.state is s.AT_TARGET_SOC:
            return 0.0, 0.1
        gentle = min(0.25 * size, capacity / 6)
        return (-gentle if state.state is s.WITHIN_LOWER_TARGET_SOC_BOUNDARIES else gentle), 0.05

    def _next(self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float) -> SocState:
        s, c = SocState, self.config
        if state.state in (s.IDLE, s.UNDEFINED):
            return s.NOT_STARTED
        if state.state is s.NOT_STARTED:
            left = self._left_s(image)
            if left is not None and left > self._required_s(soc, size, capacity):
                return s.NOT_STARTED
            return s.REFERENCE_CYCLE if c.reference_cycle and not state.reference_done else self._place(soc)
        if state.state is s.REFERENCE_CYCLE:
            return self._place(soc) if state.reference_done else state.state
        if state.state is s.AT_TARGET_SOC and abs(soc - c.target_soc) <= 1:
            return state.state
        return self._place(soc)

    def _place(self, soc: float) -> SocState:
        s, away = SocState, soc - self.config.target_soc
        if away == 0:
            return s.AT_TARGET_SOC
        if abs(away) <= self.near:
            return s.WITHIN_LOWER_TARGET_SOC_BOUNDARIES if away < 0 else s.WITHIN_UPPER_TARGET_SOC_BOUNDARIES
        return s.BELOW_TARGET_SOC if away < 0 else s.ABOVE_TARGET_SOC

    def _reference(self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float) -> float:
        """Full when nearly full, else empty, then a pause of half an hour."""
        if state.reference_since_s is not None:
            state.reference_done = image.now_s - state.reference_since_s >= 1800
            return 0.0
        end = 100.0 if soc >= 70 else 0.0
        if soc == end:
            state.reference_since_s = image.now_s
            return 0.0
        return math.copysign(min(size, 0.5 * capacity), soc - end)

    def _terminate(self, image: View, state: FixSocMemory, capacity: float) -> None:
        c = self.config
        if state.capacity_wh is None:
            state.capacity_wh = capacity
        if c.conditional_termination and capacity != state.capacity_wh:
            state.is_done = True
        if state.state is not SocState.AT_TARGET_SOC:
            state.at_since_s = None
        elif state.at_since_s is None:
            state.at_since_s = image.now_s
        if c.self_termination and state.at_since_s is not None:
            state.is_done = state.is_done or image.now_s - state.at_since_s >= c.termination_buffer * 60


@dataclass(frozen=True, kw_only=True)
class ExtensionConfig(FixSocConfig):
    """Properties of :class:`PrepareBatteryExtension`."""

    target_soc: float = prop(30.0, "State of charge to reach", unit="%", minimum=0, maximum=100)
    target_time_buffer: float = prop(30.0, "Reach it that much earlier", unit="min", minimum=0)
    termination_buffer: float = prop(120.0, "Hold it that long first", unit="min", minimum=0)
    conditional_termination: bool = prop(True, "Stop when the capacity has changed")


class PrepareBatteryExtension(FixStateOfCharge):
    """The same with the defaults for adding modules to a battery."""

    code = "prepare-battery-extension"
    title = "Bring the battery to the state of charge for an extension"
    aliases = ("Controller.Ess.PrepareBatteryExtension",)
    Config = ExtensionConfig


@dataclass(frozen=True, kw_only=True)
class ScheduleConfig:
    """Properties of :class:`ScheduleFollower`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop("", "Grid meter, needed when the schedule gives grid power")
    schedule: list[Any] = prop([], "Points {time (ISO), power W} in order; positive = discharge or buy")
    quantity: str = prop("ESS", "What the power is of", choices=("ESS", "GRID"))
    interpolate: bool = prop(True, "Straight between points; else steps")
    issued: str = prop("", "When the schedule was made (ISO); empty = it never gets old")
    max_age: float = prop(30.0, "Older schedules are not followed", unit="min", minimum=1)


class ScheduleState(enum.Enum):
    """States of :class:`ScheduleFollower`."""

    NO_SCHEDULE = 0
    ACTIVE = 1
    TOO_OLD = 2


class ScheduleFollower(Controller[ScheduleConfig, LoadState]):
    """Follow a plan made elsewhere; when it is too old ask for nothing, so that local rules take over."""

    code = "schedule"
    title = "Follow a schedule of power; falls back when it is old"
    aliases = ("schedule-follower", "remote-schedule")
    Config = ScheduleConfig
    State = LoadState
    channels = (states("StateMachine", ScheduleState), number("ScheduledPower", "W"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the plan."""
        c = self.config
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.grid = bind.channel(c.meter_id, "ActivePower") if c.meter_id else None
        self.points: list[tuple[float, float]] = []
        self.issued: float | None = None
        if c.quantity == "GRID" and not c.meter_id:
            bind.faults.append(f"controller {self.id}: a schedule of grid power needs meter_id")
        try:
            self.points = sorted((_instant(p["time"]), float(p["power"])) for p in c.schedule)
            self.issued = _instant(c.issued) if c.issued else None
        except (KeyError, TypeError, ValueError) as ex:
            bind.faults.append(f"controller {self.id}: the schedule cannot be read ({ex})")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Set the power of this moment."""
        now = image.now_utc.timestamp()
        power = self._power(now)
        if power is None:
            return [Publish("StateMachine", ScheduleState.NO_SCHEDULE), Publish("ScheduledPower", None)]
        if self.issued is not None and now - self.issued > self.config.max_age * 60:
            return [Publish("StateMachine", ScheduleState.TOO_OLD), Publish("ScheduledPower", power)]
        out: Requests = [Publish("StateMachine", ScheduleState.ACTIVE), Publish("ScheduledPower", power)]
        if self.config.quantity == "ESS" or self.grid is None:
            return [*out, equals(self.config.ess_id, power, reason="schedule")]
        load = load_w(image, self.grid, self.power, state)
        return [
            *out,
            equals(self.config.ess_id, load - power, filtered=True, reason="schedule of grid power"),
        ]

    def _power(self, now: float) -> float | None:
        """Power at a time; None outside the plan."""
        points = self.points
        if not points or not points[0][0] <= now <= points[-1][0]:
            return None
        for (t0, p0), (t1, p1) in pairwise(points):
            if t0 <= now < t1:
                return p0 + (p1 - p0) * (now - t0) / (t1 - t0) if self.config.interpolate else p0
        return points[-1][1]


def _instant(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    instant = datetime.fromisoformat(str(value))
    return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant).timestamp()


@dataclass(frozen=True, slots=True)
class Series:
    """Values from a start on, one for each quarter of an hour (or another step)."""

    start_s: float
    step_s: float
    values: tuple[float, ...]

    def at(self, time_s: float) -> float | None:
        """The value that holds at a time."""
        index = math.floor((time_s - self.start_s) / self.step_s)
        return self.values[index] if 0 <= index < len(self.values) else None


def parse_series(value: Any) -> Series | None:
    """A series `{"start": instant, "step_minutes": 15, "values": […]}`; None when there is none.

    Raises:
        ValueError: It is not complete.
    """
    if not value:
        return None
    raw = json.loads(value) if isinstance(value, str) else value
    if not isinstance(raw, Mapping):
        raise ValueError("a series is {start, step_minutes, values}")
    try:
        return Series(
            _instant(raw["start"]),
            60 * float(raw.get("step_minutes", 15)),
            tuple(float(v) for v in raw["values"]),
        )
    except (KeyError, TypeError) as ex:
        raise ValueError(f"a series lacks {ex}") from None


class ChargeState(enum.Enum):
    """States of the delayed charge of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    NOT_STARTED = 0
    ACTIVE_LIMIT = 1
    NO_LIMIT_POSSIBLE = 2
    PASSED_TARGET = 3
    AVOID_LOW_CHARGING = 4
    NO_CHARGE_LIMIT = 5
    DISABLED = 6


class SellState(enum.Enum):
    """States of the feed-in part of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    NOT_REQUIRED = 0
    ACTIVE_LIMIT = 1
    NO_LIMIT = 2


@dataclass(frozen=True, kw_only=True)
class GridOptimizedConfig:
    """Properties of :class:`GridOptimizedCharge`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    mode: str = prop(
        "AUTOMATIC", "Target by forecast, by hand, or off", choices=("AUTOMATIC", "MANUAL", "OFF")
    )
    delay_charge_risk_level: str = prop("MEDIUM", "How late to charge", choices=("LOW", "MEDIUM", "HIGH"))
    manual_target_time: str = prop("17:00", "Full by then in manual mode")
    sell_to_grid_limit_enabled: bool = prop(True, "Keep the feed-in limit")
    maximum_sell_to_grid_power: float | None = prop(
        None, "Feed-in limit; empty = the site's", unit="W", minimum=0
    )
    sell_to_grid_limit_ramp_percentage: float = prop(
        2.0, "Rise of the feed-in bound per second", unit="%", minimum=0
    )
    production_forecast: str = prop(
        "", "Series of production [W] as JSON; empty = channel production is not known"
    )
    consumption_forecast: str = prop("", "Series of consumption [W] as JSON")


@dataclass
class GridOptimizedMemory:
    """Memory of :class:`GridOptimizedCharge`."""

    load: LoadState = field(default_factory=LoadState)
    made: list[tuple[float, float]] = field(default_factory=list)
    day: str = ""
    is_started: bool = False
    was_active: bool = False
    target_minute: float | None = None
    limits: list[tuple[float, float]] = field(default_factory=list)
    released_w: float | None = None
    sell_w: float | None = None


RISK = {"LOW": (180.0, 0.5), "MEDIUM": (120.0, 0.75), "HIGH": (60.0, 0.9)}


class GridOptimizedCharge(Controller[GridOptimizedConfig, GridOptimizedMemory]):
    """Spread charging over the sunny hours instead of filling up in the morning.

    And keep the feed-in limit.
    """

    code = "grid-optimized-charge"
    title = "Delay charging to the target time and keep the feed-in limit"
    aliases = ("Controller.Ess.GridOptimizedCharge",)
    Config = GridOptimizedConfig
    State = GridOptimizedMemory
    channels = (
        states("DelayChargeState", ChargeState),
        states("SellToGridLimitState", SellState),
        number("DelayChargeMaximumChargeLimit", "W"),
        number("SellToGridLimitMinimumChargeLimit", "W"),
        number("TargetMinute", "min", "Minute of the day"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the forecasts."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "AllowedChargePower", "GridMode")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.made = bind.channel("_sum", "ProductionActivePower")
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")
        self.used = bind.channel("_sum", "ConsumptionActivePower")
        self.limit = bind.channel("_meta", "MaximumGridFeedInLimit")
        try:
            self.manual_minute = _minute(c.manual_target_time)
            self.production = parse_series(c.production_forecast)
            self.consumption = parse_series(c.consumption_forecast)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: GridOptimizedMemory, dt_s: float) -> Sequence[Request]:
        """Bound the charge power from above (delay) and below (feed-in)."""
        if not image.is_on_grid(self.h["GridMode"]):
            return []
        day = image.now_local.date().isoformat()
        if state.day != day:
            state.day, state.is_started, state.was_active = day, False, False
            state.limits, state.released_w = [], None
        size = image.need(self.h["MaxApparentPower"])
        sell, sell_state = self._sell(image, state, size, dt_s)
        limit, charge_state = self._delay(image, state, size, dt_s)
        out: Requests = [
            Publish("DelayChargeState", charge_state),
            Publish("SellToGridLimitState", sell_state),
            Publish("DelayChargeMaximumChargeLimit", None if limit is None else image.whole(limit)),
            Publish("SellToGridLimitMinimumChargeLimit", None if sell is None else image.whole(-sell)),
            Publish("TargetMinute", state.target_minute),
        ]
        dc = image.get(self.made_dc) or 0.0
        ess = self.config.ess_id
        least = None if limit is None else dc - limit
        if sell is not None and least is not None and sell <= least:
            return [
                *out,
                equals(ess, image.whole(sell), filtered=True, reason="feed-in limit before delayed charging"),
            ]
        if sell is not None:
            out.append(at_most(ess, image.whole(sell), reason="feed-in limit"))
        if least is not None:
            out.append(at_least(ess, image.whole(least), reason="delayed charging"))
        return out

    def _sell(
        self, image: View, state: GridOptimizedMemory, size: float, dt_s: float
    ) -> tuple[float | None, SellState]:
        """Upper bound of P that keeps the feed-in limit; rises slowly, falls at once."""
        c = self.config
        most = c.maximum_sell_to_grid_power
        most = image.get(self.limit) if most is None else most
        if not c.sell_to_grid_limit_enabled or most is None:
            return None, SellState.NO_LIMIT
        if image.need(self.h["Soc"]) < 100:
            most -= max(0.05 * most, 150.0)
        bound = load_w(image, self.grid, self.h["ActivePower"], state.load) + most
        if state.sell_w is not None and bound > state.sell_w:
            share = c.sell_to_grid_limit_ramp_percentage / 100
            bound = min(bound, state.sell_w + image.steps(share * size, share * size))
        state.sell_w = bound
        return bound, SellState.ACTIVE_LIMIT if bound < 0 else SellState.NOT_REQUIRED

    def _delay(
        self, image: View, state: GridOptimizedMemory, size: float, dt_s: float
    ) -> tuple[float | None, ChargeState]:
        """Most charge power, None for no limit."""
        c = self.config
        if c.mode == "OFF":
            return None, ChargeState.DISABLED
        if not self._has_started(image, state):
            return None, ChargeState.NOT_STARTED
        target = self._target(image, state)
        if target is None:
            return None, ChargeState.NO_LIMIT_POSSIBLE
        now = image.now_local
        minute = now.hour * 60 + now.minute + now.second / 60
        if minute >= target:
            return self._release(image, state, size)
        soc, capacity = image.need(self.h["Soc"]), image.need(self.h["Capacity"])
        if soc > 95 and (image.get(self.h["AllowedChargePower"]) or 0.0) == 0:
            return None, ChargeState.NO_CHARGE_LIMIT
        remaining_ws = max(0.0, 100 - max(0.0, soc - 1)) * capacity * 36
        limit = remaining_ws / ((target - minute) * 60)
        if self._is_scarce(image, remaining_ws):
            return None, ChargeState.NO_CHARGE_LIMIT
        low = capacity * 0.081 * (0.5 if state.was_active else 1.0)
        if limit < low:
            return 0.0, ChargeState.AVOID_LOW_CHARGING
        state.was_active = True
        state.limits.append((image.now_s, min(limit, size)))
        state.limits = [x for x in state.limits if image.now_s - x[0] <= 900][-9000:]
        mean = sum(x[1] for x in state.limits) / len(state.limits)
        state.released_w = mean
        return mean, ChargeState.ACTIVE_LIMIT

    def _has_started(self, image: View, state: GridOptimizedMemory) -> bool:
        """The sun is up when the mean production of 100 s exceeds consumption."""
        if state.is_started or self.config.mode == "MANUAL":
            return True
        made = image.get(self.made)
        if made is not None:
            state.made.append((image.now_s, made))
        state.made = [x for x in state.made if image.now_s - x[0] <= 100][-2000:]
        mean = sum(x[1] for x in state.made) / len(state.made) if state.made else 0.0
        state.is_started = mean > 100 and mean > (image.get(self.used) or 0.0) + 100
        return state.is_started

    def _target(self, image: View, state: GridOptimizedMemory) -> float | None:
        """Minute of the day when the battery is to be full; the last known one when forecasts are missing."""
        if self.config.mode == "MANUAL":
            state.target_minute = self.manual_minute
            return state.target_minute
        if self.production is None or self.consumption is None:
            return state.target_minute
        midnight = image.now_local.replace(hour=0, minute=0, second=0, microsecond=0)
        last = None
        for quarter in range(96):
            at = midnight.timestamp() + quarter * 900
            made, used = self.production.at(at), self.consumption.at(at)
            if made is not None and used is not None and made > used + 100:
                last = quarter
        if last is not None:
            state.target_minute = max(0.0, (last + 1) * 15 - RISK[self.config.delay_charge_risk_level][0])
        return state.target_minute

    def _is_scarce(self, image: View, remaining_ws: float) -> bool:
        """With a low risk level: whether the forecast surplus would not fill the battery."""
        if self.config.mode != "AUTOMATIC" or self.config.delay_charge_risk_level != "LOW":
            return False
        if self.production is None or self.consumption is None:
            return False
        now, energy_ws = image.now_utc.timestamp(), 0.0
        for quarter in range(96):
            at = now + quarter * 900
            made, used = self.production.at(at), self.consumption.at(at)
            if made is None or used is None:
                break
            energy_ws += max(0.0, made - used) * 900
        return energy_ws * RISK["LOW"][1] < remaining_ws

    def _release(
        self, image: View, state: GridOptimizedMemory, size: float
    ) -> tuple[float | None, ChargeState]:
        """After the target the limit rises to the unit's size."""
        if state.released_w is None or state.released_w >= size:
            return None, ChargeState.PASSED_TARGET
        state.released_w += image.steps(0.0025 * size, 0.0025 * size)
        return min(state.released_w, size), ChargeState.PASSED_TARGET


def _minute(value: str) -> float:
    clock = parse_time(value.split("T")[-1][:5])
    return clock.hour * 60 + clock.minute


class TouMode(enum.Enum):
    """What the time-of-use controller does in a quarter of an hour."""

    BALANCING = 0
    DELAY_DISCHARGE = 1
    CHARGE_GRID = 2
    PEAK_SHAVING = 3
    DISCHARGE_GRID = 4


@dataclass(frozen=True, kw_only=True)
class TouConfig:
    """Properties of :class:`TimeOfUse`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop("", "Grid meter; empty = the site's sum")
    mode: str = prop(
        "AUTOMATIC",
        "By prices, or fixed",
        choices=("AUTOMATIC", "OFF", "FORCE_DELAY_DISCHARGE", "FORCE_CHARGE_GRID"),
    )
    control_mode: str = prop(
        "DELAY_DISCHARGE",
        "What it may do; each includes those before",
        choices=("DELAY_DISCHARGE", "CHARGE_CONSUMPTION", "DISCHARGE_TO_GRID"),
    )
    max_charge_power_from_grid: float = prop(20000.0, "Most grid power while charging", unit="W", minimum=0)
    max_soc: float = prop(90.0, "Charging from the grid ends at", unit="%", minimum=0, maximum=100)
    prices: str = prop("", "Series of prices [money/MWh] as JSON")
    plan: str = prop("", "Series of modes (0 balancing, 1 delay, 2 charge, 3 shave, 4 discharge) as JSON")
    efficiency: float = prop(0.9, "Share of energy that comes back", minimum=0.3, maximum=1)
    wear: float = prop(20.0, "Cost of one MWh through the battery", unit="money/MWh", minimum=0)
    discharge_to_grid_power: float = prop(
        5000.0, "Power sold while discharging to the grid", unit="W", minimum=0
    )


class TimeOfUse(Controller[TouConfig, LoadState]):
    """Buy when it is cheap, keep energy for when it is dear.

    A plan from an optimiser goes first. Without one, each quarter is judged by the prices of the next day:
    charging pays when the dearest coming price, after losses and wear, exceeds the price now.
    """

    code = "time-of-use"
    title = "Charge and discharge by prices"
    aliases = ("Controller.Ess.Time-Of-Use-Tariff", "Controller.Ess.TimeOfUseTariff")
    Config = TouConfig
    State = LoadState
    channels = (
        states("StateMachine", TouMode),
        number("QuarterlyPrice", "money/MWh"),
        text("Reason", "Why this mode"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read prices and plan."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "DcDischargePower", "GridMode")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        source = (c.meter_id, "ActivePower") if c.meter_id else ("_sum", "GridActivePower")
        self.grid = bind.channel(*source)
        self.soft = bind.channel("_meta", "GridBuySoftLimit")
        info = bind.info(c.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess")
        try:
            self.prices = parse_series(c.prices)
            self.plan = parse_series(c.plan)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Choose the mode of this quarter and set its power."""
        c = self.config
        price = None if self.prices is None else self.prices.at(image.now_utc.timestamp())
        if c.mode == "OFF" or not image.is_on_grid(self.h["GridMode"]):
            return [Publish("StateMachine", TouMode.BALANCING), Publish("QuarterlyPrice", price)]
        load = load_w(image, self.grid, self.h["ActivePower"], state)
        mode, reason = self._mode(image, price)
        soft = image.get(self.soft)
        if soft is not None and load > soft:
            mode, reason = TouMode.PEAK_SHAVING, "above the soft limit of grid power"
        power = self._power(image, mode, load, soft)
        out: Requests = [
            Publish("StateMachine", mode),
            Publish("QuarterlyPrice", price),
            Publish("Reason", reason),
        ]
        if power is not None:
            out.append(equals(c.ess_id, image.whole(power), filtered=True, reason=f"time of use: {reason}"))
        return out

    def _mode(self, image: View, price: float | None) -> tuple[TouMode, str]:
        c = self.config
        if c.mode == "FORCE_DELAY_DISCHARGE":
            return TouMode.DELAY_DISCHARGE, "by hand"
        if c.mode == "FORCE_CHARGE_GRID":
            return self._full(image, TouMode.CHARGE_GRID, "by hand")
        planned = None if self.plan is None else self.plan.at(image.now_utc.timestamp())
        if planned is not None and int(planned) in {m.value for m in TouMode}:
            return self._full(image, TouMode(int(planned)), "plan")
        if price is None or self.prices is None:
            return TouMode.BALANCING, "no prices"
        return self._by_price(image, price, self.prices)

    def _full(self, image: View, mode: TouMode, reason: str) -> tuple[TouMode, str]:
        soc = image.get(self.h["Soc"])
        if mode is TouMode.CHARGE_GRID and (soc is None or soc >= self.config.max_soc):
            return TouMode.DELAY_DISCHARGE, "charged as far as allowed"
        return mode, reason

    def _by_price(self, image: View, price: float, prices: Series) -> tuple[TouMode, str]:
        """Compare the price now with what the same energy saves later."""
        c, now = self.config, image.now_utc.timestamp()
        coming = [p for k in range(1, 97) if (p := prices.at(now + k * prices.step_s)) is not None]
        if not coming:
            return TouMode.BALANCING, "no prices ahead"
        later = max(coming)
        if c.control_mode != "DELAY_DISCHARGE" and later * c.efficiency - c.wear > price:
            cheaper = min(coming[: max(1, coming.index(later))])
            if price <= cheaper:
                return self._full(image, TouMode.CHARGE_GRID, f"{price:.0f} now, {later:.0f} later")
        hours = self._hours(image)
        dear = sorted(coming, reverse=True)[: max(1, round(hours * 3600 / prices.step_s))]
        if c.control_mode == "DISCHARGE_TO_GRID" and price >= later:
            return TouMode.DISCHARGE_GRID, "dearest price"
        if price < dear[-1] - c.wear:
            return TouMode.DELAY_DISCHARGE, f"kept for {dear[-1]:.0f}"
        return TouMode.BALANCING, "dear enough now"

    def _hours(self, image: View) -> float:
        """How long the energy lasts at half power."""
        soc, capacity = image.get(self.h["Soc"]) or 0.0, image.get(self.h["Capacity"]) or 0.0
        size = image.get(self.h["MaxApparentPower"]) or 1.0
        return max(0.25, soc / 100 * capacity / (0.5 * size))

    def _power(self, image: View, mode: TouMode, load: float, soft: float | None) -> float | None:
        c = self.config
        if mode is TouMode.BALANCING:
            return load
        if mode is TouMode.DELAY_DISCHARGE:
            floor = 0.0
            if self.hybrid:
                power, battery = image.need(self.h["ActivePower"]), image.need(self.h["DcDischargePower"])
                floor = max(0.0, power - battery)
            return min(floor, load)
        if mode is TouMode.PEAK_SHAVING:
            return load - (soft or 0.0)
        if mode is TouMode.DISCHARGE_GRID:
            return c.discharge_to_grid_power + max(0.0, load)
        size = image.need(self.h["MaxApparentPower"])
        power = -min(size, c.max_charge_power_from_grid) + min(0.0, load)
        if soft is not None:
            power = max(power, load - soft)
        return min(power, 0.0)


CONTROLLERS = (
    FixStateOfCharge,
    PrepareBatteryExtension,
    ScheduleFollower,
    GridOptimizedCharge,
    TimeOfUse,
)
