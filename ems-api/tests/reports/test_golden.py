"""Golden files: what five reports hold, opened as a workbook and as print, in four languages.

`make golden` writes them anew; the diff is then read like any other. Pages are compared as pictures too, coarsely,
because a hair of difference between two versions of a font is no fault.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pypdfium2
import pytest
import time_machine
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from .conftest import FRIDAY, THREE_DAYS, Site

FOLDER = Path(__file__).parent / "golden"
WRITES = os.environ.get("EMS_GOLDEN") == "write"
LANGUAGES = ("en", "de", "zh_CN", "ar")
DAILY = {"periodtype": "daily", **THREE_DAYS}
REPORTS = {
    "spaceenergycategory": {"spaceid": "1", **DAILY, **FRIDAY},
    "spaceload": {"spaceid": "1", **DAILY, **FRIDAY},
    "metercost": {"meterid": "1", **DAILY},
    "tenantbill": {"tenantid": "1", **DAILY},
    "metersubmetersbalance": {"meterid": "1", **DAILY},
}
CASES = [(report, language) for report in REPORTS for language in LANGUAGES]
PAGE_SCALE = 1.0
COARSE_PX = 8
"""Side of the squares that are compared by their mean."""
DIFFERENT = 24
"""Means (0–255) that differ by more are different."""


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    # The document says when it was made.
    with time_machine.travel("2025-04-02T09:30:00Z", tick=True):
        yield


@pytest.fixture(scope="module")
def fetched(site: Site) -> Any:
    """Fetches a report as a file."""

    def fetch(report: str, language: str, form: str) -> bytes:
        query = {**REPORTS[report], "language": language}
        answer = site.api.call("GET", f"/v1/reports/{report}.{form}", params=query)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    return fetch


def shown(sheet: Worksheet) -> Iterator[str]:
    """A sheet, line by line: its set-up, its cells with their formats, its tables, its charts."""
    yield f"--- sheet {sheet.title}: frozen {sheet.freeze_panes or '-'}, head {sheet.print_title_rows or '-'}"
    for row in sheet.iter_rows():
        cells = [
            f"{cell.coordinate}={cell.value!r} [{cell.number_format}]"
            if not isinstance(cell.value, str)
            else f"{cell.coordinate}={cell.value}"
            for cell in row
            if cell.value is not None
        ]
        if cells:
            yield " | ".join(cells)
    for table in sheet.tables.values():
        yield f"table {table.ref}: {', '.join(table.column_names)}"
    for chart in sheet._charts:  # openpyxl has no public list of them
        yield f"chart {type(chart).__name__} {plain(chart.title)}"
        for series in chart.series:
            yield f"  {series.tx.strRef.f}: {series.cat.strRef.f if series.cat.strRef else series.cat.numRef.f}"
            yield f"    {series.val.numRef.f}"


def plain(title: Any) -> str:
    """The text of a chart's title."""
    return "".join(run.t for part in title.tx.rich.p for run in part.r or ())


def workbook_text(content: bytes) -> str:
    """All of a workbook that can be reviewed as text."""
    book = load_workbook(io.BytesIO(content))
    lines = [line for sheet in book.worksheets for line in shown(sheet)]
    pictures = [name for name in ZipFile(io.BytesIO(content)).namelist() if name.startswith("xl/media/")]
    return "\n".join([*lines, f"pictures: {', '.join(pictures)}", ""])


def print_text(content: bytes) -> str:
    """The text of all pages."""
    document = pypdfium2.PdfDocument(content)
    pages = [document[n].get_textpage().get_text_bounded().replace("\r", "") for n in range(len(document))]
    return "\n".join(f"--- page {n + 1}\n{page}" for n, page in enumerate(pages)) + "\n"


def first_page(content: bytes) -> Image.Image:
    """The first page as a picture in grey."""
    page: Image.Image = pypdfium2.PdfDocument(content)[0].render(scale=PAGE_SCALE).to_pil()
    return page.convert("L")


def compared(path: Path, text: str) -> None:
    """Compare with the golden file, or write it."""
    text = re.sub(r"[ \t]+\n", "\n", text)
    if WRITES:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see `make golden`"


@pytest.mark.db
@pytest.mark.parametrize(("report", "language"), CASES)
def test_golden_workbook(fetched: Any, report: str, language: str) -> None:
    content = fetched(report, language, "xlsx")
    compared(FOLDER / f"{report}.{language}.xlsx.txt", workbook_text(content))


@pytest.mark.db
@pytest.mark.parametrize(("report", "language"), CASES)
def test_golden_print(fetched: Any, report: str, language: str) -> None:
    content = fetched(report, language, "pdf")
    compared(FOLDER / f"{report}.{language}.pdf.txt", print_text(content))


@pytest.mark.db
@pytest.mark.parametrize("language", LANGUAGES)
def test_golden_page(fetched: Any, language: str) -> None:
    page = first_page(fetched("spaceenergycategory", language, "pdf"))
    path = FOLDER / f"spaceenergycategory.{language}.png"
    if WRITES:
        page.save(path, optimize=True)
    small = (page.width // COARSE_PX, page.height // COARSE_PX)
    now, then = (
        np.asarray(picture.resize(small, Image.Resampling.BOX), dtype=np.int16)
        for picture in (page, Image.open(path))
    )
    assert now.shape == then.shape
    assert np.abs(now - then).max() <= DIFFERENT
