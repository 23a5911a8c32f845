"""Groups of columns and child tables that several kinds of station share, so that each is declared once."""

from __future__ import annotations

from ems_common.catalog.model import (
    Column,
    Table,
    char36,
    day,
    degrees,
    flag,
    number,
    ref,
    table,
    text,
    time_of_day,
)

IDENTITY: tuple[Column, ...] = (text("name"), char36())

DESCRIPTION: Column = text("description", null=True)

LOCATION: tuple[Column, ...] = (
    degrees("latitude"),
    degrees("longitude"),
    ref("latitude_point_id", "tbl_points", null=True),
    ref("longitude_point_id", "tbl_points", null=True),
)
"""Where a station stands; the points are for those that move."""

RATING: tuple[Column, ...] = (number("rated_capacity"), number("rated_power"))
"""Rated energy [kWh] and power [kW]."""

RESPONSIBILITY: tuple[Column, ...] = (
    ref("contact_id", "tbl_contacts"),
    ref("cost_center_id", "tbl_cost_centers"),
)

DRAWINGS: tuple[Column, ...] = (
    ref("svg_id", "tbl_svgs"),
    *(ref(f"svg{n}_id", "tbl_svgs", null=True) for n in range(2, 6)),
)

LIFE: tuple[Column, ...] = (
    flag("is_cost_data_displayed"),
    text("phase_of_lifecycle"),
    day("commissioning_date", null=True),
    DESCRIPTION,
)


def measured(*quantities: str) -> tuple[Column, ...]:
    """References to the points that measure these quantities, each of which a device may lack."""
    return tuple(ref(f"{quantity}_point_id", "tbl_points", null=True) for quantity in quantities)


THREE_PHASE: tuple[Column, ...] = measured(
    "total_active_power",
    "active_power_a",
    "active_power_b",
    "active_power_c",
    "total_reactive_power",
    "reactive_power_a",
    "reactive_power_b",
    "reactive_power_c",
    "total_apparent_power",
    "apparent_power_a",
    "apparent_power_b",
    "apparent_power_c",
    "total_power_factor",
    "active_energy_import",
    "active_energy_export",
    "active_energy_net",
)
"""What a three-phase meter shows."""


def device(owner: str, kind: str, *columns: Column) -> Table:
    """The devices of one kind at a station.

    Args:
        owner: Name of the station in the singular, such as ``microgrid``; its table is ``tbl_microgrids``.
        kind: Name of the devices in the plural, the end of the table's name.
        columns: What is known of a device beside its name and station.
    """
    return table(
        f"tbl_{owner}s_{kind}",
        *IDENTITY,
        ref(f"{owner}_id", f"tbl_{owner}s"),
        *columns,
        index=(f"{owner}_id",),
    )


def batteries(owner: str) -> Table:
    """The batteries of a station."""
    return device(
        owner,
        "batteries",
        ref("battery_state_point_id", "tbl_points"),
        ref("soc_point_id", "tbl_points"),
        ref("power_point_id", "tbl_points"),
        ref("charge_meter_id", "tbl_meters"),
        ref("discharge_meter_id", "tbl_meters"),
        *RATING,
        number("nominal_voltage"),
    )


def grids(owner: str, *columns: Column) -> Table:
    """The grid connections of a station."""
    return device(
        owner,
        "grids",
        ref("power_point_id", "tbl_points"),
        ref("buy_meter_id", "tbl_meters"),
        ref("sell_meter_id", "tbl_meters"),
        number("capacity"),
        *columns,
    )


def metered(owner: str, kind: str, rating: str, *columns: Column) -> Table:
    """Devices with one point of power, one meter and one rating."""
    return device(
        owner,
        kind,
        ref("power_point_id", "tbl_points"),
        ref("meter_id", "tbl_meters"),
        number(rating),
        *columns,
    )


def schedules(owner: str) -> Table:
    """The daily plan of a storage: power by time of day and kind of tariff period."""
    return table(
        f"tbl_{owner}s_schedules",
        ref(f"{owner}_id", f"tbl_{owner}s"),
        time_of_day("start_time_of_day"),
        time_of_day("end_time_of_day"),
        text("peak_type", 8, choices=("toppeak", "onpeak", "midpeak", "offpeak", "deep")),
        number("power"),
        index=(f"{owner}_id",),
    )


def parameters(owner: str) -> Table:
    """Figures of a thing: a constant, a point, or the ratio of two meters."""
    return table(
        f"tbl_{owner}s_parameters",
        ref(f"{owner}_id", f"tbl_{owner}s"),
        text("name"),
        text("parameter_type", null=True, choices=("constant", "point", "fraction")),
        text("constant", null=True),
        ref("point_id", "tbl_points", null=True),
        char36("numerator_meter_uuid", null=True),
        char36("denominator_meter_uuid", null=True),
        index=(f"{owner}_id",),
    )
