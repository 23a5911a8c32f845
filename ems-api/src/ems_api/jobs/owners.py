"""Who an order belongs to, and what he may see when it is carried out."""

from __future__ import annotations

from datetime import UTC

from ems_common.clock import utc_now
from ems_common.db import Databases

from ems_api.auth import store
from ems_api.context import Identity
from ems_api.errors import ApiError, Cause


def owner_of(identity: Identity) -> str:
    """The owner as orders name him: ``user:<uuid>`` or ``key:<id of an API key>``."""
    return f"key:{identity.key_id}" if identity.via_key else f"user:{identity.user_uuid}"


def identity_of(dbs: Databases, owner: str) -> Identity:
    """The owner as he is now.

    Raises:
        ApiError: The account or key is gone or has expired.
    """
    kind, _, name = owner.partition(":")
    with dbs.session(store.DATABASE) as session:
        if kind == "key":
            key = store.key_by_id(session, int(name))
            if key is None or key.expires_utc.replace(tzinfo=UTC) <= utc_now():
                raise _gone("the API key that ordered this has expired or was removed")
            return Identity(0, "", key.name, key.name, privilege=key.privilege, via_key=True, key_id=key.id)
        user = store.user_by_uuid(session, name)
        if user is None or user.account_expiration_datetime_utc.replace(tzinfo=UTC) <= utc_now():
            raise _gone("the account that ordered this has expired or was removed")
        privilege = session.scalar("SELECT data FROM tbl_privileges WHERE id = %s", (user.privilege_id,))
    return Identity(
        user.id,
        user.uuid,
        user.name,
        user.display_name,
        bool(user.is_admin),
        bool(user.is_read_only),
        privilege,
    )


def mail_address(dbs: Databases, owner: str) -> tuple[str, str] | None:
    """Name and e-mail address of an owner; None for API keys and accounts that are gone."""
    kind, _, uuid = owner.partition(":")
    if kind != "user":
        return None
    with dbs.session(store.DATABASE) as session:
        user = store.user_by_uuid(session, uuid)
    return None if user is None else (user.display_name or user.name, user.email)


def _gone(detail: str) -> ApiError:
    return ApiError("REPORT_OWNER_NOT_FOUND", Cause.DENIED, detail=detail)
