"""A master meter against the sum of its submeters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ems_common.catalog.hourly import family

from ems_api.context import Context
from ems_api.reports import ask as asking
from ems_api.reports import slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Buckets, Float64
from ems_api.reports.entities import BY_NAME
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.meters import category_of
from ems_api.reports.model import Curve, EntityFacts, Part, sum_of_known
from ems_api.reports.site import Site

METER: Final = BY_NAME["meter"]


@dataclass(frozen=True)
class Balance:
    """A master meter and its submeters; arrays have the shape ``(n_buckets,)``, nan without slots.

    `submeters` are the names of those that the caller reaches, `each` their values, shape
    ``(n_submeters, n_buckets)``, `totals` those of the period. `parts` is the sum of all submeters, and
    `has_parts` whether there are any: one that is left out would look like a loss.
    """

    entity: EntityFacts
    category: Part
    submeters: Sequence[str]
    each: Float64
    totals: Float64
    buckets: Buckets
    master: Float64
    parts: Float64
    has_parts: bool
    curves: Sequence[Curve]

    @property
    def difference(self) -> Float64:
        """What no submeter counted; all of it where there is no submeter."""
        parts = self.parts if self.has_parts else 0.0
        return np.asarray(np.round(self.master - parts, 6), dtype=np.float64)


def read(ctx: Context) -> Ask:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault.
    """
    return asking.read(ctx, asking.ref(ctx, (METER.route,), METER.error))


def build(site: Site, ask: Ask) -> Balance:
    """Balance a master meter.

    Raises:
        ApiError: There is no such meter.
    """
    entity = site.facts.entity(METER, ask.ref or Ref(0), site.scope)
    category = category_of(site, entity)
    with site.dbs.reading(SYSTEM) as session:
        rows = session.rows(
            "SELECT id, name FROM tbl_meters WHERE master_meter_id = %s AND id <> %s ORDER BY id",
            (entity.id, entity.id),
        )
    axis = site.buckets(ask.reporting, ask)
    ids = [entity.id, *(row[0] for row in rows)]
    table = slots.read(site.dbs, sums.ENERGY.database, family(METER.name), ids, axis.axis).by_part(ids)
    values = np.round(axis.sums(table.value), 6)
    values[axis.counts(~np.isnan(table.value)) == 0] = np.nan
    parts = np.where(np.isnan(values[1:]).all(axis=0), np.nan, np.nansum(values[1:], axis=0))
    curves = sums.curves(site, ask, METER, entity, [category])
    reached = [n for n, row in enumerate(rows) if site.scope.has(METER.table, row[0])]
    names = [rows[n][1] for n in reached]
    each, totals = values[1:][reached], sum_of_known(table.value[1:][reached])
    return Balance(entity, category, names, each, totals, axis, values[0], parts, bool(rows), curves)
