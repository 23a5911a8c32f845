"""Time-of-use tariffs on the time axis of a report; the rules are those of :mod:`ems_common.tariffs`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, Final

import numpy as np
from ems_common.db.sql import Sql, compose
from ems_common.slots import SlotAxis
from ems_common.tariffs import PEAK_TYPES, Band, TimeOfUse, in_force, mean_price, seconds_of

from ems_api.reports.buckets import Float64

_MOST_REMEMBERED: Final = 32
_LONGEST_REMEMBERED: Final = 9000
"""Slots: a year of hours, half a megabyte."""


@dataclass(frozen=True, slots=True)
class Curves:
    """A tariff on a time axis.

    Attributes:
        prices: Mean price of every slot, shape ``(n_slots,)``; nan where there is none.
        peaks: Share of every slot in each peak type, shape ``(n_peak_types, n_slots)``.
    """

    prices: Float64
    peaks: Float64


def curves(tariffs: Sequence[TimeOfUse], axis: SlotAxis, tz: tzinfo) -> Curves:
    """What tariffs of one cost centre and energy category say of every slot."""
    prices = np.full(axis.count, np.nan)
    peaks = np.zeros((len(PEAK_TYPES), axis.count))
    for tariff, valid, seconds in in_force(tariffs, axis, tz):
        found = tariff.over(seconds, axis.seconds)
        prices[valid] = mean_price(found)
        peaks[:, valid] = found[2:] / axis.seconds
    return Curves(prices, peaks)


def remembered(tariffs: Sequence[TimeOfUse], axis: SlotAxis, tz: tzinfo) -> Curves:
    """As :func:`curves`, remembered by what the tariffs say, so never stale; the arrays cannot be changed."""
    if axis.count > _LONGEST_REMEMBERED:
        return curves(tariffs, axis, tz)
    return _remembered(tuple(tariffs), axis, tz)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _remembered(tariffs: tuple[TimeOfUse, ...], axis: SlotAxis, tz: tzinfo) -> Curves:
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


def made(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[TimeOfUse]]:
    """What :func:`of_cost_center` found, by energy category."""
    found: dict[int, list[TimeOfUse]] = {}
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        of_tariff = list(group)
        _, category, start, end, *_ = of_tariff[0]
        bands = tuple(Band(seconds_of(row[4]), seconds_of(row[5]), row[7], row[6]) for row in of_tariff)
        tariff = TimeOfUse(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), bands)
        found.setdefault(category, []).append(tariff)
    return found
