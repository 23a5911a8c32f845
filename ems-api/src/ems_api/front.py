"""What is done for every request before it is routed and after it is answered."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Final

import falcon
from ems_common.clock import monotonic_s
from prometheus_client import Counter, Histogram

from ems_api.context import find_address
from ems_api.live.wire import credentials_of

ALWAYS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Location, X-Total-Count, X-Request-ID, ETag"),
)
"""Headers of every answer."""
_SLASHES = re.compile(r"/{2,}")
_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_MOST_PATH_CHARACTERS = 2048
_REQUESTS = Counter("ems_api_requests_total", "Requests", ["method", "status"])
_SECONDS = Histogram(
    "ems_api_request_seconds",
    "Time to answer",
    ["kind"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_SECONDS_OF = {kind: _SECONDS.labels(kind) for kind in ("report", "resource")}
_requests = lru_cache(128)(_REQUESTS.labels)


def request_id_of(given: str | None) -> str:
    """The id of a request: the one that a client or proxy gave it, or a new one."""
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def count_answer(method: str, status: str, began_s: float, kind: str = "resource") -> None:
    """Count an answer and the time it took.

    Args:
        method: Of the request.
        status: Of the answer; begins with three digits.
        began_s: When the request came in, on the clock that only grows [s].
        kind: ``report`` or ``resource``.
    """
    _requests(method, status[:3]).inc()
    _SECONDS_OF[kind].observe(monotonic_s() - began_s)


class Front:
    """Middleware: one slash for many, ``/api`` and ``/v1`` taken off, a request id, CORS, metrics."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._proxies = proxies

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Prepare a request before it is routed."""
        path = _SLASHES.sub("/", req.path) if "//" in req.path else req.path
        if path.startswith("/api/"):
            path = path[4:]
        req.context.v1 = path.startswith("/v1/")
        if req.context.v1:
            path = path[3:]
        req.path = path
        req.context.address = find_address(req.remote_addr, req.get_header("X-Forwarded-For"), self._proxies)
        if path == "/live" and req.get_header("Sec-WebSocket-Protocol"):
            # A browser's WebSocket takes no headers; its credentials come as subprotocols.
            for name, value in credentials_of(req.get_header("Sec-WebSocket-Protocol") or "").items():
                req.env.setdefault(f"HTTP_{name.replace('-', '_')}", value)
        req.context.started_s = monotonic_s()
        req.context.request_id = request_id_of(req.get_header("X-Request-ID"))
        resp.set_header("X-Request-ID", req.context.request_id)
        for name, value in ALWAYS:
            resp.set_header(name, value)
        if len(path) > _MOST_PATH_CHARACTERS:
            raise falcon.HTTPUriTooLong()
        if path.endswith("/") and path != "/":
            # The contract knows no trailing slash; the router would take it for a blank key.
            raise falcon.HTTPRouteNotFound()
        if req.method == "OPTIONS":
            resp.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
            resp.set_header(
                "Access-Control-Allow-Headers", req.get_header("Access-Control-Request-Headers") or "*"
            )
            resp.set_header("Access-Control-Max-Age", "86400")
            resp.complete = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, _resource: object, _ok: bool
    ) -> None:
        """Count an answer."""
        kind = "report" if req.path.startswith("/reports/") else "resource"
        count_answer(req.method, str(resp.status), req.context.started_s, kind)
