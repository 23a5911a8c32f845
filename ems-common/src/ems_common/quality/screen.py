"""Which of many points' new readings are plainly good: one look over the readings of all of them at once.

Most new readings of most points are what they should be, and that is told by a few comparisons. Made point by
point these cost far more than the comparing; here they are made over the readings of hundreds of points in
one array. What is not plainly good is left to :func:`ems_common.quality.judge.judge_new`, which would find
nothing in the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ems_common.quality.judge import Point, context_rows
from ems_common.quality.parameters import Rules
from ems_common.quality.rules.advances import TOLERANCE
from ems_common.quality.rules.plateaus import EDGE_SHARE
from ems_common.quality.series import HOUR_MS, Floats, Ints, Mask, Series, Small


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings of several points, one point after the other, each in order of time.

    Attributes:
        point_ids: The points, each with at least one reading, shape ``(n_points,)``.
        bounds: Position of each point's first reading, and the number of all, shape ``(n_points + 1,)``.
        time_ms: Times, shape ``(n,)``.
        value: Values, same shape.
        is_bad: As stored, same shape.
    """

    point_ids: Ints
    bounds: Ints
    time_ms: Ints
    value: Floats
    is_bad: Small

    def series(self, number: int) -> Series:
        """The readings of one point, by its position."""
        own = slice(int(self.bounds[number]), int(self.bounds[number + 1]))
        return Series(self.time_ms[own], self.value[own], self.is_bad[own])

    @classmethod
    def of(cls, owners: Ints, time_ms: Ints, value: Floats, is_bad: Small) -> Batch:
        """A batch of readings whose points are given for each, those of one point together."""
        begins = np.flatnonzero(np.diff(owners, prepend=-1) != 0)
        return cls(owners[begins], np.append(begins, len(owners)), time_ms, value, is_bad)

    def take(self, chosen: Sequence[int] | Ints) -> Batch:
        """The readings of some of the points, by their positions in ascending order."""
        places = np.asarray(chosen, dtype=np.int64)
        counts = self.bounds[places + 1] - self.bounds[places]
        bounds = np.concatenate(([0], np.cumsum(counts)))
        rows = np.arange(bounds[-1]) + np.repeat(self.bounds[places] - bounds[:-1], counts)
        return Batch(self.point_ids[places], bounds, self.time_ms[rows], self.value[rows], self.is_bad[rows])


def plainly_good(batch: Batch, points: Sequence[Point], start_ms: Ints, now_ms: int) -> Mask:
    """Points whose new readings are good beyond doubt, and none of whose earlier ones is stored as bad.

    Args:
        batch: The new readings, and what is stored from some time before them.
        points: Of each point of the batch limits and meter; all of one kind and with the same rules.
        start_ms: For each of them the time from which readings are new, shape ``(n_points,)``.
        now_ms: The present.

    Returns:
        For each point whether `has_context` holds and `judge_new` finds nothing, shape ``(n_points,)``.
    """
    rules = points[0].rules
    if _wants_more(points[0]):
        return np.zeros(len(points), dtype=bool)
    looked = _Look(batch, points)
    good = looked.has_rows_before(start_ms, context_rows(points[0]))
    good &= batch.time_ms[batch.bounds[1:] - 1] <= now_ms
    good &= ~looked.any_reading(batch.is_bad != 0)
    good &= ~looked.any_reading(looked.beyond_limits())
    if rules.gap.enabled:
        good &= looked.comes_evenly(rules.gap.times_usual)
    if rules.duplicate.enabled:
        good &= ~looked.any_step((looked.step_ms <= rules.duplicate.within_s * 1000) & (looked.advance == 0))
    if points[0].kind == "energy":
        good &= looked.advances_plainly(rules)
    else:
        good &= looked.moves_plainly(rules)
    return good


def _wants_more(point: Point) -> bool:
    """Whether rules are on that look closer at every reading."""
    rules = point.rules
    closer = (rules.hampel, rules.iqr, rules.average, rules.fill)
    return any(rule.enabled for rule in closer) or (point.kind == "energy" and rules.spike.enabled)


