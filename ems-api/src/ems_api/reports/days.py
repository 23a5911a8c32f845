"""Sums of every day for many entities: by the sums of days that are kept, else by the slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from ems_common.catalog.hourly import Family
from ems_common.daily_sums import Horizon
from ems_common.db import Databases
from ems_common.periods import as_datetime64
from ems_common.slots import SlotAxis

from ems_api.reports import adding, doubts, kept, slots
from ems_api.reports.adding import Wanted
from ems_api.reports.buckets import Buckets, Float64, Instants, Int64, Span
from ems_api.reports.packed import flattened


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
    wanted = Wanted(family, ids, None)
    found = kept.through(
        dbs, database, family.table, (request, lambda known: _day_values(database, wanted, axis, known))
    )
    slots.note(database, found)
    return found["value"]


def _day_values(database: str, wanted: Wanted, axis: Buckets, known: Horizon | None) -> kept.Plan:
    ids = wanted.ids
    usable = adding.horizon(known, database, wanted, axis.span)
    days = adding.whole_days(axis.span, usable, axis.starts) if usable is not None else None
    spans = [axis.span]
    queries: list[kept.Query] = []
    if usable is not None and days is not None:
        ends = (Span(axis.span.start_utc, days.start_utc), Span(days.end_utc, axis.span.end_utc))
        spans = [end for end in ends if end.start_utc < end.end_utc]
        queries.append(adding.packed_days(usable, ids, days))
    readers = [_reader(wanted, span, axis) for span in spans]
    queries += [query for query, _ in readers]

    def made(results: Sequence[kept.Rows]) -> kept.Arrays:
        of_parts = iter(results)
        value = np.full((len(ids), len(axis)), np.nan)
        counts = doubts.Doubts().counts
        if days is not None:
            value, counts = _days_of_sums(next(of_parts), ids, days, axis)
        for (_, read), rows in zip(readers, of_parts, strict=True):
            more, of_end = read(rows)
            value = np.where(np.isnan(more), value, np.nan_to_num(value) + more)
            counts = counts + of_end
        return {"value": np.round(value, 6), "doubts": counts}

    return queries, made


def _days_of_sums(rows: kept.Rows, ids: Sequence[int], days: Span, axis: Buckets) -> tuple[Float64, Int64]:
    value = np.full((len(ids), len(axis)), np.nan)
    place = {key: row for row, key in enumerate(ids)}
    places = np.array([place[row[0]] for row in rows], dtype=np.int64)
    row_of, minutes, totals = flattened([row[2] for row in rows], [row[1] for row in rows])
    first = np.datetime64(days.start_utc.replace(tzinfo=None), "m")
    at = (first + minutes.astype("timedelta64[m]")).astype("datetime64[s]")
    value[places[row_of], np.searchsorted(axis.starts, at, side="right") - 1] = totals
    return value, doubts.of_rows(rows)


def _reader(
    wanted: Wanted, span: Span, axis: Buckets
) -> tuple[kept.Query, Callable[[kept.Rows], tuple[Float64, Int64]]]:
    """How days that are not summed are read: those of a span, which is one day or several."""
    ids = wanted.ids
    first, last = np.searchsorted(axis.starts, _edges(span), side="right") - 1
    if first == last:
        # What is left of one day is added up by the server, which is cheaper than to send its slots.
        query = adding.statement(replace(wanted, counted=True), span, None)
        return query, lambda rows: _day_of_sums(rows, ids, int(first), len(axis))
    part = _slots_of(span, axis)
    keys = len(wanted.family.keys)
    return slots.query(wanted.family, ids, part, None), lambda rows: _days_of_slots(
        rows, keys, ids, part, axis
    )


def _edges(span: Span) -> Instants:
    """Start of a span and its last second, naive UTC."""
    return np.array([as_datetime64(span.start_utc), as_datetime64(span.end_utc) - np.timedelta64(1, "s")])


def _day_of_sums(rows: kept.Rows, ids: Sequence[int], day: int, days: int) -> tuple[Float64, Int64]:
    found = {row[0]: row[1] for row in rows}
    value = np.full((len(ids), days), np.nan)
    value[:, day] = np.round([found.get(key, np.nan) for key in ids], 6)
    return value, doubts.of_rows(rows)


def _slots_of(span: Span, axis: Buckets) -> SlotAxis:
    return SlotAxis(span.start_utc, -((span.start_utc - span.end_utc) // axis.axis.slot), axis.axis.slot)


def _days_of_slots(
    rows: kept.Rows, n_keys: int, ids: Sequence[int], part: SlotAxis, axis: Buckets
) -> tuple[Float64, Int64]:
    table = slots.unpacked(rows, n_keys, part).by_part(ids)
    day = np.searchsorted(axis.starts, part.starts(), side="right") - 1
    present = ~np.isnan(table.value)
    value = np.full((len(ids), len(axis)), np.nan)
    for n in np.unique(day):
        mine = day == n
        sums = np.where(present[:, mine], table.value[:, mine], 0.0).sum(axis=1)
        value[:, n] = np.where(present[:, mine].any(axis=1), np.round(sums, 6), np.nan)
    return value, doubts.of_slots(table.value, table.quality)
