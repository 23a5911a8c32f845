"""History files → the ingest function, in bulk.

One thread reads and checks, several write. A transaction holds whole points (or pieces of a long one) with
their journal rows, so that a killed import leaves nothing half done and can simply be repeated.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases
from ems_common.errors import BadInput
from ems_common.ingest import ingest
from ems_common.journal import Change, Why
from ems_common.readings import KINDS, Columns, Kind, to_utc
from ems_common.retry import with_retry

from ems_acquisition import history, store
from ems_acquisition.history import Refusals

UNIT_ROWS = 40_000
"""Rows of one transaction."""
MEMORY_ROWS = 4_000_000
"""Rows of a file that are sorted at a time."""


@dataclass(slots=True)
class FileReport:
    """What became of one file.

    Attributes:
        path: The file.
        rows: Readings written.
        duplicates: Readings whose point and time occur again further down; the last one counts.
        points: Points that got readings.
        refusals: Rows that were refused.
        began_s: Monotonic time at which its reading began [s].
        seconds: Time from then to its last commit [s]; the next file is read meanwhile.
        error: Why the file could not be read (on); empty when it could.
    """

    path: Path
    rows: int = 0
    duplicates: int = 0
    points: set[int] = field(default_factory=set)
    refusals: Refusals = field(default_factory=Refusals)
    began_s: float = field(default_factory=monotonic_s)
    seconds: float = 0.0
    error: str = ""

    @property
    def readable(self) -> bool:
        """Whether the whole file could be read; refused rows do not count against it."""
        return not self.error

    def lines(self) -> Iterator[str]:
        """The report for people."""
        rate = self.rows / self.seconds if self.seconds else 0.0
        yield (
            f"{self.path.name}: {self.rows:,} readings of {len(self.points)} points in {self.seconds:.1f} s"
            f" ({rate:,.0f}/s), {self.refusals.total:,} refused, {self.duplicates:,} duplicates"
        )
        for reason, count in sorted(self.refusals.counts.items()):
            examples = "; ".join(self.refusals.examples[reason])
            yield f"  {count:,} × {reason} – {examples}"
        if self.error:
            yield f"  stopped: {self.error}"


@dataclass(frozen=True, slots=True)
class _Unit:
    kind: Kind
    columns: Columns
    report: FileReport


def import_files(
    dbs: Databases, paths: Sequence[Path], *, writers: int, future_tolerance_s: float, show: bool
) -> list[FileReport]:
    """Read files into the historical database.

    Args:
        dbs: The databases.
        paths: CSV files, plain or gzip.
        writers: Parallel connections.
        future_tolerance_s: How far ahead of our clock a reading may be [s].
        show: Draw a progress bar when standard error is a terminal.

    Returns:
        One report for each file, in order.

    Raises:
        Unavailable: The database went away for longer than the retries last; repeat the import then.
    """
    kinds = {point_id: KINDS[text] for point_id, text in store.point_kinds(dbs) if text in KINDS}
    limit_utc = utc_now() + timedelta(seconds=future_tolerance_s)
    progress = _Progress(sum(path.stat().st_size for path in paths if path.exists()), show=show)
    crew = _Writers(dbs, max(1, min(writers, dbs.settings.pool_size)), progress)
    reports: list[FileReport] = []
    try:
        for path in paths:
            report = FileReport(path)
            reports.append(report)
            _import_file(report, kinds, limit_utc, crew)
            progress.file_read(path)
        crew.drain()
    finally:
        crew.close()
        progress.end()
    return reports


def _import_file(report: FileReport, kinds: Mapping[int, Kind], limit_utc: datetime, crew: _Writers) -> None:
    numeric = frozenset(point_id for point_id, kind in kinds.items() if kind is not Kind.TEXT)
    held: list[Columns] = []
    try:
        for line, block in history.blocks(report.path):
            part = history.parse(block, line, limit_utc, report.refusals)
            part = history.drop_unknown(part, kinds.keys(), line, report.refusals, "unknown point")
            part = history.drop_unknown(part, numeric, line, report.refusals, "a text point takes no number")
            held.append(part)
            if sum(len(columns) for columns in held) >= MEMORY_ROWS:
                _hand_over(held, kinds, report, crew)
                held = []
    except BadInput as ex:
        report.error = str(ex)
    _hand_over(held, kinds, report, crew)


def _hand_over(held: list[Columns], kinds: Mapping[int, Kind], report: FileReport, crew: _Writers) -> None:
    if not sum(len(columns) for columns in held):
        return
    joined = Columns(
        np.concatenate([columns.point_id for columns in held]),
        np.concatenate([columns.time_ms for columns in held]),
        np.concatenate([columns.value for columns in held]),
    )
    ordered = joined.sorted()
    report.duplicates += len(joined) - len(ordered)
    for kind, columns in units(ordered, kinds):
        report.rows += len(columns)
        report.points.update(np.unique(columns.point_id).tolist())
        crew.give(_Unit(kind, columns, report))


def units(ordered: Columns, kinds: Mapping[int, Kind]) -> Iterator[tuple[Kind, Columns]]:
    """Pieces for one transaction each: whole points of one kind up to a limit, or a piece of a long point.

    Args:
        ordered: Sorted readings of known points.
        kinds: Kind of each point.
    """
    ids, starts = np.unique(ordered.point_id, return_index=True)
    ends = np.append(starts[1:], len(ordered))
    begin, kind_now = 0, None
    for point_id, start, end in zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True):
        kind = kinds[point_id]
        if kind_now is not None and (kind is not kind_now or end - begin > UNIT_ROWS) and start > begin:
            yield kind_now, _cast(ordered.take(np.arange(begin, start)), kind_now)
            begin = start
        kind_now = kind
        while end - begin > UNIT_ROWS:
            yield kind, _cast(ordered.take(np.arange(begin, begin + UNIT_ROWS)), kind)
            begin += UNIT_ROWS
    if kind_now is not None and begin < len(ordered):
        yield kind_now, _cast(ordered.take(np.arange(begin, len(ordered))), kind_now)


def _cast(columns: Columns, kind: Kind) -> Columns:
    if kind is not Kind.DIGITAL:
        return columns
    return Columns(columns.point_id, columns.time_ms, columns.value.astype(np.int64))


class _Writers:
    """Threads that write units; the first failure stops the import."""

    def __init__(self, dbs: Databases, count: int, progress: _Progress) -> None:
        self._dbs, self._progress = dbs, progress
        self._units: queue.Queue[_Unit | None] = queue.Queue(maxsize=4 * count)
        self._failure: BaseException | None = None
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def give(self, unit: _Unit) -> None:
        """Hand over a unit; waits while enough are waiting."""
        self._check()
        self._units.put(unit)

    def drain(self) -> None:
        """Wait until everything is committed."""
        self._units.join()
        self._check()

    def close(self) -> None:
        """End the threads."""
        for _ in self._threads:
            self._units.put(None)
        for thread in self._threads:
            thread.join()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (unit := self._units.get()) is not None:
            try:
                if self._failure is None:
                    with_retry(partial(self._write, unit), what="historical database", attempts=8)
                    self._progress.rows_done(len(unit.columns))
                    unit.report.seconds = monotonic_s() - unit.report.began_s
            except BaseException as ex:
                self._failure = ex
            finally:
                self._units.task_done()

    def _write(self, unit: _Unit) -> None:
        newest = unit.columns.newest()
        with self._dbs.session("historical_db") as session:
            ingest(
                session,
                {unit.kind: unit.columns},
                {unit.kind: newest},
                imported(unit.columns),
            )


def imported(columns: Columns) -> list[Change]:
    """One journal row for each point, over the range of its readings."""
    ids, starts = np.unique(columns.point_id, return_index=True)
    ends = np.append(starts[1:], len(columns))
    return [
        Change(
            "clean",
            "point",
            point_id,
            to_utc(int(columns.time_ms[start])),
            to_utc(int(columns.time_ms[end - 1]) + 1),
            Why.HISTORY,
        )
        for point_id, start, end in zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True)
    ]


class _Progress:
    """A progress bar on a terminal: share of the files' bytes, rows, rows per second."""

    def __init__(self, total_bytes: int, *, show: bool) -> None:
        self._total_bytes = max(1, total_bytes)
        self._show = show and sys.stderr.isatty()
        self._done_bytes = 0
        self._rows = 0
        self._began_s = self._drawn_s = monotonic_s()
        self._lock = threading.Lock()

    def rows_done(self, count: int) -> None:
        """Count committed rows."""
        with self._lock:
            self._rows += count
            now_s = monotonic_s()
            if self._show and now_s - self._drawn_s > 0.2:
                self._drawn_s = now_s
                self._draw()

    def file_read(self, path: Path) -> None:
        """Count a file that was read."""
        with self._lock:
            self._done_bytes += path.stat().st_size if path.exists() else 0
            if self._show:
                self._draw()

    def _draw(self) -> None:
        share = min(1.0, self._done_bytes / self._total_bytes)
        rate = self._rows / max(0.001, monotonic_s() - self._began_s)
        filled = round(share * 30)
        line = (
            f"\rimport {'█' * filled}{'·' * (30 - filled)} {share:4.0%} {self._rows:,} rows, {rate:,.0f}/s "
        )
        print(line, end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._show:
            print(file=sys.stderr)
