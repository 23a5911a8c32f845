"""A site in which every table has rows, filled from the catalog: something to show for every report there is.

Two rows (keys 1 and 2) in each table, references to the row of the same key, hours in every hourly table.
The numbers mean nothing; that they are right is tested elsewhere.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from ems_common.catalog import TABLES
from ems_common.catalog.hourly import FAMILIES, HOURLY_DATABASES
from ems_common.catalog.model import Column, Table
from ems_common.db import Databases, Session

START_UTC = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 4
KEYS = (1, 2)
CONFIGURED = ("system_db", "production_db", "reporting_db")
_TEXTS = {
    "tariff_type": "timeofuse",
    "peak_type": "onpeak",
    "protocol": "modbus-tcp",
    "meter_type": "meter",
    "equation": "a",
    "parameter_type": "point",
    "phase_of_lifecycle": "3installation",
    "unit_of_measure": "kWh",
    "file_type": "xlsx",
    "connection": "{}",
    "address": "{}",
    "payload": "{}",
}
_TIMES = {"start_time_of_day": "00:00:00", "end_time_of_day": "23:59:59"}
_INSTANTS = {"valid_from_datetime_utc": "2020-01-01", "valid_through_datetime_utc": "2030-01-01"}
_LEFT_ALONE = {
    "tbl_change_journal",
    "tbl_migrations",
    "tbl_leases",
    "tbl_timezones",
    "tbl_menus",
    "tbl_versions",
}


def uuid_of(key: int, table: str = "") -> str:
    """The UUID of a row: the same for every run, of version 4's form."""
    made = uuid.uuid5(uuid.NAMESPACE_OID, f"{table}{key}").hex
    return str(uuid.UUID(f"{made[:12]}4{made[13:16]}a{made[17:]}"))


def fill(dbs: Databases) -> None:
    """Fill the migrated databases."""
    for database in CONFIGURED:
        with dbs.session(database) as session:
            for table in TABLES[database].values():
                if table.name not in _LEFT_ALONE:
                    _fill_table(session, table)
    _relate(dbs)
    for database in HOURLY_DATABASES:
        _fill_hours(dbs, database)
    _fill_history(dbs)


def _fill_table(session: Session, table: Table) -> None:
    columns = [column for column in table.columns if column.name != "id"]
    has_id = any(column.name == "id" for column in table.columns)
    names = ["id", *(column.name for column in columns)] if has_id else [column.name for column in columns]
    rows = [[*([key] if has_id else []), *(_value(table, column, key) for column in columns)] for key in KEYS]
    session.upsert(table.name, names, rows)


def _value(table: Table, column: Column, key: int) -> Any:
    for known in (_TEXTS, _TIMES, _INSTANTS):
        if column.name in known:
            return known[column.name]
    if column.name.endswith("uuid"):
        return uuid_of(key, table.name if column.name == "uuid" else "tbl_meters")
    if column.reference or column.name.endswith("_id"):
        return key
    return _of_type(column, key)


def _of_type(column: Column, key: int) -> Any:
    kind = column.type.split("(")[0]
    if kind in {"BIGINT", "INT", "DECIMAL", "TINYINT UNSIGNED"}:
        return 10 * key
    if kind == "BOOL":
        return 1
    if kind == "DATETIME":
        return START_UTC.replace(tzinfo=None)
    return {"DATE": START_UTC.date(), "TIME": "08:00:00", "LONGBLOB": b"x"}.get(
        kind, f"{column.name}{key}"[:8]
    )


def _relate(dbs: Databases) -> None:
    """What the filling by rule gets wrong."""
    with dbs.session("system_db") as session:
        session.execute("UPDATE tbl_spaces SET parent_space_id = NULL WHERE id = 1")
        session.execute("UPDATE tbl_spaces SET parent_space_id = 1 WHERE id = 2")
        session.execute("UPDATE tbl_meters SET master_meter_id = NULL WHERE id = 1")
        session.execute("UPDATE tbl_meters SET master_meter_id = 1 WHERE id = 2")
        session.execute("UPDATE tbl_points SET object_type = 'ENERGY_VALUE', units = 'kWh' WHERE id = 1")
        session.execute(
            "UPDATE tbl_points SET object_type = 'ANALOG_VALUE', units = 'V', name = 'Ua' WHERE id = 2"
        )
        for kind in ("equipment", "combined_equipment"):
            session.execute(
                f"INSERT INTO tbl_{kind}s_parameters ({kind}_id, name, parameter_type, numerator_meter_uuid,"
                " denominator_meter_uuid) VALUES (1, 'COP', 'fraction', %s, %s)",
                (uuid_of(2, "tbl_meters"), uuid_of(1, "tbl_meters")),
            )
            session.execute(f"UPDATE tbl_{kind}s_meters SET is_output = 0")
        session.execute("INSERT INTO tbl_meters_points (meter_id, point_id) VALUES (1, 2)")


def _fill_hours(dbs: Databases, database: str) -> None:
    count = DAYS * 24
    starts = np.datetime64(START_UTC.replace(tzinfo=None), "s") + np.arange(count) * np.timedelta64(3600, "s")
    with dbs.session(database) as session:
        for family in FAMILIES:
            for key in KEYS:
                arrays: dict[str, Any] = {name: np.full(count, key) for name in family.keys}
                arrays |= {
                    "start_datetime_utc": starts,
                    "actual_value": np.arange(count) % 24 + key + (0.5 if database != "energy_db" else 0.0),
                    "quality": np.zeros(count, dtype=np.uint8),
                }
                session.upsert_arrays(family.table, arrays)


def _fill_history(dbs: Databases) -> None:
    instants = [START_UTC.replace(tzinfo=None) + timedelta(hours=n) for n in range(DAYS * 24)]
    with dbs.session("historical_db") as session:
        for key, kind in ((1, "energy"), (2, "analog")):
            session.upsert(
                f"tbl_{kind}_value",
                ("point_id", "utc_date_time", "actual_value", "is_bad"),
                [(key, at, 200 + n, 0) for n, at in enumerate(instants)],
            )
            session.upsert(
                f"tbl_{kind}_value_latest",
                ("point_id", "utc_date_time", "actual_value"),
                [(key, instants[-1], 299)],
            )
