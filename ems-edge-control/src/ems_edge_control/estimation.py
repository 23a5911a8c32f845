"""State of charge and health of a battery from current, voltage and temperature, with their uncertainty.

Current is positive when discharging. Three parts:

- :class:`CoulombCounter` integrates the current and corrects itself by the open-circuit voltage when the
  battery rests.
- :class:`KalmanEstimator` is an extended Kalman filter over a first-order equivalent circuit: an
  open-circuit voltage OCV(SOC), a series resistance R0, and one RC pair. Its state is SOC, the voltage over
  the RC pair, and the offset of the current sensor, so that a biased sensor does not carry the estimate away
  (G. L. Plett, J. Power Sources 134 (2004) 277–292, DOI 10.1016/j.jpowsour.2004.02.033). R0, which grows
  with cold and age, is learned from the jumps of current and voltage (:class:`ResistanceEstimator`).
- :class:`AgeingModel` sums up cyclic and calendar ageing into a state of health with a margin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAS_CONSTANT = 8.314462618
SMALLEST_JUMP_C = 0.02
JUMP_MEMORY = 0.998
EXPECTED_JUMPS = 3.0
LONGEST_JUMP_S = 2.0
SCALE_BOUNDS = (0.3, 5.0)
REFERENCE_K = 298.15

# Open-circuit voltage of a nickel-manganese-cobalt cell at 25 °C, relaxed, SOC 0 … 1 in steps of a tenth.
# Typical values of the chemistry; a site gives its own curve.
NMC_OCV_V = (3.00, 3.45, 3.55, 3.60, 3.64, 3.69, 3.77, 3.88, 3.97, 4.06, 4.18)


@dataclass(frozen=True)
class CellModel:
    """What is known of a battery, for the whole whose voltage and current are measured (cell, module, pack).

    Attributes:
        capacity_ah: Usable capacity when new, at 25 °C.
        ocv_soc: Points of the open-circuit voltage curve: state of charge, rising from 0 to 1.
        ocv_v: Their voltages, rising.
        r0_ohm: Series resistance.
        r1_ohm: Resistance of the RC pair.
        tau_s: Its time constant.
        coulomb_efficiency: Part of a charge that is kept.
        temperature_per_k: Relative loss of capacity for each kelvin below 25 °C.
        hysteresis_v: Half the voltage gap between charging and discharging at rest: model uncertainty.
    """

    capacity_ah: float
    ocv_soc: Sequence[float] = tuple(i / 10 for i in range(11))
    ocv_v: Sequence[float] = NMC_OCV_V
    r0_ohm: float = 0.002
    r1_ohm: float = 0.001
    tau_s: float = 30.0
    coulomb_efficiency: float = 0.998
    temperature_per_k: float = 0.005
    hysteresis_v: float = 0.005

    def capacity_as(self, soh_ratio: float, temperature_degc: float | None) -> float:
        """Usable capacity now [As]."""
        cold = max(0.0, 25.0 - temperature_degc) if temperature_degc is not None else 0.0
        return 3600 * self.capacity_ah * soh_ratio * max(0.3, 1 - self.temperature_per_k * cold)

    def ocv(self, soc: float) -> float:
        """Open-circuit voltage at a state of charge; straight beyond the ends of the curve."""
        points, volts = self.ocv_soc, self.ocv_v
        if soc <= points[0]:
            return volts[0] + (soc - points[0]) * self.slope(points[0])
        if soc >= points[-1]:
            return volts[-1] + (soc - points[-1]) * self.slope(points[-1])
        return float(np.interp(soc, points, volts))

    def slope(self, soc: float) -> float:
        """Rise of the open-circuit voltage [V per unit of SOC]."""
        index = int(np.searchsorted(self.ocv_soc, soc, side="right")) - 1
        index = min(max(index, 0), len(self.ocv_soc) - 2)
        return (self.ocv_v[index + 1] - self.ocv_v[index]) / (self.ocv_soc[index + 1] - self.ocv_soc[index])

    def soc_at(self, ocv_v: float) -> float:
        """State of charge at an open-circuit voltage, 0 to 1."""
        return float(np.interp(ocv_v, self.ocv_v, self.ocv_soc))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A state of charge (0 to 1) with the standard deviation of its error."""

    soc_ratio: float
    deviation_ratio: float


