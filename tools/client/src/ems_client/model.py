"""What the client gives back: readings, series, events; and the one error it raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """One latest value of a point.

    Attributes:
        device_id: Key of the data source, as a text.
        channel: Name of the point.
        point_id: Key of the point.
        value: Its value, in `unit`.
        unit: Unit of the value.
        at: When it was read, with offset.
    """

    device_id: str
    channel: str
    point_id: int
    value: float | str
    unit: str | None
    at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Reading:
        """A reading from its flat form."""
        at = datetime.fromisoformat(row["timestamp"])
        return cls(row["deviceId"], row["channel"], row["pointId"], row["value"], row["unit"], at)

    def as_row(self) -> dict[str, Any]:
        """The reading in its flat form."""
        return {
            "deviceId": self.device_id,
            "channel": self.channel,
            "value": self.value,
            "unit": self.unit,
            "timestamp": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Value:
    """One period of a series.

    Attributes:
        start, end: The period, half open, with offset.
        value: The sum; None when no hour of it is known.
        quality: Bits: 1 estimated, 2 provisional, 4 outside the limits, 8 incomplete.
    """

    start: datetime
    end: datetime
    value: float | None
    quality: int

    @property
    def is_provisional(self) -> bool:
        """Whether it may still change."""
        return bool(self.quality & 2)


@dataclass(frozen=True, slots=True)
class Series:
    """Energy, cost or carbon of one energy category or item, by period."""

    id: int
    name: str
    unit: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Series:
        """A series from its JSON form."""
        values = tuple(
            Value(
                datetime.fromisoformat(one["start"]),
                datetime.fromisoformat(one["end"]),
                one["value"],
                one["quality"],
            )
            for one in row["values"]
        )
        return cls(row["id"], row["name"], row["unit"], values)

    @property
    def total(self) -> float:
        """Sum of the periods that are known."""
        return sum(one.value for one in self.values if one.value is not None)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the live stream: ``points``, ``meters``, ``alarms`` or ``flow``."""

    name: str
    data: Any


@dataclass
class Problem(Exception):
    """The API has refused a request (RFC 9457).

    Attributes:
        status: HTTP status.
        key: Key such as ``API.METER_NOT_FOUND``, for programs.
        detail: A sentence for people.
        errors: Members at fault: `pointer` and `detail`.
    """

    status: int
    key: str
    detail: str
    errors: list[Json] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.status} {self.key}: {self.detail}"
