"""Reading and writing columns on a real server."""

from __future__ import annotations

import numpy as np
import pytest
from ems_common.db import Databases, DatabaseSettings
from ems_common.db.faults import DRIVER_ERRORS
from ems_common.errors import Conflict, Unavailable
from ems_common.settings import load

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def dbs(fresh_database_module):
    databases = Databases(load(DatabaseSettings, fresh_database_module.environ))
    with databases.pool("").session() as session:
        session.execute(f"CREATE DATABASE `{databases.full_name('energy_db')}` CHARACTER SET utf8mb4")
    with databases.session("energy_db") as session:
        session.execute(
            "CREATE TABLE tbl_t (id BIGINT, at DATETIME(3), v DECIMAL(21,6) NULL, ok BOOL, name VARCHAR(20) NULL,"
            " PRIMARY KEY (id, at))"
        )
    yield databases
    databases.close()


@pytest.fixture
def session(dbs):
    with dbs.session("energy_db") as session:
        session.execute("DELETE FROM tbl_t")
        yield session


DTYPES = {"id": "int64", "at": "datetime64[us]", "v": "float64", "ok": "bool", "name": "object"}
ALL = "SELECT id, at, v, ok, name FROM tbl_t ORDER BY id"


def test_what_is_written_as_arrays_is_read_as_the_same_arrays(session):
    arrays = {
        "id": np.arange(12_345),
        "at": np.datetime64("2026-01-01T00:00:00.125", "ms") + np.arange(12_345) * np.timedelta64(900, "s"),
        "v": np.round(np.random.default_rng(1).normal(0, 1e6, 12_345), 6),
        "ok": np.arange(12_345) % 2 == 0,
    }
    assert session.upsert_arrays("tbl_t", arrays) == 12_345
    found = session.columns(ALL, (), DTYPES)
    for name, column in arrays.items():
        assert np.array_equal(found[name], column), name
    assert found["name"].tolist() == [None] * 12_345


def test_several_queries_are_answered_in_their_order_and_a_fault_in_one_is_told(dbs):
    with dbs.reading("energy_db") as reading:
        found = reading.several(
            ("SELECT %s", ("a; b'%",)), ("SELECT id FROM tbl_t WHERE id < 0", ()), ("SELECT 2", ())
        )
        assert found == [[("a; b'%",)], [], [(2,)]]
        assert reading.several(("SELECT 3", ())) == [[(3,)]]
        assert reading.scalar("SELECT 4") == 4
    with pytest.raises(DRIVER_ERRORS), dbs.reading("energy_db") as reading:
        reading.several(("SELECT 1", ()), ("SELECT nothing_of_that_name", ()), ("SELECT 2", ()))
    with dbs.reading("energy_db") as reading:
        assert reading.several(("SELECT 5", ()), ("SELECT 6", ())) == [[(5,)], [(6,)]]


def test_nulls_become_nan_nat_and_none(session):
    session.execute(
        "INSERT INTO tbl_t VALUES (1, '2026-01-01', NULL, 1, 'Zähler 电'), (2, '2026-01-01', 1.5, 0, NULL)"
    )
    found = session.columns("SELECT id, IF(id = 1, NULL, at), v, ok, name FROM tbl_t ORDER BY id", (), DTYPES)
    assert np.isnan(found["v"]).tolist() == [True, False]
    assert np.isnat(found["at"]).tolist() == [True, False]
    assert found["name"].tolist() == ["Zähler 电", None]


def test_nothing_found_gives_empty_columns_of_the_right_kind(session):
    found = session.columns(ALL, (), DTYPES)
    assert {name: (len(column), str(column.dtype)) for name, column in found.items()} == {
        name: (0, dtype) for name, dtype in DTYPES.items()
    }


def test_an_upsert_overwrites_only_the_columns_it_is_told(session):
    session.upsert("tbl_t", ("id", "at", "v", "ok"), [(1, "2026-01-01", 1, 1)])
    session.upsert("tbl_t", ("id", "at", "v", "ok"), [(1, "2026-01-01", 2, 0)], update=("v",))
    session.upsert("tbl_t", ("id", "at", "v", "ok"), [(1, "2026-01-01", 3, 0)], update=())
    assert session.rows("SELECT v + 0E0, ok FROM tbl_t") == [(2.0, 1)]


