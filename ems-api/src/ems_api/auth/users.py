"""Users, and those who asked to become one: the declared resources with what only accounts need."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import Sql, compose

from ems_api.auth import audit, policy, session_store, store, trail
from ems_api.auth.accounts import check_code
from ems_api.auth.audit import Actor
from ems_api.auth.given import email_of, password_of, text_of
from ems_api.auth.trail import Change
from ems_api.context import Context, Reply, path_id
from ems_api.errors import ApiError, Cause, Fault, invalid
from ems_api.reports.texts import Texts
from ems_api.resources import reading, writing
from ems_api.resources.checks import check_references, check_unique, stored_row
from ems_api.resources.declare import Kind, Resource, field, shown, unique
from ems_api.resources.listing import narrowed, paged
from ems_api.resources.routes import look
from ems_api.resources.values import read_field
from ems_api.routing import Auth, Handler, Route
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import stored

Json = dict[str, Any]
_NAME_TAKEN = "USER_NAME_IS_ALREADY_IN_USE"
_EMAIL_TAKEN = "EMAIL_IS_ALREADY_IN_USE"

USERS = Resource(
    "tbl_users",
    (
        field("name"),
        field("display_name"),
        field("email"),
        field("password", kind=Kind.SECRET, update=False),
        field("is_admin"),
        field("is_read_only", required_if=("is_admin", True)),
        field("privilege_id"),
        field("phone"),
        field("account_expiration_datetime"),
        field("password_expiration_datetime"),
        shown("failed_login_count", is_extra=True),
    ),
    database="user_db",
    read=Auth.ADMIN,
    unique=(
        unique("name", _NAME_TAKEN),
        unique("email", _EMAIL_TAKEN, status=404),
        unique("phone", "PHONE_IS_ALREADY_IN_USE"),
    ),
    search=("name",),
    order="name",
    protected=(1,),
    group="Users",
    columns=("name", "display_name", "email", "is_admin", "privilege_id", "account_expiration_datetime"),
)
NEW_USERS = Resource(
    "tbl_new_users",
    (field("name"), field("display_name"), field("email")),
    path="/users/newusers",
    entity="USER",
    database="user_db",
    read=Auth.ADMIN,
    bad_id=Fault("INVALID_NEW_USER_ID"),
    unique=(unique("name", _NAME_TAKEN), unique("email", _EMAIL_TAKEN, status=404)),
    can=("list", "read", "update", "delete"),
    order="name",
    group="Users",
)
_APPROVAL = replace(
    USERS,
    fields=tuple(
        item
        for item in USERS.fields
        if item.name
        in {
            "is_admin",
            "is_read_only",
            "privilege_id",
            "account_expiration_datetime",
            "password_expiration_datetime",
        }
    ),
)


def _read(ctx: Context, session: Session, where: Sql = reading.EVERY_ROW, params: Any = ()) -> list[Json]:
    items = reading.read(session, USERS, look(ctx), where, params)
    failures = dict(session.rows("SELECT id, failed_login_count FROM tbl_users"))
    limit = ctx.services.settings.accounts.max_failed_logins
    for item in items:
        item["is_locked"] = failures.get(item["id"], 0) >= limit
        if not item["is_admin"]:
            item["is_read_only"] = None
    return items


def _list(ctx: Context) -> list[Json]:
    where, params = narrowed(ctx, USERS, reading.EVERY_ROW, [])
    with ctx.dbs.session(store.DATABASE) as session:
        return paged(ctx, _read(ctx, session, where, params))


def _item(ctx: Context, id_: str) -> Json:
    key = path_id(id_, USERS.invalid_id)
    with ctx.dbs.session(store.DATABASE) as session:
        found = _read(ctx, session, compose("t.id = %s"), (key,))
    if not found:
        raise ApiError(USERS.not_found, Cause.MISSING)
    return found[0]


def _values(ctx: Context, data: Json, *, update: bool) -> Json:
    """The columns of a user, from a body: names and addresses in lower case, as sign-in looks for them."""
    given = dict(data)
    if not update:
        given["password"] = password_of(data) if _before_password_is_fine(ctx, data) else ""
    values, _ = writing.read_body(USERS, given, ctx.zone, update=update)
    values["name"] = values["name"].lower()
    values["email"] = email_of({"email": values["email"]})
    values["is_read_only"] = bool(values.get("is_read_only"))
    values["phone"] = values.get("phone") or None
    if not update:
        names = (values["name"], values["email"], values["display_name"])
        policy.check_new(values["password"], ctx.services.settings.accounts, names=names, field="password")
        values["salt"], values["password"] = ctx.services.passwords.hash(values["password"])
    return values


def _before_password_is_fine(ctx: Context, data: Json) -> bool:
    """Check the members that stand before the password, so that the first fault is the one answered."""
    for item in USERS.fields[:3]:
        read_field(USERS, item, data, ctx.zone)
    return True


def _create(ctx: Context) -> Reply:
    values = _values(ctx, ctx.data(), update=False)
    with ctx.dbs.session(store.DATABASE) as session:
        key = writing.create(session, USERS, values, {})
    return Reply(201, None, f"/users/{key}", key)


def _update(ctx: Context, id_: str) -> Reply:
    key = path_id(id_, USERS.invalid_id)
    values = _values(ctx, ctx.data(), update=True)
    with ctx.dbs.session(store.DATABASE) as session:
        stored_row(session, USERS, key)
        store.protect_super_admin(ctx.identity.user_id, key)
        writing.update(session, USERS, key, values, {})
    ctx.services.versions.change(ACCOUNTS)
    return Reply(200, entity_id=key)


def _delete(ctx: Context, id_: str) -> Reply:
    key = path_id(id_, USERS.invalid_id)
    with ctx.dbs.session(store.DATABASE) as session:
        row = stored_row(session, USERS, key)
        store.protect_super_admin(ctx.identity.user_id, key)
        if key in USERS.protected:
            raise ApiError("SUPER_ADMIN_ACCOUNT_IS_PROTECTED", Cause.FORBIDDEN)
        session_store.close_all(session, row["uuid"])
        store.forget_user(session, key)
        trail.deleted("tbl_users", key, row)
    ctx.services.versions.change(ACCOUNTS)
    return Reply(204, entity_id=key)


# --- registration
# -------------------------------------------------------------------------------------------------


def _register(ctx: Context) -> Reply:
    data = ctx.data()
    name = text_of(data, "name", "INVALID_USER_NAME").lower()
    shown_name = text_of(data, "display_name", "INVALID_DISPLAY_NAME")
    email = email_of(data)
    password = password_of(data)
    code = text_of(data, "verification_code", "INVALID_VERIFICATION_CODE")
    if len(name) > 128 or len(shown_name) > 128:
        raise invalid("INVALID_USER_NAME", field="name")
    policy.check_new(
        password, ctx.services.settings.accounts, names=(name, email, shown_name), field="password"
    )
    with ctx.dbs.session(store.DATABASE) as session:
        wrong = Fault("NEW_USER_SESSION_NOT_FOUND", 404, "NOT_FOUND")
        check_code(ctx, session, email, code, timeout="NEW_USER_SESSION_TIMEOUT", wrong=wrong)
        values: Json = {"name": name, "display_name": shown_name, "email": email}
        check_unique(session, USERS, values)
        salt, hashed = ctx.services.passwords.hash(password)
        key = writing.create(session, NEW_USERS, {**values, "salt": salt, "password": hashed}, {})
        store.drop_codes(session, email)
    line = Change("register", "new_users", key, None, values)
    audit.write(ctx, [line], actor=Actor(None, name, "nobody"))
    return Reply(201, None, f"/users/newusers/{key}", key)


def _change_new(ctx: Context, id_: str) -> Reply:
    key = path_id(id_, NEW_USERS.invalid_id)
    values, _ = writing.read_body(NEW_USERS, ctx.data(), ctx.zone, update=True)
    values["name"], values["email"] = values["name"].lower(), email_of({"email": values["email"]})
    with ctx.dbs.session(store.DATABASE) as session:
        stored_row(session, NEW_USERS, key)
        check_unique(session, USERS, values)
        writing.update(session, NEW_USERS, key, values, {})
    return Reply(200, entity_id=key)


def _approve(ctx: Context, id_: str) -> Reply:
    """Make a user of someone who registered."""
    key = path_id(id_, NEW_USERS.invalid_id)
    data = dict(ctx.data())
    in_a_year = look(ctx).zone
    for name in ("account_expiration_datetime", "password_expiration_datetime"):
        if data.get(name) is None:
            data[name] = (utc_now() + timedelta(days=365)).astimezone(in_a_year).strftime("%Y-%m-%dT%H:%M:%S")
    values, _ = writing.read_body(_APPROVAL, data, ctx.zone)
    values["is_read_only"] = bool(values.get("is_read_only"))
    with ctx.dbs.session(store.DATABASE) as session:
        row = stored_row(session, NEW_USERS, key)
        check_references(session, _APPROVAL, values)
        values |= {name: row[name] for name in ("name", "uuid", "display_name", "email", "salt", "password")}
        check_unique(session, USERS, values)
        new = writing.insert(session, "tbl_users", values)
        trail.created("tbl_users", new, values)
        session.execute("DELETE FROM tbl_new_users WHERE id = %s", (key,))
        # Which language an applicant reads is not stored; most of a site's people read its administrator's.
        texts = Texts.wanted(ctx.accepted_languages)
        subject, text = texts("mail.approved.subject"), texts("mail.approved.text").format(name=row["name"])
        store.queue_mail(session, row["display_name"], row["email"], subject, text, stored(utc_now()))
    return Reply(201, None, f"/users/{new}", new)


def _new_list(ctx: Context) -> list[Json]:
    with ctx.dbs.session(store.DATABASE) as session:
        return reading.read(session, NEW_USERS, look(ctx))


def _new_item(ctx: Context, id_: str) -> Json:
    key = path_id(id_, NEW_USERS.invalid_id)
    with ctx.dbs.session(store.DATABASE) as session:
        found = reading.read(session, NEW_USERS, look(ctx), compose("t.id = %s"), (key,))
    if not found:
        raise ApiError(NEW_USERS.not_found, Cause.MISSING)
    return found[0]


def _reject(ctx: Context, id_: str) -> Reply:
    key = path_id(id_, NEW_USERS.invalid_id)
    with ctx.dbs.session(store.DATABASE) as session:
        writing.delete(session, NEW_USERS, key)
    return Reply(204, entity_id=key)


ROUTES = (
    Route(
        "/users", {"GET": Handler(Auth.ADMIN, _list), "POST": Handler(Auth.ADMIN, _create, "UserCollection")}
    ),
    Route(
        "/users/{id_}",
        {
            "GET": Handler(Auth.ADMIN, _item),
            "PUT": Handler(Auth.ADMIN, _update, "UserItem"),
            "DELETE": Handler(Auth.ADMIN, _delete, "UserItem"),
        },
    ),
    Route("/users/newusers", {"GET": Handler(Auth.ADMIN, _new_list), "POST": Handler(Auth.NONE, _register)}),
    Route(
        "/users/newusers/{id_}",
        {
            # MyEMS shows applicants to anyone; here only to administrators.
            "GET": Handler(Auth.ADMIN, _new_item),
            "PUT": Handler(Auth.ADMIN, _change_new, "NewUserItem"),
            "DELETE": Handler(Auth.ADMIN, _reject, "NewUserItem"),
        },
    ),
    Route("/users/newusers/{id_}/approve", {"PUT": Handler(Auth.ADMIN, _approve, "NewUserApprove")}),
)
