"""State of charge against a battery whose truth is known; its parameters differ from the estimator's."""

from __future__ import annotations

import math
import random

import pytest

from ems_edge_control.estimation import AgeingModel, CellModel, CoulombCounter, KalmanEstimator

MODEL = CellModel(capacity_ah=100.0)


class TrueCell:
    """Two RC pairs, other resistances and 3 % less capacity than the estimator believes."""

    def __init__(self, soc: float) -> None:
        self.soc, self.fast_v, self.slow_v = soc, 0.0, 0.0
        self.capacity_as = 97.0 * 3600

    def step(self, current_a: float, dt_s: float) -> float:
        self.soc -= current_a * dt_s / self.capacity_as
        self.fast_v += (0.0009 * current_a - self.fast_v) * (1 - math.exp(-dt_s / 20))
        self.slow_v += (0.0005 * current_a - self.slow_v) * (1 - math.exp(-dt_s / 400))
        return MODEL.ocv(self.soc) - 0.0022 * current_a - self.fast_v - self.slow_v


def load(second: int, rng: random.Random) -> float:
    """Charge, discharge and rest, with ripple."""
    phase = (second // 1800) % 4
    base = {0: 35.0, 1: 0.0, 2: -32.0, 3: 10.0}[phase]
    return base + rng.gauss(0, 3) if base else 0.0


@pytest.mark.parametrize("wrong", [0.2, -0.2])
def test_the_filter_finds_the_charge_from_a_wrong_start_with_a_biased_sensor(wrong: float) -> None:
    """20 % wrong start, 1 % bias of the sensor's range: below 2 % RMS once it has settled, 3 % over all."""
    rng = random.Random(1)
    cell = TrueCell(0.7)
    estimator = KalmanEstimator(MODEL, 0.7 + wrong, 0.25)
    errors = []
    for second in range(4 * 3600):
        current = load(second, rng)
        voltage = cell.step(current, 1.0)
        found = estimator.step(current + 1.0, voltage + rng.gauss(0, 0.002), 1.0)
        errors.append(found.soc_ratio - cell.soc)
    settled = errors[900:]
    assert math.sqrt(sum(e * e for e in settled) / len(settled)) < 0.02
    assert estimator.estimate.deviation_ratio < 0.05


def test_the_uncertainty_covers_the_error() -> None:
    rng = random.Random(2)
    cell, estimator, inside = TrueCell(0.5), KalmanEstimator(MODEL, 0.6, 0.2), 0
    for second in range(3 * 3600):
        current = load(second, rng)
        found = estimator.step(current, cell.step(current, 1.0) + rng.gauss(0, 0.002), 1.0)
        inside += abs(found.soc_ratio - cell.soc) < 3 * found.deviation_ratio + 0.01
    assert inside / (3 * 3600) > 0.95


def test_coulomb_counting_is_exact_without_errors_and_corrects_itself_at_rest() -> None:
    counter = CoulombCounter(MODEL, 0.8, 0.0)
    for _ in range(3600):
        counter.step(10.0, None, 1.0)
    assert counter.soc_ratio == pytest.approx(0.7, abs=1e-9)
    wrong = CoulombCounter(MODEL, 0.9, 0.2)
    for _ in range(1200):
        wrong.step(0.0, MODEL.ocv(0.6), 1.0)
    assert wrong.soc_ratio == pytest.approx(0.6, abs=0.02)
    assert wrong.deviation_ratio < 0.05


def test_cold_and_age_shrink_the_usable_capacity() -> None:
    assert MODEL.capacity_as(1.0, 25) == 360_000
    assert MODEL.capacity_as(1.0, 5) == pytest.approx(324_000)
    assert MODEL.capacity_as(0.8, None) == pytest.approx(288_000)


def test_ageing_counts_cycles_and_deep_hot_cycles_wear_more() -> None:
    def after(depth: float, temperature: float) -> float:
        model = AgeingModel(calendar_per_sqrt_year=0.0)
        soc, step = 0.9, -0.02
        for _ in range(20_000):
            model.step(soc, 0.5, temperature, 144.0)
            soc += step
            if soc <= 0.9 - depth or soc >= 0.9:
                step = -step
        return 1 - model.soh_ratio

    assert 0 < after(0.2, 25) < after(0.8, 25) < after(0.8, 45)


def test_a_capacity_test_replaces_the_sum_by_its_weight() -> None:
    model = AgeingModel(soh_ratio=0.95, margin_ratio=0.03)
    health = model.measured(0.90, 0.01)
    assert health.soh_ratio == pytest.approx(0.905)
    assert health.margin_ratio < 0.01
