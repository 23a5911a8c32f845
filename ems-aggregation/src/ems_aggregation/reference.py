"""What energy is measured against: the week of a reference period, and the same hours of the weeks before.

Pure functions on arrays. Time goes by the local clock throughout, so that the hour of the week is the one
people live by, also after clocks were changed.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

import numpy as np
from ems_common.periods import offsets_s
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Instants = NDArray[np.datetime64]

_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
# 1970-01-01 was a Thursday; weeks here begin on Monday.
_MONDAY_S: Final = 4 * _DAY_S


def bins_per_week(slot_minutes: int) -> int:
    """How many slots a week has."""
    return _WEEK_S // (60 * slot_minutes)


def slot_of_week(starts: Instants, tz: tzinfo, slot_minutes: int) -> Int64:
    """Position of each slot in the local week, 0 for the first of Monday.

    >>> from zoneinfo import ZoneInfo
    >>> starts = np.array(["2026-03-30T00:00:00"], dtype="datetime64[s]")
    >>> slot_of_week(starts, ZoneInfo("Europe/London"), 60)
    array([1])
    """
    local_s = starts.astype("datetime64[s]").astype(np.int64) + offsets_s(starts, tz)
    return np.asarray((local_s - _MONDAY_S) % _WEEK_S // (60 * slot_minutes), dtype=np.int64)


def week_profile(value: Float64, slot: Int64, slots_per_week: int) -> Float64:
    """Mean of every slot of the week over a reference period.

    This is the part of the time-of-week-and-temperature baseline (J. L. Mathieu et al., IEEE Transactions on
    Smart Grid 2(3), 2011, DOI 10.1109/TSG.2011.2145010) that needs no weather. A slot of the week that the
    period never shows has the mean of the same time on other days.

    Args:
        value: Energy of the slots, shape ``(n_rows, n_slots)``; nan where there is none.
        slot: Their positions in the week, shape ``(n_slots,)``.
        slots_per_week: Length of the profile.

    Returns:
        Shape ``(n_rows, slots_per_week)``; nan where nothing is known.
    """
    known = ~np.isnan(value)
    filled = np.where(known, value, 0.0)
    sums = np.array([np.bincount(slot, row, slots_per_week) for row in filled]).reshape(-1, slots_per_week)
    counts = np.array([np.bincount(slot, row, slots_per_week) for row in known]).reshape(-1, slots_per_week)
    profile = _divided(sums, counts)
    by_day = profile.reshape(len(profile), 7, slots_per_week // 7)
    present = ~np.isnan(by_day)
    of_day = _divided(np.where(present, by_day, 0.0).sum(axis=1), present.sum(axis=1))
    return np.asarray(
        np.where(present, by_day, of_day[:, np.newaxis, :]).reshape(profile.shape), dtype=np.float64
    )


def _divided(sums: Float64, counts: Float64 | Int64) -> Float64:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / counts, dtype=np.float64)


def weeks_before(starts: Instants, tz: tzinfo, weeks: int) -> list[Instants]:
    """The starts of the same local times one, two, … weeks earlier.

    >>> from zoneinfo import ZoneInfo
    >>> starts = np.array(["2026-03-30T08:00:00"], dtype="datetime64[s]")
    >>> weeks_before(starts, ZoneInfo("Europe/London"), 1)
    [array(['2026-03-23T09:00:00'], dtype='datetime64[s]')]
    """
    seconds = starts.astype("datetime64[s]")
    now = offsets_s(seconds, tz)
    result: list[Instants] = []
    for number in range(1, weeks + 1):
        earlier: Instants = (seconds.astype(np.int64) - number * _WEEK_S).astype("datetime64[s]")
        moved_s: Int64 = now - offsets_s(earlier, tz)
        same: Instants = earlier + moved_s.astype("timedelta64[s]")
        result.append(same)
    return result


def usual(history: Float64) -> Float64:
    """Median of the same slots of several weeks, which one odd week does not move.

    Args:
        history: Shape ``(n_weeks, n_rows, n_slots)``; nan where there is no value.

    Returns:
        Shape ``(n_rows, n_slots)``; nan where no week has a value.
    """
    ordered = np.sort(history, axis=0)  # nan comes last
    count = (~np.isnan(history)).sum(axis=0)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[np.newaxis], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(history) - 1)[np.newaxis], axis=0)[0]
    return np.asarray(np.where(count > 0, (low + high) / 2, np.nan), dtype=np.float64)
