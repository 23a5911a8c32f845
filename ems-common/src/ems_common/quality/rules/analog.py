"""Rules for analog values: spikes and drops.

Neighbours are a fixed number of readings on each side, but never farther than some hours, so that a verdict
needs no more than a bounded stretch of data.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.parameters import Spike
from ems_common.quality.reasons import reason
from ems_common.quality.rules.habit import LOST_SHARE, Habit, HabitAt, excess, is_off, notches
from ems_common.quality.rules.levels import stretches
from ems_common.quality.rules.neighbours import LEAST_NEIGHBOURS
from ems_common.quality.rules.plateaus import PLATEAU_MS, plateaus
from ems_common.quality.rules.second_look import looked_twice
from ems_common.quality.series import HOUR_MS, Finding, Findings, Floats, Ints, day_of

_ORDINARY_ROWS = 2
"""Longer excursions must be outside the usual levels and beyond the usual excursions."""
_RESTLESS_SHARE = 0.5
"""Excursions of a restless point within its usual levels are at least this share of the level."""
NOISE_ROWS: Final = 14
"""How many readings before a plateau tell the noise."""
_QUIETEST = 0.4
"""Noise matters less for a fall to where the point never is: this share of the threshold is enough."""
_LEAST_FALL = 0.3
"""A fall is at least this share of its neighbours' level."""
_LEAST_BESIDE = 4
"""So many second differences beside an excursion tell the noise around it."""
_PLAIN = 1.6
"""Noise matters more where the habit is not known: this multiple of the threshold."""
_OUT_OF_REST = 3.0
"""A spike out of a resting load is so many times what the load is known for."""
_ABOVE_TOP = 0.5
"""Or above all that it reached by that share of it, …"""
_ABOVE_PEAKS = 3.0
"""… and by so many times what its peaks are above its usual most."""
_CLEAR = 2.0
"""Twice what noise and habit ask for: such a spike need not be large beside its level."""
_NEVER_OFF = 0.02
"""A point is never off whose usual least is at least this share of its usual most."""
_SHARE_OF_SPAN = 0.15
"""The level of a point that has values on both sides of zero is at least this share of its usual span."""
_DIGITS = 2.5
"""Coarse sensors waver by a digit or two: an excursion has more."""
_MORE = 1.2
"""An excursion outside the usual levels is at least so many times the usual excursions."""


class Suspect(NamedTuple):
    """An excursion of one to a few readings that is large beside its neighbours and their noise.

    Attributes:
        begin: Position of its first reading.
        rows: How many readings it has.
        height: How far all of it is beyond the neighbours; positive above, negative below.
        share: The height in multiples of the neighbours' level; infinite where that is zero.
        noises: The height in multiples of the noise there; infinite where there is none.
        noises_beside: The same of the noise around it alone: what it bends itself is left out.
        lowest: The lowest of the two neighbours on each side.
        highest: The highest of them.
    """

    begin: int
    rows: int
    height: float
    share: float
    noises: float
    noises_beside: float
    lowest: float
    highest: float


def spikes(time_ms: Ints, value: Floats, parameters: Spike, habit_at: HabitAt) -> Findings:
    """Readings that leap out of their neighbourhood and back, farther than this point is known to.

    An excursion must be large beside its neighbours' level and beside the noise around it; what then remains
    is held against the point's own two weeks before: its usual excursions and its usual levels. Where these
    are not known, only the plainest excursions are found.
    """

    def look(moments: Ints, values: Floats) -> dict[int, Finding]:
        return _look(moments, values, parameters, habit_at)

    found = looked_twice(look, time_ms, value)
    for finding in _unknown_levels(time_ms, value, parameters, habit_at):
        found.setdefault(finding.place, finding)
    return list(found.values())


def _look(time_ms: Ints, value: Floats, parameters: Spike, habit_at: HabitAt) -> dict[int, Finding]:
    """Excursions of up to an hour, by position."""
    found: dict[int, Finding] = {}
    for suspect in suspects(time_ms, value, parameters):
        inside = slice(suspect.begin, suspect.begin + suspect.rows)
        habit = habit_at(day_of(int(time_ms[suspect.begin])))
        if not _is_spike(suspect, value[inside], parameters, habit):
            continue
        around = (suspect.lowest, suspect.highest)
        for place in range(inside.start, inside.stop):
            found.setdefault(place, _excursion(place, value, around, rising=suspect.height > 0))
    for place in _notched(time_ms, value, parameters, habit_at):
        detail = reason("notch", value=value[place], before=value[place - 1], after=value[place + 1])
        found.setdefault(place, Finding(place, "sudden_drop", detail))
    for finding in _long_excursions(time_ms, value, parameters, habit_at):
        found.setdefault(finding.place, finding)
    return found


