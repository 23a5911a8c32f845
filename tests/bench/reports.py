"""Reports on the generated site: median and p99 next to the figures measured for MyEMS.

Server time of a request in process, the HTTP server left out: what the report itself costs. Parameters:
`BENCH_METERS` (100), `BENCH_DAYS` (30), `BENCH_ROUNDS` (41).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from ems_api.testing import Api, connect
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.servers import MariaDb

from tests.bench.figures import Figure, at_most, machine, publish
from tests.bench.pipeline_site import Size, configure
from tests.bench.reports_site import generate, store, store_year

PASSWORD = "correct horse 1"
ZONE = "Asia/Shanghai"
PERIOD = {
    "reportingperiodstartdatetime": "2026-01-01T08:00:00",
    "reportingperiodenddatetime": "2026-01-31T08:00:00",
}
HALVES = {
    "baseperiodstartdatetime": "2026-01-01T08:00:00",
    "baseperiodenddatetime": "2026-01-16T08:00:00",
    "reportingperiodstartdatetime": "2026-01-16T08:00:00",
    "reportingperiodenddatetime": "2026-01-31T08:00:00",
}
YEAR = {
    "reportingperiodstartdatetime": "2025-01-01T00:00:00",
    "reportingperiodenddatetime": "2026-01-01T00:00:00",
}
QUICK = {"quickmode": "true"}
FULL = {"quickmode": "false"}
EXCEL = {"quickmode": "false", "exportexcel": "true"}


@dataclass(frozen=True)
class Case:
    """A report, how long MyEMS takes for it (100 and 500 meters) and how long it may take.

    `goal_ms` of 0 stands for a tenth of MyEMS' time without a file and a fifth with one.
    """

    name: str
    path: str
    query: dict[str, str]
    myems_ms: tuple[float, float] = (0.0, 0.0)
    goal_ms: float = 0.0
    period: dict[str, str] = field(default_factory=lambda: PERIOD)


def _of(entity: str, period_type: str, form: dict[str, str]) -> dict[str, str]:
    return {f"{entity}id": "1", "periodtype": period_type, **form}


CASES = (
    Case(
        "space by category, daily, quick", "spaceenergycategory", _of("space", "daily", QUICK), (123, 130), 12
    ),
    Case(
        "space by category, hourly, quick",
        "spaceenergycategory",
        _of("space", "hourly", QUICK),
        (560, 413),
        50,
    ),
    Case(
        "space by category, year hourly",
        "spaceenergycategory",
        _of("space", "hourly", QUICK),
        goal_ms=150,
        period=YEAR,
    ),
    Case("space by category, daily", "spaceenergycategory", _of("space", "daily", FULL), (254, 211)),
    Case("space by category, daily, Excel", "spaceenergycategory", _of("space", "daily", EXCEL), (418, 0)),
    Case("space by item, daily, quick", "spaceenergyitem", _of("space", "daily", QUICK), (634, 763)),
    Case("space by item, daily, Excel", "spaceenergyitem", _of("space", "daily", FULL), (1842, 1555)),
    Case("space cost, daily, quick", "spacecost", _of("space", "daily", QUICK), (131, 136)),
    Case("space cost, hourly, Excel", "spacecost", _of("space", "hourly", FULL), (906, 945)),
    Case("space load, hourly, quick", "spaceload", _of("space", "hourly", QUICK), (420, 304)),
    Case("space statistics, daily, quick", "spacestatistics", _of("space", "daily", QUICK), (25, 35), 12),
    Case("meter, daily, quick", "meterenergy", _of("meter", "daily", QUICK), (141, 201)),
    Case("meter, daily, Excel", "meterenergy", _of("meter", "daily", FULL), (670, 1149)),
    Case("meter, hourly, quick", "meterenergy", _of("meter", "hourly", QUICK), (685, 397)),
    Case(
        "equipment by category, daily, quick",
        "equipmentenergycategory",
        _of("equipment", "daily", QUICK),
        (124, 227),
    ),
    Case("meter batch, enterprise, quick", "meterbatch", {"spaceid": "1", **QUICK}, (94, 479)),
    Case("equipment batch, enterprise, quick", "equipmentbatch", {"spaceid": "1", **QUICK}, (211, 1700)),
    Case(
        "meter tracking, quick",
        "metertracking",
        {"spaceid": "1", "energyCategory": "all", **QUICK},
        (15, 0),
        15,
    ),
    Case("home dashboard, 15 + 15 days", "dashboard", {"useruuid": ""}, (270, 260), period=HALVES),
    Case("space dashboard", "spacedashboard", _of("space", "daily", QUICK), (118, 236)),
)


def timings_ms(api: Api, case: Case, rounds: int) -> list[float]:
    """How long each of some requests takes [ms]; the first, which fills caches of look-ups, is left out."""
    query = {**case.query, **case.period}
    if "useruuid" in query:
        query["useruuid"] = api.headers["USER-UUID"]
    found = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        result = api.call("GET", f"/reports/{case.path}", params=query)
        found.append((time.perf_counter() - began) * 1000)
        if result.status_code != 200:
            raise SystemExit(f"{case.name}: {result.status} {result.text[:300]}")
    return found[1:]


def measure(api: Api, size: Size, rounds: int) -> list[Figure]:
    """Time every case."""
    figures = []
    column = 1 if size.meters >= 500 else 0
    for case in CASES:
        found = sorted(timings_ms(api, case, rounds))
        median, p99 = statistics.median(found), found[min(len(found) - 1, round(0.99 * len(found)))]
        theirs = case.myems_ms[column] or case.myems_ms[0]
        share = 5 if "Excel" in case.name else 10
        goal = case.goal_ms or theirs / share
        figures.append(at_most(case.name, median, "ms", goal))
        figures.append(Figure("    p99", p99, "ms"))
        if theirs:
            figures.append(Figure("    MyEMS", theirs, "ms"))
    return figures


def main() -> None:
    """Fill a private server, measure, publish."""
    measured_on = machine()
    size = Size(int(os.environ.get("BENCH_METERS", "100")), int(os.environ.get("BENCH_DAYS", "30")))
    rounds = int(os.environ.get("BENCH_ROUNDS", "41"))
    with tempfile.TemporaryDirectory() as folder, MariaDb(Path(folder) / "db") as server:
        dbs = Databases(load(DatabaseSettings, server.environ))
        migrate(dbs, lambda _line: None)
        reference.install(dbs, PASSWORD)
        configure(dbs, size)
        rows = store(dbs, generate(size)) + store_year(dbs)
        dbs.close()
        print(f"{rows:,} hourly rows of {size.meters} meters and {size.days} days")
        client = connect({**server.environ, "EMS_TIME_ZONE": ZONE}, folder)
        api = client.sign_in("administrator", PASSWORD)
        try:
            figures = measure(api, size, rounds)
        finally:
            client.close()
    publish("reports", figures, measured_on)


if __name__ == "__main__":
    main()
