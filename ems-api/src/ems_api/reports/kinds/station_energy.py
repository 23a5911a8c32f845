"""Energy and money of a station over a period, and what its points measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ems_common.catalog import TABLES
from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.tariffs import PEAK_TYPES
from numpy.typing import NDArray

from ems_api.context import Context
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import history, slots, station_facts, tariffs
from ems_api.reports.ask import Ask, Ref, Wrapped
from ems_api.reports.buckets import Buckets, Float64, Span
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds.readings import of_points
from ems_api.reports.kinds.station_flows import BILLING, hours
from ems_api.reports.kinds.station_state import points_of
from ems_api.reports.model import Curve, Part, Quality, judge, sum_of_known
from ems_api.reports.site import Site
from ems_api.reports.station_facts import StationFacts
from ems_api.reports.stations import Flow, Station

_MICROGRID_FLOWS: Final = (
    ("charge", "Charge"),
    ("discharge", "Discharge"),
    ("grid_buy", "Buy"),
    ("grid_sell", "Sell"),
    ("load", ""),
    ("photovoltaic", ""),
    ("evcharger", ""),
)
"""Flows of a microgrid in the order and by the endings that MyEMS' clients know; the last two are ours."""
MOST_POINTS: Final = 50
"""Points whose readings one report shows."""


@dataclass(frozen=True)
class FlowPeriod:
    """Flows over one period: arrays with one row per flow; nan where there is no value, or no tariff."""

    buckets: Buckets
    values: Float64
    totals: Float64
    peaks: Float64
    quality: Quality


@dataclass(frozen=True)
class StationEnergy:
    """Flows of a station.

    Attributes:
        station: The station.
        titles: Names of the flows, after those of the devices that measure them.
        names: The same as MyEMS' clients know them.
        category: Energy category of all of them.
        unit: Unit of the values.
        reporting: The period of interest.
        base: What it is compared with, or None.
        timeofuses: Peak type of each bucket of hours; "" for longer ones.
        curves: What points measured.
    """

    station: StationFacts
    titles: Sequence[str]
    names: Sequence[str]
    category: Part
    unit: str
    reporting: FlowPeriod
    base: FlowPeriod | None
    timeofuses: Sequence[str]
    curves: Sequence[Curve]


def build(site: Site, ask: Ask, kind: Station, database: str, error: str) -> StationEnergy:
    """Flows of a station over a period.

    Raises:
        ApiError: There is no such station, or no energy category.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, ask.ref or Ref(0), site.scope, error)
    category = electricity(site)
    axis = site.buckets(ask.reporting, ask)
    tables = [hours(site, kind, flow, database, [found.id], axis) for flow in kind.flows]
    value = np.vstack([table.value for table in tables])
    quality = np.vstack([table.quality for table in tables])
    of_tariff = _tariff(site, found, category, axis)
    unit = ask.currency if database == BILLING else category.unit
    titles = [flow.title for flow in kind.flows]
    period = _period(site, axis, value, quality, of_tariff.peaks)
    return StationEnergy(found, titles, titles, category, unit, period, None, _types(axis, of_tariff), [])


def electricity(site: Site) -> Part:
    """The category of electricity: the first that is counted in kWh, else the first.

    Raises:
        ApiError: There is no energy category at all.
    """
    categories = list(site.facts.categories().values())
    if not categories:
        raise missing("ENERGY_CATEGORY_NOT_FOUND")
    return next((part for part in categories if part.unit == "kWh"), categories[0])


def _tariff(site: Site, station: StationFacts, category: Part, axis: Buckets) -> tariffs.Curves:
    of = site.tariffs(station.cost_center.id if station.cost_center else 0)
    return tariffs.curves(of.get(category.id, ()), axis.axis, axis.tz)


def _period(site: Site, axis: Buckets, value: Float64, bits: NDArray[np.uint8], peaks: Float64) -> FlowPeriod:
    quality = judge(axis, value, bits, site.elapsed(axis.axis))
    filled = np.nan_to_num(value)
    sums = np.round(axis.sums(filled), 6)
    sums[quality.bits < 0] = np.nan
    totals = sum_of_known(value)
    by_type = np.round(filled @ peaks.T, 6)
    by_type[np.isnan(totals) | (not peaks.any())] = np.nan
    return FlowPeriod(axis, sums, totals, by_type, quality)


def _types(axis: Buckets, of_tariff: tariffs.Curves) -> list[str]:
    """The peak type that holds for most of each hour."""
    if axis.period_type != "hourly":
        return [""] * len(axis)
    shares = axis.sums(of_tariff.peaks)
    best = shares.argmax(axis=0)
    return [PEAK_TYPES[n] if shares[n, column] > 0 else "" for column, n in enumerate(best)]


def of_microgrid(site: Site, ask: Ask, kind: Station, error: str) -> StationEnergy:
    """Energy of a microgrid, device by device, with the power of its devices as curves.

    Raises:
        ApiError: There is no such microgrid, or no energy category.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, ask.ref or Ref(0), site.scope, error)
        rows = [
            (meter, f"{name} - {kind.flow(flow).title}", f"{name}-{ending}" if ending else name)
            for flow, ending in _MICROGRID_FLOWS
            for meter, name in _metered(session, kind, kind.flow(flow), found.id)
        ]
        names: dict[int, str] = {}
        for device, column in kind.curves:
            of = station_facts.device_points(session, kind, device, column, [found.id])[found.id]
            names |= dict(of)
        points = [] if ask.quick else points_of(session, names)
    category = electricity(site)
    meters = [meter for meter, *_ in rows]
    periods = [_of_meters(site, ask, meters, span) for span in (ask.reporting, ask.base) if span is not None]
    readings = history.read(site.dbs, points, ask.reporting) if points else {}
    curves = [history.curve(point, readings) for point in points]
    return StationEnergy(
        found,
        [title for _, title, _ in rows],
        [name for *_, name in rows],
        category,
        category.unit,
        periods[0],
        periods[1] if ask.base else None,
        [],
        curves,
    )


