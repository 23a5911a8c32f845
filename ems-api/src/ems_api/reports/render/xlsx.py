"""Documents as Excel workbooks: native tables with filters, native charts, frozen heads, print set-up.

The first sheet has facts, figures and short tables; each long table has a sheet of its own with its charts.
Texts are written as texts, so a name cannot become a formula or a link.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from ems_api.reports.render import brand, typeset, xlsx_cells
from ems_api.reports.render.document import (
    FLOW,
    NUMBER,
    PERCENT,
    PLAIN,
    PRICE,
    TIME,
    Column,
    Document,
    Figures,
    Table,
    Text,
)
from ems_api.reports.render.xlsx_chart import CHART_PX, Area, draw
from ems_api.reports.texts import Texts

LONG_TABLE_ROWS: Final = 40
"""Tables with more rows get a sheet of their own; so does whatever runs over time."""
MOST_ROWS: Final = 1_000_000
"""Rows of a sheet; Excel ends at 1,048,576."""
_LINE: Final = "#D0D5DA"
_FAINT: Final = "#5F6B76"
_DAY, _MINUTE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
_FORMATS: Final = {NUMBER: "#,##0.00", PERCENT: "0.0%", PRICE: "#,##0.0000", TIME: "@", PLAIN: "General"}
_MOST_WIDTH: Final = 42
_ROW_PX: Final = 20


def make(document: Document) -> bytes:
    """A document as the bytes of a workbook."""
    out = io.BytesIO()
    # Links, formulas and numbers in texts stay texts: each cell is written by its kind.
    book: Any = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": document.title, "subject": document.subtitle, "company": document.site})
    book.set_size(2400, 1500)
    workbook = _Book(book, document)
    first = _Sheet(workbook, document.title, is_first=True)
    later: list[Table] = []
    for block in document.blocks:
        if isinstance(block, Table) and _is_long(block):
            later.append(block)
        else:
            first.write(block)
    first.finish()
    for table in later:
        sheet = _Sheet(workbook, table.title)
        sheet.write(table)
        sheet.finish()
    book.close()
    return out.getvalue()


def _is_long(table: Table) -> bool:
    return table.rows > LONG_TABLE_ROWS or (table.rows > 1 and table.columns[0].form == TIME)


class _Book:
    """A workbook and its formats, each made once."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book = book
        self.document = document
        self.texts = Texts.of(document.language)
        self.names: list[str] = []
        self.tables = 0
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **look: Any) -> Any:
        """The format that looks so."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_name": "Calibri", "font_size": 11, **look})
        return self._formats[key]

    def cell(self, form: str, *, is_total: bool = False) -> Any:
        """The format of a table's cell."""
        look: dict[str, Any] = {"num_format": _FORMATS.get(form, form), "valign": "vcenter"}
        if form not in _FORMATS:
            look["align"] = "left"
        if is_total:
            return self.format(bold=True, top=1, top_color=brand.ACCENT, **look)
        return self.format(bottom=1, bottom_color=_LINE, **look)


