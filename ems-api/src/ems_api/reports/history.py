"""What points measured, as curves: raw readings, thinned to means when there are too many to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks

from ems_api.reports.buckets import Float64, Instants, Int64, Span
from ems_api.reports.model import Curve
from ems_api.reports.slots import pairs

HISTORICAL: Final = "historical_db"
MOST_READINGS: Final = 10_000
"""Readings per point in an answer; a week of minutes. More are averaged to so many."""
_TABLES: Final = {
    "ENERGY_VALUE": "tbl_energy_value",
    "ANALOG_VALUE": "tbl_analog_value",
    "DIGITAL_VALUE": "tbl_digital_value",
}


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
    """Readings of a point: instants (naive UTC) and values, both of shape ``(n,)``."""

    times: Instants
    values: Float64


NOTHING: Final = Readings(np.empty(0, dtype="datetime64[s]"), np.empty(0))


def curve(point: Point, readings: Mapping[int, Readings]) -> Curve:
    """What a point measured, as a curve; empty without readings."""
    of_point = readings.get(point.id, NOTHING)
    return Curve(point.title, of_point.times, of_point.values, point.name, point.units or "")


def read(dbs: Databases, points: Sequence[Point], span: Span) -> dict[int, Readings]:
    """Good readings of points in a span; points without any are absent."""
    found: dict[int, Readings] = {}
    with dbs.session(HISTORICAL) as session:
        for object_type, table in _TABLES.items():
            ids = sorted({point.id for point in points if point.object_type == object_type})
            if ids:
                found |= _read(session, table, ids, span)
    return found


def _read(session: Session, table: str, ids: Sequence[int], span: Span) -> dict[int, Readings]:
    start, end = span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)
    counted = session.rows(
        compose(
            "SELECT point_id, COUNT(*) FROM {table} WHERE point_id IN ({keys}) AND utc_date_time >= %s"
            " AND utc_date_time < %s AND (is_bad IS NULL OR is_bad = 0) GROUP BY point_id",
            table=table,
            keys=marks(ids),
        ),
        (*ids, start, end),
    )
    few = [key for key, count in counted if count <= MOST_READINGS]
    many = [key for key, count in counted if count > MOST_READINGS]
    found: dict[int, Readings] = {}
    if few:
        found |= _packed(session, table, few, start, end)
    if many:
        found |= _means(session, table, many, start, end)
    return found


def _packed(
    session: Session, table: str, ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, Readings]:
    rows = session.rows(
        compose(
            "SELECT point_id, GROUP_CONCAT(TIMESTAMPDIFF(SECOND, %s, utc_date_time), ',',"
            " actual_value) FROM {table} WHERE point_id IN ({keys}) AND utc_date_time >= %s"
            " AND utc_date_time < %s AND (is_bad IS NULL OR is_bad = 0) GROUP BY point_id",
            table=table,
            keys=marks(ids),
        ),
        (start, *ids, start, end),
    )
    return {key: _in_order(start, *pairs(text)) for key, text in rows}


def _means(
    session: Session, table: str, ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, Readings]:
    step_s = int((end - start).total_seconds() // MOST_READINGS) + 1
    columns = session.columns(
        compose(
            "SELECT point_id, TIMESTAMPDIFF(SECOND, %s, utc_date_time) DIV {step_s} AS step,"
            " AVG(actual_value) + 0E0 FROM {table} WHERE point_id IN ({keys})"
            " AND utc_date_time >= %s AND utc_date_time < %s AND (is_bad IS NULL OR is_bad = 0)"
            " GROUP BY point_id, step",
            step_s=step_s,
            table=table,
            keys=marks(ids),
        ),
        (start, *ids, start, end),
        {"point_id": "int64", "step": "float64", "value": "float64"},
    )
    found: dict[int, Readings] = {}
    for key in ids:
        mine = columns["point_id"] == key
        found[key] = _in_order(start, columns["step"][mine] * step_s, columns["value"][mine])
    return found


def _in_order(start: datetime, seconds: Float64 | Int64, values: Float64) -> Readings:
    order = np.argsort(seconds, kind="stable")
    first: Any = np.datetime64(start, "s")
    return Readings(first + seconds[order].astype("timedelta64[s]"), values[order])
