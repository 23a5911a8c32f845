"""The course of a budget: what each day used, what is left, and what will be used by the end.

All times here are the site's wall clock, all amounts are in the budget's unit. A day without a value is not
known, which is another thing than a day that used nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final

Days = Mapping[date, float]
"""What days used, by date; days that are not known are absent."""

DAY: Final = timedelta(days=1)
RECENT_DAYS: Final = 28
"""Days before today that say how much is used at present: four of each weekday."""
YEAR: Final = timedelta(days=364)
"""From a day to the same weekday of the year after."""
KNOWN_SHARE: Final = 0.9
"""Least share of the days to come that the year before must know."""


class Basis(enum.StrEnum):
    """What a forecast rests on."""

    SEASON = "season"
    WEEKDAY = "weekday"
    NONE = "none"


class State(enum.StrEnum):
    """How it stands with a budget."""

    FUTURE = "future"
    UNKNOWN = "unknown"
    GOOD = "good"
    WARNING = "warning"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What days are expected to use.

    Attributes:
        basis: What it rests on.
        of: Expected use of a day; 0 without a basis.
    """

    basis: Basis
    of: Callable[[date], float]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a budget.

    Attributes:
        date: Which.
        used: What it used; None when that is not known, or it has not begun.
        left: What was left at its end, as far as is known; None while it is not over.
        even: What would be left if every day used the same.
        expected_left: What is expected to be left at its end, from the last day that is over on.
    """

    date: date
    used: float | None
    left: float | None
    even: float
    expected_left: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """How far a budget is used.

    Attributes:
        used: What the days with a value used; None when no day has one.
        expected: What will have been used by the end; None when nothing says so.
        basis: What that rests on.
        elapsed_ratio: Share of the budget's time that is over, 0 to 1.
        missing_days: Days that are over and have no value.
        state: How it stands.
        days: Day by day.
    """

    used: float | None
    expected: float | None
    basis: Basis
    elapsed_ratio: float
    missing_days: int
    state: State
    days: tuple[Day, ...]


def days_between(start: date, end: date) -> list[date]:
    """The days from one on, up to another, which does not belong to them."""
    return [start + n * DAY for n in range((end - start).days)]


def forecast(days: Days, start: date, end: date, today: date) -> Forecast:
    """What days are expected to use.

    The same weekdays of the year before, scaled by how the last four weeks compare with theirs; where the
    year before is not known well enough, the mean of the same weekdays in the last four.

    Args:
        days: What days used, those of the year before among them.
        start: First day of the budget.
        end: The day after its last.
        today: The day that is running.
    """
    recent = [day for day in days_between(today - RECENT_DAYS * DAY, today) if day in days]
    if not recent:
        return Forecast(Basis.NONE, lambda _: 0.0)
    by_weekday = _weekday_means(days, recent)
    compared = [day for day in recent if day - YEAR in days]
    then = sum(days[day - YEAR] for day in compared)
    ahead = days_between(max(today, start), end)
    known = sum(day - YEAR in days for day in ahead)
    if ahead and known >= KNOWN_SHARE * len(ahead) and len(compared) >= RECENT_DAYS / 2 and then > 0:
        factor = sum(days[day] for day in compared) / then
        return Forecast(
            Basis.SEASON,
            lambda day: days[day - YEAR] * factor if day - YEAR in days else by_weekday[day.weekday()],
        )
    return Forecast(Basis.WEEKDAY, lambda day: by_weekday[day.weekday()])


def _weekday_means(days: Days, recent: Sequence[date]) -> list[float]:
    """Mean use of each weekday, Monday first; of a weekday that is not known, the mean of all."""
    overall = sum(days[day] for day in recent) / len(recent)
    means = []
    for weekday in range(7):
        same = [days[day] for day in recent if day.weekday() == weekday]
        means.append(sum(same) / len(same) if same else overall)
    return means


def course(amount: float, start: date, end: date, days: Days, now_local: datetime) -> Course:
    """The course of a budget.

    Args:
        amount: What may be used.
        start: Its first day.
        end: The day after its last.
        days: What days used: of the budget, of the last four weeks, and for a forecast by the season those of
            the year before.
        now_local: The site's wall clock, naive.
    """
    today = now_local.date()
    guess = forecast(days, start, end, today)
    dates = days_between(start, end)
    used = [days.get(day) if day <= today else None for day in dates]
    known = [value for value in used if value is not None]
    total = sum(known) if known else None
    # A day that lacks its value used something too; one that is running, at least what it has used.
    likely = [
        value if value is not None and day < today else max(value or 0.0, guess.of(day))
        for day, value in zip(dates, used, strict=True)
    ]
    is_over = today >= end
    has_guess = guess.basis is not Basis.NONE and not is_over
    expected = total if is_over else sum(likely) if has_guess else None
    elapsed = _elapsed_ratio(start, end, now_local)
    lefts = [amount - sum_ for sum_ in accumulate(value or 0.0 for value in used)]
    likely_lefts = [amount - sum_ for sum_ in accumulate(likely)]
    return Course(
        used=total,
        expected=expected,
        basis=guess.basis,
        elapsed_ratio=elapsed,
        missing_days=sum(day < today and value is None for day, value in zip(dates, used, strict=True)),
        state=_state(amount, total, expected, elapsed),
        days=tuple(
            Day(
                date=day,
                used=used[n],
                left=lefts[n] if day < today else None,
                even=amount * (1 - (n + 1) / len(dates)),
                # The expectation begins where the fact ends.
                expected_left=likely_lefts[n] if has_guess and day >= today - DAY else None,
            )
            for n, day in enumerate(dates)
        ),
    )


def _elapsed_ratio(start: date, end: date, now_local: datetime) -> float:
    first = datetime.combine(start, time())
    return min(1.0, max(0.0, (now_local - first) / (end - start)))


def _state(amount: float, used: float | None, expected: float | None, elapsed_ratio: float) -> State:
    if elapsed_ratio == 0:
        return State.FUTURE
    if used is None:
        return State.UNKNOWN
    if used > amount:
        return State.OVER
    return State.WARNING if expected is not None and expected > amount else State.GOOD
