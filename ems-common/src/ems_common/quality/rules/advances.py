"""How fast a register advances, and where it stands still."""

from __future__ import annotations

import numpy as np

from ems_common.quality.parameters import Stuck
from ems_common.quality.series import HOUR_MS, Floats, Ints

_LEAST_ADVANCES = 4


def rates(time_ms: Ints, value: Floats) -> Floats:
    """Advance per hour between neighbouring readings."""
    result: Floats = np.diff(value) / (np.diff(time_ms) / HOUR_MS)
    return result


def usual_rate(time_ms: Ints, value: Floats) -> float | None:
    """The 90th percentile of the advances per hour, standstill aside; None when there are too few."""
    if len(value) < 2:
        return None
    found = rates(time_ms, value)
    moving = found[found > 0]
    return float(np.quantile(moving, 0.9)) if len(moving) >= _LEAST_ADVANCES else None


def standstill_ends(time_ms: Ints, value: Floats, stuck: Stuck) -> Ints:
    """Positions of readings that end a standstill of the least duration."""
    flat = np.concatenate(([False], np.diff(value) == 0, [False]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    begin, last = edges[::2], edges[1::2]
    long = (time_ms[last] - time_ms[begin] >= stuck.least_hours * HOUR_MS) & (
        last - begin + 1 >= stuck.least_rows
    )
    ends = last[long] + 1
    return ends[ends < len(value)]


def first_of_run(value: Floats, place: int) -> int:
    """Where the stretch of equal values begins that holds a position."""
    while place > 0 and value[place - 1] == value[place]:
        place -= 1
    return place
