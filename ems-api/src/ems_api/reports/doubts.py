"""How much of a report is estimated, incomplete or provisional: counted as its slots are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np
from ems_common.catalog.hourly import QUALITY_ESTIMATED, QUALITY_INCOMPLETE, QUALITY_PROVISIONAL
from numpy.typing import NDArray

from ems_api.reports.buckets import Float64, Int64

_BITS: Final = (QUALITY_ESTIMATED, QUALITY_INCOMPLETE, QUALITY_PROVISIONAL)


@dataclass
class Doubts:
    """Counts of slots: all of them, and of these the estimated, incomplete and provisional ones."""

    counts: Int64 = field(default_factory=lambda: np.zeros(1 + len(_BITS), dtype=np.int64))
    _lock: Lock = field(default_factory=Lock)

    def add(self, counts: Int64) -> None:
        """Count further slots."""
        with self._lock:
            self.counts += counts

    @property
    def shares(self) -> dict[str, float | int | None]:
        """The answer's member; a share of no slots is None."""
        total, *of = self.counts.tolist()
        names = ("estimated_share", "incomplete_share", "provisional_share")
        shares = (count / total if total else None for count in of)
        return {"slots": total, **dict(zip(names, shares, strict=True))}


_counting: ContextVar[Doubts | None] = ContextVar("doubts", default=None)


@contextmanager
def counted() -> Iterator[Doubts]:
    """Count all slots that are read until the block ends."""
    doubts = Doubts()
    before = _counting.set(doubts)
    try:
        yield doubts
    finally:
        _counting.reset(before)


def note(counts: Int64) -> None:
    """Tell of slots that were read: counts as in :class:`Doubts`."""
    doubts = _counting.get()
    if doubts is not None:
        doubts.add(counts)


def of_slots(value: Float64, quality: NDArray[np.uint8]) -> Int64:
    """Count slots: their values, nan where there is none, and their bits in the same shape."""
    present = ~np.isnan(value)
    marked = quality[present]
    marked = marked[marked != 0]
    found = [int(present.sum()), *(int(np.count_nonzero(marked & bit)) for bit in _BITS)]
    return np.array(found, dtype=np.int64)


def of_rows(rows: list[tuple[object, ...]]) -> Int64:
    """Add up what the server counted: each row ends in :data:`ems_common.daily_sums.COUNTS`."""
    counted = [[int(str(count)) for count in row[-1 - len(_BITS) :]] for row in rows]
    columns = np.array(counted, dtype=np.int64).reshape(-1, 1 + len(_BITS))
    return np.asarray(columns.sum(axis=0), dtype=np.int64)
