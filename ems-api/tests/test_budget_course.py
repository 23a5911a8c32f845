"""The course of a budget, by numbers worked out by hand. All days are those of 2026 unless said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from ems_api.budgets.course import Basis, State, course, forecast

NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)
NOON = datetime(2026, 11, 21, 12)
TODAY = NOON.date()


def steady(first: date, count: int, value: float) -> dict[date, float]:
    return {first + timedelta(days=n): value for n in range(count)}


def test_without_the_year_before_a_day_is_the_mean_of_its_weekdays() -> None:
    # Four weeks before Saturday the 21st: 100 on working days, 20 at weekends, 80 on the last Friday.
    days = {day: 20.0 if day.weekday() >= 5 else 100.0 for day in steady(date(2026, 10, 24), 28, 0)}
    days[date(2026, 11, 20)] = 80.0
    found = forecast(days, *NOVEMBER, TODAY)
    assert found.basis is Basis.WEEKDAY
    assert found.of(date(2026, 11, 23)) == 100
    assert found.of(date(2026, 11, 28)) == 20
    assert found.of(date(2026, 11, 27)) == (100 + 100 + 100 + 80) / 4


def test_the_year_before_is_followed_scaled_to_what_is_used_now() -> None:
    days = steady(date(2026, 10, 24), 28, 50) | steady(date(2025, 10, 20), 80, 100)
    days[date(2025, 11, 24)] = 300
    del days[date(2025, 11, 26)]
    found = forecast(days, *NOVEMBER, TODAY)
    assert found.basis is Basis.SEASON
    # Half of the year before: the 23rd is 364 days after the 24th of November 2025.
    assert found.of(date(2026, 11, 23)) == 150
    assert found.of(date(2026, 11, 24)) == 50
    # The day before a year that is not known stands for nothing; the weekday does.
    assert found.of(date(2026, 11, 25)) == 50


def test_a_year_before_that_is_known_too_badly_is_not_followed() -> None:
    days = steady(date(2026, 10, 24), 28, 50) | steady(date(2025, 10, 20), 80, 100)
    for day in range(24, 27):
        del days[date(2025, 11, day)]
    # Of the ten days from the 21st on three are not known a year before, more than a tenth.
    assert forecast(days, *NOVEMBER, TODAY).basis is Basis.WEEKDAY


def test_without_recent_values_nothing_is_expected() -> None:
    found = course(3000, *NOVEMBER, {}, NOON)
    assert (found.used, found.expected, found.basis, found.state) == (None, None, Basis.NONE, State.UNKNOWN)
    assert {day.expected_left for day in found.days} == {None}


def test_a_budget_burns_down_by_what_was_used_and_is_expected_to_go_on_so() -> None:
    found = course(3000, *NOVEMBER, steady(date(2026, 10, 24), 28, 110) | {TODAY: 40}, NOON)
    assert found.used == 20 * 110 + 40
    # Ten more days, today among them, at 110.
    assert found.expected == 30 * 110
    assert found.state is State.WARNING
    assert found.elapsed_ratio == pytest.approx(20.5 / 30)
    assert found.missing_days == 0
    lefts = [day.left for day in found.days]
    assert (lefts[0], lefts[19], lefts[20]) == (3000 - 110, 3000 - 20 * 110, None)
    expected = [day.expected_left for day in found.days]
    assert (expected[18], expected[19], expected[29]) == (None, 3000 - 20 * 110, 3000 - 30 * 110)
    assert [found.days[n].even for n in (0, 14, 29)] == pytest.approx([2900, 1500, 0])


def test_a_running_day_uses_at_least_what_it_has_used() -> None:
    found = course(3000, *NOVEMBER, steady(date(2026, 10, 24), 28, 110) | {TODAY: 200}, NOON)
    assert found.expected == 20 * 110 + 200 + 9 * 110


def test_a_day_without_a_value_is_told_and_used_something_too() -> None:
    days = steady(date(2026, 11, 1), 20, 10)
    del days[date(2026, 11, 5)]
    found = course(3000, *NOVEMBER, days, NOON)
    assert found.missing_days == 1
    assert found.used == 19 * 10
    assert found.days[4].used is None
    assert found.expected == 30 * 10


def test_states() -> None:
    def state(amount: float, value: float) -> State:
        return course(amount, *NOVEMBER, steady(date(2026, 10, 24), 28, value), NOON).state

    assert state(100, 110) is State.OVER
    assert state(5000, 110) is State.GOOD
    ahead = course(100, date(2027, 1, 1), date(2027, 2, 1), steady(date(2026, 10, 24), 28, 2), NOON)
    assert (ahead.state, ahead.used, ahead.expected) == (State.FUTURE, None, 31 * 2)


def test_a_year_that_is_over_is_what_was_used() -> None:
    found = course(365, date(2025, 1, 1), date(2026, 1, 1), steady(date(2025, 1, 1), 365, 1), NOON)
    assert (found.used, found.expected, found.elapsed_ratio, found.state) == (365, 365, 1, State.GOOD)
