"""Contacts and outputs, schedulers, forecasts, and the parts that stand for the site itself."""

from __future__ import annotations

from ems_edge_control.natures.channel import (
    GRID_MODE,
    Access,
    Channel,
    Kind,
    Nature,
    energy,
    flag,
    phased,
    read,
)

SITE: tuple[Nature, ...] = (
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
            *flag("NotSolved", "StaticConstraintsFailed"),
        ),
        aliases=("EssPower", "power", "Power"),
    ),
    Nature(
        "meta",
        "Facts about the site (id `_meta`)",
        (
            *flag("IsEssChargeFromGridAllowed"),
            *read("W", "MaximumGridFeedInLimit", "GridBuySoftLimit", "GridBuyHardLimit", "GridSellHardLimit"),
            Channel(
                "GridFeedInLimitationType",
                kind=Kind.ENUM,
                options={"NO_LIMITATION": 0, "DYNAMIC_LIMITATION": 1},
            ),
            *read("A", "GridConnectionPointFuseLimit"),
        ),
        aliases=("Meta",),
    ),
    Nature(
        "sum",
        "The site as a whole (id `_sum`)",
        (
            *read("%", "EssSoc"),
            *phased("W", "EssActivePower"),
            *read("var", "EssReactivePower"),
            *read("W", "EssDischargePower", "EssMinDischargePower", "EssMaxDischargePower"),
            *read("VA", "EssMaxApparentPower"),
            *read("Wh", "EssCapacity"),
            *phased("W", "GridActivePower"),
            *read("W", "GridMinActivePower", "GridMaxActivePower"),
            *read("money/MWh", "GridBuyPrice"),
            GRID_MODE,
            *phased("W", "GridGensetActivePower"),
            *read("W", "ProductionActivePower", "ProductionDcActualPower", "ProductionMaxActivePower"),
            *phased("W", "ProductionAcActivePower"),
            *read("W", "UnmanagedProductionActivePower"),
            *phased("W", "ConsumptionActivePower"),
            *read("W", "ConsumptionMaxActivePower", "UnmanagedConsumptionActivePower"),
            *read(
                "W",
                "ProductionToConsumptionPower",
                "ProductionToGridPower",
                "ProductionToEssPower",
                "GridToConsumptionPower",
                "GridToEssPower",
                "EssToConsumptionPower",
                "EssToGridPower",
            ),
            *energy(
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
