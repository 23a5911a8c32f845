"""How often a caller may ask: requests per user, key and address, wrong passwords and codes.

Token buckets in memory that all workers of a host share, so a limit holds for the host and not for each
worker. A caller is found by a keyed hash: two may fall into one bucket, but nobody can choose with whom.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import secrets
import struct
from collections.abc import Callable
from threading import Lock
from typing import Final

from ems_common.clock import monotonic_s

from ems_api.errors import ApiError, Cause

BUCKETS: Final = 1 << 16
_BUCKET: Final = struct.Struct("=dd")


class Limiter:
    """Token buckets by caller. Made once, before the workers are forked.

    Args:
        per_s: Tokens that come back per second; 0 = no limit.
        burst: Most tokens a caller can have; at least one.
        clock: Seconds that only grow.
    """

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = max(1.0, burst)
        self._key = secrets.token_bytes(16)
        self._shared = mmap.mmap(-1, BUCKETS * _BUCKET.size) if per_s > 0 else None
        self._lock = Lock()

    def _bucket(self, caller: str) -> int:
        digest = hashlib.blake2b(caller.encode(), digest_size=4, key=self._key).digest()
        return int.from_bytes(digest, "big") % BUCKETS * _BUCKET.size

    def _left(self, shared: mmap.mmap, at: int, now_s: float) -> float:
        """Tokens left; a bucket that nobody used yet is full."""
        spent, then_s = _BUCKET.unpack_from(shared, at)
        return self._burst - max(0.0, float(spent) - (now_s - float(then_s)) * self._per_s)

    def _refuse(self, left: float) -> ApiError:
        wait_s = max(1, math.ceil((1.0 - left) / self._per_s))
        return ApiError(
            "TOO_MANY_REQUESTS", Cause.TOO_MANY, detail=f"try again in {wait_s} s", retry_after_s=wait_s
        )

    def check(self, caller: str) -> None:
        """Refuse a caller who has no token left.

        Raises:
            ApiError: There is none left; says when there will be one.
        """
        if self._shared is None:
            return
        left = self._left(self._shared, self._bucket(caller), self._clock())
        if left < 1.0:
            raise self._refuse(left)

    def take(self, caller: str) -> None:
        """Take a token from a caller.

        Raises:
            ApiError: There is none left; says when there will be one.
        """
        if self._shared is None:
            return
        at = self._bucket(caller)
        with self._lock:
            now_s = self._clock()
            left = self._left(self._shared, at, now_s)
            if left < 1.0:
                raise self._refuse(left)
            _BUCKET.pack_into(self._shared, at, self._burst - left + 1.0, now_s)
