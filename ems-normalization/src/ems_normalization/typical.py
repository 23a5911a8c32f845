"""What a register usually counts at the times of a gap: what it did at the same times of the weeks before.

The shape is taken from the readings themselves, so it depends on nothing but what was read in the four weeks
before the gap, and a gap comes out the same whenever it is computed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
DAY_US: Final = 86_400_000_000
WEEKS_BACK: Final = tuple(n * 7 * DAY_US for n in (1, 2, 3, 4))
DAYS_BACK: Final = tuple(n * DAY_US for n in range(1, 7))
"""Taken where none of the weeks before is complete."""
REACH_US: Final = max(WEEKS_BACK)
"""How far before a gap readings shape it."""


def typical_share(at_us: Int64, gap: int, times_us: Int64, advance: Int64, max_gap_us: int) -> Float64 | None:
    """Share of a gap's energy that is usually counted between its begin and some instants in it.

    Args:
        at_us: Instants in the gap [µs since 1970 UTC].
        gap: Position of the reading before the gap.
        times_us: Times of the readings, those of the four weeks before the gap among them.
        advance: Advance between neighbouring readings [millionths of a unit].
        max_gap_us: Readings further apart than this leave a gap.

    Returns:
        Shares (0–1), shape as `at_us`; None where nothing tells of the times before, or nothing was counted.
    """
    for steps in (WEEKS_BACK, DAYS_BACK):
        passed = np.zeros(len(at_us))
        total = 0.0
        for back_us in steps:
            ends = int(times_us[gap]) - back_us, int(times_us[gap + 1]) - back_us
            low = int(np.searchsorted(times_us, ends[0], side="right")) - 1
            high = int(np.searchsorted(times_us, ends[1], side="left"))
            if low < 0 or high > gap or (np.diff(times_us[low : high + 1]) > max_gap_us).any():
                continue
            # From the reading before on, so that the numbers do not depend on where the readings begin.
            register = np.concatenate(([0], np.cumsum(advance[low:high]))).astype(np.float64)
            clock = (times_us[low : high + 1] - times_us[low]).astype(np.float64)
            wanted = np.append(at_us - back_us, ends) - times_us[low]
            counted = np.interp(wanted.astype(np.float64), clock, register)
            passed += counted[:-2] - counted[-2]
            total += float(counted[-1] - counted[-2])
        if total > 0:
            return np.clip(passed / total, 0.0, 1.0)
    return None
