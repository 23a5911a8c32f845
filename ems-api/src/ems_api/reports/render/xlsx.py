"""Documents as Excel workbooks: a sheet of figures with native charts, and a sheet per long table.

Cells that look like formulas are stored as text, so a name cannot become one.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter

from ems_api.reports.render.document import (
    BAR,
    LINE,
    NUMBER,
    PERCENT,
    PIE,
    STACKED,
    Chart,
    Column,
    Document,
    Table,
)

LONG_TABLE_ROWS: Final = 60
"""Tables with more rows get a sheet of their own."""
_ACCENT: Final = "1F5C7A"
_PALETTE: Final = ("1F77B4", "FF7F0E", "2CA02C", "D62728", "9467BD", "8C564B", "17BECF", "7F7F7F")
_WIDTH_CM, _HEIGHT_CM, _CHART_ROWS = 24.0, 8.5, 18
_FORMATS: Final = {NUMBER: "#,##0.00", PERCENT: "0.0%"}
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def make(document: Document) -> bytes:
    """A document as the bytes of a workbook."""
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    short = [table for table in document.tables if table.rows <= LONG_TABLE_ROWS]
    _Sheet(book, document.title, short, document).write()
    for table in document.tables:
        if table.rows > LONG_TABLE_ROWS:
            _Sheet(book, table.title, [table]).write()
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _styles() -> list[NamedStyle]:
    line = Border(bottom=Side(style="thin", color="D0D5DA"))
    head = NamedStyle(
        "ems_head",
        font=Font(bold=True, color="FFFFFF"),
        fill=PatternFill("solid", fgColor=_ACCENT),
        alignment=Alignment(wrap_text=True, vertical="center"),
    )
    styles = [head, NamedStyle("ems_title", font=Font(bold=True, size=16, color=_ACCENT))]
    styles.append(NamedStyle("ems_label", font=Font(color="5F6B76")))
    styles.append(NamedStyle("ems_section", font=Font(bold=True, size=12, color=_ACCENT)))
    for form in ("plain", NUMBER, PERCENT):
        style = NamedStyle(f"ems_{form}", border=line)
        style.number_format = _FORMATS.get(form, "General")
        styles.append(style)
        total = NamedStyle(f"ems_total_{form}", font=Font(bold=True), border=Border(top=Side(style="thin")))
        total.number_format = _FORMATS.get(form, "General")
        styles.append(total)
    return styles


class _Sheet:
    """One sheet, written from top to bottom.

    Args:
        book: The workbook.
        title: Name of the sheet.
        tables: Its tables.
        document: When given, its title and facts stand above the tables.
    """

    def __init__(
        self, book: Workbook, title: str, tables: list[Table], document: Document | None = None
    ) -> None:
        self._sheet: Any = book.create_sheet(_sheet_name(title, book.sheetnames))
        self._tables = tables
        self._document = document
        self._row = 0
        self._looks: dict[str, Any] = {}

    def write(self) -> None:
        """Write everything."""
        self._widths()
        if self._document is not None:
            self._heading(self._document)
        elif self._tables:
            self._sheet.freeze_panes = "B3"
        for table in self._tables:
            self._table(table)

    def _widths(self) -> None:
        widest = max((len(table.columns) for table in self._tables), default=2)
        self._sheet.column_dimensions["A"].width = 26
        for column in range(2, widest + 1):
            self._sheet.column_dimensions[get_column_letter(column)].width = 18

    def _append(self, cells: Iterable[Any] = ()) -> None:
        self._sheet.append(list(cells))
        self._row += 1

    def _cell(self, value: Any, style: str) -> Any:
        cell: Any = WriteOnlyCell(self._sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"
        if style not in self._looks:
            cell.style = style
            # Looking a style up by name costs more than the cell itself; cells may share what is found.
            self._looks[style] = cell._style
        cell._style = self._looks[style]
        return cell

    def _heading(self, document: Document) -> None:
        self._append([self._cell(document.title, "ems_title")])
        self._append([self._cell(document.subtitle, "ems_section")])
        for label, value in document.facts:
            self._append([self._cell(label, "ems_label"), self._cell(value, "ems_plain")])
        self._append()

    def _table(self, table: Table) -> None:
        self._append([self._cell(table.title, "ems_section")])
        self._append([self._cell(column.head, "ems_head") for column in table.columns])
        first = self._row
        styles = [f"ems_{column.form}" for column in table.columns]
        for values in zip(*(_padded(column, table.rows) for column in table.columns), strict=True):
            self._append(self._cell(value, style) for value, style in zip(values, styles, strict=True))
        last = self._row
        if table.total_label:
            self._append(
                self._cell(table.total_label if n == 0 else column.total, f"ems_total_{column.form}")
                for n, column in enumerate(table.columns)
            )
        self._append()
        for chart in table.charts:
            self._chart(table, chart, first, last)

    def _chart(self, table: Table, chart: Chart, head_row: int, last_row: int) -> None:
        if last_row == head_row:
            return
        drawn = _drawn(chart, table)
        for position in chart.series:
            drawn.add_data(
                Reference(self._sheet, min_col=position + 1, min_row=head_row, max_row=last_row),
                titles_from_data=True,
            )
        drawn.set_categories(
            Reference(self._sheet, min_col=chart.labels + 1, min_row=head_row + 1, max_row=last_row)
        )
        _colour(drawn, chart)
        own_sheet = self._document is None
        anchor = f"{get_column_letter(len(table.columns) + 2)}2" if own_sheet else f"A{self._row + 1}"
        self._sheet.add_chart(drawn, anchor)
        if not own_sheet:
            for _ in range(_CHART_ROWS):
                self._append()


def _drawn(chart: Chart, table: Table) -> Any:
    kinds: dict[str, type[Any]] = {BAR: BarChart, STACKED: BarChart, LINE: LineChart, PIE: PieChart}
    drawn = kinds[chart.kind]()
    drawn.title = chart.title
    drawn.width, drawn.height = _WIDTH_CM, _HEIGHT_CM
    if chart.kind == PIE:
        drawn.width = _WIDTH_CM / 2
        drawn.dataLabels = DataLabelList(
            showPercent=True, showVal=False, showSerName=False, showCatName=False
        )
        return drawn
    if chart.kind == STACKED:
        drawn.grouping, drawn.overlap = "stacked", 100
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.title = table.columns[chart.series[0]].unit or None
    drawn.y_axis.number_format = "#,##0"
    drawn.legend.position = "b"
    return drawn


def _colour(drawn: Any, chart: Chart) -> None:
    if chart.kind == PIE:
        return
    for series, colour in zip(
        drawn.series, _PALETTE * (len(drawn.series) // len(_PALETTE) + 1), strict=False
    ):
        series.graphicalProperties.line.solidFill = colour
        if chart.kind == LINE:
            series.smooth = False
            series.graphicalProperties.line.width = 19_050
        else:
            series.graphicalProperties.solidFill = colour


def _padded(column: Column, rows: int) -> Iterable[Any]:
    values = [_plain(value) for value in column.values]
    return [*values, *([None] * (rows - len(values)))]


def _plain(value: Any) -> Any:
    """NumPy numbers as Python's; nan as an empty cell."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def _sheet_name(title: str, taken: list[str]) -> str:
    base = title.translate(_FORBIDDEN).strip("' ")[:28] or "Report"
    name, n = base, 2
    while name in taken:
        name, n = f"{base} {n}", n + 1
    return name
