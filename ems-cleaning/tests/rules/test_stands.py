"""How often values are repeated depends on the level."""

from __future__ import annotations

import numpy as np
from ems_common.quality.rules.stands import runs, stands_of
from made import bad_places, judged, point

ANALOG = point("analog")
HOUR_MS = 3_600_000


def saturating(days: int) -> list[float]:
    """Relative humidity: coarse and often standing near 100 % at night, moving by day."""
    rng = np.random.default_rng(8)
    found: list[float] = []
    for _ in range(days):
        found += rng.choice([96.1, 97.3, 98.6], size=10, p=[0.2, 0.6, 0.2]).tolist()
        found += np.round(70 + 20 * np.cos(np.linspace(0, 2 * np.pi, 14)) + rng.normal(0, 2, 14), 1).tolist()
    return found


def test_the_chance_of_a_repetition_is_that_of_the_level() -> None:
    value = np.array(saturating(14))
    stands = stands_of(value, np.ones(len(value), dtype=bool))
    near, far = stands.near(97.3), stands.near(60.0)
    assert near.resting > 2 * far.resting
    assert near.staying >= near.resting


def test_a_sensor_near_saturation_may_stand_where_by_day_it_may_not() -> None:
    night, day = saturating(20), saturating(20)
    known = 24 * 17
    night[known : known + 7] = [97.3] * 7
    assert [place for place in bad_places(judged(night, ANALOG, step_ms=HOUR_MS)) if place >= known] == []
    day[known + 14 : known + 19] = [day[known + 14]] * 5
    found = [place for place in bad_places(judged(day, ANALOG, step_ms=HOUR_MS)) if place >= known]
    assert found == list(range(known + 15, known + 19))


def test_rest_and_single_values_make_runs() -> None:
    first, last = runs(np.array([1.0, 1.0, 2.0, 3.0, 3.0, 3.0]))
    assert (first.tolist(), last.tolist()) == ([0, 2, 3], [1, 2, 5])
    assert len(runs(np.empty(0))[0]) == 0
