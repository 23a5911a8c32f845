"""Voltages, currents and the rest of what a meter shows, from its active power."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PHASE_SHARES = (0.341, 0.322, 0.337)
_PHASE_OFFSETS = (0.0, 2.1, 4.2)
_VOLTAGE_SWING = 0.008
_VOLTAGE_DROP = 0.012
_POWER_FACTOR_EMPTY, _POWER_FACTOR_FULL = 0.86, 0.97


@dataclass(frozen=True)
class Electrical:
    """What a three-phase meter measures at one instant."""

    voltages_v: tuple[float, float, float]
    currents_a: tuple[float, float, float]
    powers_kw: tuple[float, float, float]
    power_factor: float

    @property
    def apparent_kva(self) -> float:
        """Apparent power [kVA]."""
        return sum(v * i for v, i in zip(self.voltages_v, self.currents_a, strict=True)) / 1000.0

    @property
    def reactive_kvar(self) -> float:
        """Reactive power [kvar], inductive positive."""
        return self.apparent_kva * math.sqrt(max(0.0, 1.0 - self.power_factor**2))


def electrical(power_kw: float, time_s: float, rated_kw: float, nominal_v: float = 230.0) -> Electrical:
    """Phase values for an active power.

    The mains voltage sways by under one percent over minutes and drops with the load; the power factor rises
    with it, as it does where motors and electronics share a feeder.

    Args:
        power_kw: Active power, all phases [kW].
        time_s: Seconds since 1970.
        rated_kw: Power at which the feeder is full [kW].
        nominal_v: Nominal voltage of a phase [V].
    """
    share = min(1.0, abs(power_kw) / rated_kw)
    factor = _POWER_FACTOR_EMPTY + (_POWER_FACTOR_FULL - _POWER_FACTOR_EMPTY) * math.sqrt(share)
    voltages, currents, powers = [], [], []
    for part, offset in zip(_PHASE_SHARES, _PHASE_OFFSETS, strict=True):
        sway = math.sin(time_s / 47.0 + offset) + 0.5 * math.sin(time_s / 211.0 + 2.0 * offset)
        voltage = nominal_v * (1.01 + _VOLTAGE_SWING * sway / 1.5 - _VOLTAGE_DROP * share)
        voltages.append(voltage)
        powers.append(power_kw * part)
        currents.append(abs(power_kw) * part * 1000.0 / (voltage * factor))
    return Electrical(
        (voltages[0], voltages[1], voltages[2]),
        (currents[0], currents[1], currents[2]),
        (powers[0], powers[1], powers[2]),
        factor,
    )


class Frequency:
    """The mains frequency: a measured hour of seconds, replayed there and back.

    Args:
        hertz: Measured values, one a second, shape (n,).
    """

    def __init__(self, hertz: NDArray[np.float64]) -> None:
        clean = hertz[~np.isnan(hertz)]
        self._hertz: list[float] = np.concatenate([clean, clean[-2:0:-1]]).tolist()

    def at(self, time_s: float) -> float:
        """Frequency at an instant [Hz]."""
        whole = math.floor(time_s)
        left = self._hertz[whole % len(self._hertz)]
        right = self._hertz[(whole + 1) % len(self._hertz)]
        return left + (right - left) * (time_s - whole)
