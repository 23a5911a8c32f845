"""All SQL of this service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeVar

import numpy as np
from ems_common.db import Session
from ems_common.db.extents import first_and_last
from ems_common.db.sql import compose, marks
from ems_common.quality.screen import Batch
from ems_common.quality.series import Ints, to_ms
from ems_common.repairs import Repaired, repaired_readings

from ems_cleaning.work import Range

T = TypeVar("T")
NUMERIC: Final = ("energy", "analog", "digital")
_BATCH = 1000
# Instants as integers: twice as fast to fetch as DATETIME, and independent of the session's time zone.
_TIME_MS = compose("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000")


def table_of(kind: str) -> str:
    """History table of a kind of point."""
    if kind not in NUMERIC:
        raise ValueError(kind)
    return f"tbl_{kind}_value"


def batches(items: Iterable[T], size: int = _BATCH) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def extents(session: Session, kind: str, point_ids: Sequence[int]) -> dict[int, Range]:
    """First and last time of each point that has readings."""
    stored = first_and_last(session, table_of(kind), "point_id", "utc_date_time", point_ids)
    return {
        key: Range(to_ms(first.replace(tzinfo=UTC)), to_ms(last.replace(tzinfo=UTC)) + 1)
        for key, (first, last) in stored.items()
    }


def newest_ms(session: Session, kind: str, limit_utc: datetime) -> dict[int, int]:
    """Time of the newest reading of each point that is not from the future."""
    rows = session.rows(
        compose(
            "SELECT point_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(utc_date_time)) DIV 1000"
            " FROM {table} WHERE utc_date_time <= %s GROUP BY point_id",
            table=table_of(kind),
        ),
        (naive(limit_utc),),
    )
    return {int(key): int(time_ms) for key, time_ms in rows}


def watermarks_ms(session: Session) -> dict[int, int]:
    """How far each point has been judged."""
    rows = session.rows(
        "SELECT point_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', judged_through_utc) DIV 1000"
        " FROM tbl_cleaning_watermarks"
    )
    return {int(key): int(time_ms) for key, time_ms in rows}


_READING: Final = {"point": "int64", "time": "int64", "value": "float64", "bad": "int8"}


def read(session: Session, kind: str, point_ids: Sequence[int], span: Range) -> Batch:
    """The readings of some points in a range; points without any are missing."""
    parts = [_read_part(session, kind, part, span) for part in batches(point_ids, 200)]
    counts = np.concatenate([part.bounds[1:] - part.bounds[:-1] for part in parts])
    return Batch(
        np.concatenate([part.point_ids for part in parts]),
        np.concatenate(([0], np.cumsum(counts))),
        np.concatenate([part.time_ms for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.is_bad for part in parts]),
    )


def _read_part(session: Session, kind: str, point_ids: Sequence[int], span: Range) -> Batch:
    """As `read`, of so many points as one statement may name."""
    gaps = {"time_ms": _TIME_MS, "table": table_of(kind), "ids": marks(point_ids)}
    parameters = (*point_ids, naive(span.start_utc), naive(span.end_utc))
    found = session.joined(
        compose(
            "SELECT point_id, COUNT(*),"
            " GROUP_CONCAT({time_ms}, ' ', actual_value, ' ', COALESCE(is_bad, 2) SEPARATOR ' ')"
            " FROM {table} WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s"
            " GROUP BY point_id",
            **gaps,
        ),
        parameters,
        3,
    )
    if found is not None:
        owners = np.repeat(np.array(found.keys, dtype=np.int64), found.counts)
        time_ms, value, bad = found.numbers.T
        # The months of a table may come one after the other.
        order = np.lexsort((time_ms, owners))
        return Batch.of(owners, time_ms[order].astype(np.int64), value[order], bad[order].astype(np.int8))
    columns = session.columns(
        compose(
            "SELECT point_id, {time_ms}, actual_value, COALESCE(is_bad, 2) FROM {table}"
            " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s"
            " ORDER BY point_id, utc_date_time",
            **gaps,
        ),
        parameters,
        _READING,
    )
    return Batch.of(*(columns[name] for name in _READING))


def first_after_ms(session: Session, kind: str, point_id: int, time_ms: int) -> int | None:
    """Time of a point's first reading at or after an instant."""
    found = session.scalar(
        compose(
            "SELECT {time_ms} FROM {table} WHERE point_id = %s AND utc_date_time >= %s"
            " ORDER BY utc_date_time LIMIT 1",
            time_ms=_TIME_MS,
            table=table_of(kind),
        ),
        (point_id, as_text(time_ms)),
    )
    return None if found is None else int(found)


