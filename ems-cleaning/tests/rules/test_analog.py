from __future__ import annotations

import math

import made
import numpy as np
import pytest
from ems_common.quality.judge import judge
from ems_common.quality.parameters import Gap
from ems_common.quality.reasons import sentence_of
from ems_common.quality.rules.common import suspicious_pauses
from ems_common.quality.rules.plateaus import PLATEAU_MS, plateaus
from ems_common.quality.series import Series
from hypothesis import given, settings
from hypothesis import strategies as st
from made import bad_places, busy, judged, noisy, point, rules_at

ANALOG = point("analog")


def wave(count: int, mean: float = 50.0, swing: float = 10.0) -> list[float]:
    # A daily wave with a small deterministic ripple, as temperatures and loads have.
    return [
        mean + swing * math.sin(2 * math.pi * n / 96) + 0.3 * math.sin(7.1 * n) + 0.2 * math.sin(3.3 * n)
        for n in range(count)
    ]


def test_a_daily_wave_is_good() -> None:
    assert judged(wave(500), ANALOG).findings == []


@pytest.mark.parametrize(
    ("factor", "rule"), [(3.0, "spike"), (10.0, "spike"), (1000.0, "spike"), (-4.0, "sudden_drop")]
)
def test_a_spike_is_bad_alone(factor: float, rule: str) -> None:
    values = wave(300)
    values[150] *= factor
    assert rules_at(judged(values, ANALOG)) == [(150, rule)]


def test_two_readings_long_spikes_are_found_and_long_steps_left_alone() -> None:
    values = wave(300)
    values[150] *= 10
    values[151] *= 12
    assert bad_places(judged(values, ANALOG)) == [150, 151]
    step = [*wave(150), *[value * 5 for value in wave(150)]]
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


@pytest.mark.parametrize(("step_minutes", "rows"), [(60, 4), (15, 8), (5, 13)])
def test_a_value_that_never_stands_is_stuck_after_hours(step_minutes: int, rows: int) -> None:
    values = noisy(16 * 1440 // step_minutes, step_minutes)
    place = len(values) - rows - 20
    values[place : place + rows + 1] = values[place]
    found = judged(values.tolist(), ANALOG, step_ms=step_minutes * 60_000)
    assert bad_places(found) == list(range(place + 1, place + rows + 1))


def test_what_stands_now_and_then_and_for_long_when_it_does_is_good() -> None:
    values = noisy(24 * 28, 60)
    for place in range(30, len(values) - 10, 24):
        values[place : place + 6] = values[place]
    bad = bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000))
    assert [place for place in bad if place >= 24 * 14] == []


def test_a_charger_is_off_between_its_sessions_however_short_the_time() -> None:
    values = ([0.0] * 20 + [7.2] * 4 + [0.0] * 2 + [3.6] * 3 + [0.0] * 3 + [11.0] * 3 + [0.0] * 11) * 20
    assert judged(values, ANALOG).findings == []


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
    found = rules_at(judged(values, point("analog", power_limit=120.0, rules={"spike": False})))
    assert found == [(10, "impossible_power"), (20, "impossible_power")]


def test_optional_rules_work_when_switched_on() -> None:
    values = [50.0, 51, 49, 50, 52, 48, 50, 51, 90, 50, 49, 51, 50, 48, 52, 50]
    fences = point("analog", rules={"iqr": True, "spike": False})
    average = point("analog", rules={"average": True, "spike": False})
    assert rules_at(judged(values, fences)) == [(8, "iqr")]
    assert rules_at(judged(values, average)) == [(8, "average")]


@pytest.mark.parametrize("step_minutes", [1, 5, 15, 30])
@pytest.mark.parametrize("factor", [0.0, 0.5])
def test_an_hour_lost_or_halved_is_found_at_any_interval(step_minutes: int, factor: float) -> None:
    per_day, rows = 1440 // step_minutes, max(1, 60 // step_minutes)
    values = noisy(3 * per_day, step_minutes)
    place = 2 * per_day + 9 * rows
    values[place : place + rows] *= factor
    found = judged(values.tolist(), ANALOG, step_ms=step_minutes * 60_000)
    assert rules_at(found) == [(n, "sudden_drop") for n in range(place, place + rows)]


