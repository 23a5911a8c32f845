"""Time-of-use tariffs on a time axis: prices, and which share of every slot belongs to which peak type.

The rules are those of pricing: times of day are local; of rows that overlap the first counts, of tariffs that
overlap the one that starts later; a slot cut by a boundary belongs to both sides in proportion.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from ems_common.db.sql import Sql, compose
from ems_common.periods import as_datetime64, local_seconds_of_day
from ems_common.slots import SlotAxis

from ems_api.reports.buckets import Float64, Int64
from ems_api.reports.model import PEAK_TYPES

_DAY_S: Final = 86_400
_MOST_REMEMBERED: Final = 32
_LONGEST_REMEMBERED: Final = 9000
"""Slots: a year of hours, half a megabyte."""


@dataclass(frozen=True, slots=True)
class Band:
    """A price that holds every day from `start_s` until `end_s` [s since local midnight]."""

    start_s: int
    end_s: int
    peak_type: str
    price_per_unit: float


@dataclass(frozen=True)
class Tariff:
    """A time-of-use tariff with its validity."""

    valid_from_utc: datetime
    valid_through_utc: datetime
    bands: Sequence[Band] = field(default_factory=tuple)

    @cached_property
    def _integrals(self) -> tuple[Int64, Float64]:
        """Knots of the day [s], and from midnight up to each: price, coverage, time of each peak type."""
        spans = [(band.start_s, _true_end(band.end_s), band) for band in self.bands]
        knots = sorted({0, _DAY_S, *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
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
        return np.array(knots, dtype=np.int64), rows

    def over(self, start_s_of_day: Int64, length_s: int) -> Float64:
        """Integrals over slots that start at these local times of day.

        Returns:
            Shape ``(2 + n_peak_types, n_slots)``: price, coverage [s], time of each peak type [s].
        """
        knots, rows = self._integrals
        slopes = np.diff(rows) / np.diff(knots)

        def up_to(at: Int64) -> Float64:
            days, rest = np.divmod(at, _DAY_S)
            left = np.searchsorted(knots, rest, side="right") - 1
            of_day: Float64 = rows[:, left] + slopes[:, left] * (rest - knots[left])
            return of_day + days * rows[:, -1:]

        return up_to(start_s_of_day + length_s) - up_to(start_s_of_day)


@dataclass(frozen=True, slots=True)
class Curves:
    """A tariff on a time axis.

    Attributes:
        prices: Mean price of every slot, shape ``(n_slots,)``; nan where there is none.
        peaks: Share of every slot in each peak type, shape ``(n_peak_types, n_slots)``.
    """

    prices: Float64
    peaks: Float64


def curves(tariffs: Sequence[Tariff], axis: SlotAxis, tz: tzinfo) -> Curves:
    """What tariffs of one cost centre and energy category say of every slot."""
    prices = np.full(axis.count, np.nan)
    peaks = np.zeros((len(PEAK_TYPES), axis.count))
    if not tariffs:
        return Curves(prices, peaks)
    starts = axis.starts()
    seconds = local_seconds_of_day(starts, tz)
    for tariff in sorted(tariffs, key=lambda item: item.valid_from_utc):
        valid = starts >= as_datetime64(tariff.valid_from_utc)
        valid &= starts < as_datetime64(tariff.valid_through_utc)
        if not valid.any():
            continue
        found = tariff.over(seconds[valid], axis.seconds)
        with np.errstate(invalid="ignore", divide="ignore"):
            prices[valid] = np.where(found[1] > 0, found[0] / found[1], np.nan)
        peaks[:, valid] = found[2:] / axis.seconds
    return Curves(prices, peaks)


def remembered(tariffs: Sequence[Tariff], axis: SlotAxis, tz: tzinfo) -> Curves:
    """As :func:`curves`, remembered by what the tariffs say, so never stale; the arrays cannot be changed."""
    if axis.count > _LONGEST_REMEMBERED:
        return curves(tariffs, axis, tz)
    return _remembered(tuple(tariffs), axis, tz)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _remembered(tariffs: tuple[Tariff, ...], axis: SlotAxis, tz: tzinfo) -> Curves:
    found = curves(tariffs, axis, tz)
    found.prices.flags.writeable = found.peaks.flags.writeable = False
    return found


def of_cost_center(key: Sql) -> Sql:
    """The query of the time-of-use tariffs of a cost centre, which a placeholder or a query names."""
    return compose(
        "SELECT t.id, t.energy_category_id, t.valid_from_datetime_utc, t.valid_through_datetime_utc,"
        " u.start_time_of_day, u.end_time_of_day, u.peak_type, u.price + 0E0"
        " FROM tbl_cost_centers_tariffs b JOIN tbl_tariffs t ON t.id = b.tariff_id"
        " JOIN tbl_tariffs_timeofuses u ON u.tariff_id = t.id"
        " WHERE b.cost_center_id = ({key}) AND t.tariff_type = 'timeofuse'"
        " ORDER BY t.valid_from_datetime_utc, t.id, u.start_time_of_day, u.id",
        key=key,
    )


def made(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Tariff]]:
    """What :func:`of_cost_center` found, by energy category."""
    found: dict[int, list[Tariff]] = {}
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        of_tariff = list(group)
        _, category, start, end, *_ = of_tariff[0]
        bands = tuple(Band(_seconds(row[4]), _seconds(row[5]), row[6], row[7]) for row in of_tariff)
        tariff = Tariff(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), bands)
        found.setdefault(category, []).append(tariff)
    return found


def _true_end(end_s: int) -> int:
    """Rows are often entered as 07:59:59 or 23:59:59, and 00:00 means midnight at the end of the day."""
    if end_s == 0:
        return _DAY_S
    return end_s + 1 if end_s % 60 == 59 else end_s


def _seconds(time_of_day: Any) -> int:
    if isinstance(time_of_day, timedelta):
        return round(time_of_day.total_seconds())
    return int(time_of_day.hour * 3600 + time_of_day.minute * 60 + time_of_day.second)
