"""Routes: a path, and for each method who may call it and what answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ems_api.context import Context

Run = Callable[..., Any]
FILE: Final = "application/octet-stream"
"""Media type of files of several forms."""


class Auth(enum.Enum):
    """Who may call a handler."""

    NONE = "none"
    SESSION = "session"
    ADMIN = "admin"
    KEY = "session_or_api_key"


@dataclass(frozen=True, slots=True)
class Handler:
    """What answers one method of a path.

    Attributes:
        auth: Who may call it.
        run: Called with the :class:`~ems_api.context.Context` and the path's parameters; returns a JSON
            value, a :class:`~ems_api.context.Reply`, or None for an empty body.
        logged: Resource name under which a successful call stands in the activity log; "" = not logged.
        logged_params: Parameter of the path → its name in the activity log, where that is another.
        is_kept: Whether its answers, made of configuration alone, may be kept while that stands.
        summary: One line for the OpenAPI document.
        body: JSON schema of the body, for the OpenAPI document.
        answer: JSON schema of the answer, for the OpenAPI document.
        query: Query parameters (name, type) that `run` reads itself; all others of a list are filters.
        checks_row: Whether `run` itself refuses a row out of reach, as the path alone does not say which.
        is_audited: Whether a change stands in the audit log; what devices measure does not.
        is_later: Whether it answers 202, as what was asked for happens after the answer.
        media_type: Of what it answers, when that is no JSON.
    """

    auth: Auth
    run: Run
    logged: str = ""
    summary: str = ""
    is_kept: bool = False
    body: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    query: tuple[tuple[str, str], ...] = ()
    checks_row: bool = False
    is_audited: bool = True
    is_later: bool = False
    media_type: str = ""
    logged_params: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> frozenset[str]:
        """Names of the query parameters that `run` reads itself."""
        return frozenset(name for name, _ in self.query)


@dataclass(frozen=True, slots=True)
class Route:
    """A path template with its handlers by method."""

    template: str
    methods: Mapping[str, Handler]


def merged(routes: Iterable[Route]) -> dict[str, dict[str, Handler]]:
    """All routes by template; several declarations may share one.

    Raises:
        ValueError: Two of them declare the same method.
    """
    result: dict[str, dict[str, Handler]] = {}
    for route in routes:
        methods = result.setdefault(route.template, {})
        for method, handler in route.methods.items():
            if method in methods:
                raise ValueError(f"{method} {route.template} is declared twice")
            methods[method] = handler
    return result


def get(template: str, auth: Auth, run: Callable[..., Any], **more: Any) -> Route:
    """A route that is only read."""
    return Route(template, {"GET": Handler(auth, run, **more)})


__all__ = ["FILE", "Auth", "Context", "Handler", "Route", "Run", "get", "merged"]