def _excursion(place: int, value: Floats, around: tuple[float, float], *, rising: bool) -> Finding:
    """The finding on a reading far above or below the least and greatest around it."""
    rule, key = ("spike", "spike") if rising else ("sudden_drop", "drop")
    return Finding(place, rule, reason(key, value=value[place], low=around[0], high=around[1]))


def _notched(time_ms: Ints, value: Floats, p: Spike, habit_at: HabitAt) -> list[int]:
    """Single readings far below both neighbours, also on a ramp, of points that do not fall so by habit."""
    depth = notches(time_ms, value, round(p.within_hours * HOUR_MS))
    level = np.abs(value + depth)
    chosen = np.flatnonzero((depth > 0) & (depth >= p.share_below * level))
    if len(chosen) == 0:
        return []
    noise_of = _Noise(time_ms, value, p)
    noise = noise_of(chosen)
    beside = np.fmin(noise, noise_of(chosen, 1))
    found = []
    for place, *noises in zip(chosen.tolist(), noise.tolist(), beside.tolist(), strict=True):
        habit = habit_at(day_of(int(time_ms[place])))
        if habit is None or _is_switched_off(value[place : place + 1], habit):
            continue
        if habit.is_restless:
            if _is_lost(value[place : place + 1], habit):
                found.append(place)
        elif depth[place] >= p.noises * noises[habit.low > 0] and depth[place] > max(
            p.times_usual * habit.notch, _least_height(habit, p, float(value[place - 1 : place + 2].min()))
        ):
            found.append(place)
    return found


def _is_lost(inside: Floats, habit: Habit) -> bool:
    """Whether readings are nothing, of a point that never is."""
    return habit.low >= _NEVER_OFF * habit.high > 0 and _is_gone(inside, habit)


def _long_excursions(time_ms: Ints, value: Floats, p: Spike, habit_at: HabitAt) -> Findings:
    """Up to an hour that is set off by a step on either side, as the point does not do by itself."""
    if p.longest_hours == 0:
        return []
    found: Findings = []
    some = plateaus(time_ms, value, min(PLATEAU_MS, round(p.longest_hours * 1.25 * HOUR_MS)))
    for begin, end, height, level, lowest, highest in zip(*(column.tolist() for column in some), strict=True):
        rising = height > 0
        habit = habit_at(day_of(int(time_ms[begin])))
        if habit is None or _is_switched_off(value[begin:end], habit):
            continue
        if habit.is_restless and (rising or not _is_lost(value[begin:end], habit)):
            continue
        if rising and is_off(np.array([highest]), habit.high)[0]:
            continue
        usual = max(habit.long_rise, habit.rise) if rising else max(habit.long_fall, habit.fall)
        share = p.share_above if rising else p.share_below
        noise = 0.0 if habit.is_restless else p.noises * _noise_before(value, begin)
        lost = not rising and habit.low > 0 and float(value[begin:end].max()) <= LOST_SHARE * habit.low
        if not rising:
            # On a ramp the median is above what a fall of the lower side could reach.
            level = min(level, abs(lowest))
        if abs(height) < max(
            share * level, noise, _least_height(habit, p, min(lowest, float(value[begin:end].min())))
        ) or not (lost or abs(height) > p.times_usual * usual):
            continue
        around = (lowest, highest)
        found += [_excursion(place, value, around, rising=rising) for place in range(begin, end)]
    return found


def _least_height(habit: Habit, p: Spike, lowest: float) -> float:
    """No excursion is less than some of the last digits of a coarse sensor.

    Nor is it less than a share of the span of a point that has values on both sides of zero: a temperature of
    0.1 °C is as good a level as one of 10 °C, and so is what is left of a load beside a sunny roof.

    Args:
        habit: What is usual.
        p: Parameters.
        lowest: The lowest reading of the excursion and of those around it.
    """
    share = 0.0
    if habit.low < 0:
        share = p.least_share * _SHARE_OF_SPAN
    if lowest < 0 < habit.high:
        share = _SHARE_OF_SPAN
    return max(_DIGITS * habit.digit, share * (habit.high - min(habit.low, 0.0)))


