from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from ems_common.periods import zone
from ems_common.slots import SlotAxis
from ems_normalization.offline import COLUMNS, OfflineMeter, day_slots, days_of, hours_of_day, spread
from ems_normalization.profiles import FREE, WORKING, Profiles
from ems_normalization.report import Report
from hypothesis import given
from hypothesis import strategies as st
from made_sheets import offline_rows, padded

LONDON = zone("Europe/London")
JUNE = date(2026, 6, 1)
METERS = {1: OfflineMeter(1, "Water main", 0, 100), 2: OfflineMeter(2, "Oil", 0, 10)}


def read(rows, tz=LONDON, today=date(2026, 12, 31)):
    report = Report()
    days = days_of(padded(rows, COLUMNS), METERS, tz, today, report)
    return {(d.meter_id, d.day.day): d.energy_micro / 1e6 for d in days}, report


def faults(report):
    return [(f["row"], f["column"], f["severity"], f["what"]) for f in json.loads(report.as_json())["faults"]]


def test_days_of_two_meters():
    values, report = read(
        offline_rows(JUNE, (1, "Water main", {1: 24, 2: 48.5, 30: "12.25"}), (2.0, "Oil", {3: 0}))
    )
    assert values == {(1, 1): 24.0, (1, 2): 48.5, (1, 30): 12.25, (2, 3): 0.0}
    assert faults(report) == []
    assert json.loads(report.as_json())["counts"] == {"rows": 2, "values": 4, "errors": 0, "warnings": 0}


def test_days_after_an_empty_cell_count_and_year_and_month_may_be_text_or_dates():
    rows = offline_rows(JUNE, (1, "Water main", {5: 1, 9: 2}))
    for year, month in (("2026", " 6 "), (datetime(2026, 6, 1), datetime(2026, 6, 1)), (2026.0, 6.0)):
        rows[1] = [year, month]
        values, report = read(rows)
        assert values == {(1, 5): 1.0, (1, 9): 2.0}
        assert faults(report) == []


def test_every_fault_is_told_at_once_and_cells_without_fault_are_taken():
    rows = offline_rows(
        JUNE,
        (
            1,
            "Water mains",
            {1: "n/a", 2: "=SUM(A1)", 3: "1,5", 4: datetime(2026, 6, 4), 5: True, 6: 7, 31: 5},
        ),
        (1, "Water main", {6: 9}),
        ("x", "?", {1: 1}),
        (None, "Oil", {1: 1}),
        (2, " ", {1: 1}),
    )
    values, report = read(rows)
    assert values == {(1, 6): 7.0}
    assert faults(report) == [
        (3, "B", "warning", "the name is not that of the meter"),
        (3, "D", "error", "this is not a number"),
        (3, "E", "error", "this is a formula instead of a value"),
        (3, "F", "error", "this is not a number"),
        (3, "G", "error", "this is not a number"),
        (3, "H", "error", "this is not a number"),
        (3, "AH", "error", "there is no day 31 in 2026-06"),
        (4, "A", "error", "this meter stands in row 3 already"),
        (5, "A", "error", "the meter's id is not a whole number"),
        (6, "A", "error", "the meter's id is not a whole number"),
        (7, "B", "error", "the meter's name is missing"),
    ]
    assert not report.is_refused
    listed = json.loads(report.as_json())["faults"]
    assert all(fault["advice"] for fault in listed)
    assert listed[7]["data"] == {
        "what": {"key": "cell_meter_twice", "values": {"row": 3}},
        "where": [],
        "advice": {"key": "first_row_used", "values": {}},
    }


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ((77, "Ghost", {1: 1}), "there is no offline meter with this id"),
        ((1, "Water main", {1: 2400.1}), "the value is outside the meter's hourly limits"),
        ((1, "Water main", {1: -0.1}), "the value is outside the meter's hourly limits"),
        ((1, "Water main", {}), "the file has no value that can be used"),
        ((1, "Water main", {31: 5}), "the file has no value that can be used"),
    ],
)
def test_what_refuses_the_whole_file(row, what):
    _, report = read(offline_rows(JUNE, row))
    assert report.is_refused
    assert what in [fault[3] for fault in faults(report)]


@pytest.mark.parametrize(
    ("year", "month"), [(None, 6), (26, 6), ("June", 6), (2026, 13), (2026, 0), ("=A1", "x")]
)
def test_an_unreadable_month_refuses_the_file(year, month):
    rows = offline_rows(JUNE, (1, "Water main", {1: 1}))
    rows[1] = [year, month]
    values, report = read(rows)
    assert values == {}
    assert report.is_refused
    assert {fault[0] for fault in faults(report)} == {2}


