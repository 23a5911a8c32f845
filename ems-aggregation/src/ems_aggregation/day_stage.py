"""Sums of days: what is over is summed when aggregation has caught up; see :mod:`ems_common.daily_sums`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
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
    _waiting: list[tuple[str, Family]] = field(default_factory=list)
    _looked_s: float = float("-inf")

    def run_pass(self, most_s: float = _PASS_S) -> int:
        """Do some seconds of what is to be done.

        Returns:
            How many days of tables were summed; 0 when there is nothing to do.
        """
        if not self._waiting:
            if monotonic_s() - self._looked_s < _LOOK_EVERY_S:
                return 0
            self._looked_s = monotonic_s()
            self._waiting = list(daily_sums.summed_tables())
        until_s, done = monotonic_s() + most_s, 0
        until_utc = period_start(utc_now(), "daily", zone(self.zone_name)) - _OPEN
        while self._waiting and monotonic_s() < until_s:
            database, family = self._waiting[0]
            with self.dbs.session(database) as session:
                days, goes_on = daily_sums.extend(
                    session, family, until_utc, timedelta(minutes=self.slot_minutes), self.zone_name
                )
            done += days
            if not goes_on:
                self._waiting.pop(0)
        return done
