"""Answers that are kept, given again without going through the application once more.

Who may see what is decided when a request goes through the application, and nowhere else. An answer that is
kept is remembered here under all that it was decided on: path, query and credentials. The same request gets
it again while the guard still remembers the caller's session or key, and the answer itself is still kept;
both go when accounts or the configuration change, in every worker at once. Otherwise the request goes
through the application.

The server may ask for the answer to a request that it has seen before, byte for byte, without reading it
anew (:class:`Again`); the same is asked of guard, limits and answers then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ems_common.clock import monotonic_s

from ems_api.answers import Answer, given
from ems_api.auth.sessions import Standing
from ems_api.context import Services, caller_of, find_address
from ems_api.errors import ApiError
from ems_api.front import ALWAYS, count_answer, request_id_of
from ems_api.repeats import AGAIN
from ems_api.versions import CONFIG, Cache

Environ = dict[str, Any]
Start = Callable[..., Any]
KEPT_AS: Final = "ems.kept_as"
"""Where the application leaves, in a request's environment, under which key its answer is kept."""
_REMEMBERED: Final = 1024
_JSON: Final = ("content-type", "application/json")
_UNLIKE: Final = ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT", "HTTP_X_REQUEST_ID")
"""What a request has that is more than its head, or not the same the next time."""


@dataclass(frozen=True, slots=True)
class KeptAs:
    """What an answer was decided on.

    Attributes:
        standing: The caller's session or key, as the guard remembers it.
        answer: The key of the answer.
    """

    standing: Standing
    answer: Hashable


class Shortcut:
    """The WSGI application with the way around it.

    Args:
        app: The application.
        services: What its requests share.
    """

    def __init__(self, app: Callable[[Environ, Start], Iterable[bytes]], services: Services) -> None:
        self._app = app
        self._services = services
        self._proxies = services.settings.server.proxies
        self._known = Cache(services.versions, CONFIG, _REMEMBERED)

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] == "HEAD" and not environ["PATH_INFO"].endswith("/live"):
            # The same answer without its body, which the server leaves out (RFC 9110 section 9.3.2).
            environ["REQUEST_METHOD"] = "GET"
        if environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        began_s = monotonic_s()
        asked = _asked(environ)
        known: KeptAs | None = self._known.peek(asked)
        if known is not None:
            again = Again(self, known, environ)
            answer = self.recall(known, again.address)
            if answer is not None:
                if not any(name in environ for name in _UNLIKE):
                    environ[AGAIN] = again
                return _give(answer, environ, start_response, began_s)
        body = self._app(environ, start_response)
        kept_as = environ.get(KEPT_AS)
        if kept_as is not None:
            self._known.put(asked, kept_as)
        return body

    def address_of(self, environ: Environ) -> str:
        """Address of a request's client."""
        return find_address(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR"), self._proxies
        )

    def recall(self, known: KeptAs, address: str) -> Answer | None:
        """The answer that was given to the same request before, when it still stands for this caller."""
        answer = self._services.answers.peek(known.answer)
        if answer is None:
            return None
        try:
            identity = self._services.guard.recall(known.standing, address)
            if identity is None:
                return None
            self._services.addresses.take(address)
            self._services.requests.take(caller_of(identity))
        except ApiError:
            return None  # the application says so in the client's dialect
        return answer


class Again:
    """Answers one request whenever it comes again, as long as its answer stands.

    Args:
        shortcut: Knows what stands.
        known: What the answer was decided on.
        environ: The request.
    """

    __slots__ = ("_accept_encoding", "_if_none_match", "_known", "_made", "_shortcut", "address")

    def __init__(self, shortcut: Shortcut, known: KeptAs, environ: Environ) -> None:
        self._shortcut = shortcut
        self._known = known
        self._if_none_match = environ.get("HTTP_IF_NONE_MATCH", "")
        self._accept_encoding = environ.get("HTTP_ACCEPT_ENCODING", "")
        self._made: tuple[Answer, str, bytes, bytes, bytes] | None = None
        self.address = shortcut.address_of(environ)

    def __call__(self) -> tuple[bytes, bytes, bytes] | None:
        """Status, header lines and body; None when the application has to be asked."""
        began_s = monotonic_s()
        answer = self._shortcut.recall(self._known, self.address)
        if answer is None:
            return None
        made = self._made
        if made is None or made[0] is not answer:
            status, headers, body = given(answer, self._if_none_match, self._accept_encoding)
            lines = "".join(f"{name}: {value}\r\n" for name, value in _told(headers, body))
            self._made = made = (answer, status, status.encode(), lines.encode("latin-1"), body)
        _, text, status_line, known_lines, body = made
        count_answer("GET", text, began_s)
        request_id = secrets.token_hex(8).encode()
        return status_line, b"%bx-request-id: %b\r\n\r\n" % (known_lines, request_id), body


def _asked(environ: Environ) -> Hashable:
    """All of a request that the answer kept for it may depend on."""
    get = environ.get
    return (
        get("PATH_INFO"),
        get("QUERY_STRING"),
        get("HTTP_USER_UUID"),
        get("HTTP_TOKEN"),
        get("HTTP_API_KEY"),
        get("HTTP_QUICKMODE"),
    )


def _told(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """All headers but the request's id."""
    told = [*((name.lower(), value) for name, value in ALWAYS), *headers]
    return [*told, _JSON, ("content-length", str(len(body)))] if body else told


def _give(answer: Answer, environ: Environ, start_response: Start, began_s: float) -> Iterable[bytes]:
    status, headers, body = given(
        answer, environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
    )
    request_id = ("x-request-id", request_id_of(environ.get("HTTP_X_REQUEST_ID")))
    start_response(status, [*_told(headers, body), request_id])
    count_answer("GET", status, began_s)
    return (body,) if body else ()
