"""The whole daemon in a process of its own against real Modbus sockets: reaction, fail-safe, restart."""

from __future__ import annotations

import json
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from edge_daemon import LIMIT_W, Edge, until
from edge_plant import Plant

pytestmark = pytest.mark.slow


@pytest.fixture
def edge(plant: Plant, tmp_path: Path) -> Iterator[Edge]:
    running = Edge(plant, tmp_path)
    try:
        until(lambda: plant.feeds > 3, 40, "first set-points")
        yield running
    finally:
        running.stop()


def test_a_load_step_is_back_under_the_limit_within_300_ms_and_does_not_swing(
    edge: Edge, plant: Plant
) -> None:
    plant.load_w = 90_000
    time.sleep(0.5)
    plant.load_w = 250_000
    took = until(lambda: plant.grid_w <= LIMIT_W, 2, "grid under the limit")
    assert took <= 0.5, took
    time.sleep(0.3)
    powers = []
    for _ in range(60):
        powers.append(plant.battery_w)
        time.sleep(0.02)
    assert max(powers) - min(powers) < 0.03 * 130_000
    assert plant.grid_w <= LIMIT_W


def test_killed_the_battery_stops_by_its_own_watchdog_and_a_restart_resumes(edge: Edge, plant: Plant) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    edge.process.kill()
    edge.process.wait(5)
    took = until(lambda: abs(plant.battery_w) < 5000, 3, "safe state")
    assert took <= 1.5, took
    edge.start()
    until(lambda: plant.battery_w > 70_000, 15, "shaving again")


def test_stopped_by_a_signal_the_battery_stops_by_its_own_watchdog_and_resumes(
    edge: Edge, plant: Plant
) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    edge.process.send_signal(signal.SIGSTOP)
    took = until(lambda: abs(plant.battery_w) < 5000, 3, "safe state")
    assert took <= 1.5, took
    edge.process.send_signal(signal.SIGCONT)
    until(lambda: plant.battery_w > 70_000, 5, "shaving again")


def test_without_the_grid_meter_the_battery_is_at_zero_within_a_second_and_comes_back(
    edge: Edge, plant: Plant
) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    plant.drop(plant.grid_port)
    took = until(lambda: abs(plant.battery_w) < 5000, 3, "safe state")
    assert took <= 1.2, took
    assert plant.set_point_w == 0
    plant.restore(plant.grid_port)
    until(lambda: plant.battery_w > 70_000, 15, "shaving again")
    assert "site_state" in edge.log.read_text()


def test_a_meter_whose_values_stand_still_is_not_believed(edge: Edge, plant: Plant) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    plant.frozen = True
    until(lambda: abs(plant.battery_w) < 5000, 3, "safe state")
    plant.frozen = False
    until(lambda: plant.battery_w > 70_000, 10, "shaving again")


def test_garbage_from_the_devices_leads_to_the_safe_state(edge: Edge, plant: Plant) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    plant.garbage = True
    until(lambda: abs(plant.battery_w) < 5000, 3, "safe state")
    plant.garbage = False
    until(lambda: plant.battery_w > 70_000, 10, "shaving again")


def test_terminated_it_ramps_down_and_ends_cleanly(edge: Edge, plant: Plant) -> None:
    plant.load_w = 200_000
    until(lambda: plant.battery_w > 70_000, 3, "shaving")
    edge.process.terminate()
    assert edge.process.wait(6) == 0
    until(lambda: abs(plant.battery_w) < 5000, 2, "at zero")
    assert plant.set_point_w == 0
    between = [power for _, power in plant.writes[-12:] if 1000 < power < 79_000]
    assert between, "ramped in steps"


def test_the_state_page_says_who_limits_and_how_the_loop_does(edge: Edge, plant: Plant) -> None:
    plant.load_w = 200_000
    until(lambda: (edge.state().get("battery_power_w") or 0) < -70_000, 8, "state page")
    state = edge.state()
    assert state["active_controller"] == "shave0"
    nodes = {node["kind"]: node for node in state["nodes"]}
    assert nodes["battery"]["power_w"] < -70_000  # house sign: discharging is negative
    assert nodes["grid"]["limit_w"] == LIMIT_W
    assert 0 <= nodes["battery"]["soc_ratio"] <= 1
    assert state["loop"]["cycles"] > 0
    with urllib.request.urlopen(f"http://127.0.0.1:{edge.port}/health/ready", timeout=2) as answer:
        assert answer.status == 200


def test_a_site_file_with_faults_stops_the_start_with_all_of_them(plant: Plant, tmp_path: Path) -> None:
    edge = Edge(
        plant,
        tmp_path,
        extra="  - {id: x, type: nonsense}\n  - {id: y, type: balancing, properties: {ess_id: no, meter_id: grid0, zzz: 1}}\n",
    )
    assert edge.process.wait(15) == 2
    text = edge.log.read_text()
    for part in ("unknown type 'nonsense'", "zzz"):
        assert part in text


def test_redis_carries_the_state_out_and_orders_in(plant: Plant, tmp_path: Path, redis_server: Any) -> None:
    link = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    edge = Edge(plant, tmp_path, environ=redis_server.environ)
    try:
        until(lambda: plant.feeds > 3, 40, "first set-points")
        until(lambda: b'"nodes"' in (link.get("ems:edge:state") or b""), 10, "state in Redis")
        order = {
            "id": "7",
            "owner": "test",
            "kind": "write",
            "controller": "protect0",
            "channel": "Reset",
            "value": 1,
        }
        link.rpush("ems:edge:commands", json.dumps(order))
        until(lambda: link.get("ems:edge:ack:7") is not None, 10, "an answer")
        answer = json.loads(link.get("ems:edge:ack:7") or b"{}")
    finally:
        edge.stop()
        link.delete("ems:edge:state", "ems:edge:ack:7")
    assert answer == {"accepted": True, "reason": ""}
