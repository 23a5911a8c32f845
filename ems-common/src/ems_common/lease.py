"""A lease in the database: of several instances of a stage, one works at a time.

The holder renews while it works; when it dies the lease runs out and another instance takes over. Times are
the database server's, so the clocks of the instances do not matter. A holder that died on this very machine
is recognised by its process, and its lease is taken at once.
"""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from ems_common.errors import Unavailable

_log = log.get(__name__)
DATABASE = "system_db"
TTL_S = 30


class Lease:
    """The right to do one kind of work.

    Args:
        dbs: The databases; the lease is kept in the system database.
        name: The kind of work, such as ``"normalization"``.
        ttl_s: How long it holds without being renewed [s].
    """

    def __init__(self, dbs: Databases, name: str, ttl_s: int = TTL_S) -> None:
        self._dbs = dbs
        self._name = name
        self._ttl_s = ttl_s
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{_born(os.getpid())}"
        self._done = threading.Event()
        self._renewal: threading.Thread | None = None
        self._renewed_s = -float("inf")

    @property
    def dbs(self) -> Databases:
        """Where the lease is kept."""
        return self._dbs

    def is_held(self) -> bool:
        """Whether no other instance can have taken over: we renewed within the time it holds.

        A process that was suspended, or whose renewals failed, finds out here and must not go on writing.
        """
        return monotonic_s() - self._renewed_s < self._ttl_s

    def acquire(self) -> bool:
        """Take or renew the lease; False when another live instance holds it.

        Raises:
            Unavailable: The database is away.
        """
        asked_s = monotonic_s()
        with self._dbs.session(DATABASE) as session:
            # The row is there, and locked, from here on: of instances that find it free at once, the second
            # waits and then finds the first one in it. A row that is not there could not be locked.
            session.execute(
                "INSERT INTO tbl_leases (name, holder, until_utc) VALUES (%s, '', '1970-01-02')"
                " ON DUPLICATE KEY UPDATE name = VALUES(name)",
                (self._name,),
            )
            current = session.scalar(
                "SELECT holder FROM tbl_leases WHERE name = %s AND until_utc > UTC_TIMESTAMP(3)",
                (self._name,),
            )
            if current is not None and current != self.holder and not _is_dead(current):
                return False
            session.execute(
                "UPDATE tbl_leases SET holder = %s, until_utc = UTC_TIMESTAMP(3) + INTERVAL %s SECOND"
                " WHERE name = %s",
                (self.holder, self._ttl_s, self._name),
            )
        self._renewed_s = asked_s
        return True

    def release(self) -> None:
        """Give the lease back, if it is ours, and renew it no more."""
        self._done.set()
        with self._dbs.session(DATABASE) as session:
            session.execute(
                "DELETE FROM tbl_leases WHERE name = %s AND holder = %s", (self._name, self.holder)
            )

    def __enter__(self) -> Self:
        self._done.clear()
        self._renewal = threading.Thread(target=self._renew, name=f"lease {self._name}", daemon=True)
        self._renewal.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._renewal is not None:
            self._renewal.join()

    def _renew(self) -> None:
        while not self._done.wait(self._ttl_s / 3):
            try:
                if not self.acquire():
                    self._renewed_s = -float("inf")
                    _log.warning("lease_lost", name=self._name)
            except Unavailable as ex:
                _log.warning("lease_not_renewed", name=self._name, error=str(ex))


def _born(pid: int) -> str:
    """When a process started, in clock ticks since boot; tells it from a later one with the same number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that lives no more."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    born = holder.rpartition(":")[2]
    return host == socket.gethostname() and rest.isdigit() and _born(int(rest)) != born
