"""Protection of the state of charge: total discharge, emergency reserve."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, at_most, flag, number, states
from ems_edge_control.filters import ramp
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests

HYSTERESIS_S = 300.0


class DischargeState(enum.Enum):
    """States of :class:`LimitTotalDischarge`."""

    UNDEFINED = -1
    NORMAL = 0
    MIN_SOC = 1
    FORCE_CHARGE_SOC = 2


@dataclass(frozen=True, kw_only=True)
class TotalDischargeConfig:
    """Properties of :class:`LimitTotalDischarge`."""

    ess_id: str = prop(help="Storage unit or group")
    min_soc: float = prop(15.0, "No discharge at or below", unit="%", minimum=0, maximum=100)
    force_charge_soc: float = prop(10.0, "Charge at or below", unit="%", minimum=0, maximum=100)
    force_charge_power: float | None = prop(
        None, "Charge power; empty or 0 = a fifth of what is possible", unit="W"
    )


@dataclass
class TotalDischargeState:
    """Memory of :class:`LimitTotalDischarge`."""

    state: DischargeState = DischargeState.NORMAL
    changed_s: float | None = None


class LimitTotalDischarge(Controller[TotalDischargeConfig, TotalDischargeState]):
    """Stop discharging at a state of charge, and charge below a lower one.

    An undefined state of charge counts as below the minimum: no discharge until it is known again.
    """

    code = "limit-total-discharge"
    title = "No discharge below a state of charge, forced charge below a lower one"
    aliases = ("Controller.Ess.LimitTotalDischarge",)
    Config = TotalDischargeConfig
    State = TotalDischargeState
    channels = (
        states("StateMachine", DischargeState),
        flag("AwaitingHysteresis", "A change waits for its time"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.soc = bind.channel(c.ess_id, "Soc")
        self.force_soc = c.force_charge_soc if c.force_charge_soc < c.min_soc else c.min_soc - 1

    def run(self, image: View, state: TotalDischargeState, dt_s: float) -> Sequence[Request]:
        """Follow the state of charge and bound the discharge."""
        soc = image.get(self.soc)
        if soc is None:
            image.warn("state of charge is unknown, taken as below the minimum")
            return [at_most(self.config.ess_id, 0.0, reason="state of charge unknown")]
        awaiting = self._move(state, soc, image.now_s)
        return [
            *self._bound(image, state.state),
            Publish("StateMachine", state.state),
            Publish("AwaitingHysteresis", awaiting),
        ]

    def _move(self, state: TotalDischargeState, soc: float, now_s: float) -> bool:
        """Change state until it rests; whether a change has to wait because the last one is too young."""
        for _ in range(len(DischargeState)):
            following = self._next(state.state, soc)
            if following is state.state:
                return False
            if state.changed_s is not None and 0 <= now_s - state.changed_s < HYSTERESIS_S:
                return True
            state.state, state.changed_s = following, now_s
        return False

    def _next(self, state: DischargeState, soc: float) -> DischargeState:
        if state is DischargeState.FORCE_CHARGE_SOC:
            return state if soc <= self.force_soc else DischargeState.MIN_SOC
        if soc <= self.force_soc:
            return DischargeState.FORCE_CHARGE_SOC
        return DischargeState.MIN_SOC if soc <= self.config.min_soc else DischargeState.NORMAL

    def _bound(self, image: View, state: DischargeState) -> Requests:
        c = self.config
        if state is DischargeState.MIN_SOC:
            return [at_most(c.ess_id, 0.0, reason="minimum state of charge")]
        if state is DischargeState.FORCE_CHARGE_SOC:
            power = image.whole(image.min_w(c.ess_id) / 5)
            if c.force_charge_power is not None and c.force_charge_power > 0:
                power = -c.force_charge_power
            return [at_most(c.ess_id, power, reason="forced charge")]
        return []


class ReserveState(enum.Enum):
    """States of :class:`EmergencyCapacityReserve`."""

    UNDEFINED = -1
    NO_LIMIT = 0
    ABOVE_RESERVE_SOC = 1
    AT_RESERVE_SOC = 2
    BELOW_RESERVE_SOC = 3
    FORCE_CHARGE_PV = 4
    FORCE_CHARGE_GRID = 5


@dataclass(frozen=True, kw_only=True)
class ReserveConfig:
    """Properties of :class:`EmergencyCapacityReserve`."""

    ess_id: str = prop(help="Storage unit or group")
    reserve_soc: float = prop(10.0, "Kept for emergencies, 5 to 100", unit="%", minimum=0)
    is_reserve_soc_enabled: bool = prop(True, "Whether the reserve is kept")


@dataclass
class ReserveMemory:
    """Memory of :class:`EmergencyCapacityReserve`."""

    state: ReserveState = ReserveState.NO_LIMIT
    last_active: ReserveState = ReserveState.UNDEFINED
    limit_w: float | None = None


class EmergencyCapacityReserve(Controller[ReserveConfig, ReserveMemory]):
    """Lower the discharge limit as the reserve is neared, and charge it up again when it was touched."""

    code = "emergency-capacity-reserve"
    title = "Keep a state of charge for emergencies"
    aliases = ("Controller.Ess.EmergencyCapacityReserve", "emergency-reserve")
    Config = ReserveConfig
    State = ReserveMemory
    channels = (
        states("StateMachine", ReserveState),
        number("DebugSetActivePowerLessOrEquals", "W", "Limit in force, undefined = none"),
        number("DebugTargetPower", "W", "Limit aimed at"),
        number("DebugRampPower", "W", "Step of the limit"),
        flag("RangeOfReserveSocOutsideAllowedValue", "The reserve is outside 5 to 100 %"),
        number("ActualReserveSoc", "%", "Reserve kept now, undefined = none"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.soc = bind.channel(c.ess_id, "Soc")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        self.pv_dc = bind.channel("_sum", "ProductionDcActualPower")
        self.pv_ac = bind.channel("_sum", "ProductionAcActivePower")
        self.grid_charge = bind.channel("_meta", "IsEssChargeFromGridAllowed")

    def run(self, image: View, state: ReserveMemory, dt_s: float) -> Sequence[Request]:
        """Run the state machine one step and ramp the limit. The state shown is that before the step."""
        c = self.config
        out: Requests = [
            Publish("StateMachine", state.state),
            Publish("RangeOfReserveSocOutsideAllowedValue", not 5 <= c.reserve_soc <= 100),
            Publish("ActualReserveSoc", c.reserve_soc if c.is_reserve_soc_enabled else None),
        ]
        soc, size = image.get(self.soc), image.get(self.size)
        if soc is None or size is None:
            return [*out, *self._unknown(image, state, soc, size)]
        target, share = self._step(image, state, soc, size)
        if not c.is_reserve_soc_enabled:
            return out
        step = image.steps(share * size, share * size)
        limit = None
        if target is not None:
            limit = target if state.limit_w is None else ramp(state.limit_w, target, step)
            state.limit_w = limit
        out += [Publish("DebugTargetPower", target), Publish("DebugRampPower", share * size)]
        if limit is None or size <= limit:
            return [*out, Publish("DebugSetActivePowerLessOrEquals", None)]
        whole = image.whole(limit)
        return [
            *out,
            Publish("DebugSetActivePowerLessOrEquals", whole),
            at_most(c.ess_id, whole, reason="emergency reserve"),
        ]

    def _unknown(self, image: View, state: ReserveMemory, soc: float | None, size: float | None) -> Requests:
        """Without state of charge nothing may be taken from the reserve.

        The machine starts again at no limit.
        """
        state.state = ReserveState.NO_LIMIT
        out: Requests = [Publish("DebugSetActivePowerLessOrEquals", None)]
        if image.per_call or not self.config.is_reserve_soc_enabled or size is None or soc is not None:
            return out
        image.warn("state of charge is unknown, the reserve is taken as reached")
        return [*out, at_most(self.config.ess_id, 0.0, reason="state of charge unknown")]

    def _step(self, image: View, state: ReserveMemory, soc: float, size: float) -> tuple[float | None, float]:
        """One step of the machine: target and ramp of the state that was current, and the next state."""
        allowed = bool(image.get(self.grid_charge))
        current = state.state
        target, share = self._target(image, current, soc, size, allowed)
        following = self._next(current, state.last_active, soc, allowed)
        if following is not current:
            state.last_active, state.state = current, following
            if following is ReserveState.FORCE_CHARGE_GRID:
                share = 2.0
        return target, share

    def _target(
        self, image: View, state: ReserveState, soc: float, size: float, allowed: bool
    ) -> tuple[float | None, float]:
        pv_dc = image.get(self.pv_dc) or 0.0
        if state is ReserveState.NO_LIMIT:
            return size, 0.01
        if state is ReserveState.ABOVE_RESERVE_SOC:
            return max(size / 2, pv_dc), 0.01
        if state is ReserveState.AT_RESERVE_SOC:
            return max(0.0, pv_dc), 0.01
        if state is ReserveState.BELOW_RESERVE_SOC:
            return 0.0, 0.05
        if state is ReserveState.FORCE_CHARGE_PV:
            return -max(0.0, image.get(self.pv_ac) or 0.0), 0.01
        if state is ReserveState.FORCE_CHARGE_GRID:
            deep = soc <= self.config.reserve_soc - 4 or soc == 0
            return (-0.5 if deep else -0.1) * size, 0.01
        return None, 0.0

    def _next(self, state: ReserveState, last: ReserveState, soc: float, allowed: bool) -> ReserveState:
        r = self.config.reserve_soc
        table = {
            ReserveState.UNDEFINED: self._from_undefined,
            ReserveState.NO_LIMIT: self._from_no_limit,
            ReserveState.ABOVE_RESERVE_SOC: self._from_above,
            ReserveState.BELOW_RESERVE_SOC: self._from_below,
            ReserveState.FORCE_CHARGE_PV: self._from_pv,
            ReserveState.FORCE_CHARGE_GRID: self._from_grid,
        }
        if state is ReserveState.AT_RESERVE_SOC:
            if soc < r:
                return ReserveState.BELOW_RESERVE_SOC
            enough = r + 1 if last is ReserveState.FORCE_CHARGE_GRID else r
            return ReserveState.ABOVE_RESERVE_SOC if soc > enough else state
        return table[state](soc, r, allowed)

    @staticmethod
    def _from_undefined(soc: float, r: float, allowed: bool) -> ReserveState:
        if soc < r - 1:
            return ReserveState.FORCE_CHARGE_GRID
        exact = {
            r - 1: ReserveState.FORCE_CHARGE_PV,
            r: ReserveState.AT_RESERVE_SOC,
            r + 1: ReserveState.ABOVE_RESERVE_SOC,
        }
        if soc <= r + 1:
            return exact.get(soc, ReserveState.AT_RESERVE_SOC if soc < r else ReserveState.ABOVE_RESERVE_SOC)
        return ReserveState.NO_LIMIT

    @staticmethod
    def _from_no_limit(soc: float, r: float, allowed: bool) -> ReserveState:
        return ReserveState.ABOVE_RESERVE_SOC if soc <= r + 1 else ReserveState.NO_LIMIT

    @staticmethod
    def _from_above(soc: float, r: float, allowed: bool) -> ReserveState:
        if soc <= r:
            return ReserveState.AT_RESERVE_SOC
        return ReserveState.NO_LIMIT if soc > r + 1 else ReserveState.ABOVE_RESERVE_SOC

    @staticmethod
    def _from_below(soc: float, r: float, allowed: bool) -> ReserveState:
        if soc <= r - 2 and allowed:
            return ReserveState.FORCE_CHARGE_GRID
        if soc <= r - 1 or soc == 0:
            return ReserveState.FORCE_CHARGE_PV
        return ReserveState.AT_RESERVE_SOC if soc > r else ReserveState.BELOW_RESERVE_SOC

    @staticmethod
    def _from_pv(soc: float, r: float, allowed: bool) -> ReserveState:
        if soc >= r + 1 or soc == 100:
            return ReserveState.AT_RESERVE_SOC
        return ReserveState.FORCE_CHARGE_GRID if soc <= r - 2 and allowed else ReserveState.FORCE_CHARGE_PV

    @staticmethod
    def _from_grid(soc: float, r: float, allowed: bool) -> ReserveState:
        if not allowed:
            return ReserveState.BELOW_RESERVE_SOC if soc < r else ReserveState.AT_RESERVE_SOC
        return ReserveState.AT_RESERVE_SOC if soc >= r + 1 or soc == 100 else ReserveState.FORCE_CHARGE_GRID


CONTROLLERS = (LimitTotalDischarge, EmergencyCapacityReserve)
