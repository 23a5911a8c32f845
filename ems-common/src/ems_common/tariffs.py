"""Time-of-use tariffs to the price of every slot.

The price of a slot is the mean of the tariff over it: a boundary at half past six is honoured within the
hour it cuts. Times of day are local, so the two hours that daylight saving repeats both have the price of
their wall clock. A time of day that no row covers has no price.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ems_common.db import Session
from ems_common.periods import as_datetime64, local_seconds_of_day
from ems_common.slots import SlotAxis

DAY_S = 86_400
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """A price that holds every day from `start_s` until `end_s` [s since local midnight]."""

    start_s: int
    end_s: int
    price_per_unit: float


@dataclass(frozen=True)
class TimeOfUse:
    """A time-of-use tariff.

    Attributes:
        valid_from_utc: Start of its validity.
        valid_through_utc: End of its validity.
        bands: Its rows, in order; where they overlap the first counts. An end of midnight, or one second
            before a band's successor, is the end of that minute.
    """

    valid_from_utc: datetime
    valid_through_utc: datetime
    bands: Sequence[Band] = field(default_factory=tuple)

    @cached_property
    def _sums(self) -> tuple[Float64, Float64, Float64]:
        """Knots [s of day], and the integrals of price and of coverage from midnight up to each."""
        edges = {0, DAY_S}
        spans = [(band.start_s, _end(band.end_s), band.price_per_unit) for band in self.bands]
        for start, end, _ in spans:
            edges |= {start, end}
        knots = sorted(edges)
        price, covered = [0.0], [0.0]
        for left, right in itertools.pairwise(knots):
            band = next((of for start, end, of in spans if start <= left < end), None)
            price.append(price[-1] + (band or 0.0) * (right - left))
            covered.append(covered[-1] + (0.0 if band is None else right - left))
        return np.array(knots, dtype=np.float64), np.array(price), np.array(covered)

    def prices(self, start_s_of_day: NDArray[np.int64], length_s: int) -> Float64:
        """Mean price of slots that start at these local times of day; nan where no band covers any of it."""
        knots, price, covered = self._sums

        def integral(of: Float64, at: NDArray[np.int64]) -> Float64:
            days, rest = np.divmod(at, DAY_S)
            return np.asarray(days * of[-1] + np.interp(rest, knots, of), dtype=np.float64)

        end = start_s_of_day + length_s
        length = integral(covered, end) - integral(covered, start_s_of_day)
        total = integral(price, end) - integral(price, start_s_of_day)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(length > 0, total / length, np.nan)


def _end(end_s: int) -> int:
    """The true end of a band: rows are often entered as 07:59:59 or 23:59:59, and 00:00 means midnight."""
    if end_s == 0:
        return DAY_S
    return end_s + 1 if end_s % 60 == 59 else end_s


def slot_prices(tariffs: Sequence[TimeOfUse], axis: SlotAxis, tz: tzinfo) -> Float64:
    """Price of every slot of an axis.

    Args:
        tariffs: Tariffs of one cost centre and energy category; where validities overlap, the one that starts
            later counts.
        axis: The slots.
        tz: Zone of the tariff's times of day.

    Returns:
        Shape ``(n_slots,)``; nan where there is no price.
    """
    result = np.full(axis.count, np.nan)
    starts = axis.starts()
    seconds = local_seconds_of_day(starts, tz)
    for tariff in sorted(tariffs, key=lambda item: item.valid_from_utc):
        valid = starts >= as_datetime64(tariff.valid_from_utc)
        valid &= starts < as_datetime64(tariff.valid_through_utc)
        if valid.any():
            result[valid] = tariff.prices(seconds[valid], axis.seconds)
    return result


@dataclass(frozen=True, slots=True)
class Stored:
    """A tariff of the database.

    Attributes:
        id: Its key.
        energy_category_id: What it prices.
        times: Its validity and prices [money per unit of the category].
    """

    id: int
    energy_category_id: int
    times: TimeOfUse


def read(session: Session) -> list[Stored]:
    """All time-of-use tariffs of the system database."""
    bands: dict[int, list[Band]] = {}
    for tariff, start, end, price in session.rows(
        "SELECT tariff_id, start_time_of_day, end_time_of_day, price FROM tbl_tariffs_timeofuses"
        " ORDER BY tariff_id, start_time_of_day, id"
    ):
        bands.setdefault(tariff, []).append(Band(_seconds(start), _seconds(end), float(price)))
    rows = session.rows(
        "SELECT id, energy_category_id, valid_from_datetime_utc, valid_through_datetime_utc FROM tbl_tariffs"
        " WHERE tariff_type = 'timeofuse'"
    )
    return [
        Stored(
            key,
            category,
            TimeOfUse(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), tuple(bands.get(key, ()))),
        )
        for key, category, start, end in rows
    ]


def _seconds(time_of_day: timedelta) -> int:
    return round(time_of_day.total_seconds())
