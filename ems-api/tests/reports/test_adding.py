"""Sums of days beside the hourly tables: what reports add up by them is what the slots add up to, always."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import sleep
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ems_api.reports import adding, days, doubts, slots
from ems_api.reports.buckets import Span, buckets
from ems_common import daily_sums
from ems_common.catalog.hourly import CATEGORY, INPUT, Family, family
from ems_common.db import Databases, DatabaseSettings, Session
from ems_common.settings import load
from ems_common.slots import Grid, SlotAxis, replace
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.db

START_UTC = datetime(2025, 3, 28, tzinfo=UTC)
DAYS = 8
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
ENTITIES, PARTS = (1, 2, 3), (1, 2)
DATABASE = "energy_db"
FAMILIES = (family("meter"), family("tenant", INPUT, CATEGORY))
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Europe/London", "Pacific/Kiritimati")


class Killed(Exception):
    """Stands for the end of a process before its transaction is committed."""


@pytest.fixture(scope="module")
def dbs(fresh_database_module: FreshDatabase) -> Iterator[Databases]:
    """Migrated databases without rows, in which days are used however little they save."""
    made = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(made, lambda _line: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adding, "_WORTH_HOURS", 0)
        yield made
    made.close()


@dataclass
class History:
    """What was done to a table, and the slots it must hold for it.

    Attributes:
        dbs: The databases.
        family: The table.
        slots: (entity, part, start) → value and quality.
    """

    dbs: Databases
    family: Family
    slots: dict[tuple[int, int, datetime], tuple[Decimal, int]] = field(default_factory=dict)

    def begin(self) -> None:
        """Empty the table and forget its sums."""
        with self.dbs.session(DATABASE) as session:
            session.execute("DELETE FROM tbl_daily_sums")
            session.execute("DELETE FROM tbl_rollups")
            session.execute(f"DELETE FROM {self.family.table}")

    def write(self, draw: st.DrawFn) -> None:
        """Replace a window of some entities, or be killed before the commit."""
        minutes = draw(st.sampled_from([15, 30, 60, 60]))
        axis = SlotAxis(
            START_UTC + draw(st.integers(0, DAYS * 24 - 1)) * timedelta(hours=1),
            draw(st.integers(1, 120)),
            timedelta(minutes=minutes),
        )
        ids = draw(st.lists(st.sampled_from(ENTITIES), min_size=1, unique=True))
        keys = (
            [(key, part) for key in sorted(ids) for part in PARTS]
            if self.family.split
            else [(k,) for k in ids]
        )
        random = np.random.default_rng(draw(st.integers(0, 2**32)))
        value = np.round(random.uniform(-10, 1e6, (len(keys), axis.count)), 6)
        value[random.random(value.shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))] = np.nan
        quality = random.integers(0, 16, value.shape, dtype=np.uint8)
        grid = Grid(np.array(keys, dtype=np.int64), axis, value, quality)
        try:
            with self.dbs.session(DATABASE) as session:
                replace(session, self.family, grid)
                if draw(st.integers(0, 5)) == 0:
                    raise Killed
        except Killed:
            return
        for place in [p for p in self.slots if p[0] in ids and axis.start_utc <= p[2] < axis.end_utc]:
            del self.slots[place]
        for row, column in zip(*np.nonzero(~np.isnan(value)), strict=True):
            key = (*keys[row], 0)[:2]
            exact = Decimal(f"{value[row, column]:.6f}")
            self.slots[*key, axis.start_utc + int(column) * axis.slot] = (exact, int(quality[row, column]))

    def expected(self, span: Span) -> tuple[dict[tuple[int, int], float], list[int]]:
        """Sums of a span, and counts of its slots: all, estimated, incomplete, provisional."""
        sums: dict[tuple[int, int], Decimal] = {}
        marks = []
        for (entity, part, start), (value, quality) in self.slots.items():
            if span.start_utc <= start < span.end_utc:
                sums[entity, part] = sums.get((entity, part), Decimal(0)) + value
                marks.append(quality)
        counts = [len(marks), *(sum(bool(mark & bit) for mark in marks) for bit in (1, 8, 2))]
        return {key: float(value) for key, value in sums.items()}, counts


def _extend(history: History, days: int, zone: str = "UTC") -> int:
    with history.dbs.session(DATABASE) as session:
        until_utc = START_UTC + days * DAY
        return daily_sums.extend(session, history.family, until_utc, timedelta(hours=1), zone)[0]


def _check(history: History, span: Span, zone: str) -> None:
    sums, counts = history.expected(span)
    with doubts.counted() as counted:
        found = slots.totals(history.dbs, DATABASE, history.family, ENTITIES, span, PARTS)
    assert found == pytest.approx(sums, rel=1e-12, abs=1e-9)
    assert counted.counts.tolist() == counts
    axis = buckets(span, "weekly", ZoneInfo(zone), 15)
    by_week = slots.bucket_totals(history.dbs, DATABASE, history.family, ENTITIES, axis, PARTS)
    if not history.family.split:
        _check_days(history, span, zone)
    assert {key: np.nansum(row) for key, row in by_week.items()} == pytest.approx(sums, rel=1e-12, abs=1e-9)


def _check_days(history: History, span: Span, zone: str) -> None:
    """Each day by itself, nan where it has no slot; and the counts of them all."""
    tz = ZoneInfo(zone)
    axis = buckets(span, "daily", tz, 15)
    with doubts.counted() as counted:
        found = days.values(history.dbs, DATABASE, history.family, ENTITIES, axis)
    expected: dict[tuple[int, str], Decimal] = {}
    for (entity, _, start), (value, _) in history.slots.items():
        if span.start_utc <= start < span.end_utc:
            key = (entity, start.astimezone(tz).strftime("%Y-%m-%d"))
            expected[key] = expected.get(key, Decimal(0)) + value
    shown = {
        (entity, label): found[row, column]
        for row, entity in enumerate(ENTITIES)
        for column, label in enumerate(axis.labels)
        if not np.isnan(found[row, column])
    }
    assert shown == pytest.approx({key: float(of) for key, of in expected.items()}, rel=1e-12, abs=1e-6)
    assert counted.counts.tolist() == history.expected(span)[1]


@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_days_add_up_to_their_slots_whatever_was_written_when_and_whatever_is_asked(
    dbs: Databases, data: st.DataObject
) -> None:
    history = History(dbs, data.draw(st.sampled_from(FAMILIES)))
    history.begin()
    zones = [data.draw(st.sampled_from(ZONES))] * 4 + ["America/New_York"]
    for _ in range(data.draw(st.integers(1, 4))):
        history.write(data.draw)
    _extend(history, data.draw(st.integers(2, DAYS + 3)), zones[0])
    for _ in range(data.draw(st.integers(1, 8))):
        deed = data.draw(st.sampled_from(["write", "write", "write", "extend", "extend", "take back"]))
        if deed == "write":
            history.write(data.draw)
        elif deed == "extend":
            # Now and then the site's zone is set anew.
            _extend(history, data.draw(st.integers(0, DAYS + 3)), data.draw(st.sampled_from(zones)))
        else:
            with dbs.session(DATABASE) as session:
                since = START_UTC + data.draw(st.integers(-30, DAYS * 24)) * timedelta(hours=1)
                daily_sums.take_back(session, history.family, since)
    _check(history, Span(START_UTC, START_UTC + (DAYS + 3) * DAY), "UTC")
    for _ in range(2):
        start = START_UTC + data.draw(st.integers(-100, DAYS * 96)) * QUARTER
        span = Span(start, start + data.draw(st.integers(1, DAYS * 96)) * QUARTER)
        _check(history, span, data.draw(st.sampled_from([zones[0], *ZONES])))


def _steady(session: Session, first_day: int, days: int, value: float) -> None:
    axis = SlotAxis(START_UTC + first_day * DAY, days * 24, timedelta(hours=1))
    shape = (1, axis.count)
    replace(
        session, FAMILIES[0], Grid(np.array([[1]]), axis, np.full(shape, value), np.zeros(shape, np.uint8))
    )


def _prepared(dbs: Databases) -> History:
    history = History(dbs, FAMILIES[0])
    history.begin()
    with dbs.session(DATABASE) as session:
        _steady(session, 0, 6, 1.0)
    return history


def _sum(dbs: Databases) -> float:
    return slots.totals(dbs, DATABASE, FAMILIES[0], [1], Span(START_UTC, START_UTC + 6 * DAY))[1, 0]


def _wait_for_a_lock(dbs: Databases, other: Future[None]) -> None:
    """Wait until the other asks for the lock on the horizon, or is done."""
    with dbs.session(DATABASE) as session:
        while not other.done() and not session.scalar(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
            " WHERE ID <> CONNECTION_ID() AND INFO LIKE '%tbl_rollups%FOR UPDATE'"
        ):
            sleep(0.01)


def test_days_come_from_the_sums_and_the_ends_from_the_slots(dbs: Databases) -> None:
    history = _prepared(dbs)
    assert _extend(history, 5) == 5
    assert _extend(history, 5) == 0
    with dbs.session(DATABASE) as session:
        session.execute("UPDATE tbl_meter_hourly SET actual_value = 2")
    # A program of somebody else: only the slots of the last day, which is not summed, show it …
    assert _sum(dbs) == 5 * 24 + 2 * 24
    with dbs.session(DATABASE) as session:
        daily_sums.take_back(session, FAMILIES[0], START_UTC + 3 * DAY)
    # … until the horizon is taken back, from there on,
    assert _sum(dbs) == 3 * 24 + 2 * 3 * 24
    assert _extend(history, 6) == 3
    assert _sum(dbs) == 3 * 24 + 2 * 3 * 24


def test_a_writer_whom_the_horizon_overtakes_is_not_lost(dbs: Databases) -> None:
    history = _prepared(dbs)
    with ThreadPoolExecutor(1) as other:
        with dbs.session(DATABASE) as session:
            _steady(session, 2, 1, 5.0)
            moved = other.submit(lambda: _extend(history, 6))
            _wait_for_a_lock(dbs, moved)
        assert moved.result() == 6
    assert _sum(dbs) == 5 * 24 + 5 * 24


def test_a_writer_behind_a_moving_horizon_sums_its_day(dbs: Databases) -> None:
    _prepared(dbs)

    def write() -> None:
        with dbs.session(DATABASE) as session:
            _steady(session, 2, 1, 5.0)

    with ThreadPoolExecutor(1) as other:
        with dbs.session(DATABASE) as session:
            daily_sums.extend(session, FAMILIES[0], START_UTC + 6 * DAY, timedelta(hours=1))
            written = other.submit(write)
            _wait_for_a_lock(dbs, written)
        written.result()
    assert _sum(dbs) == 5 * 24 + 5 * 24


def test_a_table_that_only_others_write_is_not_summed(dbs: Databases) -> None:
    other = History(dbs, family("virtual_meter"))
    with dbs.session(DATABASE) as session:
        session.executemany(
            "INSERT INTO tbl_virtual_meter_hourly (virtual_meter_id, start_datetime_utc, actual_value)"
            " VALUES (1, %s, 1)",
            [((START_UTC + n * timedelta(hours=1)).replace(tzinfo=None),) for n in range(72)],
        )
    assert _extend(other, 3) == 0
