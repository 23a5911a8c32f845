"""`GET /v1/pipeline`: what each stage does and has still to do, how far it is, and what it found wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ems_common.clock import utc_now
from ems_common.pipeline import OpenReason, StageState, provisional_slots, stage_states

from ems_api.context import Context
from ems_api.routing import Auth, get

Json = dict[str, Any]
SEEN_WITHIN: Final = timedelta(seconds=120)
"""A stage that neither holds its lease nor told anything for longer is away."""
MOST_FINDINGS: Final = 500


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
            "SELECT stage, kind, entity_kind, entity_id, message, since_utc FROM tbl_findings"
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
                "message": message,
                "since": _shown(since.replace(tzinfo=UTC), ctx.zone),
            }
            for stage, kind, entity, key, message, since in rows
        ],
    }


ROUTES = (
    get(
        "/pipeline",
        Auth.ADMIN,
        _pipeline,
        summary="State of cleaning, normalization and aggregation: open work, progress, what is wrong",
    ),
)
