"""`GET /v1/meters/live`: meters below a space, their points' latest values and the last day's hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.periods import floor_slot

from ems_api.auth.scope import subtree
from ems_api.context import Context, path_id
from ems_api.errors import missing
from ems_api.resources.views import latest_values
from ems_api.routing import Auth, get
from ems_api.wall_clock import stored

Json = dict[str, Any]
TREND_HOURS: Final = 24


def _spaces(ctx: Context, session: Session) -> list[int]:
    text = ctx.query("spaceid")
    if text:
        key = path_id(text, "INVALID_SPACE_ID")
        if not ctx.scope.has("tbl_spaces", key):
            raise missing("SPACE_NOT_FOUND")
        return sorted(subtree(session, [key]))
    return sorted(subtree(session, ctx.scope.roots))


def _meters(session: Session, spaces: list[int]) -> dict[int, Json]:
    if not spaces:
        return {}
    rows = session.rows(
        compose(
            "SELECT m.id, m.name, m.uuid, c.id, c.name, c.unit_of_measure, s.id, s.name"
            " FROM tbl_spaces_meters b JOIN tbl_meters m ON m.id = b.meter_id"
            " JOIN tbl_spaces s ON s.id = b.space_id"
            " LEFT JOIN tbl_energy_categories c ON c.id = m.energy_category_id WHERE b.space_id IN ({spaces})"
            " ORDER BY s.id, m.id",
            spaces=marks(spaces),
        ),
        spaces,
    )
    return {
        key: {
            "id": key,
            "name": name,
            "uuid": uuid,
            "energy_category": None if category is None else {"id": category, "name": category_name},
            "unit_of_measure": unit,
            "space": {"id": space, "name": space_name},
            "points": [],
        }
        for key, name, uuid, category, category_name, unit, space, space_name in rows
    }


def _add_points(ctx: Context, session: Session, meters: dict[int, Json]) -> None:
    keys = list(meters)
    rows = session.rows(
        compose(
            "SELECT b.meter_id, p.id, p.name, p.units, p.object_type FROM tbl_meters_points b"
            " JOIN tbl_points p ON p.id = b.point_id WHERE b.meter_id IN ({meters}) ORDER BY p.id",
            meters=marks(keys),
        ),
        keys,
    )
    latest = latest_values(ctx, [row[1] for row in rows])
    for meter, key, name, units, kind in rows:
        value, when = latest.get(key, (None, None))
        meters[meter]["points"].append(
            {
                "id": key,
                "name": name,
                "units": units,
                "object_type": kind,
                "value": value,
                "utc": when.replace(tzinfo=UTC).isoformat() if when else None,
            }
        )


def hourly_trend(
    ctx: Context, keys: list[int], start_utc: datetime, hours: int
) -> dict[int, list[float | None]]:
    """Hourly energy of meters [their unit], by key; None where there is no hour."""
    result: dict[int, list[float | None]] = {key: [None] * hours for key in keys}
    if not keys:
        return result
    first = stored(start_utc)
    with ctx.dbs.reading("energy_db") as session:
        rows = session.rows(
            compose(
                "SELECT meter_id, start_datetime_utc, actual_value + 0E0 FROM tbl_meter_hourly"
                " WHERE meter_id IN ({meters}) AND start_datetime_utc >= %s AND start_datetime_utc < %s",
                meters=marks(keys),
            ),
            [*keys, first, first + timedelta(hours=hours)],
        )
    for key, when, value in rows:
        slot = int((when - first).total_seconds() // 3600)
        result[key][slot] = (result[key][slot] or 0.0) + value
    return result


def _live(ctx: Context) -> list[Json]:
    with ctx.dbs.reading("system_db") as session:
        meters = _meters(session, _spaces(ctx, session))
        if meters:
            _add_points(ctx, session, meters)
    start_utc = floor_slot(utc_now()) - timedelta(hours=TREND_HOURS - 1)
    trend = hourly_trend(ctx, list(meters), start_utc, TREND_HOURS)
    instants = [(start_utc + timedelta(hours=n)).isoformat() for n in range(TREND_HOURS)]
    for key, meter in meters.items():
        meter["trend"] = {"utc": instants, "energy_kwh": trend[key]}
    return ctx.scope.only("tbl_meters", list(meters.values()))


ROUTES = (get("/meters/live", Auth.KEY, _live, query=(("spaceid", "integer"),)),)
