"""The devices inside a station with the newest values of their points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ems_common.catalog import TABLES
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, marks

from ems_api.context import Context, path_id
from ems_api.reports import live, station_facts
from ems_api.reports.ask import Ref
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds.station_state import schedule_of
from ems_api.reports.site import Site
from ems_api.reports.stations import Device, Station
from ems_api.resources.views import meanings_of

_POINT: Final = compose("p.id, p.name, p.units, p.description, p.object_type, p.definitions")
OLDEST: Final = timedelta(hours=1)
"""A device that was silent for longer shows no value: it would be taken for the present one."""


@dataclass(frozen=True, slots=True)
class PointValue:
    """A point of a device with its newest value.

    Attributes:
        name: Its name.
        units: Unit of the value.
        description: What people noted of it.
        value: None when it was silent for long.
        meanings: What the numbers of a state mean, as the point's ``definitions`` say it; "" for a state
            without any, None for a measured value.
    """

    name: str
    units: str
    description: str | None
    value: float | None
    meanings: str | None = None


@dataclass(frozen=True)
class DeviceState:
    """A device of a station, with the newest values of its points, or of its columns."""

    id: int
    name: str
    uuid: str
    points: Sequence[PointValue]
    columns: Mapping[str, Any]
    station: str = ""


@dataclass(frozen=True, slots=True)
class AskInside:
    """A request for what is inside a station; `v1` as in :class:`ems_api.reports.ask.Ask`."""

    station_id: int
    v1: bool


def read(ctx: Context, id_: str, kind: Station) -> AskInside:
    """Read a request: the key in a path.

    Raises:
        ApiError: It is not one.
    """
    return AskInside(path_id(id_, f"INVALID_{kind.error}_ID"), ctx.v1)


def devices(site: Site, wish: AskInside, kind: Station, device: Device) -> list[DeviceState]:
    """Devices of a kind inside a station, with their points.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        of = _owners(session, site, kind, wish.station_id)
        table = f"{kind.prefix}_{device.table}"
        rows = _rows(session, _named(kind, table), of, "id")
        bound = _rows(
            session,
            compose(
                "SELECT b.{key}, {point} FROM {table} d"
                " JOIN {prefix}_{points} b ON b.{key} = d.id JOIN tbl_points p ON p.id = b.point_id"
                " WHERE d.{owner} IN",
                key=device.key,
                point=_POINT,
                table=table,
                prefix=kind.prefix,
                points=device.points,
                owner=kind.owner_key,
            ),
            of,
            "b.id",
        )
    return _with_points(site, rows, bound)


def meters(site: Site, wish: AskInside, kind: Station) -> list[DeviceState]:
    """Batteries of a station with the points of their charge and discharge meters.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        of = _owners(session, site, kind, wish.station_id)
        table = f"{kind.prefix}_batteries"
        rows = _rows(session, _named(kind, table), of, "id")
        bound = _rows(
            session,
            compose(
                "SELECT d.id, {point} FROM {table} d"
                " JOIN tbl_meters_points b ON b.meter_id IN (d.charge_meter_id, d.discharge_meter_id)"
                " JOIN tbl_points p ON p.id = b.point_id WHERE d.{owner} IN",
                point=_POINT,
                table=table,
                owner=kind.owner_key,
            ),
            of,
            "b.id",
        )
    return _with_points(site, rows, bound)


def point_columns(site: Site, wish: AskInside, kind: Station, tables: Sequence[str]) -> list[DeviceState]:
    """Devices whose columns name a point each, with the newest values.

    Raises:
        ApiError: There is no such station.
    """
    found: list[tuple[str, tuple[Any, ...], Sequence[str]]] = []
    with site.dbs.reading(SYSTEM) as session:
        station = station_facts.station(session, kind, Ref(wish.station_id), site.scope).name
        of = station_facts.owners(session, kind, [wish.station_id])[wish.station_id]
        for device in tables:
            table = f"{kind.prefix}_{device}"
            columns = [
                column.name for column in TABLES[SYSTEM][table].columns if column.name != kind.owner_key
            ]
            rows = _rows(
                session,
                compose(
                    "SELECT {columns} FROM {table} WHERE {owner} IN",
                    columns=columns,
                    table=table,
                    owner=kind.owner_key,
                ),
                of,
                "id",
            )
            found += [(device, row, columns) for row in rows]
    named = [dict(zip(columns, row, strict=True)) for _, row, columns in found]
    points = {value for row in named for name, value in row.items() if _is_point(name) and value}
    values = live.newest(site.dbs, points, OLDEST)
    return [
        DeviceState(
            row["id"],
            row["name"],
            row["uuid"],
            (),
            {name: values.get(value) if _is_point(name) else value for name, value in row.items()},
            station,
        )
        for row in named
    ]


def _is_point(column: str) -> bool:
    return column.endswith("_point_id")


def _named(kind: Station, table: str) -> Sql:
    return compose("SELECT id, name, uuid FROM {table} WHERE {owner} IN", table=table, owner=kind.owner_key)


def _owners(session: Session, site: Site, kind: Station, station_id: int) -> list[int]:
    station_facts.station(session, kind, Ref(station_id), site.scope)
    return station_facts.owners(session, kind, [station_id])[station_id]


def _rows(session: Session, head: Sql, of: Sequence[int], order: str) -> list[tuple[Any, ...]]:
    statement = compose("{head} ({keys}) ORDER BY {order}", head=head, keys=marks(of), order=order)
    return session.rows(statement, of) if of else []


def _with_points(
    site: Site, rows: Sequence[tuple[Any, ...]], bound: Sequence[tuple[Any, ...]]
) -> list[DeviceState]:
    values = live.newest(site.dbs, {row[1] for row in bound}, OLDEST)
    points: dict[int, list[PointValue]] = {}
    for device, key, name, units, description, kind, definitions in bound:
        meanings = meanings_of(kind, definitions)
        points.setdefault(device, []).append(PointValue(name, units, description, values.get(key), meanings))
    return [DeviceState(key, name, uuid, points.get(key, ()), {}) for key, name, uuid in rows]


def commands(site: Site, wish: AskInside, kind: Station) -> list[tuple[Any, ...]]:
    """Commands of a station's containers: container, id, name, UUID, topic, payload, set value, description.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        of = _owners(session, site, kind, wish.station_id)
        return _rows(
            session,
            compose(
                "SELECT DISTINCT o.name, c.id, c.name, c.uuid, c.topic, c.payload, c.set_value + 0E0,"
                " c.description, o.id FROM {prefix}_commands b JOIN tbl_commands c ON c.id = b.command_id"
                " JOIN {prefix} o ON o.id = b.{owner} WHERE b.{owner} IN",
                prefix=kind.prefix,
                owner=kind.owner_key,
            ),
            of,
            "o.id, c.id",
        )


def schedule(site: Site, wish: AskInside, kind: Station) -> list[tuple[Any, Any, str, float]]:
    """A station's schedule.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        _owners(session, site, kind, wish.station_id)
        return schedule_of(session, kind, wish.station_id)
