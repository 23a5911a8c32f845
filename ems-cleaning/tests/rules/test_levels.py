"""Levels at which a point has never been, for hours or days."""

from __future__ import annotations

import numpy as np
import pytest
from made import bad_places, busy, judged, noisy, point, rules_at

ANALOG = point("analog")


def test_a_load_that_is_never_off_is_lost_for_as_long_as_it_is_nothing() -> None:
    values = busy(20)
    values[1700:1820] = 0.0  # 30 hours, past a midnight
    assert bad_places(judged(values, ANALOG)) == list(range(1700, 1820))
    values[1700:] = 0.0
    found = judged(values, ANALOG)
    assert bad_places(found) == list(range(1700, len(values)))
    assert {finding.rule for finding in found.findings} == {"sudden_drop"}
    # After three days it is off for good, and has been from the beginning.
    longer = [*values, *[0.0] * 96]
    assert len(values) - 1700 < 72 * 4 < len(longer) - 1700
    assert judged(longer, ANALOG).findings == []


def test_a_wrong_unit_is_found_for_as_long_as_it_lasts_and_a_start_from_stand_by_is_none() -> None:
    values = busy(20)
    values[1700:1796] *= 1000
    assert bad_places(judged(values, ANALOG)) == list(range(1700, 1796))
    stand_by = np.round(0.07 + 0.01 * np.random.default_rng(4).random(96 * 20), 3)
    stand_by[1700:1760] = busy(1)[:60]
    assert judged(stand_by, ANALOG).findings == []


@pytest.mark.parametrize(("factor", "rule"), [(10.0, "spike"), (0.1, "sudden_drop"), (-1.0, "sudden_drop")])
@pytest.mark.parametrize(("begin", "rows"), [(1700, 5), (1938, 64), (1840, 250), (2090, 30)])
def test_a_decimal_point_or_a_sign_is_wrong_for_as_long_as_it_is(
    factor: float, rule: str, begin: int, rows: int
) -> None:
    """The last one is still so at the end."""
    values = noisy(2120, 15)
    values[begin : begin + rows] *= factor
    expected = [(place, rule) for place in range(begin, begin + rows)]
    assert rules_at(judged(values.tolist(), ANALOG)) == expected


@pytest.mark.parametrize("factor", [0.2, 4.0, 5.0])
def test_a_load_that_comes_or_goes_for_a_day_is_no_wrong_scale(factor: float) -> None:
    values = noisy(2120, 15)
    values[1938:2034] *= factor
    assert judged(values.tolist(), ANALOG).findings == []


def test_a_tenth_for_a_day_does_not_hide_the_next_one() -> None:
    values = noisy(2400, 15)
    wrong = [*range(1500, 1590), *range(2105, 2200)]
    values[wrong] *= 0.1
    assert bad_places(judged(values.tolist(), ANALOG)) == wrong


def test_one_lost_day_does_not_hide_the_next_one_but_what_is_off_every_sunday_is_off_by_habit() -> None:
    values = busy(40)
    lost = [*range(1940, 2000), *range(2405, 2470)]
    values[lost] = 0.0
    assert bad_places(judged(values.tolist(), ANALOG)) == lost
    weekly = busy(50)
    for week in range(2, 7):
        weekly[96 * 7 * week + 30 : 96 * 7 * week + 62] = 0.0
    bad = bad_places(judged(weekly.tolist(), ANALOG))
    assert {place // (96 * 7) for place in bad} == {2, 3}


def test_a_wrong_unit_for_a_day_does_not_hide_the_next_one() -> None:
    values = busy(40)
    wrong = [*range(1940, 2036), *range(2405, 2501)]
    values[wrong] *= 1000
    assert bad_places(judged(values.tolist(), ANALOG)) == wrong
