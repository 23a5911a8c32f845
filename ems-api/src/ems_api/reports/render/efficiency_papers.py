"""Efficiency reports as documents."""

from __future__ import annotations

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.efficiency import EquipmentEfficiency, Flow, SpaceEfficiency
from ems_api.reports.render.document import LINE, NUMBER, PERCENT, Column, Document, Figure, Table
from ems_api.reports.render.efficiency import ratio
from ems_api.reports.render.paper_parts import beside, by_unit, named, quality_column, times, titled
from ems_api.reports.texts import Texts


def of_space(report: SpaceEfficiency, wish: Ask, texts: Texts, *, name: str) -> Document:
    """Output per input of a space."""
    into, out = report.input.reporting, report.output.reporting
    details = [times(into.buckets.labels, texts)]
    rows = []
    for o, i in report.pairs:
        title = f"{report.output.parts[o].name} / {report.input.parts[i].name}"
        unit = f"{report.output.parts[o].unit}/{report.input.parts[i].unit}"
        details.append(Column(title, ratio(out.values[o], into.values[i]), unit, NUMBER))
        rows.append((title, unit, float(ratio(out.totals[o : o + 1], into.totals[i : i + 1])[0])))
    lines = by_unit(LINE, texts("details"), details)
    details += quality_column(into.quality, [part.name for part in report.input.parts], texts)
    summary = [
        Column(texts("name"), [row[0] for row in rows]),
        Column(texts("unit"), [row[1] for row in rows]),
        Column(texts("efficiency"), [row[2] for row in rows], form=NUMBER),
    ]
    tables = [
        named(texts, "summary", summary),
        _flow(report.input, "input", texts),
        _flow(report.output, "output", texts),
        named(texts, "details", details, lines),
        *beside(report.curves, into.buckets, texts),
    ]
    figures = [Figure(title, value, unit) for title, unit, value in rows]
    return titled(name, report.entity, wish, texts, tables, figures=figures, quality=into.quality)


def _flow(flow: Flow, title: str, texts: Texts) -> Table:
    columns = [
        Column(texts("category"), [part.name for part in flow.parts]),
        Column(texts("unit"), [part.unit for part in flow.parts]),
        Column(texts("reporting_period"), flow.reporting.totals, form=NUMBER),
        Column(texts("estimated_share"), flow.reporting.quality.estimated, form=PERCENT),
        Column(texts("missing_share"), flow.reporting.quality.missing, form=PERCENT),
    ]
    return named(texts, title, columns)


def of_equipment(report: EquipmentEfficiency, wish: Ask, texts: Texts, *, name: str) -> Document:
    """The fractions of an equipment."""
    of = report.fractions
    tops = np.array([fraction.numerator.total for fraction in of])
    bottoms = np.array([fraction.denominator.total for fraction in of])
    summary = [
        Column(texts("name"), [fraction.name for fraction in of]),
        Column(texts("numerator"), tops, form=NUMBER),
        Column(texts("denominator"), bottoms, form=NUMBER),
        Column(texts("efficiency"), ratio(tops, bottoms), form=NUMBER),
    ]
    details = [times(report.buckets.labels, texts)]
    for fraction in of:
        unit = f"{fraction.numerator.unit}/{fraction.denominator.unit}"
        values = ratio(fraction.numerator.values, fraction.denominator.values)
        details.append(Column(fraction.name, values, unit, NUMBER))
    tables = [
        named(texts, "summary", summary),
        named(texts, "details", details, by_unit(LINE, texts("details"), details)),
        *beside(report.curves, report.buckets, texts),
    ]
    return titled(name, report.entity, wish, texts, tables)
