"""A small plant on a real server: a site with two floors, three meters, a tenant and a time-of-use tariff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from ems_aggregation.stage import Aggregation
from ems_common.catalog import TABLES
from ems_common.db import Databases, DatabaseSettings
from ems_common.db.sql import compose
from ems_common.journal import Change, write
from ems_common.periods import zone
from ems_common.settings import load
from ems_database.migrate import migrate
from ems_normalization.stage import Normalization

START_UTC = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)
ELECTRICITY, GAS = 1, 2
CAMPUS, FIRST_FLOOR, SECOND_FLOOR = 1, 2, 3


@dataclass
class Plant:
    """The databases of the plant, and what the tests do to it."""

    dbs: Databases

    def read(self, point: int, readings: list[tuple[datetime, float]]) -> None:
        """Store good readings with their change, as cleaning leaves them."""
        rows = [(point, at.replace(tzinfo=None), value, 0) for at, value in readings]
        with self.dbs.session("historical_db") as session:
            session.upsert("tbl_energy_value", ("point_id", "utc_date_time", "actual_value", "is_bad"), rows)
            first, last = min(at for at, _ in readings), max(at for at, _ in readings)
            write(
                session, [Change("normalize", "point", point, first, last + timedelta(seconds=1), "readings")]
            )

    def steady(self, point: int, hours: int, kwh_per_hour: float, start_kwh: float = 100.0) -> None:
        """Quarter-hourly readings of constant power."""
        count = hours * 4 + 1
        self.read(
            point,
            [(START_UTC + timedelta(minutes=15 * n), start_kwh + n * kwh_per_hour / 4) for n in range(count)],
        )

    def configure(self, sql: str, parameters: tuple, *changes: Change) -> None:
        """Change the configuration together with its journal rows."""
        with self.dbs.session("system_db") as session:
            session.execute(sql, parameters)
            write(session, changes)

    def catch_up(self) -> None:
        """Run both stages until nothing is open."""
        london = zone("Europe/London")
        for stage in (Normalization(self.dbs, 60, london), Aggregation(self.dbs, 60, london)):
            while stage.run_pass(lambda *_: None).did_work:
                pass

    def values(self, database: str, table: str, where: str = "1 = 1") -> dict:
        """(keys…, start) → value of an hourly table."""
        keys = {"tbl_meter_hourly": "meter_id", "tbl_virtual_meter_hourly": "virtual_meter_id"}.get(table)
        if keys is None:
            kind, split = table.removeprefix("tbl_").removesuffix("_hourly").rsplit("_", 1)
            keys = f"{kind.rsplit('_', 1)[0]}_id, energy_{split}_id"
        with self.dbs.session(database) as session:
            rows = session.rows(
                f"SELECT {keys}, start_datetime_utc, actual_value + 0E0 FROM {table} WHERE {where}"
            )
        return {row[:-1]: row[-1] for row in rows}

    def verdicts(self) -> list:
        """Every reading that was judged bad, and why."""
        with self.dbs.session("historical_db") as session:
            return session.rows(
                "SELECT point_id, utc_date_time, rule, detail FROM tbl_reading_verdicts ORDER BY 1, 2, 3"
            ) + session.rows("SELECT point_id, utc_date_time, is_bad FROM tbl_energy_value ORDER BY 1, 2")

    def open_changes(self) -> dict:
        """What the stages have still to do, by database."""
        result = {}
        for database in ("historical_db", "energy_db", "system_db"):
            with self.dbs.session(database) as session:
                rows = session.rows("SELECT kind, entity_kind, entity_id FROM tbl_change_journal")
                if rows:
                    result[database] = rows
        return result

    def tables(self) -> dict:
        """Everything the pipeline derives, for comparison."""
        result = {}
        for database in ("energy_db", "billing_db", "carbon_db"):
            with self.dbs.session(database) as session:
                names = [name for (name,) in session.rows("SHOW TABLES LIKE 'tbl\\_%\\_hourly'")]
                for name in names:
                    rows = session.rows(f"SELECT * FROM {name}")
                    if rows:
                        result[database, name] = sorted(rows)
        return result


_CONFIGURATION = (
    "INSERT INTO tbl_energy_categories (id, name, uuid, unit_of_measure, kgce, kgco2e) VALUES"
    " (1, 'Electricity', 'a', 'kWh', 0.1229, 0.2), (2, 'Gas', 'b', 'kWh', 0.1229, 0.18)",
    "INSERT INTO tbl_energy_items (id, name, uuid, energy_category_id) VALUES (1, 'Lighting', 'i', 1)",
    "INSERT INTO tbl_cost_centers (id, name, uuid) VALUES (1, 'General', 'c')",
    "INSERT INTO tbl_tariffs (id, name, uuid, energy_category_id, tariff_type, unit_of_price,"
    " valid_from_datetime_utc, valid_through_datetime_utc)"
    " VALUES (1, 'Day and night', 't', 1, 'timeofuse', '£/kWh', '2020-01-01', '2030-01-01')",
    "INSERT INTO tbl_tariffs_timeofuses (tariff_id, start_time_of_day, end_time_of_day, peak_type, price) VALUES"
    " (1, '00:00:00', '06:59:59', 'offpeak', 0.10), (1, '07:00:00', '23:59:59', 'onpeak', 0.30)",
    "INSERT INTO tbl_cost_centers_tariffs (cost_center_id, tariff_id) VALUES (1, 1)",
    "INSERT INTO tbl_spaces (id, name, uuid, parent_space_id, area, timezone_id, is_input_counted,"
    " is_output_counted, cost_center_id) VALUES (1, 'Campus', 's1', NULL, 100, 26, 1, 1, 1),"
    " (2, 'First floor', 's2', 1, 50, 26, 1, 1, 1), (3, 'Second floor', 's3', 1, 50, 26, 1, 1, 1)",
    "INSERT INTO tbl_tenants (id, name, uuid, buildings, floors, rooms, area, tenant_type_id, is_input_counted,"
    " is_key_tenant, lease_number, lease_start_datetime_utc, lease_end_datetime_utc, is_in_lease, contact_id,"
    " cost_center_id) VALUES (1, 'Bakery', 't1', '', '', '', 20, 1, 1, 0, '', '2020-01-01', '2030-01-01', 1, 1, 1)",
    "INSERT INTO tbl_equipments (id, name, uuid, is_input_counted, is_output_counted, cost_center_id)"
    " VALUES (1, 'Chiller', 'e1', 1, 1, 1)",
    *(
        f"INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
        f" address) VALUES ({n}, 'Register {n}', 1, 'ENERGY_VALUE', 'kWh', 1e12, 0, 1, '{{}}')"
        for n in (1, 2, 3)
    ),
    "INSERT INTO tbl_meters (id, name, uuid, energy_category_id, is_counted, hourly_low_limit, hourly_high_limit,"
    " cost_center_id, energy_item_id) VALUES (1, 'First floor', 'm1', 1, 1, 0, 1000, 1, 1),"
    " (2, 'Bakery', 'm2', 1, 1, 0, 1000, 1, NULL), (3, 'Boiler', 'm3', 2, 1, 0, 1000, 1, NULL)",
    "INSERT INTO tbl_meters_points (meter_id, point_id) VALUES (1, 1), (2, 2), (3, 3)",
    "INSERT INTO tbl_virtual_meters (id, name, uuid, equation, energy_category_id, is_counted, cost_center_id)"
    " VALUES (1, 'Floor and bakery', 'v1', 'a + b', 1, 0, 1), (2, 'Half of it', 'v2', 'v / 2', 1, 0, 1)",
    "INSERT INTO tbl_variables (name, virtual_meter_id, meter_type, meter_id) VALUES"
    " ('a', 1, 'meter', 1), ('b', 1, 'meter', 2), ('v', 2, 'virtual_meter', 1)",
    "INSERT INTO tbl_spaces_meters (space_id, meter_id) VALUES (2, 1), (1, 3)",
    "INSERT INTO tbl_tenants_meters (tenant_id, meter_id) VALUES (1, 2)",
    "INSERT INTO tbl_spaces_tenants (space_id, tenant_id) VALUES (3, 1)",
)


def make_plant(environ):
    """A plant without readings, in databases made for it."""
    dbs = Databases(load(DatabaseSettings, environ))
    migrate(dbs, lambda _line: None)
    _configure(dbs)
    return Plant(dbs)


def _configure(dbs):
    with dbs.session("system_db") as session:
        for statement in _CONFIGURATION:
            session.execute(statement)


def empty(dbs):
    """Delete all that the tests of a plant enter and the stages make of it."""
    for database in ("system_db", "historical_db", "energy_db", "billing_db", "carbon_db"):
        with dbs.session(database) as session:
            for table in TABLES[database]:
                if table != "tbl_migrations":
                    session.execute(compose("DELETE FROM {table}", table=table))


@pytest.fixture(scope="module")
def _plant_databases(fresh_database_module):
    made = make_plant(fresh_database_module.environ)
    yield made.dbs
    made.dbs.close()


@pytest.fixture
def plant(_plant_databases):
    """A plant without readings. Tests of a module share its databases, emptied before each."""
    empty(_plant_databases)
    _configure(_plant_databases)
    return Plant(_plant_databases)
