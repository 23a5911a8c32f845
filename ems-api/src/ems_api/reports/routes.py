"""Routes of the reports, made from the table."""

from __future__ import annotations

from typing import Any, Final

from ems_api.context import NOTHING, Context
from ems_api.errors import missing
from ems_api.reports import engine
from ems_api.reports.engine import Report
from ems_api.reports.render.files import FORMS
from ems_api.reports.specials import OTHER_ROUTES
from ems_api.reports.table import REPORTS
from ems_api.routing import Auth, Route, get

_WITH_FILES: Final = {report.path: report for report in REPORTS if report.document is not None}


def report_routes() -> list[Route]:
    """All report routes."""
    files = get("/reports/{kind}.{form}", Auth.KEY, _file, summary="A report as a file.")
    return [*(_route(report) for report in REPORTS), *OTHER_ROUTES, files]


def _route(report: Report) -> Route:
    def run(ctx: Context, **path: str) -> Any:
        return engine.run(report, ctx, **path)

    return get(f"/reports/{report.path}", report.auth, run, summary=report.summary, query=report.query)


def _file(ctx: Context, kind: str, form: str) -> Any:
    report = _WITH_FILES.get(kind)
    if report is None or form not in FORMS:
        raise missing("NOT_FOUND")
    content, name = engine.run_file(report, form, ctx)
    if not content:
        raise missing("NOT_FOUND")
    ctx.resp.data = content
    ctx.resp.content_type = FORMS[form].media_type
    ctx.resp.set_header("Content-Disposition", f'attachment; filename="{name}.{form}"')
    return NOTHING
