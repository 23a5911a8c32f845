"""Requests per second and latency of the API, with and without keep-alive: `make bench-api`.

A private database server and the API itself are started, a site of `EMS_BENCH_METERS` meters (default 100) is made
through the API, and the requests that were measured on MyEMS are sent by `EMS_BENCH_CONNECTIONS` connections
(default 8) against `EMS_BENCH_WORKERS` workers (default 4) for `EMS_BENCH_SECONDS` (default 4) each. The client is
the reference's: wrk on the same machine (Debian's package, installed when it is not there).

Answers about configuration are kept by the workers while it stands ("kept"). Two requests are also sent with the tag
of the answer that the client has ("304"), and so that nothing is kept ("fresh"). The ratio is to MyEMS' own requests
per second.

What the machine allows is measured beside it ("bare", see `api_bare.py`): gunicorn alone, and gunicorn with nothing
but the statement of `GET /meters/1`. "Of bare" is the share of that which the API reaches. CPU is what workers and
database spend on a request.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.api_bare import bare_server
from tests.bench.api_server import PASSWORD, ApiServer, api_server, call, cpu_s
from tools.bootstrap.debian import FOR_BENCHMARKS, install, missing
from tools.bootstrap.steps import Progress

METERS = int(os.environ.get("EMS_BENCH_METERS", "100"))
CONNECTIONS = int(os.environ.get("EMS_BENCH_CONNECTIONS", "8"))
WORKERS = int(os.environ.get("EMS_BENCH_WORKERS", "4"))
SECONDS = float(os.environ.get("EMS_BENCH_SECONDS", "4"))
SCRIPT = Path(__file__).with_suffix(".lua")
MYEMS = {
    "GET /contacts": 545,
    "GET /meters/1": 471,
    "GET /spaces/tree": 358,
    "GET /spaces": 319,
    "GET /meters": 275,
}
MYEMS_VIRTUAL_METERS_MS = 70.5
KEPT, CONDITIONAL, FRESH, BARE = "kept", "304", "fresh", "bare"
"""How a request is answered: from what the worker keeps, with "not modified", from the database each time, or by
gunicorn with next to no application."""
BARE_ROW = "/row"


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


@dataclass(frozen=True)
class Run:
    """What one run of the client counted.

    Attributes:
        rate: Answers per second.
        p50_ms, p99_ms: Latency [ms].
        worker_ms, database_ms: Processor time of one request [ms].
    """

    rate: float
    p50_ms: float
    p99_ms: float
    worker_ms: float
    database_ms: float


@dataclass(frozen=True)
class Asked:
    """Whom a run asks.

    Attributes:
        port: Where the server listens.
        headers: What is sent with each request.
        pid: The server's process, the parent of its workers.
        database_pid: The database server's process.
    """

    port: int
    headers: dict[str, str]
    pid: int
    database_pid: int


def measure(asked: Asked, case: Case, *, keep_alive: bool) -> Run:
    """One run of the client."""
    headers = asked.headers
    sent = headers if keep_alive else {**headers, "Connection": "close"}
    environ = {
        **os.environ,
        "BENCH_METHOD": case.method,
        "BENCH_PATH": case.path,
        "BENCH_BODY": json.dumps(case.body) if case.body is not None else "",
        "BENCH_HEADERS": "".join(f"{name}: {value}\n" for name, value in sent.items()),
        "BENCH_FRESH": str(time.time_ns()) if case.how == FRESH else "",
    }
    threads = str(min(2, CONNECTIONS))
    command = ["wrk", "-t", threads, "-c", str(CONNECTIONS), "-d", f"{SECONDS:g}s", "-s", str(SCRIPT)]
    before = cpu_s(asked.pid), cpu_s(asked.database_pid)
    ended = subprocess.run(
        [*command, f"http://127.0.0.1:{asked.port}"], env=environ, capture_output=True, text=True, check=True
    )
    spent = cpu_s(asked.pid) - before[0], cpu_s(asked.database_pid) - before[1]
    counted = json.loads(ended.stdout.splitlines()[-1])
    if counted["refused"] or counted["failed"] or not counted["requests"]:
        raise RuntimeError(f"{case}: {counted}")
    worker_ms, database_ms = (1000 * each / counted["requests"] for each in spent)
    rate = counted["requests"] / counted["seconds"]
    return Run(rate, counted["p50_ms"], counted["p99_ms"], worker_ms, database_ms)


@dataclass(frozen=True)
class Case:
    """A request that is measured, and how it is answered."""

    method: str
    path: str
    body: Any = None
    how: str = KEPT

    def goal(self, *, keep_alive: bool) -> float:
        """How many times MyEMS' requests per second are wanted.

        MyEMS closes every connection. What a new connection costs is the same for all paths, so ten times as
        many are asked of what is kept only where connections are kept too.
        """
        return 10.0 if self.how != FRESH and keep_alive else 3.0

    @property
    def name(self) -> str:
        """As it stands in the table."""
        plain = f"{self.method} {self.path}"
        return plain if self.how == KEPT else f"{plain}, {self.how}"


def etag_of(case: Case, server: ApiServer) -> dict[str, str]:
    """The header that says which answer the client has already."""
    if case.how != CONDITIONAL:
        return {}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request(case.method, case.path, headers=server.headers)
        return {"If-None-Match": connection.getresponse().getheader("ETag") or ""}


@dataclass(frozen=True)
class Line:
    """A run of a case.

    Attributes:
        case: The case.
        keep_alive: Whether connections are kept.
        run: What was counted.
        ceiling: Requests per second of gunicorn with nothing but the statement; 0 when it says nothing of the case.
    """

    case: Case
    keep_alive: bool
    run: Run
    ceiling: float = 0.0

    def told(self) -> list[Figure]:
        """Print the line; its figures."""
        run, known = self.run, MYEMS.get(f"{self.case.method} {self.case.path}")
        times = self.case.goal(keep_alive=self.keep_alive)
        shown = f"{known:>8}{run.rate / known:>7.1f}x{times:>5.0f}x" if known else f"{'':>22}"
        of_bare = f"{run.rate / self.ceiling:>9.0%}" if self.ceiling else ""
        print(
            f"{self.case.name:<24}{self.keep_alive!s:>11}{run.rate:>12.0f}{run.p50_ms:>9.2f}{run.p99_ms:>9.2f}"
            f"{run.worker_ms:>9.2f}{run.database_ms:>9.2f}{shown}{of_bare}",
            flush=True,
        )
        label = f"{self.case.name}, {'keep-alive' if self.keep_alive else 'new connections'}"
        goal = times * known if known else None
        return [
            Figure(label, round(run.rate, 1), "requests/s", goal, run.rate >= goal if goal else None),
            Figure(f"{label}, p99", round(run.p99_ms, 2), "ms", None, None),
            Figure(f"{label}, CPU of workers", round(run.worker_ms, 3), "ms/request", None, None),
            Figure(f"{label}, CPU of database", round(run.database_ms, 3), "ms/request", None, None),
        ]


def cases() -> list[Case]:
    """All requests that are measured."""
    login = {"data": {"name": "administrator", "password": PASSWORD}}
    read = ("/version", "/contacts", "/meters/1", "/spaces/tree", "/spaces", "/meters", "/virtualmeters")
    found = [Case("GET", path) for path in read]
    found += [Case("GET", path, how=CONDITIONAL) for path in ("/meters/1", "/meters")]
    found += [Case("GET", path, how=FRESH) for path in (*read[1:3], *read[4:])]
    return [*found, Case("PUT", "/users/login", login)]


def bare_lines(server: ApiServer) -> list[Line]:
    """What gunicorn alone does, and with one statement."""
    with bare_server(WORKERS, server.environ) as (port, pid):
        asked = Asked(port, {}, pid, server.database_pid)
        return [
            Line(case, keep_alive, measure(asked, case, keep_alive=keep_alive))
            for case in (Case("GET", "/bytes", how=BARE), Case("GET", BARE_ROW, how=BARE))
            for keep_alive in (False, True)
        ]


def all_figures(server: ApiServer) -> list[Figure]:
    """Run all cases and print their lines."""
    print(
        f"{'request':<24}{'keep-alive':>11}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'DB ms':>9}"
        f"{'MyEMS':>8}{'ratio':>8}{'goal':>6}{'of bare':>9}"
    )
    bare = bare_lines(server)
    figures = [figure for line in bare for figure in line.told()]
    ceilings = {line.keep_alive: line.run.rate for line in bare if line.case.path == BARE_ROW}
    for case in cases():
        asked = Asked(server.port, server.headers | etag_of(case, server), server.pid, server.database_pid)
        for keep_alive in (False, True):
            ceiling = ceilings[keep_alive] if case == Case("GET", "/meters/1", how=FRESH) else 0.0
            line = Line(case, keep_alive, measure(asked, case, keep_alive=keep_alive), ceiling)
            figures += line.told()
    return figures


def main() -> int:
    """Run all; print the table and write the file."""
    install(Progress(), missing(FOR_BENCHMARKS))
    with (
        tempfile.TemporaryDirectory(prefix="ems-bench-") as folder,
        api_server(Path(folder), WORKERS, {}) as server,
    ):
        fill(server.port, server.headers)
        figures = all_figures(server)
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