class _Sheet:
    """One sheet, written from top to bottom.

    Args:
        book: The workbook.
        title: Its name, as far as Excel takes it.
        is_first: Whether title, logo and facts stand above the blocks.
    """

    def __init__(self, book: _Book, title: str, *, is_first: bool = False) -> None:
        self._book = book
        self._name = xlsx_cells.sheet_name(title, book.names)
        book.names.append(self._name)
        self._sheet: Any = book.book.add_worksheet(self._name)
        self._is_first = is_first
        self._row = 0
        self._widths: dict[int, int] = {}
        self._set_up()
        if is_first:
            self._heading()
        else:
            self._subheading()

    def _set_up(self) -> None:
        sheet, document = self._sheet, self._book.document
        sheet.hide_gridlines(2)
        if self._book.texts.is_right_to_left:
            sheet.right_to_left()
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.7, 0.6)
        sheet.set_header(f"&L&8{xlsx_cells.escaped(document.site)}&R&8{xlsx_cells.escaped(document.title)}")
        sheet.set_footer(f"&L&8{xlsx_cells.escaped(document.made)}&R&8&P / &N")

    def _heading(self) -> None:
        book, document = self._book, self._book.document
        sheet = self._sheet
        sheet.set_row(0, 30)
        sheet.insert_image(
            0,
            5,
            "logo.png",
            {
                "image_data": io.BytesIO(typeset.logo_png(document.logo)),
                "x_scale": 0.4,
                "y_scale": 0.4,
                "description": "EMS",
            },
        )
        self._text(0, document.title, book.format(bold=True, font_size=18, font_color=brand.ACCENT))
        self._text(1, document.subtitle, book.format(bold=True, font_size=13, font_color="#2B3440"))
        self._row = 3
        facts = [*document.facts]
        if document.made:
            facts.append((book.texts("generated"), document.made))
        for label, value in facts:
            self._text(self._row, label, book.format(font_color=_FAINT), column=0)
            self._text(self._row, value, book.format(), column=1)
            self._widen(0, len(label))
            self._row += 1
        self._row += 1
        sheet.freeze_panes(2, 0)

    def _subheading(self) -> None:
        book, document = self._book, self._book.document
        look = book.format(bold=True, font_size=13, font_color=brand.ACCENT)
        self._text(0, f"{document.title} · {document.subtitle} · {self._name}", look)
        self._row = 2

    def finish(self) -> None:
        """Set the widths of the columns."""
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, min(max(width + 3, 12), _MOST_WIDTH))

    def write(self, block: Table | Figures | Text) -> None:
        """Write a block below what is there."""
        if isinstance(block, Figures):
            self._figures(block)
        elif isinstance(block, Text):
            self._paragraphs(block)
        else:
            self._table(block)

    def _text(self, row: int, value: str, look: Any, *, column: int = 0) -> None:
        self._sheet.write_string(row, column, value, look)

    def _widen(self, column: int, width: int) -> None:
        self._widths[column] = max(self._widths.get(column, 0), width)

    def _section(self, title: str) -> None:
        if title:
            look = self._book.format(bold=True, font_size=12, font_color=brand.ACCENT)
            self._text(self._row, title, look)
            self._row += 1

    def _figures(self, block: Figures) -> None:
        book = self._book
        self._section(block.title)
        for column, figure in enumerate(block.items):
            label = f"{figure.label} ({figure.unit})" if figure.unit else figure.label
            self._text(
                self._row,
                label,
                book.format(font_color=_FAINT, top=2, top_color=brand.ACCENT, bg_color="#F4F7F9"),
                column=column,
            )
            look = book.format(
                bold=True,
                font_size=16,
                align="left",
                bg_color="#F4F7F9",
                num_format=_FORMATS[figure.form],
            )
            xlsx_cells.number(self._sheet, self._row + 1, column, figure.value, look)
            change = book.format(
                font_color=_FAINT, align="left", bg_color="#F4F7F9", num_format='+0.0%;-0.0%;"±"0.0%'
            )
            xlsx_cells.number(self._sheet, self._row + 2, column, figure.change, change)
            self._widen(column, xlsx_cells.shown_width(label))
        self._sheet.set_row(self._row + 1, 24)
        self._row += 4

    def _paragraphs(self, block: Text) -> None:
        self._section(block.title)
        for line in block.text.splitlines():
            self._text(self._row, line, self._book.format())
            self._row += 1
        self._row += 1

    def _table(self, table: Table) -> None:
        if self._is_first:
            self._section(table.title)
        area = self._rows(table)
        beside = not self._is_first
        # Excel has no chart of flows.
        charts = [chart for chart in table.charts if chart.series and chart.kind != FLOW]
        if not charts or area.last < area.first:
            self._row += 1
            return
        top = 1 if beside else self._row
        for number, chart in enumerate(charts):
            drawn = draw(self._book.book, table, chart, area)
            column = len(table.columns) + 1 if beside else 2 * number
            self._sheet.insert_chart(top, column, drawn, {"object_position": 2})
            if beside:
                top += CHART_PX[1] // _ROW_PX + 2
        if not beside:
            self._row += CHART_PX[1] // _ROW_PX + 2

    def _rows(self, table: Table) -> Area:
        """Head, rows and totals of a table; a native table with filters, so that it can be worked with."""
        book, sheet = self._book, self._sheet
        head = self._row
        heads = xlsx_cells.unique([column.head for column in table.columns])
        look = book.format(
            bold=True, font_color="#FFFFFF", bg_color=brand.ACCENT, text_wrap=True, valign="vcenter", border=0
        )
        rows = min(table.rows, MOST_ROWS)
        for position, (column, title) in enumerate(zip(table.columns, heads, strict=True)):
            width = self._column(position, column, head + 1, rows)
            self._widen(position, max(width, min(xlsx_cells.shown_width(title), 24)))
        if rows:
            book.tables += 1
            sheet.add_table(
                head,
                0,
                head + rows,
                len(heads) - 1,
                {
                    "name": f"Table{book.tables}",
                    "style": None,
                    "columns": [{"header": title, "header_format": look} for title in heads],
                },
            )
        self._row = head + rows + 1
        sheet.set_row(head, 32)
        if not self._is_first:
            sheet.freeze_panes(head + 1, 1)
            sheet.repeat_rows(head)
        if table.total_label:
            self._totals(table)
        return Area(self._name, head + 1, head + rows)

    def _column(self, position: int, column: Column, top: int, rows: int) -> int:
        """The cells of a column; how wide the widest is."""
        sheet = self._sheet
        plain = self._book.cell(column.form)
        widest = 0
        values = column.values if len(column.values) <= rows else column.values[:rows]
        for row, value in enumerate(values, top):
            if isinstance(value, str):
                when = xlsx_cells.instant(value) if column.form == TIME else None
                if when is not None:
                    form = _MINUTE if isinstance(when, datetime) else _DAY
                    sheet.write_datetime(row, position, when, self._book.cell(form))
                    widest = max(widest, len(form))
                else:
                    sheet.write_string(row, position, value, plain)
                    widest = max(widest, xlsx_cells.shown_width(value))
            else:
                xlsx_cells.number(sheet, row, position, value, plain)
        for row in range(top + len(values), top + rows):
            sheet.write_blank(row, position, None, plain)
        return max(widest, 12)

    def _totals(self, table: Table) -> None:
        book, sheet = self._book, self._sheet
        for position, column in enumerate(table.columns):
            look = book.cell(column.form, is_total=True)
            if position == 0:
                sheet.write_string(self._row, 0, table.total_label, look)
            else:
                xlsx_cells.number(sheet, self._row, position, column.total, look)
        self._row += 1