class _Look:
    """Comparisons over all readings of a batch; steps that lead from one point to the next count for none."""

    def __init__(self, batch: Batch, points: Sequence[Point]) -> None:
        self._batch, self._points = batch, points
        self._first = batch.bounds[:-1]
        self._counts = np.diff(batch.bounds)
        self.step_ms = np.diff(batch.time_ms)
        self.advance = np.diff(batch.value)
        self._is_own = np.ones(len(self.step_ms), dtype=bool)
        self._is_own[batch.bounds[1:-1] - 1] = False

    def any_reading(self, found: Mask) -> Mask:
        """Points of which any reading is marked."""
        result: Mask = np.logical_or.reduceat(found, self._first)
        return result

    def any_step(self, found: Mask) -> Mask:
        """Points of which any step between two readings is marked."""
        return self.any_reading(np.append(found & self._is_own, False))

    def has_rows_before(self, start_ms: Ints, rows: int) -> Mask:
        """Points with at least so many readings before their new ones."""
        before = self._batch.time_ms < np.repeat(start_ms, self._counts)
        result: Mask = np.asarray(np.add.reduceat(before.astype(np.int64), self._first) >= rows)
        return result

    def beyond_limits(self) -> Mask:
        """Readings that the rules on single readings may have something to say of."""
        points, value = self._points, self._batch.value
        low, high = (self._each([getattr(p, name) for p in points]) for name in ("low", "high"))
        found: Mask = ~((value >= low) & (value <= high))
        if points[0].kind == "analog":
            limits = [np.inf if p.power_limit is None else p.power_limit for p in points]
            found |= np.abs(value) > self._each(limits)
        return found

    def comes_evenly(self, times: float) -> Mask:
        """Points of which no interval is longer than so many times any other."""
        longest = self._reduce(np.maximum, self.step_ms, 0)
        shortest = self._reduce(np.minimum, self.step_ms, np.iinfo(np.int64).max)
        return np.asarray(longest <= times * shortest.astype(np.float64))

    def advances_plainly(self, rules: Rules) -> Mask:
        """Registers that only rise, not too fast, and did not stand still before they did."""
        meters = [p.meter for p in self._points]
        margin = rules.register.power_margin
        fastest = self._each([np.inf if m.max_rate is None else m.max_rate * margin for m in meters])
        with np.errstate(divide="ignore", invalid="ignore"):
            too_fast = self.advance / (self.step_ms / HOUR_MS) > fastest[1:]
        odd = (self.advance < -TOLERANCE) | too_fast
        good: Mask = ~self.any_step(odd) & ~np.array([bool(m.exchanges_ms) for m in meters])
        if rules.stuck.enabled:
            begin, last = self._stands()
            goes_on = last + 1 < self._batch.bounds[self._owner(last) + 1]
            is_first = begin == self._first[self._owner(begin)]
            length_ms = self._batch.time_ms[last] - self._batch.time_ms[begin]
            long = length_ms >= rules.stuck.least_hours * HOUR_MS
            good[self._owner(begin[goes_on & (is_first | long)])] = False
        return good

    def moves_plainly(self, rules: Rules) -> Mask:
        """Other values that neither leap nor stand."""
        good = np.ones(len(self._points), dtype=bool)
        if rules.spike.enabled:
            share = min(EDGE_SHARE, rules.spike.least_share, rules.spike.share_below)
            leap = self._reduce(np.maximum, np.abs(self.advance), 0.0)
            least = np.minimum.reduceat(self._batch.value, self._first)
            good &= (leap == 0) | (leap < share * least)
        if rules.stuck.enabled:
            begin, last = self._stands()
            length_ms = self._batch.time_ms[last] - self._batch.time_ms[begin]
            is_first = begin == self._first[self._owner(begin)]
            long = is_first | (length_ms >= rules.stuck.least_hours * HOUR_MS)
            good[self._owner(begin[long & (self._batch.value[begin] != 0)])] = False
        return good

    def _stands(self) -> tuple[Ints, Ints]:
        """First and last position of each stretch of two and more equal values of one point."""
        flat = np.concatenate(([False], (self.advance == 0) & self._is_own, [False]))
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        return edges[::2], edges[1::2]

    def _owner(self, places: Ints) -> Ints:
        """Position of the point to which a reading belongs."""
        found: Ints = np.searchsorted(self._batch.bounds, places, side="right") - 1
        return found

    def _each(self, of_points: Sequence[float]) -> Floats:
        """What is known of the points, for each of their readings."""
        result: Floats = np.repeat(np.array(of_points, dtype=np.float64), self._counts)
        return result

    def _reduce(self, by: np.ufunc, steps: Floats | Ints, nothing: float) -> Floats:
        """Greatest or least step of each point; `nothing` where it has one reading only."""
        own = np.append(np.where(self._is_own, steps, nothing), nothing)
        result: Floats = by.reduceat(own, self._first)
        return result
