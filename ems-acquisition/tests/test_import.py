"""The import of history files into a real database."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from ems_acquisition.importer import import_files
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load

pytestmark = pytest.mark.db

START_UTC = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def dbs(migrated):
    databases = Databases(load(DatabaseSettings, migrated))
    with databases.session("historical_db") as session:
        for kind in ("energy", "analog", "digital"):
            session.execute(f"DELETE FROM tbl_{kind}_value")
            session.execute(f"DELETE FROM tbl_{kind}_value_latest")
        session.execute("DELETE FROM tbl_change_journal")
    with databases.session("system_db") as session:
        session.execute("DELETE FROM tbl_points")
        session.executemany(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
            " address) VALUES (%s, 'p', 1, %s, '', 1e9, 0, 1, '{}')",
            [(1, "ENERGY_VALUE"), (2, "ANALOG_VALUE"), (3, "DIGITAL_VALUE"), (4, "TEXT_VALUE")],
        )
    yield databases
    databases.close()


def lines(point_id: int, count: int) -> list[str]:
    return [
        f"{point_id},{START_UTC + timedelta(minutes=15 * n):%Y-%m-%dT%H:%M:%S},{n % 2 if point_id == 3 else n * 1.5}"
        for n in range(count)
    ]


def write(path, rows: list[str]) -> None:
    path.write_bytes(
        gzip.compress(("point_id,utc_date_time,actual_value\n" + "\n".join(rows) + "\n").encode())
    )


def run(dbs, *paths):
    return import_files(dbs, paths, writers=2, future_tolerance_s=300, show=False)


def counts(dbs) -> list[int]:
    with dbs.session("historical_db") as session:
        return [
            session.scalar(f"SELECT COUNT(*) FROM tbl_{kind}_value")
            for kind in ("energy", "analog", "digital")
        ]


def test_files_go_in_with_live_values_and_one_journal_row_a_point(dbs, tmp_path) -> None:
    path = tmp_path / "h.csv.gz"
    write(path, lines(3, 50)[::-1] + lines(1, 3000) + lines(2, 700))
    report = run(dbs, path)[0]
    assert (report.rows, report.points, report.refusals.total, report.error) == (3750, {1, 2, 3}, 0, "")
    assert counts(dbs) == [3000, 700, 50]
    with dbs.session("historical_db") as session:
        assert (
            session.scalar("SELECT actual_value + 0E0 FROM tbl_energy_value_latest WHERE point_id = 1")
            == 4498.5
        )
        journal = session.rows(
            "SELECT entity_kind, entity_id, from_utc FROM tbl_change_journal WHERE kind = 'clean' ORDER BY entity_id"
        )
    assert journal == [("point", n, START_UTC.replace(tzinfo=None)) for n in (1, 2, 3)]
    run(dbs, path)
    assert counts(dbs) == [3000, 700, 50]  # a repetition adds nothing


def test_an_older_file_does_not_touch_newer_live_values(dbs, tmp_path) -> None:
    new, old = tmp_path / "new.csv.gz", tmp_path / "old.csv.gz"
    write(new, lines(1, 100)[50:])
    write(old, lines(1, 50))
    run(dbs, new, old)
    with dbs.session("historical_db") as session:
        assert (
            session.scalar("SELECT actual_value + 0E0 FROM tbl_energy_value_latest WHERE point_id = 1")
            == 148.5
        )


def test_refused_rows_are_named_and_the_import_goes_on(dbs, tmp_path) -> None:
    bad, broken, good = tmp_path / "bad.csv.gz", tmp_path / "broken.csv.gz", tmp_path / "good.csv.gz"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    write(
        bad,
        [
            "99,2026-01-01T00:00:00,1",
            "4,2026-01-01T00:00:00,1",
            "1,2026-01-01T00:00:00,x",
            "1,2026-13-01T00:00:00,1",
            f"1,{tomorrow:%Y-%m-%dT%H:%M:%S},1",
            "1,2026-01-01T00:00:00,1",
            "1,2026-01-01T00:00:00,2",
        ],
    )
    broken.write_bytes(b"no,such,file\n")
    write(good, lines(2, 10))
    reports = run(dbs, bad, broken, good, tmp_path / "missing.csv")
    assert reports[0].refusals.counts == {
        "unknown point": 1,
        "a text point takes no number": 1,
        "bad number": 1,
        "bad date": 1,
        "in the future": 1,
    }
    assert (reports[0].rows, reports[0].duplicates) == (1, 1)
    assert [report.readable for report in reports] == [True, False, True, False]
    shown = "\n".join(reports[0].lines())
    assert "1 × bad number – line 4: 1,2026-01-01T00:00:00,x" in shown
    assert counts(dbs) == [1, 10, 0]


def test_a_changed_value_makes_a_judged_row_unjudged_and_a_repetition_does_not(dbs, tmp_path) -> None:
    path = tmp_path / "h.csv.gz"
    write(path, lines(1, 10))
    run(dbs, path)
    with dbs.session("historical_db") as session:
        session.execute("UPDATE tbl_energy_value SET is_bad = 1")
    changed = lines(1, 10)
    changed[4] = changed[4].rsplit(",", 1)[0] + ",77"
    write(path, changed)
    run(dbs, path)
    with dbs.session("historical_db") as session:
        flags = [
            flag for (flag,) in session.rows("SELECT is_bad FROM tbl_energy_value ORDER BY utc_date_time")
        ]
    assert flags == [0 if n == 4 else 1 for n in range(10)]
