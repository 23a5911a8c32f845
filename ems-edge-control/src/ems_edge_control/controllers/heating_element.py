"""Heating elements of three stages: by surplus, with a time or energy that must be reached each day."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests

LEVELS = ("LEVEL_0", "LEVEL_1", "LEVEL_2", "LEVEL_3")


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
        2000.0, "Power of one phase", unit="W", minimum=1, aliases=("powerOfPhase",)
    )
    default_level: str = prop(
        "LEVEL_1", "Level when forced or manual", choices=(*LEVELS, "UNDEFINED", "0", "1", "2", "3")
    )
    work_mode: str = prop("NONE", "What must be reached by the end time", choices=("NONE", "TIME", "ENERGY"))
    min_time: float = prop(1.0, "Least time at the default level", unit="h", minimum=0)
    min_energylimit: float = prop(10000.0, "Least energy", unit="Wh", minimum=0)
    end_time: str = prop("17:00", "Until then")
    minimum_switching_time: float = prop(60.0, "Shortest time between two changes", unit="s", minimum=0)
    meter_id: str = prop("", "Meter of the element, needed for energy")


@dataclass
class ElementMemory:
    """Memory of :class:`HeatingElement`."""

    level: int = 0
    changed_s: float | None = None
    counted_s: float | None = None
    date: str = ""
    phase_s: list[float] = field(default_factory=lambda: [0.0] * 3)
    level_s: list[float] = field(default_factory=lambda: [0.0] * 3)
    day: str = ""
    energy_wh: float = 0.0
    calibrated_s: float = 0.0
    phase_w: list[float] = field(default_factory=list)


CALIBRATION_S = 4.0
RESERVE_S = 600.0
LAST_S = 1800.0


class HeatingElement(Controller[ElementConfig, ElementMemory]):
    """Switch three relays by surplus, and make sure that time or energy is reached by an hour of the day."""

    code = "heating-element"
    title = "Three-stage heating element by surplus, with a daily minimum"
    aliases = ("Controller.IO.HeatingElement",)
    Config = ElementConfig
    State = ElementMemory
    channels = (
        states("Status", ElementStatus),
        number("Level", "", "Relays on"),
        number("ForceStartAtSecondsOfDay", "s"),
        flag("AwaitingHysteresis"),
        number("EnergyOfDay", "Wh"),
        *(number(f"Phase{i}Time", "s", "Time of day that the phase was on") for i in (1, 2, 3)),
        *(number(f"Level{i}Time", "s", "Time of day at that level") for i in (1, 2, 3)),
        number("TotalPhaseTime", "s", "Time of all phases"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the end time."""
        c = self.config
        digits = [int(d) for d in c.default_level if d.isdigit()]
        self.default_level = digits[0] if digits else 0
        outputs = (c.output_channel_phase_l1, c.output_channel_phase_l2, c.output_channel_phase_l3)
        self.outputs = [bind.address(a) for a in outputs]
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        self.meter = bind.channel(c.meter_id, "ActivePower") if c.meter_id else None
        self.meter_phases = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES if c.meter_id]
        if c.work_mode == "ENERGY" and not c.meter_id:
            bind.faults.append(f"controller {self.id}: workMode ENERGY needs meter_id")
        try:
            self.end = parse_time(c.end_time)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: endTime is H:mm ({ex})")

    def run(self, image: View, state: ElementMemory, dt_s: float) -> Sequence[Request]:
        """Choose the level and set the relays."""
        c, now = self.config, image.now_local
        self._count(image, state, now)
        self._follow_day(image, state, now, dt_s)
        if c.mode != "AUTOMATIC":
            level = self.default_level if c.mode == "MANUAL_ON" else 0
            status = ElementStatus.ACTIVE_FORCED if level else ElementStatus.INACTIVE
            return self._set(state, level, status, awaiting=False, start=None)
        if c.work_mode == "ENERGY" and state.calibrated_s < CALIBRATION_S:
            return self._calibrate(image, state, dt_s)
        by_surplus = self._by_surplus(image, state)
        level, status, start = self._forced(state, now, by_surplus)
        awaiting = self._is_waiting(image, state, level)
        if awaiting:
            level = state.level
        return self._set(state, level, status, awaiting=awaiting, start=start, now_s=image.now_s)

    @staticmethod
    def _count(image: View, state: ElementMemory, now: datetime) -> None:
        """Add up the times of phases and levels; they start anew at midnight."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        passed_s = 0.0 if state.counted_s is None else image.now_s - state.counted_s
        state.counted_s = image.now_s
        if state.date != now.date().isoformat():
            state.date = now.date().isoformat()
            state.phase_s, state.level_s = [0.0] * 3, [0.0] * 3
            passed_s = min(passed_s, (now - midnight).total_seconds())
        for i in range(state.level):
            state.phase_s[i] += passed_s
        if state.level:
            state.level_s[state.level - 1] += passed_s

    def _follow_day(self, image: View, state: ElementMemory, now: datetime, dt_s: float) -> None:
        """Add up the energy; what is taken after the end time counts for the next day."""
        day = (now.date() if now.time() < self.end else now.date() + timedelta(days=1)).isoformat()
        if state.day != day:
            state.day, state.energy_wh = day, 0.0
        power = None if self.meter is None else image.get(self.meter)
        power = state.level * self.config.power_per_phase if power is None else power
        state.energy_wh += max(0.0, power) * dt_s / 3600

    def _calibrate(self, image: View, state: ElementMemory, dt_s: float) -> Requests:
        """Measure the phases at full level for some seconds."""
        state.calibrated_s += dt_s
        if state.calibrated_s >= CALIBRATION_S:
            measured = [image.get(h) for h in self.meter_phases]
            state.phase_w = [v if v is not None and v > 0 else self.config.power_per_phase for v in measured]
        return self._set(state, 3, ElementStatus.CALIBRATION, awaiting=False, start=None, now_s=image.now_s)

    def _phase_w(self, state: ElementMemory) -> list[float]:
        return state.phase_w or [self.config.power_per_phase] * 3

    def _by_surplus(self, image: View, state: ElementMemory) -> int:
        """As many relays as the surplus feeds; none while the site buys."""
        phases = self._phase_w(state)
        grid = image.get(self.grid) or 0.0
        if grid > 0:
            return 0
        surplus = -grid - max(0.0, image.get(self.discharge) or 0.0) + sum(phases[: state.level])
        level = 0
        for count in (1, 2, 3):
            if surplus >= sum(phases[:count]):
                level = count
        return level

    def _forced(
        self, state: ElementMemory, now: datetime, by_surplus: int
    ) -> tuple[int, ElementStatus, float | None]:
        """The level with what still has to be reached today, and when forcing begins."""
        c = self.config
        active = ElementStatus.ACTIVE if by_surplus else ElementStatus.INACTIVE
        if c.work_mode == "NONE":
            return by_surplus, active, None
        if c.work_mode == "TIME":
            return self._time(state, now, by_surplus)
        return self._energy(state, now, by_surplus)

    def _time(
        self, state: ElementMemory, now: datetime, by_surplus: int
    ) -> tuple[int, ElementStatus, float | None]:
        """Force the default level as late as the phase hours of the day can still be reached by the end."""
        active = ElementStatus.ACTIVE if by_surplus else ElementStatus.INACTIVE
        level = self.default_level
        missing_s = self.config.min_time * 3600 * level - sum(state.phase_s)
        if missing_s <= 0 or level == 0:
            return by_surplus, active if by_surplus else ElementStatus.DONE, None
        end_s = _seconds(self.end)
        start_s = end_s - missing_s / level
        if start_s < _seconds(now.time()) < end_s:
            return max(by_surplus, level), ElementStatus.ACTIVE_FORCED, start_s
        return by_surplus, active, start_s

    def _energy(
        self, state: ElementMemory, now: datetime, by_surplus: int
    ) -> tuple[int, ElementStatus, float | None]:
        end_day = now.date() if now.time() < self.end else now.date() + timedelta(days=1)
        left_s = (datetime.combine(end_day, self.end, now.tzinfo) - now).total_seconds()
        missing_wh = self.config.min_energylimit - state.energy_wh
        phases = self._phase_w(state)
        active = ElementStatus.ACTIVE if by_surplus else ElementStatus.INACTIVE
        if missing_wh <= 0:
            return by_surplus, active if by_surplus else ElementStatus.DONE, None
        needed_s = missing_wh * 3600 / sum(phases) + RESERVE_S
        start = _seconds(now.time()) + left_s - needed_s
        if missing_wh > 1.1 * sum(phases) * left_s / 3600:
            return 3, ElementStatus.UNREACHABLE, start
        if left_s > needed_s:
            return by_surplus, active, start
        needed_w = missing_wh * 3600 / max(left_s, 1.0)
        level = next((n for n in (1, 2, 3) if sum(phases[:n]) >= needed_w), 3)
        if left_s <= LAST_S:
            level = min(3, level + 1)
        status = ElementStatus.ACTIVE_FORCED_LIMIT if level == 3 else ElementStatus.ACTIVE_FORCED
        return max(by_surplus, level), status, start

    def _is_waiting(self, image: View, state: ElementMemory, level: int) -> bool:
        if level == state.level or state.changed_s is None:
            return False
        return image.now_s - state.changed_s < self.config.minimum_switching_time

    def _set(
        self,
        state: ElementMemory,
        level: int,
        status: ElementStatus,
        *,
        awaiting: bool,
        start: float | None,
        now_s: float | None = None,
    ) -> Requests:
        if level != state.level and now_s is not None:
            state.changed_s = now_s
        state.level = level
        out: Requests = [switch(h, i < level) for i, h in enumerate(self.outputs)]
        return [
            *out,
            Publish("Level", level),
            Publish("Status", status),
            Publish("AwaitingHysteresis", awaiting),
            Publish("ForceStartAtSecondsOfDay", None if start is None else int(start)),
            Publish("EnergyOfDay", round(state.energy_wh, 1)),
            *(Publish(f"Phase{i + 1}Time", int(seconds)) for i, seconds in enumerate(state.phase_s)),
            *(Publish(f"Level{i + 1}Time", int(seconds)) for i, seconds in enumerate(state.level_s)),
            Publish("TotalPhaseTime", int(sum(state.phase_s))),
        ]


def _seconds(clock: time) -> float:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
