"""Controllers and devices that misbehave while the loop runs against real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from edge_daemon import LIMIT_W, until
from edge_plant import Plant, site_file
from ems_common.clock import utc_now
from ems_common.settings import load

from ems_edge_control import config
from ems_edge_control.controllers.base import Controller, View
from ems_edge_control.daemon import Daemon
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
        running.history.spool.close()


def test_a_controller_in_an_endless_loop_is_interrupted_and_the_others_go_on(
    daemon: tuple[Daemon, Endless], plant: Plant
) -> None:
    running, bad = daemon
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 5, "shaving")
    bad.is_bad = True
    until(lambda: bad.entered > 0, 5, "the endless loop")
    cycles = running.loop.timing.cycles
    until(lambda: running.loop.timing.cycles > cycles + 5, 10, "the loop goes on")
    plant.load_w = 250_000
    until(lambda: plant.battery_w > 120_000, 5, "shaving goes on")
    slot = running.site.find_slot("bad0")
    assert slot is not None
    assert "took too long" in slot.failure
    assert running.loop.machine.state in {"degraded", "run"}


@pytest.mark.parametrize("hours", [1, -1])
def test_an_hour_on_the_wall_clock_changes_nothing(
    daemon: tuple[Daemon, Endless], plant: Plant, hours: int
) -> None:
    """The clock on the wall jumps while the battery shaves: same rhythm, same power, no word of a fault."""
    running, _ = daemon
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 79_000, 5, "shaving")
    cycles, began = running.loop.timing.cycles, time.monotonic()
    running.loop.clock_utc = lambda: utc_now() + timedelta(hours=hours)
    lowest = plant.battery_w
    while time.monotonic() - began < 2:
        lowest = min(lowest, plant.battery_w)
        time.sleep(0.01)
    done, passed_s = running.loop.timing.cycles - cycles, time.monotonic() - began
    assert lowest > 75_000
    assert done + running.loop.timing.overruns >= 0.9 * passed_s / running.site.config.cycle_s
    assert running.loop.machine.state in {"run", "degraded"}
    moment = running.loop.moment
    assert moment is not None
    assert abs(moment.time_utc - utc_now() - timedelta(hours=hours)) < timedelta(seconds=30)


def test_a_slow_device_does_not_slow_the_loop(daemon: tuple[Daemon, Endless], plant: Plant) -> None:
    running, _ = daemon
    plant.load_w = 90_000
    time.sleep(0.5)
    before, began = running.loop.timing.cycles, time.monotonic()
    plant.delay_s = 0.25
    time.sleep(2.0)
    done = running.loop.timing.cycles - before
    plant.delay_s = 0.0
    assert done >= 0.8 * (time.monotonic() - began) / 0.1


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
