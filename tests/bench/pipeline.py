"""Raw readings to complete energy, billing and carbon, next to what the machine itself can do.

Parameters: `BENCH_METERS` (100), `BENCH_DAYS` (30). The yardstick is measured in the same run on the same server:
the time to scan the same input rows and to bulk-load the same output rows.

An hour that is new is measured three times: what daemons that run do of it (their pauses aside, as in MyEMS' figure),
the same of readings that came out of order, and as three programs that start, catch up and end. `BENCH_METERS=10000
BENCH_DAYS=1` measures it for a large site.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ems_aggregation.day_stage import DailySums
from ems_aggregation.stage import Aggregation
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage
from ems_common.catalog.hourly import FAMILIES
from ems_common.db import Databases, DatabaseSettings
from ems_common.periods import zone
from ems_common.settings import load
from ems_database.migrate import migrate
from ems_normalization.stage import Normalization
from ems_site.servers import MariaDb
from numpy.typing import NDArray

from tests.bench.figures import Figure, at_least, at_most, machine, publish
from tests.bench.pipeline_site import Size, configure, load_readings, one_more_hour

MYEMS_S = {100: 162.0, 500: 1350.0}
MYEMS_HOUR_S = {100: 49.0}
MYEMS_HOUR_CPU_S = 45.5 + 2.8
MYEMS_CPU_S = {100: 180.0}
ZONE = "Asia/Shanghai"
RESULT_DATABASES = ("energy_db", "billing_db", "carbon_db")


def timed(work: Callable[[], object]) -> float:
    """Seconds a piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def catch_up(stage: CleaningStage | Normalization | Aggregation) -> None:
    """Run a stage until nothing is open."""
    while stage.run_pass(lambda *_: None).did_work:
        pass


def sum_days(days: DailySums) -> None:
    """What aggregation does once it has caught up."""
    while days.run_pass():
        pass


def programs(environ: dict[str, str]) -> None:
    """The three daemons, each started to catch up once."""
    surroundings = os.environ | environ | {"EMS_TIME_ZONE": ZONE}
    for name in ("cleaning", "normalization", "aggregation"):
        program = Path(sys.executable).parent / f"ems-{name}"
        subprocess.run([program, "--once"], env=surroundings, check=True, stdout=subprocess.DEVNULL)


def server_cpu_s(pid: int) -> float:
    """CPU time the server has used [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_both(server_pid: int) -> NDArray[np.float64]:
    """CPU time that Python and the server have used [s]."""
    return np.array([time.process_time(), server_cpu_s(server_pid)])


def machine_limit(dbs: Databases) -> tuple[float, int]:
    """Time to scan the raw rows and to load copies of all result rows, and how many result rows there are."""
    with dbs.session("historical_db") as session:
        scan = timed(
            lambda: session.scalar("SELECT SUM(actual_value) FROM tbl_energy_value WHERE is_bad = 0")
        )
    loaded, total = 0, 0.0
    for database in RESULT_DATABASES:
        for family in FAMILIES:
            with dbs.session(database) as session:
                names = (*family.keys, "start", "value", "quality")
                dtypes = dict.fromkeys(names, "int64") | {"start": "datetime64[s]", "value": "float64"}
                columns = session.columns(
                    f"SELECT {', '.join(family.keys)}, start_datetime_utc, actual_value + 0E0, quality FROM {family.table}",
                    (),
                    dtypes,
                )
            if not len(columns["start"]):
                continue
            arrays = dict(
                zip(
                    (*family.keys, "start_datetime_utc", "actual_value", "quality"),
                    columns.values(),
                    strict=True,
                )
            )
            with dbs.session(database) as session:
                session.execute(f"CREATE TABLE bench_copy LIKE {family.table}")
            with dbs.session(database) as session:
                total += timed(
                    lambda s=session, a=arrays: s.upsert_arrays("bench_copy", a, ("actual_value",))
                )
            with dbs.session(database) as session:
                session.execute("DROP TABLE bench_copy")
            loaded += len(columns["start"])
    return scan + total, loaded


def main() -> None:
    """Measure and publish."""
    measured_on = machine()
    size = Size(int(os.environ.get("BENCH_METERS", "100")), int(os.environ.get("BENCH_DAYS", "30")))
    with tempfile.TemporaryDirectory() as folder:
        server = MariaDb(Path(folder) / "db")
        server.start()
        try:
            dbs = Databases(load(DatabaseSettings, server.environ))
            figures = measure(dbs, size, server.process.pid, server.environ)
        finally:
            server.stop()
    publish("pipeline", figures, measured_on)


def _ratio(size: Size, ratio: float) -> Figure:
    """How near the pipeline is to the machine's limit; on a few days what a pass costs by itself rules."""
    name = "ratio to the machine limit"
    return at_most(name, ratio, "×", 1.5) if size.days >= 30 else Figure(name, ratio, "×")


