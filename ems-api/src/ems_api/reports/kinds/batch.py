"""All entities of a kind below a space, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from ems_common.catalog.hourly import family

from ems_api.context import Context
from ems_api.reports import ask as asking
from ems_api.reports import days, kept, slots, tree
from ems_api.reports.ask import Wrapped
from ems_api.reports.buckets import Buckets, Float64
from ems_api.reports.entities import Kind
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import Part, sum_of_known
from ems_api.reports.site import Site, begun, together
from ems_api.reports.tree import Listed, Space

Sums = Mapping[tuple[int, int], float]
_QUANTITIES: Final = (sums.ENERGY, sums.COST, sums.CARBON)


@dataclass(frozen=True, slots=True)
class AskBelow(Wrapped):
    """A request for what is below a space."""

    space_id: int


@dataclass(frozen=True)
class Batch:
    """Totals of all entities below a space.

    Attributes:
        space: The space.
        kind: Kind of the entities.
        entities: They.
        parts: Energy categories that occur.
        energy: Shape ``(n_entities, n_parts)``; nan where an entity has no value.
        cost: Over all categories, shape ``(n_entities,)``; nan without values.
        carbon_kg: The same.
        days: Local days of the period, or None when the kind does not show them.
        daily: Energy per day, shape ``(n_entities, n_days)``.
    """

    space: Space
    kind: Kind
    entities: Sequence[Listed]
    parts: Sequence[Part]
    energy: Float64
    cost: Float64
    carbon_kg: Float64
    days: Buckets | None
    daily: Float64


def read(ctx: Context) -> AskBelow:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault.
    """
    space_id = asking.number(ctx, "spaceid", "INVALID_SPACE_ID")
    return AskBelow(asking.read(ctx, None, has_period_type=False), space_id)


def build(site: Site, wish: AskBelow, kind: Kind, *, daily: bool = False) -> Batch:
    """Sum up all entities of a kind below a space.

    Args:
        site: The surroundings.
        wish: What is asked for.
        kind: Kind of the entities.
        daily: Whether energy of every day is shown.

    Raises:
        ApiError: There is no such space.
    """
    _prepare(site, kind)
    space = tree.space(site, wish.space_id)
    entities = tree.below(site, kind, tree.subtree(site, space.id))
    ids = [entity.id for entity in entities]
    if kind.is_meter:
        return _of_meters(site, wish, kind, space, entities, daily=daily)
    energy, cost, carbon = together(
        *(partial(_totals, site, kind, quantity, ids, wish) for quantity in _QUANTITIES)
    )
    found = {part for _, part in energy}
    parts = [part for part in site.facts.categories().values() if part.id in found]
    values = np.array([[energy.get((key, part.id), np.nan) for part in parts] for key in ids])
    return Batch(
        space,
        kind,
        entities,
        parts,
        values.reshape(len(ids), len(parts)),
        _whole(cost, ids),
        _whole(carbon, ids),
        None,
        np.empty((len(ids), 0)),
    )


def _prepare(site: Site, kind: Kind) -> None:
    """Ask the databases ahead what is kept of them, while the tree is read; not when it is known already."""
    if tree.is_known(site):
        return
    for quantity in (sums.ENERGY,) if kind.is_meter else _QUANTITIES:
        of_kind = family(kind.name) if kind.is_meter else quantity.family(kind.name)
        begun(partial(kept.prepare, site.dbs, quantity.database, of_kind.table))


def _totals(site: Site, kind: Kind, quantity: Quantity, ids: list[int], wish: AskBelow) -> Sums:
    of_kind = family(kind.name) if kind.is_meter else quantity.family(kind.name)
    categories = list(site.facts.categories())
    # Cost and carbon are made of the same hours.
    judged = quantity is sums.ENERGY
    return slots.totals(
        site.dbs, quantity.database, of_kind, ids, wish.ask.reporting, categories, judged=judged
    )


def _whole(found: Sums, ids: Sequence[int]) -> Float64:
    """Sum over all categories of each entity; nan without values."""
    totals: dict[int, float] = {}
    for (key, _), value in found.items():
        totals[key] = totals.get(key, 0.0) + value
    result: Float64 = np.array([totals.get(key, np.nan) for key in ids], dtype=np.float64)
    return np.asarray(np.round(result, 6), dtype=np.float64)


def _of_meters(
    site: Site, wish: AskBelow, kind: Kind, space: Space, entities: Sequence[Listed], *, daily: bool
) -> Batch:
    ids = [entity.id for entity in entities]
    axis = site.days(wish.ask.reporting, wish.ask)
    if daily:
        of_day = days.values(site.dbs, sums.ENERGY.database, family(kind.name), ids, axis)
        totals = sum_of_known(of_day)
    else:
        of_day = np.empty((len(ids), 0))
        totals = _whole(_totals(site, kind, sums.ENERGY, ids, wish), ids)
    used = {entity.category_id for entity in entities}
    parts = [part for part in site.facts.categories().values() if part.id in used]
    column_of = {part.id: column for column, part in enumerate(parts)}
    columns = np.array([column_of.get(entity.category_id, -1) for entity in entities], dtype=np.int64)
    known = np.flatnonzero(columns >= 0)
    energy = np.full((len(ids), len(parts)), np.nan)
    energy[known, columns[known]] = totals[known]
    nothing = np.full(len(ids), np.nan)
    return Batch(space, kind, entities, parts, energy, nothing, nothing, axis if daily else None, of_day)
