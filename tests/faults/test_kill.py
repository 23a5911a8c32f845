"""Any process of the pipeline killed at any moment: the same final tables as an undisturbed run."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.conftest import START_UTC, make_plant

pytestmark = [pytest.mark.db, pytest.mark.slow, pytest.mark.timeout(600)]
STAGES = ("cleaning", "normalization", "aggregation")
KILLS = 15
DAYS = 45


def program(name: str) -> str:
    return str(Path(sys.executable).parent / f"ems-{name}")


def write_history(folder: Path) -> list[str]:
    """Files of three registers with gaps, a dip, a reset and disorder, as gateways deliver them."""
    generator = np.random.default_rng(7)
    files = []
    for part in range(6):
        lines = ["point_id,utc_date_time,actual_value"]
        for point in (1, 2, 3):
            steps = np.arange(part * DAYS * 16, (part + 1) * DAYS * 16)
            values = 1000.0 * point + steps * 1.25 * point
            if point == 2 and part >= 3:
                values = values - values[0] + (part - 3) * 16 * DAYS * 2.5
            keep = generator.random(len(steps)) > 0.02
            rows = [
                f"{point},{(START_UTC + timedelta(minutes=15 * int(n))).isoformat()[:19]},{v:.6f}"
                for n, v in zip(steps[keep], values[keep], strict=True)
            ]
            rows.insert(
                100, f"{point},{(START_UTC + timedelta(minutes=15 * int(steps[100]) + 5)).isoformat()[:19]},0"
            )
            generator.shuffle(rows)
            lines += rows
        path = folder / f"part-{part}.csv.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
        files.append(str(path))
    return files


def once(environ: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def catch_up(environ: dict[str, str]) -> None:
    for stage in STAGES:
        once(environ, program(stage), "--once")


class Disturbed:
    """The import and the three daemons, of which one is killed at a time and started again."""

    def __init__(self, environ: dict[str, str], files: list[str]) -> None:
        self.environ = environ
        self.commands = {stage: [program(stage)] for stage in STAGES}
        self.commands["import"] = [program("acquisition"), "import", *files]
        self.running: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            self.commands[name], env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self, name: str) -> bool:
        """Kill one process at once; False when it had already ended by itself."""
        process = self.running[name]
        lives = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        return lives

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


# Each seed is fifteen kills and more than a minute.
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_killed_processes_leave_the_same_tables_as_an_undisturbed_run(fresh_database, tmp_path, seed):
    files = write_history(tmp_path)
    results = []
    for disturbed in (False, True):
        environ = {**os.environ, **fresh_database.environ, "EMS_VAR_DIR": str(tmp_path / f"var-{disturbed}")}
        environ |= {"EMS_DB_PREFIX": f"{fresh_database.prefix}{int(disturbed)}_", "EMS_PASS_PAUSE_S": "1"}
        plant = make_plant(environ)
        if disturbed:
            disturb(environ, files, random.Random(seed))
        once(environ, program("acquisition"), "import", *files)
        catch_up(environ)
        results.append((plant.tables(), plant.verdicts()))
        assert plant.open_changes() == {}
        plant.dbs.close()
    assert results[0][0].keys() == results[1][0].keys()
    assert len(results[0][0]) >= 12
    assert results[0] == results[1]


def disturb(environ: dict[str, str], files: list[str], chance: random.Random) -> None:
    site = Disturbed(environ, files)
    hits = 0
    try:
        for name in site.commands:
            site.start(name)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 3.0))
            name = chance.choice(list(site.commands))
            hits += site.kill(name)
            site.start(name)
    finally:
        site.stop()
    assert hits >= KILLS // 2, "most kills must hit a process that is at work"
