"""PV inverters and charging points against numbers worked out by hand (comparison mode, 1 s cycle)."""

from __future__ import annotations

from edge_sites import GRID, Run

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
    assert points == [[6, 6000, 6000], [6, 6181, 6181], [15, 15916, 15458]]


def surplus(watts: float, point_w: float = 0.0, **more: object) -> dict[str, object]:
    """Inputs of a charging point that is connected, ready and draws some power, with a surplus beside it."""
    given = {
        "cp0/IsReadyForCharging": True,
        "cp0/IsEvConnected": True,
        "cp0/ActivePower": point_w,
        "_sum/GridActivePower": point_w - watts,
        "_sum/EssDischargePower": 0,
    }
    return {"inputs": given, **more}


def test_phases_switch_by_themselves_after_a_while_and_not_again_at_once(run: Run) -> None:
    """6 A on three phases is 4140 W. 3000 W of surplus for a minute: to one phase.

    No power for 30 s, contactors for 30 s without power, the least for 30 s. 5000 W just after that would be
    enough for three phases, but the contactors rest for ten minutes.
    """
    parts = [{"id": "cp0", "nature": "evse-charge-point", "properties": {"canSwitch": True}}]
    props = {"chargePointId": "cp0", "mode": "SURPLUS", "phaseSwitching": "AUTO"}
    steps = [
        surplus(6000),
        surplus(6000),
        surplus(6000, 4140),
        surplus(3000, 4140, advance_s=10),
        surplus(3000, 4140, advance_s=59),
        surplus(3000, 4140, advance_s=1),
        surplus(3000, 4140, advance_s=31),
        surplus(3000, 0, advance_s=5),
        surplus(3000, 0, advance_s=29),
        surplus(3000, 0, advance_s=1),
        surplus(3000, 1380, advance_s=29),
        surplus(3000, 1380, advance_s=1),
        surplus(5000, 1380, advance_s=300),
        surplus(5000, 1380, advance_s=299),
        surplus(5000, 1380, advance_s=1),
    ]
    answer = run("evse-single", props, steps, components=parts)
    powers = [s["cp0/SetPoint"] for s in answer]
    assert powers[:5] == [6000] * 5
    assert powers[5:9] == [0, 0, 0, 0], (
        "it still draws power after 30 s, then the contactors switch without any"
    )
    assert powers[9:12] == [6000] * 3, "the least on one phase; from its surplus it rises after that"
    switched = [s.get("cp0/SetPhaseSwitch") for s in answer]
    assert switched[5:7] == [None, None], "contactors never break a current"
    assert switched[7:11] == ["TO_SINGLE_PHASE"] * 4
    states = [s["ctrl0/StateMachine"] for s in answer]
    assert states[6:12] == ["PHASE_SWITCH_TO_SINGLE_PHASE"] * 6
    assert states[12:14] == ["CHARGING"] * 2
    assert powers[14] == 0, "now it switches back, beginning with no power"


def test_a_vehicle_begins_at_the_least_and_rises_once_it_draws_power(run: Run) -> None:
    """6 A = 4140 W until it draws power, then 3 % more each second in whole watts upwards: 4265 W, 4393 W."""
    parts = [{"id": "cp0", "nature": "evse-charge-point"}]
    steps = [surplus(9000), surplus(9000), surplus(9000), surplus(9000, 4140), *[surplus(9000, 4140)] * 3]
    props = {"chargePointId": "cp0", "mode": "FORCE"}
    answer = run("evse-single", props, steps, components=parts)
    assert [s["cp0/SetPoint"] for s in answer] == [6000, 6000, 6000, 6000, 6181, 6367, 6558]
    assert [s["ctrl0/StateMachine"] for s in answer][2:5] == ["EV_CONNECTED", "EV_CONNECTED", "CHARGING"]


def test_charging_from_surplus_starts_after_its_delay_and_bridges_a_cloud(run: Run) -> None:
    parts = [{"id": "cp0", "nature": "evse-charge-point"}]
    props = {"chargePointId": "cp0", "mode": "SURPLUS", "surplusDelay": 30}
    steps = [
        surplus(6000),
        surplus(6000),
        surplus(6000, advance_s=28),
        surplus(6000, advance_s=2),
        surplus(1000, 4140, advance_s=10),
        surplus(1000, 4140, advance_s=109),
        surplus(1000, 4140, advance_s=2),
    ]
    answer = run("evse-single", props, steps, components=parts)
    assert [s["cp0/SetPoint"] for s in answer] == [0, 0, 0, 6000, 6000, 6000, 0]
