"""One pass of cleaning: open journal rows → verdicts → journal rows of the next stage.

Each piece of work (some points × some days) is one transaction of the historical database: readings are
read and judged, verdicts and `is_bad` written where they change, the next stage is told. Only when all
pieces are done are the journal rows consumed, by id. A crash anywhere repeats work and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ems_common import journal, log
from ems_common.clock import monotonic_s, utc_now
from ems_common.daemon import PassResult
from ems_common.db import Databases, Session
from ems_common.journal import Change, JournalRow
from ems_common.quality.judge import (
    REACH_MS,
    Calm,
    Point,
    calm_after,
    calm_after_new,
    has_context,
    judge,
    judge_new,
    near_ms,
    pardoned,
    plain,
    reach_after_ms,
    settled_from,
)
from ems_common.quality.parameters import RuleBook, StoredRule
from ems_common.quality.rules.common import GAP_INTERVALS
from ems_common.quality.series import DAY_MS, Series, day_of, to_ms
from ems_common.quality.site import Site
from ems_common.quality_store import site_of, stored_rules
from ems_common.retry import with_retry
from prometheus_client import Counter

from ems_cleaning import retention, store
from ems_cleaning.past import Past
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.store import Verdicts
from ems_cleaning.verdicts import Totals, Writer, future_before
from ems_cleaning.work import Dirt, Range, bounded, dirt_of, join, judged, pieces

_log = log.get(__name__)
_FULL = Counter("ems_cleaning_judgements", "Judgements of a point's new readings", ["depth"])
_STRANGERS_EVERY_S = 60.0
_STRANGERS_AGE = timedelta(seconds=60)
_LIVE_POINTS = 500
_POINT_DAYS = 600
"""Points × days of one transaction."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Points of one kind whose readings in the same days are judged in one transaction."""

    kind: str
    point_ids: tuple[int, ...]
    span: Range


@dataclass(frozen=True, slots=True)
class _Live:
    """Points of one kind and source whose readings came in order."""

    kind: str
    span: Range
    members: tuple[int, ...]
    judged_ms: Mapping[int, int]

    def start_ms(self, point_id: int) -> int:
        """Where a point's new readings begin: what was judged before did not change."""
        return max(self.span.start_ms, self.judged_ms.get(point_id, -1) + 1)


