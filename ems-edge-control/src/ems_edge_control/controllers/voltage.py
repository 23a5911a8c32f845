"""Power by the voltage of the grid, power factor, and balance of the phases."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import (
    OFF_GRID,
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    equals,
    number,
)
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import ALL, Coupling, PowerFactor, Request, Requests, reactive


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


POWER_BY_VOLTAGE = [
    {"voltageRatio": ratio, "power": power_w}
    for ratio, power_w in ((0.95, 4000), (0.98, 0), (1.0299, 0), (1.05, -4000))
]
PERCENT_BY_VOLTAGE = [
    {"voltageRatio": ratio, "percent": percent}
    for ratio, percent in ((0.9, 60), (0.93, 0), (1.07, 0), (1.1, -60))
]


@dataclass(frozen=True, kw_only=True)
class VoltageConfig:
    """Properties that both voltage characteristics share."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Meter with the voltage")
    line_config: list[Any] = prop([], "Points of the characteristic")
    nominal_voltage: float = prop(240.0, "Voltage of ratio 1", unit="V", minimum=1)
    wait_for_hysteresis: float = prop(20.0, "Shortest time between two new set-points", unit="s", minimum=0)
    voltage_hysteresis: float = prop(0.002, "Smallest change of the ratio that counts", minimum=0)


@dataclass
class VoltageState:
    """Memory of the voltage characteristics."""

    set_s: float | None = None
    ratio: float | None = None
    value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ActiveConfig(VoltageConfig):
    """Properties of :class:`ActivePowerByVoltage`."""

    line_config: list[Any] = prop(
        POWER_BY_VOLTAGE,
        "Points {voltageRatio, power in W}",
        aliases=("powerVoltConfig",),
    )


@dataclass(frozen=True, kw_only=True)
class ReactiveConfig(VoltageConfig):
    """Properties of :class:`ReactivePowerByVoltage`."""

    line_config: list[Any] = prop(
        PERCENT_BY_VOLTAGE,
        "Points {voltageRatio, percent of the size}",
        aliases=("powerVoltConfig",),
    )


class _ByVoltage(Controller[VoltageConfig, VoltageState]):
    """What both voltage characteristics share.

    The set-point is held between updates, so that nobody slips in.
    """

    Config = VoltageConfig
    State = VoltageState
    key = ""
    default: Sequence[Mapping[str, float]] = ()

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the characteristic."""
        c = self.config
        self.voltage = bind.channel(c.meter_id, "Voltage")
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        where = f"controller {self.id}: lineConfig"
        self.line = parse_line(c.line_config or self.default, self.key, where, bind.faults)

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
    aliases = ("Controller.Ess.ActivePowerVoltageCharacteristic", "p-of-u", "P(U)")
    key = "power"
    Config = ActiveConfig
    default = POWER_BY_VOLTAGE
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
    aliases = ("Controller.Ess.ReactivePowerVoltageCharacteristic", "q-of-u", "Q(U)")
    key = "percent"
    Config = ReactiveConfig
    default = PERCENT_BY_VOLTAGE
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
class BalancingCosPhiConfig(CosPhiConfig):
    """Properties of :class:`BalancingCosPhi`."""

    meter_id: str = prop(help="Grid meter")


class BalancingCosPhi(Controller[BalancingCosPhiConfig, NoState]):
    """Keep the power factor of the grid connection, on each phase if the unit can set its phases.

    With the load's P₀ = grid + unit and Q₀ likewise, the grid keeps Q₀ − Q = ∓ tan(acos(cos φ)) · (P₀ − P):
    minus is capacitive. The unit's Q follows from the P that comes out of the cycle.
    """

    code = "balancing-cos-phi"
    title = "Constant power factor of the grid connection"
    aliases = ("Controller.Asymmetric.BalancingCosPhi", "Controller.Symmetric.BalancingCosPhi")
    Config = BalancingCosPhiConfig

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.handles = {
            phase: [
                bind.channel(component, f"{kind}Power{'' if phase == ALL else phase}")
                for kind in ("Active", "Reactive")
                for component in (c.meter_id, c.ess_id)
            ]
            for phase in (ALL, *PHASES)
        }

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bind Q to P, on each phase or as a whole."""
        c = self.config
        factor = math.tan(math.acos(c.cos_phi))
        if c.direction == "CAPACITIVE":
            factor = -factor
        out: Requests = []
        for phase in PHASES if image.solver.has_phases(c.ess_id) else (ALL,):
            grid_w, ess_w, grid_var, ess_var = (image.need(h) for h in self.handles[phase])
            offset_var = grid_var + ess_var - factor * (grid_w + ess_w)
            out.append(PowerFactor(c.ess_id, factor, phase, f"cos φ {c.cos_phi:g} of the grid", offset_var))
        return out


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
