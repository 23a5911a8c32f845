"""Cumulative registers. The expected places are written by hand from what happened to the meter."""

from __future__ import annotations

import numpy as np
import pytest
from ems_common.quality.judge import judge
from ems_common.quality.rules.registers import Meter
from hypothesis import given, settings
from hypothesis import strategies as st
from made import QUARTER_MS, bad_places, judged, point, register, rules_at, series


def test_a_rising_register_is_good() -> None:
    assert judged(register(200)).findings == []


def test_a_register_that_rests_is_good() -> None:
    assert judged([*register(50), *[1049.0] * 30, *register(50, start=1049.0)]).findings == []


@pytest.mark.parametrize("length", [1, 3, 8, 40])
def test_a_zero_glitch_of_any_length_is_bad_and_its_surroundings_are_good(length: int) -> None:
    values = register(200)
    values[100 : 100 + length] = [0.0] * length
    assert bad_places(judged(values)) == list(range(100, 100 + length))


def test_a_concave_dip_that_recovers_is_bad() -> None:
    values = register(100)
    values[50:54] = [1030.0, 1020.0, 1025.0, 1048.0]
    assert rules_at(judged(values)) == [(n, "dip") for n in range(50, 54)]


@pytest.mark.parametrize("length", [1, 2, 20])
def test_a_wrong_unit_is_a_spike_however_long_it_lasts(length: int) -> None:
    values = register(200)
    for n in range(100, 100 + length):
        values[n] *= 1000
    assert rules_at(judged(values)) == [(n, "spike") for n in range(100, 100 + length)]


def test_a_drop_that_never_recovers_is_a_reset_and_good() -> None:
    values = [*register(100), *register(100, start=0.0)]
    judgement = judged(values)
    assert bad_places(judgement) == []
    assert rules_at(judgement) == [(100, "reset")]


def test_a_drop_is_doubtful_until_it_is_confirmed() -> None:
    assert rules_at(judged([*register(50), 0.0])) == [(50, "negative_advance")]
    assert rules_at(judged([*register(50), 0.0, 1.0])) == [(50, "negative_advance"), (51, "negative_advance")]
    assert rules_at(judged([*register(50), 0.0, 1.0, 2.0])) == [(50, "reset")]


def test_a_counter_that_starts_anew_each_midnight_is_reset_not_dipped() -> None:
    day = (
        [0.0] * 28 + [0.5 * n for n in range(40)] + [19.5] * 28
    )  # what a PV inverter's daily yield looks like
    higher = [value * 1.1 for value in day]
    judgement = judged([*day, *higher, *day, *higher], start_ms=1_767_225_600_000)
    assert bad_places(judgement) == []
    assert [rule for _, rule in rules_at(judgement)] == ["reset"] * 3


def test_two_dents_leave_the_readings_between_them_good() -> None:
    values = register(300)
    for begin in (100, 170):
        for n, depth in enumerate([250, 430, 520, 480, 300, 90]):
            values[begin + n] -= depth
    assert rules_at(judged(values)) == [(b + n, "dip") for b in (100, 170) for n in range(6)]


def test_a_drop_to_a_lower_level_and_on_from_there_is_a_reset_with_its_name_beside_it() -> None:
    values = [*register(100), *register(100, start=1060.0)]
    judgement = judged(values)
    assert rules_at(judgement) == [(100, "negative_advance"), (100, "reset")]
    assert bad_places(judgement) == []


def test_a_short_standstill_at_night_is_found_although_the_day_is_ten_times_faster() -> None:
    day = [0.2] * 32 + [2.0] * 32 + [0.2] * 32
    values = [1000.0, *(1000.0 + np.cumsum(day * 4)).round(3)]
    values[201:206] = [values[200]] * 5
    assert rules_at(judged(values)) == [(n, "stuck") for n in range(201, 206)]


def test_a_coarse_register_rests_between_its_steps() -> None:
    values = np.floor(np.cumsum([0.07] * 600)).tolist()
    assert judged(values).findings == []


def test_a_rollover_is_recognised_by_the_modulus() -> None:
    values = [value % 10_000 for value in register(100, step=3.0, start=9_900.0)]
    judgement = judged(values, point(meter=Meter(modulus=10_000.0)))
    assert rules_at(judgement) == [(34, "rollover")]
    assert bad_places(judgement) == []


def test_an_8_bit_register_wraps_many_times_a_day() -> None:
    values = [value % 256 for value in register(300, step=5.0, start=0.0)]
    judgement = judged(values, point(meter=Meter(modulus=256.0)))
    assert {rule for _, rule in rules_at(judgement)} == {"rollover"}
    assert len(judgement.findings) == 5  # 1495 kWh hold five times 256


def test_a_zero_glitch_of_a_wrapping_register_is_no_rollover() -> None:
    values = [value % 10_000 for value in register(100, step=3.0, start=9_900.0)]
    values[20] = 0.0
    judgement = judged(values, point(meter=Meter(modulus=10_000.0)))
    assert bad_places(judgement) == [20]


