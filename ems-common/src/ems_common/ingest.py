"""The one way by which readings come into the historical database, live, imported and pushed alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ems_common import journal
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, marks
from ems_common.journal import Change
from ems_common.readings import Columns, Kind, Row, changes, columns_by_kind

STATEMENT_ROWS = 5000
"""Rows of one INSERT; fewer cost more round trips, more bring nothing."""
# Assignments run from left to right: a value that changed makes a judged row unjudged again ("not bad as
# far as known"), an unchanged repetition leaves the row as it is.
_KEEP = compose(
    " ON DUPLICATE KEY UPDATE is_bad = IF(actual_value = VALUES(actual_value), is_bad, 0),"
    " actual_value = VALUES(actual_value)"
)
NEWER = compose(
    " ON DUPLICATE KEY UPDATE"
    " actual_value = IF(VALUES(utc_date_time) >= utc_date_time, VALUES(actual_value), actual_value),"
    " utc_date_time = GREATEST(utc_date_time, VALUES(utc_date_time))"
)
"""End of an INSERT of live values that keeps the newer one; the value is compared with the time as it was."""


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
        _upsert(session, f"{kind.table}_latest", columns, NEWER, is_bad=False)
    journal.write(session, changes)
    return sum(len(columns) for columns in kept.values())


def ingest_rows(session: Session, rows: Sequence[Row]) -> tuple[int, dict[Kind, Columns]]:
    """Write rows of any order, live values and journal rows in the session's transaction.

    Returns:
        How many went into the history, and the newest reading of each point, for whoever watches.
    """
    kept = {kind: part.sorted() for kind, part in columns_by_kind(row for row in rows if row.keep).items()}
    newest = {kind: part.sorted().newest() for kind, part in columns_by_kind(rows).items()}
    return ingest(session, kept, newest, changes(rows)), newest


def _upsert(session: Session, table: str, columns: Columns, tail: Sql, *, is_bad: bool) -> None:
    """Multi-row upserts into a table of the catalog.

    Numbers and times go into the statement as text, several times faster than as parameters: formatted by
    ``%d``, ``%.6f`` and NumPy they can hold digits, signs and points only. Text values go as parameters.
    """
    names, end = ("point_id, utc_date_time, actual_value", "")
    if is_bad:
        names, end = names + ", is_bad", ",0"
    head = compose("INSERT INTO {table} ({names}) VALUES ", table=table, names=names)
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


def newest_times_ms(session: Session, points: Sequence[int] | None = None) -> dict[int, int]:
    """Time of the live values of these points, or of all, milliseconds since 1970 UTC.

    Args:
        session: Of the historical database.
        points: Their ids; None = all.
    """
    if points is not None and not points:
        return {}
    own = compose("") if points is None else compose(" WHERE point_id IN ({ids})", ids=marks(points))
    found: dict[int, int] = {}
    for kind in Kind:
        rows = session.rows(
            compose(
                "SELECT point_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000"
                " FROM {table}_latest{own}",
                table=kind.table,
                own=own,
            ),
            points or (),
        )
        found.update((int(point_id), int(time_ms)) for point_id, time_ms in rows)
    return found
