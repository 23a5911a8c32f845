"""`POST /v1/telemetry`: readings of devices that push them.

They come in the flat form `{deviceId, channel, value, unit, timestamp}` that `GET /v1/telemetry` answers, and
go the way of all readings: the same ingest function, live values, journal rows and live channel as those of
acquisition. A request is stored as a whole or not at all, and may be repeated: a reading has its place by
point and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ems_common import ingest
from ems_common.clock import utc_now
from ems_common.db.sql import compose, marks
from ems_common.errors import BadInput
from ems_common.live_feed import LiveFeed
from ems_common.readings import (
    KINDS,
    LONGEST_TEXT,
    OLDEST_UTC,
    Kind,
    Refused,
    Row,
    fitting,
    to_ms,
)
from ems_common.units import conversion

from ems_api.context import LARGEST_ID, Context, Services, read_json
from ems_api.errors import ApiError, Cause
from ems_api.routing import Auth, Handler, Route
from ems_api.wall_clock import parse_instant, stored

Json = dict[str, Any]
MOST_READINGS: Final = 10_000
MOST_ERRORS: Final = 20
FUTURE: Final = timedelta(minutes=5)
"""How far ahead of our clock a reading may be; acquisition grants devices as much."""

BODY: Final[Json] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_READINGS,
            "items": {
                "type": "object",
                "required": ["deviceId", "channel", "value"],
                "properties": {
                    "deviceId": {
                        "type": "string",
                        "pattern": "^[1-9][0-9]{0,17}$",
                        "description": "Key of the data source",
                    },
                    "channel": {"type": "string", "description": "Name of the point"},
                    "value": {"type": ["number", "string", "boolean"]},
                    "unit": {
                        "type": ["string", "null"],
                        "description": "Converted to the point's unit; without it the value is in that unit",
                    },
                    "timestamp": {
                        "type": ["string", "null"],
                        "format": "date-time",
                        "description": "When it was measured; without it now",
                    },
                },
            },
        }
    },
}
ANSWER: Final[Json] = {
    "type": "object",
    "required": ["accepted", "kept"],
    "properties": {"accepted": {"type": "integer"}, "kept": {"type": "integer"}},
}


@dataclass(frozen=True, slots=True)
class _Point:
    """What a reading must know of its point."""

    id: int
    source_id: int
    kind: Kind
    units: str
    is_trend: bool


class _Fault(Exception):
    """A reading that cannot be taken: the member at fault and why."""

    def __init__(self, member: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member


def _given(ctx: Context) -> list[Any]:
    """The readings of the body: one, several, or wrapped in `data` as everywhere else.

    Raises:
        ApiError: It holds none, or too many.
    """
    body = read_json(ctx.raw_body())
    if isinstance(body, dict) and "data" in body:
        body = body["data"]
    readings = body if isinstance(body, list) else [body]
    if not readings or not all(isinstance(reading, dict) for reading in readings):
        raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED, detail="a reading, or a list of readings")
    if len(readings) > MOST_READINGS:
        raise ApiError("TOO_MANY_READINGS", Cause.INVALID, detail=f"at most {MOST_READINGS} in a request")
    return readings


def _device(reading: Json) -> int:
    given = reading.get("deviceId")
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= LARGEST_ID):
        raise _Fault("deviceId", 'the key of a data source, such as "7"')
    return int(text)


def _points(ctx: Context, devices: Iterable[int]) -> dict[tuple[int, str], _Point]:
    """The points that take readings and that the caller reaches, by data source and name."""
    keys = sorted(set(devices))
    if not keys:
        return {}
    with ctx.dbs.session("system_db") as session:
        rows = session.rows(
            compose(
                "SELECT id, data_source_id, name, object_type, units, is_trend FROM tbl_points"
                " WHERE data_source_id IN ({sources}) AND is_virtual = 0 ORDER BY id DESC",
                sources=marks(keys),
            ),
            keys,
        )
    return {
        (source, name): _Point(key, source, KINDS[kind], units, bool(is_trend))
        for key, source, name, kind, units, is_trend in rows
        if kind in KINDS and ctx.scope.has("tbl_points", key)
    }


def _time(ctx: Context, reading: Json, now_utc: datetime) -> datetime:
    given = reading.get("timestamp")
    if given is None:
        return now_utc
    try:
        time_utc = parse_instant(given.strip(), ctx.zone)
    except (AttributeError, ValueError, OverflowError):
        raise _Fault("timestamp", "an ISO 8601 date and time") from None
    if not OLDEST_UTC <= time_utc <= now_utc + FUTURE:
        raise _Fault("timestamp", "lies too far ahead, or before the year 2000")
    return time_utc


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value or len(value.encode()) > LONGEST_TEXT:
        raise _Fault("value", "a text")
    return value


def _value(reading: Json, point: _Point) -> float | int | str:
    """The value in the point's own unit."""
    value, unit = reading.get("value"), reading.get("unit")
    if not isinstance(unit, str | None):
        raise _Fault("unit", "a unit of measure")
    if point.kind is Kind.TEXT:
        return _text(value)
    if point.kind is Kind.DIGITAL and isinstance(value, bool):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Fault("value", "a number")
    if point.kind is Kind.DIGITAL and isinstance(value, float) and not value.is_integer():
        raise _Fault("value", "a whole number")
    try:
        if unit is not None and unit.strip() != point.units.strip():
            factor = conversion(unit, point.units)
            value = value if factor == 1 else float(value * factor)
        return fitting(value, point.kind)
    except BadInput as ex:
        raise _Fault("unit", str(ex)) from None
    except (Refused, OverflowError):
        raise _Fault("value", "too large") from None


