"""A second look at excursions, without what the first one found.

Two spikes with a good reading between them hide each other, and the good reading looks like a drop; a reading
beside an outage looks like a peak. So what was found is taken away and the rest looked at again; then each
find is held against a neighbourhood without the others, and is set free where it was but their neighbour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ems_common.quality.series import Finding, Floats, Ints

Look = Callable[[Ints, Floats], dict[int, Finding]]
"""Times and values of readings → what is found, by position."""
_BESIDE = 2
"""So many readings beside what was taken away have other neighbours than before."""
_CONTEXT: Final = 160
"""So many readings on either side are more than any excursion is judged by."""


def looked_twice(look: Look, time_ms: Ints, value: Floats) -> dict[int, Finding]:
    """What is found by looking twice.

    Args:
        look: Finds excursions of a few readings up to an hour.
        time_ms: Times of the readings.
        value: Their values.
    """
    first = look(time_ms, value)
    if not first:
        return first
    taken = np.array(sorted(first), np.int64)
    second = _without(look, time_ms, value, taken)
    hidden = _near(second, taken)
    places = np.array(sorted(first | hidden), np.int64)
    freed: list[int] = []
    for group in np.split(taken, np.flatnonzero(np.diff(taken) > 1) + 1):
        begin, end = int(group[0]), int(group[-1]) + 1
        low, high = max(0, begin - _CONTEXT), min(len(value), end + _CONTEXT)
        others = places[(places >= low) & (places < high)]
        others = np.setdiff1d(others, group)
        if len(others) == 0:
            continue
        alone = _without(look, time_ms[low:high], value[low:high], others - low)
        freed += [place for place in group.tolist() if place - low not in alone]
    # What hid itself stands beside what was blamed for it.
    found = first | _near(hidden, np.array(freed, np.int64))
    return {place: finding for place, finding in found.items() if place not in freed}


def _near(found: dict[int, Finding], places: Ints) -> dict[int, Finding]:
    """Those findings that are beside one of some places."""
    beside = set((places[:, None] + np.arange(-_BESIDE, _BESIDE + 1)).ravel().tolist())
    return {place: finding for place, finding in found.items() if place in beside}


def _without(look: Look, time_ms: Ints, value: Floats, taken: Ints) -> dict[int, Finding]:
    """What is found when some readings are taken away, by their positions among all."""
    left = np.delete(np.arange(len(value)), taken)
    found = look(time_ms[left], value[left])
    return {int(left[place]): f._replace(place=int(left[place])) for place, f in found.items()}
