"""What a stage is doing and how long it will take: bar, log lines, metrics, and a row that the API reads.

A stage calls its progress between two pieces of work. That is also where it learns that it shall stop, or
that its lease is gone: both end the pass there, and nothing is half done.
"""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from prometheus_client import Gauge

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases
from ems_common.errors import Unavailable
from ems_common.lease import Lease
from ems_common.pipeline import provisional_slots, stage_states

_log = log.get(__name__)
LOG_EVERY_S: Final = 10.0
STORE_EVERY_S: Final = 2.0
HEARTBEAT_S: Final = 30.0
MEASURE_EVERY_S: Final = 15.0
_BAR: Final = 24
_LINE: Final = 74
"""A bar and its words: less than the eighty columns of a terminal, where a longer line would break."""
_DONE = Gauge("ems_stage_progress_ratio", "Share of the running step that is done; 1 at rest", ["stage"])
_REMAINING = Gauge("ems_stage_remaining_seconds", "Estimated rest of the running step; 0 at rest", ["stage"])
_OPEN = Gauge("ems_stage_open_changes", "Dirty windows that the stage has still to do", ["stage"])
_OLDEST = Gauge(
    "ems_stage_oldest_open_change_timestamp_seconds", "When the oldest open change was written", ["stage"]
)
_NEWEST = Gauge(
    "ems_stage_newest_output_timestamp_seconds", "Newest slot, or reading, that the stage put out", ["stage"]
)
_PROVISIONAL = Gauge("ems_stage_provisional_slots", "Slots of meters that are not closed yet")


class Stopped(Exception):
    """The pass ends early because the process shall end; nothing is half done."""


