"""Analog values that do not move, for longer than is usual for the point."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.parameters import Stuck
from ems_common.quality.reasons import reason
from ems_common.quality.rules.habit import HabitAt, is_off
from ems_common.quality.rules.stands import Chances, runs
from ems_common.quality.series import HOUR_MS, Finding, Findings, Floats, Ints, day_of

LONGEST_STANDSTILL_MS: Final = 119 * HOUR_MS
"""Less than the five days that are seen before a day: where a standstill began is seen."""
_UNKNOWN_HOURS = 5.0
"""A standstill must last so long where the habit of the point is not known."""
_TENTH = 0.1
_MOST_BY_CHANCE = 3e-4
"""What may come about by chance more often than that is no standstill, however seldom values are repeated."""


def standstill(
    time_ms: Ints,
    value: Floats,
    parameters: Stuck,
    habit_at: HabitAt,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Findings:
    """Values that do not move for so long that it is not by chance, by what is known of the point.

    Next to nothing (switched off), the point's limits and the ends of a sensor's scale (saturated) are no
    standstill. The first reading of the stretch is good. A reading that comes days after its stretch began is
    left alone: by then it is a set-point.
    """
    found: Findings = []
    first, last = runs(value)
    enough = (time_ms[last] - time_ms[first] >= parameters.least_hours * HOUR_MS) & (
        last - first + 1 >= parameters.least_rows
    )
    for begin, end in zip(first[enough].tolist(), last[enough].tolist(), strict=True):
        due = standstill_due(time_ms, value, begin, parameters, habit_at, limits)
        if due is None or time_ms[end] < due.time_ms or end - begin + 1 < due.rows:
            continue
        detail = reason("stands", value=value[begin])
        reach = np.searchsorted(time_ms, time_ms[begin] + LONGEST_STANDSTILL_MS, side="right")
        found += [Finding(i, "stuck", detail) for i in range(begin + 1, min(end + 1, int(reach)))]
    return found


class Due(NamedTuple):
    """When a standing value becomes a standstill: at so late a reading, and as the so manieth one."""

    time_ms: int
    rows: int


def standstill_due(
    time_ms: Ints,
    value: Floats,
    begin: int,
    parameters: Stuck,
    habit_at: HabitAt,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Due | None:
    """When the stretch of one value that begins at a position becomes a standstill; None if it never does."""
    level, began_ms = float(value[begin]), int(time_ms[begin])
    if level in (0.0, *limits):
        return None
    habit = habit_at(day_of(began_ms))
    if habit is None:
        moved = _moved_before(time_ms, value, begin, parameters)
        return Due(began_ms + round(_UNKNOWN_HOURS * HOUR_MS), parameters.least_rows) if moved else None
    saturated = level in (habit.least, habit.low, habit.high, habit.greatest)
    if saturated or bool(is_off(value[begin : begin + 1], habit.high)[0]):
        return None
    chances = habit.stands.near(level)
    further = math.log(_by_chance(chances, parameters) / chances.resting) / math.log(chances.staying)
    repeats = 1 + max(0, math.ceil(further))
    return Due(began_ms + round(parameters.least_hours * HOUR_MS), max(parameters.least_rows, 1 + repeats))


def _by_chance(chances: Chances, parameters: Stuck) -> float:
    """How often a standstill may come about by chance, at a point that repeats values as often as this.

    Repetitions that come often hang together, more than their chances tell: a load that rests at night, a
    coarse sensor in calm weather. So less is allowed, the more often values are repeated.
    """
    return min(_MOST_BY_CHANCE, parameters.chance * (_TENTH / chances.resting) ** 3)


def _moved_before(time_ms: Ints, value: Floats, begin: int, parameters: Stuck) -> bool:
    low = int(np.searchsorted(time_ms, time_ms[begin] - parameters.evidence_hours * HOUR_MS))
    before = value[low : begin + 1]
    if len(before) > 1 and not before[:-1].min() < before[-1] < before[:-1].max():
        # What stands at the end of all that was seen so far is at rest, or at the end of its scale: the first
        # night of a load tells no fault.
        return False
    # Counting distinct values, not steps: coarse sensors repeat a few values and stand still often.
    return len(before) > 4 and len(np.unique(before)) >= parameters.moving_share * len(before)
