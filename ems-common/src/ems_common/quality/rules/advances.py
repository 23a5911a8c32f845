"""How fast a register advances, and where it stands still."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import numpy as np

from ems_common.quality.parameters import Stuck
from ems_common.quality.series import HOUR_MS, Floats, Ints, Mask

_LEAST_ADVANCES = 4
TOLERANCE: Final = 1e-6
"""Smaller steps back are the rounding of DECIMAL(21,6)."""


def rates(time_ms: Ints, value: Floats) -> Floats:
    """Advance per hour between neighbouring readings."""
    result: Floats = np.diff(value) / (np.diff(time_ms) / HOUR_MS)
    return result


def usual_rate(time_ms: Ints, value: Floats, highest: float = np.inf) -> float | None:
    """The 90th percentile of the advances per hour, standstill aside; None when there are too few.

    Advances into and out of readings that are wrong are none: only those between neighbours on the longest
    rising path count, and only what is possible.
    """
    if len(value) < 2:
        return None
    found = rates(time_ms, value)
    moving = found[(found > 0) & (found <= highest)]
    if len(found) and found.min() < 0:
        good = rising(value)
        sound = found[good[1:] & good[:-1]]
        sound = sound[(sound > 0) & (sound <= highest)]
        moving = sound if len(sound) >= _LEAST_ADVANCES else moving
    return float(np.quantile(moving, 0.9)) if len(moving) >= _LEAST_ADVANCES else None


def rising(value: Floats) -> Mask:
    """Members of the longest path through the readings that never falls."""
    ends: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for place, level in enumerate(value.tolist()):
        if not ends or level >= ends[-1]:
            before.append(places[-1] if places else -1)
            ends.append(level)
            places.append(place)
            continue
        length = bisect_right(ends, level)
        before.append(places[length - 1] if length else -1)
        ends[length], places[length] = level, place
    members = np.zeros(len(value), dtype=bool)
    place = places[-1] if places else -1
    while place >= 0:
        members[place] = True
        place = before[place]
    return members


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
