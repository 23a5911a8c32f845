"""What is too old is dropped: whole months as partitions, the rest row by row. Energy and text are kept.

Readings that are not judged or not normalized yet are kept, however old: those that the journal still names,
and those of points that have not been judged so far. Whole UTC days go, so that no hour is left in part.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from ems_common.quality.series import EPOCH_UTC, day_of, to_ms, to_utc
from ems_common.quality.site import Site

from ems_cleaning import store
from ems_cleaning.settings import CleaningSettings

_log = log.get(__name__)
_EVERY_S: Final = 3600.0
_ROWS: Final = 20_000


class Retention:
    """Applies the policy now and then.

    Args:
        dbs: The databases.
        settings: Days to keep, by kind of point.
    """

    def __init__(self, dbs: Databases, settings: CleaningSettings) -> None:
        self._dbs = dbs
        self._keep_days = {"analog": settings.analog_keep_days, "digital": settings.digital_keep_days}
        self._due_s = 0.0

    def run(self, known: Site, now_utc: datetime) -> int:
        """Drop what is too old, at most once an hour; returns the rows that were deleted singly."""
        if monotonic_s() < self._due_s:
            return 0
        self._due_s = monotonic_s() + _EVERY_S
        return sum(
            self._expire(known, kind, now_utc - timedelta(days=days))
            for kind, days in self._keep_days.items()
            if days > 0
        )

    def _expire(self, known: Site, kind: str, limit_utc: datetime) -> int:
        limit_utc = self._allowed(known, kind, limit_utc)
        with self._dbs.session("historical_db") as session:
            # Before anything goes: no hour must be computed again from what is left of its readings. Power
            # counts up to a day beyond a reading, so hours of the first day that is left may need older ones.
            store.note_dropped(session, kind, limit_utc + timedelta(days=1))
            names = expired(store.partitions(session, store.table_of(kind)), limit_utc.date())
        for name in names:
            # Asked again before each: what came late since is judged and normalized first.
            if self._allowed(known, kind, limit_utc) < limit_utc:
                return 0
            with self._dbs.session("historical_db") as session:
                store.drop_partition(session, kind, name)
            _log.info("month_dropped", table=store.table_of(kind), partition=name)
        deleted = 0
        while True:
            with self._dbs.session("historical_db") as session:
                count = store.delete_before(session, kind, limit_utc, _ROWS)
            deleted += count
            if count < _ROWS:
                break
        members = [point.id for point in known.points.values() if point.kind == kind]
        with self._dbs.session("historical_db") as session:
            store.delete_verdicts_before(session, members, limit_utc)
        return deleted

    def _allowed(self, known: Site, kind: str, limit_utc: datetime) -> datetime:
        """Start of the day before which everything may go: the policy's limit, or what is still needed."""
        needed: list[datetime | None] = []
        for database in ("historical_db", "system_db"):
            with self._dbs.session(database) as session:
                needed.append(store.oldest_open(session))
        with self._dbs.session("historical_db") as session:
            unjudged = store.first_unjudged(session, kind, limit_utc)
        # Readings of points that are no more are judged by nobody.
        needed += [first_utc for key, first_utc in unjudged.items() if key in known.points]
        waiting = [instant for instant in needed if instant is not None and instant < limit_utc]
        if waiting:
            _log.info("retention_waits", kind=kind, open_from=min(waiting).isoformat())
        allowed = min([limit_utc, *waiting])
        return to_utc(day_of(to_ms(max(allowed, EPOCH_UTC))))


def expired(bounds: dict[str, str], limit: date) -> list[str]:
    """Names of the partitions that end before a date.

    >>> expired({"p_2025_01": "2025-02-01", "p_2025_02": "2025-03-01"}, date(2025, 2, 10))
    ['p_2025_01']
    """
    return sorted(name for name, bound in bounds.items() if date.fromisoformat(bound) <= limit)
