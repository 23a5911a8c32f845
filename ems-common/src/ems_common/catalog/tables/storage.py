"""Energy storage containers and power stations."""

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

_CONTAINER = "energy_storage_container"

TABLES: tuple[Table, ...] = (
    table(f"tbl_{_CONTAINER}s", *IDENTITY, *RATING, *RESPONSIBILITY, DESCRIPTION, index=("name",)),
    batteries(_CONTAINER),
    device(_CONTAINER, "dcdcs"),
    device(_CONTAINER, "firecontrols"),
    grids(_CONTAINER),
    device(_CONTAINER, "hvacs"),
    metered(_CONTAINER, "loads", "rated_input_power"),
    device(
        _CONTAINER,
        "power_conversion_systems",
        ref("run_state_point_id", "tbl_points"),
        number("rated_output_power"),
    ),
    schedules(_CONTAINER),
    device(_CONTAINER, "stses"),
    table(
        "tbl_energy_storage_power_stations",
        *IDENTITY,
        text("address"),
        *LOCATION,
        *RATING,
        *RESPONSIBILITY,
        *DRAWINGS,
        *LIFE,
        index=("name",),
    ),
)
