"""Periods that move with the clock, such as yesterday or last month, and what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ems_common.periods import from_local

from ems_api.errors import invalid
from ems_api.reports.buckets import Span


@dataclass(frozen=True, slots=True)
class _Calendar:
    """A stretch of the calendar: so many units, ending so many units before the present one begins."""

    unit: str
    units: int
    back: int


PERIODS: Final[dict[str, _Calendar]] = {
    "today": _Calendar("day", 1, -1),
    "yesterday": _Calendar("day", 1, 0),
    "last_7_days": _Calendar("day", 7, 0),
    "last_30_days": _Calendar("day", 30, 0),
    "this_week": _Calendar("week", 1, -1),
    "last_week": _Calendar("week", 1, 0),
    "this_month": _Calendar("month", 1, -1),
    "last_month": _Calendar("month", 1, 0),
    "last_3_months": _Calendar("month", 3, 0),
    "last_12_months": _Calendar("month", 12, 0),
    "this_quarter": _Calendar("quarter", 1, -1),
    "last_quarter": _Calendar("quarter", 1, 0),
    "this_year": _Calendar("year", 1, -1),
    "last_year": _Calendar("year", 1, 0),
}
"""Names of periods. Whole days, weeks from Monday, months, quarters and years of the zone."""
COMPARISONS: Final = ("", "previous", "year_before")
"""With nothing, with as many units before, with the same days a year before."""
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def resolve(period: str, compare: str, now: datetime, zone: ZoneInfo) -> tuple[Span, Span | None]:
    """A period as instants, and what it is compared with.

    Args:
        period: One of :data:`PERIODS`.
        compare: One of :data:`COMPARISONS`.
        now: The present.
        zone: Zone whose calendar counts; days are as long as they are there.

    Raises:
        ApiError: There is no such period or comparison.
    """
    if period not in PERIODS:
        raise invalid("INVALID_PERIOD", field="period", detail=f"period is one of {', '.join(PERIODS)}")
    if compare not in COMPARISONS:
        raise invalid("INVALID_COMPARE", field="compare", detail="compare is previous, year_before or absent")
    what = PERIODS[period]
    first = _begin(now.astimezone(zone).date(), what.unit)
    end = _moved(first, what.unit, -what.back)
    start = _moved(end, what.unit, -what.units)
    base = None
    if compare == "previous":
        base = _span(_moved(start, what.unit, -what.units), start, zone)
    elif compare == "year_before":
        base = _span(_year_before(start), _year_before(end), zone)
    return _span(start, end, zone), base


def _span(start: date, end: date, zone: ZoneInfo) -> Span:
    first, last = (from_local(datetime(day.year, day.month, day.day), zone) for day in (start, end))  # noqa: DTZ001
    return Span(first, last)


def _begin(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit in _MONTHS:
        months = _MONTHS[unit]
        return date(day.year, (day.month - 1) // months * months + 1, 1)
    return day


def _moved(day: date, unit: str, by: int) -> date:
    if unit in _MONTHS:
        months = day.year * 12 + day.month - 1 + by * _MONTHS[unit]
        return date(months // 12, months % 12 + 1, day.day)
    return day + timedelta(days=by * (7 if unit == "week" else 1))


def _year_before(day: date) -> date:
    # The 29th of February has the 28th a year before.
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)
