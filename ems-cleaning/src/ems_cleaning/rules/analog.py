"""Rules for analog values: spikes, drops, standstill.

A neighbourhood is a fixed number of readings on each side, but never farther than some hours, so that a
verdict needs no more than a bounded stretch of data.

Literature: F. R. Hampel, The influence curve and its role in robust estimation (1974); R. K. Pearson,
Outliers in process modeling and identification (2002), doi:10.1109/87.974338; J. W. Tukey, Exploratory data
analysis (1977).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ems_cleaning.parameters import Average, Hampel, Iqr, Stuck
from ems_cleaning.series import HOUR_MS, Finding, Findings, Floats, Ints, Mask

MAD_TO_SIGMA: Final = 1.4826
"""Median absolute deviation of a normal distribution → its standard deviation."""
LEAST_NEIGHBOURS: Final = 6
RUN_PAUSE_MS: Final = 6 * HOUR_MS
LONGEST_STANDSTILL_MS: Final = 24 * HOUR_MS


def neighbourhood(time_ms: Ints, value: Floats, count: int, within_hours: float) -> tuple[Floats, Ints]:
    """Neighbours of each reading, sorted by value, the missing ones as `inf` at the end.

    Returns:
        Values, shape (n, 2 × count), and how many of each row are real.
    """
    padded = np.pad(value, count, constant_values=np.inf)
    times = np.pad(time_ms, count, constant_values=np.iinfo(np.int64).max // 4)
    windows = np.delete(sliding_window_view(padded, 2 * count + 1), count, axis=1)
    distance = np.abs(np.delete(sliding_window_view(times, 2 * count + 1), count, axis=1) - time_ms[:, None])
    near = np.where(distance <= within_hours * HOUR_MS, windows, np.inf)
    ordered = np.sort(near, axis=1)
    return ordered, np.isfinite(ordered).sum(axis=1)


def quantile(ordered: Floats, count: Ints, share: float) -> Floats:
    """Quantile of each row of a neighbourhood (linear between ranks); `nan` where it is empty."""
    place = np.maximum(count - 1, 0) * share
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(ordered))
    below, above = ordered[rows, low], ordered[rows, high]
    with np.errstate(invalid="ignore"):
        result: Floats = np.where(count > 0, below + (above - below) * (place - low), np.nan)
    return result


def spikes(time_ms: Ints, value: Floats, parameters: Hampel) -> Findings:
    """Readings far from the median of their neighbours, in their noise and in their range alike.

    Where the neighbours all have one value there is no scale to judge by, and nothing is said.
    """
    if len(value) < LEAST_NEIGHBOURS:
        return []
    ordered, count = neighbourhood(time_ms, value, parameters.neighbours, parameters.within_hours)
    median = quantile(ordered, count, 0.5)
    with np.errstate(invalid="ignore"):
        deviations = np.sort(np.abs(ordered - median[:, None]), axis=1)
    sigma = MAD_TO_SIGMA * quantile(deviations, count, 0.5)
    # The longest spike may put its other readings among the neighbours: their spread is taken without them.
    others = (parameters.longest_rows - 1) / max(1, 2 * parameters.neighbours - 1)
    spread = quantile(ordered, count, 1 - others) - quantile(ordered, count, others)
    with np.errstate(invalid="ignore"):
        limit = np.maximum(parameters.sigmas * sigma, parameters.ranges * spread)
        limit = np.maximum(limit, parameters.of_level * np.abs(median))
        # Around zero without any noise there is neither a level nor a scale: a load that is off most of the
        # time.
        found = (spread > 0) & ((sigma > 0) | (median != 0)) & (np.abs(value - median) > limit)
        # A lost value reads as zero between neighbours that are all well above it.
        found |= (
            (value == 0) & (quantile(ordered, count, others) > parameters.zero_share * median) & (median > 0)
        )
    found &= count >= LEAST_NEIGHBOURS
    found = short_runs(found, time_ms, parameters.longest_rows)
    return [
        Finding(i, "spike", f"{value[i]:g} where the neighbours' median is {median[i]:g}")
        for i in np.flatnonzero(found).tolist()
    ]


def short_runs(mask: Mask, time_ms: Ints, longest: int) -> Mask:
    """The mask without runs of more than `longest` trues; a pause of hours ends a run.

    >>> short_runs(np.array([True, False, True, True, True]), np.arange(5), 2).tolist()
    [True, False, False, False, False]
    """
    chosen = np.flatnonzero(mask)
    if len(chosen) == 0:
        return mask
    breaks = (np.diff(chosen) > 1) | (np.diff(time_ms[chosen]) > RUN_PAUSE_MS)
    group = np.concatenate(([0], np.cumsum(breaks)))
    short = np.bincount(group)[group] <= longest
    result = np.zeros_like(mask)
    result[chosen[short]] = True
    return result


def outside_fences(time_ms: Ints, value: Floats, parameters: Iqr) -> Findings:
    """Readings outside Tukey's fences of their neighbours."""
    if len(value) < LEAST_NEIGHBOURS:
        return []
    ordered, count = neighbourhood(time_ms, value, parameters.neighbours, parameters.within_hours)
    low, high = quantile(ordered, count, 0.25), quantile(ordered, count, 0.75)
    reach = parameters.factor * (high - low)
    with np.errstate(invalid="ignore"):
        found = (count >= LEAST_NEIGHBOURS) & (reach > 0) & ((value < low - reach) | (value > high + reach))
    return [
        Finding(i, "iqr", f"{value[i]:g} is outside {low[i] - reach[i]:g} … {high[i] + reach[i]:g}")
        for i in np.flatnonzero(found).tolist()
    ]