def test_a_lost_hour_with_noise_around_zero_is_found() -> None:
    values = noisy(96 * 3, 15)
    values[210:214] = [0.02, 0.0, 0.05, 0.01]
    assert bad_places(judged(values.tolist(), ANALOG)) == [210, 211, 212, 213]


def test_a_lost_hour_is_found_although_the_point_often_halves_for_an_hour() -> None:
    values = noisy(96 * 16, 15)
    for day in range(1, 15):
        values[96 * day + 24 : 96 * day + 28] *= 0.5
    values[96 * 15 + 20 : 96 * 15 + 24] = 0.0
    bad = bad_places(judged(values.tolist(), ANALOG))
    assert [place for place in bad if place >= 96 * 14] == [96 * 15 + n for n in range(20, 24)]


def test_what_lies_between_two_spikes_is_good() -> None:
    values = noisy(1440 * 3, 1)
    values[3000:3002] *= 4
    values[3020:3022] *= 4
    found = judged(values.tolist(), ANALOG, step_ms=60_000)
    assert rules_at(found) == [(n, "spike") for n in (3000, 3001, 3020, 3021)]


def test_lost_readings_never_become_a_habit() -> None:
    values = noisy(24 * 30, 60)
    truth = list(range(40, 24 * 30 - 20, 60))
    values[truth] = 0.0
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000)) == truth


def test_a_machine_that_comes_and_goes_keeps_its_short_pauses() -> None:
    rng = np.random.default_rng(5)
    values: list[float] = []
    while len(values) < 96 * 20:
        values += [60 + rng.random()] * int(rng.integers(1, 8)) + [25 + rng.random()] * int(
            rng.integers(1, 8)
        )
    # In its first two days nothing is known of it.
    assert [place for place in bad_places(judged(values, ANALOG)) if place > 192] == []


def test_a_value_frozen_for_almost_five_days_is_stuck_to_its_end_and_then_a_set_point() -> None:
    values = noisy(24 * 20, 60)
    values[300:415] = values[300]
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000)) == list(range(301, 415))
    values[300:460] = values[300]
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000)) == list(range(301, 420))


def test_a_frozen_value_does_not_hide_the_next_one() -> None:
    values = noisy(24 * 20, 60)
    values[200:240] = values[200]
    values[300:306] = values[300]
    bad = bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000))
    assert bad == [*range(201, 240), *range(301, 306)]


def test_a_spike_beyond_the_limits_has_both_names_and_is_invisible_to_its_neighbours() -> None:
    values = noisy(96 * 3, 15)
    values[200] *= 10
    limited = point("analog", high=500.0, power_limit=400.0)
    found = judged(values.tolist(), limited)
    assert rules_at(found) == [(200, "impossible_power"), (200, "range"), (200, "spike")]


def stretches(values: list[float]) -> list[tuple[int, int]]:
    """Plateaus below their surroundings by their definition, looked for one by one."""
    found = []
    for begin in range(1, len(values)):
        before, first = values[begin - 1], values[begin]
        if before - first < 0.25 * max(abs(before), abs(first)) or before <= first:
            continue
        for end in range(begin + 1, len(values)):
            inside, after = values[end - 1], values[end]
            back = after - inside >= 0.25 * max(abs(inside), abs(after)) and after > inside
            if back and after >= 0.35 * before + 0.65 * first:
                found.append((begin, end))
                break
    return [(begin, end) for begin, end in found if 2 < end - begin <= 4]


@settings(max_examples=200, deadline=None)
@given(levels=st.lists(st.sampled_from([10.0, 11.0, 4.0, 5.0, 0.0, 0.1, 30.0]), min_size=1, max_size=40))
def test_plateaus_are_what_their_definition_says(levels: list[float]) -> None:
    values = np.array(levels)
    found = plateaus(np.arange(len(values)) * 900_000, values, PLATEAU_MS)
    below = found.height < 0
    pairs = set(zip(found.begin[below].tolist(), found.end[below].tolist(), strict=True))
    assert pairs <= set(stretches(levels))
    for begin, end in set(stretches(levels)) - pairs:
        # Left out for its height, or for what is beside it.
        beside = values[max(0, begin - 2) : begin].tolist() + values[end : end + 2].tolist()
        height = min(beside) - values[begin:end].max()
        sides = [np.median(values[max(0, begin - 7) : begin]), np.median(values[end : end + 7])]
        deep = min(sides) - values[begin:end].max()
        assert height <= 0 or height < 2 * (max(beside) - min(beside)) or deep < height / 2


