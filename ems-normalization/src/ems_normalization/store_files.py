"""SQL of uploaded files: offline meters, data repair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import numpy as np
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, marks
from ems_common.errors import BadInput

from ems_normalization.offline import OfflineMeter
from ems_normalization.profiles import Profiles
from ems_normalization.repair import Layer, Repair, RepairPoint, Replaced
from ems_normalization.workbook import MAX_FILE_BYTES

OFFLINE_FILES: Final = "tbl_offline_meter_files"
REPAIR_FILES: Final = "tbl_data_repair_files"
NEW, DONE, ERROR = "new", "done", "error"
UNDO, UNDONE = "undo", "undone"
_CALENDAR_OWNERS: Final = ("space", "tenant", "store", "shopfloor")
_MICRO: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """An uploaded file that waits to be worked on."""

    id: int
    name: str
    status: str


def waiting(session: Session, table: str) -> list[WaitingFile]:
    """New files, and those that shall be undone, oldest first."""
    sql = compose(
        "SELECT id, file_name, status FROM {table} WHERE status IN (%s, %s) ORDER BY id", table=table
    )
    return [WaitingFile(*row) for row in session.rows(sql, (NEW, UNDO))]


def content_of(session: Session, table: str, file_id: int) -> bytes | None:
    """The bytes of a file, or None when it was deleted meanwhile.

    Raises:
        BadInput: It is larger than is read.
    """
    size = session.scalar(
        compose("SELECT OCTET_LENGTH(file_object) FROM {table} WHERE id = %s", table=table), (file_id,)
    )
    if size is None:
        return None
    if size > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise BadInput(f"the file is larger than {limit} MiB", advice="Upload a smaller file.")
    found = session.scalar(compose("SELECT file_object FROM {table} WHERE id = %s", table=table), (file_id,))
    return bytes(found) if found is not None else None


def finish(session: Session, table: str, file_id: int, status: str, report: str | None) -> None:
    """Set a file's status, and its report unless that shall stay."""
    session.execute(
        compose("UPDATE {table} SET status = %s, report = COALESCE(%s, report) WHERE id = %s", table=table),
        (status, report, file_id),
    )


def offline_meters(session: Session) -> dict[int, OfflineMeter]:
    """All offline meters by id."""
    found = session.rows(
        "SELECT id, name, hourly_low_limit + 0E0, hourly_high_limit + 0E0 FROM tbl_offline_meters"
    )
    return {row[0]: OfflineMeter(*row) for row in found}


