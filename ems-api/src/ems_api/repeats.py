"""Answers to requests that have come before, byte for byte."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from gunicorn import SERVER, util  # type: ignore[import-untyped]

AGAIN: Final = "ems.again"
"""Where the application leaves, in a request's environment, what answers the same request again: a function
that gives status, header lines with the blank one at their end, and body; or None, when it must be asked."""
_REMEMBERED: Final = 1024
Again = Callable[[], tuple[bytes, bytes, bytes] | None]


class Dated:
    """The header lines of server and date, made once a second."""

    def __init__(self) -> None:
        self._lines = (-1, b"")

    def lines(self) -> bytes:
        """The lines as they are now."""
        now_s = int(time.monotonic())
        if self._lines[0] != now_s:
            self._lines = (now_s, f"Server: {SERVER}\r\nDate: {util.http_date()}\r\n".encode())
        return self._lines[1]


server_and_date: Final = Dated().lines


class Repeats:
    """What answers requests that have come before, by the sender's address and their bytes; the oldest go."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], tuple[Again, bool]] = {}
        self._lock = Lock()

    def keep(self, address: str, head: bytes, again: Again, *, is_last: bool) -> None:
        """Remember what answers a request, and whether the connection is closed after it."""
        with self._lock:
            self._known[address, head] = (again, is_last)
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    def answer(self, address: str, head: bytes) -> tuple[bytes, bool] | None:
        """The whole answer to a request, and whether its connection then ends; None: ask the application."""
        known = self._known.get((address, head))
        if known is None:
            return None
        again, is_last = known
        made = again()
        if made is None:
            return None
        status, lines, body = made
        connection = b"close" if is_last else b"keep-alive"
        return b"HTTP/1.1 %b\r\n%bConnection: %b\r\n%b%b" % (
            status,
            server_and_date(),
            connection,
            lines,
            body,
        ), is_last
