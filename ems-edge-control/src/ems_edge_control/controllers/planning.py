"""Targets in time: state of charge by a time, schedules, grid-friendly charging, time-of-use prices."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    Publish,
    View,
    equals,
    flag,
    number,
    states,
)
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.filters import ramp, round_half_up
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests

REST_S = 1800.0
"""Pause of a battery that was brought to full or empty to learn its charge."""
NEAR_END_PERCENT = 5.0
"""So near to full or empty a battery that takes or gives no more counts as there."""


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
    target_time_specified: bool = prop(False, "Reach it at a time", aliases=("specifyTargetTime",))
    target_time: str = prop("", "That time (ISO with zone)")
    target_time_buffer: float = prop(0.0, "Reach it that much earlier", unit="min", minimum=0)
    self_termination: bool = prop(True, "Stop when it was reached")
    termination_buffer: float = prop(0.0, "Hold it that long first", unit="min", minimum=0)
    conditional_termination: bool = prop(False, "Stop when the capacity has changed")
    end_condition: str = prop("CAPACITY_CHANGED", "That condition", choices=("CAPACITY_CHANGED",))
    reference_cycle: bool = prop(
        False, "Full or empty once first, for battery extensions", aliases=("referenceCycleEnabled",)
    )


@dataclass
class FixSocMemory:
    """Memory of :class:`FixStateOfCharge`."""

    state: SocState = SocState.IDLE
    is_new: bool = True
    power_w: float = 0.0
    aim_w: float = 0.0
    at_since_s: float | None = None
    capacity_wh: float | None = None
    is_done: bool = False
    reference_end: float | None = None
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
        number("DebugSetActivePowerRaw", "W", "The same before what DC production adds"),
        number("EssCapacity", "Wh", "Capacity when the target was set"),
        number("ExpectedStartEpochSeconds", "s", "When it will begin; nothing once it has"),
        flag("CtrlIsBlocked"),
        flag("CtrlWasSelfTerminated"),
    )
    near = 2.0

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the target time."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "AllowedChargePower", "AllowedDischargePower")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")
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
        if not self.config.is_running or state.is_done:
            state.state, state.power_w = SocState.IDLE, 0.0
            return [*self._shown(state, SocState.IDLE), Publish("CtrlWasSelfTerminated", state.is_done)]
        shown = state.state
        capacity = image.get(self.h["Capacity"])
        if state.is_new:  # a new configuration shows itself for one cycle before anything happens
            state.is_new = False
            return self._shown(state, shown)
        soc, size = image.need(self.h["Soc"]), image.need(self.h["MaxApparentPower"])
        self._terminate(image, state, capacity)
        wanted, share = self._act(image, state, soc, size, capacity)
        state.state = self._next(image, state, soc, size, capacity)
        if wanted is None:
            return self._shown(state, shown, begin=self._begin(image, state, soc, size, capacity))
        wanted = round_half_up(wanted) if image.per_call else wanted
        state.power_w = ramp(state.power_w, wanted, image.steps(share * size, share * size))
        power = image.whole(state.power_w) + (image.get(self.made_dc) or 0.0)
        return [
            equals(self.config.ess_id, power, filtered=True),
            *self._shown(state, shown, power, image.whole(state.power_w)),
        ]

    @staticmethod
    def _shown(
        state: FixSocMemory,
        shown: SocState,
        power: float | None = None,
        raw: float | None = None,
        begin: int | None = None,
    ) -> Requests:
        return [
            Publish("StateMachine", shown),
            Publish("DebugSetActivePower", power),
            Publish("DebugSetActivePowerRaw", raw),
            Publish("EssCapacity", state.capacity_wh),
            Publish("ExpectedStartEpochSeconds", begin),
        ]

    def _begin(
        self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float | None
    ) -> int | None:
        """When it will begin; None once it has, or while that cannot be known."""
        left = self._left_s(image)
        if state.state is not SocState.NOT_STARTED or left is None or capacity is None:
            return None
        wait_s = left - self._required_s(state, soc, size, capacity)
        return int(image.now_utc.timestamp() + wait_s) if wait_s > 0 else None

    def _required_s(self, state: FixSocMemory, soc: float, size: float, capacity: float | None) -> float:
        """Time the way to the target takes at a gentle power; endless when it cannot be known.

        A battery that is to be full or empty once first needs the way there and its rest, too.
        """
        if capacity is None:
            return math.inf
        before_s = 0.0
        if self._is_reference_due(state):
            end = _reference_end(soc)
            before_s = REST_S + _way_s(soc, end, capacity, min(size, 0.5 * capacity))
            soc = end
        return before_s + _way_s(soc, self.config.target_soc, capacity, min(0.5 * size, capacity / 3))

    def _is_reference_due(self, state: FixSocMemory) -> bool:
        return self.config.reference_cycle and not state.reference_done

    def _left_s(self, image: View) -> float | None:
        if self.target is None:
            return None
        until = self.target - timedelta(minutes=self.config.target_time_buffer)
        return (until - image.now_utc).total_seconds()

    def _act(
        self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float | None
    ) -> tuple[float | None, float]:
        """Power and ramp (part of the size) of the current state."""
        s, target = SocState, self.config.target_soc
        if state.state in (s.IDLE, s.NOT_STARTED, s.UNDEFINED):
            return None, 0.0
        if state.state is s.REFERENCE_CYCLE:
            return self._reference(image, state, soc, size, capacity), 0.05
        way = -1.0 if state.state in (s.BELOW_TARGET_SOC, s.WITHIN_LOWER_TARGET_SOC_BOUNDARIES) else 1.0
        if state.state in (s.BELOW_TARGET_SOC, s.ABOVE_TARGET_SOC):
            if self._place(soc) is not state.state:  # about to leave; the next state gives a new power
                return state.aim_w, 0.05
            left = self._left_s(image)
            power = size
            if left is not None and left > 0 and capacity is not None:
                power = (abs(target - soc) + 1) * capacity * 36 / left
                power = min(size, math.floor(power) if image.per_call else power)
            state.aim_w = way * power
            return state.aim_w, 0.05
        if state.state is s.AT_TARGET_SOC:
            return 0.0, 0.1
        gentle = 0.25 * size if capacity is None else min(0.25 * size, capacity / 6)
        return way * gentle, 0.05

    def _next(
        self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float | None
    ) -> SocState:
        s, c = SocState, self.config
        if state.state in (s.IDLE, s.UNDEFINED):
            return s.NOT_STARTED
        if state.state is s.NOT_STARTED:
            left = self._left_s(image)
            if left is not None and left > self._required_s(state, soc, size, capacity):
                return s.NOT_STARTED
            return s.REFERENCE_CYCLE if self._is_reference_due(state) else self._place(soc)
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

    def _reference(
        self, image: View, state: FixSocMemory, soc: float, size: float, capacity: float | None
    ) -> float:
        """Full when nearly full, else empty, then a pause of half an hour."""
        if state.reference_since_s is not None:
            state.reference_done = image.now_s - state.reference_since_s >= REST_S
            return 0.0
        if state.reference_end is None:
            state.reference_end = _reference_end(soc)
        end = state.reference_end
        if soc == end or self._takes_no_more(image, soc, end):
            state.reference_since_s = image.now_s
            return 0.0
        power = size if capacity is None else min(size, 0.5 * capacity)
        return math.copysign(power, soc - end)

    def _takes_no_more(self, image: View, soc: float, end: float) -> bool:
        """Whether the battery itself says that it is full or empty, a little before its charge does."""
        allowed = image.get(self.h["AllowedChargePower" if end > soc else "AllowedDischargePower"])
        return allowed == 0 and abs(end - soc) <= NEAR_END_PERCENT

    def _terminate(self, image: View, state: FixSocMemory, capacity: float | None) -> None:
        c = self.config
        if state.capacity_wh is None:
            state.capacity_wh = capacity
        if c.conditional_termination and capacity is not None and capacity != state.capacity_wh:
            state.is_done = True
        if state.state is not SocState.AT_TARGET_SOC:
            state.at_since_s = None
        elif state.at_since_s is None:
            state.at_since_s = image.now_s
        if c.self_termination and state.at_since_s is not None:
            state.is_done = state.is_done or image.now_s - state.at_since_s >= c.termination_buffer * 60


def _reference_end(soc: float) -> float:
    """Full when nearly full, else empty."""
    return 100.0 if soc >= 70 else 0.0


def _way_s(soc: float, target: float, capacity: float, power: float) -> float:
    """Time from one state of charge to another; a percent more, as it is whole in most batteries."""
    return (abs(target - soc) + 1) * capacity * 36 / power if power > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class ExtensionConfig(FixSocConfig):
    """Properties of :class:`PrepareBatteryExtension`."""

    target_soc: float = prop(30.0, "State of charge to reach", unit="%", minimum=0, maximum=100)
    target_time_buffer: float = prop(30.0, "Reach it that much earlier", unit="min", minimum=0)
    termination_buffer: float = prop(120.0, "Hold it that long first", unit="min", minimum=0)
    conditional_termination: bool = prop(True, "Stop when the capacity has changed")
    reference_cycle: bool = prop(
        True, "Full or empty once first, so that the charge is known", aliases=("referenceCycleEnabled",)
    )


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
            self.points = sorted((parse_instant(p["time"]), float(p["power"])) for p in c.schedule)
            self.issued = parse_instant(c.issued) if c.issued else None
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


def parse_instant(value: Any) -> float:
    """Seconds since 1970 of an ISO text or a number."""
    if isinstance(value, int | float):
        return float(value)
    instant = datetime.fromisoformat(str(value))
    return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant).timestamp()


CONTROLLERS = (
    FixStateOfCharge,
    PrepareBatteryExtension,
    ScheduleFollower,
)