class CleaningStage:
    """The stage that :mod:`ems_common.daemon` runs.

    Args:
        dbs: The databases.
        settings: Retention and rule file.
    """

    name = "cleaning"

    def __init__(self, dbs: Databases, settings: CleaningSettings) -> None:
        self._dbs, self._settings = dbs, settings
        self._book = RuleBook.from_file(settings.rules_file)
        self._stored: list[StoredRule] = []
        self._calm: dict[int, Calm] = {}
        self._past = Past()
        self._strangers_at_s = 0.0
        self._retention = retention.Retention(dbs, settings)

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Judge everything that is open.

        Raises:
            Unavailable: A database went away; the pass can be repeated.
        """
        now_utc = utc_now()
        # The journal first: a change that is committed after it was read is seen in the next pass.
        opened = {database: self._open(database) for database in ("historical_db", "system_db")}
        known = self._site()
        rows = [row for part in opened.values() for row in part]
        dirt = dirt_of(rows, known.of_source, known.of_meter, known.of_kind)
        strangers = self._strangers(known, dirt, now_utc)
        dirt |= strangers
        totals = Totals()
        deep = self._judge_live(known, dirt, now_utc, totals, progress)
        self._judge_deeply(known, {key: dirt[key] for key in deep}, now_utc, totals, progress)
        for database, part in opened.items():
            if part:
                self._consume(database, part)
        removed = self._retention.run(known, now_utc)
        return PassResult(
            did_work=bool(strangers) or any(dirt[key].is_told for key in deep) or len(rows) >= 100_000,
            summary={
                "points": len(totals.points),
                "readings": totals.readings,
                "verdicts changed": totals.verdicts,
                "readings changed": totals.flips,
                "readings expired": removed,
            },
        )

    def explain(self) -> list[str]:
        """What is open and why, one line each."""
        known, now_utc = self._site(), utc_now()
        lines: list[str] = []
        for database in ("historical_db", "system_db"):
            for row in self._open(database):
                change = row.change
                age_s = (now_utc - row.created_utc).total_seconds()
                lines.append(
                    f"{change.entity_kind} {change.entity_id}: {change.from_utc:%Y-%m-%d %H:%M:%S} …"
                    f" {change.to_utc:%Y-%m-%d %H:%M:%S} since {age_s:.0f} s: {change.reason}"
                )
        self._strangers_at_s = 0.0
        for point_id, dirt in sorted(self._strangers(known, {}, now_utc).items()):
            span = dirt.ranges[0]
            lines.append(
                f"point {point_id}: {span.start_utc:%Y-%m-%d %H:%M:%S} … {span.end_utc:%Y-%m-%d %H:%M:%S}:"
                " written without a journal row"
            )
        return lines or ["nothing is open"]

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range to be judged again, of ``point:id``, ``meter:id``, ``data_source:id`` or all."""
        kind, _, number = (entity or "point:0").partition(":")
        change = Change("clean", kind, int(number or 0), start_utc, end_utc, "recompute")
        with self._dbs.session("historical_db") as session:
            return journal.write(session, [change])

    def _site(self) -> Site:
        with self._dbs.session("system_db") as session:
            stored = stored_rules(session)
            if stored != self._stored:
                self._book, self._stored = RuleBook.from_file(self._settings.rules_file, stored), stored
                self._past.forget_all()
                self._calm.clear()
            return site_of(session, self._book)

    def _open(self, database: str) -> list[JournalRow]:
        with self._dbs.session(database) as session:
            return journal.open_changes(session, ("clean",))

    def _consume(self, database: str, rows: Iterable[JournalRow]) -> None:
        with self._dbs.session(database) as session:
            journal.consume(session, [row.id for row in rows])

    def _strangers(self, known: Site, dirt: Mapping[int, Dirt], now_utc: datetime) -> dict[int, Dirt]:
        """Points with readings newer than the newest judged one that no journal row tells of.

        Other tools write without a journal. Readings of the last minute are left alone: their journal rows
        may have come after ours were read.
        """
        if monotonic_s() < self._strangers_at_s:
            return {}
        self._strangers_at_s = monotonic_s() + _STRANGERS_EVERY_S
        found: dict[int, Dirt] = {}
        with self._dbs.session("historical_db") as session:
            judged_ms = store.watermarks_ms(session)
            for kind in store.NUMERIC:
                for point_id, newest_ms in store.newest_ms(session, kind, now_utc - _STRANGERS_AGE).items():
                    point = known.points.get(point_id)
                    through_ms = judged_ms.get(point_id, -1)
                    if (
                        point is not None
                        and point.kind == kind
                        and point_id not in dirt
                        and newest_ms > through_ms
                    ):
                        found[point_id] = Dirt([Range(through_ms + 1, newest_ms + 1)], is_news=True)
        return found

    def _judge_live(
        self,
        known: Site,
        dirt: Mapping[int, Dirt],
        now_utc: datetime,
        totals: Totals,
        progress: Callable[[str, float], None],
    ) -> list[int]:
        """Judge what came in order from little data; returns the points that need a full judgement."""
        deep = [point_id for point_id, item in dirt.items() if not item.is_live]
        groups: dict[tuple[str, Range], list[int]] = {}
        for point_id, item in dirt.items():
            if item.is_live:
                kind = known.points[point_id].kind
                span = Range(item.ranges[0].start_ms, item.ranges[-1].end_ms)
                groups.setdefault((kind, span), []).append(point_id)
        if not groups:
            return deep
        with self._dbs.session("historical_db") as session:
            judged_ms = store.watermarks_ms(session)
        for number, ((kind, span), members) in enumerate(groups.items()):
            if span.start_ms <= 0 or span.end_ms - span.start_ms > DAY_MS:
                deep += members
                continue
            for part in store.batches(members, _LIVE_POINTS):
                progress("judging new readings", number / len(groups))
                group = _Live(kind, span, tuple(part), judged_ms)
                deep += with_retry(
                    partial(self._live_group, known, group, now_utc, totals),
                    what="historical_db",
                    attempts=3,
                )
        return deep

    def _live_group(self, known: Site, group: _Live, now_utc: datetime, totals: Totals) -> list[int]:
        """Judge one group in one transaction; returns the points that need a full judgement."""
        waiting: Sequence[int] = group.members
        deep: list[int] = []
        with self._dbs.session("historical_db") as session:
            writer = Writer(session, now_utc, totals)
            for before_ms in near_ms(group.kind):
                waiting = self._live_window(known, group, before_ms, waiting, session, writer, now_utc, deep)
                if not waiting:
                    break
            writer.finish()
        return [*deep, *waiting]

    def _live_window(
        self,
        known: Site,
        group: _Live,
        before_ms: int,
        members: Sequence[int],
        session: Session,
        writer: Writer,
        now_utc: datetime,
        deep: list[int],
    ) -> list[int]:
        """Judge points of a group from one window; returns those that have too few readings in it."""
        near = Range(group.span.start_ms - before_ms, group.span.end_ms)
        found = store.read(session, group.kind, members, near)
        stored: dict[int, Verdicts] = {}
        if group.kind == "energy":
            doubted = store.points_with_verdicts(session, members, near.widened(2 * REACH_MS + DAY_MS))
        else:
            stored = store.verdicts(session, members, near)
            doubted = {
                key
                for key, old in stored.items()
                if known.points[key].rules.fill.enabled or any(rule == "stuck" for _, rule in old)
            }
        lacking: list[int] = []
        for point_id, series in found.items():
            point, start_ms = known.points[point_id], group.start_ms(point_id)
            if series.time_ms[-1] < start_ms:
                continue
            if point_id not in doubted and not has_context(series, start_ms, point):
                lacking.append(point_id)
                continue
            judgement = None
            if point_id not in doubted:
                judgement = judge_new(
                    series,
                    point,
                    to_ms(now_utc),
                    start_ms,
                    self._calm.get(point_id),
                    self._past.remembered(point),
                )
            if judgement is None:
                deep.append(point_id)
                continue
            self._remain_calm(point_id, calm_after_new(series, start_ms, self._calm.get(point_id)))
            place = settled_from(series, start_ms, point)
            own = Range(int(series.time_ms[place]), group.span.end_ms)
            fresh = [Range(start_ms, int(series.time_ms[-1]) + 1)]
            writer.settle(point, series, judgement, own, stored.get(point_id, {}), fresh, to_ms(now_utc))
            _FULL.labels("near").inc()
        return lacking

    def _remain_calm(self, point_id: int, calm: Calm | None) -> None:
        if calm is None:
            self._calm.pop(point_id, None)
        else:
            self._calm[point_id] = calm

    def _judge_deeply(
        self,
        known: Site,
        dirt: Mapping[int, Dirt],
        now_utc: datetime,
        totals: Totals,
        progress: Callable[[str, float], None],
    ) -> None:
        for point_id, item in dirt.items():
            if not item.is_live:
                self._past.forget(point_id)
        tasks = list(self._tasks(known, dirt))
        for number, task in enumerate(tasks):
            beat = partial(progress, "judging readings", number / len(tasks))
            with_retry(
                partial(self._judge_task, known, task, dirt, now_utc, totals, beat),
                what="historical_db",
                attempts=3,
            )
        if tasks:
            progress("judging readings", 1.0)
        self._tell(known, dirt)

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

    def _judge_task(
        self,
        known: Site,
        task: _Task,
        dirt: Mapping[int, Dirt],
        now_utc: datetime,
        totals: Totals,
        beat: Callable[[], None],
    ) -> None:
        """Judge and store one task in one transaction; `beat` is called between two points and may end it."""
        now_ms = to_ms(now_utc)
        around = task.span.widened(REACH_MS)
        with self._dbs.session("historical_db") as session:
            found = store.read(session, task.kind, task.point_ids, around)
            stored = store.verdicts(session, task.point_ids, around)
            entered = store.entered(session, task.kind, task.point_ids, task.span)
            estimated = store.estimates(session, task.point_ids, task.span) if task.kind == "analog" else {}
            writer = Writer(session, now_utc, totals)
            for point_id, series in found.items():
                beat()
                point, old = known.points[point_id], stored.get(point_id, {})
                series = self._with_those_before(session, point, series, task.span.start_ms)
                habits_from = partial(self._past.found, session, point, around.start_ms)
                judgement = judge(series, point, now_ms, future_before(series, old), habits_from)
                if point_id in entered:
                    judgement = pardoned(judgement, entered[point_id].are(series.time_ms, series.value))
                item = dirt[point_id]
                told = item.ranges if item.is_told else ()
                fresh = item.ranges if item.is_news and not item.is_told else ()
                writer.settle(point, series, judgement, task.span, old, fresh, now_ms, told)
                if task.kind == "analog":
                    writer.estimate(point, series, judgement, task.span, estimated.get(point_id, {}))
                self._remain_calm(point_id, calm_after(series, point, habits_from(plain(series, point))))
                _FULL.labels("full").inc()
            writer.finish()
        self._past.trim(now_ms)

    def _with_those_before(self, session: Session, point: Point, series: Series, start_ms: int) -> Series:
        """The readings with as many before the days in question as tell what pauses are usual."""
        wanted = GAP_INTERVALS + 2
        if not point.rules.gap.enabled or series.between(0, start_ms).stop >= wanted:
            return series
        span = Range(0, int(series.time_ms[0]))
        return store.latest(session, point.kind, point.id, span, wanted).followed_by(series)
