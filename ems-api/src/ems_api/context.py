"""One request as a handler sees it: who asks, what they may see, the body, the dialect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import falcon
import orjson
from ems_common.db import Databases

from ems_api.auth.permissions import EVERYTHING, READ_ALL, Grant
from ems_api.auth.rights import Rights, rights_of
from ems_api.errors import ApiError, Cause, Fault, invalid
from ems_api.settings import ApiSettings

if TYPE_CHECKING:
    from ems_api.answers import Answers
    from ems_api.auth.oidc import Providers
    from ems_api.auth.passwords import Passwords
    from ems_api.auth.scope import Scope, Scopes
    from ems_api.auth.sessions import Guard
    from ems_api.auth.vault import Vault
    from ems_api.limits import Limiter
    from ems_api.live.hub import LiveHub
    from ems_api.resources.references import References
    from ems_api.versions import Versions

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks.

    Attributes:
        user_id: Key of the user; 0 for an API key.
        user_uuid: Its UUID; "" for an API key.
        name: Sign-in name, or the key's name.
        display_name: Name for people.
        is_admin: May see everything.
        is_read_only: May not change configuration although an administrator.
        privilege: Text of the privilege (JSON), None when the user has none.
        via_key: Whether an API key was given.
        key_id: Key of that API key; 0 for a session.
    """

    user_id: int
    user_uuid: str
    name: str
    display_name: str = ""
    is_admin: bool = False
    is_read_only: bool = False
    privilege: str | None = None
    via_key: bool = False
    key_id: int = 0

    @property
    def rights(self) -> Rights:
        """What the privilege gives."""
        return rights_of(self.privilege)

    @property
    def is_unbound_key(self) -> bool:
        """Whether an API key without privilege was given: it reads all, as administrators make keys."""
        return self.via_key and self.privilege is None

    @property
    def sees_all(self) -> bool:
        """Whether no row is hidden."""
        return self.is_admin or self.is_unbound_key or self.rights.is_whole_site

    @property
    def grant(self) -> Grant:
        """What may be done, by module and action."""
        if self.is_admin:
            return READ_ALL if self.is_read_only else EVERYTHING
        return READ_ALL if self.is_unbound_key else self.rights.grant


@dataclass(frozen=True)
class Services:
    """What all requests of a worker share."""

    settings: ApiSettings
    dbs: Databases
    passwords: Passwords
    guard: Guard
    scopes: Scopes
    versions: Versions
    live: LiveHub
    answers: Answers
    references: References
    requests: Limiter
    addresses: Limiter
    failures: Limiter
    codes: Limiter
    vault: Vault
    providers: Providers

    def close(self) -> None:
        """End the streams, write down what is only in memory and let go of the connections."""
        self.live.stop()
        self.guard.close()
        self.dbs.close()


@dataclass(slots=True)
class Reply:
    """What a handler answers when it is more than a JSON value with status 200.

    Attributes:
        status: HTTP status.
        body: JSON value; `NOTHING` for an empty body.
        location: Path for the `Location` header.
        entity_id: Key of the row that was made or touched, for the activity log.
    """

    status: int = 200
    body: Any = None
    location: str = ""
    entity_id: int | None = None


NOTHING = object()


