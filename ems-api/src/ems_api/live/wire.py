"""The two ways events go out: Server-Sent Events and WebSocket frames, as bytes.

Both are written by the hub to a socket that it took over from the server. The WebSocket protocol itself (the
handshake, control frames, closing) is that of the library `websockets`, used without its own input and
output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import orjson
from websockets.datastructures import Headers
from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

SUBPROTOCOL: Final = Subprotocol("ems.live")
LARGEST_MESSAGE_BYTES: Final = 65_536
_STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n: live\n\n"
)
_NOT_LET_IN: Final = b'{"reason":"session ended"}'


class Wire(Protocol):
    """How events are written to one client."""

    name: str
    """Clients of the same name are sent the same bytes."""

    def head(self) -> bytes:
        """What is sent first."""

    def event(self, name: str, data: bytes) -> bytes:
        """An event whose data is JSON; the same bytes for all clients of this kind of wire."""

    def ping(self) -> bytes:
        """What keeps the connection open, and shows when it is not."""

    def farewell(self) -> bytes:
        """What is sent last to a client that is not let in any more."""

    def received(self, data: bytes) -> tuple[bytes, bool]:
        """What to answer to what the client sent, and whether it stays."""


class EventStream:
    """Server-Sent Events."""

    name = "sse"

    def head(self) -> bytes:
        """Head of the answer."""
        return _STREAM_HEAD

    def event(self, name: str, data: bytes) -> bytes:
        """One event."""
        return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"

    def ping(self) -> bytes:
        """A comment."""
        return b": ping\n\n"

    def farewell(self) -> bytes:
        """An event `end`; the connection closes after it."""
        return self.event("end", _NOT_LET_IN)

    def received(self, data: bytes) -> tuple[bytes, bool]:
        """A client of a stream has nothing to say; an empty read is its end."""
        return b"", bool(data)


class WebSocket:
    """WebSocket: one text message ``{"event": …, "data": …}`` per event.

    Args:
        headers: Headers of the request.
    """

    name = "websocket"

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._protocol = ServerProtocol(select_subprotocol=_select, max_size=LARGEST_MESSAGE_BYTES)
        shake = Headers({name: value for name, value in headers.items() if _is_of_handshake(name)})
        # The server has read the request already. The protocol has to read it, too: until then it takes
        # frames for a part of it, and answers neither pings nor the closing handshake.
        self._protocol.receive_data(Request("/", shake).serialize())
        read = self._protocol.events_received()
        self.is_accepted = False
        if read and isinstance(read[0], Request):
            answer = self._protocol.accept(read[0])
            self.is_accepted = answer.status_code == 101
            self._protocol.send_response(answer)

    def head(self) -> bytes:
        """Answer to the handshake."""
        return self._written()

    def _written(self) -> bytes:
        return b"".join(self._protocol.data_to_send())

    def event(self, name: str, data: bytes) -> bytes:
        """One event."""
        text = b'{"event":' + orjson.dumps(name) + b',"data":' + data + b"}"
        return Frame(Opcode.TEXT, text).serialize(mask=False)

    def ping(self) -> bytes:
        """A ping frame."""
        return Frame(Opcode.PING, b"").serialize(mask=False)

    def farewell(self) -> bytes:
        """A closing frame that names the reason."""
        close = Close(CloseCode.POLICY_VIOLATION, "session ended")
        return Frame(Opcode.CLOSE, close.serialize()).serialize(mask=False)

    def received(self, data: bytes) -> tuple[bytes, bool]:
        """Answers pings and the closing handshake."""
        if not data:
            return b"", False
        try:
            self._protocol.receive_data(data)
        except ProtocolError:
            return b"", False
        self._protocol.events_received()
        return self._written(), self._protocol.state is OPEN


def _is_of_handshake(header: str) -> bool:
    return header.upper() in ("CONNECTION", "UPGRADE") or header.upper().startswith("SEC-WEBSOCKET-")


def _select(_protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The subprotocol to speak; clients need not offer any."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def credentials_of(header: str) -> dict[str, str]:
    """Credentials that a browser, whose WebSocket takes no headers, names as subprotocols.

    >>> credentials_of("ems.live, uuid.5f2b, token.abc")
    {'USER-UUID': '5f2b', 'TOKEN': 'abc'}
    """
    names = {"uuid": "USER-UUID", "token": "TOKEN", "key": "API-KEY"}
    parts = [part.strip().partition(".") for part in header.split(",")]
    return {names[kind]: value for kind, _, value in parts if kind in names and value}
