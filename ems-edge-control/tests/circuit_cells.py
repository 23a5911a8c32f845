"""Batteries by equivalent circuits that are not the estimator's: two RC pairs, hysteresis, other numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ems_edge_control.estimation import CHEMISTRIES, CellModel, KalmanEstimator


@dataclass
class TwoPairs:
    """Two RC pairs and a hysteresis that follows the charge moved (G. L. Plett's one-state model).

    Attributes:
        ocv: Open-circuit voltage at a state of charge.
        soc: State of charge.
        capacity_ah: True capacity.
        r0_ohm: Series resistance.
        pairs: (resistance, time constant) of the two pairs.
        hysteresis_v: Half the gap between charging and discharging.
    """

    ocv: Callable[[float], float]
    soc: float
    capacity_ah: float = 100.0
    r0_ohm: float = 0.0011
    pairs: tuple[tuple[float, float], ...] = ((0.0004, 15.0), (0.0006, 500.0))
    hysteresis_v: float = 0.0

    def __post_init__(self) -> None:
        self.pair_v = [0.0] * len(self.pairs)
        self.lag_v = 0.0

    def step(self, current_a: float, dt_s: float) -> float:
        """Voltage after a step; discharging is positive."""
        moved = current_a * dt_s / (3600 * self.capacity_ah)
        self.soc -= moved
        follow = math.exp(-abs(30 * moved))
        side = -math.copysign(self.hysteresis_v, current_a) if current_a else self.lag_v
        self.lag_v = follow * self.lag_v + (1 - follow) * side
        for i, (ohm, tau_s) in enumerate(self.pairs):
            self.pair_v[i] += (ohm * current_a - self.pair_v[i]) * (1 - math.exp(-dt_s / tau_s))
        return self.ocv(self.soc) + self.lag_v - sum(self.pair_v) - self.r0_ohm * current_a


def duty(hours: float, dt_s: float, capacity_ah: float, rng: random.Random) -> Iterator[tuple[float, float]]:
    """Currents of a storage unit (time, A): hours of charging and discharging at up to 0.6 C, with ripple and rests."""
    base = 0.0
    for step in range(round(hours * 3600 / dt_s)):
        time_s = step * dt_s
        if step == 0 or time_s // 900 != (time_s - dt_s) // 900:
            base = rng.choice([-0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6]) * capacity_ah
        yield time_s, base + (rng.gauss(0, 0.03 * capacity_ah) if base else 0.0)


def rms_error(
    cell: TwoPairs,
    model: CellModel,
    *,
    wrong: float,
    hours: float = 6.0,
    dt_s: float = 1.0,
    seed: int = 1,
    bounds: tuple[float, float] = (0.1, 0.93),
    settle_s: float = 0.0,
) -> float:
    """RMS error of the estimate [%] with a sensor that reads 1 % of the capacity per hour too much.

    Args:
        cell: The truth.
        model: What the estimator knows.
        wrong: Error of its first guess.
        hours: Length.
        dt_s: Time between samples.
        seed: Of duty and noise.
        bounds: Between which the truth is kept, as a charge controller does.
        settle_s: Time at the start that does not count.
    """
    rng = random.Random(seed)
    estimator = KalmanEstimator(model, cell.soc + wrong, 0.25)
    total, count = 0.0, 0
    for time_s, wanted_a in duty(hours, dt_s, cell.capacity_ah, rng):
        current_a = wanted_a
        if (cell.soc <= bounds[0] and current_a > 0) or (cell.soc >= bounds[1] and current_a < 0):
            current_a = -current_a
        voltage = cell.step(current_a, dt_s) + rng.gauss(0, 0.002)
        found = estimator.step(current_a + 0.01 * model.capacity_ah, voltage, dt_s)
        if time_s >= settle_s:
            total += (found.soc_ratio - cell.soc) ** 2
            count += 1
    return 100 * math.sqrt(total / count)


def lfp_model(capacity_ah: float = 100.0) -> CellModel:
    """What the estimator knows of an iron-phosphate cell when only the chemistry is named."""
    known = CHEMISTRIES["LFP"]
    return CellModel(capacity_ah, known.ocv_soc, known.ocv_v, hysteresis_v=known.hysteresis_v)
