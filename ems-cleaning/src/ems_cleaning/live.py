"""New readings that came in order are judged from little data, where that is provably enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ems_common.db import Databases, Session
from ems_common.quality.judge import (
    NEAR_REACH_MS,
    calm_after_new,
    has_context,
    judge_new,
    near_ms,
    settled_from,
)
from ems_common.quality.series import DAY_MS, Series
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
        for number, ((kind, span), members) in enumerate(groups.items()):
            if span.start_ms <= 0 or span.end_ms - span.start_ms > DAY_MS:
                deep += members
                continue
            for part in store.batches(members, _POINTS):
                work.progress("judging new readings", number / len(groups))
                group = _Group(kind, span, tuple(part), judged_ms)
                deep += with_retry(partial(self._judge_group, work, group), what="historical_db", attempts=3)
        return deep

    def _judge_group(self, work: Pass, group: _Group) -> list[int]:
        """Judge one group in one transaction; returns the points that need a full judgement."""
        waiting: Sequence[int] = group.members
        deep: list[int] = []
        with self._dbs.session("historical_db") as session:
            writer = Writer(session, work.now_utc, work.totals)
            for before_ms in near_ms(group.kind):
                near = Range(group.span.start_ms - before_ms, group.span.end_ms)
                window = _Window(work, group, near, session, writer)
                waiting, unclear = self._judge_window(window, waiting)
                deep += unclear
                if not waiting:
                    break
            writer.finish()
        return [*deep, *waiting]

    def _judge_window(self, window: _Window, members: Sequence[int]) -> tuple[list[int], list[int]]:
        """Judge points of a group from one window.

        Returns:
            Those that have too few readings in it, and those that need a full judgement.
        """
        found = store.read(window.session, window.group.kind, members, window.near)
        stored, doubted = window.doubts(members)
        lacking: list[int] = []
        deep: list[int] = []
        for point_id, series in found.items():
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
    """The readings shortly before the new ones of a group, and where what they say is written."""

    work: Pass
    group: _Group
    near: Range
    session: Session
    writer: Writer

    def doubts(self, members: Sequence[int]) -> tuple[dict[int, Verdicts], set[int]]:
        """Stored verdicts in the window, and the points of which too much depends on what lies before it."""
        stored = store.verdicts(self.session, members, self.near)
        if self.group.kind == "energy":
            since = self.near.widened(2 * NEAR_REACH_MS + DAY_MS)
            return stored, store.points_with_verdicts(self.session, members, since)
        doubted = {
            key
            for key, old in stored.items()
            if self.work.known.points[key].rules.fill.enabled or any(rule == "stuck" for _, rule in old)
        }
        return stored, doubted
