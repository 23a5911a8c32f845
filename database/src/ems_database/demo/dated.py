"""What depends on the day of the installation: budgets, and the workbooks of meters that people read."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from openpyxl import Workbook

from ems_database.demo.document import Document, Row, row_uuid

FILES: Final = "tbl_offline_meter_files"
_FIRST_METER_ROW: Final = 3
_FIRST_DAY_COLUMN: Final = 4
_MONTHS_A_YEAR: Final = 12


def budgets(given: Row, today: date) -> Iterator[Row]:
    """A budget of the declaration as one for each of its months or years.

    Args:
        given: The budget; it begins with the month or year that runs.
        today: Local date of the installation.
    """
    is_yearly = given["period"] == "year"
    plain = {name: value for name, value in given.items() if name not in ("months", "years")}
    count = given["years"] if is_yearly else given["months"]
    for number in range(count):
        months = today.month - 1 + number
        start = (
            date(today.year + number, 1, 1)
            if is_yearly
            else date(today.year + months // _MONTHS_A_YEAR, months % _MONTHS_A_YEAR + 1, 1)
        )
        yield {**plain, "id": given["id"] * 100 + number, "starts_on": start}


def profiles(document: Document) -> Iterator[Row]:
    """Shapes of the days by which daily readings are spread over hours."""
    for key, readings in document.site["offline_readings"].items():
        meter = document.id_of("offline_meters", key, "offline_readings")
        for hour, weight in enumerate(readings["day"]):
            for is_working_day in (False, True):
                yield {
                    "offline_meter_id": meter,
                    "is_working_day": is_working_day,
                    "hour_of_day": hour,
                    "weight": weight,
                }


def files(document: Document, days: int, now_utc: datetime) -> list[Row]:
    """The uploaded workbooks of meters that people read, a month each; normalization takes them from there.

    Args:
        document: The declaration.
        days: How many days before now were read; none of them when 0.
        now_utc: Time of the installation; its day is not over and has no reading yet.
    """
    today = now_utc.astimezone(document.zone).date()
    first = (now_utc - timedelta(days=days)).astimezone(document.zone).date() + timedelta(days=1)
    read = [first + timedelta(days=n) for n in range((today - first).days)]
    months = sorted({day.replace(day=1) for day in read})
    return [
        {
            "id": number,
            "file_name": f"water-{month:%Y-%m}.xlsx",
            "uuid": row_uuid(FILES, number),
            "upload_datetime_utc": now_utc.astimezone(UTC).replace(tzinfo=None, microsecond=0),
            "status": "new",
            "file_object": _workbook(document, [day for day in read if day.replace(day=1) == month]),
        }
        for number, month in enumerate(months, 1)
    ]


def _workbook(document: Document, days: list[date]) -> bytes:
    """A month's readings: year and month in row 2, then a row for each meter, its days from column D on."""
    book = Workbook()
    sheet: Any = book.active
    for column, title in enumerate(("Year", "Month"), 1):
        sheet.cell(1, column, title)
    sheet.cell(2, 1, days[0].year)
    sheet.cell(2, 2, days[0].month)
    names = {row["id"]: row["name"] for row in document.sections["offline_meters"]}
    for row, (key, readings) in enumerate(document.site["offline_readings"].items(), _FIRST_METER_ROW):
        meter = document.id_of("offline_meters", key, "offline_readings")
        sheet.cell(row, 1, meter)
        sheet.cell(row, 2, names[meter])
        for day in days:
            usual_m3 = readings["m3_per_day"][day.weekday()]
            varied = 1 + readings["variation"] * _between(f"{key} {day}")
            sheet.cell(row, _FIRST_DAY_COLUMN - 1 + day.day, round(usual_m3 * varied, 1))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _between(text: str) -> float:
    """A number from -1 to 1 that is the same for the same text on every machine."""
    return zlib.crc32(text.encode()) / 2**31 - 1
