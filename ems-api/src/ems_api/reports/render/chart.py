"""Charts of tables as SVG: grouped and stacked columns, lines with gaps, rings.

The same drawing is served as a picture, put into PDF pages and turned into PNG; nothing is drawn twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np

from ems_api.reports.buckets import Float64
from ems_api.reports.render import brand
from ems_api.reports.render.brand import PALETTE
from ems_api.reports.render.document import FLOW, LINE, PIE, STACKED, Chart, Column, Table
from ems_api.reports.render.flow_chart import Flow, ribbons
from ems_api.reports.render.numbers import compact
from ems_api.reports.texts import has_right_to_left

_FONTS: Final = ", ".join((*brand.FONTS, "sans-serif"))
_GRID, _INK, _FAINT = "#e3e7eb", "#2b3440", "#6b7682"
_LABEL_GAP_PX: Final = 14.0
TITLE_PX: Final = 34.0
_SMALLEST_SLICE: Final = 0.03
_LARGEST_ARC: Final = 0.999
_LEGEND_ROW_PX: Final = 16.0
_MOST_LEGEND_ROWS: Final = 4
_LONGEST_NAME: Final = 44
_HOLE: Final = 0.58
_LEFT_PX: Final = 64.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things are [px]."""

    width: float
    height: float
    left: float = _LEFT_PX
    right: float = 16.0
    top: float = 26.0
    bottom: float = 52.0

    @property
    def inner_width(self) -> float:
        """Width of the plot."""
        return self.width - self.left - self.right

    @property
    def inner_height(self) -> float:
        """Height of the plot."""
        return self.height - self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of values: its ticks, and where a value lies."""

    ticks: Sequence[float]
    frame: Frame

    def y(self, value: float) -> float:
        """Position of a value from the top [px]."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.frame.top + self.frame.inner_height * (high - value) / (high - low)


def svg(
    table: Table,
    chart: Chart,
    width: float = 760.0,
    height: float = 300.0,
    *,
    language: str = "en",
    title: str = "",
) -> str:
    """A chart as an SVG document, with a title above it if one is given."""
    head = TITLE_PX if title else 0.0
    inner = height - head
    if chart.kind == PIE:
        parts = _ring(table, chart, inner, language)
    elif chart.kind == FLOW:
        parts = _flows(table, chart, width, inner, language)
    else:
        parts = _plot(table, chart, width, inner, language)
    body = "".join(parts)
    if title:
        body = f'<g transform="translate(0 {head:g})">{body}</g>'
        body += _text(16, 24, title, colour=_INK, size=15)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" font-family="{_FONTS}" font-size="11" role="img"'
        f' aria-label="{escape(title or chart.title)}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>'
    )


def _numbers(column: Column, rows: int) -> Float64:
    """The values of a column; nan where it is shorter than its table."""
    found = np.full(rows, np.nan)
    found[: len(column.values)] = [np.nan if value is None else value for value in column.values]
    return found


def _flows(table: Table, chart: Chart, width: float, height: float, language: str) -> list[str]:
    ends = (table.columns[position].values for position in (chart.labels, chart.labels + 1))
    values = np.nan_to_num(_numbers(table.columns[chart.series[0]], table.rows))
    flows = [
        Flow(str(source), str(target), float(value))
        for source, target, value in zip(*ends, values, strict=True)
    ]
    return ribbons(flows, width, height, table.columns[chart.series[0]].unit, language)


def _labels(table: Table, chart: Chart) -> list[str]:
    found = [str(label) for label in table.columns[chart.labels].values]
    return [*found, *([""] * (table.rows - len(found)))]


def _plot(table: Table, chart: Chart, width: float, height: float, language: str) -> list[str]:
    series = [_numbers(table.columns[n], table.rows) for n in chart.series]
    labels = _labels(table, chart)
    if not series or not labels:
        return []
    drawn = [n for n, values in enumerate(series) if np.isfinite(values).any()]
    legend = _legend([(n, table.columns[chart.series[n]].title) for n in drawn], width)
    frame = Frame(width, height, bottom=36.0 + _LEGEND_ROW_PX * len(legend))
    scale = Scale(_ticks(_range(series, is_stacked=chart.kind == STACKED)), frame)
    parts = _axes(scale, frame, labels, table.columns[chart.series[0]].unit, language)
    if chart.kind == LINE:
        parts += _lines(series, scale, frame)
    else:
        parts += _columns(series, scale, frame, is_stacked=chart.kind == STACKED)
    return parts + _legend_texts(legend, frame)


