"""Routes of the reports, made from the table."""

from __future__ import annotations

from typing import Any

from ems_api.context import Context
from ems_api.reports import engine
from ems_api.reports.engine import Report
from ems_api.reports.specials import OTHER_ROUTES
from ems_api.reports.table import REPORTS
from ems_api.routing import Route, get


def report_routes() -> list[Route]:
    """All report routes."""
    return [*(_route(report) for report in REPORTS), *OTHER_ROUTES]


def _route(report: Report) -> Route:
    def run(ctx: Context, **path: str) -> Any:
        return engine.run(report, ctx, **path)

    return get(f"/reports/{report.path}", report.auth, run, summary=report.summary)
