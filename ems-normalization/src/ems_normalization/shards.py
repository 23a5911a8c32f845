"""Which meters and windows are worked on together.

A pass groups the dirty windows of many meters into few reads: windows that lie near each other in time
share a read, as long as the grid of meters × slots stays within a bound. Reading a little more than is
dirty is cheap and harmless, since an hour that comes out equal is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ems_common.journal import Window

MAX_CELLS = 150_000
MAX_METERS = 2_500
"""Of a large site the next ones are read while some are computed."""
NEAR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Shard:
    """Meters (by id) that are recomputed together over one window."""

    ids: tuple[int, ...]
    window: Window


def make_shards(
    windows: Mapping[int, Iterable[Window]], slot: timedelta, max_cells: int = MAX_CELLS
) -> list[Shard]:
    """Group dirty windows into shards.

    Args:
        windows: Meter id → its dirty windows, aligned to slots.
        slot: Length of a slot.
        max_cells: Bound of meters × slots in a shard (one meter may exceed it alone).

    Returns:
        Shards that cover every given window, ordered by time.
    """
    flat = sorted(
        ((window.start_utc, window.end_utc, key) for key, of_key in windows.items() for window in of_key),
    )
    shards: list[Shard] = []
    ids: set[int] = set()
    start: datetime | None = None
    end: datetime | None = None
    for window_start, window_end, key in flat:
        if start is not None and end is not None:
            joined_end = max(end, window_end)
            cells = ((joined_end - start) / slot) * (len(ids) + (key not in ids))
            near = window_start <= min(end, start + NEAR) and joined_end - end <= max(NEAR, end - start)
            has_room = cells <= max_cells and (key in ids or len(ids) < MAX_METERS)
            if near and has_room:
                ids.add(key)
                end = joined_end
                continue
            shards.append(Shard(tuple(sorted(ids)), Window(start, end)))
        ids, start, end = {key}, window_start, window_end
    if start is not None and end is not None:
        shards.append(Shard(tuple(sorted(ids)), Window(start, end)))
    return shards
