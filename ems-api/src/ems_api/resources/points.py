"""Points beyond their configuration: limits, set and latest values; commands, rules, reports run by hand."""

from __future__ import annotations

import math
from datetime import UTC
from typing import Any

import paho.mqtt.client as mqtt
from ems_common.clock import utc_now
from ems_common.db.sql import compose
from paho.mqtt.enums import CallbackAPIVersion

from ems_api.context import NOTHING, Context, Reply, path_id
from ems_api.errors import ApiError, Cause, Fault, invalid, missing
from ems_api.findings import told
from ems_api.resources import journal
from ems_api.resources.checks import stored_row
from ems_api.resources.routes import changing
from ems_api.resources.views import BY_TABLE, latest_values
from ems_api.routing import Auth, Handler, Route, get
from ems_api.wall_clock import stored

_LIMITS = ("high_limit", "low_limit", "higher_limit", "lower_limit")
_PUBLISH_S = 5.0
_MOST_ORDERS = 50


def number_of(data: dict[str, Any], name: str, key: str) -> float:
    """A finite number.

    Raises:
        ApiError: It is none.
    """
    value = data.get(name)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or abs(value) >= 1e15
    ):
        raise invalid(key, field=name)
    return value


def _set_limits(ctx: Context, id_: str) -> Reply:
    point = BY_TABLE["tbl_points"]
    key = path_id(id_, point.invalid_id)
    data = ctx.data()
    values = {name: number_of(data, name, f"INVALID_{name.upper()}_VALUE") for name in _LIMITS}
    with changing(ctx, point.database) as session:
        before = stored_row(session, point, key)
        session.execute(
            "UPDATE tbl_points SET high_limit = %s, low_limit = %s, higher_limit = %s, lower_limit ="
            " %s WHERE id = %s",
            [*values.values(), key],
        )
        journal.note(session, "point", key, before, values)
    return Reply(200, entity_id=key)


def _set_value(ctx: Context, id_: str) -> Reply:
    """Order that a point be set; acquisition carries it out and notes what came of it, see `_orders`."""
    point = BY_TABLE["tbl_points"]
    key = path_id(id_, point.invalid_id)
    value = number_of(ctx.data(), "set_value", "INVALID_SET_VALUE")
    with ctx.dbs.session(point.database) as session:
        stored_row(session, point, key)
        session.execute(
            "INSERT INTO tbl_points_set_values (point_id, set_value, utc_date_time) VALUES (%s, %s, %s)",
            (key, value, stored(utc_now())),
        )
    return Reply(200, entity_id=key)


def _orders(ctx: Context, id_: str) -> list[dict[str, Any]]:
    """The latest orders to set a point, newest first, and what came of them; for who may see the point."""
    key = path_id(id_, "INVALID_POINT_ID")
    if not ctx.scope.has("tbl_points", key):
        raise missing("POINT_NOT_FOUND")
    with ctx.dbs.session("system_db") as session:
        if session.row("SELECT 1 FROM tbl_points WHERE id = %s", (key,)) is None:
            raise missing("POINT_NOT_FOUND")
        rows = session.rows(
            "SELECT id, set_value + 0E0, utc_date_time, is_set, outcome, outcome_data, outcome_utc"
            " FROM tbl_points_set_values WHERE point_id = %s ORDER BY id DESC LIMIT %s",
            (key, _MOST_ORDERS),
        )
    return [
        {
            "id": order,
            "set_value": value,
            "utc": given.replace(tzinfo=UTC).isoformat(),
            # Programs of somebody else that set points note only that they did.
            "outcome": outcome or ("written" if is_set else "waiting"),
            "outcome_utc": closed.replace(tzinfo=UTC).isoformat() if closed else None,
            **told("", data),
        }
        for order, value, given, is_set, outcome, data, closed in rows
    ]


