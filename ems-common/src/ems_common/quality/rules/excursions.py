"""What explains a step back of a register: readings that are too low after it, or too high before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.parameters import Register
from ems_common.quality.rules.advances import TOLERANCE, rates, rising
from ems_common.quality.series import HOUR_MS, Floats, Ints

LONGEST_EXCURSION_MS: Final = 60 * HOUR_MS
"""Half a window: of anything longer it cannot be said which part is the excursion."""
_LEAP = 1.2
"""A spike begins with a step of at least so many times the usual rate."""
FRESH: Final = 0.1
"""A counter that starts again does so below this share of where it was."""
_ONE_STEP = 0.8
"""Share of the step back that, gained in a single step, shows that nothing was counted."""

_BESIDE = 3
"""Steps on either side of a few readings that tell whether they stand out."""
_AROUND = 3
"""Explanations are compared by so many times their length on either side."""


class Excursion(NamedTuple):
    """Readings ``begin <= i < end`` (positions among the living) that explain a step back.

    Attributes:
        rule: ``dip`` or ``spike``.
        begin: First position.
        end: The one after the last.
        first: First position of anything that might explain the same step back.
        last: The one after the last of it.
    """

    rule: str
    begin: int
    end: int
    first: int
    last: int

    @property
    def rows(self) -> int:
        """How many readings would be bad."""
        return self.end - self.begin

    def waits_for(self, other: Excursion) -> bool:
        """Whether another one must be dealt with before this step back can be explained."""
        return not (self.last < other.begin or other.end < self.first)


@dataclass(frozen=True, slots=True)
class Steps:
    """Readings that are held for good so far, and what is known of their register.

    Attributes:
        time_ms: Their times.
        value: Their values.
        turns: Rollovers before each of them, in its units: with them it only rises.
        usual: Usual advance per hour, or None.
        limit: Advance per hour that can be true.
        p: Parameters.
    """

    time_ms: Ints
    value: Floats
    turns: Floats
    usual: float | None
    limit: float
    p: Register

    def explanations(self, place: int) -> list[Excursion]:
        """What could explain the step back from `place` to the reading after it."""
        value = self.value
        ahead = np.flatnonzero(value[place + 1 :] >= value[place] - TOLERANCE)
        behind = np.flatnonzero(value[:place] <= value[place + 1] + TOLERANCE)
        end = place + 1 + int(ahead[0]) if len(ahead) else None
        begin = int(behind[-1]) + 1 if len(behind) else None
        last = end if end is not None and self._is_short(place, end) else place + 1
        first = begin if begin is not None and self._is_short(begin - 1, place + 1) else place + 1
        dip = None if end is None else Excursion("dip", place + 1, end, first, last)
        spike = None if begin is None else Excursion("spike", begin, place + 1, first, last)
        found = [dip] if dip is not None and self._is_abrupt(dip) else []
        if spike is None or not self._is_abrupt(spike) or self._is_open(spike, dip):
            return found
        leaps = self.usual is None or self._hurries(spike.begin - 1, spike.begin)
        if self._is_plainer(spike, dip, leaps=leaps):
            return [spike]
        return self._fewest([*found, spike] if leaps else found)

    def _is_open(self, spike: Excursion, dip: Excursion | None) -> bool:
        """Whether the few readings after it may as well be a dip whose end is not seen yet."""
        following = len(self.value) - spike.end
        pace = rates(self.time_ms[spike.begin - 1 :][:2], self.value[spike.begin - 1 :][:2])
        return dip is None and following <= min(self.p.short_rows, spike.rows - 1) and pace[0] <= self.limit

    def _is_plainer(self, spike: Excursion, dip: Excursion | None, *, leaps: bool) -> bool:
        """Whether a few readings that rise faster than those around them explain more than those below."""
        if spike.rows > self.p.short_rows or (dip is not None and spike.rows > dip.rows):
            return False
        if dip is not None and spike.rows == dip.rows:
            # Both are as short. What comes back to where it was has dipped.
            exact = self.value[dip.end] <= self.value[dip.begin - 1] + TOLERANCE
            if exact or not leaps:
                return False
        pace = rates(self.time_ms, self.value)
        before, after = pace[: spike.begin - 1][-_BESIDE:], pace[spike.end :][:_BESIDE]
        if min(len(before), len(after)) < _BESIDE:
            return False
        return bool(pace[spike.begin - 1] > _LEAP * max(before.max(), after.max(), 0.0))

    def _fewest(self, found: list[Excursion]) -> list[Excursion]:
        """Of two explanations the one that leaves fewer readings to be explained; both when they are even."""
        if len(found) < 2 or max(one.rows for one in found) <= self.p.short_rows:
            return found
        reach = _AROUND * max(one.rows for one in found)
        low = max(0, found[0].first - reach)
        part = (self.value + self.turns)[low : found[0].last + reach]
        times = self.time_ms[low : found[0].last + reach]
        wrong = []
        for one in found:
            rest = np.delete(np.arange(len(part)), np.s_[one.begin - low : one.end - low])
            wrong.append(one.rows + self._wrong_in(times[rest], part[rest]))
        return [one for one, count in zip(found, wrong, strict=True) if count == min(wrong)]

    def _wrong_in(self, time_ms: Ints, value: Floats) -> int:
        """How many readings must be wrong if the others never fall, nor rise faster than can be true."""
        good = np.flatnonzero(rising(value))
        first = np.flatnonzero(np.diff(value[good], prepend=-np.inf) > 0)
        last = np.append(first[1:], len(good)) - 1
        # What a frozen register catches up with took as long as it stood, unless it fell to there.
        began = good[first]
        fell = (began > 0) & (value[began - 1] > value[began])
        hours = (time_ms[began[1:]] - np.where(fell, time_ms[good[last]], time_ms[began])[:-1]) / HOUR_MS
        leaps = first[1:][np.diff(value[began]) > self.limit * hours]
        beyond = np.minimum(leaps, len(good) - leaps).max(initial=0)
        return len(value) - len(good) + int(beyond)

    def _is_short(self, before: int, after: int) -> bool:
        return bool(self.time_ms[after] - self.time_ms[before] <= LONGEST_EXCURSION_MS)

    def _hurries(self, begin: int, end: int) -> bool:
        """Whether the register advances faster from one reading to another than it usually does."""
        if self.usual is None:
            return False
        hours = (self.time_ms[end] - self.time_ms[begin]) / HOUR_MS
        return bool(self.value[end] - self.value[begin] > _LEAP * self.usual * hours)

    def _is_abrupt(self, excursion: Excursion) -> bool:
        """Whether it is short, or comes or goes faster than the meter can count.

        A counter that starts again from zero every day also falls and comes back in time, but slowly: that
        is a reset. What did not start again near zero need not come back that fast.
        """
        before, after = excursion.begin - 1, excursion.end
        time_ms, value = self.time_ms, self.value
        if not self._is_short(before, after):
            return False
        if excursion.rows <= self.p.short_rows:
            return True
        if excursion.rule == "dip":
            bottom = after - 1 - int(value[excursion.begin : after][::-1].argmin())
            if value[bottom] < -TOLERANCE:
                return True
            if value[bottom] > FRESH * value[before] and self._hurries(bottom, after):
                return True
        if time_ms[after] - time_ms[before] <= self.p.short_hours * HOUR_MS:
            return True
        inside = value[before : after + 1]
        # Between the fall and the way back the register may go on counting.
        back = excursion.begin if excursion.rule == "dip" else excursion.end
        if np.diff(inside).max() >= _ONE_STEP * (value[back - 1] - value[back]):
            return True
        return bool(rates(time_ms[before : after + 1], inside).max() > self.limit)
