"""The thread that commits batches, or spools them while the database is away.

Readings are collected for a fraction of a second, then written in one transaction. What waits for the
broker's acknowledgement is acknowledged after the commit, or when it is safely in the spool. While anything
is in the spool, new batches go behind it, so the order stays.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import mysql.connector
from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from ems_common.errors import Unavailable
from ems_common.ingest import ingest_rows
from ems_common.live_feed import LiveFeed
from ems_common.readings import Row
from ems_common.retry import pauses_s
from ems_common.spool import MEBIBYTE, Spool

from ems_acquisition import metrics
from ems_acquisition.batch import pack, unpack

_log = log.get(__name__)
MOST_ROWS = 20_000
"""Rows of one transaction."""
ROOM_ROWS = 200_000
"""Rows that may wait in memory before sources are held up."""
_LONGEST_PAUSE_S = 5.0
Acknowledge = Callable[[], None]


@dataclass(slots=True)
class _Parcel:
    rows: list[Row]
    acknowledge: Acknowledge | None
    arrived_s: float


@dataclass(slots=True)
class _Batch:
    rows: list[Row] = field(default_factory=list)
    acknowledge: list[Acknowledge] = field(default_factory=list)
    oldest_s: float = 0.0


class Writer:
    """Takes rows from all sources and makes them safe.

    Args:
        dbs: The databases.
        spool: Where batches wait while the database is away.
        live: Told of each committed batch.
        flush_s: Longest time rows are collected before they are committed [s].
    """

    def __init__(self, dbs: Databases, spool: Spool, live: LiveFeed, flush_s: float) -> None:
        self._dbs, self._spool, self._live, self._flush_s = dbs, spool, live, flush_s
        self._parcels: collections.deque[_Parcel] = collections.deque()
        self._waiting_rows = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._failures = 0
        self._lost_at_s: float | None = None
        self._retry_at_s = 0.0
        self._pause_s = pauses_s(0.5, _LONGEST_PAUSE_S)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self.failure: BaseException | None = None

    @property
    def is_away(self) -> bool:
        """Whether the database is away and readings are spooled."""
        return self._lost_at_s is not None

    @property
    def backlog(self) -> int:
        """Batches that wait on disk."""
        return len(self._spool)

    @property
    def has_room(self) -> bool:
        """Whether more rows should be given now."""
        return self._waiting_rows < ROOM_ROWS

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, rows: list[Row], acknowledge: Acknowledge | None = None, *, block: bool = False) -> None:
        """Hand over rows; returns at once unless `block` is set and too many wait.

        Args:
            rows: Readings of any sources.
            acknowledge: Called in the writer's thread when they are safe.
            block: Wait for room; for threads that may be held up, such as a broker connection's.
        """
        with self._changed:
            while block and not self.has_room and not self._stopping and self.failure is None:
                self._changed.wait(1.0)
            self._parcels.append(_Parcel(rows, acknowledge, monotonic_s()))
            self._waiting_rows += len(rows)
            metrics.QUEUED.set(self._waiting_rows)
            self._changed.notify_all()

    def stop(self, limit_s: float = 4.0) -> None:
        """Make everything safe that was handed over, and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(limit_s)
        self._spool.close()

    def _run(self) -> None:
        try:
            while (batch := self._collect()) is not None:
                if batch.rows or batch.acknowledge:
                    self._deliver(batch)
                if self.backlog and monotonic_s() >= self._retry_at_s and not self._stopping:
                    self._replay()
        except BaseException as ex:
            # A bug: the service's main thread logs it, and ends the process; nothing unsafe was acknowledged.
            self.failure = ex
            with self._changed:
                self._changed.notify_all()
            raise

    def _collect(self) -> _Batch | None:
        """Rows of at most the flush time, an empty batch when there are none, None at the end."""
        batch = _Batch()
        with self._changed:
            if not self._parcels and not self._stopping:
                self._changed.wait(0.02 if self.backlog and not self.is_away else self._flush_s)
            if not self._parcels:
                return None if self._stopping else batch
            batch.oldest_s = self._parcels[0].arrived_s
            limit_s = batch.oldest_s + self._flush_s
            while self._waiting_rows < MOST_ROWS and not self._stopping:
                left_s = limit_s - monotonic_s()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            while self._parcels and len(batch.rows) < MOST_ROWS:
                parcel = self._parcels.popleft()
                batch.rows += parcel.rows
                if parcel.acknowledge is not None:
                    batch.acknowledge.append(parcel.acknowledge)
                self._waiting_rows -= len(parcel.rows)
            metrics.QUEUED.set(self._waiting_rows)
            self._changed.notify_all()
        return batch

    def _deliver(self, batch: _Batch) -> None:
        """Commit a batch, or put it into the spool; then acknowledge."""
        if not self.backlog and monotonic_s() >= self._retry_at_s:
            try:
                self._commit(batch.rows)
            except Unavailable as ex:
                self._note_loss(ex)
                self._spool.append(pack(batch.rows))
            except BaseException:
                self._spool.append(pack(batch.rows))
                raise
            else:
                self._note_return()
                metrics.DELAY_SECONDS.observe(monotonic_s() - batch.oldest_s)
        elif batch.rows:
            self._spool.append(pack(batch.rows))
        for acknowledge in batch.acknowledge:
            acknowledge()

    def _replay(self) -> None:
        """Write the oldest batches of the spool, in order."""
        payloads = self._spool.peek(limit_bytes=MEBIBYTE)
        if not payloads:
            return
        rows = [row for payload in payloads for row in unpack(payload)]
        try:
            self._commit(rows)
        except Unavailable as ex:
            self._note_loss(ex)
            return
        self._spool.advance(len(payloads))
        self._note_return()

    def _commit(self, rows: list[Row]) -> None:
        if not rows:
            return
        try:
            self._write(rows)
        except mysql.connector.DataError as ex:
            # Our checks let through what the columns do not take: the rows that are to blame are refused, the
            # others stored.
            if len(rows) == 1:
                metrics.REFUSED.labels("database").inc()
                _log.error("reading_refused", row=rows[0], error=str(ex))
                return
            middle = len(rows) // 2
            self._commit(rows[:middle])
            self._commit(rows[middle:])

    def _write(self, rows: list[Row]) -> None:
        began_s = monotonic_s()
        with self._dbs.session("historical_db") as session:
            count, newest = ingest_rows(session, rows)
        metrics.COMMIT_SECONDS.observe(monotonic_s() - began_s)
        metrics.ROWS.inc(count)
        self._live.publish(newest)

    def _note_loss(self, ex: Unavailable) -> None:
        self._failures += 1
        self._retry_at_s = monotonic_s() + self._pause_s(self._failures)
        if self._failures == 2:  # one failure may be a deadlock's victim
            self._lost_at_s = monotonic_s()
            _log.warning("database_lost", error=str(ex), spooled_to=str(self._spool.folder))

    def _note_return(self) -> None:
        if self._lost_at_s is not None:
            away_s = round(monotonic_s() - self._lost_at_s, 1)
            _log.info("database_back", away_s=away_s, batches_to_replay=self.backlog)
        self._failures, self._lost_at_s, self._retry_at_s = 0, None, 0.0
