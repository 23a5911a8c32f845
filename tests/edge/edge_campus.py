"""The plant simulator and edge control with the demo's own files, as processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def _free_ports() -> tuple[int, int, int]:
    """Two single ports and the first of a run of forty."""
    found = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            found.append(int(probe.getsockname()[1]))
    for first in range(20_000, 32_000, 60):
        try:
            for port in range(first, first + 40):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return found[0], found[1], first
    raise AssertionError("no free run of ports")


def until(condition: Callable[[], bool], limit_s: float, what: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        try:
            if condition():
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.005)
    raise AssertionError(f"not within {limit_s} s: {what}")


class Site:
    """Simulator and edge control as processes."""

    def __init__(self, folder: Path, redis: Mapping[str, str]) -> None:
        self.admin, self.metrics, modbus = _free_ports()
        environ = os.environ | {
            "EMS_SITE_DIR": str(ROOT / "database" / "demo"),
            "EMS_EDGE_CONFIG": str(ROOT / "database" / "demo" / "edge.yaml"),
            "EMS_SIMULATOR_MODBUS_PORT": str(modbus),
            "EMS_SIMULATOR_ADMIN_PORT": str(self.admin),
            "EMS_VAR_DIR": str(folder),
            "EMS_DB_PORT": "1",
            "EMS_DB_PASSWORD": "none",
            "EMS_MQTT_PORT": "1",
            **redis,
        }
        log = (folder / "site.log").open("wb")
        start = [sys.executable, "-m"]
        self.simulator = subprocess.Popen(
            [*start, "ems_simulator.main", "run"],
            env=environ | {"EMS_METRICS_PORT": "0"},
            stderr=log,
            stdout=log,
        )
        self.edge = subprocess.Popen(
            [*start, "ems_edge_control.main", "run"],
            env=environ | {"EMS_METRICS_PORT": str(self.metrics)},
            stderr=log,
            stdout=log,
        )

    def plant(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)["power_kw"]
            return found

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def raise_load(self, offset_kw: float) -> None:
        body = json.dumps({"device": "E-101", "set": {"load_offset_kw": offset_kw}}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/control", body)
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return

    def stop(self) -> None:
        for process in (self.edge, self.simulator):
            process.terminate()
        for process in (self.edge, self.simulator):
            process.wait(15)
