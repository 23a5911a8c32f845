"""One hub per worker carries fresh values to all of its streaming clients.

A stream lasts for hours, and a worker has a few dozen threads; so a client's connection does not keep its
thread. The hub takes the socket over and serves all of them from one thread with a selector.
The thread of the request ends as if the client had gone (`ClientTakenOver`),
which makes the server forget it without writing a byte.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from prometheus_client import Gauge

from ems_api.live.source import Points, PointSource

PING_S: Final = 15.0
MOST_WAITING_BYTES: Final = 1_000_000
HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n"
)
_CLIENTS = Gauge("ems_api_live_clients", "Clients of the live stream", multiprocess_mode="livesum")


class ClientTakenOver(OSError):
    """Tells the server that this connection is no longer its concern."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "taken over by the live hub")


def taken_over() -> Iterator[bytes]:
    """A response body that ends the server's copy of the connection before anything is written to it."""
    raise ClientTakenOver
    yield b""


@dataclass(eq=False)
class Client:
    """One streaming client.

    Attributes:
        socket: Its connection, not blocking.
        topics: Which events it wants: ``points``, ``flow``.
        points: The points it may see and wants; None = all.
        flow: Makes its view of the power flow.
        waiting: Bytes not yet sent.
    """

    socket: socket.socket
    topics: frozenset[str]
    points: frozenset[int] | None
    flow: Callable[[], Any] | None
    waiting: bytearray = field(default_factory=bytearray)
    last_flow: bytes = b""
    pinged_s: float = 0.0


def event(name: str, data: Any) -> bytes:
    """One Server-Sent Event."""
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


class LiveHub:
    """Carries values to streaming clients.

    Args:
        dbs: The databases, when values must be polled.
        redis_url: Redis; "" = poll.
        flow_pause_s: Least time between two looks at the power flow [s].
    """

    def __init__(self, dbs: Databases, redis_url: str, flow_pause_s: float = 0.5) -> None:
        self._lock = threading.Lock()
        self._clients: set[Client] = set()
        self._fresh: list[Points] = []
        self._selector: selectors.BaseSelector | None = None
        self._wake_out: socket.socket | None = None
        self._wake_in: socket.socket | None = None
        self._flow_pause_s = flow_pause_s
        self._flow_s = 0.0
        self._source = PointSource(dbs, redis_url, lambda: bool(self._clients), self._take)
        self._stop = False

    def adopt(self, client: Client) -> None:
        """Take over a client; the hub comes to life at the first one, after the worker was forked."""
        client.socket.setblocking(False)
        client.pinged_s = monotonic_s()
        client.waiting += HEAD + b": live\n\n"
        with self._lock:
            self._clients.add(client)
            _CLIENTS.set(len(self._clients))
            selector = self._selector or self._begin()
        selector.register(client.socket, selectors.EVENT_READ, client)
        self._flow_s = 0.0
        self._wake()

    def _begin(self) -> selectors.BaseSelector:
        selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        selector.register(self._wake_out, selectors.EVENT_READ)
        self._selector = selector
        threading.Thread(
            target=self._run, args=(selector, self._wake_out), name="live-hub", daemon=True
        ).start()
        self._source.start()
        return selector

    def stop(self) -> None:
        """End all streams."""
        self._stop = True
        self._source.stop()
        self._wake()

    def _wake(self) -> None:
        if self._wake_in is not None:
            self._wake_in.send(b"\0")

    def _take(self, points: Points) -> None:
        with self._lock:
            self._fresh.append(points)
        self._wake()

    def _run(self, selector: selectors.BaseSelector, wake: socket.socket) -> None:
        while not self._stop:
            for key, mask in selector.select(timeout=self._flow_pause_s):
                if key.data is None:
                    _drain(wake)
                elif mask & selectors.EVENT_READ and not self._still_there(key.data):
                    self._drop(key.data)
            self._spread()
        for client in list(self._clients):
            self._drop(client)

    def _still_there(self, client: Client) -> bool:
        try:
            return bool(client.socket.recv(1024))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _spread(self) -> None:
        now_s = monotonic_s()
        with self._lock:
            batches, self._fresh = self._fresh, []
            clients = list(self._clients)
        points = [point for batch in batches for point in batch]
        all_points = event("points", points) if points else b""
        looks_at_flow = now_s - self._flow_s >= self._flow_pause_s
        if looks_at_flow:
            self._flow_s = now_s
        for client in clients:
            if points and "points" in client.topics:
                client.waiting += all_points if client.points is None else _own(client.points, points)
            if looks_at_flow and client.flow is not None and "flow" in client.topics:
                self._add_flow(client)
            if now_s - client.pinged_s >= PING_S:
                client.pinged_s = now_s
                client.waiting += b": ping\n\n"
            self._send(client)

    def _add_flow(self, client: Client) -> None:
        flow = client.flow() if client.flow is not None else None
        if flow is None:
            return
        same = orjson.dumps(flow["nodes"])
        if same != client.last_flow:
            client.last_flow = same
            client.waiting += event("flow", flow)

    def _send(self, client: Client) -> None:
        if not client.waiting:
            return
        try:
            sent = client.socket.send(client.waiting)
            del client.waiting[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        if len(client.waiting) > MOST_WAITING_BYTES:
            # A client that does not read holds up nobody and costs no more memory than this.
            self._drop(client)

    def _drop(self, client: Client) -> None:
        with self._lock:
            if client not in self._clients:
                return
            self._clients.discard(client)
            _CLIENTS.set(len(self._clients))
        if self._selector is not None:
            self._selector.unregister(client.socket)
        client.socket.close()


def _drain(wake: socket.socket) -> None:
    try:
        while wake.recv(4096):
            pass
    except BlockingIOError:
        return


def _own(wanted: frozenset[int], points: Points) -> bytes:
    own = [point for point in points if point["point_id"] in wanted]
    return event("points", own) if own else b""
