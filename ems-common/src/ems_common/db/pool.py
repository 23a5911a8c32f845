"""Bounded connection pools, one per database.

The connector's own pool neither waits nor checks; this one waits for a free connection, pings those that
rested, and retires those that grew old.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db.connection import Connection
from ems_common.db.faults import DRIVER_ERRORS, translated
from ems_common.db.session import Session
from ems_common.errors import Unavailable
from ems_common.retry import with_retry
from ems_common.settings import Secret, setting

_log = log.get(__name__)
_REST_BEFORE_PING_S = 5.0
_MAX_AGE_S = 1800.0
LONGEST_TEXT_BYTES = 67_108_864
"""Room for a century of hours in one text of GROUP_CONCAT, which by default is cut off silently."""
COLLATION = "utf8mb4_unicode_ci"  # the one collation MariaDB, MySQL and TiDB all have


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where the thirteen databases are."""

    host: str = setting("EMS_DB_HOST", default="127.0.0.1", help="Host of the database server.")
    port: int = setting(
        "EMS_DB_PORT", default=13306, minimum=1, maximum=65535, help="Port of the database server."
    )
    user: str = setting("EMS_DB_USER", default="ems", help="User with all rights on the product's databases.")
    password: Secret = setting("EMS_DB_PASSWORD", help="Password of that user.")
    prefix: str = setting("EMS_DB_PREFIX", default="myems_", help="Prefix of the thirteen databases' names.")
    pool_size: int = setting(
        "EMS_DB_POOL_SIZE", default=5, minimum=1, maximum=100, help="Connections per database and process."
    )


@dataclass(slots=True)
class _Held:
    connection: Any
    born_s: float
    used_s: float
    is_reading: bool = False

    def become(self, *, is_reading: bool) -> None:
        """Let each statement stand for itself, or begin a transaction with the next one."""
        if self.is_reading != is_reading:
            self.connection.autocommit = is_reading
            self.is_reading = is_reading


class Pool:
    """Connections to one database, at most `size`, made when needed.

    Args:
        settings: Server and credentials.
        database: Full name of the database, or "" for none (to create databases).
    """

    def __init__(self, settings: DatabaseSettings, database: str) -> None:
        self._settings = settings
        self.database = database
        self._free: queue.LifoQueue[_Held | None] = queue.LifoQueue()
        for _ in range(settings.pool_size):
            self._free.put(None)

    def _connect(self) -> Any:
        with translated(f"database {self.database}"):
            # Connecting through the C extension explicitly: the connector's default would fall back to pure
            # Python silently, which reads three to five times slower.
            connection = Connection(
                host=self._settings.host,
                port=self._settings.port,
                user=self._settings.user,
                password=str(self._settings.password),
                database=self.database or None,
                charset="utf8mb4",
                collation=COLLATION,
                time_zone="+00:00",
                autocommit=False,
                connection_timeout=10,
                allow_local_infile=False,
                sql_mode="STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
                init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            )
            # MariaDB turns a list of a thousand values into a join, for which it reads the whole table. To
            # MySQL, which does no such thing, the second setting is a comment.
            connection.cmd_query(
                f"SET SESSION group_concat_max_len = {LONGEST_TEXT_BYTES}"
                " /*M!100303 , in_predicate_conversion_threshold = 0 */"
            )
            return connection

    def _usable(self, held: _Held | None) -> _Held | None:
        now_s = monotonic_s()
        if held is None:
            return None
        fresh = now_s - held.born_s < _MAX_AGE_S
        if fresh and (now_s - held.used_s < _REST_BEFORE_PING_S or held.connection.is_connected()):
            return held
        with contextlib.suppress(*DRIVER_ERRORS):
            held.connection.close()
        return None

    def _acquire(self, wait_s: float) -> _Held:
        try:
            slot = self._free.get(timeout=wait_s)
        except queue.Empty:
            raise Unavailable(f"no free connection to {self.database} within {wait_s:g} s") from None
        try:
            held = self._usable(slot)
            if held is None:
                now_s = monotonic_s()
                held = _Held(self._connect(), now_s, now_s)
        except BaseException:
            self._free.put(None)
            raise
        return held

    @contextlib.contextmanager
    def session(self, wait_s: float = 30.0, *, is_reading: bool = False) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back when it raises.

        Args:
            wait_s: How long to wait for a connection [s].
            is_reading: Whether nothing is changed. As readers see what is committed meanwhile anyway (the
                isolation is READ COMMITTED), each statement then stands for itself, and the round trip that
                would end the transaction is saved.

        Raises:
            Unavailable: No connection, or the server went away; nothing was committed unless it went away
                during the commit itself, so the work must be safe to repeat.
        """
        held = self._acquire(wait_s)
        healthy = False
        try:
            # A server that went away shows here first, when the connection rested too short for a ping.
            with translated(f"database {self.database}"):
                held.become(is_reading=is_reading)
                session = Session(held.connection, self.database, is_reading=is_reading)
        except BaseException:
            self._give_back(held, healthy)
            raise
        try:
            yield session
            if not is_reading:
                with translated(f"commit in {self.database}"):
                    held.connection.commit()
            healthy = True
        except BaseException:
            with contextlib.suppress(*DRIVER_ERRORS):
                held.connection.rollback()
                healthy = True
            raise
        finally:
            session.close()
            self._give_back(held, healthy)

    def _give_back(self, held: _Held, healthy: bool) -> None:
        if healthy:
            held.used_s = monotonic_s()
            self._free.put(held)
            return
        with contextlib.suppress(*DRIVER_ERRORS):
            held.connection.close()
        self._free.put(None)

    def close(self) -> None:
        """Close the connections that rest here; those in use close when they come back too old."""
        kept: list[None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                held = self._free.get_nowait()
                kept.append(None)
                if held is not None:
                    with contextlib.suppress(*DRIVER_ERRORS):
                        held.connection.close()
        for slot in kept:
            self._free.put(slot)


class Databases:
    """The thirteen databases, each with a pool made at first use.

    Args:
        settings: Server, credentials and name prefix.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        self.settings = settings
        self._pools: dict[str, Pool] = {}
        self._lock = threading.Lock()

    def full_name(self, database: str) -> str:
        """Name on the server: ``energy_db`` → ``myems_energy_db``."""
        return f"{self.settings.prefix}{database}"

    def pool(self, database: str) -> Pool:
        """The pool of one database by its short name, such as ``"energy_db"``; "" connects to none."""
        with self._lock:
            if database not in self._pools:
                full = self.full_name(database) if database else ""
                self._pools[database] = Pool(self.settings, full)
            return self._pools[database]

    def session(self, database: str) -> contextlib.AbstractContextManager[Session]:
        """A transaction in one database; see :meth:`Pool.session`."""
        return self.pool(database).session()

    def reading(self, database: str) -> contextlib.AbstractContextManager[Session]:
        """Statements in one database that change nothing; see :meth:`Pool.session`."""
        return self.pool(database).session(is_reading=True)

    def wait_until_up(self, attempts: int = 30, stop: threading.Event | None = None) -> None:
        """Block until the server answers.

        Raises:
            Unavailable: It did not within `attempts` growing pauses (about four minutes for 30).
        """

        def ask() -> None:
            with self.pool("").session() as session:
                session.scalar("SELECT 1")

        with_retry(ask, what="database server", attempts=attempts, stop=stop)

    def close(self) -> None:
        """Close all pools."""
        for pool in self._pools.values():
            pool.close()
