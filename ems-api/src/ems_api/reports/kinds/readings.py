"""What the points of a meter or sensor measured: live, over a period, at its ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ems_common.clock import utc_now
from ems_common.db.sql import compose, marks

from ems_api.context import Context, is_true
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import bound, history
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Span
from ems_api.reports.entities import BY_NAME
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import Point
from ems_api.reports.kinds.meters import category_of
from ems_api.reports.model import Curve, EntityFacts, Part
from ems_api.reports.site import Site

METER: Final = BY_NAME["meter"]
REALTIME: Final = timedelta(hours=6)
REGISTER: Final = "ENERGY_VALUE"
"""The type of points that count energy."""
_RANGE = re.compile(r"(\d{1,3})([hd])")
_LONGEST_RANGE: Final = timedelta(days=31)
_SHORTEST_RANGE: Final = "1h"


@dataclass(frozen=True, slots=True)
class AskLive:
    """A request for what was measured until now.

    Attributes:
        ref: The meter or sensor.
        zone: Zone of the labels.
        length: How far back [time].
        range_name: How the client calls that.
        quick: Whether readings are left out.
        v1: Whether the client speaks the newer dialect.
    """

    ref: Ref
    zone: ZoneInfo
    length: timedelta
    range_name: str
    quick: bool
    v1: bool


@dataclass(frozen=True)
class Measured:
    """Readings of the points of a meter.

    Attributes:
        entity: The meter.
        category: Its energy category.
        register: Readings of its energy register, or None when it has none.
        curves: Readings of its other points, or of all where these are not told apart.
        tariffs: Prices beside them.
    """

    entity: EntityFacts
    category: Part
    register: Curve | None
    curves: Sequence[Curve]
    tariffs: Sequence[Curve]


@dataclass(frozen=True)
class Sensed:
    """Readings of a sensor's points; `register` are those of its energy register, None when it has none."""

    id: int
    name: str
    uuid: str
    description: str | None
    register: Curve | None
    curves: Sequence[Curve]


def read_live(ctx: Context) -> AskLive:
    """Read a request for a meter's newest readings.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, (METER.route,), METER.error)
    return AskLive(ref, asking.zone(ctx), REALTIME, "", is_true(ctx.query("quickmode")), ctx.v1)


def read_sensor(ctx: Context) -> AskLive:
    """Read a request for a sensor's readings.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, ("sensor",), "SENSOR")
    name = ctx.query("timerange") or _SHORTEST_RANGE
    length = _length(name)
    if length is None and ctx.v1:
        raise invalid("INVALID_TIME_RANGE", field="timerange", detail="hours or days such as 24h or 7d")
    if length is None:
        # MyEMS takes a range it does not know for the shortest one.
        name, length = _SHORTEST_RANGE, timedelta(hours=1)
    quick = is_true(ctx.query("quickmode"))
    return AskLive(ref, asking.zone(ctx), length, name, quick, ctx.v1)


def _length(name: str) -> timedelta | None:
    """How long a range of hours or days is; None for any other text, and for one that is too long."""
    found = _RANGE.fullmatch(name)
    if found is None:
        return None
    length = timedelta(hours=int(found[1])) if found[2] == "h" else timedelta(days=int(found[1]))
    return length if timedelta() < length <= _LONGEST_RANGE else None


def read_trend(ctx: Context) -> Ask:
    """Read a request for a meter's readings over a period.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, (METER.route,), METER.error)
    return asking.read(ctx, ref, has_period_type=False)


def live(site: Site, wish: AskLive) -> Measured:
    """The newest readings of a meter: its register apart from its other points.

    Raises:
        ApiError: There is no such meter.
    """
    now = utc_now()
    entity = site.facts.entity(METER, wish.ref, site.scope)
    points = [] if wish.quick else _points(site, entity.id)
    readings = history.read(site.dbs, points, Span(now - wish.length, now))
    curves = [history.curve(point, readings) for point in points]
    registers = [n for n, point in enumerate(points) if point.object_type == REGISTER]
    register = curves[registers[0]] if registers else None
    others = [curve for n, curve in enumerate(curves) if n not in registers[:1]]
    return Measured(entity, category_of(site, entity), register, others, [])


def trend(site: Site, ask: Ask, *, is_whole: bool = False) -> Measured:
    """Readings of a meter's points over a period.

    Args:
        site: The surroundings.
        ask: What is asked for.
        is_whole: Whether all points are read in quick mode too, in which MyEMS shows registers alone.

    Raises:
        ApiError: There is no such meter.
    """
    entity = site.facts.entity(METER, ask.ref or Ref(0), site.scope)
    category = category_of(site, entity)
    points = _points(site, entity.id)
    if ask.quick and not (ask.v1 or is_whole):
        points = [point for point in points if point.object_type == REGISTER]
    readings = history.read(site.dbs, points, ask.reporting)
    axis = ask.reporting.axis(site.slot_minutes)
    tariffs = [] if ask.quick else site.tariff_curves(entity.cost_center_id, [category], axis, ask)
    return Measured(entity, category, None, [history.curve(point, readings) for point in points], tariffs)


def sensor(site: Site, wish: AskLive) -> Sensed:
    """Readings of a sensor.

    Raises:
        ApiError: There is no such sensor.
    """
    column, value = ("uuid", wish.ref.uuid) if wish.ref.uuid else ("id", wish.ref.id)
    with site.dbs.reading(SYSTEM) as session:
        row = session.row(
            compose("SELECT id, name, uuid, description FROM tbl_sensors WHERE {column} = %s", column=column),
            (value,),
        )
        if row is None or not site.scope.has("tbl_sensors", row[0]):
            raise missing("SENSOR_NOT_FOUND")
        rows = session.rows(
            "SELECT p.id, p.name, p.units, p.object_type FROM tbl_sensors_points b"
            " JOIN tbl_points p ON p.id = b.point_id WHERE b.sensor_id = %s ORDER BY p.id",
            (row[0],),
        )
    now = utc_now()
    points = [] if wish.quick else [Point(*of) for of in rows]
    readings = history.read(site.dbs, points, Span(now - wish.length, now))
    registers = [point for point in points if point.object_type == REGISTER]
    register = history.curve(registers[0], readings) if registers else None
    # MyEMS' clients draw registers apart from the rest.
    beside = points if wish.v1 else [point for point in points if point not in registers]
    key, name, uuid, description = row
    curves = [history.curve(point, readings) for point in beside]
    return Sensed(key, name, uuid, description, register, curves)


def of_points(site: Site, point_ids: Sequence[int], span: Span) -> list[Curve]:
    """Readings of some points that may be seen."""
    visible = [key for key in point_ids if site.scope.has("tbl_points", key)]
    if not visible:
        return []
    with site.dbs.reading(SYSTEM) as session:
        rows = session.rows(
            compose(
                "SELECT id, name, units, object_type FROM tbl_points WHERE id IN ({keys}) ORDER BY id",
                keys=marks(visible),
            ),
            visible,
        )
    points = [Point(*row) for row in rows]
    readings = history.read(site.dbs, points, span)
    return [history.curve(point, readings) for point in points]


def _points(site: Site, meter_id: int) -> list[Point]:
    with site.dbs.reading(SYSTEM) as session:
        found = bound.points(session, METER, meter_id)
    return [point for point in found if point.object_type != "TEXT_VALUE"]