def profiles(session: Session) -> Profiles:
    """Shapes of offline meters' days, and the free days of where these meters are."""
    shapes: dict[tuple[int, bool], np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for meter_id, is_working, hour, weight in session.rows(
        "SELECT offline_meter_id, is_working_day, hour_of_day, weight + 0E0 FROM tbl_offline_meter_profiles"
    ):
        if 0 <= hour < 24:
            shapes.setdefault((meter_id, bool(is_working)), np.zeros(24))[hour] = max(0.0, weight)
    if not shapes:
        return Profiles()
    free: dict[int, set[date]] = {}
    for owner in _CALENDAR_OWNERS:
        for meter_id, day in session.rows(_free_days_query(owner)):
            free.setdefault(meter_id, set()).add(day)
    return Profiles(shapes, {meter_id: frozenset(days) for meter_id, days in free.items()})


def _free_days_query(owner: str) -> Sql:
    return compose(
        "SELECT m.offline_meter_id, d.date_local"
        " FROM tbl_{owner}s_offline_meters m"
        " JOIN tbl_{owner}s_working_calendars c ON c.{owner}_id = m.{owner}_id"
        " JOIN tbl_working_calendars_non_working_days d ON d.working_calendar_id = c.working_calendar_id",
        owner=owner,
    )


def repair_points(session: Session, ids: Iterable[int]) -> dict[int, RepairPoint]:
    """The points of these ids, as far as they exist."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    found = session.rows(
        compose(
            "SELECT id, name, object_type, is_virtual, low_limit + 0E0, high_limit + 0E0"
            " FROM tbl_points WHERE id IN ({ids})",
            ids=marks(wanted),
        ),
        wanted,
    )
    return {row[0]: RepairPoint(*row) for row in found}


def apply_repair(session: Session, file_id: int, repair: Repair, now_utc: datetime) -> None:
    """Replace the readings of a repair's range, keeping what they were."""
    first, last, now = (_naive(at) for at in (repair.first_utc, repair.last_utc, now_utc))
    span = (repair.point_id, first, last)
    session.execute(
        "INSERT INTO tbl_repaired_readings"
        " (file_id, point_id, utc_date_time, old_value, old_is_bad, applied_utc)"
        " SELECT %s, point_id, utc_date_time, actual_value, is_bad, %s FROM tbl_energy_value"
        " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time <= %s",
        (file_id, now, *span),
    )
    _delete_range(session, "tbl_energy_value", span)
    _delete_range(session, "tbl_reading_verdicts", span)
    rows = [(_naive(item.time_utc), Decimal(item.value_micro) * _MICRO) for item in repair.readings]
    session.upsert(
        "tbl_energy_value",
        ("point_id", "utc_date_time", "actual_value", "is_bad"),
        [(repair.point_id, at, value, 0) for at, value in rows],
    )
    session.upsert(
        "tbl_repaired_readings",
        ("file_id", "point_id", "utc_date_time", "new_value", "applied_utc"),
        [(file_id, repair.point_id, at, value, now) for at, value in rows],
        update=("new_value",),
    )
    _refresh_latest(session, repair.point_id, first, last)


def _delete_range(session: Session, table: str, span: tuple[int, datetime, datetime]) -> None:
    session.execute(
        compose(
            "DELETE FROM {table} WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time <= %s",
            table=table,
        ),
        span,
    )


def _refresh_latest(session: Session, point_id: int, first: datetime, last: datetime) -> None:
    """Let the live value follow when it lies in a range (naive UTC) that was replaced."""
    newest = session.row(
        "SELECT utc_date_time, actual_value FROM tbl_energy_value WHERE point_id = %s"
        " ORDER BY utc_date_time DESC LIMIT 1",
        (point_id,),
    )
    if newest is not None:
        session.execute(
            "UPDATE tbl_energy_value_latest SET utc_date_time = %s, actual_value = %s"
            " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time <= %s",
            (*newest, point_id, first, last),
        )


def layer_of(session: Session, file_id: int) -> Layer | None:
    """What a file has replaced; None when nothing is kept of it."""
    found = session.rows(
        "SELECT point_id, applied_utc, utc_date_time, old_value, old_is_bad, new_value"
        " FROM tbl_repaired_readings WHERE file_id = %s ORDER BY utc_date_time",
        (file_id,),
    )
    if not found:
        return None
    point_id, applied = found[0][:2]
    return Layer(file_id, int(point_id), applied, {row[2]: Replaced(*row[3:]) for row in found})


def layers_above(session: Session, layer: Layer) -> list[Layer]:
    """Repairs of the same point that were applied later and overlap, in the order of application."""
    ids = session.rows(
        "SELECT file_id FROM tbl_repaired_readings WHERE point_id = %s AND applied_utc > %s"
        " AND utc_date_time >= %s AND utc_date_time <= %s GROUP BY file_id ORDER BY MIN(applied_utc)",
        (layer.point_id, layer.applied, layer.first, layer.last),
    )
    found = (layer_of(session, int(file_id)) for (file_id,) in ids)
    return [above for above in found if above is not None]


def hand_down(session: Session, above: Layer, items: Mapping[datetime, Replaced]) -> None:
    """Let a later repair remember what an undone one had replaced: undoing the later restores that."""
    session.upsert(
        "tbl_repaired_readings",
        ("file_id", "point_id", "utc_date_time", "old_value", "old_is_bad", "applied_utc"),
        [
            (above.file_id, above.point_id, at, item.old_value, item.old_is_bad, above.applied)
            for at, item in items.items()
        ],
        update=("old_value", "old_is_bad"),
    )


def restore(session: Session, layer: Layer, items: Mapping[datetime, Replaced]) -> None:
    """Put readings back as they were; those that changed again since the repair stay."""
    session.executemany(
        "DELETE FROM tbl_energy_value WHERE point_id = %s AND utc_date_time = %s AND actual_value = %s",
        [(layer.point_id, at, item.new_value) for at, item in items.items() if item.new_value is not None],
    )
    session.upsert(
        "tbl_energy_value",
        ("point_id", "utc_date_time", "actual_value", "is_bad"),
        [
            (layer.point_id, at, item.old_value, item.old_is_bad)
            for at, item in items.items()
            if item.old_value is not None
        ],
        update=(),
    )
    _refresh_latest(session, layer.point_id, layer.first, layer.last)


def forget_repair(session: Session, file_id: int) -> None:
    """Drop what was kept of a repair."""
    session.execute("DELETE FROM tbl_repaired_readings WHERE file_id = %s", (file_id,))


def _naive(time_utc: datetime) -> datetime:
    return time_utc.replace(tzinfo=None)
