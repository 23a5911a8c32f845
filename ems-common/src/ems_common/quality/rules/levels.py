"""Levels at which a point has never been: lost, of another sign, of a wrong unit or scale, for hours or days.

An excursion of a few readings is judged by its neighbours (:mod:`ems_common.quality.rules.analog`). One that
lasts has none left: here it is held against the levels of the two weeks before it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.rules.habit import ALWAYS_ON, LOST_SHARE, WILD_TIMES, Habit, HabitAt
from ems_common.quality.rules.scales import LONGEST_MS, goes_on, is_calm, scaled
from ems_common.quality.rules.scales import MOST as SCALE_STEP
from ems_common.quality.series import Floats, Ints, Mask, day_of

_VARIED = 100
"""So many different values are no stand-by, after which a device may start."""
_VALUES = 15
"""So many different values tell enough of what a scale makes of them."""
_BASE = 0.1
"""A point has a base load whose usual least is at least this share of its usual most."""
_WILDER_TIMES = 50.0
"""The same where the point is not always at work."""
_FROM_LEAST = 0.8
_FROM_MOST = 1.5
_FROM_ROWS = 2
"""So many readings before are at least, and at most, that many times the usual least and most."""
_STEP = 10.0
"""Where a wild level begins the value is at least so many times the one before."""
_SCALES: Final = (10.0, 0.1)
"""A decimal point in the wrong place; those farther off are wild or lost."""
_SCALED_LEAST = 0.5
"""Scaled back, values are at least that many times the usual least."""
_LOST_STEP = LOST_SHARE / _FROM_LEAST
"""Where a lost level begins the value is at most so many times the one before."""
_RISE, _FALL = min(_STEP, _SCALES[0] / SCALE_STEP), max(_LOST_STEP, _SCALES[1] * SCALE_STEP)
"""A step is so many times the value before, at least or at most."""


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

    Those of a wrong scale or sign that are over are found even where nothing is known of the point yet.

    Args:
        time_ms: Times of the readings.
        value: Their values.
        within_ms: No more than this lies between the first reading of a stretch and the one before.
        habit_at: What is usual.
    """
    before, after = value[:-1], value[1:]
    step = (before > 0) & ((after >= _RISE * before) | (after <= _FALL * before))
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
        last = int(np.searchsorted(time_ms, time_ms[place] + LONGEST_MS, side="right"))
        rows = _unknown(value[place:last], leading, habit)
        if rows and (place + rows < last or last == len(value)):
            end = place + rows
            yield Stretch(place, end, habit.low, habit.high)
    for over in scaled(time_ms, value):
        yield Stretch(*over)


def _unknown(inside: Floats, leading: Floats, habit: Habit) -> int:
    """How many readings from a step on are at a level that the point does not have."""
    lost = _lost(habit)
    before, first = float(leading[-1]), float(inside[0])
    if first <= lost or first > _wild(habit):
        is_step = first >= _STEP * before or first <= _LOST_STEP * before
        return _until((inside > lost) & (inside <= _FROM_MOST * habit.high)) if is_step else 0
    return next((rows for factor in _SCALES if (rows := _scaled(inside, leading, habit, factor))), 0)


def _until(usual: Mask) -> int:
    found = np.flatnonzero(usual)
    return int(found[0]) if len(found) else len(usual)


def _scaled(inside: Floats, leading: Floats, habit: Habit, factor: float) -> int:
    """How many readings are so many times what they should be: scaled back they go on as the point does."""
    if habit.variety < _VALUES or not _is_always_on(habit):
        return 0
    entering = np.append(leading, inside[:2] / factor)
    if not (is_calm(entering) and goes_on(entering, len(leading), habit.digit)):
        return 0
    # Of a point that is always at work both levels are apart, whatever the reading.
    known = inside <= _FROM_MOST * habit.high if factor > 1 else inside >= habit.low / _FROM_MOST
    rows = _until(known)
    back = inside[:rows] / factor
    if not rows or back.min() < _SCALED_LEAST * habit.low or back.max() > _FROM_MOST * habit.high:
        return 0
    # What comes after the first reading that is back plays no part: a verdict must not waver.
    ending = np.append(back[-2:], inside[rows : rows + 1])
    return rows if rows == len(inside) or goes_on(ending, len(ending) - 1, habit.digit) else 0


def _lost(habit: Habit) -> float:
    """At this or below it a point with a base load never is; without one, only at another sign."""
    return LOST_SHARE * (habit.low if habit.low >= _BASE * habit.high > 0 else -habit.high)


def _is_always_on(habit: Habit) -> bool:
    return habit.low > 0 and habit.low >= ALWAYS_ON * habit.high


def _wild(habit: Habit) -> float:
    """Above this the point never is, whatever was switched on."""
    if habit.variety < _VARIED:
        return np.inf
    return (WILD_TIMES if _is_always_on(habit) else _WILDER_TIMES) * habit.high
