"""State of charge against a battery whose truth is known; its parameters differ from the estimator's."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from circuit_cells import TwoPairs, lfp_model, rms_error
from edge_sites import Run
from electrochemical_cell import Age, Cell, curve, resistances
from recorded_cells import follow, recorded

from ems_edge_control.controllers.estimators import parse_curve
from ems_edge_control.estimation import (
    CHEMISTRIES,
    AgeingModel,
    CellModel,
    CoulombCounter,
    KalmanEstimator,
)

MODEL = CellModel(capacity_ah=100.0)


class TrueCell:
    """Two RC pairs, other resistances and 3 % less capacity than the estimator believes."""

    def __init__(self, soc: float) -> None:
        self.soc, self.fast_v, self.slow_v = soc, 0.0, 0.0
        self.capacity_as = 97.0 * 3600

    def step(self, current_a: float, dt_s: float) -> float:
        self.soc -= current_a * dt_s / self.capacity_as
        self.fast_v += (0.0009 * current_a - self.fast_v) * (1 - math.exp(-dt_s / 20))
        self.slow_v += (0.0005 * current_a - self.slow_v) * (1 - math.exp(-dt_s / 400))
        return MODEL.ocv(self.soc) - 0.0022 * current_a - self.fast_v - self.slow_v


def load(second: int, rng: random.Random) -> float:
    """Charge, discharge and rest, with ripple."""
    phase = (second // 1800) % 4
    base = {0: 35.0, 1: 0.0, 2: -32.0, 3: 10.0}[phase]
    return base + rng.gauss(0, 3) if base else 0.0


@pytest.mark.parametrize("wrong", [0.2, -0.2])
def test_the_filter_finds_the_charge_from_a_wrong_start_with_a_biased_sensor(wrong: float) -> None:
    """20 % wrong start, 1 % bias of the sensor's range: below 2 % RMS once it has settled, 3 % over all."""
    rng = random.Random(1)
    cell = TrueCell(0.7)
    estimator = KalmanEstimator(MODEL, 0.7 + wrong, 0.25)
    errors = []
    for second in range(2 * 3600):
        current = load(second, rng)
        voltage = cell.step(current, 1.0)
        found = estimator.step(current + 1.0, voltage + rng.gauss(0, 0.002), 1.0)
        errors.append(found.soc_ratio - cell.soc)
    settled = errors[900:]
    assert math.sqrt(sum(e * e for e in settled) / len(settled)) < 0.02
    assert estimator.estimate.deviation_ratio < 0.05


LABORATORY = curve()
R0_OHM, R1_OHM, TAU_S = resistances()


def error_against_chemistry(
    wrong: float, *, temperature_degc: float = 25.0, lost: float = 0.0, r0_ohm: float = R0_OHM, hours: int = 2
) -> float:
    """RMS error [%] over a whole drive of a cell whose chemistry is simulated, from the first second on.

    The estimator knows the new cell's curve and a pulse at 25 °C. The current sensor reads 1 % of the
    capacity per hour too much and is 1 % too steep; the voltage sensor has noise of 2 mV.
    """
    rng = random.Random(3)
    cell = Cell(0.6, temperature_degc, Age(lost, 1 + 15 * lost))
    points = tuple(i / (len(LABORATORY) - 1) for i in range(len(LABORATORY)))
    model = CellModel(Cell.NEW_AH, points, tuple(LABORATORY), r0_ohm, R1_OHM, TAU_S)
    estimator = KalmanEstimator(model, 0.6 + wrong, 0.25)
    soh = cell.capacity_as / (3600 * Cell.NEW_AH)
    base = current = direction = 0.0
    total = 0.0
    for second in range(hours * 3600):
        if second % 600 == 0:
            base = rng.choice([0, 10, 15, 25, 40])
        if second % 20 == 0:
            current = base + rng.gauss(0, 8) if base else 0.0
        direction = -1.0 if cell.soc < 0.12 else 1.0 if cell.soc > 0.93 or direction == 0 else direction
        voltage = cell.step(direction * current) + rng.gauss(0, 0.002)
        found = estimator.step(direction * current * 1.01 + 0.01 * Cell.NEW_AH, voltage, 1.0, soh)
        total += (found.soc_ratio - cell.soc) ** 2
    return 100 * math.sqrt(total / (hours * 3600))


