"""Requests per second and latency of the API, with and without keep-alive: `make bench-api`.

A private database server and the API itself are started, a site of `EMS_BENCH_METERS` meters (default 100) is made
through the API, and the requests that were measured on MyEMS are sent by `EMS_BENCH_CONNECTIONS` connections
(default 8) against `EMS_BENCH_WORKERS` workers (default 4) for `EMS_BENCH_SECONDS` (default 4) each. The client is
a few processes of plain sockets on the same machine, as the reference's was.

Answers about configuration are kept by the workers while it stands ("kept"). Two requests are also sent with the tag
of the answer that the client has ("304"), and so that nothing is kept ("fresh"). The ratio is to MyEMS' own requests
per second.
"""

from __future__ import annotations

import http.client
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
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.api_server import PASSWORD, ApiServer, api_server, call

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
KEPT, CONDITIONAL, FRESH = "kept", "304", "fresh"
"""How a request is answered: from what the worker keeps, with "not modified", or from the database each time."""


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
            connection.sendall(raw.replace(b"{n}", str(time.perf_counter_ns()).encode()))
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
    if head.startswith(b"HTTP/1.1 304"):
        return
    if not head.startswith(b"HTTP/1.1 2"):
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


@dataclass(frozen=True)
class Case:
    """A request that is measured, and how it is answered."""

    method: str
    path: str
    body: Any = None
    how: str = KEPT

    @property
    def asked(self) -> str:
        """The path that is asked for; one that nobody asked for before is answered afresh."""
        return f"{self.path}?fresh={{n}}" if self.how == FRESH else self.path

    def goal(self, *, keep_alive: bool) -> float:
        """How many times MyEMS' requests per second are wanted.

        MyEMS closes every connection. What a new connection costs is the same for all paths, so ten times as
        many are asked of what is kept only where connections are kept too.
        """
        return 10.0 if self.how != FRESH and keep_alive else 3.0


def etag_of(case: Case, server: ApiServer) -> dict[str, str]:
    """The header that says which answer the client has already."""
    if case.how != CONDITIONAL:
        return {}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request(case.method, case.path, headers=server.headers)
        return {"If-None-Match": connection.getresponse().getheader("ETag") or ""}


def told(case: Case, latencies: list[float], *, keep_alive: bool) -> list[Figure]:
    """Print the line of one run; its figures."""
    rate = len(latencies) / SECONDS
    p50, p99 = (1000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
    plain = f"{case.method} {case.path}"
    known = MYEMS.get(plain)
    name = plain if case.how == KEPT else f"{plain}, {case.how}"
    times = case.goal(keep_alive=keep_alive)
    shown = f"{known:>8}{rate / known:>7.1f}x{times:>5.0f}x" if known else ""
    print(f"{name:<24}{keep_alive!s:>11}{rate:>12.0f}{p50:>9.2f}{p99:>9.2f}{shown}", flush=True)
    label = f"{name}, {'keep-alive' if keep_alive else 'new connections'}"
    goal = times * known if known else None
    return [
        Figure(label, round(rate, 1), "requests/s", goal, rate >= goal if goal else None),
        Figure(f"{label}, p99", round(p99, 2), "ms", None, None),
    ]


def main() -> int:
    """Run all; print the table and write the file."""
    figures: list[Figure] = []
    login = {"data": {"name": "administrator", "password": PASSWORD}}
    read = ("/version", "/contacts", "/meters/1", "/spaces/tree", "/spaces", "/meters", "/virtualmeters")
    cases: list[Case] = [Case("GET", path) for path in read]
    cases += [Case("GET", path, how=how) for path in ("/meters/1", "/meters") for how in (CONDITIONAL, FRESH)]
    cases.append(Case("PUT", "/users/login", login))
    with (
        tempfile.TemporaryDirectory(prefix="ems-bench-") as folder,
        api_server(Path(folder), WORKERS, {}) as server,
    ):
        fill(server.port, server.headers)
        print(
            f"{'request':<24}{'keep-alive':>11}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'MyEMS':>8}{'ratio':>8}"
            f"{'goal':>6}"
        )
        for case in cases:
            headers = server.headers | etag_of(case, server)
            for keep_alive in (False, True):
                wanted = (server.port, case.method, case.asked, headers, case.body, keep_alive)
                if keep_alive:
                    measure(*wanted)
                figures += told(case, sorted(measure(*wanted)), keep_alive=keep_alive)
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
