"""CREATE TABLE from the catalog, in the dialect that MariaDB, MySQL and TiDB share."""

from __future__ import annotations

from ems_common.catalog.model import NO_DEFAULT, Column, Table
from ems_common.db.pool import COLLATION

FUTURE_PARTITION = "p_future"
PAST_PARTITION = "p_past"
PAST_ENDS = "2000-01-01"


def create_table(table: Table) -> str:
    """The statement that creates a table unless it is there.

    Tables that grow without end start with two partitions, the past and the future; the months between are
    split off by :mod:`ems_database.partitions`.
    """
    parts = [_column(column) for column in table.columns]
    parts.append(f"PRIMARY KEY ({', '.join(table.key)})")
    parts += [
        f"UNIQUE KEY {table.name[4:52]}_u{n} ({', '.join(key)})" for n, key in enumerate(table.unique, 1)
    ]
    parts += [f"KEY {table.name[4:52]}_i{n} ({', '.join(key)})" for n, key in enumerate(table.indexes, 1)]
    body = ",\n  ".join(parts)
    text = (
        f"CREATE TABLE IF NOT EXISTS {table.name} (\n  {body}\n)"
        f" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={COLLATION}"
    )
    if table.partitioned_by:
        text += (
            f"\nPARTITION BY RANGE COLUMNS({table.partitioned_by}) (\n"
            f"  PARTITION {PAST_PARTITION} VALUES LESS THAN ('{PAST_ENDS}'),\n"
            f"  PARTITION {FUTURE_PARTITION} VALUES LESS THAN (MAXVALUE)\n)"
        )
    return text


def _column(column: Column) -> str:
    text = f"{column.name} {column.type}"
    if column.name == "id" and column.type == "BIGINT":
        return f"{text} NOT NULL AUTO_INCREMENT"
    text += " NULL" if column.null else " NOT NULL"
    if column.default is not NO_DEFAULT:
        text += f" DEFAULT {_literal(column.default)}"
    return text


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return f"'{value}'"
