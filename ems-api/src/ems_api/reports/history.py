"""What points measured, as curves: raw readings, thinned to means when there are too many to draw.

Where cleaning estimated what an analog point did not measure, or measured badly, its estimates stand in the
gaps, marked as such; where there is a good reading it alone is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.periods import as_datetime64
from numpy.typing import NDArray

from ems_api.reports.buckets import Float64, Instants, Int64, Span
from ems_api.reports.model import Curve
from ems_api.reports.packed import pairs

HISTORICAL: Final = "historical_db"
MOST_READINGS: Final = 10_000
"""Readings per point in an answer; a week of minutes. More are averaged to so many."""
_TABLES: Final = {
    "ENERGY_VALUE": "tbl_energy_value",
    "ANALOG_VALUE": "tbl_analog_value",
    "DIGITAL_VALUE": "tbl_digital_value",
}
_ESTIMATES: Final = "tbl_estimated_readings"
_ESTIMATED: Final = "ANALOG_VALUE"
"""The only kind of point that cleaning estimates readings of."""
_GOOD: Final = compose(" AND (is_bad IS NULL OR is_bad = 0)")
_ALL: Final = compose("")


@dataclass(frozen=True, slots=True)
class Point:
    """A point whose readings are shown."""

    id: int
    name: str
    units: str
    object_type: str

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.units})" if self.units else self.name


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of a point, in order.

    Attributes:
        times: Instants (naive UTC), shape ``(n,)``.
        values: Same shape.
        estimated: Which of them cleaning estimated; None when all were measured.
        step_s: Each stands for so many seconds, of which it is the mean; 0 for readings as they came.
    """

    times: Instants
    values: Float64
    estimated: NDArray[np.bool_] | None = None
    step_s: int = 0

    @property
    def measured(self) -> Readings:
        """The same without estimates."""
        if self.estimated is None:
            return self
        return Readings(self.times[~self.estimated], self.values[~self.estimated], None, self.step_s)


NOTHING: Final = Readings(np.empty(0, dtype="datetime64[s]"), np.empty(0))


def curve(point: Point, readings: Mapping[int, Readings]) -> Curve:
    """What a point measured, as a curve; empty without readings."""
    of_point = readings.get(point.id, NOTHING)
    return Curve(
        point.title,
        of_point.times,
        of_point.values,
        point.name,
        point.units or "",
        of_point.estimated,
    )


def read(dbs: Databases, points: Sequence[Point], span: Span) -> dict[int, Readings]:
    """Good readings of points in a span, and estimates in their gaps; points without any are absent."""
    found: dict[int, Readings] = {}
    with dbs.reading(HISTORICAL) as session:
        for object_type, table in _TABLES.items():
            ids = sorted({point.id for point in points if point.object_type == object_type})
            if ids:
                found |= _read(session, table, ids, span)
            if ids and object_type == _ESTIMATED:
                estimates = _read(session, _ESTIMATES, ids, span)
                filled = {key: _filled(found.get(key, NOTHING), of) for key, of in estimates.items()}
                found |= {key: _thinned(of, span) for key, of in filled.items()}
    return found