Verdicts = dict[tuple[int, str], str]
"""(time in ms, rule) → detail, as `reasons.reason` says it."""


def verdicts(session: Session, point_ids: Sequence[int], span: Range) -> dict[int, Verdicts]:
    """The stored verdicts of some points in a range."""
    found: dict[int, Verdicts] = {}
    for part in batches(point_ids, 200):
        rows = session.rows(
            compose(
                "SELECT point_id, {time_ms}, rule, detail FROM tbl_reading_verdicts"
                " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s",
                time_ms=_TIME_MS,
                ids=marks(part),
            ),
            (*part, naive(span.start_utc), naive(span.end_utc)),
        )
        for key, time_ms, rule, detail in rows:
            found.setdefault(int(key), {})[int(time_ms), str(rule)] = str(detail)
    return found


Estimates = dict[int, tuple[float, str]]
"""Time in ms → value and method."""


def estimates(session: Session, point_ids: Sequence[int], span: Range) -> dict[int, Estimates]:
    """The stored estimates of some points in a range."""
    found: dict[int, Estimates] = {}
    for part in batches(point_ids):
        rows = session.rows(
            compose(
                "SELECT point_id, {time_ms}, actual_value + 0E0, method FROM tbl_estimated_readings"
                " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s",
                time_ms=_TIME_MS,
                ids=marks(part),
            ),
            (*part, naive(span.start_utc), naive(span.end_utc)),
        )
        for key, time_ms, value, method in rows:
            found.setdefault(int(key), {})[int(time_ms)] = (float(value), str(method))
    return found


def replace_estimates(session: Session, point_id: int, old: Estimates, new: Estimates) -> None:
    """Make the stored estimates the new ones."""
    session.executemany(
        "DELETE FROM tbl_estimated_readings WHERE point_id = %s AND utc_date_time = %s",
        [(point_id, as_text(time_ms)) for time_ms in sorted(old.keys() - new.keys())],
    )
    session.upsert(
        "tbl_estimated_readings",
        ("point_id", "utc_date_time", "actual_value", "method"),
        [
            (point_id, as_text(time_ms), *estimate)
            for time_ms, estimate in sorted(new.items())
            if old.get(time_ms) != estimate
        ],
        ("actual_value", "method"),
    )


def entered(session: Session, kind: str, point_ids: Sequence[int], span: Range) -> dict[int, Repaired]:
    """Readings in a range that people have put in place of what devices gave; only registers have such."""
    if kind != "energy":
        return {}
    return repaired_readings(session, point_ids, span.start_utc, span.end_utc)


def points_with_verdicts(session: Session, point_ids: Sequence[int], since: Range) -> set[int]:
    """Those of the points that have a verdict in the range that tells more than of a pause or repetition."""
    found: set[int] = set()
    for part in batches(point_ids):
        rows = session.rows(
            compose(
                "SELECT DISTINCT point_id FROM tbl_reading_verdicts"
                " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s"
                " AND rule NOT IN ('gap', 'duplicate')",
                ids=marks(part),
            ),
            (*part, naive(since.start_utc), naive(since.end_utc)),
        )
        found.update(int(key) for (key,) in rows)
    return found


def replace_verdicts(session: Session, point_id: int, old: Verdicts, new: Verdicts, now_utc: datetime) -> int:
    """Make the stored verdicts the new ones; those that stay the same keep their time of judgement.

    Returns:
        How many rows changed.
    """
    gone = sorted(old.keys() - new.keys())
    changed = [(key, detail) for key, detail in sorted(new.items()) if old.get(key) != detail]
    if not (gone or changed):
        return 0
    session.executemany(
        "DELETE FROM tbl_reading_verdicts WHERE point_id = %s AND utc_date_time = %s AND rule = %s",
        [(point_id, as_text(time_ms), rule) for time_ms, rule in gone],
    )
    session.upsert(
        "tbl_reading_verdicts",
        ("point_id", "utc_date_time", "rule", "detail", "judged_utc"),
        [(point_id, as_text(time_ms), rule, detail, naive(now_utc)) for (time_ms, rule), detail in changed],
        ("detail", "judged_utc"),
    )
    return len(gone) + len(changed)


def set_bad(session: Session, kind: str, point_id: int, times_ms: Ints, is_bad: int) -> None:
    """Set `is_bad` of single readings."""
    for part in batches(times_ms.tolist()):
        session.execute(
            compose(
                "UPDATE {table} SET is_bad = %s WHERE point_id = %s AND utc_date_time IN ({times})",
                table=table_of(kind),
                times=marks(part),
            ),
            (is_bad, point_id, *(as_text(time_ms) for time_ms in part)),
        )