def _metered(session: Session, kind: Station, flow: Flow, station_id: int) -> list[tuple[int, str]]:
    return station_facts.device_points(session, kind, flow.device, flow.meter, [station_id])[station_id]


def _of_meters(site: Site, ask: Ask, meters: Sequence[int], span: Span) -> FlowPeriod:
    axis = site.buckets(span, ask)
    table = slots.read(site.dbs, "energy_db", family("meter"), sorted(set(meters)), axis.axis).by_part(meters)
    return _period(site, axis, table.value, table.quality, np.zeros((len(PEAK_TYPES), axis.axis.count)))


# --- readings ---


@dataclass(frozen=True, slots=True)
class AskPoints(Wrapped):
    """A request for the readings of points."""

    point_ids: tuple[int, ...]


@dataclass(frozen=True)
class Parameters:
    """Readings of points, of a station where it was named."""

    station: StationFacts | None
    curves: Sequence[Curve]


def read_points(ctx: Context) -> AskPoints:
    """Read a request for the readings of points.

    Raises:
        ApiError: A parameter is at fault.
    """
    texts = [text.strip() for text in ctx.query("pointids").split(",") if text.strip()]
    if len(texts) > MOST_POINTS or not all(text.isascii() and text.isdigit() for text in texts):
        raise invalid("INVALID_POINT_ID", field="pointids")
    return AskPoints(asking.read(ctx, None, has_period_type=False), tuple(int(text[:19]) for text in texts))


def points(site: Site, wish: AskPoints) -> Parameters:
    """Readings of points."""
    return Parameters(None, of_points(site, wish.point_ids, wish.ask.reporting))


def read_station(ctx: Context, kind: Station) -> Ask:
    """Read a request for the readings of a station's points.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, ("", kind.route), kind.error)
    return asking.read(ctx, ref, has_period_type=False)


def of_station(site: Site, ask: Ask, kind: Station, device: str) -> Parameters:
    """Readings of all points that the devices of a station name.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, ask.ref or Ref(0), site.scope)
        columns = [
            column.name
            for column in TABLES[SYSTEM][f"{kind.prefix}_{device}"].columns
            if column.name.endswith("_point_id")
        ]
        names: dict[int, str] = {}
        for column in columns:
            for point, name in station_facts.device_points(session, kind, device, column, [found.id])[
                found.id
            ]:
                names.setdefault(point, name)
        shown = points_of(session, dict(list(names.items())[:MOST_POINTS]))
    readings = history.read(site.dbs, shown, ask.reporting) if shown else {}
    return Parameters(found, [history.curve(point, readings) for point in shown])
