"""Statements that add up slots of many entities, those of whole days by the sums that are kept of them.

The slots from the start of a span to the next midnight of the sums, those after its last one, and those of
days that are not summed yet are read themselves; see :mod:`ems_common.daily_sums`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from ems_common.catalog.hourly import DAILY_SUMS, Family
from ems_common.daily_sums import COUNTS, DAY, Horizon
from ems_common.db.sql import Sql, compose, each, marks
from ems_common.periods import from_datetime64, period_start
from ems_common.periods import zone as zone_of

from ems_api.reports.buckets import MOST_AXES, Instants, Span

_WORTH_HOURS: Final = 720
"""So few hours of entities are added up in no more time than days and the hours at both ends."""
_FEWEST_DAYS: Final = 2
_NOTHING: Final = compose("")
_SUM: Final = compose("SUM(actual_value) + 0E0")
_EXACT: Final = compose("SUM(actual_value) AS total")
_COUNTS: Final = compose(", {counts}", counts=COUNTS)
_COUNTS_OF_DAYS: Final = compose(
    ", {sums}", sums=each("SUM({name}) AS {name}", ("slots", "estimated", "incomplete", "provisional"))
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be added up.

    Attributes:
        family: The table.
        ids: Entities.
        part_ids: Categories or items; all when None.
        counted: Whether slots are counted by their quality as well, which costs half as much again.
    """

    family: Family
    ids: Sequence[int]
    part_ids: Sequence[int] | None
    counted: bool = False


def horizon(known: Horizon | None, database: str, wanted: Wanted, span: Span) -> Horizon | None:
    """How far known sums of days may be used over a span; None when they would save nothing."""
    if wanted.family not in DAILY_SUMS.get(database, ()):
        return None
    hours = (span.end_utc - span.start_utc).total_seconds() / 3600
    return known if hours * len(wanted.ids) >= _WORTH_HOURS else None


def statement(
    wanted: Wanted, span: Span, known: Horizon | None, number: int | None = None
) -> tuple[Sql, list[Any]]:
    """A query of the sums, and its parameters.

    Args:
        wanted: What is added up.
        span: Over which time.
        known: See :func:`horizon`.
        number: A first column that tells the queries of a UNION apart.

    Returns:
        Columns: the number if it is given, the keys of the family, the sum, and if counted those of
        :data:`ems_common.daily_sums.COUNTS`.
    """
    lead = _NOTHING if number is None else compose("{number}, ", number=number)
    days = None if known is None else _whole_days(span, known)
    if known is None or days is None:
        return _of_slots(wanted, span, _SUM, lead)
    sql, values = _of_days(wanted, days, known)
    for end in (Span(span.start_utc, days.start_utc), Span(days.end_utc, span.end_utc)):
        if end.start_utc < end.end_utc:
            slots, more = _of_slots(wanted, end, _EXACT, _NOTHING)
            sql, values = compose("{sql} UNION ALL {slots}", sql=sql, slots=slots), [*values, *more]
    together = compose(
        "SELECT {lead}{keys}, SUM(total) + 0E0{counts} FROM ({parts}) of_parts GROUP BY {keys}",
        lead=lead,
        keys=wanted.family.keys,
        counts=_COUNTS_OF_DAYS if wanted.counted else _NOTHING,
        parts=sql,
    )
    return together, values


def whole_days(span: Span, known: Horizon, starts: Instants) -> Span | None:
    """The days of a span that the sums have, if its buckets begin at the sums' midnights; else None.

    Args:
        span: A span.
        known: How far days are summed.
        starts: Where its days begin, naive UTC.
    """
    return _whole_days(span, known) if _are_midnights(known.zone_name, starts.tobytes()) else None


@lru_cache(maxsize=MOST_AXES)
def _are_midnights(zone_name: str, starts: bytes) -> bool:
    """Whether all instants (the bytes of naive UTC seconds) are midnights of a zone; remembered per axis."""
    tz = zone_of(zone_name)
    instants = map(from_datetime64, np.frombuffer(starts, dtype="datetime64[s]"))
    return all(period_start(at, "daily", tz) == at for at in instants)


