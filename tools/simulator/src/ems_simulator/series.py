"""Reading the measured series and filling their holes."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ems_common.errors import BadInput
from numpy.typing import NDArray

from ems_simulator.declaration import Source

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Columns of numbers of one file.

    Attributes:
        columns: Name of each column.
        values: Readings, NaN where there is none; shape (n_rows, n_columns).
    """

    columns: tuple[str, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        """The readings of one column, shape (n_rows,).

        Raises:
            BadInput: There is no such column.
        """
        if name not in self.columns:
            raise BadInput("there is no such column", value=name)
        return self.values[:, self.columns.index(name)]


def read_table(path: Path) -> Table:
    """Read a gzip-compressed CSV file whose first column is a time or a counter.

    Raises:
        BadInput: The file is missing.
    """
    if not path.is_file():
        raise BadInput("the data file is missing", where=str(path))
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        header = next(rows)
        values = [[_number(cell) for cell in row[1:]] for row in rows]
    return Table(tuple(header[1:]), np.array(values, dtype=np.float64))


def load_source(folder: Path, source: Source) -> Table:
    """Read a source and fill its holes; the table starts on `source.first_date`."""
    table = read_table(folder / source.file)
    values = table.values[source.skip_rows :].copy()
    slots_per_day = 24 * 60 // source.slot_minutes
    if source.weeks:
        values = values[: source.weeks * 7 * slots_per_day]
    for index in range(values.shape[1]):
        column = values[:, index]
        if source.zero_is_missing:
            column[column <= 0.0] = np.nan
        if not np.all(np.isnan(column)):
            values[:, index] = fill(column, 7 * slots_per_day)
    return Table(table.columns, values)


def fill(values: Floats, slots_per_week: int) -> Floats:
    """Fill NaN from the same slot of the nearest weeks, and what then remains by its neighbours.

    Args:
        values: Readings, shape (n_slots,).
        slots_per_week: How many slots make a week.

    Example:
        >>> fill(np.array([1.0, 2.0, np.nan, 4.0, 3.0, 8.0]), 2).tolist()
        [1.0, 2.0, 2.0, 4.0, 3.0, 8.0]
    """
    result = values.copy()
    shifts = (slots_per_week, -slots_per_week, 2 * slots_per_week, -2 * slots_per_week)
    weeks = np.stack([_shifted(values, shift) for shift in shifts])
    known = ~np.isnan(weeks)
    # The two nearest weeks first; the mean of what they know.
    for pair in (slice(0, 2), slice(2, 4)):
        count = known[pair].sum(axis=0)
        total = np.where(known[pair], weeks[pair], 0.0).sum(axis=0)
        holes = np.isnan(result) & (count > 0)
        result[holes] = total[holes] / count[holes]
    holes = np.isnan(result)
    at = np.arange(len(result))
    result[holes] = np.interp(at[holes], at[~holes], result[~holes])
    return result


def _shifted(values: Floats, slots: int) -> Floats:
    moved = np.full_like(values, np.nan)
    if abs(slots) >= len(values):
        return moved
    if slots > 0:
        moved[slots:] = values[:-slots]
    else:
        moved[:slots] = values[-slots:]
    return moved


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan
