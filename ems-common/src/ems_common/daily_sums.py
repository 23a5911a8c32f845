"""Sums of the slots of each UTC day, kept beside the hourly tables: what reports over many entities add up.

The days are those of UTC, whatever the zone of the site or of a report: the slots at both ends of a period,
up to the next midnight UTC, are read themselves. So no zone, half-hour zone or change of clocks matters, and
a slot of 60, 30 or 15 minutes lies in one day only.

Of each table all days before its *horizon* are summed and no later one is. Whoever changes slots before the
horizon sums their days anew in the same transaction (:func:`follow`), so a sum is never older than its slots.
Aggregation moves the horizon on (:func:`extend`). Both hold the row of the table in `tbl_rollups` locked
until they commit: slots that are written while the horizon moves are either seen by who moves it, or their
writer sees where it has moved. A table that the product never wrote (:mod:`ems_common.content`) is not
summed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ems_common import content
from ems_common.catalog.hourly import (
    DAILY_SUMS,
    QUALITY_ESTIMATED,
    QUALITY_INCOMPLETE,
    QUALITY_PROVISIONAL,
    Family,
)
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.journal import BEGINNING_UTC, Window
from ems_common.periods import ceil_slot, floor_slot

DAY: Final = timedelta(days=1)
COUNTS: Final = compose(
    "COUNT(*), COUNT(NULLIF(quality & {estimated}, 0)), COUNT(NULLIF(quality & {incomplete}, 0)),"
    " COUNT(NULLIF(quality & {provisional}, 0))",
    estimated=QUALITY_ESTIMATED,
    incomplete=QUALITY_INCOMPLETE,
    provisional=QUALITY_PROVISIONAL,
)
"""What is counted of the slots that are added up."""

_HORIZON: Final = compose("SELECT id, through_utc, reached_utc FROM tbl_rollups WHERE table_name = %s")
_DAY_MINUTES: Final = 1440
_SUMMED: Final = frozenset(family for families in DAILY_SUMS.values() for family in families)
_MOST_IDS: Final = 1000
_MOST_SLOTS: Final = 1_000_000
_MOST_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far the days of a table are summed.

    Attributes:
        number: Key of the table among the sums.
        through_utc: All days before this midnight are summed.
        reached_utc: Sums between the two are left over from before the horizon was taken back; they count
            for nothing.
    """

    number: int
    through_utc: datetime
    reached_utc: datetime


def floor_day(time_utc: datetime) -> datetime:
    """The last midnight UTC at or before an instant."""
    return floor_slot(time_utc, _DAY_MINUTES)


def ceil_day(time_utc: datetime) -> datetime:
    """The first midnight UTC at or after an instant."""
    return ceil_slot(time_utc, _DAY_MINUTES)


def horizon(session: Session, table: str) -> Horizon | None:
    """The horizon of a table as it is committed; None when it has none yet."""
    row = session.row(_HORIZON, (table,))
    return None if row is None else _horizon(row)


def follow(session: Session, family: Family, ids: Sequence[int], window: Window) -> None:
    """Sum the days anew whose slots were changed in this transaction.

    Args:
        session: The transaction that changed them.
        family: Their table.
        ids: Entities whose slots were changed.
        window: Where they were.
    """
    if family not in _SUMMED or not ids:
        return
    known = _locked(session, family.table)
    start, end = floor_day(window.start_utc), min(ceil_day(window.end_utc), known.through_utc)
    if start < end:
        _sum(session, family, known.number, ids, Window(start, end), is_new=False)