def test_limits_are_inclusive_and_follow_the_length_of_the_day():
    march = date(2026, 3, 1)
    values, report = read(offline_rows(march, (1, "Water main", {28: 2400, 29: 2300})))
    assert values == {(1, 28): 2400.0, (1, 29): 2300.0}
    _, report = read(offline_rows(march, (1, "Water main", {29: 2400})))
    assert report.is_refused


def test_days_that_have_not_come_are_taken_with_a_warning():
    values, report = read(offline_rows(JUNE, (1, "Water main", {1: 1, 2: 2})), today=JUNE)
    assert len(values) == 2
    assert faults(report) == [(3, "E", "warning", "2026-06-02 has not come yet")]


@pytest.mark.parametrize(
    ("name", "day", "hours", "slots", "first"),
    [
        ("Europe/London", date(2026, 3, 29), 23, 23, "2026-03-29T00:00"),
        ("Europe/London", date(2026, 10, 25), 25, 25, "2026-10-24T23:00"),
        ("Europe/London", date(2026, 6, 1), 24, 24, "2026-05-31T23:00"),
        ("Asia/Kolkata", date(2026, 6, 1), 24, 24, "2026-05-31T19:00"),
        ("Asia/Kathmandu", date(2026, 6, 1), 24, 24, "2026-05-31T19:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5, 23, "2026-10-03T14:00"),
        ("America/Havana", date(2026, 3, 8), 23, 23, "2026-03-08T05:00"),
    ],
)
def test_a_local_day_has_its_own_hours(name, day, hours, slots, first):
    tz = zone(name)
    window = day_slots(day, tz, 60)
    assert hours_of_day(day, tz) == hours
    assert (window.end_utc - window.start_utc).total_seconds() / 3600 == slots
    assert window.start_utc == datetime.fromisoformat(first).replace(tzinfo=UTC)


@given(
    st.dates(date(1995, 1, 1), date(2035, 12, 30)),
    st.sampled_from(
        ["Europe/London", "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe"]
    ),
    st.sampled_from([15, 30, 60]),
)
def test_days_tile_time_without_gap_or_overlap(day, name, minutes):
    tz = zone(name)
    following = date.fromordinal(day.toordinal() + 1)
    assert day_slots(day, tz, minutes).end_utc == day_slots(following, tz, minutes).start_utc


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=100).filter(
        lambda w: sum(w) > 1e-6
    ),
)
def test_spreading_conserves_energy_to_the_last_millionth(energy_micro, weights):
    array = np.array(weights)
    result = spread(energy_micro, array)
    assert int(result.sum()) == energy_micro
    # The last slot with a weight takes the rounding rest of all.
    off = np.abs(result - energy_micro * array / array.sum())
    off[np.flatnonzero(array)[-1]] = 0
    assert off.max() <= 1.01


def test_even_spreading_gives_the_rest_to_the_last_hour():
    assert spread(100, np.ones(24)).tolist() == [4] * 23 + [8]
    assert spread(-1, np.ones(2)).tolist() == [-1, 0]


def test_a_profile_shapes_working_and_free_days_by_local_hour():
    work, rest, half_hour = np.zeros(24), np.ones(24), timedelta(minutes=30)
    work[8:18] = 1
    profiles = Profiles({(1, WORKING): work, (1, FREE): rest}, {1: frozenset({date(2026, 6, 7)})})
    for day, hours in ((date(2026, 6, 5), 10), (date(2026, 6, 7), 24)):
        starts = SlotAxis.of(day_slots(day, LONDON, 30), half_hour).starts()
        weights = profiles.weights(1, day, starts, LONDON)
        assert weights.sum() == hours * 2
        assert profiles.weights(2, day, starts, LONDON).tolist() == [1] * 48
        assert np.flatnonzero(weights)[0] == (16 if hours == 10 else 0)


def test_a_long_list_of_faults_is_cut_but_counted():
    rows = offline_rows(JUNE, (1, "Water main", {6: 1}), *((f"?{n}", "x", {1: 1}) for n in range(600)))
    _, report = read(rows)
    stored = json.loads(report.as_json())
    assert stored["counts"]["errors"] == 600
    assert len(stored["faults"]) == 500
