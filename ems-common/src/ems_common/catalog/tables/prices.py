"""Energy categories and items, tariffs, cost centres, budgets."""

from __future__ import annotations

from ems_common.catalog.model import Table, char36, day, instant, number, ref, table, text, time_of_day

TABLES: tuple[Table, ...] = (
    table(
        "tbl_budgets",
        text("name", 128),
        char36(),
        ref("space_id", "tbl_spaces", null=True),
        ref("tenant_id", "tbl_tenants", null=True),
        text("measure", 8, choices=("energy", "cost", "carbon")),
        ref("energy_category_id", "tbl_energy_categories", null=True),
        text("period", 8, choices=("month", "year")),
        day("starts_on"),
        number("amount"),
        text("description", null=True),
        index=("space_id", "tenant_id"),
    ),
    table(
        "tbl_cost_centers", text("name", 128), char36(), text("external_id", 36, null=True), index=("name",)
    ),
    table(
        "tbl_energy_categories",
        text("name", 128),
        char36(),
        text("unit_of_measure", 32),
        number("kgce"),
        number("kgco2e"),
        index=("name",),
    ),
    table(
        "tbl_energy_items",
        text("name", 128),
        char36(),
        ref("energy_category_id", "tbl_energy_categories"),
        index=("name",),
    ),
    table(
        "tbl_tariffs",
        text("name", 128),
        char36(),
        ref("energy_category_id", "tbl_energy_categories"),
        text("tariff_type", 45),
        text("unit_of_price", 45),
        instant("valid_from_datetime_utc"),
        instant("valid_through_datetime_utc"),
        index=("name", "energy_category_id valid_from_datetime_utc valid_through_datetime_utc"),
    ),
    table(
        "tbl_tariffs_timeofuses",
        ref("tariff_id", "tbl_tariffs"),
        time_of_day("start_time_of_day"),
        time_of_day("end_time_of_day"),
        text("peak_type", 8, choices=("toppeak", "onpeak", "midpeak", "offpeak", "deep")),
        number("price"),
        index=("tariff_id start_time_of_day",),
    ),
)
