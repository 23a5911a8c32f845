"""Tables that every database has, and those that all hourly databases have."""

from __future__ import annotations

from ems_common.catalog.model import Column, Table, big, instant, integer, number, table, text

TABLES: tuple[Table, ...] = (
    table(
        "tbl_change_journal",
        text("kind", 32),
        text("entity_kind", 32),
        big("entity_id"),
        instant("from_utc", precision=6),
        instant("to_utc", precision=6),
        instant("created_utc", precision=6),
        text("reason"),
        index=("kind id",),
    ),
    table(
        "tbl_migrations",
        text("name", 128),
        instant("applied_utc"),
        key="name",
    ),
    table(
        "tbl_leases",
        text("name", 64),
        text("holder", 128),
        instant("until_utc", precision=3),
        key="name",
    ),
)

OF_HOURS: tuple[Table, ...] = (
    table(
        "tbl_content_versions",
        text("table_name", 64),
        integer("shard"),
        big("version"),
        key="table_name shard",
    ),
    table(
        "tbl_rollups",
        text("table_name", 64),
        text("zone", 64),
        instant("through_utc"),
        instant("reached_utc"),
        unique=("table_name",),
    ),
    table(
        "tbl_daily_sums",
        big("rollup_id"),
        big("entity_id"),
        big("part_id"),
        instant("start_datetime_utc"),
        number("total"),
        *(Column(name, "SMALLINT UNSIGNED") for name in ("slots", "estimated", "incomplete", "provisional")),
        key="rollup_id entity_id part_id start_datetime_utc",
    ),
)
