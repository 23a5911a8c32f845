"""Documents as PDF, and drawings as PNG, set by Typst with the machine's fonts.

Typst shapes every script and breaks tables over pages. Texts reach it as data, so nothing in them is markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import orjson
import typst

from ems_api.reports.render import brand
from ems_api.reports.render import chart as drawing
from ems_api.reports.render.document import (
    NUMBER,
    PERCENT,
    PIE,
    PRICE,
    TIME,
    Block,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Table,
    Text,
)
from ems_api.reports.render.numbers import shown
from ems_api.reports.texts import Texts, has_right_to_left

MOST_ROWS: Final = 1_000
"""Rows of a table in print; the rest is left to spreadsheets, and a note says so."""
# A table is squeezed a little into the width of A4; one that wants more is continued below, its first column
# repeated.
_TEXT_MM, _WIDEST_MM, _INSET_MM = 196.0, 60.0, 4.2
_LETTER_MM, _HEAD_MM = 1.72, 1.85
_PICTURE_PPI: Final = 144.0
_PAGE_PX, _PLOT_PX, _RING_PX, _SMALL_RING_PX = 760.0, 270.0, 210.0, 180.0
Form = Literal["pdf", "png"]


@cache
def _template(name: str) -> bytes:
    return resources.files("ems_api.reports").joinpath("templates", name).read_bytes()


@cache
def _fonts() -> typst.Fonts:
    # Looking for fonts costs 70 ms; what was found serves all documents.
    return typst.Fonts()


def pdf(document: Document) -> bytes:
    """A document as the bytes of a PDF file."""
    return bytes(_compiled("report.typ", _page_data(document), "pdf")[0])


def pages(document: Document, *, ppi: float = 72.0) -> list[bytes]:
    """The pages of the same as PNG pictures."""
    return _compiled("report.typ", _page_data(document), "png", ppi)


def _page_data(document: Document) -> dict[str, Any]:
    texts = Texts.of(document.language)
    logo, form = brand.logo(document.logo)
    return {
        "lang": document.language.split("_")[0],
        "is-right-to-left": texts.is_right_to_left,
        "fonts": brand.FONTS,
        "accent": brand.ACCENT,
        # Typst has no base64; a logo is small.
        "logo": {"bytes": list(logo), "format": form},
        "site": document.site,
        "title": document.title,
        "subtitle": document.subtitle,
        "made-label": texts("generated"),
        "made": document.made,
        "page": texts("page"),
        "facts": [
            {"label": label, "value": value, "is_plain": not has_right_to_left(value)}
            for label, value in document.facts
        ],
        "blocks": [_block(block, document.language, texts) for block in document.blocks],
    }


def picture(svg: str, width: float) -> bytes:
    """A drawing as the bytes of a PNG file, `width` points wide."""
    data = {"svg": svg, "fonts": brand.FONTS, "width": width}
    return _compiled("picture.typ", data, "png", _PICTURE_PPI)[0]


@cache
def logo_png(path: str = "") -> bytes:
    """The logo as a PNG file, for those who take no drawings."""
    content, form = brand.logo(path)
    return picture(content.decode("utf-8"), 48.0) if form == "svg" else content


def _compiled(template: str, data: dict[str, Any], form: Form, ppi: float | None = None) -> list[bytes]:
    made: Any = typst.compile(
        _template(template),
        format=form,
        ppi=ppi,
        font_paths=_fonts(),
        # A logo is data, no path: Typst sees no file of this machine.
        sys_inputs={"data": orjson.dumps(data).decode("utf-8")},
    )
    # Pictures come as one per page when there are several.
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


def _block(block: Block, language: str, texts: Texts) -> dict[str, Any]:
    if isinstance(block, Figures):
        items = [_figure(item, language) for item in block.items]
        return {"kind": "figures", "title": block.title, "items": items}
    if isinstance(block, Text):
        paragraphs = [part.strip() for part in block.text.split("\n\n") if part.strip()]
        return {"kind": "text", "title": block.title, "paragraphs": paragraphs}
    return _table(block, language, texts)


def _figure(figure: Figure, language: str) -> dict[str, Any]:
    change = shown(figure.change, "percent", language)
    rises = figure.change is not None and figure.change > 0
    return {
        "label": figure.label,
        "value": shown(figure.value, figure.form, language) or "–",
        "unit": figure.unit,
        "change": f"+{change}" if change and rises else change,
    }


def _table(table: Table, language: str, texts: Texts) -> dict[str, Any]:
    note = texts("rows_left_out") if table.rows > MOST_ROWS and table.has_rows else ""
    sections = []
    if table.has_rows and table.columns:
        rows = min(table.rows, MOST_ROWS)
        cells = [_cells(column, rows, language) for column in table.columns]
        for positions in _chunks(table.columns, cells):
            totals = _totals(table, positions, language)
            sections.append({**_section(table, positions, cells), "totals": totals})
    return {
        "kind": "table",
        "title": table.title,
        "charts": _charts(table, language),
        "sections": sections,
        "note": note,
    }


def _charts(table: Table, language: str) -> list[dict[str, Any]]:
    """Drawings, row by row: several rings go side by side. A single chart is titled by its table."""
    if len(table.charts) == 1:
        (chart,) = table.charts
        height = _RING_PX if chart.kind == PIE else _PLOT_PX
        drawn = drawing.svg(table, chart, _PAGE_PX, height, language=language)
        return [{"places": 1, "drawings": [drawn]}]
    rings = [_titled(table, chart, language) for chart in table.charts if chart.kind == PIE]
    plots = [_titled(table, chart, language) for chart in table.charts if chart.kind != PIE]
    rows = [{"places": 2, "drawings": rings[n : n + 2]} for n in range(0, len(rings), 2)]
    return [*rows, *({"places": 1, "drawings": [plot]} for plot in plots)]


def _titled(table: Table, chart: Chart, language: str) -> str:
    width, height = (_PAGE_PX / 2, _SMALL_RING_PX) if chart.kind == PIE else (_PAGE_PX, _PLOT_PX)
    return drawing.svg(table, chart, width, height + drawing.TITLE_PX, language=language, title=chart.title)


def _chunks(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> list[list[int]]:
    """Positions of the columns that go side by side; the first one is repeated in each chunk.

    The chunks are about equally wide: one with a last column of its own would look forgotten.
    """
    widths = [_width(column, shown) for column, shown in zip(columns, texts, strict=True)]
    fewest = _cut(widths, _TEXT_MM)
    even = (sum(widths) - widths[0]) / len(fewest) + widths[0]
    balanced = _cut(widths, min(_TEXT_MM, even + max(widths) / 2))
    return balanced if len(balanced) == len(fewest) else fewest


def _cut(widths: Sequence[float], most: float) -> list[list[int]]:
    """Positions in chunks that are at most so wide, where a column alone is not wider."""
    chunks: list[list[int]] = [[0]]
    used = widths[0]
    for position in range(1, len(widths)):
        if len(chunks[-1]) > 1 and used + widths[position] > most:
            chunks.append([0])
            used = widths[0]
        chunks[-1].append(position)
        used += widths[position]
    return chunks


def _width(column: Column, shown: Sequence[str]) -> float:
    """About how wide a column wants to be [mm]; its head may break into two lines."""
    head = max((_letters(word) for word in column.head.split()), default=0.0)
    head = max(head, _letters(column.head) / 2 + 1) * _HEAD_MM
    cells = max((_letters(text) for text in shown), default=0.0) * _LETTER_MM
    return min(max(head, cells), _WIDEST_MM) + _INSET_MM


def _letters(text: str) -> float:
    return sum(2.0 if ord(letter) > 0x2E80 else 1.0 for letter in text)


def _section(table: Table, positions: Sequence[int], shown_cells: Sequence[list[str]]) -> dict[str, Any]:
    columns = [table.columns[position] for position in positions]
    cells = [shown_cells[position] for position in positions]
    return {
        "heads": [column.head for column in columns],
        "widths": [_width(column, of) for column, of in zip(columns, cells, strict=True)],
        "is_plain": [not any(map(has_right_to_left, of)) for of in cells],
        "is_text": [all(value is None or isinstance(value, str) for value in c.values) for c in columns],
        "cells": [cell for row in zip(*cells, strict=True) for cell in row],
    }


def _totals(table: Table, positions: Sequence[int], language: str) -> list[str]:
    columns = [table.columns[position] for position in positions[1:]]
    if not table.total_label or all(column.total is None for column in columns):
        return []
    return [table.total_label, *(shown(column.total, column.form, language) for column in columns)]


def _cells(column: Column, rows: int, language: str) -> list[str]:
    values = column.values if len(column.values) <= rows else column.values[:rows]
    if column.form == TIME:
        found = [readable(str(value)) for value in values]
    else:
        found = [_cell(value, column.form, language) for value in values]
    return [*found, *([""] * (rows - len(found)))]


def _cell(value: Any, form: str, language: str) -> str:
    """A cell; a number that is not known is a dash, so that nobody takes it for forgotten."""
    return shown(value, form, language) or ("–" if form in (NUMBER, PERCENT, PRICE) else "")


def readable(label: str) -> str:
    """A time stamp as people read it.

    >>> readable("2026-03-29T01:00:00"), readable("2026-03")
    ('2026-03-29 01:00', '2026-03')
    """
    return f"{label[:10]} {label[11:16]}" if label[10:11] == "T" else label
