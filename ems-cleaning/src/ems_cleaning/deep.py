"""Days are judged as a whole, from all that their verdicts depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ems_common import journal
from ems_common.ahead import read_ahead
from ems_common.db import Databases, Session
from ems_common.journal import Change
from ems_common.quality.calm import calm_after
from ems_common.quality.judge import REACH_MS, Point, judge, pardoned, plain, reach_after_ms
from ems_common.quality.screen import Batch
from ems_common.quality.series import DAY_MS, day_of
from ems_common.quality.site import Site
from ems_common.quality_store import with_those_before
from ems_common.repairs import Repaired
from ems_common.retry import with_retry

from ems_cleaning import store
from ems_cleaning.past import Memory
from ems_cleaning.store import Estimates, Verdicts
from ems_cleaning.verdicts import JUDGEMENTS, Writer, future_before
from ems_cleaning.work import Dirt, Pass, Range, bounded, join, judged, pieces

_POINT_DAYS = 600
"""Points × days of one transaction."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Points of one kind whose readings in the same days are judged in one transaction."""

    kind: str
    point_ids: tuple[int, ...]
    span: Range

    @property
    def around(self) -> Range:
        """All that its verdicts depend on."""
        return self.span.widened(REACH_MS)

    def has_other_points(self, other: _Task) -> bool:
        """Whether it writes nothing that the other one reads."""
        return set(self.point_ids).isdisjoint(other.point_ids)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is stored for a task: readings and verdicts around it, what people entered and estimates."""

    readings: Batch
    verdicts: Mapping[int, Verdicts]
    entered: Mapping[int, Repaired]
    estimated: Mapping[int, Estimates]


class DeepJudge:
    """Judges whole days.

    Args:
        dbs: The databases.
        memory: What earlier judgements know of the points.
    """

    def __init__(self, dbs: Databases, memory: Memory) -> None:
        self._dbs, self._memory = dbs, memory

    def judge(self, work: Pass) -> None:
        """Judge all days that depend on what is open, and tell the next stage.

        Raises:
            Unavailable: The database went away.
        """
        for point_id, item in work.dirt.items():
            if not item.is_live:
                self._memory.past.forget(point_id)
        tasks = list(self._tasks(work.known, work.dirt))
        for number, (task, found) in enumerate(read_ahead(tasks, self._read, _Task.has_other_points)):
            beat = partial(work.progress, "judging readings", number / len(tasks))
            with_retry(partial(self._judge_task, work, task, found, beat), what="historical_db", attempts=3)
        if tasks:
            work.progress("judging readings", 1.0)
        self._tell(work.known, work.dirt)

    def _tell(self, known: Site, dirt: Mapping[int, Dirt]) -> None:
        """Tell the next stage of ranges that it must look at even where no reading is left."""
        told_points = sorted(key for key, item in dirt.items() if item.is_told)
        if not told_points:
            return
        with self._dbs.session("historical_db") as session:
            extents: dict[int, Range] = {}
            for kind in store.NUMERIC:
                members = [key for key in told_points if known.points[key].kind == kind]
                extents |= store.extents(session, kind, members)
            journal.write(
                session,
                [
                    Change("normalize", "point", key, span.start_utc, span.end_utc, "judged")
                    for key in told_points
                    for span in bounded(dirt[key].ranges, extents.get(key))
                ],
            )

    def _tasks(self, known: Site, dirt: Mapping[int, Dirt]) -> Iterator[_Task]:
        """Work in transactions of bearable size: points of one kind that share their days."""
        groups: dict[tuple[str, Range], list[int]] = {}
        with self._dbs.session("historical_db") as session:
            for kind in store.NUMERIC:
                members = [key for key in dirt if known.points[key].kind == kind]
                for point_id, extent in store.extents(session, kind, members).items():
                    for span in self._spans(session, known.points[point_id], dirt[point_id], extent):
                        groups.setdefault((kind, span), []).append(point_id)
        for (kind, span), point_ids in sorted(groups.items()):
            days = max(1, (span.end_ms - span.start_ms) // DAY_MS)
            for part in store.batches(sorted(point_ids), max(1, _POINT_DAYS // days)):
                yield _Task(kind, tuple(part), span)

    def _spans(self, session: Session, point: Point, dirt: Dirt, extent: Range) -> list[Range]:
        """The days of a point that must be judged, in pieces.

        The reading that ends a pause may be far from the one that began it: the first ones after what changed
        are judged, too.
        """
        days = judged(dirt.ranges, reach_after_ms(point))
        if point.rules.gap.enabled:
            for changed in list(days):
                if changed.end_ms < extent.end_ms:
                    after_ms = store.first_after_ms(session, point.kind, point.id, changed.end_ms)
                    if after_ms is not None:
                        days.append(Range(day_of(after_ms), day_of(after_ms) + DAY_MS))
        return pieces(join(days), extent)

    def _read(self, task: _Task) -> _Found:
        return with_retry(partial(self._read_once, task), what="historical_db", attempts=3)

    def _read_once(self, task: _Task) -> _Found:
        with self._dbs.reading("historical_db") as session:
            return _Found(
                store.read(session, task.kind, task.point_ids, task.around),
                store.verdicts(session, task.point_ids, task.around),
                store.entered(session, task.kind, task.point_ids, task.span),
                store.estimates(session, task.point_ids, task.span) if task.kind == "analog" else {},
            )

    def _judge_task(self, work: Pass, task: _Task, found: _Found, beat: Callable[[], None]) -> None:
        """Judge and store one task in one transaction; `beat` is called between two points and may end it."""
        with self._dbs.session("historical_db") as session:
            writer = Writer(session, work.now_utc, work.totals)
            for number, point_id in enumerate(found.readings.point_ids.tolist()):
                beat()
                series = found.readings.series(number)
                point, old = work.known.points[point_id], found.verdicts.get(point_id, {})
                series = with_those_before(session, point, series, task.span.start_ms)
                habits_from = partial(self._memory.past.found, session, point, task.around.start_ms)
                judgement = judge(series, point, work.now_ms, future_before(series, old), habits_from)
                if point_id in found.entered:
                    is_entered = found.entered[point_id].are(series.time_ms, series.value)
                    judgement = pardoned(judgement, is_entered)
                item = work.dirt[point_id]
                told = item.ranges if item.is_told else ()
                fresh = item.ranges if item.is_news and not item.is_told else ()
                writer.settle(point, series, judgement, task.span, old, fresh, work.now_ms, told)
                if task.kind == "analog":
                    writer.estimate(point, series, judgement, task.span, found.estimated.get(point_id, {}))
                calm = calm_after(series, point, habits_from(plain(series, point)))
                self._memory.remain_calm(point_id, calm)
                JUDGEMENTS.labels("full").inc()
            writer.finish()
        self._memory.past.trim(work.now_ms)
