"""How the delay of a grid meter is learned, and when it is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ems_edge_control.controllers.load import LoadState, load_w

CYCLE_S = 0.1
GRID, ESS = 0, 1


def follow(load: Callable[[float], float], *, late: int, lag_s: float, seconds: float) -> list[float]:
    """The delay in force in each cycle: a battery with a lag balances a load by a meter some cycles late."""
    state, powers, line = LoadState(), {GRID: 0.0, ESS: 0.0}, []
    image = SimpleNamespace(time_s={GRID: 0.0, ESS: 0.0})
    view: Any = SimpleNamespace(image=image, per_call=False, cycle_s=CYCLE_S, need=powers.__getitem__)
    wanted_w, delays = 0.0, []
    for cycle in range(int(seconds / CYCLE_S)):
        now_s = cycle * CYCLE_S
        powers[ESS] += (wanted_w - powers[ESS]) * (1 - math.exp(-CYCLE_S / lag_s))
        line.append(load(now_s) - powers[ESS])
        powers[GRID] = line[max(0, cycle - late)]
        image.time_s[GRID] = image.time_s[ESS] = now_s
        wanted_w = load_w(view, GRID, ESS, state)
        delays.append(state.delay_s)
    return delays


@pytest.mark.parametrize("late", [0, 2, 4])
def test_the_delay_is_learned_from_the_answers_to_steps(late: int) -> None:
    delays = follow(lambda t: 30e3 + 20e3 * (int(t / 7) % 2), late=late, lag_s=0.3, seconds=30)
    assert delays[-1] == pytest.approx(late * CYCLE_S, abs=0.051)


@pytest.mark.parametrize("period_s", [1.2, 1.8, 2.4, 3.6, 6.0])
def test_a_load_that_swings_by_itself_does_not_pass_for_a_late_meter(period_s: float) -> None:
    """With 1.8 s and a lag of 0.3 s the load seems to stand still at a delay of 0.3 s: tried, and given up.

    What is left are trials of four seconds a minute.
    """
    delays = follow(
        lambda t: 30e3 + 5e3 * math.sin(2 * math.pi * t / period_s), late=0, lag_s=0.3, seconds=90
    )
    assert sum(delay > 0.15 for delay in delays[150:]) <= 0.1 * len(delays[150:])


@pytest.mark.parametrize("phase", [0, 1, 2, 3])
def test_a_swing_before_a_late_meter_does_not_teach_a_delay_that_is_too_long(phase: int) -> None:
    """The meter is late by 0.3 s; 0.6 s would look calmer, and 0.9 s would be unstable."""
    delays = follow(
        lambda t: 30e3 + 5e3 * math.sin(2 * math.pi * t / 2.4 + phase), late=3, lag_s=0.3, seconds=180
    )
    assert max(delays[150:]) <= 0.45
