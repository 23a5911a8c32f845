"""How fast values reach streaming clients: `make bench-live`.

A private database server, a Redis and the API are started; `EMS_BENCH_CLIENTS` (default 1,000) real connections are
opened, half of them Server-Sent Events and half WebSockets, from one other process. Then a batch of
`EMS_BENCH_POINTS` (default 200) points is published each half second, as acquisition does, for
`EMS_BENCH_SECONDS` (default 10). Measured is the time from publishing to the bytes at each client.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import selectors
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import redis
from ems_site.servers import Redis

from tests.bench.api_server import api_server, cpu_s
from tests.bench.figures import Figure, at_least, at_most, machine, publish

CLIENTS = int(os.environ.get("EMS_BENCH_CLIENTS", "1000"))
POINTS = int(os.environ.get("EMS_BENCH_POINTS", "200"))
SECONDS = float(os.environ.get("EMS_BENCH_SECONDS", "10"))
WORKERS = int(os.environ.get("EMS_BENCH_WORKERS", "2"))
PAUSE_S = 0.5


def opened(port: int, headers: dict[str, str], number: int) -> socket.socket:
    """One connection; every second one is a WebSocket."""
    lines = ["GET /v1/live?topics=points HTTP/1.1", "Host: x"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if number % 2:
        key = base64.b64encode(os.urandom(16)).decode()
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {key}"]
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    if not connection.recv(4096).startswith((b"HTTP/1.1 200", b"HTTP/1.1 101")):
        raise RuntimeError("the stream was refused")
    connection.setblocking(False)
    return connection


def measured(connections: list[socket.socket], url: str) -> list[float]:
    """Times from publishing to each client, of all batches [s]."""
    selector = selectors.DefaultSelector()
    for number, connection in enumerate(connections):
        selector.register(connection, selectors.EVENT_READ, number)
    broker = redis.Redis.from_url(url)
    sent: dict[bytes, float] = {}
    tails = [b""] * len(connections)
    latencies: list[float] = []
    end = time.monotonic() + SECONDS
    next_s, count = time.monotonic(), 0
    while time.monotonic() < end + 3.0:
        if next_s <= time.monotonic() < end:
            count += 1
            mark = f"mark{count:06d}"
            batch = [
                {"point_id": n, "value": n * 1.5, "utc": "2026-11-21T08:00:00Z"} for n in range(1, POINTS)
            ]
            sent[mark.encode()] = time.monotonic()
            broker.publish("ems:live", json.dumps([*batch, {"point_id": POINTS, "value": 0, "utc": mark}]))
            next_s += PAUSE_S
        for key, _ in selector.select(timeout=0.02):
            number = key.data
            data = tails[number] + connections[number].recv(1_000_000)
            at = data.rfind(b'"mark')
            if at >= 0 and len(data) >= at + 11:
                latencies.append(time.monotonic() - sent[data[at + 1 : at + 11]])
                at += 11
            tails[number] = data[max(at, len(data) - 11) :]
    return latencies


def main() -> int:
    """Run, print the table, write the file."""
    before = machine()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="ems-bench-") as folder, ExitStack() as stack:
        broker = Redis(Path(folder) / "redis").start()
        stack.callback(broker.stop)
        more = {**broker.environ, "EMS_EDGE_STATE_URL": ""}
        server = stack.enter_context(api_server(Path(folder), WORKERS, more))
        url, port, headers, pid = broker.environ["EMS_REDIS_URL"], server.port, server.headers, server.pid
        started = time.monotonic()
        connections = [opened(port, headers, number) for number in range(CLIENTS)]
        opening_s = time.monotonic() - started
        time.sleep(1.0)
        used_s = cpu_s(pid)
        latencies = sorted(measured(connections, url))
        used_s = cpu_s(pid) - used_s
        for connection in connections:
            connection.close()
    wanted = CLIENTS * int(SECONDS / PAUSE_S)
    publish(
        "live",
        [
            at_least("clients at once", CLIENTS, "clients", 1000),
            Figure("time to connect all", opening_s, "s"),
            at_least("batches received", 100.0 * len(latencies) / wanted, "%", 99.0),
            Figure("median from publishing to client", 1000 * latencies[len(latencies) // 2], "ms"),
            at_most("99th percentile", 1000 * latencies[int(len(latencies) * 0.99)], "ms", 1000),
            at_most("slowest", 1000 * latencies[-1], "ms", 1000),
            Figure("CPU of the API per batch and client", 1e6 * used_s / max(len(latencies), 1), "µs"),
        ],
        before,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
