"""Orders to edge-control: bounded, acknowledged, expiring.

An order goes through Redis to the control loop, which checks it again and answers; the caller gets that
answer. An order that the loop does not take in time is withdrawn and, should it still be found, refused as
expired: nothing happens behind the caller's back. What devices and protection allow is the loop's decision.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import redis
from ems_common.clock import monotonic_s, utc_now

from ems_api.context import Context
from ems_api.errors import ApiError, Cause, Fault, invalid
from ems_api.live.flow import FlowState
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.settings import ApiSettings

Json = dict[str, Any]
LIST: Final = "ems:edge:commands"
ACK: Final = "ems:edge:ack:"
ANSWER_WITHIN_S: Final = 4.0
LOOK_EVERY_S: Final = 0.05
MOST_WAITING: Final = 100
LONGEST_S: Final = 86_400.0
MOST_POINTS: Final = 2_000
LONGEST_NAME: Final = 100
_NAME: Final = {"type": "string", "maxLength": LONGEST_NAME}
WRITE_BODY: Final = {
    "type": "object",
    "required": ["channel", "value"],
    "properties": {
        "channel": _NAME,
        "value": {"type": ["number", "boolean"]},
        "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_S, "default": 60},
    },
}
CONFIGURE_BODY: Final = {
    "type": "object",
    "properties": {"properties": {"type": "object"}, "enabled": {"type": "boolean"}},
}
SCHEDULE_BODY: Final = {
    "type": "object",
    "required": ["points"],
    "properties": {
        "points": {
            "type": "array",
            "maxItems": MOST_POINTS,
            "items": {
                "type": "object",
                "required": ["time", "power_w"],
                "properties": {
                    "time": {"type": "string", "format": "date-time"},
                    "power_w": {"type": "number"},
                },
            },
        }
    },
}
_FIGURE: Final = "number|null"
_TAKEN: Final = {"id": "uuid", "accepted": "bool", "kept?": "bool"}
"""`kept`: whether a change of settings is safe on disk and so holds over a restart of edge control."""
_NODE: Final = {
    **dict.fromkeys(("id", "kind", "name", "state"), "string"),
    **dict.fromkeys(("power_w", "soc_ratio", "limit_w"), _FIGURE),
    "utc": "instant",
}
_CONTROLLER: Final = {
    "id": "string",
    "type": "string",
    "priority": "int",
    "enabled": "bool",
    "failure": "string|null",
    "warnings": ["string"],
    "reasons?": ["string"],
    "channels": {"*": "any"},
    "ran_ms": _FIGURE,
}
_DEVICE: Final = {
    **dict.fromkeys(("id", "name", "reason"), "string"),
    "is_well": "bool",
    **dict.fromkeys(("age_s", "latency_ms"), _FIGURE),
    **dict.fromkeys(("reads", "writes", "failures"), "int"),
}
_SETTINGS: Final = {
    "schema": {"*": "any"},
    "values": {"*": "any"},
    "file?": {"*": "any"},
    "changed?": "any",
}
"""`values` are in force, `file` stand in the site file; `changed` tells what differs, by whom, since when."""
_LIMIT: Final = {
    **dict.fromkeys(("component", "quantity", "author"), "string"),
    **dict.fromkeys(("wanted", "granted"), _FIGURE),
    "limited_by": "string|null",
}
_STATE: Final = {
    "utc": "instant|null",
    "state": "string",
    "mode?": "string",
    **dict.fromkeys(
        tuple(
            f"{name}?"
            for name in (
                *("grid_power_w", "pv_power_w", "battery_power_w", "charger_power_w", "load_power_w"),
                *("soc_ratio", "limit_w", "set_point_w"),
            )
        ),
        _FIGURE,
    ),
    "active_controller?": "string|null",
    "held_by?": {"*": "string|null"},
    "limits?": [_LIMIT],
    "nodes": [_NODE],
    "controllers?": [_CONTROLLER],
    "devices?": [_DEVICE],
    "transitions?": [{"utc": "instant", "from": "string", "to": "string", "reason": "string"}],
    "loop?": {"*": "any"},
}
"""What edge-control tells of itself; before its first cycle only the first members are there."""


class OrderDesk:
    """Hands orders to edge-control and waits for its answer.

    Args:
        settings: Where Redis is.
        state: Tells whether edge-control is there.
    """

    def __init__(self, settings: ApiSettings, state: FlowState) -> None:
        self._url = settings.neighbours.redis_url
        self._state = state
        self._redis: redis.Redis | None = None

    def give(self, ctx: Context, order: Json) -> Json:
        """Give an order; that it was taken, and of a change of settings whether it is kept.

        Raises:
            ApiError: As of :meth:`ask`.
        """
        answer = self.ask(ctx, order)
        kept = {"kept": bool(answer["kept"])} if "kept" in answer else {}
        return {"id": order["id"], "accepted": True, **kept}

    def ask(self, ctx: Context, order: Json) -> Json:
        """Give an order; what edge-control answers.

        Raises:
            ApiError: Edge-control refuses it, is not there, or does not answer in time.
        """
        if not self._url or self._state.get() is None:
            raise ApiError("EDGE_CONTROL_IS_AWAY", Cause.UNAVAILABLE, detail="Edge control does not report.")
        expires = utc_now() + timedelta(seconds=ANSWER_WITHIN_S)
        order |= {
            "id": str(uuid.uuid4()),
            "owner": f"{ctx.identity.name} <{ctx.identity.user_uuid}>",
            "expires_utc": expires.isoformat(),
        }
        try:
            answer = self._exchange(order["id"], orjson.dumps(order))
        except (redis.RedisError, OSError) as ex:
            raise ApiError("EDGE_CONTROL_IS_AWAY", Cause.UNAVAILABLE, detail="Redis does not answer.") from ex
        if answer is None:
            raise ApiError(
                "EDGE_CONTROL_DOES_NOT_ANSWER",
                Cause.UNAVAILABLE,
                detail=f"No answer within {ANSWER_WITHIN_S:.0f} s; the order has been withdrawn.",
            )
        if not answer.get("accepted"):
            raise invalid("ORDER_REFUSED", detail=str(answer.get("reason", "")))
        return answer

    def _exchange(self, id: str, raw: bytes) -> Json | None:
        if self._redis is None:
            self._redis = redis.Redis.from_url(self._url, socket_timeout=1.0)
        link = self._redis
        if _count(link.llen(LIST)) >= MOST_WAITING:
            raise ApiError("TOO_MANY_ORDERS", Cause.TOO_MANY, detail="Too many orders wait for edge control.")
        link.rpush(LIST, raw)
        until_s = monotonic_s() + ANSWER_WITHIN_S
        while monotonic_s() < until_s:
            found = link.getdel(ACK + id)
            if isinstance(found, bytes):
                answer = orjson.loads(found)
                return answer if isinstance(answer, dict) else None
            time.sleep(LOOK_EVERY_S)
        link.lrem(LIST, 1, raw.decode())
        return None


def _count(number: Any) -> int:
    return int(number) if isinstance(number, int) else 0


def _name(value: Any, key: str, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise invalid(key, field=field)
    return value


def write_order(controller: str, data: Json) -> Json:
    """An order that sets a channel of a controller for a time."""
    value, seconds = data.get("value"), data.get("seconds", 60.0)
    if not isinstance(value, int | float):
        raise invalid("INVALID_ORDER_VALUE", field="value")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_S:
        raise invalid("INVALID_ORDER_SECONDS", field="seconds")
    channel = _name(data.get("channel"), "INVALID_ORDER_CHANNEL", "channel")
    return {
        "kind": "write",
        "controller": controller,
        "channel": channel,
        "value": value,
        "seconds": float(seconds),
    }


def configure_order(controller: str, data: Json) -> Json:
    """An order that changes properties of a controller, or switches it on or off."""
    properties, enabled = data.get("properties", {}), data.get("enabled")
    if not isinstance(properties, dict):
        raise invalid("INVALID_ORDER_PROPERTIES", field="properties")
    if enabled is not None and not isinstance(enabled, bool):
        raise invalid("INVALID_ORDER_ENABLED", field="enabled")
    if not properties and enabled is None:
        raise invalid("INVALID_ORDER_PROPERTIES", field="properties", detail="There is nothing to change.")
    return {"kind": "configure", "controller": controller, "properties": properties, "enabled": enabled}


def schedule_order(controller: str, data: Json) -> Json:
    """An order that gives a schedule to a controller that follows one."""
    points = data.get("points")
    if not isinstance(points, list) or len(points) > MOST_POINTS:
        raise invalid("INVALID_SCHEDULE", field="points", detail=f"At most {MOST_POINTS} points.")
    kept = [_point(point, number) for number, point in enumerate(points)]
    instants = [instant for instant, _ in kept]
    if sorted(set(instants)) != instants:
        raise invalid("INVALID_SCHEDULE", field="points", detail="The points' times must rise.")
    schedule = [{"time": instant.isoformat(), "power": power} for instant, power in kept]
    properties = {"schedule": schedule, "issued": utc_now().isoformat()}
    return {"kind": "configure", "controller": controller, "properties": properties, "enabled": None}


def _point(point: Any, number: int) -> tuple[datetime, float]:
    field = f"points[{number}]"
    if not isinstance(point, dict):
        raise invalid("INVALID_SCHEDULE", field=field)
    power = point.get("power_w")
    if isinstance(power, bool) or not isinstance(power, int | float):
        raise invalid("INVALID_SCHEDULE", field=f"{field}.power_w")
    try:
        instant = datetime.fromisoformat(str(point.get("time")))
    except ValueError as ex:
        raise invalid("INVALID_SCHEDULE", field=f"{field}.time") from ex
    if instant.tzinfo is None:
        raise invalid("INVALID_SCHEDULE", field=f"{field}.time", detail="Times need their offset from UTC.")
    return instant.astimezone(UTC), float(power)


def routes(settings: ApiSettings, state: FlowState) -> list[Route]:
    """State of edge-control, and the orders, which need the permission to command the module `control`."""
    desk = OrderDesk(settings, state)

    def show(ctx: Context) -> Json:
        ctx.resp.set_header("Cache-Control", "no-store")
        found = state.get()
        if found is None:
            raise ApiError(Fault("EDGE_CONTROL_IS_AWAY"), Cause.UNAVAILABLE)
        return found

    def write(ctx: Context, controller: str) -> Json:
        return desk.give(ctx, write_order(controller, ctx.data()))

    def configure(ctx: Context, controller: str) -> Json:
        return desk.give(ctx, configure_order(controller, ctx.data()))

    def follow(ctx: Context, controller: str) -> Json:
        return desk.give(ctx, schedule_order(controller, ctx.data()))

    def restore(ctx: Context, controller: str) -> Json:
        return desk.give(ctx, {"kind": "restore", "controller": controller})

    def settings_of(ctx: Context, controller: str) -> Json:
        ctx.resp.set_header("Cache-Control", "no-store")
        found = desk.ask(ctx, {"kind": "describe", "controller": controller}).get("settings")
        return found if isinstance(found, dict) else {}

    def put(run: Any, summary: str, body: Json) -> dict[str, Handler]:
        return {
            "PUT": Handler(Auth.ADMIN, run, "EdgeOrder", summary=summary, body=body, answer=schema(_TAKEN))
        }

    path = "/edge/controllers/{controller}"
    return [
        get("/edge/state", Auth.KEY, show, summary="Whole state of edge-control", answer=schema(_STATE)),
        Route(
            f"{path}/settings",
            {
                "GET": Handler(
                    Auth.KEY,
                    settings_of,
                    summary="Properties of a controller and their JSON Schema",
                    answer=schema(_SETTINGS),
                ),
                "DELETE": Handler(
                    Auth.ADMIN,
                    restore,
                    "EdgeOrder",
                    summary="Return a controller to the settings of the site file",
                    answer=schema(_TAKEN),
                ),
            },
        ),
        Route(f"{path}/value", put(write, "Set a channel of a controller for a time", WRITE_BODY)),
        Route(path, put(configure, "Change a controller at run time", CONFIGURE_BODY)),
        Route(f"{path}/schedule", put(follow, "Give a schedule of power", SCHEDULE_BODY)),
    ]
