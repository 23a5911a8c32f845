"""The hub of streams by itself: clients that come and go, faults of what it is given, nothing of a database."""

from __future__ import annotations

import http.server
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ems_api.live.flow import FlowState
from ems_api.live.hub import Client, LiveHub
from ems_api.live.wire import EventStream, WebSocket
from ems_api.settings import ApiSettings
from ems_api.versions import Versions
from ems_common.db import Databases
from ems_common.settings import load
from websockets.sync.client import connect

SETTINGS = load(ApiSettings, {"EMS_DB_PASSWORD": "x", "EMS_DB_PORT": "1", "EMS_EDGE_STATE_URL": ""})


@pytest.fixture
def hub() -> Iterator[LiveHub]:
    """A hub whose databases are away."""
    made = LiveHub(Databases(SETTINGS.db), "", Versions(), flow_pause_s=0.01)
    yield made
    made.stop()


def joined(hub: LiveHub, flow: Callable[[], Any] | None = None) -> socket.socket:
    """The other end of a stream that the hub has taken over."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    hub.adopt(Client(ours, EventStream(), frozenset({"points", "flow"}), flow=flow))
    return theirs


class _Slow(socket.socket):
    """A connection whose number takes its time when it is first asked for, so the hub's thread comes first."""

    was_asked = False

    def fileno(self) -> int:
        if not self.was_asked:
            self.was_asked = True
            time.sleep(0.2)
        return super().fileno()


def test_a_client_that_is_gone_as_it_comes_ends_no_other_stream(hub: LiveHub) -> None:
    nodes = itertools.count()

    def flow() -> dict[str, Any]:
        return {"nodes": [next(nodes)]}

    with joined(hub, flow) as stays:
        ours, theirs = socket.socketpair()
        theirs.close()
        hub.adopt(Client(_Slow(fileno=ours.detach()), EventStream(), frozenset({"flow"})))
        seen = next(nodes)
        while f"[{seen + 2}]".encode() not in stays.recv(65_536):
            pass


def test_a_fault_ends_the_streams_it_meets_and_the_next_one_is_served(hub: LiveHub) -> None:
    with joined(hub, lambda: {"nodes": object()}) as broken:
        while broken.recv(65_536):
            pass
    with joined(hub, lambda: {"nodes": []}) as served:
        received = b""
        while b"event: flow" not in received:
            part = served.recv(65_536)
            assert part, "the stream ended"
            received += part


class _Nonsense(http.server.BaseHTTPRequestHandler):
    """A page that answers something else than HTTP."""

    def do_GET(self) -> None:
        self.wfile.write(b"what?\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_broken_answer_of_control_is_no_state() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), _Nonsense) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        settings = load(ApiSettings, {"EMS_DB_PASSWORD": "x", "EMS_EDGE_STATE_URL": address})
        assert FlowState(settings).get() is None


def test_a_websocket_answers_pings_and_the_closing_handshake(hub: LiveHub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += connection.recv(4096)
            lines = request.decode().split("\r\n")[1:-2]
            headers = dict(line.split(": ", 1) for line in lines)
            hub.adopt(Client(connection, WebSocket(headers), frozenset({"points"})))

        server = threading.Thread(target=serve)
        server.start()
        with connect(f"ws://127.0.0.1:{listening.getsockname()[1]}/") as client:
            assert client.ping().wait(10)
        server.join()
    assert client.close_code == 1000