@pytest.mark.parametrize("bad", [np.array(["x'); DROP TABLE tbl_t; --"]), np.array([object()], dtype=object)])
def test_arrays_that_could_hold_text_are_refused(session, bad):
    with pytest.raises(TypeError):
        session.upsert_arrays("tbl_t", {"id": np.array([1]), "name": bad})


def test_a_block_that_raises_leaves_nothing_behind(dbs):
    def insert_and_fail():
        with dbs.session("energy_db") as session:
            session.execute("INSERT INTO tbl_t VALUES (77, '2026-01-01', 1, 1, NULL)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        insert_and_fail()
    with dbs.session("energy_db") as session:
        assert session.scalar("SELECT COUNT(*) FROM tbl_t WHERE id = 77") == 0


def test_a_taken_key_is_a_conflict_and_a_closed_server_is_unavailable(dbs, session):
    session.execute("INSERT INTO tbl_t VALUES (5, '2026-01-01', 1, 1, NULL)")
    with pytest.raises(Conflict):
        session.execute("INSERT INTO tbl_t VALUES (5, '2026-01-01', 1, 1, NULL)")
    settings = load(DatabaseSettings, {"EMS_DB_PASSWORD": "x", "EMS_DB_PORT": "1"})
    with pytest.raises(Unavailable), Databases(settings).session("energy_db"):
        pass


def test_a_connection_killed_by_the_server_is_replaced(dbs):
    def commit_suicide():
        with dbs.session("energy_db") as session:
            session.execute("KILL CONNECTION_ID()")
            session.scalar("SELECT 1")

    with pytest.raises(Unavailable):
        commit_suicide()
    with dbs.session("energy_db") as session:
        assert session.scalar("SELECT 1") == 1


def broken_off(session):
    session.execute("INSERT INTO tbl_t VALUES (77, '2026-01-01', 1, 1, NULL)")
    raise ZeroDivisionError


def test_a_session_that_reads_changes_nothing_and_leaves_its_connection_fit_for_transactions(dbs):
    with dbs.reading("energy_db") as reading:
        before = reading.scalar("SELECT COUNT(*) FROM tbl_t")
        with pytest.raises(RuntimeError):
            reading.execute("INSERT INTO tbl_t VALUES (77, '2026-01-01', 1, 1, NULL)")
    with pytest.raises(ZeroDivisionError), dbs.session("energy_db") as writing:
        broken_off(writing)
    with dbs.session("energy_db") as writing:
        writing.execute("INSERT INTO tbl_t VALUES (78, '2026-01-01', 1, 1, NULL)")
    with dbs.reading("energy_db") as reading:
        assert reading.scalar("SELECT COUNT(*) FROM tbl_t") == before + 1
        assert reading.rows("SELECT id FROM tbl_t WHERE id IN (%s, %s)", [77, 78]) == [(78,)]


def test_a_query_takes_as_many_parameters_as_it_has_places(session):
    with pytest.raises(ValueError, match="1 parameters for 2 placeholders"):
        session.rows("SELECT %s, %s", (1,))
    assert session.rows("SELECT %s, 'it''s 5 %', %s", ("50 %s", None)) == [("50 %s", "it's 5 %", None)]


def test_long_lists_of_keys_are_looked_up_by_the_key(session):
    keys = range(1, 1501)
    at = np.datetime64("2026-01-01", "us") + np.arange(20) * np.timedelta64(3600, "s")
    arrays = {
        "id": np.repeat(keys, 20),
        "at": np.tile(at, 1500),
        "v": np.ones(30_000),
        "ok": np.ones(30_000, bool),
    }
    session.upsert_arrays("tbl_t", arrays, ())
    session.rows("ANALYZE TABLE tbl_t")
    plan = session.rows(
        f"EXPLAIN SELECT v FROM tbl_t WHERE id IN ({', '.join(map(str, keys))}) AND at >= '2026-01-01 19:00'"
    )
    assert [("range" in row) for row in plan] == [True]
