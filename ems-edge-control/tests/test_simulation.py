"""Simulations: the physics of the demo's plant, books that balance, money worked out by hand, a picture."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from ems_common.errors import BadInput
from ems_common.plant.battery import Battery, BatteryRatings

from ems_edge_control import simulation
from ems_edge_control.main import main
from ems_edge_control.simulation import Outcome, Simulation, plot, table

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "ems-edge-control" / "scenarios").glob("*.yaml"))
PROTECT = {"id": "p", "type": "protection", "properties": {"ess_id": "ess0", "minSoc": 10, "maxSoc": 90}}
SHAVE = [
    PROTECT,
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
FIXED = {"id": "f", "type": "fix-active-power", "properties": {"ess_id": "ess0", "power": 10_000}}


def scenario(**changes: Any) -> dict[str, Any]:
    return {
        "start": "2026-06-01T00:00:00Z",
        "days": 0.5,
        "cycle_s": 30,
        "load": {"hourly_w": [50000, 90000], "noise": 0.1, "seed": 3},
        "battery": {"rated_w": 60000, "capacity_wh": 400000, "start_soc": 60},
        "tariff": {"buy_per_kwh": 0.25, "demand_per_kw": 5},
        "variants": {"nothing": [], "shaving": SHAVE},
    } | changes


def outcomes_of(**changes: Any) -> list[Outcome]:
    return list(simulation.run(simulation.read(scenario(**changes))).outcomes)


def test_shaving_lowers_the_peak_below_its_limit_and_the_bill() -> None:
    nothing, shaving = outcomes_of()
    assert nothing.peak_kw > 80
    assert shaving.peak_kw <= 70.7
    assert shaving.cost < nothing.cost
    assert shaving.saved == pytest.approx(nothing.cost - shaving.cost)
    assert nothing.saved == 0
    assert not shaving.failures


def test_the_battery_is_that_of_the_demo_s_plant() -> None:
    """The same set-points to the plant's model, stepped as finely as the plant steps it, give the same charge."""
    section = {"rated_w": 1_200_000, "capacity_wh": 2_600_000, "max_ramp_w_per_s": 6_000_000, "response_s": 0}
    run = Simulation(
        simulation.read(scenario(battery=section, cycle_s=5, days=1 / 24, variants={"fixed": [FIXED]})),
        "fixed",
    )
    ratings = BatteryRatings(1200.0, 2600.0, 6000.0, 0.955, 0.0, 0.5)
    alone = Battery(ratings)
    alone.write_set_point(10.0)
    for _ in range(3600 * 20):
        alone.step(0.05)
    run.run()
    battery = run.plant.batteries["ess0"]
    assert battery.model.__class__ is Battery
    assert battery.soc == pytest.approx(alone.soc_ratio * 100, abs=1e-5)
    assert battery.model.temperature_c == pytest.approx(alone.temperature_c, abs=1e-3)


@pytest.mark.parametrize("cycle_s", [0.1, 1, 10, 60])
def test_the_books_balance_at_any_cycle_time(cycle_s: float) -> None:
    """Bought + PV + discharge = load + cars + sold + charge, and the battery loses what its efficiency says."""
    hours = min(3, cycle_s / 5)
    outcome = outcomes_of(
        start="2026-06-01T09:00:00Z",
        days=hours / 24,
        cycle_s=cycle_s,
        pv={"rated_w": 80_000, "clouds": 0.3},
        charger={"sessions_per_day": 12},
        variants={"shaving": SHAVE},
    )[0]
    step_h = (outcome.course[1].time_s - outcome.course[0].time_s) / 3600
    battery_kwh = sum(p.battery_kw for p in outcome.course) * step_h
    made = outcome.bought_kwh - outcome.sold_kwh + outcome.produced_kwh + battery_kwh
    assert made == pytest.approx(outcome.load_kwh + outcome.charged_kwh, rel=1e-6)
    if cycle_s >= 10:
        assert outcome.charged_kwh > 0


