"""Bounds on the battery – limits, reserve, protection – against numbers worked out by hand (comparison mode, 1 s cycle)."""

from __future__ import annotations

from edge_sites import EQ, GE, LE, Run, ess, inputs


def test_limit_active_power_bounds_both_sides(run: Run) -> None:
    answer = run(
        "limit-active-power", {"ess_id": "ess0", "maxChargePower": 3000, "maxDischargePower": 4000}, [{}]
    )
    assert (answer[0][GE], answer[0][LE]) == (-3000, 4000)


def test_fix_active_power_expires_and_counts_its_time(run: Run) -> None:
    props = {"ess_id": "ess0", "power": 2500, "expiresUtc": "2026-06-01T00:00:02Z"}
    answer = run("fix-active-power", props, [{}, {}, {}, {}])
    assert [s.get(EQ) for s in answer] == [2500, 2500, None, None]
    assert answer[3]["ctrl0/CumulatedActiveTime"] == 2


def test_fix_active_power_on_a_hybrid_adds_what_is_not_battery(run: Run) -> None:
    """AC set-point = power + (E − DC discharge) = 1000 + (5000 − 2000)."""
    hybrid = ess() | {"nature": "hybrid-ess"}
    step = {"inputs": {"ess0/ActivePower": 5000, "ess0/DcDischargePower": 2000}}
    assert (
        run("fix-active-power", {"ess_id": "ess0", "power": 1000}, [step], components=[hybrid])[0][EQ] == 4000
    )


def test_linear_power_band_turns_at_its_bounds(run: Run) -> None:
    props = {"ess_id": "ess0", "minPower": -20, "maxPower": 10, "adjustPower": 10}
    answer = run("linear-power-band", props, [{}] * 6)
    assert [s[EQ] for s in answer] == [-10, -20, -10, 0, 10, 0]
    assert [s["ctrl0/StateMachine"] for s in answer][:3] == ["DOWNWARDS", "DOWNWARDS", "UPWARDS"]


def test_minimum_discharge_period_bounds_from_the_next_cycle_for_its_time(run: Run) -> None:
    props = {"ess_id": "ess0", "dischargeTime": 120}
    steps = [inputs(0, 10000), {"inputs": {"ess0/ActivePower": 0}}, {"advance_s": 119}, {"advance_s": 1}]
    answer = run("minimum-discharge-period", props, steps)
    assert [s.get(GE) for s in answer] == [None, 5000, 5000, None]


def test_delay_charge_spreads_the_rest_over_the_time_left(run: Run) -> None:
    """10 kWh, 50 % left = 18 MWs over 5 h = 1000 W."""
    steps = [inputs(0, 0, ess0__Soc=50) | {"advance_s": 10 * 3600}, {"advance_s": 5 * 3600}]
    answer = run("delay-charge", {"ess_id": "ess0"}, steps, components=[ess(capacity=10000)])
    assert answer[0][GE] == -1000
    assert answer[1]["ctrl0/StateMachine"] == "PASSED_TARGET_HOUR"


def test_limit_total_discharge_moves_through_its_states_with_five_minutes_between(run: Run) -> None:
    soc = "ess0/Soc"
    steps = [
        {"inputs": {soc: 20}},
        {"inputs": {soc: 15}},
        {"inputs": {soc: 16}},
        {"advance_s": 360},
        {"inputs": {soc: 10}, "advance_s": 360},
    ]
    answer = run("limit-total-discharge", {"ess_id": "ess0"}, steps)
    assert [s.get(LE) for s in answer] == [None, 0, 0, None, -2000]  # a fifth of -10 kW
    assert [s["ctrl0/AwaitingHysteresis"] for s in answer] == [False, False, True, False, False]
    assert answer[4]["ctrl0/StateMachine"] == "FORCE_CHARGE_SOC"


def test_an_undefined_state_of_charge_stops_discharging(run: Run) -> None:
    others = [
        {
            "id": "fix",
            "type": "fix-active-power",
            "priority": 20,
            "properties": {"ess_id": "ess0", "power": 5000},
        }
    ]
    answer = run("limit-total-discharge", {"ess_id": "ess0"}, [{}], others=others)
    assert answer[0]["ess0/DebugSetActivePower"] == 0


def test_emergency_reserve_ramps_its_limit_by_one_percent_a_call(run: Run) -> None:
    """S = 10 kW, reserve 20 %: at 21 % towards S/2, at 20 % towards 0, each by 100 W a call."""
    soc = "ess0/Soc"
    steps = [{"inputs": {soc: 22}}, {"inputs": {soc: 21}}, {}, {}, {"inputs": {soc: 20}}, {}]
    answer = run("emergency-capacity-reserve", {"ess_id": "ess0", "reserveSoc": 20}, steps)
    assert [s["ctrl0/StateMachine"] for s in answer] == [
        "NO_LIMIT",
        "NO_LIMIT",
        "ABOVE_RESERVE_SOC",
        "ABOVE_RESERVE_SOC",
        "ABOVE_RESERVE_SOC",
        "AT_RESERVE_SOC",
    ]
    assert [s.get(LE) for s in answer] == [None, None, 9900, 9800, 9700, 9600]


def test_protection_blocks_at_the_bounds_until_the_hysteresis_is_passed(run: Run) -> None:
    props = {"ess_id": "ess0", "minSoc": 10, "maxSoc": 90, "socHysteresis": 2}
    fix = [
        {
            "id": "fix",
            "type": "fix-active-power",
            "priority": 20,
            "properties": {"ess_id": "ess0", "power": 5000},
        }
    ]
    steps = [{"inputs": {"ess0/Soc": s}} for s in (50, 10, 11, 12, None)]
    answer = run("protection", props, steps, others=fix)
    assert [s["ess0/DebugSetActivePower"] for s in answer] == [5000, 0, 0, 5000, 0]


def test_protection_derates_with_temperature_and_latches_a_trip(run: Run) -> None:
    watch = [{"channel": "MaxCellTemperature", "warnHigh": 40, "tripHigh": 50}]
    props = {"ess_id": "ess0", "minSoc": 0, "watch": watch}
    fix = [
        {
            "id": "fix",
            "type": "fix-active-power",
            "priority": 20,
            "properties": {"ess_id": "ess0", "power": 10000},
        }
    ]
    steps = [{"inputs": {"ess0/Soc": 50, "ess0/MaxCellTemperature": t}} for t in (30, 45, 50, 30)]
    steps.append({"commands": {"ctrl0/Reset": 1}})
    answer = run("protection", props, steps, others=fix)
    assert [s["ess0/DebugSetActivePower"] for s in answer] == [10000, 5000, 0, 0, 10000]
    assert answer[3]["ctrl0/StateMachine"] == "TRIPPED"


def test_protection_runs_first_whatever_its_priority(run: Run) -> None:
    props = {"ess_id": "ess0", "maxDischargePower": 1000, "minSoc": 0}
    fix = [
        {
            "id": "fix",
            "type": "fix-active-power",
            "priority": 1,
            "properties": {"ess_id": "ess0", "power": 5000},
        }
    ]
    answer = run("protection", props, [{"inputs": {"ess0/Soc": 50}}], others=fix)
    assert answer[0]["ess0/DebugSetActivePower"] == 1000
