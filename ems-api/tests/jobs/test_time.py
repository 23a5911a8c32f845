"""Periods that move with the clock, and when schedules are due: by hand, with the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from ems_api.errors import ApiError
from ems_api.jobs import relative, rhythm

LONDON = ZoneInfo("Europe/London")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
WEDNESDAY = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


def hours(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", "2026-03-31T23:00", "2026-04-01T23:00"),
        ("yesterday", "2026-03-30T23:00", "2026-03-31T23:00"),
        # Clocks went forward on Sunday 29 March: Monday 23 March began at 00:00 UTC.
        ("last_week", "2026-03-23T00:00", "2026-03-29T23:00"),
        ("this_week", "2026-03-29T23:00", "2026-04-05T23:00"),
        ("last_7_days", "2026-03-25T00:00", "2026-03-31T23:00"),
        ("last_month", "2026-03-01T00:00", "2026-03-31T23:00"),
        ("this_month", "2026-03-31T23:00", "2026-04-30T23:00"),
        ("last_quarter", "2026-01-01T00:00", "2026-03-31T23:00"),
        ("last_3_months", "2026-01-01T00:00", "2026-03-31T23:00"),
        ("last_12_months", "2025-03-31T23:00", "2026-03-31T23:00"),
        ("last_year", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("this_year", "2026-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_a_period_is_cut_in_the_zone(period: str, start: str, end: str) -> None:
    found, base = relative.resolve(period, "", WEDNESDAY, LONDON)
    assert (found.start_utc, found.end_utc, base) == (hours(start), hours(end), None)


def test_yesterday_in_a_zone_of_odd_minutes() -> None:
    found, _ = relative.resolve("yesterday", "", WEDNESDAY, KATHMANDU)
    assert (found.start_utc, found.end_utc) == (hours("2026-03-30T18:15"), hours("2026-03-31T18:15"))


def test_previous_is_as_many_units_before() -> None:
    _, base = relative.resolve("last_month", "previous", WEDNESDAY, LONDON)
    assert base is not None
    assert (base.start_utc, base.end_utc) == (hours("2026-02-01T00:00"), hours("2026-03-01T00:00"))
    _, base = relative.resolve("last_7_days", "previous", WEDNESDAY, LONDON)
    assert base is not None
    assert (base.start_utc, base.end_utc) == (hours("2026-03-18T00:00"), hours("2026-03-25T00:00"))


def test_a_year_before_the_29th_of_february_is_the_28th() -> None:
    _, base = relative.resolve("yesterday", "year_before", hours("2028-03-01T12:00"), LONDON)
    assert base is not None
    assert (base.start_utc, base.end_utc) == (hours("2027-02-28T00:00"), hours("2027-03-01T00:00"))


@pytest.mark.parametrize(("period", "compare"), [("last_fortnight", ""), ("today", "before")])
def test_an_unknown_period_or_comparison_is_refused(period: str, compare: str) -> None:
    with pytest.raises(ApiError):
        relative.resolve(period, compare, WEDNESDAY, LONDON)


@pytest.mark.parametrize(
    ("given", "after", "due"),
    [
        ("daily", "2026-04-01T05:30", "2026-04-02T05:00"),
        ("weekly", "2026-04-01T09:30", "2026-04-06T05:00"),
        ("monthly", "2026-04-01T09:30", "2026-05-01T05:00"),
        ("30 7 * * 1-5", "2026-04-03T09:00", "2026-04-06T06:30"),
        # 01:30 does not exist on 29 March: due right after the gap, at 01:00 UTC.
        ("30 1 * * *", "2026-03-28T12:00", "2026-03-29T01:00"),
        # 01:30 comes twice on 25 October: due the first time only.
        ("30 1 * * *", "2026-10-25T00:00", "2026-10-25T00:30"),
        ("30 1 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
    ],
)
def test_a_rhythm_is_due_by_the_clock_on_the_wall(given: str, after: str, due: str) -> None:
    assert rhythm.next_due(rhythm.checked(given), hours(after), LONDON) == hours(due)


@pytest.mark.parametrize(
    "given", ["", "often", "* * * * *", "*/5 * * * *", "0 0 31 2 *", "61 * * * *", "0 0 * * * *"]
)
def test_a_rhythm_that_is_none_or_too_quick_is_refused(given: str) -> None:
    with pytest.raises(ApiError) as refused:
        rhythm.checked(given)
    assert refused.value.detail
