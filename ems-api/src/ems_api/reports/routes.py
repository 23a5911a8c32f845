"""Routes of the reports, made from the table."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from ems_api.context import NOTHING, Context
from ems_api.errors import invalid, missing
from ems_api.reports import engine
from ems_api.reports.engine import Report
from ems_api.reports.render import files, pictures
from ems_api.reports.render.files import FORMS
from ems_api.reports.specials import OTHER_ROUTES
from ems_api.reports.table import REPORTS
from ems_api.routing import FILE, Auth, Route, get
from ems_api.schemas import components, schema

WITH_FILES: Final = {report.path: report for report in REPORTS if report.document is not None}
"""Reports that have files, by their path."""
_CHUNK_BYTES: Final = 65_536


def report_routes() -> list[Route]:
    """All report routes."""
    files = get("/reports/{kind}.{form}", Auth.KEY, _file, summary="A report as a file.", media_type=FILE)
    return [*(_route(report) for report in REPORTS), *OTHER_ROUTES, files]


def _route(report: Report) -> Route:
    def run(ctx: Context, **path: str) -> Any:
        return engine.run(report, ctx, **path)

    return get(
        f"/reports/{report.path}",
        report.auth,
        run,
        summary=report.summary,
        query=report.query,
        answer=schema(engine.shape_of(report)),
    )


def report_components() -> dict[str, Any]:
    """The schemas that the answers of reports refer to, by name."""
    return components(engine.shape_of(report) for report in REPORTS)


def _file(ctx: Context, kind: str, form: str) -> Any:
    report = WITH_FILES.get(kind)
    if report is None or form not in FORMS:
        raise missing("NOT_FOUND")
    document = engine.document_of(report, ctx)
    chart = ctx.query("chart")
    content = files.make(form, document, chart)
    if FORMS[form].draw is not None:
        ctx.resp.set_header("X-Charts", ", ".join(pictures.names(document)))
        if not content:
            there = ", ".join(pictures.names(document)) or "none"
            raise invalid("INVALID_CHART", field="chart", detail=f"the report's charts are: {there}")
    send_file(ctx, content, f"{document.file_name}.{form}", FORMS[form].media_type)
    return NOTHING


def send_file(ctx: Context, content: bytes, name: str, media_type: str) -> None:
    """Stream a file to the client."""
    file_headers(ctx, name, media_type, len(content))
    ctx.resp.stream = (
        content[start : start + _CHUNK_BYTES] for start in range(0, len(content), _CHUNK_BYTES)
    )


def file_headers(ctx: Context, name: str, media_type: str, size_bytes: int) -> None:
    """Say what file is coming."""
    ctx.resp.content_type = media_type
    ctx.resp.content_length = size_bytes
    ctx.resp.set_header("Content-Disposition", disposition(name))
    # What a browser is sent as a picture stays one: a drawing runs no script.
    ctx.resp.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
    ctx.resp.set_header("X-Content-Type-Options", "nosniff")


def disposition(name: str) -> str:
    """The header that names a file to be saved; RFC 6266 for what is not ASCII."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
