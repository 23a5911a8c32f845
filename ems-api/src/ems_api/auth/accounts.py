"""Passwords: changed, reset, forgotten; verification codes by mail; the activity log."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from ems_common.clock import utc_now
from ems_common.db import Session

from ems_api.auth import audit, policy, session_store, store
from ems_api.auth.audit import Actor
from ems_api.auth.given import email_of, password_of, text_of
from ems_api.auth.passwords import new_code, token_digest
from ems_api.auth.sessions import credentials
from ems_api.auth.sign_in import confirm_password
from ems_api.auth.store import User
from ems_api.auth.trail import STRUCK_OUT, Change
from ems_api.context import Context, Reply
from ems_api.errors import ApiError, Cause, Fault, conflict, invalid
from ems_api.reports.texts import Texts
from ems_api.routing import Auth, Handler, Route
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import show_instant, stored

_CODE_LIFE = timedelta(hours=1)
_CODE_PAUSE = timedelta(seconds=60)


def _set_password(
    ctx: Context,
    session: Session,
    user: User,
    password: str,
    *,
    field: str = "password",
    but_digest: str = "",
) -> None:
    """Store a new password, give it its full life and end the user's other sessions.

    Raises:
        ApiError: It breaks the site's rules, or the user had it before.
    """
    accounts = ctx.services.settings.accounts
    policy.check_new(password, accounts, names=(user.name, user.email, user.display_name), field=field)
    policy.check_unused(session, ctx.services.passwords, accounts, user, password, field=field)
    store.keep_password(session, user, stored(utc_now()))
    store.store_password(session, user.id, *ctx.services.passwords.hash(password))
    store.extend_password(session, user.id, stored(utc_now() + timedelta(days=accounts.password_life_days)))
    session_store.close_all(session, user.uuid, but_digest=but_digest)


def change_password(ctx: Context) -> str:
    """`PUT /users/changepassword`: the user's own."""
    _, token = credentials(ctx)
    data = ctx.data()
    old, new = password_of(data, "old_password"), password_of(data, "new_password")
    identity = ctx.services.guard.by_session(ctx)
    ctx.admit(identity)
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_uuid(session, identity.user_uuid)
    if user is None:
        raise ApiError("USER_NOT_FOUND", Cause.MISSING)
    confirm_password(ctx, user, old, "INVALID_OLD_PASSWORD", "old_password")
    with ctx.dbs.session(store.DATABASE) as session:
        _set_password(ctx, session, user, new, field="new_password", but_digest=token_digest(token))
    ctx.services.versions.change(ACCOUNTS)
    return "OK"


def reset_password(ctx: Context) -> str:
    """`PUT /users/resetpassword`: an administrator sets another user's."""
    data = ctx.data()
    name = text_of(data, "name", "INVALID_USER_NAME")
    password = password_of(data)
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_name(session, name)
        if user is None:
            raise invalid("INVALID_USERNAME", field="name")
        store.protect_super_admin(ctx.identity.user_id, user.id)
        _set_password(ctx, session, user, password)
        store.clear_failures(session, user.id)
    ctx.services.versions.change(ACCOUNTS)
    return "OK"


def unlock(ctx: Context, id_: str) -> str:
    """`PUT /users/unlock/{id_}`: let a locked user try again."""
    if not id_.isdecimal() or len(id_) > 18 or int(id_) <= 0:
        raise invalid("INVALID_USER_ID", field="path")
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_id(session, int(id_))
        if user is None:
            raise invalid("INVALID_Id")
        store.protect_super_admin(ctx.identity.user_id, user.id)
        if user.failed_login_count < ctx.services.settings.accounts.max_failed_logins:
            raise conflict("USER_ACCOUNT_IS_NOT_LOCKED")
        store.clear_failures(session, user.id)
    return "OK"


