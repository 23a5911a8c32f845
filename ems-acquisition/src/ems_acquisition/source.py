"""The task of one data source: polls it or listens to it, for ever.

It ends only when it is cancelled. A device that does not answer, or a configuration that turns out
unusable, is this task's own affair; the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.drivers import registry
from ems_common.drivers.base import Reading
from ems_common.errors import BadInput, Unavailable
from ems_common.retry import pauses_s

from ems_acquisition import metrics
from ems_acquisition.intake import Intake
from ems_acquisition.site import Source, timing
from ems_acquisition.writer import Writer

_log = log.get(__name__)
_LONGEST_PAUSE_S = 30.0


class SourceTask:
    """Reads one data source.

    Args:
        source: What to read.
        intake: Turns its readings into rows.
        writer: Takes the rows.
        client_prefix: Begin of the session name for brokers, when the connection gives none.
    """

    def __init__(self, source: Source, intake: Intake, writer: Writer, client_prefix: str) -> None:
        self.source = source
        self.last_good_utc: datetime | None = None
        self.last_error = ""
        self.polls = 0
        self.errors = 0
        self._intake, self._writer = intake, writer
        self._label = metrics.source_label(source.id, source.name)
        protocol = registry.find(source.protocol)
        if protocol is None:
            raise BadInput("no driver speaks this protocol", source.name, source.protocol)
        connection = protocol.parse_connection(source.connection)
        if getattr(connection, "client_id", None) == "":
            connection = msgspec.structs.replace(connection, client_id=f"{client_prefix}-{source.id}")
        self._protocol = protocol
        self._driver: Any = protocol.make(connection)  # its capabilities are found at run time
        self._addresses = [protocol.parse_address(point.address) for point in source.points]

    def state(self) -> dict[str, Any]:
        """What an operator wants to know of it."""
        return {
            "id": self.source.id,
            "name": self.source.name,
            "protocol": self.source.protocol,
            "points": len(self.source.points),
            "last_good_utc": self.last_good_utc.isoformat() if self.last_good_utc else None,
            "polls": self.polls,
            "errors": self.errors,
            "last_error": self.last_error,
            "bad_points": dict(self._intake.bad_points),
        }

    @property
    def is_connected(self) -> bool:
        """Whether its device or broker is connected now."""
        return bool(self._driver.is_open)

    async def write(self, address: Any, raw: float) -> None:
        """Set one point over this source's connection.

        Args:
            address: Typed address of the point.
            raw: The value as the device takes it, before ratio and offset.

        Raises:
            Unavailable: The device does not answer.
            BadInput: The device or the address refuses the value.
        """
        await self._driver.write(address, raw)

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            if "reads" in self._protocol.capabilities:
                await self._poll()
            elif "subscribes" in self._protocol.capabilities:
                await self._listen()
        finally:
            metrics.SOURCE_UP.labels(self._label).set(0)
            await self._driver.close()

    async def _open(self) -> None:
        """Connect, however long it takes; said once when it does not work at first."""
        pause_s = pauses_s(0.5, _LONGEST_PAUSE_S)
        attempt = 0
        while True:
            try:
                await self._driver.open()
            except Unavailable as ex:
                attempt += 1
                if attempt == 1:
                    _log.warning("source_unreachable", source=self.source.name, error=str(ex))
                self._failed(str(ex))
                await asyncio.sleep(pause_s(attempt))
            else:
                if attempt:
                    _log.info("source_reached", source=self.source.name, attempts=attempt + 1)
                return

    async def _poll(self) -> None:
        interval_s = timing(self.source).poll_s
        plan = self._driver.plan(self._addresses)
        await self._open()
        while True:
            began_s = monotonic_s()
            try:
                readings = await self._driver.read(plan)
            except Unavailable as ex:
                self._failed(str(ex))
            else:
                metrics.POLL_SECONDS.labels(self._label).observe(monotonic_s() - began_s)
                self._take(readings)
            await asyncio.sleep(until_next_s(utc_now().timestamp(), interval_s))
            while not self._writer.has_room:
                await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        await self._driver.subscribe(self._addresses, self._on_message)
        await self._open()
        while True:
            up = bool(self._driver.is_open)
            metrics.SOURCE_UP.labels(self._label).set(up)
            await asyncio.sleep(1.0)

    def _on_message(self, readings: list[Reading], acknowledge: Callable[[], None]) -> None:
        """Called in the connection's thread; blocks while too much waits for the writer."""
        self._take(readings, acknowledge, block=True)

    def _take(
        self, readings: list[Reading], acknowledge: Callable[[], None] | None = None, *, block: bool = False
    ) -> None:
        self.polls += 1
        rows = self._intake.rows(readings)
        if rows or acknowledge is not None:
            self._writer.put(rows, acknowledge, block=block)
        if rows:
            self.last_good_utc = utc_now()
            self.last_error = ""
            metrics.SOURCE_UP.labels(self._label).set(1)

    def _failed(self, why: str) -> None:
        self.errors += 1
        self.last_error = why
        metrics.ERRORS.labels(self._label).inc()
        metrics.SOURCE_UP.labels(self._label).set(0)


def until_next_s(now_s: float, interval_s: float) -> float:
    """Pause until the next whole multiple of the interval, so that registers are read on the hour.

    >>> until_next_s(1000.25, 10.0)
    9.75
    """
    return interval_s - now_s % interval_s
