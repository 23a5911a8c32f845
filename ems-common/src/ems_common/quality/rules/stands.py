"""How often a point repeats its values by itself, at each of its levels.

A load rests at night and moves by day, a humidity sensor stands near saturation, an inverter in dull light:
how often a value comes again depends on where it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ems_common.quality.series import Floats, Ints, Mask

_FROZEN_STANDS = 2
_FROZEN_SHARE = 0.03
_FROZEN_TIMES = 3
"""So many stands, so many times longer than all others, may be frozen values: they count as the others.

The two longest ones may be frozen values whatever the others are: they count as the third one.
"""
_LEAST_STANDS = 12
_MAY_REST = 0.99
"""Of a point that has had fewer different values at work so much is taken for usual."""
_UNTOLD = 12
"""So many repetitions must be seen before they tell as much of further ones as the first ones do."""
_NEAR_ROWS = 100
_NEAR_SHARE = 0.03
"""So many readings, or that share of them, are near a level."""
_ELSEWHERE = 60
"""What is known of the other levels counts as so many readings near one."""


class Chances(NamedTuple):
    """What is to be expected of a value.

    Attributes:
        resting: Chance that the next reading repeats it; above 0 and below 1.
        staying: Chance that once repeated it is repeated again; no less.
    """

    resting: float
    staying: float


class Stands(NamedTuple):
    """Stretches of equal values in two weeks, those of a single reading among them.

    Attributes:
        value: Values, shape (n,).
        rows: How many readings each stretch has, same shape.
        anywhere: Chance of a repetition whatever the value.
    """

    value: Floats
    rows: Ints
    anywhere: float

    def near(self, level: float) -> Chances:
        """The chances at a level, by the readings of the values that are nearest to it.

        What stands for once often stands for long, such as a load at night in a series that moves by day:
        further repetitions have a chance of their own, which is the first one's as long as little is known.
        """
        wanted = max(_NEAR_ROWS, _NEAR_SHARE * float(self.rows.sum()))
        order = np.argsort(np.abs(self.value - level), kind="stable")
        count = int(np.searchsorted(np.cumsum(self.rows[order]), wanted)) + 1
        rows = self.rows[order[:count]]
        total, repeats = int(rows.sum()), int((rows - 1).sum())
        resting = (repeats + _ELSEWHERE * self.anywhere) / (total + _ELSEWHERE)
        longer = rows[rows > 1]
        further, trials = int((longer - 2).sum()), int((longer - 1).sum())
        return Chances(resting, max(resting, (further + _UNTOLD * resting) / (trials + _UNTOLD)))


def stands_of(value: Floats, counts: Mask) -> Stands:
    """The stands of a stretch of readings; the chance of a repetition comes by Laplace's rule of succession.

    Args:
        value: The readings.
        counts: Which of them count: "off" is no stand.
    """
    first, last = runs(value)
    first, last = first[counts[first]], last[counts[first]]
    rows = last - first + 1
    if len(rows) < _LEAST_STANDS:
        return Stands(np.empty(0), np.empty(0, np.int64), _MAY_REST)
    lengths = np.sort(rows)
    frozen = max(_FROZEN_STANDS, int(_FROZEN_SHARE * len(lengths)))
    if len(lengths) > frozen:
        longest_usual = lengths[-frozen - 1]
        rows = np.where(rows > _FROZEN_TIMES * longest_usual, longest_usual, rows)
        rows = np.minimum(rows, np.sort(rows)[-_FROZEN_STANDS - 1])
    return Stands(value[first], rows, (int((rows - 1).sum()) + 1) / (int(rows.sum()) + 2))


def runs(value: Floats) -> tuple[Ints, Ints]:
    """First and last position of each stretch of equal values."""
    if len(value) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    change = np.flatnonzero(np.diff(value) != 0)
    return np.concatenate(([0], change + 1)), np.concatenate((change, [len(value) - 1]))
