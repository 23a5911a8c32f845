"""Where fresh values come from: the Redis channel of acquisition, else the `_latest` tables.

Computed points are not acquired; their values are looked up in the `_latest` tables in either case.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import redis
from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.errors import Unavailable

_log = log.get(__name__)
CHANNEL: Final = "ems:live"
POLL_S: Final = 1.0
_NEAR: Final = timedelta(seconds=10)
_FAR: Final = timedelta(hours=1)
"""How far behind the newest point others are looked for: at every look, and now and then."""
_FAR_EACH_S: Final = 15.0
_BEGINNING: Final = datetime(1970, 1, 1)  # noqa: DTZ001  (stored naive, in UTC)
_LIST_S: Final = 5.0
_RETRY_S: Final = 5.0
_TABLES: Final = ("tbl_energy_value_latest", "tbl_analog_value_latest", "tbl_digital_value_latest")
Points = list[dict[str, Any]]


class PointSource:
    """Follows fresh values in a thread, as long as somebody wants them.

    Args:
        dbs: The databases, for polling.
        redis_url: Redis; "" = poll.
        wanted: Whether anybody listens; polling pauses when not.
        sink: Called with each batch of points.
    """

    def __init__(
        self, dbs: Databases, redis_url: str, wanted: Callable[[], bool], sink: Callable[[Points], None]
    ) -> None:
        self._dbs = dbs
        self._redis_url = redis_url
        self._wanted = wanted
        self._sink = sink
        self._stop = threading.Event()
        self._seen: dict[str, dict[int, datetime]] = {}
        self._computed: list[int] = []
        self._polled_s = self._listed_s = self._far_s = -1e9
        self._thread = threading.Thread(target=self._run, name="live-points", daemon=True)

    def start(self) -> None:
        """Start following."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _run(self) -> None:
        lost = False
        while not self._stop.is_set():
            try:
                if self._redis_url:
                    self._follow_redis()
                else:
                    self._poll()
                    self._stop.wait(POLL_S)
                if lost:
                    _log.info("live_source_restored")
                lost = False
            except (redis.RedisError, Unavailable, OSError) as ex:
                if not lost:
                    _log.warning("live_source_lost", error=str(ex))
                lost = True
                self._stop.wait(_RETRY_S)

    def _follow_redis(self) -> None:
        client = redis.Redis.from_url(self._redis_url, socket_connect_timeout=3)
        with client.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANNEL)
            while not self._stop.is_set():
                message = channel.get_message(timeout=POLL_S)
                self._poll_computed()
                if message is None or not self._wanted():
                    continue
                try:
                    points = orjson.loads(message["data"])
                except orjson.JSONDecodeError:
                    continue
                if isinstance(points, list):
                    self._sink([point for point in points if isinstance(point, dict) and "point_id" in point])

    def _poll_computed(self) -> None:
        """Look up the computed points, once a second; acquisition does not know them."""
        if monotonic_s() - self._polled_s < POLL_S:
            return
        self._polled_s = monotonic_s()
        try:
            if monotonic_s() - self._listed_s >= _LIST_S:
                with self._dbs.session("system_db") as session:
                    self._computed = [
                        row[0] for row in session.rows("SELECT id FROM tbl_points WHERE is_virtual = 1")
                    ]
                self._listed_s = monotonic_s()
            if self._computed:
                self._poll(self._computed)
        except Unavailable as ex:
            _log.warning("computed_points_away", error=str(ex))

    def _poll(self, only: list[int] | None = None) -> None:
        """Pass on what is newer than at the last look; each point counts by itself, as clocks differ.

        Args:
            only: The points looked at; all when None.
        """
        if not self._wanted():
            self._seen.clear()
            return
        looks_far = only is not None or monotonic_s() - self._far_s >= _FAR_EACH_S
        if looks_far:
            self._far_s = monotonic_s()
        points: Points = []
        with self._dbs.reading("historical_db") as session:
            for table in _TABLES:
                points += self._fresh(session, table, only, _FAR if looks_far else _NEAR)
        if points:
            self._sink(points)

    def _fresh(self, session: Session, table: str, only: list[int] | None, behind: timedelta) -> Points:
        """Points of a table with a newer time than at the last look; none at the first look of all.

        Args:
            session: Of the historical database.
            table: One of the tables of latest values.
            only: The points looked at; all when None.
            behind: How far behind the newest point of all others are looked for.
        """
        is_first = table not in self._seen
        seen = self._seen.setdefault(table, {})
        since = max(seen.values(), default=_BEGINNING + behind) - behind
        own = compose(" AND point_id IN ({points})", points=marks(only)) if only else compose("")
        rows = session.rows(
            compose(
                "SELECT point_id, actual_value + 0E0, utc_date_time FROM {table}"
                " WHERE utc_date_time > %s{own}",
                table=table,
                own=own,
            ),
            (since, *(only or ())),
        )
        fresh = [row for row in rows if row[2] > seen.get(row[0], _BEGINNING)]
        seen.update((key, when) for key, _, when in fresh)
        if is_first:
            return []
        return [
            {"point_id": key, "value": value, "utc": when.replace(tzinfo=UTC).isoformat()}
            for key, value, when in fresh
        ]
