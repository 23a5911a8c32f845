"""Runs a report: read what is asked for, build the value, render it. The same for every report there is."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ems_common.clock import utc_now

from ems_api.auth.permissions import Action, need_of
from ems_api.context import Context
from ems_api.errors import ApiError, Cause
from ems_api.reports import doubts, kept, tree, weather
from ems_api.reports.ask import Ask, Query, Ref, bounded, several
from ems_api.reports.facts import Facts
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.render import files, weather_papers
from ems_api.reports.render.document import Document
from ems_api.reports.render.paper_parts import doubted
from ems_api.reports.shapes import DATA_QUALITY, WEATHER
from ems_api.reports.site import Site
from ems_api.reports.texts import Texts
from ems_api.reports.weather import Weather
from ems_api.routing import Auth
from ems_api.schemas import Named, Shape
from ems_api.versions import CONFIG, Cache, Versions

CACHED_LOOK_UPS = 4096
_caches: WeakKeyDictionary[Versions, Cache] = WeakKeyDictionary()


class Wish(Protocol):
    """What every request for a report says about its form."""

    @property
    def language(self) -> str:
        """Wanted language, "" for English."""

    @property
    def wants_excel(self) -> bool:
        """Whether an Excel file belongs into the answer."""

    @property
    def wants_pdf(self) -> bool:
        """Whether a PDF file belongs into the answer."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report under one path.

    Attributes:
        path: Below ``/reports/``.
        read: Reads and checks the request; called with the context and the parameters of the path.
        build: Makes the value.
        answer: The value as JSON in MyEMS' shape.
        document: The value as a document; None when it has no files.
        auth: Who may ask.
        has_pdf: Whether a PDF file can be part of the answer.
        summary: One line for the OpenAPI document.
        query: Its parameters, for the same.
        several: Stem of the parameter that asks for several entities at once, "" when there is none; what is
            read is then an :class:`Ask`.
        energy: The energy that a baseline adjusted to the weather is made of; None for other reports.
        shape: What `answer` returns, in the words of `schemas`.
    """

    path: str
    read: Callable[..., Any]
    build: Callable[[Site, Any], Any]
    answer: Callable[[Any, Any], Any]
    document: Callable[[Any, Any, Texts], Document] | None = None
    auth: Auth = Auth.KEY
    has_pdf: bool = False
    summary: str = ""
    query: Query = ()
    several: str = ""
    energy: Quantity | None = None
    shape: Shape = "any"


def shape_of(report: Report) -> Shape:
    """What a request for a report is answered with, what every report adds to its value included."""
    name = "Report." + re.sub(r"\W+", ".", report.path)
    if not isinstance(report.shape, dict):
        return Named(name, report.shape)
    whole = report.shape | {"data_quality?": DATA_QUALITY}
    if report.several:
        whole["weather?"] = WEATHER
    if report.document is not None:
        whole["excel_bytes_base64"] = "string|null"
        if report.has_pdf:
            whole["pdf_bytes_base64"] = "string|null"
    one = Named(name, whole)
    return (one, {"reports": [one]}) if report.several else one


def surroundings(ctx: Context) -> Site:
    """What a report needs besides its request."""
    services = ctx.services
    cache = _caches.get(services.versions)
    if cache is None:
        cache = _caches.setdefault(services.versions, Cache(services.versions, CONFIG, CACHED_LOOK_UPS))
    return Site(ctx.dbs, Facts(ctx.dbs, cache), ctx.scope, services.settings.site.hour_minutes, cache)


def run(report: Report, ctx: Context, **path: str) -> Any:
    """Answer a request for a report.

    Raises:
        ApiError: A parameter is at fault, or the entity does not exist.
    """
    wish = report.read(ctx, **path)
    site = surroundings(ctx)
    refs = several(ctx, report.several, f"INVALID_{report.several.upper()}_ID") if report.several else []
    with kept.one_request():
        if refs:
            return _many(report, ctx, site, wish, refs)
        return _one(report, ctx, site, wish)


def _many(report: Report, ctx: Context, site: Site, wish: Ask, refs: Sequence[Ref]) -> Any:
    """The same report of several entities, in the order they were named; without files."""
    bounded(wish.base, wish.period_type, "base", len(refs))
    bounded(wish.reporting, wish.period_type, "reporting", len(refs))
    wishes = [replace(wish, ref=ref, wants_excel=False, wants_pdf=False) for ref in refs]
    return {"reports": [_one(report, ctx, site, one) for one in wishes]}


def _one(report: Report, ctx: Context, site: Site, wish: Any) -> Any:
    with doubts.counted() as found:
        value = report.build(site, wish)
    answer = report.answer(value, wish)
    if isinstance(answer, dict) and found.counts[0]:
        answer["data_quality"] = found.shares
    of_weather = _weather(report, ctx, site, wish, value)
    if of_weather is not None:
        answer["weather"] = weather.shown(of_weather, v1=ctx.v1)
    if report.document is not None:
        _attach(
            report, ctx, answer, wish, lambda: _document(report, ctx, site, value, wish, (found, of_weather))
        )
    return answer


def _weather(report: Report, ctx: Context, site: Site, wish: Any, value: Any) -> Weather | None:
    """The weather of a report about an entity, if it was asked for."""
    return weather.of_report(ctx, site, wish, value, report.energy) if report.several else None


def _attach(report: Report, ctx: Context, answer: Any, wish: Wish, make: Callable[[], Document]) -> None:
    if not isinstance(answer, dict):
        return
    answer["excel_bytes_base64"] = None
    if report.has_pdf:
        answer["pdf_bytes_base64"] = None
    wants_pdf = report.has_pdf and wish.wants_pdf
    if not wish.wants_excel and not wants_pdf:
        return
    if not may_export(ctx, report.path):
        return
    document = make()
    if wish.wants_excel:
        answer["excel_bytes_base64"] = base64.b64encode(files.make("xlsx", document)).decode("ascii")
    if wants_pdf:
        answer["pdf_bytes_base64"] = base64.b64encode(files.make("pdf", document)).decode("ascii")


def may_export(ctx: Context, path: str) -> bool:
    """Whether the caller may have a report as a file."""
    need = need_of(f"/reports/{path}", "GET", is_admins=False)
    return (need.module, Action.EXPORT) in ctx.identity.grant


def permit(report: Report, ctx: Context) -> None:
    """Refuse callers who may not take this report away as a file.

    Raises:
        ApiError: This one may not.
    """
    if not may_export(ctx, report.path):
        raise ApiError("INVALID_PRIVILEGE", Cause.DENIED, detail=f"you may not export {report.path}")


def document_of(report: Report, ctx: Context) -> Document:
    """A report as a document.

    Args:
        report: The report; it has a document.
        ctx: The request.

    Raises:
        ApiError: The caller may not export it, a parameter is at fault, or the entity does not exist.
    """
    permit(report, ctx)
    wish = report.read(ctx)
    site = surroundings(ctx)
    with kept.one_request():
        with doubts.counted() as found:
            value = report.build(site, wish)
        of_weather = _weather(report, ctx, site, wish, value)
    return _document(report, ctx, site, value, wish, (found, of_weather))


def _document(
    report: Report,
    ctx: Context,
    site: Site,
    value: Any,
    wish: Wish,
    beside: tuple[doubts.Doubts, Weather | None],
) -> Document:
    if report.document is None:
        raise ValueError(f"{report.path} has no files")
    texts = Texts.of(wish.language)
    found, of_weather = beside
    document = doubted(report.document(value, wish, texts), found, texts)
    if of_weather is not None:
        document = weather_papers.with_weather(document, of_weather, texts)
    return signed(document, ctx, site)


def signed(document: Document, ctx: Context, site: Site) -> Document:
    """A document with the site's name and logo, and the time it was made."""
    settings = ctx.services.settings.site
    root = next((space.name for space in tree.spaces(site).values() if space.parent_id is None), "")
    made = utc_now().astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
    return replace(
        document,
        site=settings.name or root,
        made=f"{made} ({settings.time_zone})",
        logo=settings.report_logo,
    )
