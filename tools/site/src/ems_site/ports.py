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


def accepts(port: int, host: str = LOOPBACK, timeout_s: float = 0.5) -> bool:
    """Tell whether somebody accepts connections on this port."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False
