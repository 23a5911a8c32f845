"""Moving measured days onto the present calendar.

A day is counted by its proleptic ordinal (``date.toordinal``). Each function maps days of the present to
days of a source, counted from its first, so that weekdays always agree. All are pure functions of the date:
the past and the live plant, today and after a restart, see the same load.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HOUR_S = 3600
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FOLD_DAYS = 182.5
_COLDEST_DAY = 8


def year_day(ordinals: Ints, first: date, n_days: int, shift_weeks: int = 0) -> Ints:
    """The day of a one-year source nearest in the year, with the same weekday.

    Args:
        ordinals: Days of the present.
        first: First day of the source, a 1 January.
        n_days: Length of the source [days].
        shift_weeks: Take the source this many weeks later.

    Returns:
        Indexes into the source, shape of `ordinals`.
    """
    day_of_year = ordinals - _year_starts(ordinals)
    # ordinal 1 is a Monday, so equal remainders by 7 mean equal weekdays.
    nearest = (ordinals - (first.toordinal() + day_of_year) + 3) % 7 - 3
    index = day_of_year + nearest + 7 * shift_weeks
    index = np.where(index < 0, index + 364, index)
    return np.asarray(np.where(index >= n_days, index - 364, index))


def season_day(ordinals: Ints, weeks: int, shift_weeks: int = 0) -> Ints:
    """The day of a winter-to-spring source: whole weeks, forward to midsummer and back again.

    The source begins on a Monday in January; the week that holds the coldest time maps to its first week, the
    week half a year later to its last.
    """
    mondays = ordinals - (ordinals - 1) % 7
    from_coldest = (mondays - _year_starts(mondays) - _COLDEST_DAY) % 365
    folded = np.where(from_coldest > _FOLD_DAYS, 365 - from_coldest, from_coldest)
    week = np.minimum((folded / _FOLD_DAYS * weeks).astype(np.int64), weeks - 1)
    return (week + shift_weeks) % weeks * 7 + (ordinals - mondays)


def week_day(ordinals: Ints, weeks: int, shift_weeks: int = 0) -> Ints:
    """The day of a source of whole weeks, from a Monday, that are repeated in turn."""
    return ((ordinals - 1) // 7 + shift_weeks) % weeks * 7 + (ordinals - 1) % 7


def local_hours(hours_utc: Ints, zone: ZoneInfo) -> tuple[Ints, Ints]:
    """Local day (ordinal) and local hour of day of hours counted in UTC from 1970.

    Hours of a zone with a half-hour offset are floored.
    """
    offsets_s = np.empty(len(hours_utc), dtype=np.int64)
    days, inverse = np.unique(hours_utc // 24, return_inverse=True)
    for position, day in enumerate(days):
        start = datetime.fromtimestamp(int(day) * 24 * HOUR_S, UTC)
        first, last = _offset_s(start, zone), _offset_s(start + timedelta(days=1), zone)
        mask = inverse == position
        if first == last:
            offsets_s[mask] = first
        else:
            offsets_s[mask] = [
                _offset_s(datetime.fromtimestamp(int(h) * HOUR_S, UTC), zone) for h in hours_utc[mask]
            ]
    local = hours_utc + offsets_s // HOUR_S
    return local // 24 + _EPOCH_ORDINAL, local % 24


def utc_hours(hours_utc: Ints) -> tuple[Ints, Ints]:
    """Day (ordinal) and hour of day, both in UTC, of hours counted from 1970."""
    return hours_utc // 24 + _EPOCH_ORDINAL, hours_utc % 24


def _offset_s(instant_utc: datetime, zone: ZoneInfo) -> int:
    offset = instant_utc.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _year_starts(ordinals: Ints) -> Ints:
    days = (ordinals - _EPOCH_ORDINAL).astype("datetime64[D]")
    starts = days.astype("datetime64[Y]").astype("datetime64[D]")
    return starts.astype(np.int64) + _EPOCH_ORDINAL
