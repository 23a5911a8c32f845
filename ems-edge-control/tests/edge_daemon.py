"""The daemon as a process, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_plant import Plant, free_port, site_file

LIMIT_W = 120_000


class Edge:
    """A running `ems-edge-control run`."""

    def __init__(
        self,
        plant: Plant,
        folder: Path,
        extra: str = "",
        environ: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "ems_edge_control.main", "run"),
    ) -> None:
        self.program = program
        self.marked = 0
        self.port = free_port()
        self.file = folder / "edge.yaml"
        self.file.write_text(site_file(plant, limit_w=LIMIT_W, extra=extra))
        self.log = folder / "edge.log"
        self.env = os.environ | {
            "EMS_EDGE_CONFIG": str(self.file),
            "EMS_VAR_DIR": str(folder / "var"),
            "EMS_METRICS_PORT": str(self.port),
            "EMS_DB_PORT": "1",
            "EMS_DB_PASSWORD": "none",
            "EMS_REDIS_URL": "",
            **(environ or {}),
        }
        self.start()

    def start(self) -> None:
        """Start it; its log passes through a pipe, as under a service manager."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program],
                env=self.env,
                stderr=subprocess.STDOUT,
                stdout=subprocess.PIPE,
            )
            self.logger = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=log)

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state", timeout=2) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def mark_log(self) -> None:
        """What is in the log up to now is no news any more."""
        self.marked = self.log.stat().st_size

    def new_lines(self) -> list[str]:
        """Lines of the log since the last mark."""
        return self.log.read_bytes()[self.marked :].decode(errors="replace").splitlines()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        status = self.process.wait(10)
        self.logger.wait(5)
        return status


def until(condition: Callable[[], bool], limit_s: float, what: str) -> float:
    """Wait for a condition; how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        try:
            if condition():
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.005)
    raise AssertionError(f"not within {limit_s} s: {what}")
