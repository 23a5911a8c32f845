"""Configuration rows → what the rules need to know of each point. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ems_common.quality.judge import Point
from ems_common.quality.parameters import RuleBook
from ems_common.quality.rules.registers import Meter
from ems_common.quality.series import to_ms

KIND_OF: Final[Mapping[str, str]] = {
    "ENERGY_VALUE": "energy",
    "ANALOG_VALUE": "analog",
    "DIGITAL_VALUE": "digital",
}
"""Object type of a point → kind."""
KWH_PER_UNIT: Final[Mapping[str, float]] = {
    "wh": 1e-3,
    "kwh": 1.0,
    "mwh": 1e3,
    "gwh": 1e6,
    "kj": 1 / 3600,
    "mj": 1 / 3.6,
    "gj": 1 / 0.0036,
}
KW_PER_UNIT: Final[Mapping[str, float]] = {"w": 1e-3, "kw": 1.0, "mw": 1e3}


@dataclass(frozen=True, slots=True)
class Site:
    """All numeric points, and who they belong to."""

    points: Mapping[int, Point]
    of_source: Mapping[int, tuple[int, ...]]
    of_meter: Mapping[int, tuple[int, ...]]
    of_kind: Mapping[str, tuple[int, ...]]


def build(
    point_rows: Iterable[tuple[Any, ...]],
    bindings: Iterable[tuple[Any, ...]],
    exchanges: Iterable[tuple[Any, ...]],
    book: RuleBook,
) -> Site:
    """The site from its rows.

    Args:
        point_rows: id, object type, data source, low, high, units, modulus, physical limit.
        bindings: Meter id, point id.
        exchanges: Meter id, naive UTC instant; sorted by instant.
        book: Rule parameters.
    """
    of_meter: dict[int, list[int]] = {}
    meters_of: dict[int, list[int]] = {}
    for meter_id, point_id in bindings:
        of_meter.setdefault(int(meter_id), []).append(int(point_id))
        meters_of.setdefault(int(point_id), []).append(int(meter_id))
    exchanged: dict[int, list[int]] = {}
    for meter_id, instant in exchanges:
        exchanged.setdefault(int(meter_id), []).append(_ms(instant))
    points: dict[int, Point] = {}
    of_source: dict[int, list[int]] = {}
    for row in point_rows:
        point_id, object_type, source_id = int(row[0]), str(row[1]), int(row[2])
        kind = KIND_OF.get(object_type)
        if kind is None:
            continue
        instants = [ms for meter_id in meters_of.get(point_id, []) for ms in exchanged.get(meter_id, [])]
        points[point_id] = _point(row, kind, tuple(sorted(set(instants))), book)
        of_source.setdefault(source_id, []).append(point_id)
    return Site(
        points,
        {key: tuple(members) for key, members in of_source.items()},
        {key: tuple(members) for key, members in of_meter.items()},
        {kind: tuple(p.id for p in points.values() if p.kind == kind) for kind in KIND_OF.values()},
    )


def _point(row: tuple[Any, ...], kind: str, exchanges_ms: tuple[int, ...], book: RuleBook) -> Point:
    point_id, _type, source_id, low, high, units, modulus, limit_kw = row
    unit = str(units or "").strip().lower()
    limit = None if limit_kw is None else float(limit_kw)
    max_rate = None if limit is None else limit / KWH_PER_UNIT.get(unit, 1.0)
    power_limit = limit / KW_PER_UNIT[unit] if limit is not None and unit in KW_PER_UNIT else None
    meter = Meter(float(modulus) if modulus else None, max_rate, exchanges_ms)
    return Point(
        int(point_id),
        kind,
        int(source_id),
        float(low),
        float(high),
        power_limit,
        meter,
        book.of(int(point_id), kind),
    )


def _ms(instant: datetime) -> int:
    return to_ms(instant.replace(tzinfo=UTC))
