"""Every controller type: buildable from its schema, harmless without values, harmless with strange ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edge_sites import GRID, ess

from ems_edge_control import properties, registry, replay

COMPONENTS = [
    ess(capacity=10000),
    GRID,
    {"id": "pv0", "nature": "pv-inverter", "properties": {"maxActivePower": 8000}},
    {"id": "evcs0", "nature": "managed-evcs"},
    {"id": "cp0", "nature": "evse-charge-point", "properties": {"canSwitch": True}},
    {"id": "io0", "nature": "digital-output"},
    {"id": "ao0", "nature": "analog-output"},
    {"id": "t0", "nature": "thermometer"},
    {"id": "bat0", "nature": "battery"},
]
VALUES: dict[str, Any] = {
    "ess_id": "ess0",
    "battery_id": "bat0",
    "meter_id": "meter0",
    "pv_inverter_id": "pv0",
    "pv_inverter_ids": ["pv0"],
    "evcs_id": "evcs0",
    "evcs_ids": ["evcs0"],
    "charge_point_id": "cp0",
    "chargePoints": [{"id": "cp0", "mode": "SURPLUS"}],
    "io_id": "ao0",
    "floor_thermometer_id": "t0",
    "ambient_thermometer_id": "t0",
    "rule": {"if": [{">": [{"var": "meter0/ActivePower"}, 5]}, [["io0/R1", 1]], []]},
    "startDate": "01.01.2020",
    "endDate": "31.12.2030",
    "startTime": "00:00",
    "endTime": "23:59",
    "slowChargeStartTime": "23:00",
    "inputChannelAddress": "meter0/ActivePower",
    "formGridAddress": "io0/F",
    "gridSwitchAddress": "io0/G",
}


def minimal(code: str) -> dict[str, Any]:
    """Values for the required properties of a type."""
    schema = properties.schema(registry.types()[code].Config)
    given = {}
    for name in schema["required"]:
        kind = schema["properties"][name]["type"]
        if name == "startTime" and code == "cycle":
            given[name] = "2026-06-01 00:00"
        elif name in VALUES:
            given[name] = VALUES[name]
        elif kind == "array":
            given[name] = ["io0/R1"]
        elif kind == "string":
            given[name] = f"io0/{name}"
        else:
            given[name] = {"rechargePower": 0, "minPower": 0}.get(name, 100)
    if "isRunning" in schema["properties"]:
        given["isRunning"] = True
    if code == "fix-active-power":
        given["power"] = 100
    if code == "evse-cluster":
        given["chargePoints"] = VALUES["chargePoints"]
    if code == "alarm":
        given["inputChannelAddress"] = ["meter0/RunFailed"]
    return given


def scenario(code: str, steps: list[dict[str, Any]], filters: str) -> dict[str, Any]:
    return {
        "cycle_s": 0.1,
        "filters": filters,
        "clock_start": "2026-06-01T00:00:00Z",
        "components": COMPONENTS,
        "controllers": [{"id": "ctrl0", "type": code, "priority": 1, "properties": minimal(code)}],
        "steps": steps,
    }


GOOD = {
    "ess0/Soc": 50,
    "ess0/ActivePower": 1000,
    "meter0/ActivePower": 3000,
    "meter0/ActivePowerL1": 1000,
    "meter0/ActivePowerL2": 1500,
    "meter0/ActivePowerL3": 500,
    "meter0/Frequency": 49900,
    "meter0/Voltage": 235000,
    "pv0/ActivePower": 4000,
    "evcs0/Status": "CHARGING",
    "evcs0/ActivePower": 3000,
    "cp0/IsReadyForCharging": True,
    "cp0/ActivePower": 3000,
    "t0/Temperature": 200,
    "bat0/Current": 12,
    "bat0/Voltage": 3.6,
}


@pytest.mark.parametrize("filters", ["time_based", "per_call"])
@pytest.mark.parametrize("code", sorted(registry.types()))
def test_every_controller_stays_within_limits_with_good_missing_and_extreme_values(
    code: str, filters: str
) -> None:
    extreme = {k: 1e9 for k, v in GOOD.items() if isinstance(v, int)}
    low = {k: -1e9 for k in extreme}
    steps = [
        {},
        {"inputs": GOOD, "repeat": 5},
        {"advance_s": 400},
        {"inputs": extreme},
        {"inputs": low},
        {"inputs": dict.fromkeys(GOOD)},
        {"inputs": GOOD, "advance_s": 90000},
    ]
    answer = replay.run(scenario(code, steps, filters))
    for step in answer["steps"]:
        power = step["channels"].get("ess0/DebugSetActivePower", 0)
        assert -10000 <= power <= 10000
        json.dumps(step, allow_nan=False)
        for reason in step["failures"].values():
            assert "undefined" in reason, reason


@pytest.mark.parametrize("code", sorted(registry.types()))
def test_every_controller_state_survives_saving_and_loading(code: str) -> None:
    import msgspec

    running = replay.Replay(scenario(code, [{"inputs": GOOD, "repeat": 3}], "time_based"))
    running.run()
    state = running.site.slots[0].state
    again = msgspec.convert(msgspec.json.decode(msgspec.json.encode(state)), type(state), strict=False)
    assert again == state


def test_every_alias_finds_its_controller() -> None:
    for code, cls in registry.types().items():
        for alias in (code, code.upper(), *cls.aliases):
            found = registry.find(alias)
            assert found is not None, alias
            assert found.code == code, alias
