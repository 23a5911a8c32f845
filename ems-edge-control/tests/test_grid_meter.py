"""Controllers that follow the grid meter – shaving, balancing, selling – against numbers worked out by hand (comparison mode, 1 s cycle)."""

from __future__ import annotations

import pytest
from edge_sites import BOTH, EQ, GE, LE, NO_PID, Run, inputs

from ems_edge_control.controllers.load import power_at


@pytest.mark.parametrize(
    ("grid", "power", "expected"), [(9000, 0, 3000), (4000, 0, 0), (1000, 0, -2000), (5000, 2000, 1000)]
)
def test_symmetric_shaving_follows_excess_dead_band_and_recharge(
    run: Run, grid: float, power: float, expected: float
) -> None:
    """Peak 6 kW, recharge 3 kW, x = G + E."""
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000}
    assert run("peak-shaving-symmetric", props, [inputs(grid, power)], components=NO_PID)[0][EQ] == expected


def test_symmetric_shaving_does_nothing_off_grid(run: Run) -> None:
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000}
    step = inputs(9000, 0, ess0__GridMode="OFF_GRID")
    assert EQ not in run("peak-shaving-symmetric", props, [step], components=NO_PID)[0]


def test_symmetric_shaving_passes_the_filter(run: Run) -> None:
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000}
    assert run("peak-shaving-symmetric", props, [inputs(9000)])[0][EQ] == 900  # 0.3 × 3000


def test_asymmetric_shaving_takes_three_times_the_worst_phase(run: Run) -> None:
    """3 × 4000 = 12000 against 3 × 3000: 3000 W."""
    props = BOTH | {"peakShavingPower": 3000, "rechargePower": 1000}
    step = inputs(6000, 0, meter0__ActivePowerL1=4000, meter0__ActivePowerL2=1000)
    assert run("peak-shaving-asymmetric", props, [step], components=NO_PID)[0][EQ] == 3000


def test_timeslot_shaving_charges_slowly_before_and_shaves_in_the_slot(run: Run) -> None:
    props = BOTH | {
        "startDate": "01.06.2026",
        "endDate": "30.06.2026",
        "startTime": "10:00",
        "endTime": "12:00",
        "slowChargeStartTime": "09:00",
        "peakShavingPower": 6000,
        "rechargePower": 3000,
        "slowChargePower": -500,
        "hysteresisSoc": 90,
    }
    steps = [
        inputs(9000, 0, ess0__Soc=50) | {"advance_s": 8 * 3600},
        {"advance_s": 3600},
        {"advance_s": 600, "inputs": {"ess0/Soc": 100}},
        {"advance_s": 600, "inputs": {"ess0/Soc": 90}},
        {"advance_s": 40 * 60},
        {"advance_s": 3 * 3600},
    ]
    answer = run("peak-shaving-timeslot", props, steps, components=NO_PID)
    assert [s["ctrl0/StateMachine"] for s in answer] == [
        "NORMAL",
        "SLOWCHARGE",
        "HYSTERESIS",
        "SLOWCHARGE",
        "HIGHTHRESHOLD",
        "NORMAL",
    ]
    assert [s.get(EQ) for s in answer] == [None, -500, None, -500, 3000, None]


def test_our_shaving_bounds_from_below_and_leaves_room_for_others(run: Run) -> None:
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000}
    others = [{"id": "b", "type": "balancing", "priority": 20, "properties": BOTH}]
    answer = run("peak-shaving", props, [inputs(4000, 0, ess0__Soc=50)], components=NO_PID, others=others)
    assert answer[0][GE] == -2000  # charging may use what is left below the limit
    assert answer[0]["ess0/DebugSetActivePower"] == 4000  # balancing covers the load


