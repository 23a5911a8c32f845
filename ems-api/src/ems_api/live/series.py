"""Plain series for integrators: ``/v1/{kind}/{id}/{energy|billing|carbon}/{hourly|daily|…}``.

And the flat telemetry form `{deviceId, channel, value, unit, timestamp}` of latest values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS
from ems_common.catalog.entities import ENTITIES, INPUT, OUTPUT, Entity
from ems_common.catalog.hourly import CATEGORY, FAMILIES, ITEM, Family
from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, joined
from ems_common.periods import PERIOD_TYPES, as_datetime64, local_periods

from ems_api.auth.ways import EDGES
from ems_api.context import Context, path_id
from ems_api.errors import invalid, missing
from ems_api.reports.buckets import Span, floored
from ems_api.resources.checks import existing
from ems_api.resources.declare import SYSTEM
from ems_api.resources.views import latest_values, meanings_of
from ems_api.resources.words import singular
from ems_api.routing import Auth, Route, get
from ems_api.wall_clock import parse_instant, stored

Json = dict[str, Any]
MEASURES: Final = {"energy": "energy_db", "billing": "billing_db", "carbon": "carbon_db"}
LONGEST: Final = {"hourly": timedelta(days=370), "daily": timedelta(days=3700)}
_DEFAULT: Final = {"hourly": timedelta(days=1), "daily": timedelta(days=30), "weekly": timedelta(days=182)}
_FAMILY: Final = {(family.kind, family.flow, family.split): family for family in FAMILIES}
_POINT: Final = compose("id, name, units, data_source_id, object_type, definitions")
_LONG: Final = timedelta(days=36_600)


def _instant(ctx: Context, name: str, default: datetime) -> datetime:
    text = ctx.query(name)
    if not text:
        return default
    try:
        return parse_instant(text.replace(" ", "+"), ctx.zone)
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name) from ex


def span(ctx: Context, resolution: str) -> tuple[datetime, datetime]:
    """The period a request asks for, or the usual one of a resolution.

    It is moved back to a full slot of wall clock, which in a zone a quarter of an hour off is none of UTC:
    the slot that midnight cuts belongs to the day before.

    Raises:
        ApiError: It is none, or too long.
    """
    end = _instant(ctx, "end", utc_now())
    start = _instant(ctx, "start", end - _DEFAULT.get(resolution, timedelta(days=366)))
    if start >= end or end - start > LONGEST.get(resolution, _LONG):
        raise invalid("INVALID_END", field="end", detail="the period is empty or too long")
    whole = floored(Span(start, end), ctx.services.settings.site.hour_minutes, ctx.zone)
    return min(whole.start_utc, start), end


def _family(ctx: Context, entity: Entity) -> Family:
    if entity.is_meter:
        return _FAMILY[entity.kind, "", ""]
    flow, split = ctx.query("flow") or INPUT, ctx.query("by") or CATEGORY
    family = _FAMILY.get((entity.kind, flow, split))
    if family is None or flow not in (INPUT, OUTPUT):
        raise invalid("INVALID_FLOW", field="flow" if flow not in (INPUT, OUTPUT) else "by")
    return family


def _names(session: Session, split: str) -> dict[int, tuple[str, str]]:
    """Name and unit of categories or items by key."""
    if split == ITEM:
        rows = session.rows(
            "SELECT i.id, i.name, c.unit_of_measure FROM tbl_energy_items i"
            " JOIN tbl_energy_categories c ON c.id = i.energy_category_id"
        )
    else:
        rows = session.rows("SELECT id, name, unit_of_measure FROM tbl_energy_categories")
    return {key: (name, unit) for key, name, unit in rows}


def _unit(ctx: Context, measure: str, unit: str) -> str:
    if measure == "billing":
        return ctx.services.settings.site.currency
    return "kgCO2e" if measure == "carbon" else unit


def _read(
    ctx: Context, family: Family, measure: str, key: int, start: datetime, end: datetime
) -> dict[str, Any]:
    part = f"energy_{family.split}_id" if family.split else "0"
    with ctx.dbs.reading(MEASURES[measure]) as session:
        return session.columns(
            compose(
                "SELECT {part}, start_datetime_utc, actual_value + 0E0, quality FROM {table}"
                " WHERE {kind}_id = %s AND start_datetime_utc >= %s AND start_datetime_utc < %s",
                part=part,
                table=family.table,
                kind=family.kind,
            ),
            (key, stored(start), stored(end)),
            {"key": "int64", "start": "datetime64[s]", "value": "float64", "quality": "uint8"},
        )


def _series(entity: Entity, measure: str, resolution: str) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        key = path_id(id_, f"INVALID_{entity.kind.upper()}_ID")
        start, end = span(ctx, resolution)
        family = _family(ctx, entity)
        with ctx.dbs.reading("system_db") as session:
            category = "energy_category_id" if entity.is_meter else "0"
            row = session.row(
                compose(
                    "SELECT name, {category} FROM {table} WHERE id = %s",
                    category=category,
                    table=entity.table,
                ),
                (key,),
            )
            names = _names(session, family.split)
        if row is None or not ctx.scope.has(entity.table, key):
            raise missing(f"{entity.kind.upper()}_NOT_FOUND")
        data = _read(ctx, family, measure, key, start, end)
        periods = local_periods(start, end, resolution, ctx.zone)
        edges = np.array([as_datetime64(max(period.start_utc, start)) for period in periods])
        bucket = np.searchsorted(edges, data["start"], side="right") - 1
        series = []
        for part in np.unique(data["key"]):
            name, unit = names.get(int(part) or row[1], ("", ""))
            mine = data["key"] == part
            sums = np.bincount(bucket[mine], weights=data["value"][mine], minlength=len(edges))
            counts = np.bincount(bucket[mine], minlength=len(edges))
            quality = np.zeros(len(edges), np.uint8)
            np.bitwise_or.at(quality, bucket[mine], data["quality"][mine])
            series.append(
                {
                    "id": int(part) or row[1],
                    "name": name,
                    "unit": _unit(ctx, measure, unit),
                    "values": [
                        {
                            "start": max(period.start_utc, start).astimezone(ctx.zone).isoformat(),
                            "end": min(period.end_utc, end).astimezone(ctx.zone).isoformat(),
                            "value": float(total) if count else None,
                            "quality": int(bits),
                        }
                        for period, total, count, bits in zip(periods, sums, counts, quality, strict=True)
                    ],
                }
            )
        return {
            "entity": {"kind": entity.kind, "id": key, "name": row[0]},
            "measure": measure,
            "series": series,
        }

    return run


# --- flat telemetry
# -----------------------------------------------------------------------------------------------


def _telemetry(ctx: Context, points: list[tuple[Any, ...]]) -> list[Json]:
    """Latest values of points (see `_POINT`), without those that never had one."""
    latest = latest_values(ctx, [point[0] for point in points])
    return [
        {
            "deviceId": str(device),
            "channel": name,
            "pointId": key,
            "value": latest[key][0],
            "unit": units,
            "timestamp": latest[key][1].replace(tzinfo=UTC).isoformat(),
        }
        for key, name, units, device, _, _ in points
        if key in latest
    ]


@lru_cache(maxsize=64)
def _points_below(table: str) -> tuple[Sql, int]:
    """The statement that finds the points of a thing, its meters and its devices; how often it takes the key.

    Which tables pair them is not listed here; the catalog's bindings and references say it.
    """
    found = [
        compose(
            "SELECT {target} AS point_id FROM {table} WHERE {source} = %s",
            target=edge.target_key,
            table=edge.table,
            source=edge.source_key,
        )
        for edge in EDGES
        if edge.source == table and edge.target == "tbl_points"
    ]
    found += [
        compose(
            "SELECT x.point_id FROM {table} b JOIN tbl_meters_points x ON x.meter_id = b.{target}"
            " WHERE b.{source} = %s",
            table=edge.table,
            target=edge.target_key,
            source=edge.source_key,
        )
        for edge in EDGES
        if edge.source == table and edge.target == "tbl_meters"
    ]
    for binding in BINDINGS:
        if binding.member != "tbl_points" or not binding.owner.startswith(f"{table}_"):
            continue
        own = next((one.name for one in TABLES[SYSTEM][binding.owner].columns if one.reference == table), "")
        if own:
            found.append(
                compose(
                    "SELECT b.{member_key} FROM {table} b JOIN {owner} d"
                    " ON d.id = b.{owner_key} WHERE d.{own} = %s",
                    member_key=binding.member_key,
                    table=binding.table,
                    owner=binding.owner,
                    owner_key=binding.owner_key,
                    own=own,
                )
            )
    sql = compose(
        "SELECT {point} FROM tbl_points WHERE id IN ({union}) ORDER BY id",
        point=_POINT,
        union=joined(found, " UNION "),
    )
    return sql, len(found)


def _realtime(table: str) -> Callable[..., Any]:
    """Latest values of the points of a thing, of its meters and of its devices."""
    word = singular(table).upper()

    def run(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, f"INVALID_{word}_ID")
        sql, count = _points_below(table)
        with ctx.dbs.reading("system_db") as session:
            if not ctx.scope.has(table, key) or not existing(session, table, [key]):
                raise missing(f"{word}_NOT_FOUND")
            rows = session.rows(sql, [key] * count)
        meanings = {row[0]: meanings_of(row[4], row[5]) for row in rows}
        return [line | {"definitions": meanings[line["pointId"]]} for line in _telemetry(ctx, rows)]

    return run


WITH_POINTS: Final = (
    *(entity.table for entity in ENTITIES if entity.kind not in ("virtual_meter", "offline_meter")),
    *("tbl_sensors", "tbl_distribution_circuits", "tbl_energy_storage_containers", "tbl_microgrids"),
    "tbl_photovoltaic_power_stations",
)
"""Tables whose rows have points, by themselves or through meters and devices."""


def _all_telemetry(ctx: Context) -> list[Json]:
    """Latest values of all points the caller reaches, or of one data source."""
    where, params = ctx.scope.condition("tbl_points", "id")
    terms, values = ([where] if where else []), list(params)
    device = ctx.query("deviceId")
    if device:
        terms.append(compose("data_source_id = %s"))
        values.append(path_id(device, "INVALID_DATA_SOURCE_ID"))
    condition = compose(" WHERE {terms}", terms=joined(terms, " AND ")) if terms else compose("")
    with ctx.dbs.reading("system_db") as session:
        rows = session.rows(
            compose(
                "SELECT {point} FROM tbl_points{condition} ORDER BY id LIMIT 20000",
                point=_POINT,
                condition=condition,
            ),
            values,
        )
    return _telemetry(ctx, rows)


_QUERY: Final = (("start", "string"), ("end", "string"), ("flow", "string"), ("by", "string"))

ROUTES: tuple[Route, ...] = (
    *(
        get(
            f"/{entity.plural}/{{id_}}/{measure}/{resolution}",
            Auth.KEY,
            _series(entity, measure, resolution),
            query=_QUERY,
        )
        for entity in ENTITIES
        for measure in MEASURES
        for resolution in PERIOD_TYPES
    ),
    *(
        get(f"/{table.removeprefix('tbl_').replace('_', '')}/{{id_}}/realtime", Auth.KEY, _realtime(table))
        for table in WITH_POINTS
    ),
    get("/telemetry", Auth.KEY, _all_telemetry, query=(("deviceId", "integer"),)),
)
