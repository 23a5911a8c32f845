"""Relays, heat pump and the contactors of an island against numbers worked out by hand (comparison mode, 1 s cycle)."""

from __future__ import annotations

from typing import Any

import pytest
from edge_sites import GRID, Run, ess


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


SUPPLY = {
    "ess_id": "ess0",
    "meter_id": "meter0",
    "gridSwitchAddress": "io0/Grid",
    "formGridAddress": "io0/Form",
    "loadAddresses": ["io0/A", "io0/B"],
}
SUPPLY_PARTS = [
    ess() | {"properties": {"maxApparentPower": 10000}},
    GRID,
    {"id": "io0", "nature": "digital-output"},
]
GOOD, DEAD = ({"meter0/Voltage": v, "meter0/Frequency": f} for v, f in ((230_000, 50_000), (0, None)))


def black_start(run: Run, *steps: tuple[float, dict[str, Any]]) -> list[tuple[str, Any, Any, Any, Any]]:
    """State, grid switch, forming and both loads after each (seconds passed, inputs)."""
    first = {"ess0/GridMode": 1, "ess0/Soc": 60, "io0/Grid": 1, "io0/Form": 0, "io0/A": 1, "io0/B": 1}
    given: list[dict[str, Any]] = [{"inputs": first | GOOD}]
    given += [{"advance_s": seconds, "inputs": inputs} for seconds, inputs in steps]
    answer = run("island-supply", SUPPLY, given, components=SUPPLY_PARTS)
    names = ("io0/Grid", "io0/Form", "io0/A", "io0/B")
    kept: dict[str, Any] = {}
    rows = []
    for step in answer:
        kept |= {name: step[name] for name in names if step.get(name) is not None}
        rows.append((step["ctrl0/StateMachine"], *(kept.get(name) for name in names)))
    return rows


DARK = [
    (1, DEAD),
    (1, {}),
    (1, {"io0/Grid": 0}),
    (2, {"io0/A": 0, "io0/B": 0}),
    (2, {"ess0/GridMode": 2, "io0/Form": 1}),
]


def test_a_black_start_opens_the_grid_forms_its_own_and_picks_up_loads_one_by_one(run: Run) -> None:
    """A second dead; loads off; two seconds for each step; the unit says it is off grid; load A, then B."""
    rows = black_start(run, *DARK, (2, {}), (2, {}), (2, {}))
    assert rows == [
        ("GRID", None, None, None, None),
        ("GRID", None, None, None, None),
        ("DEAD_BUS", 0, None, None, None),
        ("LOADS_OFF", 0, None, 0, 0),
        ("FORM_GRID", 0, 1, 0, 0),
        ("PICK_UP", 0, 1, 0, 0),
        ("PICK_UP", 0, 1, 1, 0),
        ("PICK_UP", 0, 1, 1, 1),
        ("ISLAND", 0, 1, 1, 1),
    ]


def test_on_the_return_the_unit_stops_forming_before_the_grid_switch_closes(run: Run) -> None:
    """A minute of good grid; released; still off grid, so the switch stays open; then closed; then on grid."""
    on = {"io0/A": 1, "io0/B": 1}
    island = (*DARK, (2, {}), (2, on), (2, {}))
    rows = black_start(
        run,
        *island,
        (1, GOOD),
        (60, {}),
        (2, {"io0/Form": 0}),
        (1, {"ess0/GridMode": -1}),
        (2, {"ess0/GridMode": 1, "io0/Grid": 1}),
    )
    assert [row[0] for row in rows[9:]] == ["ISLAND", "RELEASE", "RELEASE", "SYNCHRONISE", "GRID"]
    assert [row[1:3] for row in rows[9:]] == [(0, 1), (0, 0), (0, 0), (1, 0), (1, 0)]
    assert not any(grid and form for _, grid, form, _, _ in rows)


def test_an_island_that_collapses_is_started_anew_three_times_and_then_waits_for_the_grid(run: Run) -> None:
    collapse = [(2, {"ess0/GridMode": -1}), (2, {}), (30, {})]
    rows = black_start(run, *DARK, *collapse, (2, {}), (30, {}), (2, {}), (1, GOOD), (60, {}))
    assert [row[0] for row in rows[6:]] == [
        "LOADS_OFF",
        "FORM_GRID",
        "LOADS_OFF",
        "FORM_GRID",
        "LOADS_OFF",
        "FAILED",
        "FAILED",
        "RELEASE",
    ]
