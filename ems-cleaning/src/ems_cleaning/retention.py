"""What is too old is dropped: whole months as partitions, the rest row by row. Energy and text are kept.

Readings that the journal still names are kept, however old: they have not been judged or normalized yet.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
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
        with self._dbs.session("historical_db") as session:
            open_utc = store.oldest_open(session)
        if open_utc is not None and open_utc < limit_utc:
            _log.info("retention_waits", kind=kind, open_from=open_utc.isoformat())
            limit_utc = open_utc
        with self._dbs.session("historical_db") as session:
            for name in expired(store.partitions(session, store.table_of(kind)), limit_utc.date()):
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


def expired(bounds: dict[str, str], limit: date) -> list[str]:
    """Names of the partitions that end before a date.

    >>> expired({"p_2025_01": "2025-02-01", "p_2025_02": "2025-03-01"}, date(2025, 2, 10))
    ['p_2025_01']
    """
    return sorted(name for name, bound in bounds.items() if date.fromisoformat(bound) <= limit)
