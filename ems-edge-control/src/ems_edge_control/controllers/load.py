"""Load behind the grid meter: grid power plus storage power *of the same moment*.

A set-point computed from a grid reading and a storage reading of different moments hunts: while the storage
moves, the difference looks like load. So the storage power is looked up at the time of the grid reading. A
meter that averages or is slow shows an older moment than its reading time says; by how much is learned from
the storage's own movements: with the right delay they do not show in the load.

That is only sure when the storage has rested before. While it moves all the time, a load that swings by
itself and a storage that follows it look like a late meter: with a period of T and a lag of T/6 the load
seems to stand still at a delay of T/6. So what is learned then is tried, and kept only when the grid swings
less for it. What the answer to a step from rest has taught is surer: before a load that swings, a longer
delay may be calmer although it is wrong, and unstable a little further on. A trial only
shortens such a delay.
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
# So long after a rest its movement is an answer to one event.
FIRST_S = 3.0
# Without rest for that long, a delay is tried for that long, but for its first second; then a pause.
RESTLESS_S = 5.0
TRIAL_S = 4.0
TRIAL_SETTLES_S = 1.0
TRIAL_PAUSE_S = 60.0
CALMER = 0.8


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
        grid_w: That reading.
        began_s: When the storage began to move after a rest, None while it rests.
        earlier_s: The delay before the one in force.
        swings: Changes of the grid power from reading to reading, lately [W].
        trial_s: When a trial of the delay in force began, None when there is none.
        calm_w: Mean swing before it.
        pause_until_s: No trial before that time.
        is_sure: The delay in force stood the answer to a step from rest.
    """

    samples: list[tuple[float, float]] = field(default_factory=list)
    delay_s: float = 0.0
    scores: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    moving_until_s: float = 0.0
    grid_s: float = 0.0
    grid_w: float = 0.0
    began_s: float | None = None
    earlier_s: float = 0.0
    swings: list[float] = field(default_factory=list)
    trial_s: float | None = None
    calm_w: float = 0.0
    pause_until_s: float = 0.0
    is_sure: bool = False


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
        step_s = max(view.cycle_s, FINEST_S)
        state.swings.append(abs(measured_w - state.grid_w))
        del state.swings[: -round((TRIAL_S - TRIAL_SETTLES_S) / step_s)]
        state.grid_w = measured_w
        if grid_s <= state.moving_until_s:
            _learn_delay(state, measured_w, grid_s, step_s)
        else:
            state.loads.clear()
            state.began_s = state.trial_s = None
    state.grid_s = grid_s
    return measured_w + power_at(state.samples, grid_s - state.delay_s)


def _learn_delay(state: LoadState, measured_w: float, grid_s: float, step_s: float) -> None:
    """Prefer the delay with which the load changes least while the storage moves."""
    if state.began_s is None:
        state.began_s = grid_s
    count = int(LATEST_S / step_s) + 1
    loads = [measured_w + power_at(state.samples, grid_s - i * step_s) for i in range(count)]
    if len(state.scores) != count:
        state.scores = [0.0] * count
    if len(state.loads) == count:
        state.scores = [
            FORGET * score + abs(now - last)
            for score, now, last in zip(state.scores, loads, state.loads, strict=True)
        ]
    state.loads = loads
    best = min(range(count), key=state.scores.__getitem__)
    current = min(round(state.delay_s / step_s), count - 1)
    is_better = state.scores[best] < CLEARLY_BETTER * state.scores[current]
    if state.trial_s is not None:
        if grid_s - state.trial_s >= TRIAL_S:
            _judge_trial(state, grid_s)
    elif grid_s - state.began_s <= FIRST_S:
        state.is_sure = best in (current, current - 1, current + 1) or is_better
        if is_better:
            _take(state, best * step_s)
    elif grid_s - state.began_s >= RESTLESS_S and grid_s >= state.pause_until_s:
        wanted_s = best * step_s if is_better else state.earlier_s
        if wanted_s < state.delay_s or (wanted_s > state.delay_s and not state.is_sure):
            state.trial_s, state.calm_w = grid_s, _mean(state.swings)
            _take(state, wanted_s)


def _take(state: LoadState, delay_s: float) -> None:
    state.earlier_s, state.delay_s = state.delay_s, delay_s


def _judge_trial(state: LoadState, now_s: float) -> None:
    """Keep the delay on trial when the grid has become calmer by it, else go back."""
    if _mean(state.swings) > CALMER * state.calm_w:
        state.delay_s = state.earlier_s
    state.earlier_s = state.delay_s
    state.trial_s, state.pause_until_s = None, now_s + TRIAL_PAUSE_S


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
