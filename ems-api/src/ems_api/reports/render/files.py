"""Documents as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ems_api.reports.render import csv_file, typeset, xlsx
from ems_api.reports.render.document import Document


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: its media type, and what makes it."""

    media_type: str
    make: Callable[[Document], bytes]


FORMS: Final = {
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.make),
    "csv": Form("text/csv; charset=utf-8", csv_file.make),
    "pdf": Form("application/pdf", typeset.pdf),
    "png": Form("image/png", typeset.png),
    "svg": Form("image/svg+xml", typeset.svg),
}


def make(form: str, document: Document) -> bytes:
    """A document as a file of a form of :data:`FORMS`; empty when the document has nothing to show in it."""
    return FORMS[form].make(document)
