"""A quantity of one entity by energy category or item: energy, cost, carbon, income, output, prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ems_common.catalog.entities import INPUT, OUTPUT
from ems_common.catalog.hourly import CATEGORY, ITEM, Family, family
from ems_common.tariffs import PEAK_TYPES
from numpy.typing import NDArray

from ems_api.reports import bound, slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Buckets, Float64, Span, local_dates
from ems_api.reports.entities import Kind
from ems_api.reports.facts import ordered
from ems_api.reports.model import (
    Curve,
    EntityFacts,
    Members,
    Part,
    PeriodValue,
    SumReport,
    judge,
    sum_of_known,
)
from ems_api.reports.site import Site

OWN_UNIT: Final = ""
CURRENCY: Final = "currency"
CO2_UNIT: Final = "kgCO2e"
_MOST_ALONG: Final = 60
"""So many entities times parts are looked up in less time than another way to the server takes."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is summed.

    Attributes:
        database: Where its hourly tables are.
        flow: `INPUT` or `OUTPUT`.
        split: `CATEGORY` or `ITEM`.
        unit: Unit of the values; `OWN_UNIT` for the categories' own.
        minuend: Database of what `database` is subtracted from, slot by slot; "" for a plain sum.
    """

    database: str
    flow: str = INPUT
    split: str = CATEGORY
    unit: str = OWN_UNIT
    minuend: str = ""

    def family(self, kind: str) -> Family:
        """The hourly table of an entity kind."""
        return family(kind, self.flow, self.split)


ENERGY: Final = Quantity("energy_db")
ENERGY_ITEMS: Final = Quantity("energy_db", split=ITEM)
COST: Final = Quantity("billing_db", unit=CURRENCY)
CARBON: Final = Quantity("carbon_db", unit=CO2_UNIT)
ENERGY_OUTPUT: Final = Quantity("energy_db", OUTPUT)
INCOME: Final = Quantity("billing_db", OUTPUT, unit=CURRENCY)
PREDICTION: Final = Quantity("energy_prediction_db")
SAVING: Final = Quantity("energy_db", minuend="energy_baseline_db")
PLAN: Final = Quantity("energy_db", minuend="energy_plan_db")


def by_parts(
    site: Site,
    ask: Ask,
    kind: Kind,
    quantity: Quantity,
    *,
    has_members: bool = True,
    member_periods: bool = False,
) -> SumReport:
    """The report of one entity.

    Args:
        site: The surroundings.
        ask: What is asked for.
        kind: Kind of the entity.
        quantity: What is summed.
        has_members: Whether the entities below are shown at all.
        member_periods: Whether values over time of the entities below are shown, not only totals.

    Raises:
        ApiError: There is no such entity.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    shows_totals = has_members and not member_periods
    found = series(site, ask, entity, quantity, _along(site, kind, entity, quantity) if shows_totals else ())
    values = [
        period_value(site, entity, found.parts, axis, table)
        for axis, table in zip(found.axes, found.tables, strict=True)
    ]
    below: Members | None = None
    if member_periods:
        below = _detailed(site, quantity, kind, entity, found)
    elif has_members:
        below = members(
            site, quantity, kind, entity, found.part_ids, ask.reporting, known=found.member_totals
        )
    return SumReport(
        entity,
        _with_unit(found.parts, quantity, ask),
        values[0],
        values[1] if ask.base else None,
        below,
        curves(site, ask, kind, entity, found.parts),
        unit(quantity, ask),
    )


@dataclass(frozen=True, slots=True)
class Series:
    """Slots of an entity in the reporting period and, if asked for, the base period.

    Attributes:
        parts: Categories or items that have a value in either.
        axes: Time axes, the reporting period first.
        tables: Slots on each axis, one row per part.
        member_totals: Totals over the reporting period of the entities below, where they were read along.
    """

    parts: Sequence[Part]
    axes: Sequence[Buckets]
    tables: Sequence[slots.SlotTable]
    member_totals: slots.Totals | None = None

    @property
    def part_ids(self) -> list[int]:
        """Keys of the parts."""
        return [part.id for part in self.parts]


