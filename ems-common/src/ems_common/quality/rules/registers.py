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
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.parameters import Register, Stuck
from ems_common.quality.reasons import Reason, reason
from ems_common.quality.rules.advances import (
    OUTSTANDING,
    ROW_STEPS,
    first_of_run,
    is_regular,
    made_up,
    rates,
    standstill_ends,
    usual_rate,
)
from ems_common.quality.series import DAY_MS, HOUR_MS, Finding, Findings, Floats, Ints, Mask, day_of

DAYS_AROUND: Final = 2
"""Days before and after the judged one that all verdicts but those on long standstills may depend on."""
REACH_DAYS: Final = 5
"""Days before and after the judged one that any verdict may depend on."""
TOLERANCE: Final = 1e-6
"""Smaller steps back are the rounding of DECIMAL(21,6)."""
LONGEST_STANDSTILL_MS: Final = 24 * HOUR_MS
"""Longer standstills do not fit into the window of a day with what tells that they are none by chance."""
LONGEST_FROZEN_MS: Final = 96 * HOUR_MS
"""Standstills longer than this are left alone: with a day on either side they fit into `REACH_DAYS`."""
LONGEST_EXCURSION_MS: Final = 60 * HOUR_MS
"""Half a window: of anything longer it cannot be said which part is the excursion."""
_LEAP = 1.2
"""A spike begins with a step of at least so many times the usual rate."""
_FRESH = 0.1
"""A counter that starts again does so below this share of where it was."""
_ONE_STEP = 0.8
"""Share of an excursion's height that, gained in a single step, shows that nothing was counted."""


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


