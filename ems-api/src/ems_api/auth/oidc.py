"""Sign-in by an OpenID Connect provider: authorization code with PKCE.

OpenID Connect Core 1.0 section 3.1, RFC 7636. The front end asks for an address and a sealed note, sends the
browser there, and brings back the code, the state and the note. The note holds state, nonce and verifier,
encrypted, so nothing is kept here between the two requests and any worker may answer the second one.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jwt
import orjson
import requests
from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Session

from ems_api.auth import sign_in, store
from ems_api.auth.given import EMAIL, text_of
from ems_api.auth.store import User
from ems_api.context import Context
from ems_api.errors import ApiError, Cause, missing
from ems_api.resources import writing
from ems_api.routing import Auth, Handler, Route
from ems_api.schemas import schema
from ems_api.settings import OidcSettings
from ems_api.wall_clock import stored

_log = log.get(__name__)
Json = dict[str, Any]
LONGEST_SIGN_IN_S: Final = 600
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
_ANSWER_S: Final = 5.0
_KEPT_S: Final = 600.0
_AWAY_S: Final = 5.0
"""So long a provider that did not answer is not asked again."""
_AWAY: Final = "SINGLE_SIGN_ON_IS_NOT_AVAILABLE"
_LEEWAY_S: Final = 30
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider says of itself, and its keys."""

    authorization: str
    token: str
    uses_basic: bool
    keys: jwt.PyJWKClient


