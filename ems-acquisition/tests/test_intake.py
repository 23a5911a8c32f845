from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ems_acquisition.batch import pack, unpack
from ems_acquisition.intake import Intake
from ems_acquisition.site import Point, Source
from ems_common.clock import utc_now
from ems_common.drivers.base import Quality, Reading
from ems_common.readings import Kind, changes, columns_by_kind, to_ms, to_utc

NOW_UTC = utc_now().replace(microsecond=0) - timedelta(hours=1)
SOURCE = Source(
    7,
    "plant",
    "mqtt",
    "{}",
    (Point(1, Kind.ENERGY, 1.0, 0.0, True, "{}"), Point(2, Kind.ANALOG, 1.0, 0.0, False, "{}")),
)


def reading(index: int, value: float | None, seconds: float = 0.0, **more: object) -> Reading:
    return Reading(index, value, NOW_UTC + timedelta(seconds=seconds), **more)


def test_history_is_kept_for_trend_points_only_and_the_live_value_for_all() -> None:
    rows = Intake(SOURCE, 0, {}, 300).rows([reading(0, 5.0), reading(1, 6.0)])
    assert [(row.point_id, row.keep) for row in rows] == [(1, True), (2, False)]


def test_the_first_reading_of_each_storage_slot_is_kept() -> None:
    intake = Intake(SOURCE, 60, {}, 300)
    start = (60 - NOW_UTC.second) % 60
    rows = intake.rows([reading(0, 1.0, start + n * 20) for n in range(7)])
    assert [row.keep for row in rows] == [True, False, False, True, False, False, True]
    again = Intake(SOURCE, 60, {1: rows[-1].time_ms}, 300)
    assert [row.keep for row in again.rows([reading(0, 1.0, start + 130)])] == [False]


def test_older_or_equal_times_are_late() -> None:
    intake = Intake(SOURCE, 0, {1: to_ms(NOW_UTC)}, 300)
    assert [row.late for row in intake.rows([reading(0, 1.0, s) for s in (-5, 0, 5, 5, 4, 6)])] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_without_knowledge_of_the_stored_times_everything_is_late() -> None:
    assert [row.late for row in Intake(SOURCE, 0, None, 300).rows([reading(0, 1.0), reading(0, 1.0, 1)])] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    "bad",
    [
        reading(0, None),
        reading(0, 5.0, quality=Quality.BAD, reason="device failure"),
        reading(0, 5.0, 2 * 3600 + 400),
        Reading(0, 5.0, datetime(1999, 12, 31, tzinfo=UTC)),
        reading(0, float("nan")),
    ],
)
def test_an_unusable_reading_is_refused_and_its_state_is_told_once(bad: Reading, capsys) -> None:
    intake = Intake(SOURCE, 0, {}, 300)
    assert intake.rows([bad, bad]) == []
    assert set(intake.bad_points) == {1}
    assert len(intake.rows([reading(0, 1.0)])) == 1
    assert intake.bad_points == {}
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("point_bad") == 1
    assert (printed.out + printed.err).count("point_good_again") == 1


def test_a_batch_survives_the_way_through_the_spool() -> None:
    rows = Intake(SOURCE, 0, {}, 300).rows([reading(0, 5.25), reading(1, -6.0)])
    assert unpack(pack(rows)) == rows


def test_journal_ranges_are_one_for_each_source_and_one_for_each_late_point() -> None:
    intake = Intake(SOURCE, 0, {1: to_ms(NOW_UTC)}, 300)
    rows = intake.rows([reading(0, 1.0, 10), reading(0, 1.0, 20), reading(0, 1.0, -30), reading(1, 2.0, 40)])
    found = {(c.entity_kind, c.entity_id): (c.from_utc, c.to_utc) for c in changes(rows)}
    millisecond = timedelta(milliseconds=1)
    late_utc = NOW_UTC - timedelta(seconds=30)
    assert found == {
        ("data_source", 7): (NOW_UTC + timedelta(seconds=10), NOW_UTC + timedelta(seconds=20) + millisecond),
        ("point", 1): (late_utc, late_utc + millisecond),
    }
    assert to_utc(to_ms(NOW_UTC)) == NOW_UTC


def test_of_equal_keys_in_a_batch_the_last_one_counts() -> None:
    rows = Intake(SOURCE, 0, {}, 300).rows([reading(0, 1.0), reading(0, 2.0), reading(0, 3.0, -1)])
    ordered = columns_by_kind(rows)[Kind.ENERGY].sorted()
    assert ordered.value.tolist() == [3.0, 2.0]
    assert ordered.newest().value.tolist() == [2.0]
