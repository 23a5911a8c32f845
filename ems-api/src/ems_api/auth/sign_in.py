"""Opening and ending sessions: by password and second factor; the identity provider's way ends here too."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Any, Final, NoReturn

from ems_common.clock import utc_now
from ems_common.db import Session

from ems_api.auth import audit, second_factor, session_store, store
from ems_api.auth.audit import Actor
from ems_api.auth.given import password_of, text_of
from ems_api.auth.passwords import new_token, token_digest
from ems_api.auth.session_store import Opening
from ems_api.auth.sessions import credentials
from ems_api.auth.store import User
from ems_api.auth.trail import Change
from ems_api.context import Context, address_of
from ems_api.errors import ApiError, Cause, Fault, invalid
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import show_instant, stored

_PHONE = re.compile(r"\+?\d{8,}")
Json = dict[str, Any]
_WRONG = ("INVALID_PASSWORD", "INVALID_SECOND_FACTOR")


def _wanted_user(session: Session, data: Json) -> User | None:
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


def refuse(ctx: Context, user: User | None, fault: str | Fault, how: str = "password") -> NoReturn:
    """Note that somebody was not let in, and say so.

    The name that was typed stands in no log when nobody has it: people type passwords there.
    """
    error = ApiError(fault, Cause.UNAUTHENTICATED)
    actor = Actor(user.uuid if user else None, user.name if user else "", "nobody")
    line = Change("sign_in", "users", user.id if user else None, None, {"by": how})
    audit.write(ctx, [line], outcome=error.key, actor=actor)
    raise error


def login(ctx: Context) -> Json:
    """`PUT /users/login`: open a session; errors in the contract's order.

    Who has a second factor sends its code as `second_factor`; a client that does not know of it is told
    `API.SECOND_FACTOR_REQUIRED` once the password was right.
    """
    data = ctx.data()
    password = password_of(data)
    code = data.get("second_factor")
    address = address_of(ctx.req)
    ctx.services.failures.check(address)
    with ctx.dbs.session(store.DATABASE) as session:
        user = _wanted_user(session, data)
    if user is None:
        # As much work as for a user who exists, so that the clock tells nothing either.
        ctx.services.passwords.waste_time(password)
        with ctx.dbs.session(store.DATABASE) as session:
            store.holds_attempts(session, 0, 1)
        ctx.services.failures.take(address)
        refuse(ctx, None, Fault("USER_NOT_FOUND", 404, "ERROR"))
    fault = _judged(ctx, user, password, code)
    if fault is not None:
        if fault in _WRONG:
            ctx.services.failures.take(address)
        refuse(ctx, user, fault)
    _upgrade_hash(ctx, user, password)
    return open_session(ctx, user, "password", password)


def _judged(ctx: Context, user: User, password: str, code: Any) -> str | None:
    """What is wrong with a password and a second factor; None lets the user in.

    The password is checked before the attempts are counted, since that takes long: several sign-ins of one
    user at once do not shut each other out.
    """
    is_right = ctx.services.passwords.verify(password, user.salt, user.password)
    with ctx.dbs.session(store.DATABASE) as session:
        if not store.holds_attempts(session, user.id, ctx.services.settings.accounts.max_failed_logins):
            return "USER_ACCOUNT_HAS_BEEN_LOCKED"
        fault = None
        if not is_right:
            fault = "INVALID_PASSWORD"
        else:
            verdict = second_factor.judge(ctx, session, user, code)
            if verdict is second_factor.Verdict.ABSENT:
                return "SECOND_FACTOR_REQUIRED"
            if verdict is second_factor.Verdict.WRONG:
                fault = "INVALID_SECOND_FACTOR"
        if fault is not None:
            store.count_failure(session, user.id)
    return fault


def confirm_password(ctx: Context, user: User, password: str, fault: str, field: str) -> None:
    """Ask a user who is signed in for the password again; wrong ones lock the account as at sign-in.

    Raises:
        ApiError: It is wrong, or the account is locked.
    """
    is_right = ctx.services.passwords.verify(password, user.salt, user.password)
    with ctx.dbs.session(store.DATABASE) as session:
        may_try = store.holds_attempts(session, user.id, ctx.services.settings.accounts.max_failed_logins)
        if may_try and is_right:
            store.clear_failures(session, user.id)
        elif may_try:
            store.count_failure(session, user.id)
    if not may_try:
        raise ApiError("USER_ACCOUNT_HAS_BEEN_LOCKED", Cause.UNAUTHENTICATED)
    if not is_right:
        raise invalid(fault, field=field)


def _upgrade_hash(ctx: Context, user: User, password: str) -> None:
    passwords = ctx.services.passwords
    if passwords.is_outdated(user.password):
        upgraded = passwords.hash(password)
        with ctx.dbs.session(store.DATABASE) as session:
            store.rehash_password(session, user, *upgraded)


def open_session(ctx: Context, user: User, how: str, password: str | None = None) -> Json:
    """Open a session of a user whose identity is proven; what sign-in answers.

    Args:
        ctx: The request.
        user: Who signs in, as read before the proof.
        how: What proved it.
        password: What proved it when it was a password: it must be fresh, and still the user's.
    """
    now_utc = utc_now()
    token = new_token()
    with ctx.dbs.session(store.DATABASE) as session:
        store.clear_failures(session, user.id)
    if user.account_expiration_datetime_utc.replace(tzinfo=UTC) <= now_utc:
        refuse(ctx, user, "USER_ACCOUNT_HAS_EXPIRED", how)
    if password is not None and user.password_expiration_datetime_utc.replace(tzinfo=UTC) <= now_utc:
        refuse(ctx, user, "USER_PASSWORD_HAS_EXPIRED", how)
    with ctx.dbs.session(store.DATABASE) as session:
        # Sign-ins of one user at once would remove and add rows between each other's, and end in a deadlock.
        is_proven = _is_still(ctx, store.hold(session, user.id), user, password)
        if is_proven:
            expires = stored(now_utc + timedelta(seconds=ctx.services.settings.accounts.session_s))
            session_store.sweep(session, user.uuid, stored(now_utc - timedelta(days=7)))
            opening = Opening(stored(now_utc), how, address_of(ctx.req), ctx.req.user_agent or "")
            session_store.add(session, user.uuid, token_digest(token), expires, opening)
    if not is_proven:
        refuse(ctx, user, "INVALID_PASSWORD", how)
    actor = Actor(user.uuid, user.name, "session")
    audit.write(ctx, [Change("sign_in", "users", user.id, None, {"by": how})], actor=actor)
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


def _is_still(ctx: Context, kept: tuple[str, str] | None, user: User, password: str | None) -> bool:
    """Whether what proved a user's identity still does: a change in between ends sessions, and opens none.

    Another sign-in may have stored the same password with a newer hash.
    """
    if kept is None:
        return False
    return password is None or kept[1] == user.password or ctx.services.passwords.verify(password, *kept)


def logout(ctx: Context) -> str:
    """`PUT /users/logout`: end the session."""
    user_uuid, token = credentials(ctx)
    with ctx.dbs.session(store.DATABASE) as session:
        closed = session_store.close(session, user_uuid, token_digest(token))
        user = store.user_by_uuid(session, user_uuid) if closed else None
    if not closed:
        raise ApiError("USER_SESSION_NOT_FOUND", Cause.SESSION_MISSING)
    ctx.services.versions.change(ACCOUNTS)
    if user is not None:
        line = Change("sign_out", "users", user.id)
        audit.write(ctx, [line], actor=Actor(user.uuid, user.name, "session"))
    return "OK"


def choices(ctx: Context) -> Json:
    """`GET /users/signin`: what a sign-in page offers."""
    settings = ctx.services.settings
    accounts = settings.accounts
    return {
        "password": {
            "least_length": accounts.password_length,
            "kinds_of_characters": accounts.password_kinds,
            "history": accounts.password_history,
        },
        "single_sign_on": {"name": settings.oidc.name} if settings.oidc.issuer else None,
    }


SIGNED_IN: Final = schema(
    {
        "id": "int",
        "uuid": "uuid",
        **dict.fromkeys(("name", "display_name", "email", "token"), "string"),
        "is_admin": "bool",
        "is_read_only": "bool|null",
        "failed_login_count": "int",
        "account_expiration_datetime": "instant",
        "password_expiration_datetime": "instant",
    }
)
"""What every way to sign in answers."""
_CHOICES: Final = schema(
    {
        "password": dict.fromkeys(("least_length", "kinds_of_characters", "history"), "int"),
        "single_sign_on": ({"name": "string"}, "null"),
    }
)
ROUTES = (
    Route("/users/login", {"PUT": Handler(Auth.NONE, login, answer=SIGNED_IN)}),
    Route("/users/logout", {"PUT": Handler(Auth.NONE, logout, "UserLogout")}),
    get("/users/signin", Auth.NONE, choices, summary="What a sign-in page offers.", answer=_CHOICES),
)