class Providers:
    """The provider of this site; what it says is kept for ten minutes.

    Args:
        settings: Where it is.
    """

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._kept: tuple[float, Provider] | None = None
        self._away_until_s = 0.0

    def get(self) -> Provider:
        """The provider.

        Raises:
            ApiError: There is none, or it does not answer as it must, now or a moment ago: whoever comes
                meanwhile is told at once, or all threads would soon wait for it.
        """
        if not self._settings.issuer:
            raise missing("SINGLE_SIGN_ON_IS_OFF")
        with self._lock:
            if self._kept is None or monotonic_s() > self._kept[0]:
                if monotonic_s() < self._away_until_s:
                    raise ApiError(_AWAY, Cause.UNAVAILABLE)
                try:
                    self._kept = (monotonic_s() + _KEPT_S, self._discover())
                except ApiError:
                    self._away_until_s = monotonic_s() + _AWAY_S
                    raise
            return self._kept[1]

    def _discover(self) -> Provider:
        issuer = self._settings.issuer
        found = _json(requests.get, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise _away(f"it calls itself {found.get('issuer')!r}")
        addresses = [str(found.get(name, "")) for name in _ENDPOINTS]
        if not all(_is_safe(address) for address in addresses):
            raise _away("its addresses must be https")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        keys = jwt.PyJWKClient(addresses[2], timeout=int(_ANSWER_S), lifespan=_KEPT_S)
        return Provider(addresses[0], addresses[1], "client_secret_basic" in methods, keys)


_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can change what comes from there: https, or this very host."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def _away(reason: str) -> ApiError:
    _log.error("identity_provider_unusable", reason=reason)
    return ApiError(_AWAY, Cause.UNAVAILABLE)


def _json(send: Any, address: str, **more: Any) -> Json:
    """The JSON object that an address answers.

    Raises:
        ApiError: It answers none.
    """
    try:
        answer = send(address, timeout=_ANSWER_S, allow_redirects=False, **more)
        body = answer.json()
    except (requests.RequestException, ValueError) as ex:
        raise _away(f"{address}: {ex}") from ex
    if not isinstance(body, dict):
        raise _away(f"{address} answers no JSON object")
    return body


def begin(ctx: Context) -> Json:
    """`GET /users/oidc`: where to send the browser, and the note to bring back."""
    settings = ctx.services.settings.oidc
    provider = ctx.services.providers.get()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_url,
        "scope": settings.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    note = orjson.dumps({"state": state, "nonce": nonce, "verifier": verifier}).decode()
    joint = "&" if "?" in provider.authorization else "?"
    return {
        "authorization_url": f"{provider.authorization}{joint}{urlencode(query)}",
        "transaction": ctx.services.vault.close(note),
    }


def finish(ctx: Context) -> Json:
    """`POST /users/oidc`: open a session with what the provider sent back; answers as sign-in does."""
    data = ctx.data()
    code, state = text_of(data, "code", "INVALID_CODE"), text_of(data, "state", "INVALID_STATE")
    sealed = text_of(data, "transaction", "INVALID_TRANSACTION")
    note = ctx.services.vault.open(sealed, longest_s=LONGEST_SIGN_IN_S)
    known = orjson.loads(note) if note else {}
    if not known or not secrets.compare_digest(str(known.get("state")), state):
        sign_in.refuse(ctx, None, "INVALID_TRANSACTION", "single sign-on")
    claims = _claims(ctx, code, known)
    user = _user_of(ctx, claims)
    if user.failed_login_count >= ctx.services.settings.accounts.max_failed_logins:
        sign_in.refuse(ctx, user, "USER_ACCOUNT_HAS_BEEN_LOCKED", "single sign-on")
    return sign_in.open_session(ctx, user, "single sign-on")


def _claims(ctx: Context, code: str, known: Json) -> Json:
    """What the provider says of the user, after all checks of OpenID Connect Core section 3.1.3.7."""
    settings = ctx.services.settings.oidc
    provider = ctx.services.providers.get()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.redirect_url,
        "client_id": settings.client_id,
        "code_verifier": known["verifier"],
    }
    secret = str(settings.client_secret)
    basic = (settings.client_id, secret) if secret and provider.uses_basic else None
    if secret and basic is None:
        form["client_secret"] = secret
    answer = _json(requests.post, provider.token, data=form, auth=basic)
    token = answer.get("id_token")
    if not isinstance(token, str):
        sign_in.refuse(ctx, None, "SINGLE_SIGN_ON_FAILED", "single sign-on")
    try:
        claims: Json = jwt.decode(
            token,
            _key_of(provider, token),
            algorithms=list(_ALGORITHMS),
            audience=settings.client_id,
            issuer=settings.issuer,
            leeway=_LEEWAY_S,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.PyJWKClientConnectionError as ex:
        raise _away(str(ex)) from ex
    except jwt.PyJWTError as ex:
        _log.warning("id_token_refused", reason=str(ex))
        sign_in.refuse(ctx, None, "SINGLE_SIGN_ON_FAILED", "single sign-on")
    nonce, party = str(claims.get("nonce", "")), claims.get("azp", settings.client_id)
    if not secrets.compare_digest(nonce, known["nonce"]) or party != settings.client_id:
        sign_in.refuse(ctx, None, "SINGLE_SIGN_ON_FAILED", "single sign-on")
    return claims


def _key_of(provider: Provider, token: str) -> Any:
    """The provider's key that a token names; one that names none was signed with the only key there is.

    Raises:
        jwt.PyJWTError: There is no such key.
    """
    named = jwt.get_unverified_header(token).get("kid")
    if named:
        return provider.keys.get_signing_key(named).key
    keys = provider.keys.get_signing_keys()
    if len(keys) != 1:
        raise jwt.PyJWKClientError("the token names no key, and the provider has several")
    return keys[0].key


def _user_of(ctx: Context, claims: Json) -> User:
    """The user an account of the provider stands for: linked before, or of the same verified address."""
    issuer, subject = str(claims["iss"])[:191], str(claims["sub"])[:191]
    email = str(claims.get("email", "")).lower()
    is_verified = claims.get("email_verified") is True and bool(EMAIL.fullmatch(email)) and len(email) <= 128
    with ctx.dbs.session(store.DATABASE) as session:
        user = store.user_by_identity(session, issuer, subject)
        if user is None and is_verified:
            user = store.user_by_email(session, email)
            if user is not None:
                store.link_identity(session, issuer, subject, user.id, stored(utc_now()))
        if user is None and is_verified:
            _ask_for_approval(session, ctx, claims, email)
    if user is None:
        fault = "ACCOUNT_AWAITS_APPROVAL" if is_verified else "EMAIL_IS_NOT_VERIFIED"
        sign_in.refuse(ctx, None, fault, "single sign-on")
    return user


def _ask_for_approval(session: Session, ctx: Context, claims: Json, email: str) -> None:
    """Somebody new stands among those who registered, until approved by an administrator."""
    if session.row("SELECT 1 FROM tbl_new_users WHERE email = %s LIMIT 1", (email,)):
        return
    salt, unusable = ctx.services.passwords.hash(secrets.token_hex(32))
    name = email if store.user_by_name(session, email) is None else f"{email[:100]} {secrets.token_hex(4)}"
    values = {
        "name": name[:128],
        "uuid": store.new_uuid(),
        "display_name": str(claims.get("name") or email)[:128],
        "email": email,
        "salt": salt,
        "password": unusable,
    }
    writing.insert(session, "tbl_new_users", values)


ROUTES = (
    Route(
        "/users/oidc",
        {
            "GET": Handler(
                Auth.NONE,
                begin,
                summary="Begin single sign-on.",
                answer=schema(dict.fromkeys(("authorization_url", "transaction"), "string")),
            ),
            "POST": Handler(Auth.NONE, finish, summary="Finish single sign-on.", answer=sign_in.SIGNED_IN),
        },
    ),
)
