"""Limits and fixed set-points of a storage unit."""

from __future__ import annotations

import enum
import random
from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    at_least,
    at_most,
    equals,
    number,
    states,
)
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import ALL, Power, Relation, Request, Requests, reactive


@dataclass(frozen=True, kw_only=True)
class LimitConfig:
    """Properties of :class:`LimitActivePower`."""

    ess_id: str = prop(help="Storage unit or group")
    max_charge_power: float = prop(help="Most charge power, positive", unit="W", minimum=0)
    max_discharge_power: float = prop(help="Most discharge power, positive", unit="W", minimum=0)
    validate_power_constraints: bool = prop(
        True, "Cut the limits to what is possible; else refuse impossible ones"
    )


class LimitActivePower(Controller[LimitConfig, NoState]):
    """-maxChargePower ≤ P ≤ maxDischargePower."""

    code = "limit-active-power"
    title = "Limit charge and discharge power"
    aliases = ("Controller.Symmetric.LimitActivePower", "Controller.Ess.LimitActivePower")
    Config = LimitConfig

    def bind(self, bind: Binder) -> None:
        """Check the unit."""
        bind.channel(self.config.ess_id, "ActivePower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bound the power on both sides."""
        c = self.config
        clamped = c.validate_power_constraints
        return [
            at_least(c.ess_id, -c.max_charge_power, clamped=clamped, reason="charge limit"),
            at_most(c.ess_id, c.max_discharge_power, clamped=clamped, reason="discharge limit"),
        ]


_RELATIONS = {
    "EQUALS": Relation.EQUALS,
    "LESS_OR_EQUALS": Relation.AT_MOST,
    "GREATER_OR_EQUALS": Relation.AT_LEAST,
}


@dataclass(frozen=True, kw_only=True)
class FixConfig:
    """Properties of :class:`FixActivePower`."""

    ess_id: str = prop(help="Storage unit or group")
    mode: str = prop("MANUAL_ON", "Whether it acts", choices=("MANUAL_ON", "MANUAL_OFF", "OFF"))
    power: float | None = prop(None, "Set-point; positive = discharge", unit="W")
    power_l1: float | None = prop(None, "Set-point of phase L1", unit="W", name="powerL1")
    power_l2: float | None = prop(None, "Set-point of phase L2", unit="W", name="powerL2")
    power_l3: float | None = prop(None, "Set-point of phase L3", unit="W", name="powerL3")
    relationship: str = prop("EQUALS", "How the power is bounded", choices=tuple(_RELATIONS))
    phase: str = prop(ALL, "Phase", choices=(ALL, *PHASES))
    hybrid_ess_mode: str = prop(
        "TARGET_DC", "What the power means on a hybrid unit", choices=("TARGET_DC", "TARGET_AC")
    )
    expires_utc: str = prop("", "Acts until that instant (ISO with zone); empty = for ever")
    owner: str = prop("", "Who ordered it; shown beside the limit")


@dataclass
class FixState:
    """Memory of :class:`FixActivePower`."""

    active_s: float = 0.0


class FixActivePower(Controller[FixConfig, FixState]):
    """Manual set-point of the whole unit or of each phase, with an end and an owner."""

    code = "fix-active-power"
    title = "Manual power set-point with expiry"
    aliases = (
        "Controller.Ess.FixActivePower",
        "Controller.Symmetric.FixActivePower",
        "Controller.Asymmetric.FixActivePower",
        "manual-override",
    )
    Config = FixConfig
    State = FixState
    channels = (number("CumulatedActiveTime", "s", "Time in action"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the expiry."""
        from datetime import datetime

        c = self.config
        self.wanted = [
            (phase, value, share)
            for phase, value, share in (
                (c.phase, c.power, 1.0),
                ("L1", c.power_l1, 1 / 3),
                ("L2", c.power_l2, 1 / 3),
                ("L3", c.power_l3, 1 / 3),
            )
            if value is not None
        ]
        if not self.wanted:
            bind.faults.append(f"controller {self.id}: power is required, or powerL1, powerL2 and powerL3")
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.dc = bind.channel(c.ess_id, "DcDischargePower")
        info = bind.info(c.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess") and c.hybrid_ess_mode == "TARGET_DC"
        self.expires = None
        if c.expires_utc:
            try:
                self.expires = datetime.fromisoformat(c.expires_utc)
                if self.expires.tzinfo is None:
                    raise ValueError("it has no zone")
            except ValueError as ex:
                bind.faults.append(f"controller {self.id}: expiresUtc is not an instant ({ex})")

    def run(self, image: View, state: FixState, dt_s: float) -> Sequence[Request]:
        """Bound the power."""
        c = self.config
        if c.mode != "MANUAL_ON" or (self.expires is not None and image.now_utc >= self.expires):
            return [Publish("CumulatedActiveTime", int(state.active_s))]
        solar_w = image.need(self.power) - image.need(self.dc) if self.hybrid else 0.0
        state.active_s += dt_s
        reason = f"manual order{f' of {c.owner}' if c.owner else ''}"
        relation = _RELATIONS[c.relationship]
        wishes = [
            Power(c.ess_id, power_w + share * solar_w, relation, phase=phase, reason=reason)
            for phase, power_w, share in self.wanted
        ]
        return [*wishes, Publish("CumulatedActiveTime", int(state.active_s))]


@dataclass(frozen=True, kw_only=True)
class FixReactiveConfig:
    """Properties of :class:`FixReactivePower`."""

    ess_id: str = prop(help="Storage unit or group")
    power: float | None = prop(None, "Reactive power of the whole", unit="var")
    power_l1: float | None = prop(None, "On phase L1", unit="var", name="powerL1")
    power_l2: float | None = prop(None, "On phase L2", unit="var", name="powerL2")
    power_l3: float | None = prop(None, "On phase L3", unit="var", name="powerL3")


class FixReactivePower(Controller[FixReactiveConfig, NoState]):
    """Reactive power of the whole unit, or of each phase."""

    code = "fix-reactive-power"
    title = "Fixed reactive power"
    aliases = ("Controller.Symmetric.FixReactivePower", "Controller.Asymmetric.FixReactivePower")
    Config = FixReactiveConfig

    def bind(self, bind: Binder) -> None:
        """Check the unit."""
        bind.channel(self.config.ess_id, "ReactivePower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Set the reactive power."""
        c = self.config
        wanted = ((ALL, c.power), ("L1", c.power_l1), ("L2", c.power_l2), ("L3", c.power_l3))
        return [reactive(equals(c.ess_id, var, phase=phase)) for phase, var in wanted if var is not None]


@dataclass(frozen=True, kw_only=True)
class RandomConfig:
    """Properties of :class:`RandomPower`."""

    ess_id: str = prop(help="Storage unit or group")
    min_power: int = prop(help="Least power", unit="W")
    max_power: int = prop(help="Greatest power", unit="W")


class RandomPower(Controller[RandomConfig, NoState]):
    """A new random set-point in each cycle, for trials of devices."""

    code = "random-power"
    title = "Random set-point in each cycle, for trials"
    aliases = ("Controller.Symmetric.RandomPower", "Controller.Ess.RandomPower")
    Config = RandomConfig

    def bind(self, bind: Binder) -> None:
        """Check the unit and the range."""
        bind.channel(self.config.ess_id, "ActivePower")
        self.random = random.Random()  # noqa: S311 – trials of devices, nothing to guess
        if self.config.min_power > self.config.max_power:
            bind.faults.append(f"controller {self.id}: minPower is above maxPower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Set a random power."""
        c = self.config
        return [equals(c.ess_id, float(self.random.randint(c.min_power, c.max_power)))]


class BandState(enum.Enum):
    """States of :class:`LinearPowerBand`."""

    UNDEFINED = -1
    DOWNWARDS = 0
    UPWARDS = 1


@dataclass(frozen=True, kw_only=True)
class BandConfig:
    """Properties of :class:`LinearPowerBand`."""

    ess_id: str = prop(help="Storage unit or group")
    min_power: float = prop(-10000.0, "Lower turning point", unit="W")
    max_power: float = prop(10000.0, "Upper turning point", unit="W")
    adjust_power: float = prop(10.0, "Step; per second (per call in comparison mode)", unit="W/s", minimum=0)
    start_direction: str = prop("CHARGE", "Where it goes first", choices=("CHARGE", "DISCHARGE"))


@dataclass
class BandMemory:
    """Memory of :class:`LinearPowerBand`."""

    state: BandState = BandState.UNDEFINED
    power_w: float = 0.0


class LinearPowerBand(Controller[BandConfig, BandMemory]):
    """A triangle between two powers, starting from zero."""

    code = "linear-power-band"
    title = "Power rises and falls between two bounds, for trials"
    aliases = ("Controller.Ess.LinearPowerBand", "Controller.Symmetric.LinearPowerBand")
    Config = BandConfig
    State = BandMemory
    channels = (states("StateMachine", BandState),)

    def bind(self, bind: Binder) -> None:
        """Check the unit."""
        bind.channel(self.config.ess_id, "ActivePower")

    def run(self, image: View, state: BandMemory, dt_s: float) -> Sequence[Request]:
        """Move one step; turn when a bound was reached. The state shown is that before the step."""
        c = self.config
        if state.state is BandState.UNDEFINED:
            state.state = BandState.DOWNWARDS if c.start_direction == "CHARGE" else BandState.UPWARDS
        shown = state.state
        step = image.steps(c.adjust_power, c.adjust_power)
        if state.state is BandState.DOWNWARDS:
            state.power_w = max(c.min_power, state.power_w - step)
            if state.power_w == c.min_power:
                state.state = BandState.UPWARDS
        else:
            state.power_w = min(c.max_power, state.power_w + step)
            if state.power_w == c.max_power:
                state.state = BandState.DOWNWARDS
        return [Publish("StateMachine", shown), equals(c.ess_id, state.power_w)]


class PeriodState(enum.Enum):
    """States of :class:`MinimumDischargePeriod`."""

    UNDEFINED = -1
    NOT_ACTIVE = 0
    ACTIVE = 1


@dataclass(frozen=True, kw_only=True)
class PeriodConfig:
    """Properties of :class:`MinimumDischargePeriod`."""

    ess_id: str = prop(help="Storage unit or group")
    activate_discharge_power: float = prop(10000.0, "Measured discharge that starts the period", unit="W")
    min_discharge_power: float = prop(5000.0, "Least discharge in the period", unit="W")
    discharge_time: float = prop(120.0, "Length of the period", unit="s", minimum=0)


@dataclass
class PeriodMemory:
    """Memory of :class:`MinimumDischargePeriod`."""

    since_s: float | None = None


class MinimumDischargePeriod(Controller[PeriodConfig, PeriodMemory]):
    """Once discharged strongly, go on for a while."""

    code = "minimum-discharge-period"
    title = "Keep a minimum discharge for a time after a strong discharge"
    aliases = ("Controller.Ess.MinimumDischargePeriod", "Controller.Ess.MinDischargePeriod")
    Config = PeriodConfig
    State = PeriodMemory
    channels = (states("StateMachine", PeriodState), number("TimePassed", "s", "Since the period began"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.power = bind.channel(self.config.ess_id, "ActivePower")

    def run(self, image: View, state: PeriodMemory, dt_s: float) -> Sequence[Request]:
        """Start the period, or hold the minimum in it (from the cycle after the start)."""
        c = self.config
        if state.since_s is None:
            if image.need(self.power) >= c.activate_discharge_power:
                state.since_s = image.now_s
                return [Publish("StateMachine", PeriodState.ACTIVE), Publish("TimePassed", 0)]
            return [Publish("StateMachine", PeriodState.NOT_ACTIVE), Publish("TimePassed", 0)]
        passed = image.now_s - state.since_s
        if passed > c.discharge_time:
            state.since_s = None
            return [Publish("StateMachine", PeriodState.NOT_ACTIVE), Publish("TimePassed", 0)]
        return [
            Publish("StateMachine", PeriodState.ACTIVE),
            Publish("TimePassed", int(passed)),
            at_least(c.ess_id, c.min_discharge_power),
        ]


class DelayState(enum.Enum):
    """States of :class:`DelayCharge`."""

    UNDEFINED = -1
    NO_REMAINING_CAPACITY = 0
    PASSED_TARGET_HOUR = 1
    ACTIVE_LIMIT = 2


@dataclass(frozen=True, kw_only=True)
class DelayConfig:
    """Properties of :class:`DelayCharge`."""

    ess_id: str = prop(help="Storage unit or group")
    target_hour: int = prop(15, "Hour of the day when it is to be full", minimum=0, maximum=23)


class DelayCharge(Controller[DelayConfig, NoState]):
    """Charge no faster than needed to be full at an hour of the day."""

    code = "delay-charge"
    title = "Limit charging so that the battery is full at a given hour"
    aliases = ("Controller.Ess.DelayCharge",)
    Config = DelayConfig
    channels = (
        states("StateMachine", DelayState),
        number("ChargePowerLimit", "W", "Limit in force"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.soc = bind.channel(self.config.ess_id, "Soc")
        self.capacity = bind.channel(self.config.ess_id, "Capacity")
        self.size = bind.channel(self.config.ess_id, "MaxApparentPower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bound the charge power by the energy left over the time left."""
        c = self.config
        remaining_ws = image.need(self.capacity) * (100 - image.need(self.soc)) * 36
        if remaining_ws <= 0:
            return self._idle(DelayState.NO_REMAINING_CAPACITY)
        now = image.now_local
        left_s = c.target_hour * 3600 - (now.hour * 3600 + now.minute * 60 + now.second)
        if now.hour >= c.target_hour or left_s <= 0:
            return self._idle(DelayState.PASSED_TARGET_HOUR)
        size = image.get(self.size)
        limit = image.whole(remaining_ws / left_s)
        limit = limit if size is None else min(limit, size)
        return [
            at_least(c.ess_id, -limit, reason="delayed charging"),
            Publish("StateMachine", DelayState.ACTIVE_LIMIT),
            Publish("ChargePowerLimit", limit),
        ]

    @staticmethod
    def _idle(state: DelayState) -> Requests:
        return [Publish("StateMachine", state), Publish("ChargePowerLimit", 0)]


CONTROLLERS = (
    LimitActivePower,
    FixActivePower,
    FixReactivePower,
    RandomPower,
    LinearPowerBand,
    MinimumDischargePeriod,
    DelayCharge,
)
