"""Writes what a judgement changes: verdicts, `is_bad`, journal rows of the next stage, watermarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from ems_common import journal
from ems_common.db import Session
from ems_common.journal import Change
from ems_common.quality.fill import estimates
from ems_common.quality.judge import Judgement, Point
from ems_common.quality.parameters import RULES
from ems_common.quality.screen import Batch
from ems_common.quality.series import UNJUDGED, Ints, Mask, Series, to_utc
from prometheus_client import Counter

from ems_cleaning import store
from ems_cleaning.store import Verdicts
from ems_cleaning.work import Range, Totals, join

JUDGEMENTS = Counter("ems_cleaning_judgements", "Judgements of a point's new readings", ["depth"])
_READINGS = Counter("ems_cleaning_judged_readings", "Readings judged")
_VERDICTS = Counter("ems_cleaning_changed_verdicts", "Verdicts written or withdrawn", ["rule"])


def future_before(series: Series, old: Verdicts) -> Mask:
    """Which readings have the verdict "future" already."""
    times = np.array([time_ms for time_ms, rule in old if rule == "future"], dtype=np.int64)
    return np.isin(series.time_ms, times)


class Writer:
    """Writes what changed of some points, in one transaction."""

    def __init__(self, session: Session, now_utc: datetime, totals: Totals) -> None:
        self._session, self._now_utc, self._totals = session, now_utc, totals
        self._changes: list[Change] = []
        self._judged_ms: dict[int, int] = {}

    def settle(
        self,
        point: Point,
        series: Series,
        judgement: Judgement,
        own: Range,
        old: Verdicts,
        fresh: Sequence[Range],
        now_ms: int,
        told: Sequence[Range] = (),
    ) -> None:
        """Write the verdicts on the readings in `own`.

        Args:
            point: Whose readings they are.
            series: The readings that were judged, those around `own` included.
            judgement: What the rules say.
            own: Where verdicts are replaced.
            old: Stored verdicts, at least those in `own`.
            fresh: New ranges; the next stage is told of those that have readings in `own`.
            now_ms: The present.
            told: Ranges the next stage is told of anyway.
        """
        mine = series.between(own.start_ms, own.end_ms)
        times = series.time_ms[mine]
        new = {
            (int(series.time_ms[f.place]), f.rule): f.detail
            for f in judgement.findings
            if mine.start <= f.place < mine.stop
        }
        replaced = {key: detail for key, detail in old.items() if own.start_ms <= key[0] < own.end_ms}
        changed = store.replace_verdicts(self._session, point.id, replaced, new, self._now_utc)
        for key in new.keys() ^ replaced.keys():
            _VERDICTS.labels(key[1] if key[1] in RULES else "other").inc()
        flipped = self._flip(point, times, series.is_bad[mine], judgement.is_bad[mine])
        outside = [t for t in flipped if not any(span.start_ms <= t < span.end_ms for span in told)]
        self._tell(point.id, times, fresh, own, outside)
        past = times[times <= now_ms]
        if len(past):
            self._judged_ms[point.id] = int(past[-1])
        self._totals.points.add(point.id)
        self._totals.readings += len(times)
        self._totals.verdicts += changed
        self._totals.flips += len(flipped)
        _READINGS.inc(len(times))

    def pass_plain(self, batch: Batch, start_ms: Ints, rows_before: int) -> None:
        """Tell of new readings that are good, of points of which neither verdict nor `is_bad` changes.

        Args:
            batch: Their readings, the last of each not ahead of the present.
            start_ms: For each point the time from which readings are new.
            rows_before: How many readings before the new ones were judged with them.
        """
        counts = np.diff(batch.bounds)
        is_new = batch.time_ms >= np.repeat(start_ms, counts)
        of_point = np.add.reduceat(is_new.astype(np.int64), batch.bounds[:-1])
        last_ms = batch.time_ms[batch.bounds[1:] - 1]
        first_ms = batch.time_ms[batch.bounds[1:] - of_point]
        spans = zip(batch.point_ids.tolist(), first_ms.tolist(), last_ms.tolist(), strict=True)
        for point_id, begin_ms, end_ms in spans:
            self._judged_ms[point_id] = end_ms
            self._changes.append(
                Change("normalize", "point", point_id, to_utc(begin_ms), to_utc(end_ms + 1), "judged")
            )
        readings = int(np.minimum(of_point + rows_before, counts).sum())
        self._totals.points.update(batch.point_ids.tolist())
        self._totals.readings += readings
        _READINGS.inc(readings)
        JUDGEMENTS.labels("near").inc(len(counts))

    def estimate(
        self, point: Point, series: Series, judgement: Judgement, own: Range, old: store.Estimates
    ) -> None:
        """Write the estimates that stand in for bad and missing readings in `own`, or remove them.

        Args:
            point: Whose readings they are.
            series: The readings that were judged, those around `own` included.
            judgement: What the rules say.
            own: Where estimates are replaced.
            old: Stored estimates in `own`.
        """
        made = estimates(series, judgement.is_bad, point.rules.fill)
        new = {e.time_ms: (e.value, e.method) for e in made if own.start_ms <= e.time_ms < own.end_ms}
        store.replace_estimates(self._session, point.id, old, new)

    def _flip(self, point: Point, times: Any, stored: Any, is_bad: Mask) -> list[int]:
        """Set `is_bad` where it differs; returns the times at which a verdict turned."""
        if (stored == UNJUDGED).any():
            span = Range(int(times[0]), int(times[-1]) + 1)
            store.settle_unjudged(self._session, point.kind, point.id, span)
        to_bad = times[is_bad & (stored != 1)]
        to_good = times[~is_bad & (stored == 1)]
        store.set_bad(self._session, point.kind, point.id, to_bad, 1)
        store.set_bad(self._session, point.kind, point.id, to_good, 0)
        return [*to_bad.tolist(), *to_good.tolist()]

    def _tell(
        self, point_id: int, times: Any, fresh: Sequence[Range], own: Range, flipped: Sequence[int]
    ) -> None:
        """Journal rows for the next stage: new readings once, and those whose verdict turned."""
        told: list[Range] = []
        for span in fresh:
            low, high = np.searchsorted(
                times, (max(span.start_ms, own.start_ms), min(span.end_ms, own.end_ms))
            )
            if low < high:
                told.append(Range(int(times[low]), int(times[high - 1]) + 1))
        if flipped:
            told.append(Range(min(flipped), max(flipped) + 1))
        self._changes += [
            Change("normalize", "point", point_id, span.start_utc, span.end_utc, "judged")
            for span in join(told)
        ]

    def finish(self) -> None:
        """Write the journal rows and watermarks."""
        journal.write(self._session, self._changes)
        store.raise_watermarks(self._session, self._judged_ms)
