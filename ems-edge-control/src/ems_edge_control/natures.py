"""What a device is, not who made it: natures with their standard channels, units and signs.

Signs in this package are those of the control world and differ from the house rule, so that scenarios of
other
systems fit: **storage power is positive when discharging**, grid power is positive when buying, production is
positive, consumption and charging of vehicles are positive. :mod:`ems_edge_control.telemetry` turns the
storage and
production signs to the rule of the house (consumption, charging and import positive) where values leave the
package.

Channel names are capitalised words (`ActivePower`); an address is `component/Channel`. The file is long
because it is one table that is read as a whole.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

PHASES = ("L1", "L2", "L3")


class Access(enum.StrEnum):
    """Who may set a channel: the device, a controller, or both."""

    READ = "RO"
    WRITE = "WO"
    BOTH = "RW"


class Kind(enum.StrEnum):
    """What a channel carries. All of them are numbers in the image; texts live beside it."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    ENUM = "enum"
    TEXT = "string"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a nature or of a controller.

    Attributes:
        name: Capitalised name, unique in its component.
        unit: Unit of the value, empty for counts, flags and states.
        access: Who sets it.
        kind: What it carries.
        options: Names of the states of an enum with their numbers.
        cumulated: A register that only grows; it never falls back from a number to undefined.
        max_age_s: Age after which the value reads as undefined; None = the site's default.
        help: What it means, one clause.
    """

    name: str
    unit: str = ""
    access: Access = Access.READ
    kind: Kind = Kind.NUMBER
    options: Mapping[str, int] = field(default_factory=dict)
    cumulated: bool = False
    max_age_s: float | None = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of device: its channels, and the natures it includes.

    Attributes:
        code: Name in configuration files.
        help: What it is.
        channels: Its own channels.
        extends: Codes of natures whose channels it has too.
        aliases: Other spellings accepted in scenarios.
        storage: Whether the power solver distributes set-points to it.
        phased: Whether each phase can be set by itself.
        kind: What its channels of any name hold.
    """

    code: str
    help: str
    channels: tuple[Channel, ...] = ()
    extends: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    storage: bool = False
    phased: bool = False
    kind: Kind = Kind.NUMBER


def _read(unit: str, *names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name, unit) for name in names)


def _phased(unit: str, *names: str) -> tuple[Channel, ...]:
    """Each name for the total and for each of the three phases."""
    return tuple(Channel(name + phase, unit) for name in names for phase in ("", *PHASES))


def _phases_only(unit: str, *names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name + phase, unit) for name in names for phase in PHASES)


def _energy(*names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name, "Wh", cumulated=True) for name in names)


def _energy_phased(*names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name + phase, "Wh", cumulated=True) for name in names for phase in ("", *PHASES))


def _write(unit: str, *names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name, unit, Access.WRITE) for name in names)


def _flag(*names: str) -> tuple[Channel, ...]:
    return tuple(Channel(name, kind=Kind.BOOLEAN) for name in names)


RELATIONS = ("Equals", "LessOrEquals", "GreaterOrEquals")
GRID_MODE = Channel(
    "GridMode",
    kind=Kind.ENUM,
    options={"UNDEFINED": -1, "ON_GRID": 1, "OFF_GRID": 2, "OFF_GRID_GENSET": 3},
    help="Whether the site hangs on the public grid",
)
START_STOP = {"UNDEFINED": -1, "START": 1, "STOP": 2}
METER_TYPES = {
    "GRID": 0,
    "PRODUCTION": 1,
    "PRODUCTION_AND_CONSUMPTION": 2,
    "CONSUMPTION_METERED": 3,
    "CONSUMPTION_NOT_METERED": 4,
    "MANAGED_CONSUMPTION_METERED": 5,
    "GRID_GENSET": 6,
}
EVCS_STATUS = {
    "UNDEFINED": -1,
    "STARTING": 0,
    "NOT_READY_FOR_CHARGING": 1,
    "READY_FOR_CHARGING": 2,
    "CHARGING": 3,
    "ERROR": 4,
    "CHARGING_REJECTED": 5,
    "ENERGY_LIMIT_REACHED": 6,
}
CHARGE_STATE = {
    "UNDEFINED": -1,
    "NOT_CHARGING": 0,
    "CHARGING": 1,
    "DECREASING": 2,
    "INCREASING": 3,
    "WAITING": 4,
}

