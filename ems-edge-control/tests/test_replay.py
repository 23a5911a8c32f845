"""The replay command, the types command, and the site file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from edge_sites import GRID, Run, ess
from ems_common.errors import BadInput

from ems_edge_control import config, registry, replay
from ems_edge_control.site import Site

ROOT = Path(__file__).parents[2]


def printed(*arguments: str) -> Any:
    """What the program prints, in a process of its own: a loop of another test may still be saying something."""
    program = Path(sys.executable).parent / "ems-edge-control"
    return json.loads(subprocess.run([program, *arguments], check=True, capture_output=True).stdout)


def scenario(**changes: Any) -> dict[str, Any]:
    return {
        "cycle_s": 1,
        "clock_start": "2026-06-01T00:00:00Z",
        "filters": "time_based",
        "components": [ess(), GRID],
        "controllers": [
            {
                "id": "b",
                "type": "balancing",
                "priority": 1,
                "properties": {"ess_id": "ess0", "meter_id": "meter0"},
            }
        ],
        "steps": [{"inputs": {"meter0/ActivePower": 3000, "ess0/ActivePower": 0}}],
    } | changes


def test_the_command_reads_and_prints_json(tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(scenario()))
    answer = printed("replay", str(file))
    assert answer["steps"][0]["channels"]["ess0/SetActivePowerEquals"] == 3000


def test_inputs_stay_until_overwritten_and_null_takes_them_away() -> None:
    steps = [
        {"inputs": {"meter0/ActivePower": 3000, "ess0/ActivePower": 0}},
        {},
        {"inputs": {"meter0/ActivePower": None}},
    ]
    answer = replay.run(scenario(steps=steps, filters="per_call"))["steps"]
    assert "ess0/SetActivePowerEquals" in answer[1]["channels"]
    assert "ess0/SetActivePowerEquals" not in answer[2]["channels"]
    assert answer[2]["channels"]["b/RunFailed"] is True


def test_constraints_come_before_the_controllers_and_the_answer_names_them() -> None:
    steps = scenario()["steps"]
    steps[0]["constraints"] = [
        {"component": "ess0", "phase": "ALL", "quantity": "P", "relation": "<=", "value": 1000}
    ]
    step = replay.run(scenario(steps=steps))["steps"][0]
    assert step["channels"]["ess0/DebugSetActivePower"] == 1000
    assert step["limits"][0] == {
        "component": "ess0",
        "phase": "ALL",
        "quantity": "P",
        "relation": "Equals",
        "author": "b",
        "wanted": 3000,
        "granted": 1000,
        "limited_by": "scenario",
    }


def test_a_repeated_step_lists_its_cycles_and_moves_the_clock() -> None:
    steps = [{"advance_s": 60, "repeat": 3, "inputs": {"meter0/ActivePower": 1, "ess0/ActivePower": 0}}]
    step = replay.run(scenario(steps=steps))["steps"][0]
    assert step["time_utc"] == "2026-06-01T00:03:00Z"
    assert len(step["cycles"]) == 3


def test_reconfigure_changes_properties_and_switches_off(run: Run) -> None:
    steps = [
        {"inputs": {"meter0/ActivePower": 3000, "ess0/ActivePower": 0}},
        {"reconfigure": {"b": {"properties": {"targetGridSetpoint": 1000}}}},
        {"reconfigure": [{"id": "b", "enabled": False}]},
    ]
    answer = replay.run(scenario(steps=steps))["steps"]
    assert [s["channels"].get("ess0/SetActivePowerEquals") for s in answer] == [3000, 2000, None]


def test_all_faults_of_a_scenario_are_told_at_once() -> None:
    bad = scenario(
        components=[ess(), {"id": "x", "nature": "toaster"}],
        controllers=[{"id": "b", "type": "balancing", "properties": {"ess_id": "nobody", "zz": 1}}],
    )
    with pytest.raises(BadInput) as fault:
        replay.run(bad)
    for part in ("toaster", "meter_id is required"):
        assert part in str(fault.value)


def test_properties_of_other_systems_that_mean_nothing_here_are_told_and_ignored() -> None:
    props = {"ess_id": "ess0", "meter_id": "meter0", "debugMode": True}
    answer = replay.run(scenario(controllers=[{"id": "b", "type": "balancing", "properties": props}]))
    assert "debugMode" in answer["ignored"][0]


def test_a_group_has_the_sums_of_its_members() -> None:
    parts = [
        ess("a", capacity=1000, soc=20),
        ess("b", capacity=3000, soc=60),
        {"id": "g", "nature": "ess-cluster", "properties": {"members": ["a", "b"]}},
        GRID,
    ]
    wish = {"id": "f", "type": "fix-active-power", "properties": {"ess_id": "g", "power": 8000}}
    running = replay.Replay(scenario(components=parts, controllers=[wish], steps=[{}]))
    channels = running.run()["steps"][0]["channels"]
    table, image = running.site.table, running.site.image
    assert image.get(table.handle("g/Soc")) == 50  # (20 × 1 + 60 × 3) / 4
    assert image.get(table.handle("g/AllowedDischargePower")) == 20000
    assert channels["a/DebugSetActivePower"] + channels["b/DebugSetActivePower"] == 8000


def test_types_describe_every_controller_with_units_and_ranges() -> None:
    described = printed("types")
    assert {c["code"] for c in described["controllers"]} == set(registry.types())
    shaving = described["$defs"]["controller:peak-shaving"]
    assert shaving["properties"]["peakShavingPower"]["x-unit"] == "W"
    assert "ess_id" in shaving["required"]
    assert shaving["properties"]["minSoc"] == {
        "type": "number",
        "description": "No shaving below",
        "x-unit": "%",
        "minimum": 0,
        "maximum": 100,
        "default": 0.0,
    }


def test_the_demo_site_file_has_no_faults() -> None:
    site = Site(config.load(ROOT / "database" / "demo" / "edge.yaml", environ={}).site)
    assert site.slots[0].controller.code == "protection"


def test_the_demo_registers_are_those_of_the_plant() -> None:
    """Every offset of the site file is a register of the device's model, with the same width."""
    import yaml

    plant = yaml.safe_load((ROOT / "database" / "demo" / "plant.yaml").read_text())
    edge = config.load(ROOT / "database" / "demo" / "edge.yaml", environ={})
    places = {"grid0": "grid_meter", "pv0": "pv_inverter", "ess0": "battery", "charger0": "ev_charger"}
    formats = {
        "float32": "f",
        "float64": "d",
        "int16": "h",
        "uint16": "H",
        "int32": "i",
        "uint32": "I",
        "uint64": "Q",
    }
    for device in edge.devices:
        name = places[device.component]
        model = plant["models"][plant["microgrid"][name]["model"]]
        known = {r["address"]: formats[r["type"]] for r in model["registers"]}
        extra = [p for p in (device.alive, device.good) if p is not None]
        for place in (*device.reads, *device.writes, *device.setup, *extra):
            offset, form = place.address["offset"], place.address["format"][-1]
            assert known.get(offset) == form, f"{device.component} {place.channel}"
        assert device.connection["port"] == 15020 + plant["microgrid"][name]["port_offset"]


