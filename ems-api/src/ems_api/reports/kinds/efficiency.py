"""Efficiency: output per input of a space, or the fractions that are declared for equipment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.auth.scope import Scope
from ems_api.reports import slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Buckets, Float64, Span
from ems_api.reports.entities import METERS, Kind
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import Curve, EntityFacts, Members, Part, PeriodValue, sum_of_known
from ems_api.reports.site import Site


@dataclass(frozen=True)
class Flow:
    """Input or output of an entity in both periods."""

    parts: Sequence[Part]
    reporting: PeriodValue
    base: PeriodValue | None


@dataclass(frozen=True)
class SpaceEfficiency:
    """Output and input of an entity; every output category is set against every input category."""

    entity: EntityFacts
    input: Flow
    output: Flow
    curves: Sequence[Curve]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Positions of (output, input) categories."""
        return [(out, into) for out in range(len(self.output.parts)) for into in range(len(self.input.parts))]


@dataclass(frozen=True, slots=True)
class Term:
    """Numerator or denominator of a fraction: what one meter measured.

    Attributes:
        name: The meter.
        unit: Of its category.
        values: Per bucket of the reporting period, nan without slots.
        total: Over the period; nan without slots.
        base_values: The same of the base period; empty without one.
        base_total: Over the base period; nan without one.
    """

    name: str
    unit: str
    values: Float64
    total: float
    base_values: Float64
    base_total: float


@dataclass(frozen=True, slots=True)
class Fraction:
    """A parameter that sets two meters against each other."""

    name: str
    numerator: Term
    denominator: Term


@dataclass(frozen=True)
class EquipmentEfficiency:
    """The declared fractions of an equipment."""

    entity: EntityFacts
    buckets: Buckets
    base: Buckets | None
    fractions: Sequence[Fraction]
    curves: Sequence[Curve]
    members: Members | None
    parts: Sequence[Part]


def of_space(site: Site, ask: Ask, kind: Kind) -> SpaceEfficiency:
    """Output per input of one entity.

    Raises:
        ApiError: There is no such entity.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    into = _flow(site, ask, entity, sums.ENERGY)
    out = _flow(site, ask, entity, sums.ENERGY_OUTPUT)
    parts = [*into.parts, *(part for part in out.parts if part not in into.parts)]
    return SpaceEfficiency(entity, into, out, sums.curves(site, ask, kind, entity, parts))


def _flow(site: Site, ask: Ask, entity: EntityFacts, quantity: Quantity) -> Flow:
    found = sums.series(site, ask, entity, quantity)
    values = [
        sums.period_value(site, entity, found.parts, axis, table)
        for axis, table in zip(found.axes, found.tables, strict=True)
    ]
    return Flow(found.parts, values[0], values[1] if ask.base else None)


def of_equipment(site: Site, ask: Ask, kind: Kind) -> EquipmentEfficiency:
    """The fractions of one equipment or combined equipment.

    Raises:
        ApiError: There is no such entity.
    """
    entity = site.facts.entity(kind, ask.ref or Ref(0), site.scope)
    axis = site.buckets(ask.reporting, ask)
    base = site.buckets(ask.base, ask) if ask.base else None
    with site.dbs.reading(SYSTEM) as session:
        declared = _declared(session, kind, entity.id)
        meters = _meters(session, site.scope, {uuid for _, *uuids in declared for uuid in uuids})
    terms = {uuid: _term(site, meter, axis, base) for uuid, meter in meters.items()}
    unknown, unknown_before = np.full(len(axis), np.nan), np.full(len(base) if base else 0, np.nan)
    missing = Term("", "", unknown, np.nan, unknown_before, np.nan)
    fractions = [
        Fraction(name, terms.get(numerator, missing), terms.get(denominator, missing))
        for name, numerator, denominator in declared
    ]
    parts, members = _below(site, ask.reporting, kind, entity)
    curves = sums.curves(site, ask, kind, entity, [])
    return EquipmentEfficiency(entity, axis, base, fractions, curves, members, parts)


def _declared(session: Session, kind: Kind, entity_id: int) -> list[tuple[str, str, str]]:
    """Name and meters (numerator, denominator) of each fraction."""
    rows = session.rows(
        compose(
            "SELECT name, COALESCE(numerator_meter_uuid, ''), COALESCE(denominator_meter_uuid,"
            " '') FROM {bindings} WHERE {key} = %s AND parameter_type = 'fraction' ORDER BY id",
            bindings=kind.bound("parameters"),
            key=kind.key,
        ),
        (entity_id,),
    )
    return [(name, numerator, denominator) for name, numerator, denominator in rows]


@dataclass(frozen=True, slots=True)
class _Meter:
    kind: str
    id: int
    name: str
    category_id: int


def _meters(session: Session, scope: Scope, uuids: set[str]) -> dict[str, _Meter]:
    """The meters that are named and reached: a term shows what one meter measured."""
    wanted = sorted(uuids - {""})
    found: dict[str, _Meter] = {}
    for kind in METERS:
        if not wanted:
            break
        rows = session.rows(
            compose(
                "SELECT uuid, id, name, energy_category_id FROM {table} WHERE uuid IN ({keys})",
                table=kind.table,
                keys=marks(wanted),
            ),
            wanted,
        )
        found |= {uuid: _Meter(kind.name, *rest) for uuid, *rest in rows if scope.has(kind.table, rest[0])}
    return found


def _term(site: Site, meter: _Meter, axis: Buckets, base: Buckets | None) -> Term:
    category = site.facts.categories().get(meter.category_id)
    values = _values(site, meter, axis)
    before = _values(site, meter, base) if base is not None else np.empty(0)
    unit = category.unit if category is not None else ""
    return Term(meter.name, unit, values, float(sum_of_known(values)), before, float(sum_of_known(before)))


def _values(site: Site, meter: _Meter, axis: Buckets) -> Float64:
    table = slots.read(site.dbs, sums.ENERGY.database, family(meter.kind), [meter.id], axis.axis)
    one = table.by_part([meter.id])
    values = np.round(axis.sums(one.value), 6)
    values[axis.counts(~np.isnan(one.value)) == 0] = np.nan
    return np.asarray(values[0], dtype=np.float64)


def _below(site: Site, span: Span, kind: Kind, entity: EntityFacts) -> tuple[Sequence[Part], Members | None]:
    """What associated equipment took in."""
    if kind.below is None:
        return [], None
    categories = site.facts.categories()
    members = sums.members(site, sums.ENERGY, kind, entity, list(categories), span)
    if members is None:
        return [], None
    used = np.flatnonzero(np.isfinite(members.totals).any(axis=1))
    parts = list(categories.values())
    return [parts[row] for row in used], Members(members.entities, members.totals[used])