def test_a_recorded_exchange_explains_any_jump() -> None:
    values = [*register(50), *register(50, start=70_000.0)]
    exchanged_ms = int(series(values).time_ms[50]) - 60_000
    limited = Meter(max_rate=10.0)
    known = Meter(max_rate=10.0, exchanges_ms=(exchanged_ms,))
    assert rules_at(judged(values, point(meter=known))) == [(50, "exchange")]
    unexplained = judged(values, point(meter=limited))
    assert rules_at(unexplained) == [(50, "impossible_power"), (50, "reset")]
    assert bad_places(unexplained) == []


def test_an_advance_beyond_the_physical_limit_is_bad_until_confirmed() -> None:
    limited = point(meter=Meter(max_rate=100.0))
    assert rules_at(judged([*register(50), 9e6], limited)) == [(50, "impossible_power")]
    assert rules_at(judged([*register(50), 9e6, *register(20, start=1050.0)], limited)) == [(50, "spike")]


def test_a_frozen_register_that_catches_up_was_stuck() -> None:
    values = register(200)
    values[100:116] = [1100.0] * 16
    assert rules_at(judged(values)) == [(n, "stuck") for n in range(101, 116)]


def test_an_idle_meter_that_starts_is_not_stuck() -> None:
    values = [*register(4), *[1003.0] * 60, *register(40, step=20.0, start=1003.0)]
    assert judged(values).findings == []


def test_two_faults_near_each_other_are_told_apart() -> None:
    values = register(200)
    values[100] = 0.0
    values[102] = 999_999.0
    values[104:106] = [0.0, 0.0]
    assert rules_at(judged(values)) == [(100, "dip"), (102, "spike"), (104, "dip"), (105, "dip")]


def test_a_reading_out_of_limits_is_invisible_to_the_other_rules() -> None:
    values = register(100)
    values[50] = -5.0
    judgement = judged(values, point(low=0.0))
    assert rules_at(judgement) == [(50, "range")]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0, 50), min_size=20, max_size=150),
    step_ms=st.sampled_from([10_000, 60_000, QUARTER_MS, 3_600_000]),
)
def test_no_rising_register_without_a_standstill_is_ever_doubted(steps: list[float], step_ms: int) -> None:
    values = np.round(np.cumsum(np.asarray(steps) + 0.001), 3)
    assert judge(series(values.tolist(), step_ms), point(), 10**13).findings == []


@settings(max_examples=60, deadline=None)
@given(data=st.data(), length=st.integers(1, 3), start=st.integers(30, 160), level=st.floats(0, 0.9))
def test_any_short_dip_of_a_busy_register_is_found(
    data: st.DataObject, length: int, start: int, level: float
) -> None:
    steps = data.draw(st.lists(st.floats(0.5, 5), min_size=200, max_size=200))
    values = (1000 + np.cumsum(steps)).tolist()
    truth = list(range(start, start + length))
    for place in truth:
        values[place] = values[place] * level
    assert bad_places(judged(values)) == truth


def test_work_that_begins_after_a_rest_has_caught_up_with_nothing() -> None:
    slow, rest = [1000 + 4.0 * n for n in range(60)], 12
    begun = [slow[-1]] * rest + [slow[-1] + 14 + 50.0 * n for n in range(20)]
    assert bad_places(judged([*slow, *begun])) == []
    # The same step is one to catch up with where the pace stays what it was.
    caught = [slow[-1]] * rest + [slow[-1] + 4.0 * (rest + n) for n in range(1, 20)]
    assert bad_places(judged([*slow, *caught])) == list(range(60, 60 + rest))


def test_a_meter_that_rests_every_night_was_not_frozen_in_one_of_them() -> None:
    values, level = [], 1000.0
    for day in range(5):
        # After the third night pumps refill what ran empty: a large step once.
        for hour in range(24):
            level += 0 if hour < 8 else 30 if (day, hour) == (3, 8) else 4
            values.append(level)
    assert bad_places(judged(values, step_ms=3_600_000)) == []


def test_a_spike_out_of_a_long_rest_is_a_spike_and_the_rest_is_none() -> None:
    values = [*register(96 * 4), *[1400.0] * 300, *(1400.0 + n for n in range(1, 400))]
    at = 96 * 4 + 250
    values[at : at + 2] = [1900.0, 1900.0]
    meter = Meter(max_rate=8.0)
    assert bad_places(judged(values, point(meter=meter))) == [at, at + 1]
    assert bad_places(judged(values, point())) == [at, at + 1]


def test_a_long_frozen_register_has_one_verdict_for_each_reading() -> None:
    values = register(900)
    values[400:502] = [values[400]] * 102
    found = judged(values, point(meter=Meter(max_rate=8.0)))
    assert rules_at(found) == [(n, "stuck") for n in range(401, 502)]
