"""Whether a register that stood still was frozen: the step that ends it makes up for what was not shown.

A rest that is usual is none, at that time of the day or that often, and what did not happen cannot be caught
up: the energy of the step must be what the register gains in so much time beside the standstill, or at that
time of other days.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.rules.advances import TOLERANCE, rates, usual_rate
from ems_common.quality.series import DAY_MS, HOUR_MS, Floats, Ints

ROW_STEPS: Final = 3
"""Steps on either side of a standstill that tell how fast the register goes there."""
OUTSTANDING: Final = 1.3
"""How much the step that ends a standstill must be above the steps around it."""
_BY_CHANCE = 1e-4
_MADE_UP = 0.5
"""Share of what would have been counted during a standstill that its last step must make up for."""
_ALIKE = 0.5
_REGULAR = 2
"""On so many other days a meter rests at the same time where it does so by habit, as every night."""
_OFTEN = 3
"""Nor is a rest of note where so many that last as long end without haste."""
_HALF = 0.5
"""A side of a standstill of which less is seen than this share of the other tells nothing."""
_NOTHING = 0.2
"""Share of the step that ends a standstill which is nothing beside it."""
_MORE = 1.5
"""So many times the most that is known may have been missed: no two days are alike."""


class Standstill(NamedTuple):
    """Readings of one value, and the step that ends it.

    Attributes:
        time_ms: Times of the readings that are held for good.
        value: Their values.
        begin: The first of those that stand.
        end: The one that follows the last of them.
        limit: Advance per hour that can be true.
    """

    time_ms: Ints
    value: Floats
    begin: int
    end: int
    limit: float

    @property
    def advance(self) -> float:
        """What the step that ends it adds."""
        return float(self.value[self.end] - self.value[self.begin])

    @property
    def length_ms(self) -> int:
        """From its first reading to the one that ends it."""
        return int(self.time_ms[self.end] - self.time_ms[self.begin])

    @property
    def mean_rate(self) -> float:
        """Advance per hour over all of it."""
        return self.advance / (self.length_ms / HOUR_MS)

    def counted(self) -> Floats:
        """What was counted since the first reading, without steps back and leaps that cannot be true."""
        steps = np.diff(self.value)
        steps[(steps < 0) | (rates(self.time_ms, self.value) > self.limit)] = 0.0
        result: Floats = np.concatenate(([0.0], steps.cumsum()))
        return result

    def days_apart_ms(self) -> Ints:
        """Distances of other days of which the whole span is known and outside the standstill [ms]."""
        nearest = -(-self.length_ms // DAY_MS)
        back = (self.time_ms[self.begin] - self.time_ms[0]) // DAY_MS
        ahead = (self.time_ms[-1] - self.time_ms[self.end]) // DAY_MS
        days = np.concatenate((np.arange(-back, 1 - nearest), np.arange(nearest, 1 + ahead)))
        result: Ints = days * DAY_MS
        return result

    def gains_on_other_days(self) -> Floats:
        """What the register gained at the same time of each other day."""
        ends = self.time_ms[[self.begin, self.end]] + self.days_apart_ms()[:, None]
        low, high = np.interp(ends, self.time_ms, self.counted()).T
        gains: Floats = high - low
        return gains

    def first_wrong(self) -> int:
        """Position of its first reading at whose time the register had gained anything on any other day.

        A rest that all days have is true, and the register froze in it.
        """
        days = self.days_apart_ms()
        if len(days) < _REGULAR:
            return self.begin + 1
        inside = self.time_ms[self.begin : self.end]
        shown = np.interp(inside + days[:, None], self.time_ms, self.counted())
        moved = np.flatnonzero((shown - shown[:, :1]).max(axis=0) > TOLERANCE)
        return self.begin + int(moved[0]) if len(moved) else self.begin + 1

    def gains_beside(self) -> list[float]:
        """What it gained in as much time right before and right after; where less is seen, so much more.

        A side of which less than half is seen than of the other tells nothing.
        """
        times, begin_ms, end_ms = self.time_ms, self.time_ms[self.begin], self.time_ms[self.end]
        before, after = (min(self.length_ms, int(span)) for span in (begin_ms - times[0], times[-1] - end_ms))
        least = _HALF * max(before, after)
        edges = [(begin_ms - before, begin_ms)] * (before >= least) + [(end_ms, end_ms + after)] * (
            after >= least
        )
        low, high = np.interp(edges, times, self.counted()).T
        return [
            gain * self.length_ms / (end - begin)
            for gain, (begin, end) in zip((high - low).tolist(), edges, strict=True)
            if end > begin
        ]

    def is_possible(self) -> bool:
        """Whether so much can have been missed."""
        known = [*self.gains_beside(), *self.gains_on_other_days().tolist()]
        return bool(known) and 0 < self.advance <= _MORE * max(known)

    def is_regular(self) -> bool:
        """Whether the meter rests at this time of other days, too, at least half as long, or so long often.

        Where the step that ends it is greater than all others, it must also gain next to nothing then.
        """
        time_ms, value, begin, end, _ = self
        flat = np.concatenate(([False], np.diff(value) <= 0, [False]))
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        first_ms, last_ms = time_ms[edges[::2]], time_ms[edges[1::2]]
        mine_ms = int(time_ms[begin]), int(time_ms[end - 1])
        days = np.rint((first_ms + last_ms - sum(mine_ms)) / (2 * DAY_MS)).astype(np.int64)
        both_ms = np.minimum(last_ms - days * DAY_MS, mine_ms[1]) - np.maximum(
            first_ms - days * DAY_MS, mine_ms[0]
        )
        alike = (days != 0) & (both_ms >= _ALIKE * (mine_ms[1] - mine_ms[0]))
        if not self.leaps():
            fastest = OUTSTANDING * (usual_rate(time_ms, value) or 0.0)
            moves_on = np.append(rates(time_ms, value), 0.0)[edges[1::2]] <= fastest
            as_long = np.count_nonzero(moves_on & (last_ms - first_ms >= mine_ms[1] - mine_ms[0]))
            return bool(np.count_nonzero(alike) >= _REGULAR or as_long >= _OFTEN)
        shift = days[alike] * DAY_MS
        low, high = np.interp(np.add.outer(mine_ms, shift), time_ms, self.counted())
        return bool(np.count_nonzero(high - low <= _NOTHING * self.advance) >= _REGULAR)

    def leaps(self) -> bool:
        """Whether the step that ends it is faster than all others."""
        pace = rates(self.time_ms, self.value)
        others = np.delete(pace, self.end - 1)
        return bool(pace[self.end - 1] > OUTSTANDING * others[others <= self.limit].max(initial=0.0))

    def is_made_up(self) -> bool:
        """Whether it is none that comes by chance, and one step makes up for it."""
        time_ms, value, begin, end, _ = self
        pace = rates(time_ms, value)
        last, missed = float(pace[end - 1]), end - begin
        others = np.delete(pace, end - 1)
        leaps = self.leaps()
        if self._chance(leaps=leaps) > _BY_CHANCE:
            return False
        before, after = pace[max(0, begin - ROW_STEPS) : begin], pace[end : end + ROW_STEPS]
        if len(before) < ROW_STEPS or len(after) == 0:
            return False
        slow, fast = sorted((float(np.median(before)), float(np.median(after))))
        works = leaps and self._works_then()
        if slow <= 0 and works:
            slow = fast
        return bool(
            (slow > 0 or works)
            and last >= _MADE_UP * missed * slow
            and last > OUTSTANDING * fast
            and self.mean_rate <= max(float(others.max()), fast)
        )

    def _works_then(self) -> bool:
        """Whether on most other days the register gained at this time what it now gained at once."""
        gains = self.gains_on_other_days()
        return len(gains) >= _REGULAR and bool(np.median(gains) >= _MADE_UP * self.advance)

    def _chance(self, *, leaps: bool) -> float:
        """How often such a standstill comes by chance, and with the greatest step of all after it, if so.

        Standstills are counted, not their readings: a frozen register elsewhere in the window is one only.
        """
        steps = np.diff(self.value)
        flat = steps <= 0
        flat[self.begin : self.end - 1] = False
        rests = np.count_nonzero(flat[1:] & ~flat[:-1]) + int(flat[0])
        moves = len(steps) - (self.end - self.begin) - np.count_nonzero(flat)
        resting = (rests + 1) / (moves + rests + 2)
        chance = float(resting ** (self.end - 1 - self.begin))
        return chance / (moves + 2) if leaps else chance
