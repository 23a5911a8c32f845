from __future__ import annotations

import math

import numpy as np
import pytest
from made import bad_places, judged, point, rules_at

ANALOG = point("analog")


def wave(count: int, mean: float = 50.0, swing: float = 10.0) -> list[float]:
    # A daily wave with a small deterministic ripple, as temperatures and loads have.
    return [
        mean + swing * math.sin(2 * math.pi * n / 96) + 0.3 * math.sin(7.1 * n) + 0.2 * math.sin(3.3 * n)
        for n in range(count)
    ]


def test_a_daily_wave_is_good() -> None:
    assert judged(wave(500), ANALOG).findings == []


@pytest.mark.parametrize("factor", [3.0, 10.0, 1000.0, -4.0])
def test_a_spike_is_bad_alone(factor: float) -> None:
    values = wave(300)
    values[150] *= factor
    assert rules_at(judged(values, ANALOG)) == [(150, "spike")]


def test_two_readings_long_spikes_are_found_and_long_steps_left_alone() -> None:
    values = wave(300)
    values[150] *= 10
    values[151] *= 12
    assert bad_places(judged(values, ANALOG)) == [150, 151]
    step = [*wave(150), *[value * 8 for value in wave(150)]]
    assert judged(step, ANALOG).findings == []


def test_a_value_lost_as_zero_is_bad() -> None:
    values = wave(300)
    values[200] = 0.0
    assert bad_places(judged(values, ANALOG)) == [200]


def test_a_load_that_is_switched_on_now_and_then_is_good() -> None:
    values = ([0.0] * 20 + [7.2] * 4) * 10
    assert judged(values, ANALOG).findings == []


def test_a_frozen_sensor_is_stuck_from_its_second_reading_on() -> None:
    values = wave(300)
    values[150:190] = [values[150]] * 40
    assert rules_at(judged(values, ANALOG)) == [(n, "stuck") for n in range(151, 190)]


def test_a_set_point_and_a_saturated_sensor_are_not_stuck() -> None:
    assert judged([21.0] * 500, ANALOG).findings == []
    humid = [min(100.0, value) for value in wave(400, mean=92, swing=20)]
    assert judged(humid, point("analog", high=100.0)).findings == []


def test_limits_are_inclusive() -> None:
    values = [0.0, 100.0, 100.001, -0.001, 50.0]
    assert rules_at(judged(values, point("analog", low=0.0, high=100.0))) == [(2, "range"), (3, "range")]


def test_power_beyond_the_physical_limit_is_impossible_in_both_directions() -> None:
    values = wave(50)
    values[10], values[20] = 130.0, -140.0
    found = rules_at(judged(values, point("analog", power_limit=120.0, rules={"hampel": False})))
    assert found == [(10, "impossible_power"), (20, "impossible_power")]


def test_optional_rules_work_when_switched_on() -> None:
    values = [50.0, 51, 49, 50, 52, 48, 50, 51, 90, 50, 49, 51, 50, 48, 52, 50]
    fences = point("analog", rules={"iqr": True, "hampel": False})
    average = point("analog", rules={"average": True, "hampel": False})
    assert rules_at(judged(values, fences)) == [(8, "iqr")]
    assert rules_at(judged(values, average)) == [(8, "average")]


def test_a_repetition_within_a_second_is_a_duplicate_and_the_first_is_kept() -> None:
    import made

    plain = made.series(wave(50))
    times = np.insert(plain.time_ms, 21, plain.time_ms[20] + 400)
    values = np.insert(plain.value, 21, plain.value[20])
    from ems_cleaning.judge import judge
    from ems_cleaning.series import Series

    doubled = Series(times, values, np.zeros(51, np.int8))
    assert rules_at(judge(doubled, ANALOG, made.FAR_FUTURE_MS)) == [(21, "duplicate")]
    fast = made.series([1.0, 1.0, 1.0, 2.0, 2.0, 2.0] * 10, step_ms=200)
    assert judge(fast, point("analog", rules={"hampel": False}), made.FAR_FUTURE_MS).findings == []


def test_a_reading_later_than_now_is_from_the_future() -> None:
    import made
    from ems_cleaning.judge import judge

    readings = made.series(wave(50))
    now_ms = int(readings.time_ms[40]) - 300_000
    assert rules_at(judge(readings, ANALOG, now_ms)) == [(n, "future") for n in range(41, 50)]
