"""`GET /v1/live`: fresh values of points and meters, alarms and the power flow.

As Server-Sent Events, or over a WebSocket when the request asks to become one.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator

from ems_api.context import NOTHING, Context
from ems_api.errors import ApiError, Cause, invalid
from ems_api.live.flow import FlowState, flow_of, reached_nodes
from ems_api.live.hub import Client, taken_over
from ems_api.live.wire import EventStream, WebSocket, Wire
from ems_api.routing import Auth, Route, get

TOPICS = ("points", "meters", "alarms", "flow")
_USUAL = ("points", "flow")
MOST_POINTS = 5000


def _topics(ctx: Context) -> frozenset[str]:
    wanted = [name.strip() for name in ctx.query("topics").split(",") if name.strip()] or list(_USUAL)
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
        topics, points, scope = _topics(ctx), _points(ctx), ctx.scope
        nodes = reached_nodes(ctx.dbs, scope)
        wire = _wire(ctx)
        client = Client(
            take_over(connection),
            wire,
            topics,
            points,
            None if scope.keys is None else scope.keys.get("tbl_meters", frozenset()),
            ctx.identity.user_id,
            ctx.services.guard.lease(ctx),
            _reach(ctx),
            lambda: flow_of(state.get(), nodes),
            nodes,
        )
        ctx.services.live.adopt(client)
        ctx.resp.stream = _Ending(taken_over())
        return NOTHING

    query = (("topics", "string"), ("points", "string"))
    return [get("/live", Auth.KEY, live, query=query, media_type="text/event-stream")]


def _wire(ctx: Context) -> Wire:
    if (ctx.req.get_header("Upgrade") or "").lower() != "websocket":
        return EventStream()
    socket_ = WebSocket(ctx.req.headers)
    if not socket_.is_accepted:
        raise ApiError("INVALID_WEBSOCKET_HANDSHAKE", Cause.MALFORMED)
    return socket_


def _reach(ctx: Context) -> Callable[[], bool]:
    """Whether the caller still reaches the same places, points and meters."""
    scopes, identity, scope = ctx.services.scopes, ctx.identity, ctx.scope

    def is_same() -> bool:
        now = scopes.of(identity)
        if now is scope or now.keys is None or scope.keys is None:
            return now is scope or now.keys is scope.keys
        return now.roots == scope.roots and all(
            now.keys.get(table) == scope.keys.get(table) for table in ("tbl_points", "tbl_meters")
        )

    return is_same


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
