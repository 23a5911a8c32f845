"""Reports of stations as documents."""

from __future__ import annotations

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.station_energy import AskPoints, Parameters, StationEnergy
from ems_api.reports.render.document import NUMBER, Column, Document, Table
from ems_api.reports.render.papers import beside, details_charts, heading, of_curves
from ems_api.reports.stations import Station
from ems_api.reports.texts import Texts


def energy(report: StationEnergy, ask: Ask, texts: Texts, *, kind: Station, name: str) -> Document:
    """Flows of a station over a period."""
    now, unit = report.reporting, report.unit
    summary = [
        Column(texts("flow"), list(report.titles)),
        Column(texts("reporting_period"), now.totals, unit, NUMBER),
    ]
    if report.base is not None:
        summary.append(Column(texts("base_period"), report.base.totals, unit, NUMBER))
    details = [Column(texts("time"), now.buckets.labels)]
    details += [
        Column(title, now.values[row], unit, NUMBER, float(now.totals[row]))
        for row, title in enumerate(report.titles)
    ]
    tables = [
        Table(texts("summary"), summary),
        Table(texts("details"), details, details_charts(details, len(now.buckets), texts), texts("total")),
        *beside(report.curves, now.buckets, texts),
    ]
    facts = [(texts(f"kind.{kind.name}"), report.station.name), *heading(ask, texts)]
    file_name = f"{kind.name}-{report.station.id}-{name}"
    return Document(texts(f"report.{name}"), report.station.name, facts, tables, texts.language, file_name)


def parameters(report: Parameters, wish: Ask | AskPoints, texts: Texts) -> Document:
    """Readings of points."""
    ask = wish.ask if isinstance(wish, AskPoints) else wish
    title = texts("report.reportingparameters")
    subtitle = report.station.name if report.station is not None else ""
    tables = of_curves(report.curves, ask, texts)
    return Document(title, subtitle, heading(ask, texts), tables, texts.language, "station-parameters")
