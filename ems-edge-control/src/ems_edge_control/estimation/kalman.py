"""State of charge by an extended Kalman filter over an equivalent circuit of the battery.

The circuit is an open-circuit voltage OCV(SOC), a series resistance and two RC pairs (G. L. Plett, J. Power
Sources 134 (2004) 277–292, DOI 10.1016/j.jpowsour.2004.02.033): charge transfer within half a minute,
diffusion within ten. Its state is augmented, so that the voltage is not taken to tell more than it does:

- the three resistances, as logarithms of their ratio to what is expected: cold, age and a low charge change
  them severalfold, and what they cost in volts would else be read as charge;
- the offset of the current sensor, so that a biased sensor does not carry the estimate away;
- the error of the curve, which stays until charge has moved: hysteresis, another cell than the one measured;
- a slow voltage for what the circuit leaves out and which lasts for minutes. Taken for noise, sample after
  sample would confirm the same mistake.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ems_edge_control.estimation.cell import CellModel, Estimate

SOC, FAST, DIFFUSION, SLOW, CURVE, BIAS, R0, R1, R2 = range(9)
SIZE = 9
LONGEST_PART_S = 15.0
SMALLEST_SLOPE_V = 0.01
FARTHEST_REACH = 0.15
# An innovation beyond that many deviations is cut: one bad sample must not throw the estimate.
MOST_DEVIATIONS = 4.0
# Nobody knows what the battery did just before: perhaps a load of that many times its capacity per hour.
BEFORE_C = 0.15
# The logarithms of the resistances: how far they may be off, how fast they forget, what is still believed.
RESISTANCE_DEVIATION = np.array([0.5, 0.5, 0.7])
RESISTANCE_MEMORY_S = 6 * 3600.0
RESISTANCE_BOUND = 2.0
DIFFUSION_S = 600.0
# Diffusion, as part of the resistance of the fast pair.
DIFFUSION_PART = 0.8
# What the circuit leaves out is some thirty percent of the drop under load, for a minute or two.
UNMODELLED_PART = 0.3
UNMODELLED_S = 100.0
# Kinetics are not linear: at some amperes the drop is up to half another one than a resistance would have.
KINETIC_PART = 0.5
# Under load the surface of the particles is ahead of their mean by that many hours of the current, which no
# circuit with constant resistances shows. Where the curve is steeper than in its middle, that costs volts.
SURFACE_H = 0.1
STEEP_OVER = 0.02
MIDDLE = (0.1, 0.9)
# The error of the curve is another one after that much charge.
CURVE_REACH = 0.3
# Error of the capacity, as a random walk over half a charge.
CAPACITY_ERROR = 0.03


class KalmanEstimator:
    """Extended Kalman filter over charge, polarisation, resistances and the errors of sensor and curve.

    Args:
        model: The battery.
        soc_ratio: First guess.
        deviation_ratio: How far it may be off.
        current_noise_a: Noise of the current sensor.
        bias_a: How large its offset may be; by default 2 % of the capacity per hour.
        voltage_noise_v: Noise of the voltage sensor; by default 5 mV for each cell in series.
    """

    def __init__(
        self,
        model: CellModel,
        soc_ratio: float = 0.5,
        deviation_ratio: float = 0.3,
        *,
        current_noise_a: float | None = None,
        bias_a: float | None = None,
        voltage_noise_v: float | None = None,
    ) -> None:
        self.model = model
        size = model.capacity_ah
        bias = 0.02 * size if bias_a is None else bias_a
        noise_v = 0.005 * model.cells_in_series if voltage_noise_v is None else voltage_noise_v
        self._expected = np.array([model.series_ohm, model.pair_ohm, DIFFUSION_PART * model.pair_ohm])
        self._curve_v2 = model.hysteresis_v**2 + (model.cells_in_series * model.ocv_deviation_v) ** 2
        low, high = MIDDLE
        self._middle_v = (model.ocv(high) - model.ocv(low)) / (high - low)
        before_v2 = (BEFORE_C * size * self._expected[1:]) ** 2
        self.state: NDArray[np.float64] = np.zeros(SIZE)
        self.state[SOC] = soc_ratio
        self.covariance: NDArray[np.float64] = np.diag(
            [deviation_ratio**2, *before_v2, 0.0, self._curve_v2, bias**2, *RESISTANCE_DEVIATION**2]
        )
        self._current_noise_a = 0.005 * size if current_noise_a is None else current_noise_a
        self._bias_drift = (bias / 3600) ** 2
        self._voltage_noise = noise_v**2

    def resume(self, state: Sequence[float], covariance: Sequence[float]) -> None:
        """Go on from a saved state and its covariance, row by row."""
        self.state = np.array(state)
        self.covariance = np.array(covariance).reshape(len(state), len(state))

    @property
    def estimate(self) -> Estimate:
        """The present state of charge and its uncertainty."""
        deviation = math.sqrt(max(0.0, float(self.covariance[SOC, SOC])))
        return Estimate(float(min(max(self.state[SOC], 0.0), 1.0)), deviation)

    @property
    def resistances_ohm(self) -> tuple[float, float, float]:
        """Series resistance and those of the two pairs, as learned."""
        series, pair, diffusion = (self._expected * np.exp(self.state[R0:])).tolist()
        return series, pair, diffusion

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
        parts = max(1, math.ceil(dt_s / min(LONGEST_PART_S, max(1.0, 0.5 * self.model.tau_s))))
        for _ in range(parts):
            self._predict(current_a, dt_s / parts, soh_ratio)
        if voltage_v is not None and math.isfinite(voltage_v):
            self._correct(current_a, voltage_v)
        self.state[SOC] = min(max(self.state[SOC], -0.02), 1.02)
        self.state[R0:] = self.state[R0:].clip(-RESISTANCE_BOUND, RESISTANCE_BOUND)
        return self.estimate

    def _predict(self, current_a: float, dt_s: float, soh_ratio: float) -> None:
        model, state = self.model, self.state
        # Cold takes no charge away; it shows as polarisation, which the voltage tells.
        capacity_as = model.capacity_as(soh_ratio, None)
        true_a = current_a - float(state[BIAS])
        kept = 1.0 if true_a > 0 else model.coulomb_efficiency
        per_a = kept * dt_s / capacity_as
        r0_ohm, r1_ohm, r2_ohm = self.resistances_ohm
        decay = np.ones(SIZE)
        decay[FAST] = math.exp(-dt_s / model.tau_s)
        decay[DIFFUSION] = math.exp(-dt_s / DIFFUSION_S)
        decay[SLOW] = math.exp(-dt_s / UNMODELLED_S)
        decay[CURVE] = math.exp(-abs(true_a) * per_a / CURVE_REACH)
        decay[R0:] = math.exp(-dt_s / RESISTANCE_MEMORY_S)
        by_current = np.zeros(SIZE)
        by_current[SOC] = -per_a
        by_current[FAST] = r1_ohm * (1 - decay[FAST])
        by_current[DIFFUSION] = r2_ohm * (1 - decay[DIFFUSION])
        jacobian = np.diag(decay)
        jacobian[:BIAS, BIAS] = -by_current[:BIAS]
        jacobian[FAST, R1] = by_current[FAST] * true_a
        jacobian[DIFFUSION, R2] = by_current[DIFFUSION] * true_a
        left_out_v = UNMODELLED_PART * (abs(state[FAST]) + abs(state[DIFFUSION]) + r0_ohm * abs(true_a))
        steep_v = max(0.0, model.slope(float(state[SOC]), STEEP_OVER) - self._middle_v)
        left_out_v += SURFACE_H * steep_v * abs(true_a) / model.capacity_ah
        self.state = decay * state + by_current * true_a
        noise = (1 - decay**2) * self._spread(left_out_v)
        noise[SOC] = 1e-12 * dt_s + 0.5 * CAPACITY_ERROR**2 * abs(true_a) * per_a
        noise[BIAS] = self._bias_drift * dt_s
        added = np.outer(by_current, by_current) * self._current_noise_a**2
        self.covariance = jacobian @ self.covariance @ jacobian.T + added + np.diag(noise)

    def _spread(self, left_out_v: float) -> NDArray[np.float64]:
        """Variance to which each state that forgets returns."""
        spread = np.zeros(SIZE)
        spread[SLOW] = left_out_v**2
        spread[CURVE] = self._curve_v2
        spread[R0:] = RESISTANCE_DEVIATION**2
        return spread

    def _correct(self, current_a: float, voltage_v: float) -> None:
        """Weigh the voltage against what was expected of it.

        The curve's slope is taken over the uncertainty of the charge, so that on a flat curve a filter that
        knows little sees the bends beyond.
        """
        model, state = self.model, self.state
        soc = float(state[SOC])
        reach = min(max(math.sqrt(self.covariance[SOC, SOC]), 0.005), FARTHEST_REACH)
        # A guess of full or empty can be off to one side only: there is no curve beyond.
        low, high = max(min(soc, 1.0) - reach, 0.0), min(max(soc, 0.0) + reach, 1.0)
        below_v, at_v, above_v = model.ocv(low), model.ocv(soc), model.ocv(high)
        slope = max((above_v - below_v) / (high - low), SMALLEST_SLOPE_V * model.cells_in_series)
        bend_v = (below_v + above_v) / 2 - model.ocv((low + high) / 2)
        r0_ohm = self.resistances_ohm[0]
        series_v = r0_ohm * (current_a - float(state[BIAS]))
        sensitivity = np.array([slope, -1.0, -1.0, -1.0, -1.0, r0_ohm, -series_v, 0.0, 0.0])
        seen = self.covariance @ sensitivity
        noise = self._voltage_noise + 0.5 * bend_v**2 + (KINETIC_PART * series_v) ** 2
        spread = float(sensitivity @ seen) + noise
        most_v = MOST_DEVIATIONS * math.sqrt(spread)
        innovation_v = voltage_v - at_v + float(state[FAST : CURVE + 1].sum()) + series_v
        gain = seen / spread
        self.state = state + gain * min(max(innovation_v, -most_v), most_v)
        keep = np.eye(SIZE) - np.outer(gain, sensitivity)
        # Joseph's form stays symmetric and positive with rounding.
        self.covariance = keep @ self.covariance @ keep.T + np.outer(gain, gain) * noise
