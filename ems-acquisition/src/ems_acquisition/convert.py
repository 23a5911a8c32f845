"""Raw reading → stored value, or the reason why not.

The checks are the contract's (not a number, |raw| above 1e15) and those of the columns (DECIMAL(21,6), INT).
"""

from __future__ import annotations

import math
from typing import Final, Literal

from ems_acquisition.site import Kind, Point

LARGEST_RAW: Final = 1e15
LARGEST_DECIMAL: Final = 999_999_999_999_999.0
LARGEST_INT: Final = 2**31 - 1
LONGEST_TEXT: Final = 65_535
Reason = Literal["bad", "not_a_number", "out_of_range", "future", "past", "database"]
REASONS: Final[tuple[Reason, ...]] = ("bad", "not_a_number", "out_of_range", "future", "past", "database")


class Refused(Exception):
    """A reading that is not stored; `reason` is one of `REASONS`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def stored_value(raw: float | int | str, point: Point) -> float | int | str:
    """The value to store: raw × ratio + offset.

    Args:
        raw: As the device gave it.
        point: Kind, ratio and offset.

    Raises:
        Refused: It is no number, or too large for what it is.

    Example:
        >>> stored_value(25, Point(1, Kind.ENERGY, 0.1, 5.0, True, "{}"))
        7.5
        >>> stored_value(1, Point(1, Kind.DIGITAL, 1.0, 0.0, True, "{}"))
        1
    """
    if point.kind is Kind.TEXT:
        return str(raw)[:LONGEST_TEXT]
    number = _number(raw)
    if point.kind is Kind.DIGITAL:
        whole = int(number) * int(point.ratio) + int(point.offset_constant)
        if abs(whole) > LARGEST_INT:
            raise Refused("out_of_range")
        return whole
    value = number * point.ratio + point.offset_constant
    if not math.isfinite(value) or abs(value) > LARGEST_DECIMAL:
        raise Refused("out_of_range")
    return value


def _number(raw: float | int | str) -> float | int:
    try:
        number = float(raw) if isinstance(raw, str) else raw
    except ValueError:
        raise Refused("not_a_number") from None
    if math.isnan(number):
        raise Refused("not_a_number")
    if abs(number) > LARGEST_RAW:
        raise Refused("out_of_range")
    return number
