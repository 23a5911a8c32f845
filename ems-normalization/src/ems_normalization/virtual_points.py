"""Virtual points: from new, late and corrected readings of their inputs to readings of their own.

Every pass computes what is newer than the last stored reading. Behind that, the journal counts: where the
judged readings of an input changed, the point's readings are computed anew and replaced. What is written is
new to cleaning, which judges it and passes it on to the meters and to the virtual points that read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
from ems_common.db import Databases, Session
from ems_common.findings.finding import Finding, Thing, Unusable
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change, Why, Window, coalesce, write

from ems_normalization import store_points as store
from ems_normalization.points import (
    Input,
    VirtualPoint,
    difference,
    evaluate,
    in_order,
    substitutions,
    virtual_point,
)
from ems_normalization.store_points import instant, milliseconds
from ems_normalization.told import Told

BATCH_TIMES: Final = 100_000
"""Instants computed in one transaction."""
_BEGINNING_MS: Final = milliseconds(BEGINNING_UTC)
_END_MS: Final = milliseconds(END_UTC)


class VirtualPoints:
    """Computes virtual points.

    Args:
        dbs: The databases.
    """

    def __init__(self, dbs: Databases) -> None:
        self._dbs = dbs
        self._told = Told(dbs, "virtual_point_refused")
        # How far a point has been looked at: where a formula has no value nothing is stored, and the same
        # stretch would be computed again in every pass. Lost at a restart, which costs one look.
        self._seen: dict[int, tuple[VirtualPoint, int]] = {}

    def load(self) -> list[VirtualPoint]:
        """The computable virtual points in order; faults are logged once, until they change."""
        with self._dbs.session("system_db") as session:
            declared = store.declarations(session)
            wanted: set[int] = set()
            for item in declared:
                try:
                    wanted.update(substitutions(item.address)[1].values())
                except Unusable:
                    continue
            types = store.object_types(session, wanted)
        points: list[VirtualPoint] = []
        faults: list[Finding] = []
        for item in declared:
            try:
                points.append(virtual_point(item, types))
            except Unusable as ex:
                faults.append(ex.finding.at(Thing("point", item.id)))
        ordered, circles = in_order(points)
        self._told.tell((*faults, *circles))
        return ordered

    def run(self) -> int:
        """Compute what is new; returns the readings written."""
        points = self.load()
        if not points:
            return 0
        with self._dbs.session("historical_db") as session:
            last = store.last_times(session, (_own(point) for point in points if point.is_trend))
            last |= store.latest_times(session, (_own(point) for point in points if not point.is_trend))
        written = 0
        for point in points:
            after_ms = max(last.get(point.id, _BEGINNING_MS), self._seen_ms(point))
            # Asked point by point: an input may be a virtual point that was computed just now.
            newest_ms = self._newest_common_ms(point)
            if newest_ms is None or newest_ms > after_ms:
                written += self._compute(point, after_ms, _END_MS)
                if newest_ms is not None:
                    self._seen[point.id] = (point, newest_ms)
        return written

    def _seen_ms(self, point: VirtualPoint) -> int:
        known = self._seen.get(point.id)
        if known is None or (known[0].expression.text, known[0].inputs) != (
            point.expression.text,
            point.inputs,
        ):
            return _BEGINNING_MS
        return known[1]

    def _newest_common_ms(self, point: VirtualPoint) -> int | None:
        """The last instant at which all inputs may have a reading; None when some have no live value."""
        sources = point.sources
        with self._dbs.session("historical_db") as session:
            found = store.latest_times(session, sources)
        return min(found.values()) if len(found) == len(sources) else None

    def recompute(
        self, of_inputs: Mapping[int, Sequence[Window]], of_configuration: Mapping[int, Sequence[Window]]
    ) -> int:
        """Compute virtual points anew where readings they depend on, or they themselves, have changed.

        Args:
            of_inputs: Point id, or `ALL` → windows in which its judged readings changed.
            of_configuration: Point id, or `ALL` → windows in which its own declaration matters.

        Returns:
            Readings written and deleted.
        """
        if not of_inputs and not of_configuration:
            return 0
        changed = 0
        for point in self.load():
            windows = [*of_inputs.get(ALL, ()), *of_configuration.get(ALL, ())]
            windows += of_configuration.get(point.id, ())
            for item in point.sources:
                windows += of_inputs.get(item.point_id, ())
            if windows and point.is_trend:
                changed += self._recompute_windows(point, coalesce(windows))
        return changed

    def _recompute_windows(self, point: VirtualPoint, windows: Iterable[Window]) -> int:
        sources = point.sources
        with self._dbs.session("historical_db") as session:
            first = store.first_times(session, sources)
        if len(first) < len(sources):
            return 0
        # Old readings of inputs are dropped by retention: what was computed of them stays.
        known_from_ms = max(first.values())
        changed = 0
        for window in windows:
            start_ms, end_ms = (
                max(milliseconds(window.start_utc), known_from_ms),
                milliseconds(window.end_utc),
            )
            if start_ms < end_ms:
                # The range of a computation is open at its start, that of a window is not.
                changed += self._compute(point, start_ms - 1, end_ms)
        return changed

    def _compute(self, point: VirtualPoint, after_ms: int, end_ms: int) -> int:
        """Make the readings in ``(after_ms, end_ms)`` what they should be, in bounded steps."""
        changed = 0
        while True:
            with self._dbs.session("historical_db") as session:
                ends = (
                    store.time_of_reading(session, item, after_ms, end_ms, BATCH_TIMES)
                    for item in point.sources
                )
                through_ms = min((at for at in ends if at is not None), default=None)
                until_ms = end_ms if through_ms is None else through_ms + 1
                changed += _compute_step(session, point, after_ms, until_ms)
            if through_ms is None:
                return changed
            after_ms = through_ms


def _compute_step(session: Session, point: VirtualPoint, after_ms: int, until_ms: int) -> int:
    """Make the readings in ``(after_ms, until_ms)`` what they should be; returns how many changed."""
    tracks = {item.point_id: store.read_track(session, item, after_ms, until_ms) for item in point.sources}
    wanted, own = evaluate(point, tracks), _own(point)
    if not point.is_trend:
        if len(wanted.time_ms):
            store.store_latest(session, own, int(wanted.time_ms[-1]), float(wanted.value[-1]))
        return min(1, len(wanted.time_ms))
    stored = store.read_track(session, own, after_ms, until_ms, with_bad=True)
    new, gone = difference(stored, wanted)
    changed_ms = np.concatenate((new.time_ms, gone))
    if len(changed_ms):
        store.delete_readings(session, own, gone)
        store.write_readings(session, own, new)
        store.follow_latest(session, own)
        write(session, [_computed(point.id, int(changed_ms.min()), int(changed_ms.max()))])
    return len(changed_ms)


def _own(point: VirtualPoint) -> Input:
    return Input(point.id, point.kind)


def _computed(point_id: int, first_ms: int, last_ms: int) -> Change:
    until_utc = instant(last_ms) + timedelta(milliseconds=1)
    return Change("clean", "point", point_id, instant(first_ms), until_utc, Why.COMPUTED)


def points_only(rows: Mapping[tuple[str, int], Iterable[Window]]) -> dict[int, list[Window]]:
    """The windows of points among those of all kinds of entities."""
    return {key: list(windows) for (kind, key), windows in rows.items() if kind == "point"}
