"""Modbus TCP devices for the control benchmark: a process of its own, raw asyncio, so that it is never what limits.

Device 0 is the grid meter, device 1 the battery, all others are meters. Forty registers each. Commands come as JSON
lines on standard input (`{"load_w": 250000, "limit_w": 120000}`), answers go to standard output. Devices are no
programs on a busy computer, so this process runs ahead of ordinary ones where the system allows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
import time

REGISTERS = 60
SET_POINT = 40
# Above the ranks of edge control; see `ems_edge_control.realtime`.
RANK = 15


class Plant:
    """Grid = load − battery; remembers when a new load was first told and when the battery heard of it."""

    def __init__(self) -> None:
        self.load_w = 90_000.0
        self.battery_w = self.set_point_w = 0.0
        self.fed_s = 0.0
        self.step_s: float | None = None
        self.told_s: float | None = None
        self.heard: list[dict[str, float]] = []
        self.reads = self.writes = 0
        self.limit_w: float | None = None
        self.over_s = 0.0
        self.under_ms: list[float] = []

    def step(self, load_w: float, limit_w: float | None) -> None:
        """A new load; with a limit, the time until the grid is back under it counts from now."""
        self.load_w, self.limit_w = load_w, limit_w
        self.step_s, self.told_s = time.monotonic(), None
        self.over_s = self.step_s

    def move(self, passed_s: float) -> None:
        """The battery follows its set-point with a time constant of 30 ms, without one for a second it stops."""
        now = time.monotonic()
        wanted = self.set_point_w if now - self.fed_s < 1.0 else 0.0
        self.battery_w += (wanted - self.battery_w) * min(1.0, passed_s / 0.03)
        if self.limit_w is not None and self.load_w - self.battery_w <= self.limit_w:
            self.under_ms.append((now - self.over_s) * 1e3)
            self.limit_w = None

    def block(self, device: int) -> bytes:
        """All registers of a device."""
        words = bytearray(2 * REGISTERS)
        if device == 0:
            struct.pack_into(">f", words, 0, self.load_w - self.battery_w)
            struct.pack_into(">I", words, 72, int(time.monotonic() * 100) & 0xFFFFFFFF)
            if self.step_s is not None and self.told_s is None:
                self.told_s = time.monotonic()
        elif device == 1:
            struct.pack_into(">H", words, 0, 5000)
            struct.pack_into(">i", words, 8, round(self.battery_w))
            struct.pack_into(">I", words, 16, 400_000)
            struct.pack_into(">I", words, 20, 400_000)
            struct.pack_into(">I", words, 28, 400_000)
        return bytes(words)

    def set(self, watts: float) -> None:
        """A set-point arrived."""
        now = time.monotonic()
        if self.step_s is not None and self.told_s is not None and abs(watts - self.set_point_w) > 20_000:
            self.heard.append(
                {"from_step_ms": (now - self.step_s) * 1e3, "from_told_ms": (now - self.told_s) * 1e3}
            )
            self.step_s = self.told_s = None
        self.set_point_w, self.fed_s = watts, now


class Device(asyncio.Protocol):
    """One connection: function codes 3 and 16."""

    def __init__(self, plant: Plant, number: int) -> None:
        self.plant, self.number = plant, number
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while len(self.pending) >= 8:
            length = struct.unpack(">H", self.pending[4:6])[0]
            if len(self.pending) < 6 + length:
                return
            frame, self.pending = self.pending[: 6 + length], self.pending[6 + length :]
            self._answer(frame)

    def _answer(self, frame: bytes) -> None:
        head, unit, function = frame[:4], frame[6], frame[7]
        start, count = struct.unpack(">HH", frame[8:12])
        if function == 3:
            self.plant.reads += 1
            body = self.plant.block(self.number)[2 * start : 2 * (start + count)]
            pdu = bytes([unit, 3, len(body)]) + body
        else:
            self.plant.writes += 1
            if self.number == 1 and start == SET_POINT:
                self.plant.set(float(struct.unpack(">i", frame[13:17])[0]))
            pdu = bytes([unit, function]) + struct.pack(">HH", start, count)
        self.transport.write(head + struct.pack(">H", len(pdu)) + pdu)  # type: ignore[attr-defined]


async def _physics(plant: Plant) -> None:
    last = time.monotonic()
    while True:
        await asyncio.sleep(0.005)
        now = time.monotonic()
        plant.move(now - last)
        last = now


async def main(ports: list[int]) -> None:
    """Serve until standard input ends."""
    plant, loop = Plant(), asyncio.get_running_loop()
    for number, port in enumerate(ports):
        await loop.create_server(lambda n=number: Device(plant, n), "127.0.0.1", port)
    physics = asyncio.create_task(_physics(plant))
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"ready": True}), flush=True)
    while line := await reader.readline():
        command = json.loads(line)
        if "load_w" in command:
            plant.step(command["load_w"], command.get("limit_w"))
        state = {
            "heard": plant.heard,
            "under_ms": plant.under_ms,
            "reads": plant.reads,
            "writes": plant.writes,
        }
        print(json.dumps(state), flush=True)
    physics.cancel()


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(RANK))
    asyncio.run(main([int(port) for port in sys.argv[1:]]))
