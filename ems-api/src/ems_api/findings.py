"""Findings as clients read them: a sentence, and the data by which it is told in other languages."""

from __future__ import annotations

from typing import Any

import msgspec
from ems_common.findings.finding import parsed


def told(message: str, data: str | None) -> dict[str, Any]:
    """A finding in English and as data; one without known data is the sentence that is stored of it."""
    found = parsed(data)
    if found is None:
        return {"message": message, "data": None}
    return {"message": found.sentence, "data": msgspec.to_builtins(found)}
