"""Slots and local periods: UTC inside, IANA zones at the edge, daylight saving included.

A slot is a stretch of UTC of 60, 30 or 15 minutes. A period is a stretch of local calendar time: an hour, a
day, a week from Monday, a month or a year of an IANA zone. The day clocks go forward has 23 hours and the day
they go back has 25; nothing here ever adds "a day" to an instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from ems_common.errors import BadInput

PERIOD_TYPES: Final = ("hourly", "daily", "weekly", "monthly", "yearly")
_LABELS: Final = {
    "hourly": "%Y-%m-%dT%H:%M:%S",
    "daily": "%Y-%m-%d",
    "weekly": "%Y-%m-%d",
    "monthly": "%Y-%m",
    "yearly": "%Y",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A local calendar period as a half-open range of UTC, with the label its kind is shown by."""

    start_utc: datetime
    end_utc: datetime
    label: str


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The zone of an IANA name, or of a fixed offset such as ``+08:00``.

    Raises:
        BadInput: There is no such zone.
    """
    if name[:1] in "+-" and len(name) == 6 and name[3] == ":":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            "there is no such time zone", value=name, advice="Use an IANA name, as in Europe/Berlin."
        ) from None


def floor_slot(time_utc: datetime, minutes: int = 60) -> datetime:
    """Start of the slot that holds the instant.

    >>> floor_slot(datetime(2026, 3, 1, 10, 47, tzinfo=UTC), 30).isoformat()
    '2026-03-01T10:30:00+00:00'
    """
    seconds = int(time_utc.timestamp())
    return datetime.fromtimestamp(seconds - seconds % (60 * minutes), UTC)


def ceil_slot(time_utc: datetime, minutes: int = 60) -> datetime:
    """First slot boundary at or after the instant."""
    floor = floor_slot(time_utc, minutes)
    return floor if floor == time_utc else floor + timedelta(minutes=minutes)


def as_datetime64(time_utc: datetime) -> np.datetime64:
    """An aware instant as ``datetime64[s]`` in UTC."""
    return np.datetime64(time_utc.astimezone(UTC).replace(tzinfo=None, microsecond=0), "s")


def from_datetime64(value: np.datetime64) -> datetime:
    """A ``datetime64`` in UTC as an aware instant."""
    naive: datetime = value.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)


def from_local(wall: datetime, tz: tzinfo, *, fold: int = 0) -> datetime:
    """The instant of a wall-clock time; of a doubled hour the first, or the second with ``fold=1``.

    A wall-clock time that is skipped when clocks go forward is moved on by the skipped amount.
    """
    return wall.replace(tzinfo=tz, fold=fold).astimezone(UTC)


def _local_midnight(day: date, tz: tzinfo) -> datetime:
    return from_local(datetime(day.year, day.month, day.day), tz)  # noqa: DTZ001  (wall time, zone beside it)


def period_start(time_utc: datetime, period_type: str, tz: tzinfo) -> datetime:
    """Start of the local period that holds the instant.

    Args:
        time_utc: Aware instant.
        period_type: One of `PERIOD_TYPES`.
        tz: Zone whose calendar counts.

    Raises:
        BadInput: Unknown period type.
    """
    local = time_utc.astimezone(tz)
    if period_type == "hourly":
        past_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return time_utc.astimezone(UTC) - past_hour
    return _local_midnight(_first_day(local.date(), period_type), tz)


def _first_day(day: date, period_type: str) -> date:
    if period_type == "daily":
        return day
    if period_type == "weekly":
        return day - timedelta(days=day.weekday())
    if period_type == "monthly":
        return day.replace(day=1)
    if period_type == "yearly":
        return day.replace(month=1, day=1)
    raise BadInput("unknown period type", value=period_type, advice=f"Use one of {', '.join(PERIOD_TYPES)}.")


def _next_first_day(first: date, period_type: str) -> date:
    if period_type == "daily":
        return first + timedelta(days=1)
    if period_type == "weekly":
        return first + timedelta(days=7)
    if period_type == "monthly":
        return (
            first.replace(day=28)
            + timedelta(days=4)
            - timedelta(days=(first.replace(day=28) + timedelta(days=4)).day - 1)
        )
    return first.replace(year=first.year + 1)


def next_period(start_utc: datetime, period_type: str, tz: tzinfo) -> datetime:
    """Start of the period after the one that starts at `start_utc`."""
    if period_type == "hourly":
        return start_utc + timedelta(hours=1)
    first = start_utc.astimezone(tz).date()
    return _local_midnight(_next_first_day(first, period_type), tz)


def local_periods(start_utc: datetime, end_utc: datetime, period_type: str, tz: tzinfo) -> list[Period]:
    """The local periods that touch ``[start_utc, end_utc)``, in order.

    The first may begin before `start_utc` and the last may end after `end_utc`.

    >>> berlin = zone("Europe/Berlin")
    >>> start_utc, end_utc = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    >>> days = local_periods(start_utc, end_utc, "daily", berlin)
    >>> [(p.label, (p.end_utc - p.start_utc).total_seconds() / 3600) for p in days]
    [('2026-10-25', 25.0)]
    """
    result: list[Period] = []
    start = period_start(start_utc, period_type, tz)
    while start < end_utc:
        end = next_period(start, period_type, tz)
        result.append(Period(start, end, start.astimezone(tz).strftime(_LABELS[period_type])))
        start = end
    return result


def offsets_s(times_utc: NDArray[np.datetime64], tz: tzinfo) -> NDArray[np.int64]:
    """Offset of the zone from UTC [s] at each instant, shape as `times_utc`.

    Evaluated once per distinct hour quarter and spread, so a year of slots costs a few milliseconds.
    """
    if len(times_utc) == 0:
        return np.empty(0, dtype=np.int64)
    quarters = times_utc.astype("datetime64[s]").astype(np.int64) // 900
    first, last = int(quarters.min()), int(quarters.max())
    edges = _offset_changes(first * 900, (last + 1) * 900, tz)
    starts = np.array([edge for edge, _ in edges], dtype=np.int64)
    values = np.array([offset for _, offset in edges], dtype=np.int64)
    return values[
        np.searchsorted(starts, times_utc.astype("datetime64[s]").astype(np.int64), side="right") - 1
    ]


def _offset_s(second: int, tz: tzinfo) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(tz).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


@lru_cache(maxsize=256)
def _offset_changes(first_s: int, last_s: int, tz: tzinfo) -> Sequence[tuple[int, int]]:
    """(from second, offset) pairs that cover the range; changes are found by bisection between days."""
    result = [(first_s, _offset_s(first_s, tz))]
    probe = first_s
    while probe < last_s:
        after = min(probe + 86400, last_s)
        if _offset_s(after, tz) != result[-1][1]:
            low, high = probe, after
            while high - low > 1:
                middle = (low + high) // 2
                if _offset_s(middle, tz) == result[-1][1]:
                    low = middle
                else:
                    high = middle
            result.append((high, _offset_s(high, tz)))
        probe = after
    return result


def local_seconds_of_day(times_utc: NDArray[np.datetime64], tz: tzinfo) -> NDArray[np.int64]:
    """Local time of day of each instant [s since local midnight], shape as `times_utc`."""
    seconds = times_utc.astype("datetime64[s]").astype(np.int64)
    return (seconds + offsets_s(times_utc, tz)) % 86400
