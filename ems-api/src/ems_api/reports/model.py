"""What a report is: values on a time axis, for the parts of one or more entities.

These objects hold numbers and names only. Renderers turn them into JSON, Excel, CSV or pictures.
Arrays are `float64`; nan means "no value".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from ems_common.catalog.hourly import (
    QUALITY_ESTIMATED,
    QUALITY_INCOMPLETE,
    QUALITY_LIMIT,
    QUALITY_PROVISIONAL,
)
from numpy.typing import NDArray

from ems_api.reports.buckets import Buckets, Float64, Instants, Int64

QUALITY_BITS: Final = (QUALITY_ESTIMATED, QUALITY_PROVISIONAL, QUALITY_LIMIT, QUALITY_INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Part:
    """What values are split by: an energy category or an energy item.

    Attributes:
        id: Key of the category or item.
        name: Its name.
        unit: Unit of the values.
        kgce_per_unit: Standard coal per unit of energy [kg].
        kgco2e_per_unit: Greenhouse gas per unit of energy [kg].
        category_id: The energy category; the part itself unless it is an item.
        category_name: Its name.
    """

    id: int
    name: str
    unit: str
    kgce_per_unit: float = 0.0
    kgco2e_per_unit: float = 0.0
    category_id: int = 0
    category_name: str = ""


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """An entity that is reported on.

    Attributes:
        kind: As in the catalog, such as ``space``.
        id: Its key.
        name: Its name.
        uuid: Its UUID.
        cost_center_id: Whose tariffs apply; 0 when none is set.
        area_m2: Area, or None when the kind has none.
        occupants: People in it, or None when the kind has none.
        calendars: Working calendars that are bound; None when the kind has none.
        more: Further columns by their names in the contract.
    """

    kind: str
    id: int
    name: str
    uuid: str = ""
    cost_center_id: int = 0
    area_m2: float | None = None
    occupants: float | None = None
    calendars: tuple[int, ...] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quality:
    """How far values can be trusted, per part.

    Attributes:
        bits: Bits of the hourly tables, joined per bucket; -1 where a bucket has no value at all.
            Shape ``(n_parts, n_buckets)``.
        estimated: Share of the slots present that are estimated, shape ``(n_parts,)``; nan without slots.
        incomplete: Share of the slots present in which a counted member was missing.
        missing: Share of the slots elapsed that have no value.
    """

    bits: NDArray[np.int16]
    estimated: Float64
    incomplete: Float64
    missing: Float64


@dataclass(frozen=True)
class PeriodValue:
    """Values of all parts over one period.

    Attributes:
        buckets: The time axis.
        values: Per bucket, shape ``(n_parts, n_buckets)``.
        totals: Over the period, shape ``(n_parts,)``; nan for a part without a value.
        quality: How far they can be trusted.
        peaks: Totals by `ems_common.tariffs.PEAK_TYPES`, shape ``(n_parts, 5)``; nan also without a tariff.
        working_days: Totals of working days, shape ``(n_parts,)``; nan where none of their slots has a value.
        non_working_days: Totals of the other days; the same.
    """

    buckets: Buckets
    values: Float64
    totals: Float64
    quality: Quality
    peaks: Float64
    working_days: Float64
    non_working_days: Float64


@dataclass(frozen=True, slots=True)
class Members:
    """Totals of the entities below: child spaces, or associated equipment.

    Attributes:
        entities: The members.
        totals: Shape ``(n_parts, n_members)``; nan where a member has no value.
        periods: Their values over the reporting period, where a report shows these.
    """

    entities: Sequence[EntityFacts]
    totals: Float64
    periods: Sequence[PeriodValue] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """A named series with time stamps of its own: a tariff, or what a point measured.

    Attributes:
        name: Its title, with the unit of what a point measured.
        times: Naive UTC, shape ``(n,)``.
        values: Same shape.
        label: Its title without a unit.
        unit: Of the values, "" for none.
        estimated: Which values were not measured but estimated, same shape; None when all were measured.
        is_price: Whether the values are the price of a unit.
    """

    name: str
    times: Instants
    values: Float64
    label: str
    unit: str
    estimated: NDArray[np.bool_] | None = None
    is_price: bool = False


@dataclass(frozen=True)
class SumReport:
    """A quantity of one entity by parts, in a reporting period and, if asked for, a base period.

    Attributes:
        entity: Whose.
        parts: Categories or items that have values.
        reporting: The period of interest.
        base: What it is compared with, or None.
        members: Entities below, or None when the kind has none.
        curves: Tariffs and points beside the values.
        unit: Unit of the sum of all parts, "" when they cannot be added.
    """

    entity: EntityFacts
    parts: Sequence[Part]
    reporting: PeriodValue
    base: PeriodValue | None
    members: Members | None
    curves: Sequence[Curve]
    unit: str = ""

    @property
    def kgce(self) -> Float64:
        """Standard coal per unit of each part [kg]."""
        return np.array([part.kgce_per_unit for part in self.parts], dtype=np.float64)

    @property
    def kgco2e(self) -> Float64:
        """Greenhouse gas per unit of each part [kg]."""
        return np.array([part.kgco2e_per_unit for part in self.parts], dtype=np.float64)


def sum_of_known(values: Float64) -> Float64:
    """Sums over the last axis, rounded; nan where nothing is known.

    >>> sum_of_known(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()
    [1.0, nan]
    """
    known = ~np.isnan(values)
    sums = np.round(np.where(known, values, 0.0).sum(axis=-1), 6)
    return np.where(known.any(axis=-1), sums, np.nan)


def judge(buckets: Buckets, value: Float64, quality: NDArray[np.uint8], elapsed: Int64 | int) -> Quality:
    """Judge slots.

    Args:
        buckets: The time axis.
        value: Slots, shape ``(n_parts, n_slots)``; nan means no value.
        quality: Their bits, same shape.
        elapsed: How many slots of the axis are over.
    """
    present = ~np.isnan(value)
    bits = np.zeros((len(value), len(buckets)), dtype=np.int16)
    for bit in QUALITY_BITS:
        marked = (quality & bit) != 0
        if marked.any():
            bits |= np.where(buckets.counts(marked & present) > 0, bit, 0).astype(np.int16)
    bits[buckets.counts(present) == 0] = -1
    count = present.sum(axis=1)
    expected = np.maximum(int(elapsed), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimated = ((quality & QUALITY_ESTIMATED != 0) & present).sum(axis=1) / count
        incomplete = ((quality & QUALITY_INCOMPLETE != 0) & present).sum(axis=1) / count
        missing = np.where(expected > 0, 1 - present[:, :expected].sum(axis=1) / expected, np.nan)
    return Quality(bits, estimated, incomplete, missing)
