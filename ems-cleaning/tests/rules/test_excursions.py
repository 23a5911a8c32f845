"""Which readings are wrong when a register falls: those before the fall, or those after it."""

from __future__ import annotations

import pytest
from ems_common.quality.rules.registers import Meter
from made import bad_places, judged, point, register, rules_at

HOUR_MS = 3_600_000


def test_good_hours_between_two_long_drops_are_good() -> None:
    values = [100_000.0 + 50.0 * n for n in range(480)]
    for rows, factor in ((range(150, 210), 0.1), (range(250, 330), 0.5)):
        for place in rows:
            values[place] *= factor
    assert bad_places(judged(values)) == [*range(150, 210), *range(250, 330)]


def test_good_hours_between_two_deep_dents_are_good() -> None:
    values = [150_000.0 + 70.0 * n for n in range(24 * 5)]
    truth = []
    for begin in (20, 60):
        for n in range(16):
            values[begin + n] -= 40_000.0 * (1 - ((n - 7.5) / 8.5) ** 2)
            truth.append(begin + n)
    assert bad_places(judged(values, step_ms=HOUR_MS)) == truth


@pytest.mark.parametrize("rows", [3, 6])
def test_a_step_out_of_rest_and_back_is_a_spike_however_usual_the_step(rows: int) -> None:
    steps = [0.0] * 30 + [8.0, 4.0, 20.0, 8.0] + [0.0] * 30 + [8.0, 12.0, 4.0] + [0.0] * 60
    values = [1000.0 + sum(steps[:n]) for n in range(len(steps))]
    for place in range(50, 50 + rows):
        values[place] += 30.0
    assert rules_at(judged(values, step_ms=HOUR_MS)) == [(n, "spike") for n in range(50, 50 + rows)]


def test_of_two_single_readings_the_one_that_stands_out_is_wrong() -> None:
    values = [1000.0 + 10.0 * n for n in range(200)]
    values[100] += 17.0
    assert rules_at(judged(values, step_ms=HOUR_MS)) == [(100, "spike")]
    values[100] -= 34.0
    assert rules_at(judged(values, step_ms=HOUR_MS)) == [(100, "dip")]


@pytest.mark.parametrize("height", [80.0, 400.0])
def test_a_spike_in_which_the_register_counts_on_is_found(height: float) -> None:
    values = [5000.0 + 10.0 * n for n in range(200)]
    for place in range(100, 107):
        values[place] += height
    assert bad_places(judged(values, step_ms=HOUR_MS)) == list(range(100, 107))


def test_half_a_register_that_counts_on_quickly_is_a_dip() -> None:
    values = [10_000.0 + 2000.0 * n for n in range(400)]
    for place in range(60, 120):
        values[place] *= 0.5
    assert bad_places(judged(values, step_ms=600_000)) == list(range(60, 120))


def test_a_fall_that_is_not_yet_over_puts_no_blame_on_the_hours_before() -> None:
    steps = [0.0] * 20 + [8.0, 4.0, 20.0] + [0.0] * 20 + [8.0, 8.0, 6.0, 20.0] + [0.0] * 30
    values = [1000.0 + sum(steps[: n + 1]) for n in range(len(steps))]
    values[-1] -= 19.0
    assert bad_places(judged(values, step_ms=HOUR_MS)) == [len(values) - 1]


def test_a_glitch_of_a_register_that_seldom_moves_does_not_make_leaps_usual() -> None:
    values = register(100, step=0.0, start=1200.0)
    truth = [20, 21, 50, 70, 71]
    for place, height in zip(truth, (130.0, 130.0, 94.0, 130.0, 130.0), strict=True):
        values[place] += height
    for known in (point(), point(meter=Meter(max_rate=22.0))):
        assert bad_places(judged(values, known, step_ms=HOUR_MS)) == truth
