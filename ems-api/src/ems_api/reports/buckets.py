"""Local periods as buckets of slots: the time axis of every report.

A slot (an hour, or less) belongs to the bucket in which it starts. Buckets are local calendar periods, so the
day on which clocks go forward has 23 slots of an hour and the day they go back has 25.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import numpy as np
from ems_common.periods import (
    as_datetime64,
    ceil_slot,
    from_datetime64,
    local_periods,
    next_period,
    offsets_s,
    period_start,
)
from ems_common.slots import SlotAxis
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Instants = NDArray[np.datetime64]

HOUR_S: Final = 3600
MINUTES_PER_DAY: Final = 1440
MOST_AXES: Final = 16
"""Time axes that are remembered; one of a year by the hour takes a megabyte."""
_MINUTES: Final = re.compile(r"([1-9]\d{1,3})min", re.ASCII)
_LOCAL_FORMAT: Final = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of time, its ends on slot boundaries: ``start_utc <= t < end_utc``."""

    start_utc: datetime
    end_utc: datetime

    def axis(self, slot_minutes: int) -> SlotAxis:
        """The slots that start inside."""
        slot = timedelta(minutes=slot_minutes)
        count = -((self.start_utc - self.end_utc) // slot)
        return SlotAxis(self.start_utc, max(count, 0), slot)


@dataclass(frozen=True)
class Buckets:
    """The local periods that touch a span.

    Attributes:
        span: What is reported.
        axis: Its slots.
        tz: Zone of the labels and boundaries.
        period_type: ``hourly`` … ``yearly``, or minutes such as ``15min``.
        starts: Start of each bucket, naive UTC, shape ``(n_buckets,)``.
        labels: How each is shown.
        bucket_of_slot: Shape ``(n_slots,)``.
    """

    span: Span
    axis: SlotAxis
    tz: tzinfo
    period_type: str
    starts: Instants
    labels: list[str]
    bucket_of_slot: Int64

    def __len__(self) -> int:
        return len(self.labels)

    def sums(self, values: Float64) -> Float64:
        """Sum of the slots of each bucket; nan counts as nothing, and a bucket without values gives 0.

        Args:
            values: Shape ``(n_parts, n_slots)``.

        Returns:
            Shape ``(n_parts, n_buckets)``.
        """
        return self._by_part(np.where(np.isnan(values), 0.0, values))

    def counts(self, mask: NDArray[np.bool_]) -> Int64:
        """How many slots of each bucket are marked; shapes as :meth:`sums`."""
        return self._by_part(mask.astype(np.float64)).astype(np.int64)

    def maximums(self, values: Float64) -> Float64:
        """Largest slot of each bucket; nan where it has no value. Shapes as :meth:`sums`."""
        result = np.full((len(values), len(self)), -np.inf)
        for row, part in zip(result, values, strict=True):
            np.fmax.at(row, self.bucket_of_slot, part)
        result[np.isneginf(result)] = np.nan
        return result

    def whole(self, elapsed: int) -> NDArray[np.bool_]:
        """Which buckets lie wholly in the span and are over; shape ``(n_buckets,)``.

        Args:
            elapsed: How many slots of the axis are over.
        """
        if not len(self):
            return np.zeros(0, dtype=np.bool_)
        ends = np.append(self.starts[1:], as_datetime64(self._end_of_last()))
        over = as_datetime64(self.axis.start_utc + elapsed * self.axis.slot)
        return (self.starts >= as_datetime64(self.axis.start_utc)) & (ends <= over)

    def _end_of_last(self) -> datetime:
        start, minutes = from_datetime64(self.starts[-1]), minutes_of(self.period_type)
        if minutes is None:
            return next_period(start, self.period_type, self.tz)
        # The last of a day of 23 or 25 hours may be shorter.
        return min(start + timedelta(minutes=minutes), next_period(start, "daily", self.tz))

    def _by_part(self, values: Float64) -> Float64:
        if self._is_identity():
            return values.copy()
        size = len(self)
        rows = [np.bincount(self.bucket_of_slot, weights=part, minlength=size) for part in values]
        return np.array(rows, dtype=np.float64).reshape(len(values), size)

    def _is_identity(self) -> bool:
        return len(self) == self.axis.count == int(self.bucket_of_slot[-1:].sum()) + 1


def floored(span: Span, slot_minutes: int, tz: tzinfo) -> Span:
    """The span with its start moved to the first slot that counts.

    The start is moved back to a full slot of wall clock. In a zone whose hours do not begin with those of UTC
    the first slot is then the one that starts after that, so that the slots of adjacent days do not overlap.
    """
    wall = span.start_utc.astimezone(tz)
    past = timedelta(
        minutes=(wall.hour * 60 + wall.minute) % slot_minutes,
        seconds=wall.second,
        microseconds=wall.microsecond,
    )
    return Span(ceil_slot(span.start_utc - past, slot_minutes), span.end_utc)


@lru_cache(maxsize=MOST_AXES)
def buckets(
    span: Span, period_type: str, tz: tzinfo, slot_minutes: int, *, trailing: bool = False
) -> Buckets:
    """The buckets of a span.

    Args:
        span: What is reported.
        period_type: ``hourly`` … ``yearly``, or minutes that divide the day, such as ``15min``.
        tz: Zone whose calendar counts.
        slot_minutes: Length of a slot.
        trailing: Whether a bucket that starts exactly at the span's end is added, empty, as MyEMS does.

    Returns:
        The same object for the same question, as boards ask for one period over and over; not to be changed.
    """
    axis = span.axis(slot_minutes)
    minutes = minutes_of(period_type)
    if minutes is not None:
        starts, labels = _minutes(span, minutes, tz, trailing=trailing)
    elif period_type == "hourly":
        starts, labels = _hours(span, tz, trailing=trailing)
    else:
        starts, labels = _periods(span, period_type, tz, trailing=trailing)
    index = np.searchsorted(starts, axis.starts(), side="right").astype(np.int64) - 1
    return Buckets(span, axis, tz, period_type, starts, labels, index)


def _hours(span: Span, tz: tzinfo, *, trailing: bool) -> tuple[Instants, list[str]]:
    first = as_datetime64(period_start(span.start_utc, "hourly", tz))
    end = as_datetime64(span.end_utc) + np.timedelta64(1 if trailing else 0, "s")
    starts = np.arange(first, end, np.timedelta64(HOUR_S, "s"))
    return starts, local_labels(starts, tz)


def minutes_of(period_type: str) -> int | None:
    """Length of buckets that are counted in minutes; None for the other period types.

    >>> minutes_of("15min"), minutes_of("daily"), minutes_of("0min")
    (15, None, None)
    """
    found = _MINUTES.fullmatch(period_type)
    return int(found[1]) if found else None


def _minutes(span: Span, minutes: int, tz: tzinfo, *, trailing: bool) -> tuple[Instants, list[str]]:
    """Buckets that begin with each local day, so that the last of a day of 23 or 25 hours may be shorter."""
    end = span.end_utc + (timedelta(seconds=1) if trailing else timedelta(0))
    step = np.timedelta64(minutes * 60, "s")
    days = local_periods(span.start_utc, end, "daily", tz)
    of_days = [np.arange(as_datetime64(day.start_utc), as_datetime64(day.end_utc), step) for day in days]
    starts = np.concatenate([np.empty(0, dtype="datetime64[s]"), *of_days])
    first = int(np.searchsorted(starts, as_datetime64(span.start_utc), side="right")) - 1
    last = int(np.searchsorted(starts, as_datetime64(span.end_utc) + np.timedelta64(int(trailing), "s")))
    starts = starts[max(first, 0) : last]
    return starts, local_labels(starts, tz)


def _periods(span: Span, period_type: str, tz: tzinfo, *, trailing: bool) -> tuple[Instants, list[str]]:
    found = local_periods(span.start_utc, span.end_utc, period_type, tz)
    if trailing and found and found[-1].end_utc == span.end_utc:
        end = next_period(span.end_utc, period_type, tz)
        found += local_periods(span.end_utc, end, period_type, tz)
    starts = np.array([as_datetime64(period.start_utc) for period in found], dtype="datetime64[s]")
    return starts, [period.label for period in found]


def local_labels(times: Instants, tz: tzinfo) -> list[str]:
    """Wall clock of instants as `YYYY-MM-DDTHH:MM:SS`, shape as `times` (naive UTC)."""
    if not len(times):
        return []
    seconds = times.astype("datetime64[s]")
    local = seconds + offsets_s(seconds, tz).astype("timedelta64[s]")
    return list(np.datetime_as_string(local, unit="s").tolist())


def local_dates(times: Instants, tz: tzinfo) -> NDArray[np.datetime64]:
    """Local date of instants, ``datetime64[D]``, shape as `times` (naive UTC)."""
    seconds = times.astype("datetime64[s]")
    local: Instants = seconds + offsets_s(seconds, tz).astype("timedelta64[s]")
    return local.astype("datetime64[D]")


def local_text(time_utc: datetime, tz: tzinfo) -> str:
    """Wall clock of one instant."""
    return time_utc.astimezone(tz).strftime(_LOCAL_FORMAT)
