"""`GET /v1/points/{id}/values/{hourly|daily|…}`: what a point measured, by local periods.

Each period has the mean of its good readings, their extremes and their number. Where cleaning estimated what
is missing or bad, the estimates count, too, and their number is told. Readings are gathered by
quarters of an hour first: every offset in force is a multiple of one, so a period of any zone is made of
whole quarters.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import numpy as np
from ems_common.db import Session
from ems_common.db.sql import compose
from ems_common.periods import PERIOD_TYPES, as_datetime64, local_periods

from ems_api.context import Context, path_id
from ems_api.errors import missing
from ems_api.live.series import span
from ems_api.routing import Auth, Route, get
from ems_api.schemas import schema
from ems_api.wall_clock import stored

Json = dict[str, Any]
_QUARTER_S: Final = 900
_TABLES: Final = {
    "ENERGY_VALUE": "tbl_energy_value",
    "ANALOG_VALUE": "tbl_analog_value",
    "DIGITAL_VALUE": "tbl_digital_value",
}
_QUERY: Final = (("start", "string"), ("end", "string"))
_SHAPE: Final = {
    "point": {"id": "int", "name": "string", "units": "string", "object_type": "string"},
    "values": [
        {
            "start": "instant",
            "end": "instant",
            "mean": "number|null",
            "minimum": "number|null",
            "maximum": "number|null",
            "count": "int",
            "estimated": "int",
        }
    ],
}
_GOOD: Final = compose("(is_bad IS NULL OR is_bad = 0)")
_OF_QUARTER: Final = compose(
    "SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', utc_date_time) DIV {quarter_s} AS quarter,"
    " SUM(actual_value) + 0E0, MIN(actual_value) + 0E0, MAX(actual_value) + 0E0, COUNT(*)",
    quarter_s=_QUARTER_S,
)


def _quarters(session: Session, table: str, key: int, start: datetime, end: datetime) -> dict[str, Any]:
    """Sum, least, greatest and number of the readings of each quarter of an hour that has any.

    Estimates stand in rows of their own; one whose instant has a good reading does not count.
    """
    which = (key, stored(start), stored(end))
    return session.columns(
        compose(
            "{of_quarter}, 0 FROM {table}"
            " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time < %s"
            " AND {good} GROUP BY quarter"
            " UNION ALL {of_quarter}, COUNT(*) FROM tbl_estimated_readings AS made"
            " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time < %s AND NOT EXISTS"
            " (SELECT 1 FROM {table} AS real_one WHERE real_one.point_id = made.point_id"
            " AND real_one.utc_date_time = made.utc_date_time AND {good}) GROUP BY quarter ORDER BY quarter",
            of_quarter=_OF_QUARTER,
            table=table,
            good=_GOOD,
        ),
        (*which, *which),
        {
            "quarter": "int64",
            "sum": "float64",
            "least": "float64",
            "most": "float64",
            "count": "int64",
            "estimated": "int64",
        },
    )


def _values(resolution: str) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        key = path_id(id_, "INVALID_POINT_ID")
        start, end = span(ctx, resolution)
        with ctx.dbs.reading("system_db") as session:
            row = session.row("SELECT name, units, object_type FROM tbl_points WHERE id = %s", (key,))
        if row is None or not ctx.scope.has("tbl_points", key):
            raise missing("POINT_NOT_FOUND")
        name, units, object_type = row
        table = _TABLES.get(object_type, "")
        values: list[Json] = []
        if table:
            with ctx.dbs.reading("historical_db") as session:
                data = _quarters(session, table, key, start, end)
            values = _by_period(ctx, data, resolution, start, end)
        point = {"id": key, "name": name, "units": units, "object_type": object_type}
        return {"point": point, "values": values}

    return run


def _by_period(
    ctx: Context, data: dict[str, Any], resolution: str, start: datetime, end: datetime
) -> list[Json]:
    periods = local_periods(start, end, resolution, ctx.zone)
    edges = np.array([as_datetime64(max(period.start_utc, start)) for period in periods])
    times = (data["quarter"] * _QUARTER_S).astype("datetime64[s]")
    # The first quarter may have begun before the period did.
    bucket = np.maximum(np.searchsorted(edges, times, side="right") - 1, 0)
    counts = np.bincount(bucket, data["count"], minlength=len(edges)).astype(np.int64)
    estimated = np.bincount(bucket, data["estimated"], minlength=len(edges)).astype(np.int64)
    sums = np.bincount(bucket, data["sum"], minlength=len(edges))
    least, most = np.full(len(edges), np.inf), np.full(len(edges), -np.inf)
    np.minimum.at(least, bucket, data["least"])
    np.maximum.at(most, bucket, data["most"])
    return [
        {
            "start": max(period.start_utc, start).astimezone(ctx.zone).isoformat(),
            "end": min(period.end_utc, end).astimezone(ctx.zone).isoformat(),
            "mean": float(total / count) if count else None,
            "minimum": float(low) if count else None,
            "maximum": float(high) if count else None,
            "count": int(count),
            "estimated": int(made),
        }
        for period, count, made, total, low, high in zip(
            periods, counts, estimated, sums, least, most, strict=True
        )
    ]


ROUTES: tuple[Route, ...] = tuple(
    get(
        f"/points/{{id_}}/values/{resolution}",
        Auth.KEY,
        _values(resolution),
        query=_QUERY,
        summary="What a point measured: mean, least, greatest and number of its good readings and estimates.",
        answer=schema(_SHAPE),
    )
    for resolution in PERIOD_TYPES
)
