"""Raw reading → stored value, or the reason why not.

The checks are the contract's (not a number, |raw| above 1e15) and those of the columns (DECIMAL(21,6), INT).
"""

from __future__ import annotations

import math

from ems_common.readings import LARGEST_RAW, LONGEST_TEXT, Kind, Refused, fitting

from ems_acquisition.site import Point


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
        return fitting(int(number) * int(point.ratio) + int(point.offset_constant), Kind.DIGITAL)
    return fitting(number * point.ratio + point.offset_constant, point.kind)


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