@dataclass
class CoulombCounter:
    """Ah counting with correction at rest.

    Attributes:
        model: The battery.
        soc_ratio: State of charge.
        deviation_ratio: Uncertainty; grows with the charge counted.
        rest_current_c: Below that part of the capacity per hour the battery rests.
        rest_s: It counts as relaxed after resting that long.
        correct_every_s: Time between two corrections.
        sensor_error: Relative error of the current sensor.
        rested_s: For how long it has rested.
        since_s: Since the last correction.
    """

    model: CellModel
    soc_ratio: float = 0.5
    deviation_ratio: float = 0.5
    rest_current_c: float = 0.01
    rest_s: float = 300.0
    correct_every_s: float = 60.0
    sensor_error: float = 0.01
    rested_s: float = 0.0
    since_s: float = 0.0

    def step(
        self,
        current_a: float,
        voltage_v: float | None,
        dt_s: float,
        temperature_degc: float | None = None,
        soh_ratio: float = 1.0,
    ) -> Estimate:
        """Take one sample; current is positive when discharging."""
        capacity_as = self.model.capacity_as(soh_ratio, temperature_degc)
        kept = current_a if current_a > 0 else current_a * self.model.coulomb_efficiency
        moved = kept * dt_s / capacity_as
        self.soc_ratio = min(max(self.soc_ratio - moved, 0.0), 1.0)
        self.deviation_ratio = min(0.5, self.deviation_ratio + self.sensor_error * abs(moved))
        resting = abs(current_a) < self.rest_current_c * self.model.capacity_ah
        self.rested_s = self.rested_s + dt_s if resting else 0.0
        self.since_s += dt_s
        if voltage_v is not None and self.rested_s >= self.rest_s and self.since_s >= self.correct_every_s:
            self._correct(voltage_v)
        return Estimate(self.soc_ratio, self.deviation_ratio)

    def _correct(self, voltage_v: float) -> None:
        """Weigh the count against the curve by their uncertainties; on a flat part the curve says little."""
        self.since_s = 0.0
        seen = self.model.soc_at(voltage_v)
        seen_deviation = self.model.hysteresis_v / max(1e-3, self.model.slope(seen)) + 0.005
        gain = self.deviation_ratio**2 / (self.deviation_ratio**2 + seen_deviation**2)
        self.soc_ratio += gain * (seen - self.soc_ratio)
        self.deviation_ratio = math.sqrt((1 - gain) * self.deviation_ratio**2)


@dataclass
class ResistanceEstimator:
    """Series resistance from jumps of current and voltage between two samples, by least squares.

    Old jumps are forgotten little by little; few and small ones leave the value near the expected one.

    Attributes:
        covered: Sum of −ΔV·ΔI over the jumps [W].
        jumped: Sum of ΔI² [A²].
        last_a: Last current.
        last_v: Last voltage; NaN before the first.
    """

    covered: float = 0.0
    jumped: float = 0.0
    last_a: float = 0.0
    last_v: float = math.nan

    def step(self, current_a: float, voltage_v: float, size_ah: float) -> None:
        """Take a sample; jumps below two percent of the capacity per hour say nothing."""
        jump_a, jump_v = current_a - self.last_a, voltage_v - self.last_v
        self.last_a, self.last_v = current_a, voltage_v
        if math.isnan(jump_v) or abs(jump_a) < SMALLEST_JUMP_C * size_ah:
            return
        self.covered = JUMP_MEMORY * self.covered - jump_a * jump_v
        self.jumped = JUMP_MEMORY * self.jumped + jump_a * jump_a

    def value(self, expected_ohm: float, size_ah: float) -> float:
        """The resistance [Ohm]; the expected one weighs as much as a few jumps of a tenth of the capacity."""
        weight = EXPECTED_JUMPS * (0.1 * size_ah) ** 2
        return max(0.0, (expected_ohm * weight + self.covered) / (weight + self.jumped))


