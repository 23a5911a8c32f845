"""What the site knows of the time to come: prices and forecasts as series, by name.

Names in use: `GridBuyPrice` [money/MWh], `ConsumptionActivePower` and `ProductionActivePower` [W]. Whoever
learns a series puts it here whole; controllers read it. A series has an end of validity: what is too old is
as good as unknown, so that controllers fall back to their local rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FOREVER_S = math.inf


@dataclass(frozen=True, slots=True)
class Series:
    """Values from a start on, one for each quarter of an hour (or another step)."""

    start_s: float
    step_s: float
    values: tuple[float, ...]

    def at(self, time_s: float) -> float | None:
        """The value that holds at a time; None outside, or where the value is not known (NaN)."""
        index = math.floor((time_s - self.start_s) / self.step_s)
        if not 0 <= index < len(self.values):
            return None
        value = self.values[index]
        return None if value != value else value


class Outlook:
    """The series known now; any thread may put one, for a series is replaced as a whole."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Series, float]] = {}

    def put(self, name: str, series: Series, valid_until_s: float = FOREVER_S) -> None:
        """Set or replace a series; it is valid until that time (seconds since 1970)."""
        self._known[name] = (series, valid_until_s)

    def get(self, name: str, now_s: float) -> Series | None:
        """A series, None when it is not known or no longer valid."""
        found = self._known.get(name)
        return found[0] if found is not None and now_s <= found[1] else None
