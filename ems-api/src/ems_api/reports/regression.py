"""Energy of a day explained by its outdoor temperature: the regression behind a weather-normalised baseline.

Whole-facility method, option C of the IPMVP (Core Concepts, 2022), with the change-point models of ASHRAE
research project 1050 (Kissock, Haberl and Claridge, 2003): a constant, and a straight line below a heating
balance point, above a cooling balance point, or both. Goodness of fit as ASHRAE Guideline 14-2014 defines it:

    R²       = 1 - Σ(y - ŷ)² / Σ(y - ȳ)²
    CV(RMSE) = √(Σ(y - ŷ)² / (n - p)) / ȳ
    NMBE     = Σ(y - ŷ) / ((n - p) · ȳ)

for n days and p parameters, the balance points among them. How uncertain a saving against such a baseline is
follows from the same statistics, as in annex B of that guideline, after Reddy and Claridge (Uncertainty of
"measured" energy savings from statistical baseline models, HVAC&R Research 6 (1), 2000):

    ΔE = t · 1.26 · CV(RMSE) · E · √(n/n' · (1 + 2/n') / m),    n' = n · (1 - ρ) / (1 + ρ)

for an adjusted baseline E of m days, Student's t of n - p degrees of freedom, and the autocorrelation ρ of
the residuals from one day to the next: days that resemble their neighbours tell less than independent ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from ems_api.reports.buckets import Float64

FEWEST_DAYS: Final = 14
"""Days that a model needs: two weeks, so that every day of the week is in it twice."""
HEATING_BALANCES_DEGC: Final = tuple(float(degrees) for degrees in range(5, 21))
COOLING_BALANCES_DEGC: Final = tuple(float(degrees) for degrees in range(12, 29))
CONFIDENCE: Final = 0.9
"""Probability that the true saving is within its uncertainty: what the IPMVP advises to report."""
_MODEL_FACTOR: Final = 1.26
"""What a regression on temperature adds to the uncertainty of a mean; Reddy and Claridge."""
_EXACT: Final = 1e-9
"""Error of a model, as a share of the largest day, below which no better one is looked for."""
_BETTER: Final = 1e-9
"""By which share a model with more parameters has to fit better than one with fewer."""


@dataclass(frozen=True, slots=True)
class Model:
    """Energy of a day by its mean temperature.

    Attributes:
        base: Energy of a day without heating and cooling.
        heating: Energy per degree below the heating balance point and day [1/K]; 0 without heating.
        heating_balance_degc: That point; nan without heating.
        cooling: Energy per degree above the cooling balance point and day [1/K]; 0 without cooling.
        cooling_balance_degc: That point; nan without cooling.
        days: How many days it was made of.
        r_squared: Share of the variation that it explains; nan when all days are alike.
        cv_rmse: Coefficient of variation of the root mean square error; nan when the mean is not positive.
        nmbe: Normalised mean bias error; nan as `cv_rmse`.
        parameters: How many numbers were fitted, the balance points among them.
        autocorrelation: Of its errors, from one day to the next; 0 when it makes none.
    """

    base: float
    heating: float
    heating_balance_degc: float
    cooling: float
    cooling_balance_degc: float
    days: int
    r_squared: float
    cv_rmse: float
    nmbe: float
    parameters: int = 1
    autocorrelation: float = 0.0

    def energy(self, temperature_degc: Float64) -> Float64:
        """Energy of days of these mean temperatures, same shape."""
        result = np.full(temperature_degc.shape, self.base)
        if self.heating:
            result += self.heating * np.maximum(self.heating_balance_degc - temperature_degc, 0.0)
        if self.cooling:
            result += self.cooling * np.maximum(temperature_degc - self.cooling_balance_degc, 0.0)
        return result


def fit(temperature_degc: Float64, energy: Float64) -> Model | None:
    """The model that explains days best, by its CV(RMSE); None for fewer than :data:`FEWEST_DAYS` days.

    A line that falls where it should rise (less energy the colder it is) is no heating, and left out.

    Args:
        temperature_degc: Mean temperature of each day, shape ``(n_days,)``, without nan.
        energy: Its energy, same shape, without nan.
    """
    if len(energy) < FEWEST_DAYS:
        return None
    best: tuple[float, Float64, _Terms] | None = None
    exact = _exact(energy)
    for terms in _candidates(temperature_degc):
        if best is not None and best[0] <= exact:
            break
        matrix = terms.columns(temperature_degc)
        coefficients: Float64 = np.linalg.lstsq(matrix, energy, rcond=None)[0].astype(np.float64)
        if (coefficients[1:] <= 0).any():
            continue
        variance = float(((energy - matrix @ coefficients) ** 2).sum()) / (len(energy) - terms.parameters)
        if best is None or variance < best[0] * (1 - _BETTER):
            best = (variance, coefficients, terms)
    return None if best is None else _model(*best[1:], temperature_degc, energy)


@dataclass(frozen=True, slots=True)
class _Terms:
    """Which balance points a model has."""

    heating_degc: float | None = None
    cooling_degc: float | None = None

    @property
    def parameters(self) -> int:
        """Slope and balance point of each line, and the constant."""
        return 1 + 2 * (self.heating_degc is not None) + 2 * (self.cooling_degc is not None)

    def columns(self, temperature_degc: Float64) -> Float64:
        """The regressors, shape ``(n_days, 1 to 3)``."""
        found = [np.ones(len(temperature_degc))]
        if self.heating_degc is not None:
            found.append(np.maximum(self.heating_degc - temperature_degc, 0.0))
        if self.cooling_degc is not None:
            found.append(np.maximum(temperature_degc - self.cooling_degc, 0.0))
        return np.column_stack(found)


def _candidates(temperature_degc: Float64) -> Iterator[_Terms]:
    """The simple ones first; of balance points that fit alike, being beyond all days, the nearest."""
    low, high = float(temperature_degc.min()), float(temperature_degc.max())
    heating = [at for at in HEATING_BALANCES_DEGC if at > low]
    cooling = [at for at in reversed(COOLING_BALANCES_DEGC) if at < high]
    yield _Terms()
    yield from (_Terms(heating_degc=at) for at in heating)
    yield from (_Terms(cooling_degc=at) for at in cooling)
    yield from (_Terms(below, above) for below in heating for above in cooling if below <= above)


def _model(coefficients: Float64, terms: _Terms, temperature_degc: Float64, energy: Float64) -> Model:
    rest = energy - terms.columns(temperature_degc) @ coefficients
    slopes = iter(coefficients[1:].tolist())
    mean = float(energy.mean())
    squares, spread = float((rest**2).sum()), float(((energy - mean) ** 2).sum())
    free = len(energy) - terms.parameters
    heating = next(slopes) if terms.heating_degc is not None else 0.0
    cooling = next(slopes) if terms.cooling_degc is not None else 0.0
    return Model(
        float(coefficients[0]),
        heating,
        np.nan if terms.heating_degc is None else terms.heating_degc,
        cooling,
        np.nan if terms.cooling_degc is None else terms.cooling_degc,
        len(energy),
        1 - squares / spread if spread > 0 else np.nan,
        float(np.sqrt(squares / free)) / mean if mean > 0 else np.nan,
        float(rest.sum()) / (free * mean) if mean > 0 else np.nan,
        terms.parameters,
        float((rest[1:] * rest[:-1]).sum()) / squares if squares > _exact(energy) else 0.0,
    )


def _exact(energy: Float64) -> float:
    """Sum of squared errors below which a model makes none."""
    return (_EXACT * float(np.abs(energy).max())) ** 2


def uncertainty(model: Model, adjusted: float, days: int) -> float:
    """Uncertainty of a saving against an adjusted baseline, in its unit, at :data:`CONFIDENCE`.

    Args:
        model: The model that the baseline was adjusted with.
        adjusted: The adjusted baseline of all days together.
        days: How many days these are.

    Returns:
        Half the width of the interval; nan without days, or where `cv_rmse` is nan.
    """
    # Errors that change sign from day to day by chance do not make more days than there are.
    correlation = max(model.autocorrelation, 0.0)
    independent = model.days * (1 - correlation) / (1 + correlation)
    if days < 1 or independent <= 0:
        return float("nan")
    spread = math.sqrt(model.days / independent * (1 + 2 / independent) / days)
    return _student(model.days - model.parameters) * _MODEL_FACTOR * model.cv_rmse * abs(adjusted) * spread


def _student(freedom: int) -> float:
    """Student's t that :data:`CONFIDENCE` lies within, to both sides.

    Expansion about the normal distribution, Abramowitz and Stegun 26.7.5; exact to 0.001 from 7 degrees of
    freedom on.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / float(freedom) ** power for power, term in enumerate(terms, 1))
