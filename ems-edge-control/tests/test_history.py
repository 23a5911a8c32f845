"""Telemetry in a real database: written every second, spooled while it is away, journalled for cleaning."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from edge_daemon import Edge, until
from edge_plant import Plant
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database.migrate import migrate

from ems_edge_control import store

pytestmark = [pytest.mark.db, pytest.mark.slow]
POINTS = {901: "grid_power_kw", 902: "soc_percent", 903: "ess0/ActivePower"}


@pytest.fixture(scope="module")
def migrated(fresh_database_module: Any) -> Databases:
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(dbs, lambda line: None)
    with dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_data_sources (id, name, uuid, gateway_id, protocol, connection)"
            " VALUES (77, 'control', 'u', 1, 'edge-control', '{}')"
        )
        session.executemany(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, ratio,"
            " offset_constant, is_trend, is_virtual, address) VALUES (%s, %s, 77, 'ANALOG_VALUE', 'kW', 9999, -9999,"
            " 1, 0, 1, 0, %s)",
            [(i, name, json.dumps({"figure": name})) for i, name in POINTS.items()],
        )
    return dbs


@pytest.fixture
def dbs(migrated: Databases) -> Databases:
    """The databases without a value."""
    with migrated.session("historical_db") as session:
        for table in ("tbl_analog_value", "tbl_analog_value_latest", "tbl_change_journal"):
            session.execute(f"DELETE FROM {table}")
    with migrated.session("system_db") as session:
        session.execute("UPDATE tbl_data_sources SET last_seen_datetime_utc = NULL WHERE id = 77")
    return migrated


def test_values_arrive_every_second_with_live_values_and_a_journal(
    plant: Plant, tmp_path: Path, dbs: Databases, fresh_database_module: Any
) -> None:
    edge = Edge(plant, tmp_path, environ=fresh_database_module.environ)
    try:
        plant.load_w = 90_000
        until(lambda: _count(dbs) >= 9, 40, "three seconds of three points")
    finally:
        edge.stop()
    with dbs.session("historical_db") as session:
        live = dict(session.rows("SELECT point_id, actual_value + 0E0 FROM tbl_analog_value_latest"))
        kinds = session.rows("SELECT DISTINCT kind, entity_kind, entity_id FROM tbl_change_journal")
    with dbs.session("system_db") as session:
        seen = session.scalar("SELECT last_seen_datetime_utc FROM tbl_data_sources WHERE id = 77")
    assert seen is not None
    assert abs((datetime.now(UTC).replace(tzinfo=None) - seen).total_seconds()) < 120
    assert set(live) == set(POINTS)
    assert 49 < live[902] < 51
    assert ("clean", "data_source", 77) in [tuple(k) for k in kinds]


def test_writing_the_same_values_twice_changes_nothing(dbs: Databases) -> None:
    rows = [(901, "ANALOG_VALUE", 1_780_000_000_000 + i, float(i)) for i in range(3)]
    store.write(dbs, rows, [77])
    store.write(dbs, rows, [77])
    assert _count(dbs) == 3


def test_what_was_measured_while_the_database_was_away_comes_later(
    plant: Plant, tmp_path: Path, dbs: Databases, fresh_database_module: Any
) -> None:
    """First run with the database, so that the points are known; then without; then with it again."""
    edge = Edge(plant, tmp_path, environ=fresh_database_module.environ)
    until(lambda: _count(dbs) >= 3, 40, "first values")
    edge.stop()
    edge.env["EMS_DB_PORT"] = "1"
    plant.feeds = 0
    edge.start()
    until(lambda: plant.feeds > 3, 40, "loop runs without a database")
    began_utc = datetime.now(UTC).replace(tzinfo=None)
    time.sleep(3)
    edge.stop()
    ended_utc = datetime.now(UTC).replace(tzinfo=None)
    before = _between(dbs, began_utc, ended_utc)
    edge.env["EMS_DB_PORT"] = fresh_database_module.environ["EMS_DB_PORT"]
    edge.start()
    try:
        until(lambda: _between(dbs, began_utc, ended_utc) >= 6, 40, "spooled values")
    finally:
        edge.stop()
    assert before == 0


def _count(dbs: Databases) -> int:
    with dbs.session("historical_db") as session:
        return int(session.scalar("SELECT COUNT(*) FROM tbl_analog_value"))


def _between(dbs: Databases, begin_utc: datetime, end_utc: datetime) -> int:
    with dbs.session("historical_db") as session:
        return int(
            session.scalar(
                "SELECT COUNT(*) FROM tbl_analog_value WHERE utc_date_time BETWEEN %s AND %s",
                (begin_utc, end_utc),
            )
        )
