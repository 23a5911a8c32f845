"""Readings on their way into the historical database: kinds, rows, columns, what they must be, what follows.

Pure. Whoever brings readings (the drivers of acquisition, an import, the API) makes rows of them; `ingest`
writes them.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ems_common.journal import Change, Why

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LARGEST_RAW: Final = 1e15
LARGEST_DECIMAL: Final = 999_999_999_999_999.0
LARGEST_INT: Final = 2**31 - 1
LONGEST_TEXT: Final = 65_535
OLDEST_UTC: Final = datetime(2000, 1, 1, tzinfo=UTC)
Reason = Literal["bad", "not_a_number", "out_of_range", "future", "past", "database"]
REASONS: Final[tuple[Reason, ...]] = ("bad", "not_a_number", "out_of_range", "future", "past", "database")


class Refused(Exception):
    """A reading that is not stored; `reason` is one of `REASONS`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Kind(enum.IntEnum):
    """Kinds of points, each with a table of its own."""

    ENERGY = 0
    ANALOG = 1
    DIGITAL = 2
    TEXT = 3

    @property
    def table(self) -> str:
        """Its history table; the live values are in the table of that name with ``_latest``."""
        return f"tbl_{self.name.lower()}_value"


KINDS: Mapping[str, Kind] = {f"{kind.name}_VALUE": kind for kind in Kind}


def fitting(value: float | int, kind: Kind) -> float | int:
    """A number as its column holds it: DECIMAL(21,6), or INT for a digital value.

    Raises:
        Refused: It is no number, or too large.

    Example:
        >>> fitting(1.0, Kind.DIGITAL), fitting(2, Kind.ANALOG)
        (1, 2)
    """
    if math.isnan(value):
        raise Refused("not_a_number")
    if abs(value) > (LARGEST_INT if kind is Kind.DIGITAL else LARGEST_DECIMAL):
        raise Refused("out_of_range")
    return int(value) if kind is Kind.DIGITAL else value


class Row(NamedTuple):
    """One reading on its way into the database.

    Attributes:
        kind: Which table.
        point_id: Its point.
        time_ms: When it was measured, milliseconds since 1970 UTC.
        value: The stored value.
        source_id: Whose reading it is.
        keep: Whether it goes into the history; the live value is always updated.
        late: Whether it is older than what the point already has.
    """

    kind: int
    point_id: int
    time_ms: int
    value: float | int | str
    source_id: int
    keep: bool
    late: bool


def to_ms(time_utc: datetime) -> int:
    """Milliseconds since 1970 of an aware instant, cut to whole ones as the columns keep them."""
    return (time_utc - _EPOCH_UTC) // _MILLISECOND


def to_utc(time_ms: int) -> datetime:
    """The inverse of :func:`to_ms`."""
    return _EPOCH_UTC + time_ms * _MILLISECOND


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings of one kind as parallel columns.

    Attributes:
        point_id: int64.
        time_ms: int64, milliseconds since 1970 UTC.
        value: float64, int64 or, for text, object.
    """

    point_id: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    value: NDArray[Any]

    def __len__(self) -> int:
        """Number of readings."""
        return len(self.point_id)

    def take(self, order: NDArray[Any]) -> Columns:
        """The readings at these positions."""
        return Columns(self.point_id[order], self.time_ms[order], self.value[order])

    def sorted(self) -> Columns:
        """By point and time, the order of the table; of equal keys only the last is kept."""
        ordered = self.take(np.lexsort((np.arange(len(self)), self.time_ms, self.point_id)))
        if len(ordered) < 2:
            return ordered
        same = (np.diff(ordered.point_id) == 0) & (np.diff(ordered.time_ms) == 0)
        return ordered.take(np.append(~same, True)) if same.any() else ordered

    def newest(self) -> Columns:
        """The newest reading of each point; the columns must be sorted."""
        if len(self) == 0:
            return self
        return self.take(np.append(np.diff(self.point_id) != 0, True))


_DTYPES: Mapping[Kind, str] = {
    Kind.ENERGY: "float64",
    Kind.ANALOG: "float64",
    Kind.DIGITAL: "int64",
    Kind.TEXT: "object",
}


def columns_by_kind(rows: Iterable[Row]) -> dict[Kind, Columns]:
    """Rows as columns, kind by kind, in the order given."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.kind, []).append(row)
    result: dict[Kind, Columns] = {}
    for number, members in grouped.items():
        kind = Kind(number)
        values = np.empty(len(members), dtype=_DTYPES[kind])
        values[:] = [row.value for row in members]
        result[kind] = Columns(
            np.array([row.point_id for row in members], dtype=np.int64),
            np.array([row.time_ms for row in members], dtype=np.int64),
            values,
        )
    return result


def changes(rows: Iterable[Row]) -> list[Change]:
    """The ranges that cleaning must look at: one for each source, one for each point with late rows."""
    ranges: dict[tuple[str, int], tuple[int, int]] = {}
    for row in rows:
        if not row.keep:
            continue
        key = ("point", row.point_id) if row.late else ("data_source", row.source_id)
        low, high = ranges.get(key, (row.time_ms, row.time_ms))
        ranges[key] = (min(low, row.time_ms), max(high, row.time_ms))
    return [
        Change(
            "clean",
            kind,
            key,
            to_utc(low),
            to_utc(high + 1),
            Why.LATE_READINGS if kind == "point" else Why.READINGS,
        )
        for (kind, key), (low, high) in sorted(ranges.items())
    ]
