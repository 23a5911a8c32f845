"""First and last time of things that are stored by key and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ems_common.db.session import Session
from ems_common.db.sql import compose, joined

_AT_ONCE = 500


def first_and_last(
    session: Session, table: str, key: str, at: str, ids: Sequence[int]
) -> dict[int, tuple[datetime, datetime]]:
    """First and last value of column `at` for each id in column `key`, without those that have none.

    Each id is looked up by itself, which the server does by two steps into the primary key. The same by `IN`
    and `GROUP BY` reads every row of these ids: half a minute for a year of a thousand meters.
    """
    one = compose(
        "SELECT %s, MIN({at}), MAX({at}) FROM {table} WHERE {key} = %s", at=at, table=table, key=key
    )
    found: dict[int, tuple[datetime, datetime]] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        part = ids[begin : begin + _AT_ONCE]
        values = [value for each in part for value in (each, each)]
        for entity, first, last in session.rows(joined([one] * len(part), " UNION ALL "), values):
            if first is not None:
                found[int(entity)] = (first, last)
    return found
