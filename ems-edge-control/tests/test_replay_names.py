"""Scenarios as strangers write them: names of other systems in any spelling, commands, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ems_common.errors import BadInput
from test_vectors import FOLDER, scenario

from ems_edge_control import natures, registry, replay, scenario_form
from ems_edge_control.names import spelling

ESS = {
    "id": "ess0",
    "nature": "ManagedSymmetricEss",
    "properties": {"maxApparentPower": 10000, "allowedChargePower": -10000, "allowedDischargePower": 10000},
}
METER = {"id": "meter0", "nature": "ElectricityMeter", "properties": {"meterType": "GRID"}}


def run(**parts: Any) -> dict[str, Any]:
    return replay.run({"cycle_s": 1, "filters": "per_call", "components": [ESS, METER]} | parts)


def channels(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [step["channels"] for step in answer["steps"]]


def snake(name: str) -> str:
    """`peakShavingPower` → `peak_shaving_power`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.yaml")))
def test_other_names_for_everything_change_nothing(file: str) -> None:
    for vector in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8")):
        ours, theirs = scenario(vector), scenario(vector)
        theirs["components"] = [_renamed(c, natures.find(c["nature"])) for c in ours["components"]]
        controllers = ours.get("controllers") or []
        theirs["controllers"] = [_renamed(c, registry.find(c["type"])) for c in controllers]
        first, second = replay.run(ours), replay.run(theirs)
        assert second["ignored"] == []
        assert channels(second) == channels(first), vector["name"]


def _renamed(part: dict[str, Any], kind: Any) -> dict[str, Any]:
    names = kind.aliases or (kind.code,)
    key = "type" if "type" in part else "nature"
    given = {snake(k): v for k, v in (part.get("properties") or {}).items()}
    return part | {key: names[0], "properties": given}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Controller.Ess.Balancing", "balancing"),
        ("ControllerEssDelayChargeImpl", "delay-charge"),
        ("Controller.Ess.PeakShaving", "peak-shaving-symmetric"),
        ("TimeOfUseTariffController", "time-of-use"),
        ("ReactivePowerVoltageCharacteristic", "reactive-power-by-voltage"),
        ("SellToGridLimitEss", "sell-to-grid-limit"),
        ("PvInverterSellToGridLimit", "pv-sell-to-grid-limit"),
        ("org.example.edge.controller.balancing.ControllerEssBalancingImpl", "balancing"),
    ],
)
def test_a_type_is_known_by_its_words(name: str, code: str) -> None:
    found = registry.find(name)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("DummyManagedSymmetricEss", "managed-symmetric-ess"),
        ("org.example.edge.meter.api.ElectricityMeter", "meter"),
        ("Ess.Cluster", "ess-cluster"),
        ("DummyMetaEss", "ess-cluster"),
    ],
)
def test_a_nature_is_known_by_the_name_of_a_class(name: str, code: str) -> None:
    found = natures.find(name)
    assert found is not None
    assert found.code == code


def test_several_natures_mean_the_one_that_includes_them() -> None:
    parts = [ESS | {"nature": ["ManagedSymmetricEss", "HybridEss"]}, METER]
    assert channels(run(components=parts, steps=[{}]))[0]["ess0/DebugSetActivePower"] == 0
    with pytest.raises(BadInput, match="unknown nature 'Thermometer, Battery'"):
        run(components=[ESS | {"nature": ["Thermometer", "Battery"]}], steps=[{}])


def test_what_is_not_known_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(BadInput) as fault:
        run(
            components=[ESS | {"nature": "ManagedSymetricEss"}],
            controllers=[{"id": "b", "type": "Controller.Ess.DelayCharging"}],
        )
    assert "unknown nature 'ManagedSymetricEss'; nearest: ManagedSymmetricEss" in str(fault.value)
    assert "unknown type 'Controller.Ess.DelayCharging'; nearest: Controller.Ess.DelayCharge" in str(
        fault.value
    )


def test_channels_and_properties_that_nobody_knows_are_told() -> None:
    part = ESS | {"properties": {"maxAparentPower": 1}}
    fix = {"id": "f", "type": "fix-active-power", "properties": {"ess_id": "ess0", "powr": 1, "power": 2}}
    steps = [
        {"inputs": {"ess0/ActivePowr": 1, "ess9/Soc": 5, "ess0/ACTIVE_POWER": 7, "meter0/ActivePower": 0}}
    ]
    answer = run(components=[part, METER], controllers=[fix], steps=steps)
    told = "\n".join(answer["ignored"])
    assert "component ess0: unknown property maxAparentPower; nearest: MaxApparentPower" in told
    assert "controller f: unknown property powr; nearest: power" in told
    assert "ess0/ActivePowr: nobody knows this channel; nearest: ActivePower" in told
    assert "ess9/Soc: there is no component ess9; nearest: ess0" in told
    assert len(answer["ignored"]) == 4
    assert channels(answer)[0]["_sum/EssActivePower"] == 7


def test_states_may_be_preset_by_name() -> None:
    shave = {
        "id": "p",
        "type": "Controller.Symmetric.PeakShaving",
        "properties": {"ess_id": "ess0", "meter_id": "meter0", "peakShavingPower": 1, "rechargePower": 0},
    }
    step = {"inputs": {"meter0/ActivePower": 9000, "ess0/ActivePower": 0}}
    off = ESS | {"properties": ESS["properties"] | {"gridMode": "OFF_GRID"}}  # type: ignore[operator]
    assert "ess0/SetActivePowerEquals" in channels(run(controllers=[shave], steps=[step]))[0]
    assert (
        "ess0/SetActivePowerEquals"
        not in channels(run(components=[off, METER], controllers=[shave], steps=[step]))[0]
    )
    wrong = ESS | {"properties": {"gridMode": "AWAY"}}
    with pytest.raises(BadInput, match="ess0/GridMode is one of UNDEFINED, ON_GRID"):
        run(components=[wrong], steps=[{}])


def test_a_command_to_a_storage_unit_is_a_wish_before_those_of_controllers() -> None:
    fix = {"id": "f", "type": "fix-active-power", "properties": {"ess_id": "ess0", "power": 2000}}
    steps = [
        {"commands": {"ess0/SetActivePowerEquals": 5000}},
        {"commands": [{"channel": "ess0/SetActivePowerLessOrEquals", "value": -1000}], "repeat": 2},
        {"constraints": [{"component": "ess0", "relation": "<=", "value": 300}]},
        {},
    ]
    answer = run(controllers=[fix], steps=steps)
    assert [c["ess0/DebugSetActivePower"] for c in channels(answer)] == [5000, -1000, 300, 2000]
    assert answer["steps"][0]["limits"][0]["limited_by"] == "command"


def test_a_command_to_an_output_lasts_for_its_step() -> None:
    parts = [{"id": "pv0", "nature": "ManagedSymmetricPvInverter"}, {"id": "io0", "nature": "DigitalOutput"}]
    limit = {"id": "p", "type": "pv-fix-limit", "properties": {"pvInverter_id": "pv0", "powerLimit": 4000}}
    steps = [{"commands": {"pv0/ActivePowerLimit": 1000, "io0/R": True}}, {}]
    first, second = channels(run(components=parts, controllers=[limit], steps=steps))
    assert (first["pv0/ActivePowerLimit"], first["io0/R"]) == (1000, True)
    assert (second["pv0/ActivePowerLimit"], second.get("io0/R")) == (4000, None)


def test_a_set_point_is_shown_before_and_after_its_filter() -> None:
    balance = {
        "id": "b",
        "type": "Controller.Symmetric.Balancing",
        "properties": {"ess_id": "ess0", "meter_id": "meter0"},
    }
    step = {"inputs": {"ess0/ActivePower": 0, "meter0/ActivePower": 5000}}
    shown = channels(run(controllers=[balance], steps=[step]))[0]
    assert (shown["ess0/SetActivePowerEqualsWithPid"], shown["ess0/SetActivePowerEquals"]) == (5000, 1500)
    command = {"commands": {"ess0/SetActivePowerEqualsWithPid": 5000}, "inputs": {"ess0/ActivePower": 0}}
    assert channels(run(steps=[command]))[0]["ess0/SetActivePowerEquals"] == 1500


def test_the_solver_s_settings_may_stand_under_any_id_with_what_other_systems_add() -> None:
    balance = {
        "id": "b",
        "type": "balancing",
        "properties": {"ess": "ess0", "meter": "meter0", "ess.target": "(enabled=true)"},
    }
    power = {"id": "power0", "nature": "EssPower", "properties": {"enablePid": False, "debugMode": False}}
    step = {"inputs": {"ess0/ActivePower": 0, "meter0/ActivePower": 5000}}
    answer = run(components=[ESS, METER, power], controllers=[balance], steps=[step])
    assert channels(answer)[0]["ess0/SetActivePowerEquals"] == 5000
    assert ["debugMode" in line or "ess.target" in line for line in answer["ignored"]] == [True, True]


def test_limits_that_nobody_gave_are_left_out() -> None:
    answer = run(components=[{"id": "ess0", "nature": "ManagedSymmetricEss"}], steps=[{}])
    assert "_sum/EssMaxDischargePower" not in channels(answer)[0]
    answer = run(steps=[{}])
    assert channels(answer)[0]["_sum/EssMaxDischargePower"] == 10000


