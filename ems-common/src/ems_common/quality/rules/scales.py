"""Stretches of a wrong scale or sign that are over: both their steps tell, without any habit of the point.

A decimal point in the wrong place makes everything ten times what it is, and a step back by as much ends it.
Loads that are switched leave a level by chance for where they came from; that the steps in and out are both
what the scale and the course before and after ask for does not come about by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.series import HOUR_MS, Floats, Ints, Mask

FACTORS: Final = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001, -1.0)
"""What values are multiplied by: a decimal point, a unit, a sign in the wrong place."""
LONGEST_MS: Final = 72 * HOUR_MS
"""What lasts longer is how the point is now, from its beginning on. Readings reach farther than that."""
_LEAST_ROWS = 3
"""Shorter ones are excursions: spikes and drops."""
_AROUND_MS: Final = 24 * HOUR_MS
"""What was there in so much time before tells the levels."""
_BESIDE = _LEAST_ROWS
"""Readings on either side of a step that tell how much the point moves from one to the next."""
MOST: Final = 1.6
"""Scaled back, the step into or out of a stretch is no larger than this ratio, …"""
_MARGIN = 1.35
"""… nor than so many times the largest of the ratios beside it, or than …"""
_DIGITS = 2.0
"""… so many of the last digits of a coarse sensor."""
_LOWER, _HIGHER = 0.5, 1.5
"""Scaled back, values stay above and below so many times those around."""
_FEW = 2
_CALM = 1.25
"""Where more than half of the ratios beside a step are larger, it may lead anywhere."""
_LEAST_SHARE = 0.1
"""The least value around is at least this share of the greatest: near zero all scales are alike."""
_LEAST_SHARE_OF_SIGN = 0.2
"""The same where the sign turns: what drifts through zero is not wrong."""
_LEAP = float(np.log(10.0 / MOST))


class Scaled(NamedTuple):
    """Readings ``begin <= i < end`` that are `factor` times what they should be.

    Attributes:
        begin: First position.
        end: Position after the last one: it is back.
        low: Least value around.
        high: Greatest value around.
    """

    begin: int
    end: int
    low: float
    high: float


def leaps(value: Floats) -> Mask:
    """Steps to several times, a fraction or another sign: such a stretch may begin or end there; (n − 1,)."""
    before, after = value[:-1], value[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = after / before
        found: Mask = (np.abs(np.log(np.abs(ratio))) >= _LEAP) | (ratio < 0)
    found &= (before != 0) & (after != 0)
    return found


def scaled(time_ms: Ints, value: Floats) -> Iterator[Scaled]:
    """Stretches that a step into a wrong scale begins and the step back ends, within three days.

    Args:
        time_ms: Times of the readings.
        value: Their values.
    """
    places = np.flatnonzero(leaps(value)) + 1
    done = 0
    for place in places.tolist():
        if place < max(done, _FEW) or value[place - 1] <= 0:
            continue
        found = next(_from(time_ms, value, place, places), None)
        if found is not None:
            done = found.end
            yield found


def _from(time_ms: Ints, value: Floats, begin: int, places: Ints) -> Iterator[Scaled]:
    """The stretches that may begin at a position, the shortest first."""
    step = value[begin] / value[begin - 1]
    factor = next((f for f in FACTORS if step / f > 0 and abs(np.log(step / f)) <= np.log(MOST)), None)
    if factor is None:
        return
    before = value[int(np.searchsorted(time_ms, time_ms[begin] - _AROUND_MS)) : begin]
    if len(before) < _FEW or before.min() <= 0:
        return
    low, high, digit = float(before.min()), float(before.max()), last_digit(before)
    if low < (_LEAST_SHARE if factor > 0 else _LEAST_SHARE_OF_SIGN) * high:
        return
    entering = np.concatenate(
        (value[max(0, begin - _BESIDE) : begin], value[begin : begin + _BESIDE] / factor)
    )
    if not (is_calm(entering) and goes_on(entering, min(_BESIDE, begin), digit)):
        return
    last = int(np.searchsorted(time_ms, time_ms[begin] + LONGEST_MS, side="right"))
    for end in places[(places >= begin + _LEAST_ROWS) & (places < last)].tolist():
        inside = value[begin:end] / factor
        if inside.min() < _LOWER * low or inside.max() > _HIGHER * high:
            return
        apart = value[begin:end].min() > high if factor > 1 else value[begin:end].max() < low
        # What comes after the first reading that is back plays no part: a verdict must not waver.
        leaving = np.append(inside[-_BESIDE:], value[end])
        if apart and len(np.unique(inside)) >= _FEW and goes_on(leaving, len(leaving) - 1, digit):
            yield Scaled(begin, end, low, high)


def is_calm(around: Floats) -> bool:
    """Whether readings do not leap about, so that where a step leads means something."""
    return bool(around.min() > 0 and np.median(np.abs(np.diff(np.log(around)))) <= np.log(_CALM))


def last_digit(value: Floats) -> float:
    """The least difference of two values; 0 where there is but one."""
    apart = np.diff(np.unique(value))
    return float(apart.min()) if len(apart) else 0.0


def goes_on(around: Floats, place: int, digit: float) -> bool:
    """Whether the step to a position is no larger than those beside it let expect.

    Args:
        around: Readings on both sides, scaled alike.
        place: Where the step leads to.
        digit: The last digit of the sensor.
    """
    if around.min() <= 0 or len(around) <= _FEW:
        return False
    ratios = np.abs(np.diff(np.log(around)))
    step, beside = ratios[place - 1], np.delete(ratios, place - 1)
    if step > np.log(MOST):
        return False
    return bool(
        step <= np.log(_MARGIN) + beside.max() or abs(around[place] - around[place - 1]) <= _DIGITS * digit
    )
