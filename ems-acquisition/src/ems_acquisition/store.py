"""All SQL of this service.

:func:`ingest` is the one way by which readings come into the historical database, live and imported alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from ems_common import journal
from ems_common.db import Databases, Session
from ems_common.journal import Change

from ems_acquisition.batch import Columns
from ems_acquisition.site import Kind, PointRow, SourceRow

STATEMENT_ROWS = 5000
"""Rows of one INSERT; fewer cost more round trips, more bring nothing."""
# Assignments run from left to right: a value that changed makes a judged row unjudged again ("not bad as
# far as known"), an unchanged repetition leaves the row as it is.
_KEEP = (
    " ON DUPLICATE KEY UPDATE is_bad = IF(actual_value = VALUES(actual_value), is_bad, 0),"
    " actual_value = VALUES(actual_value)"
)
_NEWER = (
    " ON DUPLICATE KEY UPDATE"
    " actual_value = IF(VALUES(utc_date_time) >= utc_date_time, VALUES(actual_value), actual_value),"
    " utc_date_time = GREATEST(utc_date_time, VALUES(utc_date_time))"
)


def ingest(
    session: Session,
    kept: Mapping[Kind, Columns],
    newest: Mapping[Kind, Columns],
    changes: Iterable[Change],
) -> int:
    """Write readings, live values and journal rows in the session's transaction.

    Args:
        session: Of the historical database.
        kept: Rows for the history, sorted by point and time.
        newest: The newest reading of each point; older than what is stored changes nothing.
        changes: What cleaning must look at.

    Returns:
        Rows given to the history.
    """
    for kind, columns in sorted(kept.items()):
        _upsert(session, kind.table, columns, _KEEP, is_bad=True)
    for kind, columns in sorted(newest.items()):
        _upsert(session, f"{kind.table}_latest", columns, _NEWER, is_bad=False)
    journal.write(session, changes)
    return sum(len(columns) for columns in kept.values())


def _upsert(session: Session, table: str, columns: Columns, tail: str, *, is_bad: bool) -> None:
    """Multi-row upserts into a table of the catalog.

    Numbers and times go into the statement as text, several times faster than as parameters: formatted by
    ``%d``, ``%.6f`` and NumPy they can hold digits, signs and points only. Text values go as parameters.
    """
    names, end = ("point_id, utc_date_time, actual_value", "")
    if is_bad:
        names, end = names + ", is_bad", ",0"
    head = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608  (names of the catalog)
    if columns.value.dtype.kind == "O":
        times = np.datetime_as_string(columns.time_ms.view("datetime64[ms]")).tolist()
        rows = zip(columns.point_id.tolist(), times, columns.value.tolist(), strict=True)
        session.executemany(f"{head}(%s, %s, %s{end}){tail}", rows)
        return
    value = "%d" if columns.value.dtype.kind == "i" else "%.6f"
    one = f"(%d,'%s',{value}{end})"
    for start in range(0, len(columns), STATEMENT_ROWS):
        part = columns.take(np.arange(start, min(start + STATEMENT_ROWS, len(columns))))
        times = np.datetime_as_string(part.time_ms.view("datetime64[ms]")).tolist()
        rows = zip(part.point_id.tolist(), times, part.value.tolist(), strict=True)
        flat = tuple(field for row in rows for field in row)
        session.execute(head + ",".join([one] * len(part)) % flat + tail)


def gateway(dbs: Databases, gateway_id: int) -> tuple[str, str] | None:
    """Name and token of the gateway, or None."""
    with dbs.session("system_db") as session:
        row = session.row("SELECT name, token FROM tbl_gateways WHERE id = %s", (gateway_id,))
    return None if row is None else (str(row[0]), str(row[1]))


def source_rows(dbs: Databases, gateway_id: int) -> tuple[list[SourceRow], list[PointRow]]:
    """The data sources of a gateway, and their real points."""
    with dbs.session("system_db") as session:
        sources: list[Any] = session.rows(
            "SELECT id, name, protocol, connection FROM tbl_data_sources WHERE gateway_id = %s ORDER BY id",
            (gateway_id,),
        )
        points: list[Any] = session.rows(
            "SELECT p.id, p.data_source_id, p.object_type, p.ratio + 0E0, p.offset_constant + 0E0,"
            " p.is_trend, p.address FROM tbl_points p JOIN tbl_data_sources s ON s.id = p.data_source_id"
            " WHERE s.gateway_id = %s AND p.is_virtual = 0 ORDER BY p.id",
            (gateway_id,),
        )
    return sources, points


def point_kinds(dbs: Databases) -> list[tuple[int, str]]:
    """Id and object type of all points."""
    with dbs.session("system_db") as session:
        return [(int(key), str(kind)) for key, kind in session.rows("SELECT id, object_type FROM tbl_points")]


def newest_times_ms(dbs: Databases) -> dict[int, int]:
    """Time of each point's live value, milliseconds since 1970 UTC."""
    found: dict[int, int] = {}
    with dbs.session("historical_db") as session:
        for kind in Kind:
            rows = session.rows(
                "SELECT point_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000"  # noqa: S608
                f" FROM {kind.table}_latest"
            )
            found.update((int(point_id), int(time_ms)) for point_id, time_ms in rows)
    return found


def mark_seen(
    dbs: Databases, gateway_id: int, gateway_utc: datetime, sources: Mapping[int, datetime], process_id: int
) -> None:
    """Write when the gateway and its sources were last seen, and which process reads them."""
    with dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_gateways SET last_seen_datetime_utc = %s WHERE id = %s",
            (gateway_utc.replace(tzinfo=None), gateway_id),
        )
        session.executemany(
            "UPDATE tbl_data_sources SET last_seen_datetime_utc = %s, process_id = %s WHERE id = %s",
            [
                (seen_utc.replace(tzinfo=None), process_id, source_id)
                for source_id, seen_utc in sorted(sources.items())
            ],
        )
