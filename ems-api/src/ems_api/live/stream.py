"""`GET /v1/live`: fresh values and the power flow as Server-Sent Events."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from ems_api.auth.scope import Scope
from ems_api.context import NOTHING, Context
from ems_api.errors import ApiError, Cause, invalid
from ems_api.live.flow import FlowState, flow_of
from ems_api.live.hub import Client, taken_over
from ems_api.routing import Auth, Route, get

TOPICS = ("points", "flow")
MOST_POINTS = 5000


def _topics(ctx: Context) -> frozenset[str]:
    wanted = [name.strip() for name in ctx.query("topics").split(",") if name.strip()] or list(TOPICS)
    if any(name not in TOPICS for name in wanted):
        raise invalid("INVALID_TOPICS", field="topics")
    return frozenset(wanted)


def _points(ctx: Context) -> frozenset[int] | None:
    """The points the client wants and may see; None = all."""
    texts = [text.strip() for text in ctx.query("points").split(",") if text.strip()]
    if len(texts) > MOST_POINTS or not all(
        text.isascii() and text.isdigit() and len(text) < 19 for text in texts
    ):
        raise invalid("INVALID_POINTS", field="points")
    wanted = frozenset(int(text) for text in texts) if texts else None
    reach = ctx.scope.keys.get("tbl_points", frozenset()) if ctx.scope.keys is not None else None
    if wanted is None or reach is None:
        return reach if wanted is None else wanted
    return wanted & reach


def routes(state: FlowState) -> list[Route]:
    """The route of the stream."""

    def live(ctx: Context) -> object:
        connection = ctx.req.env.get("gunicorn.socket")
        if connection is None:
            raise ApiError("LIVE_STREAM_IS_NOT_AVAILABLE", Cause.UNAVAILABLE)
        client = Client(take_over(connection), _topics(ctx), _points(ctx), _flow(state, ctx.scope))
        ctx.services.live.adopt(client)
        ctx.resp.stream = _Ending(taken_over())
        return NOTHING

    return [get("/live", Auth.KEY, live, query=(("topics", "string"), ("points", "string")))]


def _flow(state: FlowState, scope: Scope) -> Callable[[], Any]:
    return lambda: flow_of(state.get(), scope)


def take_over(connection: socket.socket) -> socket.socket:
    """Take a connection from the server, and leave it one whose other end is closed.

    The server will shut down and close what it holds. Under the same descriptor that is then the stand-in,
    so its bookkeeping stays right and the client notices nothing.
    """
    own = socket.socket(fileno=os.dup(connection.fileno()))
    stand_in, other_end = socket.socketpair()
    os.dup2(stand_in.fileno(), connection.fileno(), inheritable=False)
    stand_in.close()
    other_end.close()
    return own


class _Ending:
    """An iterable that falcon hands to the server as it is."""

    def __init__(self, inner: Iterator[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        return self._inner
