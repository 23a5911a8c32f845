"""Routes of saved documents and of schedules."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from ems_common.clock import utc_now

from ems_api.auth import store as accounts
from ems_api.context import NOTHING, Context, Reply
from ems_api.errors import ApiError, Cause, invalid, missing
from ems_api.jobs import blocks, job_store, rhythm, saved_store, shapes
from ems_api.jobs.job_store import DATABASE, naive
from ems_api.jobs.orders import not_found, read_order, zone_of
from ems_api.jobs.owners import owner_of
from ems_api.jobs.saved_store import Saved
from ems_api.jobs.served import (
    JOB_MISSING,
    SCHEDULE_MISSING,
    Json,
    asker_of,
    body_of,
    check_order,
    denied,
    found_schedule,
    handler,
    may_change,
    name_in,
    owner_filter,
    show_job,
    show_saved,
    show_schedule,
    uuid_of,
)
from ems_api.jobs.worker import may_read
from ems_api.reports.render import files
from ems_api.reports.render.files import FORMS
from ems_api.reports.routes import send_file
from ems_api.routing import FILE, Route
from ems_api.schemas import schema

MOST_SAVED: Final = 500
MOST_RECIPIENTS: Final = 20
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def _documents(ctx: Context) -> Json:
    with ctx.dbs.session(DATABASE) as session:
        found = saved_store.documents(session, owner_filter(ctx))
    return {"documents": [show_saved(ctx, saved, whole=False) for saved in found]}


def _found_document(ctx: Context, uuid: str) -> Saved:
    key = uuid_of(uuid, "REPORT_DOCUMENT_NOT_FOUND")
    with ctx.dbs.session(DATABASE) as session:
        saved = saved_store.document(session, key)
    if saved is None or not may_read(saved, asker_of(ctx)):
        raise not_found()
    return saved


def _document(ctx: Context, uuid: str) -> Json:
    return show_saved(ctx, _found_document(ctx, uuid))


def _save_document(ctx: Context, uuid: str = "") -> Reply:
    owner = owner_of(ctx.identity)
    if uuid:
        saved = _found_document(ctx, uuid)
        if not may_change(ctx, saved.owner):
            raise denied("document")
    body = dict(body_of(ctx))
    name, is_shared = name_in(body), body.pop("is_shared", False)
    if not isinstance(is_shared, bool):
        raise invalid("INVALID_REPORT_DOCUMENT", field="is_shared")
    body.pop("name")
    definition = blocks.read_definition(body, asker_of(ctx))
    with ctx.dbs.session(DATABASE) as session:
        if not uuid:
            _bounded(saved_store.count(session, "tbl_report_documents", owner))
        key = saved_store.save_document(
            session, owner, name, msgspec.to_builtins(definition), is_shared=is_shared, key=uuid.lower()
        )
        found = saved_store.document(session, key)
    if found is None:
        raise not_found()
    shown = show_saved(ctx, found)
    return Reply(200, shown) if uuid else Reply(201, shown, f"/v1/reportdocuments/{key}", found.id)


def _bounded(count: int) -> None:
    if count >= MOST_SAVED:
        raise ApiError("TOO_MANY_SAVED_REPORTS", Cause.TOO_MANY, detail=f"at most {MOST_SAVED} may be saved")


def _remove_document(ctx: Context, uuid: str) -> Reply:
    saved = _found_document(ctx, uuid)
    if not may_change(ctx, saved.owner):
        raise denied("document")
    with ctx.dbs.session(DATABASE) as session:
        saved_store.remove_document(session, saved.uuid)
    return Reply(204, entity_id=saved.id)


def _render_document(ctx: Context, uuid: str, form: str) -> Any:
    if form not in FORMS:
        raise missing("NOT_FOUND")
    saved = _found_document(ctx, uuid)
    asker = asker_of(
        ctx, language=ctx.query("language"), timezone=ctx.query("timezone"), currency=ctx.query("currency")
    )
    definition = msgspec.convert(saved.definition, blocks.Definition)
    document = blocks.render(saved.name, definition, asker, lambda _done_pct: None)
    content = files.make(form, document, ctx.query("chart"))
    if not content:
        raise invalid("INVALID_CHART", field="chart", detail="the document has no such chart")
    send_file(ctx, content, f"{document.file_name}.{form}", FORMS[form].media_type)
    return NOTHING


def _schedules(ctx: Context) -> Json:
    with ctx.dbs.session(DATABASE) as session:
        found = saved_store.schedules(session, owner_filter(ctx))
    return {"schedules": [show_schedule(ctx, schedule) for schedule in found]}


def _show_schedule(ctx: Context, uuid: str) -> Json:
    return show_schedule(ctx, found_schedule(ctx, uuid))


def _save_schedule(ctx: Context, uuid: str = "") -> Reply:
    if uuid:
        found_schedule(ctx, uuid, writes=True)
    values = _schedule_values(ctx, body_of(ctx))
    with ctx.dbs.session(DATABASE) as session:
        if not uuid:
            values["owner"] = owner_of(ctx.identity)
            _bounded(saved_store.count(session, "tbl_report_schedules", values["owner"]))
        key = saved_store.save_schedule(session, values, key=uuid.lower())
        found = saved_store.schedule(session, key)
    if found is None:
        raise missing(SCHEDULE_MISSING)
    shown = show_schedule(ctx, found)
    return Reply(200, shown) if uuid else Reply(201, shown, f"/v1/reportschedules/{key}", found.id)


def _schedule_values(ctx: Context, body: Json) -> Json:
    """The columns of a schedule in a body, each checked.

    Raises:
        ApiError: A member is at fault.
    """
    unknown = set(body) - {"name", "order", "rhythm", "timezone", "recipients", "is_enabled"}
    if unknown:
        raise invalid("INVALID_REPORT_SCHEDULE", detail=f"unknown members: {', '.join(sorted(unknown))}")
    order = read_order(body.get("order"))
    check_order(ctx, order)
    if order.report and not order.period:
        detail = "the order of a schedule names a period that moves, such as last_month"
        raise invalid("INVALID_PERIOD", field="order.period", detail=detail)
    given = body.get("rhythm")
    if not isinstance(given, str):
        raise invalid("INVALID_RHYTHM", field="rhythm")
    expression = rhythm.checked(given)
    zone_name = body.get("timezone") or ctx.services.settings.site.time_zone
    is_enabled = body.get("is_enabled", True)
    if not isinstance(is_enabled, bool) or not isinstance(zone_name, str):
        raise invalid("INVALID_REPORT_SCHEDULE", field="is_enabled")
    return {
        "name": name_in(body),
        "request": msgspec.to_builtins(order),
        "rhythm": expression,
        "time_zone": zone_name,
        "recipients": _recipients(ctx, body.get("recipients", [])),
        "is_enabled": is_enabled,
        "next_run_utc": naive(rhythm.next_due(expression, utc_now(), zone_of(zone_name))),
    }


def _recipients(ctx: Context, given: Any) -> list[str]:
    """The addresses of a schedule: anybody's for an administrator, of the site's users for everyone else.

    Raises:
        ApiError: One is no address, there are too many, or it is a stranger's.
    """
    if not isinstance(given, list) or len(given) > MOST_RECIPIENTS:
        raise invalid("INVALID_RECIPIENTS", field="recipients", detail=f"at most {MOST_RECIPIENTS} addresses")
    found = []
    for address in given:
        if not isinstance(address, str) or len(address) > 128 or not _ADDRESS.fullmatch(address.strip()):
            raise invalid(
                "INVALID_RECIPIENTS", field="recipients", detail=f"{str(address)[:80]} is no address"
            )
        found.append(address.strip())
    if not (ctx.identity.is_admin or ctx.identity.is_unbound_key):
        with ctx.dbs.session(accounts.DATABASE) as session:
            strangers = [address for address in found if accounts.user_by_email(session, address) is None]
        if strangers:
            detail = f"only an administrator may send reports to strangers: {', '.join(strangers)}"
            raise ApiError("INVALID_RECIPIENTS", Cause.DENIED, detail=detail, field="recipients")
    return list(dict.fromkeys(found))


def _remove_schedule(ctx: Context, uuid: str) -> Reply:
    schedule = found_schedule(ctx, uuid, writes=True)
    with ctx.dbs.session(DATABASE) as session:
        saved_store.remove_schedule(session, schedule.uuid)
    return Reply(204, entity_id=schedule.id)


def _run_schedule(ctx: Context, uuid: str) -> Reply:
    """Carry a schedule out once, now; its mails go out as on any other day."""
    schedule = found_schedule(ctx, uuid, writes=True)
    with ctx.dbs.session(DATABASE) as session:
        key = job_store.add(session, schedule.owner, schedule.request, schedule_id=schedule.id)
        job = job_store.find(session, key)
    if job is None:
        raise missing(JOB_MISSING)
    return Reply(202, show_job(ctx, job), f"/v1/reports/{key}", job.id)


_ALL: Final = (("all", "boolean"),)
_DOCUMENT: Final = {"body": shapes.DOCUMENT_BODY, "answer": schema(shapes.DOCUMENT)}
_SCHEDULE: Final = {"body": shapes.SCHEDULE_BODY, "answer": schema(shapes.SCHEDULE)}
_IN_FILE: Final = tuple((name, "string") for name in ("language", "timezone", "currency", "chart"))
ROUTES: Final = (
    Route(
        "/reportdocuments",
        {
            "GET": handler(_documents, "Saved report documents.", query=_ALL, answer=shapes.DOCUMENTS),
            "POST": handler(_save_document, "Save a report document.", "ReportDocument", **_DOCUMENT),
        },
    ),
    Route(
        "/reportdocuments/{uuid}",
        {
            "GET": handler(_document, "A saved report document.", answer=schema(shapes.DOCUMENT)),
            "PUT": handler(_save_document, "Change a report document.", "ReportDocument", **_DOCUMENT),
            "DELETE": handler(_remove_document, "Remove a report document.", "ReportDocument"),
        },
    ),
    Route(
        "/reportdocuments/{uuid}.{form}",
        {
            "GET": handler(
                _render_document,
                "A saved document with today's figures, as a file.",
                query=_IN_FILE,
                media_type=FILE,
            )
        },
    ),
    Route(
        "/reportschedules",
        {
            "GET": handler(_schedules, "Schedules of reports.", query=_ALL, answer=shapes.SCHEDULES),
            "POST": handler(_save_schedule, "Schedule a report.", "ReportSchedule", **_SCHEDULE),
        },
    ),
    Route(
        "/reportschedules/{uuid}",
        {
            "GET": handler(_show_schedule, "A schedule of a report.", answer=schema(shapes.SCHEDULE)),
            "PUT": handler(_save_schedule, "Change a schedule.", "ReportSchedule", **_SCHEDULE),
            "DELETE": handler(_remove_schedule, "Remove a schedule.", "ReportSchedule"),
        },
    ),
    Route(
        "/reportschedules/{uuid}/run",
        {
            "POST": handler(
                _run_schedule,
                "Carry a schedule out now.",
                "ReportSchedule",
                is_later=True,
                answer=schema(shapes.JOB),
            )
        },
    ),
)
