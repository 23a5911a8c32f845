"""Load behind the grid meter: grid power plus storage power *of the same moment*.

A set-point computed from a grid reading and a storage reading of different moments hunts: while the storage
moves, the difference looks like load. So the storage power is looked up at the time of the grid reading. A
meter that averages or is slow shows an older moment than its reading time says; by how much is learned from
the storage's own movements: with the right delay they do not show in the load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.base import View

KEEP = 40
LATEST_S = 1.0
FINEST_S = 0.1
COARSEST_CYCLE_S = 0.5
MOVED_W = 50.0
MOVES_FOR_S = 2.0
FORGET = 0.98
# Two devices are never read at quite the same moment; a moving one goes on in between.
AHEAD_S = 0.02
CLEARLY_BETTER = 0.5


@dataclass
class LoadState:
    """Memory of a load estimate.

    Attributes:
        samples: The last storage readings with their times [(s, W)], oldest first.
        delay_s: By how much the grid meter is late.
        scores: How much the load seemed to change with each delay tried, lately.
        loads: The last load with each delay tried, empty while the storage rests.
        moving_until_s: The storage has moved; until then delays are compared.
        grid_s: Time of the last grid reading.
    """

    samples: list[tuple[float, float]] = field(default_factory=list)
    delay_s: float = 0.0
    scores: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    moving_until_s: float = 0.0
    grid_s: float = 0.0


def power_at(samples: Sequence[tuple[float, float]], time_s: float) -> float:
    """Power at a time, linear between samples and a little ahead of the last, flat outside."""
    after = samples[-1]
    if time_s >= after[0]:
        if len(samples) < 2:
            return after[1]
        before = samples[-2]
        ahead_s = min(time_s - after[0], AHEAD_S)
        return after[1] + (after[1] - before[1]) * ahead_s / (after[0] - before[0])
    for before in reversed(samples):
        if before[0] <= time_s:
            return before[1] + (after[1] - before[1]) * (time_s - before[0]) / (after[0] - before[0])
        after = before
    return after[1]


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
    time_s, grid_s = float(view.image.time_s[ess]), float(view.image.time_s[grid])
    if state.samples and time_s < state.samples[-1][0]:
        state.samples.clear()
        state.moving_until_s = 0.0
    if not state.samples or time_s > state.samples[-1][0]:
        if state.samples and abs(ess_w - state.samples[-1][1]) > MOVED_W:
            state.moving_until_s = time_s + MOVES_FOR_S
        state.samples.append((time_s, ess_w))
        del state.samples[:-KEEP]
    if view.cycle_s <= COARSEST_CYCLE_S and grid_s > state.grid_s:
        if grid_s <= state.moving_until_s:
            _learn_delay(state, measured_w, grid_s, max(view.cycle_s, FINEST_S))
        else:
            state.loads.clear()
    state.grid_s = grid_s
    return measured_w + power_at(state.samples, grid_s - state.delay_s)


def _learn_delay(state: LoadState, measured_w: float, grid_s: float, step_s: float) -> None:
    """Prefer the delay with which the load changes least while the storage moves."""
    count = int(LATEST_S / step_s) + 1
    loads = [measured_w + power_at(state.samples, grid_s - i * step_s) for i in range(count)]
    if len(state.scores) != count:
        state.scores = [0.0] * count
    if len(state.loads) == count:
        state.scores = [
            FORGET * score + abs(now - last)
            for score, now, last in zip(state.scores, loads, state.loads, strict=True)
        ]
        best = min(range(count), key=state.scores.__getitem__)
        current = min(round(state.delay_s / step_s), count - 1)
        if state.scores[best] < CLEARLY_BETTER * state.scores[current]:
            state.delay_s = best * step_s
    state.loads = loads
