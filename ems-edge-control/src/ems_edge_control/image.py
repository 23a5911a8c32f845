"""The process image: every channel of the site, frozen for the length of a cycle.

Values, source times and qualities have one place per channel; a channel is known by an integer handle and its
text address is used only at the edge. What is looked at one by one is kept in lists, which answer several
times faster than arrays; ages are compared all at once. Devices and other threads hand in values through
:meth:`Image.post`; they
become visible at the next :meth:`Image.switch`, all of one batch together. A value older than its channel
allows reads as undefined: nobody works with a dead device's last word.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ems_common.drivers.base import Quality
from ems_common.errors import EmsError
from numpy.typing import NDArray

from ems_edge_control.natures import Channel, Kind

UNDEFINED = math.nan
FOREVER_S = math.inf
FLAGS = {"true": 1.0, "on": 1.0, "false": 0.0, "off": 0.0}


class UndefinedChannel(EmsError):
    """A controller needs a channel that has no good value in this cycle."""

    def __init__(self, address: str, quality: Quality) -> None:
        self.address = address
        self.quality = quality
        super().__init__(f"{address} is {'stale' if quality is Quality.STALE else 'undefined'}")


class Update(NamedTuple):
    """A batch of values measured together.

    Attributes:
        handles: The channels.
        values: One number each; NaN = undefined.
        time_s: When they were measured, on the monotonic clock [s].
        quality: Quality of all of them.
    """

    handles: Sequence[int]
    values: Sequence[float]
    time_s: float
    quality: Quality = Quality.GOOD


@dataclass(slots=True)
class Entry:
    """What the table knows of one channel."""

    address: str
    component: str
    channel: Channel


class Table:
    """All channels of a site and their handles."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.kinds: dict[str, Kind] = {}
        self._handles: dict[str, int] = {}

    def declare(self, component: str, channel: Channel) -> int:
        """Add a channel, or replace the declaration of the one with that address; its handle."""
        address = f"{component}/{channel.name}"
        handle = self._handles.get(address)
        if handle is not None:
            self.entries[handle].channel = channel
            return handle
        self._handles[address] = len(self.entries)
        self.entries.append(Entry(address, component, channel))
        return len(self.entries) - 1

    def find(self, address: str) -> int | None:
        """The handle of `component/Channel`, None if there is no such channel."""
        return self._handles.get(address)

    def handle(self, address: str) -> int:
        """The handle of `component/Channel`; one not declared so far is what its component's kind says."""
        found = self._handles.get(address)
        if found is not None:
            return found
        component, _, name = address.partition("/")
        return self.declare(component, Channel(name, kind=self.kinds.get(component, Kind.NUMBER)))

    def address(self, handle: int) -> str:
        """`component/Channel` of a handle."""
        return self.entries[handle].address

    def of(self, component: str) -> Iterator[int]:
        """Handles of all channels of a component."""
        return (i for i, entry in enumerate(self.entries) if entry.component == component)

    def __len__(self) -> int:
        return len(self.entries)


