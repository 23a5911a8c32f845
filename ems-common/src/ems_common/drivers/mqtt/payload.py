"""Message bytes → readings.

Pure functions: no connection, no clock. A message that cannot be used becomes readings of quality `BAD` with
the reason; one sample that is wrong does not spoil the others of its array.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ems_common.drivers.base import Quality, Reading
from ems_common.drivers.mqtt.address import MqttAddress
from ems_common.errors import BadInput

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
# Epoch values tell their unit by their size: these are the years 5138 in seconds and in milliseconds.
_LEAST_EPOCH_MS = 1e11
_LEAST_EPOCH_US = 1e14
_SPLIT = re.compile(r"(?<!\\)\.")
Path = tuple[str, ...]
ABSENT: Any = object()


def parse_path(text: str) -> Path:
    r"""The names of a dotted path; list positions may stand in brackets.

    >>> parse_path("phases[0].kw"), parse_path(r"a\.b.c"), parse_path("")
    (('phases', '0', 'kw'), ('a.b', 'c'), ())
    """
    plain = re.sub(r"\[(\d+)\]", r".\1", text).removeprefix("$").lstrip(".")
    return tuple(part.replace("\\.", ".") for part in _SPLIT.split(plain)) if plain else ()


def follow(document: Any, path: Path) -> Any:
    """What stands at a path, or `ABSENT`."""
    for name in path:
        if isinstance(document, dict):
            document = document.get(name, ABSENT)
        elif (
            isinstance(document, list)
            and name.lstrip("-").isdigit()
            and -len(document) <= int(name) < len(document)
        ):
            document = document[int(name)]
        else:
            return ABSENT
    return document


def parse_time(value: Any) -> datetime:
    """An instant from ISO 8601 text or an epoch number in s, ms or µs.

    Raises:
        BadInput: Neither, or outside the years 1970–9999.

    Example:
        >>> parse_time(1700000000) == parse_time("2023-11-14T22:13:20Z") == parse_time(1700000000000)
        True
    """
    if isinstance(value, str):
        try:
            return _parse_iso(value)
        except ValueError:
            pass
        try:
            value = float(value)
        except ValueError:
            raise BadInput("is not a time", "time", value) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise BadInput("is not a time", "time", value)
    scale = 1.0 if value < _LEAST_EPOCH_MS else 1e3 if value < _LEAST_EPOCH_US else 1e6
    try:
        return _EPOCH_UTC + timedelta(microseconds=round(value / scale * 1e6))
    except OverflowError:
        raise BadInput("is not a time", "time", value) from None


def _parse_iso(text: str) -> datetime:
    parsed = datetime.fromisoformat(text.strip())
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One point that is fed by a topic."""

    index: int
    path: Path
    time_path: Path
    items_path: Path
    scale: float


class Extractor:
    """Takes the readings of all points of one topic filter from a message.

    Args:
        addresses: Position of each point and its address.
    """

    def __init__(self, addresses: Sequence[tuple[int, MqttAddress]]) -> None:
        self._groups: dict[Path, list[Entry]] = {}
        for index, address in addresses:
            items_path = parse_path(address.items_path)
            entry = Entry(
                index, parse_path(address.path), parse_path(address.time_path), items_path, address.scale
            )
            self._groups.setdefault(items_path, []).append(entry)

    def extract(self, payload: bytes, arrived_utc: datetime) -> list[Reading]:
        """The readings of a message, sample by sample.

        A point whose path is missing in a sample gets no reading: devices send some of their values often and
        others rarely.
        """
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return self._plain(payload, arrived_utc)
        found: list[Reading] = []
        for items_path, entries in self._groups.items():
            items = follow(document, items_path)
            for item in items if isinstance(items, list) else [items]:
                _extract_item(item, entries, arrived_utc, found)
        return found

    def _plain(self, payload: bytes, arrived_utc: datetime) -> list[Reading]:
        """A payload that is no JSON: the text is the value of the points that ask for the whole payload."""
        text = payload.decode("utf-8", "replace").strip()
        entries = [entry for group in self._groups.values() for entry in group]
        return [
            _reading(entry, text, arrived_utc)
            if text and not entry.path and not entry.items_path
            else Reading(entry.index, None, arrived_utc, Quality.BAD, "the payload is not JSON")
            for entry in entries
        ]


def _extract_item(item: Any, entries: list[Entry], arrived_utc: datetime, found: list[Reading]) -> None:
    times: dict[Path, datetime | str] = {(): arrived_utc}
    for entry in entries:
        value = follow(item, entry.path)
        if value is ABSENT:
            continue
        time_utc = times.get(entry.time_path)
        if time_utc is None:
            time_utc = times[entry.time_path] = _time_or_reason(follow(item, entry.time_path))
        if isinstance(time_utc, str):
            found.append(Reading(entry.index, None, arrived_utc, Quality.BAD, time_utc))
        else:
            found.append(_reading(entry, value, time_utc))


def _time_or_reason(value: Any) -> datetime | str:
    if value is ABSENT:
        return "the time is missing"
    try:
        return parse_time(value)
    except BadInput as ex:
        return str(ex)


def _reading(entry: Entry, value: Any, time_utc: datetime) -> Reading:
    number: float | int | str
    if isinstance(value, bool):
        number = int(value)
    elif isinstance(value, int | float):
        number = value if entry.scale == 1.0 else value * entry.scale
    elif isinstance(value, str):
        try:
            number = float(value) * entry.scale
        except ValueError:
            number = value
        if isinstance(number, float) and not math.isfinite(number):
            return Reading(entry.index, None, time_utc, Quality.BAD, "is not a number")
    else:
        kind = "null" if value is None else type(value).__name__
        return Reading(entry.index, None, time_utc, Quality.BAD, f"is {kind}, neither a number nor a text")
    return Reading(entry.index, number, time_utc)
