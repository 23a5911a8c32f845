"""Controllers and devices that misbehave while the loop runs against real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from edge_daemon import LIMIT_W, until
from edge_plant import Plant, site_file
from ems_common.settings import load

from ems_edge_control import config
from ems_edge_control.controllers.base import Controller, View
from ems_edge_control.daemon import Daemon
from ems_edge_control.devices.device import Device
from ems_edge_control.devices.health import Pace
from ems_edge_control.devices.io import IoThread
from ems_edge_control.image import Image, Table
from ems_edge_control.requests import Request
from ems_edge_control.settings import EdgeSettings
from ems_edge_control.site import RUN_FAILED, ControllerConfig, Slot

pytestmark = pytest.mark.slow


class Endless(Controller[Any, Any]):
    """Never returns once it is told so."""

    code = "endless-for-tests"
    title = "-"

    def __init__(self) -> None:
        self.id, self.is_bad, self.entered = "bad0", False, 0

    def run(self, image: View, state: Any, dt_s: float) -> Sequence[Request]:
        if self.is_bad:
            self.entered += 1
            while True:
                self.entered += 0
        return []


@pytest.fixture
def daemon(plant: Plant, tmp_path: Path) -> Iterator[tuple[Daemon, Endless]]:
    environ = {
        "EMS_DB_PASSWORD": "none",
        "EMS_DB_PORT": "1",
        "EMS_VAR_DIR": str(tmp_path),
        "EMS_METRICS_PORT": "0",
    }
    site = config.parse(yaml.safe_load(site_file(plant, limit_w=LIMIT_W)), environ={})
    running = Daemon(load(EdgeSettings, environ), replace(site, budget_s=0.03))
    bad = Endless()
    own = {"RunFailed": (running.site.table.declare("bad0", RUN_FAILED), RUN_FAILED)}
    running.site.slots.insert(1, Slot(ControllerConfig("bad0", bad.code), bad, None, own))
    running.site.image.grow()
    running.io.start()
    running._thread.start()
    try:
        until(lambda: plant.feeds > 3, 40, "first set-points")
        yield running, bad
    finally:
        running.loop.stop("test")
        running._thread.join(10)
        running.io.stop(2)
        running.history.history.spool.close()


def test_a_slow_device_does_not_slow_the_loop(daemon: tuple[Daemon, Endless], plant: Plant) -> None:
    running, _ = daemon
    plant.load_w = 90_000
    time.sleep(0.5)
    before, began = running.loop.timing.cycles, time.monotonic()
    plant.delays_s = dict.fromkeys(plant.ports, 0.25)
    time.sleep(2.0)
    done = running.loop.timing.cycles - before
    plant.delays_s = {}
    assert done >= 0.8 * (time.monotonic() - began) / 0.1


def test_a_rise_waits_for_its_pause_and_a_fall_goes_at_once(plant: Plant) -> None:
    """1 kW, then 2 kW wished again and again: sent after half a second; then 0.5 kW, sent at once."""
    text = site_file(plant).replace("safe: 0, every_s: 0.3", "safe: 0, every_s: 0.1, pause_s: 0.5")
    parsed = config.parse(yaml.safe_load(text), environ={})
    item = next(d for d in parsed.devices if d.component == "ess0")
    table = Table()
    device = Device(item, table, Image(table), time.monotonic, Pace(0.1), lambda _, __: None)
    device.image.grow()
    io = IoThread([device], time.monotonic, silent_s=60)
    io.start()
    try:
        for power_w in [1000.0] * 10 + [2000.0] * 12 + [500.0] * 3:
            io.wish({"ess0": {"SetActivePower": power_w}}, time.monotonic())
            time.sleep(0.1)
    finally:
        io.stop()
    sent = [(at, watts) for at, watts in plant.writes if watts]
    first = {watts: at for at, watts in reversed(sent)}
    assert first[2000.0] - first[1000.0] >= 0.5
    assert [watts for _, watts in sent] == sorted((w for _, w in sent), key=[1000.0, 2000.0, 500.0].index)
    last = max(at for at, watts in sent if watts == 2000)
    assert first[500.0] - last < 0.3


def test_a_fault_in_the_watch_over_the_loop_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ems_edge_control.devices.io.REST_S", 0.0)
    looks = []

    def look() -> None:
        looks.append(1)
        raise RuntimeError("boom")

    io = IoThread([], time.monotonic, watch=look)
    io.start()
    try:
        until(lambda: len(looks) > 2, 40, "another look")
    finally:
        io.stop()


def test_without_set_points_from_the_loop_the_io_thread_makes_the_devices_safe(
    daemon: tuple[Daemon, Endless], plant: Plant
) -> None:
    running, _ = daemon
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 5, "shaving")
    running.loop.io = None
    took = until(lambda: plant.set_point_w == 0, 3, "safe state")
    assert took < 1.5
    assert running.io.is_silent
    running.loop.io = running.io
    until(lambda: plant.battery_w > 70_000, 5, "shaving again")