def above_average(time_ms: Ints, value: Floats, parameters: Average) -> Findings:
    """Readings above a share of the neighbours' average, such as 150 %."""
    if len(value) < LEAST_NEIGHBOURS:
        return []
    ordered, count = neighbourhood(time_ms, value, parameters.neighbours, parameters.within_hours)
    total = np.where(np.isfinite(ordered), ordered, 0.0).sum(axis=1)
    mean = total / np.maximum(count, 1)
    found = (count >= LEAST_NEIGHBOURS) & (mean > 0) & (value > parameters.share * mean)
    return [
        Finding(i, "average", f"{value[i]:g} is {value[i] / mean[i]:.0%} of the neighbours' average")
        for i in np.flatnonzero(found).tolist()
    ]


def runs(value: Floats) -> tuple[Ints, Ints]:
    """First and last position of each stretch of equal values."""
    if len(value) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    change = np.flatnonzero(np.diff(value) != 0)
    return np.concatenate(([0], change + 1)), np.concatenate((change, [len(value) - 1]))


def standstill(
    time_ms: Ints, value: Floats, parameters: Stuck, limits: tuple[float, float] = (-np.inf, np.inf)
) -> Findings:
    """Values that do not move for hours, where they always moved before.

    Zero (switched off) and the point's limits (saturated) are no standstill. The first reading of the stretch
    is good. A reading more than a day after its stretch began is left alone: by then nothing in reach tells a
    frozen sensor from a set-point.
    """
    found: Findings = []
    first, last = runs(value)
    length_ms = time_ms[last] - time_ms[first]
    rows = last - first + 1
    enough = (length_ms >= parameters.least_hours * HOUR_MS) & (rows >= parameters.least_rows)
    for begin, end in zip(first[enough].tolist(), last[enough].tolist(), strict=True):
        if value[begin] in (0.0, *limits) or not _moved_before(time_ms, value, begin, parameters):
            continue
        detail = f"stands at {value[begin]:g} although it moved before"
        reach = np.searchsorted(time_ms, time_ms[begin] + LONGEST_STANDSTILL_MS, side="right")
        found += [Finding(i, "stuck", detail) for i in range(begin + 1, min(end + 1, int(reach)))]
    return found


def _moved_before(time_ms: Ints, value: Floats, begin: int, parameters: Stuck) -> bool:
    low = int(np.searchsorted(time_ms, time_ms[begin] - parameters.evidence_hours * HOUR_MS))
    before = value[low : begin + 1]
    # Counting distinct values, not steps: coarse sensors repeat a few values and stand still often.
    return len(before) > 4 and len(np.unique(before)) >= parameters.moving_share * len(before)


def standstill_due_ms(time_ms: Ints, value: Floats, parameters: Stuck) -> int:
    """When the value that stands at the end becomes a standstill; far in the future when it cannot [ms]."""
    first, _last = runs(value)
    begin = int(first[-1])
    if not _moved_before(time_ms, value, begin, parameters):
        return int(np.iinfo(np.int64).max)
    return int(time_ms[begin]) + round(parameters.least_hours * HOUR_MS)


def beyond_power(value: Floats, limit: float) -> Findings:
    """Power above what the metered thing can take or give."""
    return [
        Finding(i, "impossible_power", f"{value[i]:g} is beyond the physical limit {limit:g}")
        for i in np.flatnonzero(np.abs(value) > limit).tolist()
    ]