def _universe(site: Site, quantity: Quantity) -> dict[int, Part]:
    """All categories or items there are."""
    return site.facts.items() if quantity.split == ITEM else site.facts.categories()


def _along(site: Site, kind: Kind, entity: EntityFacts, quantity: Quantity) -> Sequence[int]:
    """Entities below whose totals are read on the same way as the entity itself, of the same table.

    None when they are many: before an entity is read all its parts that there are have to be asked for.
    """
    below = kind.below
    if below is None or below.kind != kind.name or quantity.minuend:
        return ()
    ids = [member.id for member in site.facts.below(below, entity.id)]
    return ids if len(ids) * len(_universe(site, quantity)) <= _MOST_ALONG else ()


def series(
    site: Site, ask: Ask, entity: EntityFacts, quantity: Quantity, along: Sequence[int] = ()
) -> Series:
    """Read the slots of an entity, and the totals of some others of its kind along with them."""
    universe = _universe(site, quantity)
    spans = [ask.reporting, *([ask.base] if ask.base else [])]
    axes = [site.buckets(span, ask) for span in spans]
    totals: slots.Totals | None = None
    if along and universe:
        tables, totals = slots.read_beside(
            site.dbs,
            quantity.database,
            quantity.family(entity.kind),
            [entity.id],
            [axis.axis for axis in axes],
            list(universe),
            (along, ask.reporting),
        )
    else:
        tables = read_all(site, quantity, entity.kind, [entity.id], axes, list(universe))
    parts = ordered(universe, (int(key) for table in tables for key in table.keys[:, -1]))
    part_ids = [part.id for part in parts]
    return Series(parts, axes, [table.by_part(part_ids) for table in tables], totals)


def read(
    site: Site, quantity: Quantity, kind: str, ids: Sequence[int], axis: Buckets, part_ids: Sequence[int]
) -> slots.SlotTable:
    """The slots of a quantity; of a difference only those for which both sides are known."""
    return read_all(site, quantity, kind, ids, [axis], part_ids)[0]


def read_all(
    site: Site,
    quantity: Quantity,
    kind: str,
    ids: Sequence[int],
    axes: Sequence[Buckets],
    part_ids: Sequence[int],
) -> list[slots.SlotTable]:
    """As :func:`read`, on several axes."""
    of_kind, of_slots = quantity.family(kind), [axis.axis for axis in axes]
    tables = slots.read_all(site.dbs, quantity.database, of_kind, ids, of_slots, part_ids)
    if not quantity.minuend:
        return tables
    minuends = slots.read_all(site.dbs, quantity.minuend, of_kind, ids, of_slots, part_ids)
    return [slots.difference(minuend, table) for minuend, table in zip(minuends, tables, strict=True)]


def period_value(
    site: Site, entity: EntityFacts, parts: Sequence[Part], axis: Buckets, table: slots.SlotTable
) -> PeriodValue:
    """Totals and shares of one period.

    Args:
        site: The surroundings.
        entity: Whose cost centre and calendars count.
        parts: Rows of the table.
        axis: The time axis.
        table: Slots, one row per part.
    """
    filled = np.where(np.isnan(table.value), 0.0, table.value)
    values = np.round(axis.sums(filled), 6)
    quality = judge(axis, table.value, table.quality, site.elapsed(axis.axis))
    values[quality.bits < 0] = np.nan
    totals = sum_of_known(table.value)
    off = _non_working(site, entity, axis)
    peaks = _peaks(site, entity, parts, axis, filled)
    peaks[np.isnan(totals)] = np.nan
    if off is None:
        return PeriodValue(axis, values, totals, quality, peaks, totals, np.zeros(len(totals)))
    return PeriodValue(
        axis, values, totals, quality, peaks, _of_days(table.value, ~off), _of_days(table.value, off)
    )


