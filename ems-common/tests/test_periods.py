"""Local periods across daylight saving, in the zones where it hurts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_common.errors import BadInput
from ems_common.periods import (
    PERIOD_TYPES,
    as_datetime64,
    from_local,
    local_periods,
    local_seconds_of_day,
    offsets_s,
    zone,
)
from hypothesis import given
from hypothesis import strategies as st

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "America/St_Johns",
    "UTC",
    "+05:30",
    "-03:00",
]


def local(tz, *parts, fold=0):
    return from_local(datetime(*parts), zone(tz), fold=fold)


@pytest.mark.parametrize(
    ("tz", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Australia/Sydney", (2026, 10, 4), 23),
        ("Australia/Sydney", (2026, 4, 5), 25),
        ("Australia/Adelaide", (2026, 10, 4), 23),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Asia/Kathmandu", (2026, 3, 29), 24),
        ("America/New_York", (2026, 11, 1), 25),
    ],
)
def test_days_have_the_length_the_zone_gives_them(tz, day, hours):
    (period,) = local_periods(
        local(tz, *day, 12), local(tz, *day, 12) + timedelta(seconds=1), "daily", zone(tz)
    )
    assert (period.end_utc - period.start_utc) == timedelta(hours=hours)
    assert period.label == "{:04}-{:02}-{:02}".format(*day)


def test_the_baseline_offsets_give_whole_days():
    # Where the predecessor gave 14/24/24/10 hours (west of UTC) and 2/24/24/22 (half an hour off).
    for tz in ("-05:00", "+05:30"):
        start = local(tz, 2026, 1, 1)
        days = local_periods(start, start + timedelta(days=3), "daily", zone(tz))
        assert [(day.end_utc - day.start_utc) / timedelta(hours=1) for day in days] == [24, 24, 24]


def test_a_week_begins_on_monday_and_a_year_on_its_first_day():
    tz = zone("Europe/London")
    weeks = local_periods(
        datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC), "weekly", tz
    )
    assert [week.label for week in weeks] == ["2026-11-16"]
    years = local_periods(datetime(2025, 6, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC), "yearly", tz)
    assert [(year.label, (year.end_utc - year.start_utc).days) for year in years] == [
        ("2025", 365),
        ("2026", 365),
    ]


def test_the_doubled_hour_is_told_apart_by_its_fold():
    first, second = (local("Europe/Berlin", 2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "+5:30", "Europe/"])
def test_an_unknown_zone_is_refused_with_advice(name):
    with pytest.raises(BadInput, match="IANA"):
        zone(name)


def test_an_unknown_period_type_is_refused():
    with pytest.raises(BadInput, match="hourly"):
        local_periods(
            datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "fortnightly", zone("UTC")
        )


@given(
    st.sampled_from(ZONES),
    st.sampled_from(PERIOD_TYPES),
    st.datetimes(datetime(2020, 1, 1), datetime(2029, 1, 1)),
    st.integers(1, 40),
)
def test_periods_join_without_gap_and_cover_what_was_asked(tz, period_type, start, days):
    start_utc = start.replace(tzinfo=UTC)
    end_utc = start_utc + timedelta(days=days)
    periods = local_periods(start_utc, end_utc, period_type, zone(tz))
    assert periods[0].start_utc <= start_utc < periods[0].end_utc
    assert periods[-1].start_utc < end_utc <= periods[-1].end_utc
    for earlier, later in itertools.pairwise(periods):
        assert earlier.end_utc == later.start_utc
        assert earlier.start_utc < earlier.end_utc


@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2029, 1, 1)), st.integers(1, 400))
def test_offsets_of_many_slots_are_those_of_each(tz, start, hours):
    start_utc = start.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    times = as_datetime64(start_utc) + np.arange(hours) * np.timedelta64(1, "h")
    expected = [
        (start_utc + timedelta(hours=n)).astimezone(zone(tz)).utcoffset().total_seconds()
        for n in range(hours)
    ]
    assert offsets_s(times, zone(tz)).tolist() == expected


def test_local_time_of_day_of_a_year_of_hours():
    times = np.arange("2026-01-01", "2027-01-01", np.timedelta64(1, "h"), dtype="datetime64[s]")
    seconds = local_seconds_of_day(times, zone("Europe/London"))
    assert len(times) == 8760
    # One o'clock is skipped in March and doubled in October: every hour of the clock comes 365 times.
    assert np.bincount(seconds // 3600).tolist() == [365] * 24
    july = as_datetime64(datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert seconds[times == july].tolist() == [13 * 3600]
