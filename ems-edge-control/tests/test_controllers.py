"""Controllers against numbers worked out by hand from CONTROL.md chapter 2 (comparison mode, 1 s cycle)."""

from __future__ import annotations

from typing import Any

import pytest
from edge_sites import GRID, Run, ess

NO_PID = [ess(), GRID, {"id": "_power", "nature": "solver", "properties": {"enablePid": False}}]
BOTH = {"ess_id": "ess0", "meter_id": "meter0"}
EQ, LE, GE = (
    "ess0/SetActivePowerEquals",
    "ess0/SetActivePowerLessOrEquals",
    "ess0/SetActivePowerGreaterOrEquals",
)


def inputs(grid: float | None = None, power: float | None = 0, **more: Any) -> dict[str, Any]:
    given = {"meter0/ActivePower": grid, "ess0/ActivePower": power}
    return {"inputs": given | {k.replace("__", "/"): v for k, v in more.items()}}


# -- peak shaving ---


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


def test_our_shaving_keeps_the_battery_when_its_charge_is_reserved(run: Run) -> None:
    props = BOTH | {"peakShavingPower": 6000, "rechargePower": 3000, "minSoc": 20, "socHysteresis": 3}
    steps = [inputs(9000, 0, ess0__Soc=20), {"inputs": {"ess0/Soc": 22}}, {"inputs": {"ess0/Soc": 23}}]
    answer = run("peak-shaving", props, steps, components=NO_PID)
    assert [s["ess0/DebugSetActivePower"] for s in answer] == [0, 0, 3000]


# -- self consumption and grid power ---


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


# -- limits ---


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


# -- reserve ---


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


# -- protection ---


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


# -- grid ---


@pytest.mark.parametrize(
    ("mhz", "soc", "expected"),
    [
        (49900, 50, 5000),
        (50200, 50, -10000),
        (49700, 50, 10000),
        (49995, 50, None),
        (49900, 22.5, 2500),
        (50100, 80, 0),
    ],
)
def test_droop_follows_its_characteristic(run: Run, mhz: float, soc: float, expected: float | None) -> None:
    """10 kW at 200 mHz, dead band 10 mHz, tapered over 5 % of charge."""
    step = {"inputs": {"meter0/Frequency": mhz, "ess0/Soc": soc}}
    assert run("frequency-droop", BOTH, [step])[0].get(EQ) == expected


def test_droop_inertia_answers_the_rate_of_change(run: Run) -> None:
    props = BOTH | {"inertia": 20000, "inertiaFilter": 0, "deadBand": 200}
    steps = [{"inputs": {"meter0/Frequency": 50000, "ess0/Soc": 50}}, {"inputs": {"meter0/Frequency": 49900}}]
    answer = run("frequency-droop", props, steps)
    assert answer[1][EQ] == 2000  # −0.1 Hz in 1 s × 20 kW per Hz/s


def test_14a_is_active_when_its_contact_is_false_only(run: Run) -> None:
    props = {"ess_id": "ess0", "inputChannelAddress": "io0/Input0"}
    parts = [ess(), {"id": "io0", "nature": "digital-input"}]
    steps = [{}, {"inputs": {"io0/Input0": False}}, {"inputs": {"io0/Input0": True}}]
    answer = run("limiter-14a", props, steps, components=parts)
    assert [s.get(GE) for s in answer] == [None, -4200, None]
    assert [s["ctrl0/RestrictionMode"] for s in answer] == ["OFF", "ON", "OFF"]


@pytest.mark.parametrize(
    ("volts", "expected"), [(228000, 4000), (231600, 2000), (240000, 0), (252000, -4000), (260000, -4000)]
)
def test_power_by_voltage_interpolates(run: Run, volts: float, expected: float) -> None:
    """0.95 → 4000 W, 0.98 → 0; 231.6 V / 240 V = 0.965 is half way."""
    step = {"inputs": {"meter0/Voltage": volts}}
    assert run("active-power-by-voltage", BOTH, [step])[0][EQ] == pytest.approx(expected, abs=1)


def test_power_by_voltage_waits_between_two_updates(run: Run) -> None:
    steps = [
        {"inputs": {"meter0/Voltage": 228000}},
        {"inputs": {"meter0/Voltage": 240000}},
        {"advance_s": 20},
    ]
    answer = run("active-power-by-voltage", BOTH, steps)
    assert [s.get(EQ) for s in answer] == [4000, None, 0]


def test_reactive_power_by_voltage_is_a_part_of_the_size(run: Run) -> None:
    step = {"inputs": {"meter0/Voltage": 216000}}  # ratio 0.9 → 60 %
    assert run("reactive-power-by-voltage", BOTH, [step])[0]["ess0/SetReactivePowerEquals"] == 6000


def test_cos_phi_follows_the_active_power_that_comes_out(run: Run) -> None:
    fix = [
        {
            "id": "fix",
            "type": "fix-active-power",
            "priority": 20,
            "properties": {"ess_id": "ess0", "power": 4000},
        }
    ]
    answer = run("cos-phi", {"ess_id": "ess0", "cosPhi": 0.8, "direction": "INDUCTIVE"}, [{}], others=fix)
    assert answer[0]["ess0/DebugSetReactivePower"] == 3000  # tan(acos 0.8) = 0.75


