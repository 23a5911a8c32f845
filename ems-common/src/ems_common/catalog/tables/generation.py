"""Photovoltaic power stations, wind farms and charging stations."""

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
    THREE_PHASE,
    device,
    grids,
    measured,
    metered,
)

_PHOTOVOLTAIC = "photovoltaic_power_station"
_STRINGS = range(1, 29)
_TRACKERS = range(1, 11)

TABLES: tuple[Table, ...] = (
    table(
        "tbl_charging_stations",
        *IDENTITY,
        text("address"),
        *LOCATION,
        *RATING,
        *RESPONSIBILITY,
        *DRAWINGS,
        *LIFE,
        index=("name",),
    ),
    table(
        f"tbl_{_PHOTOVOLTAIC}s",
        *IDENTITY,
        text("station_code"),
        text("address"),
        *LOCATION,
        *RATING,
        *RESPONSIBILITY,
        *DRAWINGS,
        *LIFE,
        index=("name",),
    ),
    grids(_PHOTOVOLTAIC, *THREE_PHASE),
    device(
        _PHOTOVOLTAIC,
        "invertors",
        text("model"),
        text("serial_number"),
        ref("invertor_state_point_id", "tbl_points"),
        ref("communication_state_point_id", "tbl_points"),
        ref("total_energy_point_id", "tbl_points"),
        ref("generation_meter_id", "tbl_meters"),
        *measured("today_energy", "efficiency", "temperature", "power_factor"),
        *measured("active_power", "reactive_power", "frequency"),
        *measured("uab", "ubc", "uca", "ua", "ub", "uc", "ia", "ib", "ic"),
        *measured(*(f"pv{n}_{quantity}" for n in _STRINGS for quantity in "ui")),
        *measured("mppt_total_energy", "mppt_power"),
        *measured(*(f"mppt_{n}_energy" for n in _TRACKERS)),
        *measured("startup_time", "shutdown_time"),
    ),
    metered(_PHOTOVOLTAIC, "loads", "rated_input_power", *THREE_PHASE),
    table(
        "tbl_wind_farms",
        *IDENTITY,
        text("address"),
        *LOCATION,
        number("rated_power"),
        *RESPONSIBILITY,
        *DRAWINGS,
        DESCRIPTION,
        index=("name",),
    ),
)
