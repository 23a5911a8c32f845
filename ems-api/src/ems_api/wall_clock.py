"""Instants at the boundary: local wall clock for MyEMS' clients, ISO 8601 with offset for `/v1`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL_FORMAT = "%Y-%m-%dT%H:%M:%S"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d")
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 8999


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """Read an instant: local wall clock without offset, or ISO 8601 with one.

    An hour that the clocks repeat means its first passing; one that they skip means an hour later.

    Raises:
        ValueError: The text is neither, or its year is not sensible.
    """
    value = datetime.fromisoformat(text)
    if len(text) < 19:
        raise ValueError("a date alone is no instant")
    if not _EARLIEST_YEAR <= value.year <= _LATEST_YEAR:
        raise ValueError("year out of range")
    aware = value.replace(tzinfo=zone) if value.tzinfo is None else value
    return aware.astimezone(UTC)


def parse_date(text: str) -> date:
    """Read a local date.

    Raises:
        ValueError: It is not one.
    """
    if not _DATE.fullmatch(text):
        raise ValueError("not YYYY-MM-DD")
    return date.fromisoformat(text)


def parse_time(text: str) -> time:
    """Read a local time of day.

    Raises:
        ValueError: It is not one.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not HH:MM:SS")
    return time.fromisoformat(text.zfill(8))


def show_instant(stored: datetime, zone: ZoneInfo, *, v1: bool = False) -> str:
    """An instant read from the database (naive, UTC) in the client's dialect.

    >>> show_instant(datetime(2026, 7, 1, 12, 0), ZoneInfo("Europe/London"))
    '2026-07-01T13:00:00'
    """
    local = stored.replace(tzinfo=UTC).astimezone(zone).replace(microsecond=0)
    return local.isoformat() if v1 else local.strftime(LOCAL_FORMAT)


def show_time(stored: timedelta | time, *, padded: bool = True) -> str:
    """A time of day in its form HH:MM:SS, whatever the connector made of it; H:MM:SS when not padded.

    >>> show_time(timedelta(hours=7, minutes=30))
    '07:30:00'
    >>> show_time(timedelta(hours=7, minutes=30), padded=False)
    '7:30:00'
    """
    if isinstance(stored, time):
        stored = timedelta(hours=stored.hour, minutes=stored.minute, seconds=stored.second)
    seconds = int(stored.total_seconds())
    hours = f"{seconds // 3600:02d}" if padded else f"{seconds // 3600}"
    return f"{hours}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def epoch_ms(stored: datetime | None) -> int | None:
    """An instant read from the database (naive, UTC) in milliseconds since 1970."""
    return None if stored is None else int(stored.replace(tzinfo=UTC).timestamp() * 1000)


def stored(value_utc: datetime) -> datetime:
    """An aware instant as it goes into a DATETIME column."""
    return value_utc.astimezone(UTC).replace(tzinfo=None)
