"""Sums of the slots of each local day, kept beside the hourly tables: what reports over many entities add up.

The days are those of the site's zone, which stands beside them: a report in another zone reads the slots at
both ends of its period, up to the next of these midnights, itself, and so does one of a period that begins
within a day. A slot belongs to the day in which it starts.

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
from datetime import UTC, datetime, timedelta, tzinfo
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
from ems_common.db.sql import Sql, compose, marks
from ems_common.journal import BEGINNING_UTC, Window
from ems_common.periods import local_periods, next_period, period_start
from ems_common.periods import zone as zone_of

DAY: Final = timedelta(days=1)
COUNTS: Final = compose(
    "COUNT(*), COUNT(NULLIF(quality & {estimated}, 0)), COUNT(NULLIF(quality & {incomplete}, 0)),"
    " COUNT(NULLIF(quality & {provisional}, 0))",
    estimated=QUALITY_ESTIMATED,
    incomplete=QUALITY_INCOMPLETE,
    provisional=QUALITY_PROVISIONAL,
)
"""What is counted of the slots that are added up."""

_HORIZON: Final = compose("SELECT id, through_utc, reached_utc, zone FROM tbl_rollups WHERE table_name = %s")
UTC_DAYS: Final = "UTC"
_WHOLE: Final = 0
"""Part of what is not split."""
_PAST_MIDNIGHT: Final = timedelta(hours=6)
"""More than clocks are ever changed by: so long after a midnight it is still the same day."""
_SUMMED: Final = frozenset(family for families in DAILY_SUMS.values() for family in families)
_MOST_IDS: Final = 1000
_MOST_RANGES: Final = 10_000
"""Pairs of entity and part in one statement: with more the server gives up its key and reads everything."""
_MOST_SLOTS: Final = 1_000_000
"""Of one part of every entity, in one transaction."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far the days of a table are summed.

    Attributes:
        number: Key of the table among the sums.
        through_utc: All days before this midnight are summed.
        reached_utc: Sums between the two are left over from before the horizon was taken back; they count
            for nothing.
        zone_name: Whose days they are, as the site's setting names it.
    """

    number: int
    through_utc: datetime
    reached_utc: datetime
    zone_name: str

    @property
    def zone(self) -> tzinfo:
        """Whose days they are."""
        return zone_of(self.zone_name)

    def floor_day(self, time_utc: datetime) -> datetime:
        """The last midnight at or before an instant."""
        return period_start(time_utc, "daily", self.zone)

    def ceil_day(self, time_utc: datetime) -> datetime:
        """The first midnight at or after an instant."""
        start = self.floor_day(time_utc)
        return start if start == time_utc else next_period(start, "daily", self.zone)


def horizon(session: Session, table: str) -> Horizon | None:
    """The horizon of a table as it is committed; None when it has none yet."""
    row = session.row(_HORIZON, (table,))
    return None if row is None else _horizon(row)


def standing(session: Session, table: str) -> tuple[int, Horizon | None]:
    """The version of a table's content (:mod:`ems_common.content`) and its horizon, asked for together."""
    versions, found = session.several((content.VERSION, (table,)), (_HORIZON, (table,)))
    return int(versions[0][0]), _horizon(found[0]) if found else None


def follow(
    session: Session, family: Family, ids: Sequence[int], window: Window, parts: Sequence[int] = ()
) -> None:
    """Sum the days anew whose slots were changed in this transaction.

    Args:
        session: The transaction that changed them.
        family: Their table.
        ids: Entities whose slots were changed.
        window: Where they were.
        parts: All parts that any of their slots may have, where the caller knows them.
    """
    if family not in _SUMMED or not ids:
        return
    known = _locked(session, family.table)
    start = known.floor_day(window.start_utc)
    end = min(known.ceil_day(window.end_utc), known.through_utc)
    if start < end:
        _remove(session, known, ids, Window(start, end), parts if family.split else (_WHOLE,))
        _sum(session, family, known, ids, Window(start, end), parts or _parts(session, family, ids))


