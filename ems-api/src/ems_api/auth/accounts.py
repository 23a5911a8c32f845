"""Sign-in, sign-out and passwords."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Any

from ems_common.clock import utc_now
from ems_common.db import Session

from ems_api.auth import store
from ems_api.auth.passwords import new_code, new_token, token_digest
from ems_api.auth.sessions import credentials
from ems_api.auth.store import User
from ems_api.context import Context, Reply, address_of
from ems_api.errors import ApiError, Cause, Fault, conflict, invalid
from ems_api.routing import Auth, Handler, Route
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import show_instant, stored

SUPER_ADMIN = 1
LONGEST_PASSWORD = 100
_PHONE = re.compile(r"\+?\d{8,}")
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{1,63}")
_CODE_LIFE = timedelta(hours=1)
_CODE_PAUSE = timedelta(seconds=60)
_PROTECTED = Fault("SUPER_ADMIN_ACCOUNT_IS_PROTECTED")


def text_of(data: dict[str, Any], name: str, key: str) -> str:
    """A text that must not be blank.

    Raises:
        ApiError: It is, or it is no text.
    """
    value = data.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise invalid(key, field=name)
    return value.strip()


def password_of(data: dict[str, Any], name: str = "password") -> str:
    """A password, trimmed as MyEMS' sign-in does.

    Raises:
        ApiError: It is blank or too long.
    """
    word = name.upper()
    password = text_of(data, name, f"INVALID_{word}")
    if len(password) > LONGEST_PASSWORD:
        raise invalid(f"{word}_LENGTH_CANNOT_EXCEED_100_CHARACTERS", field=name)
    return password


def email_of(data: dict[str, Any], name: str = "email", key: str = "INVALID_EMAIL") -> str:
    """An e-mail address in lower case.

    Raises:
        ApiError: It is none.
    """
    email = text_of(data, name, key).lower()
    if len(email) > 128 or not EMAIL.fullmatch(email):
        raise invalid("INVALID_EMAIL", field=name)
    return email


def _wanted_user(session: Session, data: dict[str, Any]) -> User | None:
    if data.get("account") is not None:
        account = text_of(data, "account", "INVALID_ACCOUNT").lower()
        found = store.user_by_email(session, account)
        if found is None and _PHONE.fullmatch(account):
            found = store.user_by_phone(session, account)
        return found or store.user_by_name(session, account)
    if data.get("name") is not None:
        return store.user_by_name(session, text_of(data, "name", "INVALID_USER_NAME").lower())
    if data.get("email") is not None:
        return store.user_by_email(session, text_of(data, "email", "INVALID_EMAIL").lower())
    raise invalid("INVALID_USER_NAME_OR_EMAIL_OR_PHONE")


def login(ctx: Context) -> dict[str, Any]:
    """`PUT /users/login`: open a session; errors in the contract's order."""
    data = ctx.data()
    password = password_of(data)
    address = address_of(ctx.req)
    ctx.services.failures.check(address)
    passwords, accounts = ctx.services.passwords, ctx.services.settings.accounts
    with ctx.dbs.session(store.DATABASE) as session:
        user = _wanted_user(session, data)
    if user is None:
        passwords.waste_time(password)
        ctx.services.failures.take(address)
        raise ApiError(Fault("USER_NOT_FOUND", 404, "ERROR"), Cause.UNAUTHENTICATED)
    if user.failed_login_count >= accounts.max_failed_logins:
        passwords.waste_time(password)
        raise ApiError("USER_ACCOUNT_HAS_BEEN_LOCKED", Cause.UNAUTHENTICATED)
    if not passwords.verify(password, user.salt, user.password):
        with ctx.dbs.session(store.DATABASE) as session:
            store.count_failure(session, user.id)
        ctx.services.failures.take(address)
        raise ApiError("INVALID_PASSWORD", Cause.UNAUTHENTICATED)
    return _open(ctx, user, password)


def _open(ctx: Context, user: User, password: str) -> dict[str, Any]:
    passwords, accounts = ctx.services.passwords, ctx.services.settings.accounts
    now_utc = utc_now()
    token = new_token()
    upgraded = passwords.hash(password) if passwords.is_outdated(user.password) else None
    with ctx.dbs.session(store.DATABASE) as session:
        store.clear_failures(session, user.id)
        if upgraded is not None:
            store.store_password(session, user.id, *upgraded)
    if user.account_expiration_datetime_utc.replace(tzinfo=UTC) <= now_utc:
        raise ApiError("USER_ACCOUNT_HAS_EXPIRED", Cause.UNAUTHENTICATED)
    if user.password_expiration_datetime_utc.replace(tzinfo=UTC) <= now_utc:
        raise ApiError("USER_PASSWORD_HAS_EXPIRED", Cause.UNAUTHENTICATED)
    with ctx.dbs.session(store.DATABASE) as session:
        expires = stored(now_utc + timedelta(seconds=accounts.session_s))
        store.sweep_sessions(session, user.uuid, stored(now_utc - timedelta(days=7)))
        store.open_session(session, user.uuid, token_digest(token), expires)
    return {
        "id": user.id,
        "name": user.name,
        "uuid": user.uuid,
        "display_name": user.display_name,
        "email": user.email,
        "is_admin": bool(user.is_admin),
        "is_read_only": bool(user.is_read_only) if user.is_admin else None,
        "failed_login_count": 0,
        "account_expiration_datetime": show_instant(
            user.account_expiration_datetime_utc, ctx.zone, v1=ctx.v1
        ),
        "password_expiration_datetime": show_instant(
            user.password_expiration_datetime_utc, ctx.zone, v1=ctx.v1
        ),
        "token": token,
    }


