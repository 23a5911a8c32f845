"""Two entities of a kind, one energy category, one period, and their difference bucket by bucket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import family

from ems_api.context import Context
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports import slots
from ems_api.reports.ask import Ref, Wrapped
from ems_api.reports.buckets import Buckets, Float64
from ems_api.reports.entities import Kind
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.meters import category_of
from ems_api.reports.model import EntityFacts, Part, Quality, judge, sum_of_known
from ems_api.reports.site import Site


@dataclass(frozen=True, slots=True)
class Pair(Wrapped):
    """What is compared.

    Attributes:
        first: One entity.
        second: The other.
        category_id: The energy category; 0 for meters, which have one of their own.
        error: Stem of the error keys.
    """

    first: Ref
    second: Ref
    category_id: int
    error: str


@dataclass(frozen=True)
class Side:
    """One of the two: its values per bucket, shape ``(n_buckets,)``, nan without slots."""

    entity: EntityFacts
    category: Part
    values: Float64
    quality: Quality

    @property
    def total(self) -> float:
        """Sum over the period; nan without values."""
        return float(sum_of_known(self.values))


@dataclass(frozen=True)
class Comparison:
    """Two entities side by side."""

    kind: Kind
    buckets: Buckets
    first: Side
    second: Side


def read(ctx: Context, kind: Kind, error: str, uuid_key: str = "") -> Pair:
    """Read a request for a comparison.

    Args:
        ctx: The request.
        kind: Kind of the entities.
        error: Stem of the error keys.
        uuid_key: Error key of a wrong UUID where it does not follow from the stem.

    Raises:
        ApiError: A parameter is at fault.
    """
    first = asking.numbered_ref(ctx, kind.route, 1, error, uuid_key)
    second = asking.numbered_ref(ctx, kind.route, 2, error, uuid_key)
    category = 0 if kind.is_meter else asking.number(ctx, "energycategoryid", "INVALID_ENERGY_CATEGORY_ID")
    return Pair(asking.read(ctx, None), first, second, category, error)


def build(site: Site, pair: Pair, kind: Kind) -> Comparison:
    """Compare two entities.

    Raises:
        ApiError: One of them, or the category, does not exist.
    """
    entities = [site.facts.entity(kind, ref, site.scope, pair.error) for ref in (pair.first, pair.second)]
    if not kind.is_meter and pair.category_id not in site.facts.categories():
        raise missing("ENERGY_CATEGORY_NOT_FOUND")
    axis = site.buckets(pair.ask.reporting, pair.ask)
    first, second = (_side(site, kind, entity, pair, axis) for entity in entities)
    return Comparison(kind, axis, first, second)


def _side(site: Site, kind: Kind, entity: EntityFacts, pair: Pair, axis: Buckets) -> Side:
    if kind.is_meter:
        category = category_of(site, entity)
        table = slots.read(site.dbs, sums.ENERGY.database, family(kind.name), [entity.id], axis.axis)
    else:
        category = site.facts.categories()[pair.category_id]
        table = sums.read(site, sums.ENERGY, kind.name, [entity.id], axis, [category.id])
    one = table.by_part([int(table.keys[0, -1]) if len(table.keys) else 0])
    quality = judge(axis, one.value, one.quality, site.elapsed(axis.axis))
    values = np.round(axis.sums(one.value), 6)
    values[quality.bits < 0] = np.nan
    return Side(entity, category, values[0], quality)
