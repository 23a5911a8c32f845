"""Rules for cumulative registers: excursions that return, jumps that stay, standstill that catches up.

A register only rises. Where it does not, the question is which of its readings are wrong:

- a *dip* (zero glitch, lost digits) falls and later stands at or above where it was: its readings are bad;
- a *spike* (wrong unit, extra digits) rises and falls back to at least where it was: its readings are bad;
- a *rollover* wraps at the register's modulus, with a plausible advance across the wrap: all are good;
- an *exchange* is recorded in the database: all are good;
- a *reset* falls and stays: all are good once enough readings confirm the new level, doubtful before.

Of several explanations the one with the fewest bad readings is taken. Everything is judged inside the
window of one day and the two days on either side of it, long standstills inside a window of their own, so a
verdict never depends on anything farther away than :data:`REACH_DAYS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ems_common.quality.parameters import Register, Stuck
from ems_common.quality.reasons import Reason, reason
from ems_common.quality.rules.advances import TOLERANCE, first_of_run, rates, standstill_ends, usual_rate
from ems_common.quality.rules.catching_up import OUTSTANDING, ROW_STEPS, Standstill
from ems_common.quality.rules.excursions import FRESH, Steps
from ems_common.quality.series import DAY_MS, HOUR_MS, Finding, Findings, Floats, Ints, Mask, day_of

DAYS_AROUND: Final = 2
"""Days before and after the judged one that all verdicts but those on long standstills may depend on."""
REACH_DAYS: Final = 5
"""Days before and after the judged one that any verdict may depend on."""
LONGEST_STANDSTILL_MS: Final = 24 * HOUR_MS
"""Longer standstills do not fit into the window of a day with what tells that they are none by chance."""
LONGEST_FROZEN_MS: Final = 96 * HOUR_MS
"""Standstills longer than this are left alone: with a day on either side they fit into `REACH_DAYS`."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What is known of the thing behind a register.

    Attributes:
        modulus: Value at which the register wraps, or None.
        max_rate: Its physical limit in units of the register per hour, or None.
        exchanges_ms: When meters were exchanged, sorted.
    """

    modulus: float | None = None
    max_rate: float | None = None
    exchanges_ms: tuple[int, ...] = ()


def judge(time_ms: Ints, value: Floats, meter: Meter, parameters: Register, stuck: Stuck) -> Findings:
    """All findings of a register.

    Only days that have something suspicious in reach are looked at closely.

    Args:
        time_ms: Times of the readings that are in range.
        value: Their values.
        meter: What is known of the meter.
        parameters: Of the excursion rules.
        stuck: Of the standstill rule.
    """
    places = suspicious(time_ms, value, meter, parameters, stuck)
    if len(places) == 0:
        return []
    days: set[int] = set()
    for moment in time_ms[places].tolist():
        day = day_of(moment)
        days.update(day + n * DAY_MS for n in range(-DAYS_AROUND, DAYS_AROUND + 1))
    found: Findings = []
    for day in sorted(days):
        own = np.searchsorted(time_ms, (day, day + DAY_MS))
        if own[0] == own[1]:
            continue
        edges = (day - DAYS_AROUND * DAY_MS, day + (DAYS_AROUND + 1) * DAY_MS)
        low, high = np.searchsorted(time_ms, edges).tolist()
        window = judge_window(time_ms[low:high], value[low:high], meter, parameters, stuck)
        found += [f._replace(place=f.place + low) for f in window if own[0] <= f.place + low < own[1]]
    found += _long_standstills(time_ms, value, meter, parameters, stuck)
    return list({(f.place, f.rule): f for f in found}.values())


def _long_standstills(
    time_ms: Ints, value: Floats, meter: Meter, parameters: Register, stuck: Stuck
) -> Findings:
    """Standstills of more than a day that were made up for, each judged with a day on either side of it."""
    found: Findings = []
    if not stuck.enabled:
        return found
    exchanges = np.array(meter.exchanges_ms, np.int64)
    for end in standstill_ends(time_ms, value, stuck).tolist():
        begin = first_of_run(value, end - 1)
        ends_ms = int(time_ms[begin]), int(time_ms[end])
        if not LONGEST_STANDSTILL_MS < ends_ms[1] - ends_ms[0] <= LONGEST_FROZEN_MS:
            continue
        edges = (ends_ms[0] - DAY_MS, ends_ms[1] + DAY_MS)
        if np.any((exchanges > edges[0]) & (exchanges <= edges[1])):
            continue
        low, high = np.searchsorted(time_ms, edges).tolist()
        part = _Stretch(time_ms[low:high], value[low:high], meter, parameters)
        if part.was_frozen(begin - low, end - low, stuck):
            detail = reason("stood", value=value[begin], after=value[end])
            found += [Finding(i, "stuck", detail) for i in range(begin + 1, end)]
    return found


def _step(value: Floats, place: int) -> dict[str, float]:
    return {"before": float(value[place]), "after": float(value[place + 1])}


def suspicious(time_ms: Ints, value: Floats, meter: Meter, parameters: Register, stuck: Stuck) -> Ints:
    """Positions of readings that cannot simply follow their predecessor; a superset of what is found."""
    if len(value) < 2:
        return np.empty(0, np.int64)
    advance = np.diff(value)
    odd = advance < -TOLERANCE
    if meter.max_rate is not None:
        odd |= rates(time_ms, value) > meter.max_rate * parameters.power_margin
    if meter.exchanges_ms:
        instants = np.array(meter.exchanges_ms)
        odd |= np.searchsorted(instants, time_ms[1:], side="right") != np.searchsorted(
            instants, time_ms[:-1], side="right"
        )
    if stuck.enabled:
        ends = standstill_ends(time_ms, value, stuck)
        odd[ends - 1] |= True
    return np.flatnonzero(odd) + 1


def judge_window(time_ms: Ints, value: Floats, meter: Meter, parameters: Register, stuck: Stuck) -> Findings:
    """All findings inside one window, split where meters were exchanged."""
    cuts = np.searchsorted(time_ms, np.array(meter.exchanges_ms, np.int64)).tolist()
    bounds = sorted({0, len(value), *cuts})
    found: Findings = []
    for begin, end in pairwise(bounds):
        if begin:
            detail = reason("exchange", value=value[begin])
            found.append(Finding(begin, "exchange", detail, is_note=True))
        part = _Stretch(time_ms[begin:end], value[begin:end], meter, parameters)
        found += [f._replace(place=f.place + begin) for f in part.judge(stuck)]
    return found


class _Stretch:
    """Readings of one meter inside a window."""

    def __init__(self, time_ms: Ints, value: Floats, meter: Meter, parameters: Register) -> None:
        self._meter, self._p = meter, parameters
        self._time, self._value = time_ms, value
        self._alive: Mask = np.ones(len(value), dtype=bool)
        self._found: Findings = []
        highest = np.inf if meter.max_rate is None else meter.max_rate * parameters.power_margin
        self._usual = usual_rate(time_ms, value, highest)
        self._limit = self._plausible_rate()

    def judge(self, stuck: Stuck) -> Findings:
        """Run the rules one after the other, each on what the ones before left alive."""
        if self._p.enabled and len(self._value) > 1:
            while self._remove_excursions():
                pass
            self._classify_steps_back()
            if self._meter.max_rate is not None:
                self._classify_jumps()
        if stuck.enabled:
            self._find_standstill(stuck)
        return self._found

    def _plausible_rate(self) -> float:
        """Advance per hour that can be true: the physical limit, else a multiple of what is usual here."""
        if self._meter.max_rate is not None:
            return self._meter.max_rate * self._p.power_margin
        return np.inf if self._usual is None else self._usual * self._p.times_usual

    def _living(self) -> tuple[Ints, Ints, Floats]:
        chosen = np.flatnonzero(self._alive)
        return chosen, self._time[chosen], self._value[chosen]

    def _kill(self, positions: Ints, rule: str, detail: str) -> None:
        for i in positions.tolist():
            self._alive[i] = False
            self._found.append(Finding(i, rule, detail))

    def _remove_excursions(self) -> bool:
        """Take the excursions that touch no smaller one; returns whether there were any."""
        chosen, time_ms, value = self._living()
        back = np.flatnonzero(np.diff(value) < -TOLERANCE)
        wraps = [place for place in back.tolist() if self._is_rollover(time_ms, value, place)]
        turns = np.zeros(len(value))
        turns[np.array(wraps, np.int64) + 1] = self._meter.modulus or 0.0
        steps = Steps(time_ms, value, turns.cumsum(), self._usual, self._limit, self._p)
        fitting = [one for place in np.setdiff1d(back, wraps).tolist() for one in steps.explanations(place)]
        # One that touches a smaller one waits, even where that one waits itself: what the smaller ones leave
        # may need no such long explanation.
        ordered = sorted(fitting, key=lambda one: (one.rows, one.rule, one.begin))
        taken = [
            one
            for number, one in enumerate(ordered)
            if not any(one.waits_for(other) for other in ordered[:number])
        ]
        for one in taken:
            inside = value[one.begin : one.end]
            low, high = inside.min(), inside.max()
            detail = reason("between", low=low, high=high, before=value[one.begin - 1], after=value[one.end])
            self._kill(chosen[one.begin : one.end], one.rule, detail)
        return bool(taken)

    def _is_rollover(self, time_ms: Ints, value: Floats, place: int) -> bool:
        """Whether the step back is the register's wrap: a plausible advance across it, and after it."""
        modulus = self._meter.modulus
        if modulus is None or value[place] > modulus * (1 + TOLERANCE):
            return False
        hours = (time_ms[place + 1] - time_ms[place]) / HOUR_MS
        wrapped = value[place + 1] + modulus - value[place]
        largest = min(self._limit * hours, 0.5 * modulus)
        if not np.isfinite(self._limit):
            largest = 0.1 * modulus
        if wrapped > largest:
            return False
        if place + 2 >= len(value):
            return True
        following = value[place + 2] - value[place + 1]
        hours = (time_ms[place + 2] - time_ms[place + 1]) / HOUR_MS
        return bool(following <= min(self._limit * hours, 0.5 * modulus))

    def _classify_steps_back(self) -> None:
        """What steps back and is no excursion: a rollover, or a reset that is confirmed or not yet."""
        chosen, time_ms, value = self._living()
        for place in np.flatnonzero(np.diff(value) < -TOLERANCE).tolist():
            first = int(chosen[place + 1])
            if self._is_rollover(time_ms, value, place):
                numbers = {**_step(value, place), "limit": self._meter.modulus or 0.0}
                self._found.append(Finding(first, "rollover", reason("wraps", **numbers), is_note=True))
            else:
                why = Reason("down", _step(value, place))
                self._settle(chosen, time_ms, place + 1, "negative_advance", why)

    def _classify_jumps(self) -> None:
        """Advances beyond the physical limit: a frozen register that caught up, a new level, or nonsense."""
        chosen, time_ms, value = self._living()
        for place in np.flatnonzero(rates(time_ms, value) > self._limit).tolist():
            begin = first_of_run(value, place)
            is_long = time_ms[place] - time_ms[begin] > LONGEST_STANDSTILL_MS
            if is_long and len(time_ms) - place - 1 <= self._p.short_rows:
                # Too little follows in this window to tell a spike; long ones are judged for themselves.
                continue
            stood = Standstill(time_ms, value, begin, place + 1, self._limit)
            if begin < place and stood.is_possible() and not stood.is_regular():
                detail = reason("stood", value=value[place], after=value[place + 1])
                self._kill(chosen[stood.first_wrong() : place + 1], "stuck", detail)
                continue
            rate = (value[place + 1] - value[place]) / ((time_ms[place + 1] - time_ms[place]) / HOUR_MS)
            why = Reason("rate", {**_step(value, place), "rate": rate})
            self._settle(chosen, time_ms, place + 1, "impossible_power", why)

    def _settle(self, chosen: Ints, time_ms: Ints, place: int, rule: str, why: Reason) -> None:
        """A new level is a reset once it is confirmed; until then its readings are doubtful.

        A counter that started again near zero needs no further word; any other jump keeps its name as a note.
        """
        rest = len(time_ms) - place
        if rest < self._p.confirm_rows and time_ms[-1] - time_ms[place] < self._p.confirm_hours * HOUR_MS:
            self._kill(chosen[place:], rule, why._replace(note="unconfirmed").stored)
            return
        first = int(chosen[place])
        self._found.append(Finding(first, "reset", why.stored, is_note=True))
        if self._value[first] > FRESH * self._value[chosen[place - 1]]:
            why = why._replace(note="confirmed")
            self._found.append(Finding(first, rule, why.stored, is_note=True))

    def _find_standstill(self, stuck: Stuck) -> None:
        """Standstill of a register that used to move, ended by an advance that makes up for it."""
        chosen, time_ms, value = self._living()
        if len(value) < stuck.least_rows + 1:
            return
        named = {finding.place for finding in self._found if finding.rule in ("reset", "rollover")}
        for end in standstill_ends(time_ms, value, stuck).tolist():
            begin = first_of_run(value, end - 1)
            stood = Standstill(time_ms, value, begin, end, self._limit)
            if int(chosen[end]) in named or stood.length_ms > LONGEST_STANDSTILL_MS or stood.is_regular():
                continue
            if stood.is_made_up() or self._caught_up(stood, stuck):
                detail = reason("stood", value=value[begin], after=value[end])
                self._kill(chosen[stood.first_wrong() : end], "stuck", detail)

    def was_frozen(self, begin: int, end: int, stuck: Stuck) -> bool:
        """Whether one standstill is made up for by the step that ends it, and is left behind by it."""
        following = self._value[end + 1 :]
        if len(following) and np.median(following) < self._value[end] - TOLERANCE:
            # It was a spike out of a register at rest.
            return False
        stood = Standstill(self._time, self._value, begin, end, self._limit)
        return stood.is_possible() and (stood.is_made_up() or self._caught_up(stood, stuck))

    def _caught_up(self, stood: Standstill, stuck: Stuck) -> bool:
        """Whether the register always moved in the hours before, then made up for it far above its pace."""
        time_ms, value, begin, end, _ = stood
        low = int(np.searchsorted(time_ms, time_ms[begin] - stuck.evidence_hours * HOUR_MS))
        steps = np.diff(value[low : begin + 1])
        usual = usual_rate(time_ms[low : begin + 1], value[low : begin + 1])
        if usual is None or float(np.mean(steps > 0)) < stuck.moving_share:
            return False
        last = (value[end] - value[end - 1]) / ((time_ms[end] - time_ms[end - 1]) / HOUR_MS)
        after = rates(time_ms[end : end + ROW_STEPS + 1], value[end : end + ROW_STEPS + 1])
        if len(after) and last <= OUTSTANDING * float(np.median(after)):
            # It goes on as fast as that: work has begun, nothing was caught up.
            return False
        return bool(
            last > self._p.catch_up * usual and usual / 10 <= stood.mean_rate <= self._p.catch_up * usual
        )
