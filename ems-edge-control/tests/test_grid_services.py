"""Frequency, voltage and orders of the grid operator against numbers worked out by hand (comparison mode, 1 s cycle)."""

from __future__ import annotations

import pytest
from edge_sites import BOTH, EQ, GE, GRID, Run, ess

from ems_edge_control.controllers.dimming import Load, guaranteed_w, shares_w


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


@pytest.mark.parametrize("mhz", [0, 65_535, 44_000])
def test_droop_does_not_believe_a_frequency_that_cannot_be(run: Run, mhz: float) -> None:
    step = {"inputs": {"meter0/Frequency": mhz, "ess0/Soc": 50}}
    answer = run("frequency-droop", BOTH, [step])[0]
    assert EQ not in answer
    assert answer["ctrl0/DroopPower"] is None


def test_droop_inertia_answers_the_rate_of_change(run: Run) -> None:
    props = BOTH | {"inertia": 20000, "inertiaFilter": 0, "deadBand": 200}
    steps = [{"inputs": {"meter0/Frequency": 50000, "ess0/Soc": 50}}, {"inputs": {"meter0/Frequency": 49900}}]
    answer = run("frequency-droop", props, steps)
    assert answer[1][EQ] == 2000  # −0.1 Hz in 1 s × 20 kW per Hz/s


def test_droop_inertia_is_filtered(run: Run) -> None:
    """−0.1 Hz in a second with a filter of 0.5 s: 1 − e⁻² of 2000 W; then e⁻² of that, as the rate is zero again."""
    props = BOTH | {"inertia": 20000, "inertiaFilter": 0.5, "deadBand": 200}
    frequency = "meter0/Frequency"
    steps = [{"inputs": {frequency: f, "ess0/Soc": 50}} for f in (50000, 49900, 49900)]
    answer = run("frequency-droop", props, steps)
    assert [s.get(EQ) for s in answer] == [None, pytest.approx(1729.3, abs=1), pytest.approx(234.0, abs=1)]


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


@pytest.mark.parametrize(
    ("loads", "large_w", "expected"),
    [(1, 0, 4200), (2, 0, 7560), (3, 0, 10500), (9, 0, 19320), (12, 0, 24990), (2, 20_000, 11360)],
)
def test_14a_grants_a_group_less_than_each_alone(loads: int, large_w: float, expected: float) -> None:
    """4.2 kW + (n − 1) · g(n) · 4.2 kW with g(2) = 0.8, g(3) = 0.75, g(≥ 9) = 0.45; 0.4 · 20 kW = 8 kW."""
    assert guaranteed_w(loads, large_w) == pytest.approx(expected)


def test_14a_shares_among_those_at_work_and_stops_whom_it_would_starve() -> None:
    """A charger on three phases needs 4140 W: of 7560 W two cannot live, so the last one stops."""
    charger, storage = Load(4140.0, is_working=True), Load(0.0, is_working=True)
    assert shares_w(9000, [charger, charger]) == [4500, 4500]
    assert shares_w(7560, [charger, charger]) == [7560, 0]
    assert shares_w(10_500, [storage, charger, Load(4140.0, is_working=False)]) == [5250, 5250, 0]
    assert shares_w(3000, [storage, charger]) == [3000, 0]
    assert shares_w(0, [storage, charger]) == [0, 0]


def test_14a_dims_storage_and_chargers_together_and_own_production_is_free(run: Run) -> None:
    """Three loads: 10.5 kW from the grid. 22 kW taken, of which 12 kW from the grid: 10 kW are own production.

    20.5 kW for storage and charger, the second charger rests: 10.25 kW each; to start it would get a third.
    """
    parts = [
        ess(),
        GRID,
        {"id": "io0", "nature": "digital-input"},
        {"id": "evcs0", "nature": "managed-evcs", "properties": {"minimumHardwarePower": 4140}},
        {"id": "evcs1", "nature": "managed-evcs", "properties": {"minimumHardwarePower": 4140}},
    ]
    props = {
        "inputChannelAddress": "io0/Input0",
        "essIds": ["ess0"],
        "chargerIds": ["evcs0", "evcs1"],
        "gridMeterId": "meter0",
    }
    given = {
        "meter0/ActivePower": 12_000,
        "ess0/ActivePower": -11_000,
        "evcs0/ActivePower": 11_000,
        "evcs1/ActivePower": 0,
    }
    steps = [{"inputs": given | {"io0/Input0": True}}, {"inputs": {"io0/Input0": False}}]
    answer = run("limiter-14a-group", props, steps, components=parts)
    assert GE not in answer[0]
    assert answer[1]["ctrl0/AllowedPower"] == 20_500
    assert answer[1][GE] == -10_250
    assert answer[1]["evcs0/SetChargePowerLimit"] == 10_250
    assert answer[1]["evcs1/SetChargePowerLimit"] == pytest.approx(20_500 / 3)
