"""What an entity would have used had nothing changed since the base period but the weather.

The days of the base period, by their temperature, make a model (:mod:`ems_api.reports.regression`); the model
at the temperatures of the reporting period is the adjusted baseline, and what was used less than that was
saved: avoided energy use as the IPMVP defines it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import Family, family
from ems_common.periods import local_periods

from ems_api.reports import regression, slots
from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, Instants, Span, local_dates
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import EntityFacts, Part
from ems_api.reports.regression import Model
from ems_api.reports.site import Site


@dataclass(frozen=True, slots=True)
class Days:
    """Mean outdoor temperatures of local days: dates and [°C], both of shape ``(n_days,)``, in order."""

    dates: Instants
    means_degc: Float64


@dataclass(frozen=True)
class Normalised:
    """Savings with the weather taken out, per part.

    Attributes:
        parts: Categories or items.
        models: How each depended on the weather in the base period; None where too few days are known.
        adjusted: Energy by the model at the temperatures of the reporting period, shape ``(n_parts,)``; nan
            without a model.
        actual: Energy used on the same days.
        days: How many days of the reporting period these are: whole ones, with a temperature.
    """

    parts: Sequence[Part]
    models: Sequence[Model | None]
    adjusted: Float64
    actual: Float64
    days: Sequence[int]

    @property
    def savings(self) -> Float64:
        """What was used less than the adjusted baseline."""
        return np.asarray(np.round(self.adjusted - self.actual, 6), dtype=np.float64)

    @property
    def rates(self) -> Float64:
        """The same as a share of the adjusted baseline."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.adjusted > 0, self.savings / self.adjusted, np.nan)

    @property
    def uncertainties(self) -> Float64:
        """How far the true savings may be off, in their units; see :func:`regression.uncertainty`."""
        found = [
            np.nan if model is None else regression.uncertainty(model, float(adjusted), days)
            for model, adjusted, days in zip(self.models, self.adjusted, self.days, strict=True)
        ]
        return np.asarray(np.round(found, 6), dtype=np.float64)

    @property
    def uncertainty_rates(self) -> Float64:
        """The same as a share of the savings: fractional savings uncertainty."""
        savings = np.abs(self.savings)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(savings > 0, self.uncertainties / savings, np.nan)


def of_entity(
    site: Site,
    ask: Ask,
    entity: EntityFacts,
    quantity: Quantity,
    parts: Sequence[Part],
    days: tuple[Days, Days],
) -> Normalised:
    """Normalise the energy of an entity.

    Args:
        site: The surroundings.
        ask: What is asked for; it has a base period.
        entity: Whose energy.
        quantity: Energy by category or item; meters have one part, their own category.
        parts: The parts.
        days: Temperatures of the reporting and of the base period.
    """
    now, before = (_energy(site, ask, entity, quantity, parts, span) for span in (ask.reporting, ask.base))
    models: list[Model | None] = []
    adjusted, actual = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
    counts = []
    for row in range(len(parts)):
        model = regression.fit(*_both(days[1], before, row))
        temperatures, energy = _both(days[0], now, row)
        models.append(model)
        counts.append(len(energy) if model is not None else 0)
        if model is not None and len(energy):
            adjusted[row], actual[row] = model.energy(temperatures).sum(), energy.sum()
    return Normalised(parts, models, np.round(adjusted, 6), np.round(actual, 6), counts)


@dataclass(frozen=True, slots=True)
class _Daily:
    """Energy of local days, shape ``(n_parts, n_days)``; nan for days that lack an hour."""

    dates: Instants
    energy: Float64


def _energy(
    site: Site, ask: Ask, entity: EntityFacts, quantity: Quantity, parts: Sequence[Part], span: Span | None
) -> _Daily:
    if span is None or not parts:
        return _Daily(np.empty(0, dtype="datetime64[D]"), np.empty((len(parts), 0)))
    axis = site.days(span, ask)
    keys = [part.id for part in parts]
    table = slots.read(site.dbs, quantity.database, *_of(entity, quantity), axis.axis, keys, judged=False)
    rows = table.by_part([entity.id] if _is_meter(entity) else keys)
    days = local_periods(span.start_utc, span.end_utc, "daily", axis.tz)
    slots_of_day = np.array([(day.end_utc - day.start_utc) / axis.axis.slot for day in days])
    energy = axis.sums(rows.value)
    # A day that the period cuts lacks hours as well.
    energy[axis.counts(~np.isnan(rows.value)) != slots_of_day] = np.nan
    return _Daily(local_dates(axis.starts, axis.tz), energy)


def _of(entity: EntityFacts, quantity: Quantity) -> tuple[Family, list[int]]:
    of = family(entity.kind) if _is_meter(entity) else quantity.family(entity.kind)
    return of, [entity.id]


def _is_meter(entity: EntityFacts) -> bool:
    return entity.kind.endswith("meter")


def _both(days: Days, daily: _Daily, row: int) -> tuple[Float64, Float64]:
    """Temperature and energy of the days that have both."""
    _, of_days, of_daily = np.intersect1d(days.dates, daily.dates, assume_unique=True, return_indices=True)
    temperature, energy = days.means_degc[of_days], daily.energy[row][of_daily]
    known = ~np.isnan(energy)
    return temperature[known], energy[known]
