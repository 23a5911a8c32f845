"""Months of the raw tables, split off ahead of time; cleaning drops those that are too old.

A raw table is partitioned by the month of its readings. The newest partition, `p_future`, takes what lies
beyond the last month made; months are made three ahead, so it stays empty and splitting it costs nothing.
"""

from __future__ import annotations

from datetime import date

from ems_common.catalog import TABLES
from ems_common.catalog.ddl import FUTURE_PARTITION
from ems_common.db import Databases, Session

MONTHS_BACK = 14
MONTHS_AHEAD = 3


def month_start(day: date, offset: int = 0) -> date:
    """First day of the month `offset` months after the one of `day`.

    >>> month_start(date(2026, 11, 21), 2).isoformat()
    '2027-01-01'
    """
    index = day.year * 12 + day.month - 1 + offset
    return date(index // 12, index % 12 + 1, 1)


def partition_name(month: date) -> str:
    """Name of a month's partition.

    >>> partition_name(date(2026, 3, 1))
    'p_2026_03'
    """
    return f"p_{month:%Y_%m}"


def existing(session: Session, table: str) -> dict[str, str]:
    """Partition name → upper bound as the server describes it."""
    return dict(
        session.rows(
            "SELECT PARTITION_NAME, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND PARTITION_NAME IS NOT NULL",
            (table,),
        )
    )


def extend(session: Session, table: str, today: date) -> list[str]:
    """Split the missing months up to three ahead off the future partition.

    Returns:
        Names of the partitions made.
    """
    have = {name for name in existing(session, table) if name[2:3].isdigit()}
    newest = max(have, default=None)
    wanted = [month_start(today, offset) for offset in range(-MONTHS_BACK, MONTHS_AHEAD + 1)]
    missing = [month for month in wanted if newest is None or partition_name(month) > newest]
    if not missing:
        return []
    parts = [
        f"PARTITION {partition_name(month)} VALUES LESS THAN ('{month_start(month, 1).isoformat()}')"
        for month in missing
    ]
    parts.append(f"PARTITION {FUTURE_PARTITION} VALUES LESS THAN (MAXVALUE)")
    session.execute(f"ALTER TABLE {table} REORGANIZE PARTITION {FUTURE_PARTITION} INTO ({', '.join(parts)})")
    return [partition_name(month) for month in missing]


def maintain(dbs: Databases, today: date) -> int:
    """Make the months ahead in all partitioned tables; returns how many were made."""
    made = 0
    for database, tables in TABLES.items():
        for table in tables.values():
            if table.partitioned_by:
                with dbs.session(database) as session:
                    made += len(extend(session, table.name, today))
    return made
