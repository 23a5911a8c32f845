"""Load behind the grid meter: grid power plus storage power *of the same moment*.

A set-point computed from a grid reading and a storage reading of different moments hunts: while the storage
moves, the difference looks like load. So the storage power is looked up at the time of the grid reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.base import View

KEEP = 40


@dataclass
class LoadState:
    """The last storage readings with their times [(s, W)], oldest first."""

    samples: list[tuple[float, float]] = field(default_factory=list)


def power_at(samples: Sequence[tuple[float, float]], time_s: float) -> float:
    """Power at a time, linear between samples, flat outside."""
    before = samples[0]
    for after in samples:
        if after[0] >= time_s:
            span = after[0] - before[0]
            if span <= 0 or time_s <= before[0]:
                return after[1] if time_s >= after[0] else before[1]
            return before[1] + (after[1] - before[1]) * (time_s - before[0]) / span
        before = after
    return samples[-1][1]


def load_w(view: View, grid: int, ess: int, state: LoadState, grid_w: float | None = None) -> float:
    """Load that the grid and the storage feed together [W]; equals grid power when the storage rests.

    Args:
        view: The frozen image.
        grid: Handle of the grid power.
        ess: Handle of the storage power.
        state: Memory of storage readings.
        grid_w: Grid power to use instead of the channel's, such as three times the worst phase.

    Raises:
        UndefinedChannel: One of them has no good value.
    """
    measured_w = view.need(grid) if grid_w is None else grid_w
    ess_w = view.need(ess)
    if view.per_call:
        return measured_w + ess_w
    time_s = float(view.image.time_s[ess])
    if state.samples and time_s < state.samples[-1][0]:
        state.samples.clear()
    if not state.samples or time_s > state.samples[-1][0]:
        state.samples.append((time_s, ess_w))
        del state.samples[:-KEEP]
    return measured_w + power_at(state.samples, float(view.image.time_s[grid]))
