"""Native charts of workbooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ems_api.reports.render import brand
from ems_api.reports.render.document import BAR, LINE, PERCENT, PIE, STACKED, TIME, Chart, Column, Table

CHART_PX: Final = (860, 330)
RING_PX: Final = (430, 330)
MOST_MARKED: Final = 62
"""A line of more values has no mark at each of them."""
_AXIS_FORMAT: Final = "[>=100]#,##0;[<=-100]-#,##0;General"
"""Thousands are grouped; as many decimals as a label needs, and no point after a whole number."""
_PALETTE: Final = brand.PALETTE
_KINDS: Final = {
    BAR: {"type": "column"},
    STACKED: {"type": "column", "subtype": "stacked"},
    LINE: {"type": "line"},
    PIE: {"type": "doughnut"},
}


@dataclass(frozen=True, slots=True)
class Area:
    """Where the rows of a table are: sheet, first and last row."""

    sheet: str
    first: int
    last: int


def draw(book: Any, table: Table, chart: Chart, area: Area) -> Any:
    """A chart that shows the cells of a table, ready to be inserted.

    Args:
        book: XlsxWriter's workbook.
        table: What it shows.
        chart: How.
        area: Where the rows of the table are.
    """
    drawn = book.add_chart(_KINDS[chart.kind])
    drawn.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True, "color": "#2B3440"}})
    drawn.set_legend({"position": "right" if chart.kind == PIE else "bottom", "font": {"size": 9}})
    drawn.show_blanks_as("gap")
    for number, position in enumerate(chart.series):
        drawn.add_series(_series(table, chart, area, number, position))
    width, height = RING_PX if chart.kind == PIE else CHART_PX
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
            "num_format": _AXIS_FORMAT if table.columns[chart.series[0]].form != PERCENT else "0%",
            "major_gridlines": {"visible": True, "line": {"color": "#E3E7EB"}},
            "line": {"none": True},
        }
    )
    return drawn


def _series(table: Table, chart: Chart, area: Area, number: int, position: int) -> dict[str, Any]:
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
        if area.last - area.first < MOST_MARKED:
            # A value between gaps makes no line; without a mark it would not be seen.
            mark = {"color": colour}
            series["marker"] = {"type": "circle", "size": 4, "fill": mark, "border": mark}
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
