"""The whole daemon in a process of its own against real Modbus sockets: reaction, fail-safe, restart."""

from __future__ import annotations

import configparser
import json
import signal
import socket
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
    assert edge.process.wait(60) == 2
    edge.logger.wait(10)
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


def _is_silent_within(channel: socket.socket, messages: int) -> bool:
    """Whether half a second passes without a message, after at most some that were on their way."""
    channel.settimeout(0.5)
    for _ in range(messages):
        try:
            channel.recv(100)
        except TimeoutError:
            return True
    return False


def test_the_service_manager_is_fed_only_while_the_loop_lives(plant: Plant, tmp_path: Path) -> None:
    """READY=1 at the start, WATCHDOG=1 all the time, nothing while the process stands still, STOPPING=1 at the end."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(path)
        channel.settimeout(40)
        edge = Edge(plant, tmp_path, environ={"NOTIFY_SOCKET": path})
        try:
            assert channel.recv(100) == b"READY=1"
            assert [channel.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
            edge.process.send_signal(signal.SIGSTOP)
            assert _is_silent_within(channel, 20)
            channel.settimeout(20)
            edge.process.send_signal(signal.SIGCONT)
            assert channel.recv(100) == b"WATCHDOG=1"
        finally:
            edge.stop()
        channel.settimeout(5)
        said = b""
        while said != b"STOPPING=1":
            said = channel.recv(100)


def test_the_unit_file_watches_slower_than_it_is_fed() -> None:
    """It is fed every 0.25 s, the loop may be silent for a second: three seconds are neither nervous nor late."""
    unit = Path(__file__).parents[1] / "deploy" / "ems-edge-control.service"
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit.read_text())
    service = parser["Service"]
    assert service["Type"] == "notify"
    assert 1 < float(service["WatchdogSec"]) <= 5
    assert service["Restart"] == "always"
    assert service["ExecStart"].split()[-1] == "run"
    assert float(service["TimeoutStopSec"]) > 5, "the ramp to zero needs its time"
