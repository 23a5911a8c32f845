"""Look-ups of stations, of what is inside them, and of the meters that measure their flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from ems_common.catalog import TABLES
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, marks

from ems_api.auth.scope import Scope
from ems_api.errors import missing
from ems_api.reports.ask import Ref
from ems_api.reports.stations import Flow, Station


@dataclass(frozen=True, slots=True)
class Named:
    """A row that others refer to."""

    id: int
    name: str
    uuid: str


@dataclass(frozen=True, slots=True)
class StationFacts:
    """A station.

    Attributes:
        id: Its key.
        name: Its name.
        uuid: Its UUID.
        address: Where it is.
        latitude: Degrees north.
        longitude: Degrees east.
        rated_capacity: As entered [kWh, or kWp].
        rated_power: As entered [kW].
        description: A free text.
        contact: Who is responsible.
        cost_center: Whose tariffs apply.
        svg: Source of its diagram.
        space_name: Space it is bound to.
        more: Further columns of its kind.
    """

    id: int
    name: str
    uuid: str
    address: str
    latitude: float
    longitude: float
    rated_capacity: float
    rated_power: float
    description: str | None
    contact: Named | None
    cost_center: Named | None
    svg: str
    space_name: str | None
    more: Mapping[str, Any]


def stations(
    session: Session, kind: Station, scope: Scope, condition: Sql | None = None, values: Sequence[Any] = ()
) -> list[StationFacts]:
    """The stations of a kind that may be seen, in order of their keys."""
    more = [f"e.{name}" for name in kind.columns]
    rows = session.rows(
        compose(
            "SELECT e.id, e.name, e.uuid, e.address, e.latitude + 0E0, e.longitude + 0E0,"
            " e.rated_capacity + 0E0, e.rated_power + 0E0, e.description, c.id, c.name, c.uuid,"
            " cc.id, cc.name, cc.uuid, COALESCE(v.source_code, ''), (SELECT MIN(s.name)"
            " FROM tbl_spaces s JOIN tbl_spaces_{name}s b ON b.space_id = s.id"
            " WHERE b.{name}_id = e.id), {more} FROM {table} e"
            " LEFT JOIN tbl_contacts c ON c.id = e.contact_id"
            " LEFT JOIN tbl_cost_centers cc ON cc.id = e.cost_center_id"
            " LEFT JOIN tbl_svgs v ON v.id = e.svg_id {where} ORDER BY e.id",
            name=kind.name,
            more=more,
            table=kind.table,
            where=compose("WHERE {condition}", condition=condition) if condition else compose(""),
        ),
        values,
    )
    return [_station(kind, row) for row in rows if scope.has(kind.table, row[0])]


def by_phase(found: Sequence[StationFacts]) -> list[StationFacts]:
    """Stations in the order of their phase of life, where their kind has such, and of their keys."""
    return sorted(found, key=lambda station: (station.more.get("phase_of_lifecycle", ""), station.id))


def _station(kind: Station, row: tuple[Any, ...]) -> StationFacts:
    contact = Named(*row[9:12]) if row[9] is not None else None
    cost_center = Named(*row[12:15]) if row[12] is not None else None
    more = dict(zip(kind.columns, row[17:], strict=True))
    shown = {name: value.isoformat() if isinstance(value, date) else value for name, value in more.items()}
    key, name, uuid, address, latitude, longitude, capacity, power, description = row[:9]
    return StationFacts(
        key,
        name,
        uuid,
        address,
        latitude,
        longitude,
        capacity,
        power,
        description,
        contact,
        cost_center,
        row[15],
        row[16],
        shown,
    )


def station(session: Session, kind: Station, ref: Ref, scope: Scope, error: str = "") -> StationFacts:
    """A station that may be seen.

    Raises:
        ApiError: There is none.
    """
    column, value = ("e.uuid", ref.uuid) if ref.uuid else ("e.id", ref.id)
    found = stations(session, kind, scope, compose("{column} = %s", column=column), (value,))
    if not found:
        raise missing(f"{error or kind.error}_NOT_FOUND")
    return found[0]


def owners(session: Session, kind: Station, station_ids: Sequence[int]) -> dict[int, list[int]]:
    """Station → what its devices belong to: its containers, or itself."""
    if not kind.containers:
        return {key: [key] for key in station_ids}
    found: dict[int, list[int]] = {key: [] for key in station_ids}
    if station_ids:
        rows = session.rows(
            compose(
                "SELECT {name}_id, {owner} FROM {containers} WHERE {name}_id IN ({keys}) ORDER BY id",
                name=kind.name,
                owner=kind.owner_key,
                containers=kind.containers,
                keys=marks(station_ids),
            ),
            station_ids,
        )
        for key, container in rows:
            found[key].append(container)
    return found


def flow_meters(
    session: Session, kind: Station, flow: Flow, station_ids: Sequence[int]
) -> dict[int, list[int]]:
    """Station → the meters that measure a flow."""
    belongs = owners(session, kind, station_ids)
    station_of = {owner: key for key, of in belongs.items() for owner in of}
    result: dict[int, list[int]] = {key: [] for key in station_ids}
    if not station_of:
        return result
    wanted = sorted(station_of)
    rows = session.rows(
        compose(
            "SELECT {owner}, {meter} FROM {prefix}_{device} WHERE {owner} IN ({keys})"
            " AND {meter} IS NOT NULL ORDER BY id",
            owner=kind.owner_key,
            meter=flow.meter,
            prefix=kind.prefix,
            device=flow.device,
            keys=marks(wanted),
        ),
        wanted,
    )
    for owner, meter in rows:
        result[station_of[owner]].append(meter)
    return result


def device_points(
    session: Session, kind: Station, device: str, column: str, station_ids: Sequence[int]
) -> dict[int, list[tuple[int, str]]]:
    """Station → (point, name of the device) of each device of a table that has a point in this column."""
    belongs = owners(session, kind, station_ids)
    station_of = {owner: key for key, of in belongs.items() for owner in of}
    result: dict[int, list[tuple[int, str]]] = {key: [] for key in station_ids}
    table = f"{kind.prefix}_{device}"
    if not station_of or column not in {item.name for item in TABLES["system_db"][table].columns}:
        return result
    wanted = sorted(station_of)
    rows = session.rows(
        compose(
            "SELECT {owner}, {column}, name FROM {table} WHERE {owner} IN ({keys})"
            " AND {column} IS NOT NULL ORDER BY id",
            owner=kind.owner_key,
            column=column,
            table=table,
            keys=marks(wanted),
        ),
        wanted,
    )
    for owner, point, name in rows:
        result[station_of[owner]].append((point, name))
    return result


def definitions(session: Session, point_ids: Sequence[int]) -> dict[int, Mapping[str, str]]:
    """What the values of points mean, where that is declared."""
    if not point_ids:
        return {}
    rows = session.rows(
        compose("SELECT id, definitions FROM tbl_points WHERE id IN ({keys})", keys=marks(point_ids)),
        point_ids,
    )
    return {key: _meanings(text) for key, text in rows if text}


def _meanings(text: str) -> Mapping[str, str]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
