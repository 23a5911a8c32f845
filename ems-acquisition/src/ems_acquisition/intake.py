"""Readings of one source → rows of a batch.

Knows, for each point, the newest time it has and when it was last kept, so that the history is not denser
than wanted and rows that come late are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ems_common import log
from ems_common.clock import utc_now
from ems_common.drivers.base import Quality, Reading
from ems_common.readings import OLDEST_UTC, Refused, Row, to_ms

from ems_acquisition import metrics
from ems_acquisition.convert import stored_value
from ems_acquisition.site import Point, Source

_log = log.get(__name__)


class Intake:
    """Turns readings of one source into rows.

    Args:
        source: The source; `Reading.index` counts its points.
        storage_s: Least distance of kept readings; 0 keeps all [s].
        newest_ms: Time of the newest live value of each point, by point id; None when that is not known: then
            the first reading of each point counts as late, because it may be.
        future_tolerance_s: How far ahead of our clock a reading may be [s].
    """

    def __init__(
        self, source: Source, storage_s: float, newest_ms: Mapping[int, int] | None, future_tolerance_s: float
    ) -> None:
        self._source = source
        self._label = metrics.source_label(source.id, source.name)
        self._slot_ms = round(storage_s * 1000)
        known = newest_ms or {}
        self._newest_ms = {p.id: known[p.id] for p in source.points if p.id in known}
        self._unknown = {p.id for p in source.points} if newest_ms is None else set()
        self._slot: dict[int, int] = (
            {point_id: ms // self._slot_ms for point_id, ms in self._newest_ms.items()}
            if self._slot_ms
            else {}
        )
        self._tolerance = timedelta(seconds=future_tolerance_s)
        self._bad: dict[int, str] = {}

    @property
    def bad_points(self) -> Mapping[int, str]:
        """Points that gave no usable value the last time → reason."""
        return self._bad

    def rows(self, readings: Iterable[Reading]) -> list[Row]:
        """The rows to store; what is refused is counted, and logged when a point's state changes."""
        limit_utc = utc_now() + self._tolerance
        found: list[Row] = []
        points: Sequence[Point] = self._source.points
        for reading in readings:
            point = points[reading.index]
            try:
                row = self._row(point, reading, limit_utc)
            except Refused as ex:
                self._refuse(point, ex, reading)
                continue
            if self._bad and self._bad.pop(point.id, None) is not None:
                _log.info("point_good_again", source=self._source.name, point_id=point.id)
            found.append(row)
        kept = sum(row.keep for row in found)
        metrics.READINGS.labels(self._label, "kept").inc(kept)
        metrics.READINGS.labels(self._label, "live_only").inc(len(found) - kept)
        metrics.BAD_POINTS.labels(self._label).set(len(self._bad))
        return found

    def _row(self, point: Point, reading: Reading, limit_utc: datetime) -> Row:
        if reading.value is None or reading.quality is Quality.BAD:
            raise Refused("bad")
        if reading.time_utc > limit_utc:
            raise Refused("future")
        if reading.time_utc < OLDEST_UTC:
            raise Refused("past")
        value = stored_value(reading.value, point)
        time_ms = to_ms(reading.time_utc)
        newest_ms = self._newest_ms.get(point.id)
        # An equal time is late too: it may bring another value for a reading that was judged already.
        late = newest_ms is not None and time_ms <= newest_ms
        if not late:
            self._newest_ms[point.id] = time_ms
        if self._unknown and point.id in self._unknown:
            self._unknown.discard(point.id)
            late = True
        keep = point.is_trend and self._is_due(point.id, time_ms)
        return Row(int(point.kind), point.id, time_ms, value, self._source.id, keep, late)

    def _is_due(self, point_id: int, time_ms: int) -> bool:
        """Whether this is the first reading of its storage slot; slots count from 1970."""
        if not self._slot_ms:
            return True
        slot = time_ms // self._slot_ms
        if self._slot.get(point_id) == slot:
            return False
        self._slot[point_id] = slot
        return True

    def _refuse(self, point: Point, refused: Refused, reading: Reading) -> None:
        metrics.REFUSED.labels(refused.reason).inc()
        metrics.READINGS.labels(self._label, "refused").inc()
        why = reading.reason or refused.reason
        if self._bad.get(point.id) != why:
            self._bad[point.id] = why
            shown = None if reading.value is None else repr(reading.value)[:40]
            _log.warning("point_bad", source=self._source.name, point_id=point.id, reason=why, value=shown)
