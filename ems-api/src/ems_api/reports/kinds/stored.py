"""Reports that were generated and stored as files, and a summary of faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ems_common.db.sql import compose

from ems_api.context import Context, Reply, path_id
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports.ask import Ask
from ems_api.reports.site import Site

REPORTING: Final = "reporting_db"
FDD: Final = "fdd_db"
_NOT_FOUND: Final = "ADVANCED_REPORT_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file."""

    id: int
    file_name: str
    uuid: str
    created: datetime
    file_type: str
    content: bytes


def read(ctx: Context) -> Ask:
    """Read a request for the files of a period.

    Raises:
        ApiError: A parameter is at fault.
    """
    return asking.read(ctx, None, has_period_type=False)


_COLUMNS: Final = "id, file_name, uuid, create_datetime_utc, file_type, file_object"


def of_period(site: Site, ask: Ask) -> list[StoredFile]:
    """The files that were made in a period, the newest first."""
    span = ask.reporting
    with site.dbs.reading(REPORTING) as session:
        rows = session.rows(
            compose(
                "SELECT {columns} FROM tbl_reports_files WHERE create_datetime_utc >= %s"
                " AND create_datetime_utc < %s ORDER BY create_datetime_utc DESC",
                columns=_COLUMNS,
            ),
            (span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)),
        )
    return [StoredFile(*row) for row in rows]


def one(ctx: Context, id_: str) -> StoredFile:
    """A stored file.

    Raises:
        ApiError: There is none of that key.
    """
    key = path_id(id_, "INVALID_ADVANCED_REPORT_ID")
    with ctx.dbs.reading(REPORTING) as session:
        row = session.row(
            compose("SELECT {columns} FROM tbl_reports_files WHERE id = %s", columns=_COLUMNS),
            (key,),
        )
    if row is None:
        raise missing(_NOT_FOUND)
    return StoredFile(*row)


def delete(ctx: Context, id_: str) -> Reply:
    """Delete a stored file; files belong to the site.

    Raises:
        ApiError: There is none of that key.
    """
    key = path_id(id_, "INVALID_ADVANCED_REPORT_ID")
    with ctx.dbs.session(REPORTING) as session:
        if not session.execute("DELETE FROM tbl_reports_files WHERE id = %s", (key,)):
            raise missing(_NOT_FOUND)
    return Reply(204)


def faults(site: Site, _wish: Any) -> Sequence[tuple[str, str, int]]:
    """Messages of rules by priority and state: (priority, state, count)."""
    with site.dbs.reading(FDD) as session:
        rows = session.rows(
            "SELECT priority, status, COUNT(*) FROM tbl_web_messages GROUP BY priority, status"
            " ORDER BY priority, status"
        )
    return [(priority, status, int(count)) for priority, status, count in rows]
