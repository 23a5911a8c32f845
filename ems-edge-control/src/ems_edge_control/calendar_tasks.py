"""Recurring tasks: the part of RFC 8984 (JSCalendar) that schedules need.

A task has a start, a duration, an optional recurrence (daily or weekly, with an interval, weekdays and an
end) and a payload. Times are local times of the site: a task at 05:00 is at 05:00 on the clock on the wall,
also after the clocks have changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
SECONDS = (604800, 86400, 3600, 60, 1)
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a calendar.

    Attributes:
        start: Local time of its first occurrence; the date is 1970-01-01 when only a time of day was given.
        duration_s: Its length.
        frequency: `daily`, `weekly` or empty for a single occurrence.
        interval: Every how many days or weeks.
        days: Weekdays (Monday is 0) of a weekly task; empty = that of its start.
        until: Last day of the recurrence, or None.
        payload: What is to be done.
    """

    start: datetime
    duration_s: float
    frequency: str = ""
    interval: int = 1
    days: frozenset[int] = frozenset()
    until: date | None = None
    payload: Any = None

    def begins_on(self, day: date) -> bool:
        """Whether an occurrence begins on that day."""
        first = self.start.date()
        if day < first or (self.until is not None and day > self.until):
            return False
        if not self.frequency:
            return day == first
        if self.frequency == "daily":
            fits = not self.days or day.weekday() in self.days
            return fits and (day - first).days % self.interval == 0
        weeks = (day - timedelta(day.weekday()) - (first - timedelta(first.weekday()))).days // 7
        wanted = self.days or frozenset({first.weekday()})
        return day.weekday() in wanted and weeks % self.interval == 0

    def begun_s(self, now: datetime) -> float | None:
        """Seconds since the occurrence that covers a moment began, None when none does."""
        for back in range(int(self.duration_s // 86400) + 2):
            day = now.date() - timedelta(back)
            if not self.begins_on(day):
                continue
            start = datetime.combine(day, self.start.time(), now.tzinfo)
            since_s = (now.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
            if 0 <= since_s < self.duration_s:
                return since_s
        return None


def active(tasks: Sequence[Task], now: datetime) -> Task | None:
    """The task that covers a moment; of several the one that began last."""
    found = [(since_s, i) for i, task in enumerate(tasks) if (since_s := task.begun_s(now)) is not None]
    return tasks[min(found)[1]] if found else None


def parse_tasks(items: Sequence[Any], where: str, faults: list[str]) -> list[Task]:
    """Tasks of a calendar.

    Args:
        items: RFC 8984 objects.
        where: Place for messages.
        faults: One line for each that cannot be used.
    """
    tasks = []
    for number, item in enumerate(items):
        try:
            tasks.append(_task(item))
        except (KeyError, TypeError, ValueError) as ex:
            faults.append(f"{where}: task {number + 1} of the calendar cannot be used: {ex}")
    return tasks


def _task(item: Mapping[str, Any]) -> Task:
    text = str(item["start"])
    start = (
        datetime.fromisoformat(text) if "-" in text else datetime.combine(EPOCH, time.fromisoformat(text))
    ).replace(tzinfo=None)
    rules = item.get("recurrenceRules") or []
    payload = item.get("payload", item.get("openems.io:payload"))
    duration_s = duration(str(item.get("duration", "P1D")))
    if not rules:
        frequency = "daily" if start.date() == EPOCH else ""
        return Task(start, duration_s, frequency, payload=payload)
    rule = rules[0]
    frequency = str(rule.get("frequency", "daily"))
    if frequency not in {"daily", "weekly"}:
        raise ValueError(f"the frequency is daily or weekly (got {frequency!r})")
    days = frozenset(DAYS.index(_day(entry)) for entry in rule.get("byDay") or ())
    until = datetime.fromisoformat(str(rule["until"])).date() if rule.get("until") else None
    return Task(start, duration_s, frequency, int(rule.get("interval", 1)), days, until, payload)


def _day(entry: Any) -> str:
    return str(entry["day"] if isinstance(entry, Mapping) else entry).lower()[:2]


def duration(text: str) -> float:
    """Seconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds.

    Raises:
        ValueError: It is none.
    """
    match = DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration such as PT1H30M")
    return float(sum(int(part or 0) * s for part, s in zip(match.groups(), SECONDS, strict=True)))
