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

    `each` are the values of the submeters, shape ``(n_submeters, n_buckets)``, `totals` those of the period.
    """

    entity: EntityFacts
    category: Part
    submeters: Sequence[str]
    each: Float64
    totals: Float64
    buckets: Buckets
    master: Float64
    parts: Float64
    curves: Sequence[Curve]

    @property
    def difference(self) -> Float64:
        """What no submeter counted; all of it where there is no submeter."""
        parts = self.parts if self.submeters else 0.0
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
    totals = sum_of_known(table.value[1:])
    names = [row[1] for row in rows]
    return Balance(entity, category, names, values[1:], totals, axis, values[0], parts, curves)