@pytest.mark.parametrize(
    ("wrong", "conditions"),
    [
        (0.2, {}),
        (0.2, {"temperature_degc": 10.0}),
        (-0.2, {"lost": 0.04}),
        (0.2, {"r0_ohm": 3 * R0_OHM}),
    ],
    ids=["new", "cold", "aged", "resistance-unknown"],
)
def test_two_percent_against_a_cell_simulated_by_its_chemistry(
    wrong: float, conditions: dict[str, float]
) -> None:
    assert error_against_chemistry(wrong, **conditions) <= 2.0  # type: ignore[arg-type]


NMC = CellModel(100.0)


@pytest.mark.parametrize("wrong", [0.2, -0.2])
@pytest.mark.parametrize(
    ("truth", "more"),
    [
        ({}, {}),
        ({"r0_ohm": 0.0025}, {"hours": 2.0}),
        ({"capacity_ah": 90.0}, {}),
        ({"hysteresis_v": 0.01}, {}),
        ({}, {"dt_s": 10.0, "hours": 6.0}),
        ({}, {"dt_s": 0.1, "hours": 0.15}),
    ],
    ids=["plain", "resistance-high", "capacity-lost", "hysteresis", "ten-seconds", "tenth-of-a-second"],
)
def test_two_percent_against_other_circuits_when_only_the_capacity_is_known(
    truth: dict[str, float], more: dict[str, float], wrong: float
) -> None:
    """From the first sample on; nothing is told of resistances, hysteresis and lost capacity."""
    cell = TwoPairs(NMC.ocv, 0.55, **truth)  # type: ignore[arg-type]
    assert rms_error(cell, NMC, wrong=wrong, **({"hours": 1.0} | more)) <= 2.0  # type: ignore[arg-type]


def test_a_flat_curve_does_not_mislead_and_its_ends_correct() -> None:
    """Iron phosphate says little of its charge in the middle: there the error stays, at the ends it goes."""
    model = lfp_model()
    middle = TwoPairs(model.ocv, 0.55, hysteresis_v=0.01)
    assert rms_error(middle, model, wrong=0.2, hours=6.0, dt_s=10, bounds=(0.35, 0.75)) <= 20.0
    ends = TwoPairs(model.ocv, 0.55, hysteresis_v=0.01)
    assert (
        rms_error(ends, model, wrong=0.2, hours=12.0, dt_s=10, bounds=(0.03, 0.99), settle_s=6 * 3600) <= 4.0
    )


def test_a_pack_of_a_hundred_cells_is_estimated_like_one_of_them() -> None:
    def after(cells: int) -> float:
        rng = random.Random(5)
        model = CellModel(
            100.0,
            NMC.ocv_soc,
            [cells * v for v in NMC.ocv_v],
            hysteresis_v=0.005 * cells,
            cells_in_series=cells,
        )
        estimator = KalmanEstimator(model, 0.8, 0.25)
        for second in range(600):
            current = load(second, rng)
            estimator.step(current, cells * (3.7 - 0.001 * current), 1.0)
        return estimator.estimate.soc_ratio

    assert after(100) == pytest.approx(after(1), abs=1e-6)


def test_a_single_mad_voltage_does_not_throw_the_estimate() -> None:
    estimator = KalmanEstimator(NMC, 0.5, 0.02)
    for _ in range(600):
        estimator.step(0.0, NMC.ocv(0.5), 1.0)
    before = estimator.estimate.soc_ratio
    estimator.step(0.0, 0.0, 1.0)
    assert abs(estimator.estimate.soc_ratio - before) < 0.02


@pytest.mark.parametrize(
    "given",
    [[3.0, 3.5, 4.2], [[0, 3.0], [0.5, 3.5], [1, 4.2]], [(1.0, 4.2), (0.0, 3.0), (0.5, 3.5)]],
    ids=["volts", "pairs", "pairs-in-any-order"],
)
def test_a_curve_is_given_as_volts_or_as_pairs(given: list[Any]) -> None:
    assert parse_curve(given) == [(0.0, 3.0), (0.5, 3.5), (1.0, 4.2)]


