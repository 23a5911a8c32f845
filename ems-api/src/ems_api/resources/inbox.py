"""What a user is told in the browser: messages of rules, notifications; tickets, of which there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ems_common.clock import utc_now
from ems_common.db.sql import Sql, compose, each, marks

from ems_api.context import Context, Reply, path_id
from ems_api.errors import invalid, missing
from ems_api.resources.messages import MOST_ROWS, PERIOD, period
from ems_api.resources.values import without_tags
from ems_api.routing import Auth, Handler, Route, get
from ems_api.wall_clock import epoch_ms, parse_instant, show_instant, stored

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Inbox:
    """Rows that belong to the user who asks; `newer` columns are told by the newer dialect alone."""

    table: str
    database: str
    columns: tuple[str, ...]
    key: str
    statuses: tuple[str, ...]
    newer: tuple[str, ...] = ()


WEB = Inbox(
    "tbl_web_messages",
    "fdd_db",
    (
        *("id", "subject", "message", "created_datetime_utc", "start_datetime_utc", "end_datetime_utc"),
        *("update_datetime_utc", "status", "reply"),
    ),
    "WEB_MESSAGE",
    ("new", "acknowledged", "read"),
    newer=("priority",),
)
NOTIFICATIONS = Inbox(
    "tbl_notifications",
    "user_db",
    ("id", "created_datetime_utc", "status", "subject", "message", "url"),
    "NOTIFICATION",
    ("unread", "read", "archived"),
)


def _own_rows(ctx: Context, box: Inbox, where: Sql, params: tuple[Any, ...]) -> list[Json]:
    if not ctx.identity.user_id:
        return []
    columns = (*box.columns, *box.newer) if ctx.v1 else box.columns
    with ctx.dbs.session(box.database) as session:
        rows = session.rows(
            compose(
                "SELECT {columns} FROM {table} WHERE user_id = %s{where}"
                " ORDER BY created_datetime_utc DESC, id DESC LIMIT %s",
                columns=columns,
                table=box.table,
                where=where,
            ),
            (ctx.identity.user_id, *params, MOST_ROWS),
        )

    def shown(name: str, value: Any) -> Any:
        if isinstance(value, datetime):
            return epoch_ms(value) if box is WEB else show_instant(value, ctx.zone, v1=ctx.v1)
        # Mails break lines with a tag, which a browser would show.
        return without_tags(value) if box is WEB and name == "message" else value

    names = [name.removesuffix("_utc") for name in columns]
    return [{name: shown(name, value) for name, value in zip(names, row, strict=True)} for row in rows]


def _status_term(status: str, every: str, values: list[Any], column: str = "status") -> Sql:
    if status == every:
        return compose("")
    values.append(status)
    return compose(" AND {column} = %s", column=column)


def _web_list(ctx: Context) -> list[Json]:
    start, end = period(ctx)
    status, priority = ctx.query("status"), ctx.query("priority")
    if status not in (*WEB.statuses, "all"):
        raise invalid("INVALID_STATUS", field="status")
    if priority not in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "ALL"):
        raise invalid("INVALID_PRIORITY", field="priority")
    values: list[Any] = [start, end]
    where = compose(
        " AND created_datetime_utc >= %s AND created_datetime_utc < %s{status}{priority}",
        status=_status_term(status, "all", values),
        priority=_status_term(priority, "ALL", values, "priority"),
    )
    return _own_rows(ctx, WEB, where, tuple(values))


def _notifications(ctx: Context) -> list[Json]:
    status = ctx.query("status")
    if status and status not in NOTIFICATIONS.statuses:
        raise invalid("INVALID_STATUS", field="status")
    values: list[Any] = [status or "archived"]
    where = compose(" AND status = %s" if status else " AND status <> %s")
    ends: list[datetime] = []
    for name, term in (
        ("start", compose(" AND created_datetime_utc >= %s")),
        ("end", compose(" AND created_datetime_utc < %s")),
    ):
        text = ctx.query(f"{name}datetime")
        if text:
            try:
                ends.append(stored(parse_instant(text, ctx.zone)))
            except ValueError as ex:
                raise invalid(f"INVALID_{name.upper()}_DATETIME", field=f"{name}datetime") from ex
            where = compose("{where}{term}", where=where, term=term)
    if len(ends) == 2 and ends[0] >= ends[1]:
        raise invalid("INVALID_END_DATETIME", field="enddatetime")
    return _own_rows(ctx, NOTIFICATIONS, where, (*values, *ends))


def _own_item(box: Inbox) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        found = _own_rows(ctx, box, compose(" AND id = %s"), (path_id(id_, f"INVALID_{box.key}_ID"),))
        if not found:
            raise missing(f"{box.key}_NOT_FOUND")
        return found[0]

    return run


def _own_update(box: Inbox, *, all_new: bool = False) -> Callable[..., Any]:
    def run(ctx: Context, id_: str = "") -> Reply:
        key = 0 if all_new else path_id(id_, f"INVALID_{box.key}_ID")
        data = ctx.data()
        status = data.get("status")
        if not isinstance(status, str) or status.strip() not in box.statuses:
            raise invalid("INVALID_STATUS", field="status")
        values: dict[str, Any] = {"status": status.strip()}
        if box is WEB:
            reply = data.get("reply")
            if not isinstance(reply, str) or not reply.strip():
                raise invalid("INVALID_REPLY", field="reply")
            values |= {"reply": reply.strip(), "update_datetime_utc": stored(utc_now())}
        which = compose("status = 'new'" if all_new else "id = %s")
        params = [*values.values(), ctx.identity.user_id] + ([] if all_new else [key])
        if not all_new:
            _own_item(box)(ctx, id_)
        with ctx.dbs.session(box.database) as session:
            changed = session.execute(
                compose(
                    "UPDATE {table} SET {terms} WHERE user_id = %s AND {which}",
                    table=box.table,
                    terms=each("{name} = %s", values),
                    which=which,
                ),
                params,
            )
        if all_new and not changed:
            raise missing(f"{box.key}_NOT_FOUND")
        return Reply(200, entity_id=key or None)

    return run


def _own_delete(box: Inbox) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Reply:
        _own_item(box)(ctx, id_)
        with ctx.dbs.session(box.database) as session:
            session.execute(
                compose("DELETE FROM {table} WHERE id = %s AND user_id = %s", table=box.table),
                (int(id_), ctx.identity.user_id),
            )
        return Reply(204, entity_id=int(id_))

    return run


def _batch_ids(ctx: Context) -> list[int]:
    given = ctx.json().get("ids")
    texts = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    keys = [str(text).strip() for text in texts]
    if (
        not keys
        or not all(key.isascii() and key.isdigit() and len(key) < 19 for key in keys)
        or len(keys) > MOST_ROWS
    ):
        raise invalid("INVALID_WEB_MESSAGE_ID", field="ids")
    return [int(key) for key in keys]


def _batch_read(ctx: Context) -> Reply:
    keys = _batch_ids(ctx)
    with ctx.dbs.session(WEB.database) as session:
        session.execute(
            compose(
                "UPDATE tbl_web_messages SET status = 'read', update_datetime_utc = %s"
                " WHERE user_id = %s AND id IN ({keys})",
                keys=marks(keys),
            ),
            [stored(utc_now()), ctx.identity.user_id, *keys],
        )
    return Reply(200)


def _batch_delete(ctx: Context) -> Reply:
    keys = _batch_ids(ctx)
    with ctx.dbs.session(WEB.database) as session:
        session.execute(
            compose("DELETE FROM tbl_web_messages WHERE user_id = %s AND id IN ({keys})", keys=marks(keys)),
            [ctx.identity.user_id, *keys],
        )
    return Reply(200)


def _new(ctx: Context) -> list[Json]:
    return _own_rows(ctx, WEB, compose(" AND status = 'new'"), ())


def _tickets(ctx: Context) -> list[Json]:
    """The community edition keeps no tickets; the route and its checks are there for its clients."""
    period(ctx)
    if ctx.query("status") not in ("new", "read", "acknowledged", "all"):
        raise invalid("INVALID_STATUS", field="status")
    return []


def _no_ticket(_ctx: Context, id_: str) -> None:
    path_id(id_, "INVALID_TICKET_ID")
    raise missing("TICKET_NOT_FOUND")


ROUTES = (
    get("/webmessages", Auth.KEY, _web_list, query=(*PERIOD, ("status", "string"), ("priority", "string"))),
    Route(
        "/webmessages/{id_}",
        {
            "GET": Handler(Auth.KEY, _own_item(WEB)),
            "PUT": Handler(Auth.SESSION, _own_update(WEB), "WebMessageItem"),
            "DELETE": Handler(Auth.SESSION, _own_delete(WEB), "WebMessageItem"),
        },
    ),
    Route(
        "/webmessagesnew",
        {
            "GET": Handler(Auth.KEY, _new),
            "PUT": Handler(Auth.SESSION, _own_update(WEB, all_new=True), "WebMessageStatusNewCollection"),
        },
    ),
    Route(
        "/webmessagesbatch",
        {
            "PUT": Handler(Auth.SESSION, _batch_read, "WebMessageBatch"),
            "DELETE": Handler(Auth.SESSION, _batch_delete, "WebMessageBatch"),
        },
    ),
    get("/notifications", Auth.KEY, _notifications, query=(*PERIOD, ("status", "string"))),
    Route(
        "/notifications/{id_}",
        {
            "GET": Handler(Auth.KEY, _own_item(NOTIFICATIONS)),
            "PUT": Handler(Auth.ADMIN, _own_update(NOTIFICATIONS), "NotificationItem"),
            "DELETE": Handler(Auth.ADMIN, _own_delete(NOTIFICATIONS), "NotificationItem"),
        },
    ),
    get("/tickets", Auth.SESSION, _tickets, query=(*PERIOD, ("status", "string"))),
    Route(
        "/tickets/{id_}",
        {
            "GET": Handler(Auth.SESSION, _no_ticket),
            "PUT": Handler(Auth.SESSION, _no_ticket),
            "DELETE": Handler(Auth.SESSION, _no_ticket),
        },
    ),
)
