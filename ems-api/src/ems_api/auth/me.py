"""What users do with their own accounts: see it, second factor, other sessions."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

import segno
from ems_common.clock import utc_now

from ems_api.auth import second_factor, store, totp
from ems_api.auth.given import password_of, text_of
from ems_api.auth.permissions import MODULES, ROLES, Action
from ems_api.auth.sign_in import confirm_password
from ems_api.auth.store import User
from ems_api.context import Context, Reply
from ems_api.errors import ApiError, Cause, conflict, invalid
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.wall_clock import show_instant

Json = dict[str, Any]


def _user(ctx: Context) -> User:
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_uuid(session, ctx.identity.user_uuid)
    if user is None:
        raise ApiError("USER_NOT_FOUND", Cause.MISSING)
    return user


def show(ctx: Context) -> Json:
    """`GET /users/me`: the caller, and the caller's rights."""
    identity, user = ctx.identity, _user(ctx)
    with ctx.dbs.session(store.DATABASE) as session:
        is_on = second_factor.is_on(session, user.id)
        left = second_factor.recovery_codes_left(session, user.id)
        linked = store.identities_of(session, user.id)
    expires = user.password_expiration_datetime_utc
    rights = identity.rights
    return {
        "id": user.id,
        "uuid": user.uuid,
        "name": user.name,
        "display_name": user.display_name,
        "email": user.email,
        "phone": user.phone,
        "is_admin": identity.is_admin,
        "is_read_only": identity.is_read_only,
        "whole_site": identity.sees_all,
        "spaces": list(rights.spaces),
        "tenants": list(rights.tenants),
        "cost_centers": list(rights.cost_centers),
        "permissions": {
            module.name: [action.value for action in Action if (module.name, action) in identity.grant]
            for module in MODULES
        },
        "second_factor": {"is_on": is_on, "recovery_codes_left": left},
        "single_sign_on": [{"issuer": issuer} for issuer, _, _ in linked],
        "password_expiration_datetime": show_instant(expires, ctx.zone, v1=ctx.v1),
        "password_days_left": max(0, (expires.replace(tzinfo=UTC) - utc_now()).days),
    }


def begin(ctx: Context) -> Reply:
    """`POST /users/me/secondfactor`: a new key, to be scanned; in force once a code of it came back."""
    user = _user(ctx)
    confirm_password(ctx, user, password_of(ctx.data()), "INVALID_PASSWORD", "password")
    with ctx.dbs.session(store.DATABASE) as session:
        if second_factor.is_on(session, user.id):
            raise conflict("SECOND_FACTOR_IS_ON")
        key = second_factor.begin(ctx, session, user.id)
    address = totp.address(key, ctx.services.settings.accounts.totp_issuer, user.name)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff")
    body = {"secret": totp.as_text(key), "otpauth_uri": address, "qr_svg": picture}
    return Reply(201, body, "/users/me/secondfactor", user.id)


def finish(ctx: Context) -> Json:
    """`PUT /users/me/secondfactor`: put the key in force with a code of it; answers the recovery codes."""
    user = _user(ctx)
    code = text_of(ctx.data(), "code", "INVALID_SECOND_FACTOR").replace(" ", "")
    ctx.services.codes.check(f"factor {user.id}")
    with ctx.dbs.session(store.DATABASE) as session:
        factor = second_factor.factor_of(session, user.id)
        if factor is None or factor.confirmed_utc is not None:
            raise conflict("SECOND_FACTOR_WAS_NOT_BEGUN")
        is_right = second_factor.take_code(ctx, session, user.id, factor, code)
        codes = []
        if is_right:
            second_factor.confirm(session, user.id)
            codes = second_factor.new_recovery_codes(session, user.id)
    if not is_right:
        ctx.services.codes.take(f"factor {user.id}")
        raise invalid("INVALID_SECOND_FACTOR", field="code")
    return {"recovery_codes": codes}


