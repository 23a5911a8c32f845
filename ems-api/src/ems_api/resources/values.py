"""One member of a body: read, checked against its declaration, made ready for its column; and shown again."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from ems_common.catalog.model import Column
from ems_common.clock import utc_now

from ems_api.context import LARGEST_ID
from ems_api.errors import Fault, invalid
from ems_api.resources.declare import Field, Kind, Resource
from ems_api.wall_clock import parse_date, parse_instant, parse_time, show_instant, show_time, stored

LARGEST_NUMBER = 1e15
_NOT_GIVEN = object()
_LENGTH = re.compile(r"(?:VAR)?CHAR\((\d+)\)")
_LONGEST_TEXT = 4_000_000
_RANGES = {"latitude": 90.0, "longitude": 180.0}


@lru_cache(maxsize=4096)
def longest(column_type: str) -> int:
    """How many characters a column holds."""
    found = _LENGTH.match(column_type)
    return int(found.group(1)) if found else _LONGEST_TEXT


def read_field(
    resource: Resource, item: Field, data: dict[str, Any], zone: ZoneInfo, *, update: bool = False
) -> Any:
    """The value of one member of a body, as it goes into its column.

    Raises:
        ApiError: It breaks its rule.
    """
    fault = resource.field_fault(item, update=update)
    value = _given(item, data, fault)
    required = resource.is_required(item, update=update)
    if item.required_if is not None:
        name, wanted = item.required_if
        if data.get(name) != wanted:
            return None
        required = True
    if value is _NOT_GIVEN and update and item.required_on_update:
        raise invalid(fault, field=item.name)
    if value is _NOT_GIVEN or value is None:
        if required and item.default is None:
            raise invalid(fault, field=item.name)
        return utc_default(item.default)
    if required and isinstance(value, str) and not value.strip():
        raise invalid(fault, field=item.name)
    return check_value(resource.kind(item), item, resource.column(item), value, zone, fault)


def _given(item: Field, data: dict[str, Any], fault: Fault) -> Any:
    if not item.wrapped:
        return data.get(item.name, _NOT_GIVEN)
    holder = data.get(item.wrapped, _NOT_GIVEN)
    if not isinstance(holder, dict):
        raise invalid(
            Fault(f"INVALID_{item.wrapped_error}") if item.wrapped_error else fault, field=item.wrapped
        )
    return holder.get(item.wrapped_member, _NOT_GIVEN)


def utc_default(default: Any) -> Any:
    """The value that stands for an absent member."""
    return stored(utc_now()) if default == "NOW" else default


def check_value(kind: Kind, item: Field, column: Column, value: Any, zone: ZoneInfo, fault: Fault) -> Any:
    """A value checked against its kind and rules, as it goes into its column.

    Raises:
        ApiError: It breaks them.
    """
    try:
        return _READERS[kind](item, column, value, zone)
    except (ValueError, TypeError, OverflowError) as ex:
        raise invalid(fault, field=item.name, detail=str(ex)) from ex


def _text(item: Field, column: Column, value: Any, _zone: ZoneInfo) -> str | None:
    if item.loose and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError("not a text")
    text = value.strip().lower() if item.lower else value.strip()
    if not text:
        if column.null and not item.required:
            return None  # forms send what was left empty as a blank text
        raise ValueError("blank")
    if len(text) > longest(column.type):
        raise ValueError(f"longer than {longest(column.type)} characters")
    if "\x00" in text:
        raise ValueError("holds a NUL")
    if item.pattern and not re.fullmatch(item.pattern, text):
        raise ValueError("does not match its pattern")
    return text


def _choice(item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> str:
    if not isinstance(value, str) or value.strip() not in item.choices:
        raise ValueError(f"not one of {', '.join(item.choices)}")
    return value.strip()


def _number(item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> float | int:
    if item.loose and isinstance(value, str) and "_" not in value:
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    if not math.isfinite(value) or abs(value) >= LARGEST_NUMBER:
        raise ValueError("too large")
    _in_range(item, value)
    return value


def _in_range(item: Field, value: float) -> None:
    limit = _RANGES.get(item.name, math.inf)
    low = -limit if item.minimum is None else item.minimum
    high = limit if item.maximum is None else item.maximum
    if value < low or value > high or (item.above is not None and value <= item.above):
        raise ValueError("out of range")


def _integer(item: Field, column: Column, value: Any, _zone: ZoneInfo) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    if abs(value) > (LARGEST_ID if column.type.startswith("BIG") else 2**31 - 1):
        raise ValueError("too large")
    _in_range(item, value)
    return value


def _reference(_item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)  # MyEMS' admin portal sends some ids as texts
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not an id")
    if not 0 < value <= LARGEST_ID:
        raise ValueError("not an id")
    return value


def _boolean(_item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _datetime(_item: Field, _column: Column, value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, str):
        raise TypeError("not a date and time")
    return stored(parse_instant(value.strip(), zone))


def _date(_item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> date:
    if not isinstance(value, str):
        raise TypeError("not a date")
    return parse_date(value.strip()[:10])


def _time(_item: Field, _column: Column, value: Any, _zone: ZoneInfo) -> str:
    if not isinstance(value, str):
        raise TypeError("not a time of day")
    return parse_time(value.strip()).strftime("%H:%M:%S")


def _json(item: Field, column: Column, value: Any, zone: ZoneInfo) -> str | None:
    """A text that holds a JSON document."""
    text = _text(item, column, value, zone)
    if text and item.strict:
        orjson.loads(text)
    return text


_READERS = {
    Kind.TEXT: _text,
    Kind.SECRET: _text,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DATETIME: _datetime,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.CLOCK: _time,
    Kind.CHOICE: _choice,
    Kind.REFERENCE: _reference,
    Kind.JSON: _json,
}


def shown_value(kind: Kind, value: Any, zone: ZoneInfo, *, v1: bool) -> Any:
    """A column's value as it stands in answers."""
    if value is None:
        return None
    if kind is Kind.BOOLEAN:
        return bool(value)
    if kind is Kind.DATETIME:
        return show_instant(value, zone, v1=v1)
    if kind is Kind.DATE:
        return value.isoformat()
    if kind is Kind.TIME:
        return show_time(value, padded=v1)
    if kind is Kind.MARKUP:
        return value if v1 else without_tags(value)
    if isinstance(value, timedelta):
        return show_time(value)
    return value


def without_tags(text: str) -> str:
    """A text without the tags that break lines of mails, as MyEMS' clients expect it.

    >>> without_tags("Pump 3 stands.<br>Please look.")
    'Pump 3 stands.Please look.'
    """
    return text.replace("<br>", "")


NEEDS_CARE = frozenset({Kind.BOOLEAN, Kind.DATETIME, Kind.DATE, Kind.TIME, Kind.CLOCK, Kind.MARKUP})
"""Kinds whose stored value is not the one shown."""