def test_fast_frequency_reserve_discharges_at_a_dip_and_recovers(run: Run) -> None:
    entry = {
        "startTimestamp": 1780272600,
        "duration": 3600,
        "dischargePowerSetPoint": 9200,
        "frequencyLimit": 49500,
        "activationRunTime": 700,
        "supportDuration": 5,
    }
    props = BOTH | {"controlMode": "MANUAL_ON", "activationScheduleJson": [entry]}
    steps = [
        {"inputs": {"meter0/Frequency": 50000}, "repeat": 3},  # calls that take the schedule over
        {},
        {"advance_s": 600},
        {},
        {"inputs": {"meter0/Frequency": 49400}},
        {},
        {"advance_s": 5, "inputs": {"meter0/Frequency": 50000}},
        {"advance_s": 1},
    ]
    answer = run("fast-frequency-reserve", props, steps)
    assert [s.get(EQ) for s in answer] == [None, -1800, -1800, 0, 9200, 9200, 9200, 0]


# -- PV, chargers ---

PV = {"id": "pv0", "nature": "pv-inverter", "properties": {"maxActivePower": 20000}}


def test_pv_sell_limit_moves_by_a_fifth_of_the_last_limit(run: Run) -> None:
    props = {"pv_inverter_id": "pv0", "meter_id": "meter0", "maximumSellToGridPower": 5000}
    steps = [
        {"inputs": {"meter0/ActivePower": -10000, "pv0/ActivePower": 15000}},
        {"inputs": {"meter0/ActivePower": -4000, "pv0/ActivePower": 15000}},
    ]
    answer = run("pv-sell-to-grid-limit", props, steps, components=[GRID, PV])
    # Starts from 0, so directly −10 + 15 + 5 = 10 kW; then 16 kW wanted, 20 % of 10 kW allowed.
    assert [s["pv0/ActivePowerLimit"] for s in answer] == [10000, 12000]


def test_pv_limit_is_lifted_when_its_controller_is_switched_off(run: Run) -> None:
    props = {"pv_inverter_id": "pv0", "powerLimit": 4000}
    steps = [{}, {"reconfigure": {"ctrl0": {"enabled": False}}}]
    answer = run("pv-fix-limit", props, steps, components=[PV])
    assert [s["pv0/ActivePowerLimit"] for s in answer] == [4000, None]


def test_the_first_bid_for_an_actuator_wins(run: Run) -> None:
    second = [
        {
            "id": "b",
            "type": "pv-fix-limit",
            "priority": 20,
            "properties": {"pv_inverter_id": "pv0", "powerLimit": 9000},
        }
    ]
    answer = run(
        "pv-fix-limit", {"pv_inverter_id": "pv0", "powerLimit": 4000}, [{}], components=[PV], others=second
    )
    assert answer[0]["pv0/ActivePowerLimit"] == 4000


EV = {
    "id": "evcs0",
    "nature": "managed-evcs",
    "properties": {"minimumHardwarePower": 4140, "maximumHardwarePower": 22080},
}


def test_forced_charging_multiplies_by_the_phases(run: Run) -> None:
    step = {"inputs": {"evcs0/Phases": 2, "evcs0/Status": "CHARGING"}}
    answer = run("evcs", {"evcs_id": "evcs0"}, [step], components=[EV, GRID])
    assert answer[0]["evcs0/SetChargePowerLimit"] == 14720  # 2 × 7360


def test_excess_charging_uses_what_is_sold_and_rests_below_the_least(run: Run) -> None:
    props = {"evcs_id": "evcs0", "chargeMode": "EXCESS_POWER", "excessChargeHystersis": 0}
    steps = [
        {"inputs": {"meter0/ActivePower": -6000, "evcs0/ActivePower": 0}},
        {"inputs": {"meter0/ActivePower": -1000, "evcs0/ActivePower": 2000}},
    ]
    answer = run("evcs", props, steps, components=[EV, GRID])
    assert [s["evcs0/SetChargePowerLimit"] for s in answer] == [6000, 0]


def test_a_cluster_gives_guarantees_first_and_the_rest_in_order(run: Run) -> None:
    second = EV | {"id": "evcs1"}
    props = {
        "hardwarePowerLimitPerPhase": 7000,
        "minimumGuaranteeChargePower": 4500,
        "evcs_ids": ["evcs0", "evcs1"],
    }
    step = {
        "inputs": {
            "meter0/ActivePower": 6000,
            "meter0/ActivePowerL1": 2000,
            "meter0/ActivePowerL2": 2000,
            "meter0/ActivePowerL3": 2000,
            "evcs0/Status": "CHARGING",
            "evcs1/Status": "CHARGING",
            "evcs0/SetChargePowerRequest": 22000,
            "evcs1/SetChargePowerRequest": 22000,
        }
    }
    answer = run("evcs-cluster", props, [step], components=[EV, second, GRID])
    # 21 − 6 = 15 kW: 4.5 each, the first takes the remaining 6.
    assert answer[0]["evcs0/SetChargePowerLimit"] == 10500
    assert answer[0]["evcs1/SetChargePowerLimit"] == 4500


