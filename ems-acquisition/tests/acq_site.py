"""A site with a Modbus meter and an MQTT device, and the daemon as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from ems_common.db import Databases, DatabaseSettings
from ems_common.db.sql import compose
from ems_common.settings import load
from ems_database.migrate import migrate
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTER, POWER, REMOTE = 101, 102, 103


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], limit_s: float = 20.0, pause_s: float = 0.05) -> Any:
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        found = what()
        if found:
            return found
        time.sleep(pause_s)
    raise AssertionError(f"did not come true within {limit_s} s")


class Loop:
    """An event loop in a thread, for the servers of a test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)


class Meter:
    """Modbus unit 1: a 32-bit register at 0 (0.1 kWh), a power at 2 (W); registers 4 to 7 can be written.

    `writes` are those it has taken; register 7 takes no value above 100, and while `is_mute` it answers no write.
    """

    def __init__(self, loop: Loop) -> None:
        self.port = free_port()
        self.register, self.power_w = 10_000, 500
        self.writes: list[tuple[int, list[int]]] = []
        self.is_mute = False

        async def answer(function, start, address, count, registers, values):
            words = [self.register >> 16, self.register & 0xFFFF, self.power_w & 0xFFFF, 0]
            registers[0:4] = words
            if values is not None:
                if self.is_mute:
                    await asyncio.sleep(2)
                if address == 7 and values[0] > 100:
                    return ExcCodes.ILLEGAL_VALUE
                self.writes.append((address, list(values)))
            return None

        async def serve() -> ModbusTcpServer:
            data = [SimData(0, values=[0] * 8, datatype=DataType.REGISTERS)]
            server = ModbusTcpServer([SimDevice(1, data, action=answer)], address=("127.0.0.1", self.port))
            await server.serve_forever(background=True)
            return server

        self._server = loop.run(serve())


class Wire:
    """A TCP link to the database that can be cut."""

    def __init__(self, loop: Loop, target_port: int) -> None:
        self.port = free_port()
        self._loop, self._target_port, self._cut = loop, target_port, False
        self._writers: list[asyncio.StreamWriter] = []
        loop.run(asyncio.start_server(self._accept, "127.0.0.1", self.port))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.close()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers += [writer, up_writer]
        await asyncio.gather(self._pump(reader, up_writer), self._pump(up_reader, writer))

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except OSError:
            pass
        writer.close()

    def cut(self) -> None:
        async def cut() -> None:
            self._cut = True
            for writer in self._writers:
                writer.close()
            self._writers.clear()

        self._loop.run(cut())

    def mend(self) -> None:
        self._cut = False


