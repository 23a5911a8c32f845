"""One hub per worker carries fresh values, meters, alarms and the power flow to all of its streaming clients.

A stream lasts for hours, and a worker has a few dozen threads; so a client's connection does not keep its
thread. The hub takes the socket over and serves all of them from one thread with a selector.
The thread of the request ends as if the client had gone (`ClientTakenOver`),
which makes the server forget it without writing a byte.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from ems_common.errors import Unavailable
from prometheus_client import Gauge

from ems_api.auth.sessions import Lease
from ems_api.live.door import Doorkeeper
from ems_api.live.source import Points, PointSource
from ems_api.live.topics import Watch
from ems_api.live.wire import Wire
from ems_api.versions import Versions

_log = log.get(__name__)
PING_S: Final = 15.0
MOST_WAITING_BYTES: Final = 1_000_000
_CLIENTS = Gauge("ems_api_live_clients", "Clients of the live stream", multiprocess_mode="livesum")


class ClientTakenOver(OSError):
    """Tells the server that this connection is no longer its concern."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "taken over by the live hub")


def taken_over() -> Iterator[bytes]:
    """A response body that ends the server's copy of the connection before anything is written to it."""
    raise ClientTakenOver
    yield b""


def always() -> bool:
    """Reach that never changes."""
    return True


@dataclass(eq=False)
class Client:
    """One streaming client.

    Attributes:
        socket: Its connection, not blocking.
        wire: How events are written to it.
        topics: Which events it wants: ``points``, ``meters``, ``alarms``, ``flow``.
        points: The points it may see and wants; None = all.
        meters: The meters it may see; None = all.
        user_id: Whose alarms it is told; 0 for a key, which is told none of a user's.
        lease: By what it is served; None = for ever.
        reaches_the_same: Whether it may still see what it could when it came.
        flow: Makes its view of the power flow.
        view: Clients with the same view see the same flow.
        waiting: Bytes not yet sent.
    """

    socket: socket.socket
    wire: Wire
    topics: frozenset[str]
    points: frozenset[int] | None = None
    meters: frozenset[int] | None = None
    user_id: int = 0
    lease: Lease | None = None
    reaches_the_same: Callable[[], bool] = always
    flow: Callable[[], Any] | None = None
    view: Hashable = None
    waiting: bytearray = field(default_factory=bytearray)
    last_flow: bytes = b""
    pinged_s: float = 0.0


class Round:
    """What is spread at one time; each event is encoded once for all clients that may see the same of it.

    Args:
        batches: Events by topic, each a list of objects.
    """

    def __init__(self, batches: dict[str, list[Any]]) -> None:
        self._batches = batches
        self._encoded: dict[Hashable, bytes] = {}

    def bytes_for(self, client: Client) -> bytes:
        """What a client is sent."""
        return b"".join(
            self._of(topic, rows, client)
            for topic, rows in self._batches.items()
            if topic in client.topics and rows
        )

    def _of(self, topic: str, rows: list[Any], client: Client) -> bytes:
        reach: Hashable = client.meters if topic == "meters" else client.points
        if topic == "alarms":
            reach = (client.points, client.user_id)
        key = (client.wire.name, topic, reach)
        found = self._encoded.get(key)
        if found is None:
            own = [row for row in rows if _may_see(topic, row, client)]
            found = client.wire.event(topic, orjson.dumps(own)) if own else b""
            self._encoded[key] = found
        return found


def _may_see(topic: str, row: Any, client: Client) -> bool:
    if topic == "meters":
        return client.meters is None or row["meter_id"] in client.meters
    if row.get("kind") == "message":
        return bool(row["user_id"] == client.user_id)
    return client.points is None or row["point_id"] in client.points


