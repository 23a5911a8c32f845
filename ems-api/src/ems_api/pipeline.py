"""`/v1/pipeline`: what each stage does and has still to do, how far it is, what is wrong; and orders to it.

`POST /v1/pipeline/recompute` writes the rows of the change journal that make a stage look at a range again;
the later stages follow by themselves.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ems_common import orders
from ems_common.clock import utc_now
from ems_common.journal import BEGINNING_UTC, END_UTC
from ems_common.orders import ORDERS, TABLES, Order
from ems_common.pipeline import OpenReason, StageState, provisional_slots, stage_states

from ems_api.context import Context, Reply
from ems_api.errors import invalid, missing
from ems_api.findings import told
from ems_api.resources.checks import existing
from ems_api.routing import Auth, Handler, Route, get
from ems_api.wall_clock import parse_instant

Json = dict[str, Any]
SEEN_WITHIN: Final = timedelta(seconds=120)
"""A stage that neither holds its lease nor told anything for longer is away."""
MOST_FINDINGS: Final = 500
_INSTANT: Final[Json] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
RECOMPUTE_BODY: Final[Json] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["stage"],
            "properties": {
                "stage": {"type": "string", "enum": list(ORDERS)},
                "from": {**_INSTANT, "description": "ISO 8601; from the beginning when not given"},
                "to": {**_INSTANT, "description": "ISO 8601; to the end when not given"},
                "entity": {
                    "description": "The whole site when not given",
                    "anyOf": [
                        {
                            "type": "object",
                            "required": ["kind", "id"],
                            "properties": {
                                "kind": {"type": "string", "enum": sorted(TABLES)},
                                "id": {"type": "integer", "minimum": 1},
                            },
                        },
                        {"type": "null"},
                    ],
                },
            },
        }
    },
}


def _shown(value: datetime | None, zone: ZoneInfo) -> str | None:
    return None if value is None else value.astimezone(zone).replace(microsecond=0).isoformat()


def _state_of(state: StageState, now_utc: datetime) -> str:
    told = state.progress.get("updated_utc")
    is_recent = told is not None and now_utc - told < SEEN_WITHIN
    if is_recent and state.progress["is_working"]:
        return "working"
    return "ready" if state.holder or is_recent else "away"


def _reason(item: OpenReason, zone: ZoneInfo) -> Json:
    return {
        "kind": item.kind,
        "entity_kind": item.entity_kind,
        "reason": item.reason,
        "windows": item.changes,
        "from": _shown(item.from_utc, zone),
        "to": _shown(item.to_utc, zone) if item.to_utc.year < 9000 else None,
        "since": _shown(item.since_utc, zone),
    }


def _stage(state: StageState, zone: ZoneInfo, now_utc: datetime) -> Json:
    progress, doing = state.progress, _state_of(state, now_utc)
    is_working = doing == "working"
    return {
        "name": state.name,
        "state": doing,
        "instance": state.holder or progress.get("instance") or None,
        "step": progress["step"] if is_working else None,
        "done_ratio": progress["done_ratio"] if is_working else None,
        "remaining_s": progress["remaining_s"] if is_working else None,
        "watermark": _shown(state.watermark_utc, zone),
        "dirty_windows": state.open_changes,
        "open": [_reason(item, zone) for item in state.open],
        "last_pass": {
            "ended": _shown(progress.get("last_pass_utc"), zone),
            "seconds": progress["last_pass_s"],
            "summary": progress["last_summary"],
        }
        if progress.get("last_pass_utc")
        else None,
    }


def _pipeline(ctx: Context) -> Json:
    slot = timedelta(minutes=ctx.services.settings.site.hour_minutes)
    now_utc = utc_now()
    states = stage_states(ctx.dbs, slot)
    with ctx.dbs.session("system_db") as session:
        rows = session.rows(
            "SELECT stage, kind, entity_kind, entity_id, message, data, since_utc FROM tbl_findings"
            " ORDER BY since_utc DESC, id LIMIT %s",
            (MOST_FINDINGS,),
        )
    return {
        "stages": [_stage(state, ctx.zone, now_utc) for state in states],
        "slot_minutes": ctx.services.settings.site.hour_minutes,
        "provisional_slots": provisional_slots(ctx.dbs),
        "findings": [
            {
                "stage": stage,
                "kind": kind,
                "entity": {"kind": entity, "id": key} if entity else None,
                **told(message, data),
                "since": _shown(since.replace(tzinfo=UTC), ctx.zone),
            }
            for stage, kind, entity, key, message, data, since in rows
        ],
    }


def _instant(ctx: Context, name: str, given: Any, default: datetime) -> datetime:
    if given is None:
        return default
    try:
        if not isinstance(given, str):
            raise ValueError("not a text")
        return parse_instant(given, ctx.zone)
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name, detail="must be an ISO 8601 instant") from ex


def _entity(ctx: Context, order: Order, given: Any) -> tuple[str, int] | None:
    """(kind, id) of what is computed again; None for the whole site."""
    if given is None:
        return None
    kind, key = (given.get("kind"), given.get("id")) if isinstance(given, dict) else (None, None)
    is_key = isinstance(key, int) and not isinstance(key, bool) and 0 < key < 2**63
    if not isinstance(kind, str) or kind not in order.kinds or not isinstance(key, int) or not is_key:
        detail = f"must be an id and one of the kinds {', '.join(order.kinds)}"
        raise invalid("INVALID_ENTITY", field="entity", detail=detail)
    with ctx.dbs.session("system_db") as session:
        if not existing(session, TABLES[kind], [key]):
            raise missing(f"{kind.upper()}_NOT_FOUND")
    return kind, key


def _recompute(ctx: Context) -> Reply:
    """Tell a stage to look at a range again; it begins with its next pass, within seconds."""
    data = ctx.data()
    stage = data.get("stage")
    order = ORDERS.get(stage) if isinstance(stage, str) else None
    if order is None or not isinstance(stage, str):
        raise invalid("INVALID_STAGE", field="stage", detail=f"must be one of {', '.join(ORDERS)}")
    start_utc = _instant(ctx, "from", data.get("from"), BEGINNING_UTC)
    end_utc = _instant(ctx, "to", data.get("to"), END_UTC)
    if start_utc >= end_utc:
        raise invalid("INVALID_TO", field="to", detail="the range is empty")
    windows = orders.give(ctx.dbs, stage, start_utc, end_utc, _entity(ctx, order, data.get("entity")))
    return Reply(202, {"windows": windows})


ROUTES = (
    Route(
        "/pipeline/recompute",
        {
            "POST": Handler(
                Auth.ADMIN,
                _recompute,
                "Pipeline",
                "Tell a stage to compute a range again",
                body=RECOMPUTE_BODY,
                is_later=True,
            )
        },
    ),
    get(
        "/pipeline",
        Auth.ADMIN,
        _pipeline,
        summary="State of cleaning, normalization and aggregation: open work, progress, what is wrong",
    ),
)
