"""The guard: finds out who asks, in the contract's order of errors, and lets them in or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ems_common.clock import utc_now
from ems_common.db import Databases

from ems_api.auth import session_store, store
from ems_api.auth.passwords import token_digest
from ems_api.auth.permissions import Need
from ems_api.auth.uses import Uses
from ems_api.context import Context, Identity, address_of
from ems_api.errors import ApiError, Cause
from ems_api.routing import Auth
from ems_api.versions import ACCOUNTS, Cache, Versions
from ems_api.wall_clock import stored

LONGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Lease:
    """By what something goes on after its request is answered, as a live stream does.

    Attributes:
        expires_utc: When it ends by itself.
        holds: Whether the credentials still stand for the same caller with the same rights. Raises
            `Unavailable` when that cannot be found out.
    """

    expires_utc: datetime
    holds: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Standing:
    """With which credentials a caller was let in.

    Attributes:
        identity: Who that is.
        user_uuid: Of the session; "" for an API key.
        digest: Of the session's token, or of the key.
    """

    identity: Identity
    user_uuid: str
    digest: str


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
        self.key_uses = Uses(dbs, store.count_key_uses)
        self.session_uses = Uses(dbs, session_store.note_uses)

    def close(self) -> None:
        """Write the uses of keys and sessions that were counted last, at the end of a process."""
        self.key_uses.close()
        self.session_uses.close()

    def admit(self, ctx: Context, auth: Auth, need: Need) -> None:
        """Let the caller in who may do what the route does.

        Raises:
            ApiError: Not with these credentials, or not this caller.
        """
        if auth is Auth.NONE:
            return
        identity = self._by_given_key(ctx, auth)
        if identity is None:
            identity = self.by_session(ctx, "ADMINISTRATOR" if auth is Auth.ADMIN else "USER")
        ctx.admit(identity)
        if not may(identity, auth, need, is_reading=ctx.req.method == "GET", v1=ctx.v1):
            wanted = f"{need.action} of {need.module}" if need.module else "this"
            raise ApiError("INVALID_PRIVILEGE", Cause.DENIED, detail=f"you may not do {wanted}")

    def _by_given_key(self, ctx: Context, auth: Auth) -> Identity | None:
        """Who the request's API key stands for; None when a session is wanted.

        Where the contract asks for a session, a key counts only if no session is given and the key has a
        privilege of its own.
        """
        key = (ctx.req.get_header("API-KEY") or "").strip()
        if not key:
            return None
        if auth is Auth.KEY:
            return self._by_key(ctx, key)
        if (ctx.req.get_header("USER-UUID") or "").strip():
            return None
        identity = self._by_key(ctx, key)
        return None if identity.is_unbound_key else identity

    def by_session(self, ctx: Context, role: str = "USER") -> Identity:
        """The user of the request's session.

        Args:
            ctx: The request.
            role: ``USER`` or ``ADMINISTRATOR``: whose session the error keys speak of.

        Raises:
            ApiError: There is no such session, it is over, or its user is gone.
        """
        user_uuid, token = credentials(ctx)
        found = self._session(user_uuid, token_digest(token))
        if found is None:
            raise ApiError(f"{role}_SESSION_NOT_FOUND", Cause.SESSION_MISSING)
        if found.expires_utc.replace(tzinfo=UTC) <= utc_now():
            raise ApiError(f"{role}_SESSION_TIMEOUT", Cause.UNAUTHENTICATED)
        if found.identity is None:
            raise ApiError("INVALID_PRIVILEGE", Cause.UNAUTHENTICATED)
        self.session_uses.note(found.id, address_of(ctx.req))
        return found.identity

    def lease(self, ctx: Context) -> Lease:
        """By what the request's caller may go on being served after its answer."""
        standing = self.standing(ctx)
        identity, digest = standing.identity, standing.digest
        if identity.via_key:
            key = self._key(digest)
            expires = key.expires_utc if key is not None else stored(utc_now())
            return Lease(expires.replace(tzinfo=UTC), lambda: _stands_for(self._key(digest), identity))
        opened = self._session(standing.user_uuid, digest)
        expires = opened.expires_utc if opened is not None else stored(utc_now())
        return Lease(
            expires.replace(tzinfo=UTC),
            lambda: _is_of(self._session(standing.user_uuid, digest), identity),
        )

    def standing(self, ctx: Context) -> Standing:
        """With which credentials the request's caller was let in."""
        if ctx.identity.via_key:
            key = (ctx.req.get_header("API-KEY") or "").strip()
            return Standing(ctx.identity, "", token_digest(key[:LONGEST_TOKEN]))
        user_uuid, token = credentials(ctx)
        return Standing(ctx.identity, user_uuid, token_digest(token))

    def recall(self, standing: Standing, address: str) -> Identity | None:
        """Who was let in, when what is remembered of the credentials still says the same; counts the use.

        Nothing is asked of the database: None means that the caller has to be admitted anew.
        """
        identity = standing.identity
        if identity.via_key:
            key: store.ApiKey | None = self._keys.peek(standing.digest)
            if key is None or not _stands_for(key, identity):
                return None
            self.key_uses.note(key.id, address)
            return identity
        opened: store.OpenSession | None = self._sessions.peek((standing.user_uuid, standing.digest))
        if opened is None or not _is_of(opened, identity):
            return None
        self.session_uses.note(opened.id, address)
        return identity

    def _session(self, user_uuid: str, digest: str) -> store.OpenSession | None:
        return self._sessions.get((user_uuid, digest), lambda: self._find(user_uuid, digest))

    def _find(self, user_uuid: str, digest: str) -> store.OpenSession | None:
        with self._dbs.reading(store.DATABASE) as session:
            return store.find_session(session, user_uuid, digest)

    def _by_key(self, ctx: Context, key: str) -> Identity:
        found = self._key(token_digest(key[:LONGEST_TOKEN]))
        if found is None:
            # Guessing keys costs as much as guessing passwords.
            ctx.services.failures.take(address_of(ctx.req))
            raise ApiError("API_KEY_NOT_FOUND", Cause.SESSION_MISSING)
        if found.expires_utc.replace(tzinfo=UTC) <= utc_now():
            raise ApiError("API_KEY_HAS_EXPIRED", Cause.UNAUTHENTICATED)
        self.key_uses.note(found.id, address_of(ctx.req))
        return _identity_of(found)

    def _key(self, digest: str) -> store.ApiKey | None:
        return self._keys.get(digest, lambda: self._find_key(digest))

    def _find_key(self, digest: str) -> store.ApiKey | None:
        with self._dbs.reading(store.DATABASE) as session:
            return store.find_key(session, digest)