@pytest.mark.parametrize(("seconds", "is_duplicate"), [(0, True), (1, True), (50, True), (90, False)])
def test_the_same_reading_again_shortly_after_is_a_duplicate(seconds: int, is_duplicate: bool) -> None:
    plain = made.series(wave(50))
    times = np.insert(plain.time_ms, 21, plain.time_ms[20] + 1000 * seconds)
    values = np.insert(plain.value, 21, plain.value[20])
    doubled = Series(times, values, np.zeros(51, np.int8))
    expected = [(21, "duplicate")] if is_duplicate else []
    assert rules_at(judge(doubled, ANALOG, made.FAR_FUTURE_MS)) == expected


def test_two_readings_of_one_instant_are_one_reading_whatever_they_say() -> None:
    plain = made.series(wave(50))
    times = np.insert(plain.time_ms, 21, plain.time_ms[20])
    values = np.insert(plain.value, 21, plain.value[20] + 1)
    assert rules_at(judge(Series(times, values, np.zeros(51, np.int8)), ANALOG, made.FAR_FUTURE_MS)) == [
        (21, "duplicate")
    ]


def test_a_repetition_within_a_second_is_a_duplicate_and_the_first_is_kept() -> None:
    plain = made.series(wave(50))
    times = np.insert(plain.time_ms, 21, plain.time_ms[20] + 400)
    values = np.insert(plain.value, 21, plain.value[20])
    doubled = Series(times, values, np.zeros(51, np.int8))
    assert rules_at(judge(doubled, ANALOG, made.FAR_FUTURE_MS)) == [(21, "duplicate")]
    keep_last = point("analog", rules={"duplicate": {"keep": "last"}})
    assert rules_at(judge(doubled, keep_last, made.FAR_FUTURE_MS)) == [(20, "duplicate")]
    fast = made.series([1.0, 1.0, 1.0, 2.0, 2.0, 2.0] * 10, step_ms=200)
    assert judge(fast, point("analog", rules={"spike": False}), made.FAR_FUTURE_MS).findings == []


def test_a_reading_later_than_now_is_from_the_future() -> None:
    readings = made.series(wave(50))
    now_ms = int(readings.time_ms[40]) - 300_000
    assert rules_at(judge(readings, ANALOG, now_ms)) == [(n, "future") for n in range(41, 50)]


def daily(days: int, level: float = 50.0) -> np.ndarray:
    """Four readings an hour: a night, steep ramps and a day, each a little different from the next."""
    rng = np.random.default_rng(3)
    shape = np.concatenate((np.full(28, 0.2), np.linspace(0.2, 1, 6), np.full(36, 1.0), np.full(26, 0.2)))
    return np.round(level * np.tile(shape, days) * (1 + 0.03 * rng.standard_normal(96 * days)), 2)


@pytest.mark.parametrize("place", [16 * 96 + 10, 16 * 96 + 30, 16 * 96 + 33, 16 * 96 + 60])
def test_a_spike_is_found_at_night_on_the_ramp_and_by_day(place: int) -> None:
    values = daily(18)
    values[place] *= 3.5
    assert rules_at(judged(values.tolist(), ANALOG)) == [(place, "spike")]


def test_a_load_with_short_peaks_every_evening_keeps_them_and_loses_what_is_beyond_them() -> None:
    values = daily(18)
    for day in range(18):
        values[96 * day + 80] += 60.0
    known_from = 96 * 5
    assert not judged(values.tolist(), ANALOG).is_bad[known_from:].any()
    values[96 * 17 + 20] += 250.0
    assert [n for n in bad_places(judged(values.tolist(), ANALOG)) if n > known_from] == [96 * 17 + 20]


def test_a_charger_that_is_mostly_off_is_good() -> None:
    values = np.zeros(96 * 20)
    for day in range(1, 20, 2):
        values[96 * day + 30 : 96 * day + 31 + day % 3] = 7.4
    assert judged(values.tolist(), ANALOG).findings == []


