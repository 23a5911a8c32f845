"""Efficiency reports as documents."""

from __future__ import annotations

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.efficiency import EquipmentEfficiency, Flow, SpaceEfficiency
from ems_api.reports.render.document import LINE, NUMBER, Chart, Column, Document, Table
from ems_api.reports.render.efficiency import ratio
from ems_api.reports.render.papers import beside, titled
from ems_api.reports.texts import Texts


def of_space(report: SpaceEfficiency, wish: Ask, texts: Texts, *, name: str) -> Document:
    """Output per input of a space."""
    into, out = report.input.reporting, report.output.reporting
    details = [Column(texts("time"), into.buckets.labels)]
    rows = []
    for o, i in report.pairs:
        title = f"{report.output.parts[o].name} / {report.input.parts[i].name}"
        unit = f"{report.output.parts[o].unit}/{report.input.parts[i].unit}"
        details.append(Column(title, ratio(out.values[o], into.values[i]), unit, NUMBER))
        rows.append((title, unit, float(ratio(out.totals[o : o + 1], into.totals[i : i + 1])[0])))
    summary = [
        Column(texts("name"), [row[0] for row in rows]),
        Column(texts("unit"), [row[1] for row in rows]),
        Column(texts("efficiency"), [row[2] for row in rows], form=NUMBER),
    ]
    tables = [
        Table(texts("summary"), summary),
        _flow(report.input, "input", texts),
        _flow(report.output, "output", texts),
        Table(texts("details"), details, _lines(details, texts)),
        *beside(report.curves, into.buckets, texts),
    ]
    return titled(name, report.entity, wish, texts, tables)


def _lines(columns: list[Column], texts: Texts) -> list[Chart]:
    return [Chart(LINE, texts("details"), 0, list(range(1, len(columns))))] if len(columns) > 1 else []


def _flow(flow: Flow, title: str, texts: Texts) -> Table:
    return Table(
        texts(title),
        [
            Column(texts("category"), [part.name for part in flow.parts]),
            Column(texts("unit"), [part.unit for part in flow.parts]),
            Column(texts("reporting_period"), flow.reporting.totals, form=NUMBER),
        ],
    )


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
    details = [Column(texts("time"), report.buckets.labels)]
    for fraction in of:
        unit = f"{fraction.numerator.unit}/{fraction.denominator.unit}"
        values = ratio(fraction.numerator.values, fraction.denominator.values)
        details.append(Column(fraction.name, values, unit, NUMBER))
    tables = [
        Table(texts("summary"), summary),
        Table(texts("details"), details, _lines(details, texts)),
        *beside(report.curves, report.buckets, texts),
    ]
    return titled(name, report.entity, wish, texts, tables)
