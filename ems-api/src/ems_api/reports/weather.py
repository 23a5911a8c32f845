"""Degree days of a report's periods, its changes with the weather taken out, and its baseline adjusted to it.

Days are judged as Eurostat does ("Heating and cooling degree days", nrg_chdd): a day whose mean temperature
is 15 °C or less counts 18 °C less its mean as heating degree days, one of 24 °C or more counts its mean less
21 °C as cooling degree days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from typing import Any, Final

import numpy as np
from ems_common.clock import utc_now
from ems_common.periods import as_datetime64, local_seconds_of_day
from numpy.typing import NDArray

from ems_api.context import Context
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import history, normalised
from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, Instants, Span, local_dates
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import NOTHING, Point, Readings
from ems_api.reports.kinds.meters import MeterReport
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import Part, SumReport
from ems_api.reports.normalised import Days, Normalised
from ems_api.reports.regression import CONFIDENCE
from ems_api.reports.render import pieces
from ems_api.reports.site import Site

PARAMETER: Final = "weatherpointid"
HEATING_LIMIT_DEGC: Final = 15.0
HEATING_BASE_DEGC: Final = 18.0
COOLING_LIMIT_DEGC: Final = 24.0
COOLING_BASE_DEGC: Final = 21.0
_QUARTERS: Final = 4
_QUARTER_S: Final = 86_400 // _QUARTERS


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """Degree days of a period.

    Attributes:
        heating: Heating degree days [K d]; nan when no day has a temperature.
        cooling: Cooling degree days [K d]; the same.
        days: Local days that the period touches.
        measured: Those of them that have a temperature; the others count nothing.
        begun: Days that the period touches and that have begun.
    """

    heating: float
    cooling: float
    days: int
    measured: int
    begun: int

    @property
    def has_all(self) -> bool:
        """Whether every day that has begun has a temperature."""
        return 0 < self.measured == self.begun

    @property
    def whole(self) -> DegreeDays:
        """What the energy of the whole period may be set against: not known unless all its days are."""
        return self if self.has_all else replace(self, heating=np.nan, cooling=np.nan)


@dataclass(frozen=True)
class Weather:
    """The weather of a report's periods.

    Attributes:
        point_name: Where it was measured.
        reporting: Degree days of the reporting period.
        base: Those of the base period, or None.
        heating_changes: Changes of the energy per heating degree day, shape ``(n_parts,)``; None where the
            report has none.
        cooling_changes: The same per cooling degree day.
        normalised: Savings against the baseline adjusted to the weather, for reports on energy.
    """

    point_name: str
    reporting: DegreeDays
    base: DegreeDays | None = None
    heating_changes: Float64 | None = None
    cooling_changes: Float64 | None = None
    normalised: Normalised | None = None


def days_of(readings: Readings, tz: tzinfo, span: Span) -> Days:
    """Means of the local days that were measured: those with a reading in each quarter of the day.

    Four evenly spaced observations are the fewest that make a day's mean (WMO-No. 100, "Guide to
    Climatological Practices"). A quarter that lies partly outside the span, or is not over, may be without.
    """
    dates, day = np.unique(local_dates(readings.times, tz), return_inverse=True)
    means = np.bincount(day, readings.values, len(dates)) / np.bincount(day, minlength=len(dates))
    is_seen = np.zeros((len(dates), _QUARTERS), dtype=np.bool_)
    is_seen[day, local_seconds_of_day(readings.times, tz) // _QUARTER_S] = True
    is_measured = (is_seen | ~_whole_quarters(dates, tz, span)).all(axis=1)
    return Days(dates[is_measured], means[is_measured])


def _whole_quarters(dates: Instants, tz: tzinfo, span: Span) -> NDArray[np.bool_]:
    """Which quarters of these local dates lie within the part of a span that is over."""
    ends = np.array([as_datetime64(span.start_utc), as_datetime64(min(span.end_utc, utc_now()))])
    (first, last), (from_s, until_s) = local_dates(ends, tz), local_seconds_of_day(ends, tz)
    starts_s = np.arange(_QUARTERS) * _QUARTER_S
    result = np.ones((len(dates), _QUARTERS), dtype=np.bool_)
    result[dates == first] &= starts_s >= from_s
    result[dates == last] &= starts_s + _QUARTER_S <= until_s
    return result


def degree_days(found: Days, span: Span, tz: tzinfo) -> DegreeDays:
    """Degree days of a period of which the temperatures of some days are known."""
    edges = np.array(
        [span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)], "datetime64[s]"
    )
    first, last = local_dates(edges - np.array([0, 1], dtype="timedelta64[s]"), tz)
    days = int((last - first).astype(np.int64)) + 1
    today = local_dates(np.array([utc_now().replace(tzinfo=None)], "datetime64[s]"), tz)[0]
    begun = min(days, max(0, int((today - first).astype(np.int64)) + 1))
    means = found.means_degc
    if not len(means):
        return DegreeDays(np.nan, np.nan, days, 0, begun)
    cold, hot = means <= HEATING_LIMIT_DEGC, means >= COOLING_LIMIT_DEGC
    heating = float((HEATING_BASE_DEGC - means[cold]).sum())
    cooling = float((means[hot] - COOLING_BASE_DEGC).sum())
    return DegreeDays(heating, cooling, days, len(means), begun)


def of_report(ctx: Context, site: Site, ask: Ask, value: object, energy: Quantity | None) -> Weather | None:
    """The weather of a report; None unless a point of outdoor temperature is named.

    Args:
        ctx: The request.
        site: The surroundings.
        ask: What was asked for.
        value: The report. Sums and meters have changes; others only get the degree days.
        energy: The energy that its baseline is adjusted for; None for reports on anything else.

    Raises:
        ApiError: The point does not exist, may not be seen, or measures no temperature.
    """
    if not ctx.query(PARAMETER):
        return None
    point = _point(site, asking.number(ctx, PARAMETER, "INVALID_POINT_ID"))
    days = _days(site, point, ask.reporting, ask)
    now = degree_days(days, ask.reporting, ask.zone)
    if ask.base is None:
        return Weather(point.name, now)
    days_before = _days(site, point, ask.base, ask)
    before = degree_days(days_before, ask.base, ask.zone)
    if not isinstance(value, SumReport | MeterReport) or value.base is None:
        return Weather(point.name, now, before)
    totals, earlier = value.reporting.totals, value.base.totals
    both = (days, days_before)
    return Weather(
        point.name,
        now,
        before,
        _change(totals, now.whole.heating, earlier, before.whole.heating),
        _change(totals, now.whole.cooling, earlier, before.whole.cooling),
        normalised.of_entity(site, ask, value.entity, energy, _parts(value), both) if energy else None,
    )


def _parts(value: SumReport | MeterReport) -> Sequence[Part]:
    return [value.category] if isinstance(value, MeterReport) else value.parts


def shown(weather: Weather, *, v1: bool) -> dict[str, Any]:
    """The member `weather` of a report's answer; MyEMS' clients are shown 0 where a figure is not known."""
    result: dict[str, Any] = {
        "point_name": weather.point_name,
        "reporting_period": _shown(weather.reporting, v1=v1),
    }
    if weather.base is not None:
        result["base_period"] = _shown(weather.base, v1=v1)
    if weather.heating_changes is not None:
        result["heating_increment_rates"] = weather.heating_changes
        result["cooling_increment_rates"] = weather.cooling_changes
    if weather.normalised is not None:
        result["baseline"] = _baseline(weather.normalised)
    return result


def _baseline(found: Normalised) -> dict[str, Any]:
    return {
        "names": [part.name for part in found.parts],
        "units": [part.unit for part in found.parts],
        "models": [None if model is None else asdict(model) for model in found.models],
        "adjusted": found.adjusted,
        "actual": found.actual,
        "savings": found.savings,
        "saving_rates": found.rates,
        "saving_uncertainties": found.uncertainties,
        "saving_uncertainty_rates": found.uncertainty_rates,
        "confidence": CONFIDENCE,
        "days": list(found.days),
    }


def _point(site: Site, key: int) -> Point:
    with site.dbs.reading(SYSTEM) as session:
        row = session.row("SELECT id, name, units, object_type FROM tbl_points WHERE id = %s", (key,))
    if row is None or not site.scope.has("tbl_points", key):
        raise missing("POINT_NOT_FOUND")
    point = Point(*row)
    if point.object_type != "ANALOG_VALUE" or point.units.replace(" ", "") not in {"°C", "℃", "degC", "C"}:
        raise invalid(
            "INVALID_POINT_ID", field=PARAMETER, detail="the point does not measure a temperature in °C"
        )
    return point


def _days(site: Site, point: Point, span: Span, ask: Ask) -> Days:
    # A temperature that is itself estimated is no measured day.
    return days_of(history.read(site.dbs, [point], span).get(point.id, NOTHING).measured, ask.zone, span)


def _shown(found: DegreeDays, *, v1: bool) -> dict[str, float | int]:
    return {
        "heating_degree_days": pieces.shown_one(round(found.heating, 3), v1=v1),
        "cooling_degree_days": pieces.shown_one(round(found.cooling, 3), v1=v1),
        "days": found.days,
        "days_measured": found.measured,
    }


def _change(now: Float64, degrees: float, before: Float64, degrees_before: float) -> Float64:
    """Relative change of the energy per degree day; nan where a period has none, or they are not known."""
    if not (degrees > 0 and degrees_before > 0):
        return np.full(now.shape, np.nan)
    per_degree, per_degree_before = now / degrees, before / degrees_before
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(per_degree_before > 0, per_degree / per_degree_before - 1, np.nan)
