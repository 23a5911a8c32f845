"""New readings that came in order are judged from little data, where that is provably enough."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from ems_common.ahead import read_ahead
from ems_common.db import Databases, Session
from ems_common.quality.calm import calm_after_new
from ems_common.quality.judge import (
    NEAR_REACH_MS,
    has_context,
    judge_new,
    near_ms,
    radius,
    settled_from,
)
from ems_common.quality.screen import Batch, plainly_good
from ems_common.quality.series import DAY_MS, Ints, Mask, Series
from ems_common.retry import with_retry

from ems_cleaning import store
from ems_cleaning.past import Memory
from ems_cleaning.store import Verdicts
from ems_cleaning.verdicts import JUDGEMENTS, Writer
from ems_cleaning.work import Pass, Range

_POINTS = 500
"""Points of one transaction."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Points of one kind and source whose readings came in order."""

    kind: str
    span: Range
    members: tuple[int, ...]
    judged_ms: Mapping[int, int]

    def start_ms(self, point_id: int) -> int:
        """Where a point's new readings begin: what was judged before did not change."""
        return max(self.span.start_ms, self.judged_ms.get(point_id, -1) + 1)

    def near(self, before_ms: int) -> Range:
        """The new readings and those shortly before."""
        return Range(self.span.start_ms - before_ms, self.span.end_ms)

    def seen(self, session: Session, work: Pass, near: Range, members: Sequence[int]) -> _Seen:
        """What a window shows of some points."""
        found = store.read(session, self.kind, members, near)
        stored = store.verdicts(session, members, near)
        if self.kind == "energy":
            since = near.widened(2 * NEAR_REACH_MS + DAY_MS)
            return _Seen(found, stored, store.points_with_verdicts(session, members, since))
        doubted = {
            key
            for key, old in stored.items()
            if work.known.points[key].rules.fill.enabled or any(rule == "stuck" for _, rule in old)
        }
        return _Seen(found, stored, doubted)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The readings shortly before the new ones of a group, and what is known of them.

    Attributes:
        found: Readings, the new ones included.
        stored: Their verdicts.
        doubted: Points of which too much depends on what lies before.
    """

    found: Batch
    stored: Mapping[int, Verdicts]
    doubted: Collection[int]


class LiveJudge:
    """Judges what came in order.

    Args:
        dbs: The databases.
        memory: What earlier judgements know of the points.
    """

    def __init__(self, dbs: Databases, memory: Memory) -> None:
        self._dbs, self._memory = dbs, memory

    def judge(self, work: Pass) -> list[int]:
        """Judge what came in order from little data; returns the points that need a full judgement.

        Raises:
            Unavailable: The database went away.
        """
        deep = [point_id for point_id, item in work.dirt.items() if not item.is_live]
        groups: dict[tuple[str, Range], list[int]] = {}
        for point_id, item in work.dirt.items():
            if item.is_live:
                kind = work.known.points[point_id].kind
                span = Range(item.ranges[0].start_ms, item.ranges[-1].end_ms)
                groups.setdefault((kind, span), []).append(point_id)
        if not groups:
            return deep
        with self._dbs.session("historical_db") as session:
            judged_ms = store.watermarks_ms(session)
        near: list[_Group] = []
        for (kind, span), members in groups.items():
            if span.start_ms <= 0 or span.end_ms - span.start_ms > DAY_MS:
                deep += members
            else:
                near += [
                    _Group(kind, span, tuple(part), judged_ms) for part in store.batches(members, _POINTS)
                ]
        # No two groups share a point: what one writes is nothing that another one reads.
        for number, (group, seen) in enumerate(read_ahead(near, partial(self._look, work))):
            work.progress("judging new readings", number / len(near))
            judge_group = partial(self._judge_group, work, group, seen)
            deep += with_retry(judge_group, what="historical_db", attempts=3)
        return deep

    def _look(self, work: Pass, group: _Group) -> _Seen:
        """What the first window of a group shows."""

        def look() -> _Seen:
            with self._dbs.reading("historical_db") as session:
                return group.seen(session, work, group.near(near_ms(group.kind)[0]), group.members)

        return with_retry(look, what="historical_db", attempts=3)

    def _judge_group(self, work: Pass, group: _Group, seen: _Seen) -> list[int]:
        """Judge one group in one transaction; returns the points that need a full judgement."""
        waiting: Sequence[int] = group.members
        deep: list[int] = []
        with self._dbs.session("historical_db") as session:
            writer = Writer(session, work.now_utc, work.totals)
            for number, before_ms in enumerate(near_ms(group.kind)):
                if number:
                    seen = group.seen(session, work, group.near(before_ms), waiting)
                waiting, unclear = self._judge_window(_Window(work, group, writer), seen)
                deep += unclear
                if not waiting:
                    break
            writer.finish()
        return [*deep, *waiting]

    def _judge_window(self, window: _Window, seen: _Seen) -> tuple[list[int], list[int]]:
        """Judge points of a group from one window.

        Returns:
            Those that have too few readings in it, and those that need a full judgement.
        """
        found, stored, doubted = seen.found, seen.stored, seen.doubted
        is_plain = self._pass_plain(window, seen)
        lacking: list[int] = []
        deep: list[int] = []
        for number in np.flatnonzero(~is_plain).tolist():
            point_id, series = int(found.point_ids[number]), found.series(number)
            point, start_ms = window.work.known.points[point_id], window.group.start_ms(point_id)
            if series.time_ms[-1] < start_ms:
                continue
            if point_id in doubted:
                deep.append(point_id)
            elif not has_context(series, start_ms, point):
                lacking.append(point_id)
            elif not self._judge_point(window, point_id, series, stored.get(point_id, {})):
                deep.append(point_id)
        return lacking, deep

    def _pass_plain(self, window: _Window, seen: _Seen) -> Mask:
        """Pass the points on whose new readings are plainly good; the others need a closer look."""
        found, group, points = seen.found, window.group, window.work.known.points
        is_plain = np.zeros(len(found.point_ids), dtype=bool)
        start_ms = np.array([group.start_ms(key) for key in found.point_ids.tolist()], dtype=np.int64)
        has_new = found.time_ms[found.bounds[1:] - 1] >= start_ms
        alike: dict[int, list[int]] = {}
        for number in np.flatnonzero(has_new).tolist():
            point_id = int(found.point_ids[number])
            if point_id not in seen.doubted and point_id not in seen.stored:
                alike.setdefault(id(points[point_id].rules), []).append(number)
        for places in alike.values():
            batch = found.take(places)
            of_batch = [points[key] for key in batch.point_ids.tolist()]
            good = np.flatnonzero(plainly_good(batch, of_batch, start_ms[places], window.work.now_ms))
            if len(good):
                chosen = np.array(places)[good]
                window.writer.pass_plain(batch.take(good), start_ms[chosen], radius(of_batch[0]))
                self._stay_calm(batch, good, start_ms[places])
                is_plain[chosen] = True
        return is_plain

    def _stay_calm(self, batch: Batch, places: Ints, start_ms: Ints) -> None:
        """Keep what was said of standing values in step with the readings that were passed on."""
        for number in places.tolist():
            point_id = int(batch.point_ids[number])
            calm = self._memory.calm.get(point_id)
            if calm is not None:
                after = calm_after_new(batch.series(number), int(start_ms[number]), calm)
                self._memory.remain_calm(point_id, after)

    def _judge_point(self, window: _Window, point_id: int, series: Series, stored: Verdicts) -> bool:
        """Judge a point's new readings; whether that could be done from the window."""
        work, group = window.work, window.group
        point, start_ms = work.known.points[point_id], group.start_ms(point_id)
        calm = self._memory.calm.get(point_id)
        habit_at = self._memory.past.remembered(point)
        judgement = judge_new(series, point, work.now_ms, start_ms, calm, habit_at)
        if judgement is None:
            return False
        self._memory.remain_calm(point_id, calm_after_new(series, start_ms, calm))
        place = settled_from(series, start_ms, point)
        own = Range(int(series.time_ms[place]), group.span.end_ms)
        fresh = [Range(start_ms, int(series.time_ms[-1]) + 1)]
        window.writer.settle(point, series, judgement, own, stored, fresh, work.now_ms)
        JUDGEMENTS.labels("near").inc()
        return True


@dataclass(frozen=True, slots=True)
class _Window:
    """The new readings of a group, and where what they say is written."""

    work: Pass
    group: _Group
    writer: Writer
