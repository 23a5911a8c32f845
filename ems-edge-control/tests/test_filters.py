"""Filters against numbers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ems_edge_control.filters import FilterSettings, FilterState, follow, pid_per_call, pt1, ramp

PID = FilterSettings(per_call=True)


def test_pid_counts_calls_and_adds_the_sum_after_use() -> None:
    state = FilterState()
    # Error 20000: 0.3 × 20000; no sum and no derivative in the first call.
    assert pid_per_call(PID, state, 0, 20_000, -100_000, 100_000) == 6000
    # Error 15000, sum 20000, input rose by 5000: 4500 + 6000 − 500.
    assert pid_per_call(PID, state, 5000, 20_000, -100_000, 100_000) == 10_000
    # Error 10000, sum 35000, input rose by 5000: 3000 + 10500 − 500.
    assert pid_per_call(PID, state, 10_000, 20_000, -100_000, 100_000) == 13_000


def test_pid_without_error_gives_the_target() -> None:
    assert pid_per_call(PID, FilterState(), 4000, 4000, -9000, 9000) == 4000


def test_pid_is_cut_to_the_limits_and_its_sum_to_ten_times_the_larger() -> None:
    state = FilterState()
    for _ in range(100):
        assert pid_per_call(PID, state, 0, 50_000, -1000, 1000) <= 1000
    assert state.sum_w == 10_000


def test_pt1_first_call_passes_and_then_lags() -> None:
    settings, state = FilterSettings(pid=False, pt1=True, pt1_s=0.8), FilterState()
    assert pt1(settings, state, 1000, 0.0) == 1000
    # k = 0.8: (2000 + 0.8 × 1000) / 1.8
    assert pt1(settings, state, 2000, 1.0) == pytest.approx(1555.56, abs=0.01)


def test_pt1_in_comparison_mode_returns_the_last_output_for_calls_50_ms_apart() -> None:
    settings, state = FilterSettings(per_call=True, pid=False, pt1=True), FilterState()
    pt1(settings, state, 1000, 0.0)
    assert pt1(settings, state, 9000, 0.05) == 1000


@given(st.floats(-9000, 9000), st.floats(-9000, 9000))
def test_ramp_never_oversteps(last: float, target: float) -> None:
    stepped = ramp(last, target, 100)
    assert abs(stepped - last) <= 100 + 1e-9
    assert min(last, target) - 1e-9 <= stepped <= max(last, target) + 1e-9


@given(st.floats(-10_000, 10_000), st.lists(st.floats(-10_000, 10_000), min_size=1, max_size=40))
def test_the_time_filter_never_turns_a_discharge_into_a_charge(target: float, measured: list[float]) -> None:
    settings, state = FilterSettings(), FilterState()
    for power in measured:
        out = follow(settings, state, power, target, -10_000, 10_000, 0.1)
        assert out * target >= 0
        assert -10_000 <= out <= 10_000


@pytest.mark.parametrize("dt_s", [0.02, 0.1, 1.0])
def test_the_time_filter_learns_the_losses_of_a_device_at_any_cycle_time(dt_s: float) -> None:
    """A device that gives 5 % less than told ends up giving what was wanted."""
    settings, state, power = FilterSettings(), FilterState(), 0.0
    for _ in range(int(120 / dt_s)):
        out = follow(settings, state, power, 5000, -10_000, 10_000, dt_s)
        power += (0.95 * out - power) * min(1.0, dt_s / 0.3)
    assert power == pytest.approx(5000, rel=0.01)


def test_the_time_filter_does_not_wind_up_on_a_device_that_does_not_follow() -> None:
    settings, state = FilterSettings(), FilterState()
    for _ in range(1000):
        out = follow(settings, state, 0.0, 5000, -10_000, 10_000, 0.1)
    assert out == 5000