def _range(series: Sequence[Float64], *, is_stacked: bool) -> tuple[float, float]:
    values = np.array(series)
    if is_stacked:
        values = np.nansum(values, axis=0, keepdims=True)
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return min(0.0, float(known.min())), max(0.0, float(known.max()))


def _ticks(bounds: tuple[float, float]) -> list[float]:
    """About five round numbers that span the bounds."""
    low, high = bounds
    span = (high - low) or 1.0
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def _axes(scale: Scale, frame: Frame, labels: Sequence[str], unit: str, language: str) -> list[str]:
    right = frame.width - frame.right
    parts = []
    for tick in scale.ticks:
        y = scale.y(tick)
        colour = _FAINT if tick == 0 else _GRID
        parts.append(
            f'<line x1="{frame.left:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
        )
        parts.append(_text(frame.left - 8, y + 4, compact(tick, language), anchor="end"))
    parts.append(_text(frame.left - 8, frame.top - 12, unit, anchor="end"))
    step = frame.inner_width / len(labels)
    bottom = frame.height - frame.bottom + 16
    marked = _marked(labels)
    widest = max(_width_px(label) for label in marked.values())
    apart = len(labels) / len(marked) * step
    for n in list(marked)[:: max(1, math.ceil((widest + _LABEL_GAP_PX) / apart))]:
        parts.append(_text(frame.left + (n + 0.5) * step, bottom, marked[n], anchor="middle"))
    return parts


def _marked(labels: Sequence[str]) -> dict[int, str]:
    """Positions that can have a label, and these: of hours over several days those at which a day begins."""
    days = [n for n, label in enumerate(labels) if label[10:] == "T00:00:00"]
    if len(days) > 2:
        return {n: _short(labels[n][:10], [labels[0][:10], labels[-1][:10]]) for n in days}
    return {n: _short(label, labels) for n, label in enumerate(labels)}


def _short(label: str, labels: Sequence[str]) -> str:
    """A time stamp without what all have in common: the year of days, the date of hours."""
    if len(label) >= 19 and label[10:11] == "T":
        return label[5:16].replace("T", " ") if labels[0][:10] != labels[-1][:10] else label[11:16]
    if len(label) == 10 and labels[0][:4] == labels[-1][:4] and label[4:5] == "-":
        return label[5:]
    return label if len(label) <= 14 else f"{label[:13]}…"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = _FAINT, size: float = 10
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size:g}">'
        f"{escape(text)}</text>"
    )


def _columns(series: Sequence[Float64], scale: Scale, frame: Frame, *, is_stacked: bool) -> list[str]:
    count = len(series[0])
    step = frame.inner_width / count
    group = step * (0.72 if count <= 120 else 0.96)
    width = group if is_stacked else group / len(series)
    foot = np.zeros(count)
    parts = []
    for n, values in enumerate(series):
        colour = PALETTE[n % len(PALETTE)]
        for column, value in enumerate(values):
            if not math.isfinite(value) or value == 0:
                continue
            x = frame.left + column * step + (step - group) / 2 + (0 if is_stacked else n * width)
            start, end = scale.y(float(foot[column])), scale.y(float(foot[column] + value))
            top, size = min(start, end), max(abs(start - end), 0.4)
            parts.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{max(width - 0.6, 0.4):.1f}" height="{size:.1f}"'
                f' fill="{colour}"/>'
            )
            if is_stacked:
                foot[column] += value
    return parts


_DOT_PX: Final = 2.4


def _lines(series: Sequence[Float64], scale: Scale, frame: Frame) -> list[str]:
    step = frame.inner_width / len(series[0])
    parts = []
    for n, values in enumerate(series):
        path, is_down = [], False
        colour = PALETTE[n % len(PALETTE)]
        known = [False, *(math.isfinite(value) for value in values), False]
        for column, value in enumerate(values):
            if not known[column + 1]:
                is_down = False
                continue
            x, y = frame.left + (column + 0.5) * step, scale.y(float(value))
            path.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
            is_down = True
            if not known[column] and not known[column + 2]:
                # A value between gaps makes no line; without a dot it would not be seen.
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT_PX:g}" fill="{colour}"/>')
        parts.append(
            f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.6"'
            ' stroke-linejoin="round" stroke-linecap="round"/>'
        )
    return parts


