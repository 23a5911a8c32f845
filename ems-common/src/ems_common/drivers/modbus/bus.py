"""One connection to one host and port: who owns it, when it is open, who may speak next.

However many data sources lie behind a gateway, they share one TCP connection (many gateways accept no
second). Requests are sent one at a time; a waiting write goes before the next block of a read. The connection
is a state machine::

    CLOSED ──open──▶ OPEN ──fault──▶ WAITING ──pause over──▶ OPEN (or WAITING again, twice as long)

The loss is logged once, and the return once, with how long it lasted.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.errors import Unavailable
from ems_common.retry import pauses_s

T = TypeVar("T")
_log = log.get(__name__)
# The library logs each lost answer as an error; a change of state is logged here, once.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class State(enum.Enum):
    """Where the connection is in its life."""

    CLOSED = "closed"
    OPEN = "open"
    WAITING = "waiting"


@dataclass(slots=True)
class Health:
    """What is known of a connection, for people and metrics.

    Attributes:
        last_good_utc: When something was answered last.
        requests: Requests sent.
        refused: Answered by a Modbus exception.
        unanswered: Not answered in time.
        losses: How often the connection was lost.
        latency_s: Moving mean of the time to an answer [s].
    """

    last_good_utc: datetime | None = None
    requests: int = 0
    refused: int = 0
    unanswered: int = 0
    losses: int = 0
    latency_s: float = 0.0


class NoAnswer(Exception):
    """A request was not answered in time; the connection itself may be well."""


class Bus:
    """A shared connection.

    Args:
        host: Name or address.
        port: TCP port.
        timeout_s: Longest wait for an answer [s].
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self.name = f"{host}:{port}"
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._client: AsyncModbusTcpClient | None = None
        self._state = State.CLOSED
        self._lock = asyncio.Lock()
        self._no_writes_wait = asyncio.Event()
        self._no_writes_wait.set()
        self._writes_waiting = 0
        self._users = 0
        self._attempts = 0
        self._retry_at_s = 0.0
        self._lost_at_s: float | None = None
        self._pause_s = pauses_s(0.5, 30.0)
        self.health = Health()

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._state

    async def open(self) -> None:
        """Count one more user, and connect when nobody has yet.

        Raises:
            Unavailable: Nobody answers there; the user is counted all the same and may go on trying.
        """
        self._users += 1
        async with self._lock:
            await self._ensure_open(at_once=True)

    async def close(self) -> None:
        """Count one user less; the last one closes the connection."""
        self._users = max(0, self._users - 1)
        if self._users == 0:
            self._drop(State.CLOSED)

    async def read(self, request: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]) -> ModbusPDU:
        """Send one read; waits while writes are waiting.

        Raises:
            Unavailable: There is no connection, or it broke.
            NoAnswer: Not answered in time.
        """
        await self._no_writes_wait.wait()
        async with self._lock:
            return await self._send(request)

    async def write(self, request: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]) -> ModbusPDU:
        """Send one write before any further read; a broken connection is reopened once.

        Raises:
            Unavailable: There is no connection, or it broke twice.
            NoAnswer: Not answered in time; the device may or may not have obeyed.
        """
        self._writes_waiting += 1
        self._no_writes_wait.clear()
        try:
            async with self._lock:
                try:
                    return await self._send(request)
                except Unavailable:
                    # A peer that closed an idle connection shows it at the next send only.
                    await self._ensure_open(at_once=True)
                    return await self._send(request)
        finally:
            self._writes_waiting -= 1
            if self._writes_waiting == 0:
                self._no_writes_wait.set()

    def lose(self, reason: str) -> None:
        """Give the connection up, because its device answers nothing at all."""
        if self._state is State.OPEN:
            self._fail(reason)

    async def _send(self, request: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]) -> ModbusPDU:
        await self._ensure_open(at_once=False)
        client = self._client
        if client is None:
            raise Unavailable(f"modbus {self.name}: not connected")
        began_s = monotonic_s()
        self.health.requests += 1
        try:
            answer = await request(client)
        except (ModbusException, OSError) as ex:
            if client.connected:
                self.health.unanswered += 1
                raise NoAnswer(str(ex)) from ex
            self._fail("the device closed the connection")
            raise Unavailable(f"modbus {self.name}: connection lost: {ex}") from ex
        took_s = monotonic_s() - began_s
        self.health.latency_s += 0.1 * (took_s - self.health.latency_s)
        self.health.last_good_utc = utc_now()
        if answer.isError():
            self.health.refused += 1
        return answer

    async def _ensure_open(self, *, at_once: bool) -> None:
        if self._state is State.OPEN and self._client is not None and self._client.connected:
            return
        if self._state is State.OPEN:
            self._fail("the device closed the connection")
        wait_s = self._retry_at_s - monotonic_s()
        if wait_s > 0 and not at_once:
            raise Unavailable(f"modbus {self.name}: not connected, next attempt in {wait_s:.1f} s")
        client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=self._timeout_s, retries=0, reconnect_delay=0
        )
        connected = False
        with contextlib.suppress(OSError, ModbusException):
            connected = await client.connect()
        if not connected:
            client.close()
            self._fail("nobody answers")
            raise Unavailable(f"modbus {self.name}: nobody answers")
        self._client = client
        self._state = State.OPEN
        self._attempts = 0
        if self._lost_at_s is not None:
            _log.info("modbus_back", bus=self.name, away_s=round(monotonic_s() - self._lost_at_s, 1))
        self._lost_at_s = None

    def _fail(self, reason: str) -> None:
        if self._lost_at_s is None:
            self._lost_at_s = monotonic_s()
            self.health.losses += 1
            _log.warning("modbus_lost", bus=self.name, reason=reason)
        self._attempts += 1
        self._retry_at_s = monotonic_s() + self._pause_s(self._attempts)
        self._drop(State.WAITING)

    def _drop(self, state: State) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None
        self._state = state


_buses: weakref.WeakValueDictionary[tuple[int, str, int], Bus] = weakref.WeakValueDictionary()


def shared_bus(host: str, port: int, timeout_s: float) -> Bus:
    """The one connection of this event loop to a host and port; the longest timeout asked for counts."""
    key = (id(asyncio.get_running_loop()), host, port)
    bus = _buses.get(key)
    if bus is None:
        bus = _buses[key] = Bus(host, port, timeout_s)
    bus._timeout_s = max(bus._timeout_s, timeout_s)
    return bus
