"""Documents as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ems_api.reports.render import csv_file, json_file, pictures, typeset, xlsx
from ems_api.reports.render.document import Document


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file.

    Attributes:
        media_type: Its media type.
        make: Makes it of a document.
        draw: Makes it of one chart of a document, where a file is a picture of one chart.
    """

    media_type: str
    make: Callable[[Document], bytes]
    draw: Callable[[Document, str], bytes] | None = None


FORMS: Final = {
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.make),
    "csv": Form("text/csv; charset=utf-8", csv_file.make),
    "pdf": Form("application/pdf", typeset.pdf),
    "png": Form("image/png", pictures.png, pictures.png),
    "svg": Form("image/svg+xml", pictures.svg, pictures.svg),
    "json": Form("application/json", json_file.make),
}


def make(form: str, document: Document, chart: str = "") -> bytes:
    """A document as a file of a form of :data:`FORMS`.

    Args:
        form: The form.
        document: The document.
        chart: Name of the chart, where the form is a picture; "" for the one that tells most.

    Returns:
        The file; empty when the document has no such chart.
    """
    found = FORMS[form]
    return found.draw(document, chart) if found.draw is not None else found.make(document)
