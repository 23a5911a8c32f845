"""How a day's energy is spread over its hours: evenly, or by the meter's shape of a working or free day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo

import numpy as np
from ems_common.periods import local_seconds_of_day
from numpy.typing import NDArray

WORKING = True
FREE = False


@dataclass(frozen=True, slots=True)
class Profiles:
    """Shapes of days by meter; a meter without one is spread evenly.

    Attributes:
        shapes: (meter id, whether it is a working day) → weight of each local hour, shape ``(24,)``.
        free_days: Meter id → dates on which nobody works, by the working calendars of where the meter is.
    """

    shapes: Mapping[tuple[int, bool], NDArray[np.float64]] = field(default_factory=dict)
    free_days: Mapping[int, frozenset[date]] = field(default_factory=dict)

    def weights(
        self, meter_id: int, day: date, starts_utc: NDArray[np.datetime64], tz: tzinfo
    ) -> NDArray[np.float64]:
        """Weight of each slot of a local day.

        Args:
            meter_id: The meter.
            day: The local day.
            starts_utc: Starts of its slots, naive UTC, shape ``(n_slots,)``.
            tz: Zone of the day.

        Returns:
            Shape ``(n_slots,)``; not negative, not all zero.
        """
        kind = FREE if day in self.free_days.get(meter_id, frozenset()) else WORKING
        # A meter that has only one shape uses it on every day.
        shape = self.shapes.get((meter_id, kind), self.shapes.get((meter_id, not kind)))
        if shape is not None:
            weights = shape[local_seconds_of_day(starts_utc, tz) // 3600]
            if weights.sum() > 0:
                return weights
        return np.ones(len(starts_utc))