def test_a_coarse_sensor_may_stand_as_long_as_it_is_known_to() -> None:
    hours = np.arange(24 * 20)
    coarse = np.round(20 + 1.5 * np.sin(2 * np.pi * hours / 24) ** 3, 0)
    assert judged(coarse.tolist(), ANALOG, step_ms=3_600_000).findings == []
    fine = np.round(20 + 1.5 * np.sin(2 * np.pi * hours / 24) + 0.1 * np.sin(2.3 * hours), 2)
    fine[400:406] = fine[400]
    found = rules_at(judged(fine.tolist(), ANALOG, step_ms=3_600_000))
    assert found == [(n, "stuck") for n in range(401, 406)]


@pytest.mark.parametrize("kind", ["energy", "analog", "digital"])
def test_the_first_reading_after_a_pause_says_so_and_stays_good(kind: str) -> None:
    whole = made.series(made.register(100))
    series = whole.take(np.r_[0:40, 44:100])
    judgement = judge(series, point(kind, rules={"range": True}), made.FAR_FUTURE_MS)
    assert [(f.place, f.rule) for f in judgement.findings] == [(40, "gap")]
    said = sentence_of(judgement.findings[0].detail)
    assert said == "no reading for 75 min, usually one every 15 min"
    assert not judgement.is_bad.any()


def test_a_reading_in_a_hurry_makes_no_pause_of_the_usual_interval() -> None:
    """A daemon that starts, or a clock that is set, sends two readings in a moment; the next ones are on time."""
    time_ms = np.cumsum([10_000] * 20 + [30] + [10_000] * 20)
    assert suspicious_pauses(time_ms, Gap()).tolist() == []
    time_ms[30:] += 20_000
    assert suspicious_pauses(time_ms, Gap()).tolist() == [30]


def test_a_point_that_comes_irregularly_has_no_gaps() -> None:
    rng = np.random.default_rng(5)
    times = made.NOON_MS + np.cumsum(rng.integers(60_000, 1_800_000, 300))
    series = Series(times, np.round(50 + rng.standard_normal(300), 2), np.zeros(300, np.int8))
    assert judge(series, ANALOG, made.FAR_FUTURE_MS).findings == []


def test_the_first_night_of_a_load_is_no_standstill_but_a_frozen_value_by_day_is() -> None:
    day = [50 + 9 * math.sin(n / 7) + 0.3 * math.sin(7.1 * n) for n in range(56)]
    assert judged([*day, *[12.5] * 40], ANALOG).findings == []
    frozen = judged([*day[:50], *[day[49]] * 40], ANALOG)
    assert bad_places(frozen) == list(range(50, 90))


def test_the_last_digit_of_a_temperature_below_zero_is_no_drop() -> None:
    rng = np.random.default_rng(5)
    hours = np.arange(96 * 20) / 4
    smooth = np.round(1.5 * np.cos(hours / 12 * np.pi) - hours / 400, 1)
    frost = smooth - 0.1 * (rng.random(len(hours)) < 0.004)
    assert bad_places(judged(np.round(frost, 1), ANALOG)) == []
    frost[1500] -= 8
    assert bad_places(judged(np.round(frost, 1), ANALOG)) == [1500]


def test_a_halved_hour_is_found_on_a_ramp_too() -> None:
    values = busy(20)
    # 7 o'clock: the load grows by a twelfth an hour.
    place = 18 * 96 + 28
    values[place : place + 4] = np.round(values[place : place + 4] * 0.5, 2)
    assert bad_places(judged(values, ANALOG)) == list(range(place, place + 4))


def test_a_fall_of_two_readings_is_not_held_against_what_it_bends_itself() -> None:
    # Hourly, with the foot of a steep ramp before it: what the ramp and the fall bend is most of what is near.
    day = [45.0] * 8 + [57, 68, 90, 108, 109, 107, 110, 108, 109, 106, 90, 58] + [47.0] * 4
    rng = np.random.default_rng(8)
    values = np.round(np.tile(day, 20) * rng.normal(1, 0.02, 480), 2)
    values[456 + 20 : 456 + 22] *= 0.2
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000)) == [476, 477]


def test_a_few_repetitions_do_not_hide_a_frozen_morning() -> None:
    rng = np.random.default_rng(9)
    values = np.round(np.repeat(50 + 9 * rng.standard_normal(24 * 20), 1), 2)
    # Four pairs and a triple in two weeks: a third repetition is still none by chance.
    for place, rows in ((180, 1), (230, 1), (262, 2), (301, 1), (377, 1)):
        values[place : place + rows + 1] = values[place]
    values[440:444] = values[440]
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=3_600_000)) == [441, 442, 443]
