"""What is passed on together is what the rules, asked point by point, have nothing to say of."""

from __future__ import annotations

import made
import numpy as np
import pytest
from ems_common.quality.judge import HabitUnknown, Point, has_context, judge_new
from ems_common.quality.rules.registers import Meter
from ems_common.quality.screen import Batch, plainly_good
from ems_common.quality.series import Series
from hypothesis import given, settings
from hypothesis import strategies as st
from made import NOON_MS, QUARTER_MS, point

ROWS = 30
NEW = 4
NOW_MS = NOON_MS + ROWS * QUARTER_MS
POINTS = {
    "energy": point("energy", low=0, high=2000, meter=Meter(max_rate=40.0)),
    "unlimited": point("energy"),
    "analog": point("analog", low=-50, high=500, power_limit=400.0),
    "digital": point("digital", low=0, high=9),
    "rested": point("analog", rules={"stuck": False}),
    "leapless": point("analog", rules={"spike": False}),
    "coarse": point("energy", rules={"gap": False, "duplicate": {"within_s": 3000.0}}),
}


def batch_of(some: list[Series]) -> Batch:
    return Batch(
        np.arange(len(some)),
        np.cumsum([0, *(len(one) for one in some)]),
        np.concatenate([one.time_ms for one in some]),
        np.concatenate([one.value for one in some]),
        np.concatenate([one.is_bad for one in some]),
    )


def nothing_known(_day_ms: int) -> None:
    raise HabitUnknown


def is_silent(series: Series, what: Point, start_ms: int) -> bool:
    """Whether the rules, asked for this point alone, find nothing and need nothing more."""
    if not has_context(series, start_ms, what):
        return False
    found = judge_new(series, what, NOW_MS, start_ms, None, nothing_known)
    return found is not None and not found.findings and not found.is_bad.any()


@st.composite
def some_series(draw: st.DrawFn, what: Point) -> Series:
    """Readings as the kind has them, with now and then something odd."""
    seed = draw(st.integers(0, 2**32 - 1))
    numbers = np.random.default_rng(seed)
    count = draw(st.integers(5, ROWS))
    steps = numbers.choice([0.0, 1.0, 2.5], count, p=draw(st.sampled_from([(0, 0.5, 0.5), (0.4, 0.3, 0.3)])))
    if what.kind == "energy":
        value = 1000.0 + np.cumsum(steps)
    else:
        level = draw(st.sampled_from([-20.0, 0.0, 5.0, 100.0]))
        value = level + draw(st.sampled_from([0.0, 0.1, 4.0])) * numbers.choice([-1.0, 0.0, 1.0], count)
    time_ms = NOW_MS - (count - 1 - np.arange(count)) * QUARTER_MS
    is_bad = np.zeros(count, dtype=np.int8)
    place = draw(st.integers(0, count - 1))
    match draw(st.sampled_from(["nothing"] * 4 + ["leap", "fall", "late", "early", "future", "bad"])):
        case "leap":
            value[place:] += draw(st.sampled_from([30.0, 5000.0]))
        case "fall":
            value[place] *= 0.3
        case "late":
            time_ms[:place] -= QUARTER_MS
        case "early":
            time_ms[place] -= QUARTER_MS - 20_000
            value[place] = value[place - 1]
        case "future":
            time_ms += 5 * QUARTER_MS
        case "bad":
            is_bad[place] = 1
    return Series(np.sort(time_ms), value, is_bad)


@pytest.mark.parametrize("kind", POINTS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_passed_on_together_is_passed_on_alone(kind: str, data: st.DataObject) -> None:
    what = POINTS[kind]
    some = data.draw(st.lists(some_series(what), min_size=1, max_size=5))
    starts = np.array([int(one.time_ms[-1]) - data.draw(st.integers(0, NEW)) * QUARTER_MS for one in some])
    good = plainly_good(batch_of(some), [what] * len(some), starts, NOW_MS)
    for one, start_ms, is_good in zip(some, starts.tolist(), good.tolist(), strict=True):
        if is_good:
            assert is_silent(one, what, start_ms)
            assert not one.is_bad.any()
            assert one.time_ms[-1] <= NOW_MS


def test_readings_of_every_kind_that_are_as_they_should_be_are_passed_on() -> None:
    ripple = [100 + (3 * n) % 7 * 0.5 for n in range(ROWS)]
    of_kind = {
        "energy": made.register(ROWS),
        "analog": ripple,
        "digital": [n // 9 % 2 for n in range(ROWS)],
    }
    for kind, values in of_kind.items():
        some = [made.series(values)] * 3
        starts = np.full(3, int(some[0].time_ms[-NEW]))
        assert plainly_good(batch_of(some), [POINTS[kind]] * 3, starts, NOW_MS).all(), kind


def test_one_odd_point_does_not_keep_the_others_back() -> None:
    odd = made.register(ROWS)
    odd[-1] -= 5
    some = [made.series(made.register(ROWS)), made.series(odd), made.series(made.register(ROWS))]
    starts = np.full(3, int(some[0].time_ms[-NEW]))
    good = plainly_good(batch_of(some), [POINTS["unlimited"]] * 3, starts, NOW_MS)
    assert good.tolist() == [True, False, True]


@pytest.mark.parametrize("rule", ["hampel", "iqr", "average", "fill"])
def test_points_that_are_looked_at_closer_are_not_passed_on(rule: str) -> None:
    some = [made.series([100 + (3 * n) % 7 * 0.5 for n in range(ROWS)])]
    starts = np.array([int(some[0].time_ms[-NEW])])
    closer = point("analog", rules={rule: True})
    assert plainly_good(batch_of(some), [point("analog")], starts, NOW_MS).all()
    assert not plainly_good(batch_of(some), [closer], starts, NOW_MS).any()
