"""A report as a document: facts, figures, tables, charts and texts, in order, in the reader's language.

Excel, CSV, PDF and pictures are made from documents alone, so each of them is written once for all reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from numpy.typing import NDArray

PLAIN: Final = "plain"
NUMBER: Final = "number"
PERCENT: Final = "percent"
PRICE: Final = "price"
TIME: Final = "time"

BAR: Final = "bar"
STACKED: Final = "stacked"
LINE: Final = "line"
PIE: Final = "pie"
FLOW: Final = "flow"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its head.
        values: Its cells; None for empty ones.
        unit: Shown beside the title.
        form: `PLAIN`, `NUMBER`, `PERCENT` (a ratio shown as such), `PRICE` (of a unit, with four decimals) or
            `TIME` (wall clock, a day, a month).
        total: Cell of the table's last row, None for empty.
    """

    title: str
    values: Sequence[Any] | NDArray[Any]
    unit: str = ""
    form: str = PLAIN
    total: float | None = None

    @property
    def head(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a table.

    Attributes:
        kind: `BAR`, `STACKED`, `LINE`, `PIE` or `FLOW`.
        title: Its head.
        labels: Position of the column with the labels; of a `FLOW` that of the sources, the targets follow.
        series: Positions of the columns drawn; for a `PIE` or a `FLOW` one.
    """

    kind: str
    title: str
    labels: int
    series: Sequence[int]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the charts that show it.

    Attributes:
        title: Its head.
        columns: All of one length.
        charts: Pictures of it.
        total_label: Head of the last row with totals, "" for none.
        key: Which of a report's tables it is, the same in every language, such as ``details``.
        has_rows: Whether the rows are printed; else the charts stand alone.
    """

    title: str
    columns: Sequence[Column]
    charts: Sequence[Chart] = ()
    total_label: str = ""
    key: str = ""
    has_rows: bool = True

    @property
    def rows(self) -> int:
        """How many rows it has, without head and totals."""
        return max((len(column.values) for column in self.columns), default=0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that matters.

    Attributes:
        label: What it is.
        value: The number; nan when it is not known.
        unit: Its unit.
        form: `NUMBER` or `PERCENT`.
        change: Relative change against the base period; None without one.
    """

    label: str
    value: float
    unit: str = ""
    form: str = NUMBER
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers that matter, side by side."""

    title: str
    items: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs between tables; an empty line parts them."""

    title: str
    text: str


Block = Table | Figures | Text


@dataclass(frozen=True, slots=True)
class Document:
    """A report to be printed or opened.

    Attributes:
        title: Kind of report.
        subtitle: What it is about, such as the entity's name.
        facts: Label and value, such as the period.
        blocks: In order of importance.
        language: Code of its texts.
        file_name: Name for the file, without ending.
        site: Name of the site.
        made: When it was made, in the reader's wall clock.
        logo: File of the site's logo, "" for the product's own.
    """

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    blocks: Sequence[Block] = field(default_factory=tuple)
    language: str = "en"
    file_name: str = "report"
    site: str = ""
    made: str = ""
    logo: str = ""

    @property
    def tables(self) -> list[Table]:
        """The tables among the blocks."""
        return [block for block in self.blocks if isinstance(block, Table)]