def test_limits_that_nobody_mentions_do_not_limit_and_null_allows_nothing() -> None:
    """A unit without any limit takes the whole wish; a limit given as null is undefined, which allows nothing."""
    parts = [{"id": "ess0", "nature": "managed-symmetric-ess"}, GRID]
    wish = [{"component": "ess0", "value": 123_456}]
    steps = [{"inputs": {"meter0/ActivePower": 0}, "constraints": wish}]
    free = replay.run(scenario(components=parts, steps=steps))["steps"][0]["channels"]
    assert free["ess0/DebugSetActivePower"] == 123_456
    steps[0]["inputs"] = {"meter0/ActivePower": 0, "ess0/AllowedDischargePower": None}
    none = replay.run(scenario(components=parts, steps=steps))["steps"][0]["channels"]
    assert none["ess0/DebugSetActivePower"] == 0


def test_relays_are_shown_as_flags_and_read_as_such() -> None:
    parts = [{"id": "io0", "nature": "digital-output"}]
    fix = {
        "id": "f",
        "type": "fix-digital-output",
        "properties": {"outputChannelAddress": "io0/R", "isOn": True},
    }
    steps = [{"inputs": {"io0/R": "false"}}]
    answer = replay.run(scenario(components=parts, controllers=[fix], steps=steps))["steps"][0]["channels"]
    assert answer["io0/R"] is True


def test_types_describe_what_components_understand() -> None:
    found = {n["code"]: n["properties"] for n in printed("types")["natures"]}
    assert found["ess-cluster"]["required"] == ["members"]
    assert "GRID" in found["meter"]["properties"]["type"]["enum"]
    assert found["managed-single-phase-ess"]["properties"]["phase"]["enum"] == ["L1", "L2", "L3"]
    assert {"powerPrecision", "type"} & set(found["managed-evcs"]["properties"]) == {"type"}
    assert found["tariff"]["properties"]["maxAge"]["x-unit"] == "h"
