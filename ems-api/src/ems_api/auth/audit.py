"""The audit log: who did what, when, from where, and the values before and after.

Lines are written by the dispatcher for every request that changes something, by sign-in for its successes and
failures, and for what was refused for lack of permission. No route changes or removes a line; old ones go
when the site's own rule, a setting, says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from ems_common import log
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose, joined
from ems_common.errors import Unavailable

from ems_api.auth import store
from ems_api.auth.permissions import Need
from ems_api.auth.trail import Change, strike_out
from ems_api.context import Context, address_of, path_id
from ems_api.errors import ApiError, Cause, invalid, missing
from ems_api.resources.listing import page_of, paged
from ems_api.routing import Auth, Route, get
from ems_api.wall_clock import parse_instant, show_instant, stored

_log = log.get(__name__)
Json = dict[str, Any]
DONE: Final = "done"
_PIECE: Final = 2000
LONGEST_VALUES: Final = 65_535
_COLUMNS: Final = (
    "id, at_utc, request_id, user_uuid, user_name, via, address, action, entity, entity_id, outcome,"
    " before_values, after_values"
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it; a person who could not sign in has a name only."""

    user_uuid: str | None
    name: str
    via: str


def _actor(ctx: Context) -> Actor:
    identity = ctx.known_identity
    if identity is None:
        return Actor(None, "", "nobody")
    return Actor(identity.user_uuid or None, identity.name, "api_key" if identity.via_key else "session")


def note(ctx: Context, need: Need, logged: str, params: dict[str, str], changes: Sequence[Change]) -> None:
    """Note a request that succeeded.

    A log that cannot be written does not undo what was done; it is reported to the operator instead.

    Args:
        ctx: The request.
        need: What its route needs.
        logged: Name of the route in the activity log.
        params: Parameters of its path.
        changes: The rows that it changed; when none were noted its body stands for them.
    """
    if ctx.known_identity is None:
        return  # sign-in, registration and the like write their own lines
    write(ctx, changes or [_whole_request(ctx, need, logged, params)])


def _whole_request(ctx: Context, need: Need, logged: str, params: dict[str, str]) -> Change:
    key = getattr(ctx.resp.context, "entity_id", None)
    if key is None and params.get("id_", "").isdecimal():
        key = int(params["id_"][:18])
    parts = [part for part in ctx.req.path.strip("/").split("/") if not part.isdecimal()]
    action = need.action.value if ctx.req.method != "DELETE" else "delete"
    return Change(action, logged or "/".join(parts)[:128], key, None, _body(ctx))


def _body(ctx: Context) -> Json | None:
    if (ctx.req.content_type or "").startswith("multipart/"):
        return None
    try:
        body: Json = strike_out(ctx.json())
    except ApiError:
        return None
    return body


def refused(ctx: Context, need: Need, error: ApiError) -> None:
    """Note that somebody who is signed in was refused a change."""
    if error.cause is not Cause.DENIED or ctx.req.method == "GET" or ctx.known_identity is None:
        return
    write(ctx, [Change(need.action.value, ctx.req.path.strip("/")[:128], None)], outcome=error.key)


def write(
    ctx: Context, changes: Sequence[Change], *, outcome: str = DONE, actor: Actor | None = None
) -> None:
    """Write lines.

    Args:
        ctx: The request.
        changes: What was done.
        outcome: ``done``, or the key of the error.
        actor: Who did it, when the request does not say.
    """
    who = actor or _actor(ctx)
    head = (
        utc_now().replace(tzinfo=None),
        str(getattr(ctx.req.context, "request_id", "")),
        who.user_uuid,
        who.name[:128],
        who.via,
        address_of(ctx.req)[:64],
    )
    rows = [
        (*head, one.action, one.entity[:128], one.entity_id, outcome, _text(one.before), _text(one.after))
        for one in changes
    ]
    try:
        with ctx.dbs.session(store.DATABASE) as session:
            insert(session, rows)
    except Unavailable as ex:
        _log.error("audit_not_written", user=who.name, action=changes[0].action, error=str(ex))


