"""From open changes to work: which meters and entities are recomputed over which windows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ems_common.journal import Window, coalesce
from ems_common.periods import ceil_slot, floor_slot

Key = tuple[str, int]
LONGEST = timedelta(days=31)
MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class Work:
    """Things (kind, id) to be recomputed over one window."""

    window: Window
    keys: frozenset[Key]


def plan(dirty: Mapping[Key, Iterable[Window]], minutes: int, longest: timedelta = LONGEST) -> list[Work]:
    """Cut dirty windows into pieces in which the same things are dirty.

    Args:
        dirty: (kind, id) → windows; need not lie on slot boundaries.
        minutes: Length of a slot.
        longest: Longest piece.

    Returns:
        Pieces in order of time; together they cover every dirty window. With very many distinct boundaries,
        pieces are made coarser, which recomputes more than is dirty and changes nothing in the result.
    """
    aligned = {
        key: coalesce(
            Window(floor_slot(window.start_utc, minutes), ceil_slot(window.end_utc, minutes))
            for window in windows
        )
        for key, windows in dirty.items()
    }
    everything = coalesce(window for windows in aligned.values() for window in windows)
    result: list[Work] = []
    for stretch in everything:
        for piece in _pieces(stretch, aligned, longest):
            keys = frozenset(
                key
                for key, windows in aligned.items()
                if any(
                    window.start_utc < piece.end_utc and piece.start_utc < window.end_utc
                    for window in windows
                )
            )
            if keys:
                result.append(Work(piece, keys))
    return result


def _pieces(stretch: Window, aligned: Mapping[Key, Sequence[Window]], longest: timedelta) -> list[Window]:
    edges: set[datetime] = {stretch.start_utc, stretch.end_utc}
    inner = {
        edge
        for windows in aligned.values()
        for window in windows
        for edge in (window.start_utc, window.end_utc)
        if stretch.start_utc < edge < stretch.end_utc
    }
    if len(inner) <= MOST_PARTS:
        edges |= inner
    start = stretch.start_utc
    while start < stretch.end_utc:
        edges.add(start)
        start += longest
    ordered = sorted(edges)
    return [Window(left, right) for left, right in itertools.pairwise(ordered)]
