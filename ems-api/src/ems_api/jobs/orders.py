"""Orders: which report or saved document is wanted, of which period, in which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from ems_common.clock import utc_now

from ems_api.context import Context, Identity, Services
from ems_api.errors import ApiError, Cause, invalid, missing
from ems_api.jobs import relative
from ems_api.jobs.asking import context
from ems_api.reports import engine
from ems_api.reports.engine import Report
from ems_api.reports.entities import BY_NAME
from ems_api.reports.render.document import Document
from ems_api.reports.render.files import FORMS
from ems_api.reports.table import REPORTS

T = TypeVar("T")
Value = str | int | float | bool
Progress = Callable[[int], None]
WITH_FILES: Final = {report.path: report for report in REPORTS if report.document is not None}
MOST_PARAMETERS: Final = 40


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose report it is, such as ``{"kind": "space", "id": 1}``."""

    kind: str
    id: int = 0
    uuid: str = ""


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report of a period.

    Attributes:
        report: Path of a report, such as ``spacecost``; with an entity its last part is enough: ``cost``.
        entity: Whose; else the parameters say so.
        parameters: Of the report, as in its query.
        period: One of :data:`ems_api.jobs.relative.PERIODS`; else the parameters hold the period.
        compare: One of :data:`ems_api.jobs.relative.COMPARISONS`.
    """

    report: str = ""
    entity: Entity | None = None
    parameters: dict[str, Value] = {}
    period: str = ""
    compare: str = ""


class Order(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a client orders.

    Attributes:
        document: UUID of a saved document, instead of a report.
        form: One of :data:`ems_api.reports.render.files.FORMS`.
        chart: Name of the chart, where the form is a picture.
        language: Of the file.
        timezone: Zone of periods, "" for the site's.
        currency: Unit of cost, "" for the site's.
    """

    document: str = ""
    form: str = "pdf"
    chart: str = ""
    language: str = "en"
    timezone: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """In whose name, in which language and zone reports are asked for."""

    services: Services
    identity: Identity
    language: str = ""
    timezone: str = ""
    currency: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of periods.

        Raises:
            ApiError: There is none of that name.
        """
        return zone_of(self.timezone) if self.timezone else self.services.settings.site.zone


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        ApiError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid("INVALID_TIMEZONE", field="timezone", detail="such as Europe/Berlin") from None


def parsed(given: Any, kind: type[T], key: str) -> T:
    """A part of a request body, checked.

    Raises:
        ApiError: A member is unknown, missing or of the wrong kind; the detail says which.
    """
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as ex:
        raise invalid(key, detail=str(ex)) from None


def read_order(given: Any) -> Order:
    """An order of a request body.

    Raises:
        ApiError: It is none.
    """
    order = parsed(given, Order, "INVALID_REPORT_ORDER")
    if bool(order.document) == bool(order.report):
        raise invalid("INVALID_REPORT_ORDER", field="report", detail="an order names a report or a document")
    if order.form not in FORMS:
        raise invalid("INVALID_FORM", field="form", detail=f"form is one of {', '.join(FORMS)}")
    return order


def report_of(wanted: Wanted) -> tuple[Report, dict[str, str]]:
    """The report that is wanted, and its parameters without the period.

    Raises:
        ApiError: There is no such report, or it has no files.
    """
    path, parameters = wanted.report, {name: _text(value) for name, value in wanted.parameters.items()}
    if len(parameters) > MOST_PARAMETERS:
        raise invalid("INVALID_REPORT_ORDER", field="parameters")
    if wanted.entity is not None:
        kind = BY_NAME.get(wanted.entity.kind)
        if kind is None:
            known = ", ".join(BY_NAME)
            raise invalid("INVALID_ENTITY", field="entity.kind", detail=f"entity.kind is one of {known}")
        path = path if path in WITH_FILES else f"{kind.route}{path}"
        name = "uuid" if wanted.entity.uuid else "id"
        parameters[f"{kind.route}{name}"] = wanted.entity.uuid or str(wanted.entity.id)
    report = WITH_FILES.get(path)
    if report is None:
        raise ApiError("REPORT_NOT_FOUND", Cause.MISSING, detail=f"there is no report {path[:80]} with files")
    return report, parameters


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _query(wanted: Wanted, parameters: Mapping[str, str], asker: Asker, now: datetime) -> dict[str, str]:
    query = {"periodtype": "daily", "quickmode": "false", **parameters}
    for name in ("language", "timezone", "currency"):
        if getattr(asker, name):
            query.setdefault(name, getattr(asker, name))
    if wanted.period:
        reporting, base = relative.resolve(wanted.period, wanted.compare, now, asker.zone)
        for name, span in (("reporting", reporting), ("base", base)):
            if span is not None:
                query[f"{name}periodstartdatetime"] = span.start_utc.isoformat()
                query[f"{name}periodenddatetime"] = span.end_utc.isoformat()
    return query


def request_of(wanted: Wanted, asker: Asker, now: datetime | None = None) -> tuple[Report, Context]:
    """The request that asks for a report.

    Raises:
        ApiError: There is no such report or period.
    """
    report, parameters = report_of(wanted)
    query = _query(wanted, parameters, asker, now or utc_now())
    return report, context(asker.services, asker.identity, f"/reports/{report.path}", query)


def check(wanted: Wanted, asker: Asker) -> None:
    """Check what can be checked without reading data.

    Raises:
        ApiError: A parameter is at fault, or the asker may not have the report.
    """
    report, ctx = request_of(wanted, asker)
    engine.permit(report, ctx)
    report.read(ctx)


def document_of(wanted: Wanted, asker: Asker, now: datetime | None = None) -> Document:
    """A report as a document.

    Raises:
        ApiError: A parameter is at fault, or the entity is not to be seen by the asker.
    """
    report, ctx = request_of(wanted, asker, now)
    return engine.document_of(report, ctx)


def not_found() -> ApiError:
    """There is no such saved document, or it is somebody else's."""
    return missing("REPORT_DOCUMENT_NOT_FOUND")