def _non_working(site: Site, entity: EntityFacts, axis: Buckets) -> NDArray[np.bool_] | None:
    """Which slots are in days on which nobody works; None when there are no such days at all."""
    days = site.facts.non_working_days(entity.calendars or ())
    if not len(days):
        return None
    return np.isin(local_dates(axis.axis.starts(), axis.tz), days)


def _of_days(value: Float64, chosen: NDArray[np.bool_]) -> Float64:
    """Totals of the slots of some days; 0 where the period has no such day."""
    return sum_of_known(value[:, chosen]) if chosen.any() else np.zeros(len(value))


def _peaks(site: Site, entity: EntityFacts, parts: Sequence[Part], axis: Buckets, filled: Float64) -> Float64:
    result = np.full((len(parts), len(PEAK_TYPES)), np.nan)
    for row, part in enumerate(parts):
        shares = site.tariff_on(entity.cost_center_id, part.category_id, axis.axis, axis.tz).peaks
        if shares.any():
            result[row] = np.round(shares @ filled[row], 6)
    return result


def members(
    site: Site,
    quantity: Quantity,
    kind: Kind,
    entity: EntityFacts,
    part_ids: list[int],
    span: Span,
    *,
    known: slots.Totals | None = None,
) -> Members | None:
    """Totals of the entities below; `known` if they were read along with the entity."""
    below = kind.below
    if below is None:
        return None
    found = site.facts.below(below, entity.id)
    ids = [member.id for member in found]
    of_kind = quantity.family(below.kind)
    totals = np.full((len(part_ids), len(found)), np.nan)
    if known is not None:
        sums = known
    elif quantity.minuend:
        sums = slots.difference_totals(
            site.dbs,
            quantity.minuend,
            quantity.database,
            of_kind,
            ids,
            span.axis(site.slot_minutes),
            part_ids,
        )
    else:
        sums = slots.totals(site.dbs, quantity.database, of_kind, ids, span, part_ids, judged=False)
    for row, part in enumerate(part_ids):
        for column, member in enumerate(ids):
            totals[row, column] = sums.get((member, part), np.nan)
    return Members(found, np.round(totals, 6))


def _detailed(
    site: Site, quantity: Quantity, kind: Kind, entity: EntityFacts, found: Series
) -> Members | None:
    """As :func:`members`, with their values over the reporting period."""
    if kind.below is None:
        return None
    below, axis = site.facts.below(kind.below, entity.id), found.axes[0]
    table = read(site, quantity, kind.below.kind, [member.id for member in below], axis, found.part_ids)
    periods = [
        period_value(site, member, found.parts, axis, table.of_entity(member.id).by_part(found.part_ids))
        for member in below
    ]
    totals = np.array([period.totals for period in periods]).reshape(len(below), len(found.parts)).T
    return Members(below, np.ascontiguousarray(totals), periods)


def curves(site: Site, ask: Ask, kind: Kind, entity: EntityFacts, parts: Sequence[Part]) -> list[Curve]:
    """Tariffs of the entity's cost centre and readings of what is bound to it; nothing in quick mode."""
    if ask.quick:
        return []
    axis = ask.reporting.axis(site.slot_minutes)
    result = site.tariff_curves(entity.cost_center_id, list(parts), axis, ask)
    return result + bound.curves(site.dbs, kind, entity.id, ask.reporting)


def _with_unit(parts: Sequence[Part], quantity: Quantity, ask: Ask) -> list[Part]:
    own = unit(quantity, ask)
    return [replace(part, unit=own) if own else part for part in parts]


def unit(quantity: Quantity, ask: Ask) -> str:
    """Unit of a quantity; "" when each part keeps its own."""
    return ask.currency if quantity.unit == CURRENCY else quantity.unit
