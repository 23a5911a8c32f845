"""Modbus TCP devices for the control benchmark: a process of its own, raw asyncio, so that it is never what limits.

Device 0 is the grid meter, device 1 the battery, all others are meters. Forty registers each. Commands come as JSON
lines on standard input (`{"load_w": 250000}`), answers go to standard output.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time

REGISTERS = 60
SET_POINT = 40


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
        wanted = plant.set_point_w if now - plant.fed_s < 1.0 else 0.0
        plant.battery_w += (wanted - plant.battery_w) * min(1.0, (now - last) / 0.03)
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
            plant.load_w = command["load_w"]
            plant.step_s, plant.told_s = time.monotonic(), None
        grid = plant.load_w - plant.battery_w
        print(
            json.dumps({"grid_w": grid, "heard": plant.heard, "reads": plant.reads, "writes": plant.writes}),
            flush=True,
        )
    physics.cancel()


if __name__ == "__main__":
    asyncio.run(main([int(port) for port in sys.argv[1:]]))
