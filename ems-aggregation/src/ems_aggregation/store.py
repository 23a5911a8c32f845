"""All SQL of aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from ems_common import tariffs
from ems_common.catalog import TABLES
from ems_common.catalog.bindings import ATTRIBUTE_OF, BINDINGS, SHARE
from ems_common.catalog.entities import ENTITIES, INPUT, METER_KINDS, OUTPUT, Entity, Member
from ems_common.catalog.hourly import Family, family
from ems_common.db import Session
from ems_common.db.sql import compose
from ems_common.journal import BEGINNING_UTC, END_UTC, Window
from ems_common.slots import SlotAxis, read_grid
from ems_common.tariffs import TimeOfUse

from ems_aggregation.allocation import Edge, EntityFacts
from ems_aggregation.compute import MeterHours
from ems_aggregation.graph import Graph, MeterFacts

_COUNTED_TABLES = {binding.table for binding in BINDINGS if binding.is_counted}
_TIMED_SHARE = compose("valid_from_utc, valid_through_utc, share, allocation, reference_kind, reference_id")
_WHOLE = compose("NULL, NULL, 1, '{share}', NULL, NULL", share=SHARE)
"""The same columns where a binding holds always and for all of its member."""


@dataclass(frozen=True, slots=True)
class TimedEdge:
    """A binding with the time for which it holds."""

    edge: Edge
    window: Window


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything aggregation reads of the configuration.

    Attributes:
        meters: All meters of the three kinds.
        entities: All entities that sum others.
        edges: All bindings, with their validity.
        tariffs: (cost centre, energy category) → its tariffs.
        cost_centers_of_tariff: Tariff → the cost centres that use it.
        carbon_per_unit: Energy category → kg CO2e per unit.
        category_of_item: Energy item → its category.
    """

    meters: Sequence[MeterFacts]
    entities: Sequence[EntityFacts]
    edges: Sequence[TimedEdge]
    tariffs: dict[tuple[int, int], list[TimeOfUse]]
    cost_centers_of_tariff: dict[int, list[int]]
    carbon_per_unit: dict[int, float]
    category_of_item: dict[int, int]

    def breakpoints(self, window: Window) -> list[datetime]:
        """Instants inside the window at which a binding begins or ends."""
        instants = {at for item in self.edges for at in (item.window.start_utc, item.window.end_utc)}
        return sorted(at for at in instants if window.start_utc < at < window.end_utc)

    def graph(self, at_utc: datetime) -> Graph:
        """Membership as it is at one instant."""
        holds = [item.edge for item in self.edges if item.window.start_utc <= at_utc < item.window.end_utc]
        return Graph(self.meters, self.entities, holds)


def load_configuration(session: Session) -> Configuration:
    """Read the configuration in one transaction."""
    meters = [fact for kind in METER_KINDS for fact in _meters(session, kind)]
    summed = [entity for entity in ENTITIES if not entity.is_meter]
    cost_centers: dict[int, list[int]] = {}
    for cost_center, tariff in session.rows("SELECT cost_center_id, tariff_id FROM tbl_cost_centers_tariffs"):
        cost_centers.setdefault(tariff, []).append(cost_center)
    return Configuration(
        meters,
        [fact for entity in summed for fact in _entities(session, entity)],
        [edge for entity in summed for member in entity.members for edge in _edges(session, entity, member)],
        _tariffs(session, cost_centers),
        cost_centers,
        {key: float(factor) for key, factor in session.rows("SELECT id, kgco2e FROM tbl_energy_categories")},
        dict(session.rows("SELECT id, energy_category_id FROM tbl_energy_items")),
    )


def _meters(session: Session, kind: str) -> list[MeterFacts]:
    rows = session.rows(
        compose(
            "SELECT id, energy_category_id, energy_item_id, cost_center_id, is_counted"
            " FROM tbl_{kind}s ORDER BY id",
            kind=kind,
        )
    )
    return [
        MeterFacts((kind, key), category, item or 0, cost_center or 0, bool(counted))
        for key, category, item, cost_center, counted in rows
    ]


