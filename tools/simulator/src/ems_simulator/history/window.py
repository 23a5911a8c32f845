"""The window of a history: quarter hours and their seams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ems_simulator.profiles import QUARTER_S

HOUR_QUARTERS = 4


@dataclass(frozen=True)
class Window:
    """Quarter hours from `first_quarter` (counted from 1970); a reading is taken at every seam."""

    first_quarter: int
    n_quarters: int

    @classmethod
    def ending(cls, end_utc: datetime, days: float) -> Window:
        """The window of so many days that ends at the last full quarter hour."""
        last = int(end_utc.timestamp()) // QUARTER_S
        count = round(days * 96)
        return cls(last - count, count)

    @property
    def times_s(self) -> NDArray[np.int64]:
        """Instants of the seams, seconds since 1970, shape (n_quarters + 1,)."""
        first = self.first_quarter * QUARTER_S
        return first + QUARTER_S * np.arange(self.n_quarters + 1, dtype=np.int64)

    @property
    def start_s(self) -> int:
        """First instant."""
        return self.first_quarter * QUARTER_S

    @property
    def end_s(self) -> int:
        """Last instant."""
        return (self.first_quarter + self.n_quarters) * QUARTER_S

    @property
    def hour_seams(self) -> NDArray[np.int64]:
        """Positions of the seams that begin a full hour."""
        skip = -self.first_quarter % HOUR_QUARTERS
        return np.arange(skip, self.n_quarters + 1, HOUR_QUARTERS, dtype=np.int64)

    def position(self, at: float) -> int:
        """Seam at a place in the window, 0 = begin, 1 = end."""
        return round(at * self.n_quarters)

    def utc(self, seam: float) -> datetime:
        """Instant of a seam, or of a place between two."""
        return datetime.fromtimestamp(self.start_s, UTC) + timedelta(seconds=round(seam * QUARTER_S, 3))
