"""Forecast of consumption and production from what the site itself has measured: no network needed.

Means of quarter hours of the last two weeks are kept on disk. A quarter to come is expected to be what it was
on the days before of the same kind (working day or weekend): the mean of up to five of them. Production does
not know weekends. Until a whole day is known there is no forecast.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import msgspec
from ems_common import log
from msgspec import Struct

from ems_edge_control import store
from ems_edge_control.outlook import Outlook, Series

_log = log.get(__name__)
QUARTER_S = 900
DAY_QUARTERS = 96
KEPT_DAYS = 14
MEAN_OF = 5
LEAST_SHARE = 0.9
NAMES = ("ConsumptionActivePower", "ProductionActivePower")


class Past(Struct):
    """Means of quarter hours [W] by their number since 1970: consumption and production."""

    quarters: dict[int, tuple[float, float]] = {}


class Persistence:
    """Learns from each reading and tells a day ahead.

    Args:
        outlook: Where forecasts are told.
        zone: Zone of the site, which cuts days.
        file: Where the past is kept.
    """

    def __init__(self, outlook: Outlook, zone: tzinfo, file: Path) -> None:
        self.outlook = outlook
        self.zone = zone
        self.file = file
        self.past = _load(file)
        self._quarter = -1
        self._sums = [0.0, 0.0]
        self._count = 0

    def add(self, now_utc: datetime, consumption_w: float, production_w: float) -> None:
        """Take a reading; a value that is not known (NaN) is left out. Twice a second is enough."""
        quarter = int(now_utc.timestamp() // QUARTER_S)
        if quarter != self._quarter:
            self._close()
            self._quarter = quarter
            self.tell(now_utc)
        if math.isfinite(consumption_w):
            self._sums[0] += consumption_w
            self._sums[1] += production_w if math.isfinite(production_w) else 0.0
            self._count += 1

    def tell(self, now_utc: datetime) -> None:
        """Put the forecasts of the coming day into the outlook."""
        first = int(now_utc.timestamp() // QUARTER_S)
        for column, name in enumerate(NAMES):
            values = tuple(self._expected(quarter, column) for quarter in range(first, first + DAY_QUARTERS))
            if sum(map(math.isfinite, values)) >= LEAST_SHARE * DAY_QUARTERS:
                until_s = (first + DAY_QUARTERS) * QUARTER_S
                self.outlook.put(name, Series(first * QUARTER_S, QUARTER_S, values), until_s)

    def _expected(self, quarter: int, column: int) -> float:
        """Mean of the same wall time on days before; NaN when none is known."""
        at = datetime.fromtimestamp(quarter * QUARTER_S, UTC).astimezone(self.zone)
        days = [at - timedelta(days=n) for n in range(1, KEPT_DAYS + 1)]
        same = [d for d in days if column == 1 or (d.weekday() >= 5) == (at.weekday() >= 5)]
        for candidates in (same, days):
            known = [
                found[column]
                for day in candidates
                if (found := self.past.quarters.get(int(day.timestamp() // QUARTER_S))) is not None
            ][:MEAN_OF]
            if known:
                return sum(known) / len(known)
        return math.nan

    def _close(self) -> None:
        """Keep the mean of the quarter that has ended."""
        if self._count > 0:
            means = (self._sums[0] / self._count, self._sums[1] / self._count)
            oldest = self._quarter - KEPT_DAYS * DAY_QUARTERS
            kept = {q: v for q, v in self.past.quarters.items() if q > oldest}
            self.past = Past(kept | {self._quarter: means})
            try:
                store.replace(self.file, msgspec.json.encode(self.past))
            except OSError as ex:
                _log.warning("forecast_not_kept", reason=str(ex), path=str(self.file))
        self._sums, self._count = [0.0, 0.0], 0


def _load(file: Path) -> Past:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Past)
    except FileNotFoundError:
        return Past()
    except (OSError, msgspec.DecodeError) as ex:
        _log.warning("forecast_unreadable", path=str(file), reason=str(ex))
        return Past()
