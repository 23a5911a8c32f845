"""The charts of a document as pictures: any of them by name, or the one that tells most."""

from __future__ import annotations

from typing import Final

from ems_api.reports.render import chart as drawing
from ems_api.reports.render import typeset
from ems_api.reports.render.document import Chart, Document, Table

WIDTH_PX: Final = 960.0
HEIGHT_PX: Final = 420.0


def names(document: Document) -> list[str]:
    """Names of all charts of a document: the table's key, with a number from the second on: ``details.2``."""
    return list(_named(document))


def _named(document: Document) -> dict[str, tuple[Table, Chart]]:
    found: dict[str, tuple[Table, Chart]] = {}
    for table in document.tables:
        for chart in table.charts:
            base = table.key or "chart"
            name, n = base, 2
            while name in found:
                name, n = f"{base}.{n}", n + 1
            found[name] = (table, chart)
    return found


def main_chart(document: Document) -> str:
    """The name of the chart of the table with the most rows: what happened over time; "" without any."""
    found = _named(document)
    return max(found, key=lambda name: found[name][0].rows, default="")


def svg(document: Document, name: str = "") -> bytes:
    """A chart as the bytes of an SVG file; empty when the document has no such chart."""
    chosen = _named(document).get(name or main_chart(document))
    if chosen is None:
        return b""
    table, chart = chosen
    title = " · ".join(part for part in (document.title, document.subtitle, chart.title) if part)
    found = drawing.svg(table, chart, WIDTH_PX, HEIGHT_PX, language=document.language, title=title)
    return found.encode("utf-8")


def png(document: Document, name: str = "") -> bytes:
    """The same as the bytes of a PNG file, twice as fine as a screen."""
    found = svg(document, name)
    return typeset.picture(found.decode("utf-8"), WIDTH_PX) if found else b""
