"""The thirteen databases, made from nothing on a real server."""

from __future__ import annotations

import time
from datetime import date
from importlib import resources

import pytest
from ems_common.catalog import TABLES
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import partitions, reference
from ems_database.check import differences
from ems_database.migrate import initial_sql, kind_of, migrate, migrations

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def dbs(fresh_database_module):
    databases = Databases(load(DatabaseSettings, fresh_database_module.environ))
    assert migrate(databases, print) == sum(len(migrations(database)) for database in TABLES)
    yield databases
    databases.close()


def test_migrated_databases_are_as_the_catalog_says(dbs):
    assert differences(dbs) == []


def test_a_second_migration_changes_nothing(dbs):
    began = time.monotonic()
    assert migrate(dbs, pytest.fail) == 0
    assert time.monotonic() - began < 10


def test_a_migration_that_was_cut_off_after_adding_columns_is_finished_by_the_next(dbs):
    with dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_migrations WHERE name = '0003_allocation.sql'")
        session.execute("ALTER TABLE tbl_tenants_meters DROP COLUMN allocation, DROP COLUMN reference_kind")
        session.execute("ALTER TABLE tbl_tenants_meters DROP COLUMN reference_id")
    assert migrate(dbs, print) == 1
    assert differences(dbs) == []


def test_first_migrations_are_what_the_catalog_generates():
    for database in TABLES:
        file = resources.files("ems_database") / "migrations" / kind_of(database) / "0001_initial.sql"
        assert file.read_text(encoding="utf-8") == initial_sql(database), (
            f"run `ems-database ddl` for {database}"
        )


def test_reference_rows_are_installed_once_and_then_left_alone(dbs):
    made_up = reference.install(dbs, "")
    assert len(made_up or "") >= 12
    with dbs.session("system_db") as session:
        session.execute("UPDATE tbl_spaces SET name = 'My campus' WHERE id = 1")
        zones = session.scalar("SELECT COUNT(*) FROM tbl_timezones WHERE iana_name IS NOT NULL")
        token = session.scalar("SELECT token FROM tbl_gateways WHERE id = 1")
    assert zones == 93
    assert reference.install(dbs, "") is None
    with dbs.session("system_db") as session:
        assert session.scalar("SELECT name FROM tbl_spaces WHERE id = 1") == "My campus"
        assert session.scalar("SELECT token FROM tbl_gateways WHERE id = 1") == token


def test_months_are_made_ahead(dbs):
    today = date(2026, 11, 21)
    partitions.maintain(dbs, today)
    with dbs.session("historical_db") as session:
        names = partitions.existing(session, "tbl_energy_value")
        assert {"p_past", "p_future", "p_2025_09", "p_2026_11", "p_2027_02"} <= set(names)
        assert partitions.extend(session, "tbl_energy_value", today) == []
        assert partitions.extend(session, "tbl_energy_value", date(2026, 12, 2)) == ["p_2027_03"]
