"""Stamps that change when something is written, shared by all workers of a host.

A worker may keep what it computed as long as the stamp it computed it under stands. The stamps live in memory
that is shared over fork, so a write in one worker is seen by the others at the next request, without a
message.
Writers outside this host are not seen; caches therefore also end after :data:`LONGEST_S`.
"""

from __future__ import annotations

import mmap
import secrets
import struct
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar

from ems_common.clock import monotonic_s

T = TypeVar("T")
CONFIG: Final = 0
ACCOUNTS: Final = 1
LONGEST_S: Final = 5.0
_SLOTS = 8


class Versions:
    """The stamps. Made once, before the workers are forked."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _SLOTS * 8)

    def stamp(self, slot: int) -> int:
        """The present stamp."""
        return int(struct.unpack_from("=Q", self._shared, slot * 8)[0])

    def change(self, slot: int) -> None:
        """Give a new stamp: whatever was computed under the old one is void."""
        struct.pack_into("=Q", self._shared, slot * 8, secrets.randbits(64))


class Cache:
    """Values of one worker that are good while a stamp stands, but not for ever.

    Args:
        versions: The stamps.
        slot: The stamp that voids them.
        size: How many are kept; the least recently used goes first.
        longest_s: How long they are good at most [s].
    """

    def __init__(
        self, versions: Versions, slot: int, size: int = 1024, *, longest_s: float = LONGEST_S
    ) -> None:
        self._versions = versions
        self._longest_s = longest_s
        self._slot = slot
        self._size = size
        self._values: OrderedDict[Hashable, tuple[int, float, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept under `key`, or what `make` returns now."""
        stamp = self._versions.stamp(self._slot)
        kept = self._kept(key, stamp)
        if kept is not None:
            value: T = kept[2]
            return value
        made = make()
        self._keep(key, stamp, made)
        return made

    def peek(self, key: Hashable) -> Any:
        """The value kept under `key`; None when there is none that is still good."""
        kept = self._kept(key, self._versions.stamp(self._slot))
        return None if kept is None else kept[2]

    def put(self, key: Hashable, value: object) -> None:
        """Keep a value that nothing but other kept values says something of."""
        self._keep(key, self.stamp(), value)

    def stamp(self) -> int:
        """The present stamp; to be asked for before what is to be put is read."""
        return self._versions.stamp(self._slot)

    def put_under(self, stamp: int, key: Hashable, value: object) -> None:
        """Keep a value that was read after this was the stamp."""
        self._keep(key, stamp, value)

    def _kept(self, key: Hashable, stamp: int) -> tuple[int, float, Any] | None:
        with self._lock:
            kept = self._values.get(key)
            if kept is None or kept[0] != stamp or monotonic_s() >= kept[1]:
                return None
            self._values.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, stamp: int, value: object) -> None:
        with self._lock:
            self._values[key] = (stamp, monotonic_s() + self._longest_s, value)
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
