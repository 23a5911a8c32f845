"""Routines that run a battery through a plan of their own.

High-load slots, standby, cycles, state-of-health tests.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, equals, states
from ems_edge_control.controllers.shaving import parse_date, parse_time
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, reactive


class HighLoadState(enum.Enum):
    """States of :class:`HighLoadTimeslot`."""

    NORMAL = 0
    HYSTERESIS = 1
    FORCE_CHARGE = 2
    DISCHARGE = 3


@dataclass(frozen=True, kw_only=True)
class HighLoadConfig:
    """Properties of :class:`HighLoadTimeslot`."""

    ess_id: str = prop(help="Storage unit or group")
    start_date: str = prop(help="First day, dd.mm.yyyy")
    end_date: str = prop(help="Last day, dd.mm.yyyy")
    start_time: str = prop(help="Begin of the slot, H:mm")
    end_time: str = prop(help="End of the slot, H:mm")
    weekday_filter: str = prop(
        "EVERDAY",
        "Days",
        choices=("EVERDAY", "EVERYDAY", "ONLY_WEEKDAYS", "ONLY_WEEKEND", "WEEKDAYS", "WEEKEND"),
    )
    charge_power: float = prop(help="Power outside the slot, negative", unit="W")
    discharge_power: float = prop(help="Power in the slot, positive", unit="W")
    hysteresis_soc: float = prop(help="Charge again at or below", unit="%", minimum=0, maximum=100)


@dataclass
class HighLoadMemory:
    """Memory of :class:`HighLoadTimeslot`."""

    state: HighLoadState = HighLoadState.NORMAL


class HighLoadTimeslot(Controller[HighLoadConfig, HighLoadMemory]):
    """Discharge in a daily slot, charge outside it, surely in the half hour before it."""

    code = "high-load-timeslot"
    title = "Discharge in a daily slot, charge outside it"
    aliases = ("Controller.HighLoadTimeslot",)
    Config = HighLoadConfig
    State = HighLoadMemory
    channels = (states("StateMachine", HighLoadState),)
    lead = timedelta(minutes=30)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the times."""
        c = self.config
        self.soc = bind.channel(c.ess_id, "Soc")
        try:
            self.days = (parse_date(c.start_date), parse_date(c.end_date))
            self.times = (parse_time(c.start_time), parse_time(c.end_time))
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: dates are dd.mm.yyyy and times H:mm ({ex})")

    def _is_slot(self, at: datetime) -> bool:
        weekend = at.weekday() >= 5
        allowed = {"WEEKDAYS": not weekend, "WEEKEND": weekend}.get(
            self.config.weekday_filter.removeprefix("ONLY_"), True
        )
        clock = at.time().replace(tzinfo=None)
        return (
            allowed and self.days[0] <= at.date() <= self.days[1] and self.times[0] <= clock <= self.times[1]
        )

    def run(self, image: View, state: HighLoadMemory, dt_s: float) -> Sequence[Request]:
        """Set the power of the state."""
        c = self.config
        now = image.now_local
        power = 0.0
        shown = state.state
        if self._is_slot(now):
            power, shown = c.discharge_power, HighLoadState.DISCHARGE
        elif self._is_slot(now + self.lead):
            power, shown = c.charge_power, HighLoadState.FORCE_CHARGE
        elif state.state is HighLoadState.HYSTERESIS:
            if image.need(self.soc) <= c.hysteresis_soc:
                state.state = HighLoadState.NORMAL
        elif image.min_w(c.ess_id) >= 0:
            state.state = shown = HighLoadState.HYSTERESIS
        else:
            power, shown = c.charge_power, HighLoadState.NORMAL
        return [
            Publish("StateMachine", shown),
            equals(c.ess_id, power, reason="high-load slot"),
            reactive(equals(c.ess_id, 0.0)),
        ]


class StandbyState(enum.Enum):
    """States of :class:`Standby`."""

    UNDEFINED = -1
    DISCHARGE = 0
    SLOW_CHARGE_1 = 1
    FAST_CHARGE = 2
    SLOW_CHARGE_2 = 3
    FINISHED = 4


@dataclass(frozen=True, kw_only=True)
class StandbyConfig:
    """Properties of :class:`Standby`."""

    ess_id: str = prop(help="Storage unit or group")
    start_date: str = prop(help="First day, dd.mm.yyyy")
    end_date: str = prop(help="Last day, dd.mm.yyyy")
    day_of_week: str = prop(
        "SUNDAY",
        "Day of the routine",
        choices=("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"),
    )


