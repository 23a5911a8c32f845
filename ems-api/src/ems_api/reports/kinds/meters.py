"""Reports of one meter, be it physical, virtual or offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ems_common.catalog.hourly import family

from ems_api.reports import slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Buckets, Span
from ems_api.reports.entities import Kind
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import Curve, EntityFacts, Part, PeriodValue
from ems_api.reports.site import Site


@dataclass(frozen=True)
class MeterReport:
    """A quantity of one meter.

    Attributes:
        entity: The meter.
        category: Its energy category; the unit is the category's.
        reporting: Values of one part: the meter's own.
        base: What they are compared with, or None.
        curves: Tariff and points beside the values.
        unit: Unit of the values.
        energy: Energy behind the reporting values, in the category's unit; what coal and gas follow from. nan
            where it is not known.
        base_energy: The same of the base period.
    """

    entity: EntityFacts
    category: Part
    reporting: PeriodValue
    base: PeriodValue | None
    curves: Sequence[Curve]
    unit: str
    energy: float
    base_energy: float


def of_meter(site: Site, ask: Ask, kind: Kind, quantity: Quantity) -> MeterReport:
    """The report of one meter.

    Raises:
        ApiError: There is no such meter.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    category = category_of(site, entity)
    axes = [site.buckets(span, ask) for span in (ask.reporting, ask.base) if span is not None]
    values = [
        sums.period_value(site, entity, [category], axis, _one_row(_read(site, quantity, entity, axis)))
        for axis in axes
    ]
    return MeterReport(
        entity,
        category,
        values[0],
        values[1] if ask.base else None,
        sums.curves(site, ask, kind, entity, [category]),
        sums.unit(quantity, ask) or category.unit,
        _energy(site, quantity, entity, ask.reporting, values[0]),
        _energy(site, quantity, entity, ask.base, values[1]) if ask.base else np.nan,
    )


def _energy(site: Site, quantity: Quantity, entity: EntityFacts, span: Span, value: PeriodValue) -> float:
    """Energy of the period; the value itself unless that is money or carbon."""
    if quantity.unit == sums.OWN_UNIT:
        return float(value.totals[0])
    found = slots.totals(site.dbs, sums.ENERGY.database, family(entity.kind), [entity.id], span)
    return found.get((entity.id, 0), np.nan)


def category_of(site: Site, entity: EntityFacts) -> Part:
    """The energy category of a meter; an unnamed one should it have been deleted."""
    key = entity.more["energy_category_id"]
    return site.facts.categories().get(key) or Part(key, "", "", category_id=key)


def _read(site: Site, quantity: Quantity, entity: EntityFacts, axis: Buckets) -> slots.SlotTable:
    of_kind = family(entity.kind)
    table = slots.read(site.dbs, quantity.database, of_kind, [entity.id], axis.axis)
    if not quantity.minuend:
        return table
    return slots.difference(slots.read(site.dbs, quantity.minuend, of_kind, [entity.id], axis.axis), table)


def _one_row(table: slots.SlotTable) -> slots.SlotTable:
    """The table with exactly one row, empty when nothing is stored."""
    if len(table.keys):
        return table
    value = np.full((1, table.axis.count), np.nan)
    return replace(
        table,
        keys=np.zeros((1, 1), dtype=np.int64),
        value=value,
        quality=np.zeros(value.shape, dtype=np.uint8),
    )
