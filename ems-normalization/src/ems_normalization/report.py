"""What was found in an uploaded file: a list that its uploader can read and act on.

Stored as JSON in the file's column `report`::

    {"counts": {"rows": 12, "values": 360, "errors": 1, "warnings": 0},
     "faults": [{"row": 7, "column": "F", "severity": "error", "what": "this is not a number", "value": "n/a",
                 "advice": "Write a plain number, or leave the cell empty.",
                 "data": {"what": {"key": "cell_no_number", "values": {}}, "where": [],
                          "advice": {"key": "plain_number", "values": {}}}}]}

`data` says the same as `what` and `advice` by keys (`ems_common.findings`), to be told in other languages;
older reports are without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

import msgspec
from ems_common.errors import BadInput
from ems_common.findings.finding import Unusable

WARNING: Final = "warning"
"""It was taken, but looks wrong."""
ERROR: Final = "error"
"""It was left out; the rest of the file was taken."""
REFUSAL: Final = "refusal"
"""Because of it nothing of the file was taken."""
MAX_FAULTS: Final = 500
"""Faults that are listed; more are only counted."""
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    Attributes:
        cause: What is wrong, the value that stands there, and what to do about it.
        row: Row of the sheet from 1, or None for the whole file.
        column: Letter of the column, or None for the whole row.
        severity: `WARNING`, `ERROR` or `REFUSAL`.
    """

    cause: BadInput
    row: int | None = None
    column: str | None = None
    severity: str = ERROR


@dataclass(slots=True)
class Report:
    """The faults of one file, and what was counted in it."""

    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def warn(self, cause: BadInput, row: int | None = None, column: str | None = None) -> None:
        """Note something that was taken but looks wrong."""
        self.faults.append(Fault(cause, row, column, WARNING))

    def leave_out(self, cause: BadInput, row: int | None = None, column: str | None = None) -> None:
        """Note something that is not taken."""
        self.faults.append(Fault(cause, row, column, ERROR))

    def refuse(self, cause: BadInput, row: int | None = None, column: str | None = None) -> None:
        """Note something because of which nothing of the file is taken."""
        self.faults.append(Fault(cause, row, column, REFUSAL))

    def count(self, name: str, by: int = 1) -> None:
        """Count something, such as the rows that were read."""
        self.counts[name] = self.counts.get(name, 0) + by

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the file may be taken."""
        return any(fault.severity == REFUSAL for fault in self.faults)

    def as_json(self) -> str:
        """The stored form; long lists are cut, the counts are of all."""
        warnings = sum(fault.severity == WARNING for fault in self.faults)
        counts = {**self.counts, "errors": len(self.faults) - warnings, "warnings": warnings}
        in_order = sorted(self.faults, key=lambda fault: (fault.row or 0, _column_order(fault.column)))
        listed = [
            {
                "row": fault.row,
                "column": fault.column,
                "severity": fault.severity,
                "what": fault.cause.what,
                "value": None if fault.cause.value is None else shortened(fault.cause.value),
                "advice": fault.cause.advice,
                "data": _data(fault.cause),
            }
            for fault in in_order[:MAX_FAULTS]
        ]
        return json.dumps({"counts": counts, "faults": listed}, ensure_ascii=False)


def _data(cause: BadInput) -> object:
    """What is wrong as data, where it is known as such."""
    return msgspec.to_builtins(cause.finding) if isinstance(cause, Unusable) else None


def shortened(value: object) -> str:
    """A cell's value for people, in at most 80 characters.

    >>> shortened("x" * 100)[-3:]
    'xx…'
    """
    # Half of a surrogate pair can be in a text from outside, but in no database.
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _column_order(column: str | None) -> tuple[int, str]:
    return (len(column or ""), column or "")