@dataclass
class StandbyMemory:
    """Memory of :class:`Standby`."""

    state: StandbyState = StandbyState.UNDEFINED
    since_s: float = 0.0
    day: str = ""
    strong_since_s: float | None = None
    is_halved: bool = False
    surplus_since_s: float | None = None


DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


class Standby(Controller[StandbyConfig, StandbyMemory]):
    """Once a week empty the battery, then charge it slowly, fast, and slowly again."""

    code = "standby"
    title = "Weekly routine that works a battery through its range"
    aliases = ("Controller.Ess.Standby",)
    Config = StandbyConfig
    State = StandbyMemory
    channels = (states("StateMachine", StandbyState),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the dates."""
        c = self.config
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.charge = bind.channel(c.ess_id, "AllowedChargePower")
        self.grid = bind.channel("_sum", "GridActivePower")
        self.made = bind.channel("_sum", "ProductionActivePower")
        self.used = bind.channel("_sum", "ConsumptionActivePower")
        self.days: tuple[date, date] = (date.min, date.max)
        try:
            self.days = (parse_date(c.start_date), parse_date(c.end_date))
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: dates are dd.mm.yyyy ({ex})")

    def run(self, image: View, state: StandbyMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it. The state shown is that before the step."""
        shown = Publish("StateMachine", state.state)
        power = self._act(image, state, image.now_local)
        if power is None:
            return [shown]
        return [shown, equals(self.config.ess_id, image.whole(power), reason="standby routine")]

    def _is_due(self, now: datetime) -> bool:
        """Whether this is a day of the routine."""
        return DAYS[now.weekday()] == self.config.day_of_week and self.days[0] <= now.date() <= self.days[1]

    def _act(self, image: View, state: StandbyMemory, now: datetime) -> float | None:
        s = StandbyState
        today = now.date().isoformat()
        if state.state is s.UNDEFINED:
            if self._is_due(now):
                state.day = today
                state.is_halved, state.strong_since_s, state.surplus_since_s = False, None, None
                self._enter(state, s.DISCHARGE, image.now_s)
            return None
        if today != state.day:
            self._enter(state, s.UNDEFINED, image.now_s)
            return None
        if state.state is s.FINISHED:
            return 0.0
        size, load = image.need(self.size), image.need(self.grid) + image.need(self.power)
        if state.state is s.DISCHARGE:
            return self._discharge(image, state, size, load, now)
        return self._charge(image, state, size, load)

    def _charge(self, image: View, state: StandbyMemory, size: float, load: float) -> float:
        """Charge the surplus between a fifth and a half of the size; at full power in between."""
        s, elapsed = StandbyState, image.now_s - state.since_s
        if state.state is s.FAST_CHARGE:
            if elapsed >= 600:
                self._enter(state, s.SLOW_CHARGE_2, image.now_s)
            return -size
        if state.state is s.SLOW_CHARGE_1 and elapsed >= 1800:
            self._enter(state, s.FAST_CHARGE, image.now_s)
        elif state.state is s.SLOW_CHARGE_2 and image.get(self.charge) == 0:
            self._enter(state, s.FINISHED, image.now_s)
        return -min(max(-load, 0.2 * size), 0.5 * size)

    def _discharge(self, image: View, state: StandbyMemory, size: float, load: float, now: datetime) -> float:
        """Cover the load; after ten minutes above 70 % of the size no more than half of it."""
        power = max(0.0, load)
        if power > 0.7 * size:
            state.strong_since_s = image.now_s if state.strong_since_s is None else state.strong_since_s
            state.is_halved = state.is_halved or image.now_s - state.strong_since_s >= 600
        else:
            state.strong_since_s = None
        if (image.get(self.made) or 0.0) > (image.get(self.used) or 0.0):
            state.surplus_since_s = image.now_s if state.surplus_since_s is None else state.surplus_since_s
        else:
            state.surplus_since_s = None
        surplus = state.surplus_since_s is not None and image.now_s - state.surplus_since_s >= 60
        if now.hour >= 12 or surplus:
            self._enter(state, StandbyState.SLOW_CHARGE_1, image.now_s)
        return min(power, 0.5 * size) if state.is_halved else power

    @staticmethod
    def _enter(state: StandbyMemory, following: StandbyState, now_s: float) -> None:
        state.state, state.since_s = following, now_s


CONTROLLERS = (
    HighLoadTimeslot,
    Standby,
)