def test_a_fixed_discharge_costs_what_is_worked_out_by_hand() -> None:
    """10 kW for 2 h against 50 kW of load: 80 kWh bought; 20 / 0.9 kWh out of the store.

    Money: 80 × 0.30 + 40 kW × 2 + 20 × 0.05 + 22.222 × 0.30 for what is missing in the store; without the
    battery 100 × 0.30 + 50 × 2.
    """
    outcome = outcomes_of(
        days=2 / 24,
        cycle_s=10,
        load={"hourly_w": [50_000]},
        battery={
            "rated_w": 20_000,
            "capacity_wh": 100_000,
            "start_soc": 60,
            "efficiency": 0.9,
            "response_s": 0,
            "max_ramp_w_per_s": 1e9,
        },
        tariff={"buy_per_kwh": 0.30, "demand_per_kw": 2, "wear_per_kwh": 0.05},
        variants={"fixed": [FIXED]},
    )[0]
    assert outcome.bought_kwh == pytest.approx(80, abs=0.01)
    assert outcome.peak_kw == pytest.approx(40, abs=0.01)
    assert outcome.throughput_kwh == pytest.approx(20, abs=0.01)
    assert outcome.cycles == pytest.approx(0.2, abs=1e-3)
    assert outcome.lowest_soc == pytest.approx(60 - 22.222, abs=0.01)
    assert outcome.cost == pytest.approx(24 + 80 + 1 + 6.667, abs=0.02)
    assert outcome.saved == pytest.approx(130 - 111.667, abs=0.02)


def test_each_month_has_its_own_peak_and_bands_their_own_price() -> None:
    """Across midnight of the 1st of July, local: 10 kW in June, 30 kW in July; night price until 07:00."""
    outcome = outcomes_of(
        start="2026-06-30T22:00:00",
        time_zone="Europe/Berlin",
        days=4 / 24,
        load={"hourly_w": [10_000], "steps": [{"at_h": 2, "hours": 2, "add_w": 20_000}]},
        tariff={
            "buy_per_kwh": 9,
            "demand_per_kw": 3,
            "buy_bands": [{"start": "23:00", "end": "07:00", "price": 0.1}],
        },
        variants={"nothing": []},
    )[0]
    assert outcome.monthly_peaks_kw == {"2026-06": pytest.approx(10), "2026-07": pytest.approx(30)}
    assert outcome.demand_cost == pytest.approx(3 * 40)
    assert outcome.energy_cost == pytest.approx(10 * 9 + 10 * 0.1 + 2 * 30 * 0.1)


def test_own_use_and_own_supply() -> None:
    """20 kW of load under 50 kW of sun: three fifths are sold, and at noon nothing is bought."""
    outcome = outcomes_of(
        start="2026-06-01T12:00:00Z",
        days=0.25 / 24,
        load={"hourly_w": [20_000]},
        pv={"rated_w": 50_000, "sunrise_h": 0, "sunset_h": 24.5},
        variants={"nothing": []},
    )[0]
    assert outcome.self_consumption == pytest.approx(0.4, abs=0.002)
    assert outcome.self_sufficiency == pytest.approx(1, abs=1e-9)


def test_cars_come_and_a_limit_for_them_holds() -> None:
    limit = {"id": "c", "type": "evcs-fix-active-power", "properties": {"evcs_id": "charger0", "power": 5000}}
    free, limited = outcomes_of(
        days=1, cycle_s=60, charger={"sessions_per_day": 6}, variants={"free": [], "limited": [limit]}
    )
    assert free.charged_kwh > limited.charged_kwh > 0
    assert max(p.charger_kw for p in limited.course) <= 5.001 < max(p.charger_kw for p in free.course)
    assert not limited.failures


