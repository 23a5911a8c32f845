"""SQL of virtual points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
from ems_common.catalog.tables.historical import VALUE_TYPES
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.ingest import NEWER
from numpy.typing import NDArray

from ems_normalization.points import Declaration, Input, Track

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(time_ms: int) -> datetime:
    """Milliseconds since 1970 UTC as an aware instant."""
    return EPOCH + timedelta(milliseconds=int(time_ms))


def milliseconds(time_utc: datetime) -> int:
    """An aware instant as milliseconds since 1970 UTC."""
    return (time_utc - EPOCH) // timedelta(milliseconds=1)


def declarations(session: Session) -> list[Declaration]:
    """All virtual points."""
    return [
        Declaration(key, object_type, bool(is_trend), address)
        for key, object_type, is_trend, address in session.rows(
            "SELECT id, object_type, is_trend, address FROM tbl_points WHERE is_virtual = 1 ORDER BY id"
        )
    ]


def object_types(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Object types of those of these points that exist."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    sql = compose("SELECT id, object_type FROM tbl_points WHERE id IN ({ids})", ids=marks(wanted))
    return dict(session.rows(sql, wanted))


def latest_times(session: Session, inputs: Iterable[Input]) -> dict[int, int]:
    """Time of each point's live value [ms], where it has one."""
    result: dict[int, int] = {}
    for kind, ids in _by_kind(inputs).items():
        found = session.rows(
            compose(
                "SELECT point_id, utc_date_time FROM {table}_latest WHERE point_id IN ({ids})",
                table=_table(kind),
                ids=marks(ids),
            ),
            ids,
        )
        result |= {key: _ms(at) for key, at in found}
    return result


def last_times(session: Session, points: Iterable[Input]) -> dict[int, int]:
    """Time of each point's last stored reading [ms], where it has one."""
    return _extreme_times(session, points, "MAX")


def first_times(session: Session, points: Iterable[Input]) -> dict[int, int]:
    """Time of each point's first stored reading [ms], where it has one."""
    return _extreme_times(session, points, "MIN")


def _extreme_times(session: Session, points: Iterable[Input], extreme: str) -> dict[int, int]:
    result: dict[int, int] = {}
    for kind, ids in _by_kind(points).items():
        found = session.rows(
            compose(
                "SELECT point_id, {extreme}(utc_date_time) FROM {table}"
                " WHERE point_id IN ({ids}) GROUP BY point_id",
                extreme=extreme,
                table=_table(kind),
                ids=marks(ids),
            ),
            ids,
        )
        result |= {key: _ms(at) for key, at in found}
    return result


def time_of_reading(session: Session, point: Input, after_ms: int, end_ms: int, number: int) -> int | None:
    """Time of the n-th good reading (from 1) in ``(after_ms, end_ms)``, or None when there are fewer."""
    found = session.scalar(
        compose(
            "SELECT utc_date_time FROM {table} WHERE point_id = %s AND utc_date_time > %s"
            " AND utc_date_time < %s AND COALESCE(is_bad, 0) = 0 ORDER BY utc_date_time LIMIT 1 OFFSET %s",
            table=_table(point.kind),
        ),
        (point.point_id, _naive(after_ms), _naive(end_ms), number - 1),
    )
    return None if found is None else _ms(found)


def read_track(
    session: Session, point: Input, after_ms: int, end_ms: int, *, with_bad: bool = False
) -> Track:
    """Readings in ``(after_ms, end_ms)``: the good and the unjudged ones, or all."""
    condition = compose("" if with_bad else " AND COALESCE(is_bad, 0) = 0")
    found = session.columns(
        compose(
            "SELECT utc_date_time, actual_value + 0E0 FROM {table} WHERE point_id = %s"
            " AND utc_date_time > %s AND utc_date_time < %s{condition} ORDER BY utc_date_time",
            table=_table(point.kind),
            condition=condition,
        ),
        (point.point_id, _naive(after_ms), _naive(end_ms)),
        {"time": "datetime64[ms]", "value": "float64"},
    )
    return Track(found["time"].astype(np.int64), found["value"])


def write_readings(session: Session, point: Input, track: Track) -> None:
    """Store computed readings; they are not bad as far as known."""
    session.upsert_arrays(
        _table(point.kind),
        {
            "point_id": np.full(len(track.time_ms), point.point_id),
            "utc_date_time": track.time_ms.view("datetime64[ms]"),
            "actual_value": track.value,
            "is_bad": np.zeros(len(track.time_ms), dtype=np.int64),
        },
        ("actual_value", "is_bad"),
    )


def delete_readings(session: Session, point: Input, time_ms: NDArray[np.int64]) -> None:
    """Delete readings by their times."""
    session.executemany(
        compose("DELETE FROM {table} WHERE point_id = %s AND utc_date_time = %s", table=_table(point.kind)),
        [(point.point_id, _naive(at)) for at in time_ms.tolist()],
    )


def store_latest(session: Session, point: Input, time_ms: int, value: float) -> None:
    """Store the live value unless a newer one is stored."""
    session.execute(
        compose(
            "INSERT INTO {table}_latest (point_id, utc_date_time, actual_value) VALUES (%s, %s, %s){newer}",
            table=_table(point.kind),
            newer=NEWER,
        ),
        (point.point_id, _naive(time_ms), value),
    )


def follow_latest(session: Session, point: Input) -> None:
    """Make the live value the last stored reading."""
    session.execute(
        compose(
            "INSERT INTO {table}_latest (point_id, utc_date_time, actual_value)"
            " SELECT point_id, utc_date_time, actual_value FROM {table} WHERE point_id = %s"
            " ORDER BY utc_date_time DESC LIMIT 1 ON DUPLICATE KEY UPDATE"
            " utc_date_time = VALUES(utc_date_time), actual_value = VALUES(actual_value)",
            table=_table(point.kind),
        ),
        (point.point_id,),
    )


def _by_kind(points: Iterable[Input]) -> Mapping[str, list[int]]:
    result: dict[str, set[int]] = {}
    for point in points:
        result.setdefault(point.kind, set()).add(point.point_id)
    return {kind: sorted(ids) for kind, ids in result.items()}


def _table(kind: str) -> str:
    if kind not in VALUE_TYPES:
        raise ValueError(f"no such kind of point: {kind}")
    return f"tbl_{kind}_value"


def _naive(time_ms: int) -> datetime:
    return instant(time_ms).replace(tzinfo=None)


def _ms(stored: datetime) -> int:
    return milliseconds(stored.replace(tzinfo=UTC))
