"""Which point carries a meter's energy, and how its unit becomes that of the meter's category; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ems_common.findings.finding import Finding, Thing, Unusable, phrase
from ems_common.units import POWER, conversion, energy_per_hour, find

ENERGY_POINT: Final = "ENERGY_VALUE"
ANALOG_POINT: Final = "ANALOG_VALUE"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point that is bound to a meter.

    Attributes:
        point_id: Its id.
        object_type: Type of the point.
        units: Its unit as people wrote it.
        modulus: Value at which its register wraps [its unit], if it does.
        max_gap_minutes: Readings further apart leave a gap, if that is declared.
    """

    point_id: int
    object_type: str
    units: str
    modulus: Decimal | None = None
    max_gap_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a meter's energy comes from.

    Attributes:
        point: The point.
        factor: What makes one of its units, or one of its units during an hour, the category's unit.
        is_power: Whether it gives power, to be integrated, instead of a register.
        fault: What is doubtful about it.
    """

    point: Candidate
    factor: float
    is_power: bool = False
    fault: Finding | None = None


def source_of(points: Sequence[Candidate], category_unit: str) -> Source | None:
    """The point that carries a meter's energy.

    A register comes first, of several the one with the lowest id, as in MyEMS. A meter without register is
    measured by its power, if one of its points has a unit of power and its category one of energy.

    A unit that is not known, or measures something else than the category's, is taken as it is, as MyEMS
    takes all units, and noted as a fault.

    >>> found = source_of([Candidate(1, "ANALOG_VALUE", "W"), Candidate(2, "ENERGY_VALUE", "MWh")], "kWh")
    >>> found.point.point_id, found.factor
    (2, 1000.0)
    """
    ordered = sorted(points, key=lambda point: point.point_id)
    for point in ordered:
        if point.object_type == ENERGY_POINT:
            factor, fault = _factor(point.units, category_unit)
            return Source(point, factor, fault=fault)
    return _power_source([point for point in ordered if _is_power(point)], category_unit)


def _is_power(point: Candidate) -> bool:
    unit = find(point.units)
    return point.object_type == ANALOG_POINT and unit is not None and unit.dimension == POWER


def _factor(units: str, category_unit: str) -> tuple[float, Finding | None]:
    if not units.strip() or units.strip() == category_unit.strip():
        return 1.0, None
    try:
        return float(conversion(units, category_unit)), None
    except Unusable as ex:
        return 1.0, ex.finding


def _power_source(points: Sequence[Candidate], category_unit: str) -> Source | None:
    if not points:
        return None
    point, fault = points[0], None
    try:
        factor = float(energy_per_hour(point.units, category_unit))
    except Unusable:
        return None
    if len(points) > 1:
        first, *others = (Thing("point", one.point_id) for one in points)
        fault = Finding(phrase("several_powers", point=first, others=others), (), phrase("bind_total"))
    return Source(point, factor, is_power=True, fault=fault)
