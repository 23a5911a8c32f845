"""Free TCP ports on the loop-back address."""

from __future__ import annotations

import socket

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
    """Ports kept from others between choosing them and listening on them.

    A first start takes minutes; without this, another site on the same machine would choose the same ports
    meanwhile.
    """

    def __init__(self) -> None:
        """Reserve nothing yet."""
        self._held: dict[int, socket.socket] = {}

    def hold(self, port: int, host: str = LOOPBACK) -> bool:
        """Keep a port; returns False when it is not free.

        The holder listens (and accepts nothing): only that keeps others out and still works while
        connections of an earlier run on the same port are dying away.
        """
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((host, port))
            holder.listen(1)
        except OSError:
            holder.close()
            return False
        self._held[port] = holder
        return True

    def release(self, port: int) -> None:
        """Give a port back, for the process that will listen on it."""
        holder = self._held.pop(port, None)
        if holder is not None:
            holder.close()

    def release_all(self) -> None:
        """Give all of them back."""
        for port in list(self._held):
            self.release(port)


def accepts(port: int, host: str = LOOPBACK, timeout_s: float = 0.5) -> bool:
    """Tell whether somebody accepts connections on this port."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False
