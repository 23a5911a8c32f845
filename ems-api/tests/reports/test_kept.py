"""What is kept of the hourly tables: used while it stands, and never a moment longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_api.reports import kept, slots
from ems_api.reports.buckets import Span
from ems_api.reports.kept import Kept, Shared
from ems_common import content
from ems_common.catalog.hourly import family
from ems_common.db import Databases, DatabaseSettings, Session
from ems_common.errors import BadInput
from ems_common.journal import Window
from ems_common.settings import load
from ems_common.slots import Grid, SlotAxis, replace
from ems_site.pytest_plugin import RunningServer

from .conftest import CAMPUS, ELECTRICITY, Site

pytestmark = pytest.mark.db

METER = family("meter")
KEY = 77
START_UTC = datetime(2023, 5, 1, tzinfo=UTC)
AXIS = SlotAxis.of(Window(START_UTC, START_UTC + timedelta(hours=4)), timedelta(hours=1))
SPAN = Span(AXIS.start_utc, AXIS.end_utc)


def _store(dbs: Databases, values: list[float]) -> None:
    """Write hours the way every stage of the pipeline does."""
    grid = Grid(np.array([[KEY]]), AXIS, np.array([values]), np.zeros((1, 4), dtype=np.uint8))
    with dbs.session("energy_db") as session:
        replace(session, METER, grid)


def _meddle(dbs: Databases, value: float) -> None:
    """Write hours as a program of somebody else does, which raises no version."""
    with dbs.session("energy_db") as session:
        session.execute("UPDATE tbl_meter_hourly SET actual_value = %s WHERE meter_id = %s", (value, KEY))


def _touch_and_fail(session: Session) -> None:
    content.touch(session, METER.table)
    raise BadInput("a formula")


def _read(dbs: Databases) -> list[float]:
    found: list[float] = slots.read(dbs, "energy_db", METER, [KEY], AXIS).value[0].tolist()
    return found


def _total(dbs: Databases) -> float:
    return slots.totals(dbs, "energy_db", METER, [KEY], SPAN)[KEY, 0]


@pytest.fixture
def dbs(site: Site) -> Databases:
    """The site's databases, of which a megabyte is kept from now on."""
    found = Databases(site.dbs.settings)
    kept.keep(found, Kept(2**20))
    return found


def test_what_was_read_is_kept_until_a_stage_writes_and_then_not_at_all(dbs: Databases) -> None:
    _store(dbs, [1, 2, 3, 4])
    assert (_read(dbs), _total(dbs)) == ([1, 2, 3, 4], 10)
    _meddle(dbs, 9)
    # Nobody told of that change: this is how it shows that nothing was read again.
    assert (_read(dbs), _total(dbs)) == ([1, 2, 3, 4], 10)
    _store(dbs, [1, 2, 3, 5])
    assert (_read(dbs), _total(dbs)) == ([1, 2, 3, 5], 11)


def test_a_write_that_changes_nothing_leaves_the_version_as_it_is(dbs: Databases) -> None:
    _store(dbs, [1, 1, 1, 1])
    with dbs.session("energy_db") as session:
        before = content.version(session, METER.table)
    _store(dbs, [1, 1, 1, 1])
    with dbs.session("energy_db") as session:
        assert content.version(session, METER.table) == before > 0


def test_a_write_that_is_rolled_back_leaves_the_version_as_it_is(dbs: Databases) -> None:
    _store(dbs, [1, 1, 1, 1])
    with dbs.session("energy_db") as session:
        before = content.version(session, METER.table)
    with pytest.raises(BadInput), dbs.session("energy_db") as session:
        _touch_and_fail(session)
    with dbs.session("energy_db") as session:
        assert content.version(session, METER.table) == before


def test_a_write_that_commits_after_a_later_one_is_seen_too(dbs: Databases) -> None:
    _store(dbs, [1, 1, 1, 1])
    with dbs.session("energy_db") as slow:
        content.touch(slow, METER.table)
        slow.execute("UPDATE tbl_meter_hourly SET actual_value = 7 WHERE meter_id = %s", (KEY,))
        with dbs.session("energy_db") as quick:
            content.touch(quick, METER.table)
        assert _read(dbs) == [1, 1, 1, 1]
    assert _read(dbs) == [7, 7, 7, 7]


