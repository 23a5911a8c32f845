"""Heating elements and room heating, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

from edge_sites import Run

RELAYS = [{"id": "io0", "nature": "digital-output"}]
ELEMENT = {f"outputChannelPhaseL{i}": f"io0/R{i}" for i in (1, 2, 3)}
THERMO = [{"id": "t0", "nature": "thermometer"}, {"id": "t1", "nature": "thermometer"}, *RELAYS]
ROOM = {
    "floor_thermometer_id": "t0",
    "ambient_thermometer_id": "t1",
    "floorRelays": ["io0/F"],
    "infraredRelays": ["io0/I"],
}


def grid(power: float, **more: Any) -> dict[str, Any]:
    return {"inputs": {"_sum/GridActivePower": power, "_sum/EssDischargePower": 0}} | more


def levels(answer: list[dict[str, Any]]) -> list[int]:
    return [sum(bool(step[f"io0/R{i}"]) for i in (1, 2, 3)) for step in answer]


def test_a_relay_for_every_two_kilowatts_of_surplus(run: Run) -> None:
    """What runs already counts as surplus: 100 W bought at level 2 leave 3900 W, 2000 W at level 1 none."""
    props = ELEMENT | {"minimumSwitchingTime": 0}
    steps = [grid(p) for p in (-1999, -2000, -1999, -2000, -100, 100, 2000)]
    answer = run("heating-element", props, steps, components=RELAYS)
    assert levels(answer) == [0, 1, 1, 2, 2, 1, 0]
    assert [s["ctrl0/Status"] for s in answer][-2:] == ["ACTIVE", "INACTIVE"]
    assert [s["ctrl0/Level"] for s in answer][-2:] == ["LEVEL_1", "LEVEL_0"]


def test_a_change_waits_for_the_switching_time(run: Run) -> None:
    steps = [grid(-2000), grid(100, advance_s=60), {"advance_s": 1}]
    answer = run("heating-element", ELEMENT, steps, components=RELAYS)
    assert levels(answer) == [1, 1, 0]
    assert [s["ctrl0/AwaitingHysteresis"] for s in answer] == [False, True, False]


def test_time_mode_forces_as_late_as_it_can(run: Run) -> None:
    """One hour at level 2 = 7200 phase seconds until 17:00: forced after 16:00, done after one hour of both."""
    props = ELEMENT | {"workMode": "TIME", "minTime": 1, "defaultLevel": "LEVEL_2", "endTime": "17:00:00"}
    steps = [
        grid(5000, advance_s=0),
        {"advance_s": 16 * 3600},
        {"advance_s": 1},
        {"advance_s": 1800},
        {"advance_s": 1800},
        {"advance_s": 60},
    ]
    answer = run("heating-element", props, steps, components=RELAYS)
    assert levels(answer) == [0, 0, 2, 2, 0, 0]
    assert [s["ctrl0/ForceStartAtSecondsOfDay"] for s in answer][:3] == [57600, 57600, 57600]
    assert answer[3]["ctrl0/Phase1Time"] == 1800
    assert answer[3]["ctrl0/TotalPhaseTime"] == 3600
    assert answer[4]["ctrl0/Level2Time"] == 3600


def test_times_start_anew_at_midnight(run: Run) -> None:
    """On from 23:50, looked at again at 00:05: five minutes of the new day."""
    steps = [grid(-2000, advance_s=23 * 3600 + 3000), {"advance_s": 900}]
    answer = run("heating-element", ELEMENT, steps, components=RELAYS)
    assert [s["ctrl0/Phase1Time"] for s in answer] == [0, 300]


def test_energy_mode_calibrates_and_forces_in_time(run: Run) -> None:
    """Measured 3 × 1900 W; 5.7 kWh take one phase three hours, with ten minutes to spare before 17:00: 13:50."""
    meter = [{"id": "m0", "nature": "meter"}, *RELAYS]
    props = ELEMENT | {"workMode": "ENERGY", "minEnergylimit": 5700, "meter_id": "m0"}
    phases = {f"m0/ActivePowerL{i}": 1900 for i in (1, 2, 3)} | {"m0/ActiveProductionEnergy": 0}
    steps = [
        {"inputs": {"_sum/GridActivePower": 100, "_sum/EssDischargePower": 0, "m0/ActivePower": 0} | phases},
        {"repeat": 4},
        {"advance_s": 60},
        {"advance_s": 13 * 3600 + 49 * 60 - 64},
        {"advance_s": 60},
        {"inputs": {"m0/ActiveProductionEnergy": 5700}, "advance_s": 3 * 3600},
        {"advance_s": 61},
    ]
    answer = run("heating-element", props, steps, components=meter)
    assert [(s["ctrl0/Status"], s["ctrl0/Level"]) for s in answer] == [
        ("CALIBRATION", "LEVEL_3"),
        ("CALIBRATION", "LEVEL_3"),
        ("INACTIVE", "LEVEL_0"),
        ("INACTIVE", "LEVEL_0"),
        ("ACTIVE_FORCED_LIMIT", "LEVEL_1"),
        ("UNREACHABLE", "LEVEL_3"),
        ("DONE", "LEVEL_0"),
    ]
    assert answer[2]["ctrl0/ForceStartAtSecondsOfDay"] == 49800


def room(floor: float | None, ambient: float | None, **more: Any) -> dict[str, Any]:
    return {"inputs": {"t0/Temperature": floor, "t1/Temperature": ambient}} | more


def heats(answer: list[dict[str, Any]]) -> list[tuple[bool, bool]]:
    return [(bool(s["io0/F"]), bool(s["io0/I"])) for s in answer]


def test_floor_and_panels_by_their_targets(run: Run) -> None:
    """Low targets 20.0 and 18.0 °C; unknown is not heated; high on Monday from 5 to 6: 25.0 and 22.0 °C."""
    task = {
        "start": "05:00:00",
        "duration": "PT1H",
        "recurrenceRules": [{"frequency": "weekly", "byDay": ["mo"]}],
    }
    props = ROOM | {"minimumSwitchingTime": 0, "schedule": [task]}
    steps = [room(199, 180), room(200, 179), room(None, 179), room(249, 220, advance_s=5 * 3600)]
    answer = run("room-heating", props, steps, components=THERMO)
    assert heats(answer) == [(True, False), (False, True), (False, True), (True, False)]
    assert [s["ctrl0/Status"] for s in answer] == ["LOW", "LOW", "LOW", "HIGH"]
    assert answer[3]["ctrl0/FloorTarget"] == 250


def test_the_floor_waits_while_another_heater_keeps_the_room_warm(run: Run) -> None:
    props = ROOM | {"minimumSwitchingTime": 0, "hasExternalAmbientHeating": True}
    answer = run("room-heating", props, [room(150, 181), room(150, 180)], components=THERMO)
    assert heats(answer) == [(False, False), (True, False)]


def test_relays_of_a_room_rest_between_decisions_and_report_their_power(run: Run) -> None:
    props = ROOM | {"floorPower": 700, "infraredPower": 300, "mode": "MANUAL_HIGH"}
    steps = [
        room(249, 230),
        room(251, 210, advance_s=179),
        {"advance_s": 1, "inputs": {"io0/F": True, "io0/I": True}},
    ]
    answer = run("room-heating", props, steps, components=THERMO)
    assert (answer[0]["io0/F"], answer[1]["io0/F"]) == (True, True)
    assert [s["ctrl0/ActivePower"] for s in answer] == [0, 0, 1000]
    assert answer[2]["io0/F"] is False
