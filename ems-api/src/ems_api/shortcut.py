"""Answers that are kept, given again without going through the application once more.

Who may see what is decided when a request goes through the application, and nowhere else. An answer that is
kept is remembered here under all that it was decided on: path, query and credentials. The same request gets
it again while the guard still remembers the caller's session or key, and the answer itself is still kept;
both go when accounts or the configuration change, in every worker at once. Otherwise the request goes
through the application.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ems_common.clock import monotonic_s

from ems_api.answers import Answer, given
from ems_api.auth.sessions import Standing
from ems_api.context import Services, caller_of, find_address
from ems_api.errors import ApiError
from ems_api.front import ALWAYS, count_answer, request_id_of
from ems_api.versions import CONFIG, Cache

Environ = dict[str, Any]
Start = Callable[..., Any]
KEPT_AS: Final = "ems.kept_as"
"""Where the application leaves, in a request's environment, under which key its answer is kept."""
_REMEMBERED: Final = 1024
_JSON: Final = ("content-type", "application/json")


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
        answer = self._answer(asked, environ)
        if answer is not None:
            return _give(answer, environ, start_response, began_s)
        body = self._app(environ, start_response)
        kept_as = environ.get(KEPT_AS)
        if kept_as is not None:
            self._known.put(asked, kept_as)
        return body

    def _answer(self, asked: Hashable, environ: Environ) -> Answer | None:
        """The answer that was given to the same request before, when it still stands for this caller."""
        known: KeptAs | None = self._known.peek(asked)
        if known is None:
            return None
        answer = self._services.answers.peek(known.answer)
        if answer is None:
            return None
        address = find_address(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR"), self._proxies
        )
        try:
            identity = self._services.guard.recall(known.standing, address)
            if identity is None:
                return None
            self._services.addresses.take(address)
            self._services.requests.take(caller_of(identity))
        except ApiError:
            return None  # the application says so in the client's dialect
        return answer


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


def _give(answer: Answer, environ: Environ, start_response: Start, began_s: float) -> Iterable[bytes]:
    status, headers, body = given(
        answer, environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
    )
    told = [(name.lower(), value) for name, value in ALWAYS]
    told.append(("x-request-id", request_id_of(environ.get("HTTP_X_REQUEST_ID"))))
    told += headers
    if body:
        told += (_JSON, ("content-length", str(len(body))))
    start_response(status, told)
    count_answer("GET", status, began_s)
    return (body,) if body else ()
