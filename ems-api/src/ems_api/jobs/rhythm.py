"""When a schedule is due: daily, weekly, monthly, or any cron expression, in a zone of its own.

On the day clocks go forward a skipped time is due right after the gap; on the day they go back it is due
once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from ems_api.errors import invalid

WORDS: Final = {"daily": "0 6 * * *", "weekly": "0 6 * * 1", "monthly": "0 6 1 * *", "yearly": "0 6 1 1 *"}
"""At six in the morning: each day, on Mondays, on the first of the month, on New Year's Day."""
SHORTEST_S: Final = 900
_LOOKED_AT: Final = 8


def checked(text: str) -> str:
    """A rhythm as a cron expression of five fields.

    Raises:
        ApiError: It is none, it never comes true, or it is due more often than every quarter of an hour.
    """
    expression = WORDS.get(text.strip().lower(), text.strip())
    words = f"{', '.join(WORDS)} or a cron expression of five fields such as 30 7 * * 1-5"
    if len(expression.split()) != 5:
        raise invalid("INVALID_RHYTHM", field="rhythm", detail=f"rhythm is {words}")
    try:
        found = list(islice(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)), _LOOKED_AT))
    except CronSimError as ex:
        raise invalid("INVALID_RHYTHM", field="rhythm", detail=f"{ex}; rhythm is {words}") from None
    if not found:
        raise invalid("INVALID_RHYTHM", field="rhythm", detail="this rhythm is never due")
    if any((b - a).total_seconds() < SHORTEST_S for a, b in pairwise(found)):
        raise invalid("INVALID_RHYTHM", field="rhythm", detail="a schedule is due every 15 minutes at most")
    return expression


def next_due(expression: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time after an instant at which a rhythm is due, in UTC."""
    return next(CronSim(expression, after.astimezone(zone))).astimezone(UTC)
