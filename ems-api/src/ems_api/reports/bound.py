"""What is bound to an entity and measured beside its energy: sensors, points, parameters."""

from __future__ import annotations

from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose

from ems_api.reports import history
from ems_api.reports.buckets import Span
from ems_api.reports.entities import Kind
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import Point
from ems_api.reports.model import Curve


def points(session: Session, kind: Kind, entity_id: int) -> list[Point]:
    """The points of an entity: those of its sensors, its own, those of its parameters."""
    found: list[Point] = []
    if kind.sensors:
        found += _points(
            session,
            "p.name",
            compose(
                "{bindings} b JOIN tbl_sensors s ON s.id = b.sensor_id"
                " JOIN tbl_sensors_points sp ON sp.sensor_id = s.id JOIN tbl_points p ON p.id = sp.point_id",
                bindings=kind.bound("sensors"),
            ),
            kind,
            entity_id,
        )
    if kind.points:
        found += _points(
            session,
            "p.name",
            compose("{bindings} b JOIN tbl_points p ON p.id = b.point_id", bindings=kind.bound("points")),
            kind,
            entity_id,
        )
    if kind.parameters:
        found += _points(
            session,
            "b.name",
            compose(
                "{bindings} b JOIN tbl_points p ON p.id = b.point_id AND b.parameter_type = 'point'",
                bindings=kind.bound("parameters"),
            ),
            kind,
            entity_id,
        )
    return found


def _points(session: Session, name: str, tables: Sql, kind: Kind, entity_id: int) -> list[Point]:
    rows = session.rows(
        compose(
            "SELECT p.id, {name}, p.units, p.object_type FROM {tables}"
            " WHERE b.{key} = %s ORDER BY p.id, b.id",
            name=name,
            tables=tables,
            key=kind.key,
        ),
        (entity_id,),
    )
    return [Point(*row) for row in rows]


def curves(dbs: Databases, kind: Kind, entity_id: int, span: Span) -> list[Curve]:
    """The readings of an entity's points; a point without readings gives an empty curve."""
    with dbs.reading(SYSTEM) as session:
        found = points(session, kind, entity_id)
    readings = history.read(dbs, found, span) if found else {}
    return [history.curve(point, readings) for point in found if point.object_type != "TEXT_VALUE"]
