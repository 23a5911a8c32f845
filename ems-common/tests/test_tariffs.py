"""Prices of slots: boundaries within the hour, midnight, gaps, overlaps, daylight saving."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_common.journal import Window
from ems_common.periods import zone
from ems_common.slots import SlotAxis
from ems_common.tariffs import Band, TimeOfUse, slot_prices
from hypothesis import given
from hypothesis import strategies as st

FROM, THROUGH = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
DAY_AND_NIGHT = (Band(0, 7 * 3600 - 1, 0.1), Band(7 * 3600, 86399, 0.3))


def prices(bands, start, hours, tz="UTC", minutes=60, valid=(FROM, THROUGH)):
    axis = SlotAxis.of(Window(start, start + timedelta(hours=hours)), timedelta(minutes=minutes))
    return slot_prices([TimeOfUse(*valid, tuple(bands))], axis, zone(tz))


def test_a_boundary_on_the_half_hour_is_honoured_within_the_hour():
    bands = [Band(0, 6 * 3600 + 1799, 0.1), Band(6 * 3600 + 1800, 0, 0.3)]
    found = prices(bands, datetime(2026, 1, 5, 5, tzinfo=UTC), 3)
    assert found == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize("end", [0, 86399, 86400])
def test_a_band_that_ends_at_midnight_covers_the_last_hour(end):
    assert prices([Band(0, end, 0.5)], datetime(2026, 1, 5, 23, tzinfo=UTC), 1) == pytest.approx([0.5])


def test_a_band_that_ends_before_it_begins_goes_on_past_midnight():
    # A night tariff from ten in the evening to six in the morning, as operators enter it.
    bands = [Band(22 * 3600, 6 * 3600, 0.1), Band(6 * 3600, 22 * 3600, 0.3)]
    found = prices(bands, datetime(2026, 1, 5, 20, tzinfo=UTC), 12)
    assert found.tolist() == [0.3, 0.3, *[0.1] * 8, 0.3, 0.3]


def test_a_time_of_day_that_no_band_covers_has_no_price():
    found = prices([Band(0, 3600, 0.5)], datetime(2026, 1, 5, tzinfo=UTC), 2)
    assert found[0] == 0.5
    assert np.isnan(found[1])


def test_of_overlapping_bands_the_first_counts():
    assert prices([Band(0, 7200, 1.0), Band(3600, 0, 2.0)], datetime(2026, 1, 5, tzinfo=UTC), 3).tolist() == [
        1,
        1,
        2,
    ]


def test_of_overlapping_validities_the_later_start_counts():
    axis = SlotAxis.of(
        Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 3, tzinfo=UTC)), timedelta(hours=1)
    )
    old = TimeOfUse(FROM, THROUGH, (Band(0, 0, 1.0),))
    new = TimeOfUse(
        datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC), (Band(0, 0, 2.0),)
    )
    assert slot_prices([new, old], axis, zone("UTC")).tolist() == [1, 2, 1]


def test_both_two_o_clocks_of_the_25_hour_day_have_the_price_of_their_wall_clock():
    # Berlin, 2026-10-25: 00:00 and 01:00 UTC are both 02:00 on the wall clock.
    bands = [Band(0, 2 * 3600, 1.0), Band(2 * 3600, 3 * 3600, 2.0), Band(3 * 3600, 0, 3.0)]
    found = prices(bands, datetime(2026, 10, 24, 23, tzinfo=UTC), 4, "Europe/Berlin")
    assert found.tolist() == [1, 2, 2, 3]


def test_the_hour_that_is_skipped_has_no_slot():
    # Berlin, 2026-03-29: 01:00 UTC is 03:00 on the wall clock; 02:00 does not exist.
    bands = [Band(0, 2 * 3600, 1.0), Band(2 * 3600, 3 * 3600, 2.0), Band(3 * 3600, 0, 3.0)]
    assert prices(bands, datetime(2026, 3, 29, 0, tzinfo=UTC), 2, "Europe/Berlin").tolist() == [1, 3]


def test_a_zone_of_three_quarters_of_an_hour_prices_each_part():
    # Kathmandu is five and three quarter hours ahead: 01:00 UTC is 06:45 there.
    bands = [Band(0, 7 * 3600, 1.0), Band(7 * 3600, 0, 2.0)]
    found = prices(bands, datetime(2026, 1, 5, 1, tzinfo=UTC), 1, "Asia/Kathmandu")
    assert found == pytest.approx([0.25 * 1.0 + 0.75 * 2.0])


@given(st.lists(st.integers(1, 95), min_size=1, max_size=6, unique=True), st.sampled_from([15, 30, 60]))
def test_the_prices_of_a_day_average_to_the_tariff_whatever_the_slots(quarters, minutes):
    edges = [0, *sorted(q * 900 for q in quarters), 86400]
    bands = [Band(a, b, 0.1 * n) for n, (a, b) in enumerate(itertools.pairwise(edges))]
    expected = sum(band.price_per_unit * (band.end_s - band.start_s) for band in bands) / 86400
    found = prices(bands, datetime(2026, 1, 5, tzinfo=UTC), 24, minutes=minutes)
    assert found.mean() == pytest.approx(expected)


def test_a_year_of_hours_is_priced_in_milliseconds_not_by_the_length_of_the_validity():
    found = prices(DAY_AND_NIGHT, datetime(2026, 1, 1, tzinfo=UTC), 8760, "Europe/London")
    assert len(found) == 8760
    assert found.mean() == pytest.approx((7 * 0.1 + 17 * 0.3) / 24, rel=1e-3)
