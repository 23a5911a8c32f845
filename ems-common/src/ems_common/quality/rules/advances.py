"""How fast a register advances, and where it stands still."""

from __future__ import annotations

from typing import Final

import numpy as np

from ems_common.quality.parameters import Stuck
from ems_common.quality.series import DAY_MS, HOUR_MS, Floats, Ints

_LEAST_ADVANCES = 4
_BY_CHANCE = 1e-4
ROW_STEPS: Final = 3
"""Steps on either side of a standstill that tell how fast the register goes there."""
_MADE_UP = 0.5
"""Share of what would have been counted during a standstill that its last step must make up for."""
_ALIKE = 0.5
_REGULAR = 2
"""On so many other days a meter rests at the same time where it does so by habit, as every night."""
OUTSTANDING: Final = 1.3
"""How much that step must be above the steps around it."""


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


def is_regular(time_ms: Ints, value: Floats, begin: int, end: int) -> bool:
    """Whether the meter rests at this time of other days, too, at least half as long."""
    flat = np.concatenate(([False], np.diff(value) <= 0, [False]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    first_ms, last_ms = time_ms[edges[::2]], time_ms[edges[1::2]]
    mine_ms = int(time_ms[begin]), int(time_ms[end - 1])
    days = np.rint((first_ms + last_ms - sum(mine_ms)) / (2 * DAY_MS)).astype(np.int64)
    both_ms = np.minimum(last_ms - days * DAY_MS, mine_ms[1]) - np.maximum(
        first_ms - days * DAY_MS, mine_ms[0]
    )
    alike = (days != 0) & (both_ms >= _ALIKE * (mine_ms[1] - mine_ms[0]))
    return int(np.count_nonzero(alike)) >= _REGULAR


def made_up(time_ms: Ints, value: Floats, begin: int, end: int) -> bool:
    """Whether the standstill is none that comes by chance, and one step makes up for it.

    Standstills are counted, not their readings: a frozen register elsewhere in the window is one only.
    """
    steps = np.diff(value)
    flat = steps <= 0
    flat[begin : end - 1] = False
    rests = np.count_nonzero(flat[1:] & ~flat[:-1]) + int(flat[0])
    moves = len(steps) - (end - begin) - np.count_nonzero(flat)
    chance = (rests + 1) / (moves + rests + 2)
    if chance ** (end - 1 - begin) > _BY_CHANCE:
        return False
    pace = rates(time_ms, value)
    before, after = pace[max(0, begin - ROW_STEPS) : begin], pace[end : end + ROW_STEPS]
    if len(before) < ROW_STEPS or len(after) == 0:
        return False
    slow, fast = sorted((float(np.median(before)), float(np.median(after))))
    last, missed = float(pace[end - 1]), end - begin
    mean = (value[end] - value[begin]) / ((time_ms[end] - time_ms[begin]) / HOUR_MS)
    others = np.delete(pace, end - 1)
    return bool(
        slow > 0
        and last >= _MADE_UP * missed * slow
        and last > OUTSTANDING * fast
        and mean <= max(float(others.max()), fast)
    )