def settle_unjudged(session: Session, kind: str, point_id: int, span: Range) -> None:
    """Set `is_bad` of all unjudged readings in a range to 0, which is what most of them are."""
    session.execute(
        compose(
            "UPDATE {table} SET is_bad = 0 WHERE point_id = %s AND utc_date_time >= %s"
            " AND utc_date_time < %s AND is_bad IS NULL",
            table=table_of(kind),
        ),
        (point_id, naive(span.start_utc), naive(span.end_utc)),
    )


def raise_watermarks(session: Session, judged_ms: Mapping[int, int]) -> None:
    """Note how far points have been judged; never backwards."""
    if judged_ms:
        points = np.array(sorted(judged_ms), dtype=np.int64)
        through = np.array([judged_ms[key] for key in points.tolist()], dtype="datetime64[ms]")
        arrays = {"point_id": points, "judged_through_utc": through}
        session.upsert_arrays("tbl_cleaning_watermarks", arrays, ("judged_through_utc",), only_up=True)


def partitions(session: Session, table: str) -> dict[str, str]:
    """Partition name → upper bound, of the partitions of single months."""
    rows = session.rows(
        "SELECT PARTITION_NAME, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND PARTITION_NAME REGEXP '^p_[0-9]'",
        (table,),
    )
    return {str(name): str(bound).strip("'")[:10] for name, bound in rows}


def drop_partition(session: Session, kind: str, name: str) -> None:
    """Drop a month; `name` comes from the server's own list."""
    session.execute(compose("ALTER TABLE {table} DROP PARTITION {name}", table=table_of(kind), name=name))


def oldest_open(session: Session) -> datetime | None:
    """Start of the oldest range that a database wants judged or normalized; None when nothing is open."""
    found = session.scalar(
        "SELECT MIN(from_utc) FROM tbl_change_journal WHERE kind IN ('clean', 'normalize')"
    )
    return None if found is None else found.replace(tzinfo=UTC)


def first_unjudged(session: Session, kind: str, limit_utc: datetime) -> dict[int, datetime]:
    """Time of each point's first reading before a limit that lies after what was judged of the point."""
    rows = session.rows(
        compose(
            "SELECT reading.point_id, MIN(reading.utc_date_time) FROM {table} AS reading"
            " LEFT JOIN tbl_cleaning_watermarks AS judged ON judged.point_id = reading.point_id"
            " WHERE reading.utc_date_time < %s"
            " AND (judged.point_id IS NULL OR reading.utc_date_time > judged.judged_through_utc)"
            " GROUP BY reading.point_id",
            table=table_of(kind),
        ),
        (naive(limit_utc),),
    )
    return {int(key): first.replace(tzinfo=UTC) for key, first in rows}


def note_dropped(session: Session, kind: str, complete_from_utc: datetime) -> None:
    """Note from when on what depends on readings of a kind can be computed again; never backwards."""
    session.execute(
        "INSERT INTO tbl_retention (kind, complete_from_utc) VALUES (%s, %s) ON DUPLICATE KEY"
        " UPDATE complete_from_utc = GREATEST(complete_from_utc, VALUES(complete_from_utc))",
        (kind, naive(complete_from_utc)),
    )


def delete_before(session: Session, kind: str, limit_utc: datetime, most: int) -> int:
    """Delete at most `most` readings older than a limit; returns how many."""
    return session.execute(
        compose("DELETE FROM {table} WHERE utc_date_time < %s LIMIT %s", table=table_of(kind)),
        (naive(limit_utc), most),
    )


def delete_verdicts_before(session: Session, point_ids: Sequence[int], limit_utc: datetime) -> int:
    """Delete the verdicts on readings of some points, and the estimates beside them, older than a limit."""
    return sum(
        session.execute(
            compose(
                "DELETE FROM {table} WHERE point_id IN ({ids}) AND utc_date_time < %s",
                table=table,
                ids=marks(part),
            ),
            (*part, naive(limit_utc)),
        )
        for part in batches(point_ids)
        for table in ("tbl_reading_verdicts", "tbl_estimated_readings")
    )


def naive(instant_utc: datetime) -> datetime:
    """The column's form of an aware UTC instant."""
    return instant_utc.replace(tzinfo=None)


def as_text(time_ms: int) -> str:
    """The column's form of milliseconds since 1970."""
    return str(np.datetime64(time_ms, "ms"))
