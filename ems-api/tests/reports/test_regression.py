"""Regression of daily energy on temperature: lines that are known, and statistics worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ems_api.reports.buckets import Float64
from ems_api.reports.regression import FEWEST_DAYS, fit

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
