"""Outboxes of mail, text and WeChat messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ems_common.db.sql import compose

from ems_api.context import Context, Reply, path_id, read_json
from ems_api.errors import ApiError, Cause, Fault, invalid, missing
from ems_api.resources import writing
from ems_api.resources.checks import existing, stored_row
from ems_api.resources.declare import Field, Kind, Resource, field
from ems_api.resources.values import without_tags
from ems_api.routing import Auth, Handler, Route
from ems_api.wall_clock import epoch_ms, parse_instant, stored

Json = dict[str, Any]
MOST_ROWS: Final = 10_000
_NEWEST_FIRST: Final = compose("created_datetime_utc DESC, id DESC")
_STATUS: Final = ("new", "acknowledged", "timeout")
_CODE: Final = re.compile(r"\b\d{6}\b")
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
        is_sealed: Whether its mails hold verification codes, which open accounts: codes are shown to nobody,
            and a mail goes to nobody else.
        has_tags: Whether its messages break lines with a tag, which MyEMS' dialect leaves out.
        order: What its list is sorted by.
    """

    resource: Resource
    shown: tuple[tuple[str, str], ...]
    item_shown: tuple[tuple[str, str], ...] = ()
    is_multipart: bool = False
    has_rule: bool = True
    can_create: bool = True
    is_sealed: bool = False
    has_tags: bool = False
    order: str = "created_datetime_utc, id"


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
        has_tags=True,
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
        (
            *_pairs("id", "recipient_name", "recipient_mobile", "message"),
            *_TIMES,
            *_pairs("acknowledge_code", "status"),
        ),
        order=_NEWEST_FIRST,
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
        order=_NEWEST_FIRST,
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
        is_sealed=True,
        has_tags=True,
    ),
)


PERIOD: Final = (("startdatetime", "string"), ("enddatetime", "string"))
"""Query parameters of lists of messages, for the OpenAPI document."""


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


class Served:
    """The routes of one outbox.

    Args:
        box: The outbox.
    """

    def __init__(self, box: Outbox) -> None:
        self.box = box
        self.resource = box.resource
        self._columns = [column for _, column in box.shown]
        self._renamed = dict(box.item_shown)

    def routes(self) -> list[Route]:
        """Collection and item."""
        resource = self.resource
        named = "".join(part.capitalize() for part in resource.key.lower().split("_"))
        collection = {"GET": Handler(Auth.ADMIN, self.listing, query=PERIOD)}
        if self.box.can_create:
            collection["POST"] = Handler(Auth.ADMIN, self.create, f"{named}Collection")
        item = {
            "GET": Handler(Auth.ADMIN, self.item),
            "PUT": Handler(Auth.ADMIN, self.update, f"{named}Item"),
            "DELETE": Handler(Auth.ADMIN, self.remove, f"{named}Item"),
        }
        return [Route(resource.route, collection), Route(resource.item_route, item)]

    def listing(self, ctx: Context) -> list[Json]:
        """The messages made in a period."""
        start, end = period(ctx)
        with ctx.dbs.session(self.resource.database) as session:
            rows = session.rows(
                compose(
                    "SELECT {columns} FROM {table}"
                    " WHERE created_datetime_utc >= %s AND created_datetime_utc < %s"
                    " ORDER BY {order} LIMIT %s",
                    columns=self._columns,
                    table=self.resource.table,
                    order=self.box.order,
                ),
                (start, end, MOST_ROWS),
            )
        return [self._shown(row, v1=ctx.v1) for row in rows]

    def _shown(self, row: tuple[Any, ...], *, v1: bool) -> Json:
        item = _shown(row, self.box.shown)
        if self.box.is_sealed:
            item["message"] = _CODE.sub("******", item["message"])
        if self.box.has_tags and not v1:
            item["message"] = without_tags(item["message"])
        return item

    def item(self, ctx: Context, id_: str) -> Json:
        """One message."""
        key = path_id(id_, self.resource.invalid_id)
        with ctx.dbs.session(self.resource.database) as session:
            row = session.row(
                compose(
                    "SELECT {columns} FROM {table} WHERE id = %s",
                    columns=self._columns,
                    table=self.resource.table,
                ),
                (key,),
            )
        if row is None:
            raise missing(self.resource.not_found)
        return {self._renamed.get(name, name): value for name, value in self._shown(row, v1=ctx.v1).items()}

    def _values(self, ctx: Context, data: Json, *, update: bool) -> Json:
        values, _ = writing.read_body(self.resource, data, ctx.zone, update=update)
        if "recipient_email" in values and "@" not in values["recipient_email"]:
            raise invalid("INVALID_EMAIL", field="recipient_email")
        return values

    def create(self, ctx: Context) -> Reply:
        """Put a message into the outbox."""
        resource = self.resource
        data, name, content = _message_body(ctx, self.box)
        values = {**self._values(ctx, data, update=False), "status": "new"}
        if content is not None:
            values |= {"attachment_file_name": name, "attachment_file_object": content}
        with ctx.dbs.session(resource.database) as session:
            _check_rule(session, values)
            key = writing.insert(session, resource.table, values)
        return Reply(201, None, f"{resource.route}/{key}", key)

    def update(self, ctx: Context, id_: str) -> Reply:
        """Change a message."""
        resource = self.resource
        key = path_id(id_, resource.invalid_id)
        data, name, content = _message_body(ctx, self.box)
        values = self._values(ctx, data, update=True)
        if values.get("rule_id") is None:
            values.pop("rule_id", None)
        if content is not None:
            values |= {"attachment_file_name": name, "attachment_file_object": content}
        with ctx.dbs.session(resource.database) as session:
            before = stored_row(session, resource, key)
            if self.box.is_sealed and values["recipient_email"].lower() != before["recipient_email"].lower():
                raise invalid("INVALID_RECIPIENT_EMAIL", field="recipient_email")
            _check_rule(session, values)
            writing.set_columns(session, resource.table, key, values)
        return Reply(200, entity_id=key)

    def remove(self, ctx: Context, id_: str) -> Reply:
        """Remove a message."""
        key = path_id(id_, self.resource.invalid_id)
        with ctx.dbs.session(self.resource.database) as session:
            stored_row(session, self.resource, key)
            session.execute(compose("DELETE FROM {table} WHERE id = %s", table=self.resource.table), (key,))
        return Reply(204, entity_id=key)


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


ROUTES = tuple(route for box in OUTBOXES for route in Served(box).routes())
