"""Requests per second and latency of the API, with and without keep-alive: `make bench-api`.

A private database server and the API itself are started, a site of `EMS_BENCH_METERS` meters (default 100) is made
through the API, and the requests that were measured on MyEMS are sent by `EMS_BENCH_CONNECTIONS` connections
(default 8) against `EMS_BENCH_WORKERS` workers (default 4) for `EMS_BENCH_SECONDS` (default 4) each. The client is
a few processes of plain sockets on the same machine, as the reference's was.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import socket
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.api_server import PASSWORD, api_server, call

METERS = int(os.environ.get("EMS_BENCH_METERS", "100"))
CONNECTIONS = int(os.environ.get("EMS_BENCH_CONNECTIONS", "8"))
WORKERS = int(os.environ.get("EMS_BENCH_WORKERS", "4"))
SECONDS = float(os.environ.get("EMS_BENCH_SECONDS", "4"))
MYEMS = {
    "GET /contacts": 545,
    "GET /meters/1": 471,
    "GET /spaces/tree": 358,
    "GET /spaces": 319,
    "GET /meters": 275,
}
MYEMS_VIRTUAL_METERS_MS = 70.5


@dataclass
class Figure:
    """One line of the result."""

    name: str
    value: float
    unit: str
    goal: float | None
    met: bool | None


def fill(port: int, headers: dict[str, str]) -> None:
    """Make the site."""

    def make(path: str, data: dict[str, Any]) -> int:
        status, answer, location = call(port, "POST", path, {"data": data}, headers)
        if status != 201:
            raise RuntimeError(f"{path}: {status} {answer}")
        return int(location.rsplit("/", 1)[1])

    make("/contacts", {"name": "someone", "email": "someone@example.com", "phone": "1"})
    category = make(
        "/energycategories", {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )
    cost_center = make("/costcenters", {"name": "Centre"})
    for n in range(60):
        space = {
            "name": f"Space {n}",
            "parent_space_id": 1,
            "area": 100,
            "number_of_occupants": 5,
            "timezone_id": 1,
        }
        make("/spaces", {**space, "is_input_counted": True, "is_output_counted": False})
    meters = []
    for n in range(METERS):
        limits = {"hourly_low_limit": 0, "hourly_high_limit": 1000}
        own = {
            "name": f"Meter {n}",
            "energy_category_id": category,
            "cost_center_id": cost_center,
            "is_counted": True,
        }
        meters.append(make("/meters", {**own, **limits}))
    for n in range(METERS // 10):
        variables = [{"name": f"x{k}", "meter_type": "meter", "meter_id": meters[k]} for k in range(10)]
        own = {
            "name": f"Virtual {n}",
            "energy_category_id": category,
            "cost_center_id": cost_center,
            "is_counted": True,
        }
        equation = "+".join(f"x{k}" for k in range(10))
        make("/virtualmeters", {**own, "expression": {"equation": equation, "variables": variables}})


def client(port: int, raw: bytes, keep_alive: bool, until_s: float, connections: int, out: Any) -> None:
    """One client process: a few connections, each in a thread; sends its latencies [s] to `out`."""
    latencies: list[float] = []

    def one() -> None:
        own: list[float] = []
        connection: socket.socket | None = None
        while time.monotonic() < until_s:
            started = time.perf_counter()
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(raw)
            read_answer(connection)
            own.append(time.perf_counter() - started)
            if not keep_alive:
                connection.close()
                connection = None
        latencies.extend(own)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(latencies)


def read_answer(connection: socket.socket) -> None:
    """Read one answer whole; it must be a success."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(262_144)
        if not part:
            raise RuntimeError("the server closed the connection")
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 2",)):
        raise RuntimeError(head.decode())
    lowered = head.lower()
    length = int(lowered.split(b"content-length: ")[1].split(b"\r\n")[0])
    missing = length - len(body)
    while missing > 0:
        part = connection.recv(262_144)
        missing -= len(part)


def measure(
    port: int, method: str, path: str, headers: dict[str, str], body: Any, keep_alive: bool
) -> list[float]:
    """Latencies of all requests of one run [s]."""
    payload = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(payload)}"] if payload else []
    lines += [] if keep_alive else ["Connection: close"]
    raw = ("\r\n".join(lines) + "\r\n\r\n").encode() + payload
    processes = min(2, CONNECTIONS)
    out: Any = multiprocessing.Queue()
    until_s = time.monotonic() + SECONDS
    running = [
        multiprocessing.Process(
            target=client, args=(port, raw, keep_alive, until_s, CONNECTIONS // processes, out)
        )
        for _ in range(processes)
    ]
    for process in running:
        process.start()
    latencies = [value for _ in running for value in out.get(timeout=SECONDS + 60)]
    for process in running:
        process.join()
    return latencies


def main() -> int:
    """Run all; print the table and write the file."""
    figures: list[Figure] = []
    login = {"data": {"name": "administrator", "password": PASSWORD}}
    cases: list[tuple[str, str, str, Any]] = [
        ("GET /version", "GET", "/version", None),
        ("GET /contacts", "GET", "/contacts", None),
        ("GET /meters/1", "GET", "/meters/1", None),
        ("GET /spaces/tree", "GET", "/spaces/tree", None),
        ("GET /spaces", "GET", "/spaces", None),
        ("GET /meters", "GET", "/meters", None),
        ("GET /virtualmeters", "GET", "/virtualmeters", None),
        ("PUT /users/login", "PUT", "/users/login", login),
    ]
    with (
        tempfile.TemporaryDirectory(prefix="ems-bench-") as folder,
        api_server(Path(folder), WORKERS, {}) as server,
    ):
        port, headers = server.port, server.headers
        fill(port, headers)
        print(
            f"{'request':<22}{'keep-alive':>11}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'MyEMS':>8}{'goal':>8}"
        )
        for name, method, path, body in cases:
            for keep_alive in (False, True):
                measure(port, method, path, headers, body, keep_alive) if keep_alive else None
                latencies = sorted(measure(port, method, path, headers, body, keep_alive))
                rate = len(latencies) / SECONDS
                p50, p99 = (1000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
                known = MYEMS.get(name)
                goal = 3.0 * known if known else None
                ending = "keep-alive" if keep_alive else "new connections"
                figures.append(
                    Figure(
                        f"{name}, {ending}",
                        round(rate, 1),
                        "requests/s",
                        goal,
                        rate >= goal if goal else None,
                    )
                )
                figures.append(Figure(f"{name}, {ending}, p99", round(p99, 2), "ms", None, None))
                shown = f"{known or '':>8}{goal or '':>8}"
                print(f"{name:<22}{keep_alive!s:>11}{rate:>12.0f}{p50:>9.2f}{p99:>9.2f}{shown}")
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    result = {"name": "api", "machine": machine, "figures": [asdict(figure) for figure in figures]}
    target = Path("bench-results")
    target.mkdir(exist_ok=True)
    (target / "api.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    missed = [figure.name for figure in figures if figure.met is False]
    print("goals missed:", ", ".join(missed) if missed else "none")
    print("median of all p99:", statistics.median(f.value for f in figures if f.unit == "ms"), "ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
