"""State of charge by an extended Kalman filter over an equivalent circuit of the battery.

The circuit is an open-circuit voltage OCV(SOC), a series resistance R0 and one RC pair (G. L. Plett, J. Power
Sources 134 (2004) 277–292, DOI 10.1016/j.jpowsour.2004.02.033). Its state is augmented:

- by the offset of the current sensor, so that a biased sensor does not carry the estimate away;
- by a slow voltage for what the circuit leaves out: diffusion in the electrodes, hysteresis, resistances
  that are somewhat wrong. Such errors last for minutes; taken for noise, sample after sample would confirm
  the same mistake. As a state of their own they keep the filter honest about what the voltage can tell.

R0, which grows with cold and age, is learned from the jumps of current and voltage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ems_edge_control.estimation.cell import CellModel, Estimate
from ems_edge_control.estimation.resistance import ResistanceEstimator

SOC, PAIR, SLOW, BIAS = range(4)
LONGEST_JUMP_S = 15.0
SCALE_BOUNDS = (0.3, 5.0)
SMALLEST_SLOPE_V = 0.01
FARTHEST_REACH = 0.15
# An innovation beyond that many deviations is cut: one bad sample must not throw the estimate.
MOST_DEVIATIONS = 4.0
# What the circuit leaves out is some thirty percent of the drop under load.
UNMODELLED_PART = 0.3
# Error of the capacity, as a random walk over half a charge.
CAPACITY_ERROR = 0.03


class KalmanEstimator:
    """Extended Kalman filter: SOC, voltage of the RC pair, slow voltage, offset of the current sensor.

    Args:
        model: The battery.
        soc_ratio: First guess.
        deviation_ratio: How far it may be off.
        current_noise_a: Noise of the current sensor.
        bias_a: How large its offset may be.
        voltage_noise_v: Noise of the voltage sensor; by default 5 mV for each cell in series.
        slow_s: Time constant of what the circuit leaves out.
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
        slow_s: float = 400.0,
    ) -> None:
        self.model = model
        size = model.capacity_ah
        bias = 0.02 * size if bias_a is None else bias_a
        noise_v = 0.005 * model.cells_in_series if voltage_noise_v is None else voltage_noise_v
        # Nobody knows what the battery did just before: perhaps a load of a third of its capacity per hour.
        before_v = 0.3 * size * model.pair_ohm
        self.state: NDArray[np.float64] = np.array([soc_ratio, 0.0, 0.0, 0.0])
        self.covariance: NDArray[np.float64] = np.diag(
            [deviation_ratio**2, before_v**2, before_v**2 + model.hysteresis_v**2, bias**2]
        )
        self.resistance = ResistanceEstimator()
        self._current_noise_a = 0.005 * size if current_noise_a is None else current_noise_a
        self._bias_drift = (bias / 3600) ** 2
        self._voltage_noise = noise_v**2
        self._slow_s = slow_s

    def resume(self, state: Sequence[float], covariance: Sequence[float]) -> None:
        """Go on from a saved state and its covariance, row by row."""
        self.state = np.array(state)
        self.covariance = np.array(covariance).reshape(len(state), len(state))

    @property
    def estimate(self) -> Estimate:
        """The present state of charge and its uncertainty."""
        deviation = math.sqrt(max(0.0, float(self.covariance[SOC, SOC])))
        return Estimate(float(min(max(self.state[SOC], 0.0), 1.0)), deviation)

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
            self._predict(current_a, dt_s / parts, r0_ohm, r1_ohm, soh_ratio)
        if voltage_v is not None and math.isfinite(voltage_v):
            self._correct(current_a, voltage_v, r0_ohm)
        self.state[SOC] = min(max(self.state[SOC], -0.02), 1.02)
        return self.estimate

    def _resistances(self) -> tuple[float, float]:
        """R0 as learned; cold and age raise R1 with it, a bad contact does not: half way between both."""
        model = self.model
        expected_ohm = model.series_ohm
        r0_ohm = self.resistance.value(expected_ohm, model.capacity_ah)
        scale = r0_ohm / expected_ohm if expected_ohm > 0 else 1.0
        half_way = 0.5 * (1 + min(max(scale, SCALE_BOUNDS[0]), SCALE_BOUNDS[1]))
        return r0_ohm, model.pair_ohm * half_way

    def _predict(self, current_a: float, dt_s: float, r0_ohm: float, r1_ohm: float, soh_ratio: float) -> None:
        model = self.model
        # Cold takes no charge away; it shows as polarisation, which the voltage tells.
        capacity_as = model.capacity_as(soh_ratio, None)
        true_a = current_a - self.state[BIAS]
        kept = 1.0 if true_a > 0 else model.coulomb_efficiency
        decay, slow_decay = math.exp(-dt_s / model.tau_s), math.exp(-dt_s / self._slow_s)
        rise = r1_ohm * (1 - decay)
        per_a = kept * dt_s / capacity_as
        self.state[SOC] -= true_a * per_a
        self.state[PAIR] = decay * self.state[PAIR] + rise * true_a
        self.state[SLOW] *= slow_decay
        jacobian = np.diag([1.0, decay, slow_decay, 1.0])
        jacobian[SOC, BIAS], jacobian[PAIR, BIAS] = per_a, -rise
        by_current = np.array([-per_a, rise, 0.0, 0.0])
        noise = np.outer(by_current, by_current) * self._current_noise_a**2
        noise[SOC, SOC] += 1e-12 * dt_s + 0.5 * CAPACITY_ERROR**2 * abs(true_a) * per_a
        left_out_v = UNMODELLED_PART * (r0_ohm + r1_ohm) * true_a
        noise[SLOW, SLOW] = (model.hysteresis_v**2 + left_out_v**2) * (1 - slow_decay**2)
        noise[BIAS, BIAS] = self._bias_drift * dt_s
        self.covariance = jacobian @ self.covariance @ jacobian.T + noise

    def _correct(self, current_a: float, voltage_v: float, r0_ohm: float) -> None:
        """Weigh the voltage against what was expected of it.

        The curve's slope is taken over the uncertainty of the charge, so that on a flat curve a filter that
        knows little sees the bends beyond.
        """
        model, soc = self.model, float(self.state[SOC])
        reach = min(max(math.sqrt(self.covariance[SOC, SOC]), 0.005), FARTHEST_REACH)
        below_v, at_v, above_v = model.ocv(soc - reach), model.ocv(soc), model.ocv(soc + reach)
        slope = max((above_v - below_v) / (2 * reach), SMALLEST_SLOPE_V * model.cells_in_series)
        bend_v = (above_v + below_v) / 2 - at_v
        drop_v = self.state[PAIR] + self.state[SLOW] + r0_ohm * (current_a - self.state[BIAS])
        sensitivity = np.array([slope, -1.0, -1.0, r0_ohm])
        seen = self.covariance @ sensitivity
        noise = self._voltage_noise + 0.5 * bend_v**2
        spread = float(sensitivity @ seen) + noise
        most_v = MOST_DEVIATIONS * math.sqrt(spread)
        innovation_v = min(max(voltage_v - at_v + drop_v, -most_v), most_v)
        gain = seen / spread
        self.state = self.state + gain * innovation_v
        keep = np.eye(4) - np.outer(gain, sensitivity)
        # Joseph's form stays symmetric and positive with rounding.
        self.covariance = keep @ self.covariance @ keep.T + np.outer(gain, gain) * noise
