"""One device: a reading task in step with the cycle, and a writing task that goes before it.

The device never decides anything. It turns registers into channels with the time at which the reading began,
and set-points into registers; it says whether it is well, and it can put its device into the safe state by
itself.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_common import log
from ems_common.drivers import registry
from ems_common.drivers.base import Quality, Reading
from ems_common.errors import BadInput, EmsError, Unavailable

from ems_edge_control.config import DeviceConfig, Place, ReadMap, WriteMap
from ems_edge_control.devices.health import DeviceHealth, Pace
from ems_edge_control.image import Image, Table, Update

_log = log.get(__name__)
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
SHORTEST_LEAD_S = 0.004


@dataclass(slots=True)
class Group:
    """Channels that are read together."""

    every_s: float
    places: list[Place]
    handles: list[int]
    plan: Any = None
    due_s: float = 0.0


@dataclass(slots=True)
class Wish:
    """A set-point waiting to be written.

    Attributes:
        values: Value for each channel; None = no limit.
        time_s: When the loop decided.
        fresh: Not written yet.
    """

    values: Mapping[str, float | None] = field(default_factory=dict)
    time_s: float = 0.0
    fresh: bool = False


class Device:
    """A device of the site.

    Attributes:
        phase: Share of the cycle after which it is read; None = just before the next cycle.

    Args:
        config: Register map and connection.
        table: Handles of the channels.
        post: Where readings go.
        clock: The engine's monotonic clock.
        pace: The loop's rhythm.
        written: Told when a set-point has reached the device: decision time, confirmation time.
    """

    def __init__(
        self,
        config: DeviceConfig,
        table: Table,
        image: Image,
        clock: Callable[[], float],
        pace: Pace,
        written: Callable[[float, float], None],
    ) -> None:
        self.config = config
        self.id = config.component
        self.image = image
        self.clock = clock
        self.pace = pace
        self.written = written
        self.phase: float | None = None
        self.health = DeviceHealth()
        self.protocol = registry.find(config.protocol)
        if self.protocol is None:
            raise BadInput("no driver speaks this protocol", f"component {self.id}", config.protocol)
        self.driver: Any = self.protocol.make(dict(config.connection))
        self._groups = self._make_groups(table)
        self._writes = {p.channel: (self._address(p), p.rule) for p in config.writes}
        self._setup = [(self._address(p), p.rule.value) for p in config.setup]
        self._sent: dict[str, tuple[float, float]] = {}
        self._changed_s: dict[str, float] = {}
        self._wish = Wish()
        self._wake = asyncio.Event()
        self._opened = False
        self._last_alive: tuple[float, float] | None = None
        self._handles = [h for g in self._groups for h in g.handles if h >= 0]

    def _address(self, place: Place) -> Any:
        assert self.protocol is not None  # noqa: S101 – checked in the constructor
        try:
            return self.protocol.parse_address(dict(place.address))
        except BadInput as ex:
            raise BadInput(ex.what, f"component {self.id}: {place.channel}", ex.value, ex.advice) from ex

    def _make_groups(self, table: Table) -> list[Group]:
        groups: dict[float, Group] = {}
        extra = [p for p in (self.config.alive, self.config.good) if p is not None]
        for place in (*self.config.reads, *extra):
            every = place.rule.every_s if isinstance(place.rule, ReadMap) else 0.0
            group = groups.setdefault(every, Group(every, [], []))
            group.places.append(place)
            is_channel = isinstance(place.rule, ReadMap)
            group.handles.append(table.handle(f"{self.id}/{place.channel}") if is_channel else -1)
        for group in groups.values():
            group.plan = self.driver.plan([self._address(p) for p in group.places])
        return sorted(groups.values(), key=lambda g: g.every_s)

    # -- reading ---

    async def read_forever(self) -> None:
        """Connect, read in step with the cycle, and come back after losses; ends only when cancelled."""
        attempt = 0
        while True:
            try:
                if not self._opened:
                    await self._open()
                await self._sleep_until(self._next_read_s())
                await self._read_due()
                attempt = 0
            except (EmsError, OSError, TimeoutError) as ex:
                attempt += 1
                self._lose(str(ex))
                self._opened = False
                await asyncio.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempt - 1, 10)))

    async def _open(self) -> None:
        await self.driver.open()
        if self._setup:
            await self._send(self._setup)
        self._sent.clear()
        self._opened = True

    def _next_read_s(self) -> float:
        """A little before the next cycle: as long before as the slowest answer of late has taken."""
        if self.config.poll_s > 0:
            return min((g.due_s for g in self._groups), default=0.0)
        now = self.clock()
        lead = self._lead_s() if self.phase is None else (1 - self.phase) * self.pace.cycle_s
        due = self.pace.next_s - lead
        if due <= now:
            missed = math.floor((now - due) / self.pace.cycle_s) + 1
            due += missed * self.pace.cycle_s
        return due

    def _lead_s(self) -> float:
        needed_s = max(SHORTEST_LEAD_S, 1.2 * self.health.slow_s + 0.002)
        return self.pace.lead_s(self.id, min(needed_s, 0.6 * self.pace.cycle_s))

    async def _sleep_until(self, time_s: float) -> None:
        pause = time_s - self.clock()
        if pause > 0:
            await asyncio.sleep(pause)

    async def _read_due(self) -> None:
        began_s = self.clock()
        for group in self._groups:
            if began_s < group.due_s - 0.5 * self.pace.cycle_s:
                continue
            readings = await self.driver.read(group.plan)
            now_s = self.clock()
            if group.every_s == 0:
                took_s = now_s - began_s
                self.health.latency_s += 0.1 * (took_s - self.health.latency_s)
                self.health.follow_slow(took_s)
            self._take(group, readings, began_s)
            group.due_s = began_s + (group.every_s or self.config.poll_s)
        self.health.reads += 1

    def _take(self, group: Group, readings: Sequence[Reading], began_s: float) -> None:
        handles: list[int] = []
        values: list[float] = []
        fault = ""
        for reading in readings:
            place, handle = group.places[reading.index], group.handles[reading.index]
            value = _number(reading)
            if handle < 0:
                fault = fault or self._judge(place, value, began_s)
                continue
            handles.append(handle)
            values.append(_plausible(value, place.rule))
        if group.every_s == 0 and values and all(v != v for v in values):
            fault = fault or "no value of it makes sense"
        if fault:
            self._lose(fault)
            self.image.post(Update(handles, [math.nan] * len(handles), began_s, Quality.BAD))
            return
        self.image.post(Update(handles, values, began_s))
        if group.every_s == 0:
            self._found(began_s)

    def _judge(self, place: Place, value: float, now_s: float) -> str:
        """Whether the device's own signs of life are right; the fault, or nothing."""
        if place is self.config.good:
            return "" if value == place.rule.equals else f"it reports status {value:g}"
        if self._last_alive is None or self._last_alive[0] != value:
            self._last_alive = (value, now_s)
            return ""
        still = now_s - self._last_alive[1]
        return f"its values have stood still for {still:.1f} s" if still > place.rule.max_still_s else ""

    def _lose(self, reason: str) -> None:
        """Note a loss once."""
        self.health.failures += 1
        if self.health.is_well or self.health.reason == "not connected yet":
            self.health.lost_at_s = self.clock()
            _log.warning("device_lost", device=self.id, reason=reason)
        self.health.is_well, self.health.reason = False, reason

    def _found(self, now_s: float) -> None:
        """Note a return once, with how long it was away."""
        self.health.last_good_s = now_s
        if not self.health.is_well:
            away = None if self.health.lost_at_s is None else round(now_s - self.health.lost_at_s, 2)
            _log.info("device_well", device=self.id, away_s=away)
            self.health.is_well, self.health.reason, self.health.lost_at_s = True, "", None

    def fail(self, reason: str) -> None:
        """Note a fault of our own, and begin anew with a fresh connection; only in the I/O thread."""
        self._lose(reason)
        self._opened = False

    # -- writing ---

    def wish(self, values: Mapping[str, float | None], time_s: float) -> None:
        """Take the newest set-points; only in the I/O thread."""
        self._wish = Wish(values, time_s, True)
        self._wake.set()

    @property
    def can_write(self) -> bool:
        """Whether it has channels to write."""
        return bool(self._writes)

    async def write_forever(self) -> None:
        """Send the newest set-points whenever the loop has some; ends only when cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            wish, self._wish.fresh = self._wish, False
            try:
                await self._write(wish)
            except (EmsError, OSError, TimeoutError) as ex:
                self.health.failures += 1
                self._sent.clear()
                if isinstance(ex, BadInput):
                    _log.error("set_point_refused", device=self.id, reason=str(ex))
                    await asyncio.sleep(1.0)

    async def _write(self, wish: Wish) -> None:
        if not self._opened:
            return
        now_s = self.clock()
        due = []
        for channel, value in wish.values.items():
            place = self._writes.get(channel)
            if place is None:
                continue
            address, rule = place
            sent = rule.none if value is None else _bounded(value, rule)
            if sent is not None and rule.pause_s > 0:
                sent = self._unhurried(channel, sent, rule, now_s)
            if sent is None or not self._is_due(channel, sent, rule, now_s):
                continue
            due.append((channel, address, sent))
        if not due:
            return
        await self._send([(address, sent) for _, address, sent in due])
        done_s = self.clock()
        for channel, _, sent in due:
            if channel not in self._sent or self._sent[channel][0] != sent:
                self._changed_s[channel] = done_s
            self._sent[channel] = (sent, done_s)
        self.health.writes += 1
        self.written(wish.time_s, done_s)

    def _unhurried(self, channel: str, value: float, rule: WriteMap, now_s: float) -> float:
        """The value, or the last one while its pause lasts and the new one is greater."""
        last = self._sent.get(channel)
        if last is None or abs(value) <= abs(last[0]):
            return value
        return last[0] if now_s - self._changed_s.get(channel, -math.inf) < rule.pause_s else value

    def _is_due(self, channel: str, value: float, rule: WriteMap, now_s: float) -> bool:
        last = self._sent.get(channel)
        if last is None or abs(last[0] - value) > rule.tolerance:
            return True
        return now_s - last[1] >= rule.every_s

    async def _send(self, values: Sequence[tuple[Any, float]]) -> None:
        if hasattr(self.driver, "write_many"):
            await self.driver.write_many(values)
            return
        for address, value in values:
            await self.driver.write(address, value)

    async def make_safe(self) -> bool:
        """Write the safe state of every channel, whatever the loop wished; whether that is done.

        A device without connection counts as done: it has fallen back by its own watchdog.
        """
        values = [(address, rule.safe) for address, rule in self._writes.values() if rule.safe is not None]
        if not values or not self._opened:
            return True
        self._sent.clear()
        try:
            await asyncio.wait_for(self._send(values), 1.0)
        except (EmsError, OSError, TimeoutError) as ex:
            _log.error("safe_state_not_written", device=self.id, reason=str(ex) or "no answer in time")
            return False
        return True

    def safe_values(self) -> dict[str, float | None]:
        """The safe state as set-points."""
        return {channel: rule.safe for channel, (_, rule) in self._writes.items() if rule.safe is not None}

    def released_values(self) -> dict[str, float | None]:
        """Channels whose limit can be taken away."""
        return {channel: None for channel, (_, rule) in self._writes.items() if rule.none is not None}

    async def close(self) -> None:
        """Disconnect."""
        try:
            await self.driver.close()
        except (Unavailable, OSError):
            return


def _number(reading: Reading) -> float:
    if reading.quality is Quality.BAD or not isinstance(reading.value, int | float):
        return math.nan
    return float(reading.value)


def _plausible(value: float, rule: ReadMap) -> float:
    if rule.values is not None and value == value:
        return rule.values.get(f"{value:g}", math.nan)
    if rule.range is not None and not rule.range[0] <= value <= rule.range[1]:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _bounded(value: float, rule: WriteMap) -> float:
    if rule.range is None:
        return value
    return min(max(value, rule.range[0]), rule.range[1])