@pytest.mark.parametrize("given", [[3.0], [4.2, 3.0], [[0, 3.0], [100, 4.2]], ["a", "b"], [[0.5, 3.0]]])
def test_a_curve_that_cannot_be_is_refused(given: list[Any]) -> None:
    with pytest.raises(ValueError, match="ocv"):
        parse_curve(given)


def test_the_estimator_runs_as_a_controller_with_the_curve_of_the_site(run: Run) -> None:
    """A pack of ten cells at rest at 3.5 V each, half charged by its curve, first guessed at 20 %."""
    parts = [{"id": "bat0", "nature": "battery"}]
    props = {
        "batteryId": "bat0",
        "capacity": 100,
        "cellsInSeries": 10,
        "ocv": [[0, 3.0], [0.5, 3.5], [1, 4.2]],
        "startSoc": 20,
    }
    steps = [{"inputs": {"bat0/Current": 0, "bat0/Voltage": 35.0}}, {"repeat": 600}]
    answer = run("soc-estimator", props, steps, components=parts)
    assert answer[-1]["ctrl0/Soc"] == pytest.approx(50, abs=2)
    assert answer[-1]["ctrl0/SocDeviation"] < 5


def test_the_resistance_is_learned_from_a_load_that_changes() -> None:
    """Twice the expected series resistance, in a load that goes on and off."""
    model = CellModel(100.0, r0_ohm=0.002)
    estimator = KalmanEstimator(model, 0.5, 0.05)
    for i in range(400):
        current = 20.0 * (i // 5 % 2)
        estimator.step(current, model.ocv(0.5) - 0.004 * current, 1.0)
    assert estimator.resistances_ohm[0] == pytest.approx(0.004, rel=0.1)


@pytest.mark.parametrize(("wrong", "bias_c"), [(0.2, 0.01), (-0.2, -0.01)])
@pytest.mark.parametrize("name", ["nmc-drive-25c", "nmc-shaving-10c"])
def test_two_percent_against_recorded_electrochemistry(name: str, wrong: float, bias_c: float) -> None:
    """From the first sample on, with the curve of the cell and typical resistances of its capacity."""
    cell = recorded(name)
    errors = follow(cell, CellModel(cell.capacity_ah, cell.ocv_soc, cell.ocv_v), wrong=wrong, bias_c=bias_c)
    assert errors.whole <= 2.0
    assert errors.covered >= 0.9


@pytest.mark.parametrize(("wrong", "bias_c"), [(0.2, 0.01), (-0.2, -0.01), (0.2, -0.01), (-0.2, 0.01)])
@pytest.mark.parametrize(
    ("name", "chemistry", "most"), [("nmc-city-10c", "NMC", 2.0), ("lco-city-25c", "LCO", 2.5)]
)
def test_a_car_in_town_whose_drop_is_not_that_of_a_resistance(
    name: str, chemistry: str, most: float, wrong: float, bias_c: float
) -> None:
    """Peaks of 1.5 C every minute, in the cold: kinetics saturate. One guess is that the cell is full."""
    cell = recorded(name)
    for model in (
        CellModel(cell.capacity_ah, cell.ocv_soc, cell.ocv_v),
        CellModel.typical(chemistry, cell.capacity_ah),
    ):
        assert follow(cell, model, wrong=wrong, bias_c=bias_c).whole <= most


def test_a_first_guess_of_full_is_given_up_where_the_curve_ends_steeply() -> None:
    """Beyond full there is no curve: a slope taken over it would make one sample certain of a wrong charge."""
    model = lfp_model()
    estimator = KalmanEstimator(model, 1.0, 0.3)
    for _ in range(10):
        found = estimator.step(0.0, model.ocv(0.8), 1.0)
    assert abs(found.soc_ratio - 0.8) <= 2 * found.deviation_ratio


def test_iron_phosphate_is_found_at_the_ends_of_its_curve() -> None:
    """Three days behind a roof, recorded: the plateau says nothing, morning and noon do."""
    cell = recorded("lfp-sun-25c")
    model = CellModel(
        cell.capacity_ah, cell.ocv_soc, cell.ocv_v, hysteresis_v=CHEMISTRIES["LFP"].hysteresis_v
    )
    errors = follow(cell, model, wrong=0.2, bias_c=0.01)
    assert errors.whole <= 2.0
    assert errors.covered >= 0.9


@pytest.mark.parametrize(("wrong", "bias_c"), [(0.2, 0.01), (-0.2, -0.01)])
@pytest.mark.parametrize(
    ("name", "chemistry"), [("nmc-drive-25c", "NMC"), ("nmc-shaving-10c", "NMC"), ("lfp-sun-25c", "LFP")]
)
def test_two_percent_with_the_curve_of_the_chemistry_alone(
    name: str, chemistry: str, wrong: float, bias_c: float
) -> None:
    """These cells are those whose published curves stand for their chemistry."""
    cell = recorded(name)
    errors = follow(cell, CellModel.typical(chemistry, cell.capacity_ah), wrong=wrong, bias_c=bias_c)
    assert errors.whole <= 2.0
    assert errors.covered >= 0.9


@pytest.mark.parametrize("chemistry", sorted(CHEMISTRIES))
def test_curves_rise_and_a_cell_at_rest_is_found_by_them(chemistry: str) -> None:
    model = CellModel.typical(chemistry, 50.0)
    assert all(a < b for a, b in zip(model.ocv_v, model.ocv_v[1:], strict=False))
    assert model.soc_at(model.ocv(0.97)) == pytest.approx(0.97, abs=0.001)


def test_the_uncertainty_covers_the_error() -> None:
    rng = random.Random(2)
    cell, estimator, inside = TrueCell(0.5), KalmanEstimator(MODEL, 0.6, 0.2), 0
    for second in range(3600):
        current = load(second, rng)
        found = estimator.step(current, cell.step(current, 1.0) + rng.gauss(0, 0.002), 1.0)
        inside += abs(found.soc_ratio - cell.soc) < 3 * found.deviation_ratio + 0.01
    assert inside / 3600 > 0.95


def test_coulomb_counting_is_exact_without_errors_and_corrects_itself_at_rest() -> None:
    counter = CoulombCounter(MODEL, 0.8, 0.0)
    for _ in range(3600):
        counter.step(10.0, None, 1.0)
    assert counter.soc_ratio == pytest.approx(0.7, abs=1e-9)
    wrong = CoulombCounter(MODEL, 0.9, 0.2)
    for _ in range(1200):
        wrong.step(0.0, MODEL.ocv(0.6), 1.0)
    assert wrong.soc_ratio == pytest.approx(0.6, abs=0.02)
    assert wrong.deviation_ratio < 0.05


def test_cold_and_age_shrink_the_usable_capacity() -> None:
    assert MODEL.capacity_as(1.0, 25) == 360_000
    assert MODEL.capacity_as(1.0, 5) == pytest.approx(324_000)
    assert MODEL.capacity_as(0.8, None) == pytest.approx(288_000)


def test_ageing_counts_cycles_and_deep_hot_cycles_wear_more() -> None:
    def after(depth: float, temperature: float) -> float:
        model = AgeingModel(calendar_per_sqrt_year=0.0)
        soc, step = 0.9, -0.02
        for _ in range(20_000):
            model.step(soc, 0.5, temperature, 144.0)
            soc += step
            if soc <= 0.9 - depth or soc >= 0.9:
                step = -step
        return 1 - model.soh_ratio

    assert 0 < after(0.2, 25) < after(0.8, 25) < after(0.8, 45)


def test_a_capacity_test_replaces_the_sum_by_its_weight() -> None:
    model = AgeingModel(soh_ratio=0.95, margin_ratio=0.03)
    health = model.measured(0.90, 0.01)
    assert health.soh_ratio == pytest.approx(0.905)
    assert health.margin_ratio < 0.01