@pytest.mark.parametrize(
    "given",
    [
        [{"component": "ess0", "value": 5000}],
        [{"ess": "ess0", "relationship": "EQUALS", "pwr": "ACTIVE", "phase": "ALL", "value": 5000}],
        [{"component_id": "ess0", "operator": ">=", "power": 5000}],
        [{"channel": "ess0/SetActivePowerEquals", "value": 5000}],
        [{"component": "ess0", "channel": "SET_ACTIVE_POWER_GREATER_OR_EQUALS", "value": 5000}],
        {"ess0/SetActivePowerEquals": 5000, "ess0/SetReactivePowerEquals": None},
        {"componentId": "ess0", "value": 5000},
        [{"terms": [{"ess": "ess0", "coefficient": 2}], "value": 10000}],
    ],
)
def test_a_constraint_is_read_in_any_form(given: Any) -> None:
    shown = channels(run(steps=[{"constraints": given}]))[0]
    assert shown["ess0/DebugSetActivePower"] == 5000
    assert shown["ess0/DebugSetReactivePower"] == 0


def test_a_constraint_on_reactive_power_leaves_active_power_alone() -> None:
    for given in ({"quantity": "Q"}, {"pwr": "REACTIVE"}, {"quantity": "ReactivePower"}):
        shown = channels(run(steps=[{"constraints": [{"component": "ess0", "value": 700} | given]}]))[0]
        assert shown["ess0/DebugSetActivePower"] == 0
        assert shown["ess0/DebugSetReactivePower"] == 700


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            [{"component": "ess0", "value": 1, "relatoin": "="}],
            "unknown member 'relatoin'; nearest: relation",
        ),
        ([{"component": "ess9", "value": 1}], "'ess9' is no storage unit .known: ess0"),
        ([{"value": 1}], "names no component"),
        ([{"component": "ess0", "value": 1, "relation": "about"}], "relation is one of =, ==, equals"),
        (
            [{"channel": "ess0/SetActivePwr", "value": 1}],
            "is no set-point of a storage unit; nearest: SetActivePower",
        ),
        (["ess0"], "'ess0' is no object with component and value"),
        (5, "constraints are a list of objects"),
    ],
)
def test_a_constraint_that_cannot_be_read_is_refused(given: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(steps=[{"constraints": given}])


@pytest.mark.parametrize(
    "given",
    [
        {"meter0/ActivePower": 7000, "ess0/ActivePower": 0},
        {"meter0": {"ActivePower": 7000}, "ess0": {"ActivePower": 0}},
        [
            {"channel": "meter0/ActivePower", "value": 7000},
            {"component": "ess0", "channel": "ActivePower", "value": 0},
        ],
    ],
)
def test_inputs_are_read_in_any_form(given: Any) -> None:
    balancing = {"id": "c", "type": "balancing", "properties": {"ess": "ess0", "meter": "meter0"}}
    solver = {"id": "_power", "nature": "solver", "properties": {"enablePid": False}}
    answer = run(components=[ESS, METER, solver], controllers=[balancing], steps=[{"inputs": given}])
    assert channels(answer)[0]["ess0/SetActivePowerEquals"] == 7000


def test_members_of_a_scenario_are_read_in_any_spelling() -> None:
    plain = {"clock_start": "2026-06-01T10:00:00Z", "controllers": [], "steps": [{"advance_s": 5}, {}]}
    other = {
        "clockStart": "2026-06-01T10:00:00Z",
        "controllers": {},
        "Steps": [{"advanceS": 5, "comment": "five seconds later", "expected": {}}, {"Inputs": {}}],
        "filters": "perCall",
        "name": "what it is for",
    }
    assert run(**plain)["ignored"] == []
    assert run(**other) == run(**plain)


def test_properties_may_stand_beside_id_and_type() -> None:
    flat = [{k: v for k, v in ESS.items() if k != "properties"} | ESS["properties"], METER]
    fix = {
        "id": "f",
        "type": "Controller.Ess.FixActivePower",
        "ess.id": "ess0",
        "mode": "MANUAL_ON",
        "power": 20000,
    }
    shown = channels(run(components=flat, controllers=[fix], steps=[{}]))[0]
    assert shown["ess0/DebugSetActivePower"] == 10000


def test_members_that_nobody_knows_are_told() -> None:
    answer = run(steps=[{}, {"inptus": {"ess0/Soc": 5}}], cycleTime=100)
    assert answer["ignored"] == [
        "scenario: unknown member 'cycleTime'; nearest: cycle_s",
        "step 1: unknown member 'inptus'; nearest: inputs",
    ]


def test_the_cycle_time_is_kept() -> None:
    assert run(cycle_s=0.2, steps=[{}, {}])["steps"][1]["time_utc"] == "2020-01-01T00:00:00.200000Z"


@pytest.mark.parametrize(
    "known", [scenario_form.SCENARIO, scenario_form.COMPONENT, scenario_form.CONTROLLER, scenario_form.STEP]
)
def test_no_name_stands_for_two_members(known: scenario_form.Members) -> None:
    names = [spelling(name) for own, others in known.items() for name in (own, *others)]
    assert len(names) == len(set(names))
