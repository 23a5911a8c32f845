"""Keeps what was read of the hourly tables while it stands: in the process and, if there is one, in Redis.

Nothing here goes by time: an entry is asked for by the version of the table it was read from, which every
write of the product raises in the same transaction (:mod:`ems_common.content`). Programs of others that write
the tables do not raise it; for their sake an entry ends after :data:`LONGEST_S`, and a table that the product
never wrote is not kept at all.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import redis
from ems_common import content, log
from ems_common.clock import monotonic_s
from ems_common.db import Databases, Session
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Wanted = tuple[tuple[Hashable, ...], Callable[[Session], Arrays]]
"""What tells a request apart, and who reads it."""
LONGEST_S: Final = 300
_ENTRY_BYTES: Final = 1024
"""What an entry costs beside its numbers."""
_LARGEST_SHARED_BYTES: Final = 8 * 2**20
_REDIS_WAIT_S: Final = 0.25
_REDIS_PAUSE_S: Final = 10.0
_log = log.get(__name__)


@dataclass(slots=True)
class _Entry:
    version: int
    until_s: float
    arrays: Arrays
    size: int


class Shared:
    """The same in Redis, for all workers and hosts. Without Redis, or while it is away, nothing is found.

    Args:
        url: Address of the Redis; "" for none.
    """

    def __init__(self, url: str) -> None:
        self._redis = (
            redis.Redis.from_url(
                url, socket_timeout=_REDIS_WAIT_S, socket_connect_timeout=_REDIS_WAIT_S, protocol=2
            )
            if url
            else None
        )
        self._away_until_s = 0.0

    def get(self, name: str) -> Arrays | None:
        """The arrays under a name, or None."""
        packed = self._tried(lambda server: server.get(name))
        if not isinstance(packed, bytes):
            return None
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as found:
                names, *arrays = (found[f"arr_{n}"] for n in range(len(found.files)))
            return dict(zip(names.tolist(), arrays, strict=True))
        except (KeyError, ValueError, OSError, zipfile.BadZipFile):
            return None  # written by something else; it is read anew and overwritten

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep arrays under a name."""
        if self._redis is None:
            return
        packed = io.BytesIO()
        np.savez(packed, np.array(list(arrays)), *arrays.values())
        self._tried(lambda server: server.set(name, packed.getvalue(), ex=LONGEST_S))

    def _tried(self, call: Callable[[redis.Redis], Any]) -> Any:
        if self._redis is None or monotonic_s() < self._away_until_s:
            return None
        try:
            found = call(self._redis)
        except redis.RedisError as fault:
            if not self._away_until_s:
                _log.warning("redis_lost", use="kept slots of reports", fault=str(fault))
            self._away_until_s = monotonic_s() + _REDIS_PAUSE_S
            return None
        if self._away_until_s:
            _log.info("redis_restored", use="kept slots of reports")
            self._away_until_s = 0.0
        return found


@dataclass
class Kept:
    """What one process keeps.

    Attributes:
        most_bytes: Room; the least recently used goes first. 0 keeps nothing.
        shared: The second place to look.
    """

    most_bytes: int
    shared: Shared = field(default_factory=lambda: Shared(""))
    _entries: OrderedDict[Hashable, _Entry] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: tuple[Hashable, ...], version: int) -> Arrays | None:
        """What was kept under a key and version, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.version == version and monotonic_s() < entry.until_s:
                self._entries.move_to_end(key)
                return entry.arrays
        found = self.shared.get(_name(key, version))
        if found is not None:
            self._hold(key, version, found)
        return found

    def put(self, key: tuple[Hashable, ...], version: int, arrays: Arrays) -> None:
        """Keep arrays; they may not be changed from now on."""
        if self._hold(key, version, arrays) <= _LARGEST_SHARED_BYTES:
            self.shared.put(_name(key, version), arrays)

    def _hold(self, key: tuple[Hashable, ...], version: int, arrays: Arrays) -> int:
        for array in arrays.values():
            array.flags.writeable = False
        size = sum(array.nbytes for array in arrays.values()) + _ENTRY_BYTES
        with self._lock:
            if size <= self.most_bytes // 4:
                self._forget(key)
                self._entries[key] = _Entry(version, monotonic_s() + LONGEST_S, arrays, size)
                self._bytes += size
            while self._bytes > self.most_bytes:
                self._forget(next(iter(self._entries)))
        return size

    def _forget(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size


def _name(key: tuple[Hashable, ...], version: int) -> str:
    digest = hashlib.sha256(repr(key).encode()).hexdigest()
    return f"ems:slots:{version}:{digest}"


_of: WeakKeyDictionary[Databases, Kept] = WeakKeyDictionary()


def keep(dbs: Databases, kept: Kept) -> None:
    """From now on keep what is read of these databases."""
    _of[dbs] = kept


def through(
    dbs: Databases,
    database: str,
    table: str,
    request: tuple[Hashable, ...],
    make: Callable[[Session], Arrays],
) -> Arrays:
    """Arrays read from a table: those kept if its content still stands, else read now.

    Args:
        dbs: The databases.
        database: Short name of one of the hourly databases.
        table: The only table that `make` reads.
        request: Tells apart what may be read from the table.
        make: Reads it.
    """
    return through_all(dbs, database, table, [(request, make)])[0]


def through_all(dbs: Databases, database: str, table: str, wanted: Sequence[Wanted]) -> list[Arrays]:
    """As :func:`through`, of several requests in one transaction."""
    kept = _of.get(dbs)
    with dbs.session(database) as session:
        version = content.version(session, table) if kept is not None and kept.most_bytes else 0
        if kept is None or not version:
            return [make(session) for _, make in wanted]
        result = []
        for request, make in wanted:
            key = (dbs.full_name(database), table, *request)
            found = kept.get(key, version)
            if found is None:
                found = make(session)
                kept.put(key, version, found)
            result.append(found)
        return result
