"""Heating elements of three stages: by surplus, with a time or energy that must be reached each day."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from ems_edge_control.calendar_tasks import active, parse_tasks
from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


class Level(enum.Enum):
    """Relays of :class:`HeatingElement` that are on."""

    LEVEL_0 = 0
    LEVEL_1 = 1
    LEVEL_2 = 2
    LEVEL_3 = 3


LEVELS = tuple(level.name for level in Level)


class ElementStatus(enum.Enum):
    """Statuses of :class:`HeatingElement`."""

    UNDEFINED = -1
    INACTIVE = 0
    ACTIVE = 1
    ACTIVE_FORCED = 2
    ACTIVE_FORCED_LIMIT = 3
    DONE = 4
    UNREACHABLE = 5
    CALIBRATION = 6


@dataclass(frozen=True, kw_only=True)
class ElementConfig:
    """Properties of :class:`HeatingElement`."""

    mode: str = prop("AUTOMATIC", "By surplus, or fixed", choices=("AUTOMATIC", "MANUAL_ON", "MANUAL_OFF"))
    output_channel_phase_l1: str = prop(help="Relay of the first phase", name="outputChannelPhaseL1")
    output_channel_phase_l2: str = prop(help="Relay of the second phase", name="outputChannelPhaseL2")
    output_channel_phase_l3: str = prop(help="Relay of the third phase", name="outputChannelPhaseL3")
    power_per_phase: float = prop(
        2000.0,
        "Power of one phase, where no meter measures it",
        unit="W",
        minimum=1,
        aliases=("powerOfPhase",),
    )
    default_level: str = prop(
        "LEVEL_1", "Level when forced or manual", choices=(*LEVELS, "UNDEFINED", "0", "1", "2", "3")
    )
    work_mode: str = prop("NONE", "What must be reached by the end time", choices=("NONE", "TIME", "ENERGY"))
    min_time: float = prop(1.0, "Least time at the default level", unit="h", minimum=0)
    min_energylimit: float = prop(10000.0, "Least energy", unit="Wh", minimum=0)
    end_time: str = prop("17:00", "Until then")
    end_time_with_meter: str = prop("", "The same for energy; empty = endTime")
    schedule: list[Any] = prop(
        [],
        "Heat only while a task of this calendar (RFC 8984) lasts; payload {sessionEnergy Wh}",
        aliases=("jsCalendar", "calendar", "scheduler"),
    )
    minimum_switching_time: float = prop(60.0, "Shortest time between two changes", unit="s", minimum=0)
    meter_id: str = prop("", "Meter of the element, needed for energy")


@dataclass
class ElementMemory:
    """Memory of :class:`HeatingElement`.

    Attributes:
        level: Relays that are on.
        status: Shown in the last cycle.
        changed_s: When the level last changed by surplus.
        counted_s: Until when times of phases are counted.
        date: Day of what is counted.
        phase_s: Time of each phase on that day.
        calibrated_s: When calibration ends, None before it has begun.
        is_calibrated: Whether it is over.
        samples: Last powers of each phase while on.
        phase_w: Their means, as of the last cycle.
        register_wh: Register of the meter at the begin of the day.
        energy_wh: Energy of the day, as of the last cycle.
        force_s: Second of the day from which energy is forced, None when not known yet.
        is_forced: It is.
        is_raised: A level above the needed one was chosen for the last half hour.
        ended_s: When the first cycle after the last task was.
        was_due: A task lasted in the last cycle.
    """

    level: int = 0
    status: ElementStatus = ElementStatus.INACTIVE
    changed_s: float | None = None
    counted_s: float | None = None
    date: str = ""
    phase_s: list[float] = field(default_factory=lambda: [0.0] * 3)
    calibrated_s: float | None = None
    is_calibrated: bool = False
    samples: list[list[float]] = field(default_factory=lambda: [[], [], []])
    phase_w: list[float] = field(default_factory=lambda: [0.0] * 3)
    register_wh: float | None = None
    energy_wh: float = 0.0
    force_s: float | None = None
    is_forced: bool = False
    is_raised: bool = False
    ended_s: float | None = None
    was_due: bool = False


CALIBRATION_S = 4.0
RESERVE_S = 600.0
LAST_S = 1800.0
DONE_SHOWN_S = 1800.0
MEAN_OF = 20
ON_FROM_W = 100.0
WORTH_HEATING = 0.4
RAISE_ABOVE = 0.9
RAISE_FROM_SHARE = 0.01
REACHABLE = 1.1


@dataclass(frozen=True, slots=True)
class Goal:
    """What has to be reached in this cycle: by which second of the day, and how much energy."""

    now_s: float
    end_s: float
    limit_wh: float


class HeatingElement(Controller[ElementConfig, ElementMemory]):
    """Switch three relays by surplus, and make sure that time or energy is reached by an hour of the day.

    With a meter the phases' powers are measured: for four seconds at full level at first, then whenever
    they are on.
    """

    code = "heating-element"
    title = "Three-stage heating element by surplus, with a daily minimum"
    aliases = ("Controller.IO.HeatingElement",)
    Config = ElementConfig
    State = ElementMemory
    channels = (
        states("Status", ElementStatus),
        states("Level", Level, "Relays on"),
        number("ForceStartAtSecondsOfDay", "s"),
        flag("AwaitingHysteresis"),
        number("EnergyOfDay", "Wh"),
        number("SessionEnergy", "Wh", "Energy of the day, whole"),
        *(number(f"Phase{i}Time", "s", "Time of day that the phase was on") for i in (1, 2, 3)),
        *(number(f"Level{i}Time", "s", "Time of day at that level") for i in (1, 2, 3)),
        number("TotalPhaseTime", "s", "Time of all phases"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses, read the end times and the calendar."""
        c = self.config
        digits = [int(d) for d in c.default_level if d.isdigit()]
        self.default_level = digits[0] if digits else 0
        outputs = (c.output_channel_phase_l1, c.output_channel_phase_l2, c.output_channel_phase_l3)
        self.outputs = [bind.address(a) for a in outputs]
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        self.meter = bind.channel(c.meter_id, "ActivePower") if c.meter_id else None
        self.register = bind.channel(c.meter_id, "ActiveProductionEnergy") if c.meter_id else None
        self.meter_phases = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES if c.meter_id]
        self.tasks = parse_tasks(c.schedule, f"controller {self.id}", bind.faults)
        if c.work_mode == "ENERGY" and not c.meter_id:
            bind.faults.append(f"controller {self.id}: workMode ENERGY needs meter_id")
        ends = c.end_time_with_meter if c.work_mode == "ENERGY" and c.end_time_with_meter else c.end_time
        try:
            self.end_s = _seconds(parse_time(ends))
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: endTime is H:mm ({ex})")

    def run(self, image: View, state: ElementMemory, dt_s: float) -> Sequence[Request]:
        """Choose the level and set the relays."""
        now = image.now_local
        self._count(image, state, now)
        if self.config.mode == "AUTOMATIC":
            out = self._automatic(image, state, now)
        else:
            on = self.config.mode == "MANUAL_ON"
            state.is_calibrated = state.is_calibrated or on
            state.level = self.default_level if on else 0
            state.status = ElementStatus.ACTIVE if on else ElementStatus.INACTIVE
            out = []
        self._measure(image, state, dt_s)
        return [*(switch(h, i < state.level) for i, h in enumerate(self.outputs)), *out, *self._shown(state)]

    # -- counting ---

    @staticmethod
    def _count(image: View, state: ElementMemory, now: datetime) -> None:
        """Add up the times of the phases; times and energy start anew at midnight."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        passed_s = 0.0 if state.counted_s is None else image.now_s - state.counted_s
        state.counted_s = image.now_s
        if state.date != now.date().isoformat():
            state.date = now.date().isoformat()
            state.phase_s, state.register_wh = [0.0] * 3, None
            state.energy_wh, state.force_s = 0.0, None
            state.is_forced = state.is_raised = False
            passed_s = min(passed_s, (now - midnight).total_seconds())
        state.phase_s = [s + passed_s * (i < state.level) for i, s in enumerate(state.phase_s)]

    def _measure(self, image: View, state: ElementMemory, dt_s: float) -> None:
        """Follow the energy of the day and the power of each phase that is on."""
        if self.meter is None or self.register is None:
            state.energy_wh += state.level * self.config.power_per_phase * dt_s / 3600
            return
        register = image.get(self.register)
        if register is not None:
            if state.register_wh is None:
                state.register_wh = register - state.energy_wh
            state.energy_wh = register - state.register_wh
        else:
            state.energy_wh += max(0.0, image.get(self.meter) or 0.0) * dt_s / 3600
        for i, handle in enumerate(self.meter_phases):
            power, samples = image.get(handle), state.samples[i]
            if power is not None and power >= ON_FROM_W:
                samples.append(power)
                del samples[:-MEAN_OF]
                state.phase_w[i] = float(math.floor(sum(samples) / len(samples) + 0.5))

    def _shown(self, state: ElementMemory) -> Requests:
        times = [int(seconds) for seconds in state.phase_s]
        at_level = (times[0] - times[1], times[1] - times[2], times[2])
        return [
            Publish("Level", Level(state.level)),
            Publish("Status", state.status),
            Publish("EnergyOfDay", round(state.energy_wh, 1)),
            Publish("SessionEnergy", int(state.energy_wh)),
            *(Publish(f"Phase{i + 1}Time", seconds) for i, seconds in enumerate(times)),
            *(Publish(f"Level{i + 1}Time", seconds) for i, seconds in enumerate(at_level)),
            Publish("TotalPhaseTime", sum(times)),
        ]

    # -- level ---

    def _automatic(self, image: View, state: ElementMemory, now: datetime) -> Requests:
        """The level by surplus, or what still has to be reached."""
        if self.meter is not None and not state.is_calibrated:
            return self._calibrate(image, state)
        level = self._level_of(state, self._surplus(image, state))
        status = ElementStatus.ACTIVE if level else ElementStatus.INACTIVE
        start = None
        goal = self._goal(image, state, now)
        if goal is None:
            level, status = 0, self._rest_status(image, state)
        elif self.config.work_mode == "TIME":
            level, status, start = self._time(state, goal, level, status)
        elif self.config.work_mode == "ENERGY":
            level, status = self._energy(state, goal, level, status)
            start = state.force_s
        awaiting = False
        if status not in (ElementStatus.ACTIVE_FORCED, ElementStatus.ACTIVE_FORCED_LIMIT):
            if awaiting := self._is_waiting(image, state, level):
                level, status = state.level, state.status
            elif level != state.level:
                state.changed_s = image.now_s
        state.level, state.status = level, status
        return [
            Publish("AwaitingHysteresis", awaiting),
            Publish("ForceStartAtSecondsOfDay", None if start is None else int(start)),
        ]

    @staticmethod
    def _calibrate(image: View, state: ElementMemory) -> Requests:
        """Measure the phases at full level for some seconds."""
        if state.calibrated_s is None:
            state.calibrated_s = image.now_s + CALIBRATION_S
        state.is_calibrated = image.now_s >= state.calibrated_s - 1e-6
        state.level, state.status = 3, ElementStatus.CALIBRATION
        return [Publish("AwaitingHysteresis", value=False), Publish("ForceStartAtSecondsOfDay", None)]

    def _surplus(self, image: View, state: ElementMemory) -> float:
        """What would be sold without the element; what the storage gives does not count."""
        used = state.level * self.config.power_per_phase
        if self.meter is not None:
            used = image.get(self.meter) or 0.0
        return used - image.need(self.grid) - max(0.0, image.get(self.discharge) or 0.0)

    def _phases_w(self, state: ElementMemory) -> list[float]:
        return state.phase_w if self.meter is not None else [self.config.power_per_phase] * 3

    def _level_of(self, state: ElementMemory, power: float) -> int:
        """As many relays as a power feeds."""
        phases = self._phases_w(state)
        return next((n for n in (3, 2, 1) if power >= sum(phases[:n])), 0)

    def _is_waiting(self, image: View, state: ElementMemory, level: int) -> bool:
        if level == state.level or state.changed_s is None:
            return False
        return image.now_s - state.changed_s <= self.config.minimum_switching_time

    # -- what has to be reached ---

    def _goal(self, image: View, state: ElementMemory, now: datetime) -> Goal | None:
        """End and energy of the task that lasts, else of the properties; None while the calendar has none."""
        now_s = _seconds(now.time())
        if not self.tasks:
            return Goal(now_s, self.end_s, self.config.min_energylimit)
        task = active(self.tasks, now)
        since_s = None if task is None else task.begun_s(now)
        if task is None or since_s is None:
            if state.was_due:
                state.ended_s, state.force_s = image.now_s, None
                state.is_forced = state.is_raised = False
            state.was_due = False
            return None
        state.was_due = True
        limit = self.config.min_energylimit
        if isinstance(task.payload, dict):
            limit = float(task.payload.get("sessionEnergy", limit))
        return Goal(now_s, now_s - since_s + task.duration_s, limit)

    def _rest_status(self, image: View, state: ElementMemory) -> ElementStatus:
        """Outside of the calendar nothing heats; that energy was reached is shown for half an hour."""
        if self.config.work_mode != "ENERGY" or state.ended_s is None:
            return ElementStatus.INACTIVE
        is_fresh = image.now_s < state.ended_s + DONE_SHOWN_S
        return ElementStatus.DONE if is_fresh else ElementStatus.INACTIVE

    def _time(
        self, state: ElementMemory, goal: Goal, level: int, status: ElementStatus
    ) -> tuple[int, ElementStatus, float | None]:
        """Force the default level as late as the phase hours of the day can still be reached by the end."""
        wanted = self.default_level
        missing_s = self.config.min_time * 3600 * wanted - sum(state.phase_s)
        if missing_s <= 0 or wanted == 0 or goal.now_s > goal.end_s:
            return level, status, None
        start_s = goal.end_s - missing_s / wanted
        if goal.now_s > start_s and level <= wanted:
            return wanted, ElementStatus.ACTIVE_FORCED, start_s
        return level, status, start_s

    def _energy(
        self, state: ElementMemory, goal: Goal, level: int, status: ElementStatus
    ) -> tuple[int, ElementStatus]:
        """Force as late as one phase can still bring the energy, with ten minutes to spare."""
        if goal.limit_wh <= state.energy_wh or goal.now_s >= goal.end_s:
            return 0, ElementStatus.DONE
        missing_wh, left_s = goal.limit_wh - state.energy_wh, goal.end_s - goal.now_s
        if state.force_s is None or (goal.now_s < state.force_s and not state.is_forced):
            state.force_s = self._force_s(state, goal, missing_wh)
        if state.is_raised:
            state.is_raised = state.level > level
            return state.level, ElementStatus.ACTIVE_FORCED_LIMIT
        if missing_wh * 3600 / max(left_s, 1.0) > REACHABLE * sum(self._phases_w(state)):
            return 3, ElementStatus.UNREACHABLE
        if state.force_s is None or goal.now_s < state.force_s:
            return level, status
        return self._forced(state, goal, level)

    def _force_s(self, state: ElementMemory, goal: Goal, missing_wh: float) -> float | None:
        """When to begin; at once when it is late already, None while no phase has been measured."""
        power = next((w for w in self._phases_w(state) if w > 0), 0.0)
        if power <= 0:
            return None
        minutes = math.ceil(missing_wh / power * 60 - 1e-9)
        return max(goal.now_s, goal.end_s - minutes * 60 - RESERVE_S)

    def _forced(self, state: ElementMemory, goal: Goal, level: int) -> tuple[int, ElementStatus]:
        """The level that brings what is missing; the surplus' own when that is as high."""
        state.is_forced = True
        phases = self._phases_w(state)
        missing_wh, left_s = goal.limit_wh - state.energy_wh, goal.end_s - goal.now_s
        is_last = left_s <= RESERVE_S
        needed_w = missing_wh * 3600 / (max(left_s, 1.0) if is_last else left_s - RESERVE_S)
        needed = self._level_of(state, needed_w)
        if needed == 0 and (is_last or needed_w > WORTH_HEATING * phases[0]):
            needed = 1
        carried_w = phases[0] if needed == 1 else phases[0] + phases[1]
        if (
            left_s <= LAST_S
            and needed < 3
            and carried_w < RAISE_ABOVE * needed_w
            and missing_wh > RAISE_FROM_SHARE * goal.limit_wh
        ):
            needed += 1
            state.is_raised = needed > level
        if level >= needed:
            return level, ElementStatus.ACTIVE
        return needed, ElementStatus.ACTIVE_FORCED_LIMIT


def _seconds(clock: time) -> float:
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