def _prove(ctx: Context) -> User:
    """Password and second factor once more, before the second factor is touched."""
    user, data = _user(ctx), ctx.data()
    confirm_password(ctx, user, password_of(data), "INVALID_PASSWORD", "password")
    ctx.services.codes.check(f"factor {user.id}")
    with ctx.dbs.session(store.DATABASE) as session:
        verdict = second_factor.judge(ctx, session, user, data.get("second_factor"))
    if verdict is second_factor.Verdict.NOT_NEEDED:
        raise conflict("SECOND_FACTOR_IS_OFF")
    if verdict is not second_factor.Verdict.RIGHT:
        ctx.services.codes.take(f"factor {user.id}")
        raise invalid("INVALID_SECOND_FACTOR", field="second_factor")
    return user


def remove(ctx: Context) -> str:
    """`PUT /users/me/secondfactor/remove`: sign in without it again."""
    user = _prove(ctx)
    with ctx.dbs.session(store.DATABASE) as session:
        second_factor.remove(session, user.id)
    return "OK"


def renew_codes(ctx: Context) -> Json:
    """`PUT /users/me/recoverycodes`: fresh recovery codes for the old ones."""
    user = _prove(ctx)
    with ctx.dbs.session(store.DATABASE) as session:
        return {"recovery_codes": second_factor.new_recovery_codes(session, user.id)}


def permissions(_ctx: Context) -> Json:
    """`GET /permissions`: what privileges are made of."""
    return {
        "actions": [action.value for action in Action],
        "modules": [
            {"name": module.name, "title": module.title, "for_administrators": module.is_for_administrators}
            for module in MODULES
        ],
        "roles": [
            {
                "name": role.name,
                "title": role.title,
                "help": role.help,
                "permissions": {
                    module.name: actions
                    for module in MODULES
                    if (actions := [one.value for one in Action if (module.name, one) in role.grant])
                },
            }
            for role in ROLES
        ],
    }


_PERMISSIONS: Final = {"*": ["string"]}
_ME: Final = {
    "id": "int",
    "uuid": "uuid",
    **dict.fromkeys(("name", "display_name", "email"), "string"),
    "phone": "string|null",
    **dict.fromkeys(("is_admin", "is_read_only", "whole_site"), "bool"),
    **{name: ["int"] for name in ("spaces", "tenants", "cost_centers")},
    "permissions": _PERMISSIONS,
    "second_factor": {"is_on": "bool", "recovery_codes_left": "int"},
    "single_sign_on": [{"issuer": "string"}],
    "password_expiration_datetime": "instant",
    "password_days_left": "int",
}
_CODES: Final = schema({"recovery_codes": ["string"]})
_KEY: Final = schema(dict.fromkeys(("secret", "otpauth_uri", "qr_svg"), "string"))
_RIGHTS: Final = {
    "actions": ["string"],
    "modules": [{"name": "string", "title": "string", "for_administrators": "bool"}],
    "roles": [{"name": "string", "title": "string", "help": "string", "permissions": _PERMISSIONS}],
}
ROUTES = (
    get("/users/me", Auth.SESSION, show, summary="The caller, and the caller's rights.", answer=schema(_ME)),
    Route(
        "/users/me/secondfactor",
        {
            "POST": Handler(
                Auth.SESSION, begin, "SecondFactor", "Begin to enrol an authenticator.", answer=_KEY
            ),
            "PUT": Handler(
                Auth.SESSION, finish, "SecondFactor", "Put the authenticator in force.", answer=_CODES
            ),
        },
    ),
    Route("/users/me/secondfactor/remove", {"PUT": Handler(Auth.SESSION, remove, "SecondFactor")}),
    Route(
        "/users/me/recoverycodes", {"PUT": Handler(Auth.SESSION, renew_codes, "RecoveryCodes", answer=_CODES)}
    ),
    get(
        "/permissions",
        Auth.ADMIN,
        permissions,
        summary="What privileges are made of.",
        answer=schema(_RIGHTS),
    ),
)