class LiveHub:
    """Carries values to streaming clients.

    Args:
        dbs: The databases, when values must be polled.
        redis_url: Redis; "" = poll.
        versions: Stamps; a change of accounts or configuration makes it look after who is still let in.
        flow_pause_s: Least time between two looks at the power flow [s].
    """

    def __init__(self, dbs: Databases, redis_url: str, versions: Versions, flow_pause_s: float = 0.5) -> None:
        self._lock = threading.Lock()
        self._clients: set[Client] = set()
        self._fresh: list[Points] = []
        self._selector: selectors.BaseSelector | None = None
        self._wake_out: socket.socket | None = None
        self._wake_in: socket.socket | None = None
        self._flow_pause_s = flow_pause_s
        self._flow_s = 0.0
        self._watch = Watch(dbs)
        self._source = PointSource(dbs, redis_url, lambda: bool(self._clients), self._take)
        self._doorkeeper = Doorkeeper(versions, self._all, self._turn_out)
        self._unwelcome: list[Client] = []
        self._stopped = threading.Event()

    def adopt(self, client: Client) -> None:
        """Take over a client; the hub comes to life at the first one, after the worker was forked."""
        client.socket.setblocking(False)
        client.pinged_s = monotonic_s()
        client.waiting += client.wire.head()
        with self._lock:
            # Both at once: the hub's thread may find out at the very next moment that the client is gone.
            selector = self._selector or self._begin()
            selector.register(client.socket, selectors.EVENT_READ, client)
            self._clients.add(client)
            _CLIENTS.set(len(self._clients))
        self._flow_s = 0.0
        self._wake()

    def _begin(self) -> selectors.BaseSelector:
        selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        selector.register(self._wake_out, selectors.EVENT_READ)
        self._selector = selector
        threading.Thread(
            target=self._run, args=(selector, self._wake_out), name="live-hub", daemon=True
        ).start()
        self._source.start()
        threading.Thread(
            target=self._doorkeeper.run, args=(self._stopped,), name="live-door", daemon=True
        ).start()
        return selector

    def _all(self) -> list[Client]:
        with self._lock:
            return list(self._clients)

    def _turn_out(self, client: Client) -> None:
        """End a stream; the hub's own thread does it, which alone writes to clients."""
        with self._lock:
            self._unwelcome.append(client)
        self._wake()

    def stop(self) -> None:
        """End all streams."""
        self._stopped.set()
        self._source.stop()
        self._wake()

    def _wake(self) -> None:
        if self._wake_in is not None:
            with contextlib.suppress(BlockingIOError):  # so many wait already that it cannot be asleep
                self._wake_in.send(b"\0")

    def _take(self, points: Points) -> None:
        with self._lock:
            self._fresh.append(points)
        self._wake()

    def _run(self, selector: selectors.BaseSelector, wake: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                self._round(selector, wake)
            except Exception as ex:
                # A fault of ours: streams that nobody writes to any more would look alive for hours. They
                # end, and their clients come again.
                _log.error("live_hub_broke", clients=len(self._clients), exc_info=ex)
                self._drop_all()
        self._drop_all()

    def _round(self, selector: selectors.BaseSelector, wake: socket.socket) -> None:
        for key, mask in selector.select(timeout=self._flow_pause_s):
            if key.data is None:
                _drain(wake)
            elif mask & selectors.EVENT_READ and not self._still_there(key.data):
                self._drop(key.data)
        self._say_farewell()
        self._spread()

    def _drop_all(self) -> None:
        for client in self._all():
            self._drop(client)

    def _say_farewell(self) -> None:
        with self._lock:
            leaving, self._unwelcome = self._unwelcome, []
        for client in leaving:
            client.waiting += client.wire.farewell()
            self._send(client)
            self._drop(client)

    def _still_there(self, client: Client) -> bool:
        try:
            answer, stays = client.wire.received(client.socket.recv(4096))
        except BlockingIOError:
            return True
        except OSError:
            return False
        if answer:
            client.waiting += answer
            self._send(client)
        return stays

    def _spread(self) -> None:
        now_s = monotonic_s()
        with self._lock:
            batches, self._fresh = self._fresh, []
            clients = list(self._clients)
        topics = frozenset().union(*(client.topics for client in clients)) if clients else frozenset()
        made = Round(self._events([point for batch in batches for point in batch], topics))
        looks_at_flow = now_s - self._flow_s >= self._flow_pause_s
        if looks_at_flow:
            self._flow_s = now_s
        flows: dict[Hashable, tuple[bytes, bytes]] = {}
        for client in clients:
            client.waiting += made.bytes_for(client)
            if looks_at_flow and client.flow is not None and "flow" in client.topics:
                self._add_flow(client, flows)
            if now_s - client.pinged_s >= PING_S:
                client.pinged_s = now_s
                client.waiting += client.wire.ping()
            self._send(client)

    def _events(self, points: Points, topics: frozenset[str]) -> dict[str, list[Any]]:
        """Events by topic; without what needs a database while that is away."""
        events: dict[str, list[Any]] = {"points": points}
        if not topics & {"meters", "alarms"}:
            return events
        try:
            self._watch.look()
            events["alarms"] = self._watch.messages() if "alarms" in topics else []
        except Unavailable as ex:
            _log.warning("live_database_away", error=str(ex))
        events["meters"] = self._watch.meters(points)
        events["alarms"] = [*events.get("alarms", []), *self._watch.limits(points)]
        return events

    @staticmethod
    def _add_flow(client: Client, flows: dict[Hashable, tuple[bytes, bytes]]) -> None:
        if client.view not in flows:
            flow = client.flow() if client.flow is not None else None
            flows[client.view] = (orjson.dumps(flow["nodes"]), orjson.dumps(flow)) if flow else (b"", b"")
        nodes, whole = flows[client.view]
        if whole and nodes != client.last_flow:
            client.last_flow = nodes
            client.waiting += client.wire.event("flow", whole)

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
