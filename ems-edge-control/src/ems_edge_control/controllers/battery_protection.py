"""Currents that a battery's cells allow now, and the power that follows for its inverter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, number, states
from ems_edge_control.controllers.voltage_distance import Distance, ForceState, Forcing, ramped, regulated
from ems_edge_control.filters import round_half_up
from ems_edge_control.properties import prop
from ems_edge_control.requests import Power, Relation, Request

STOPPED = 2.0
LEAST_A = 1.0
Points = list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class BatteryConfig:
    """Properties of :class:`BatteryProtection`.

    Curves are lists of [x, percent], straight between the points; percent of the largest current that the
    battery's own management has ever allowed.
    """

    ess_id: str = prop(help="Storage unit whose power is bounded")
    battery_id: str = prop(help="Its battery")
    inverter_id: str = prop(
        "", "Its inverter, whose DC voltages bound the battery's too", aliases=("batteryInverter_id",)
    )
    ess_protection: str = prop(
        "VOLTAGE_REGULATION",
        "How it keeps away from bounds of voltage: by its inner resistance, by a ramp near the inverter's "
        "bounds, or not at all",
        choices=("VOLTAGE_REGULATION", "RAMP", "NONE"),
    )
    charge_voltage_to_percent: list[Any] = prop([], "Charge by cell voltage: [mV, %]")
    discharge_voltage_to_percent: list[Any] = prop([], "Discharge by cell voltage: [mV, %]")
    charge_temperature_to_percent: list[Any] = prop([], "Charge by cell temperature: [degC, %]")
    discharge_temperature_to_percent: list[Any] = prop([], "Discharge by cell temperature: [degC, %]")
    charge_soc_to_percent: list[Any] = prop([], "Charge by state of charge: [%, %]")
    discharge_soc_to_percent: list[Any] = prop([], "Discharge by state of charge: [%, %]")
    initial_charge_current: float = prop(
        0.0, "Largest charge current before one was seen", unit="A", minimum=0
    )
    initial_discharge_current: float = prop(
        0.0, "Largest discharge current before one was seen", unit="A", minimum=0
    )
    max_increase: float = prop(0.0, "Fastest rise of a current; 0 = no limit", unit="A/s", minimum=0)
    force_charge_start: float | None = prop(None, "Lowest cell that starts forced charge", unit="mV")
    force_charge_until: float | None = prop(None, "Lowest cell that ends forced charge", unit="mV")
    block_discharge_until: float | None = prop(None, "Lowest cell that frees discharge again", unit="mV")
    force_discharge_start: float | None = prop(None, "Highest cell that starts forced discharge", unit="mV")
    force_discharge_until: float | None = prop(None, "Highest cell that ends forced discharge", unit="mV")
    block_charge_until: float | None = prop(None, "Highest cell that frees charge again", unit="mV")
    force_current: float = prop(2.0, "Current that is forced", unit="A", minimum=0)
    force_wait: float = prop(60.0, "Time beyond the start before it is forced", unit="s", minimum=0)
    discharge_efficiency: float = prop(0.95, "Of the way out", minimum=0.5, maximum=1)
    rise_ratio: float = prop(
        0.05, "Fastest rise of the allowed power, of its new value", unit="1/s", minimum=0.001, maximum=1
    )
    voltage_time_constant: float = prop(
        10.0, "Lag of the current that keeps a distance to the bounds of voltage", unit="s", minimum=0
    )


@dataclass
class SideMemory:
    """Memory of one direction.

    Attributes:
        ever_a: Largest current the battery's management ever allowed.
        latched: Percent of the voltage curve, which only falls until the curve is at 100 again.
        last_a: Last current.
        power_w: Last allowed power.
        forcing: What cells at this direction's end force.
        distance: How it keeps away from this direction's bound of voltage.
        distance_a: Current that this leaves; None when it is not known.
    """

    ever_a: float = 0.0
    latched: float = 100.0
    last_a: float = 0.0
    power_w: float = 0.0
    forcing: Forcing = field(default_factory=Forcing)
    distance: Distance = field(default_factory=Distance)
    distance_a: float | None = None


@dataclass
class BatteryMemory:
    """Memory of :class:`BatteryProtection`."""

    charge: SideMemory = field(default_factory=SideMemory)
    discharge: SideMemory = field(default_factory=SideMemory)
    last_s: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One direction: its curves and thresholds. Voltages count in the direction in which they end it."""

    sign: float
    by_voltage: Points
    by_temperature: Points
    by_soc: Points
    start: float | None
    until: float | None
    free: float | None


def percent(points: Points, x: float) -> float:
    """A curve at a place; 100 without points, flat outside."""
    if not points:
        return 100.0
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
    return points[-1][1]


