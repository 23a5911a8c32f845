"""Compares what a server has with what the catalog says."""

from __future__ import annotations

from ems_common.catalog import TABLES
from ems_common.catalog.model import Table
from ems_common.db import Databases, Session


def differences(dbs: Databases) -> list[str]:
    """Tables and columns that are missing or differ, one line each; more of either is allowed."""
    found: list[str] = []
    for database, tables in TABLES.items():
        with dbs.session(database) as session:
            columns = _columns(session)
        for table in tables.values():
            found += [f"{database}.{line}" for line in _of_table(table, columns.get(table.name))]
    return found


def _columns(session: Session) -> dict[str, dict[str, tuple[str, bool]]]:
    result: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, nullable in session.rows(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS"
        " WHERE TABLE_SCHEMA = DATABASE()"
    ):
        kind_text = kind.decode() if isinstance(kind, bytes) else str(kind)
        result.setdefault(table, {})[column] = (_plain(kind_text), nullable == "YES")
    return result


def _plain(sql_type: str) -> str:
    """A type without what servers add to it: display widths, and the long name of BOOL.

    >>> _plain("bigint(20)"), _plain("tinyint(1)"), _plain("tinyint(3) unsigned"), _plain("DECIMAL(21,6)")
    ('BIGINT', 'BOOL', 'TINYINT UNSIGNED', 'DECIMAL(21,6)')
    """
    upper = sql_type.upper()
    if upper in {"TINYINT(1)", "BOOL"}:
        return "BOOL"
    for name in ("BIGINT", "SMALLINT", "TINYINT", "INT"):
        if upper.startswith(name):
            return f"{name} UNSIGNED" if "UNSIGNED" in upper else name
    return upper


def _of_table(table: Table, columns: dict[str, tuple[str, bool]] | None) -> list[str]:
    if columns is None:
        return [f"{table.name}: missing"]
    found = []
    for column in table.columns:
        stored = columns.get(column.name)
        wanted = (_plain(column.type), column.null)
        if stored is None:
            found.append(f"{table.name}.{column.name}: missing")
        elif stored != wanted:
            found.append(f"{table.name}.{column.name}: is {stored[0]}, should be {wanted[0]}")
    return found
