"""All SQL of this service: which points it feeds, their values, and the tariffs it buys at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ems_common import journal
from ems_common import tariffs as stored_tariffs
from ems_common.db import Databases, Session
from ems_common.db.sql import compose
from ems_common.ingest import NEWER
from ems_common.journal import Change, Why
from ems_common.tariffs import TimeOfUse

PROTOCOL = "edge-control"
_TABLES = {
    "ANALOG_VALUE": "tbl_analog_value",
    "DIGITAL_VALUE": "tbl_digital_value",
    "ENERGY_VALUE": "tbl_energy_value",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A point this service feeds.

    Attributes:
        id: Its key.
        data_source_id: Its data source.
        kind: Object type, which names its table.
        channel: Name of a figure, or `component/Channel`.
        scale: The value is multiplied by this.
    """

    id: int
    data_source_id: int
    kind: str
    channel: str
    scale: float


def points(dbs: Databases) -> list[Point]:
    """All points of data sources with the protocol of this service."""
    with dbs.session("system_db") as session:
        rows = session.rows(
            "SELECT p.id, p.data_source_id, p.object_type, p.address, p.ratio + 0E0 FROM tbl_points p"
            " JOIN tbl_data_sources s ON s.id = p.data_source_id WHERE s.protocol = %s ORDER BY p.id",
            (PROTOCOL,),
        )
    return [point for row in rows if (point := _point(row)) is not None]


def _point(row: Sequence[Any]) -> Point | None:
    try:
        address = json.loads(row[3] or "{}")
    except ValueError:
        return None
    name = next((address[k] for k in ("channel", "figure", "name") if address.get(k)), None)
    if name is None or str(row[2]) not in _TABLES:
        return None
    scale = float(address.get("scale", 1.0)) * float(row[4] if row[4] is not None else 1.0)
    return Point(int(row[0]), int(row[1]), str(row[2]), str(name), scale)


def tariffs(dbs: Databases, cost_center_id: int, energy_category_id: int) -> list[TimeOfUse]:
    """Time-of-use tariffs of a cost centre for an energy category."""
    with dbs.session("system_db") as session:
        rows = session.rows(
            "SELECT tariff_id FROM tbl_cost_centers_tariffs WHERE cost_center_id = %s", (cost_center_id,)
        )
        used = {row[0] for row in rows}
        return [
            tariff.times
            for tariff in stored_tariffs.read(session)
            if tariff.id in used and tariff.energy_category_id == energy_category_id
        ]


def replace(path: Path, payload: bytes) -> None:
    """Replace a file as a whole, so that it is never half written."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(payload)
    fresh.replace(path)


def write(dbs: Databases, rows: Sequence[tuple[int, str, int, float]], sources: Sequence[int]) -> int:
    """Write values and the journal in one transaction; writing them again changes nothing.

    Args:
        dbs: The databases.
        rows: Point, object type, time in milliseconds since 1970, value.
        sources: Data sources of these points.

    Returns:
        Rows written to the history.
    """
    if not rows:
        return 0
    with dbs.session("historical_db") as session:
        for kind, table in _TABLES.items():
            found = [(p, _time(ms), _typed(kind, v)) for p, k, ms, v in rows if k == kind]
            if found:
                _write_kind(session, table, found)
        begin = _time(min(ms for _, _, ms, _ in rows)).replace(tzinfo=UTC)
        end = _time(max(ms for _, _, ms, _ in rows) + 1).replace(tzinfo=UTC)
        journal.write(
            session,
            [Change("clean", "data_source", source, begin, end, Why.CONTROL) for source in sources],
        )
    return len(rows)


def mark_seen(dbs: Databases, sources: Sequence[int], newest_ms: int) -> None:
    """Note until when data sources were heard of; what is written late moves nothing back."""
    newest = _time(newest_ms)
    with dbs.session("system_db") as session:
        session.executemany(
            "UPDATE tbl_data_sources SET last_seen_datetime_utc = %s WHERE id = %s"
            " AND (last_seen_datetime_utc IS NULL OR last_seen_datetime_utc < %s)",
            [(newest, source, newest) for source in sources],
        )


def _write_kind(session: Session, table: str, rows: Sequence[tuple[int, datetime, Any]]) -> None:
    session.upsert(
        table,
        ("point_id", "utc_date_time", "actual_value", "is_bad"),
        [(*row, 0) for row in rows],
        update=("actual_value",),
    )
    newest: dict[int, tuple[int, datetime, Any]] = {}
    for row in rows:
        if row[0] not in newest or newest[row[0]][1] <= row[1]:
            newest[row[0]] = row
    session.executemany(
        compose(
            "INSERT INTO {table}_latest (point_id, utc_date_time, actual_value) VALUES (%s, %s, %s){newer}",
            table=table,
            newer=NEWER,
        ),
        list(newest.values()),
    )


def _typed(kind: str, value: float) -> float | int:
    return round(value) if kind == "DIGITAL_VALUE" else round(value, 6)


def _time(time_ms: int) -> datetime:
    """UTC without zone, as the databases keep it."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).replace(tzinfo=None)