def _latest(ctx: Context, id_: str) -> dict[str, Any]:
    """Latest value of a point; who may see the point may see it, without seeing its configuration."""
    key = path_id(id_, "INVALID_POINT_ID")
    with ctx.dbs.session("system_db") as session:
        row = session.row("SELECT name, units, object_type FROM tbl_points WHERE id = %s", (key,))
    if row is None or not ctx.scope.has("tbl_points", key):
        raise missing("POINT_NOT_FOUND")
    value, when = latest_values(ctx, [key]).get(key, (None, None))
    return {
        "id": key,
        "name": row[0],
        "units": row[1],
        "object_type": row[2],
        "value": value,
        "utc": when.replace(tzinfo=UTC).isoformat() if when else None,
    }


def _send_command(ctx: Context, id_: str) -> str:
    """Publish a command, its value put for ``$s1``; the saved default stays as it is."""
    command = BY_TABLE["tbl_commands"]
    key = path_id(id_, command.invalid_id)
    data = ctx.json().get("data") if ctx.raw_body().strip() else None
    given = data.get("set_value") if isinstance(data, dict) else None
    if given is not None:
        number_of({"set_value": given}, "set_value", "INVALID_SET_VALUE")
    with ctx.dbs.session(command.database) as session:
        row = stored_row(session, command, key)
    saved = row["set_value"]
    value = given if given is not None else (float(saved) if saved is not None else 0)
    publish(ctx, row["topic"], row["payload"].replace("$s1", f"{value:g}"))
    return "success"


def publish(ctx: Context, topic: str, payload: str) -> None:
    """Publish one message to the site's broker and wait until it has it.

    Raises:
        ApiError: The broker is away or does not take it.
    """
    settings = ctx.services.settings.neighbours
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    if settings.mqtt_user:
        client.username_pw_set(settings.mqtt_user, str(settings.mqtt_password))
    client.connect_timeout = _PUBLISH_S
    try:
        client.connect(settings.mqtt_host, settings.mqtt_port)
    except OSError as ex:
        raise ApiError(Fault("MQTT_CONNECTION_ERROR", 400, "BAD_REQUEST"), Cause.UNAVAILABLE) from ex
    client.loop_start()
    try:
        sent = client.publish(topic, payload, qos=1)
        sent.wait_for_publish(_PUBLISH_S)
        if not sent.is_published():
            raise ApiError(Fault("MQTT_PUBLISH_ERROR", 400, "BAD_REQUEST"), Cause.BAD_GATEWAY)
    except (ValueError, RuntimeError) as ex:
        raise ApiError(Fault("MQTT_PUBLISH_ERROR", 400, "BAD_REQUEST"), Cause.BAD_GATEWAY) from ex
    finally:
        client.disconnect()
        client.loop_stop()


def _run_now(table: str) -> Any:
    """A handler that asks the engine of a saved rule or report to run it at once."""

    def run(ctx: Context, id_: str) -> Any:
        resource = BY_TABLE[table]
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.session(resource.database) as session:
            stored_row(session, resource, key)
            session.execute(
                compose("UPDATE {table} SET is_run_immediately = 1 WHERE id = %s", table=table), (key,)
            )
        return NOTHING

    return run


ROUTES = (
    Route("/pointlimits/{id_}", {"PUT": Handler(Auth.ADMIN, _set_limits, "PointLimit")}),
    Route("/pointsetvalues/{id_}", {"PUT": Handler(Auth.ADMIN, _set_value, "PointSetValue")}),
    Route("/commands/{id_}/send", {"PUT": Handler(Auth.ADMIN, _send_command, "CommandSend")}),
    Route("/rules/{id_}/run", {"PUT": Handler(Auth.ADMIN, _run_now("tbl_rules"), "RuleRun")}),
    Route(
        "/advancedreports/{id_}/run",
        {"PUT": Handler(Auth.ADMIN, _run_now("tbl_reports"), "AdvancedReportRun")},
    ),
    get("/points/{id_}/latest", Auth.KEY, _latest),
    get("/points/{id_}/setvalues", Auth.KEY, _orders),
)
