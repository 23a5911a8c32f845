"""Rules that look at one reading, or at its predecessor, of any kind of point."""

from __future__ import annotations

import numpy as np

from ems_cleaning.parameters import Duplicate
from ems_cleaning.series import DAY_MS, Finding, Findings, Floats, Ints, Mask


def out_of_range(value: Floats, low: float, high: float) -> Findings:
    """Values outside the point's limits; the limits themselves are good.

    >>> out_of_range(np.array([-0.1, 0.0, 10.0, 10.5]), 0.0, 10.0)[0]
    Finding(place=0, rule='range', detail='-0.1 is below the low limit 0')
    """
    below = [
        Finding(i, "range", f"{value[i]:g} is below the low limit {low:g}")
        for i in np.flatnonzero(value < low).tolist()
    ]
    above = [
        Finding(i, "range", f"{value[i]:g} is above the high limit {high:g}")
        for i in np.flatnonzero(value > high).tolist()
    ]
    return below + above


def from_the_future(time_ms: Ints, limit_ms: int, before: Mask) -> Findings:
    """Readings later than `limit_ms`, and those judged so before: a clock that was wrong stays wrong.

    Args:
        time_ms: Times of the readings.
        limit_ms: Now and the tolerance.
        before: Which readings have this verdict already.
    """
    found = np.flatnonzero((time_ms > limit_ms) | before)
    return [Finding(i, "future", "was later than the clock when it was judged") for i in found.tolist()]


def repeated(time_ms: Ints, value: Floats, parameters: Duplicate) -> Findings:
    """The same value again within a moment: delivered twice with two times. The first one is kept.

    A point whose readings are close together anyway is left alone. What lies more than a day away tells
    nothing of the usual distance, and a pair without any neighbour nearer than that counts as a repetition.
    """
    if len(time_ms) < 2:
        return []
    step_ms = np.diff(time_ms)
    near = (step_ms <= parameters.within_s * 1000) & (np.diff(value) == 0)
    known = np.where(step_ms <= DAY_MS, step_ms, -1)
    usual_ms = np.maximum(np.append(known[1:], -1), np.append(-1, known[:-1]))
    sparse = (usual_ms < 0) | (usual_ms >= parameters.times_denser * parameters.within_s * 1000)
    found = np.flatnonzero(near & sparse) + 1
    return [
        Finding(i, "duplicate", f"the same value came {step_ms[i - 1]} ms before") for i in found.tolist()
    ]
