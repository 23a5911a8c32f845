"""Sums of days: what is over is summed when aggregation has caught up; see :mod:`ems_common.daily_sums`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from ems_common import daily_sums
from ems_common.catalog.hourly import Family
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases
from ems_common.periods import period_start, zone

_PASS_S: Final = 3.0
_LOOK_EVERY_S: Final = 1800.0
_OPEN: Final = timedelta(days=1)
"""The days before today whose slots still change so often that their sums would not pay."""


@dataclass
class DailySums:
    """Sums the days that are over, of all tables the catalog names.

    Attributes:
        dbs: The databases.
        slot_minutes: Length of a slot.
        zone_name: Whose days are summed; the site's.
    """

    dbs: Databases
    slot_minutes: int
    zone_name: str = daily_sums.UTC_DAYS
    _waiting: dict[str, list[Family]] = field(default_factory=dict)
    _looked_s: float = float("-inf")

    def run_pass(self, most_s: float = _PASS_S) -> int:
        """Do some seconds of what is to be done, in all databases side by side.

        Returns:
            How many days of tables were summed; 0 when there is nothing to do.
        """
        if not self._waiting:
            if monotonic_s() - self._looked_s < _LOOK_EVERY_S:
                return 0
            self._looked_s = monotonic_s()
            for database, family in daily_sums.summed_tables():
                self._waiting.setdefault(database, []).append(family)
        until_s = monotonic_s() + most_s
        with ThreadPoolExecutor(len(self._waiting), thread_name_prefix="sums") as pool:
            done = sum(pool.map(partial(self._sum_tables, until_s), self._waiting))
        self._waiting = {database: left for database, left in self._waiting.items() if left}
        return done

    def _sum_tables(self, until_s: float, database: str) -> int:
        """Sum days of a database's tables until an instant; returns how many."""
        until_utc = period_start(utc_now(), "daily", zone(self.zone_name)) - _OPEN
        slot, left, done = timedelta(minutes=self.slot_minutes), self._waiting[database], 0
        while left and monotonic_s() < until_s:
            with self.dbs.session(database) as session:
                days, goes_on = daily_sums.extend(session, left[0], until_utc, slot, self.zone_name)
            done += days
            if not goes_on:
                left.pop(0)
        return done
