"""Simulations: physics that conserves energy, and limits that hold under random load."""

from __future__ import annotations

from typing import Any

import pytest
from ems_common.errors import BadInput

from ems_edge_control import plot, simulation
from ems_edge_control.simulation import Battery, BatterySection, Simulation

SHAVE = [
    {"id": "p", "type": "protection", "properties": {"ess_id": "ess0", "minSoc": 10, "maxSoc": 90}},
    {
        "id": "s",
        "type": "peak-shaving",
        "properties": {
            "ess_id": "ess0",
            "meter_id": "grid0",
            "peakShavingPower": 70000,
            "rechargePower": 50000,
        },
    },
]


def scenario(**changes: Any) -> dict[str, Any]:
    return {
        "start": "2026-06-01T00:00:00Z",
        "days": 0.5,
        "cycle_s": 10,
        "load": {"hourly_w": [50000, 90000], "noise": 0.1, "seed": 3},
        "battery": {"rated_w": 60000, "capacity_wh": 400000, "start_soc": 60},
        "tariff": {"buy_per_kwh": 0.25, "demand_per_kw": 5},
        "variants": {"nothing": [], "shaving": SHAVE},
    } | changes


def test_shaving_lowers_the_peak_below_its_limit_and_the_bill() -> None:
    nothing, shaving = simulation.run(simulation.read(scenario()))
    assert nothing.peak_kw > 80
    assert shaving.peak_kw <= 70.7
    assert shaving.cost < nothing.cost
    assert not shaving.failures


def test_a_battery_loses_energy_both_ways_and_never_leaves_0_to_100() -> None:
    battery = Battery(BatterySection(10_000, 10_000, efficiency=0.9), 50.0)
    for _ in range(3600):
        battery.step(-5000, 1.0)
    assert battery.soc == pytest.approx(50 + 100 * 5000 * 0.9 / 10_000, abs=0.1)
    for _ in range(20_000):
        battery.step(10_000, 1.0)
        assert 0 <= battery.soc <= 100


def test_bounds_of_charge_are_never_crossed_under_random_load() -> None:
    """A day of wild load with a battery far too small; one cycle of overshoot is 0.05 % of charge."""
    wild = scenario(
        days=1,
        cycle_s=5,
        load={"hourly_w": [20000, 160000, 90000], "noise": 0.6, "seed": 11},
        battery={"rated_w": 60000, "capacity_wh": 60000, "start_soc": 50},
        variants={"shaving": SHAVE},
    )
    outcome = Simulation(simulation.read(wild), "shaving").run()
    assert outcome.lowest_soc >= 10 - 0.2
    assert outcome.highest_soc <= 90 + 0.2


def test_the_same_scenario_gives_the_same_result() -> None:
    first, second = (simulation.run(simulation.read(scenario()))[1] for _ in range(2))
    assert first == second


def test_the_table_and_the_plot_name_every_variant() -> None:
    outcomes = simulation.run(simulation.read(scenario(days=0.1)))
    assert "shaving" in simulation.table(outcomes)
    picture = plot.svg(outcomes)
    assert picture.startswith("<svg")
    assert "nothing" in picture


def test_a_scenario_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(BadInput, match="batery"):
        simulation.read(scenario(batery={}))