class KalmanEstimator:
    """Extended Kalman filter: SOC, voltage of the RC pair, offset of the current sensor.

    Args:
        model: The battery.
        soc_ratio: First guess.
        deviation_ratio: How far it may be off.
        current_noise_a: Noise of the current sensor.
        bias_a: How large its offset may be.
        voltage_noise_v: Noise of the voltage sensor and of the model together.
        correlation_s: Errors of the model last about that long; samples within it are not independent.
    """

    def __init__(
        self,
        model: CellModel,
        soc_ratio: float = 0.5,
        deviation_ratio: float = 0.3,
        *,
        current_noise_a: float | None = None,
        bias_a: float | None = None,
        voltage_noise_v: float = 0.01,
        correlation_s: float = 60.0,
    ) -> None:
        self.model = model
        size = model.capacity_ah
        noise = 0.005 * size if current_noise_a is None else current_noise_a
        bias = 0.02 * size if bias_a is None else bias_a
        self.state: NDArray[np.float64] = np.array([soc_ratio, 0.0, 0.0])
        self.covariance: NDArray[np.float64] = np.diag([deviation_ratio**2, 0.02**2, bias**2])
        self.resistance = ResistanceEstimator()
        self._is_aware = False
        self._current_noise_a = noise
        self._bias_drift = (bias / 3600) ** 2
        self._voltage_noise = voltage_noise_v**2 + model.hysteresis_v**2
        self._correlation_s = correlation_s

    def resume(self, state: Sequence[float], covariance: Sequence[float]) -> None:
        """Go on from a saved state and its covariance, row by row."""
        self.state = np.array(state)
        self.covariance = np.array(covariance).reshape(len(state), len(state))
        self._is_aware = True

    @property
    def estimate(self) -> Estimate:
        """The present state of charge and its uncertainty."""
        deviation = math.sqrt(max(0.0, float(self.covariance[0, 0])))
        return Estimate(float(min(max(self.state[0], 0.0), 1.0)), deviation)

    def step(
        self,
        current_a: float,
        voltage_v: float | None,
        dt_s: float,
        soh_ratio: float = 1.0,
    ) -> Estimate:
        """Take one sample; current is positive when discharging. Without voltage it only counts.

        Steps longer than the time constant of the battery are done in parts.
        """
        if voltage_v is None or not math.isfinite(voltage_v) or dt_s > LONGEST_JUMP_S:
            self.resistance.last_v = math.nan
        else:
            self.resistance.step(current_a, voltage_v, self.model.capacity_ah)
        r0_ohm, r1_ohm = self._resistances()
        parts = max(1, math.ceil(dt_s / max(1.0, 0.5 * self.model.tau_s)))
        for _ in range(parts):
            self._predict(current_a, dt_s / parts, r1_ohm, soh_ratio)
        if voltage_v is not None and math.isfinite(voltage_v):
            self._correct(current_a, voltage_v, dt_s, r0_ohm, r1_ohm)
        self.state[0] = min(max(self.state[0], -0.02), 1.02)
        return self.estimate

    def _resistances(self) -> tuple[float, float]:
        """R0 as learned; cold and age raise R1 with it."""
        model = self.model
        r0_ohm = self.resistance.value(model.r0_ohm, model.capacity_ah)
        scale = r0_ohm / model.r0_ohm if model.r0_ohm > 0 else 1.0
        return r0_ohm, model.r1_ohm * min(max(scale, SCALE_BOUNDS[0]), SCALE_BOUNDS[1])

    def _predict(self, current_a: float, dt_s: float, r1_ohm: float, soh_ratio: float) -> None:
        model = self.model
        # Cold takes no charge away; it shows as polarisation, which the voltage tells.
        capacity_as = model.capacity_as(soh_ratio, None)
        true_a = current_a - self.state[2]
        kept = 1.0 if true_a > 0 else model.coulomb_efficiency
        decay = math.exp(-dt_s / model.tau_s)
        rise = r1_ohm * (1 - decay)
        step = dt_s / capacity_as
        self.state[0] -= kept * true_a * step
        self.state[1] = decay * self.state[1] + rise * true_a
        jacobian = np.array([[1.0, 0.0, kept * step], [0.0, decay, -rise], [0.0, 0.0, 1.0]])
        by_current = np.array([-kept * step, rise, 0.0])
        noise = np.outer(by_current, by_current) * self._current_noise_a**2
        # Errors of capacity and of the resistances act like slow noise of the states.
        noise[0, 0] += (1e-6 * math.sqrt(dt_s)) ** 2 + (2e-3 * true_a * step) ** 2
        noise[1, 1] += (0.1 * rise * true_a) ** 2
        noise[2, 2] += self._bias_drift * dt_s
        self.covariance = jacobian @ self.covariance @ jacobian.T + noise

    def _correct(self, current_a: float, voltage_v: float, dt_s: float, r0_ohm: float, r1_ohm: float) -> None:
        model, soc = self.model, float(self.state[0])
        expected = model.ocv(soc) - self.state[1] - r0_ohm * (current_a - self.state[2])
        sensitivity = np.array([max(model.slope(soc), 0.02), -1.0, r0_ohm])
        # What the circuit leaves out is some thirty percent of the drop under load, so a loaded battery
        # tells less of its charge.
        loaded = (0.3 * (r0_ohm + r1_ohm) * current_a) ** 2
        # The first sample stands for itself; later ones repeat most of what it says for a while.
        repeated = max(1.0, self._correlation_s / max(dt_s, 1e-3)) if self._is_aware else 1.0
        self._is_aware = True
        noise = (self._voltage_noise + loaded) * repeated
        spread = float(sensitivity @ self.covariance @ sensitivity) + noise
        gain = self.covariance @ sensitivity / spread
        self.state = self.state + gain * (voltage_v - expected)
        keep = np.eye(3) - np.outer(gain, sensitivity)
        # Joseph's form stays symmetric and positive with rounding.
        self.covariance = keep @ self.covariance @ keep.T + np.outer(gain, gain) * noise


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
