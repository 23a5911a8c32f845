"""Estimates in place of missing and bad analog readings. They stand beside them, never in their place.

An estimate depends on the good readings on either side of the pause, which are at most a day apart, on the
usual interval before it, and on the same time of the day before. So the estimates of a day are complete when
a day more on either side was judged, and what comes after the pause has ended changes none of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.parameters import Fill, Gap
from ems_common.quality.rules.common import suspicious_pauses, usual_intervals
from ems_common.quality.series import DAY_MS, HOUR_MS, Floats, Ints, Mask, Series

_LONGEST_STEPS: Final = 1.75
_NEAR_STEPS: Final = 0.5
_LEAST_INTERVALS: Final = 3


class Estimate(NamedTuple):
    """A value that stands in for a reading."""

    time_ms: int
    value: float
    method: str


def estimates(series: Series, is_bad: Mask, parameters: Fill) -> list[Estimate]:
    """What stands in for bad readings and for those that did not come.

    Args:
        series: All readings.
        is_bad: Which of them do not count.
        parameters: Method, and the longest pause that is filled.
    """
    if not parameters.enabled:
        return []
    time_ms, value = series.time_ms[~is_bad], series.value[~is_bad]
    bad_ms = series.time_ms[is_bad]
    found: list[Estimate] = []
    for place in suspicious_pauses(time_ms, Gap(times_usual=_LONGEST_STEPS)).tolist():
        begin_ms, end_ms = int(time_ms[place - 1]), int(time_ms[place])
        usual = usual_intervals(time_ms, place)
        if end_ms - begin_ms > parameters.longest_hours * HOUR_MS or len(usual) < _LEAST_INTERVALS:
            continue
        missing = _missing(begin_ms, end_ms, float(np.median(usual)), bad_ms)
        if len(missing):
            found += _between(time_ms, value, place, missing, parameters.method)
    return found


def _missing(begin_ms: int, end_ms: int, step_ms: float, bad_ms: Ints) -> Ints:
    """Times between two good readings at which one should be: those of bad readings, and the usual ones."""
    if end_ms - begin_ms <= _LONGEST_STEPS * step_ms:
        return np.empty(0, np.int64)
    count = int((end_ms - begin_ms) / step_ms + _NEAR_STEPS)
    usual = begin_ms + np.round(np.arange(1, count) * step_ms).astype(np.int64)
    low, high = np.searchsorted(bad_ms, (begin_ms, end_ms)).tolist()
    inside = bad_ms[low:high]
    if len(inside):
        apart = np.abs(usual[:, None] - inside[None, :]).min(axis=1)
        usual = usual[apart > _NEAR_STEPS * step_ms]
    return np.sort(np.concatenate((usual, inside)))


def _between(time_ms: Ints, value: Floats, place: int, missing: Ints, method: str) -> list[Estimate]:
    sides = slice(place - 1, place + 1)
    if method == "previous":
        estimated: Floats = np.full(len(missing), value[place - 1])
    else:
        estimated = np.interp(missing, time_ms[sides], value[sides])
    if method == "seasonal":
        pattern = _at(time_ms, value, np.concatenate((time_ms[sides], missing)) - DAY_MS)
        if np.isfinite(pattern).all():
            offset = np.interp(missing, time_ms[sides], value[sides] - pattern[:2])
            estimated = pattern[2:] + offset
        else:
            method = "linear"
    pairs = zip(missing.tolist(), np.round(estimated, 6).tolist(), strict=True)
    return [Estimate(moment, level, method) for moment, level in pairs]


def _at(time_ms: Ints, value: Floats, wanted_ms: Ints) -> Floats:
    """Value at some instants by the readings on either side, `nan` where these are over two hours apart."""
    after = np.clip(np.searchsorted(time_ms, wanted_ms), 1, len(time_ms) - 1)
    inside = (time_ms[after - 1] <= wanted_ms) & (wanted_ms <= time_ms[after])
    close = time_ms[after] - time_ms[after - 1] <= 2 * HOUR_MS
    return np.where(inside & close, np.interp(wanted_ms, time_ms, value), np.nan)
