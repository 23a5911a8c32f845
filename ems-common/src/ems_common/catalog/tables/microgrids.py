"""Microgrids, their devices, and virtual power plants."""

from __future__ import annotations

from ems_common.catalog.model import Table, number, ref, table, text
from ems_common.catalog.tables.parts import (
    DESCRIPTION,
    DRAWINGS,
    IDENTITY,
    LIFE,
    LOCATION,
    RATING,
    RESPONSIBILITY,
    batteries,
    device,
    grids,
    metered,
    schedules,
)

TABLES: tuple[Table, ...] = (
    table(
        "tbl_microgrids",
        *IDENTITY,
        text("address"),
        text("postal_code"),
        *LOCATION,
        *RATING,
        *RESPONSIBILITY,
        text("serial_number"),
        *DRAWINGS,
        *LIFE,
        index=("name",),
    ),
    batteries("microgrid"),
    device(
        "microgrid",
        "power_conversion_systems",
        ref("run_state_point_id", "tbl_points"),
        number("rated_output_power"),
        ref("today_charge_energy_point_id", "tbl_points"),
        ref("today_discharge_energy_point_id", "tbl_points"),
        ref("total_charge_energy_point_id", "tbl_points"),
        ref("total_discharge_energy_point_id", "tbl_points"),
    ),
    metered("microgrid", "evchargers", "rated_output_power"),
    metered("microgrid", "generators", "rated_output_power"),
    grids("microgrid"),
    device(
        "microgrid",
        "heatpumps",
        ref("power_point_id", "tbl_points"),
        ref("electricity_meter_id", "tbl_meters"),
        ref("heat_meter_id", "tbl_meters"),
        ref("cooling_meter_id", "tbl_meters"),
        number("rated_input_power"),
    ),
    metered("microgrid", "loads", "rated_input_power"),
    metered("microgrid", "photovoltaics", "rated_power"),
    schedules("microgrid"),
    table(
        "tbl_virtual_power_plants",
        *IDENTITY,
        ref("cost_center_id", "tbl_cost_centers"),
        ref("balancing_price_point_id", "tbl_points"),
        ref("svg_id", "tbl_svgs"),
        DESCRIPTION,
        index=("name",),
    ),
)
