"""Documents as PDF, and their first chart as PNG or SVG, set by Typst with the machine's fonts.

Typst shapes every script and breaks tables over pages. Texts reach it as data, so nothing in them is markup.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import orjson
import typst

from ems_api.reports.render import chart as drawing
from ems_api.reports.render.document import Column, Document, Table
from ems_api.reports.render.numbers import shown
from ems_api.reports.texts import Texts

MOST_ROWS: Final = 2_000
"""Rows of a table in print; the rest is left to spreadsheets, and a note says so."""
MOST_COLUMNS: Final = 8
"""Columns side by side on a page; a wider table is continued below, its first column repeated."""
_PICTURE_PPI: Final = 144.0


@cache
def _template(name: str) -> bytes:
    return resources.files("ems_api.reports").joinpath("templates", name).read_bytes()


def pdf(document: Document) -> bytes:
    """A document as the bytes of a PDF file."""
    texts = Texts.of(document.language)
    data = {
        "lang": document.language.split("_")[0],
        "site": document.site,
        "title": document.title,
        "subtitle": document.subtitle,
        "made": f"{texts('generated')}: {document.made}" if document.made else "",
        "page": texts("page"),
        "facts": [list(fact) for fact in document.facts],
        "tables": [_table(table, document.language, texts) for table in document.tables],
    }
    return _compiled("report.typ", data, "pdf")


def png(document: Document) -> bytes:
    """The first chart of a document as the bytes of a PNG file; empty when it has none."""
    found = _first_chart(document)
    if found is None:
        return b""
    data = {
        "lang": document.language.split("_")[0],
        "title": f"{document.title} · {document.subtitle}",
        "svg": found,
    }
    return _compiled("chart.typ", data, "png")


def svg(document: Document) -> bytes:
    """The first chart of a document as the bytes of an SVG file; empty when it has none."""
    found = _first_chart(document)
    return b"" if found is None else found.encode("utf-8")


def _first_chart(document: Document) -> str | None:
    """The chart of the table with the most rows: what happened over time."""
    with_charts = [table for table in document.tables if table.charts]
    if not with_charts:
        return None
    table = max(with_charts, key=lambda item: item.rows)
    return drawing.svg(table, table.charts[0], 960.0, 420.0, language=document.language)


def _compiled(template: str, data: dict[str, Any], form: Literal["pdf", "png"]) -> bytes:
    made: Any = typst.compile(
        _template(template),
        format=form,
        ppi=_PICTURE_PPI,
        sys_inputs={"data": orjson.dumps(data).decode("utf-8")},
    )
    # Pictures come as one per page when there are several.
    return bytes(made[0] if isinstance(made, list) else made)


def _table(table: Table, language: str, texts: Texts) -> dict[str, Any]:
    charts = [drawing.svg(table, chart, language=language) for chart in table.charts]
    note = texts("rows_left_out") if table.rows > MOST_ROWS else ""
    sections = [_section(table, columns, language) for columns in _chunks(table.columns)]
    return {"title": table.title, "charts": charts, "sections": sections, "note": note}


def _chunks(columns: Any) -> list[list[Column]]:
    first, rest = columns[0], list(columns[1:])
    size = MOST_COLUMNS - 1
    return [[first, *rest[start : start + size]] for start in range(0, max(len(rest), 1), size)]


def _section(table: Table, columns: list[Column], language: str) -> dict[str, Any]:
    rows = min(table.rows, MOST_ROWS)
    cells = [[shown(value, column.form, language) for value in column.values[:rows]] for column in columns]
    padded = [[*column, *([""] * (rows - len(column)))] for column in cells]
    totals: list[str] = []
    if table.total_label and any(column.total is not None for column in columns[1:]):
        totals = [table.total_label, *(shown(column.total, column.form, language) for column in columns[1:])]
    return {
        "heads": [column.head for column in columns],
        "cells": [cell for row in zip(*padded, strict=True) for cell in row],
        "totals": totals,
    }
