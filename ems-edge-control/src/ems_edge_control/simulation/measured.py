"""Series from CSV files: a load profile from the utility, a year of sun, prices of the exchange."""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from ems_common.errors import BadInput

FACTORS = {"W": 1.0, "kW": 1e3, "MW": 1e6}


@dataclass(frozen=True, slots=True)
class Measured:
    """Values that hold from their time until the next one; the last as long as the one before it.

    Attributes:
        name: Where it comes from, for messages.
        times_s: Begin of each value, seconds since 1970, ascending.
        values: The values.
    """

    name: str
    times_s: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def end_s(self) -> float:
        """End of the last value."""
        step_s = self.times_s[-1] - self.times_s[-2] if len(self.times_s) > 1 else 900.0
        return self.times_s[-1] + step_s

    def at(self, time_s: float) -> float:
        """The value of an instant.

        Raises:
            BadInput: The series does not reach there.
        """
        index = bisect_right(self.times_s, time_s) - 1
        if index < 0 or time_s >= self.end_s:
            begin, end = (datetime.fromtimestamp(t).astimezone() for t in (self.times_s[0], self.end_s))
            raise BadInput(
                f"the series covers {begin:%Y-%m-%d %H:%M %z} to {end:%Y-%m-%d %H:%M %z} only",
                self.name,
                advice="Change start and days of the scenario, or give a longer file.",
            )
        return self.values[index]


def read_csv(path: Path, time: str, column: str, unit: str, zone: tzinfo) -> Measured:
    """Read a series; powers come out in W.

    Raises:
        BadInput: The file is missing, has no such column, or a line cannot be read.
    """
    if unit not in FACTORS:
        raise BadInput(f"the unit is one of {', '.join(FACTORS)}", str(path), unit)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = {time, column} - set(rows.fieldnames or ())
            if missing:
                known = ", ".join(rows.fieldnames or ())
                raise BadInput(
                    f"there is no column {', '.join(sorted(missing))} (there are: {known})", str(path)
                )
            pairs = [_pair(row[time], row[column], f"{path} line {rows.line_num}", zone) for row in rows]
    except (OSError, UnicodeDecodeError) as ex:
        raise BadInput(f"the series cannot be read: {ex}", str(path)) from ex
    if not pairs:
        raise BadInput("the series has no values", str(path))
    pairs.sort()
    return Measured(
        f"{path.name} {column}", tuple(t for t, _ in pairs), tuple(v * FACTORS[unit] for _, v in pairs)
    )


def _pair(time: str, value: str, where: str, zone: tzinfo) -> tuple[float, float]:
    try:
        instant = datetime.fromisoformat(time)
        number = float(value)
    except ValueError as ex:
        raise BadInput(str(ex), where) from ex
    return (instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)).timestamp(), number
