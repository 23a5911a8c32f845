"""Free TCP ports on the loop-back address."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Ask the system for a port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT is free for a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def next_free(wanted: int, taken: set[int] | None = None, span: int = 200) -> int:
    """Find the first free port at or after the wanted one.

    Args:
        wanted: Preferred port.
        taken: Ports already promised to others, which will be listened on soon.
        span: How many ports to try.

    Raises:
        RuntimeError: No free port in the span.
    """
    promised = taken or set()
    for port in range(wanted, wanted + span):
        if port not in promised and is_free(port):
            return port
    raise RuntimeError(f"no free port from {wanted} to {wanted + span - 1}")


class Reservation:
    """Ports kept from others from when they are chosen until the site ends.

    A first start takes minutes; without this, another site on the same machine would choose the same ports
    meanwhile. Between the release of a port and its server's bind nothing listens on it, so each port is
    claimed with a lock on a file, too; the system gives it back when the process ends, however it ends.
    """

    def __init__(self) -> None:
        """Reserve nothing yet."""
        self._held: dict[int, socket.socket] = {}
        self._claims: dict[int, int] = {}

    def hold(self, port: int, host: str = LOOPBACK) -> bool:
        """Keep a port; returns False when it is not free.

        The holder listens (and accepts nothing): only that keeps others out and still works while
        connections of an earlier run on the same port are dying away.
        """
        claim = _claim(port)
        if claim is None:
            return False
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((host, port))
            holder.listen(1)
        except OSError:
            holder.close()
            os.close(claim)
            return False
        self._held[port], self._claims[port] = holder, claim
        return True

    def release(self, port: int) -> None:
        """Let the process listen for which the port was kept; other sites still leave it alone."""
        holder = self._held.pop(port, None)
        if holder is not None:
            holder.close()

    def give_back(self, port: int) -> None:
        """Leave a port to anybody."""
        self.release(port)
        claim = self._claims.pop(port, None)
        if claim is not None:
            os.close(claim)

    def give_back_all(self) -> None:
        """Leave all of them to anybody."""
        for port in list(self._claims):
            self.give_back(port)


def _claim(port: int) -> int | None:
    """A descriptor whose lock keeps other sites of this user from a port; None when another has it."""
    folder = Path(tempfile.gettempdir()) / f"ems-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    claim = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(claim)
        return None
    return claim


def accepts(port: int, host: str = LOOPBACK, timeout_s: float = 0.5) -> bool:
    """Tell whether somebody accepts connections on this port."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False