class Excursion(NamedTuple):
    """Readings ``begin <= i < end`` (positions among the living) that explain a step back."""

    rule: str
    begin: int
    end: int

    @property
    def rows(self) -> int:
        """How many readings would be bad."""
        return self.end - self.begin


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
        self._usual = usual_rate(time_ms, value)
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
        fitting = [
            excursion
            for place in back.tolist()
            if not self._is_rollover(time_ms, value, place)
            for excursion in self._excursions(time_ms, value, place)
        ]
        # One that touches a smaller one waits, even where that one waits itself: what the smaller ones leave
        # may need no such long explanation.
        ordered = sorted(fitting, key=lambda e: (e.rows, e.rule, e.begin))
        taken = [
            excursion
            for number, excursion in enumerate(ordered)
            if all(excursion.end < other.begin or other.end < excursion.begin for other in ordered[:number])
        ]
        for excursion in taken:
            inside = value[excursion.begin : excursion.end]
            low, high = inside.min(), inside.max()
            before, after = value[excursion.begin - 1], value[excursion.end]
            detail = reason("between", low=low, high=high, before=before, after=after)
            self._kill(chosen[excursion.begin : excursion.end], excursion.rule, detail)
        return bool(taken)

    def _excursions(self, time_ms: Ints, value: Floats, place: int) -> list[Excursion]:
        """What could explain the step back from `place` to the reading after it."""
        found: list[Excursion] = []
        ahead = np.flatnonzero(value[place + 1 :] >= value[place] - TOLERANCE)
        if len(ahead):
            dip = Excursion("dip", place + 1, place + 1 + int(ahead[0]))
            if self._is_abrupt(time_ms, value, dip):
                found.append(dip)
        behind = np.flatnonzero(value[:place] <= value[place + 1] + TOLERANCE)
        if len(behind):
            spike = Excursion("spike", int(behind[-1]) + 1, place + 1)
            leaps = self._usual is None or self._hurries(time_ms, value, spike.begin - 1, spike.begin)
            if leaps and self._is_abrupt(time_ms, value, spike):
                found.append(spike)
        return found

    def _hurries(self, time_ms: Ints, value: Floats, begin: int, end: int) -> bool:
        """Whether the register advances faster from one reading to another than it usually does."""
        if self._usual is None:
            return False
        return bool(
            value[end] - value[begin] > _LEAP * self._usual * (time_ms[end] - time_ms[begin]) / HOUR_MS
        )

    def _is_abrupt(self, time_ms: Ints, value: Floats, excursion: Excursion) -> bool:
        """Whether it is short, or comes or goes faster than the meter can count.

        A counter that starts again from zero every day also falls and comes back in time, but slowly: that
        is a reset. What did not start again near zero need not come back that fast.
        """
        before, after = excursion.begin - 1, excursion.end
        if time_ms[after] - time_ms[before] > LONGEST_EXCURSION_MS:
            return False
        if excursion.rows <= self._p.short_rows:
            return True
        if excursion.rule == "dip":
            bottom = after - 1 - int(value[excursion.begin : after][::-1].argmin())
            if value[bottom] < -TOLERANCE:
                return True
            if value[bottom] > _FRESH * value[before] and self._hurries(time_ms, value, bottom, after):
                return True
        if time_ms[after] - time_ms[before] <= self._p.short_hours * HOUR_MS:
            return True
        inside = value[before : after + 1]
        depth = inside.max() - inside.min()
        if np.diff(inside).max() >= _ONE_STEP * depth:
            return True
        return bool(rates(time_ms[before : after + 1], inside).max() > self._limit)

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
            if begin < place and self._is_missed(time_ms, value, begin, place + 1):
                detail = reason("stood", value=value[place], after=value[place + 1])
                self._kill(chosen[begin + 1 : place + 1], "stuck", detail)
                continue
            rate = (value[place + 1] - value[place]) / ((time_ms[place + 1] - time_ms[place]) / HOUR_MS)
            why = Reason("rate", {**_step(value, place), "rate": rate})
            self._settle(chosen, time_ms, place + 1, "impossible_power", why)

    def _is_missed(self, time_ms: Ints, value: Floats, begin: int, end: int) -> bool:
        """Whether an advance is what a register that stood still would have missed at its fastest pace."""
        others = np.delete(rates(time_ms, value), np.s_[begin:end])
        plausible = others[others <= self._limit]
        hours = (time_ms[end] - time_ms[begin]) / HOUR_MS
        return bool(len(plausible) and (value[end] - value[begin]) / hours <= plausible.max())

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
        if self._value[first] > _FRESH * self._value[chosen[place - 1]]:
            why = why._replace(note="confirmed")
            self._found.append(Finding(first, rule, why.stored, is_note=True))

    def _find_standstill(self, stuck: Stuck) -> None:
        """Standstill of a register that used to move, ended by an advance that makes up for it."""
        chosen, time_ms, value = self._living()
        if len(value) < stuck.least_rows + 1:
            return
        for end in standstill_ends(time_ms, value, stuck).tolist():
            begin = first_of_run(value, end - 1)
            if time_ms[end] - time_ms[begin] > LONGEST_STANDSTILL_MS or is_regular(
                time_ms, value, begin, end
            ):
                continue
            if made_up(time_ms, value, begin, end) or self._caught_up(time_ms, value, begin, end, stuck):
                detail = reason("stood", value=value[begin], after=value[end])
                self._kill(chosen[begin + 1 : end], "stuck", detail)

    def was_frozen(self, begin: int, end: int, stuck: Stuck) -> bool:
        """Whether one standstill is made up for by the step that ends it, and is left behind by it."""
        following = self._value[end + 1 :]
        if len(following) and np.median(following) < self._value[end] - TOLERANCE:
            # It was a spike out of a register at rest.
            return False
        return made_up(self._time, self._value, begin, end) or self._caught_up(
            self._time, self._value, begin, end, stuck
        )

    def _caught_up(self, time_ms: Ints, value: Floats, begin: int, end: int, stuck: Stuck) -> bool:
        """Whether the register always moved in the hours before, then made up for it far above its pace."""
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
        mean = (value[end] - value[begin]) / ((time_ms[end] - time_ms[begin]) / HOUR_MS)
        return bool(last > self._p.catch_up * usual and usual / 10 <= mean <= self._p.catch_up * usual)