def _entities(session: Session, entity: Entity) -> list[EntityFacts]:
    output = "is_output_counted" if OUTPUT in entity.flows else "0"
    known = TABLES["system_db"][entity.table].by_name
    weights = {rule: column for rule, column in ATTRIBUTE_OF.items() if column in known}
    columns = ["id", "cost_center_id", "is_input_counted", output, *weights.values()]
    return [
        EntityFacts(
            (entity.kind, key),
            cost_center or 0,
            {INPUT: bool(taken_in), OUTPUT: bool(given_off)},
            {rule: float(value or 0) for rule, value in zip(weights, values, strict=True)},
        )
        for key, cost_center, taken_in, given_off, *values in session.rows(
            compose("SELECT {columns} FROM {table} ORDER BY id", columns=columns, table=entity.table)
        )
    ]


def _edges(session: Session, entity: Entity, member: Member) -> list[TimedEdge]:
    sql = compose(
        "SELECT {owner}, {member}, {share} FROM {table} WHERE {owner} IS NOT NULL",
        owner=member.owner_key,
        member=member.member_key,
        share=_TIMED_SHARE if member.table in _COUNTED_TABLES else _WHOLE,
        table=member.table,
    )
    parameters: tuple[Any, ...] = ()
    if member.by_flag:
        sql = compose("{all} AND is_output = %s", all=sql)
        parameters = (member.flow == OUTPUT,)
    return [
        TimedEdge(
            Edge(
                (entity.kind, owner),
                (member.kind, key),
                member.flow,
                float(of),
                rule,
                (reference_kind, reference) if reference_kind and reference else None,
            ),
            Window(_aware(start, BEGINNING_UTC), _aware(end, END_UTC)),
        )
        for owner, key, start, end, of, rule, reference_kind, reference in session.rows(sql, parameters)
    ]


def _aware(value: datetime | None, otherwise: datetime) -> datetime:
    return otherwise if value is None else value.replace(tzinfo=UTC)


def _tariffs(session: Session, cost_centers: dict[int, list[int]]) -> dict[tuple[int, int], list[TimeOfUse]]:
    result: dict[tuple[int, int], list[TimeOfUse]] = {}
    for tariff in tariffs.read(session):
        for cost_center in cost_centers.get(tariff.id, ()):
            result.setdefault((cost_center, tariff.energy_category_id), []).append(tariff.times)
    return result


def read_hours(
    session: Session, meters: Sequence[MeterFacts], wanted: Sequence[int], axis: SlotAxis
) -> MeterHours:
    """Hours of the wanted meters (positions in `meters`); the rows of the others hold no values."""
    energy = np.full((len(meters), axis.count), np.nan)
    quality = np.zeros((len(meters), axis.count), dtype=np.uint8)
    for kind in METER_KINDS:
        position = {meters[index].key[1]: index for index in wanted if meters[index].key[0] == kind}
        grid = read_grid(session, family(kind), sorted(position), axis)
        rows = [position[key] for key in grid.keys[:, 0].tolist()]
        energy[rows] = grid.value
        quality[rows] = grid.quality
    return MeterHours(axis, energy, quality)


def metered(session: Session, item: Family) -> list[int]:
    """Ids of the meters that have stored slots in a family."""
    sql = compose("SELECT DISTINCT {key} FROM {table}", key=item.keys[0], table=item.table)
    return [key for (key,) in session.rows(sql)]


def last_slot(session: Session, item: Family) -> datetime | None:
    """Start of the last stored slot of a family, or None when it has none."""
    sql = compose("SELECT MAX(start_datetime_utc) FROM {table}", table=item.table)
    last: datetime | None = session.scalar(sql)
    return None if last is None else last.replace(tzinfo=UTC)
