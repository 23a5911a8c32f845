"""A real Modbus TCP server in a thread of its own, that can be stopped and started again."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def float_words(value: float) -> list[int]:
    return list(struct.unpack(">2H", struct.pack(">f", value)))


def bits(*set_ones: int) -> list[bool]:
    return [number in set_ones for number in range(32)]


class Plant:
    """Unit 1: holding registers 0–199 (120 is illegal), inputs 0–19, coils and discrete inputs 0–31."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[tuple[int, int, int]] = []
        self.delay_s = 0.0
        self.silent = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: ModbusTcpServer | None = None
        holding = list(range(200))
        holding[10:12] = float_words(21.5)
        holding[20:22] = float_words(float("nan"))
        self._holding = holding

    async def _action(self, function, start, address, count, registers, values):
        self.requests.append((function, address, count))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if function in (3, 4) and self.silent:
            await asyncio.sleep(3600)
        if function == 3 and address <= 120 < address + count:
            return ExcCodes.ILLEGAL_ADDRESS
        return None

    async def _serve(self) -> ModbusTcpServer:
        device = SimDevice(
            1,
            simdata=(
                [SimData(0, values=bits(0, 2), datatype=DataType.BITS)],
                [SimData(0, values=bits(1), datatype=DataType.BITS)],
                [SimData(0, values=list(self._holding), datatype=DataType.REGISTERS)],
                [SimData(0, values=list(range(100, 120)), datatype=DataType.REGISTERS)],
            ),
            action=self._action,
        )
        server = ModbusTcpServer([device], address=("127.0.0.1", self.port), ignore_missing_devices=True)
        await server.serve_forever(background=True)
        return server

    def start(self) -> None:
        future: Future[ModbusTcpServer] = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        self._server = future.result(10)

    def stop(self) -> None:
        if self._server is not None:
            asyncio.run_coroutine_threadsafe(self._server.shutdown(), self._loop).result(10)
            self._server = None

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@pytest.fixture
def plant() -> Iterator[Plant]:
    running = Plant(free_port())
    running.start()
    yield running
    running.close()
