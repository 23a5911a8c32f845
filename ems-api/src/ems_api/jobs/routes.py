"""Routes of report jobs."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ems_api.context import NOTHING, Context, Reply
from ems_api.errors import ApiError, Cause, invalid, missing
from ems_api.jobs import job_store, saved_routes, shapes
from ems_api.jobs.job_store import DATABASE, Job
from ems_api.jobs.orders import read_order
from ems_api.jobs.owners import owner_of
from ems_api.jobs.served import (
    JOB_MISSING,
    Json,
    body_of,
    check_order,
    denied,
    found_schedule,
    handler,
    is_mine,
    may_change,
    owner_filter,
    show_job,
    uuid_of,
)
from ems_api.reports.routes import file_headers
from ems_api.routing import FILE, Route
from ems_api.schemas import schema

MOST_OPEN_JOBS: Final = 20
MOST_LISTED: Final = 200
_ALL: Final = ("all", "boolean")


def _order_job(ctx: Context) -> Reply:
    order = read_order(body_of(ctx))
    check_order(ctx, order)
    owner = owner_of(ctx.identity)
    with ctx.dbs.session(DATABASE) as session:
        if job_store.count_open(session, owner) >= MOST_OPEN_JOBS:
            raise ApiError(
                "TOO_MANY_REPORT_JOBS",
                Cause.TOO_MANY,
                detail=f"{MOST_OPEN_JOBS} jobs wait or run; try again when one has ended",
            )
        key = job_store.add(session, owner, msgspec.to_builtins(order))
        job = job_store.find(session, key)
    if job is None:
        raise missing(JOB_MISSING)
    return Reply(202, show_job(ctx, job), f"/v1/reports/{key}", job.id)


def _jobs(ctx: Context) -> Json:
    limit, before = _number(ctx, "limit", 50), _number(ctx, "before", 0)
    schedule_id = 0
    if ctx.query("schedule"):
        schedule_id = found_schedule(ctx, ctx.query("schedule")).id
    with ctx.dbs.session(DATABASE) as session:
        found = job_store.newest(
            session,
            owner=owner_filter(ctx),
            schedule_id=schedule_id,
            limit=max(1, min(limit, MOST_LISTED)),
            before=before,
        )
    return {"jobs": [show_job(ctx, job) for job in found]}


def _number(ctx: Context, name: str, default: int) -> int:
    text = ctx.query(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise invalid(f"INVALID_{name.upper()}", field=name)
    return int(text)


def _found_job(ctx: Context, uuid: str, *, writes: bool = False) -> Job:
    key = uuid_of(uuid, JOB_MISSING)
    with ctx.dbs.session(DATABASE) as session:
        job = job_store.find(session, key)
    if job is None or not is_mine(ctx, job.owner):
        raise missing(JOB_MISSING)
    if writes and not may_change(ctx, job.owner):
        raise denied("job")
    return job


def _job(ctx: Context, uuid: str) -> Json:
    job = _found_job(ctx, uuid)
    with ctx.dbs.session(DATABASE) as session:
        deliveries = job_store.deliveries(session, job.id)
    return {**show_job(ctx, job), "deliveries": deliveries}


def _download(ctx: Context, uuid: str) -> Any:
    job = _found_job(ctx, uuid)
    if job.status != "done":
        raise ApiError(
            "REPORT_JOB_IS_NOT_DONE", Cause.CONFLICT, detail=f"the job is {job.status}; there is no file"
        )
    file_headers(
        ctx, job.file_name or "report", job.media_type or "application/octet-stream", job.file_bytes or 0
    )
    ctx.resp.stream = job_store.pieces(ctx.dbs, job.id)
    return NOTHING


def _cancel(ctx: Context, uuid: str) -> Json:
    job = _found_job(ctx, uuid, writes=True)
    with ctx.dbs.session(DATABASE) as session:
        if not job_store.cancel(session, job.id):
            raise ApiError("REPORT_JOB_HAS_ENDED", Cause.CONFLICT, detail=f"the job is {job.status}")
    return _job(ctx, uuid)


def _remove_job(ctx: Context, uuid: str) -> Reply:
    job = _found_job(ctx, uuid, writes=True)
    with ctx.dbs.session(DATABASE) as session:
        job_store.cancel(session, job.id)
        job_store.remove(session, [job.id])
    return Reply(204, entity_id=job.id)


ROUTES: Final = (
    Route(
        "/reports",
        {
            "GET": handler(
                _jobs,
                "Report jobs, the newest first.",
                query=(("schedule", "string"), ("limit", "integer"), ("before", "integer"), _ALL),
                answer=shapes.JOBS,
            ),
            "POST": handler(
                _order_job,
                "Order a report.",
                "ReportJob",
                is_later=True,
                body=shapes.ORDER_BODY,
                answer=schema(shapes.JOB),
            ),
        },
    ),
    Route(
        "/reports/{uuid}",
        {
            "GET": handler(
                _job,
                "A report job: its state, progress, file and mails.",
                answer=schema(shapes.DELIVERED),
            ),
            "DELETE": handler(_remove_job, "Remove a report job and its file.", "ReportJob"),
        },
    ),
    Route(
        "/reports/{uuid}/download", {"GET": handler(_download, "The file of a report job.", media_type=FILE)}
    ),
    Route(
        "/reports/{uuid}/cancel",
        {"POST": handler(_cancel, "End a report job.", "ReportJob", answer=schema(shapes.DELIVERED))},
    ),
    *saved_routes.ROUTES,
)