def _width_px(text: str) -> float:
    """About how wide a text of the usual size is; letters of East Asia are as wide as high."""
    return sum(11.0 if ord(letter) > 0x2E80 else 6.2 for letter in text)


def _legend(names: Sequence[tuple[int, str]], width: float) -> list[list[tuple[float, int, str]]]:
    """Rows of names of series: start [px], number of the series, text; those without room are counted."""
    rows: list[list[tuple[float, int, str]]] = [[]]
    x = _LEFT_PX
    for place, (n, name) in enumerate(names):
        shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        if rows[-1] and x + 14 + _width_px(shown) > width:
            if len(rows) == _MOST_LEGEND_ROWS:
                at, *_ = rows[-1].pop()
                rows[-1].append((at, -1, f"+ {len(names) - place + 1}"))
                return rows
            rows.append([])
            x = _LEFT_PX
        rows[-1].append((x, n, shown))
        x += 30 + _width_px(shown)
    return rows


def _legend_texts(rows: Sequence[Sequence[tuple[float, int, str]]], frame: Frame) -> list[str]:
    parts = []
    for line, row in enumerate(rows):
        y = frame.height - 12 - _LEGEND_ROW_PX * (len(rows) - 1 - line)
        for x, n, name in row:
            if n >= 0:
                colour = PALETTE[n % len(PALETTE)]
                parts.append(f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="10" height="10" fill="{colour}"/>')
            parts.append(_text(x + 14, y, name, colour=_INK))
    return parts


def _ring(table: Table, chart: Chart, height: float, language: str) -> list[str]:
    values = np.nan_to_num(_numbers(table.columns[chart.series[0]], table.rows))
    labels = _labels(table, chart)
    total = float(values[values > 0].sum())
    if total <= 0:
        return []
    radius = height / 2 - 18
    hole = radius * _HOLE
    x, y = radius + 24, height / 2
    unit = table.columns[chart.series[0]].unit
    parts = [
        _text(x, y + 1, compact(total, language), anchor="middle", colour=_INK, size=15),
        _text(x, y + 16, unit, anchor="middle"),
    ]
    angle, line = -math.pi / 2, 0
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        if value <= 0:
            continue
        share = value / total
        colour = PALETTE[n % len(PALETTE)]
        parts.append(_slice(x, y, radius, hole, angle, share, colour))
        if share >= _SMALLEST_SLICE:
            middle = angle + share * math.pi
            at = (radius + hole) / 2
            parts.append(
                _text(
                    x + at * math.cos(middle),
                    y + at * math.sin(middle) + 4,
                    f"{share:.0%}",
                    anchor="middle",
                    colour="#ffffff",
                )
            )
        row = y - 9 * sum(values > 0) + 20 * line
        parts.append(
            f'<rect x="{2 * radius + 64:.1f}" y="{row:.1f}" width="10" height="10" fill="{colour}"/>'
        )
        parts.append(_text(2 * radius + 80, row + 9, _slice_text(label, value, unit, language), colour=_INK))
        angle += share * 2 * math.pi
        line += 1
    return parts


def _slice_text(label: str, value: float, unit: str, language: str) -> str:
    """A label with its amount.

    A drawing's text runs the way of its first letter, and a number of several runs would be torn apart behind
    letters from the right: there it goes first.
    """
    amount = f"{compact(float(value), language)} {unit}"
    return f"{amount}  {label}" if has_right_to_left(label) else f"{label}  {amount}"


def _slice(x: float, y: float, radius: float, hole: float, start: float, share: float, colour: str) -> str:
    # An arc whose ends fall together is nothing; all of the ring is a circle.
    if share > _LARGEST_ARC:
        return (
            f'<circle cx="{x:g}" cy="{y:g}" r="{(radius + hole) / 2:g}" fill="none"'
            f' stroke="{colour}" stroke-width="{radius - hole:g}"/>'
        )
    end = start + share * 2 * math.pi
    far = 1 if share > 0.5 else 0
    points = [
        (x + of * math.cos(at), y + of * math.sin(at))
        for of, at in ((radius, start), (radius, end), (hole, end), (hole, start))
    ]
    a, b, c, d = (f"{px:.2f} {py:.2f}" for px, py in points)
    return (
        f'<path d="M{a} A{radius:g} {radius:g} 0 {far} 1 {b} L{c} A{hole:g} {hole:g} 0 {far} 0 {d} Z"'
        f' fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>'
    )
