"""Documents as JSON: blocks of figures, tables and texts as they are shown, for screens of any kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from ems_api.errors import as_bytes
from ems_api.reports.render.document import Block, Column, Document, Figures, Text

Json = dict[str, Any]


def make(document: Document) -> bytes:
    """A document as the bytes of a JSON file."""
    return as_bytes(value(document))


def value(document: Document) -> Json:
    """A document as a JSON value; what is not known is null."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "site": document.site,
        "made": document.made,
        "language": document.language,
        "facts": [{"label": label, "value": shown} for label, shown in document.facts],
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: Block) -> Json:
    if isinstance(block, Text):
        return {"kind": "text", "title": block.title, "text": block.text}
    if isinstance(block, Figures):
        items = [
            {
                "label": item.label,
                "value": item.value,
                "unit": item.unit,
                "form": item.form,
                "change": item.change,
            }
            for item in block.items
        ]
        return {"kind": "figures", "title": block.title, "items": items}
    return {
        "kind": "table",
        "key": block.key,
        "title": block.title,
        "has_rows": block.has_rows,
        "total_label": block.total_label,
        "columns": [_column(column) for column in block.columns],
        "charts": [
            {"kind": chart.kind, "title": chart.title, "labels": chart.labels, "series": list(chart.series)}
            for chart in block.charts
        ],
    }


def _column(column: Column) -> Json:
    values = column.values
    return {
        "title": column.title,
        "unit": column.unit,
        "form": column.form,
        "values": np.ascontiguousarray(values) if isinstance(values, np.ndarray) else list(values),
        "total": column.total,
    }
