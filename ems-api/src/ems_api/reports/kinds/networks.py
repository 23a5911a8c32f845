"""Pictures of the plant with numbers in them: energy flow diagrams and distribution systems; live points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.context import Context
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import live, slots
from ems_api.reports.ask import Wrapped
from ems_api.reports.buckets import Span
from ems_api.reports.entities import METERS
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds.sums import ENERGY
from ems_api.reports.site import Site

FRESH: Final = timedelta(minutes=30)
"""How old a value in a picture of the plant may be, which shows no times."""
RECENT: Final = timedelta(hours=1)
"""How old a value in the list of all points may be."""


@dataclass(frozen=True, slots=True)
class AskDiagram(Wrapped):
    """A request for an energy flow diagram."""

    diagram_id: int


@dataclass(frozen=True, slots=True)
class Link:
    """A flow between two nodes, None where a node is gone; `energy` is None without a meter or values."""

    source: str | None
    target: str | None
    energy: float | None


@dataclass(frozen=True)
class Diagram:
    """An energy flow diagram."""

    name: str
    nodes: Sequence[str]
    links: Sequence[Link]


def read_diagram(ctx: Context) -> AskDiagram:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault.
    """
    key = asking.number(ctx, "energyflowdiagramid", "INVALID_ENERGY_FLOW_DIAGRAM_ID")
    return AskDiagram(asking.read(ctx, None, has_period_type=False), key)


def diagram(site: Site, wish: AskDiagram) -> Diagram:
    """An energy flow diagram with the energy of its links.

    Raises:
        ApiError: There is no such diagram.
    """
    table = "tbl_energy_flow_diagrams"
    with site.dbs.reading(SYSTEM) as session:
        name = session.scalar(
            compose("SELECT name FROM {table} WHERE id = %s", table=table),
            (wish.diagram_id,),
        )
        if name is None or not site.scope.has(table, wish.diagram_id):
            raise missing("ENERGY_FLOW_DIAGRAM_NOT_FOUND")
        nodes = dict(
            session.rows(
                compose(
                    "SELECT id, name FROM {table}_nodes WHERE energy_flow_diagram_id = %s ORDER BY id",
                    table=table,
                ),
                (wish.diagram_id,),
            )
        )
        links = session.rows(
            compose(
                "SELECT source_node_id, target_node_id, meter_uuid FROM {table}_links"
                " WHERE energy_flow_diagram_id = %s ORDER BY id",
                table=table,
            ),
            (wish.diagram_id,),
        )
        meters = meters_of(session, {row[2] for row in links if row[2]})
    energy = _energy(site, meters, wish.ask.reporting)
    return Diagram(
        name,
        list(nodes.values()),
        [Link(nodes.get(source), nodes.get(target), energy.get(uuid)) for source, target, uuid in links],
    )


def meters_of(session: Session, uuids: set[str]) -> dict[str, tuple[str, int]]:
    """Kind and key of meters of all kinds by their UUIDs."""
    found: dict[str, tuple[str, int]] = {}
    wanted = sorted(uuids)
    for kind in METERS if wanted else ():
        rows = session.rows(
            compose(
                "SELECT uuid, id FROM {table} WHERE uuid IN ({keys})", table=kind.table, keys=marks(wanted)
            ),
            wanted,
        )
        found |= {uuid: (kind.name, key) for uuid, key in rows}
    return found


def _energy(site: Site, meters: Mapping[str, tuple[str, int]], span: Span) -> dict[str, float]:
    result: dict[str, float] = {}
    for kind in METERS:
        mine = {uuid: key for uuid, (of, key) in meters.items() if of == kind.name}
        totals = slots.totals(site.dbs, ENERGY.database, family(kind.name), sorted(mine.values()), span)
        result |= {uuid: totals[key, 0] for uuid, key in mine.items() if (key, 0) in totals}
    return result


@dataclass(frozen=True)
class Circuits:
    """Circuits of a distribution system (rows with their columns), their points and fresh values."""

    rows: Sequence[Mapping[str, Any]]
    points: Mapping[int, Sequence[Mapping[str, Any]]]


_CIRCUIT = (
    *("id", "name", "uuid", "distribution_room", "switchgear", "peak_load", "peak_current", "customers"),
    "meters",
)


def read_distribution(ctx: Context) -> int:
    """Read a request for a distribution system.

    Raises:
        ApiError: The key is at fault.
    """
    return asking.number(ctx, "distributionsystemid", "INVALID_DISTRIBUTION_SYSTEM_ID")


def distribution(site: Site, system_id: int) -> Circuits:
    """The circuits of a distribution system with the values of their points, unless these are too old.

    Raises:
        ApiError: There is no such system.
    """
    table = "tbl_distribution_systems"
    with site.dbs.reading(SYSTEM) as session:
        found = session.scalar(
            compose("SELECT id FROM {table} WHERE id = %s", table=table),
            (system_id,),
        )
        if found is None or not site.scope.has(table, system_id):
            raise missing("DISTRIBUTION_SYSTEM_NOT_FOUND")
        rows = session.rows(
            compose(
                "SELECT {columns} FROM tbl_distribution_circuits WHERE distribution_system_id = %s"
                " ORDER BY name, id",
                columns=_CIRCUIT,
            ),
            (system_id,),
        )
        bound = session.rows(
            "SELECT b.distribution_circuit_id, p.id, p.name, p.object_type, p.units"
            " FROM tbl_distribution_circuits c JOIN tbl_distribution_circuits_points b"
            " ON b.distribution_circuit_id = c.id JOIN tbl_points p ON p.id = b.point_id"
            " WHERE c.distribution_system_id = %s ORDER BY p.name, p.id",
            (system_id,),
        )
    values = live.newest(site.dbs, {row[1] for row in bound}, FRESH)
    points: dict[int, list[Mapping[str, Any]]] = {}
    for circuit, key, name, object_type, units in bound:
        points.setdefault(circuit, []).append(
            {"id": key, "name": name, "object_type": object_type, "units": units, "value": values.get(key)}
        )
    return Circuits([dict(zip(_CIRCUIT, row, strict=True)) for row in rows], points)


def read_sources(ctx: Context) -> list[int] | None:
    """Data sources whose points are asked for; None for all.

    Raises:
        ApiError: There is no key among them, or in the newer dialect anything else.
    """
    given = ctx.query("data_source_ids")
    if not given:
        return None
    texts = [text.strip() for text in given.split(",")]
    keys = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 20]
    if not keys or (ctx.v1 and len(keys) < len(texts)):
        raise invalid("INVALID_DATA_SOURCE_ID", field="data_source_ids")
    return keys


def points_now(site: Site, sources: list[int] | None) -> dict[int, float]:
    """The newest value of every point of these data sources that may be seen and was heard of lately."""
    with site.dbs.reading(SYSTEM) as session:
        statement = compose("SELECT id FROM tbl_points ORDER BY id")
        if sources:
            statement = compose(
                "SELECT id FROM tbl_points WHERE data_source_id IN ({keys}) ORDER BY id", keys=marks(sources)
            )
        rows = session.rows(statement, sources or ())
    visible = [row[0] for row in rows if site.scope.has("tbl_points", row[0])]
    return live.newest(site.dbs, visible, RECENT)
