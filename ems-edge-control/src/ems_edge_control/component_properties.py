"""Properties of components beside presets of their channels: what each nature understands.

Any number that a component has as a property under the name of one of its channels presets that channel,
such as `capacity` or `maxApparentPower`. What is declared here has a meaning of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ems_edge_control import natures, properties
from ems_edge_control.names import spelling
from ems_edge_control.natures import METER_TYPES, PHASES, Nature
from ems_edge_control.properties import prop


@dataclass(frozen=True, kw_only=True)
class StorageProperties:
    """Of every storage unit that takes set-points."""

    power_precision: float = prop(1.0, "Step of its set-points", unit="W", minimum=0)
    read_only: bool = prop(False, "Never commanded")
    efficient_ratio: float = prop(
        0.5, "Share of its size at which it works best, for sharing by efficiency", minimum=0, maximum=1
    )


@dataclass(frozen=True, kw_only=True)
class SinglePhaseProperties:
    """Of a storage unit on one phase."""

    phase: str = prop(help="The phase it is on", choices=PHASES)


@dataclass(frozen=True, kw_only=True)
class GroupProperties:
    """Of a group of storage units."""

    members: list[str] = prop(help="Storage units and groups that act as one", aliases=("ess_ids",))


@dataclass(frozen=True, kw_only=True)
class MeterProperties:
    """Of everything that is a meter."""

    type: str = prop(
        "CONSUMPTION_METERED",
        "What it measures; what is sold at the grid and drawn by chargers is negative or positive by it",
        choices=tuple(METER_TYPES),
        aliases=("meterType",),
    )


@dataclass(frozen=True, kw_only=True)
class ChargerProperties:
    """Of a charging point."""

    read_only: bool = prop(False, "Never commanded")
    clustered: bool = prop(False, "A cluster hands out its power")


@dataclass(frozen=True, kw_only=True)
class ChargePointProperties:
    """What a charging point with abilities can be set to."""

    unit: str = prop(
        "mA",
        "Unit of its set-points",
        choices=("mA", "A", "W", "MilliAmpere", "Ampere", "Watt"),
        aliases=("setPointUnit",),
    )
    least: float | None = prop(None, "Smallest set-point that charges; empty = 6 A", aliases=("min",))
    most: float | None = prop(None, "Largest set-point; empty = 16 A", aliases=("max",))
    step: float = prop(1.0, "Smallest change of a set-point, in its unit", minimum=0)
    phases: str = prop(
        "3", "Phases in use", choices=("1", "2", "3", "SINGLE_PHASE", "THREE_PHASE"), aliases=("phase",)
    )
    can_switch: bool = prop(False, "Can change between one phase and three")
    phase_switch: str = prop(
        "",
        "The change that it offers, as other systems say that it can",
        choices=("", "TO_SINGLE_PHASE", "TO_THREE_PHASE"),
    )


@dataclass(frozen=True, kw_only=True)
class VehicleProperties:
    """What a vehicle can take; the tighter of its limits and the charging point's counts."""

    single_phase_least: float | None = prop(None, "Smallest current on one phase", unit="mA", minimum=0)
    single_phase_most: float | None = prop(None, "Largest current on one phase", unit="mA", minimum=0)
    three_phase_least: float | None = prop(None, "Smallest current on three phases", unit="mA", minimum=0)
    three_phase_most: float | None = prop(None, "Largest current on three phases", unit="mA", minimum=0)


@dataclass(frozen=True, kw_only=True)
class TariffProperties:
    """Properties of a component of nature `tariff`."""

    cost_center_id: int | None = prop(None, "Cost centre whose tariffs count; empty = prices are given here")
    energy_category_id: int = prop(1, "Energy category of these tariffs", minimum=1)
    max_age: float = prop(72.0, "Prices are dropped when not read for", unit="h", minimum=1, maximum=8760)
    prices: Any = prop("", "Series of prices [money/MWh] as JSON", aliases=("GridBuyPrice",))


@dataclass(frozen=True, kw_only=True)
class PredictorProperties:
    """Of a predictor: series {start, step_minutes, values}, by the channel they foretell."""

    production_active_power: Any = prop(
        "", "Production to come [W]", name="_sum/ProductionActivePower", aliases=("ProductionActivePower",)
    )
    consumption_active_power: Any = prop(
        "", "Consumption to come [W]", name="_sum/ConsumptionActivePower", aliases=("ConsumptionActivePower",)
    )


DECLARED: tuple[tuple[str, type[Any]], ...] = (
    ("managed-symmetric-ess", StorageProperties),
    ("managed-single-phase-ess", SinglePhaseProperties),
    ("ess-cluster", GroupProperties),
    ("meter", MeterProperties),
    ("evcs", ChargerProperties),
    ("evse-charge-point", ChargePointProperties),
    ("evse-electric-vehicle", VehicleProperties),
    ("predictor", PredictorProperties),
    ("tariff", TariffProperties),
)


def of(nature: Nature) -> Iterator[type[Any]]:
    """What a nature understands, with what it inherits."""
    return (cls for code, cls in DECLARED if natures.is_a(nature, code))


# Properties of any component that say nothing about it here, and natures whose properties are read elsewhere.
EVERYWHERE = frozenset({"id", "alias", "enabled", "name", "mode"})
OPEN = ("predictor", "generic", "solver")


def listed(nature: Nature) -> tuple[str, ...]:
    """Names of the properties of a nature."""
    return tuple(properties.name_of(field) for cls in of(nature) for field in dataclasses.fields(cls))


def spellings(nature: Nature) -> frozenset[str] | None:
    """The same without regard to spelling, with all aliases; None where any property may stand."""
    if nature.code in OPEN or nature.code.startswith("scheduler-"):
        return None
    names = [
        name
        for cls in of(nature)
        for field in dataclasses.fields(cls)
        for name in (properties.name_of(field), *field.metadata["property"].aliases)
    ]
    return EVERYWHERE | {spelling(name) for name in names}


def schema(nature: Nature) -> dict[str, Any]:
    """JSON Schema of the properties of a component of that nature; presets of channels come beside them."""
    found: dict[str, Any] = {}
    required: list[str] = []
    for cls in of(nature):
        described = properties.schema(cls)
        found |= described["properties"]
        required += described["required"]
    return {"type": "object", "properties": found, "required": required, "additionalProperties": True}
