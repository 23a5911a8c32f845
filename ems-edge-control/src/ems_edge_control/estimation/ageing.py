"""State of health from throughput, depth, current, temperature and time, with its margin."""

from __future__ import annotations

import math
from dataclasses import dataclass

GAS_CONSTANT = 8.314462618
REFERENCE_K = 298.15


@dataclass(frozen=True, slots=True)
class Health:
    """State of health (1 = new) with its margin, and the equivalent full cycles so far."""

    soh_ratio: float
    margin_ratio: float
    full_cycles: float


@dataclass
class AgeingModel:
    """Loss of capacity by throughput, depth, current and temperature, and by time.

    Cycles are counted by half cycles between turning points of the state of charge. A half cycle of depth d
    wears
    `d**depth_exponent / (2 · life_cycles)` of the life, more at high current and heat; the calendar part
    follows
    the square root of time and Arrhenius (J. Schmalstieg et al., J. Power Sources 257 (2014) 325–334, DOI
    10.1016/j.jpowsour.2014.02.012). A measured capacity replaces the sum, weighed by its margin.

    Attributes:
        life_cycles: Full cycles to 80 % at 25 °C and 0.5 C.
        depth_exponent: Shallow cycles wear less.
        calendar_per_sqrt_year: Loss in the first year at 25 °C and half charge.
        activation_j_per_mol: Activation energy of ageing.
        soh_ratio: State of health.
        margin_ratio: Its margin.
        full_cycles: Throughput in full cycles.
        age_s: Time since new.
        turn_soc: State of charge at the last turn.
        last_soc: State of charge counted last.
        direction: Of the running half cycle.
    """

    life_cycles: float = 6000.0
    depth_exponent: float = 1.1
    calendar_per_sqrt_year: float = 0.015
    activation_j_per_mol: float = 30_000.0
    soh_ratio: float = 1.0
    margin_ratio: float = 0.02
    full_cycles: float = 0.0
    age_s: float = 0.0
    turn_soc: float | None = None
    last_soc: float | None = None
    direction: int = 0

    def step(self, soc_ratio: float, current_c: float, temperature_degc: float, dt_s: float) -> Health:
        """Take one sample.

        Args:
            soc_ratio: State of charge, 0 to 1.
            current_c: Magnitude of the current over the capacity [1/h].
            temperature_degc: Cell temperature.
            dt_s: Time since the last sample.
        """
        heat = math.exp(
            self.activation_j_per_mol / GAS_CONSTANT * (1 / REFERENCE_K - 1 / (temperature_degc + 273.15))
        )
        self.full_cycles += abs(current_c) * dt_s / 3600 / 2
        self._age(heat * (0.5 + soc_ratio), dt_s)
        self._cycle(soc_ratio, heat * max(1.0, abs(current_c) / 0.5) ** 0.5)
        return Health(self.soh_ratio, self.margin_ratio, self.full_cycles)

    def _age(self, stress: float, dt_s: float) -> None:
        year_s = 365.25 * 86400
        before, self.age_s = self.age_s, self.age_s + dt_s
        loss = self.calendar_per_sqrt_year * (math.sqrt(self.age_s / year_s) - math.sqrt(before / year_s))
        self._lose(loss * stress)

    def _cycle(self, soc: float, stress: float) -> None:
        """Count a half cycle at each turn of the state of charge; turns below 1 % are noise."""
        if self.turn_soc is None or self.last_soc is None:
            self.turn_soc = self.last_soc = soc
            return
        moved = soc - self.last_soc
        if abs(moved) < 0.01:
            return
        direction = 1 if moved > 0 else -1
        if self.direction not in (0, direction):
            depth = abs(self.last_soc - self.turn_soc)
            self._lose(0.2 * depth**self.depth_exponent / (2 * self.life_cycles) * stress)
            self.turn_soc = self.last_soc
        self.direction, self.last_soc = direction, soc

    def _lose(self, loss: float) -> None:
        self.soh_ratio = max(0.0, self.soh_ratio - loss)
        self.margin_ratio = min(0.2, self.margin_ratio + 0.3 * loss)

    def measured(self, soh_ratio: float, margin_ratio: float = 0.01) -> Health:
        """Take in a capacity test."""
        gain = self.margin_ratio**2 / (self.margin_ratio**2 + margin_ratio**2)
        self.soh_ratio += gain * (soh_ratio - self.soh_ratio)
        self.margin_ratio = math.sqrt(1 - gain) * self.margin_ratio
        return Health(self.soh_ratio, self.margin_ratio, self.full_cycles)
