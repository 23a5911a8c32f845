"""Full cycles of a battery: a number of them, and the capacity test for the state of health."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, equals, flag, number, states
from ems_edge_control.filters import ramp, round_half_up
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
        "TARGET_AC", "What the power means on a hybrid unit", choices=("TARGET_DC", "TARGET_AC")
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
        out: Requests = [Publish("StateMachine", state.state)]
        power = self._power(image, state)
        out.append(Publish("CompletedCycles", state.completed))
        if power is None:
            return out
        if self.hybrid:
            power += image.need(self.power) - image.need(self.dc)
        return [*out, equals(self.config.ess_id, power, reason="cycle")]

    def _power(self, image: View, state: CycleMemory) -> float | None:
        """Power of the current state; moves to the next one."""
        if self.config.mode != "MANUAL_ON":
            return None
        if not state.is_started:
            since = (image.now_local.replace(tzinfo=None) - self.begin.replace(tzinfo=None)).total_seconds()
            if -1 <= since < 59:
                state.is_started = True
                state.state = self._first(image)
            return None
        return self._act(image, state)

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
        if self._has_reached(image, full=full):
            state.state, state.following = CycleState.WAIT_FOR_STATE_CHANGE, following
            state.since_s = image.now_s
            return 0.0
        return power

    def _has_reached(self, image: View, *, full: bool) -> bool:
        """Whether the end is passed; at 0 and 100 % it is when the device allows no more power."""
        bound = self.config.max_soc if full else self.config.min_soc
        if bound in (0, 100):
            return image.get(self.charge if full else self.discharge) == 0
        soc = image.need(self.soc)
        return soc > bound if full else soc < bound

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
    REFERENCE_CYCLE_DISCHARGING = 4
    REFERENCE_CYCLE_DISCHARGING_WAIT = 5
    MEASUREMENT_CYCLE_CHARGING = 6
    MEASUREMENT_CYCLE_CHARGING_WAIT = 7
    CHECK_BALANCING = 8
    MEASUREMENT_CYCLE_DISCHARGING = 9
    MEASUREMENT_CYCLE_DISCHARGING_WAIT = 10
    EVALUATE_RESULT = 11
    DONE = 12
    ERROR_ABORT = 13


_S = SohState
CHARGING = {
    _S.REFERENCE_CYCLE_CHARGING: _S.REFERENCE_CYCLE_CHARGING_WAIT,
    _S.MEASUREMENT_CYCLE_CHARGING: _S.MEASUREMENT_CYCLE_CHARGING_WAIT,
}
DISCHARGING = {
    _S.REFERENCE_CYCLE_DISCHARGING: _S.REFERENCE_CYCLE_DISCHARGING_WAIT,
    _S.MEASUREMENT_CYCLE_DISCHARGING: _S.MEASUREMENT_CYCLE_DISCHARGING_WAIT,
}
RESTS = {
    _S.REFERENCE_CYCLE_CHARGING_WAIT: _S.REFERENCE_CYCLE_DISCHARGING,
    _S.REFERENCE_CYCLE_DISCHARGING_WAIT: _S.MEASUREMENT_CYCLE_CHARGING,
    _S.MEASUREMENT_CYCLE_CHARGING_WAIT: _S.CHECK_BALANCING,
    _S.MEASUREMENT_CYCLE_DISCHARGING_WAIT: _S.EVALUATE_RESULT,
}


@dataclass(frozen=True, kw_only=True)
class SohConfig:
    """Properties of :class:`SohCycle`."""

    ess_id: str = prop(help="Storage unit")
    is_running: bool = prop(False, "Start the test")
    reference_cycle_enabled: bool = prop(False, "Charge and empty the battery once before the test")


@dataclass
class SohMemory:
    """Memory of :class:`SohCycle`."""

    state: SohState = SohState.IDLE
    since_s: float = 0.0
    power_w: float | None = None
    is_done: bool = False
    register_wh: float | None = None
    energy_wh: float = 0.0
    measured_wh: float | None = None
    soh_percent: float | None = None
    baseline_mv: float | None = None
    highest_mv: float | None = None
    is_balanced: bool | None = None


class SohCycle(Controller[SohConfig, SohMemory]):
    """Measure the usable capacity: empty, full, empty, with rests between.

    The state of health is the measured capacity over the nominal one. The energy is the advance of the
    unit's discharge register where it has one, else its measured power added up.
    """

    code = "soh-cycle"
    title = "Capacity test that measures the state of health"
    aliases = ("Controller.Ess.SoHCycle", "Controller.Ess.SoH.Cycle")
    Config = SohConfig
    State = SohMemory
    channels = (
        states("StateMachine", SohState),
        number("MeasuredCapacity", "Wh"),
        number("MeasuredSoh", "%"),
        number("VoltageDelta", "mV", "Highest minus lowest cell at the end of charging"),
        flag("IsBatteryBalanced"),
    )
    rest_s = 1800.0
    balance_mv = 100.0
    c_rate = 0.2
    ramp_share = 0.01

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "DcDischargePower", "MinCellVoltage")
        more = ("MaxCellVoltage", "ActiveDischargeEnergy", "DcDischargeEnergy")
        self.h = {n: bind.channel(self.config.ess_id, n) for n in (*names, *more)}
        info = bind.info(self.config.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess")
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")

    def run(self, image: View, state: SohMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it. The state shown is that before the step."""
        shown = state.state
        if not self.config.is_running:
            state.state, state.is_done, state.power_w = SohState.IDLE, False, None
            return self._shown(SohState.IDLE, state)
        if state.is_done:
            return self._shown(shown, state)
        target = self._step(image, state, dt_s)
        size = image.get(self.h["MaxApparentPower"]) or 0.0
        if target is None:
            power = 0.0
        else:
            step = self.ramp_share * size
            # The first set-point jumps: nothing has been asked for yet.
            power = target if state.power_w is None else ramp(state.power_w, target, image.steps(step, step))
            state.power_w = power
        power = image.whole(power) + (image.get(self.made_dc) or 0.0)
        return [*self._shown(shown, state), equals(self.config.ess_id, power, reason="capacity test")]

    @staticmethod
    def _shown(shown: SohState, state: SohMemory) -> Requests:
        known = state.highest_mv is not None and state.baseline_mv is not None
        delta = (state.highest_mv or 0.0) - (state.baseline_mv or 0.0) if known else None
        return [
            Publish("StateMachine", shown),
            Publish("MeasuredCapacity", state.measured_wh),
            Publish("MeasuredSoh", state.soh_percent),
            Publish("VoltageDelta", delta),
            Publish("IsBatteryBalanced", state.is_balanced),
        ]

    def _step(self, image: View, state: SohMemory, dt_s: float) -> float | None:
        """Power aimed at in the current state, None for rest; moves to the next one."""
        s = SohState
        if state.state in RESTS:
            state.power_w = 0.0
            if image.now_s - state.since_s >= self.rest_s:
                self._enter(image, state, RESTS[state.state])
            return None
        if state.state in CHARGING or state.state in DISCHARGING or state.state is s.PREPARE:
            return self._move(image, state, dt_s)
        if state.state is s.IDLE:
            state.measured_wh = state.soh_percent = state.baseline_mv = state.highest_mv = None
            state.register_wh, state.is_balanced, state.power_w = None, None, None
            self._enter(image, state, s.PREPARE)
        elif state.state is s.CHECK_BALANCING:
            self._check_balance(image, state)
            self._enter(image, state, s.MEASUREMENT_CYCLE_DISCHARGING)
        elif state.state is s.EVALUATE_RESULT:
            is_usable = self._evaluate(image, state)
            state.is_done = not is_usable
            self._enter(image, state, s.DONE if is_usable else s.ERROR_ABORT)
        elif state.state is s.DONE:
            state.is_done = True
            self._enter(image, state, s.IDLE)
        return None

    def _move(self, image: View, state: SohMemory, dt_s: float) -> float:
        """Charge or discharge at a fifth of the capacity per hour until the end is reached."""
        s, soc = SohState, image.need(self.h["Soc"])
        power = min(self.c_rate * image.need(self.h["Capacity"]), image.need(self.h["MaxApparentPower"]))
        if state.state is s.MEASUREMENT_CYCLE_DISCHARGING:
            self._count(image, state, dt_s)
        elif state.state is s.MEASUREMENT_CYCLE_CHARGING:
            self._follow_cells(image, state)
        if state.state in CHARGING:
            if soc >= 100:
                self._enter(image, state, CHARGING[state.state])
                return 0.0
            return -power
        if soc > 0:
            return power
        after = (
            s.REFERENCE_CYCLE_CHARGING
            if self.config.reference_cycle_enabled
            else s.MEASUREMENT_CYCLE_CHARGING
        )
        self._enter(image, state, DISCHARGING.get(state.state, after))
        return 0.0

    def _count(self, image: View, state: SohMemory, dt_s: float) -> None:
        """Note the register at the start, and add up the power beside it."""
        register = image.get(self.h["DcDischargeEnergy" if self.hybrid else "ActiveDischargeEnergy"])
        if state.register_wh is None:
            state.register_wh = register
        power = image.get(self.h["DcDischargePower" if self.hybrid else "ActivePower"]) or 0.0
        state.energy_wh += max(0.0, power) * dt_s / 3600

    def _follow_cells(self, image: View, state: SohMemory) -> None:
        """Keep the highest voltage of the lowest and of the highest cell."""
        lowest, highest = image.get(self.h["MinCellVoltage"]), image.get(self.h["MaxCellVoltage"])
        if lowest is not None:
            state.baseline_mv = max(lowest, state.baseline_mv or lowest)
        if highest is not None:
            state.highest_mv = max(highest, state.highest_mv or highest)

    def _check_balance(self, image: View, state: SohMemory) -> None:
        self._follow_cells(image, state)
        if state.highest_mv is not None and state.baseline_mv is not None:
            state.is_balanced = 0 <= state.highest_mv - state.baseline_mv <= self.balance_mv

    def _evaluate(self, image: View, state: SohMemory) -> bool:
        """Work out the capacity and the state of health; False when nothing usable was measured."""
        register = image.get(self.h["DcDischargeEnergy" if self.hybrid else "ActiveDischargeEnergy"])
        measured = state.energy_wh
        if register is not None and state.register_wh is not None:
            measured = register - state.register_wh
        capacity = image.get(self.h["Capacity"]) or 0.0
        if capacity <= 0 or measured <= 0:
            return False
        state.measured_wh = measured
        state.soh_percent = min(100.0, float(round_half_up(100 * measured / capacity)))
        return True

    @staticmethod
    def _enter(image: View, state: SohMemory, following: SohState) -> None:
        state.state, state.since_s = following, image.now_s
        if following is SohState.MEASUREMENT_CYCLE_DISCHARGING:
            state.energy_wh = 0.0


CONTROLLERS = (
    CycleController,
    SohCycle,
)
