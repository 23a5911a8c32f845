"""How an entity's consumption is shaped: load (average and maximum power) and statistics of the buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ems_api.reports import slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Buckets, Float64, Instants
from ems_api.reports.entities import Kind
from ems_api.reports.kinds import sums
from ems_api.reports.model import Curve, EntityFacts, Members, Part, Quality, judge, sum_of_known
from ems_api.reports.site import Site

MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class LoadPeriod:
    """Power over one period, in the parts' unit per hour (kW for kWh).

    Attributes:
        buckets: The time axis.
        averages: Mean of the slots of each bucket, shape ``(n_parts, n_buckets)``; nan without slots.
        maximums: Largest slot of each bucket.
        average: Mean of all slots, shape ``(n_parts,)``.
        maximum: Largest slot.
        minimum: Smallest slot: the base load.
        maximum_at: Start of the largest slot, naive UTC; NaT without slots.
        quality: How far the values can be trusted.
    """

    buckets: Buckets
    averages: Float64
    maximums: Float64
    average: Float64
    maximum: Float64
    minimum: Float64
    maximum_at: Instants
    quality: Quality

    @property
    def factor(self) -> Float64:
        """Load factor: average over maximum; nan where the maximum is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.maximum > 0, self.average / self.maximum, np.nan)


@dataclass(frozen=True)
class LoadReport:
    """Load of an entity; `member_averages` and `member_maximums` have the shape ``(n_parts, n_members)``."""

    entity: EntityFacts
    parts: Sequence[Part]
    reporting: LoadPeriod
    base: LoadPeriod | None
    curves: Sequence[Curve]
    members: Sequence[EntityFacts] | None
    member_averages: Float64
    member_maximums: Float64


@dataclass(frozen=True)
class StatisticsPeriod:
    """Statistics of the buckets.

    Attributes:
        buckets: The time axis.
        values: Sum of each bucket, shape ``(n_parts, n_buckets)``; nan without slots, unless such count as 0.
        totals: Sum over the period, shape ``(n_parts,)``; so are the following. nan where not defined.
        mean: Arithmetic mean of the buckets that are compared, see :func:`statistics_period`; so are the
            following.
        median: Middle value.
        minimum: Smallest.
        maximum: Largest.
        stdev: Standard deviation of the sample; it needs two buckets.
        variance: Its square.
        quality: How far the values can be trusted.
    """

    buckets: Buckets
    values: Float64
    totals: Float64
    mean: Float64
    median: Float64
    minimum: Float64
    maximum: Float64
    stdev: Float64
    variance: Float64
    quality: Quality


@dataclass(frozen=True)
class StatisticsReport:
    """Statistics of an entity."""

    entity: EntityFacts
    parts: Sequence[Part]
    reporting: StatisticsPeriod
    base: StatisticsPeriod | None
    curves: Sequence[Curve]
    members: Members | None