def test_time_of_use_buys_at_night_and_saves_money() -> None:
    """The controller learns the prices from the scenario's tariff; without them it serves the own load only."""
    tou = {
        "id": "t",
        "type": "time-of-use",
        "properties": {
            "ess_id": "ess0",
            "meter_id": "grid0",
            "controlMode": "CHARGE_CONSUMPTION",
            "maxChargePowerFromGrid": 100_000,
            "wear": 0,
        },
    }
    common: dict[str, Any] = {
        "days": 2,
        "cycle_s": 300,
        "load": {"hourly_w": [40_000]},
        "battery": {"rated_w": 60_000, "capacity_wh": 200_000, "start_soc": 20},
        "tariff": {
            "buy_bands": [
                {"start": "00:00", "end": "06:00", "price": 0.1},
                {"start": "06:00", "end": "00:00", "price": 0.4},
            ]
        },
        "variants": {"prices": [PROTECT, tou]},
    }
    knowing = outcomes_of(**common)[0]
    blind = outcomes_of(**common, forecast={"prices": False})[0]
    assert knowing.saved is not None
    assert knowing.saved > 20
    assert blind.saved is not None
    assert abs(blind.saved) < 0.2 * knowing.saved
    night = [p for p in knowing.course if p.price == 0.1]
    assert min(p.battery_kw for p in night) < -30
    assert all(p.battery_kw > -0.1 for p in knowing.course if p.price == 0.4)


def test_bounds_of_charge_are_never_crossed_under_random_load() -> None:
    """Half a day of wild load, a battery far too small; one cycle of overshoot is 0.6 % of charge."""
    wild = scenario(
        days=0.5,
        cycle_s=20,
        load={"hourly_w": [20000, 160000, 90000], "noise": 0.6, "seed": 11},
        battery={"rated_w": 60000, "capacity_wh": 60000, "start_soc": 50},
        variants={"shaving": SHAVE},
    )
    outcome = Simulation(simulation.read(wild), "shaving").run()
    assert outcome.lowest_soc >= 10 - 0.6
    assert outcome.highest_soc <= 90 + 0.6


def test_the_same_scenario_gives_the_same_result() -> None:
    first, second = (outcomes_of(days=0.05)[1] for _ in range(2))
    assert first == second


def test_a_measured_load_and_dynamic_prices_come_from_files(tmp_path: Path) -> None:
    """Quarter hours of a utility's file, local times without offset; prices as they stand."""
    lines = [f"2026-06-01T{i // 4:02d}:{i % 4 * 15:02d},{10 + i},{0.1 * (i + 1):.1f}" for i in range(8)]
    (tmp_path / "load.csv").write_text("\n".join(["time,kw,price", *lines]) + "\n")
    raw = scenario(
        start="2026-06-01T00:00:00",
        time_zone="Europe/Berlin",
        days=2 / 24,
        load={"measured": {"file": "load.csv", "column": "kw"}},
        tariff={"buy_series": {"file": "load.csv", "column": "price"}},
        variants={"nothing": []},
    )
    outcome = simulation.run(simulation.read(raw, tmp_path)).outcomes[0]
    kwh = [(10 + i) / 4 for i in range(8)]
    assert outcome.bought_kwh == pytest.approx(sum(kwh))
    assert outcome.energy_cost == pytest.approx(sum(e * 0.1 * (i + 1) for i, e in enumerate(kwh)))
    with pytest.raises(BadInput, match="the series covers"):
        simulation.run(simulation.read(raw | {"days": 1}, tmp_path))


def test_variants_start_from_the_controllers_on_site() -> None:
    """The demo's own site file: a lower limit needs more of the battery, and nothing else is changed."""
    raw = yaml.safe_load((ROOT / "ems-edge-control" / "scenarios" / "demo-site.yaml").read_text())
    read = simulation.read(raw | {"days": 0.05}, ROOT / "ems-edge-control" / "scenarios")
    on_site = {c.id: c for c in read.parts["as on site"].controllers}
    lower = {c.id: c for c in read.parts["limit 6.2 MW"].controllers}
    assert set(on_site) == set(lower)
    assert on_site["shave0"].properties["peakShavingPower"] == 6_600_000
    assert lower["shave0"].properties["peakShavingPower"] == 6_200_000
    assert lower["shave0"].properties["margin"] == on_site["shave0"].properties["margin"]


