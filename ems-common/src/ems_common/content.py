"""Versions of the content of tables: whoever changes rows raises the table's version in the same transaction.

What was computed from rows is good while the version it was read under stands; nothing else needs to be sent
or guessed. A version is read before the rows: rows that are newer than it are only read once more.

One counter per table would make transactions wait for each other, so each counts in a shard of its own,
chosen by its connection; the version is their sum. It never goes back, and what is rolled back never counted.
A shard begins with the time, so that databases made anew do not repeat the versions of those before them.
"""

from __future__ import annotations

from typing import Final

from ems_common.db import Session

SHARDS: Final = 64
VERSION: Final = "SELECT COALESCE(SUM(version), 0) FROM tbl_content_versions WHERE table_name = %s"
"""The version of a table; 0 when nothing has touched it."""


def touch(session: Session, table: str) -> None:
    """Raise the version of a table, in the transaction that changes its rows.

    Args:
        session: A transaction of the table's database.
        table: A table of the catalog's hourly databases.
    """
    session.execute(
        "INSERT INTO tbl_content_versions (table_name, shard, version)"
        " VALUES (%s, CONNECTION_ID() MOD %s, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED))"
        " ON DUPLICATE KEY UPDATE version = version + 1",
        (table, SHARDS),
    )


def version(session: Session, table: str) -> int:
    """The version of a table; 0 when nothing has touched it."""
    return int(session.scalar(VERSION, (table,)))
