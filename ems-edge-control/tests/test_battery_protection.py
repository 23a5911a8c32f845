"""Currents and power that cells allow, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

from edge_sites import Run, ess

PARTS = [ess(), {"id": "bat0", "nature": "battery"}]
GOOD = {
    "bat0/Voltage": 500,
    "bat0/ChargeMaxCurrent": 80,
    "bat0/DischargeMaxCurrent": 80,
    "bat0/MinCellVoltage": 3300,
    "bat0/MaxCellVoltage": 3300,
}
BOTH = {"ess_id": "ess0", "battery_id": "bat0", "riseRatio": 1}


def steps(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    first, *rest = changes
    made = [{"inputs": GOOD | {k: v for k, v in first.items() if "/" in k}}]
    for change in rest:
        made.append(
            {k: v for k, v in change.items() if "/" not in k}
            | {"inputs": {k: v for k, v in change.items() if "/" in k}}
        )
    return made


def channel(answer: list[dict[str, Any]], name: str) -> list[Any]:
    return [step[f"ctrl0/{name}"] for step in answer]


def test_power_is_current_times_voltage_and_less_on_the_way_out(run: Run) -> None:
    (answer,) = run("battery-protection", BOTH, steps({"bat0/ChargeMaxCurrent": 9}), components=PARTS)
    assert answer["ctrl0/AllowedChargePower"] == -4500
    assert answer["ctrl0/AllowedDischargePower"] == 38000  # 80 A · 500 V · 0.95
    assert answer["ess0/SetActivePowerGreaterOrEquals"] == -4500


def test_allowed_power_rises_by_a_twentieth_each_second_and_falls_at_once(run: Run) -> None:
    """9 A at 500 V = 4500 W: 225, 450, 675; at 2 A it is 1000 W, at once when that is less."""
    props = BOTH | {"riseRatio": 0.05}
    given = steps({"bat0/ChargeMaxCurrent": 9}, {}, {}, {"bat0/ChargeMaxCurrent": 1})
    answer = run("battery-protection", props, given, components=PARTS)
    assert channel(answer, "AllowedChargePower") == [-225, -450, -675, -500]


def test_the_voltage_curve_only_tightens_until_it_is_free_again(run: Run) -> None:
    """3450 mV: half of 80 A; 3420 mV stays half although the curve says 70 %; 3400 mV frees; 3499.9 mV is 1 A."""
    props = BOTH | {"chargeVoltageToPercent": [[3400, 100], [3500, 0]]}
    cells = (3450, 3420, 3400, 3499.9, 3500)
    given = steps(*({"bat0/MaxCellVoltage": v} for v in cells))
    answer = run("battery-protection", props, given, components=PARTS)
    assert channel(answer, "ChargeMaxCurrent") == [40, 40, 80, 1, 0]


def test_percents_count_from_the_largest_current_ever_seen(run: Run) -> None:
    """50 % of 80 A although the management allows 60 A now; 10 % at 5 °C; a missing temperature allows nothing."""
    props = BOTH | {
        "dischargeTemperatureToPercent": [[0, 0], [10, 20], [20, 50]],
        "dischargeSocToPercent": [[0, 0], [10, 100]],
    }
    given = steps(
        {"bat0/MinCellTemperature": 20, "bat0/MaxCellTemperature": 30, "bat0/Soc": 50},
        {"bat0/DischargeMaxCurrent": 60},
        {"bat0/MinCellTemperature": 5},
        {"bat0/MinCellTemperature": 20, "bat0/Soc": 2.5},
        {"bat0/MinCellTemperature": None, "bat0/MaxCellTemperature": None},
    )
    answer = run("battery-protection", props, given, components=PARTS)
    assert channel(answer, "DischargeMaxCurrent") == [40, 40, 8, 20, 0]


def test_a_current_rises_from_zero(run: Run) -> None:
    answer = run("battery-protection", BOTH | {"maxIncrease": 30}, steps({}, {}, {}), components=PARTS)
    assert channel(answer, "ChargeMaxCurrent") == [0, 30, 60]


def test_an_empty_cell_is_charged_by_force_then_discharge_stays_blocked(run: Run) -> None:
    """Below 2850 mV for more than 60 s: −2 A until 2910 mV, then 0 until 3000 mV. −2 A · 500 V · 0.95 = −950 W."""
    props = BOTH | {"forceChargeStart": 2850, "forceChargeUntil": 2910, "blockDischargeUntil": 3000}
    given = steps(
        {"bat0/MinCellVoltage": 2850},
        {"repeat": 59},
        {},
        {"bat0/MinCellVoltage": 2910},
        {"bat0/MinCellVoltage": 2911},
        {"bat0/MinCellVoltage": 3000},
        {"bat0/MinCellVoltage": 3001},
    )
    answer = run("battery-protection", props, given, components=PARTS)
    assert channel(answer, "ForceChargeState") == ["WAIT", "WAIT", "FORCE", "FORCE", "BLOCK", "BLOCK", "NONE"]
    assert channel(answer, "DischargeMaxCurrent") == [80, 80, -2, -2, 0, 0, 80]
    assert answer[2]["ess0/DebugSetActivePower"] == -950


def test_a_full_cell_is_discharged_by_force(run: Run) -> None:
    props = BOTH | {
        "forceDischargeStart": 3650,
        "forceDischargeUntil": 3640,
        "blockChargeUntil": 3450,
        "forceWait": 0,
    }
    cells = (3650, 3639, 3449)
    given = steps(*({"bat0/MaxCellVoltage": v} for v in cells))
    answer = run("battery-protection", props, given, components=PARTS)
    assert channel(answer, "ChargeMaxCurrent") == [-2, 0, 80]
    assert answer[0]["ess0/DebugSetActivePower"] == 1000


def test_without_data_or_stopped_nothing_is_allowed(run: Run) -> None:
    given = steps({"bat0/StartStop": "STOP"}, {"bat0/StartStop": "START"}, {"bat0/Voltage": None})
    answer = run("battery-protection", BOTH, given, components=PARTS)
    assert channel(answer, "AllowedDischargePower") == [0, 38000, 0]


def test_the_inner_resistance_keeps_a_distance_to_the_voltage_bounds(run: Run) -> None:
    """At rest at 500 V with 100 mΩ: 2 V below the bound allow 20 A."""
    given = steps({"bat0/Current": 0, "bat0/InnerResistance": 100, "bat0/ChargeMaxVoltage": 502})
    answer = run("battery-protection", BOTH, given, components=PARTS)
    assert channel(answer, "ChargeMaxCurrent") == [20]
