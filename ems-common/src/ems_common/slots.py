"""Slot values as dense grids, and their exact replacement in the hourly tables.

A grid holds one row per key (entity, or entity and category) and one column per slot of a window; nan
stands for "no value". Replacing a window writes only what differs from what is stored, deletes what is
gone, and tells which ranges of which entity changed: output that comes out equal leaves no trace, so echoes
die out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ems_common import content, daily_sums
from ems_common.catalog.hourly import Family
from ems_common.db import Session
from ems_common.db.extents import first_and_last
from ems_common.db.sql import compose, each, marks
from ems_common.journal import Window
from ems_common.periods import as_datetime64, ceil_slot, from_local

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Quality = NDArray[np.uint8]
Strays = tuple[Int64, NDArray[np.datetime64]]
_KEY_NAMES = ("key_0", "key_1")
_MOST_RANGES = 4000
"""Pairs of entity and part in one statement: with very many the server gives up its key and reads all."""
_READ_CELLS = 300_000
"""Slots that are fetched at once; the server's answer takes a hundred times the memory of the numbers."""
_NO_STARTS: Final = np.empty(0, dtype="datetime64[s]")


@dataclass(frozen=True, slots=True)
class SlotAxis:
    """The slots of a window: `count` slots of `slot` from `start_utc`."""

    start_utc: datetime
    count: int
    slot: timedelta

    @classmethod
    def of(cls, window: Window, slot: timedelta) -> SlotAxis:
        """The axis of a window whose ends lie on slot boundaries."""
        return cls(window.start_utc, round((window.end_utc - window.start_utc) / slot), slot)

    @property
    def end_utc(self) -> datetime:
        """End of the last slot."""
        return self.start_utc + self.count * self.slot

    @property
    def seconds(self) -> int:
        """Length of a slot [s]."""
        return round(self.slot.total_seconds())

    def starts(self) -> NDArray[np.datetime64]:
        """Starts of the slots, naive UTC, shape ``(count,)``, ``datetime64[s]``."""
        return as_datetime64(self.start_utc) + np.arange(self.count) * np.timedelta64(self.seconds, "s")

    def index_of(self, starts: NDArray[np.datetime64]) -> Int64:
        """Position of each slot start on the axis."""
        return (starts.astype("datetime64[s]") - as_datetime64(self.start_utc)).astype(
            np.int64
        ) // self.seconds

    def has(self, starts: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Which instants are starts of slots; those a site left behind with shorter slots are none."""
        since_s = (starts - as_datetime64(self.start_utc)).astype(np.int64)
        return np.asarray(since_s % self.seconds == 0)


def local_slots(first: date, after: date, tz: tzinfo, minutes: int) -> Window:
    """The slots that begin in local days, from the first up to another, which is not one of them.

    In a zone whose midnight falls inside a slot, that slot belongs to the day before. So every slot belongs
    to exactly one day, and the slots of a day sum to its energy in every report.

    >>> from ems_common.periods import zone
    >>> found = local_slots(date(2026, 1, 5), date(2026, 1, 6), zone("Asia/Kolkata"), 60)
    >>> found.start_utc.isoformat(), found.end_utc.isoformat()
    ('2026-01-04T19:00:00+00:00', '2026-01-05T19:00:00+00:00')
    """
    start, end = (from_local(datetime.combine(day, time()), tz) for day in (first, after))
    return Window(ceil_slot(start, minutes), ceil_slot(end, minutes))


@dataclass(frozen=True, slots=True)
class Grid:
    """Slot values of many keys.

    Attributes:
        keys: Key columns of the family, shape ``(n_rows, n_keys)``; the entity's id first.
        axis: The slots.
        value: Shape ``(n_rows, n_slots)``; nan means no value.
        quality: Bits of :mod:`ems_common.catalog.hourly`, same shape.
    """

    keys: Int64
    axis: SlotAxis
    value: Float64
    quality: Quality

    @classmethod
    def empty(cls, keys: Int64, axis: SlotAxis) -> Grid:
        """A grid without values."""
        shape = (len(keys), axis.count)
        return cls(keys, axis, np.full(shape, np.nan), np.zeros(shape, dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement did: rows written and deleted, and the changed range of each entity."""

    written: int
    deleted: int
    ranges: dict[int, Window]


def read_grid(session: Session, family: Family, ids: Sequence[int], axis: SlotAxis) -> Grid:
    """Read the stored slots of some entities.

    Returns:
        A grid with one row for each key that has any value in the window, ordered by key.
    """
    return _stored(session, family, ids, axis)[0]


def _stored(
    session: Session, family: Family, ids: Sequence[int], axis: SlotAxis, parts: Sequence[int] | None = None
) -> tuple[Grid, Strays]:
    """The stored slots of some entities, and those that are none of the axis: (keys, starts).

    Where the parts are named the server uses its whole key; else it looks at all slots of the entities.
    """
    named = list(parts or ()) if family.split else []
    at_once = max(1, min(_MOST_RANGES // max(1, len(named)), _READ_CELLS // max(1, axis.count)))
    ordered = sorted(ids)
    found = [
        _stored_of_some(session, family, ordered[first : first + at_once], axis, named)
        for first in range(0, len(ids), at_once)
    ]
    if len(found) == 1:
        return found[0]
    nothing = np.empty((0, len(family.keys)), dtype=np.int64)
    grids = [Grid.empty(nothing, axis), *(grid for grid, _strays in found)]
    strays = [strays for _grid, strays in found if len(strays[1])]
    return (
        Grid(
            np.concatenate([grid.keys for grid in grids]),
            axis,
            np.concatenate([grid.value for grid in grids]),
            np.concatenate([grid.quality for grid in grids]),
        ),
        (
            np.concatenate([nothing, *(keys for keys, _starts in strays)]),
            np.concatenate([_NO_STARTS, *(starts for _keys, starts in strays)]),
        ),
    )


def _stored_of_some(
    session: Session, family: Family, ids: Sequence[int], axis: SlotAxis, named: Sequence[int]
) -> tuple[Grid, Strays]:
    """As :func:`_stored`, of as many entities as one statement may name."""
    names = _KEY_NAMES[: len(family.keys)]
    by_part = compose("")
    if named:
        by_part = compose(" AND {part} IN ({parts})", part=family.keys[1], parts=marks(named))
    found = session.columns(
        compose(
            "SELECT {keys}, start_datetime_utc, actual_value, quality"
            " FROM {table} WHERE {key} IN ({ids}){by_part}"
            " AND start_datetime_utc >= %s AND start_datetime_utc < %s",
            keys=family.keys,
            table=family.table,
            key=family.keys[0],
            ids=marks(ids),
            by_part=by_part,
        ),
        (*ids, *named, _naive(axis.start_utc), _naive(axis.end_utc)),
        dict.fromkeys(names, "int64") | {"start": "datetime64[s]", "value": "float64", "quality": "uint8"},
    )
    pairs = np.stack([found[name] for name in names], axis=1)
    keys, row = _unique_rows(pairs)
    grid = Grid.empty(keys, axis)
    column, is_slot = axis.index_of(found["start"]), axis.has(found["start"])
    if is_slot.all():
        grid.value[row, column] = found["value"]
        grid.quality[row, column] = found["quality"]
        return grid, (pairs[:0], _NO_STARTS)
    grid.value[row[is_slot], column[is_slot]] = found["value"][is_slot]
    grid.quality[row[is_slot], column[is_slot]] = found["quality"][is_slot]
    return grid, (pairs[~is_slot], found["start"][~is_slot])


def extents(session: Session, family: Family, ids: Sequence[int]) -> dict[int, Window]:
    """First and last slot start of each entity that has stored slots."""
    stored = first_and_last(session, family.table, family.keys[0], "start_datetime_utc", ids)
    return {
        entity: Window(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
        for entity, (first, last) in stored.items()
    }


def around(extents: Collection[Window], slot: timedelta) -> Window | None:
    """From the first slot to the end of the last of what :func:`extents` found; None when that is nothing."""
    if not extents:
        return None
    return Window(min(of.start_utc for of in extents), max(of.end_utc for of in extents) + slot)


def aligned(grid: Grid, keys: Int64) -> Grid:
    """The same values with the rows of `keys`, in their order; keys that are missing get empty rows."""
    position = {tuple(key): index for index, key in enumerate(grid.keys.tolist())}
    pairs = [
        (index, position[tuple(key)]) for index, key in enumerate(keys.tolist()) if tuple(key) in position
    ]
    result = Grid.empty(keys, grid.axis)
    if pairs:
        to, source = (np.array(part) for part in zip(*pairs, strict=True))
        result.value[to] = grid.value[source]
        result.quality[to] = grid.quality[source]
    return result


def _placed(grid: Grid, keys: Int64, places: Int64) -> Grid:
    """The same values in a grid with other rows.

    Args:
        grid: The values.
        keys: Keys of the rows.
        places: For each row of `grid` its row among `keys`.
    """
    result = Grid.empty(keys, grid.axis)
    result.value[places] = grid.value
    result.quality[places] = grid.quality
    return result


def replace(
    session: Session,
    family: Family,
    new: Grid,
    scope: NDArray[np.bool_] | None = None,
    ids: Sequence[int] | None = None,
    *,
    parts: Collection[int] | None = None,
    resum: bool = False,
) -> Replaced:
    """Make the stored slots of a window equal to `new`, for the entities that `new` names.

    Stored rows of these entities under keys that `new` lacks are deleted, and so are those that are no slots
    of the axis: a site that had shorter slots left them behind.

    Args:
        session: A transaction of the family's database.
        family: The table.
        new: What shall be stored; values are rounded to six decimals.
        scope: Slots that may be touched, shape as `new`; all when None.
        ids: The entities whose slots are replaced, should some of them have no row in `new`.
        parts: Categories or items that stored slots may have besides those of `new`; any when None or empty.
            That costs a look at all slots of the entities, however short the window.
        resum: Sum the days of the window anew even where no slot changes: another program may have written.
    """
    owners = ids if ids is not None else [int(key) for key in np.unique(new.keys[:, 0])]
    known = sorted({*parts, *new.keys[:, 1].tolist()}) if parts and family.split else None
    old, strays = _stored(session, family, owners, new.axis, known)
    keys, row = _unique_rows(np.concatenate([new.keys, old.keys]))
    of_new, of_old = row[: len(new.keys)], row[len(new.keys) :]
    before, after = _placed(old, keys, of_old), _placed(new, keys, of_new)
    value = np.round(after.value, 6)
    has_new, has_old = ~np.isnan(value), ~np.isnan(before.value)
    differs = (value != before.value) | (after.quality != before.quality)
    write = has_new & (~has_old | differs)
    delete = has_old & ~has_new
    if scope is not None:
        allowed = np.ones(value.shape, dtype=np.bool_)
        allowed[of_new] = scope
        write &= allowed
        delete &= allowed
    deleted = _delete(session, family, keys, new.axis, delete) + _delete_rows(session, family, *strays)
    written = _write(session, family, keys, new.axis, value, after.quality, write)
    ranges = _ranges(keys, new.axis, write | delete)
    if written or deleted or resum:
        content.touch(session, family.table)
        if len(strays[1]) or resum:
            daily_sums.follow(session, family, owners, Window(new.axis.start_utc, new.axis.end_utc))
        else:
            daily_sums.follow(session, family, list(ranges), _around(ranges.values()), known or ())
    return Replaced(written, deleted, ranges)


def _write(
    session: Session,
    family: Family,
    keys: Int64,
    axis: SlotAxis,
    value: Float64,
    quality: Quality,
    mask: NDArray[np.bool_],
) -> int:
    row, column = np.nonzero(mask)
    if not len(row):
        return 0
    arrays = {name: keys[row, index] for index, name in enumerate(family.keys)}
    arrays |= {
        "start_datetime_utc": axis.starts()[column],
        "actual_value": value[row, column],
        "quality": quality[row, column],
    }
    return session.upsert_arrays(family.table, arrays, ("actual_value", "quality"))


def _delete(session: Session, family: Family, keys: Int64, axis: SlotAxis, mask: NDArray[np.bool_]) -> int:
    row, column = np.nonzero(mask)
    return _delete_rows(session, family, keys[row], axis.starts()[column])


def _delete_rows(session: Session, family: Family, keys: Int64, starts: NDArray[np.datetime64]) -> int:
    if not len(starts):
        return 0
    key = each("{name} = %s", (*family.keys, "start_datetime_utc"), " AND ")
    instants = starts.astype("datetime64[us]").tolist()
    parameters = [(*key, start) for key, start in zip(keys.tolist(), instants, strict=True)]
    sql = compose("DELETE FROM {table} WHERE {key}", table=family.table, key=key)
    return session.executemany(sql, parameters)


def _ranges(keys: Int64, axis: SlotAxis, changed: NDArray[np.bool_]) -> dict[int, Window]:
    """First to last changed slot of each entity that has any; `keys` are in order."""
    rows = np.flatnonzero(changed.any(axis=1))
    if not len(rows):
        return {}
    some = changed[rows]
    first, last = some.argmax(axis=1), axis.count - 1 - some[:, ::-1].argmax(axis=1)
    entities, begins = np.unique(keys[rows, 0], return_index=True)
    firsts, lasts = np.minimum.reduceat(first, begins), np.maximum.reduceat(last, begins)
    ends = zip(entities.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
    at = {column: axis.start_utc + column * axis.slot for column in {*firsts.tolist(), *(lasts + 1).tolist()}}
    return {entity: Window(at[first], at[last + 1]) for entity, first, last in ends}


def _around(windows: Collection[Window]) -> Window:
    return Window(min(of.start_utc for of in windows), max(of.end_utc for of in windows))


def _unique_rows(pairs: Int64) -> tuple[Int64, Int64]:
    """The different rows in order, and for each row its place among them."""
    if not len(pairs):
        return pairs, np.empty(0, dtype=np.int64)
    # Rows that follow each other are mostly equal or in order: the few that are not need sorting alone.
    begins = np.flatnonzero(np.concatenate(([True], (pairs[1:] != pairs[:-1]).any(axis=1))))
    some = pairs[begins]
    order = np.lexsort(some.T[::-1])
    ordered = some[order]
    is_first = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))
    place = np.empty(len(some), dtype=np.int64)
    place[order] = np.cumsum(is_first) - 1
    return ordered[is_first], np.repeat(place, np.diff(np.append(begins, len(pairs))))


def _naive(time_utc: datetime) -> datetime:
    return time_utc.replace(tzinfo=None)
