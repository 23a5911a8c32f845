"""A lithium-ion cell by its chemistry, as the truth behind estimators: one particle per electrode.

Lithium diffuses in spherical particles (finite volumes), the surface reacts by Butler–Volmer kinetics, the
electrolyte is a resistance with a lag of its own, and a film grows with age. Diffusion, kinetics and film follow
the temperature (Arrhenius). Nothing of it is an equivalent circuit. The potentials are smooth curves of typical
shape: graphite with its plateaus, a layered oxide that falls from 4.3 V.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

F, R, T_REF = 96485.33, 8.314462, 298.15
SHELLS = 12


def graphite_v(x: float) -> float:
    """Potential of the negative electrode against lithium at a filling of x."""
    return (
        0.07
        + 0.65 * math.exp(-28 * x)
        + 0.045 * (1 - math.tanh((x - 0.26) / 0.07))
        + 0.030 * (1 - math.tanh((x - 0.56) / 0.06))
        - 0.02 * x
    )


def oxide_v(y: float) -> float:
    """Potential of the positive electrode at a filling of y."""
    return 4.34 - 0.62 * y - 0.05 * math.tanh((y - 0.55) / 0.08) - 0.35 * math.exp((y - 1.0) / 0.025)


@dataclass(frozen=True)
class Age:
    """What time has done to a cell: lithium and active material lost, film grown."""

    lithium_lost: float = 0.0
    film_factor: float = 1.0


class Cell:
    """A cell of 50 Ah when new.

    Args:
        soc: Start, relative to its present capacity.
        temperature_degc: Its temperature.
        age: Its age.
    """

    EMPTY_X, FULL_X = 0.02, 0.86
    FULL_Y, EMPTY_Y = 0.28, 0.93
    NEW_AH = 50.0

    def __init__(self, soc: float, temperature_degc: float = 25.0, age: Age | None = None) -> None:
        self.age = age or Age()
        self.kelvin = temperature_degc + 273.15
        self.amount_n = self.NEW_AH * 3600 / (self.FULL_X - self.EMPTY_X)
        self.amount_p = self.NEW_AH * 3600 / (self.EMPTY_Y - self.FULL_Y)
        # Lithium that is lost shifts the electrodes against each other; full and empty stay the same voltages.
        lost = self.age.lithium_lost * self.NEW_AH * 3600
        inventory = self.EMPTY_X * self.amount_n + self.EMPTY_Y * self.amount_p - lost
        self.empty_x = self._filling(inventory, self._new_v(self.EMPTY_X, self.EMPTY_Y))
        self.full_x = self._filling(inventory, self._new_v(self.FULL_X, self.FULL_Y))
        self.capacity_as = self.amount_n * (self.full_x - self.empty_x)
        x = self.empty_x + soc * (self.full_x - self.empty_x)
        y = (inventory - x * self.amount_n) / self.amount_p
        self.negative, self.positive = np.full(SHELLS, x), np.full(SHELLS, y)
        edges = np.linspace(0, 1, SHELLS + 1)
        self.volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3
        self.area = edges**2
        self.lag_v = 0.0

    @property
    def soc(self) -> float:
        """State of charge of its present capacity."""
        mean = float(self.negative @ self.volume / self.volume.sum())
        return (mean - self.empty_x) / (self.full_x - self.empty_x)

    @staticmethod
    def _new_v(x: float, y: float) -> float:
        return oxide_v(y) - graphite_v(x)

    def _filling(self, inventory: float, voltage: float) -> float:
        """Filling of the negative electrode at a voltage at rest, by bisection."""
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            y = (inventory - middle * self.amount_n) / self.amount_p
            low, high = (middle, high) if self._new_v(middle, y) < voltage else (low, middle)
        return (low + high) / 2

    def rest_v(self) -> float:
        """Voltage without current."""
        return oxide_v(float(self.positive[-1])) - graphite_v(float(self.negative[-1]))

    def _heat(self, energy_j: float) -> float:
        return math.exp(energy_j / R * (1 / T_REF - 1 / self.kelvin))

    def _diffuse(self, filling: np.ndarray, rate: float, flux: float, dt_s: float) -> np.ndarray:
        """One step of diffusion; `rate` is diffusivity over radius², `flux` enters at the surface."""
        parts = max(1, math.ceil(rate * dt_s * SHELLS**2 * 4))
        h = dt_s / parts
        for _ in range(parts):
            inner = rate * self.area[1:-1] * np.diff(filling) * SHELLS
            change = np.zeros(SHELLS)
            change[:-1] += inner
            change[1:] -= inner
            change[-1] += flux / 3
            filling = filling + h * change / self.volume
        return filling

    def step(self, current_a: float, dt_s: float = 1.0) -> float:
        """Voltage at the terminals after a step; discharging is positive."""
        self.negative = self._diffuse(
            self.negative, 4.0e-4 * self._heat(35_000), -current_a / self.amount_n, dt_s
        )
        self.positive = self._diffuse(
            self.positive, 6.0e-4 * self._heat(25_000), current_a / self.amount_p, dt_s
        )
        x, y = float(self.negative[-1]), float(self.positive[-1])
        exchange_n = 60.0 * self._heat(30_000) * math.sqrt(max(1e-6, x * (1 - x)))
        exchange_p = 80.0 * self._heat(20_000) * math.sqrt(max(1e-6, y * (1 - y)))
        thermal = 2 * R * self.kelvin / F
        kinetics = thermal * (math.asinh(current_a / 2 / exchange_n) + math.asinh(current_a / 2 / exchange_p))
        ohmic = current_a * (0.0007 + 0.0004 * self.age.film_factor / self._heat(15_000))
        self.lag_v += (0.0003 * current_a - self.lag_v) * (1 - math.exp(-dt_s / 90))
        return oxide_v(y) - graphite_v(x) - kinetics - ohmic - self.lag_v


def curve(points: int = 21) -> list[float]:
    """Voltages at rest of the new cell at equal steps of charge, as a laboratory would measure them."""
    return [Cell(i / (points - 1)).rest_v() for i in range(points)]


def resistances() -> tuple[float, float, float]:
    """R0, R1 and time constant from a pulse of 25 A on the new cell at half charge and 25 °C."""
    cell = Cell(0.5)
    rest = cell.rest_v()
    first = cell.step(25.0)
    for _ in range(59):
        last = cell.step(25.0)
    sagged = rest - Cell(cell.soc).rest_v()
    r0 = (rest - first) / 25.0
    return r0, max(1e-5, (rest - sagged - last) / 25.0 - r0), 30.0
