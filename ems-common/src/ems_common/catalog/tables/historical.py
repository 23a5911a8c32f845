"""Raw readings, the latest of each point, verdicts on them, and uploaded files."""

from __future__ import annotations

from ems_common.catalog.model import Column, Table, blob, char36, flag, instant, number, ref, table, text

VALUE_TYPES = {
    "analog": Column("actual_value", "DECIMAL(21,6)"),
    "energy": Column("actual_value", "DECIMAL(21,6)"),
    "digital": Column("actual_value", "INT"),
    "text": Column("actual_value", "LONGTEXT"),
}
"""Kind of point (``ANALOG_VALUE`` …, lower case, without ending) → its value column."""


def _history(kind: str) -> Table:
    return table(
        f"tbl_{kind}_value",
        ref("point_id", "tbl_points"),
        instant("utc_date_time", precision=3),
        VALUE_TYPES[kind],
        flag("is_bad", null=True),
        flag("is_published", null=True),
        key="point_id utc_date_time",
        partitioned_by="utc_date_time",
    )


def _latest(kind: str) -> Table:
    return table(
        f"tbl_{kind}_value_latest",
        ref("point_id", "tbl_points"),
        instant("utc_date_time", precision=3),
        VALUE_TYPES[kind],
        key="point_id",
    )


def _files(name: str, *statuses: str) -> Table:
    return table(
        name,
        text("file_name"),
        char36(),
        instant("upload_datetime_utc"),
        text("status", 45, choices=statuses),
        blob("file_object"),
        Column("report", "LONGTEXT", null=True, json=True),
    )


TABLES: tuple[Table, ...] = (
    *(make(kind) for kind in VALUE_TYPES for make in (_history, _latest)),
    _files("tbl_cost_files", "new", "done", "error"),
    # Asked by "undo", a repair is taken back, and is "undone".
    _files("tbl_data_repair_files", "new", "done", "error", "undo", "undone"),
    _files("tbl_energy_plan_files", "new", "done", "error"),
    _files("tbl_offline_meter_files", "new", "done", "error"),
    table(
        "tbl_reading_verdicts",
        ref("point_id", "tbl_points"),
        instant("utc_date_time", precision=3),
        text("rule", 32),
        text("detail"),
        instant("judged_utc", precision=3),
        key="point_id utc_date_time rule",
    ),
    table(
        "tbl_cleaning_watermarks",
        ref("point_id", "tbl_points"),
        instant("judged_through_utc", precision=3),
        key="point_id",
    ),
    # Old readings of a kind are dropped by policy: what depends on them can be computed again from here on.
    table("tbl_retention", text("kind", 16), instant("complete_from_utc"), key="kind"),
    # What stands in for readings that are missing or bad; the readings themselves stay as they are. `method`
    # says how it was estimated. Cleaning replaces these rows as it judges; they go when the rule is off.
    table(
        "tbl_estimated_readings",
        ref("point_id", "tbl_points"),
        instant("utc_date_time", precision=3),
        number("actual_value"),
        text("method", 32),
        key="point_id utc_date_time",
    ),
    # What repair files have replaced, so that a repair can be undone. A row with `new_value` also says that
    # this reading was put there by a person: cleaning trusts it as long as it still has that value.
    table(
        "tbl_repaired_readings",
        ref("file_id", "tbl_data_repair_files"),
        ref("point_id", "tbl_points"),
        instant("utc_date_time", precision=3),
        number("old_value", null=True),
        flag("old_is_bad", null=True),
        number("new_value", null=True),
        instant("applied_utc", precision=6),
        key="file_id point_id utc_date_time",
        index=("point_id utc_date_time",),
    ),
)
