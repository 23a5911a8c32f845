"""What the grid and its operator ask for: frequency, voltage, limits from outside."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    at_least,
    equals,
    flag,
    number,
    states,
)
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Coupling, PowerFactor, Request, Requests, reactive

ON_GRID, OFF_GRID = 1, 2


@dataclass(frozen=True, kw_only=True)
class Limiter14aConfig:
    """Properties of :class:`Limiter14a`."""

    ess_id: str = prop(help="Storage unit or group")
    input_channel_address: str = prop(help="Contact of the control box; open = limit")
    limit: float = prop(4200.0, "Most charge power while limited", unit="W", minimum=0)


@dataclass
class ActiveTime:
    """Memory of a controller that counts its time in action."""

    active_s: float = 0.0


class Restriction(enum.Enum):
    """Whether a limit of the grid operator is in force."""

    OFF = 0
    ON = 1


class Limiter14a(Controller[Limiter14aConfig, ActiveTime]):
    """Charge power limit ordered by the grid operator (§ 14a EnWG)."""

    code = "limiter-14a"
    title = "Limit charging when the grid operator's contact opens"
    aliases = ("Controller.Ess.Limiter14a",)
    Config = Limiter14aConfig
    State = ActiveTime
    channels = (
        states("RestrictionMode", Restriction, "Whether the limit is in force"),
        number("CumulatedRestrictionTime", "s", "Time in force"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.contact = bind.address(self.config.input_channel_address)
        self.modes = (bind.channel(self.config.ess_id, "GridMode"), bind.channel("_sum", "GridMode"))

    def run(self, image: View, state: ActiveTime, dt_s: float) -> Sequence[Request]:
        """Bound the charge power while the contact is open."""
        active = image.get(self.contact) == 0 and all(image.get(m) != OFF_GRID for m in self.modes)
        if active:
            state.active_s += dt_s
        out: Requests = [
            Publish("RestrictionMode", Restriction.ON if active else Restriction.OFF),
            Publish("CumulatedRestrictionTime", int(state.active_s)),
        ]
        if active:
            out.append(at_least(self.config.ess_id, -self.config.limit, reason="order of the grid operator"))
        return out


class RippleLevel(enum.Enum):
    """Feed-in allowed by the grid operator."""

    NO_RESTRICTION = 0
    ZERO_PERCENT = 1
    THIRTY_PERCENT = 2
    SIXTY_PERCENT = 3


@dataclass(frozen=True, kw_only=True)
class RippleConfig:
    """Properties of :class:`RippleControlReceiver`."""

    ess_id: str = prop("", "Storage unit whose grid mode counts; empty = the site's")
    input_channel_address1: str = prop(help="Contact for 0 %", name="inputChannelAddress1")
    input_channel_address2: str = prop(help="Contact for 30 %", name="inputChannelAddress2")
    input_channel_address3: str = prop(help="Contact for 60 %", name="inputChannelAddress3")


class RippleControlReceiver(Controller[RippleConfig, NoState]):
    """Publishes the feed-in level that the grid operator orders.

    Low contacts are active, the strictest wins.
    """

    code = "ripple-control-receiver"
    title = "Feed-in level ordered by the grid operator"
    aliases = ("Controller.Ess.RippleControlReceiver",)
    Config = RippleConfig
    channels = (
        states("RestrictionMode", RippleLevel),
        number("RestrictionFactor", "", "Part of the size, 0 to 1"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        addresses = (c.input_channel_address1, c.input_channel_address2, c.input_channel_address3)
        self.contacts = [bind.address(a) for a in addresses]
        self.mode = bind.channel(c.ess_id or "_sum", "GridMode")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Publish the strictest level."""
        level, factor = RippleLevel.NO_RESTRICTION, 1.0
        if image.is_on_grid(self.mode):
            levels = zip(self.contacts, list(RippleLevel)[1:], (0.0, 0.3, 0.6), strict=True)
            for contact, candidate, share in levels:
                if image.get(contact) == 0:
                    level, factor = candidate, share
                    break
        return [Publish("RestrictionMode", level), Publish("RestrictionFactor", factor)]


