"""The mean week of a reference period, and what is usual for an hour."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ems_aggregation.reference import bins_per_week, slot_of_week, usual, week_profile, weeks_before
from ems_aggregation.reference_stage import References, ReferenceSettings
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load

LONDON = ZoneInfo("Europe/London")


def _starts(first_utc: datetime, count: int, minutes: int = 60) -> np.ndarray:
    step = np.timedelta64(60 * minutes, "s")
    return np.datetime64(first_utc.replace(tzinfo=None), "s") + np.arange(count) * step


def test_the_reference_period_consists_of_slots_also_where_midnight_cuts_one() -> None:
    dbs = Databases(load(DatabaseSettings, {"EMS_DB_PASSWORD": "none"}))
    settings = ReferenceSettings(baseline_from="2026-01-05", baseline_days=7)
    of = References(dbs, 60, ZoneInfo("Asia/Kolkata"), settings)
    period = of.reference_period(datetime(2025, 6, 1, tzinfo=UTC))
    assert period.start_utc.isoformat() == "2026-01-04T19:00:00+00:00"
    assert period.end_utc.isoformat() == "2026-01-11T19:00:00+00:00"


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kathmandu"])
def test_the_slot_of_the_week_is_that_of_the_calendar(minutes: int, zone: str) -> None:
    tz = ZoneInfo(zone)
    first = datetime(2026, 3, 20, tzinfo=UTC)
    found = slot_of_week(_starts(first, 3000, minutes), tz, minutes)
    for n, slot in enumerate(found.tolist()):
        local = (first + timedelta(minutes=n * minutes)).astimezone(tz)
        assert slot == (local.weekday() * 1440 + local.hour * 60 + local.minute) // minutes


def test_the_profile_is_the_mean_and_an_unseen_day_takes_that_of_the_others() -> None:
    # Two Mondays and one Tuesday; the second Monday has a gap at one o'clock.
    first = datetime(2026, 1, 5, tzinfo=UTC)
    starts = np.concatenate(
        [_starts(first, 48), _starts(first + timedelta(days=7), 24)],
    )
    value = np.concatenate([np.full(24, 10.0), np.full(24, 40.0), np.full(24, 20.0)])[np.newaxis, :]
    value[0, 49] = np.nan
    week = week_profile(value, slot_of_week(starts, LONDON, 60), bins_per_week(60))[0]
    assert (week[0], week[1], week[24], week[48]) == (15, 10, 40, 27.5)
    assert np.isnan(week_profile(np.full((1, 72), np.nan), slot_of_week(starts, LONDON, 60), 168)).all()


def test_a_week_before_is_the_same_time_by_the_clock() -> None:
    first = datetime(2026, 3, 27, tzinfo=UTC)
    starts = _starts(first, 240)
    for number, earlier in enumerate(weeks_before(starts, LONDON, 3), 1):
        for now, before in zip(starts.tolist(), earlier.tolist(), strict=True):
            local = now.replace(tzinfo=UTC).astimezone(LONDON)
            # Aware arithmetic goes by the wall clock; a time that was skipped becomes the one an hour on.
            same = (local - timedelta(weeks=number)).astimezone(UTC)
            assert before.replace(tzinfo=UTC) == same


def test_what_is_usual_is_the_median_of_the_weeks_that_have_a_value() -> None:
    random = np.random.default_rng(3)
    history = random.random((5, 4, 60))
    history[random.random(history.shape) < 0.5] = np.nan
    found = usual(history)
    for row in range(4):
        for slot in range(60):
            known = [value for value in history[:, row, slot].tolist() if value == value]
            if known:
                assert found[row, slot] == pytest.approx(statistics.median(known))
            else:
                assert np.isnan(found[row, slot])
