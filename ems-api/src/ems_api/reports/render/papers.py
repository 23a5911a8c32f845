"""Report values as documents: which facts, tables and charts each kind has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, Instants, local_labels
from ems_api.reports.entities import BY_NAME
from ems_api.reports.kinds.comparison import Comparison, Pair
from ems_api.reports.kinds.meters import MeterReport
from ems_api.reports.kinds.profiles import LoadReport, StatisticsReport
from ems_api.reports.model import Part, SumReport, sum_of_known
from ems_api.reports.render import pieces
from ems_api.reports.render.document import (
    BAR,
    LINE,
    NUMBER,
    PERCENT,
    PIE,
    TIME,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Table,
)
from ems_api.reports.render.paper_parts import (
    MOST_BARS,
    NOTHING,
    beside,
    by_unit,
    details_charts,
    heading,
    named,
    part_figures,
    quality_column,
    times,
    titled,
)
from ems_api.reports.render.profiles import STATISTICS
from ems_api.reports.render.sums import Style
from ems_api.reports.texts import Texts


def of_sums(report: SumReport, wish: Ask, texts: Texts, *, name: str, style: Style) -> Document:
    """A quantity by category or item."""
    tables = [
        _summary(report, style, texts),
        _peaks(report, texts) if style.peaks else NOTHING,
        _days(report, texts) if style.days and report.entity.calendars else NOTHING,
        _details(report, texts),
        _members(report, texts),
        *beside(report.curves, report.reporting.buckets, texts),
    ]
    return titled(
        name,
        report.entity,
        wish,
        texts,
        tables,
        figures=_figures(report, style, texts),
        quality=report.reporting.quality,
    )


def _figures(report: SumReport, style: Style, texts: Texts) -> list[Figure]:
    """The sum of all parts where they can be added, else the parts."""
    now, base = report.reporting, report.base
    if not len(report.parts):
        return []
    found = part_figures(report.parts, now.totals, None if base is None else base.totals)
    if style.total and len(report.parts) > 1:
        total = float(sum_of_known(now.totals))
        before = None if base is None else float(sum_of_known(base.totals))
        unit = report.unit or report.parts[0].unit
        found.insert(0, Figure(texts("total"), total, unit, change=pieces.change_of(total, before)))
    if style.coal:
        found.append(Figure(texts("coal"), float(sum_of_known(now.totals * report.kgce)), "kgce"))
        found.append(Figure(texts("carbon"), float(sum_of_known(now.totals * report.kgco2e)), "kgCO2e"))
    return found


def _names(parts: Sequence[Part], texts: Texts) -> Column:
    return Column(texts("category"), [part.name for part in parts])


def _summary(report: SumReport, style: Style, texts: Texts) -> Table:
    now, base, facts = report.reporting, report.base, report.entity
    columns = [
        _names(report.parts, texts),
        Column(texts("unit"), [part.unit for part in report.parts]),
        Column(texts("reporting_period"), now.totals, form=NUMBER),
    ]
    if base is not None:
        columns += [
            Column(texts("base_period"), base.totals, form=NUMBER),
            Column(texts("change"), pieces.change(now.totals, base.totals), form=PERCENT),
        ]
    if facts.area_m2:
        columns.append(Column(texts("per_area"), now.totals / facts.area_m2, form=NUMBER))
    if facts.occupants:
        columns.append(Column(texts("per_capita"), now.totals / facts.occupants, form=NUMBER))
    if style.coal:
        coal, gas = now.totals * report.kgce, now.totals * report.kgco2e
        columns.append(Column(texts("coal"), coal, "kgce", NUMBER, float(sum_of_known(coal))))
        columns.append(Column(texts("carbon"), gas, "kgCO2e", NUMBER, float(sum_of_known(gas))))
    columns.append(Column(texts("estimated_share"), now.quality.estimated, form=PERCENT))
    columns.append(Column(texts("missing_share"), now.quality.missing, form=PERCENT))
    if style.total:
        total = float(sum_of_known(now.totals))
        columns[2] = Column(texts("reporting_period"), now.totals, form=NUMBER, total=total)
    has_total = style.total or style.coal
    charts = [Chart(PIE, texts("summary"), 0, [2])] if style.total and len(report.parts) > 1 else []
    return named(texts, "summary", columns, charts, texts("total") if has_total else "")


def _peaks(report: SumReport, texts: Texts) -> Table:
    peaks = report.reporting.peaks
    if not np.nan_to_num(peaks).any():
        return NOTHING
    used = np.flatnonzero(np.nan_to_num(peaks).any(axis=0))
    columns = [Column(texts("peak_type"), [texts(PEAK_TYPES[n]) for n in used])]
    columns += [
        Column(part.name, peaks[row, used], part.unit, NUMBER, float(sum_of_known(peaks[row])))
        for row, part in enumerate(report.parts)
        if np.isfinite(peaks[row]).any()
    ]
    title, count = texts("time_of_use"), len(columns) - 1
    rings = [
        Chart(PIE, f"{title} · {columns[n].title}" if count > 1 else title, 0, [n])
        for n in range(1, count + 1)
    ]
    return named(texts, "time_of_use", columns, rings, texts("total"))


def _days(report: SumReport, texts: Texts) -> Table:
    now = report.reporting
    columns = [
        _names(report.parts, texts),
        Column(texts("working_days"), now.working_days, form=NUMBER),
        Column(texts("non_working_days"), now.non_working_days, form=NUMBER),
    ]
    return named(texts, "working_and_other_days", columns)


def _details(report: SumReport, texts: Texts) -> Table:
    now, base = report.reporting, report.base
    columns = [times(now.buckets.labels, texts)]
    columns += [
        Column(part.name, now.values[row], part.unit, NUMBER, float(now.totals[row]))
        for row, part in enumerate(report.parts)
    ]
    before = f" · {texts('base_period')}"
    if base is not None:
        columns += [
            Column(part.name + before, base.values[row], part.unit, NUMBER, float(base.totals[row]))
            for row, part in enumerate(report.parts)
        ]
    charts = details_charts(columns, len(now.buckets), texts)
    columns += quality_column(now.quality, [part.name for part in report.parts], texts)
    if base is not None:
        columns.append(Column(texts("time") + before, base.buckets.labels, form=TIME))
    return named(texts, "details", columns, charts, texts("total"))


def _members(report: SumReport, texts: Texts) -> Table:
    below, found = BY_NAME[report.entity.kind].below, report.members
    if below is None or found is None or not found.entities:
        return NOTHING
    columns = [Column(texts("name"), [member.name for member in found.entities])]
    columns += [
        Column(part.name, found.totals[row], part.unit, NUMBER, float(sum_of_known(found.totals[row])))
        for row, part in enumerate(report.parts)
    ]
    charts = [Chart(BAR, texts(below.section), 0, [1])]
    return replace(named(texts, below.section, columns, charts, texts("total")), key="members")


def of_load(report: LoadReport, wish: Ask, texts: Texts, *, name: str) -> Document:
    """Average and maximum power."""
    now, base = report.reporting, report.base
    units = [f"{part.unit}/h" if part.unit != "kWh" else "kW" for part in report.parts]
    summary = [
        _names(report.parts, texts),
        Column(texts("unit"), units),
        Column(texts("average"), now.average, form=NUMBER),
        Column(texts("maximum"), now.maximum, form=NUMBER),
        Column(texts("minimum"), now.minimum, form=NUMBER),
        Column(texts("load_factor"), now.factor, form=PERCENT),
        Column(texts("maximum_at"), peak_times(now.maximum_at, wish), form=TIME),
        Column(texts("estimated_share"), now.quality.estimated, form=PERCENT),
        Column(texts("missing_share"), now.quality.missing, form=PERCENT),
    ]
    if base is not None:
        summary.append(Column(f"{texts('maximum')} · {texts('base_period')}", base.maximum, form=NUMBER))
        summary.append(Column(texts("change"), pieces.change(now.maximum, base.maximum), form=PERCENT))
    details = [times(now.buckets.labels, texts)]
    for row, part in enumerate(report.parts):
        details.append(Column(f"{part.name} · {texts('average')}", now.averages[row], units[row], NUMBER))
        details.append(Column(f"{part.name} · {texts('maximum')}", now.maximums[row], units[row], NUMBER))
    lines = by_unit(LINE, texts("details"), details)
    details += quality_column(now.quality, [part.name for part in report.parts], texts)
    tables = [named(texts, "summary", summary), named(texts, "details", details, lines)]
    figures = []
    for row, part in enumerate(report.parts):
        change = None if base is None else pieces.change_of(float(now.maximum[row]), float(base.maximum[row]))
        head = f"{part.name} · {texts('maximum')}"
        figures.append(Figure(head, float(now.maximum[row]), units[row], change=change))
        figures.append(Figure(f"{part.name} · {texts('load_factor')}", float(now.factor[row]), form=PERCENT))
    return titled(
        name,
        report.entity,
        wish,
        texts,
        [*tables, *beside(report.curves, now.buckets, texts)],
        figures=figures,
        quality=now.quality,
    )


def of_statistics(report: StatisticsReport, wish: Ask, texts: Texts, *, name: str) -> Document:
    """Mean, median and the other figures of the buckets."""
    now, base = report.reporting, report.base
    summary = [_names(report.parts, texts), Column(texts("unit"), [part.unit for part in report.parts])]
    for figure in STATISTICS:
        summary.append(Column(texts(figure), getattr(now, figure), form=NUMBER))
        if base is not None:
            change = pieces.change(getattr(now, figure), getattr(base, figure))
            summary.append(Column(f"{texts(figure)} · {texts('change')}", change, form=PERCENT))
    summary.append(Column(texts("estimated_share"), now.quality.estimated, form=PERCENT))
    summary.append(Column(texts("missing_share"), now.quality.missing, form=PERCENT))
    details = _value_columns(report.parts, now.buckets.labels, now.values, texts)
    charts = details_charts(details, len(now.buckets), texts)
    details += quality_column(now.quality, [part.name for part in report.parts], texts)
    tables = [named(texts, "summary", summary), named(texts, "details", details, charts)]
    return titled(
        name,
        report.entity,
        wish,
        texts,
        [*tables, *beside(report.curves, now.buckets, texts)],
        figures=part_figures(report.parts, now.totals, None if base is None else base.totals),
        quality=now.quality,
    )


def _value_columns(parts: Sequence[Part], labels: list[str], values: Float64, texts: Texts) -> list[Column]:
    columns = [times(labels, texts)]
    return columns + [Column(part.name, values[row], part.unit, NUMBER) for row, part in enumerate(parts)]


def of_meter(report: MeterReport, wish: Ask, texts: Texts, *, name: str) -> Document:
    """A quantity of one meter."""
    now, base, unit = report.reporting, report.base, report.unit
    total = float(now.totals[0])
    summary = [
        Column(texts("category"), [report.category.name]),
        Column(texts("reporting_period"), [total], unit, NUMBER),
        Column(texts("estimated_share"), now.quality.estimated, form=PERCENT),
        Column(texts("missing_share"), now.quality.missing, form=PERCENT),
    ]
    details = [
        times(now.buckets.labels, texts),
        Column(report.entity.name, now.values[0], unit, NUMBER, total),
    ]
    if base is not None:
        before = float(base.totals[0])
        summary.append(Column(texts("base_period"), [before], unit, NUMBER))
        summary.append(Column(texts("change"), [pieces.change_of(total, before)], form=PERCENT))
        details.append(Column(texts("base_period"), base.values[0], unit, NUMBER, before))
    used = np.flatnonzero(np.nan_to_num(now.peaks[0]))
    peaks = [
        Column(texts("peak_type"), [texts(PEAK_TYPES[n]) for n in used]),
        Column(report.entity.name, now.peaks[0, used], unit, NUMBER),
    ]
    charts = details_charts(details, len(now.buckets), texts)
    details += quality_column(now.quality, [report.category.name], texts)
    ring = [Chart(PIE, texts("time_of_use"), 0, [1])]
    tables = [
        named(texts, "summary", summary),
        named(texts, "time_of_use", peaks, ring) if len(used) else NOTHING,
        named(texts, "details", details, charts, texts("total")),
        *beside(report.curves, now.buckets, texts),
    ]
    change = None if base is None else pieces.change_of(total, float(base.totals[0]))
    figures = [Figure(report.category.name, total, unit, change=change)]
    return titled(name, report.entity, wish, texts, tables, figures=figures, quality=now.quality)


def of_comparison(report: Comparison, pair: Pair, texts: Texts) -> Document:
    """Two entities side by side."""
    first, second = report.first, report.second
    unit = first.category.unit
    difference = np.round(first.values - second.values, 6)
    columns = [
        times(report.buckets.labels, texts),
        Column(first.entity.name, first.values, unit, NUMBER, first.total),
        Column(second.entity.name, second.values, second.category.unit, NUMBER, second.total),
        Column(texts("difference"), difference, unit, NUMBER, float(np.round(first.total - second.total, 6))),
    ]
    chart = Chart(BAR if len(report.buckets) <= MOST_BARS else LINE, texts("details"), 0, [1, 2])
    table = named(texts, "details", columns, [chart], texts("total"))
    made = titled("comparison", first.entity, pair.ask, texts, [table])
    # Area, people and a base period are no matter of two.
    asked = heading(replace(pair.ask, base=None), texts)
    facts = [(texts("compared"), f"{first.entity.name} · {second.entity.name}"), *asked]
    figures = [Figure(side.entity.name, float(side.total), side.category.unit) for side in (first, second)]
    return replace(
        made,
        subtitle=f"{first.entity.name} · {second.entity.name}",
        facts=facts,
        blocks=[Figures("", figures), *made.blocks],
    )


def peak_times(at: Instants, wish: Ask) -> list[str]:
    """Wall clock of instants, "" for none."""
    return [
        "" if np.isnat(time) else local_labels(np.array([time]), wish.zone)[0]
        for time in at.astype("datetime64[s]")
    ]