def measure(dbs: Databases, size: Size, server_pid: int, environ: dict[str, str]) -> list[Figure]:
    """Load the site, run the pipeline, add one hour, and measure the machine's own limit."""
    migrate(dbs, lambda _line: None)
    configure(dbs, size)
    load_s = timed(lambda: load_readings(dbs, size, "clean"))
    stages = (
        CleaningStage(dbs, load(CleaningSettings, {"EMS_DB_PASSWORD": "given apart"})),
        Normalization(dbs, 60),
        Aggregation(dbs, 60, zone(ZONE)),
    )
    days = DailySums(dbs, 60, ZONE)
    cpu_before = cpu_of_both(server_pid)
    took = {stage.name: timed(lambda s=stage: catch_up(s)) for stage in stages}
    took["sums of days"] = timed(lambda: sum_days(days))
    python_cpu_s, server_s = (cpu_of_both(server_pid) - cpu_before).tolist()
    cpu_s, whole = python_cpu_s + server_s, sum(took.values())
    hours, hour_cpu = [], []
    for number, late in enumerate((False, True)):
        one_more_hour(dbs, size, number, late=late)
        cpu_before = cpu_of_both(server_pid)
        hours.append({stage.name: timed(lambda s=stage: catch_up(s)) for stage in stages})
        hour_cpu.append((cpu_of_both(server_pid) - cpu_before).tolist())
    one_more_hour(dbs, size, 2)
    hour_s, late_s, once_s = (*(sum(of.values()) for of in hours), timed(lambda: programs(environ)))
    # Before the yardstick, which holds whole tables.
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    limit_s, rows = machine_limit(dbs)
    raw = size.meters * size.readings_per_meter
    figures = [
        Figure(f"{size.meters} meters × {size.days} days, raw readings", raw, "rows"),
        Figure("result rows", rows, "rows"),
        Figure("load raw readings", load_s, "s"),
        *(Figure(f"stage {name}", seconds, "s") for name, seconds in took.items()),
        Figure("raw to everything", whole, "s"),
        Figure("CPU of Python", python_cpu_s, "s"),
        Figure("CPU of the server", server_s, "s"),
        Figure("CPU, Python and server", cpu_s, "s"),
        Figure("machine limit (scan input, load output)", limit_s, "s"),
        _ratio(size, whole / limit_s),
        at_most("one new hour", hour_s, "s", 10.0),
        *(Figure(f"one new hour, {name}", seconds, "s") for name, seconds in hours[0].items()),
        Figure("one new hour, CPU of Python", hour_cpu[0][0], "s"),
        Figure("one new hour, CPU of Python and server", sum(hour_cpu[0]), "s"),
        Figure("one new hour, readings out of order", late_s, "s"),
        Figure("one new hour, as three programs with --once", once_s, "s"),
        at_most("peak memory of the stages", peak_mib, "MiB", 2048),
    ]
    if size.days == 30 and size.meters in MYEMS_S:
        figures.append(
            at_least("faster than MyEMS", MYEMS_S[size.meters] / whole, "×", 15 if size.meters == 100 else 40)
        )
    if size.days == 30 and size.meters in MYEMS_HOUR_S:
        figures.append(at_least("one hour faster than MyEMS", MYEMS_HOUR_S[size.meters] / hour_s, "×", 100))
        figures.append(Figure("one hour, less CPU than MyEMS", MYEMS_HOUR_CPU_S / sum(hour_cpu[0]), "×"))
        figures.append(at_least("less CPU than MyEMS", MYEMS_CPU_S[size.meters] / cpu_s, "×", 20))
    return figures


if __name__ == "__main__":
    main()
