"""Which cars come to the charger, when, and with what appetite: a pure function of the date."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ems_common.plant import draws

_DAY_S = 86400.0
_GAP_S = 120.0
_BUSY_START_H, _BUSY_END_H = 5.5, 22.5
_STREAM = np.uint64(0xE5 << 48)


@dataclass(frozen=True)
class Session:
    """A car's stay.

    Attributes:
        start_s: Arrival, seconds since 1970.
        end_s: Departure.
        wanted_kwh: Energy until the battery of the car is full.
        max_kw: What the car can take.
    """

    start_s: float
    end_s: float
    wanted_kwh: float
    max_kw: float


@lru_cache(maxsize=8)
def of_day(day: int, sessions_per_day: int) -> tuple[Session, ...]:
    """The sessions that begin on a UTC day (counted from 1970), in order, without overlap.

    The day between early morning and late evening is cut into equal slots, one car in most of them.
    """
    keys = np.uint64(day) * np.uint64(4096) + np.arange(sessions_per_day * 5, dtype=np.uint64)
    drawn = draws.uniform(keys + _STREAM).reshape(sessions_per_day, 5)
    slot_s = (_BUSY_END_H - _BUSY_START_H) * 3600.0 / sessions_per_day
    found = []
    for index, (comes, begin, stay, appetite, power) in enumerate(drawn.tolist()):
        if comes > 0.85:
            continue
        start = day * _DAY_S + _BUSY_START_H * 3600.0 + index * slot_s + begin * slot_s * 0.25
        length = slot_s * (0.45 + 0.3 * stay) - _GAP_S
        found.append(
            Session(round(start), round(start + length), 12.0 + 48.0 * appetite, 50.0 + 100.0 * power)
        )
    return tuple(found)


def at(time_s: float, sessions_per_day: int) -> Session | None:
    """The car that is there at an instant."""
    for session in of_day(int(time_s // _DAY_S), sessions_per_day):
        if session.start_s <= time_s < session.end_s:
            return session
    return None
