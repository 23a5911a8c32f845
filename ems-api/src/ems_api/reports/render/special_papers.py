"""Reports of one kind only, as documents."""

from __future__ import annotations

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.balance import Balance
from ems_api.reports.kinds.bill import Bill
from ems_api.reports.kinds.networks import AskDiagram, Diagram
from ems_api.reports.kinds.power_quality import PowerQuality
from ems_api.reports.kinds.readings import Measured
from ems_api.reports.kinds.tracking import AskListed, AskMeters, Listing, Tracking
from ems_api.reports.model import sum_of_known
from ems_api.reports.render.document import FLOW, NUMBER, PERCENT, Chart, Column, Document, Figure, Figures
from ems_api.reports.render.paper_parts import (
    beside,
    details_charts,
    heading,
    named,
    of_curves,
    times,
    titled,
)
from ems_api.reports.texts import Texts


def trend(report: Measured, ask: Ask, texts: Texts) -> Document:
    """Readings of a meter's points."""
    tables = of_curves([*report.curves, *report.tariffs], ask, texts)
    return titled("trend", report.entity, ask, texts, tables, has_buckets=False)


def tracking(report: Tracking, wish: AskMeters, texts: Texts) -> Document:
    """Registers of the meters below a space."""
    lines = report.lines["meter"]
    columns = [
        Column(texts("name"), [line.meter.name for line in lines]),
        Column(texts("space"), [line.meter.space_name for line in lines]),
        Column(texts("cost_center"), [line.meter.cost_center_name for line in lines]),
        Column(texts("category"), [report.category_names.get(line.meter.category_id, "") for line in lines]),
        Column(texts("start_value"), [line.start for line in lines], form=NUMBER),
        Column(texts("end_value"), [line.end for line in lines], form=NUMBER),
        Column(texts("difference"), [line.difference for line in lines], form=NUMBER),
    ]
    facts = [(texts("kind.space"), report.space.name), *heading(wish.ask, texts, has_buckets=False)]
    tables = [named(texts, "details", columns)]
    title, name = texts("report.tracking"), f"meter-tracking-{report.space.id}"
    return Document(title, report.space.name, facts, tables, texts.language, name)


def balance(report: Balance, ask: Ask, texts: Texts) -> Document:
    """A master meter against its submeters."""
    unit = report.category.unit
    columns = [
        times(report.buckets.labels, texts),
        Column(texts("master_meter"), report.master, unit, NUMBER, float(sum_of_known(report.master))),
        Column(texts("submeters"), report.parts, unit, NUMBER, float(sum_of_known(report.parts))),
        Column(texts("difference"), report.difference, unit, NUMBER, float(sum_of_known(report.difference))),
    ]
    charts = details_charts(columns, len(report.buckets), texts)
    tables = [
        named(
            texts,
            "submeters",
            [
                Column(texts("name"), list(report.submeters)),
                Column(texts("total"), report.totals, unit, NUMBER),
            ],
        ),
        named(texts, "details", columns, charts, texts("total")),
        *beside(report.curves, report.buckets, texts),
    ]
    sums = (("master_meter", report.master), ("submeters", report.parts), ("difference", report.difference))
    figures = [Figure(texts(key), float(sum_of_known(values)), unit) for key, values in sums]
    return titled("submetersbalance", report.entity, ask, texts, tables, figures=figures)


def bill(report: Bill, ask: Ask, texts: Texts) -> Document:
    """What a tenant owes."""
    columns = [
        Column(texts("category"), [part.name for part in report.parts]),
        Column(texts("unit"), [part.unit for part in report.parts]),
        Column(texts("quantity"), report.energy, form=NUMBER),
        Column(texts("cost"), report.cost, report.unit, NUMBER, report.total_cost),
    ]
    more = report.tenant.more
    rooms = " / ".join(str(more[name]) for name in ("buildings", "floors", "rooms") if more[name])
    facts = [
        (texts("lessee"), report.tenant.name),
        (texts("lease_number"), str(more["lease_number"])),
        (texts("rooms"), rooms),
        *heading(ask, texts, has_buckets=False),
    ]
    table = named(texts, "bill", columns, (), texts("total"))
    total = Figures("", [Figure(texts("total"), report.total_cost, report.unit)])
    name = f"bill-{report.tenant.id}-{ask.reporting.start_utc:%Y-%m-%d}"
    return Document(texts("report.bill"), report.tenant.name, facts, [total, table], texts.language, name)


def diagram(report: Diagram, wish: AskDiagram, texts: Texts) -> Document:
    """An energy flow diagram as a list of its flows."""
    columns = [
        Column(texts("source"), [link.source for link in report.links]),
        Column(texts("target"), [link.target for link in report.links]),
        Column(texts("value"), [link.energy for link in report.links], form=NUMBER),
    ]
    title = texts("report.energyflowdiagram")
    tables = [named(texts, "flow", columns, [Chart(FLOW, texts("flow"), 0, [2])])]
    facts = heading(wish.ask, texts, has_buckets=False)
    return Document(title, report.name, facts, tables, texts.language, f"energy-flow-{wish.diagram_id}")


def power_quality(report: PowerQuality, ask: Ask, texts: Texts) -> Document:
    """How a meter's readings keep to their limits."""
    found = report.findings
    columns = [
        Column(texts("point"), [finding.name for finding in found]),
        Column(texts("type"), [texts(f"quality.{finding.kind}") for finding in found]),
        Column(texts("limit"), [finding.limit for finding in found], form=NUMBER),
        Column(texts("compliance"), [_ratio(finding.compliance_pct) for finding in found], form=PERCENT),
        Column(texts("worst"), [finding.worst for finding in found], form=NUMBER),
    ]
    tables = [named(texts, "summary", columns), *of_curves(report.measured.curves, ask, texts)]
    return titled("powerquality", report.measured.entity, ask, texts, tables, has_buckets=False)


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def listing(report: Listing, _wish: AskListed, texts: Texts) -> Document:
    """The equipment below a space."""
    lines = report.lines
    columns = [
        Column(texts("name"), [line.name for line in lines]),
        Column(texts("space"), [line.space_name for line in lines]),
        Column(texts("cost_center"), [line.cost_center_name for line in lines]),
        Column(texts("description"), [line.description for line in lines]),
    ]
    facts = [(texts("kind.space"), report.space.name)]
    title, name = texts("report.tracking"), f"equipment-tracking-{report.space.id}"
    return Document(title, report.space.name, facts, [named(texts, "details", columns)], texts.language, name)