def extend(
    session: Session, family: Family, until_utc: datetime, slot: timedelta, zone_name: str = UTC_DAYS
) -> tuple[int, bool]:
    """Move the horizon of a table on, by a bounded amount of work.

    Args:
        session: A transaction of its own.
        family: The table.
        until_utc: Where the horizon should be, at most.
        slot: Length of a slot. Days that the last slots do not fill are left for later.
        zone_name: Whose days are summed. Where those of another zone were, all are summed anew.

    Returns:
        How many days were summed, and whether there are more to sum.
    """
    found = horizon(session, family.table)
    is_far = found is not None and found.through_utc >= found.floor_day(until_utc)
    if (is_far and found is not None and found.zone_name == zone_name) or not content.version(
        session, family.table
    ):
        return 0, False
    known = _in_zone(session, _locked(session, family.table), zone_name)
    # Under the lock, so that no slot of a new entity is overlooked.
    held = _held(session, family)
    if held is None:
        return 0, False
    ids, hours = held.ids, held.extent
    start = max(known.through_utc, known.floor_day(hours.start_utc))
    last = known.floor_day(min(until_utc, hours.end_utc + slot))
    if start >= last:
        return 0, False
    days = max(1, _MOST_SLOTS // (len(ids) * round(DAY / slot)))
    days = min(days, round((last - start) / DAY))
    end = min(last, known.floor_day(start + days * DAY + _PAST_MIDNIGHT))
    if known.through_utc < known.reached_utc:
        left_over = sorted({*ids, *_summed_ids(session, known.number)})
        _remove(session, known, left_over, Window(known.through_utc, end))
    _sum(session, family, known, ids, Window(start, end), held.parts)
    session.execute(
        "UPDATE tbl_rollups SET through_utc = %s, reached_utc = %s WHERE id = %s",
        (_naive(end), _naive(max(end, known.reached_utc)), known.number),
    )
    return round((end - start) / DAY), end < last


def take_back(session: Session, family: Family, from_utc: datetime) -> None:
    """Take the horizon back, so that the days from an instant on are summed anew from their slots."""
    known = _locked(session, family.table)
    session.execute(
        "UPDATE tbl_rollups SET through_utc = %s WHERE id = %s",
        (_naive(min(known.through_utc, known.floor_day(max(from_utc, BEGINNING_UTC)))), known.number),
    )


def take_back_all(dbs: Databases, from_utc: datetime) -> None:
    """Have the days of every table summed anew from an instant on."""
    for database, family in summed_tables():
        with dbs.session(database) as session:
            take_back(session, family, from_utc)


def summed_tables() -> Iterator[tuple[str, Family]]:
    """Database and family of every table of which days are summed."""
    return ((database, family) for database, families in DAILY_SUMS.items() for family in families)


def _in_zone(session: Session, known: Horizon, zone_name: str) -> Horizon:
    """The horizon of the days of a zone: at the beginning, when it was that of another's."""
    if known.zone_name == zone_name:
        return known
    reached = max(known.through_utc, known.reached_utc)
    session.execute(
        "UPDATE tbl_rollups SET zone = %s, through_utc = %s, reached_utc = %s WHERE id = %s",
        (zone_name, _naive(BEGINNING_UTC), _naive(reached), known.number),
    )
    return Horizon(known.number, BEGINNING_UTC, reached, zone_name)


def _locked(session: Session, table: str) -> Horizon:
    """The horizon, which nobody else moves or relies on until this transaction ends."""
    row = session.row(compose("{horizon} FOR UPDATE", horizon=_HORIZON), (table,))
    if row is not None:
        return _horizon(row)
    # Waits for whoever is making it just now; a row that is not there cannot be locked.
    session.execute(
        "INSERT INTO tbl_rollups (table_name, zone, through_utc, reached_utc) VALUES (%s, %s, %s, %s)"
        " ON DUPLICATE KEY UPDATE table_name = VALUES(table_name)",
        (table, UTC_DAYS, _naive(BEGINNING_UTC), _naive(BEGINNING_UTC)),
    )
    return _locked(session, table)


def _horizon(row: Sequence[Any]) -> Horizon:
    return Horizon(row[0], row[1].replace(tzinfo=UTC), row[2].replace(tzinfo=UTC), row[3])


def _remove(
    session: Session, known: Horizon, ids: Sequence[int], window: Window, parts: Sequence[int] = ()
) -> None:
    """Remove the sums of some days, of the named parts or of all; see :func:`_sum` for why they are named."""
    named = compose(" AND part_id IN ({parts})", parts=marks(parts)) if parts else compose("")
    for some in _batches(ids, max(1, _MOST_RANGES // max(1, len(parts)))):
        session.execute(
            compose(
                "DELETE FROM tbl_daily_sums WHERE rollup_id = %s AND entity_id IN ({ids}){named}"
                " AND start_datetime_utc >= %s AND start_datetime_utc < %s",
                ids=marks(some),
                named=named,
            ),
            (known.number, *some, *parts, _naive(window.start_utc), _naive(window.end_utc)),
        )


def _sum(
    session: Session,
    family: Family,
    known: Horizon,
    ids: Sequence[int],
    window: Window,
    parts: Sequence[int] = (),
) -> None:
    """Add the sums of whole days, of which there are none yet.

    Args:
        session: A transaction.
        family: The table.
        known: Its horizon.
        ids: Entities.
        window: The days.
        parts: All parts that the table holds, where known. They stand between entity and time in its key: by
            them the server goes to the days at once, without them it reads all the past of the entities.
    """
    named = (
        compose("{part} IN ({parts}) AND ", part=family.keys[1], parts=marks(parts)) if parts else compose("")
    )
    for run in _even_runs(window, known.zone):
        start, end = _naive(run.start_utc), _naive(run.end_utc)
        day, of_day = _day_of_slot(run), (start,) if (run.end_utc - run.start_utc) % DAY else ()
        for some in _batches(ids, max(1, _MOST_RANGES // max(1, len(parts)))):
            session.execute(
                compose(
                    "INSERT INTO tbl_daily_sums (rollup_id, entity_id, part_id, start_datetime_utc, total,"
                    " slots, estimated, incomplete, provisional)"
                    " SELECT %s, {entity}, {part}, {day} AS day,"
                    " SUM(actual_value), {counts} FROM {table} WHERE {entity} IN ({ids}) AND {named}"
                    "start_datetime_utc >= %s AND start_datetime_utc < %s GROUP BY {keys}, day",
                    entity=family.keys[0],
                    part=family.keys[1] if family.split else _WHOLE,
                    day=day,
                    counts=COUNTS,
                    table=family.table,
                    ids=marks(some),
                    named=named,
                    keys=family.keys,
                ),
                (known.number, *of_day, *some, *parts, start, end),
            )


def _day_of_slot(run: Window) -> Sql:
    """The day in which a slot lies, of a run of days of 24 hours; a longer or shorter day is a parameter."""
    if (run.end_utc - run.start_utc) % DAY:
        return compose("CAST(%s AS DATETIME)")
    first = _naive(run.start_utc)
    # Cheaper than to count the days since the first one: it takes a quarter off the time of all the sums.
    return compose(
        "CAST(start_datetime_utc - INTERVAL {minutes} MINUTE AS DATE) + INTERVAL {minutes} MINUTE",
        minutes=first.hour * 60 + first.minute,
    )


def _parts(session: Session, family: Family, ids: Sequence[int]) -> list[int]:
    """The parts of which some entities have slots; the server steps from one to the next in its key."""
    found: set[int] = set()
    for some in _batches(ids) if family.split else ():
        rows = session.rows(
            compose(
                "SELECT {keys} FROM {table} WHERE {entity} IN ({ids}) GROUP BY {keys}",
                keys=family.keys,
                table=family.table,
                entity=family.keys[0],
                ids=marks(some),
            ),
            some,
        )
        found.update(part for _entity, part in rows)
    return sorted(found)


def _even_runs(window: Window, zone: tzinfo) -> list[Window]:
    """The days of a window in runs of days of 24 hours; one on which clocks change stands alone."""
    runs: list[Window] = []
    was_even = False
    for day in local_periods(window.start_utc, window.end_utc, "daily", zone):
        is_even = day.end_utc - day.start_utc == DAY
        if is_even and was_even:
            runs[-1] = Window(runs[-1].start_utc, day.end_utc)
        else:
            runs.append(Window(day.start_utc, day.end_utc))
        was_even = is_even
    return runs


def _batches(ids: Sequence[int], most: int = _MOST_IDS) -> list[Sequence[int]]:
    most = min(most, _MOST_IDS)
    return [ids[first : first + most] for first in range(0, len(ids), most)]


def _summed_ids(session: Session, number: int) -> list[int]:
    sql = "SELECT DISTINCT entity_id FROM tbl_daily_sums WHERE rollup_id = %s"
    return [key for (key,) in session.rows(sql, (number,))]


@dataclass(frozen=True, slots=True)
class _Held:
    """What a table holds slots of.

    Attributes:
        ids: Entities.
        parts: Parts of all of them; empty where the table has none.
        extent: First and last slot start.
    """

    ids: list[int]
    parts: list[int]
    extent: Window


def _held(session: Session, family: Family) -> _Held | None:
    """What a table holds slots of; None when it is empty."""
    rows = session.rows(
        compose(
            "SELECT {keys}, MIN(start_datetime_utc), MAX(start_datetime_utc) FROM {table} GROUP BY {keys}",
            table=family.table,
            keys=family.keys,
        )
    )
    if not rows:
        return None
    return _Held(
        sorted({row[0] for row in rows}),
        sorted({row[1] for row in rows}) if family.split else [],
        Window(
            min(row[-2] for row in rows).replace(tzinfo=UTC), max(row[-1] for row in rows).replace(tzinfo=UTC)
        ),
    )


def _naive(time_utc: datetime) -> datetime:
    return time_utc.astimezone(UTC).replace(tzinfo=None)
