"""What the documents of reports have in common: heads, columns of time and quality, figures, curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from ems_common.catalog.hourly import (
    QUALITY_ESTIMATED,
    QUALITY_INCOMPLETE,
    QUALITY_LIMIT,
    QUALITY_PROVISIONAL,
)

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Buckets, Float64, Span, local_labels
from ems_api.reports.doubts import Doubts
from ems_api.reports.model import Curve, EntityFacts, Part, Quality
from ems_api.reports.render import pieces
from ems_api.reports.render.document import (
    BAR,
    LINE,
    NUMBER,
    PERCENT,
    PRICE,
    TIME,
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Table,
)
from ems_api.reports.render.numbers import shown
from ems_api.reports.texts import Texts

MOST_CURVE_ROWS: Final = 2_000
"""Rows of a curve in a file; a longer one is thinned evenly."""
MOST_BARS: Final = 62
"""Beyond that many buckets a line is drawn instead of columns."""
MOST_FIGURES: Final = 8
NOTHING: Final = Table("", ())
_TIME: Final = "%Y-%m-%d %H:%M"
_MARKS: Final = (
    (QUALITY_ESTIMATED, "estimated"),
    (QUALITY_PROVISIONAL, "provisional"),
    (QUALITY_LIMIT, "outside_limits"),
    (QUALITY_INCOMPLETE, "incomplete"),
)


def named(
    texts: Texts, key: str, columns: Sequence[Column], charts: Sequence[Chart] = (), total: str = ""
) -> Table:
    """A table called after its key."""
    return Table(texts(key), columns, charts, total, key)


def times(labels: Sequence[str], texts: Texts) -> Column:
    """The column of time stamps a table begins with."""
    return Column(texts("time"), labels, form=TIME)


def heading(wish: Ask, texts: Texts, *, has_buckets: bool = True) -> list[tuple[str, str]]:
    """What was asked for: periods, kind of buckets where the report has such, zone, currency."""
    facts = [(texts("reporting_period"), _span(wish.reporting, wish))]
    if wish.base is not None:
        facts.append((texts("base_period"), _span(wish.base, wish)))
    if has_buckets:
        facts.append((texts("period_type"), texts(wish.period_type)))
    facts.append((texts("time_zone"), wish.zone.key))
    if wish.currency:
        facts.append((texts("currency"), wish.currency))
    return facts


def _span(span: Span, wish: Ask) -> str:
    return f"{_wall(span.start_utc, wish)} – {_wall(span.end_utc, wish)}"


def _wall(time_utc: datetime, wish: Ask) -> str:
    return time_utc.astimezone(wish.zone).strftime(_TIME)


def titled(
    name: str,
    entity: EntityFacts,
    wish: Ask,
    texts: Texts,
    tables: Sequence[Table],
    *,
    figures: Sequence[Figure] = (),
    quality: Quality | None = None,
    has_buckets: bool = True,
) -> Document:
    """A document about one entity.

    Args:
        name: Of the report, as in its path.
        entity: Whose it is.
        wish: What was asked for.
        texts: The reader's language.
        tables: In order; those without rows or values are left out.
        figures: Numbers that stand above the tables.
        quality: How far the values of the reporting period can be trusted.
        has_buckets: Whether the report divides its period.
    """
    facts = [(texts(f"kind.{entity.kind}"), entity.name), *heading(wish, texts, has_buckets=has_buckets)]
    if entity.area_m2:
        facts.append((texts("area"), f"{entity.area_m2:g} m²"))
    if entity.occupants:
        facts.append((texts("occupants"), f"{entity.occupants:g}"))
    if quality is not None:
        facts += trust(quality, texts)
    day = wish.reporting.start_utc.astimezone(wish.zone).strftime("%Y-%m-%d")
    file_name = f"{entity.kind}-{entity.id}-{name}-{day}"
    blocks: list[Block] = [Figures("", list(figures[:MOST_FIGURES]))] if figures else []
    blocks += [table for table in tables if table.rows and len(table.columns) > 1]
    return Document(texts(f"report.{name}"), entity.name, facts, blocks, texts.language, file_name)


def trust(quality: Quality, texts: Texts) -> list[tuple[str, str]]:
    """Shares of estimated and missing data over all parts; nothing where there are no data at all."""
    found = []
    for name, shares in (("estimated_share", quality.estimated), ("missing_share", quality.missing)):
        known = shares[np.isfinite(shares)]
        if len(known):
            found.append((texts(name), shown(known.mean(), PERCENT, texts.language)))
    return found


def doubted(document: Document, doubts: Doubts, texts: Texts) -> Document:
    """A document that says at its head which share of its hours is estimated, incomplete, provisional.

    A share of nothing is left out, but that nothing is estimated is said.
    """
    labels = {label for label, _ in document.facts}
    found = []
    for name, share in doubts.shares.items():
        label = texts(name)
        if isinstance(share, float) and label not in labels and (share or name == "estimated_share"):
            found.append((label, shown(share, PERCENT, texts.language)))
    return replace(document, facts=[*document.facts, *found]) if found else document


def quality_column(quality: Quality, names: Sequence[str], texts: Texts) -> list[Column]:
    """What is to be said against each bucket; no column where there is nothing.

    Args:
        quality: Of the values.
        names: Of its parts; a bucket in which one of several has no value names it.
        texts: The reader's language.
    """
    bits = quality.bits
    if not bits.size or not bits.any():
        return []
    joined = np.bitwise_or.reduce(np.where(bits < 0, 0, bits), axis=0)
    values = []
    for column, of in enumerate(joined.tolist()):
        words = [texts(word) for bit, word in _MARKS if of & bit]
        absent = np.flatnonzero(bits[:, column] < 0)
        if len(absent) == len(names):
            words = [texts("missing")]
        elif len(absent):
            words.append(f"{texts('missing')}: {', '.join(names[row] for row in absent.tolist())}")
        values.append(", ".join(words))
    return [Column(texts("data_quality"), values)] if any(values) else []


def part_figures(parts: Sequence[Part], now: Float64, base: Float64 | None) -> list[Figure]:
    """Totals of the parts, with their change."""
    changes = pieces.change(now, base)
    return [
        Figure(part.name, float(now[row]), part.unit, change=_known(changes[row]))
        for row, part in enumerate(parts)
    ]


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def details_charts(columns: Sequence[Column], rows: int, texts: Texts) -> list[Chart]:
    """Charts of a table whose first column are times: columns for few of them, else lines."""
    return by_unit(BAR if rows <= MOST_BARS else LINE, texts("details"), columns)


def by_unit(kind: str, title: str, columns: Sequence[Column]) -> list[Chart]:
    """A chart for each unit of the columns after the first: different units share no axis."""
    of_unit: dict[str, list[int]] = {}
    for position in range(1, len(columns)):
        of_unit.setdefault(columns[position].unit, []).append(position)
    return [
        Chart(kind, f"{title} · {unit}" if unit and len(of_unit) > 1 else title, 0, positions)
        for unit, positions in of_unit.items()
    ]


def beside(curves: Sequence[Curve], buckets: Buckets, texts: Texts) -> list[Table]:
    """Curves beside a report, as the mean of each bucket, in one table."""
    measured = [curve for curve in curves if len(curve.times)]
    if not measured:
        return []
    columns = [times(buckets.labels, texts)]
    columns += [Column(of.label, _means(of, buckets), of.unit, _form(of)) for of in measured]
    charts = by_unit(LINE, texts("parameters"), columns)
    return [named(texts, "parameters", [*columns, *_estimates(measured, buckets, texts)], charts)]


def _form(curve: Curve) -> str:
    return PRICE if curve.is_price else NUMBER


def _estimates(curves: Sequence[Curve], buckets: Buckets, texts: Texts) -> list[Column]:
    """Which curves have estimates in each bucket; no column where none has."""
    names: list[list[str]] = [[] for _ in buckets.labels]
    for curve in curves:
        if curve.estimated is None:
            continue
        found = np.searchsorted(buckets.starts, curve.times[curve.estimated], side="right") - 1
        for bucket in np.unique(found[found >= 0]).tolist():
            names[bucket].append(curve.label)
    values = [f"{texts('estimated')}: {', '.join(of)}" if of else "" for of in names]
    return [Column(texts("data_quality"), values)] if any(values) else []


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
                times(local_labels(thinned(curve.times), wish.zone), texts),
                Column(curve.label, thinned(curve.values), curve.unit, _form(curve)),
                *_marks(curve, texts),
            ],
            [Chart(LINE, curve.name, 0, [1])],
            key="parameters",
        )
        for curve in curves
        if len(curve.times)
    ]


def _marks(curve: Curve, texts: Texts) -> list[Column]:
    """Which values of a curve are estimated; no column for one that was measured."""
    if curve.estimated is None or not thinned(curve.estimated).any():
        return []
    word = texts("estimated")
    return [Column(texts("data_quality"), [word if of else "" for of in thinned(curve.estimated).tolist()])]


def thinned(values: Any) -> Any:
    """Every n-th value, so that not too many are left."""
    return values[:: -(-len(values) // MOST_CURVE_ROWS)] if len(values) else values
