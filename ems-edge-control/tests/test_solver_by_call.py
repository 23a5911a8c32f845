"""Splits of a group in comparison mode, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ems_edge_control import replay

Powers = dict[str, tuple[float, float]]


def group(
    socs: list[int | None], steps: list[tuple[float, float]], *, strategy: str = "", **more: Any
) -> list[Powers]:
    """Set-points (P, Q) by unit for each pair of totals; `more` goes to the units and to later steps."""
    names = [f"ess{i + 1}" for i in range(len(socs))]
    unit = {
        "allowedChargePower": -50000,
        "allowedDischargePower": 50000,
        "maxApparentPower": 12000,
    } | more.pop("unit", {})
    later = more.pop("later", {})
    power = {"enablePid": False} | ({"strategy": strategy} if strategy else {})
    scenario = {
        "cycle_s": 1,
        "filters": "per_call",
        "components": [
            *({"id": n, "nature": "managed-symmetric-ess", "properties": unit} for n in names),
            {"id": "ess0", "nature": "ess-cluster", "properties": {"ess_ids": names}},
            {"id": "_power", "nature": "solver", "properties": power},
        ],
        "steps": [
            {
                "inputs": ({f"{n}/Soc": s for n, s in zip(names, socs, strict=True)} if i == 0 else {})
                | later.get(i, {}),
                "constraints": [
                    {"component": "ess0", "value": active},
                    {"component": "ess0", "value": reactive, "quantity": "Q"},
                ],
            }
            for i, (active, reactive) in enumerate(steps)
        ],
    }
    answers = [step["channels"] for step in replay.run(scenario)["steps"]]
    return [
        {n: (a[f"{n}/DebugSetActivePower"], a[f"{n}/DebugSetReactivePower"]) for n in names} for a in answers
    ]


def test_the_emptiest_unit_charges_alone_and_hands_over_by_a_tenth_each_call() -> None:
    """First ess1 (30 %) alone. Then ess1 has 80 %: its weight goes 100 → 90, that of ess2 0 → 5.8.

    (100 − ⌊60·100/140⌋ = 58); next from the last set-points: 90 and 6.44 + 0.1·(58 − 6.44).
    """
    later = {1: {"ess1/Soc": 80}}
    answer = group([30, 60], [(-5000, -3000)] * 3, later=later)
    assert answer[0] == {"ess1": (-5000, -3000), "ess2": (0, 0)}
    assert answer[1] == {"ess1": (-4697, -2818), "ess2": (-302, -181)}
    assert answer[2] == {"ess1": (-4429, -2657), "ess2": (-570, -342)}


def test_three_of_six_units_carry_a_total_that_two_cannot() -> None:
    """Weights 100 → 92.9, 92.2, 91.9 (shares 29, 22, 19 of 310 %); rounded away from zero above 50 %.

    Q follows P's weights; 5 kW need one unit alone, so the other two fade: 98.52·0.9, 97.89·0.9.
    """
    answer = group([30, 60, 50, 10, 90, 70], [(30000, 0), (25000, 15000), (5000, 2000)])
    kept = [{n: p for n, p in step.items() if p != (0, 0)} for step in answer]
    assert kept[0] == {"ess5": (10062, 0), "ess6": (9986, 0), "ess2": (9954, 0)}
    assert kept[1] == {"ess5": (8435, 5061), "ess6": (8310, 4986), "ess2": (8257, 4954)}
    assert kept[2] == {"ess5": (1723, 689), "ess6": (1644, 658), "ess2": (1634, 654)}


def test_coarse_steps_round_towards_the_middle_of_the_charge() -> None:
    """Weights 99.9 and 90.2: −2627.6 and −2372.4 in steps of 100 W; the empty one rounds up, the full one down."""
    unit = {"powerPrecision": 100, "allowedChargePower": -3000}
    assert group([1, 97], [(-5000, 0)], unit=unit)[0] == {"ess1": (-2700, 0), "ess2": (-2300, 0)}


def test_the_order_changes_only_when_the_second_is_clearly_fuller() -> None:
    """50 < 60 − ⌊0.3·50⌋ is false, so ess1 goes on; 50 < 66 − 15 is true."""
    later = {1: {"ess1/Soc": 50, "ess2/Soc": 60}, 2: {"ess2/Soc": 66}}
    answer = group([60, 50], [(5000, 0)] * 3, later=later)
    assert [a["ess2"][0] for a in answer[:2]] == [0, 0]
    assert answer[2]["ess2"][0] > 0


def test_all_near_equal_shares_by_charge_and_by_room() -> None:
    """−8000 W over rooms 91, 91, 92, 87, 91, 83, 93, 83 (711): −1023.9 …, away from zero below 50 %."""
    socs: list[int | None] = [9, 9, 8, 13, 9, 17, 7, 17]
    unit = {"maxApparentPower": 92000, "allowedChargePower": -92000, "allowedDischargePower": 92000}
    near = "OPTIMIZE_BY_KEEPING_ALL_NEAR_EQUAL"
    charge, discharge, most = (
        [p for p, _ in step.values()]
        for step in group(socs, [(-8000, 0), (700000, 0), (736000, 0)], strategy=near, unit=unit)
    )
    assert charge == [-1024, -1024, -1036, -979, -1024, -934, -1047, -934]
    assert discharge == [90857, 90857, 80761, 92000, 90857, 92000, 70666, 92000]
    assert most == [92000] * 8


def test_all_equal_falls_back_to_one_after_the_other_when_one_cannot() -> None:
    """−6250 W are too much for ess1; the last in the order charges first, to its end of 12 kW."""
    answer = group(
        [50, 50],
        [(-6000, 2000), (-12500, 0)],
        strategy="OPTIMIZE_BY_KEEPING_ALL_EQUAL",
        later={1: {"ess1/AllowedChargePower": -1000}},
    )
    assert answer[0] == {"ess1": (-3000, 1000), "ess2": (-3000, 1000)}
    assert answer[1] == {"ess1": (-500, 0), "ess2": (-12000, 0)}


def test_in_order_drives_each_unit_to_its_end() -> None:
    name = "OPTIMIZE_BY_KEEPING_TARGET_DIRECTION_AND_MAXIMIZING_IN_ORDER"
    answer = group([30, 60, 50], [(20000, 0)], strategy=name)[0]
    assert answer == {"ess1": (0, 0), "ess2": (12000, 0), "ess3": (8000, 0)}


def test_a_unit_that_must_charge_takes_part_whatever_its_charge() -> None:
    unit = {"allowedDischargePower": 12000}
    answer = group([90, 20], [(4000, 0)], unit=unit, later={0: {"ess2/AllowedDischargePower": -1000}})[0]
    assert answer == {"ess1": (5000, 0), "ess2": (-1000, 0)}


@pytest.mark.parametrize(("total", "expected"), [(1, 0), (1.9, 0), (2, 2), (-2.5, -2)])
def test_a_single_watt_is_noise(total: float, expected: float) -> None:
    assert group([None, None], [(total, 0)])[0]["ess1"][0] in (expected, 0)
    assert sum(p for p, _ in group([None, None], [(total, 0)])[0].values()) == expected
