from __future__ import annotations

import numpy as np
import pytest
from ems_common.catalog.hourly import QUALITY_ESTIMATED, QUALITY_LIMIT, QUALITY_PROVISIONAL
from ems_normalization.power import LONGEST_FILL_US, power_energy
from ems_normalization.registers import MICRO, Register
from hypothesis import given
from hypothesis import strategies as st

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def energy(readings, factor=1.0, register=None, start=0, end=1000 * HOUR, slot=HOUR):
    times = np.array(sorted(readings), dtype=np.int64)
    power = np.array([round(readings[t] * MICRO) for t in times.tolist()], dtype=np.int64)
    return power_energy(times, power, factor, register or Register(), start, end, slot)


def by_hour(result):
    return dict(zip((result.start_us // HOUR).tolist(), (result.energy_micro / MICRO).tolist(), strict=True))


def test_constant_power():
    result = energy({n * 15 * MINUTE: 8.0 for n in range(17)})
    assert by_hour(result) == {n: 8.0 for n in range(4)}
    assert result.quality.tolist() == [0] * 4


def test_readings_of_every_second_lose_nothing_to_rounding():
    result = energy({n * 1_000_000: 0.9987654321 for n in range(3601)})
    assert by_hour(result) == {0: pytest.approx(0.998765, abs=1.5e-6)}


def test_a_ramp_is_integrated_by_trapezoids_also_inside_an_interval():
    # From 0 to 4 kW in four hours, read only at the ends and in the middle.
    register = Register(max_gap_us=3 * HOUR)
    assert by_hour(energy({0: 0, 2 * HOUR: 2, 4 * HOUR: 4}, register=register)) == {
        0: 0.5,
        1: 1.5,
        2: 2.5,
        3: 3.5,
    }


def test_units_and_negative_power():
    assert by_hour(energy({0: 500, HOUR: 500}, factor=0.001)) == {0: 0.5}
    result = energy({0: -2.0, HOUR: -2.0})
    assert by_hour(result) == {0: -2.0}
    assert result.quality.tolist() == [QUALITY_LIMIT]


def test_a_gap_is_bridged_and_flagged_and_a_long_one_has_no_energy():
    result = energy({0: 1, HOUR: 1, 5 * HOUR: 1, 6 * HOUR: 1})
    assert by_hour(result) == {n: 1.0 for n in range(6)}
    assert result.quality.tolist() == [0, *[QUALITY_ESTIMATED] * 4, 0]
    end = 90 * MINUTE + LONGEST_FILL_US + HOUR
    result = energy({0: 1, HOUR: 1, 90 * MINUTE: 1, end: 1, end + HOUR: 1})
    assert by_hour(result) == {0: 1.0, 1: 0.5, 26: 0.5, 27: 0.5}
    # The first hour is complete; the two that border on the gap are known in part; the last is still running.
    assert result.quality.tolist() == [0, QUALITY_ESTIMATED, QUALITY_ESTIMATED, QUALITY_PROVISIONAL]


def test_the_running_slot_is_provisional_and_limits_flag():
    result = energy({0: 1, HOUR: 9, 90 * MINUTE: 9}, register=Register(high_limit_per_hour=4.9))
    assert result.quality.tolist() == [QUALITY_LIMIT, QUALITY_PROVISIONAL]
    assert by_hour(result) == {0: 5.0, 1: 4.5}


def test_fewer_than_two_readings_give_nothing():
    assert by_hour(energy({})) == {}
    assert by_hour(energy({0: 5})) == {}


_TRACES = st.dictionaries(
    st.integers(0, 40 * 60).map(lambda m: m * MINUTE),
    st.integers(-500, 5000).map(lambda v: v / 7),
    min_size=2,
    max_size=40,
)


@given(_TRACES, st.sampled_from([15, 30, 60]))
def test_slots_sum_to_the_trapezoids(readings, minutes):
    result = energy(readings, slot=minutes * MINUTE)
    times = np.array(sorted(readings))
    power = np.round(np.array([readings[t] for t in times.tolist()]), 6)
    steps = (power[:-1] + power[1:]) / 2 * np.diff(times) / HOUR
    steps[np.diff(times) > LONGEST_FILL_US] = 0
    assert result.energy_micro.sum() / MICRO == pytest.approx(
        steps.sum(), abs=1e-6 * (len(result.energy_micro) + 1)
    )


@given(_TRACES, st.integers(0, 39), st.integers(1, 40))
def test_a_slot_is_the_same_whatever_the_window(readings, first, count):
    whole = by_hour(energy(readings))
    part = by_hour(energy(readings, start=first * HOUR, end=(first + count) * HOUR))
    assert part == {hour: value for hour, value in whole.items() if first <= hour < first + count}
