"""The only module that reads a clock; everything else is given the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Seconds on a clock that never jumps, for durations and deadlines."""
    return time.monotonic()