def test_the_command_writes_a_comparison_a_plot_and_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for name, start_soc in (("full", 90), ("empty", 15)):
        file = tmp_path / f"{name}.yaml"
        battery = {"rated_w": 60_000, "capacity_wh": 100_000, "start_soc": start_soc}
        file.write_text(json.dumps(scenario(days=0.1, battery=battery)))
        files.append(str(file))
    assert main(["simulate", *files, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    for part in ("full: shaving", "empty: shaving", "saved", "times real time"):
        assert part in printed
    rows = list(csv.DictReader((tmp_path / "out" / "full-empty-summary.csv").open()))
    assert [row["variant"] for row in rows] == [
        f"{a}: {b}" for a in ("full", "empty") for b in ("nothing", "shaving")
    ]
    assert float(rows[0]["saved"]) == 0
    course = list(csv.DictReader((tmp_path / "out" / "full-empty-course.csv").open()))
    bought = sum(max(float(r["grid_kw"]), 0) for r in course if r["variant"] == "full: nothing") / 120
    assert bought == pytest.approx(float(rows[0]["bought_kwh"]), rel=1e-3)
    ET.parse(tmp_path / "out" / "full-empty.svg")  # noqa: S314 – written by ourselves


def test_the_picture_shows_every_variant_on_one_scale_with_local_time() -> None:
    outcomes = outcomes_of(days=1, cycle_s=300, time_zone="America/New_York", start="2026-06-01T00:00:00")
    picture = plot.svg(outcomes, "a & b")
    ET.fromstring(picture)  # noqa: S314 – written by ourselves
    assert "a &amp; b" in picture
    for text in (">nothing<", ">shaving<", ">01 Jun<", ">12:00<", ">kW<", ">100 %<"):
        assert text in picture
    numbers = [float(n) for n in re.findall(r'y="([-\d.]+)"', picture)]
    assert min(numbers) >= 0
    assert max(numbers) <= 2 * 330 + 34


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batery": {}}, "batery"),
        ({"variants": {}}, "at least one is needed"),
        ({"load": {}}, "hourly_w"),
        ({"cycle_s": 0}, "cycle_s is between"),
        ({"days": -1}, "days is above 0"),
        ({"battery": {"rated_w": 1, "capacity_wh": 0}}, "capacity_wh are positive"),
        ({"charger": {"sessions_per_day": 0}}, "sessions_per_day"),
        ({"time_zone": "Mars/Base"}, "time zone"),
        ({"start": "soon"}, "is not an instant"),
        ({"variants": {"a": {"like": "b"}}}, "there is no 'b' before it"),
        ({"variants": {"a": [], "b": {"like": "a", "without": ["x"]}}}, "no controller 'x'"),
        ({"load": {"measured": {"file": "none.csv", "column": "x"}}}, "cannot be read"),
        ({"site": "none.yaml"}, "site file cannot be read"),
    ],
)
def test_a_scenario_with_a_fault_is_refused_and_the_fault_named(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(message)):
        simulation.read(scenario(**changes))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda p: p.stem)
def test_an_example_can_be_run_and_its_strategies_earn_something(file: Path) -> None:
    """A day at a coarse cycle; the whole is the user's."""
    raw = yaml.safe_load(file.read_text())
    coarse_s = 120 if len(raw["variants"]) < 10 else 600
    raw["days"], raw["cycle_s"] = min(raw["days"], 1.0), max(raw["cycle_s"], coarse_s)
    outcomes = simulation.run(simulation.read(raw, file.parent, file.stem)).outcomes
    assert all(not o.failures for o in outcomes), table.text(outcomes)
    assert max(o.saved or 0.0 for o in outcomes) > 0, table.text(outcomes)


def test_the_examples_of_the_page_are_scenarios() -> None:
    """Every YAML block of docs/simulation.md that is a whole scenario can be read and run for an hour."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "simulation.md").read_text(), re.M | re.S)
    whole = [raw for block in blocks if "variants" in (raw := yaml.safe_load(block)) and "load" in raw]
    assert whole
    for raw in whole:
        outcomes = simulation.run(simulation.read(raw | {"days": 1 / 24}, ROOT / "docs")).outcomes
        assert all(not o.failures for o in outcomes)
