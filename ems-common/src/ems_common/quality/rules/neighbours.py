"""The textbook rules: a reading against its neighbours' median, quartiles or average. Off by default.

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

from ems_common.quality.parameters import Average, Hampel, Iqr
from ems_common.quality.reasons import reason
from ems_common.quality.series import HOUR_MS, Finding, Findings, Floats, Ints

MAD_TO_SIGMA: Final = 1.4826
"""Median absolute deviation of a normal distribution → its standard deviation."""
LEAST_NEIGHBOURS: Final = 6


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


def far_from_median(time_ms: Ints, value: Floats, parameters: Hampel) -> Findings:
    """The Hampel identifier: readings far from the median of their neighbours, in robust standard deviations.

    Where the neighbours all have one value there is no scale to judge by, and nothing is said.
    """
    if len(value) < LEAST_NEIGHBOURS:
        return []
    ordered, count = neighbourhood(time_ms, value, parameters.neighbours, parameters.within_hours)
    median = quantile(ordered, count, 0.5)
    with np.errstate(invalid="ignore"):
        deviations = np.sort(np.abs(ordered - median[:, None]), axis=1)
    sigma = MAD_TO_SIGMA * quantile(deviations, count, 0.5)
    with np.errstate(invalid="ignore"):
        found = (sigma > 0) & (np.abs(value - median) > parameters.sigmas * sigma)
    found &= count >= LEAST_NEIGHBOURS
    return [
        Finding(i, "hampel", reason("median", value=value[i], median=median[i]))
        for i in np.flatnonzero(found).tolist()
    ]


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
        Finding(i, "iqr", reason("outside", value=value[i], low=low[i] - reach[i], high=high[i] + reach[i]))
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
        Finding(i, "average", reason("average", value=value[i], percent=round(100 * value[i] / mean[i])))
        for i in np.flatnonzero(found).tolist()
    ]