def _unknown_levels(time_ms: Ints, value: Floats, p: Spike, habit_at: HabitAt) -> Findings:
    """Levels that the point has never been at, for up to days."""
    found: Findings = []
    for begin, end, low, high in stretches(time_ms, value, round(p.within_hours * HOUR_MS), habit_at):
        for place in range(begin, end):
            rule, key = ("spike", "wild") if value[place] > high else ("sudden_drop", "lost")
            detail = reason(key, value=value[place], low=low, high=high)
            found.append(Finding(place, rule, detail))
    return found


def _is_switched_off(inside: Floats, habit: Habit) -> bool:
    """Whether readings are the "off" of a point that is switched on and off by habit."""
    return habit.is_switched and bool(is_off(inside, habit.high).all())


def _noise_before(value: Floats, place: int) -> float:
    """Median size of the second differences of the readings before a position; zero where there are none.

    What comes later plays no part: a verdict must not waver with every reading after it.
    """
    before = value[max(0, place - NOISE_ROWS) : place]
    if len(before) <= _ORDINARY_ROWS:
        return 0.0
    return float(np.median(np.abs(before[1:-1] - (before[:-2] + before[2:]) / 2)))


def suspects(time_ms: Ints, value: Floats, parameters: Spike) -> list[Suspect]:
    """Excursions that are worth a look, the shortest first."""
    if len(value) < LEAST_NEIGHBOURS:
        return []
    # No excursion is higher than the step into it, no level lower than the least of all: most stretches of
    # new readings are done here.
    if np.abs(np.diff(value)).max() < parameters.least_share * np.abs(value).min():
        return []
    noise_of = _Noise(time_ms, value, parameters)
    found: list[Suspect] = []
    for rows in range(1, parameters.longest_rows + 1):
        around = excess(time_ms, value, rows, round(parameters.within_hours * HOUR_MS))
        height = np.fmax(around.above, around.below)
        with np.errstate(invalid="ignore"):
            chosen = np.flatnonzero((height > 0) & (height >= parameters.least_share * around.level))
        if len(chosen) == 0:
            continue
        tall, level = height[chosen], around.level[chosen]
        with np.errstate(divide="ignore"):
            share, noises = tall / level, tall / noise_of(chosen)
            beside = np.fmax(noises, tall / noise_of(chosen, rows))
        loud = beside >= _QUIETEST * parameters.noises
        signed = np.where(around.above[chosen] > 0, tall, -tall)
        columns = (chosen, signed, share, noises, beside, around.lowest[chosen], around.highest[chosen])
        rows_of = zip(*(column[loud].tolist() for column in columns), strict=True)
        found += [Suspect(begin, rows, *rest) for begin, *rest in rows_of]
    return found


