"""Documents as CSV: one block per table, blocks parted by an empty line, numbers unformatted."""

from __future__ import annotations

import csv
import io
import math
from itertools import zip_longest
from numbers import Integral
from typing import Any

from ems_api.reports.render.document import Document

# Without the mark Excel reads UTF-8 as the code page of the machine.
_BYTE_ORDER_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def make(document: Document) -> bytes:
    """A document as the bytes of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([document.title, _safe(document.subtitle)])
    writer.writerows([label, _safe(value)] for label, value in document.facts)
    for table in document.tables:
        writer.writerow([])
        writer.writerow([_safe(table.title)])
        writer.writerow([_safe(column.head) for column in table.columns])
        writer.writerows(
            [_safe(value) for value in row] for row in zip_longest(*(c.values for c in table.columns))
        )
        if table.total_label:
            writer.writerow([table.total_label, *(_safe(column.total) for column in table.columns[1:])])
    return (_BYTE_ORDER_MARK + out.getvalue()).encode("utf-8")


def _safe(value: Any) -> Any:
    """A name that a spreadsheet would run as a formula is quoted; numbers stay numbers, counts whole ones."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    if value is None or not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Integral) else float(value)