def test_our_shaving_by_the_worst_phase_holds_each_phase_below_a_third_of_the_limit(run: Run) -> None:
    """9 kW, so 3 kW a phase. L1 carries 4 kW: 3 · 4 − 9 = 3 kW, of which each phase gets one. The sum alone is 6 kW."""
    props = BOTH | {"peakShavingPower": 9000, "rechargePower": 3000, "worstPhase": True}
    phases = {"meter0__ActivePowerL1": 4000, "meter0__ActivePowerL2": 1000, "meter0__ActivePowerL3": 1000}
    steps = [
        inputs(6000, 0, ess0__Soc=50, **phases),
        inputs(3000, 3000, **{name: watts - 1000 for name, watts in phases.items()}),
    ]
    answer = run("peak-shaving", props, steps, components=NO_PID)
    assert [s["ess0/DebugSetActivePower"] for s in answer] == [3000, 3000]


def test_our_shaving_keeps_the_battery_when_its_charge_is_reserved(run: Run) -> None:
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000, "minSoc": 20, "socHysteresis": 3}
    steps = [inputs(9000, 0, ess0__Soc=20), {"inputs": {"ess0/Soc": 22}}, {"inputs": {"ess0/Soc": 23}}]
    answer = run("peak-shaving", props, steps, components=NO_PID)
    assert [s["ess0/DebugSetActivePower"] for s in answer] == [0, 0, 3000]


def test_balancing_brings_the_grid_to_its_target_and_obeys_a_written_one(run: Run) -> None:
    steps = [inputs(5000, 1000), {"commands": {"ctrl0/SetGridActivePower": 2000}}, {}]
    answer = run("balancing", BOTH, steps, components=NO_PID)
    assert [s[EQ] for s in answer] == [6000, 4000, 6000]


def test_balancing_schedule_takes_the_latest_start_and_a_written_point_first(run: Run) -> None:
    # 2026-06-01T00:00:00Z = 1780272000
    schedule = [
        {"startTimestamp": 1780272000, "duration": 900, "activePowerSetPoint": 1000},
        {"startTimestamp": 1780272300, "duration": 60, "activePowerSetPoint": 3000},
    ]
    props = BOTH | {"schedule": __import__("json").dumps(schedule)}
    steps = [
        inputs(5000),
        {"advance_s": 300},
        {"commands": {"ctrl0/GridActivePowerSetPoint": 500}},
        {"advance_s": 1000},
    ]
    answer = run("balancing-schedule", props, steps, components=NO_PID)
    assert [s.get(EQ) for s in answer] == [4000, 2000, 4500, None]
    assert answer[3]["ctrl0/NoActiveSetpoint"] is True


def test_a_schedule_that_is_no_json_is_flagged(run: Run) -> None:
    answer = run("balancing-schedule", BOTH | {"schedule": "{bad"}, [inputs(5000)], components=NO_PID)
    assert answer[0]["ctrl0/ScheduleParseFailed"] is True


@pytest.mark.parametrize(("grid", "expected"), [(-9000, -4000), (-3000, 0), (500, 1500)])
def test_delayed_sell(run: Run, grid: float, expected: float) -> None:
    """Limit 5 kW, continuous 1 kW."""
    props = BOTH | {"sellToGridPowerLimit": 5000, "continuousSellToGridPower": 1000}
    assert run("delayed-sell-to-grid", props, [inputs(grid)], components=NO_PID)[0][EQ] == expected


def test_sell_limit_bounds_only_when_more_is_sold(run: Run) -> None:
    props = BOTH | {"maximumSellToGridPower": 5000}
    answer = run("sell-to-grid-limit", props, [inputs(-8000), inputs(-4000)], components=NO_PID)
    assert [s.get(LE) for s in answer] == [-3000, None]


@pytest.mark.parametrize(
    ("time_s", "expected_w"),
    [(9.0, 1000), (10.05, 2000), (10.1, 3000), (10.105, 3100), (10.12, 3400), (10.5, 3400)],
)
def test_the_power_of_a_moving_storage_is_that_of_the_moment_asked_for(
    time_s: float, expected_w: float
) -> None:
    """1 kW, 0.1 s later 3 kW: in between linear, and it goes on for 20 ms at most; before the first it was the same."""
    assert power_at([(10.0, 1000.0), (10.1, 3000.0)], time_s) == pytest.approx(expected_w)
    assert power_at([(10.0, 1000.0)], time_s) == 1000
