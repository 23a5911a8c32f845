"""Open sessions, and how a user signs in: for the user's own eyes, and for administrators who help."""

from __future__ import annotations

from typing import Any, Final

from ems_common.clock import utc_now

from ems_api.auth import second_factor, session_store, store, trail
from ems_api.auth.passwords import token_digest
from ems_api.auth.session_store import Seen
from ems_api.auth.sessions import credentials
from ems_api.auth.store import User
from ems_api.context import Context, Reply, path_id
from ems_api.errors import missing
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import show_instant, stored

Json = dict[str, Any]
_SESSION: Final = {
    "id": "int",
    "is_this": "bool",
    "expires_datetime": "instant",
    "opened_datetime": "instant|null",
    "opened_by": "string|null",
    "address": "string|null",
    "agent": "string|null",
    "last_used_datetime": "instant|null",
    "last_address": "string|null",
}
_SIGN_IN: Final = {
    "second_factor": {
        "is_on": "bool",
        "since_datetime": "instant|null",
        "recovery_codes_left": "int",
    },
    "single_sign_on": [{"issuer": "string", "subject": "string", "since_datetime": "instant"}],
}


def _user(ctx: Context, id_: str, *, changes: bool = False) -> User:
    key = path_id(id_, "INVALID_USER_ID")
    if changes:
        store.protect_super_admin(ctx.identity.user_id, key)
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_id(session, key)
    if user is None:
        raise missing("USER_NOT_FOUND")
    return user


def _this(ctx: Context) -> str:
    """Digest of the caller's own token; "" of one who came with a key."""
    return "" if ctx.identity.via_key else token_digest(credentials(ctx)[1])


def _list(ctx: Context, user_uuid: str) -> list[Json]:
    with ctx.dbs.session(store.DATABASE) as session:
        found = session_store.of_user(session, user_uuid, stored(utc_now()))
    this = _this(ctx)
    return [_shown(ctx, one, is_this=one.digest == this) for one in found]


def _shown(ctx: Context, one: Seen, *, is_this: bool) -> Json:
    def at(value: Any) -> Any:
        return None if value is None else show_instant(value, ctx.zone, v1=ctx.v1)

    return {
        "id": one.id,
        "is_this": is_this,
        "expires_datetime": at(one.expires_utc),
        "opened_datetime": at(one.opened_utc),
        "opened_by": one.opened_by,
        "address": one.address,
        "agent": one.agent,
        # Uses are written every few seconds; the one that asks is being used right now.
        "last_used_datetime": at(stored(utc_now()) if is_this else one.last_used_utc),
        "last_address": one.last_address,
    }


def _end(ctx: Context, user_uuid: str, sid: str) -> Reply:
    key = path_id(sid, "INVALID_SESSION_ID")
    with ctx.dbs.session(store.DATABASE) as session:
        if not session_store.close_one(session, user_uuid, key):
            raise missing("SESSION_NOT_FOUND")
    trail.deleted("tbl_sessions", key, {"user_uuid": user_uuid})
    ctx.services.versions.change(ACCOUNTS)
    return Reply(204, entity_id=key)


def mine(ctx: Context) -> list[Json]:
    """`GET /users/me/sessions`: where the caller is signed in."""
    return _list(ctx, ctx.identity.user_uuid)


def end_mine(ctx: Context, sid: str) -> Reply:
    """`DELETE /users/me/sessions/{sid}`: end one of the caller's sessions."""
    return _end(ctx, ctx.identity.user_uuid, sid)


def end_others(ctx: Context) -> Reply:
    """`DELETE /users/me/sessions`: end all of the caller's sessions but this one."""
    with ctx.dbs.session(store.DATABASE) as session:
        session_store.close_all(session, ctx.identity.user_uuid, but_digest=_this(ctx))
    ctx.services.versions.change(ACCOUNTS)
    return Reply(204)


def of_user(ctx: Context, id_: str) -> list[Json]:
    """`GET /users/{id_}/sessions`: where a user is signed in."""
    return _list(ctx, _user(ctx, id_).uuid)


def end_of_user(ctx: Context, id_: str, sid: str) -> Reply:
    """`DELETE /users/{id_}/sessions/{sid}`: end one session of a user."""
    return _end(ctx, _user(ctx, id_, changes=True).uuid, sid)


def end_all_of_user(ctx: Context, id_: str) -> Reply:
    """`DELETE /users/{id_}/sessions`: end all sessions of a user, but not the caller's own."""
    user = _user(ctx, id_, changes=True)
    with ctx.dbs.session(store.DATABASE) as session:
        session_store.close_all(session, user.uuid, but_digest=_this(ctx))
    ctx.services.versions.change(ACCOUNTS)
    return Reply(204, entity_id=user.id)


def ways_in(ctx: Context, id_: str) -> Json:
    """`GET /users/{id_}/signin`: second factor and single sign-on of a user, without their secrets."""
    user = _user(ctx, id_)
    with ctx.dbs.session(store.DATABASE) as session:
        factor = second_factor.factor_of(session, user.id)
        left = second_factor.recovery_codes_left(session, user.id)
        linked = store.identities_of(session, user.id)
    since = factor.confirmed_utc if factor is not None else None
    return {
        "second_factor": {
            "is_on": since is not None,
            "since_datetime": None if since is None else show_instant(since, ctx.zone, v1=ctx.v1),
            "recovery_codes_left": left,
        },
        "single_sign_on": [
            {
                "issuer": issuer,
                "subject": subject,
                "since_datetime": show_instant(at, ctx.zone, v1=ctx.v1),
            }
            for issuer, subject, at in linked
        ],
    }


def reset_factor(ctx: Context, id_: str) -> Reply:
    """`DELETE /users/{id_}/secondfactor`: an administrator helps someone whose telephone is lost."""
    key = path_id(id_, "INVALID_USER_ID")
    store.protect_super_admin(ctx.identity.user_id, key)
    with ctx.dbs.session(store.DATABASE) as session:
        if not second_factor.remove(session, key):
            raise missing("SECOND_FACTOR_NOT_FOUND")
    return Reply(204, entity_id=key)


_LIST: Final = schema([_SESSION])
ROUTES: Final = (
    Route(
        "/users/me/sessions",
        {
            "GET": Handler(Auth.SESSION, mine, summary="The caller's open sessions.", answer=_LIST),
            "DELETE": Handler(Auth.SESSION, end_others, "Sessions", "End all of them but this one."),
        },
    ),
    Route(
        "/users/me/sessions/{sid}",
        {"DELETE": Handler(Auth.SESSION, end_mine, "Sessions", "End one of the caller's sessions.")},
    ),
    Route(
        "/users/{id_}/sessions",
        {
            "GET": Handler(Auth.ADMIN, of_user, summary="A user's open sessions.", answer=_LIST),
            "DELETE": Handler(Auth.ADMIN, end_all_of_user, "Sessions", "End all sessions of a user."),
        },
    ),
    Route(
        "/users/{id_}/sessions/{sid}",
        {"DELETE": Handler(Auth.ADMIN, end_of_user, "Sessions", "End one session of a user.")},
    ),
    get(
        "/users/{id_}/signin",
        Auth.ADMIN,
        ways_in,
        summary="Second factor and single sign-on of a user.",
        answer=schema(_SIGN_IN),
    ),
    Route("/users/{id_}/secondfactor", {"DELETE": Handler(Auth.ADMIN, reset_factor, "SecondFactor")}),
)