_SET_POWER = _write("W", *(f"SetActivePower{r}" for r in RELATIONS)) + _write(
    "var", *(f"SetReactivePower{r}" for r in RELATIONS)
)
_SET_POWER_PHASES = tuple(
    channel
    for phase in PHASES
    for channel in (
        _write("W", *(f"SetActivePower{phase}{r}" for r in RELATIONS))
        + _write("var", *(f"SetReactivePower{phase}{r}" for r in RELATIONS))
    )
)
_CELLS = _read("mV", "MinCellVoltage", "MaxCellVoltage") + _read(
    "degC", "MinCellTemperature", "MaxCellTemperature"
)

NATURES: tuple[Nature, ...] = (
    Nature(
        "symmetric-ess",
        "A storage unit that is only measured",
        (
            *_read("%", "Soc"),
            *_read("Wh", "Capacity"),
            GRID_MODE,
            *_read("W", "ActivePower"),
            *_read("var", "ReactivePower"),
            *_read("VA", "MaxApparentPower"),
            *_energy("ActiveChargeEnergy", "ActiveDischargeEnergy"),
            *_CELLS,
        ),
        aliases=("SymmetricEss", "ess"),
    ),
    Nature(
        "asymmetric-ess",
        "A storage unit measured on each phase",
        _phases_only("W", "ActivePower") + _phases_only("var", "ReactivePower"),
        extends=("symmetric-ess",),
        aliases=("AsymmetricEss",),
    ),
    Nature(
        "managed-symmetric-ess",
        "A storage unit that takes set-points, equal on its phases",
        (
            Channel("AllowedChargePower", "W", help="Most power it can take now; not positive"),
            Channel("AllowedDischargePower", "W", help="Most power it can give now; not negative"),
            *_SET_POWER,
            Channel("SetActivePower", "W", Access.WRITE, help="Solved set-point, as sent to the device"),
            Channel("SetReactivePower", "var", Access.WRITE, help="Solved set-point, as sent to the device"),
            *_read("W", "DebugSetActivePower"),
            *_read("var", "DebugSetReactivePower"),
            *_flag("ApplyPowerFailed"),
        ),
        extends=("symmetric-ess", "start-stoppable"),
        aliases=("ManagedSymmetricEss",),
        storage=True,
    ),
    Nature(
        "managed-asymmetric-ess",
        "A storage unit that takes a set-point for each phase",
        _SET_POWER_PHASES
        + _write("W", *(f"SetActivePower{p}" for p in PHASES))
        + _write("var", *(f"SetReactivePower{p}" for p in PHASES))
        + _phases_only("W", "DebugSetActivePower")
        + _phases_only("var", "DebugSetReactivePower"),
        extends=("managed-symmetric-ess", "asymmetric-ess"),
        aliases=("ManagedAsymmetricEss",),
        storage=True,
        phased=True,
    ),
    Nature(
        "managed-single-phase-ess",
        "A storage unit on one phase (property `phase`)",
        extends=("managed-asymmetric-ess",),
        aliases=("ManagedSinglePhaseEss", "single-phase-ess"),
        storage=True,
        phased=True,
    ),
    Nature(
        "hybrid-ess",
        "A managed storage unit with PV on its direct-current side",
        (
            Channel("DcDischargePower", "W", help="Power of the battery alone, positive = discharge"),
            Channel("SurplusPower", "W", help="PV power the battery cannot take now; undefined if unknown"),
            *_energy("DcChargeEnergy", "DcDischargeEnergy"),
        ),
        extends=("managed-symmetric-ess",),
        aliases=("HybridEss", "ManagedHybridEss"),
        storage=True,
    ),
    Nature(
        "ess-cluster",
        "Several storage units that act as one (property `members`)",
        extends=("managed-asymmetric-ess",),
        aliases=("MetaEss", "EssCluster", "cluster"),
        storage=True,
        phased=True,
    ),
    Nature(
        "meter",
        "An electricity meter (property `type`)",
        (
            *_phased("W", "ActivePower"),
            *_phased("var", "ReactivePower"),
            *_phased("mV", "Voltage"),
            *_phased("mA", "Current"),
            *_read("mHz", "Frequency"),
            *_energy_phased("ActiveProductionEnergy", "ActiveConsumptionEnergy"),
        ),
        aliases=("ElectricityMeter", "SymmetricMeter", "AsymmetricMeter"),
    ),
    Nature(
        "evcs",
        "A charging point that is only measured",
        (
            Channel("Status", kind=Kind.ENUM, options=EVCS_STATUS),
            Channel(
                "ChargingType", kind=Kind.ENUM, options={"UNDEFINED": -1, "CCS": 0, "CHADEMO": 1, "AC": 2}
            ),
            Channel("Phases", help="Phases in use, 1 to 3"),
            Channel("ChargePower", "W", help="Other name of ActivePower in older systems"),
            *_read("W", "FixedMinimumHardwarePower", "FixedMaximumHardwarePower"),
            *_read("W", "MinimumHardwarePower", "MaximumHardwarePower"),
            *_read("W", "MaximumPower", "MinimumPower"),
            *_read("Wh", "EnergySession"),
            *_flag("ChargingstationCommunicationFailed"),
        ),
        extends=("meter",),
        aliases=("Evcs",),
    ),
    Nature(
        "managed-evcs",
        "A charging point that takes a power limit",
        (
            Channel("PowerPrecision", "W"),
            Channel("SetChargePowerLimit", "W", Access.BOTH),
            Channel("SetChargePowerLimitWithFilter", "W", Access.WRITE),
            Channel("SetChargePowerRequest", "W", Access.BOTH),
            Channel("SetEnergyLimit", "Wh", Access.BOTH),
            Channel("SetDisplayText", kind=Kind.TEXT, access=Access.BOTH),
            *_flag("IsClustered"),
            Channel("ChargeMode", kind=Kind.ENUM, options={"FORCE_CHARGE": 0, "EXCESS_POWER": 1}),
            Channel("ChargeState", kind=Kind.ENUM, options=CHARGE_STATE),
        ),
        extends=("evcs",),
        aliases=("ManagedEvcs", "charger"),
    ),
    Nature(
        "evse-charge-point",
        "A charging point that takes a set-point in mA, A or W (properties describe its abilities)",
        (
            *_flag("IsReadyForCharging", "IsEvConnected"),
            Channel("SetPoint", access=Access.BOTH, help="Current or power per the ability of the device"),
            Channel(
                "SetPhaseSwitch",
                kind=Kind.ENUM,
                options={"TO_SINGLE_PHASE": 1, "TO_THREE_PHASE": 3},
                access=Access.BOTH,
            ),
        ),
        extends=("meter",),
        aliases=("EvseChargePoint",),
    ),
    Nature("evse-electric-vehicle", "A vehicle with its limits of current", aliases=("EvseElectricVehicle",)),
    Nature(
        "pv-inverter",
        "A PV inverter that takes a power limit",
        (
            *_read("W", "MaxActivePower"),
            *_read("var", "MaxReactivePower"),
            *_read("VA", "MaxApparentPower"),
            Channel("ActivePowerLimit", "W", Access.BOTH, help="Undefined = no limit"),
        ),
        extends=("meter",),
        aliases=("ManagedSymmetricPvInverter", "PvInverter"),
    ),
    Nature(
        "ess-dc-charger",
        "PV on the direct-current side of a storage unit",
        (
            *_read("W", "MaxActualPower", "ActualPower"),
            *_energy("ActualEnergy"),
            *_read("mV", "Voltage"),
            *_read("mA", "Current"),
        ),
        aliases=("EssDcCharger",),
    ),
    Nature(
        "battery",
        "A battery behind an inverter, as its management system sees it",
        (
            *_read("%", "Soc", "Soh"),
            *_read("V", "Voltage", "ChargeMaxVoltage", "DischargeMinVoltage"),
            Channel("Current", "A", help="Positive = discharge"),
            *_read("A", "ChargeMaxCurrent", "DischargeMaxCurrent"),
            *_read("Wh", "Capacity"),
            *_CELLS,
            *_read("mOhm", "InnerResistance"),
            Channel("MainContactor", kind=Kind.BOOLEAN),
        ),
        extends=("start-stoppable",),
        aliases=("Battery",),
    ),
    Nature(
        "battery-inverter",
        "An inverter that connects a battery",
        (
            GRID_MODE,
            *_read("W", "ActivePower"),
            *_read("var", "ReactivePower"),
            *_read("VA", "ApparentPower", "MaxApparentPower"),
            *_energy("ActiveChargeEnergy", "ActiveDischargeEnergy"),
            *_read("V", "DcMinVoltage", "DcMaxVoltage"),
            *_read("degC", "TemperatureCabinet"),
            *_read("mHz", "OffGridFrequency"),
            *_flag("InverterState"),
            *_read("W", "DcDischargePower"),
        ),
        extends=("start-stoppable",),
        aliases=("BatteryInverter", "ManagedSymmetricBatteryInverter"),
    ),
    Nature(
        "off-grid-switch",
        "The contactors between the site and the grid",
        (*_flag("MainContactor", "GroundingContactor"), GRID_MODE),
        aliases=("OffGridSwitch",),
    ),
    Nature(
        "start-stoppable",
        "Something that can be started and stopped",
        (Channel("StartStop", kind=Kind.ENUM, options=START_STOP, access=Access.BOTH),),
        aliases=("StartStoppable",),
    ),
    Nature(
        "digital-input",
        "Contacts that are read (any channel name)",
        aliases=("DigitalInput",),
        kind=Kind.BOOLEAN,
    ),
    Nature(
        "digital-output",
        "Relays, and contacts on the same device (any channel name)",
        aliases=("DigitalOutput", "DigitalInputOutput"),
        kind=Kind.BOOLEAN,
    ),
    Nature(
        "analog-output",
        "A set-point in percent or volts",
        (Channel("SetOutputPercent", "%", Access.BOTH), Channel("SetOutputVoltage", "mV", Access.BOTH)),
        aliases=("AnalogOutput", "AnalogVoltageOutput"),
    ),
    Nature("thermometer", "A temperature", (Channel("Temperature", "0.1 degC"),), aliases=("Thermometer",)),
    Nature(
        "predictor",
        "Forecasts as 15-minute series in its properties",
        aliases=("Predictor", "PredictorManager"),
    ),
    Nature("tariff", "Prices as 15-minute series in its properties", aliases=("TimeOfUseTariff",)),
    Nature(
        "scheduler-fixed-order",
        "Runs exactly the controllers listed, in this order",
        aliases=("Scheduler.FixedOrder",),
    ),
    Nature(
        "scheduler-all-alphabetically",
        "Runs the controllers listed, then all others by id",
        aliases=("Scheduler.AllAlphabetically",),
    ),
    Nature("scheduler-daily", "Runs controllers by the time of day", aliases=("Scheduler.Daily",)),
    Nature(
        "scheduler-calendar", "Runs controllers by the tasks of a calendar", aliases=("Scheduler.JSCalendar",)
    ),
    Nature(
        "solver",
        "The power solver's own settings and state (id `_power`)",
        (
            Channel("SolverDuration", "ms"),
            Channel("SolveStrategy", kind=Kind.TEXT),
            *_flag("NotSolved", "StaticConstraintsFailed"),
        ),
        aliases=("EssPower", "power", "Power"),
    ),
    Nature(
        "meta",
        "Facts about the site (id `_meta`)",
        (
            *_flag("IsEssChargeFromGridAllowed"),
            *_read(
                "W", "MaximumGridFeedInLimit", "GridBuySoftLimit", "GridBuyHardLimit", "GridSellHardLimit"
            ),
            Channel(
                "GridFeedInLimitationType",
                kind=Kind.ENUM,
                options={"NO_LIMITATION": 0, "DYNAMIC_LIMITATION": 1},
            ),
            *_read("A", "GridConnectionPointFuseLimit"),
        ),
        aliases=("Meta",),
    ),
    Nature(
        "sum",
        "The site as a whole (id `_sum`)",
        (
            *_read("%", "EssSoc"),
            *_phased("W", "EssActivePower"),
            *_read("var", "EssReactivePower"),
            *_read("W", "EssDischargePower", "EssMinDischargePower", "EssMaxDischargePower"),
            *_read("VA", "EssMaxApparentPower"),
            *_read("Wh", "EssCapacity"),
            *_phased("W", "GridActivePower"),
            *_read("W", "GridMinActivePower", "GridMaxActivePower"),
            *_read("money/MWh", "GridBuyPrice"),
            GRID_MODE,
            *_phased("W", "GridGensetActivePower"),
            *_read("W", "ProductionActivePower", "ProductionDcActualPower", "ProductionMaxActivePower"),
            *_phased("W", "ProductionAcActivePower"),
            *_read("W", "UnmanagedProductionActivePower"),
            *_phased("W", "ConsumptionActivePower"),
            *_read("W", "ConsumptionMaxActivePower", "UnmanagedConsumptionActivePower"),
            *_read(
                "W",
                "ProductionToConsumptionPower",
                "ProductionToGridPower",
                "ProductionToEssPower",
                "GridToConsumptionPower",
                "GridToEssPower",
                "EssToConsumptionPower",
                "EssToGridPower",
            ),
            *_energy(
                "GridBuyActiveEnergy",
                "GridSellActiveEnergy",
                "ProductionActiveEnergy",
                "ConsumptionActiveEnergy",
                "EssActiveChargeEnergy",
                "EssActiveDischargeEnergy",
            ),
        ),
        aliases=("Sum",),
    ),
    Nature(
        "site",
        "The state of this daemon (id `_site`)",
        (
            Channel("State", kind=Kind.TEXT, help="State of the site state machine"),
            Channel("Mode", kind=Kind.TEXT, help="Mode that selects the controllers"),
            Channel("GridLimit", "W", help="Limit of grid power that is in force"),
            Channel("CycleTime", "ms"),
            Channel("CycleJitter", "ms"),
            Channel("DataAge", "ms", help="Age of the oldest value used at actuation"),
        ),
    ),
    Nature("generic", "A device of any other kind: channels by their use", aliases=("Generic",)),
)


def _spelling(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


_BY_SPELLING: dict[str, Nature] = {
    _spelling(spelling): nature for nature in NATURES for spelling in (nature.code, *nature.aliases)
}


def find(code: str) -> Nature | None:
    """The nature of that code or alias, in any capitalisation and with any separators; None if unknown."""
    return _BY_SPELLING.get(_spelling(code))


def channels_of(nature: Nature) -> Iterator[Channel]:
    """All channels of a nature, inherited ones first, each name once."""
    seen: dict[str, Channel] = {}
    _collect((nature,), seen)
    yield from seen.values()


def _collect(natures: Iterable[Nature], seen: dict[str, Channel]) -> None:
    for nature in natures:
        parents = [parent for code in nature.extends if (parent := find(code)) is not None]
        _collect(parents, seen)
        for channel in nature.channels:
            seen[channel.name] = channel


def is_a(nature: Nature, code: str) -> bool:
    """Whether a nature is, or includes, the one called `code`."""
    return nature.code == code or any(
        is_a(parent, code) for extended in nature.extends if (parent := find(extended)) is not None
    )
