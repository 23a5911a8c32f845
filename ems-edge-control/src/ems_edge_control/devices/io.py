"""The I/O thread: all devices in one event loop, and a watch on the control loop.

When the control loop stops publishing set-points, the devices are put into their safe state from here; when a
controller does not return, it is interrupted. When this whole process stops, the devices' own watchdogs act.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

from ems_common import log

from ems_edge_control.devices.device import Device
from ems_edge_control.realtime import IO_RANK, WATCH_RANK, favour_thread

_log = log.get(__name__)
WATCH_EVERY_S = 0.02
RETRY_SAFE_S = 0.25
# After a fault of our own a task of a device rests that long before it goes on.
REST_S = 1.0


class IoThread:
    """Runs the devices.

    Args:
        devices: All devices of the site.
        clock: The engine's monotonic clock.
        silent_s: Time without set-points from the loop after which devices go to their safe state.
        watch: Called every 20 ms from a thread of its own; interrupts a controller that does not return.
        real_time: Rank these threads around the loop's.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        clock: Callable[[], float],
        *,
        silent_s: float = 0.5,
        watch: Callable[[], None] = lambda: None,
        real_time: bool = False,
    ) -> None:
        self.devices = {device.id: device for device in devices}
        self.clock = clock
        self.silent_s = silent_s
        self.watch = watch
        self.real_time = real_time
        self.last_wish_s: float | None = None
        self.is_silent = False
        self._wishes: deque[tuple[Mapping[str, Mapping[str, float | None]], float]] = deque(maxlen=4)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="edge-io", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="edge-watch", daemon=True)
        self._is_over = threading.Event()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._unsafe: list[Device] = []
        self._retry_safe_s = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start reading."""
        self._thread.start()
        self._ready.wait(5.0)
        self._watcher.start()

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
            if self.clock() - time_s > self.silent_s:
                continue  # from before a pause of the whole process: what was right then is no longer
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
        self._is_over.set()

    def _run(self) -> None:
        favour_thread(IO_RANK, real_time=self.real_time)
        asyncio.run(self._main())

    def _watch(self) -> None:
        """Look after the loop's controllers: before it in rank, for an endless one leaves others no time."""
        favour_thread(WATCH_RANK, real_time=self.real_time)
        while not self._is_over.wait(WATCH_EVERY_S):
            try:
                self.watch()
            except Exception:
                _log.exception("watch_failed")
                self._is_over.wait(REST_S)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        duties: list[tuple[Callable[[], Awaitable[None]], Callable[[str], None]]] = []
        for device in self.devices.values():
            duties.append((device.read_forever, device.fail))
            if device.can_write:
                duties.append((device.write_forever, device.fail))
        duties.append((self._watch_loop, lambda _: None))
        jobs = [asyncio.create_task(_kept_up(duty, report)) for duty, report in duties]
        await self._stop.wait()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await asyncio.gather(*(device.make_safe() for device in self.devices.values()))
        await asyncio.gather(*(device.close() for device in self.devices.values()))

    async def _make_safe(self) -> None:
        """Write the safe state to the devices that have not taken it yet, again and again until they do."""
        if not self._unsafe or self.clock() < self._retry_safe_s:
            return
        done = await asyncio.gather(*(device.make_safe() for device in self._unsafe))
        self._unsafe = [d for d, is_safe in zip(self._unsafe, done, strict=True) if not is_safe]
        self._retry_safe_s = self.clock() + RETRY_SAFE_S

    async def _watch_loop(self) -> None:
        """Act when the control loop falls silent: once for each silence, and until it has been obeyed."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            if self.last_wish_s is None:
                continue
            age_s = self.clock() - self.last_wish_s
            if age_s > self.silent_s:
                if not self.is_silent:
                    self.is_silent, self._unsafe = True, list(self.devices.values())
                    self._retry_safe_s = 0.0
                    _log.error(
                        "loop_silent", since_s=round(age_s, 3), action="devices go to their safe state"
                    )
                await self._make_safe()
            elif age_s <= self.silent_s and self.is_silent:
                self.is_silent = False
                _log.info("loop_back")


async def _kept_up(duty: Callable[[], Awaitable[None]], report: Callable[[str], None]) -> None:
    """Run a duty for ever: a fault of our own in the talk with one device must not end that talk."""
    while True:
        try:
            await duty()
        except Exception as ex:
            _log.exception("device_task_failed", task=getattr(duty, "__qualname__", ""))
            report(f"fault in its driver: {type(ex).__name__}: {ex}")
        await asyncio.sleep(REST_S)
