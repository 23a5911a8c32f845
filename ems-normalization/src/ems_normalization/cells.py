"""What a cell of an uploaded sheet says: numbers, ids and wall-clock times, typed or as text."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Final

from ems_common.errors import BadInput

MAX_MAGNITUDE: Final = 1e12
"""Largest amount taken; millionths of it fit a 64-bit integer with room to add up."""
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?")
_LOCAL = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.0+)?")
_WRITE_TIME: Final = "Write it as YYYY-MM-DD HH:MM:SS, in the site's local time."
_PASTE_VALUES: Final = "Copy the cells and paste them as values; formulas are not computed here."


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
        raise BadInput("this is a formula instead of a value", value=str(cell)[:80], advice=_PASTE_VALUES)


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
        raise BadInput("this is not a number", value=cell, advice=_advice_on(cell))
    if not math.isfinite(value) or abs(value) > MAX_MAGNITUDE:
        raise BadInput("the number is too large", value=cell, advice="Check the unit and the decimal point.")
    return value


def _advice_on(cell: object) -> str:
    if isinstance(cell, str) and "," in cell:
        return "Write it with a decimal point and without thousands separators."
    if isinstance(cell, str) and cell.startswith("#"):
        return "Excel could not compute this cell; write the value."
    if isinstance(cell, date | time | timedelta):
        return "The cell is formatted as a date; format it as a number."
    return "Write a plain number, or leave the cell empty."


def whole_number(cell: object, what: str) -> int:
    """The whole number in a cell, such as an id.

    Raises:
        BadInput: There is none; `what` names the thing in the message.

    >>> whole_number("7", "the meter's id"), whole_number(7.0, "the meter's id")
    (7, 7)
    """
    refuse_formula(cell)
    try:
        value = number(cell)
    except BadInput:
        value = math.nan
    if math.isnan(value) or value != math.floor(value):
        raise BadInput(f"{what} is not a whole number", value=cell, advice="Write it in digits.")
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
        raise BadInput("this is not a time", value=cell, advice=_WRITE_TIME)
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise BadInput("there is no such date or time", value=cell, advice="Correct it.") from None


def is_same_name(cell: object, name: str) -> bool:
    """Whether a cell holds a name, apart from letter case and outer blanks.

    >>> is_same_name(" main METER", "Main meter")
    True
    """
    return str(cell or "").strip().casefold() == name.strip().casefold()