# -- outputs ---


def test_channel_threshold_notices_a_crossing_in_one_cycle_and_acts_in_the_next(run: Run) -> None:
    props = {
        "inputChannelAddress": "ess0/Soc",
        "outputChannelAddress": "io0/R",
        "lowThreshold": 40,
        "highThreshold": 80,
    }
    parts = [ess(), {"id": "io0", "nature": "digital-output"}]
    steps = [{"inputs": {"ess0/Soc": s}} for s in (39, 39, 41, 41, 41, 81, 81)]
    answer = run("channel-threshold", props, steps, components=parts)
    assert [s.get("io0/R") for s in answer] == [None, 0, None, 1, 1, None, 0]


def test_chp_is_on_below_and_off_above_and_keeps_between(run: Run) -> None:
    props = {
        "inputChannelAddress": "ess0/Soc",
        "outputChannelAddress": "io0/R",
        "lowThreshold": 20,
        "highThreshold": 80,
    }
    parts = [ess(), {"id": "io0", "nature": "digital-output"}]
    steps = [{"inputs": {"ess0/Soc": s}} for s in (50, 20, 50, 80, 50)]
    answer = run("chp-by-soc", props, steps, components=parts)
    assert [s.get("io0/R") for s in answer] == [None, 1, None, 0, None], "between the two nothing is written"


@pytest.mark.parametrize(
    ("grid", "soc", "expected"),
    [
        (-2000, 50, "REGULAR"),
        (-4000, 50, "RECOMMENDATION"),
        (-6000, 50, "FORCE_ON"),
        (-6000, 5, "RECOMMENDATION"),
    ],
)
def test_heat_pump_state_by_surplus(run: Run, grid: float, soc: float, expected: str) -> None:
    props = {"outputChannel1": "io0/R1", "outputChannel2": "io0/R2"}
    parts = [ess(), GRID, {"id": "io0", "nature": "digital-output"}]
    step = {"inputs": {"meter0/ActivePower": grid, "ess0/Soc": soc, "ess0/ActivePower": 0}}
    answer = run("heat-pump-sg-ready", props, [step], components=parts)
    assert answer[0]["ctrl0/Status"] == expected


# -- island ---


def test_the_island_controller_never_closes_both_contactors(run: Run) -> None:
    props = {
        "ess_id": "ess0",
        "onGridOutputChannelAddress": "io0/On",
        "offGridOutputChannelAddress": "io0/Off",
    }
    parts = [ess() | {"properties": {"maxApparentPower": 10000}}, {"id": "io0", "nature": "digital-output"}]
    steps = [
        {"inputs": {"ess0/GridMode": "ON_GRID", "ess0/Soc": 50, "io0/On": 1, "io0/Off": 0}},
        {},
        {"inputs": {"ess0/GridMode": "OFF_GRID"}},
        {},
        {"inputs": {"io0/On": 0}},
        {"advance_s": 9},
        {"advance_s": 2},
    ]
    answer = run("ac-island", props, steps, components=parts)
    assert [s["ctrl0/StateMachine"] for s in answer] == [
        "UNDEFINED",
        "SWITCH_TO_ONGRID",
        "ON_GRID",
        "SWITCH_TO_OFFGRID",
        "SWITCH_TO_OFFGRID",
        "SWITCH_TO_OFFGRID",
        "SWITCH_TO_OFFGRID",
    ]
    assert answer[3]["io0/On"] == 0
    assert answer[6]["io0/Off"] == 1
    assert not any(s.get("io0/On") and s.get("io0/Off") for s in answer)


def test_charging_points_share_surplus_and_hand_on_what_whole_amperes_cannot_use(run: Run) -> None:
    """32 kW for three: 10666 W each. In whole amperes of 690 W that is 15 A and 316 W for the next: 10982 W.

    Reached by 3 % a second from 6 A.
    """
    parts = [
        {"id": "cp0", "nature": "evse-charge-point", "properties": {"unit": "A"}},
        {"id": "cp1", "nature": "evse-charge-point"},
        {"id": "cp2", "nature": "evse-charge-point"},
    ]
    props = {"chargePoints": [{"id": f"cp{i}", "mode": "SURPLUS"} for i in range(3)]}
    ready = {f"cp{i}/IsReadyForCharging": True for i in range(3)}
    steps = [
        {"inputs": ready | {"_sum/GridActivePower": -32000, "_sum/EssDischargePower": 0}},
        {},
        {"repeat": 50},
    ]
    answer = run("evse-cluster", props, steps, components=parts)
    points = [[step[f"cp{i}/SetPoint"] for i in range(3)] for step in answer]
    assert points == [[6, 6000, 6000], [6, 6180, 6180], [15, 15916, 15458]]
