"""Equipment, combined equipment and their parameters."""

from __future__ import annotations

from ems_common.catalog.model import Table, char36, flag, number, ref, table, text
from ems_common.catalog.tables.parts import DESCRIPTION, IDENTITY, parameters


def _equipment(name: str) -> Table:
    return table(
        f"tbl_{name}s",
        *IDENTITY,
        flag("is_input_counted"),
        flag("is_output_counted"),
        ref("cost_center_id", "tbl_cost_centers"),
        number("efficiency_indicator", default=0),
        ref("svg_id", "tbl_svgs", null=True),
        text("camera_url", 1000, null=True),
        DESCRIPTION,
        index=("name",),
    )


TABLES: tuple[Table, ...] = (
    _equipment("combined_equipment"),
    parameters("combined_equipment"),
    _equipment("equipment"),
    parameters("equipment"),
    table(
        "tbl_fuel_integrators",
        text("name"),
        char36(),
        text("model"),
        ref("power_point_id", "tbl_points"),
        ref("result_point_id", "tbl_points"),
        flag("is_enabled"),
        index=("name",),
    ),
    table(
        "tbl_heat_integrators",
        text("name"),
        char36(),
        ref("high_temperature_point_id", "tbl_points"),
        ref("low_temperature_point_id", "tbl_points"),
        ref("flow_point_id", "tbl_points"),
        number("heat_capacity"),
        number("liquid_density"),
        number("coefficient"),
        ref("result_point_id", "tbl_points"),
        flag("is_enabled"),
        index=("name",),
    ),
    table(
        "tbl_power_integrators",
        text("name"),
        char36(),
        ref("power_point_id", "tbl_points"),
        ref("result_point_id", "tbl_points"),
        flag("is_enabled"),
        index=("name",),
    ),
)
