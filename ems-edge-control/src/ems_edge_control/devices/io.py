"""The I/O thread: all devices in one event loop, and a watch on the control loop.

When the control loop stops publishing set-points, the devices are put into their safe state from here; when a
controller does not return, it is interrupted. When this whole process stops, the devices' own watchdogs act.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ems_common import log

from ems_edge_control.devices.device import Device

_log = log.get(__name__)
WATCH_EVERY_S = 0.02


class IoThread:
    """Runs the devices.

    Args:
        devices: All devices of the site.
        clock: The engine's monotonic clock.
        silent_s: Time without set-points from the loop after which devices go to their safe state.
        watch: Called every 20 ms; interrupts a controller that does not return.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        clock: Callable[[], float],
        *,
        silent_s: float = 0.5,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self.devices = {device.id: device for device in devices}
        self.clock = clock
        self.silent_s = silent_s
        self.watch = watch
        self.last_wish_s: float | None = None
        self.is_silent = False
        self._wishes: deque[tuple[Mapping[str, Mapping[str, float | None]], float]] = deque(maxlen=4)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="edge-io", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        """Start reading."""
        self._thread.start()
        self._ready.wait(5.0)

    def wish(self, values: Mapping[str, Mapping[str, float | None]], time_s: float) -> None:
        """Hand over the set-points of a cycle, by device and channel.

        Called by the control loop, never blocks.
        """
        self._wishes.append((values, time_s))
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread)

    def _spread(self) -> None:
        """Give each device its newest set-points; in the event loop."""
        while self._wishes:
            values, time_s = self._wishes.popleft()
            self.last_wish_s = self.clock()
            for id, wanted in values.items():
                device = self.devices.get(id)
                if device is not None:
                    device.wish(wanted, time_s)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Write the safe state, disconnect, end the thread."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        jobs = [
            asyncio.create_task(device.read_forever(), name=f"read {id}")
            for id, device in self.devices.items()
        ]
        jobs += [
            asyncio.create_task(device.write_forever(), name=f"write {id}")
            for id, device in self.devices.items()
            if device.can_write
        ]
        jobs.append(asyncio.create_task(self._watch_loop(), name="watch"))
        for job in jobs:
            job.add_done_callback(_report_end)
        await self._stop.wait()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await asyncio.gather(*(device.make_safe() for device in self.devices.values()))
        await asyncio.gather(*(device.close() for device in self.devices.values()))

    async def _watch_loop(self) -> None:
        """Act when the control loop falls silent, once for each silence."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            self.watch()
            if self.last_wish_s is None:
                continue
            age_s = self.clock() - self.last_wish_s
            if age_s > self.silent_s and not self.is_silent:
                self.is_silent = True
                _log.error("loop_silent", since_s=round(age_s, 3), action="devices go to their safe state")
                await asyncio.gather(*(device.make_safe() for device in self.devices.values()))
            elif age_s <= self.silent_s and self.is_silent:
                self.is_silent = False
                _log.info("loop_back")


def _report_end(job: asyncio.Task[Any]) -> None:
    """A device task that ends by an error is a bug; say so."""
    if not job.cancelled() and job.exception() is not None:
        _log.error("device_task_died", task=job.get_name(), error=repr(job.exception()))
