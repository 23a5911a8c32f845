"""Whose dashboard is asked for: clients name a user; what they get is what that user may see, never more.

The user named is the caller, unless the caller sees everything anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ems_api.auth.scope import Scope
from ems_api.context import Context, Identity
from ems_api.errors import invalid, missing

_USERS: Final = "user_db"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user and what the user may see."""

    user_id: int
    scope: Scope


def named(ctx: Context, *, needs_space: bool = True) -> Viewer:
    """The user that the parameter `useruuid` names.

    Args:
        ctx: The request.
        needs_space: Whether the user must have a space; stations may be bound to users without any.

    Raises:
        ApiError: It is absent, there is no such user, it is somebody else, or the user may see nothing.
    """
    uuid = ctx.query("useruuid")
    if len(uuid) != 36:
        raise invalid("INVALID_USER_UUID", field="useruuid")
    identity = ctx.identity
    if identity.user_uuid.lower() == uuid.lower():
        return Viewer(identity.user_id, _with_roots(ctx.scope, identity, needs_space=needs_space))
    if not identity.sees_all:
        raise missing("USER_NOT_FOUND")
    other = _load(ctx, uuid)
    return Viewer(other.user_id, _with_roots(ctx.services.scopes.of(other), other, needs_space=needs_space))


def _with_roots(scope: Scope, identity: Identity, *, needs_space: bool) -> Scope:
    if scope.roots or not needs_space:
        return scope
    raise missing("SPACE_NOT_FOUND" if identity.privilege else "USER_PRIVILEGE_NOT_FOUND")


def _load(ctx: Context, uuid: str) -> Identity:
    with ctx.dbs.reading(_USERS) as session:
        row = session.row(
            "SELECT u.id, u.uuid, u.name, u.display_name, u.is_admin, u.is_read_only, p.data FROM tbl_users u"
            " LEFT JOIN tbl_privileges p ON p.id = u.privilege_id WHERE u.uuid = %s",
            (uuid,),
        )
    if row is None:
        raise missing("USER_NOT_FOUND")
    key, found, name, shown, is_admin, is_read_only, privilege = row
    return Identity(int(key), found, name, shown, bool(is_admin), bool(is_read_only), privilege)