def logout(ctx: Context) -> str:
    """`PUT /users/logout`: end the session."""
    user_uuid, token = credentials(ctx)
    with ctx.dbs.session(store.DATABASE) as session:
        closed = store.close_session(session, user_uuid, token_digest(token))
    if not closed:
        raise ApiError("USER_SESSION_NOT_FOUND", Cause.SESSION_MISSING)
    ctx.services.versions.change(ACCOUNTS)
    return "OK"


def _set_password(ctx: Context, session: Session, user: User, password: str, *, but_digest: str = "") -> None:
    """Store a new password, give it its full life and end the user's other sessions."""
    accounts = ctx.services.settings.accounts
    store.store_password(session, user.id, *ctx.services.passwords.hash(password))
    store.extend_password(session, user.id, stored(utc_now() + timedelta(days=accounts.password_life_days)))
    store.close_sessions(session, user.uuid, but_digest=but_digest)


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
        if not ctx.services.passwords.verify(old, user.salt, user.password):
            raise invalid("INVALID_OLD_PASSWORD", field="old_password")
        _set_password(ctx, session, user, new, but_digest=token_digest(token))
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
        protect_super_admin(ctx, user.id)
        _set_password(ctx, session, user, password)
        store.clear_failures(session, user.id)
    ctx.services.versions.change(ACCOUNTS)
    return "OK"


def protect_super_admin(ctx: Context, user_id: int) -> None:
    """The first administrator is changed by nobody else.

    Raises:
        ApiError: Somebody else tries.
    """
    if user_id == SUPER_ADMIN and ctx.identity.user_id != SUPER_ADMIN:
        raise ApiError(_PROTECTED, Cause.FORBIDDEN)


def unlock(ctx: Context, id_: str) -> str:
    """`PUT /users/unlock/{id_}`: let a locked user try again."""
    if not id_.isdigit() or len(id_) > 18 or int(id_) <= 0:
        raise invalid("INVALID_USER_ID", field="path")
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_id(session, int(id_))
        if user is None:
            raise invalid("INVALID_Id")
        protect_super_admin(ctx, user.id)
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
    with ctx.dbs.session(store.DATABASE) as session:
        check_code(
            session,
            email,
            code,
            timeout="ADMINISTRATOR_SESSION_TIMEOUT",
            wrong=Fault("INVALID_VERIFICATION_CODE", 404, "ERROR"),
        )
        user = store.user_by_email(session, email)
        if user is None:
            raise ApiError(Fault("USER_NOT_FOUND", 404, "ERROR"), Cause.MISSING)
        if ctx.services.passwords.verify(password, user.salt, user.password):
            raise ApiError(Fault("PASSWORDS_MATCH", 404, "ERROR"), Cause.CONFLICT)
        _set_password(ctx, session, user, password)
        store.drop_codes(session, email)
    ctx.services.versions.change(ACCOUNTS)
    return Reply(200)


def check_code(session: Session, email: str, code: str, *, timeout: str, wrong: Fault) -> None:
    """Refuse a verification code that was not mailed to this address or is over.

    Raises:
        ApiError: It was not, or it is.
    """
    expires = store.current_code(session, email, token_digest(f"{email} {code}"))
    if expires is None:
        raise ApiError(wrong, Cause.INVALID)
    if expires.replace(tzinfo=UTC) <= utc_now():
        raise ApiError(timeout, Cause.INVALID)


def send_code(ctx: Context) -> Reply:
    """`POST /users/emailmessages`: mail a code to an address.

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
        text = (
            f"Your verification code is {code}. It is good for one hour."
            " If you did not ask for it, nothing needs to be done."
        )
        key = store.queue_mail(session, email.split("@")[0], email, "Verification code", text, stored(now))
    return Reply(201, location=f"/users/emailmessages/{key}")


def logs(ctx: Context) -> list[dict[str, Any]]:
    """`GET /logs`: the newest lines of the activity log."""
    text = ctx.query("limit")
    limit = max(1, min(1000, int(text))) if text.lstrip("-").isdigit() and len(text) < 10 else 100
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
    Route("/users/login", {"PUT": Handler(Auth.NONE, login)}),
    Route("/users/logout", {"PUT": Handler(Auth.NONE, logout, "UserLogout")}),
    Route("/users/changepassword", {"PUT": Handler(Auth.NONE, change_password, "ChangePassword")}),
    Route("/users/resetpassword", {"PUT": Handler(Auth.ADMIN, reset_password, "ResetPassword")}),
    Route("/users/forgotpassword", {"PUT": Handler(Auth.NONE, forgot_password, "ForgotPassword")}),
    Route("/users/unlock/{id_}", {"PUT": Handler(Auth.ADMIN, unlock, "Unlock")}),
    Route("/users/emailmessages", {"POST": Handler(Auth.NONE, send_code)}),
    Route("/logs", {"GET": Handler(Auth.ADMIN, logs)}),
)