class _Noise:
    """Median size of the second differences around a reading: what a smooth curve would not have."""

    def __init__(self, time_ms: Ints, value: Floats, parameters: Spike) -> None:
        self._near_ms = round(parameters.within_hours * HOUR_MS)
        self._margin = parameters.neighbours
        bend = np.abs(value[1:-1] - (value[:-2] + value[2:]) / 2)
        bend = np.where(time_ms[2:] - time_ms[:-2] <= self._near_ms, bend, np.nan)
        self._bend = np.pad(bend, 1 + self._margin, constant_values=np.nan)
        self._time = np.pad(time_ms, self._margin)
        self._offsets = np.arange(2 * self._margin + 1)

    def __call__(self, places: Ints, excursion: int = 0) -> Floats:
        """Noise at some places; zero where nothing near tells it.

        Args:
            places: Where excursions begin.
            excursion: How many readings they have, when what they bend themselves is to be left out; `nan`
                where too little is left to tell the noise.
        """
        around = places[:, None] + self._offsets
        unsuited = np.abs(self._time[around] - self._time[places + self._margin, None]) > self._near_ms
        if excursion:
            beside = self._offsets - self._margin
            unsuited |= (beside >= -1) & (beside <= excursion)
        bends = np.sort(np.where(unsuited, np.nan, self._bend[around]), axis=1)
        known = np.isfinite(bends).sum(axis=1)
        rows, middle = np.arange(len(places)), np.maximum(known - 1, 0)
        median = (bends[rows, middle // 2] + bends[rows, (middle + 1) // 2]) / 2
        if excursion:
            return np.where(known >= _LEAST_BESIDE, median, np.nan)
        result: Floats = np.where(known > 0, median, 0.0)
        return result


def _is_spike(suspect: Suspect, inside: Floats, p: Spike, habit: Habit | None) -> bool:
    """Whether an excursion is more than the point is known for."""
    rising = suspect.height > 0
    if habit is not None and _is_switched_off(inside, habit):
        return False
    if habit is None:
        plain = suspect.share >= (p.share_above if rising else p.share_below)
        return plain and np.isfinite(suspect.share) and suspect.noises >= _PLAIN * p.noises
    height = abs(suspect.height)
    if height <= _least_height(habit, p, min(suspect.lowest, float(inside.min()))):
        return False
    if rising and bool(is_off(np.array([suspect.highest]), habit.high)[0]):
        # Between rest and work there is no neighbourhood; only what is far beyond all work stands out.
        beyond = float(inside.min()) >= _beyond_all(habit) > 0
        return beyond and _is_above(suspect, inside, p, habit) and height > habit.rise
    outside = _is_above(suspect, inside, p, habit) if rising else _is_below(suspect, inside, p, habit)
    if outside and not rising and suspect.rows <= _ORDINARY_ROWS and _is_gone(inside, habit):
        return True
    usual = habit.rise if rising else habit.fall
    if outside:
        strictly = suspect.rows <= _ORDINARY_ROWS or height > p.times_usual * usual
        return strictly and height > _MORE * usual
    return _is_clear(suspect, inside, p, habit) or _is_peak(suspect, p, habit)


def _is_above(suspect: Suspect, inside: Floats, p: Spike, habit: Habit) -> bool:
    """Whether an excursion is above the levels that the point is known for."""
    beyond = habit.high + p.beyond * (habit.high - min(habit.low, 0.0))
    if habit.is_restless:
        beyond = max(beyond, (1 + _ABOVE_TOP) * habit.top)
    return bool(inside.min() >= beyond) and suspect.noises >= p.noises


def _is_below(suspect: Suspect, inside: Floats, p: Spike, habit: Habit) -> bool:
    """Whether it is below them; all suspects are loud enough for that."""
    return habit.low > 0 and bool(inside.max() <= p.remaining * habit.low) and suspect.share >= _LEAST_FALL


def _is_gone(inside: Floats, habit: Habit) -> bool:
    """Whether next to nothing is left of what the point is known for at least."""
    return float(inside.max()) <= LOST_SHARE * habit.low


def _is_peak(suspect: Suspect, p: Spike, habit: Habit) -> bool:
    """Whether an excursion within the usual levels is large beside level, noise and what is usual.

    Loads have peaks; falls are rare where nothing comes and goes, rests at nothing or changes its sign.
    """
    rising = suspect.height > 0
    if rising and habit.low <= 0 and bool(is_off(np.array([suspect.lowest]), habit.high)[0]):
        # Work begins or ends with it: there is no neighbourhood on one side.
        return False
    needed = p.share_above if rising else p.share_below
    noises = suspect.noises
    usual = habit.rise if rising else habit.fall
    if habit.is_restless:
        needed = max(needed, _RESTLESS_SHARE)
        usual = habit.sharp_rise if rising else habit.sharp_fall
    elif not rising and habit.low > 0:
        noises = suspect.noises_beside
    return (
        suspect.rows <= _ORDINARY_ROWS
        and suspect.share >= needed
        and noises >= p.noises
        and abs(suspect.height) > p.times_usual * usual
    )


def _beyond_all(habit: Habit) -> float:
    """What a load at rest does not go to: far above what it reaches, farther the more its peaks differ."""
    reached = max(habit.top, -habit.low)
    above = reached + max(_ABOVE_TOP * reached, _ABOVE_PEAKS * (habit.top - habit.high))
    return above if habit.high <= 0 else min(_OUT_OF_REST * habit.high, above)


def _is_clear(suspect: Suspect, inside: Floats, p: Spike, habit: Habit) -> bool:
    """Whether a short spike above the usual levels is far beyond noise and habit, whatever its share."""
    return (
        suspect.rows <= _ORDINARY_ROWS
        and suspect.height > _CLEAR * p.times_usual * habit.rise
        and suspect.noises >= _CLEAR * p.noises
        and not habit.is_restless
        and float(inside.min()) > habit.high
    )


def beyond_power(value: Floats, limit: float) -> Findings:
    """Power above what the metered thing can take or give."""
    return [
        Finding(i, "impossible_power", reason("physical", value=value[i], limit=limit))
        for i in np.flatnonzero(np.abs(value) > limit).tolist()
    ]
