"""The guard: finds out who asks, in the contract's order of errors, and lets them in or not."""

from __future__ import annotations

from datetime import UTC, datetime

from ems_common.clock import utc_now
from ems_common.db import Databases

from ems_api.auth import store
from ems_api.auth.passwords import token_digest
from ems_api.context import Context, Identity
from ems_api.errors import ApiError, Cause
from ems_api.routing import Auth
from ems_api.versions import ACCOUNTS, Cache, Versions

LONGEST_TOKEN = 512


class Guard:
    """Checks the credentials of requests.

    Args:
        dbs: The databases.
        versions: Stamps; a change of accounts voids what was remembered.
    """

    def __init__(self, dbs: Databases, versions: Versions) -> None:
        self._dbs = dbs
        self._sessions = Cache(versions, ACCOUNTS, 4096)
        self._keys = Cache(versions, ACCOUNTS, 512)

    def admit(self, ctx: Context, auth: Auth) -> None:
        """Let the caller in.

        Raises:
            ApiError: Not with these credentials.
        """
        if auth is Auth.NONE:
            return
        key = ctx.req.get_header("API-KEY") or ""
        if auth is Auth.KEY and key.strip():
            ctx.admit(self._by_key(key.strip()))
        else:
            ctx.admit(self.by_session(ctx, "ADMINISTRATOR" if auth is Auth.ADMIN else "USER"))

    def by_session(self, ctx: Context, role: str = "USER") -> Identity:
        """The user of the request's session.

        Args:
            ctx: The request.
            role: ``USER`` or ``ADMINISTRATOR``; the latter lets in only administrators who may write.

        Raises:
            ApiError: There is no such session, it is over, or its user may not.
        """
        user_uuid, token = credentials(ctx)
        digest = token_digest(token)
        found = self._sessions.get((user_uuid, digest), lambda: self._find(user_uuid, digest))
        if found is None:
            raise ApiError(f"{role}_SESSION_NOT_FOUND", Cause.SESSION_MISSING)
        if found.expires_utc.replace(tzinfo=UTC) <= utc_now():
            raise ApiError(f"{role}_SESSION_TIMEOUT", Cause.UNAUTHENTICATED)
        identity = found.identity
        if identity is None:
            raise ApiError("INVALID_PRIVILEGE", Cause.UNAUTHENTICATED)
        if role == "ADMINISTRATOR" and (not identity.is_admin or identity.is_read_only):
            raise ApiError("INVALID_PRIVILEGE", Cause.DENIED)
        return identity

    def _find(self, user_uuid: str, digest: str) -> store.OpenSession | None:
        with self._dbs.session(store.DATABASE) as session:
            return store.find_session(session, user_uuid, digest)

    def _by_key(self, key: str) -> Identity:
        digest = token_digest(key[:LONGEST_TOKEN])
        found: tuple[str, datetime] | None = self._keys.get(digest, lambda: self._find_key(digest))
        if found is None:
            raise ApiError("API_KEY_NOT_FOUND", Cause.SESSION_MISSING)
        name, expires = found
        if expires.replace(tzinfo=UTC) <= utc_now():
            raise ApiError("API_KEY_HAS_EXPIRED", Cause.UNAUTHENTICATED)
        return Identity(0, "", name, name, via_key=True)

    def _find_key(self, digest: str) -> tuple[str, datetime] | None:
        with self._dbs.session(store.DATABASE) as session:
            return store.find_key(session, digest)


def credentials(ctx: Context) -> tuple[str, str]:
    """User UUID and token of the request's headers; a blank header is an absent one.

    Raises:
        ApiError: One of them is absent.
    """
    user_uuid = (ctx.req.get_header("USER-UUID") or "").strip()
    if not user_uuid:
        raise ApiError("INVALID_USER_UUID", Cause.UNAUTHENTICATED)
    token = (ctx.req.get_header("TOKEN") or "").strip()
    if not token:
        raise ApiError("INVALID_TOKEN", Cause.UNAUTHENTICATED)
    return user_uuid[:64], token[:LONGEST_TOKEN]
