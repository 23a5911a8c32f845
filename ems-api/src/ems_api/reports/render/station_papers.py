"""Reports of stations as documents."""

from __future__ import annotations

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.station_energy import AskPoints, Parameters, StationEnergy
from ems_api.reports.render.document import NUMBER, PERCENT, Block, Column, Document, Figure, Figures
from ems_api.reports.render.paper_parts import (
    MOST_FIGURES,
    beside,
    details_charts,
    heading,
    named,
    of_curves,
    quality_column,
    times,
    trust,
)
from ems_api.reports.stations import Station
from ems_api.reports.texts import Texts


def energy(report: StationEnergy, ask: Ask, texts: Texts, *, kind: Station, name: str) -> Document:
    """Flows of a station over a period."""
    now, unit = report.reporting, report.unit
    titles = [flow_title(title, texts) for title in report.titles]
    summary = [
        Column(texts("flow"), titles),
        Column(texts("reporting_period"), now.totals, unit, NUMBER),
    ]
    if report.base is not None:
        summary.append(Column(texts("base_period"), report.base.totals, unit, NUMBER))
    details = [times(now.buckets.labels, texts)]
    details += [
        Column(title, now.values[row], unit, NUMBER, float(now.totals[row]))
        for row, title in enumerate(titles)
    ]
    summary.append(Column(texts("estimated_share"), now.quality.estimated, form=PERCENT))
    summary.append(Column(texts("missing_share"), now.quality.missing, form=PERCENT))
    charts = details_charts(details, len(now.buckets), texts)
    details += quality_column(now.quality, titles, texts)
    totals = [Figure(title, float(total), unit) for title, total in zip(titles, now.totals, strict=True)]
    blocks: list[Block] = [Figures("", totals[:MOST_FIGURES])] if totals else []
    blocks += [
        named(texts, "summary", summary),
        named(texts, "details", details, charts, texts("total")),
        *beside(report.curves, now.buckets, texts),
    ]
    facts = [(texts(f"kind.{kind.name}"), report.station.name), *heading(ask, texts)]
    facts += trust(now.quality, texts)
    file_name = f"{kind.name}-{report.station.id}-{name}"
    return Document(texts(f"report.{name}"), report.station.name, facts, blocks, texts.language, file_name)


def flow_title(title: str, texts: Texts) -> str:
    """The title of a flow in the reader's language; a device's name before it stays."""
    device, dash, flow = title.rpartition(" - ")
    return f"{device}{dash}{texts(flow)}"


def parameters(report: Parameters, wish: Ask | AskPoints, texts: Texts) -> Document:
    """Readings of points."""
    ask = wish.ask if isinstance(wish, AskPoints) else wish
    title = texts("report.reportingparameters")
    subtitle = report.station.name if report.station is not None else ""
    tables = of_curves(report.curves, ask, texts)
    asked = heading(ask, texts, has_buckets=False)
    return Document(title, subtitle, asked, tables, texts.language, "station-parameters")