class Site:
    """Database rows, devices and the daemon."""

    def __init__(self, environ: dict[str, str], mqtt_port: int, folder: Path) -> None:
        self.loop = Loop()
        self.dbs = Databases(load(DatabaseSettings, environ))
        self.meter = Meter(self.loop)
        self.wire = Wire(self.loop, int(environ["EMS_DB_PORT"]))
        self.topic = f"test/{uuid.uuid4().hex}"
        self.client_id = uuid.uuid4().hex
        self._environ = {
            **os.environ,
            **environ,
            "EMS_DB_PORT": str(self.wire.port),
            "EMS_VAR_DIR": str(folder),
            "EMS_ACQUISITION_RELOAD_S": "1",
            "EMS_METRICS_PORT": str(free_port()),
            "EMS_GATEWAY_ID": "1",
        }
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self._empty()
        self._configure(mqtt_port)
        self.publisher = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.publisher.connect("127.0.0.1", mqtt_port)
        self.publisher.loop_start()

    def _empty(self) -> None:
        with self.dbs.session("historical_db") as session:
            for kind in ("energy", "analog", "digital"):
                for table in (f"tbl_{kind}_value", f"tbl_{kind}_value_latest"):
                    session.execute(compose("DELETE FROM {table}", table=table))
            session.execute("DELETE FROM tbl_change_journal")

    def _configure(self, mqtt_port: int) -> None:
        modbus = {"host": "127.0.0.1", "port": self.meter.port, "poll_interval_s": 0.5, "timeout_s": 1}
        broker = {"host": "127.0.0.1", "port": mqtt_port, "client_id": self.client_id}
        with self.dbs.session("system_db") as session:
            session.execute("DELETE FROM tbl_data_sources")
            session.execute("DELETE FROM tbl_points")
            session.execute("DELETE FROM tbl_points_set_values")
            session.execute("DELETE FROM tbl_controlled_targets")
            session.execute("DELETE FROM tbl_leases")
            session.upsert("tbl_gateways", ("id", "name", "uuid", "token"), [(1, "g", "u", "right-token")])
            session.executemany(
                "INSERT INTO tbl_data_sources (id, name, uuid, gateway_id, protocol, connection)"
                " VALUES (%s, %s, UUID(), 1, %s, %s)",
                [(1, "meter", "modbus-tcp", json.dumps(modbus)), (2, "remote", "mqtt", json.dumps(broker))],
            )
        self.add_point(REGISTER, 1, "ENERGY_VALUE", modbus_address(0, ">I"), ratio=0.1)
        self.add_point(POWER, 1, "ANALOG_VALUE", modbus_address(2, ">H"), is_trend=0)
        address = {"topic": self.topic, "path": "kwh", "time_path": "ts"}
        self.add_point(REMOTE, 2, "ENERGY_VALUE", json.dumps(address))

    def add_point(
        self, key: int, source: int, kind: str, address: str, *, ratio: float = 1.0, is_trend: int = 1
    ) -> None:
        with self.dbs.session("system_db") as session:
            session.execute(
                "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit,"
                " ratio, is_trend, address) VALUES (%s, %s, %s, %s, 'kWh', 1e9, 0, %s, %s, %s)",
                (key, f"p{key}", source, kind, ratio, is_trend, address),
            )

    def start(self, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from ems_acquisition.main import main; raise SystemExit(main())"],
            env={**self._environ, **environ},
            stderr=self.log.open("ab"),
        )

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(10)
        self.process = None
        return code

    def get(self, path: str) -> str:
        port = self._environ["EMS_METRICS_PORT"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def publish(self, *numbers: int) -> None:
        """One message for each number n: register n, measured n seconds into 2026."""
        base = 1_767_225_600
        sent = [
            self.publisher.publish(self.topic, json.dumps({"ts": base + n, "kwh": n}), qos=1) for n in numbers
        ]
        for info in sent:
            info.wait_for_publish(10)

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.dbs.session("historical_db") as session:
            return session.rows(sql, params)

    def remote_values(self) -> list[int]:
        rows = self.rows(
            "SELECT actual_value + 0E0 FROM tbl_energy_value WHERE point_id = %s ORDER BY utc_date_time",
            REMOTE,
        )
        return [int(value) for (value,) in rows]

    def latest(self, point_id: int, kind: str = "energy") -> float | None:
        rows = self.rows(
            f"SELECT actual_value + 0E0 FROM tbl_{kind}_value_latest WHERE point_id = %s", point_id
        )
        return float(rows[0][0]) if rows else None

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        if self.log.exists():
            print(self.log.read_text())  # shown by pytest when the test failed
        self.publisher.disconnect()
        self.publisher.loop_stop()
        self.dbs.close()
        self.loop.close()


def modbus_address(offset: int, format: str) -> str:
    return json.dumps(
        {
            "slave_id": 1,
            "function_code": 3,
            "offset": offset,
            "number_of_registers": 2 if format == ">I" else 1,
            "format": format,
            "byte_swap": False,
        }
    )


@pytest.fixture(scope="module")
def migrated(fresh_database_module) -> dict[str, str]:
    databases = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(databases, lambda _: None)
    databases.close()
    return dict(fresh_database_module.environ)


@pytest.fixture
def site(migrated, mosquitto, tmp_path: Path) -> Iterator[Site]:
    running = Site(migrated, mosquitto.port, tmp_path)
    yield running
    running.close()