def _rows(ctx: Context, readings: list[Any]) -> list[Row]:
    """The rows of all readings.

    Raises:
        ApiError: Some cannot be taken; the first of them are named with their place and reason.
    """
    now_utc = utc_now()
    errors: list[Json] = []
    devices: dict[int, int] = {}
    for place, reading in enumerate(readings):
        try:
            devices[place] = _device(reading)
        except _Fault as ex:
            errors.append(_told(place, ex))
    points = _points(ctx, devices.values())
    newest = _newest(ctx, points)
    rows: list[Row] = []
    for place, device in devices.items():
        try:
            rows.append(_row(ctx, readings[place], device, points, newest, now_utc))
        except _Fault as ex:
            errors.append(_told(place, ex))
    if errors:
        error = ApiError("INVALID_TELEMETRY", Cause.INVALID, detail=f"{len(errors)} readings cannot be taken")
        error.errors = sorted(errors, key=lambda one: int(one["pointer"].split("/")[2]))[:MOST_ERRORS]
        raise error
    return rows


def _row(
    ctx: Context,
    reading: Json,
    device: int,
    points: Mapping[tuple[int, str], _Point],
    newest: Mapping[int, int],
    now_utc: datetime,
) -> Row:
    channel = reading.get("channel")
    point = points.get((device, channel)) if isinstance(channel, str) else None
    if point is None:
        raise _Fault("channel", "no point of this device that takes readings has this name")
    time_ms = to_ms(_time(ctx, reading, now_utc))
    late = time_ms <= newest.get(point.id, -1)
    value = _value(reading, point)
    return Row(int(point.kind), point.id, time_ms, value, point.source_id, point.is_trend, late)


def _told(place: int, fault: _Fault) -> Json:
    return {"pointer": f"/data/{place}/{fault.member}", "detail": str(fault)}


def _newest(ctx: Context, points: Mapping[tuple[int, str], _Point]) -> dict[int, int]:
    with ctx.dbs.session("historical_db") as session:
        return ingest.newest_times_ms(session, sorted({point.id for point in points.values()}))


def _mark_seen(ctx: Context, rows: list[Row]) -> None:
    """Devices that push were seen, as those that are polled."""
    now = stored(utc_now())
    with ctx.dbs.session("system_db") as session:
        session.executemany(
            "UPDATE tbl_data_sources SET last_seen_datetime_utc = %s WHERE id = %s",
            [(now, source) for source in sorted({row.source_id for row in rows})],
        )


def routes(services: Services) -> list[Route]:
    """The route that takes readings."""
    feed = LiveFeed(str(services.settings.neighbours.redis_url))

    def take(ctx: Context) -> Json:
        rows = _rows(ctx, _given(ctx))
        with ctx.dbs.session("historical_db") as session:
            kept, newest = ingest.ingest_rows(session, rows)
        _mark_seen(ctx, rows)
        feed.publish(newest)
        return {"accepted": len(rows), "kept": kept}

    handler = Handler(
        Auth.SESSION,
        take,
        summary="Store readings of devices that push them.",
        body=BODY,
        answer=ANSWER,
        is_audited=False,
    )
    return [Route("/telemetry", {"POST": handler})]
