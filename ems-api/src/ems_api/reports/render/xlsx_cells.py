"""Cells of workbooks: what a text, a number or a time stamp becomes in Excel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def instant(text: str) -> datetime | date | None:
    """A label as Excel's own date or time; None for months and years, which are no days."""
    if len(text) < 10:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def number(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    """A number; an empty cell for what is not known."""
    known = math.nan if value is None else float(value)
    if math.isfinite(known):
        sheet.write_number(row, column, known, look)
    else:
        sheet.write_blank(row, column, None, look)


def shown_width(text: str) -> int:
    """Width of a text in characters; those of East Asia are two wide."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def unique(heads: Sequence[str]) -> list[str]:
    """Heads of a native table: no two alike, whatever their case, and none empty."""
    found: list[str] = []
    taken: set[str] = set()
    for head in heads:
        base = head.strip()[:240] or "–"
        name, n = base, 2
        while name.casefold() in taken:
            name, n = f"{base} {n}", n + 1
        taken.add(name.casefold())
        found.append(name)
    return found


def escaped(text: str) -> str:
    """Text of a page head, in which ``&`` begins a command; Excel takes 255 characters in all."""
    return text[:90].replace("&", "&&")


def sheet_name(title: str, taken: Sequence[str]) -> str:
    """A name for a sheet that Excel takes and no other sheet has."""
    base = title.translate(_FORBIDDEN).strip("' ")[:28] or "Report"
    used = {name.casefold() for name in taken}
    name, n = base, 2
    while name.casefold() in used:
        name, n = f"{base} {n}", n + 1
    return name
