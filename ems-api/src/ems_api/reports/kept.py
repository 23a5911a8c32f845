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
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import redis
from ems_common import content, daily_sums, log
from ems_common.catalog.hourly import DAILY_SUMS
from ems_common.clock import monotonic_s
from ems_common.daily_sums import Horizon
from ems_common.db import Databases, Session
from ems_common.db.sql import Sql
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Rows = list[tuple[Any, ...]]
Query = tuple[Sql, Sequence[Any]]
Plan = tuple[Sequence[Query], Callable[[Sequence[Rows]], Arrays]]
"""Queries that stand for themselves, and what is made of the rows of each."""
Wanted = tuple[tuple[Hashable, ...], Callable[[Horizon | None], Plan]]
"""What tells a request apart, and how it is read, given how far days of the table are summed."""
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

    @property
    def is_there(self) -> bool:
        """Whether there is a Redis, be it away just now."""
        return self._redis is not None

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
        found = self.shared.get(_name(key, version)) if self.shared.is_there else None
        if found is not None:
            self._hold(key, version, found)
        return found

    def put(self, key: tuple[Hashable, ...], version: int, arrays: Arrays) -> None:
        """Keep arrays; they may not be changed from now on."""
        if self._hold(key, version, arrays) <= _LARGEST_SHARED_BYTES and self.shared.is_there:
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


_Standings = dict[tuple[str, str], tuple[int, Horizon | None]]
_standings: ContextVar[_Standings | None] = ContextVar("standings", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """Ask once for the version of a table until the block ends: that which stands when a report begins.

    Rows that come meanwhile are newer than the version that they are kept under, and so only read once more.
    """
    before = _standings.set({})
    try:
        yield
    finally:
        _standings.reset(before)


def prepare(dbs: Databases, database: str, table: str) -> None:
    """Ask for the version of a table ahead, beside what has to be known before it is read."""
    with dbs.reading(database) as session:
        _standing(session, database, dbs.full_name(database), table)


def through(dbs: Databases, database: str, table: str, wanted: Wanted) -> Arrays:
    """Arrays read from a table: those kept if its content still stands, else read now.

    Args:
        dbs: The databases.
        database: Short name of one of the hourly databases.
        table: The only table that is read, besides the sums of its days.
        wanted: What is read.
    """
    return through_all(dbs, database, table, [wanted])[0]


def through_all(dbs: Databases, database: str, table: str, wanted: Sequence[Wanted]) -> list[Arrays]:
    """As :func:`through`, of several requests at once."""
    kept = _of.get(dbs)
    keys = [(dbs.full_name(database), table, *request) for request, _ in wanted]
    with dbs.reading(database) as session:
        version, known = _standing(session, database, dbs.full_name(database), table)
        keeps = kept if version and kept is not None and kept.most_bytes else None
        found = [None if keeps is None else keeps.get(key, version) for key in keys]
        plans = {n: wanted[n][1](known) for n, arrays in enumerate(found) if arrays is None}
        rows = iter(_asked(session, [query for queries, _ in plans.values() for query in queries]))
    result = []
    for n, (key, arrays) in enumerate(zip(keys, found, strict=True)):
        if arrays is None:
            queries, made = plans[n]
            arrays = made([next(rows) for _ in queries])
            if keeps is not None:
                keeps.put(key, version, arrays)
        result.append(arrays)
    return result


def _asked(session: Session, queries: Sequence[Query]) -> list[Rows]:
    return session.several(*queries) if queries else []


def _standing(session: Session, database: str, full_name: str, table: str) -> tuple[int, Horizon | None]:
    """The version of a table and how far its days are summed, asked for once a request."""
    known = _standings.get()
    found = None if known is None else known.get((full_name, table))
    if found is None:
        is_summed = any(of.table == table for of in DAILY_SUMS.get(database, ()))
        found = daily_sums.standing(session, table) if is_summed else (content.version(session, table), None)
        if known is not None:
            known[full_name, table] = found
    return found
