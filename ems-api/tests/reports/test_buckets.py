"""Time axes and tariffs, without a database."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from ems_api.reports import entry
from ems_api.reports.buckets import Span, buckets, floored
from ems_api.reports.tariffs import curves
from ems_common.periods import zone
from ems_common.slots import SlotAxis
from ems_common.tariffs import Band, TimeOfUse
from hypothesis import given
from hypothesis import strategies as st

LONDON = zone("Europe/London")
INSTANTS = st.datetimes(datetime(2019, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(
    ("Europe/London", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Asia/Shanghai")
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(
    INSTANTS, st.integers(1, 4000), st.sampled_from(("hourly", "daily", "weekly", "monthly", "yearly")), ZONES
)
def test_every_slot_is_in_exactly_one_bucket_and_sums_are_kept(
    start: datetime, hours: int, period_type: str, name: str
) -> None:
    span = floored(Span(start, start + timedelta(hours=hours)), 60, zone(name))
    axis = buckets(span, period_type, zone(name), 60)
    value = np.arange(axis.axis.count, dtype=np.float64)[np.newaxis, :]
    sums = axis.sums(value)
    assert sums.shape == (1, len(axis))
    assert sums.sum() == value.sum()
    if axis.axis.count:
        assert axis.bucket_of_slot.min() >= 0
        assert axis.bucket_of_slot.max() < len(axis)
        assert (axis.starts[1:] > axis.starts[:-1]).all()


@given(INSTANTS, st.integers(1, 90), ZONES, st.sampled_from((15, 30, 60)))
def test_adjacent_local_days_share_no_slot_and_leave_none_out(
    start: datetime, days: int, name: str, minutes: int
) -> None:
    tz = zone(name)
    midnight = start.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [(midnight + timedelta(days=n)).astimezone(UTC) for n in range(days + 1)]
    parts = [floored(Span(a, b), minutes, tz).axis(minutes) for a, b in itertools.pairwise(edges)]
    whole = floored(Span(edges[0], edges[-1]), minutes, tz).axis(minutes)
    joined = np.concatenate([part.starts() for part in parts])
    assert (joined == whole.starts()).all()


def test_an_empty_span_has_no_buckets() -> None:
    kolkata = zone("Asia/Kolkata")
    span = floored(Span(utc("2025-01-01 18:35"), utc("2025-01-01 18:40")), 60, kolkata)
    axis = buckets(span, "daily", kolkata, 60)
    assert axis.axis.count == 0
    assert axis.sums(np.empty((2, 0))).shape == (2, len(axis))


@pytest.mark.parametrize(
    ("period_type", "label"), [("daily", "2025-02-01"), ("monthly", "2025-02"), ("yearly", None)]
)
def test_a_trailing_bucket_appears_only_on_a_boundary(period_type: str, label: str | None) -> None:
    span = Span(utc("2025-01-01 00:00"), utc("2025-02-01 00:00"))
    labels = buckets(span, period_type, LONDON, 60, trailing=True).labels
    assert labels[-1] == (label or "2025")


def test_maximums_of_buckets_without_values_are_unknown() -> None:
    axis = buckets(Span(utc("2025-01-01 00:00"), utc("2025-01-03 00:00")), "daily", LONDON, 60)
    value = np.full((1, 48), np.nan)
    value[0, 5] = -3.0
    assert axis.maximums(value)[0, 0] == -3
    assert np.isnan(axis.maximums(value)[0, 1])


def test_a_day_entered_by_hand_fills_the_slots_that_begin_in_it_where_midnight_cuts_one() -> None:
    # Midnight in Kolkata is half past six in the evening in UTC: hours of the site begin at seven.
    of = entry.Day.of(date(2026, 1, 5), 24.0, zone("Asia/Kolkata"), 60)
    assert of.axis.start_utc.isoformat() == "2026-01-04T19:00:00+00:00"
    assert (of.hours, of.axis.count, sum(of.spread())) == (24.0, 24, 24.0)
    spring = entry.Day.of(date(2026, 3, 29), 23.1, LONDON, 30)
    assert (spring.hours, spring.axis.count, round(sum(spring.spread()), 6)) == (23.0, 46, 23.1)


def axis_of(start: str, count: int, minutes: int = 60) -> SlotAxis:
    return SlotAxis(utc(start), count, timedelta(minutes=minutes))


def tariff(start: str, end: str, *bands: Band) -> TimeOfUse:
    return TimeOfUse(utc(start), utc(end), bands)


def test_a_boundary_inside_a_slot_belongs_to_both_sides() -> None:
    of = tariff("2020-01-01", "2030-01-01", Band(0, 23399, 0.1, "offpeak"), Band(23400, 0, 0.3, "onpeak"))
    found = curves([of], axis_of("2025-01-15 06:00", 1), LONDON)
    assert found.prices[0] == pytest.approx(0.2)
    assert found.peaks[:, 0] == pytest.approx([0, 0.5, 0, 0.5, 0])


def test_the_later_tariff_counts_where_two_overlap_and_outside_there_is_none() -> None:
    old = tariff("2020-01-01", "2025-06-01", Band(0, 0, 1.0, "midpeak"))
    new = tariff("2025-01-02", "2025-01-03", Band(0, 0, 2.0, "deep"))
    found = curves([new, old], axis_of("2025-01-01 12:00", 48), LONDON)
    assert found.prices[:12].tolist() == [1.0] * 12
    assert found.prices[12:36].tolist() == [2.0] * 24
    assert np.isnan(curves([new], axis_of("2025-03-01", 2), LONDON).prices).all()


def test_times_of_day_no_band_covers_have_no_price() -> None:
    of = tariff("2020-01-01", "2030-01-01", Band(0, 43199, 0.1, "offpeak"))
    found = curves([of], axis_of("2025-01-15 11:00", 2), LONDON)
    assert found.prices[0] == pytest.approx(0.1)
    assert np.isnan(found.prices[1])