def load(site: Site, ask: Ask, kind: Kind) -> LoadReport:
    """The load of one entity.

    Raises:
        ApiError: There is no such entity.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    found = sums.series(site, ask, entity, sums.ENERGY)
    periods = [load_period(site, axis, table) for axis, table in zip(found.axes, found.tables, strict=True)]
    members, averages, maximums = _loads_below(site, kind, entity, found)
    return LoadReport(
        entity,
        found.parts,
        periods[0],
        periods[1] if ask.base else None,
        sums.curves(site, ask, kind, entity, found.parts),
        members,
        averages,
        maximums,
    )


def load_period(site: Site, axis: Buckets, table: slots.SlotTable) -> LoadPeriod:
    """Power of the slots of one period."""
    power = table.value * (MINUTES_PER_HOUR / site.slot_minutes)
    present = ~np.isnan(power)
    counts = axis.counts(present)
    with np.errstate(invalid="ignore", divide="ignore"):
        averages = np.where(counts > 0, axis.sums(power) / counts, np.nan)
    average, maximum, minimum = _whole(power)
    at = np.full(len(power), np.datetime64("NaT"), dtype="datetime64[s]")
    for row in np.flatnonzero(present.any(axis=1)):
        at[row] = axis.axis.starts()[np.nanargmax(power[row])]
    quality = judge(axis, table.value, table.quality, site.elapsed(axis.axis))
    return LoadPeriod(axis, averages, axis.maximums(power), average, maximum, minimum, at, quality)


def _whole(power: Float64) -> tuple[Float64, Float64, Float64]:
    """Mean, largest and smallest slot of each part; nan without slots."""
    return _mean(power), _edge(power, np.fmax), _edge(power, np.fmin)


def _loads_below(
    site: Site, kind: Kind, entity: EntityFacts, found: sums.Series
) -> tuple[Sequence[EntityFacts] | None, Float64, Float64]:
    """Average and maximum power of associated equipment; other kinds do not show those of their members."""
    nothing = np.empty((len(found.parts), 0))
    if kind.below is None or kind.below.kind == kind.name:
        return None, nothing, nothing
    members = site.facts.below(kind.below, entity.id)
    table = sums.read(
        site, sums.ENERGY, kind.below.kind, [m.id for m in members], found.axes[0], found.part_ids
    )
    shape = (len(found.parts), len(members))
    averages, maximums = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, member in enumerate(members):
        of_member = table.of_entity(member.id).by_part(found.part_ids)
        average, maximum, _ = _whole(of_member.value * (MINUTES_PER_HOUR / site.slot_minutes))
        averages[:, column], maximums[:, column] = average, maximum
    return members, averages, maximums


def statistics(site: Site, ask: Ask, kind: Kind) -> StatisticsReport:
    """The statistics of one entity.

    Raises:
        ApiError: There is no such entity.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    found = sums.series(site, ask, entity, sums.ENERGY)
    periods = [
        statistics_period(site, axis, table, as_myems=not ask.v1)
        for axis, table in zip(found.axes, found.tables, strict=True)
    ]
    below = kind.below if kind.below is not None and kind.below.kind != kind.name else None
    return StatisticsReport(
        entity,
        found.parts,
        periods[0],
        periods[1] if ask.base else None,
        sums.curves(site, ask, kind, entity, found.parts),
        sums.members(site, sums.ENERGY, kind, entity, found.part_ids, ask.reporting) if below else None,
    )


def statistics_period(
    site: Site, axis: Buckets, table: slots.SlotTable, *, as_myems: bool
) -> StatisticsPeriod:
    """Statistics of the buckets of one period.

    Args:
        site: The surroundings.
        axis: The time axis.
        table: Slots, one row per part.
        as_myems: Whether every bucket counts, one without value as 0; else only those with values that are
            whole: a day that is still running, or that the period cuts, is no smallest day. Where none is
            whole, all count that have values.
    """
    elapsed = site.elapsed(axis.axis)
    quality = judge(axis, table.value, table.quality, elapsed)
    values = np.round(axis.sums(table.value), 6)
    compared = values
    if not as_myems:
        values[quality.bits < 0] = np.nan
        whole = axis.whole(elapsed)
        compared = values[:, whole] if whole.any() else values
    variance = _variance(compared)
    return StatisticsPeriod(
        axis,
        values,
        sum_of_known(values),
        _mean(compared),
        _median(compared),
        _edge(compared, np.fmin),
        _edge(compared, np.fmax),
        np.sqrt(variance),
        variance,
        quality,
    )


# NumPy's own nan-functions warn where there is no value; silencing that is not safe with threads.
def _mean(values: Float64) -> Float64:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=1) / (~np.isnan(values)).sum(axis=1), dtype=np.float64)


def _median(values: Float64) -> Float64:
    """The middle of the values known, or the mean of the two in the middle.

    NumPy's own costs as much as the rest of the report: it takes masked arrays for few values.
    """
    result = np.full(len(values), np.nan)
    count = (~np.isnan(values)).sum(axis=1)
    rows = np.flatnonzero(count)
    if len(rows):
        # What is not known is sorted behind the rest.
        ordered, of = np.sort(values[rows], axis=1), np.arange(len(rows))
        result[rows] = (ordered[of, (count[rows] - 1) // 2] + ordered[of, count[rows] // 2]) / 2
    return result


def _variance(values: Float64) -> Float64:
    count = (~np.isnan(values)).sum(axis=1)
    squares = np.nansum((values - _mean(values)[:, np.newaxis]) ** 2, axis=1)
    return np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan)


def _edge(values: Float64, choose: np.ufunc) -> Float64:
    return np.asarray(choose.reduce(values, axis=1, initial=np.nan), dtype=np.float64)
