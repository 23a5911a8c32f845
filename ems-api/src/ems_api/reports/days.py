"""Sums of every day for many entities: by the sums of days that are kept, else by the slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ems_common.catalog.hourly import Family
from ems_common.daily_sums import Horizon
from ems_common.db import Databases, Session
from ems_common.slots import SlotAxis

from ems_api.reports import adding, doubts, kept, slots
from ems_api.reports.adding import Wanted
from ems_api.reports.buckets import Buckets, Float64, Int64, Span


def values(dbs: Databases, database: str, family: Family, ids: Sequence[int], axis: Buckets) -> Float64:
    """Sums of every day, for many entities of a table that is not split.

    Args:
        dbs: The databases.
        database: One of the hourly databases.
        family: The table.
        ids: Entities.
        axis: Days.

    Returns:
        Shape ``(n_ids, n_days)``; nan where a day has no slot.
    """
    if not ids or not len(axis):
        return np.full((len(ids), len(axis)), np.nan)
    request = ("days", tuple(ids), axis.span.start_utc, axis.span.end_utc, axis.starts.tobytes())
    found = kept.through(
        dbs,
        database,
        family.table,
        request,
        lambda session: _day_values(session, database, family, ids, axis),
    )
    slots.note(database, found)
    return found["value"]


def _day_values(
    session: Session, database: str, family: Family, ids: Sequence[int], axis: Buckets
) -> kept.Arrays:
    known = adding.horizon(session, database, Wanted(family, ids, None), axis.span)
    days = adding.whole_days(axis.span, known, axis.starts) if known is not None else None
    if known is None or days is None:
        value, counts = _days_of_slots(session, family, ids, axis, axis.span)
        return {"value": value, "doubts": counts}
    value, counts = _days_of_sums(session, known, ids, days, axis)
    for end in (Span(axis.span.start_utc, days.start_utc), Span(days.end_utc, axis.span.end_utc)):
        if end.start_utc < end.end_utc:
            more, of_end = _days_of_slots(session, family, ids, axis, end)
            value = np.where(np.isnan(more), value, np.nan_to_num(value) + more)
            counts = counts + of_end
    return {"value": np.round(value, 6), "doubts": counts}


def _days_of_sums(
    session: Session, known: Horizon, ids: Sequence[int], days: Span, axis: Buckets
) -> tuple[Float64, Int64]:
    rows = session.rows(*adding.packed_days(known, ids, days))
    value = np.full((len(ids), len(axis)), np.nan)
    row_of = {key: row for row, key in enumerate(ids)}
    first = np.datetime64(days.start_utc.replace(tzinfo=None), "m")
    for entity, count, packed, *_ in rows:
        minutes, totals = slots.pairs(packed)
        slots.check_whole(len(minutes), count)
        at = (first + minutes.astype("timedelta64[m]")).astype("datetime64[s]")
        value[row_of[entity], np.searchsorted(axis.starts, at, side="right") - 1] = totals
    return value, doubts.of_rows(rows)


def _days_of_slots(
    session: Session, family: Family, ids: Sequence[int], axis: Buckets, span: Span
) -> tuple[Float64, Int64]:
    part = SlotAxis(span.start_utc, -((span.start_utc - span.end_utc) // axis.axis.slot), axis.axis.slot)
    table = slots.read_in(session, family, ids, part, None).by_part(ids)
    day = np.searchsorted(axis.starts, part.starts(), side="right") - 1
    present = ~np.isnan(table.value)
    value = np.full((len(ids), len(axis)), np.nan)
    for n in np.unique(day):
        mine = day == n
        sums = np.where(present[:, mine], table.value[:, mine], 0.0).sum(axis=1)
        value[:, n] = np.where(present[:, mine].any(axis=1), np.round(sums, 6), np.nan)
    return value, doubts.of_slots(table.value, table.quality)
