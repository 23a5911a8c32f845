"""Products, shifts, teams and what was produced."""

from __future__ import annotations

from ems_common.catalog.model import Table, char36, instant, integer, number, ref, table, text

TABLES: tuple[Table, ...] = (
    table(
        "tbl_products",
        text("name", 128),
        char36(),
        text("unit_of_measure", 32),
        text("tag", 128),
        number("standard_product_coefficient", default=1),
        index=("name",),
    ),
    table(
        "tbl_shifts",
        ref("shopfloor_id", "tbl_shopfloors"),
        ref("team_id", "tbl_teams"),
        ref("product_id", "tbl_products"),
        integer("product_count"),
        instant("start_datetime_utc"),
        instant("end_datetime_utc"),
        instant("reference_timestamp"),
        index=(
            "shopfloor_id product_id end_datetime_utc",
            "shopfloor_id product_id start_datetime_utc end_datetime_utc",
            "shopfloor_id reference_timestamp",
            "shopfloor_id team_id",
        ),
    ),
    table(
        "tbl_equipment_hourly",
        ref("equipment_id", "tbl_equipments"),
        instant("start_datetime_utc"),
        ref("product_id", "tbl_products"),
        number("product_count"),
        index=("equipment_id product_id start_datetime_utc",),
    ),
    table(
        "tbl_shopfloor_hourly",
        ref("shopfloor_id", "tbl_shopfloors"),
        instant("start_datetime_utc"),
        ref("product_id", "tbl_products"),
        number("product_count"),
        index=("shopfloor_id product_id start_datetime_utc",),
    ),
    table(
        "tbl_shopfloors_products", ref("shopfloor_id", "tbl_shopfloors"), ref("product_id", "tbl_products")
    ),
    table("tbl_shopfloors_teams", ref("shopfloor_id", "tbl_shopfloors"), ref("team_id", "tbl_teams")),
    table(
        "tbl_space_hourly",
        ref("space_id", "tbl_spaces"),
        instant("start_datetime_utc"),
        ref("product_id", "tbl_products"),
        number("product_count"),
        index=("space_id product_id start_datetime_utc",),
    ),
    table("tbl_teams", text("name", 128), char36(), text("description", null=True), index=("name",)),
)
