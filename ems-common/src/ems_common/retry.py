"""The one retry helper: growing pauses with jitter, for `Unavailable` only."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from ems_common import log
from ems_common.errors import Unavailable

T = TypeVar("T")
_log = log.get(__name__)


def pauses_s(first_s: float = 0.2, longest_s: float = 10.0) -> Callable[[int], float]:
    """Pause before attempt `n` (1-based): doubling from `first_s`, capped, with up to 30 % jitter."""

    def pause_s(attempt: int) -> float:
        base = min(longest_s, first_s * 2.0 ** min(attempt - 1, 30))
        return base * (1.0 + 0.3 * random.random())  # noqa: S311  (jitter needs no secrecy)

    return pause_s


def with_retry(
    call: Callable[[], T],
    *,
    what: str,
    attempts: int = 6,
    pause_s: Callable[[int], float] | None = None,
    stop: threading.Event | None = None,
) -> T:
    """Run `call` until it succeeds, at most `attempts` times.

    The loss is logged once, and the recovery once, with the number of attempts it took.

    Args:
        call: The work; raises `Unavailable` when trying again may help.
        what: Name of the thing for the log, such as ``"database historical_db"``.
        attempts: How often to try before the last error is raised.
        pause_s: Pause before the next attempt, by attempt number.
        stop: When set, the wait ends and the last error is raised.

    Raises:
        Unavailable: The last attempt failed too.
    """
    pause = pause_s or pauses_s()
    for attempt in range(1, attempts + 1):
        try:
            result = call()
        except Unavailable as ex:
            if attempt == 1:
                _log.warning("unavailable", what=what, error=str(ex))
            if attempt == attempts or (stop is not None and stop.is_set()):
                raise
            (stop or threading.Event()).wait(pause(attempt))
        else:
            if attempt > 1:
                _log.info("available_again", what=what, attempts=attempt)
            return result
    raise Unavailable(what)
