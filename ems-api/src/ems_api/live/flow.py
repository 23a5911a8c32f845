"""The power flow of the site: what edge-control says of it now, and its last minutes from the history.

Signs are those of the whole product: consumption, charging and import are positive.
"""

from __future__ import annotations

import http.client
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import orjson
import redis
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases

from ems_api.auth.scope import Scope
from ems_api.context import Context
from ems_api.errors import invalid
from ems_api.routing import Auth, Route, get
from ems_api.settings import ApiSettings
from ems_api.wall_clock import stored

Json = dict[str, Any]
STATE_KEY: Final = "ems:edge:state"
ROOT_SPACE: Final = 1
FRESH: Final = timedelta(seconds=15)
MOST_INSTANTS: Final = 720
_LOOK_S: Final = 0.45
_ASK_S: Final = 1.0
_IDLE_W: Final = 50.0
_STATES: Final = {
    "grid": ("importing", "exporting"),
    "battery": ("charging", "discharging"),
    "pv": ("consuming", "producing"),
    "charger": ("charging", "discharging"),
    "building": ("consuming", "producing"),
}
"""Kind of node → what it does when its power is positive and when it is negative."""

HISTORY_CHANNELS: Final = {
    "grid": "grid_power",
    "pv": "pv_power",
    "battery": "battery_power",
    "charger": "charger_power",
    "building": "load_power",
}
"""Kind of node → edge-control's name of its power."""


class FlowState:
    """The newest state of edge-control, looked up at most twice a second for all clients of a worker.

    Args:
        settings: Where to look: Redis when given, else edge-control's own page.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._redis_url = settings.neighbours.redis_url
        self._url = settings.neighbours.edge_state_url
        self._redis: redis.Redis | None = None
        self._lock = threading.Lock()
        self._looked_s = -1e9
        self._state: Json | None = None

    def get(self) -> Json | None:
        """The state as published; None when there is no edge-control."""
        with self._lock:
            if monotonic_s() - self._looked_s >= _LOOK_S:
                self._state = self._look()
                self._looked_s = monotonic_s()
            return self._state

    def _look(self) -> Json | None:
        try:
            raw = self._from_redis() if self._redis_url else None
            if raw is None and self._url:
                with urllib.request.urlopen(self._url, timeout=_ASK_S) as answer:  # noqa: S310  (the operator's own address)
                    raw = answer.read(1_000_000)
            state = orjson.loads(raw) if raw else None
        except (OSError, http.client.HTTPException, redis.RedisError, orjson.JSONDecodeError):
            return None
        return state if isinstance(state, dict) and isinstance(state.get("nodes"), list) else None

    def _from_redis(self) -> Any:
        if self._redis is None:
            self._redis = redis.Redis.from_url(self._redis_url, socket_timeout=_ASK_S)
        return self._redis.get(STATE_KEY)


def _parse(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def node_of(node: Json, now_utc: datetime) -> Json:
    """A node in the clients' terms: no value when it is not fresh, and what it is doing."""
    kind = str(node.get("kind", ""))
    when = _parse(node.get("utc"))
    power = node.get("power_w")
    is_fresh = when is not None and now_utc - when <= FRESH and node.get("state") != "away"
    power_w = float(power) if is_fresh and isinstance(power, int | float) else None
    return {
        "id": str(node.get("id", kind)),
        "kind": kind,
        "name": node.get("name") or kind,
        "power_w": power_w,
        "soc_ratio": node.get("soc_ratio") if is_fresh else None,
        "state": _doing(kind, power_w, node),
        "limit_w": node.get("limit_w"),
        "energy_today_kwh": node.get("energy_today_kwh"),
        "entity": None,
        "utc": node.get("utc"),
    }


def _doing(kind: str, power_w: float | None, node: Json) -> str:
    if power_w is None:
        return "offline"
    if abs(power_w) < _IDLE_W:
        return "idle"
    limit = node.get("limit_w")
    if kind == "pv" and isinstance(limit, int | float) and -power_w >= limit - _IDLE_W:
        return "limited"
    positive, negative = _STATES.get(kind, ("consuming", "producing"))
    return positive if power_w > 0 else negative


def reached_nodes(dbs: Databases, scope: Scope) -> frozenset[str] | None:
    """Kinds and ids of the nodes that a caller reaches; None = the whole site's.

    A node belongs to whoever reaches a point that control keeps its values in: that of its kind's power, or
    one of the device itself (``ess0/ActivePower``).
    """
    if scope.has("tbl_spaces", ROOT_SPACE):
        return None
    reached: set[str] = set()
    for key, name, _scale in _control_points(dbs):
        if scope.has("tbl_points", key):
            reached |= {kind for kind, channel in HISTORY_CHANNELS.items() if _is_power(name, channel)}
            reached |= {name.partition("/")[0]} if "/" in name else set()
    return frozenset(reached)


