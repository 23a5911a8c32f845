"""When and how often API keys and sessions are used: counted in memory, written every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock, Timer
from typing import Final

from ems_common import log
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.errors import Unavailable

from ems_api.auth import store
from ems_api.wall_clock import stored

_log = log.get(__name__)
PAUSE_S: Final = 5.0
Store = Callable[[Session, list[tuple[int, datetime, str, int]]], None]
"""Writes uses: key, time of the last one (naive UTC), its address, how many."""


class Uses:
    """Counts of one worker.

    Args:
        dbs: The databases.
        store_uses: Writes what was counted.
    """

    def __init__(self, dbs: Databases, store_uses: Store) -> None:
        self._dbs = dbs
        self._store = store_uses
        self._lock = Lock()
        self._uses: dict[int, tuple[str, int]] = {}
        self._timer: Timer | None = None

    def note(self, key: int, address: str) -> None:
        """Count one use."""
        with self._lock:
            self._uses[key] = (address[:64], self._uses.get(key, ("", 0))[1] + 1)
            if self._timer is None:
                self._timer = Timer(PAUSE_S, self.write)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Write what was counted since the last time, at the end of a process."""
        with self._lock:
            timer = self._timer
        if timer is not None:
            timer.cancel()
            self.write()

    def write(self) -> None:
        """Write what was counted."""
        with self._lock:
            uses, self._uses = self._uses, {}
            self._timer = None
        now = stored(utc_now())
        rows = [(key, now, address, count) for key, (address, count) in sorted(uses.items())]
        if not rows:
            return
        try:
            with self._dbs.session(store.DATABASE) as session:
                self._store(session, rows)
        except Unavailable as ex:
            _log.warning("uses_not_written", rows=len(rows), error=str(ex))
