"""Levels at which a point that is always at work has never been: lost for hours, or a wrong unit for days.

An excursion of a few readings is judged by its neighbours (:mod:`ems_common.quality.rules.analog`). One that
lasts has none left: here it is held against the levels of the two weeks before it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.rules.habit import ALWAYS_ON, LOST_SHARE, WILD_TIMES, Habit, HabitAt
from ems_common.quality.series import HOUR_MS, Floats, Ints, day_of

LONGEST_MS: Final = 72 * HOUR_MS
"""What lasts longer is how the point is now, from its beginning on. Readings reach farther than that."""
_VARIED = 100
"""So many different values are no stand-by, after which a device may start."""
_WILDER_TIMES = 50.0
"""The same where the point is not always at work."""
_FROM_LEAST = 0.8
_FROM_MOST = 1.5
_FROM_ROWS = 2
"""So many readings before are at least, and at most, that many times the usual least and most."""
_STEP = 10.0
"""Where a wild level begins the value is at least so many times the one before."""


class Stretch(NamedTuple):
    """Readings ``begin <= i < end`` at levels that the point does not have.

    Attributes:
        begin: First position.
        end: Position after the last one.
        low: Value that 2 % of the readings before were below.
        high: Value that 2 % of them were above.
    """

    begin: int
    end: int
    low: float
    high: float


def stretches(time_ms: Ints, value: Floats, within_ms: int, habit_at: HabitAt) -> Iterator[Stretch]:
    """Stretches at unknown levels, which a step from the usual ones leads into, and which end in time.

    Args:
        time_ms: Times of the readings.
        value: Their values.
        within_ms: No more than this lies between the first reading of a stretch and the one before.
        habit_at: What is usual.
    """
    before, after = value[:-1], value[1:]
    step = (before > 0) & ((after >= _STEP * before) | (after <= LOST_SHARE / _FROM_LEAST * before))
    step &= np.diff(time_ms) <= within_ms
    end = 0
    for place in (np.flatnonzero(step) + 1).tolist():
        if place < end:
            continue
        habit = habit_at(day_of(int(time_ms[place])))
        if habit is None or habit.low < 0 or habit.high <= 0:
            continue
        leading = value[max(0, place - _FROM_ROWS) : place]
        if leading.min() < _FROM_LEAST * habit.low or leading.max() > _FROM_MOST * habit.high:
            continue
        lost = LOST_SHARE * habit.low if _is_always_on(habit) else -np.inf
        if lost < value[place] <= _wild(habit):
            continue
        last = int(np.searchsorted(time_ms, time_ms[place] + LONGEST_MS, side="right"))
        inside = value[place:last]
        usual = np.flatnonzero((inside > lost) & (inside <= _FROM_MOST * habit.high))
        end = place + int(usual[0]) if len(usual) else last
        if len(usual) or last == len(value):
            yield Stretch(place, end, habit.low, habit.high)


def _is_always_on(habit: Habit) -> bool:
    return habit.low > 0 and habit.low >= ALWAYS_ON * habit.high


def _wild(habit: Habit) -> float:
    """Above this the point never is, whatever was switched on."""
    if habit.variety < _VARIED:
        return np.inf
    return (WILD_TIMES if _is_always_on(habit) else _WILDER_TIMES) * habit.high
