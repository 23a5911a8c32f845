"""Generated reports and their files."""

from __future__ import annotations

from ems_common.catalog.model import Table, blob, char36, flag, instant, longtext, ref, table, text

TABLES: tuple[Table, ...] = (
    table(
        "tbl_email_messages",
        text("recipient_name", 128),
        text("recipient_email", 128),
        text("subject", 128),
        longtext("message"),
        text("attachment_file_name", 128, null=True),
        blob("attachment_file_object", null=True),
        instant("created_datetime_utc"),
        instant("scheduled_datetime_utc"),
        text("status", 32, choices=("new", "sent", "timeout")),
        index=("status scheduled_datetime_utc",),
    ),
    table(
        "tbl_reports",
        text("name", 128),
        char36(),
        longtext("expression", null=True, json=True),
        flag("is_enabled"),
        instant("last_run_datetime_utc", null=True),
        instant("next_run_datetime_utc", null=True),
        flag("is_run_immediately"),
        index=("name",),
    ),
    table(
        "tbl_reports_files",
        char36(),
        instant("create_datetime_utc"),
        text("file_name"),
        text("file_type", 45, choices=("xlsx", "pdf", "docx")),
        blob("file_object"),
        index=("file_name", "create_datetime_utc"),
    ),
    table(
        "tbl_template_files",
        char36(),
        ref("report_id", "tbl_reports"),
        text("file_name"),
        text("file_type", 45, choices=("xlsx", "pdf", "docx")),
        blob("file_object"),
        index=("file_name", "report_id"),
    ),
)