def insert(session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows of the log."""
    session.executemany(
        "INSERT INTO tbl_audit (at_utc, request_id, user_uuid, user_name, via, address, action, entity,"
        " entity_id, outcome, before_values, after_values)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        rows,
    )


def _text(values: Json | None) -> str | None:
    if values is None:
        return None
    text = orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= LONGEST_VALUES else orjson.dumps({"truncated": text[:8000]}).decode()


# --- keeping ----------------------------------------------------------------------------------------------


def clear_away(dbs: Databases, before: datetime) -> int:
    """Remove lines of both logs from before an instant (aware), and note how many; how many.

    It goes in small pieces, so that nobody who writes a line meanwhile waits.
    """
    removed = {
        table: _removed(dbs, table, column, stored(before))
        for table, column in (("tbl_audit", "at_utc"), ("tbl_logs", "request_datetime_utc"))
    }
    count = sum(removed.values())
    if count:
        values = _text({**removed, "before": before.isoformat()})
        line = (utc_now().replace(tzinfo=None), "", None, "retention", "nobody", "")
        with dbs.session(store.DATABASE) as session:
            insert(session, [(*line, "delete", "audit", None, DONE, None, values)])
    return count


def _removed(dbs: Databases, table: str, column: str, before: datetime) -> int:
    total = 0
    sql = compose("DELETE FROM {table} WHERE {column} < %s LIMIT %s", table=table, column=column)
    while True:
        with dbs.session(store.DATABASE) as session:
            removed = session.execute(sql, (before, _PIECE))
        total += removed
        if removed < _PIECE:
            return total


# --- searching --------------------------------------------------------------------------------------------

_FILTERS: Final = (
    ("user", compose("(user_name = %s OR user_uuid = %s)"), 2),
    ("entity", compose("entity = %s"), 1),
    ("action", compose("action = %s"), 1),
    ("outcome", compose("outcome = %s"), 1),
    ("via", compose("via = %s"), 1),
    ("address", compose("address = %s"), 1),
    ("request", compose("request_id = %s"), 1),
)
"""Query parameter → condition, and how often its value stands in it."""


def _conditions(ctx: Context) -> tuple[Sql, list[Any]]:
    terms = [compose("1 = 1")]
    values: list[Any] = []
    for name, term, count in _FILTERS:
        text = ctx.query(name)[:191]
        if text:
            terms.append(term)
            values += [text] * count
    for name, term in (("entityid", compose("entity_id = %s")), ("before", compose("id < %s"))):
        if ctx.query(name):
            terms.append(term)
            values.append(path_id(ctx.query(name), f"INVALID_{name.upper()}"))
    for name, term in (("startdatetime", compose("at_utc >= %s")), ("enddatetime", compose("at_utc < %s"))):
        if ctx.query(name):
            terms.append(term)
            values.append(_instant(ctx, name))
    text = ctx.query("q")[:191]
    if text:
        terms.append(compose("(entity LIKE %s OR before_values LIKE %s OR after_values LIKE %s)"))
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values += [f"%{escaped}%"] * 3
    return joined(terms, " AND "), values


def _instant(ctx: Context, name: str) -> datetime:
    try:
        return stored(parse_instant(ctx.query(name), ctx.zone))
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name) from ex


def _search(ctx: Context) -> list[Json]:
    """`GET /audit`: lines newest first, by `page` and `limit`, or `before` the key of a line."""
    page, limit = page_of(ctx, 100)
    where, values = _conditions(ctx)
    with ctx.dbs.reading(store.DATABASE) as session:
        rows = session.rows(
            compose(
                "SELECT {columns} FROM tbl_audit WHERE {where} ORDER BY id DESC LIMIT %s OFFSET %s",
                columns=_COLUMNS,
                where=where,
            ),
            [*values, limit, (page - 1) * limit],
        )
        total = session.scalar(compose("SELECT COUNT(*) FROM tbl_audit WHERE {where}", where=where), values)
    return paged(ctx, [_shown(ctx, row) for row in rows], int(total))


def _line(ctx: Context, id_: str) -> Json:
    """`GET /audit/{id_}`: one line."""
    key = path_id(id_, "INVALID_AUDIT_ID")
    with ctx.dbs.session(store.DATABASE) as session:
        row = session.row(compose("SELECT {columns} FROM tbl_audit WHERE id = %s", columns=_COLUMNS), (key,))
    if row is None:
        raise missing("AUDIT_NOT_FOUND")
    return _shown(ctx, row)


def _shown(ctx: Context, row: tuple[Any, ...]) -> Json:
    names = ("id", "at", *_COLUMNS.replace(" ", "").split(",")[2:])
    item = dict(zip(names, row, strict=True))
    item["at"] = show_instant(item["at"], ctx.zone, v1=ctx.v1)
    item["before"] = _parsed(item.pop("before_values"))
    item["after"] = _parsed(item.pop("after_values"))
    item["is_success"] = item["outcome"] == DONE
    return item


def _parsed(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


_QUERY: Final = (
    *((name, "string") for name, _, _ in _FILTERS),
    *(("entityid", "integer"), ("before", "integer"), ("limit", "integer"), ("q", "string")),
    *(("startdatetime", "string"), ("enddatetime", "string")),
)
ROUTES: Final[tuple[Route, ...]] = (
    get("/audit", Auth.SESSION, _search, summary="Search the audit log.", query=_QUERY),
    get("/audit/{id_}", Auth.SESSION, _line, summary="One line of the audit log."),
)