def packed_days(known: Horizon, ids: Sequence[int], days: Span) -> tuple[Sql, list[Any]]:
    """A query of the sums of whole days, of a table that is not split, and its parameters.

    Returns:
        Columns: entity, how many days it has, minutes since the first day and sums in turns, and those of
        :data:`ems_common.daily_sums.COUNTS` over all of them.
    """
    sql = compose(
        "SELECT entity_id, COUNT(*), GROUP_CONCAT(TIMESTAMPDIFF(MINUTE, %s, start_datetime_utc), ',', total)"
        "{counts} FROM tbl_daily_sums WHERE rollup_id = %s AND part_id = 0 AND entity_id IN ({ids})"
        " AND start_datetime_utc >= %s AND start_datetime_utc < %s GROUP BY entity_id",
        counts=_COUNTS_OF_DAYS,
        ids=marks(ids),
    )
    start, end = (at.replace(tzinfo=None) for at in (days.start_utc, days.end_utc))
    return sql, [start, known.number, *ids, start, end]


def condition(
    family: Family, ids: Sequence[int], part_ids: Sequence[int] | None, span: Span
) -> tuple[Sql, list[Any]]:
    """The slots of some entities and parts in a span, as a condition and its parameters."""
    where = compose("{key} IN ({keys})", key=family.keys[0], keys=marks(ids))
    values: list[Any] = list(ids)
    if part_ids is not None and family.split:
        where = compose("{rest} AND {key} IN ({keys})", rest=where, key=family.keys[1], keys=marks(part_ids))
        values += part_ids
    where = compose("{rest} AND start_datetime_utc >= %s AND start_datetime_utc < %s", rest=where)
    values += [span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)]
    return where, values


def _whole_days(span: Span, known: Horizon) -> Span | None:
    start = known.ceil_day(span.start_utc)
    end = min(known.floor_day(span.end_utc), known.through_utc)
    return Span(start, end) if end - start >= _FEWEST_DAYS * DAY else None


def _of_slots(wanted: Wanted, span: Span, total: Sql, lead: Sql) -> tuple[Sql, list[Any]]:
    where, values = condition(wanted.family, wanted.ids, wanted.part_ids, span)
    sql = compose(
        "SELECT {lead}{keys}, {total}{counts} FROM {table} WHERE {where} GROUP BY {keys}",
        lead=lead,
        keys=wanted.family.keys,
        total=total,
        counts=_COUNTS if wanted.counted else _NOTHING,
        table=wanted.family.table,
        where=where,
    )
    return sql, values


def _of_days(wanted: Wanted, days: Span, known: Horizon) -> tuple[Sql, list[Any]]:
    family = wanted.family
    # The key of a table that is not split has a part, too: 0.
    parts: Sequence[int] | None = wanted.part_ids if family.split else (0,)
    by_part = _NOTHING if parts is None else compose(" AND part_id IN ({parts})", parts=marks(parts))
    named = compose("entity_id AS {entity}", entity=family.keys[0])
    if family.split:
        named = compose("{entity}, part_id AS {part}", entity=named, part=family.keys[1])
    sql = compose(
        "SELECT {named}, SUM(total) AS total{counts} FROM tbl_daily_sums WHERE rollup_id = %s"
        " AND entity_id IN ({ids}){by_part} AND start_datetime_utc >= %s AND start_datetime_utc < %s"
        " GROUP BY entity_id, part_id",
        named=named,
        counts=_COUNTS_OF_DAYS if wanted.counted else _NOTHING,
        ids=marks(wanted.ids),
        by_part=by_part,
    )
    ends = (days.start_utc.replace(tzinfo=None), days.end_utc.replace(tzinfo=None))
    return sql, [known.number, *wanted.ids, *(parts or ()), *ends]