def forgot_password(ctx: Context) -> Reply:
    """`PUT /users/forgotpassword`: set a new password with a code from a mail."""
    data = ctx.data()
    code = text_of(data, "verification_code", "INVALID_VERIFICATION_CODE")
    password = password_of(data)
    email = email_of(data)
    wrong = Fault("INVALID_VERIFICATION_CODE", 404, "ERROR")
    with ctx.dbs.session(store.DATABASE) as session:
        check_code(ctx, session, email, code, timeout="ADMINISTRATOR_SESSION_TIMEOUT", wrong=wrong)
        user = store.user_by_email(session, email)
        if user is None:
            raise ApiError(Fault("USER_NOT_FOUND", 404, "ERROR"), Cause.MISSING)
        if ctx.services.passwords.verify(password, user.salt, user.password):
            raise ApiError(Fault("PASSWORDS_MATCH", 404, "ERROR"), Cause.CONFLICT)
        _set_password(ctx, session, user, password)
        store.clear_failures(session, user.id)
        store.drop_codes(session, email)
    ctx.services.versions.change(ACCOUNTS)
    line = Change("update", "users", user.id, None, {"password": STRUCK_OUT, "by": "verification code"})
    audit.write(ctx, [line], actor=Actor(user.uuid, user.name, "nobody"))
    return Reply(200)


def check_code(ctx: Context, session: Session, email: str, code: str, *, timeout: str, wrong: Fault) -> None:
    """Refuse a verification code that was not mailed to this address or is over; five wrong ones are enough.

    Raises:
        ApiError: It was not, or it is, or too many were wrong.
    """
    ctx.services.codes.check(f"mail {email}")
    expires = store.current_code(session, email, token_digest(f"{email} {code}"))
    if expires is None:
        ctx.services.codes.take(f"mail {email}")
        raise ApiError(wrong, Cause.INVALID)
    if expires.replace(tzinfo=UTC) <= utc_now():
        raise ApiError(timeout, Cause.INVALID)


def send_code(ctx: Context) -> Reply:
    """`POST /users/emailmessages`: mail a code to an address, in a language that the caller reads.

    The mail is written by this service. What the client sends as text is ignored: taken as it is, anyone
    could send anything to anybody in the site's name.
    """
    data = ctx.data()
    email = email_of(data, "recipient_email", "INVALID_RECIPIENT_EMAIL")
    text_of(data, "subject", "INVALID_SUBJECT_VALUE")
    text_of(data, "message", "INVALID_MESSAGE_VALUE")
    now = utc_now()
    code = new_code()
    with ctx.dbs.session(store.DATABASE) as session:
        newest = store.newest_code_utc(session, email)
        if newest is not None and now - newest.replace(tzinfo=UTC) < _CODE_PAUSE:
            raise ApiError("TOO_MANY_VERIFICATION_CODES", Cause.TOO_MANY)
        store.replace_code(
            session, email, token_digest(f"{email} {code}"), stored(now), stored(now + _CODE_LIFE)
        )
        texts = Texts.wanted(ctx.accepted_languages)
        subject, text = texts("mail.code.subject"), texts("mail.code.text").format(code=code)
        key = store.queue_mail(session, email.split("@")[0], email, subject, text, stored(now))
    return Reply(201, location=f"/users/emailmessages/{key}")


def logs(ctx: Context) -> list[dict[str, Any]]:
    """`GET /logs`: the newest lines of the activity log."""
    text = ctx.query("limit")
    is_number = text.removeprefix("-").isdecimal() and len(text) < 10
    limit = max(1, min(1000, int(text))) if is_number else 100
    with ctx.dbs.session(store.DATABASE) as session:
        rows = store.newest_logs(session, limit)
    return [
        {
            "id": key,
            "user_uuid": user_uuid,
            "user_name": name or "",
            "user_display_name": shown or "",
            "request_datetime": show_instant(when, ctx.zone, v1=ctx.v1),
            "request_datetime_utc": when.isoformat(),
            "request_method": method,
            "resource_type": kind,
            "resource_id": entity,
            "request_body": body,
        }
        for key, user_uuid, name, shown, when, method, kind, entity, body in rows
    ]


ROUTES = (
    Route("/users/changepassword", {"PUT": Handler(Auth.NONE, change_password, "ChangePassword")}),
    Route("/users/resetpassword", {"PUT": Handler(Auth.ADMIN, reset_password, "ResetPassword")}),
    Route("/users/forgotpassword", {"PUT": Handler(Auth.NONE, forgot_password, "ForgotPassword")}),
    Route("/users/unlock/{id_}", {"PUT": Handler(Auth.ADMIN, unlock, "Unlock")}),
    Route("/users/emailmessages", {"POST": Handler(Auth.NONE, send_code)}),
    Route("/logs", {"GET": Handler(Auth.ADMIN, logs, query=(("limit", "integer"),))}),
)