def _identity_of(key: store.ApiKey) -> Identity:
    return Identity(0, "", key.name, key.name, privilege=key.privilege, via_key=True, key_id=key.id)


def _stands_for(key: store.ApiKey | None, identity: Identity) -> bool:
    return (
        key is not None and key.expires_utc.replace(tzinfo=UTC) > utc_now() and _identity_of(key) == identity
    )


def _is_of(opened: store.OpenSession | None, identity: Identity) -> bool:
    return (
        opened is not None
        and opened.expires_utc.replace(tzinfo=UTC) > utc_now()
        and opened.identity == identity
    )


def may(identity: Identity, auth: Auth, need: Need, *, is_reading: bool, v1: bool) -> bool:
    """Whether a caller may use a route.

    Args:
        identity: The caller.
        auth: Whom the contract lets in.
        need: What the route needs.
        is_reading: Whether it only reads.
        v1: Whether it is asked under ``/v1``. There a read-only administrator sees what administrators see;
            MyEMS' clients expect to be refused.
    """
    if identity.is_admin:
        if not identity.is_read_only or not need.module:
            return not (auth is Auth.ADMIN and identity.is_read_only and not (v1 and is_reading))
        return is_reading and (auth is not Auth.ADMIN or v1)
    if identity.is_unbound_key:
        return auth is Auth.KEY
    if not need.module:
        return True
    if (need.module, need.action) not in identity.grant:
        return False
    return identity.sees_all or not need.is_of_site


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