def extend(session: Session, family: Family, until_utc: datetime, slot: timedelta) -> tuple[int, bool]:
    """Move the horizon of a table on, by a bounded amount of work.

    Args:
        session: A transaction of its own.
        family: The table.
        until_utc: Where the horizon should be: a midnight UTC.
        slot: Length of a slot. Days that the last slots do not fill are left for later.

    Returns:
        How many days were summed, and whether there are more to sum.
    """
    found = horizon(session, family.table)
    if (found is not None and found.through_utc >= until_utc) or not content.version(session, family.table):
        return 0, False
    known = _locked(session, family.table)
    # Under the lock, so that no slot of a new entity is overlooked.
    hours = _extent(session, family)
    if hours is None:
        return 0, False
    start = max(known.through_utc, floor_day(hours.start_utc))
    last = min(until_utc, floor_day(hours.end_utc + slot))
    if start >= last:
        return 0, False
    ids = _ids(session, family)
    days = max(1, min(_MOST_DAYS, _MOST_SLOTS // (len(ids) * round(DAY / slot))))
    end = min(last, start + days * DAY)
    if is_new := known.through_utc >= known.reached_utc:
        window = Window(start, end)
    else:
        window = Window(known.through_utc, end)
        ids = sorted({*ids, *_summed_ids(session, known.number)})
    _sum(session, family, known.number, ids, window, is_new=is_new)
    session.execute(
        "UPDATE tbl_rollups SET through_utc = %s, reached_utc = %s WHERE id = %s",
        (_naive(end), _naive(max(end, known.reached_utc)), known.number),
    )
    return (end - start) // DAY, end < last


def take_back(session: Session, family: Family, from_utc: datetime) -> None:
    """Take the horizon back, so that the days from an instant on are summed anew from their slots."""
    known = _locked(session, family.table)
    session.execute(
        "UPDATE tbl_rollups SET through_utc = %s WHERE id = %s",
        (_naive(min(known.through_utc, floor_day(max(from_utc, BEGINNING_UTC)))), known.number),
    )


def take_back_all(dbs: Databases, from_utc: datetime) -> None:
    """Have the days of every table summed anew from an instant on."""
    for database, family in summed_tables():
        with dbs.session(database) as session:
            take_back(session, family, from_utc)


def summed_tables() -> Iterator[tuple[str, Family]]:
    """Database and family of every table of which days are summed."""
    return ((database, family) for database, families in DAILY_SUMS.items() for family in families)


def _locked(session: Session, table: str) -> Horizon:
    """The horizon, which nobody else moves or relies on until this transaction ends."""
    row = session.row(compose("{horizon} FOR UPDATE", horizon=_HORIZON), (table,))
    if row is not None:
        return _horizon(row)
    # Waits for whoever is making it just now; a row that is not there cannot be locked.
    session.execute(
        "INSERT INTO tbl_rollups (table_name, through_utc, reached_utc) VALUES (%s, %s, %s)"
        " ON DUPLICATE KEY UPDATE table_name = VALUES(table_name)",
        (table, _naive(BEGINNING_UTC), _naive(BEGINNING_UTC)),
    )
    return _locked(session, table)


def _horizon(row: Sequence[Any]) -> Horizon:
    return Horizon(row[0], row[1].replace(tzinfo=UTC), row[2].replace(tzinfo=UTC))


def _sum(
    session: Session, family: Family, number: int, ids: Sequence[int], window: Window, *, is_new: bool
) -> None:
    ends = (_naive(window.start_utc), _naive(window.end_utc))
    for first in range(0, len(ids), _MOST_IDS):
        some = ids[first : first + _MOST_IDS]
        if not is_new:
            session.execute(
                compose(
                    "DELETE FROM tbl_daily_sums WHERE rollup_id = %s AND entity_id IN ({ids})"
                    " AND start_datetime_utc >= %s AND start_datetime_utc < %s",
                    ids=marks(some),
                ),
                (number, *some, *ends),
            )
        session.execute(
            compose(
                "INSERT INTO tbl_daily_sums (rollup_id, entity_id, part_id, start_datetime_utc, total,"
                " slots, estimated, incomplete, provisional)"
                " SELECT %s, {entity}, {part}, CAST(DATE(start_datetime_utc) AS DATETIME) AS day,"
                " SUM(actual_value), {counts} FROM {table} WHERE {entity} IN ({ids})"
                " AND start_datetime_utc >= %s AND start_datetime_utc < %s GROUP BY {keys}, day",
                entity=family.keys[0],
                part=family.keys[1] if family.split else 0,
                counts=COUNTS,
                table=family.table,
                ids=marks(some),
                keys=family.keys,
            ),
            (number, *some, *ends),
        )


def _ids(session: Session, family: Family) -> list[int]:
    sql = compose("SELECT DISTINCT {key} FROM {table}", key=family.keys[0], table=family.table)
    return [key for (key,) in session.rows(sql)]


def _summed_ids(session: Session, number: int) -> list[int]:
    sql = "SELECT DISTINCT entity_id FROM tbl_daily_sums WHERE rollup_id = %s"
    return [key for (key,) in session.rows(sql, (number,))]


def _extent(session: Session, family: Family) -> Window | None:
    """First and last slot start of a table: by its key, without looking at every row."""
    row = session.row(
        compose(
            "SELECT MIN(first), MAX(last) FROM (SELECT MIN(start_datetime_utc) AS first,"
            " MAX(start_datetime_utc) AS last FROM {table} GROUP BY {keys}) of_keys",
            table=family.table,
            keys=family.keys,
        )
    )
    if row is None or row[0] is None:
        return None
    return Window(row[0].replace(tzinfo=UTC), row[1].replace(tzinfo=UTC))


def _naive(time_utc: datetime) -> datetime:
    return time_utc.astimezone(UTC).replace(tzinfo=None)
