"""What a charging point can be set to, and how fast its power may rise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ems_edge_control import properties
from ems_edge_control.component_properties import ChargePointProperties, VehicleProperties

VOLTS = 230.0
RISE_PER_S = 0.03
# What the owner of a charging point may choose.
MODES = ("ZERO", "MINIMUM", "SURPLUS", "FORCE")


@dataclass(frozen=True, slots=True)
class Ability:
    """What a charging point can be set to.

    Attributes:
        unit: `W`, `A` or `mA`.
        least: Smallest set-point that charges, in that unit.
        most: Largest.
        step: Smallest change.
        phases: Phases in use.
        can_switch: Whether it can change between one phase and three.
    """

    unit: str = "mA"
    least: float = 6000.0
    most: float = 16000.0
    step: float = 1.0
    phases: int = 3
    can_switch: bool = False

    def watts(self, value: float) -> float:
        """Power of a set-point."""
        factor = {"W": 1.0, "A": VOLTS * self.phases, "mA": VOLTS * self.phases / 1000}[self.unit]
        return value * factor

    def set_point(self, power_w: float) -> float:
        """Set-point for a power: whole steps downwards, zero below the least; of milliamperes the nearest."""
        value = min(power_w / self.watts(1.0), self.most)
        half = 0.5 if self.unit == "mA" and self.step == 1 else 1e-9
        value = math.floor(value / self.step + half) * self.step
        return value if value >= self.least else 0.0

    def kept_w(self, power_w: float) -> float:
        """What a point with coarse steps can use of a power; fine steps use all of it."""
        step_w = self.watts(self.step)
        return power_w if step_w < 1.5 else math.floor(power_w / step_w + 1e-9) * step_w

    @property
    def least_w(self) -> float:
        """Power of the smallest set-point."""
        return self.watts(self.least)

    @property
    def most_w(self) -> float:
        """Power of the largest set-point."""
        return self.watts(self.most)


def parse_ability(
    raw: Mapping[str, Any], phases: int | None = None, vehicle: Mapping[str, Any] | None = None
) -> Ability:
    """Ability from the properties of a charging point and of its vehicle.

    Args:
        raw: Properties of the charging point: unit, least, most, step, phases, canSwitch.
        phases: Phases to take instead of its own.
        vehicle: Properties of the vehicle, where there is one.

    Raises:
        ValueError: They contradict each other.
    """
    faults: list[str] = []
    given = properties.read(ChargePointProperties, raw, "its abilities", faults, ignored=[])
    car = properties.read(VehicleProperties, vehicle or {}, "its vehicle", faults, ignored=[])
    if given is None or car is None:
        raise ValueError("; ".join(faults))
    unit = {"MilliAmpere": "mA", "Ampere": "A", "Watt": "W"}.get(given.unit, given.unit)
    chosen = phases or {"SINGLE_PHASE": 1, "THREE_PHASE": 3}.get(given.phases) or int(given.phases)
    scale = {"W": VOLTS * chosen, "A": 1.0, "mA": 1000.0}[unit]
    least_ma, most_ma = (
        (car.single_phase_least, car.single_phase_most)
        if chosen == 1
        else (car.three_phase_least, car.three_phase_most)
    )
    ability = Ability(
        unit,
        max(6 * scale if given.least is None else given.least, (least_ma or 0.0) / 1000 * scale),
        min(
            16 * scale if given.most is None else given.most,
            math.inf if most_ma is None else most_ma / 1000 * scale,
        ),
        given.step,
        chosen,
        given.can_switch or bool(given.phase_switch),
    )
    if ability.least > ability.most or ability.step <= 0 or ability.phases not in (1, 2, 3):
        raise ValueError("least must not be above most, step positive, phases 1 to 3")
    return ability


def risen(last_w: float, wanted_w: float, least_w: float, dt_s: float, *, is_whole: bool = False) -> float:
    """Rise by at most 3 % a second, from standstill to the least at most; a fall is immediate.

    `is_whole` rounds the rise up to whole watts, for comparison with systems that count them.
    """
    if wanted_w <= last_w:
        return wanted_w
    if last_w <= 0:
        return min(wanted_w, least_w)
    rise_w = last_w * RISE_PER_S * dt_s
    return min(wanted_w, last_w + (math.ceil(rise_w - 1e-6) if is_whole else rise_w))
