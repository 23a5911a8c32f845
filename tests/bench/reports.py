"""Reports on the generated site: median and p99 next to the figures measured for MyEMS.

Cold is the first request after a change of configuration and of an hour of every table, warm the one after it; both
in process and straight into the application, so it is what the report itself costs: falcon's test client would check
every message against the WSGI's rules, which takes the time of a small report. Eight clients and the memory of a worker are measured over HTTP. Besides the wall clock the CPU
time of API and database is shown: on a machine that does other things it tells more.

Parameters: `BENCH_METERS` (100), `BENCH_DAYS` (30), `BENCH_ROUNDS` (21), `BENCH_CLIENT_S` (5),
`BENCH_SOAK_REQUESTS` (1000; the goal is stated for 10,000).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from ems_aggregation.day_stage import DailySums
from ems_api.testing import Api, connect
from ems_api.versions import CONFIG
from ems_common import content
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.servers import MariaDb
from falcon.testing import create_environ

from tests.bench.figures import Figure, at_least, at_most, machine, publish
from tests.bench.pipeline import sum_days
from tests.bench.pipeline_site import Size, configure
from tests.bench.reports_http import Running, serve
from tests.bench.reports_site import DATABASES, generate, store, store_year

PASSWORD = "correct horse 1"
ZONE = "Asia/Shanghai"
JANUARY = ("2026-01-01T08:00:00", "2026-01-31T08:00:00")
YEAR = ("2025-01-01T00:00:00", "2026-01-01T00:00:00")
QUICK = {"quickmode": "true"}
FULL = {"quickmode": "false"}
EXCEL = {"quickmode": "false", "exportexcel": "true"}
PDF = {"quickmode": "false", "exportpdf": "true"}


@dataclass(frozen=True)
class Case:
    """A report, how long MyEMS takes for it with 100 and 500 meters [ms], and how much faster ours has to be."""

    name: str
    path: str
    query: dict[str, str]
    myems_ms: tuple[float, float] = (0.0, 0.0)
    factor: float = 10.0
    goal_ms: float = 0.0
    period: tuple[str, str] = JANUARY
    base: tuple[str, str] = field(default=("", ""))

    @property
    def parameters(self) -> dict[str, str]:
        """All parameters of the request."""
        result = {
            **self.query,
            "reportingperiodstartdatetime": self.period[0],
            "reportingperiodenddatetime": self.period[1],
        }
        if self.base[0]:
            result |= {"baseperiodstartdatetime": self.base[0], "baseperiodenddatetime": self.base[1]}
        return result


def _of(entity: str, period_type: str, form: dict[str, str]) -> dict[str, str]:
    return {f"{entity}id": "1", "periodtype": period_type, **form}


_CATEGORY, _ITEM, _EQUIPMENT = "spaceenergycategory", "spaceenergyitem", "equipmentenergycategory"
_BATCH = {"spaceid": "1", **QUICK}
CASES = (
    Case("space by category, daily", _CATEGORY, _of("space", "daily", QUICK), (123, 130), goal_ms=12),
    Case("space by category, hourly", _CATEGORY, _of("space", "hourly", QUICK), (560, 413), goal_ms=50),
    Case(
        "space by category, a year hourly", _CATEGORY, _of("space", "hourly", QUICK), goal_ms=150, period=YEAR
    ),
    Case("space by category, daily, parameters", _CATEGORY, _of("space", "daily", FULL), (254, 211)),
    Case("space by category, daily, Excel", _CATEGORY, _of("space", "daily", EXCEL), (418, 0), 5),
    Case("space by category, daily, PDF", _CATEGORY, _of("space", "daily", PDF), (2118, 0), goal_ms=1000),
    Case("space by category, hourly, PDF", _CATEGORY, _of("space", "hourly", PDF), goal_ms=1000),
    Case("space by item, daily", _ITEM, _of("space", "daily", QUICK), (634, 763)),
    Case("space by item, daily, Excel", _ITEM, _of("space", "daily", FULL), (1842, 1555), 5),
    Case("space cost, daily", "spacecost", _of("space", "daily", QUICK), (131, 136)),
    Case("space cost, hourly, Excel", "spacecost", _of("space", "hourly", FULL), (906, 945), 5),
    Case("space load, hourly", "spaceload", _of("space", "hourly", QUICK), (420, 304)),
    Case("space statistics, daily", "spacestatistics", _of("space", "daily", QUICK), (25, 35), 1),
    Case("meter, daily", "meterenergy", _of("meter", "daily", QUICK), (141, 201)),
    Case("meter, daily, Excel", "meterenergy", _of("meter", "daily", FULL), (670, 1149), 5),
    Case("meter, hourly", "meterenergy", _of("meter", "hourly", QUICK), (685, 397)),
    Case("equipment by category, daily", _EQUIPMENT, _of("equipment", "daily", QUICK), (124, 227)),
    Case("meter batch, enterprise", "meterbatch", _BATCH, (94, 479)),
    Case("equipment batch, enterprise", "equipmentbatch", _BATCH, (211, 1700)),
    Case("meter tracking", "metertracking", {**_BATCH, "energyCategory": "all"}, (15, 0), 1),
    Case(
        "home dashboard, 15 + 15 days",
        "dashboard",
        {"useruuid": ""},
        (270, 260),
        period=("2026-01-16T08:00:00", "2026-01-31T08:00:00"),
        base=("2026-01-01T08:00:00", "2026-01-16T08:00:00"),
    ),
    Case("space dashboard", "spacedashboard", _of("space", "daily", QUICK), (118, 236)),
)


class Meter:
    """CPU time of the database server, and the statements it ran."""

    def __init__(self, dbs: Databases, pid: int) -> None:
        self.dbs = dbs
        self._stat = Path(f"/proc/{pid}/stat")

    def cpu_s(self) -> float:
        """CPU time so far [s]."""
        fields = self._stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def selects(self) -> int:
        """SELECT statements so far."""
        with self.dbs.session("") as session:
            row = session.row("SHOW GLOBAL STATUS LIKE 'Com_select'")
        return int(row[1]) if row else 0


def measure(api: Api, size: Size, rounds: int, meter: Meter) -> list[Figure]:
    """Time every case, cold and warm."""
    column = 1 if size.meters >= 500 else 0
    figures = []
    for case in CASES:
        theirs = case.myems_ms[column] or case.myems_ms[0]
        goal = case.goal_ms or theirs / case.factor
        cold, warm = _rounds(api, meter.dbs, case, rounds)
        figures.append(at_most(f"{case.name}: cold, median", statistics.median(cold), "ms", goal))
        figures.append(Figure(f"{case.name}: cold, p99", _p99(cold), "ms"))
        figures.append(Figure(f"{case.name}: warm, median", statistics.median(warm), "ms"))
        figures += _costs(api, case, meter)
        if theirs:
            figures.append(Figure(f"{case.name}: MyEMS", theirs, "ms"))
    return figures


def _rounds(api: Api, dbs: Databases, case: Case, rounds: int) -> tuple[list[float], list[float]]:
    _ask(api, case)
    cold, warm = [], []
    for _ in range(rounds):
        _renew(api, dbs)
        cold.append(_timed_ms(lambda: _ask(api, case)))
        warm.append(_timed_ms(lambda: _ask(api, case)))
    return cold, warm


def _costs(api: Api, case: Case, meter: Meter, count: int = 10) -> list[Figure]:
    """CPU time and statements of a cold request."""
    api_s = database_s = 0.0
    selects = 0
    for _ in range(count):
        _renew(api, meter.dbs)
        before = (time.process_time(), meter.cpu_s(), meter.selects())
        _ask(api, case)
        api_s += time.process_time() - before[0]
        database_s += meter.cpu_s() - before[1]
        selects += meter.selects() - before[2]
    return [
        Figure(f"{case.name}: CPU of the API", api_s / count * 1000, "ms"),
        Figure(f"{case.name}: CPU of the database", database_s / count * 1000, "ms"),
        Figure(f"{case.name}: SELECTs", selects / count, "statements"),
    ]


def _renew(api: Api, dbs: Databases) -> None:
    """Make all void that was kept, as a changed hour of every table and a changed configuration do.

    Hours are written by another process, so their versions are raised on other connections than the API's.
    """
    api.services.versions.change(CONFIG)
    for database, _ in DATABASES:
        with dbs.session(database) as session:
            for (table,) in session.rows("SELECT DISTINCT table_name FROM tbl_content_versions"):
                content.touch(session, table)


def _ask(api: Api, case: Case) -> None:
    parameters = case.parameters
    if "useruuid" in parameters:
        parameters["useruuid"] = api.headers["USER-UUID"]
    environ = create_environ(f"/reports/{case.path}", urlencode(parameters), headers=api.headers)
    status: list[str] = []
    body = b"".join(api.client.app(environ, lambda line, _headers, _fault=None: status.append(line)))
    if not status[0].startswith("200"):
        raise SystemExit(f"{case.name}: {status[0]} {body[:300]!r}")


def _timed_ms(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


def many_clients(running: Running, seconds: float) -> list[Figure]:
    """Eight clients over HTTP, as MyEMS was measured: requests per second and latency."""
    figures = []
    of_name = {case.name: case for case in CASES}
    for name, theirs in (("space by category, daily", 13.6), ("space statistics, daily", 84.0)):
        case = of_name[name]
        found = running.load(f"/reports/{case.path}", case.parameters, clients=8, seconds=seconds)
        figures.append(at_least(f"8 clients, {case.name}", len(found) / seconds, "requests/s", theirs))
        figures.append(Figure(f"8 clients, {case.name}: p50", statistics.median(found), "ms"))
        figures.append(Figure(f"8 clients, {case.name}: p99", _p99(found), "ms"))
        figures.append(Figure(f"8 clients, {case.name}: MyEMS", theirs, "requests/s"))
    return figures


def soak(running: Running, requests: int) -> list[Figure]:
    """Memory of the workers while they answer all kinds of reports over and over."""
    cases = [case for case in CASES if case.path != "dashboard" and "PDF" not in case.name]

    def go_on(count: int) -> float:
        for n in range(count):
            running.get(f"/reports/{cases[n % len(cases)].path}", cases[n % len(cases)].parameters)
        return running.memory_mib()

    # Arenas of sixteen threads and caches of look-ups fill up during the first few hundred requests.
    first = go_on(max(requests // 2, 800))
    last = go_on(requests)
    return [
        Figure(f"memory of the workers before {requests} requests", first, "MiB"),
        at_most(f"memory of the workers after {requests} requests", last, "MiB", first * 1.05 + 8),
    ]


def main() -> None:
    """Fill a private server, measure, publish."""
    measured_on = machine()
    size = Size(int(os.environ.get("BENCH_METERS", "100")), int(os.environ.get("BENCH_DAYS", "30")))
    rounds = int(os.environ.get("BENCH_ROUNDS", "21"))
    with tempfile.TemporaryDirectory() as folder, MariaDb(Path(folder) / "db") as server:
        dbs = Databases(load(DatabaseSettings, server.environ))
        migrate(dbs, lambda _line: None)
        reference.install(dbs, PASSWORD)
        configure(dbs, size)
        rows = store(dbs, generate(size)) + store_year(dbs)
        sum_days(DailySums(dbs, 60, ZONE))
        print(f"{rows:,} hourly rows of {size.meters} meters and {size.days} days")
        environ = {**server.environ, "EMS_TIME_ZONE": ZONE}
        client = connect(environ, folder)
        try:
            api = client.sign_in("administrator", PASSWORD)
            figures = measure(api, size, rounds, Meter(dbs, server.process.pid))
        finally:
            client.close()
        with serve(environ, folder, PASSWORD) as running:
            figures += many_clients(running, float(os.environ.get("BENCH_CLIENT_S", "5")))
            figures += soak(running, int(os.environ.get("BENCH_SOAK_REQUESTS", "1000")))
        dbs.close()
    publish("reports", figures, measured_on)


if __name__ == "__main__":
    main()
