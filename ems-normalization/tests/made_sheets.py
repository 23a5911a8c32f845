"""Workbooks for tests, as people make them."""

from __future__ import annotations

import io
from datetime import date

from ems_normalization.workbook import Sheet
from openpyxl import Workbook


def workbook(rows: list[list[object]]) -> bytes:
    """An .xlsx with these rows on its first sheet."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["not read"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def offline_rows(month: date, *meters: tuple[object, object, dict[int, object]]) -> list[list[object]]:
    """Rows of a month's offline workbook; each meter gives id, name and values by day."""
    rows: list[list[object]] = [["Year", "Month"], [month.year, month.month]]
    for key, name, by_day in meters:
        rows.append([key, name, "note", *(by_day.get(day) for day in range(1, 32))])
    return rows


def padded(rows: list[list[object]], columns: int) -> Sheet:
    """The sheet that the rows are read as."""
    return Sheet([tuple([*row, *([None] * (columns - len(row)))]) for row in rows])
