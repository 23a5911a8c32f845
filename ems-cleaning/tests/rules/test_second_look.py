"""Excursions close to each other, and among many others."""

from __future__ import annotations

import numpy as np
import pytest
from ems_common.quality.rules.habit import habit_of
from made import bad_places, judged, noisy, point

ANALOG = point("analog")
HOUR_MS = 3_600_000


def test_two_spikes_do_not_hide_each_other_nor_blame_what_is_between() -> None:
    values = noisy(24 * 20, 60)
    values[[400, 402]] *= 4
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=HOUR_MS)) == [400, 402]


def test_the_first_hours_of_work_before_an_outage_are_no_peak() -> None:
    hours = np.arange(24 * 20)
    values = np.where((hours % 24 >= 8) & (hours % 24 < 20), 95.0, 45.0)
    values *= np.random.default_rng(4).normal(1, 0.03, len(hours))
    ten = 24 * 17 + 10
    values[ten : ten + 3] = [44.0, 0.0, 0.0]
    found = bad_places(judged(np.round(values, 2).tolist(), ANALOG, step_ms=HOUR_MS))
    assert {ten + 1, ten + 2} <= set(found) <= {ten, ten + 1, ten + 2}


def test_a_reading_in_a_hundred_that_is_wrong_does_not_become_usual() -> None:
    """Not even in a load whose course is not smooth."""
    time_ms = np.arange(24 * 14) * HOUR_MS
    values = 50 * np.exp(0.6 * np.random.default_rng(7).standard_normal(len(time_ms)))
    clean = habit_of(time_ms, values, 12 * HOUR_MS)
    values[5::59] = 900.0
    faulty = habit_of(time_ms, values, 12 * HOUR_MS)
    assert clean is not None
    assert faulty is not None
    assert faulty.sharp_rise > 8 * clean.rise
    assert faulty.rise < 4 * clean.rise
    assert faulty.top < 2 * clean.top


@pytest.mark.parametrize(("value", "is_bad"), [(44.0, True), (24.0, False)])
def test_a_charger_at_rest_does_not_leap_beyond_its_rating(value: float, is_bad: bool) -> None:
    values = np.zeros(96 * 20)
    rng = np.random.default_rng(3)
    for begin in range(20, 96 * 20, 31):
        values[begin : begin + 6] = np.round(22 * rng.uniform(0.97, 1), 2)
    values[1600:1640] = 0.0
    values[1620] = value
    assert bad_places(judged(values.tolist(), ANALOG)) == ([1620] if is_bad else [])


def test_a_net_load_that_comes_to_nothing_at_noon_is_no_fault() -> None:
    hours = np.arange(24 * 20)
    values = 300 + 60 * np.sin(hours / 24 * 2 * np.pi) + np.random.default_rng(5).normal(0, 5, len(hours))
    ten = 24 * 17 + 9
    values[ten : ten + 8] = [260, 190, 110, 32, -16, 84, 148, 240]
    assert judged(np.round(values).tolist(), ANALOG, step_ms=HOUR_MS).findings == []


def test_a_load_whose_nights_are_low_is_lost_when_it_is_nothing_for_hours() -> None:
    """Its nights are an eighth of its days, so it is not always at work; nothing it never is."""
    values = np.round(noisy(24 * 20, 60) ** 2.5 / 1e3, 2)
    values[400:406] = 0.0
    assert values[300:390].min() < 0.2 * values.max()
    assert bad_places(judged(values.tolist(), ANALOG, step_ms=HOUR_MS)) == list(range(400, 406))
