"""Offline meters, pure: rows of a month's workbook → energy of local days → energy of slots.

Layout: A2 the year, B2 the month; from row 3 on, A the meter's id, B its name, C free text, D…AH the energy
of days 1…31. An empty day cell says nothing of that day.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

import numpy as np
from ems_common.errors import BadInput
from ems_common.findings.finding import Unusable, phrase
from ems_common.journal import Window
from ems_common.periods import from_local
from ems_common.slots import local_slots
from numpy.typing import NDArray

from ems_normalization.cells import is_same_name, letter, number, whole_number
from ems_normalization.registers import MICRO
from ems_normalization.report import Report
from ems_normalization.workbook import Row, Sheet, is_blank, is_empty

FIRST_ROW: Final = 3
LAST_ROW: Final = 1024
FIRST_DAY_COLUMN: Final = 4
COLUMNS: Final = FIRST_DAY_COLUMN - 1 + 31
YEARS: Final = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class OfflineMeter:
    """An offline meter and what is plausible for it [unit of its category per hour]."""

    id: int
    name: str
    low_limit_per_hour: float
    high_limit_per_hour: float


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """Energy of one meter in one local day [millionths of the unit of its category]."""

    meter_id: int
    day: date
    energy_micro: int


def days_of(
    sheet: Sheet, meters: Mapping[int, OfflineMeter], tz: tzinfo, today: date, report: Report
) -> list[DayEnergy]:
    """The days' energy that a sheet gives, with all its faults in the report.

    A cell or row that cannot be used is left out and reported. An unknown meter, a value outside a meter's
    limits, an unreadable month, or a file without any value refuse the whole file.

    Args:
        sheet: Rows 1…1024 of the first sheet.
        meters: All offline meters by id.
        tz: Zone of the site, whose days these are.
        today: Days after it are suspicious.
        report: Takes the faults and counts.
    """
    month = _month(sheet.rows, report)
    if sheet.first_unread_row is not None:
        report.refuse(
            Unusable(phrase("file_rows", row=LAST_ROW), phrase("split_file")),
            sheet.first_unread_row,
        )
    if month is None:
        return []
    reader = _Reader(month, meters, tz, today, report)
    result: list[DayEnergy] = []
    for row_number, row in enumerate(sheet.rows[FIRST_ROW - 1 : LAST_ROW], FIRST_ROW):
        if not is_empty(row):
            report.count("rows")
            result += reader.row(row_number, row)
    report.count("values", len(result))
    if not result and not report.is_refused:
        report.refuse(Unusable(phrase("file_no_value"), phrase("file_layout")))
    return result


def _month(rows: Sequence[Row], report: Report) -> date | None:
    cells = rows[1] if len(rows) > 1 else (None, None)
    parts: list[int] = []
    for name, index, allowed in (("year", 0, YEARS), ("month", 1, range(1, 13))):
        cell, column = cells[index], letter(index + 1)
        try:
            value: int = (
                getattr(cell, name) if isinstance(cell, date) else whole_number(cell, f"cell_no_{name}")
            )
        except BadInput:
            value = 0
        if value in allowed:
            parts.append(value)
        else:
            advice = phrase(f"write_{name}", cell=f"{column}2")
            report.refuse(Unusable(phrase(f"cell_no_{name}"), advice, cell), 2, column)
    return date(parts[0], parts[1], 1) if len(parts) == 2 else None


class _Reader:
    """Reads rows of one month's sheet."""

    def __init__(
        self,
        month: date,
        meters: Mapping[int, OfflineMeter],
        tz: tzinfo,
        today: date,
        report: Report,
    ) -> None:
        self._month = month
        self._meters = meters
        self._today = today
        self._report = report
        self._row_of: dict[int, int] = {}
        count = calendar.monthrange(month.year, month.month)[1]
        days = [month + timedelta(days=n) for n in range(count)]
        self._days = [(day, hours_of_day(day, tz)) for day in days]

    def row(self, row_number: int, row: Row) -> list[DayEnergy]:
        """The days of one row."""
        meter = self._meter(row_number, row)
        if meter is None:
            return []
        result: list[DayEnergy] = []
        for index, cell in enumerate(row[FIRST_DAY_COLUMN - 1 : COLUMNS]):
            if not is_blank(cell):
                energy = self._day(meter, row_number, index, cell)
                if energy is not None:
                    result.append(energy)
        return result

    def _meter(self, row_number: int, row: Row) -> OfflineMeter | None:
        try:
            meter_id = whole_number(row[0], "cell_meter_id")
        except BadInput as ex:
            self._report.leave_out(ex, row_number, "A")
            return None
        meter = self._meters.get(meter_id)
        if meter is None:
            cause = Unusable(phrase("cell_no_meter"), phrase("look_meter"), row[0])
            self._report.refuse(cause, row_number, "A")
            return None
        if is_blank(row[1]):
            cause = Unusable(phrase("cell_no_name"), phrase("write_name", name=meter.name))
            self._report.leave_out(cause, row_number, "B")
            return None
        first_row = self._row_of.setdefault(meter_id, row_number)
        if first_row != row_number:
            cause = Unusable(phrase("cell_meter_twice", row=first_row), phrase("first_row_used"), row[0])
            self._report.leave_out(cause, row_number, "A")
            return None
        if not is_same_name(row[1], meter.name):
            advice = phrase("meter_called", id=str(meter_id), name=meter.name)
            cause = Unusable(phrase("cell_other_meter"), advice, row[1])
            self._report.warn(cause, row_number, "B")
        return meter

    def _day(self, meter: OfflineMeter, row_number: int, index: int, cell: object) -> DayEnergy | None:
        column = letter(FIRST_DAY_COLUMN + index)
        try:
            if index >= len(self._days):
                what = phrase("cell_no_day", day=index + 1, month=f"{self._month:%Y-%m}")
                raise Unusable(what, phrase("empty_cell"), cell)
            energy = number(cell)
        except BadInput as ex:
            self._report.leave_out(ex, row_number, column)
            return None
        day, hours = self._days[index]
        low, high = meter.low_limit_per_hour * hours, meter.high_limit_per_hour * hours
        if not low <= energy <= high:
            advice = phrase("day_limits", hours=hours, low=low, high=high)
            cause = Unusable(phrase("cell_meter_limits"), advice, cell)
            self._report.refuse(cause, row_number, column)
            return None
        if day > self._today:
            cause = Unusable(phrase("cell_day_to_come", day=str(day)), phrase("check_month"), cell)
            self._report.warn(cause, row_number, column)
        return DayEnergy(meter.id, day, round(energy * MICRO))