def _filled(measured: Readings, estimates: Readings) -> Readings:
    """Readings with estimates where there are none: no reading is ever replaced."""
    # Means begin at steps from the first of them; each covers its whole step.
    step_s = max(measured.step_s, 1)
    first = measured.times[:1].astype(np.int64).sum()
    taken = (measured.times.astype(np.int64) - first) // step_s
    free = ~np.isin((estimates.times.astype(np.int64) - first) // step_s, taken)
    if not free.any():
        return measured
    times = np.concatenate([measured.times, estimates.times[free]])
    order = np.argsort(times, kind="stable")
    values = np.concatenate([measured.values, estimates.values[free]])
    return Readings(times[order], values[order], order >= len(measured.times), measured.step_s)


def _thinned(readings: Readings, span: Span) -> Readings:
    """The same, or means of equal steps where readings and estimates together are more than are shown.

    A step in which anything was measured is the mean of that alone.
    """
    if len(readings.times) <= MOST_READINGS:
        return readings
    step_s = _step_s(span)
    start = as_datetime64(span.start_utc)
    step = (readings.times - start).astype(np.int64) // step_s
    is_measured = np.ones(len(step), dtype=np.bool_)
    if readings.estimated is not None:
        is_measured = ~readings.estimated
    has_measured = np.bincount(step, is_measured) > 0
    counted = is_measured | ~has_measured[step]
    counts = np.bincount(step[counted])
    used = np.flatnonzero(counts)
    means = np.bincount(step[counted], readings.values[counted])[used] / counts[used]
    times = start + (used * step_s).astype("timedelta64[s]")
    is_estimated = ~has_measured[used]
    return Readings(times, means, is_estimated if is_estimated.any() else None, step_s)


def _step_s(span: Span) -> int:
    """Length of the steps of a span of which there are few enough [s]."""
    return int((span.end_utc - span.start_utc).total_seconds() // MOST_READINGS) + 1


def _read(session: Session, table: str, ids: Sequence[int], span: Span) -> dict[int, Readings]:
    start, end = span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)
    good = _ALL if table == _ESTIMATES else _GOOD
    counted = session.rows(
        compose(
            "SELECT point_id, COUNT(*) FROM {table} WHERE point_id IN ({keys}) AND utc_date_time >= %s"
            " AND utc_date_time < %s{good} GROUP BY point_id",
            table=table,
            keys=marks(ids),
            good=good,
        ),
        (*ids, start, end),
    )
    few = [key for key, count in counted if count <= MOST_READINGS]
    many = [key for key, count in counted if count > MOST_READINGS]
    found: dict[int, Readings] = {}
    if few:
        found |= _packed(session, table, few, (start, end))
    if many:
        found |= _means(session, table, many, (start, end), _step_s(span))
    return found


def _packed(
    session: Session, table: str, ids: Sequence[int], ends: tuple[datetime, datetime]
) -> dict[int, Readings]:
    rows = session.rows(
        compose(
            "SELECT point_id, GROUP_CONCAT(TIMESTAMPDIFF(SECOND, %s, utc_date_time), ',',"
            " actual_value) FROM {table} WHERE point_id IN ({keys}) AND utc_date_time >= %s"
            " AND utc_date_time < %s{good} GROUP BY point_id",
            table=table,
            keys=marks(ids),
            good=_ALL if table == _ESTIMATES else _GOOD,
        ),
        (ends[0], *ids, *ends),
    )
    return {key: _in_order(ends[0], *pairs(text)) for key, text in rows}


def _means(
    session: Session, table: str, ids: Sequence[int], ends: tuple[datetime, datetime], step_s: int
) -> dict[int, Readings]:
    start, end = ends
    columns = session.columns(
        compose(
            "SELECT point_id, TIMESTAMPDIFF(SECOND, %s, utc_date_time) DIV {step_s} AS step,"
            " AVG(actual_value) + 0E0 FROM {table} WHERE point_id IN ({keys})"
            " AND utc_date_time >= %s AND utc_date_time < %s{good}"
            " GROUP BY point_id, step",
            step_s=step_s,
            table=table,
            keys=marks(ids),
            good=_ALL if table == _ESTIMATES else _GOOD,
        ),
        (start, *ids, start, end),
        {"point_id": "int64", "step": "float64", "value": "float64"},
    )
    found: dict[int, Readings] = {}
    for key in ids:
        mine = columns["point_id"] == key
        found[key] = _in_order(start, columns["step"][mine] * step_s, columns["value"][mine], step_s)
    return found


def _in_order(start: datetime, seconds: Float64 | Int64, values: Float64, step_s: int = 0) -> Readings:
    order = np.argsort(seconds, kind="stable")
    first: Any = np.datetime64(start, "s")
    times = first + seconds[order].astype("timedelta64[s]")
    return Readings(times, values[order], None, step_s)
