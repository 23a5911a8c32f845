"""Registers that stood still: frozen, or at rest. What was frozen, and by how much, is written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from ems_common.quality.rules.registers import Meter
from made import bad_places, judged, point, rules_at

HOUR_MS = 3_600_000
SUN_KWH = [0.0] * 7 + [2.0, 6.0, 10.0, 14.0, 16.0, 16.0, 14.0, 10.0, 6.0, 2.0] + [0.0] * 7
"""What a PV system gives in the hours of a day."""


def counted(steps: list[float], start: float = 1000.0) -> list[float]:
    """A register that shows the sum of its steps."""
    return [start, *(start + np.cumsum(steps)).round(3).tolist()]


@pytest.mark.parametrize("size", [90.0, 200.0, -90.0])
def test_a_jump_at_dawn_is_a_new_level_and_the_night_before_is_good(size: float) -> None:
    steps = SUN_KWH * 6
    steps[24 * 3 + 6] += size
    found = judged(counted(steps), point(meter=Meter(max_rate=20.0)), step_ms=HOUR_MS)
    assert bad_places(found) == []
    assert (24 * 3 + 7, "reset") in rules_at(found)


def test_a_jump_of_a_register_that_rests_for_days_is_a_new_level() -> None:
    steps = [0.0] * 30 + [8.0, 4.0, 20.0] + [0.0] * 60 + [8.0, 8.0, 4.0] + [0.0] * 40 + [150.0] + [0.0] * 40
    found = judged(counted(steps), point(meter=Meter(max_rate=24.0)), step_ms=HOUR_MS)
    assert bad_places(found) == []
    assert (steps.index(150.0) + 1, "reset") in rules_at(found)


def test_what_was_counted_at_this_time_of_other_days_can_be_caught_up_after_dark() -> None:
    values = counted(SUN_KWH * 6)
    frozen = range(24 * 3 + 9, 24 * 3 + 19)
    for place in frozen:
        values[place] = values[frozen.start - 1]
    limited = point(meter=Meter(max_rate=20.0))
    for known in (point(), limited):
        # 22 kWh were shown by nine o'clock, 96 by night: the last hours of the standstill are dark.
        assert bad_places(judged(values, known, step_ms=HOUR_MS)) == list(frozen)


def test_hours_at_which_the_register_never_moves_are_good_although_it_froze_in_them() -> None:
    values = counted(SUN_KWH * 6)
    night, noon = 24 * 3 - 7, 24 * 3 + 14
    for place in range(night, noon):
        values[place] = values[night]
    # Nothing was to be shown before the hour that ends at eight o'clock.
    assert bad_places(judged(values, step_ms=HOUR_MS)) == list(range(24 * 3 + 8, noon))


def test_three_hours_frozen_in_working_time_are_found_where_nights_are_at_rest() -> None:
    day = [0.0] * 9 + [12.0, 17.0, 25.0, 28.0, 24.0, 27.0, 25.0, 22.0, 15.0, 9.0] + [0.0] * 5
    values = counted(day * 6)
    frozen = range(24 * 3 + 13, 24 * 3 + 16)
    for place in frozen:
        values[place] = values[frozen.start - 1]
    assert bad_places(judged(values, step_ms=HOUR_MS)) == list(frozen)


def test_a_rest_that_comes_as_often_at_any_hour_is_none_to_catch_up_with() -> None:
    rng = np.random.default_rng(3)
    steps: list[float] = []
    while len(steps) < 24 * 40:
        work = int(rng.integers(4, 14))
        steps += [0.0] * int(rng.integers(4, 14)) + [32.0 * n for n in rng.integers(1, 8, work).tolist()]
    assert bad_places(judged(counted(steps), step_ms=HOUR_MS)) == []