@dataclass(slots=True)
class Context:
    """One request."""

    req: falcon.Request
    resp: falcon.Response
    services: Services
    v1: bool
    _identity: Identity | None = None
    _scope: Scope | None = None
    _raw: bytes | None = None
    _json: Any = field(default=NOTHING)

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return self.services.settings.site.zone

    @property
    def dbs(self) -> Databases:
        """The databases."""
        return self.services.dbs

    @property
    def identity(self) -> Identity:
        """Who asks; set by the guard before the handler runs."""
        if self._identity is None:
            raise ApiError("INVALID_USER_UUID", Cause.UNAUTHENTICATED)
        return self._identity

    def admit(self, identity: Identity) -> None:
        """Note who asks."""
        self._identity = identity

    @property
    def known_identity(self) -> Identity | None:
        """Who asks, or None on an open route."""
        return self._identity

    @property
    def scope(self) -> Scope:
        """Which rows may be reached; the one place where that is decided."""
        if self._scope is None:
            self._scope = self.services.scopes.of(self.identity)
        return self._scope

    def raw_body(self) -> bytes:
        """The body's bytes.

        Raises:
            ApiError: It is too large or breaks off.
        """
        if self._raw is None:
            limit = self.services.settings.server.max_body_bytes
            if (self.req.content_length or 0) > limit:
                raise ApiError("REQUEST_BODY_IS_TOO_LARGE", Cause.TOO_LARGE)
            try:
                raw = self.req.bounded_stream.read(limit + 1)
            except OSError as ex:
                raise ApiError("FAILED_TO_READ_REQUEST_STREAM", Cause.MALFORMED) from ex
            if len(raw) > limit:
                raise ApiError("REQUEST_BODY_IS_TOO_LARGE", Cause.TOO_LARGE)
            self._raw = raw
        return self._raw

    def json(self) -> dict[str, Any]:
        """The body, a JSON object.

        Raises:
            ApiError: It is not UTF-8, not JSON, or not an object.
        """
        if self._json is NOTHING:
            self._json = read_json(self.raw_body())
        if not isinstance(self._json, dict):
            raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED)
        return self._json

    def data(self) -> dict[str, Any]:
        """The member `data` of the body, an object.

        Raises:
            ApiError: The body is not readable or has no such member.
        """
        data = self.json().get("data")
        if not isinstance(data, dict):
            raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED, detail='the body must be {"data": {…}}')
        return data

    @property
    def accepted_languages(self) -> str:
        """What the caller reads, as the header ``Accept-Language`` says it; "" when it is silent."""
        return self.req.get_header("Accept-Language") or ""

    def query(self, name: str) -> str:
        """A query parameter, trimmed; "" when absent. The last one counts when it is repeated."""
        value = self.req.params.get(name, "")
        return (value[-1] if isinstance(value, list) else value).strip()


def read_json(raw: bytes) -> Any:
    """Read JSON text.

    Raises:
        ApiError: It is not UTF-8 or not JSON (`NaN` and `Infinity` are not).
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as ex:
        raise ApiError("INVALID_ENCODING", Cause.MALFORMED) from ex
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as ex:
        raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED, detail=str(ex)) from ex


def path_id(text: str, key: str | Fault) -> int:
    """The number in a path.

    Raises:
        ApiError: It is not a positive whole number.
    """
    if text.isascii() and text.isdigit() and 0 < int(text[:20]) <= LARGEST_ID and len(text) <= 20:
        return int(text)
    raise invalid(key, field="path")


def address_of(req: falcon.Request) -> str:
    """Address of the client, found once when the request came in."""
    return str(getattr(req.context, "address", req.remote_addr))


# Few callers ask often, and reading an address took a tenth of a short request.
_address = lru_cache(1024)(ip_address)


def find_address(remote: str, forwarded: str | None, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Address of the client.

    Of what a header says only the last entry is believed, which our own proxy has put there; what stands
    before it anybody can write.

    Args:
        remote: The other end of the connection.
        forwarded: The header ``X-Forwarded-For``.
        proxies: Where proxies are that are believed.
    """
    if not forwarded:
        return remote
    try:
        nearest = _address(remote)
        told = _address(forwarded.rsplit(",", 1)[-1].strip())
    except ValueError:
        return remote
    return str(told) if any(nearest in network for network in proxies) else remote


def caller_of(identity: Identity) -> str:
    """Whose requests are counted together."""
    return f"user {identity.user_id}" if identity.user_id else f"key {identity.key_id}"


def is_true(text: str) -> bool:
    """Truth of a query flag as the contract reads it."""
    return text.lower() in {"true", "t", "on", "yes", "y", "1"}
