"""Committed values → Redis, for those who watch. Nothing depends on it: a loss is logged once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import orjson
import redis

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.readings import Columns, Kind

CHANNEL: Final = "ems:live"
_RETRY_PAUSE_S = 5.0
_log = log.get(__name__)


class LiveFeed:
    """Publishes batches of live values as JSON arrays of ``{"point_id", "value", "utc"}``.

    Args:
        url: Of the Redis server; empty publishes nothing.
    """

    def __init__(self, url: str) -> None:
        self._client = (
            redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5) if url else None
        )
        self._lost = False
        self._retry_at_s = 0.0

    def publish(self, newest: Mapping[Kind, Columns]) -> None:
        """Publish one committed batch; failures are only logged."""
        if self._client is None or monotonic_s() < self._retry_at_s or not newest:
            return
        try:
            self._client.publish(CHANNEL, orjson.dumps(messages(newest.values())))
        except redis.RedisError as ex:
            self._retry_at_s = monotonic_s() + _RETRY_PAUSE_S
            if not self._lost:
                _log.warning("live_feed_lost", error=str(ex))
            self._lost = True
            return
        if self._lost:
            _log.info("live_feed_back")
            self._lost = False


def messages(columns: Iterable[Columns]) -> list[dict[str, object]]:
    """The readings as the API's live stream expects them.

    >>> one = Columns(np.array([7]), np.array([1767225600000]), np.array([1.5]))
    >>> messages([one])
    [{'point_id': 7, 'value': 1.5, 'utc': '2026-01-01T00:00:00.000Z'}]
    """
    found: list[dict[str, object]] = []
    for part in columns:
        times = np.datetime_as_string(part.time_ms.view("datetime64[ms]")).tolist()
        for point_id, value, time in zip(part.point_id.tolist(), part.value.tolist(), times, strict=True):
            found.append({"point_id": point_id, "value": value, "utc": f"{time}Z"})
    return found
