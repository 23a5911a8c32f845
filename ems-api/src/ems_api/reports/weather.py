"""Degree days of a report's periods, and its changes with the weather taken out.

Days are judged as Eurostat does ("Heating and cooling degree days", nrg_chdd): a day whose mean temperature
is 15 °C or less counts 18 °C less its mean as heating degree days, one of 24 °C or more counts its mean less
21 °C as cooling degree days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

import numpy as np

from ems_api.context import Context
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import history
from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, Span, local_dates
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import NOTHING, Point, Readings
from ems_api.reports.kinds.meters import MeterReport
from ems_api.reports.model import SumReport
from ems_api.reports.site import Site

PARAMETER: Final = "weatherpointid"
HEATING_LIMIT_DEGC: Final = 15.0
HEATING_BASE_DEGC: Final = 18.0
COOLING_LIMIT_DEGC: Final = 24.0
COOLING_BASE_DEGC: Final = 21.0


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """Degree days of a period.

    Attributes:
        heating: Heating degree days [K d].
        cooling: Cooling degree days [K d].
        days: Local days that the period touches.
        measured: Those of them that have a temperature; the others count nothing.
    """

    heating: float
    cooling: float
    days: int
    measured: int


def degree_days(readings: Readings, span: Span, tz: tzinfo) -> DegreeDays:
    """Degree days of the temperatures [°C] of a period."""
    edges = np.array(
        [span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)], "datetime64[s]"
    )
    first, last = local_dates(edges - np.array([0, 1], dtype="timedelta64[s]"), tz)
    days = int((last - first).astype(np.int64)) + 1
    _, day = np.unique(local_dates(readings.times, tz), return_inverse=True)
    means = np.bincount(day, readings.values) / np.maximum(np.bincount(day), 1)
    cold, hot = means <= HEATING_LIMIT_DEGC, means >= COOLING_LIMIT_DEGC
    heating = float((HEATING_BASE_DEGC - means[cold]).sum())
    cooling = float((means[hot] - COOLING_BASE_DEGC).sum())
    return DegreeDays(heating, cooling, days, len(means))


def of_report(ctx: Context, site: Site, ask: Ask, value: object) -> dict[str, Any] | None:
    """The member `weather` of a report; None unless a point of outdoor temperature is named.

    Args:
        ctx: The request.
        site: The surroundings.
        ask: What was asked for.
        value: The report. Sums and meters have changes; others only get the degree days.

    Raises:
        ApiError: The point does not exist, may not be seen, or measures no temperature.
    """
    if not ctx.query(PARAMETER):
        return None
    point = _point(site, asking.number(ctx, PARAMETER, "INVALID_POINT_ID"))
    now = _of_span(site, point, ask.reporting, ask)
    result: dict[str, Any] = {"point_name": point.name, "reporting_period": _shown(now)}
    if ask.base is None:
        return result
    before = _of_span(site, point, ask.base, ask)
    result["base_period"] = _shown(before)
    if isinstance(value, SumReport | MeterReport) and value.base is not None:
        totals, earlier = value.reporting.totals, value.base.totals
        result["heating_increment_rates"] = _change(totals, now.heating, earlier, before.heating)
        result["cooling_increment_rates"] = _change(totals, now.cooling, earlier, before.cooling)
    return result


def _point(site: Site, key: int) -> Point:
    with site.dbs.session(SYSTEM) as session:
        row = session.row("SELECT id, name, units, object_type FROM tbl_points WHERE id = %s", (key,))
    if row is None or not site.scope.has("tbl_points", key):
        raise missing("POINT_NOT_FOUND")
    point = Point(*row)
    if point.object_type != "ANALOG_VALUE" or point.units.replace(" ", "") not in {"°C", "℃", "degC", "C"}:
        raise invalid(
            "INVALID_POINT_ID", field=PARAMETER, detail="the point does not measure a temperature in °C"
        )
    return point


def _of_span(site: Site, point: Point, span: Span, ask: Ask) -> DegreeDays:
    readings = history.read(site.dbs, [point], span).get(point.id, NOTHING)
    return degree_days(readings, span, ask.zone)


def _shown(found: DegreeDays) -> dict[str, float | int]:
    return {
        "heating_degree_days": round(found.heating, 3),
        "cooling_degree_days": round(found.cooling, 3),
        "days": found.days,
        "days_measured": found.measured,
    }


def _change(now: Float64, degrees: float, before: Float64, degrees_before: float) -> Float64:
    """Relative change of the energy per degree day; nan where either period has none."""
    if degrees <= 0 or degrees_before <= 0:
        return np.full(now.shape, np.nan)
    per_degree, per_degree_before = now / degrees, before / degrees_before
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(per_degree_before > 0, per_degree / per_degree_before - 1, np.nan)
