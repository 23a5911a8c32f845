"""Regression of daily energy on temperature: lines that are known, and statistics worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ems_api.reports.buckets import Float64
from ems_api.reports.regression import FEWEST_DAYS, Model, fit, uncertainty

COLD_TO_HOT = np.arange(-5.0, 33.0)


def test_heating_and_cooling_are_found_with_their_balance_points() -> None:
    energy = 100 + 3 * np.maximum(15 - COLD_TO_HOT, 0) + 2 * np.maximum(COLD_TO_HOT - 22, 0)
    model = fit(COLD_TO_HOT, energy)
    assert model is not None
    assert (model.heating_balance_degc, model.cooling_balance_degc) == (15, 22)
    assert (model.base, model.heating, model.cooling) == pytest.approx((100, 3, 2))
    assert model.r_squared == pytest.approx(1)
    assert model.cv_rmse == pytest.approx(0, abs=1e-9)
    # A day of 5 °C: 100 + 3 · 10; one of 25 °C: 100 + 2 · 3.
    assert model.energy(np.array([5.0, 18.0, 25.0])) == pytest.approx([130, 100, 106])


def test_goodness_of_fit_is_that_of_the_guideline() -> None:
    # Two days of each temperature, one unit above and one below the line: Σ(y - ŷ)² is the number of days.
    temperature = np.repeat(np.arange(-10.0, 26.0), 2)
    line = 50 + 2 * np.maximum(15 - temperature, 0)
    energy = line + np.tile([1.0, -1.0], len(temperature) // 2)
    model = fit(temperature, energy)
    assert model is not None
    assert (model.heating_balance_degc, model.cooling) == (15, 0)
    days = 72
    # 25 temperatures below 15 °C: 2 · (1 + … + 25) / 36 = 650 / 36 above 50.
    mean = 50 + 650 / 36
    spread = sum((50 + 2 * max(15 - t, 0) - mean) ** 2 for t in range(-10, 26)) * 2 + days
    assert model.days == days
    assert model.r_squared == pytest.approx(1 - days / spread)
    # Three parameters: base, slope, balance point.
    assert model.cv_rmse == pytest.approx(math.sqrt(days / (days - 3)) / mean)
    assert model.nmbe == pytest.approx(0, abs=1e-12)


def test_days_that_are_all_cold_make_a_line_that_holds_among_them() -> None:
    temperature = np.linspace(-8, 2, 30)
    model = fit(temperature, 20 + 4 * (18 - temperature))
    assert model is not None
    assert model.energy(np.array([-5.0])) == pytest.approx([112])


@pytest.mark.parametrize("energy", [np.full(38, 7.0), np.tile([101.0, 99.0], 19)])
def test_what_does_not_depend_on_the_weather_is_a_constant(energy: Float64) -> None:
    model = fit(COLD_TO_HOT, energy)
    assert model is not None
    assert (model.heating, model.cooling) == (0, 0)
    assert model.base == pytest.approx(energy.mean())


def test_equal_days_have_no_share_explained_and_no_energy_no_variation() -> None:
    equal = fit(COLD_TO_HOT, np.full(38, 7.0))
    nothing = fit(COLD_TO_HOT, np.zeros(38))
    assert equal is not None
    assert nothing is not None
    assert math.isnan(equal.r_squared)
    assert equal.cv_rmse == pytest.approx(0)
    assert math.isnan(nothing.cv_rmse)


def test_two_weeks_are_needed() -> None:
    assert fit(COLD_TO_HOT[: FEWEST_DAYS - 1], COLD_TO_HOT[: FEWEST_DAYS - 1]) is None
    assert fit(np.empty(0), np.empty(0)) is None


def test_the_uncertainty_of_a_saving_is_that_of_the_guideline() -> None:
    # ρ = 0.5 leaves 10 of 30 days; t of 27 degrees of freedom is 1.7033 (two-sided, 90 %), from the tables:
    # 1.7033 · 1.26 · 0.1 · 1000 · √(30/10 · (1 + 2/10) / 25).
    model = Model(50, 2, 15, 0, math.nan, 30, 0.9, 0.1, 0.0, parameters=3, autocorrelation=0.5)
    assert uncertainty(model, 1000, 25) == pytest.approx(81.44, abs=0.01)
    # Without correlation: 1.7033 · 1.26 · 0.1 · 1000 · √((1 + 2/30) / 25); a negative one counts as none.
    independent = Model(50, 2, 15, 0, math.nan, 30, 0.9, 0.1, 0.0, parameters=3, autocorrelation=-0.3)
    assert uncertainty(independent, 1000, 25) == pytest.approx(44.33, abs=0.01)
    assert math.isnan(uncertainty(model, 1000, 0))
    # Of 10 degrees of freedom t is 1.8125.
    few = Model(50, 0, math.nan, 0, math.nan, 11, 0.9, 0.1, 0.0, parameters=1)
    expected = 1.8125 * 126 * math.sqrt((1 + 2 / 11) / 4)
    assert uncertainty(few, 1000, 4) == pytest.approx(expected, abs=0.02)


def test_errors_that_alternate_or_last_are_told_apart() -> None:
    # +1 and -1 in turn: the products of neighbours are all -1, 37 of them over a sum of squares of 38.
    alternating = fit(COLD_TO_HOT, 100 + np.tile([1.0, -1.0], 19))
    # +1 throughout the first half, -1 throughout the second, on days of random order of temperature.
    shuffled = np.tile([0.0, 20.0], 19)
    lasting = fit(shuffled, 100 + np.repeat([1.0, -1.0], 19))
    assert alternating is not None
    assert lasting is not None
    assert alternating.autocorrelation == pytest.approx(-37 / 38)
    assert lasting.autocorrelation == pytest.approx(35 / 38, abs=0.01)
