"""Saved documents: reports that people put together of blocks, made by the same engine as all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from ems_common.clock import utc_now

from ems_api.errors import invalid
from ems_api.jobs.asking import context
from ems_api.jobs.orders import Asker, Progress, Wanted, check, document_of, parsed
from ems_api.reports import engine
from ems_api.reports.render.document import Block, Document, Figures, Table, Text
from ems_api.reports.texts import Texts

MOST_BLOCKS: Final = 40
LONGEST_TEXT: Final = 20_000
Shown = Literal["kpi", "chart", "table"]


class Part(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A block.

    Attributes:
        title: Its head; "" for the report's own.
        text: Paragraphs; a block of text alone has no report.
        show: What of the report is shown.
        table: Key of the table that is shown, such as ``details``; "" for all.
    """

    title: str = ""
    text: str = ""
    show: tuple[Shown, ...] = ("kpi", "chart", "table")
    table: str = ""


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a saved document is made of.

    Attributes:
        blocks: In order.
        subtitle: Below the title.
        period: For blocks that have none.
        compare: The same.
    """

    blocks: tuple[Part, ...]
    subtitle: str = ""
    period: str = ""
    compare: str = ""


def read_definition(given: Any, asker: Asker) -> Definition:
    """A definition of a request body, each block checked.

    Raises:
        ApiError: A block is at fault; the detail says which.
    """
    found = parsed(given, Definition, "INVALID_REPORT_DOCUMENT")
    if not 1 <= len(found.blocks) <= MOST_BLOCKS:
        raise invalid(
            "INVALID_REPORT_DOCUMENT", field="blocks", detail=f"a document has 1 to {MOST_BLOCKS} blocks"
        )
    for part in found.blocks:
        if len(part.text) > LONGEST_TEXT:
            raise invalid("INVALID_REPORT_DOCUMENT", field="blocks", detail="a text is too long")
        if part.report:
            check(_dated(part, found), asker)
        elif not part.text:
            detail = "a block names a report or has a text"
            raise invalid("INVALID_REPORT_DOCUMENT", field="blocks", detail=detail)
    return found


def _dated(part: Part, definition: Definition) -> Part:
    if part.period or not definition.period:
        return part
    return msgspec.structs.replace(part, period=definition.period, compare=definition.compare)


def render(
    name: str, definition: Definition, asker: Asker, progress: Progress, now: datetime | None = None
) -> Document:
    """A saved document with today's figures; a report that several blocks show is made once.

    Raises:
        ApiError: A block's report cannot be made.
    """
    at = now or utc_now()
    made: dict[bytes, Document] = {}
    blocks: list[Block] = []
    for number, given in enumerate(definition.blocks):
        part = _dated(given, definition)
        if not part.report:
            blocks.append(Text(part.title, part.text))
        else:
            key = _key(part)
            if key not in made:
                made[key] = document_of(part, asker, at)
            blocks += _shown(part, made[key])
        progress(100 * (number + 1) // len(definition.blocks))
    texts = Texts.of(asker.language)
    document = Document(
        name, definition.subtitle, [], blocks, texts.language, f"{_file_name(name)}-{at:%Y-%m-%d}"
    )
    ctx = context(asker.services, asker.identity, "/reportdocuments", {})
    return engine.signed(document, ctx, engine.surroundings(ctx))


def _key(part: Part) -> bytes:
    return msgspec.json.encode(
        (part.report, part.entity, sorted(part.parameters.items()), part.period, part.compare)
    )


def _shown(part: Part, document: Document) -> Iterator[Block]:
    """What a block shows of its report, below a head of its own."""
    label = Texts.of(document.language)("reporting_period")
    period = next((value for name, value in document.facts if name == label), "")
    head = part.title or f"{document.title} · {document.subtitle}"
    yield Text(head, "\n\n".join(text for text in (period, part.text) if text))
    for block in document.blocks:
        if isinstance(block, Figures) and "kpi" in part.show:
            yield block
        elif isinstance(block, Table) and part.table in ("", block.key):
            charts = block.charts if "chart" in part.show else ()
            if "table" in part.show or charts:
                yield replace(block, charts=charts, has_rows="table" in part.show)


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")[:80] or "report"
