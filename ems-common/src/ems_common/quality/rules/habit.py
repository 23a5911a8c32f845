"""What is usual for an analog point: its levels, its own excursions, how often its values stand.

A household load has peaks of one reading every evening, a charger is off for days, a humidity sensor rests at
100 %. What a rule suspects is held against the two weeks before the (UTC) day in question. Those weeks hold
faults, too, so everything here is a quantile that a fault in a hundred readings does not move.

The days before do not change by what comes later: with time, verdicts only follow, they do not waver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.rules.plateaus import PLATEAU_MS, plateaus, reversals
from ems_common.quality.rules.scales import scaled
from ems_common.quality.rules.stands import Stands, stands_of
from ems_common.quality.series import DAY_MS, HOUR_MS, Floats, Ints, Mask

HABIT_DAYS: Final = 14
"""Two whole weeks: weekends and the rhythm of a week are in it twice."""
HABIT_ROWS: Final = 20_000
"""No more readings than these, the last ones, are looked at."""
_LEAST_ROWS = 24
_LEAST_MS = 20 * HOUR_MS
_MANY_ROWS = 2000
_RARE_COUNT = 4
_ROUGH_SHARE = 0.08
"""With more reversals than that share of its readings a course is not smooth."""
_OUTSIDE = 2.0
"""Excursions so many times higher than what is usual on a smooth course may be faults."""
_FAR_OUTSIDE = 3.0
"""The same where machines come and go: measured peaks of homes, offices and gas stay below that."""
_HIGHER = 1.5
"""What a point reaches is at most that many times what it reaches often."""
_SAME_TIME_SHARE = 0.45
_SAME_TIME_COUNT = 5
"""So many of the excursions in the same two hours of the day make them usual: by chance that is rare."""
_FEW = 0.06
_SMOOTH = 0.1
"""On a smooth course all but a few readings are less than this share of the level beyond their neighbours."""
_LEVEL_SHARE = 0.02
_LONGEST = 2
"""Length of the excursions that are collected [readings]."""
LOST_SHARE: Final = 0.05
"""A value below this share of the usual least is lost: that is never usual."""
_SWITCHED_SHARE = 0.3
_SWITCHED_A_DAY = 2
_WORK_SHARE = 0.1
_RESTLESS_SHARE = 0.04
_RESTLESS_COUNT = 120
"""A point is restless with more reversals in its two weeks than that share of its readings, or than this."""


_STRANGE_SHARE = 0.15
_STRANGE_TIMES = 3
_ALIKE_MS = HOUR_MS
_FAR_BELOW, _FAR_ABOVE, _FAR_ROWS = 0.4, 3.0, 3
"""Levels so many times the usual ones, for so many readings, are far from all others, too."""
_NEAR_BELOW, _NEAR_ABOVE = 0.5, 2.0
"""What drifts to strange levels, through zero perhaps, leaves these before; a fault comes in one step."""
ALWAYS_ON: Final = 0.2
"""A point is always at work whose usual least is at least this share of its usual most."""
WILD_TIMES: Final = 20.0
"""So many times as high as the usual most is wild; less than that may be a load that was added."""


class Rarely(NamedTuple):
    """How often something may happen in two weeks without being usual.

    Attributes:
        share: Of the readings.
        times: At least so often.
        level: Share of the readings on either side that tell nothing of the usual levels.
    """

    share: float
    times: int
    level: float

    def rank(self, rows: int) -> int:
        """The so manieth highest excursion is usual."""
        return min(rows, max(self.times, int(np.ceil(self.share * rows))))


_RARE: Final = Rarely(0.0075, _RARE_COUNT, _LEVEL_SHARE)
_WIDE: Final = Rarely(0.025, 9, 0.025)
"""What even a load that comes and goes at all hours does not reach by faults alone."""
_ODD: Final = Rarely(0.035, 9, 0.035)
"""Where the course is smooth much more may be faults, but what recurs every working day is none."""


class Habit(NamedTuple):
    """What two weeks of a point were like.

    Attributes:
        rise: Height above its neighbours that excursions of one or two readings reach at four places, and at
            three of four hundred readings.
        fall: The same below, readings lost as nothing aside.
        sharp_rise: The same above, those that may be faults among them.
        sharp_fall: The same below.
        notch: How far single readings are below both their neighbours, at as many places.
        long_rise: Height of the plateaus above their surroundings that come now and then.
        long_fall: The same below.
        low: Value that 2 % of the readings are below.
        high: Value that 2 % of the readings are above.
        top: Value that is reached at four places, and at three of four hundred readings.
        least: Least value that was there four times, or `nan`.
        greatest: Greatest value that was there four times, or `nan`.
        stands: How often values were repeated, "off" aside.
        is_restless: Whether large steps up and down follow each other often, as of machines that come and go.
        is_switched: Whether it is off for long and falls to that from work several times a day, as a charger.
        variety: How many different values there were.
        digit: The least difference of two of them; 0 when there was but one.
    """

    rise: float
    fall: float
    sharp_rise: float
    sharp_fall: float
    notch: float
    long_rise: float
    long_fall: float
    low: float
    high: float
    top: float
    least: float
    greatest: float
    stands: Stands
    is_restless: bool
    is_switched: bool
    variety: int
    digit: float


HabitAt = Callable[[int], Habit | None]
"""Start of a UTC day [ms] → what was usual before it; None when too little is known."""


class Excess(NamedTuple):
    """Excursions of a fixed length that begin at each reading; `nan` where a neighbour is missing.

    Attributes:
        above: How far the whole excursion is above its highest neighbour, shape (n,).
        below: How far it is below the lowest one.
        lowest: The lowest of its neighbours, two on each side.
        highest: The highest of them.
        level: Median distance of the neighbours from zero.
    """

    above: Floats
    below: Floats
    lowest: Floats
    highest: Floats
    level: Floats


def excess(time_ms: Ints, value: Floats, rows: int, within_ms: int) -> Excess:
    """Height of the excursions of `rows` readings over the two readings on either side.

    On a ramp this is negative, however steep the ramp. The nearest neighbour on each side must be there; the
    second one counts where it is, and none that is farther away than `within_ms` from the excursion.
    """
    count = len(value)
    padded = np.pad(value, (2, rows + 2), constant_values=np.nan)
    times = np.pad(time_ms.astype(np.float64), (2, rows + 2), constant_values=np.nan)
    inside = [padded[2 + k : 2 + k + count] for k in range(rows)]
    begin, end = times[2 : 2 + count], times[1 + rows : 1 + rows + count]
    outer: list[Floats] = []
    for offset, anchor in ((1, begin), (0, begin), (rows + 2, end), (rows + 3, end)):
        moment = times[offset : offset + count]
        near = np.abs(moment - anchor) <= within_ms
        outer.append(np.where(near, padded[offset : offset + count], np.nan))
    bordered = ~(np.isnan(outer[0]) | np.isnan(outer[2]))
    highest = np.fmax(np.fmax(outer[0], outer[1]), np.fmax(outer[2], outer[3]))
    lowest = np.fmin(np.fmin(outer[0], outer[1]), np.fmin(outer[2], outer[3]))
    top, bottom = inside[0], inside[0]
    for other in inside[1:]:
        top, bottom = np.maximum(top, other), np.minimum(bottom, other)
    size = np.abs(np.stack(outer))
    middle = np.nansum(size, axis=0) - np.fmax.reduce(size) - np.fmin.reduce(size)
    known = np.isfinite(size).sum(axis=0)
    level = np.where(known > 2, middle / np.maximum(known - 2, 1), np.fmin(size[0], size[2]))
    above = np.where(bordered, bottom - highest, np.nan)
    below = np.where(bordered, lowest - top, np.nan)
    return Excess(above, below, lowest, highest, level)


def notches(time_ms: Ints, value: Floats, within_ms: int) -> Floats:
    """How far each reading is below both its neighbours; zero where it is not, or one of them is far off."""
    depth = np.zeros(len(value))
    if len(value) > 2:
        near = time_ms[2:] - time_ms[:-2] <= within_ms
        depth[1:-1] = np.where(near, np.minimum(value[:-2], value[2:]) - value[1:-1], 0)
    result: Floats = np.maximum(depth, 0)
    return result


def habit_of(time_ms: Ints, value: Floats, within_ms: int) -> Habit | None:
    """What is usual in a stretch of readings; None when it is shorter than a day or has too few readings."""
    time_ms, value = time_ms[-HABIT_ROWS:], value[-HABIT_ROWS:]
    if len(value) < _LEAST_ROWS or (len(value) < _MANY_ROWS and time_ms[-1] - time_ms[0] < _LEAST_MS):
        return None
    strange = _strange(time_ms, value)
    time_ms, value = time_ms[~strange], value[~strange]
    heights = np.zeros((3, len(value)))
    for rows in range(1, _LONGEST + 1):
        found = excess(time_ms, value, rows, within_ms)
        heights[0], heights[1] = np.fmax(heights[0], found.above), np.fmax(heights[1], found.below)
    heights[2] = notches(time_ms, value, within_ms)
    turns = reversals(time_ms, value)
    is_smooth = _is_smooth(heights, value, turns)
    rarely = _ODD if is_smooth else _RARE
    ordered = np.sort(value)
    edge = int(rarely.level * len(value))
    low, high = float(ordered[edge]), float(ordered[-1 - edge])
    least, greatest = float(ordered[0]), float(ordered[-1])
    if low > 0:
        heights[1:, value <= LOST_SHARE * low] = 0
    rise, fall, notch = (_usual_height(time_ms, of, rarely) for of in heights)
    sharp_rise, sharp_fall = (float(np.sort(of)[-_RARE.rank(len(of))]) for of in heights[:2])
    if ordered[_RARE_COUNT - 1] != least:
        least = np.nan
    if ordered[-_RARE_COUNT] != greatest:
        greatest = np.nan
    long_rise, long_fall = _usual_plateaus(time_ms, value, LOST_SHARE * low, rarely.times)
    apart = np.diff(ordered)
    apart = apart[apart > 0]
    return Habit(
        rise=rise,
        fall=fall,
        sharp_rise=sharp_rise,
        sharp_fall=sharp_fall,
        notch=notch,
        long_rise=long_rise,
        long_fall=long_fall,
        low=low,
        high=high,
        top=_top(ordered),
        least=least,
        greatest=greatest,
        stands=stands_of(value, ~is_off(value, high)),
        is_restless=not is_smooth and turns > min(_RESTLESS_COUNT, _RESTLESS_SHARE * len(value)),
        is_switched=_is_switched(time_ms, value, high),
        variety=1 + len(apart),
        digit=float(apart.min()) if len(apart) else 0.0,
    )


def _strange(time_ms: Ints, value: Floats) -> Mask:
    """Readings at a level far from all others where the point was once, or twice at other times of the day.

    What is off every Sunday is off by habit.
    """
    ordered = np.sort(value)
    edge = int(_STRANGE_SHARE * len(value))
    low, high = float(ordered[edge]), float(ordered[-1 - edge])
    strange = np.zeros(len(value), dtype=bool)
    for over in scaled(time_ms, value):
        strange[over.begin : over.end] = True
    if low < ALWAYS_ON * high or low <= 0:
        return strange
    strange |= value > WILD_TIMES * high
    usual = (value >= _NEAR_BELOW * low) & (value <= _NEAR_ABOVE * high)
    for levels, rows in (
        (np.abs(value) <= LOST_SHARE * low, 1),
        ((value <= _FAR_BELOW * low) & (value >= 0) | (value <= -_NEAR_BELOW * low), _FAR_ROWS),
        (value >= _FAR_ABOVE * high, _FAR_ROWS),
    ):
        strange |= _seldom(time_ms, levels, usual, rows)
    return strange


def _seldom(time_ms: Ints, levels: Mask, usual: Mask, rows: int) -> Mask:
    """Stretches of at least so many readings at some levels, when these are no habit and left in one step."""
    edges = np.flatnonzero(np.diff(levels, prepend=False, append=False))
    begin, end = edges[::2], edges[1::2]
    begin, end = begin[end - begin >= rows], end[end - begin >= rows]
    apart = np.subtract.outer(time_ms[begin], time_ms[begin])[np.triu_indices(len(begin), 1)] % DAY_MS
    found = np.zeros(len(levels), dtype=bool)
    if len(begin) > _STRANGE_TIMES or np.minimum(apart, DAY_MS - apart).min(initial=DAY_MS) <= _ALIKE_MS:
        return found
    beside = np.pad(usual, 1, constant_values=True)
    is_set_off = beside[begin] & beside[end + 1]
    for first, last in zip(begin[is_set_off].tolist(), end[is_set_off].tolist(), strict=True):
        found[first:last] = True
    return found


def _top(ordered: Floats) -> float:
    """What the point reaches three times in four hundred, or not much more than what it often reaches."""
    reached, often = (float(ordered[-of.rank(len(ordered))]) for of in (_RARE, _WIDE))
    return min(reached, _HIGHER * often) if often > 0 else reached


def _usual_height(time_ms: Ints, heights: Floats, rarely: Rarely) -> float:
    """Height that excursions reach often enough to be usual; rarer ones count where they keep to a time.

    Where the course is smooth, all that is far above what recurs is not usual. Loads that come and go have
    peaks of all heights: not usual is only what is far above even these, as faults in a hundred readings are.
    """
    ordered = np.sort(heights)[::-1]
    often, rare, wide = (float(ordered[of.rank(len(heights)) - 1]) for of in (rarely, _RARE, _WIDE))
    if rarely is _RARE:
        usual = outside = _FAR_OUTSIDE * wide if wide > 0 else rare
    else:
        usual, outside = often, _OUTSIDE * often
    if rare <= outside:
        return rare
    hours = time_ms[heights > outside] % DAY_MS // HOUR_MS
    of_hour = np.bincount(hours, minlength=24)
    busiest = int((of_hour + np.roll(of_hour, 1)).max())
    return rare if busiest >= max(_SAME_TIME_COUNT, _SAME_TIME_SHARE * len(hours)) else usual


def _is_smooth(heights: Floats, value: Floats, turns: int) -> bool:
    """Whether all but a few readings follow a smooth course, so that what leaves it is not usual."""
    if turns > min(_RESTLESS_COUNT, _ROUGH_SHARE * len(value)):
        return False
    place = len(value) - 1 - int(_FEW * len(value))
    body = float(np.partition(heights, place, axis=1)[:, place].max())
    return body < _SMOOTH * float(np.median(np.abs(value)))


def _usual_plateaus(time_ms: Ints, value: Floats, lost: float, count: int) -> tuple[float, float]:
    """Height that plateaus above and below have reached several times, those lost as nothing aside."""
    found = plateaus(time_ms, value, PLATEAU_MS)
    height = found.height
    if lost > 0:
        height = np.where((height < 0) & (value[found.begin] <= lost), 0.0, height)
    usual = []
    for heights in (height[height > 0], -height[height < 0]):
        usual.append(float(np.sort(heights)[-count]) if len(heights) >= count else 0.0)
    return usual[0], usual[1]


def _is_switched(time_ms: Ints, value: Floats, high: float) -> bool:
    """Whether "off" is one of the point's states, entered from work in one step and several times a day.

    Readings lost as nothing take no share of the time that counts here, and nights come once a day.
    """
    off = is_off(value, high)
    if off.mean() < _SWITCHED_SHARE:
        return False
    falls = np.count_nonzero(off[1:] & (np.abs(value[:-1]) >= _WORK_SHARE * abs(high)))
    return bool(falls >= _SWITCHED_A_DAY * (time_ms[-1] - time_ms[0]) / DAY_MS)


def is_off(value: Floats, high: float) -> Mask:
    """Whether values are next to nothing beside what the point reaches: switched off, or stand-by."""
    return np.abs(value) <= _LEVEL_SHARE * abs(high)


def habits(time_ms: Ints, value: Floats, within_hours: float) -> HabitAt:
    """Habits of a series that holds the two weeks before any day that is asked for."""
    known: dict[int, Habit | None] = {}

    def at(day_ms: int) -> Habit | None:
        if day_ms not in known:
            low, high = np.searchsorted(time_ms, (day_ms - HABIT_DAYS * DAY_MS, day_ms)).tolist()
            known[day_ms] = habit_of(time_ms[low:high], value[low:high], round(within_hours * HOUR_MS))
        return known[day_ms]

    return at
