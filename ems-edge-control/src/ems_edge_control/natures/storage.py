"""Storage units, and the batteries, inverters and switches they are made of."""

from __future__ import annotations

from ems_edge_control.natures.channel import (
    GRID_MODE,
    PHASES,
    Access,
    Channel,
    Kind,
    Nature,
    energy,
    flag,
    phases_only,
    read,
    write,
)

RELATIONS = ("Equals", "LessOrEquals", "GreaterOrEquals")
WITH_PID = "SetActivePowerEqualsWithPid"
STATE = {"OK": 0, "INFO": 1, "WARNING": 2, "FAULT": 3}
START_STOP = {"UNDEFINED": -1, "START": 1, "STOP": 2}
_SET_POWER = write("W", *(f"SetActivePower{r}" for r in RELATIONS)) + write(
    "var", *(f"SetReactivePower{r}" for r in RELATIONS)
)
_SET_POWER_PHASES = tuple(
    channel
    for phase in PHASES
    for channel in (
        write("W", *(f"SetActivePower{phase}{r}" for r in RELATIONS))
        + write("var", *(f"SetReactivePower{phase}{r}" for r in RELATIONS))
    )
)
_CELLS = read("mV", "MinCellVoltage", "MaxCellVoltage") + read(
    "degC", "MinCellTemperature", "MaxCellTemperature"
)

STORAGE: tuple[Nature, ...] = (
    Nature(
        "symmetric-ess",
        "A storage unit that is only measured",
        (
            *read("%", "Soc"),
            *read("Wh", "Capacity"),
            GRID_MODE,
            *read("W", "ActivePower"),
            *read("var", "ReactivePower"),
            *read("VA", "MaxApparentPower"),
            *energy("ActiveChargeEnergy", "ActiveDischargeEnergy"),
            *_CELLS,
            Channel("State", kind=Kind.ENUM, options=STATE, help="Worst of the device's own messages"),
        ),
        aliases=("SymmetricEss", "ess", "OffGridEss"),
    ),
    Nature(
        "asymmetric-ess",
        "A storage unit measured on each phase",
        phases_only("W", "ActivePower") + phases_only("var", "ReactivePower"),
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
            Channel(WITH_PID, "W", Access.WRITE, help="Set-point as asked for, before its filter"),
            Channel("SetActivePower", "W", Access.WRITE, help="Solved set-point, as sent to the device"),
            Channel("SetReactivePower", "var", Access.WRITE, help="Solved set-point, as sent to the device"),
            *read("W", "DebugSetActivePower"),
            *read("var", "DebugSetReactivePower"),
            *flag("ApplyPowerFailed"),
        ),
        extends=("symmetric-ess", "start-stoppable"),
        aliases=("ManagedSymmetricEss", "GenericManagedEss", "GenericManagedSymmetricEss"),
        storage=True,
    ),
    Nature(
        "managed-asymmetric-ess",
        "A storage unit that takes a set-point for each phase",
        _SET_POWER_PHASES
        + write("W", *(f"SetActivePower{p}" for p in PHASES))
        + write("var", *(f"SetReactivePower{p}" for p in PHASES))
        + phases_only("W", "DebugSetActivePower")
        + phases_only("var", "DebugSetReactivePower"),
        extends=("managed-symmetric-ess", "asymmetric-ess"),
        aliases=("ManagedAsymmetricEss",),
        storage=True,
        phased=True,
    ),
    Nature(
        "managed-single-phase-ess",
        "A storage unit on one phase (property `phase`)",
        extends=("managed-asymmetric-ess",),
        aliases=("ManagedSinglePhaseEss", "SinglePhaseEss"),
        storage=True,
        phased=True,
    ),
    Nature(
        "hybrid-ess",
        "A managed storage unit with PV on its direct-current side",
        (
            Channel("DcDischargePower", "W", help="Power of the battery alone, positive = discharge"),
            Channel("SurplusPower", "W", help="PV power the battery cannot take now; undefined if unknown"),
            *energy("DcChargeEnergy", "DcDischargeEnergy"),
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
        "ess-dc-charger",
        "PV on the direct-current side of a storage unit",
        (
            *read("W", "MaxActualPower", "ActualPower"),
            *energy("ActualEnergy"),
            *read("mV", "Voltage"),
            *read("mA", "Current"),
        ),
        aliases=("EssDcCharger", "DcCharger"),
    ),
    Nature(
        "battery",
        "A battery behind an inverter, as its management system sees it",
        (
            *read("%", "Soc", "Soh"),
            *read("V", "Voltage", "ChargeMaxVoltage", "DischargeMinVoltage"),
            Channel("BvpChargeBms", "V", help="Highest voltage its management allows now"),
            Channel("BvpDischargeBms", "V", help="Lowest voltage its management allows now"),
            Channel("Current", "A", help="Positive = discharge"),
            *read("A", "ChargeMaxCurrent", "DischargeMaxCurrent"),
            *read("Wh", "Capacity"),
            *_CELLS,
            *read("mOhm", "InnerResistance"),
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
            *read("W", "ActivePower"),
            *read("var", "ReactivePower"),
            *read("VA", "ApparentPower", "MaxApparentPower"),
            *energy("ActiveChargeEnergy", "ActiveDischargeEnergy"),
            *read("V", "DcMinVoltage", "DcMaxVoltage"),
            *read("degC", "TemperatureCabinet"),
            *read("mHz", "OffGridFrequency"),
            *flag("InverterState"),
            *read("W", "DcDischargePower"),
        ),
        extends=("start-stoppable",),
        aliases=(
            "BatteryInverter",
            "SymmetricBatteryInverter",
            "ManagedSymmetricBatteryInverter",
            "HybridManagedSymmetricBatteryInverter",
            "OffGridBatteryInverter",
        ),
    ),
    Nature(
        "off-grid-switch",
        "The contactors between the site and the grid",
        (*flag("MainContactor", "GroundingContactor"), GRID_MODE),
        aliases=("OffGridSwitch",),
    ),
    Nature(
        "start-stoppable",
        "Something that can be started and stopped",
        (Channel("StartStop", kind=Kind.ENUM, options=START_STOP, access=Access.BOTH),),
        aliases=("StartStoppable",),
    ),
)
