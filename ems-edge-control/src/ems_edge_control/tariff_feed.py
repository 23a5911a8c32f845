"""Prices of the site's tariff: read from the database, kept on disk, and told to the controllers ahead.

A component of nature `tariff` in the site file says which tariffs count::

    - {id: tariff0, nature: tariff, properties: {cost_center_id: 1, energy_category_id: 1, maxAge: 72}}

They are those of a cost centre for an energy category, as the site's costs are computed from. While the
database is away the last ones known count on, for `maxAge` hours; after that there are no prices, and the
controllers fall back to their local rules.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import msgspec
from ems_common import log
from ems_common.db import Databases
from ems_common.errors import EmsError
from ems_common.slots import SlotAxis
from ems_common.tariffs import TimeOfUse, slot_prices

from ems_edge_control import properties, store
from ems_edge_control.component_properties import TariffProperties
from ems_edge_control.outlook import Outlook, Series
from ems_edge_control.site import BadSite, Site

_log = log.get(__name__)
NAME = "GridBuyPrice"
QUARTER = timedelta(minutes=15)
AHEAD = timedelta(hours=48)
READ_EVERY_S = 300.0
TELL_EVERY_S = 30.0
RETRY_S = 15.0
KWH_PER_MWH = 1000.0


@dataclass(frozen=True)
class Known:
    """What was read last.

    Attributes:
        read_utc: When.
        tariffs: The tariffs.
    """

    read_utc: datetime
    tariffs: tuple[TimeOfUse, ...]


def configured(site: Site) -> TariffProperties | None:
    """What the site file says of a tariff in the database, None when nothing.

    Raises:
        BadSite: The properties cannot be used.
    """
    faults: list[str] = []
    found = [
        properties.read(TariffProperties, info.properties, f"component {info.id}", faults)
        for info in site.infos.values()
        if info.is_a("tariff")
    ]
    wanted = [item for item in found if item is not None and item.cost_center_id is not None]
    if len(wanted) > 1:
        faults.append("one component of nature tariff may name a cost centre, not several")
    if faults:
        raise BadSite(faults)
    return wanted[0] if wanted else None


def series(tariffs: Sequence[TimeOfUse], now_utc: datetime, zone: tzinfo) -> Series | None:
    """Prices of the quarter hours from now on [money/MWh]; None when no tariff holds at any of them."""
    start_s = now_utc.timestamp() // QUARTER.total_seconds() * QUARTER.total_seconds()
    axis = SlotAxis(datetime.fromtimestamp(start_s, UTC), round(AHEAD / QUARTER), QUARTER)
    prices = slot_prices(tariffs, axis, zone) * KWH_PER_MWH
    values = tuple(float(p) for p in prices)
    if all(map(math.isnan, values)):
        return None
    return Series(start_s, QUARTER.total_seconds(), values)


class TariffFeed:
    """Keeps the outlook's prices up to date.

    Args:
        options: Which tariffs.
        dbs: The databases.
        outlook: Where prices are told.
        zone: Zone of the tariff's times of day.
        cache: File of the last tariffs known.
        clock_utc: The wall clock.
    """

    def __init__(
        self,
        options: TariffProperties,
        dbs: Databases,
        outlook: Outlook,
        zone: tzinfo,
        cache: Path,
        clock_utc: Callable[[], datetime],
    ) -> None:
        self.options = options
        self.dbs = dbs
        self.outlook = outlook
        self.zone = zone
        self.cache = cache
        self.clock_utc = clock_utc
        self.known = _load(cache)
        self._next_read_utc: datetime | None = None
        self._is_away = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge-prices", daemon=True)
        self.tell()

    def start(self) -> None:
        """Begin to read and tell."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def refresh(self) -> None:
        """Read the tariffs when it is time, keep what is new, and tell the prices."""
        now_utc = self.clock_utc()
        if self._next_read_utc is None or now_utc >= self._next_read_utc:
            self._read(now_utc)
        self.tell()

    def tell(self) -> None:
        """Put the prices of the coming days into the outlook."""
        if self.known is None:
            return
        found = series(self.known.tariffs, self.clock_utc(), self.zone)
        if found is not None:
            until_utc = self.known.read_utc + timedelta(hours=self.options.max_age)
            self.outlook.put(NAME, found, until_utc.timestamp())

    def _run(self) -> None:
        while True:
            self.refresh()
            if self._stop.wait(TELL_EVERY_S):
                return

    def _read(self, now_utc: datetime) -> None:
        cost_center = self.options.cost_center_id
        if cost_center is None:
            return
        try:
            tariffs = store.tariffs(self.dbs, cost_center, self.options.energy_category_id)
        except EmsError as ex:
            self._next_read_utc = now_utc + timedelta(seconds=RETRY_S)
            self._note_away(str(ex))
            return
        self._next_read_utc = now_utc + timedelta(seconds=READ_EVERY_S)
        before = self.known
        self.known = Known(now_utc, tuple(tariffs))
        if self._is_away or before is None or before.tariffs != self.known.tariffs:
            level = _log.info if tariffs else _log.warning
            level("prices_read", tariffs=len(tariffs), cost_center_id=cost_center)
        self._is_away = False
        try:
            store.replace(self.cache, msgspec.json.encode(self.known))
        except OSError as ex:
            _log.warning("prices_not_kept", reason=str(ex), path=str(self.cache))

    def _note_away(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            since = None if self.known is None else self.known.read_utc.isoformat()
            _log.warning("prices_away", reason=reason, last_read_utc=since, max_age_h=self.options.max_age)


def _load(cache: Path) -> Known | None:
    try:
        return msgspec.json.decode(cache.read_bytes(), type=Known)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as ex:
        _log.warning("prices_unreadable", path=str(cache), reason=str(ex))
        return None
