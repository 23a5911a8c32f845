"""What a cell of an uploaded sheet says: numbers, ids and wall-clock times, typed or as text."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Final

from ems_common.errors import BadInput
from ems_common.findings.finding import Phrase, Unusable, phrase

MAX_MAGNITUDE: Final = 1e12
"""Largest amount taken; millionths of it fit a 64-bit integer with room to add up."""
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?")
_LOCAL = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.0+)?")


def letter(column: int) -> str:
    """Letter of a column counted from 1.

    >>> letter(4), letter(34)
    ('D', 'AH')
    """
    # See `workbook`: loaded when it is needed.
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def refuse_formula(cell: object) -> None:
    """Check that a cell holds a value.

    Raises:
        BadInput: It holds a formula.
    """
    # Array formulas and data tables arrive as objects of their own, everything else as a plain value.
    known = isinstance(cell, bool | int | float | str | datetime | date | time | timedelta | None)
    if not known or (isinstance(cell, str) and cell.lstrip().startswith("=")):
        raise Unusable(phrase("cell_formula"), phrase("paste_values"), str(cell)[:80])


def number(cell: object) -> float:
    """The number in a cell; text is taken when it is a plain number with a decimal point.

    Raises:
        BadInput: There is none, or it is too large.

    >>> number(" 12.5 "), number(3)
    (12.5, 3.0)
    """
    refuse_formula(cell)
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        value = float(cell)
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        value = float(cell) if abs(cell) <= MAX_MAGNITUDE * 10 else math.inf
    else:
        raise Unusable(phrase("cell_no_number"), _advice_on(cell), cell)
    if not math.isfinite(value) or abs(value) > MAX_MAGNITUDE:
        raise Unusable(phrase("cell_large_number"), phrase("check_unit"), cell)
    return value


def _advice_on(cell: object) -> Phrase:
    if isinstance(cell, str) and "," in cell:
        return phrase("decimal_point")
    if isinstance(cell, str) and cell.startswith("#"):
        return phrase("excel_error")
    if isinstance(cell, date | time | timedelta):
        return phrase("date_format")
    return phrase("plain_number")


def whole_number(cell: object, what: str) -> int:
    """The whole number in a cell, such as an id.

    Raises:
        BadInput: There is none; `what` is the key of the text that says so.

    >>> whole_number("7", "cell_meter_id"), whole_number(7.0, "cell_meter_id")
    (7, 7)
    """
    refuse_formula(cell)
    try:
        value = number(cell)
    except BadInput:
        value = math.nan
    if math.isnan(value) or value != math.floor(value):
        raise Unusable(phrase(what), phrase("in_digits"), cell)
    return int(value)


def wall_time(cell: object) -> datetime:
    """The local wall-clock time in a cell, to the second: a date cell, or text ``YYYY-MM-DD HH:MM:SS``.

    Raises:
        BadInput: There is none, or no such time of a calendar.

    >>> wall_time("2026-03-01 07:15:00").isoformat()
    '2026-03-01T07:15:00'
    """
    refuse_formula(cell)
    if isinstance(cell, datetime):
        # Excel keeps times as parts of a day: a whole second comes back a few microseconds off.
        return (cell.replace(tzinfo=None) + timedelta(milliseconds=500)).replace(microsecond=0)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  (wall time; the caller has the zone)
    match = _LOCAL.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if match is None:
        raise Unusable(phrase("cell_no_time"), phrase("write_time"), cell)
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise Unusable(phrase("cell_no_such_time"), phrase("correct_it"), cell) from None


def is_same_name(cell: object, name: str) -> bool:
    """Whether a cell holds a name, apart from letter case and outer blanks.

    >>> is_same_name(" main METER", "Main meter")
    True
    """
    return str(cell or "").strip().casefold() == name.strip().casefold()
