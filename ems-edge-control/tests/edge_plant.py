"""A tiny plant over real Modbus TCP: a grid meter and a battery, with physics in real time."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Any

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTERS = 60
TICK_S = 0.01
SET_POINT, WATCHDOG_MS = 40, 42
WATCHDOG_S = 0.7


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Plant:
    """Grid = load − battery. The battery follows its set-point at 6 MW/s and stops when nobody feeds its watchdog."""

    def __init__(self, *, response_s: float = 0.05, devices: int = 2) -> None:
        self.load_w = 100_000.0
        self.battery_w = 0.0
        self.soc = 50.0
        self.set_point_w = 0.0
        self.fed_s = 0.0
        self.feeds = 0
        self.response_s = response_s
        self.frozen = False
        self.garbage = False
        self.delays_s: dict[int, float] = {}
        self.slowest_tick_s = 0.0
        self.grid_port, self.battery_port = free_port(), free_port()
        self.ports = [self.grid_port, self.battery_port, *(free_port() for _ in range(devices - 2))]
        self.writes: list[tuple[float, float]] = []
        self._registers: dict[int, Any] = {}
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._servers: dict[int, ModbusTcpServer] = {}
        self._stop = False

    @property
    def grid_w(self) -> float:
        return self.load_w - self.battery_w

    def __enter__(self) -> Plant:
        self._thread.start()
        for port in self.ports:
            self.call(self._serve(port))
        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._physics()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, ex: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._stop = True
        for port in list(self._servers):
            self.drop(port)
        time.sleep(3 * TICK_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)

    def call(self, job: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(5)

    def drop(self, port: int) -> None:
        """Make a device vanish."""
        server = self._servers.pop(port, None)
        if server is not None:
            self.call(server.shutdown())

    def babble(self, port: int) -> None:
        """Replace a device by something that talks, but not its language."""
        self.drop(port)
        self.call(self._babble(port))

    def hush(self, port: int) -> None:
        """End the babble and bring the device back."""
        self._loop.call_soon_threadsafe(self._babbler.close)
        self.restore(port)

    async def _babble(self, port: int) -> None:
        chance = random.Random(1)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while await reader.read(260):
                    writer.write(chance.randbytes(chance.randint(1, 40)))
                    await writer.drain()

        self._babbler = await asyncio.start_server(talk, "127.0.0.1", port, reuse_address=True)

    def restore(self, port: int) -> None:
        """Bring it back."""
        self.call(self._serve(port))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _serve(self, port: int) -> None:
        async def action(
            function: int, start: int, address: int, count: int, values: list[int], given: Any
        ) -> None:
            if (delay_s := self.delays_s.get(port, 0.0)) > 0:
                await asyncio.sleep(delay_s)
            if port == self.battery_port and given and address <= SET_POINT < address + len(given):
                words = given[SET_POINT - address : SET_POINT - address + 2]
                self.set_point_w = float(struct.unpack(">i", struct.pack(">HH", *words))[0])
                self.fed_s = time.monotonic()
                self.feeds += 1
                self.writes.append((self.fed_s, self.set_point_w))
            if given:
                return
            block = self._block(port)
            values[0:REGISTERS] = block[: len(values)]

        device = SimDevice(
            1, simdata=[SimData(0, values=[0] * REGISTERS, datatype=DataType.REGISTERS)], action=action
        )
        server = ModbusTcpServer([device], address=("127.0.0.1", port), ignore_missing_devices=True)
        await server.serve_forever(background=True)
        self._servers[port] = server

    def _block(self, port: int) -> list[int]:
        if self.garbage:
            return [0xFFFF] * REGISTERS
        words = [0] * REGISTERS
        if port == self.battery_port:
            words[0] = round(self.soc * 100)
            words[4:6] = _words(">i", round(self.battery_w))
            words[8:10] = _words(">I", 200_000)
            words[10:12] = _words(">I", 200_000)
            words[14:16] = _words(">I", 200_000)
            words[16:18] = _words(">I", 400_000)
            words[40:42] = _words(">i", round(self.set_point_w))
        else:
            words[0:2] = _words(">f", self.grid_w)
            words[36:38] = _words(">I", self._count)
        return words

    async def _physics(self) -> None:
        last = time.monotonic()
        while not self._stop:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            dt, last = now - last, now
            self.slowest_tick_s = max(self.slowest_tick_s, dt - TICK_S)
            wanted = self.set_point_w if now - self.fed_s <= WATCHDOG_S else 0.0
            wanted = min(max(wanted, -200_000), 200_000)
            step = 1 - pow(2.718281828, -dt / self.response_s)
            self.battery_w += (wanted - self.battery_w) * step
            if abs(self.battery_w) < 1:
                self.battery_w = 0.0
            self.soc -= self.battery_w * dt / 3600 / 400_000 * 100
            if not self.frozen:
                self._count += 1


def _words(form: str, value: float) -> list[int]:
    return list(struct.unpack(">HH", struct.pack(form, value)))


def site_file(plant: Plant, *, cycle_s: float = 0.1, limit_w: float = 120_000, extra: str = "") -> str:
    """A site file for the plant: protection and peak shaving."""
    return f"""
cycle_s: {cycle_s}
time_zone: Europe/London
site_state: {{recover_after_s: 0.5, ramp_down_s: 0.5}}
components:
  - id: grid0
    nature: meter
    required: true
    properties: {{type: GRID}}
    device:
      protocol: modbus-tcp
      connection: {{host: 127.0.0.1, port: {plant.grid_port}, timeout_s: 0.3}}
      max_age_s: 0.5
      read:
        ActivePower: {{offset: 0, format: ">f", range: [-5000000, 5000000]}}
      alive: {{offset: 36, format: ">I", max_still_s: 0.4}}
  - id: ess0
    nature: managed-symmetric-ess
    required: true
    properties: {{gridMode: 1}}
    device:
      protocol: modbus-tcp
      connection: {{host: 127.0.0.1, port: {plant.battery_port}, timeout_s: 0.3}}
      max_age_s: 0.5
      read:
        Soc: {{offset: 0, format: ">H", scale: 0.01, range: [0, 100]}}
        ActivePower: {{offset: 4, format: ">i", range: [-1000000, 1000000]}}
        AllowedChargePower: {{offset: 8, format: ">I", scale: -1, range: [-1000000, 0]}}
        AllowedDischargePower: {{offset: 10, format: ">I", range: [0, 1000000]}}
        MaxApparentPower: {{offset: 14, format: ">I", range: [0, 1000000]}}
        Capacity: {{offset: 16, format: ">I"}}
      write:
        SetActivePower: {{offset: 40, format: ">i", safe: 0, every_s: 0.3}}
      setup:
        - {{offset: 42, format: ">H", scale: 0.001, value: {WATCHDOG_S}}}
controllers:
  - {{id: protect0, type: protection, priority: 0, properties: {{ess_id: ess0, minSoc: 10, maxSoc: 95}}}}
  - id: shave0
    type: peak-shaving
    priority: 20
    properties: {{ess_id: ess0, meter_id: grid0, peakShavingPower: {limit_w}, rechargePower: {0.6 * limit_w}, margin: {0.01 * limit_w}}}
{extra}"""
