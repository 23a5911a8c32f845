"""Time-of-use tariffs on a time axis: prices of slots, and which share of them belongs to which peak type.

The price of a slot is the mean of the tariff over it: a boundary at half past six is honoured within the
hour it cuts. Times of day are local, so the two hours that daylight saving repeats both have the price of
their wall clock. A time of day that no row covers has no price. Aggregation, reports and control all price by
this module.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ems_common.db import Session
from ems_common.periods import as_datetime64, local_seconds_of_day
from ems_common.slots import SlotAxis

DAY_S: Final = 86_400
PEAK_TYPES: Final = ("toppeak", "onpeak", "midpeak", "offpeak", "deep")
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
_PRICED: Final = slice(0, 2)
"""Rows of the integrals that prices follow from."""


@dataclass(frozen=True, slots=True)
class Band:
    """A price that holds every day from `start_s` until `end_s` [s since local midnight].

    One that ends before it begins goes on past midnight.
    """

    start_s: int
    end_s: int
    price_per_unit: float
    peak_type: str = ""

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Where it holds within a day: begin and end of one stretch, or of the two around midnight."""
        end_s = _true_end(self.end_s)
        if self.start_s <= end_s:
            yield self.start_s, end_s
        else:
            yield from ((self.start_s, DAY_S), (0, end_s))


def _true_end(end_s: int) -> int:
    """The true end of a band: rows are often entered as 07:59:59 or 23:59:59, and 00:00 means midnight."""
    if end_s == 0:
        return DAY_S
    return end_s + 1 if end_s % 60 == 59 else end_s


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
    def _integrals(self) -> tuple[Float64, Float64]:
        """Knots of the day [s], and from midnight up to each: price, coverage, time of each peak type."""
        spans = [(start, end, band) for band in self.bands for start, end in band.stretches()]
        knots = sorted({0, DAY_S, *(at for start, end, _ in spans for at in (start, end))})
        rows = np.zeros((2 + len(PEAK_TYPES), len(knots)))
        for n, (left, right) in enumerate(itertools.pairwise(knots)):
            rows[:, n + 1] = rows[:, n]
            band = next((of for start, end, of in spans if start <= left < end), None)
            if band is None:
                continue
            rows[0, n + 1] += band.price_per_unit * (right - left)
            rows[1, n + 1] += right - left
            if band.peak_type in PEAK_TYPES:
                rows[2 + PEAK_TYPES.index(band.peak_type), n + 1] += right - left
        return np.array(knots, dtype=np.float64), rows

    def over(self, start_s_of_day: Int64, length_s: int, wanted: slice = slice(None)) -> Float64:
        """Integrals over slots that start at these local times of day.

        Args:
            start_s_of_day: Starts of the slots [s since local midnight].
            length_s: Length of a slot [s].
            wanted: Which of the rows.

        Returns:
            Shape ``(2 + n_peak_types, n_slots)``: price, coverage [s], time of each peak type [s].
        """
        knots, rows = self._integrals
        days, rest = np.divmod(np.stack((start_s_of_day, start_s_of_day + length_s)), DAY_S)
        up_to = np.array([days * of_day[-1] + np.interp(rest, knots, of_day) for of_day in rows[wanted]])
        return np.asarray(up_to[:, 1] - up_to[:, 0], dtype=np.float64)

    def prices(self, start_s_of_day: Int64, length_s: int) -> Float64:
        """Mean price of slots that start at these local times of day; nan where no band covers any of it."""
        return mean_price(self.over(start_s_of_day, length_s, _PRICED))


def mean_price(integrals: Float64) -> Float64:
    """The mean price of each slot, from what :meth:`TimeOfUse.over` gives; nan where nothing is covered."""
    price, covered_s = integrals[_PRICED]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(covered_s > 0, price / covered_s, np.nan)


def in_force(
    tariffs: Sequence[TimeOfUse], axis: SlotAxis, tz: tzinfo
) -> Iterator[tuple[TimeOfUse, NDArray[np.bool_], Int64]]:
    """The tariffs that are valid in some slots of an axis.

    Args:
        tariffs: Tariffs of one cost centre and energy category.
        axis: The slots.
        tz: Zone of the tariff's times of day.

    Yields:
        A tariff, in which slots it is valid, shape ``(n_slots,)``, and where in the local day they begin [s].
        Where validities overlap, the tariff that starts later comes later: it counts.
    """
    if not tariffs:
        return
    starts = axis.starts()
    seconds = local_seconds_of_day(starts, tz)
    for tariff in sorted(tariffs, key=lambda item: item.valid_from_utc):
        valid = starts >= as_datetime64(tariff.valid_from_utc)
        valid &= starts < as_datetime64(tariff.valid_through_utc)
        if valid.any():
            yield tariff, valid, seconds[valid]


def slot_prices(tariffs: Sequence[TimeOfUse], axis: SlotAxis, tz: tzinfo) -> Float64:
    """Price of every slot of an axis; see :func:`in_force`.

    Returns:
        Shape ``(n_slots,)``; nan where there is no price.
    """
    result = np.full(axis.count, np.nan)
    for tariff, valid, seconds in in_force(tariffs, axis, tz):
        result[valid] = tariff.prices(seconds, axis.seconds)
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
        bands.setdefault(tariff, []).append(Band(seconds_of(start), seconds_of(end), float(price)))
    rows = session.rows(
        "SELECT id, energy_category_id, valid_from_datetime_utc, valid_through_datetime_utc FROM tbl_tariffs"
        " WHERE tariff_type = 'timeofuse' ORDER BY id"
    )
    return [
        Stored(
            key,
            category,
            TimeOfUse(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), tuple(bands.get(key, ()))),
        )
        for key, category, start, end in rows
    ]


def seconds_of(time_of_day: timedelta) -> int:
    """A time of day, as the server gives it, in seconds since midnight."""
    return round(time_of_day.total_seconds())
