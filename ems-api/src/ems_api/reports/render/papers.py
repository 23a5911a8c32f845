"""Report values as documents: which facts, tables and charts each kind has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Buckets, Float64, Span, local_labels
from ems_api.reports.entities import BY_NAME
from ems_api.reports.kinds.comparison import Comparison, Pair
from ems_api.reports.kinds.meters import MeterReport
from ems_api.reports.kinds.profiles import LoadReport, StatisticsReport
from ems_api.reports.model import PEAK_TYPES, Curve, EntityFacts, Part, SumReport
from ems_api.reports.render import pieces
from ems_api.reports.render.document import BAR, LINE, NUMBER, PERCENT, PIE, Chart, Column, Document, Table
from ems_api.reports.render.profiles import STATISTICS
from ems_api.reports.render.sums import Style
from ems_api.reports.texts import Texts

MOST_CURVE_ROWS: Final = 2_000
"""Rows of a curve in a file; a longer one is thinned evenly."""
_TIME: Final = "%Y-%m-%d %H:%M"


def heading(wish: Ask, texts: Texts) -> list[tuple[str, str]]:
    """Periods and zone."""
    facts = [(texts("reporting_period"), _span(wish.reporting, wish))]
    if wish.base is not None:
        facts.append((texts("base_period"), _span(wish.base, wish)))
    facts.append((texts("period_type"), texts(wish.period_type)))
    facts.append((texts("time_zone"), wish.zone.key))
    return facts


def _span(span: Span, wish: Ask) -> str:
    return f"{_wall(span.start_utc, wish)} – {_wall(span.end_utc, wish)}"


def _wall(time_utc: datetime, wish: Ask) -> str:
    return time_utc.astimezone(wish.zone).strftime(_TIME)


def titled(name: str, entity: EntityFacts, wish: Ask, texts: Texts, tables: Sequence[Table]) -> Document:
    """A document about one entity."""
    facts = [(texts(f"kind.{entity.kind}"), entity.name), *heading(wish, texts)]
    if entity.area_m2:
        facts.append((texts("area"), f"{entity.area_m2:g} m²"))
    day = wish.reporting.start_utc.astimezone(wish.zone).strftime("%Y-%m-%d")
    file_name = f"{entity.kind}-{entity.id}-{name}-{day}"
    kept = [table for table in tables if table.rows and len(table.columns) > 1]
    return Document(texts(f"report.{name}"), entity.name, facts, kept, texts.language, file_name)


def of_sums(report: SumReport, wish: Ask, texts: Texts, *, name: str, style: Style) -> Document:
    """A quantity by category or item."""
    tables = [
        _summary(report, style, texts),
        _peaks(report, texts) if style.peaks else _NOTHING,
        _days(report, texts) if style.days and report.entity.calendars is not None else _NOTHING,
        _details(report, texts),
        _members(report, texts),
        *beside(report.curves, report.reporting.buckets, texts),
    ]
    return titled(name, report.entity, wish, texts, tables)


_NOTHING: Final = Table("", ())


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
        columns.append(Column(texts("coal"), coal, "kgce", NUMBER, float(coal.sum())))
        columns.append(Column(texts("carbon"), gas, "kgCO2e", NUMBER, float(gas.sum())))
    columns.append(Column(texts("estimated_share"), now.quality.estimated, form=PERCENT))
    columns.append(Column(texts("missing_share"), now.quality.missing, form=PERCENT))
    if style.total:
        columns[2] = Column(texts("reporting_period"), now.totals, form=NUMBER, total=float(now.totals.sum()))
    has_total = style.total or style.coal
    charts = [Chart(PIE, texts("summary"), 0, [2])] if style.total and len(report.parts) > 1 else []
    return Table(texts("summary"), columns, charts, texts("total") if has_total else "")


def _peaks(report: SumReport, texts: Texts) -> Table:
    peaks = report.reporting.peaks
    if not peaks.any():
        return _NOTHING
    columns = [Column(texts("peak_type"), [texts(name) for name in PEAK_TYPES])]
    columns += [
        Column(part.name, peaks[row], part.unit, NUMBER, float(peaks[row].sum()))
        for row, part in enumerate(report.parts)
    ]
    return Table(texts("time_of_use"), columns, [Chart(PIE, texts("time_of_use"), 0, [1])], texts("total"))


def _days(report: SumReport, texts: Texts) -> Table:
    now = report.reporting
    columns = [
        _names(report.parts, texts),
        Column(texts("working_days"), now.working_days, form=NUMBER),
        Column(texts("non_working_days"), now.non_working_days, form=NUMBER),
    ]
    return Table(texts("working_and_other_days"), columns)


def _details(report: SumReport, texts: Texts) -> Table:
    now, base = report.reporting, report.base
    columns = [Column(texts("time"), now.buckets.labels)]
    columns += [
        Column(part.name, now.values[row], part.unit, NUMBER, float(now.totals[row]))
        for row, part in enumerate(report.parts)
    ]
    if base is not None:
        columns += [
            Column(
                f"{part.name} · {texts('base_period')}",
                base.values[row],
                part.unit,
                NUMBER,
                float(base.totals[row]),
            )
            for row, part in enumerate(report.parts)
        ]
    return Table(texts("details"), columns, details_charts(columns, len(now.buckets), texts), texts("total"))


def details_charts(columns: Sequence[Column], rows: int, texts: Texts) -> list[Chart]:
    """A chart of a table whose first column are times: columns for few of them, else a line."""
    kind = BAR if rows <= 62 else LINE
    return [Chart(kind, texts("details"), 0, list(range(1, len(columns))))]


def _members(report: SumReport, texts: Texts) -> Table:
    below, found = BY_NAME[report.entity.kind].below, report.members
    if below is None or found is None or not found.entities:
        return _NOTHING
    columns = [Column(texts("name"), [member.name for member in found.entities])]
    columns += [
        Column(part.name, found.totals[row], part.unit, NUMBER, float(found.totals[row].sum()))
        for row, part in enumerate(report.parts)
    ]
    return Table(texts(below.section), columns, [Chart(BAR, texts(below.section), 0, [1])], texts("total"))


def beside(curves: Sequence[Curve], buckets: Buckets, texts: Texts) -> list[Table]:
    """Curves beside a report, as the mean of each bucket, in one table."""
    shown = [curve for curve in curves if len(curve.times)]
    if not shown:
        return []
    columns = [Column(texts("time"), buckets.labels)]
    columns += [Column(curve.name, _means(curve, buckets), form=NUMBER) for curve in shown]
    lines = Chart(LINE, texts("parameters"), 0, list(range(1, len(columns))))
    return [Table(texts("parameters"), columns, [lines])]


def _means(curve: Curve, buckets: Buckets) -> Float64:
    bucket = np.searchsorted(buckets.starts, curve.times, side="right") - 1
    inside = bucket >= 0
    sums = np.bincount(bucket[inside], weights=curve.values[inside], minlength=len(buckets))
    counts = np.bincount(bucket[inside], minlength=len(buckets))
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / counts, dtype=np.float64)


def of_curves(curves: Sequence[Curve], wish: Ask, texts: Texts) -> list[Table]:
    """Curves with their own instants, each a table of its own."""
    return [
        Table(
            curve.name,
            [
                Column(texts("time"), local_labels(thinned(curve.times), wish.zone)),
                Column(curve.name, thinned(curve.values), form=NUMBER),
            ],
            [Chart(LINE, curve.name, 0, [1])],
        )
        for curve in curves
        if len(curve.times)
    ]


def thinned(values: Any) -> Any:
    """Every n-th value, so that not too many are left."""
    return values[:: -(-len(values) // MOST_CURVE_ROWS)] if len(values) else values


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
    ]
    if base is not None:
        summary.append(Column(f"{texts('maximum')} · {texts('base_period')}", base.maximum, form=NUMBER))
        summary.append(Column(texts("change"), pieces.change(now.maximum, base.maximum), form=PERCENT))
    details = [Column(texts("time"), now.buckets.labels)]
    for row, part in enumerate(report.parts):
        details.append(Column(f"{part.name} · {texts('average')}", now.averages[row], units[row], NUMBER))
        details.append(Column(f"{part.name} · {texts('maximum')}", now.maximums[row], units[row], NUMBER))
    lines = [Chart(LINE, texts("details"), 0, list(range(1, len(details))))]
    tables = [Table(texts("summary"), summary), Table(texts("details"), details, lines)]
    return titled(name, report.entity, wish, texts, [*tables, *beside(report.curves, now.buckets, texts)])


def of_statistics(report: StatisticsReport, wish: Ask, texts: Texts, *, name: str) -> Document:
    """Mean, median and the other figures of the buckets."""
    now, base = report.reporting, report.base
    summary = [_names(report.parts, texts), Column(texts("unit"), [part.unit for part in report.parts])]
    for figure in STATISTICS:
        summary.append(Column(texts(figure), getattr(now, figure), form=NUMBER))
        if base is not None:
            change = pieces.change(getattr(now, figure), getattr(base, figure))
            summary.append(Column(f"{texts(figure)} · {texts('change')}", change, form=PERCENT))
    details = _value_columns(report.parts, now.buckets.labels, now.values, texts)
    tables = [
        Table(texts("summary"), summary),
        Table(texts("details"), details, details_charts(details, len(now.buckets), texts)),
    ]
    return titled(name, report.entity, wish, texts, [*tables, *beside(report.curves, now.buckets, texts)])


def _value_columns(parts: Sequence[Part], labels: list[str], values: Float64, texts: Texts) -> list[Column]:
    columns = [Column(texts("time"), labels)]
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
        Column(texts("time"), now.buckets.labels),
        Column(report.entity.name, now.values[0], unit, NUMBER, total),
    ]
    if base is not None:
        before = float(base.totals[0])
        summary.append(Column(texts("base_period"), [before], unit, NUMBER))
        summary.append(Column(texts("change"), [pieces.change_of(total, before)], form=PERCENT))
        details.append(Column(texts("base_period"), base.values[0], unit, NUMBER, before))
    peaks = [
        Column(texts("peak_type"), [texts(p) for p in PEAK_TYPES]),
        Column(report.entity.name, now.peaks[0], unit, NUMBER),
    ]
    tables = [
        Table(texts("summary"), summary),
        Table(texts("time_of_use"), peaks) if now.peaks.any() else _NOTHING,
        Table(texts("details"), details, details_charts(details, len(now.buckets), texts), texts("total")),
    ]
    return titled(name, report.entity, wish, texts, [*tables, *beside(report.curves, now.buckets, texts)])


def of_comparison(report: Comparison, pair: Pair, texts: Texts) -> Document:
    """Two entities side by side."""
    first, second = report.first, report.second
    unit = first.category.unit
    difference = np.round(np.nan_to_num(first.values) - np.nan_to_num(second.values), 6)
    columns = [
        Column(texts("time"), report.buckets.labels),
        Column(first.entity.name, first.values, unit, NUMBER, first.total),
        Column(second.entity.name, second.values, second.category.unit, NUMBER, second.total),
        Column(texts("difference"), difference, unit, NUMBER, float(np.round(difference.sum(), 6))),
    ]
    chart = Chart(BAR if len(report.buckets) <= 62 else LINE, texts("details"), 0, [1, 2])
    table = Table(texts("details"), columns, [chart], texts("total"))
    made = titled("comparison", first.entity, pair.ask, texts, [table])
    facts = [(texts("compared"), f"{first.entity.name} · {second.entity.name}"), *made.facts[1:]]
    return Document(
        made.title,
        f"{first.entity.name} · {second.entity.name}",
        facts,
        made.tables,
        made.language,
        made.file_name,
    )
