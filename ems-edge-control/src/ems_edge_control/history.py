"""Control telemetry on its way to the historical database, through a spool on disk.

What waits survives the process; it is written in the order in which it was measured, and writing it twice
changes nothing. The points are those of the database; the last ones known are kept on disk, so that a
process that starts without a network still knows what to keep.

A record of the spool is one line of JSON: for each object type its points, then for each moment one value
for each of them. That takes a third of what a row for each value would.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases
from ems_common.spool import MEBIBYTE, Spool

from ems_edge_control import store

_log = log.get(__name__)
RELOAD_S = 30.0
SEEN_S = 30.0
BATCH_BYTES = MEBIBYTE // 4
DECIMALS = 6
# A moment: time [ms since 1970], figures by name, channels by handle.
Moment = tuple[int, Mapping[str, float], Mapping[int, float]]
Row = tuple[int, str, int, float]


def encode(rows: Sequence[Row]) -> bytes:
    """A record of rows (point, object type, time in ms, value)."""
    places: dict[str, dict[int, int]] = {}
    moments: dict[tuple[str, int], dict[int, float]] = {}
    for point_id, kind, time_ms, value in rows:
        of_kind = places.setdefault(kind, {})
        place = of_kind.setdefault(point_id, len(of_kind))
        moments.setdefault((kind, time_ms), {})[place] = round(value, DECIMALS)
    content: dict[str, list[Any]] = {kind: [list(points)] for kind, points in places.items()}
    for (kind, time_ms), found in moments.items():
        content[kind].append([time_ms, *(found.get(i) for i in range(len(places[kind])))])
    return orjson.dumps(content)


def decode(record: bytes) -> Iterator[Row]:
    """The rows of a record."""
    content = json.loads(record)
    if isinstance(content, list):  # as versions before this one spooled them
        yield from ((int(p), str(k), int(ms), float(v)) for p, k, ms, v in content)
        return
    for kind, (points, *moments) in content.items():
        for time_ms, *values in moments:
            for point_id, value in zip(points, values, strict=True):
                if value is not None:
                    yield point_id, kind, time_ms, value


class History:
    """The spool, the points that are kept, and the way into the database.

    Args:
        folder: Where the spool and the points known are kept.
        limit_bytes: Most that the spool may take on disk; the oldest is dropped then, and reported.
        dbs: The databases.
        find: Handle of a channel by its address, None when there is none.
        figures: Names of the figures there are.
    """

    def __init__(
        self,
        folder: Path,
        limit_bytes: int,
        dbs: Databases,
        find: Callable[[str], int | None],
        figures: Callable[[], Iterable[str]],
    ) -> None:
        self.dbs = dbs
        self.find = find
        self.figures = figures
        self.points: list[store.Point] = []
        self.spool = Spool(folder / "telemetry", limit_bytes=limit_bytes, fsync="never")
        self._cache = folder / "points.json"
        self._reload_s = self._seen_s = 0.0
        self._load_cache()

    @property
    def handles(self) -> tuple[int, ...]:
        """Channels that are kept beside the figures."""
        found = (self.find(p.channel) for p in self.points if "/" in p.channel)
        return tuple(handle for handle in found if handle is not None)

    def keep(self, moments: Iterable[Moment]) -> None:
        """Spool the values of some moments.

        Raises:
            OSError: The disk takes nothing.
        """
        rows = [row for moment in moments for row in self._rows(*moment)]
        if rows:
            self.spool.append(encode(rows))

    def flush(self) -> bool:
        """Write the oldest of what waits; whether there may be more.

        Raises:
            EmsError: The database is away; nothing was removed from the spool.
        """
        records = self.spool.peek(BATCH_BYTES)
        if not records:
            return False
        rows = {
            (point_id, ms): (point_id, kind, ms, v) for r in records for point_id, kind, ms, v in decode(r)
        }
        sources = sorted({p.data_source_id for p in self.points})
        store.write(self.dbs, list(rows.values()), sources)
        self.spool.advance(len(records))
        if rows and monotonic_s() >= self._seen_s:
            store.mark_seen(self.dbs, sources, max(ms for _, ms in rows))
            self._seen_s = monotonic_s() + SEEN_S
        return len(self.spool) > 0

    def reload(self) -> bool:
        """Look at the points from time to time; whether they have changed.

        Raises:
            EmsError: The database is away; the last ones known count on.
        """
        if monotonic_s() < self._reload_s:
            return False
        found = store.points(self.dbs)
        self._reload_s = monotonic_s() + RELOAD_S
        if found == self.points:
            return False
        self._use(found)
        _log.info("telemetry_points", count=len(found))
        cache = [(p.id, p.data_source_id, p.kind, p.channel, p.scale) for p in found]
        store.replace(self._cache, orjson.dumps(cache))
        return True

    def _rows(self, time_ms: int, figures: Mapping[str, float], extra: Mapping[int, float]) -> Iterator[Row]:
        for point in self.points:
            value = figures.get(point.channel, math.nan)
            if "/" in point.channel:
                handle = self.find(point.channel)
                value = math.nan if handle is None else extra.get(handle, math.nan)
            if math.isfinite(value):
                yield point.id, point.kind, time_ms, value * point.scale

    def _use(self, found: list[store.Point]) -> None:
        self.points = found
        names = set(self.figures())
        unknown = [
            p.channel
            for p in found
            if (self.find(p.channel) is None if "/" in p.channel else p.channel not in names)
        ]
        if unknown:
            _log.warning("telemetry_channels_unknown", channels=unknown[:10], known=sorted(names))

    def _load_cache(self) -> None:
        try:
            rows = json.loads(self._cache.read_bytes())
            self._use([store.Point(*row) for row in rows])
        except FileNotFoundError:
            self.points = []
        except (OSError, ValueError, TypeError) as ex:
            _log.warning("telemetry_points_unreadable", path=str(self._cache), reason=str(ex))
            self.points = []
