"""Dashboards of a kind of entity: all of them that a user may see, with their totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from ems_common.catalog.entities import OUTPUT
from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.context import Context
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports import facts, slots, tree, viewer
from ems_api.reports.ask import Wrapped
from ems_api.reports.buckets import Buckets, Float64
from ems_api.reports.entities import Kind
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import EntityFacts, Part, sum_of_known
from ems_api.reports.site import Site, together
from ems_api.reports.viewer import Viewer

FDD: Final = "fdd_db"


@dataclass(frozen=True, slots=True)
class AskAll(Wrapped):
    """A request for all that a user may see."""

    viewer: Viewer


@dataclass(frozen=True)
class Amounts:
    """A quantity of all entities.

    Attributes:
        parts: Energy categories that occur.
        of_entity: Shape ``(n_entities, n_parts)``; nan without values.
        of_bucket: Over all entities, shape ``(n_parts, n_buckets)``; nan without values.
    """

    parts: Sequence[Part]
    of_entity: Float64
    of_bucket: Float64

    @property
    def totals(self) -> Float64:
        """Over all entities, shape ``(n_parts,)``."""
        return sum_of_known(self.of_entity.T)


@dataclass(frozen=True)
class Dashboard:
    """All entities of a kind.

    Attributes:
        kind: Their kind.
        entities: They.
        buckets: The time axis.
        energy: What they took in.
        cost: What that cost.
        carbon: What it emitted [kg].
        output: What they gave off; None for kinds that give nothing off.
        counts: Further counts, by member of the answer.
        type_names: Names of the types that entities refer to.
    """

    kind: Kind
    entities: Sequence[EntityFacts]
    buckets: Buckets
    energy: Amounts
    cost: Amounts
    carbon: Amounts
    output: Amounts | None
    counts: Mapping[str, int]
    type_names: Mapping[int, str]


def read(ctx: Context) -> AskAll:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault, or the user may see nothing.
    """
    found = viewer.named(ctx)
    return AskAll(asking.read(ctx, None, default_period_type="monthly"), found)


def visible_spaces(site: Site, viewer_: Viewer) -> list[int]:
    """Keys of the spaces a user may see."""
    return [key for key in tree.spaces(site) if viewer_.scope.has(tree.SPACES, key)]


def build(site: Site, wish: AskAll, kind: Kind) -> Dashboard:
    """All entities of a kind that the user may see.

    Raises:
        ApiError: There are none.
    """
    listed = tree.below(site, kind, visible_spaces(site, wish.viewer))
    ids = [entity.id for entity in listed if wish.viewer.scope.has(kind.table, entity.id)]
    if not ids:
        raise missing(f"{kind.error}_NOT_FOUND")
    with site.dbs.reading(SYSTEM) as session:
        found = facts.entities(session, kind, compose("id IN ({keys})", keys=marks(ids)), ids)
        counts = _counts(session, kind, ids)
        types = _type_names(session, kind)
    axis = site.buckets(wish.ask.reporting, wish.ask)
    quantities = [sums.ENERGY, sums.COST, sums.CARBON]
    quantities += [sums.ENERGY_OUTPUT] if kind.has(OUTPUT) else []
    amounts = together(*(partial(_amounts, site, kind, quantity, ids, axis) for quantity in quantities))
    counts["total_alerts"] = _alerts(site, kind, ids, wish.viewer.user_id)
    return Dashboard(
        kind,
        found,
        axis,
        amounts[0],
        amounts[1],
        amounts[2],
        amounts[3] if amounts[3:] else None,
        counts,
        types,
    )


def _amounts(site: Site, kind: Kind, quantity: Quantity, ids: list[int], axis: Buckets) -> Amounts:
    categories = site.facts.categories()
    family = quantity.family(kind.name)
    judged = quantity is sums.ENERGY
    totals = slots.totals(
        site.dbs, quantity.database, family, ids, axis.span, list(categories), judged=judged
    )
    found = {part for _, part in totals}
    parts = [part for part in categories.values() if part.id in found]
    part_ids = [part.id for part in parts]
    table = slots.summed(site.dbs, quantity.database, family, ids, axis.axis, part_ids).by_part(part_ids)
    of_entity = np.array([[totals.get((key, part), np.nan) for part in part_ids] for key in ids])
    of_bucket = np.round(axis.sums(table.value), 6)
    of_bucket[axis.counts(~np.isnan(table.value)) == 0] = np.nan
    return Amounts(parts, np.round(of_entity.reshape(len(ids), len(parts)), 6), of_bucket)


def _counts(session: Session, kind: Kind, ids: list[int]) -> dict[str, int]:
    counted = {"total_meters": "meters"}
    if kind.sensors:
        counted["total_sensors"] = "sensors"
    elif kind.name == "equipment":
        counted["total_sensors"] = ""
    if kind.below is not None:
        counted["total_associated_equipments"] = "equipments"
    return {f"total_{kind.plural}": len(ids)} | {
        name: _bound(session, kind, what, ids) if what else 0 for name, what in counted.items()
    }


def _bound(session: Session, kind: Kind, what: str, ids: list[int]) -> int:
    """How many different things of a kind are bound to these entities."""
    count = session.scalar(
        compose(
            "SELECT COUNT(DISTINCT {member}_id) FROM {bindings} WHERE {key} IN ({keys})",
            member=what[:-1],
            bindings=kind.bound(what),
            key=kind.key,
            keys=marks(ids),
        ),
        ids,
    )
    return int(count)


def _type_names(session: Session, kind: Kind) -> dict[int, str]:
    if "tenant_type_id" not in kind.columns:
        return {}
    return dict(session.rows("SELECT id, name FROM tbl_tenant_types"))


def _alerts(site: Site, kind: Kind, ids: list[int], user_id: int) -> int:
    """Messages of rules to the user about these entities that are unread."""
    with site.dbs.reading(FDD) as session:
        count = session.scalar(
            compose(
                "SELECT COUNT(*) FROM tbl_web_messages WHERE user_id = %s AND status = 'new'"
                " AND belong_to_object_type = %s AND belong_to_object_id IN ({keys})",
                keys=marks(ids),
            ),
            (user_id, kind.name, *ids),
        )
    return int(count)