class Image:
    """Values, times and qualities of all channels of a table, frozen between two switches."""

    def __init__(self, table: Table, max_age_s: float = FOREVER_S) -> None:
        self.table = table
        self.default_max_age_s = max_age_s
        self.now_s = 0.0
        self.texts: dict[int, str] = {}
        self._next_texts: dict[int, str] = {}
        self._inbox: deque[Update] = deque()
        self.values: list[float] = []  # of this cycle, NaN where undefined
        self.time_s: list[float] = []
        self.quality = bytearray()
        # Set one by one, some thousand times a second: plain buffers take that ten times faster than NumPy.
        self._next_value = array("d")
        self._next_time_s = array("d")
        self._next_quality = bytearray()
        self._max_age_s: NDArray[np.float64] = np.zeros(0)  # infinite for registers, which do not age
        self._is_cumulated: list[bool] = []
        self.grow()

    def grow(self) -> None:
        """Make room for the channels declared since the last call; values that exist are kept."""
        old, size = len(self.values), len(self.table)
        if size > old:
            extra = size - old
            self._next_value.extend([UNDEFINED] * extra)
            self._next_time_s.extend([-FOREVER_S] * extra)
            self._next_quality.extend([Quality.BAD] * extra)
            self.values.extend([UNDEFINED] * extra)
            self.time_s.extend([-FOREVER_S] * extra)
            self.quality.extend([Quality.BAD] * extra)
        channels = [entry.channel for entry in self.table.entries]
        self._is_cumulated = [c.cumulated for c in channels]
        self._max_age_s = np.array([self._most_s(c) for c in channels], np.float64)

    def _most_s(self, channel: Channel) -> float:
        if channel.cumulated:
            return FOREVER_S
        return self.default_max_age_s if channel.max_age_s is None else channel.max_age_s

    # -- in ---

    def post(self, update: Update) -> None:
        """Hand in a batch from any thread; it is seen as a whole from the next switch on."""
        self._inbox.append(update)

    def set_next(self, handle: int, value: float, time_s: float | None = None) -> None:
        """Set one channel for the next switch; only for the thread that calls :meth:`switch`."""
        if value != value and self._is_cumulated[handle]:
            return
        self._next_value[handle] = value
        self._next_time_s[handle] = self.now_s if time_s is None else time_s
        self._next_quality[handle] = Quality.GOOD if value == value else Quality.BAD

    def set_now(self, handle: int, value: float) -> None:
        """Set a derived channel in the running cycle, before controllers look at it."""
        self.set_next(handle, value)
        self.values[handle] = value
        self.time_s[handle] = self._next_time_s[handle]
        self.quality[handle] = self._next_quality[handle]

    def set_text(self, handle: int, text: str) -> None:
        """Set a text channel for the next switch."""
        self._next_texts[handle] = text

    def number(self, handle: int, value: object) -> float:
        """A value in its outer form as a number: enums by name, flags as 0 and 1, None as undefined.

        A text is kept beside the numbers.

        Raises:
            ValueError: The channel does not know such a value.
        """
        if value is None:
            return UNDEFINED
        if not isinstance(value, str):
            return float(value)  # type: ignore[arg-type]
        channel = self.table.entries[handle].channel
        if channel.kind is Kind.TEXT:
            self.set_text(handle, value)
            return UNDEFINED
        if channel.kind is Kind.ENUM:
            wanted = value.upper().replace("-", "_").replace(" ", "_")
            if wanted in channel.options:
                return float(channel.options[wanted])
        if value.lower() in FLAGS:
            return FLAGS[value.lower()]
        try:
            return float(value)
        except ValueError:
            known = f"one of {', '.join(channel.options)}" if channel.options else "a number"
            raise ValueError(f"{self.table.address(handle)} is {known} (got {value!r})") from None

    def switch(self, now_s: float) -> None:
        """Freeze a new image: take all batches handed in so far, and mark what is too old."""
        self.now_s = now_s
        while self._inbox:
            self._take(self._inbox.popleft())
        self.values = self._next_value.tolist()
        self.time_s = self._next_time_s.tolist()
        self.quality = bytearray(self._next_quality)
        # What never had a value is undefined already; its age is infinite and needs no look.
        age_s = now_s - np.frombuffer(self._next_time_s)
        for handle in np.flatnonzero((age_s > self._max_age_s) & (age_s < FOREVER_S)).tolist():
            self.values[handle] = UNDEFINED
            self.quality[handle] = Quality.STALE
        if self._next_texts:
            self.texts.update(self._next_texts)
            self._next_texts.clear()

    def _take(self, update: Update) -> None:
        values, times_s, qualities = self._next_value, self._next_time_s, self._next_quality
        good, bad = int(update.quality), int(max(update.quality, Quality.BAD))
        for handle, value in zip(update.handles, update.values, strict=True):
            is_known = value == value
            if is_known or not self._is_cumulated[handle]:
                values[handle] = value
                times_s[handle] = update.time_s
                qualities[handle] = good if is_known else bad

    # -- out ---

    def get(self, handle: int) -> float | None:
        """The value of this cycle, None when undefined or stale."""
        value = self.values[handle]
        return None if value != value else value

    def need(self, handle: int) -> float:
        """The value of this cycle.

        Raises:
            UndefinedChannel: It has none.
        """
        value = self.values[handle]
        if value != value:
            raise UndefinedChannel(self.table.address(handle), Quality(int(self.quality[handle])))
        return value

    def age_s(self, handle: int) -> float:
        """Seconds since the value was measured; infinite when there never was one."""
        return float(self.now_s - self.time_s[handle])

    def shown(self, handles: Iterable[int]) -> dict[str, float | bool | str | None]:
        """The values of some channels for people and other programs: enums by name, flags as booleans."""
        return {self.table.address(h): self.show(h, self.get(h)) for h in handles}

    def show(self, handle: int, value: float | None) -> float | bool | str | None:
        """A value of a channel in its outer form."""
        channel = self.table.entries[handle].channel
        if channel.kind is Kind.TEXT:
            return self.texts.get(handle)
        if value is None:
            return None
        if channel.kind is Kind.BOOLEAN:
            return bool(value)
        if channel.kind is Kind.ENUM:
            return next((name for name, number in channel.options.items() if number == value), value)
        return int(value) if value == int(value) else value
