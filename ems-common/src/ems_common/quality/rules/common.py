"""Rules that look at one reading, or at its predecessor, of any kind of point."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ems_common.quality.parameters import Duplicate, Gap
from ems_common.quality.reasons import reason
from ems_common.quality.series import DAY_MS, HOUR_MS, Finding, Findings, Floats, Ints, Mask

GAP_INTERVALS: Final = 12
"""How many intervals before a gap tell what is usual."""
_LEAST_INTERVALS = 3
_MOMENT_MS = 1000
_GAPS_ALLOWED = 2
_MAD_TO_SIGMA = 1.4826


def out_of_range(value: Floats, low: float, high: float) -> Findings:
    """Values outside the point's limits; the limits themselves are good.

    >>> out_of_range(np.array([-0.1, 0.0, 10.0, 10.5]), 0.0, 10.0)[0]
    Finding(place=0, rule='range', detail='{"key":"below","value":-0.1,"limit":0.0}', is_note=False)
    """
    below = [
        Finding(i, "range", reason("below", value=value[i], limit=low))
        for i in np.flatnonzero(value < low).tolist()
    ]
    above = [
        Finding(i, "range", reason("above", value=value[i], limit=high))
        for i in np.flatnonzero(value > high).tolist()
    ]
    return below + above


def from_the_future(time_ms: Ints, limit_ms: int, before: Mask) -> Findings:
    """Readings later than `limit_ms`, and those judged so before: a clock that was wrong stays wrong.

    Args:
        time_ms: Times of the readings.
        limit_ms: Now and the tolerance.
        before: Which readings have this verdict already.
    """
    found = np.flatnonzero((time_ms > limit_ms) | before)
    return [Finding(i, "future", reason("future")) for i in found.tolist()]


def repeated(time_ms: Ints, value: Floats, parameters: Duplicate) -> Findings:
    """The same reading again shortly after: delivered twice. One of them is kept.

    Shortly means well below the usual distance; what lies more than a day away tells nothing of that, and a
    pair without any neighbour nearer counts as a repetition. A point whose readings are close together anyway
    is left alone. Two readings of one instant are one reading, whatever their values.
    """
    if len(time_ms) < 2:
        return []
    step_ms = np.diff(time_ms)
    near = (step_ms <= parameters.within_s * 1000) & ((np.diff(value) == 0) | (step_ms == 0))
    if not near.any():
        return []
    known = np.where(step_ms <= DAY_MS, step_ms, -1)
    usual_ms = np.maximum(np.append(known[1:], -1), np.append(-1, known[:-1]))
    sparse = (usual_ms < 0) | (usual_ms >= parameters.times_denser * np.maximum(step_ms, _MOMENT_MS))
    sparse |= step_ms == 0
    later = np.flatnonzero(near & sparse) + 1
    if parameters.keep == "last":
        return [Finding(i - 1, "duplicate", reason("again", ms=step_ms[i - 1])) for i in later.tolist()]
    return [Finding(i, "duplicate", reason("repeat", ms=step_ms[i - 1])) for i in later.tolist()]


def gaps(time_ms: Ints, parameters: Gap) -> Findings:
    """First readings after a pause that is longer than the intervals before it allow.

    Usual are the median and the spread (median absolute deviation) of up to twelve intervals of the last 24
    hours before the pause; with fewer than three nothing is said. What comes later changes none of it.
    """
    found: Findings = []
    for place in suspicious_pauses(time_ms, parameters).tolist():
        usual = usual_intervals(time_ms, place)
        if len(usual) < _LEAST_INTERVALS:
            continue
        median = float(np.median(usual))
        sigma = _MAD_TO_SIGMA * float(np.median(np.abs(usual - median)))
        pause = float(time_ms[place] - time_ms[place - 1])
        # The third longest one speaks for points that come irregularly; two may be gaps themselves.
        long = float(np.sort(usual)[-_GAPS_ALLOWED - 1]) if len(usual) > 2 * _GAPS_ALLOWED else median
        if pause > max(parameters.times_usual * max(median, long), median + parameters.sigmas * sigma):
            detail = reason("gap", pause_s=pause / 1000, usual_s=median / 1000)
            found.append(Finding(place, "gap", detail, is_note=True))
    return found


def suspicious_pauses(time_ms: Ints, parameters: Gap) -> Ints:
    """Positions after intervals that may be gaps: longer than any usual interval allows.

    Whatever a rule takes for usual, it is at least the median where all twelve intervals before a pause lie
    within 24 hours; elsewhere it is only known to be at least the smallest one.
    """
    if len(time_ms) < 2:
        return np.empty(0, np.int64)
    step_ms = np.diff(time_ms)
    if step_ms.max() <= parameters.times_usual * step_ms.min():
        return np.empty(0, np.int64)
    least_ms = _least_recent(step_ms).astype(float)
    before = sliding_window_view(step_ms[:-1], GAP_INTERVALS) if len(step_ms) > GAP_INTERVALS else None
    if before is not None:
        full = np.where(before.sum(axis=1) <= 24 * HOUR_MS, np.median(before, axis=1), 0.0)
        least_ms[GAP_INTERVALS:] = np.maximum(least_ms[GAP_INTERVALS:], full)
    return np.flatnonzero(step_ms > parameters.times_usual * least_ms) + 1


def _least_recent(step_ms: Ints) -> Ints:
    """Smallest of the intervals before each one that can be usual; itself where there is none."""
    padded = np.concatenate((np.full(GAP_INTERVALS, np.iinfo(np.int64).max), step_ms[:-1]))
    least: Ints = sliding_window_view(padded, GAP_INTERVALS).min(axis=1)
    return least


def usual_intervals(time_ms: Ints, place: int) -> Ints:
    """The intervals that tell what was usual before the pause that ends at a position [ms]."""
    before = time_ms[max(0, place - 1 - GAP_INTERVALS) : place]
    recent = before[before >= before[-1] - 24 * HOUR_MS]
    intervals: Ints = np.diff(recent)
    return intervals
