"""How time and memory of the pipeline grow with meters and with days: a table, and plots as SVG.

Each size is measured in a process and on a server of its own, as `bench-pipeline` does, so that its peak memory is
its own. Parameters: `BENCH_GROWTH_STEPS` (5), `BENCH_METERS` (50 a step), `BENCH_DAYS` (12 a step).
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ems_api.reports.render.chart import svg
from ems_api.reports.render.document import LINE, Chart, Column, Table
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_site.servers import MariaDb

from tests.bench.figures import RESULTS, Figure, at_most, machine, publish
from tests.bench.pipeline import measure
from tests.bench.pipeline_site import Size

WHOLE, MEMORY = "raw to everything", "peak memory of the stages"


@dataclass(frozen=True)
class Measured:
    """What one size took."""

    size: Size
    whole_s: float
    memory_mib: float

    @property
    def readings(self) -> int:
        """Raw readings."""
        return self.size.meters * self.size.readings_per_meter


def of_size(size: Size) -> Measured:
    """Run the pipeline over a site of this size; called in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = MariaDb(Path(folder) / "db").start()
        try:
            dbs = Databases(load(DatabaseSettings, server.environ))
            found = {
                figure.name: figure.value for figure in measure(dbs, size, server.process.pid, server.environ)
            }
            dbs.close()
        finally:
            server.stop()
    return Measured(size, found[WHOLE], found[MEMORY])


def exponent(measured: list[Measured]) -> float:
    """Slope of time over readings in logarithms: 1 is linear growth, 2 quadratic."""
    readings = np.log([item.readings for item in measured])
    return float(np.polyfit(readings, np.log([item.whole_s for item in measured]), 1)[0])


def plotted(name: str, labels: list[str], measured: list[Measured]) -> None:
    """Write the two plots of a series; its sizes grow in equal steps, so linear growth is a straight line."""
    columns = [
        Column("Size", labels),
        Column("Time", [item.whole_s for item in measured], "s"),
        Column("Peak memory", [item.memory_mib for item in measured], "MiB"),
    ]
    for position, what in ((1, "time"), (2, "memory")):
        title = f"Pipeline: {what} by {name}"
        picture = svg(Table(title, columns), Chart(LINE, title, 0, (position,)), title=title)
        (RESULTS / f"growth-{name}-{what}.svg").write_text(picture, encoding="utf-8")


def main() -> None:
    """Measure both series, print them, and draw them."""
    measured_on = machine()
    steps = range(1, int(os.environ.get("BENCH_GROWTH_STEPS", "5")) + 1)
    meters, days = int(os.environ.get("BENCH_METERS", "50")), int(os.environ.get("BENCH_DAYS", "12"))
    series = {
        "meters": [Size(meters * step, days) for step in steps],
        "days": [Size(meters, days * step) for step in steps],
    }
    figures: list[Figure] = []
    RESULTS.mkdir(exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        for name, sizes in series.items():
            measured = processes.map(of_size, sizes, chunksize=1)
            for item in measured:
                label = f"{item.size.meters} meters × {item.size.days} days"
                figures.append(Figure(f"{label}, {item.readings:,} readings: time", item.whole_s, "s"))
                figures.append(Figure(f"{label}: peak memory", item.memory_mib, "MiB"))
            figures.append(at_most(f"growth of time with {name} (1 is linear)", exponent(measured), "", 1.1))
            plotted(name, [str(getattr(size, name)) for size in sizes], measured)
    publish("growth", figures, measured_on)


if __name__ == "__main__":
    main()
