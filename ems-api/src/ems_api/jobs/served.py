"""What the routes of jobs, schedules and saved documents have in common: whose is it, how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ems_api.context import Context
from ems_api.errors import ApiError, Cause, invalid, missing
from ems_api.jobs import saved_store
from ems_api.jobs.job_store import DATABASE, Job
from ems_api.jobs.orders import Asker, Order, check, not_found, zone_of
from ems_api.jobs.owners import owner_of
from ems_api.jobs.saved_store import Saved, Schedule
from ems_api.jobs.worker import may_read
from ems_api.routing import Auth, Handler

Json = dict[str, Any]
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST_NAME: Final = 128
JOB_MISSING: Final = "REPORT_JOB_NOT_FOUND"
SCHEDULE_MISSING: Final = "REPORT_SCHEDULE_NOT_FOUND"


def uuid_of(id_: str, fault: str) -> str:
    """The UUID in a path.

    Raises:
        ApiError: It is none, so there is no such thing.
    """
    key = id_.lower()
    if not _UUID.fullmatch(key):
        raise missing(fault)
    return key


def owner_filter(ctx: Context) -> str:
    """Whose things are listed: the caller's, or everybody's where an administrator asks for ``?all=true``."""
    wants_all = ctx.query("all").lower() == "true"
    return "" if wants_all and ctx.identity.is_admin else owner_of(ctx.identity)


def is_mine(ctx: Context, owner: str) -> bool:
    """Whether the caller may read a thing of that owner."""
    return ctx.identity.is_admin or owner == owner_of(ctx.identity)


def may_change(ctx: Context, owner: str) -> bool:
    """Whether the caller may change a thing of that owner: his own, or any as administrator who may write."""
    identity = ctx.identity
    return owner == owner_of(identity) or (identity.is_admin and not identity.is_read_only)


def denied(what: str) -> ApiError:
    """The caller may read the thing, not change it."""
    return ApiError("INVALID_PRIVILEGE", Cause.DENIED, detail=f"the {what} is somebody else's")


def name_in(data: Json) -> str:
    """The name in a body.

    Raises:
        ApiError: There is none, or it is too long.
    """
    name = data.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise invalid("INVALID_NAME", field="name", detail=f"name has 1 to {LONGEST_NAME} characters")
    return name.strip()


def asker_of(ctx: Context, *, language: str = "", timezone: str = "", currency: str = "") -> Asker:
    """The caller as one who asks for reports."""
    return Asker(ctx.services, ctx.identity, language, timezone, currency)


def _instant(ctx: Context, stored: datetime | None) -> str | None:
    return None if stored is None else stored.replace(tzinfo=UTC).astimezone(ctx.zone).isoformat()


def show_job(ctx: Context, job: Job) -> Json:
    """A job as clients see it."""
    shown: Json = {
        "id": job.uuid,
        "number": job.id,
        "status": job.status,
        "progress_pct": job.progress_pct,
        "order": job.request,
        "owner": job.owner,
        "is_scheduled": job.schedule_id is not None,
        "created": _instant(ctx, job.created_utc),
        "started": _instant(ctx, job.started_utc),
        "finished": _instant(ctx, job.finished_utc),
        "file": None,
        "error": None,
    }
    if job.status == "done":
        shown["file"] = {
            "name": job.file_name,
            "media_type": job.media_type,
            "bytes": job.file_bytes,
            "href": f"/v1/reports/{job.uuid}/download",
        }
    if job.error_key:
        shown["error"] = {"description": job.error_key, "detail": job.error}
    return shown


def show_saved(ctx: Context, saved: Saved, *, whole: bool = True) -> Json:
    """A saved document as clients see it."""
    shown: Json = {
        "id": saved.uuid,
        "name": saved.name,
        "owner": saved.owner,
        "is_mine": is_mine(ctx, saved.owner),
        "is_shared": saved.is_shared,
        "created": _instant(ctx, saved.created_utc),
        "updated": _instant(ctx, saved.updated_utc),
    }
    return {**shown, **saved.definition} if whole else shown


def show_schedule(ctx: Context, schedule: Schedule) -> Json:
    """A schedule as clients see it."""
    return {
        "id": schedule.uuid,
        "name": schedule.name,
        "owner": schedule.owner,
        "order": schedule.request,
        "rhythm": schedule.rhythm,
        "timezone": schedule.time_zone,
        "recipients": schedule.recipients,
        "is_enabled": schedule.is_enabled,
        "next_run": _instant(ctx, schedule.next_run_utc) if schedule.is_enabled else None,
        "last_run": _instant(ctx, schedule.last_run_utc),
        "last_error": schedule.last_error,
    }


def body_of(ctx: Context) -> Json:
    """The body's object; MyEMS' wrapping in ``data`` is taken off where it is there."""
    body = ctx.json()
    inner = body.get("data")
    return inner if isinstance(inner, dict) and len(body) == 1 else body


def check_order(ctx: Context, order: Order) -> None:
    """Refuse an order whose parameters are at fault, while its maker is there to hear of it.

    Raises:
        ApiError: A parameter is at fault, or there is no such document.
    """
    asker = asker_of(ctx, language=order.language, timezone=order.timezone, currency=order.currency)
    if order.timezone:
        zone_of(order.timezone)
    if order.report:
        check(order, asker)
        return
    with ctx.dbs.session(DATABASE) as session:
        saved = saved_store.document(session, order.document)
    if saved is None or not may_read(saved, asker):
        raise not_found()


def found_schedule(ctx: Context, id_: str, *, writes: bool = False) -> Schedule:
    """The schedule of that UUID.

    Raises:
        ApiError: There is none, or it is somebody else's.
    """
    key = uuid_of(id_, SCHEDULE_MISSING)
    with ctx.dbs.session(DATABASE) as session:
        schedule = saved_store.schedule(session, key)
    if schedule is None or not is_mine(ctx, schedule.owner):
        raise missing(SCHEDULE_MISSING)
    if writes and not may_change(ctx, schedule.owner):
        raise denied("schedule")
    return schedule


def handler(run: Callable[..., Any], summary: str, logged: str = "", **more: Any) -> Handler:
    """A handler of this package: for people and for API keys; `more` is the handler's own."""
    return Handler(Auth.KEY, run, logged, summary, **more)
