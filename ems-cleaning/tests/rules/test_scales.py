"""A wrong scale or sign that is over, told by its two steps; and hours of which a share was lost on a ramp."""

from __future__ import annotations

import numpy as np
import pytest
from made import bad_places, judged, noisy, point

ANALOG = point("analog")


@pytest.mark.parametrize("factor", [10.0, 0.1, 100.0, 0.001, -1.0])
@pytest.mark.parametrize("rows", [3, 24, 250])
def test_it_is_found_on_the_first_day_of_a_point(factor: float, rows: int) -> None:
    values = noisy(400, 15)
    values[40 : 40 + rows] *= factor
    assert bad_places(judged(values.tolist(), ANALOG)) == list(range(40, 40 + rows))


def test_it_is_found_where_nights_are_far_below_days() -> None:
    """Such a point is not always at work."""
    values = np.round(noisy(2120, 15) ** 2 / 1e2, 2)
    assert values.min() < 0.2 * values.max()
    values[1938:2034] *= 0.1
    assert bad_places(judged(values.tolist(), ANALOG)) == list(range(1938, 2034))


def test_steps_of_a_coarse_sensor_are_no_hindrance() -> None:
    values = np.round(noisy(2120, 60) / 5) * 5
    values[1938:1950] *= 10
    assert bad_places(judged(values.tolist(), ANALOG)) == list(range(1938, 1950))


def test_a_temperature_that_drifts_through_zero_and_a_machine_of_two_speeds_are_none() -> None:
    hours = np.arange(24 * 20)
    cold = np.round(
        1.5 + 4 * np.sin(hours / 24 * 2 * np.pi) + np.random.default_rng(2).normal(0, 0.3, 480), 1
    )
    assert judged(cold.tolist(), ANALOG, step_ms=3_600_000).findings == []
    speeds = np.round(np.random.default_rng(2).normal(1, 0.2, 480) * np.where(hours % 5 < 2, 4.0, 40.0), 2)
    assert judged(speeds.tolist(), ANALOG, step_ms=3_600_000).findings == []


def shifts(days: int) -> np.ndarray:
    """A working day; it takes four hours to begin and to end."""
    hours = np.arange(96 * days) / 4
    level = np.interp(hours % 24, [0, 6, 10, 16, 20, 24], [30, 30, 100, 100, 30, 30])
    return np.round(level * np.random.default_rng(6).normal(1, 0.01, len(level)), 2)


@pytest.mark.parametrize("quarter", [8, 26, 30, 50, 67, 71])
def test_an_hour_that_is_halved_is_found_also_on_a_ramp(quarter: int) -> None:
    values = shifts(20)
    begin = 96 * 17 + quarter
    values[begin : begin + 4] *= 0.5
    assert bad_places(judged(values.tolist(), ANALOG)) == list(range(begin, begin + 4))
    assert judged(shifts(20).tolist(), ANALOG).findings == []
