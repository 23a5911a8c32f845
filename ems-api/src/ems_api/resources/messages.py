"""Messages: outboxes of mail, text and WeChat, and what a user is told in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ems_api.context import Context, Reply, path_id, read_json
from ems_api.errors import ApiError, Cause, Fault, invalid, missing
from ems_api.resources import writing
from ems_api.resources.checks import existing, stored_row
from ems_api.resources.declare import Field, Kind, Resource, field
from ems_api.routing import Auth, Handler, Route, get
from ems_api.wall_clock import epoch_ms, parse_instant, show_instant, stored
from ems_common.clock import utc_now

Json = dict[str, Any]
MOST_ROWS: Final = 10_000
_STATUS: Final = ("new", "acknowledged", "timeout")
_ID28 = r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z_-]{28}"
_ID43 = r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z_-]{43}"


@dataclass(frozen=True, eq=False)
class Outbox:
    """One kind of outgoing message.

    Attributes:
        resource: Table, fields and keys.
        shown: Name in answers → column; instants as milliseconds since 1970.
        item_shown: Names that differ in the item's answer.
        is_multipart: Whether bodies come as parts `req` and `file`.
        has_rule: Whether a message belongs to a rule.
    """

    resource: Resource
    shown: tuple[tuple[str, str], ...]
    item_shown: tuple[tuple[str, str], ...] = ()
    is_multipart: bool = False
    has_rule: bool = True
    can_create: bool = True


def _outbox_fields(*own: Field) -> tuple[Field, ...]:
    return (
        field("rule_id", required=True, optional_on_update=True),
        *own,
        field("status", choices=_STATUS, create=False),
        field("created_datetime"),
        field("scheduled_datetime"),
    )


def _pairs(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.removesuffix("_utc"), name) for name in names)


_TIMES = _pairs("created_datetime_utc", "scheduled_datetime_utc")
_MAIL = ("recipient_name", "recipient_email", "subject", "message")
OUTBOXES: Final = (
    Outbox(
        Resource(
            "tbl_email_messages",
            _outbox_fields(
                field("recipient_name"),
                field("recipient_email"),
                field("subject", error="SUBJECT_VALUE"),
                field("message", error="MESSAGE_VALUE"),
            ),
            database="fdd_db",
        ),
        (*_pairs("id", *_MAIL, "attachment_file_name"), *_TIMES, *_pairs("status")),
        is_multipart=True,
    ),
    Outbox(
        Resource(
            "tbl_text_messages_outbox",
            _outbox_fields(
                field("recipient_name"),
                field("recipient_mobile"),
                field("message", error="MESSAGE_VALUE"),
                field("acknowledge_code", required=True),
            ),
            path="/textmessages",
            entity="TEXT_MESSAGE",
            database="fdd_db",
        ),
        (*_pairs("id", "recipient_name", "recipient_mobile", "message"), *_TIMES, *_pairs("acknowledge_code", "status")),
    ),
    Outbox(
        Resource(
            "tbl_wechat_messages_outbox",
            _outbox_fields(
                field("recipient_name"),
                field("recipient_openid", pattern=_ID28),
                field("message_template_id", pattern=_ID43),
                field("message_data", strict=True),
                field("acknowledge_code", required=True),
            ),
            path="/wechatmessages",
            entity="WECHAT_MESSAGE",
            database="fdd_db",
        ),
        (
            *_pairs("id", "recipient_name", "recipient_openid", "message_template_id", "message_data"),
            ("created_datetime_utc", "created_datetime_utc"),
            ("scheduled_datetime_utc", "scheduled_datetime_utc"),
            *_pairs("acknowledge_code", "status"),
        ),
        item_shown=(("message_template_id", "recipient_template_id"),),
    ),
    Outbox(
        Resource(
            "tbl_email_messages",
            (
                field("recipient_name"),
                field("recipient_email"),
                field("subject", error="SUBJECT_VALUE"),
                field("message", error="MESSAGE_VALUE"),
                field("status", choices=_STATUS, kind=Kind.CHOICE),
                field("created_datetime"),
                field("scheduled_datetime"),
            ),
            path="/users/emailmessages",
            database="user_db",
        ),
        (*_pairs("id", *_MAIL), *_TIMES, *_pairs("status")),
        has_rule=False,
        can_create=False,
    ),
)


def period(ctx: Context) -> tuple[datetime, datetime]:
    """The period that a list of messages is asked for, naive UTC.

    Raises:
        ApiError: It is not one.
    """
    ends: list[datetime] = []
    for name in ("start", "end"):
        try:
            ends.append(stored(parse_instant(ctx.query(f"{name}datetime"), ctx.zone)))
        except ValueError as ex:
            raise invalid(f"INVALID_{name.upper()}_DATETIME_FORMAT", field=f"{name}datetime") from ex
    if ends[0] >= ends[1]:
        raise invalid("START_DATETIME_MUST_BE_EARLIER_THAN_END_DATETIME", field="startdatetime")
    return ends[0], ends[1]


def _shown(row: tuple[Any, ...], pairs: tuple[tuple[str, str], ...]) -> Json:
    return {
        name: epoch_ms(value) if isinstance(value, datetime) else value
        for (name, _), value in zip(pairs, row, strict=True)
    }


def _outbox_routes(box: Outbox) -> list[Route]:
    resource = box.resource
    columns = ", ".join(column for _, column in box.shown)
    renamed = dict(box.item_shown)

    def listing(ctx: Context) -> list[Json]:
        start, end = period(ctx)
        with ctx.dbs.session(resource.database) as session:
            rows = session.rows(
                f"SELECT {columns} FROM {resource.table}"  # noqa: S608  (catalog names)
                " WHERE created_datetime_utc >= %s AND created_datetime_utc < %s ORDER BY created_datetime_utc LIMIT %s",
                (start, end, MOST_ROWS),
            )
        return [_shown(row, box.shown) for row in rows]

    def item(ctx: Context, id_: str) -> Json:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.session(resource.database) as session:
            row = session.row(f"SELECT {columns} FROM {resource.table} WHERE id = %s", (key,))  # noqa: S608
        if row is None:
            raise missing(resource.not_found)
        return {renamed.get(name, name): value for name, value in _shown(row, box.shown).items()}

    def values_of(ctx: Context, data: Json, *, update: bool) -> Json:
        values, _ = writing.read_body(resource, data, ctx.zone, update=update)
        if "recipient_email" in values and "@" not in values["recipient_email"]:
            raise invalid("INVALID_EMAIL", field="recipient_email")
        return values

    def create(ctx: Context) -> Reply:
        data, name, content = _message_body(ctx, box)
        values = {**values_of(ctx, data, update=False), "status": "new"}
        if content is not None:
            values |= {"attachment_file_name": name, "attachment_file_object": content}
        with ctx.dbs.session(resource.database) as session:
            _check_rule(session, values)
            key = writing.insert(session, resource.table, values)
        return Reply(201, None, f"{resource.route}/{key}", key)

    def update(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        data, name, content = _message_body(ctx, box)
        values = values_of(ctx, data, update=True)
        if values.get("rule_id") is None:
            values.pop("rule_id", None)
        if content is not None:
            values |= {"attachment_file_name": name, "attachment_file_object": content}
        with ctx.dbs.session(resource.database) as session:
            stored_row(session, resource, key)
            _check_rule(session, values)
            terms = ", ".join(f"{column} = %s" for column in values)
            session.execute(f"UPDATE {resource.table} SET {terms} WHERE id = %s", [*values.values(), key])  # noqa: S608
        return Reply(200, entity_id=key)

    def remove(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.session(resource.database) as session:
            stored_row(session, resource, key)
            session.execute(f"DELETE FROM {resource.table} WHERE id = %s", (key,))  # noqa: S608
        return Reply(204, entity_id=key)

    named = "".join(part.capitalize() for part in resource.key.lower().split("_"))
    collection = {"GET": Handler(Auth.ADMIN, listing)}
    if box.can_create:
        collection["POST"] = Handler(Auth.ADMIN, create, f"{named}Collection")
    return [
        Route(resource.route, collection),
        Route(
            resource.item_route,
            {
                "GET": Handler(Auth.ADMIN, item),
                "PUT": Handler(Auth.ADMIN, update, f"{named}Item"),
                "DELETE": Handler(Auth.ADMIN, remove, f"{named}Item"),
            },
        ),
    ]


def _check_rule(session: Any, values: Json) -> None:
    rule = values.get("rule_id")
    if rule is not None and not existing(session, "tbl_rules", [rule]):
        raise missing("RULE_NOT_FOUND")


def _message_body(ctx: Context, box: Outbox) -> tuple[Json, str, bytes | None]:
    """Data of a message and its attachment: plain JSON, or the parts `req` (JSON text) and `file`."""
    if not box.is_multipart or not (ctx.req.content_type or "").startswith("multipart/"):
        return ctx.data(), "", None
    failed = ApiError(Fault("FAILED_TO_UPLOAD_ATTACHMENT_FILE", 400, "ERROR"), Cause.INVALID)
    data: Any = None
    name, content = "", None
    try:
        for part in ctx.req.get_media():
            if part.name == "req":
                data = read_json(part.get_data())
            elif part.name == "file":
                name, content = (part.filename or "attachment")[:128], part.get_data()
    except (OSError, ValueError) as ex:
        raise failed from ex
    if not isinstance(data, dict) or not isinstance(data.get("data"), dict):
        raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED)
    return data["data"], name, content


# --- what a user is told in the browser ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Inbox:
    """Rows that belong to the user who asks."""

    table: str
    database: str
    columns: tuple[str, ...]
    key: str
    statuses: tuple[str, ...]


WEB = Inbox(
    "tbl_web_messages",
    "fdd_db",
    (
        *("id", "subject", "message", "created_datetime_utc", "start_datetime_utc", "end_datetime_utc"),
        *("update_datetime_utc", "status", "reply"),
    ),
    "WEB_MESSAGE",
    ("new", "acknowledged", "read"),
)
NOTIFICATIONS = Inbox(
    "tbl_notifications",
    "user_db",
    ("id", "created_datetime_utc", "status", "subject", "message", "url"),
    "NOTIFICATION",
    ("unread", "read", "archived"),
)


def _own_rows(ctx: Context, box: Inbox, where: str, params: tuple[Any, ...]) -> list[Json]:
    if not ctx.identity.user_id:
        return []
    with ctx.dbs.session(box.database) as session:
        rows = session.rows(
            f"SELECT {', '.join(box.columns)} FROM {box.table} WHERE user_id = %s{where}"  # noqa: S608
            " ORDER BY created_datetime_utc DESC LIMIT %s",
            (ctx.identity.user_id, *params, MOST_ROWS),
        )

    def shown(value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return epoch_ms(value) if box is WEB else show_instant(value, ctx.zone, v1=ctx.v1)

    names = [name.removesuffix("_utc") for name in box.columns]
    return [dict(zip(names, map(shown, row), strict=True)) for row in rows]


def _status_term(status: str, every: str, values: list[Any], column: str = "status") -> str:
    if status == every:
        return ""
    values.append(status)
    return f" AND {column} = %s"


def _web_list(ctx: Context) -> list[Json]:
    start, end = period(ctx)
    status, priority = ctx.query("status"), ctx.query("priority")
    if status not in (*WEB.statuses, "all"):
        raise invalid("INVALID_STATUS", field="status")
    if priority not in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "ALL"):
        raise invalid("INVALID_PRIORITY", field="priority")
    values: list[Any] = [start, end]
    where = " AND created_datetime_utc >= %s AND created_datetime_utc < %s"
    where += _status_term(status, "all", values) + _status_term(priority, "ALL", values, "priority")
    return _own_rows(ctx, WEB, where, tuple(values))


def _notifications(ctx: Context) -> list[Json]:
    values: list[Any] = []
    where = ""
    status = ctx.query("status")
    if status:
        if status not in NOTIFICATIONS.statuses:
            raise invalid("INVALID_STATUS", field="status")
        where += _status_term(status, "", values)
    for name, sign in (("start", ">="), ("end", "<")):
        text = ctx.query(f"{name}datetime")
        if text:
            try:
                values.append(stored(parse_instant(text, ctx.zone)))
            except ValueError as ex:
                raise invalid(f"INVALID_{name.upper()}_DATETIME", field=f"{name}datetime") from ex
            where += f" AND created_datetime_utc {sign} %s"
    return _own_rows(ctx, NOTIFICATIONS, where, tuple(values))


def _own_item(box: Inbox) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        found = _own_rows(ctx, box, " AND id = %s", (path_id(id_, f"INVALID_{box.key}_ID"),))
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
        terms = ", ".join(f"{name} = %s" for name in values)
        which = "status = 'new'" if all_new else "id = %s"
        params = [*values.values(), ctx.identity.user_id] + ([] if all_new else [key])
        if not all_new:
            _own_item(box)(ctx, id_)
        with ctx.dbs.session(box.database) as session:
            session.execute(f"UPDATE {box.table} SET {terms} WHERE user_id = %s AND {which}", params)  # noqa: S608
        return Reply(200, entity_id=key or None)

    return run


def _own_delete(box: Inbox) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Reply:
        _own_item(box)(ctx, id_)
        with ctx.dbs.session(box.database) as session:
            session.execute(f"DELETE FROM {box.table} WHERE id = %s AND user_id = %s", (int(id_), ctx.identity.user_id))  # noqa: S608
        return Reply(204, entity_id=int(id_))

    return run


def _batch_ids(ctx: Context) -> list[int]:
    given = ctx.json().get("ids")
    texts = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    keys = [str(text).strip() for text in texts]
    if not keys or not all(key.isascii() and key.isdigit() and len(key) < 19 for key in keys) or len(keys) > MOST_ROWS:
        raise invalid("INVALID_WEB_MESSAGE_ID", field="ids")
    return [int(key) for key in keys]


def _batch_read(ctx: Context) -> Reply:
    keys = _batch_ids(ctx)
    marks = ", ".join(["%s"] * len(keys))
    with ctx.dbs.session(WEB.database) as session:
        session.execute(
            f"UPDATE tbl_web_messages SET status = 'read', update_datetime_utc = %s"  # noqa: S608
            f" WHERE user_id = %s AND id IN ({marks})",
            [stored(utc_now()), ctx.identity.user_id, *keys],
        )
    return Reply(200)


def _batch_delete(ctx: Context) -> Reply:
    keys = _batch_ids(ctx)
    marks = ", ".join(["%s"] * len(keys))
    with ctx.dbs.session(WEB.database) as session:
        session.execute(
            f"DELETE FROM tbl_web_messages WHERE user_id = %s AND id IN ({marks})",  # noqa: S608
            [ctx.identity.user_id, *keys],
        )
    return Reply(200)


def _new(ctx: Context) -> list[Json]:
    return _own_rows(ctx, WEB, " AND status = 'new'", ())


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
    *(route for box in OUTBOXES for route in _outbox_routes(box)),
    get("/webmessages", Auth.KEY, _web_list),
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
    get("/notifications", Auth.KEY, _notifications),
    Route(
        "/notifications/{id_}",
        {
            "GET": Handler(Auth.KEY, _own_item(NOTIFICATIONS)),
            "PUT": Handler(Auth.ADMIN, _own_update(NOTIFICATIONS), "NotificationItem"),
            "DELETE": Handler(Auth.ADMIN, _own_delete(NOTIFICATIONS), "NotificationItem"),
        },
    ),
    get("/tickets", Auth.SESSION, _tickets),
    Route(
        "/tickets/{id_}",
        {
            "GET": Handler(Auth.SESSION, _no_ticket),
            "PUT": Handler(Auth.SESSION, _no_ticket),
            "DELETE": Handler(Auth.SESSION, _no_ticket),
        },
    ),
)
