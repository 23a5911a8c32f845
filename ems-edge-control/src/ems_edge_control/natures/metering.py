"""What is measured at its terminals: meters, PV inverters, charging points."""

from __future__ import annotations

from ems_edge_control.natures.channel import (
    Access,
    Channel,
    Kind,
    Nature,
    energy_phased,
    flag,
    phased,
    read,
)

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


METERING: tuple[Nature, ...] = (
    Nature(
        "meter",
        "An electricity meter (property `type`)",
        (
            *phased("W", "ActivePower"),
            *phased("var", "ReactivePower"),
            *phased("mV", "Voltage"),
            *phased("mA", "Current"),
            *read("mHz", "Frequency"),
            *energy_phased("ActiveProductionEnergy", "ActiveConsumptionEnergy"),
        ),
        aliases=("ElectricityMeter", "SymmetricMeter", "AsymmetricMeter", "SinglePhaseMeter", "VirtualMeter"),
    ),
    Nature(
        "pv-inverter",
        "A PV inverter that takes a power limit",
        (
            *read("W", "MaxActivePower"),
            *read("var", "MaxReactivePower"),
            *read("VA", "MaxApparentPower"),
            Channel("ActivePowerLimit", "W", Access.BOTH, help="Undefined = no limit"),
        ),
        extends=("meter",),
        aliases=("ManagedSymmetricPvInverter", "PvInverter", "SymmetricPvInverter"),
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
            *read("W", "FixedMinimumHardwarePower", "FixedMaximumHardwarePower"),
            *read("W", "MinimumHardwarePower", "MaximumHardwarePower"),
            *read("W", "MaximumPower", "MinimumPower"),
            *read("Wh", "EnergySession"),
            *flag("ChargingstationCommunicationFailed"),
        ),
        extends=("meter",),
        aliases=("Evcs", "DeprecatedEvcs", "SocEvcs"),
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
            *flag("IsClustered"),
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
            *flag("IsReadyForCharging", "IsEvConnected"),
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
    Nature(
        "evse-electric-vehicle",
        "A vehicle with its limits of current",
        aliases=("EvseElectricVehicle", "ElectricVehicle"),
    ),
)
