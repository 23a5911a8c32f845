"""Full cycles of a battery: a number of them, and the capacity test for the state of health."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, equals, flag, number, states
from ems_edge_control.filters import ramp
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


class CycleState(enum.Enum):
    """States of :class:`CycleController`."""

    UNDEFINED = -1
    START_CHARGE = 0
    START_DISCHARGE = 1
    CONTINUE_WITH_CHARGE = 2
    CONTINUE_WITH_DISCHARGE = 3
    COMPLETED_CYCLE = 4
    FINAL_SOC = 5
    FINISHED = 6
    WAIT_FOR_STATE_CHANGE = 7


@dataclass(frozen=True, kw_only=True)
class CycleConfig:
    """Properties of :class:`CycleController`."""

    ess_id: str = prop(help="Storage unit or group")
    mode: str = prop("MANUAL_ON", "Whether it acts", choices=("MANUAL_ON", "MANUAL_OFF"))
    cycle_order: str = prop(
        "START_WITH_DISCHARGE",
        "Direction first",
        choices=("START_WITH_CHARGE", "START_WITH_DISCHARGE", "AUTO"),
    )
    standby_time: float = prop(30.0, "Rest at each end", unit="min", minimum=0)
    start_time: str = prop(help="Begin, yyyy-mm-dd HH:MM")
    max_soc: float = prop(100.0, "Upper end", unit="%", minimum=0, maximum=100)
    min_soc: float = prop(0.0, "Lower end", unit="%", minimum=0, maximum=100)
    power: float = prop(0.0, "Power", unit="W", minimum=0)
    hybrid_ess_mode: str = prop(
        "TARGET_DC", "What the power means on a hybrid unit", choices=("TARGET_DC", "TARGET_AC")
    )
    total_cycle_number: int = prop(10, "Cycles", minimum=1)
    final_soc: float = prop(50.0, "State of charge at the end", unit="%", minimum=0, maximum=100)


@dataclass
class CycleMemory:
    """Memory of :class:`CycleController`."""

    state: CycleState = CycleState.UNDEFINED
    following: CycleState = CycleState.UNDEFINED
    since_s: float = 0.0
    completed: int = 0
    is_started: bool = False


class CycleController(Controller[CycleConfig, CycleMemory]):
    """Full cycles between two states of charge, then a final one."""

    code = "cycle"
    title = "Run a number of full charge and discharge cycles"
    aliases = ("Controller.Ess.Cycle",)
    Config = CycleConfig
    State = CycleMemory
    channels = (states("StateMachine", CycleState), number("CompletedCycles"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the start."""
        c = self.config
        self.soc = bind.channel(c.ess_id, "Soc")
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.dc = bind.channel(c.ess_id, "DcDischargePower")
        self.charge = bind.channel(c.ess_id, "AllowedChargePower")
        self.discharge = bind.channel(c.ess_id, "AllowedDischargePower")
        info = bind.info(c.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess") and c.hybrid_ess_mode == "TARGET_DC"
        try:
            self.begin = datetime.fromisoformat(c.start_time)
        except ValueError:
            bind.faults.append(f"controller {self.id}: startTime is yyyy-mm-dd HH:MM (got {c.start_time!r})")

    def run(self, image: View, state: CycleMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it."""
        out: Requests = [Publish("StateMachine", state.state), Publish("CompletedCycles", state.completed)]
        if self.config.mode != "MANUAL_ON":
            return out
        if not state.is_started:
            since = (image.now_local.replace(tzinfo=None) - self.begin.replace(tzinfo=None)).total_seconds()
            if not -1 <= since < 59:
                return out
            state.is_started = True
            state.state = self._first(image)
            return out
        power = self._act(image, state)
        if power is None:
            return out
        if self.hybrid:
            power += image.need(self.power) - image.need(self.dc)
        return [*out, equals(self.config.ess_id, power, reason="cycle")]

    def _first(self, image: View) -> CycleState:
        order = self.config.cycle_order
        charge = order == "START_WITH_CHARGE" or (order == "AUTO" and image.need(self.soc) >= 50)
        return CycleState.START_CHARGE if charge else CycleState.START_DISCHARGE

    def _act(self, image: View, state: CycleMemory) -> float | None:
        s = CycleState
        if state.state is s.WAIT_FOR_STATE_CHANGE:
            if image.now_s - state.since_s >= self.config.standby_time * 60:
                state.state = state.following
            return 0.0
        if state.state in (s.START_CHARGE, s.CONTINUE_WITH_CHARGE):
            following = s.CONTINUE_WITH_DISCHARGE if state.state is s.START_CHARGE else s.COMPLETED_CYCLE
            return self._move(image, state, -self.config.power, following, full=True)
        if state.state in (s.START_DISCHARGE, s.CONTINUE_WITH_DISCHARGE):
            following = s.CONTINUE_WITH_CHARGE if state.state is s.START_DISCHARGE else s.COMPLETED_CYCLE
            return self._move(image, state, self.config.power, following, full=False)
        if state.state is s.COMPLETED_CYCLE:
            state.completed += 1
            state.state = (
                s.FINAL_SOC if state.completed >= self.config.total_cycle_number else self._first(image)
            )
            return 0.0
        if state.state is s.FINAL_SOC:
            return self._final(image, state)
        return 0.0 if state.state is s.FINISHED else None

    def _move(
        self, image: View, state: CycleMemory, power: float, following: CycleState, *, full: bool
    ) -> float:
        """Go on until the end is reached, then rest."""
        c, soc = self.config, image.need(self.soc)
        bound = c.max_soc if full else c.min_soc
        reached = soc >= bound if full else soc <= bound
        if bound in (0, 100):
            allowed = image.get(self.charge if full else self.discharge)
            reached = reached and (allowed is None or allowed == 0)
        if reached:
            state.state, state.following = CycleState.WAIT_FOR_STATE_CHANGE, following
            state.since_s = image.now_s
            return 0.0
        return power

    def _final(self, image: View, state: CycleMemory) -> float:
        c, soc = self.config, image.need(self.soc)
        if abs(soc - c.final_soc) < 1:
            state.state = CycleState.FINISHED
            return 0.0
        return c.power if soc > c.final_soc else -c.power


class SohState(enum.Enum):
    """States of :class:`SohCycle`."""

    IDLE = 0
    PREPARE = 1
    REFERENCE_CYCLE_CHARGING = 2
    REFERENCE_CYCLE_CHARGING_WAIT = 3
    MEASUREMENT_CYCLE_DISCHARGING = 4
    MEASUREMENT_CYCLE_DISCHARGING_WAIT = 5
    MEASUREMENT_CYCLE_CHARGING = 6
    MEASUREMENT_CYCLE_CHARGING_WAIT = 7
    EVALUATE_RESULT = 8
    DONE = 9
    ERROR_ABORT = 10


@dataclass(frozen=True, kw_only=True)
class SohConfig:
    """Properties of :class:`SohCycle`."""

    ess_id: str = prop(help="Storage unit")
    is_running: bool = prop(False, "Start the test")
    reference_cycle_enabled: bool = prop(False, "Empty the battery once before the test")


@dataclass
class SohMemory:
    """Memory of :class:`SohCycle`."""

    state: SohState = SohState.IDLE
    since_s: float = 0.0
    power_w: float = 0.0
    energy_wh: float = 0.0
    measured_wh: float | None = None
    soh_percent: float | None = None
    baseline_mv: float | None = None
    is_balanced: bool | None = None


class SohCycle(Controller[SohConfig, SohMemory]):
    """Measure the usable capacity: full, empty, full, with rests; state of health = measured over nominal."""

    code = "soh-cycle"
    title = "Capacity test that measures the state of health"
    aliases = ("Controller.Ess.SoHCycle",)
    Config = SohConfig
    State = SohMemory
    channels = (
        states("StateMachine", SohState),
        number("MeasuredCapacity", "Wh"),
        number("MeasuredSoh", "%"),
        flag("IsBatteryBalanced"),
    )
    rest_s = 1800.0
    balance_mv = 100.0

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "DcDischargePower", "MinCellVoltage")
        self.h = {n: bind.channel(self.config.ess_id, n) for n in (*names, "MaxCellVoltage")}
        info = bind.info(self.config.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess")

    def run(self, image: View, state: SohMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it."""
        if not self.config.is_running:
            state.state = SohState.IDLE
            return self._shown(state)
        if state.state is SohState.DONE:
            return self._shown(state)
        capacity, size = image.need(self.h["Capacity"]), image.need(self.h["MaxApparentPower"])
        battery_w = image.need(self.h["DcDischargePower" if self.hybrid else "ActivePower"])
        wanted = self._step(image, state, capacity, size, battery_w, dt_s)
        step = image.steps(0.01 * size, 0.01 * size)
        state.power_w = ramp(state.power_w, wanted, step)
        power = state.power_w + (image.need(self.h["ActivePower"]) - battery_w if self.hybrid else 0.0)
        return [*self._shown(state), equals(self.config.ess_id, power, reason="capacity test")]

    @staticmethod
    def _shown(state: SohMemory) -> Requests:
        return [
            Publish("StateMachine", state.state),
            Publish("MeasuredCapacity", state.measured_wh),
            Publish("MeasuredSoh", state.soh_percent),
            Publish("IsBatteryBalanced", state.is_balanced),
        ]

    def _step(
        self, image: View, state: SohMemory, capacity: float, size: float, battery_w: float, dt_s: float
    ) -> float:
        s, soc = SohState, image.need(self.h["Soc"])
        power = min(0.2 * capacity, size)
        if state.state in (s.IDLE, s.PREPARE):
            state.energy_wh, state.measured_wh, state.soh_percent = 0.0, None, None
            self._enter(image, state, s.REFERENCE_CYCLE_CHARGING)
            return 0.0
        rests = {
            s.REFERENCE_CYCLE_CHARGING_WAIT: s.MEASUREMENT_CYCLE_DISCHARGING,
            s.MEASUREMENT_CYCLE_DISCHARGING_WAIT: s.MEASUREMENT_CYCLE_CHARGING,
            s.MEASUREMENT_CYCLE_CHARGING_WAIT: s.EVALUATE_RESULT,
        }
        if state.state in rests:
            if image.now_s - state.since_s >= self.rest_s:
                state.baseline_mv = image.get(self.h["MinCellVoltage"])
                self._enter(image, state, rests[state.state])
            return 0.0
        if state.state is s.REFERENCE_CYCLE_CHARGING or state.state is s.MEASUREMENT_CYCLE_CHARGING:
            waits = {
                s.REFERENCE_CYCLE_CHARGING: s.REFERENCE_CYCLE_CHARGING_WAIT,
                s.MEASUREMENT_CYCLE_CHARGING: s.MEASUREMENT_CYCLE_CHARGING_WAIT,
            }
            if soc >= 100:
                self._enter(image, state, waits[state.state])
                return 0.0
            return -power
        if state.state is s.MEASUREMENT_CYCLE_DISCHARGING:
            state.energy_wh += max(0.0, battery_w) * dt_s / 3600
            if soc <= 0:
                self._enter(image, state, s.MEASUREMENT_CYCLE_DISCHARGING_WAIT)
                return 0.0
            return power
        self._evaluate(image, state, capacity)
        return 0.0

    def _evaluate(self, image: View, state: SohMemory, capacity: float) -> None:
        state.measured_wh = state.energy_wh
        state.soh_percent = min(100.0, max(0.0, 100 * state.energy_wh / capacity)) if capacity > 0 else None
        highest = image.get(self.h["MaxCellVoltage"])
        if highest is not None and state.baseline_mv is not None:
            state.is_balanced = highest - state.baseline_mv <= self.balance_mv
        self._enter(image, state, SohState.DONE)

    @staticmethod
    def _enter(image: View, state: SohMemory, following: SohState) -> None:
        state.state, state.since_s = following, image.now_s


CONTROLLERS = (
    CycleController,
    SohCycle,
)