def flow_of(state: Json | None, reached: frozenset[str] | None) -> Json:
    """The power flow as one caller may see it.

    Args:
        state: The state as published.
        reached: Kinds and ids of the caller's nodes; None = all.
    """
    now_utc = utc_now()
    sees_site = reached is None
    nodes = [
        node_of(node, now_utc)
        for node in (state or {}).get("nodes", [])
        if isinstance(node, dict)
        and (reached is None or not reached.isdisjoint({str(node.get("kind")), str(node.get("id"))}))
    ]
    return {
        "utc": (state or {}).get("utc") or now_utc.isoformat(),
        "state": (state or {}).get("state") if sees_site else None,
        "active_controller": (state or {}).get("active_controller") if sees_site else None,
        "nodes": nodes,
    }


def _control_points(dbs: Databases) -> list[tuple[int, str, float]]:
    """The points that control keeps values in: key, control's name for the value, scale."""
    with dbs.session("system_db") as session:
        rows = session.rows(
            "SELECT p.id, p.address FROM tbl_points p JOIN tbl_data_sources s ON s.id = p.data_source_id"
            " WHERE s.protocol = 'edge-control' AND p.object_type = 'ANALOG_VALUE' ORDER BY p.id"
        )
    found: list[tuple[int, str, float]] = []
    for key, text in rows:
        try:
            address = orjson.loads(text or "{}")
        except orjson.JSONDecodeError:
            continue
        name = str(next((address[word] for word in ("channel", "figure", "name") if address.get(word)), ""))
        found.append((key, name, float(address.get("scale") or 1.0)))
    return found


def _is_power(name: str, channel: str) -> bool:
    return name in (channel, f"{channel}_w", f"{channel}_kw")


def history_points(dbs: Databases, scope: Scope) -> dict[str, tuple[int, float]]:
    """Kind of node → the point that keeps its power, if reached, and the factor from its values to W."""
    found: dict[str, tuple[int, float]] = {}
    for key, name, scale in _control_points(dbs):
        for kind, channel in HISTORY_CHANNELS.items():
            if _is_power(name, channel) and scope.has("tbl_points", key):
                found.setdefault(kind, (key, (1.0 if name.endswith("_w") else 1000.0) / scale))
    return found


def _minutes(ctx: Context) -> int:
    text = ctx.query("minutes") or "60"
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 1440 and len(text) <= 6):
        raise invalid("INVALID_MINUTES", field="minutes")
    return int(text)


def flow_history(ctx: Context, state: Json | None) -> Json:
    """Power of the nodes over the last minutes, thinned to a bounded number of instants."""
    minutes = _minutes(ctx)
    end = utc_now()
    start = end - timedelta(minutes=minutes)
    points = history_points(ctx.dbs, ctx.scope)
    step_s = max(1, -(-minutes * 60 // MOST_INSTANTS))
    first = int(start.timestamp()) // step_s
    count = int(end.timestamp()) // step_s - first + 1
    series = []
    reached = reached_nodes(ctx.dbs, ctx.scope)
    ids = {node["kind"]: node["id"] for node in flow_of(state, reached)["nodes"]}
    for kind, (key, factor) in points.items():
        with ctx.dbs.session("historical_db") as session:
            data = session.columns(
                "SELECT utc_date_time, actual_value + 0E0 FROM tbl_analog_value"
                " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time < %s",
                (key, stored(start), stored(end)),
                {"utc": "datetime64[ms]", "value": "float64"},
            )
        slot = data["utc"].astype("int64") // (1000 * step_s) - first
        kept = (slot >= 0) & (slot < count)
        total = np.bincount(slot[kept], weights=data["value"][kept], minlength=count)[:count]
        many = np.bincount(slot[kept], minlength=count)[:count]
        mean = np.divide(total, many, out=np.full(count, np.nan), where=many > 0) * factor
        series.append(
            {
                "id": ids.get(kind, kind),
                "kind": kind,
                "power_w": [None if np.isnan(value) else round(float(value), 1) for value in mean],
            }
        )
    utc = [datetime.fromtimestamp((first + n) * step_s, UTC).isoformat() for n in range(count)]
    return {"utc": utc if series else [], "series": series}


def routes(state: FlowState) -> list[Route]:
    """Routes of the power flow."""

    def now(ctx: Context) -> Json:
        ctx.resp.set_header("Cache-Control", "no-store")
        return flow_of(state.get(), reached_nodes(ctx.dbs, ctx.scope))

    def history(ctx: Context) -> Json:
        return flow_history(ctx, state.get())

    return [get("/site/flow", Auth.KEY, now), get("/site/flow/history", Auth.KEY, history)]