def interpolate(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between points sorted by their first number, flat outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
    return points[-1][1]


def parse_line(items: Sequence[Any], key: str, where: str, faults: list[str]) -> list[tuple[float, float]]:
    """Points of a characteristic `[{voltageRatio, …}]`, sorted."""
    points = []
    for item in items:
        if not isinstance(item, Mapping) or "voltageRatio" not in item:
            faults.append(f"{where}: each point needs voltageRatio and {key} (got {item!r})")
            continue
        value = item.get(key, item.get("power", item.get("percent")))
        if not isinstance(value, int | float):
            faults.append(f"{where}: a point lacks {key} (got {item!r})")
            continue
        points.append((float(item["voltageRatio"]), float(value)))
    if len(points) < 2:
        faults.append(f"{where}: at least two points are needed")
    return sorted(points)


@dataclass(frozen=True, kw_only=True)
class VoltageConfig:
    """Properties of :class:`ActivePowerByVoltage` and :class:`ReactivePowerByVoltage`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Meter with the voltage")
    line_config: list[Any] = prop(
        [],
        "Points {voltageRatio, power W} or {voltageRatio, percent}; empty = default",
        aliases=("powerVoltConfig",),
    )
    nominal_voltage: float = prop(240.0, "Voltage of ratio 1", unit="V", minimum=1)
    wait_for_hysteresis: float = prop(20.0, "Shortest time between two new set-points", unit="s", minimum=0)
    voltage_hysteresis: float = prop(0.002, "Smallest change of the ratio that counts", minimum=0)


@dataclass
class VoltageState:
    """Memory of the voltage characteristics."""

    set_s: float | None = None
    ratio: float | None = None
    value: float = 0.0


class _ByVoltage(Controller[VoltageConfig, VoltageState]):
    """What both voltage characteristics share.

    The set-point is held between updates, so that nobody slips in.
    """

    Config = VoltageConfig
    State = VoltageState
    key = ""
    default: tuple[tuple[float, float], ...] = ()

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the characteristic."""
        c = self.config
        self.voltage = bind.channel(c.meter_id, "Voltage")
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        where = f"controller {self.id}: lineConfig"
        self.line = (
            parse_line(c.line_config, self.key, where, bind.faults) if c.line_config else list(self.default)
        )

    def follow(self, image: View, state: VoltageState) -> tuple[float, float | None]:
        """Voltage ratio, and the set-point: new, held, or None when comparison mode waits."""
        c = self.config
        ratio = image.need(self.voltage) / (c.nominal_voltage * 1000)
        waited = state.set_s is None or image.now_s - state.set_s >= c.wait_for_hysteresis
        moved = state.ratio is None or abs(ratio - state.ratio) >= c.voltage_hysteresis
        if image.per_call:
            if not waited:
                return ratio, None
        elif not moved:
            return ratio, state.value
        state.set_s, state.ratio = image.now_s, ratio
        state.value = self.value(image, ratio)
        return ratio, state.value

    def value(self, image: View, ratio: float) -> float:
        """The set-point at a voltage ratio."""
        raise NotImplementedError


class ActivePowerByVoltage(_ByVoltage):
    """P(U)."""

    code = "active-power-by-voltage"
    title = "Active power by voltage, P(U)"
    aliases = ("Controller.Ess.ActivePowerVoltageCharacteristic", "p-of-u")
    key = "power"
    default = ((0.95, 4000.0), (0.98, 0.0), (1.0299, 0.0), (1.05, -4000.0))
    channels = (
        number("CalculatedPower", "W", "Set-point by the characteristic"),
        number("VoltageRatio", "", "Voltage over nominal voltage"),
    )

    def value(self, image: View, ratio: float) -> float:
        """Power of the characteristic."""
        return image.whole(interpolate(self.line, ratio))

    def run(self, image: View, state: VoltageState, dt_s: float) -> Sequence[Request]:
        """Set P by the voltage."""
        if image.get(self.mode) == OFF_GRID:
            return []
        ratio, power = self.follow(image, state)
        out: Requests = [Publish("VoltageRatio", ratio)]
        if power is None:
            return out
        return [*out, Publish("CalculatedPower", power), equals(self.config.ess_id, power, reason="P(U)")]


class ReactivePowerByVoltage(_ByVoltage):
    """Q(U)."""

    code = "reactive-power-by-voltage"
    title = "Reactive power by voltage, Q(U)"
    aliases = ("Controller.Ess.ReactivePowerVoltageCharacteristic", "q-of-u")
    key = "percent"
    default = ((0.9, 60.0), (0.93, 0.0), (1.07, 0.0), (1.1, -60.0))
    channels = (
        number("CalculatedPower", "var", "Set-point by the characteristic"),
        number("VoltageRatio", "", "Voltage over nominal voltage"),
    )

    def value(self, image: View, ratio: float) -> float:
        """Reactive power of the characteristic, in percent of the size."""
        percent = image.whole(interpolate(self.line, ratio))
        return float(int(image.need(self.size) * percent * 0.01 + math.copysign(1e-6, percent)))

    def run(self, image: View, state: VoltageState, dt_s: float) -> Sequence[Request]:
        """Set Q by the voltage."""
        if image.get(self.mode) == OFF_GRID:
            return []
        ratio, var = self.follow(image, state)
        out: Requests = [Publish("VoltageRatio", ratio)]
        if var is None:
            return out
        wish = reactive(equals(self.config.ess_id, var, reason="Q(U)"))
        return [*out, Publish("CalculatedPower", var), wish]


@dataclass(frozen=True, kw_only=True)
class CosPhiConfig:
    """Properties of :class:`CosPhi`."""

    ess_id: str = prop(help="Storage unit or group")
    cos_phi: float = prop(1.0, "Power factor", minimum=0.01, maximum=1)
    direction: str = prop("CAPACITIVE", "Sign of the reactive power", choices=("CAPACITIVE", "INDUCTIVE"))


class CosPhi(Controller[CosPhiConfig, NoState]):
    """Q = ± tan(acos(cos φ)) · P, for the P that comes out of the cycle."""

    code = "cos-phi"
    title = "Constant power factor"
    aliases = ("Controller.Asymmetric.CosPhi", "Controller.Symmetric.CosPhi")
    Config = CosPhiConfig

    def bind(self, bind: Binder) -> None:
        """Check the unit."""
        bind.channel(self.config.ess_id, "ReactivePower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bind Q to P."""
        factor = math.tan(math.acos(self.config.cos_phi))
        if self.config.direction == "CAPACITIVE":
            factor = -factor
        return [PowerFactor(self.config.ess_id, factor, reason=f"cos φ {self.config.cos_phi:g}")]


@dataclass(frozen=True, kw_only=True)
class RectificationConfig:
    """Properties of :class:`PhaseRectification`."""

    ess_id: str = prop(help="Storage unit that can set each phase")
    meter_id: str = prop(help="Grid meter with phases")


class PhaseRectification(Controller[RectificationConfig, NoState]):
    """Bring the three phases of the grid to their mean: each phase gives what it draws above it.

    Only the differences between the phases are bound; the sum stays free for others.
    """

    code = "phase-rectification"
    title = "Balance the phases of the grid"
    aliases = ("Controller.Asymmetric.PhaseRectification",)
    Config = RectificationConfig

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.grid = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES]
        self.power = [bind.channel(c.ess_id, f"ActivePower{p}") for p in PHASES]

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bind the differences of the phases."""
        grid = [image.need(h) for h in self.grid]
        mean = sum(grid) / 3
        wanted = [image.need(p) + g - mean for p, g in zip(self.power, grid, strict=True)]
        ess = self.config.ess_id
        return [
            Coupling(((ess, "L1", 1.0), (ess, other, -1.0)), wanted[0] - wanted[i], reason="phase balance")
            for i, other in ((1, "L2"), (2, "L3"))
        ]


@dataclass(frozen=True, kw_only=True)
class ExternalLimitConfig:
    """Properties of :class:`ExternalLimit`."""

    ess_id: str = prop("", "Storage unit or group to bound, empty = none")
    pv_inverter_ids: list[str] = prop([], "PV inverters to bound")
    charger_ids: list[str] = prop([], "Chargers to bound")
    input_channel_address: str = prop(help="Channel with the limit or the contact")
    active_below: float = prop(0.5, "The limit is in force while the channel reads below")
    charge_limit: float | None = prop(None, "Most charge power", unit="W", minimum=0)
    discharge_limit: float | None = prop(None, "Most discharge power", unit="W", minimum=0)
    pv_limit: float | None = prop(None, "Most PV power, for each inverter", unit="W", minimum=0)
    charger_limit: float | None = prop(None, "Most power, for each charger", unit="W", minimum=0)
    undefined_is_active: bool = prop(True, "An unknown contact counts as an order to limit")


@dataclass
class ExternalLimitState:
    """Memory of :class:`ExternalLimit`."""

    active_s: float = 0.0
    reasons: list[str] = field(default_factory=list)


class ExternalLimit(Controller[ExternalLimitConfig, ExternalLimitState]):
    """Any limit from outside on storage, PV and chargers at once."""

    code = "external-limit"
    title = "Limits on storage, PV and chargers while an external signal asks for them"
    Config = ExternalLimitConfig
    State = ExternalLimitState
    channels = (flag("RestrictionMode"), number("CumulatedRestrictionTime", "s"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.signal = bind.address(c.input_channel_address)
        self.pv = [bind.channel(i, "ActivePowerLimit") for i in c.pv_inverter_ids]
        self.chargers = [bind.channel(i, "SetChargePowerLimit") for i in c.charger_ids]

    def run(self, image: View, state: ExternalLimitState, dt_s: float) -> Sequence[Request]:
        """Bound everything while the signal is active."""
        from ems_edge_control.requests import Bid, Relation, at_most

        c = self.config
        value = image.get(self.signal)
        active = c.undefined_is_active if value is None else value < c.active_below
        state.active_s += dt_s if active else 0.0
        out: Requests = [
            Publish("RestrictionMode", active),
            Publish("CumulatedRestrictionTime", int(state.active_s)),
        ]
        if not active:
            return out
        if c.ess_id and c.charge_limit is not None:
            out.append(at_least(c.ess_id, -c.charge_limit, reason="external limit"))
        if c.ess_id and c.discharge_limit is not None:
            out.append(at_most(c.ess_id, c.discharge_limit, reason="external limit"))
        for handles, limit in ((self.pv, c.pv_limit), (self.chargers, c.charger_limit)):
            if limit is not None:
                out += [Bid(h, limit, Relation.AT_MOST, "external limit") for h in handles]
        return out


CONTROLLERS = (
    Limiter14a,
    RippleControlReceiver,
    ActivePowerByVoltage,
    ReactivePowerByVoltage,
    CosPhi,
    PhaseRectification,
    ExternalLimit,
)
