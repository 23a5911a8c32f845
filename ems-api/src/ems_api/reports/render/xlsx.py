"""Documents as Excel workbooks: native tables with filters, native charts, frozen heads, print set-up.

The first sheet has facts, figures and short tables; each long table has a sheet of its own with its charts.
Texts are written as texts, so a name cannot become a formula or a link.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from ems_api.reports.render import brand, typeset
from ems_api.reports.render.document import (
    BAR,
    FLOW,
    LINE,
    NUMBER,
    PERCENT,
    PIE,
    PLAIN,
    STACKED,
    TIME,
    Chart,
    Column,
    Document,
    Figures,
    Table,
    Text,
)
from ems_api.reports.texts import Texts

LONG_TABLE_ROWS: Final = 40
"""Tables with more rows get a sheet of their own; so does whatever runs over time."""
MOST_ROWS: Final = 1_000_000
"""Rows of a sheet; Excel ends at 1,048,576."""
_PALETTE: Final = brand.PALETTE
_LINE: Final = "#D0D5DA"
_FAINT: Final = "#5F6B76"
_DAY, _MINUTE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
_FORMATS: Final = {NUMBER: "#,##0.00", PERCENT: "0.0%", TIME: "@", PLAIN: "General"}
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_MOST_WIDTH: Final = 42
_CHART_PX: Final = (860, 330)
_RING_PX: Final = (430, 330)
_ROW_PX: Final = 20
_KINDS: Final = {
    BAR: {"type": "column"},
    STACKED: {"type": "column", "subtype": "stacked"},
    LINE: {"type": "line"},
    PIE: {"type": "doughnut"},
}


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
        if form not in (PLAIN, TIME, NUMBER, PERCENT):
            look["align"] = "left"
        if is_total:
            return self.format(bold=True, top=1, top_color=brand.ACCENT, **look)
        return self.format(bottom=1, bottom_color=_LINE, **look)


@dataclass(frozen=True, slots=True)
class _Area:
    """Where the rows of a table are: sheet, first and last row, and its columns."""

    sheet: str
    first: int
    last: int


class _Sheet:
    """One sheet, written from top to bottom.

    Args:
        book: The workbook.
        title: Its name, as far as Excel takes it.
        is_first: Whether title, logo and facts stand above the blocks.
    """

    def __init__(self, book: _Book, title: str, *, is_first: bool = False) -> None:
        self._book = book
        self._name = _sheet_name(title, book.names)
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
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.7, 0.6)
        sheet.set_header(f"&L&8{_escaped(document.site)}&R&8{_escaped(document.title)}")
        sheet.set_footer(f"&L&8{_escaped(document.made)}&R&8&P / &N")

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
            _number(self._sheet, self._row + 1, column, figure.value, look)
            change = book.format(
                font_color=_FAINT, align="left", bg_color="#F4F7F9", num_format='+0.0%;-0.0%;"±"0.0%'
            )
            _number(self._sheet, self._row + 2, column, figure.change, change)
            self._widen(column, _shown_width(label))
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
            drawn = self._chart(table, chart, area)
            column = len(table.columns) + 1 if beside else 2 * number
            self._sheet.insert_chart(top, column, drawn, {"object_position": 2})
            if beside:
                top += _CHART_PX[1] // _ROW_PX + 2
        if not beside:
            self._row += _CHART_PX[1] // _ROW_PX + 2

    def _rows(self, table: Table) -> _Area:
        """Head, rows and totals of a table; a native table with filters, so that it can be worked with."""
        book, sheet = self._book, self._sheet
        head = self._row
        heads = _unique([column.head for column in table.columns])
        look = book.format(
            bold=True, font_color="#FFFFFF", bg_color=brand.ACCENT, text_wrap=True, valign="vcenter", border=0
        )
        rows = min(table.rows, MOST_ROWS)
        for position, (column, title) in enumerate(zip(table.columns, heads, strict=True)):
            width = self._column(position, column, head + 1, rows)
            self._widen(position, max(width, min(_shown_width(title), 24)))
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
        return _Area(self._name, head + 1, head + rows)

    def _column(self, position: int, column: Column, top: int, rows: int) -> int:
        """The cells of a column; how wide the widest is."""
        sheet = self._sheet
        plain = self._book.cell(column.form)
        widest = 0
        values = column.values if len(column.values) <= rows else column.values[:rows]
        for row, value in enumerate(values, top):
            if isinstance(value, str):
                when = _instant(value) if column.form == TIME else None
                if when is not None:
                    form = _MINUTE if isinstance(when, datetime) else _DAY
                    sheet.write_datetime(row, position, when, self._book.cell(form))
                    widest = max(widest, len(form))
                else:
                    sheet.write_string(row, position, value, plain)
                    widest = max(widest, _shown_width(value))
            else:
                _number(sheet, row, position, value, plain)
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
                _number(sheet, self._row, position, column.total, look)
        self._row += 1

    def _chart(self, table: Table, chart: Chart, area: _Area) -> Any:
        drawn = self._book.book.add_chart(_KINDS[chart.kind])
        drawn.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True, "color": "#2B3440"}})
        drawn.set_legend({"position": "right" if chart.kind == PIE else "bottom", "font": {"size": 9}})
        drawn.show_blanks_as("gap")
        for number, position in enumerate(chart.series):
            drawn.add_series(_series(table, chart, area, number, position))
        width, height = _RING_PX if chart.kind == PIE else _CHART_PX
        drawn.set_size({"width": width, "height": height})
        if chart.kind == PIE:
            drawn.set_hole_size(58)
            return drawn
        labels = table.columns[chart.labels]
        drawn.set_x_axis(_time_axis(labels) if labels.form == TIME else {"num_font": {"size": 9}})
        drawn.set_y_axis(
            {
                "name": table.columns[chart.series[0]].unit,
                "name_font": {"size": 9, "bold": False},
                "num_font": {"size": 9},
                "num_format": "#,##0.##" if table.columns[chart.series[0]].form != PERCENT else "0%",
                "major_gridlines": {"visible": True, "line": {"color": "#E3E7EB"}},
                "line": {"none": True},
            }
        )
        return drawn


def _series(table: Table, chart: Chart, area: _Area, number: int, position: int) -> dict[str, Any]:
    colour = _PALETTE[number % len(_PALETTE)]
    series: dict[str, Any] = {
        "name": [area.sheet, area.first - 1, position],
        "categories": [area.sheet, area.first, chart.labels, area.last, chart.labels],
        "values": [area.sheet, area.first, position, area.last, position],
    }
    if chart.kind == PIE:
        count = len(table.columns[position].values)
        series["points"] = [{"fill": {"color": _PALETTE[n % len(_PALETTE)]}} for n in range(count)]
        series["data_labels"] = {"percentage": True, "font": {"color": "#FFFFFF", "size": 9}}
    elif chart.kind == LINE:
        series["line"] = {"color": colour, "width": 1.5}
    else:
        series |= {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}
        if chart.kind == BAR:
            series["overlap"] = 0
    return series


def _time_axis(labels: Column) -> dict[str, Any]:
    """An axis of instants: evenly spaced, about twelve labels."""
    every = max(1, -(-len(labels.values) // 12))
    first = str(labels.values[0]) if len(labels.values) else ""
    form = "mm-dd hh:mm" if len(first) > 10 else "mm-dd" if len(first) == 10 else "@"
    return {
        "text_axis": True,
        "num_format": form,
        "interval_unit": every,
        "interval_tick": every,
        "num_font": {"size": 9},
        "label_position": "low",
    }


def _instant(text: str) -> datetime | date | None:
    """A label as Excel's own date or time; None for months and years, which are no days."""
    if len(text) < 10:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _number(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    """A number; an empty cell for what is not known."""
    number = math.nan if value is None else float(value)
    if math.isfinite(number):
        sheet.write_number(row, column, number, look)
    else:
        sheet.write_blank(row, column, None, look)


def _shown_width(text: str) -> int:
    """Width of a text in characters; those of East Asia are two wide."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _unique(heads: Sequence[str]) -> list[str]:
    """Heads of a native table: no two alike, whatever their case, and none empty."""
    found: list[str] = []
    taken: set[str] = set()
    for head in heads:
        base = head.strip()[:240] or "–"
        name, n = base, 2
        while name.casefold() in taken:
            name, n = f"{base} {n}", n + 1
        taken.add(name.casefold())
        found.append(name)
    return found


def _escaped(text: str) -> str:
    """Text of a page head, in which ``&`` begins a command; Excel takes 255 characters in all."""
    return text[:90].replace("&", "&&")


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    base = title.translate(_FORBIDDEN).strip("' ")[:28] or "Report"
    used = {name.casefold() for name in taken}
    name, n = base, 2
    while name.casefold() in used:
        name, n = f"{base} {n}", n + 1
    return name
