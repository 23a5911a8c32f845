"""A plant in a thread of its own, for tests that speak to it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from ems_common.settings import load
from ems_simulator.live import LivePlant
from ems_simulator.settings import SimulatorSettings
from pymodbus.client import ModbusTcpClient

SITE = Path(__file__).parents[3] / "database" / "demo"
OFFSETS = 30


def free_span():
    """First of `OFFSETS` consecutive ports that nobody uses.

    Processes of one test run, which have neighbouring ids, start their search in spans of their own.
    """
    for first in range(20000 + os.getpid() * OFFSETS % 30000, 60000, OFFSETS):
        try:
            for port in range(first, first + OFFSETS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


def wait_for(condition, limit_s=90.0):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def environ_of(tmp_path, mosquitto, first_port):
    return mosquitto.environ | {
        "EMS_SITE_DIR": str(SITE),
        "EMS_VAR_DIR": str(tmp_path),
        "EMS_SIMULATOR_MODBUS_PORT": str(first_port),
        "EMS_SIMULATOR_ADMIN_PORT": "0",
        "EMS_METRICS_PORT": "0",
    }


class Running:
    """A plant in a thread of its own."""

    def __init__(self, environ):
        self.settings = load(SimulatorSettings, environ)
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()
        self.live = LivePlant(self.settings)
        for publisher in self.live.mqtt.publishers:
            if publisher.payload.batch:
                # A minute between messages is too long for a test.
                publisher.interval_s, publisher.sample_s = 6.0, 1.0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        wait_for(lambda: self.live.admin is not None and all(p.is_open for p in self.live.ports.values()))
        wait_for(lambda: self.live.mqtt.is_connected)

    def _run(self):
        self.loop.run_until_complete(self.live.run(self.stop))

    def close(self):
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10.0)
        assert not self.thread.is_alive()

    def modbus(self, offset):
        client = ModbusTcpClient("127.0.0.1", port=self.settings.modbus_port + offset, timeout=2, retries=0)
        assert client.connect()
        return client

    def http(self, path, body=None):
        url = f"http://127.0.0.1:{self.live.admin.port}{path}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(url, data, timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as ex:
            return ex.code, json.loads(ex.read())

    def control(self, device, **changes):
        status, answer = self.http("/control", {"device": device, "set": changes})
        assert status == 200, answer
        return answer