def _points(items: Sequence[Any], where: str, faults: list[str]) -> Points:
    try:
        return sorted((float(x), float(y)) for x, y in items)
    except (TypeError, ValueError):
        faults.append(f"{where} is a list of [x, percent] (got {items!r})")
        return []


class BatteryProtection(Controller[BatteryConfig, BatteryMemory]):
    """Bound the power of a storage unit by what the cells of its battery allow."""

    code = "battery-protection"
    title = "Bounds of power from cell voltages, temperatures and charge, with forced charge and discharge"
    Config = BatteryConfig
    State = BatteryMemory
    protects = True
    channels = (
        number("ChargeMaxCurrent", "A", "Current allowed now; negative = discharge is forced"),
        number("DischargeMaxCurrent", "A", "Current allowed now; negative = charge is forced"),
        number("EpChargeMaxCurrent", "A", "Current that the distance to the bounds of voltage leaves"),
        number("EpDischargeMaxCurrent", "A", "Current that the distance to the bounds of voltage leaves"),
        number("AllowedChargePower", "W"),
        number("AllowedDischargePower", "W"),
        states("ForceChargeState", ForceState),
        states("ForceDischargeState", ForceState),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the curves."""
        c, faults = self.config, bind.faults
        names = (
            *("Voltage", "Current", "Soc", "ChargeMaxCurrent", "DischargeMaxCurrent", "StartStop"),
            *("MinCellVoltage", "MaxCellVoltage", "MinCellTemperature", "MaxCellTemperature"),
            *(
                "ChargeMaxVoltage",
                "DischargeMinVoltage",
                "InnerResistance",
                "BvpChargeBms",
                "BvpDischargeBms",
            ),
        )
        self.battery = {name: bind.channel(c.battery_id, name) for name in names}
        if c.inverter_id:
            for name in ("DcMinVoltage", "DcMaxVoltage"):
                self.battery[name] = bind.channel(c.inverter_id, name)
        where = f"controller {self.id}"

        def curve(name: str, items: Sequence[Any]) -> Points:
            return _points(items, f"{where}: {name}", faults)

        self.charge = Side(
            1.0,
            curve("chargeVoltageToPercent", c.charge_voltage_to_percent),
            curve("chargeTemperatureToPercent", c.charge_temperature_to_percent),
            curve("chargeSocToPercent", c.charge_soc_to_percent),
            *(c.force_discharge_start, c.force_discharge_until, c.block_charge_until),
        )
        self.discharge = Side(
            -1.0,
            curve("dischargeVoltageToPercent", c.discharge_voltage_to_percent),
            curve("dischargeTemperatureToPercent", c.discharge_temperature_to_percent),
            curve("dischargeSocToPercent", c.discharge_soc_to_percent),
            *(c.force_charge_start, c.force_charge_until, c.block_discharge_until),
        )
        for side in (self.charge, self.discharge):
            given = [t for t in (side.start, side.until, side.free) if t is not None]
            if len(given) not in (0, 3) or sorted(given, key=lambda t: -t * side.sign) != given:
                faults.append(f"{where}: start, until and free of a forced current go back step by step")

    def run(self, image: View, state: BatteryMemory, dt_s: float) -> Sequence[Request]:
        """Work out currents, then power; without data or while stopped nothing is allowed."""
        # Cells do not care how calls are counted: rises and waits go by the clock in comparison mode, too.
        since_s = 0.0 if state.last_s is None else image.now_s - state.last_s
        dt_s = dt_s if state.last_s is None else since_s
        state.last_s = image.now_s
        values = {name: image.get(handle) for name, handle in self.battery.items()}
        needed = ("Voltage", "ChargeMaxCurrent", "DischargeMaxCurrent", "MinCellVoltage", "MaxCellVoltage")
        missing = [name for name in needed if values[name] is None]
        if missing or values["StartStop"] == STOPPED:
            if missing:
                image.warn(f"the battery's {', '.join(missing)} is unknown: no power")
            for memory in (state.charge, state.discharge):
                memory.last_a = memory.power_w = 0.0
                memory.distance_a = None
            return self._answer(image, state)
        known = {name: value for name, value in values.items() if value is not None}
        for side, memory, name, initial_a in (
            (self.charge, state.charge, "ChargeMaxCurrent", self.config.initial_charge_current),
            (self.discharge, state.discharge, "DischargeMaxCurrent", self.config.initial_discharge_current),
        ):
            memory.ever_a = max(memory.ever_a, initial_a, known[name])
            memory.distance_a = self._by_voltage(image, side, memory, known, name, dt_s)
            rise_a = self.config.max_increase * since_s if self.config.max_increase > 0 else math.inf
            limits = [known[name], memory.last_a + rise_a]
            if memory.distance_a is not None:
                limits.append(memory.distance_a)
            memory.last_a = self._current(side, memory, known, limits, dt_s)
        self._allow(state, known["Voltage"], dt_s)
        return self._answer(image, state)

    def _answer(self, image: View, state: BatteryMemory) -> Sequence[Request]:
        c = self.config
        shown = round_half_up if image.per_call else float
        charge_w, discharge_w = round(state.charge.power_w), round(state.discharge.power_w)
        return [
            Power(c.ess_id, discharge_w, Relation.AT_MOST, reason="battery"),
            Power(c.ess_id, -charge_w, Relation.AT_LEAST, reason="battery"),
            Publish("ChargeMaxCurrent", shown(state.charge.last_a)),
            Publish("DischargeMaxCurrent", shown(state.discharge.last_a)),
            Publish("AllowedChargePower", -charge_w),
            Publish("AllowedDischargePower", discharge_w),
            Publish("EpChargeMaxCurrent", state.charge.distance_a),
            Publish("EpDischargeMaxCurrent", state.discharge.distance_a),
            Publish("ForceChargeState", state.discharge.forcing.state),
            Publish("ForceDischargeState", state.charge.forcing.state),
        ]

    # -- currents ---

    def _current(
        self,
        side: Side,
        memory: SideMemory,
        known: Mapping[str, float],
        others_a: Sequence[float],
        dt_s: float,
    ) -> float:
        limits = [*others_a, self._ampere(memory, self._latched(side, memory, known))]
        temperatures = [known[n] for n in ("MinCellTemperature", "MaxCellTemperature") if n in known]
        limits += [self._ampere(memory, percent(side.by_temperature, t)) for t in temperatures]
        if side.by_temperature and not temperatures:
            limits.append(0.0)
        if side.by_soc:
            limits.append(self._ampere(memory, percent(side.by_soc, known["Soc"])) if "Soc" in known else 0.0)
        forced = self._forced(side, memory, known, dt_s)
        return min(limits) if forced is None else min(*limits, forced)

    @staticmethod
    def _ampere(memory: SideMemory, part: float) -> float:
        """A part of the largest current; what is above nothing is at least one ampere."""
        return 0.0 if part <= 0 else max(LEAST_A, memory.ever_a * part / 100)

    @staticmethod
    def _latched(side: Side, memory: SideMemory, known: Mapping[str, float]) -> float:
        now = min(percent(side.by_voltage, known[n]) for n in ("MinCellVoltage", "MaxCellVoltage"))
        memory.latched = 100.0 if now >= 100 else min(memory.latched, now)
        return memory.latched

    def _forced(
        self, side: Side, memory: SideMemory, known: Mapping[str, float], dt_s: float
    ) -> float | None:
        """The current that cells at the end of this direction leave: none, the opposite, or no bound."""
        if side.start is None or side.until is None or side.free is None:
            return None
        cell = side.sign * known["MaxCellVoltage" if side.sign > 0 else "MinCellVoltage"]
        memory.forcing.step(
            is_beyond=cell >= side.sign * side.start,
            is_back=cell < side.sign * side.until,
            is_free=cell < side.sign * side.free,
            dt_s=dt_s,
            wait_s=self.config.force_wait,
        )
        return memory.forcing.current(self.config.force_current)

    def _by_voltage(
        self,
        image: View,
        side: Side,
        memory: SideMemory,
        known: Mapping[str, float],
        name: str,
        dt_s: float,
    ) -> float | None:
        """The current that the distance to the bounds of voltage leaves; None when it is not known."""
        c = self.config
        if c.ess_protection == "NONE":
            return None
        if c.ess_protection == "RAMP":
            return ramped(memory.distance, side.sign, known, known[name], dt_s, c.force_wait)
        current = regulated(memory.distance, side.sign, known, c.voltage_time_constant, dt_s)
        return current if current is None or not image.per_call else round_half_up(current)

    # -- power ---

    def _allow(self, state: BatteryMemory, voltage: float, dt_s: float) -> None:
        """Power from current; it rises slowly, falls at once. What is forced one way is allowed that way."""
        charge_w = state.charge.last_a * voltage
        discharge_w = state.discharge.last_a * voltage * self.config.discharge_efficiency
        if charge_w < 0 and discharge_w < 0:
            charge_w = discharge_w = 0.0
        elif discharge_w < 0:
            charge_w = max(charge_w, -discharge_w)
        elif charge_w < 0:
            discharge_w = max(discharge_w, -charge_w)
        for memory, power in ((state.charge, charge_w), (state.discharge, discharge_w)):
            if power > memory.power_w:
                power = min(power, max(0.0, memory.power_w) + self.config.rise_ratio * power * dt_s)
            memory.power_w = power