def test_a_table_that_only_others_write_is_read_each_time(dbs: Databases) -> None:
    other = family("virtual_meter")
    with dbs.session("energy_db") as session:
        assert content.version(session, other.table) == 0
    for value in (5, 6):
        with dbs.session("energy_db") as session:
            session.execute(
                "INSERT INTO tbl_virtual_meter_hourly (virtual_meter_id, start_datetime_utc, actual_value)"
                " VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE actual_value = VALUES(actual_value)",
                (KEY, START_UTC.replace(tzinfo=None), value),
            )
        assert slots.totals(dbs, "energy_db", other, [KEY], SPAN) == {(KEY, 0): value}


def test_the_room_is_kept_to_and_the_least_used_goes_first() -> None:
    room = Kept(10_000)
    arrays = {"value": np.zeros(100)}
    for n in range(8):
        room.put(("key", n), 1, arrays)
        assert room.get(("key", 0), 1) is not None
    found = [n for n in range(8) if room.get(("key", n), 1) is not None]
    assert found == [0, 4, 5, 6, 7]
    assert room.get(("key", 7), 2) is None
    room.put(("big",), 1, {"value": np.zeros(1000)})
    assert room.get(("big",), 1) is None


def test_what_is_kept_cannot_be_changed_by_a_report(dbs: Databases) -> None:
    _store(dbs, [1, 2, 3, 4])
    slots.read(dbs, "energy_db", METER, [KEY], AXIS)
    with pytest.raises(ValueError, match="read-only"):
        slots.read(dbs, "energy_db", METER, [KEY], AXIS).value[0] = 0


@pytest.mark.broker
def test_workers_share_through_redis_and_see_a_change_at_once(
    site: Site, redis_server: RunningServer
) -> None:
    url = redis_server.environ["EMS_REDIS_URL"]
    workers = [Databases(load(DatabaseSettings, _environ(site))) for _ in range(2)]
    for worker in workers:
        kept.keep(worker, Kept(2**20, Shared(url)))
    first, second = workers
    _store(first, [1, 2, 3, 4])
    assert _read(first) == [1, 2, 3, 4]
    _meddle(first, 9)
    assert _read(second) == [1, 2, 3, 4]
    _store(second, [4, 3, 2, 1])
    assert _read(first) == _read(second) == [4, 3, 2, 1]
    for worker in workers:
        worker.close()


def _environ(site: Site) -> dict[str, str]:
    of = site.dbs.settings
    return {
        "EMS_DB_HOST": of.host,
        "EMS_DB_PORT": str(of.port),
        "EMS_DB_USER": of.user,
        "EMS_DB_PASSWORD": str(of.password),
        "EMS_DB_PREFIX": of.prefix,
    }


def test_without_its_redis_everything_is_read_as_before(site: Site) -> None:
    alone = Databases(site.dbs.settings)
    kept.keep(alone, Kept(2**20, Shared("redis://127.0.0.1:9/0")))
    for values in ([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.0, 2.0]):
        _store(alone, values)
        assert _read(alone) == values
    alone.close()


def test_a_changed_hour_tariff_and_calendar_are_seen_by_the_next_report(site: Site) -> None:
    table = family("space", "input", "category")
    axis = SlotAxis(datetime(2025, 3, 29, 6, tzinfo=UTC), 1, timedelta(hours=1))

    def period() -> dict[str, list[float]]:
        found: dict[str, list[float]] = site.report("spaceenergycategory", spaceid=CAMPUS)["reporting_period"]
        return found

    # Saturday from six to seven: at night, on a working day.
    for value in (52.0, 2.0):
        grid = Grid(np.array([[CAMPUS, ELECTRICITY]]), axis, np.array([[value]]), np.zeros((1, 1), np.uint8))
        with site.dbs.session("energy_db") as session:
            replace(session, table, grid)
        assert period()["subtotals"][0] == 140 + value
        assert period()["offpeaks"][0] == 44 + value
    tariff = site.api.get("/tariffs/1")
    night = next(row for row in tariff["timeofuse"] if row["start_time_of_day"] in {"0:00:00", "00:00:00"})
    night["peak_type"] = "deep"
    body = {"data": {**tariff, "energy_category": tariff["energy_category"]}}
    assert site.api.call("PUT", "/tariffs/1", body).status_code == 200
    assert (period()["deeps"][0], period()["offpeaks"][0]) == (40, 6)
    off = {"data": {"date_local": "2025-03-31T00:00:00", "description": None}}
    assert period()["non_working_days_subtotals"][0] == 46
    assert site.api.call("POST", "/workingcalendars/7/nonworkingdays", off).status_code == 201
    assert period()["non_working_days_subtotals"][0] == 94
