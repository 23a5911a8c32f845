"""How often a caller may ask: requests per user, key or address, and wrong passwords per address.

Token buckets in each worker's memory. Both limits are settings; requests are unlimited unless set.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from ems_common.clock import monotonic_s

from ems_api.errors import ApiError, Cause

MOST_CALLERS: Final = 10_000


class Limiter:
    """Token buckets by caller.

    Args:
        per_s: Tokens that come back per second; 0 = no limit.
        burst: Most tokens a caller can have.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def _left(self, caller: str, now_s: float) -> float:
        tokens, then_s = self._buckets.get(caller, (self._burst, now_s))
        return min(self._burst, tokens + (now_s - then_s) * self._per_s)

    def check(self, caller: str) -> None:
        """Refuse a caller who has no token left.

        Raises:
            ApiError: He has none.
        """
        if self._per_s > 0 and self._left(caller, monotonic_s()) < 1.0:
            raise ApiError("TOO_MANY_REQUESTS", Cause.TOO_MANY)

    def take(self, caller: str) -> None:
        """Take a token from a caller.

        Raises:
            ApiError: He has none.
        """
        if self._per_s <= 0:
            return
        with self._lock:
            now_s = monotonic_s()
            left = self._left(caller, now_s)
            self._buckets[caller] = (max(0.0, left - 1.0), now_s)
            self._buckets.move_to_end(caller)
            while len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        if left < 1.0:
            raise ApiError("TOO_MANY_REQUESTS", Cause.TOO_MANY)