class Progress:
    """Progress of one stage.

    Args:
        stage: Its name.
        dbs: Where the row is kept; None keeps none.
        stop: Set when the process shall end.
        lease: Its right to work; the pass ends when that is lost.
    """

    def __init__(
        self, stage: str, dbs: Databases | None, stop: threading.Event, lease: Lease | None = None
    ) -> None:
        self.stage = stage
        self._dbs, self._stop, self._lease = dbs, stop, lease
        self._step, self._share, self._began_s = "", 0.0, monotonic_s()
        self._logged_s = self._stored_s = monotonic_s()
        self._measure_s = -math.inf
        self._shows_bar = sys.stderr.isatty()

    def __call__(self, step: str, share: float) -> None:
        """Take note that a share (0–1) of a step is done.

        Raises:
            Stopped: The process shall end.
            Unavailable: Another instance may have taken over.
        """
        if self._stop.is_set():
            raise Stopped
        if self._lease is not None and not self._lease.is_held():
            raise Unavailable(f"{self.stage}: its lease ran out, another instance may be at work")
        now_s = monotonic_s()
        if step != self._step or share < self._share:
            self._step, self._began_s = step, now_s
        self._share = share
        remaining_s = remaining(now_s - self._began_s, share)
        _DONE.labels(self.stage).set(share)
        _REMAINING.labels(self.stage).set(remaining_s or 0.0)
        if self._shows_bar:
            print(f"\r{bar(self.stage, step, share, remaining_s)}", end="", file=sys.stderr, flush=True)
        elif now_s - self._logged_s >= LOG_EVERY_S:
            self._logged_s = now_s
            rest = None if remaining_s is None else round(remaining_s)
            _log.info("progress", stage=self.stage, step=step, done=round(share, 3), remaining_s=rest)
        if now_s - self._stored_s >= STORE_EVERY_S:
            self._store(True, remaining_s)

    def begin(self) -> None:
        """A pass begins; what takes less than two seconds leaves no trace of its steps."""
        self._step, self._share = "", 0.0
        self._began_s = self._logged_s = monotonic_s()

    def rest(self, took_s: float | None = None, summary: Mapping[str, Any] | None = None) -> None:
        """No pass runs. Given `took_s` one has ended that did work; else this is a sign of life.

        Args:
            took_s: How long it took [s].
            summary: What it did.
        """
        if self._shows_bar and self._step:
            print(f"\r{'':<{_LINE}}\r", end="", file=sys.stderr, flush=True)
        self._step = ""
        _DONE.labels(self.stage).set(1.0)
        _REMAINING.labels(self.stage).set(0.0)
        if took_s is not None or monotonic_s() - self._stored_s >= HEARTBEAT_S:
            self._store(False, None, took_s, summary)

    def measure(self) -> None:
        """Set the metrics of open work, at most every quarter of a minute.

        Raises:
            Unavailable: A database is away.
        """
        if self._dbs is None or monotonic_s() < self._measure_s:
            return
        self._measure_s = monotonic_s() + MEASURE_EVERY_S
        for state in stage_states(self._dbs, timedelta(0), [self.stage]):
            _OPEN.labels(self.stage).set(state.open_changes)
            since = min((item.since_utc for item in state.open), default=None)
            _OLDEST.labels(self.stage).set(since.timestamp() if since else math.nan)
            newest = state.watermark_utc
            _NEWEST.labels(self.stage).set(newest.timestamp() if newest else math.nan)
        if self.stage == "normalization":
            _PROVISIONAL.set(provisional_slots(self._dbs))

    def _store(
        self,
        is_working: bool,
        remaining_s: float | None,
        took_s: float | None = None,
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        if self._dbs is None:
            return
        self._stored_s = monotonic_s()
        now = _naive(utc_now())
        row: dict[str, Any] = {
            "stage": self.stage,
            "instance": self._lease.holder if self._lease is not None else "",
            "is_working": is_working,
            "step": self._step,
            "done_ratio": round(self._share, 6) if is_working else 1,
            "remaining_s": None if remaining_s is None else round(remaining_s, 3),
            "updated_utc": now,
        }
        if took_s is not None:
            row |= {"last_pass_utc": now, "last_pass_s": round(took_s, 3)}
            row["last_summary"] = json.dumps(dict(summary or {}))
        try:
            with self._dbs.session("system_db") as session:
                session.upsert("tbl_stage_progress", list(row), [list(row.values())])
        except Unavailable as ex:
            # Progress is for onlookers: the stage itself meets the same server with its next statement.
            _log.debug("progress_not_stored", stage=self.stage, error=str(ex))


def remaining(elapsed_s: float, share: float) -> float | None:
    """Estimated rest [s] of a step of which a share is done; None while nothing can be said.

    >>> remaining(30.0, 0.25), remaining(0.1, 0.0)
    (90.0, None)
    """
    return elapsed_s * (1 - share) / share if share > 0 else None


def bar(stage: str, step: str, share: float, remaining_s: float | None) -> str:
    """One line for a terminal.

    >>> bar("normalization", "meters", 0.5, 95.0).rstrip()
    'normalization: meters        ████████████············  50%  about 2 min'
    >>> len(bar("normalization", "virtual meters", 1.0, 400_000.0)) == _LINE < 80
    True
    """
    filled = int(share * _BAR)
    line = f"{f'{stage}: {step}':<28.28} {'█' * filled}{'·' * (_BAR - filled)} {share:4.0%}"
    return f"{f'{line}  {in_words(remaining_s)}':<{_LINE}}"


def in_words(duration_s: float | None) -> str:
    """A rough duration for people.

    >>> [in_words(s) for s in (None, 4, 95, 3 * 3600 + 1700)]
    ['', 'about 4 s', 'about 2 min', 'about 3.5 h']
    """
    if duration_s is None:
        return ""
    if duration_s < 60:
        return f"about {duration_s:.0f} s"
    return f"about {duration_s / 60:.0f} min" if duration_s < 5400 else f"about {duration_s / 3600:.1f} h"


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)


Told = Callable[[str, float], None]
"""What a stage is given: takes the name of a step and the share done."""