def hours_of_day(day: date, tz: tzinfo) -> float:
    """Length of a local day [h]: 24, or 23 or 25 where clocks change.

    >>> from ems_common.periods import zone
    >>> hours_of_day(date(2026, 3, 29), zone("Europe/London"))
    23.0
    """
    days = (day, day + timedelta(days=1))
    start, end = (from_local(datetime.combine(of, time()), tz) for of in days)
    return (end - start).total_seconds() / 3600


def day_slots(day: date, tz: tzinfo, minutes: int) -> Window:
    """The slots of a local day; see :func:`ems_common.slots.local_slots`."""
    return local_slots(day, day + timedelta(days=1), tz, minutes)


def spread(energy_micro: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Spread a day's energy over its slots in proportion to weights.

    Energy is conserved to the last millionth: the rounding rest goes to the last slot that has a weight.

    Args:
        energy_micro: Energy of the day [millionths of a unit].
        weights: Not negative, not all zero, shape ``(n_slots,)``.

    Returns:
        Energy of each slot [millionths of a unit], same shape.

    >>> spread(10, np.ones(3)).tolist()
    [3, 3, 4]
    """
    share = weights / weights.sum()
    result: NDArray[np.int64] = np.floor(energy_micro * share).astype(np.int64)
    last = int(np.flatnonzero(weights)[-1])
    result[last] += energy_micro - int(result.sum())
    return result
