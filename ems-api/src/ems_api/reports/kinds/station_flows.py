"""What went in and out of stations: this week, this month, this year; all time; over any period.

The hours come from the stations' own tables; a station that has none there gets those of the meters of its
devices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from ems_common.catalog.hourly import family
from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.journal import BEGINNING_UTC
from ems_common.periods import period_start

from ems_api.context import Context
from ems_api.reports import ask as asking
from ems_api.reports import slots, station_facts, viewer
from ems_api.reports.ask import Ask, Ref, Wrapped
from ems_api.reports.buckets import Buckets, Float64, Span, buckets
from ems_api.reports.facts import SYSTEM
from ems_api.reports.site import Site
from ems_api.reports.station_facts import StationFacts
from ems_api.reports.stations import Flow, Station
from ems_api.reports.viewer import Viewer

ENERGY, BILLING, CARBON = "energy_db", "billing_db", "carbon_db"
_INSTALLATION: Final = "3installation"
MEASURES: Final = {"energy": ENERGY, "billing": BILLING, "carbon": CARBON}


@dataclass(frozen=True, slots=True)
class AskStations:
    """A request for all stations a user may see; `v1` as in :class:`Ask`."""

    viewer: Viewer
    zone: ZoneInfo
    v1: bool


@dataclass(frozen=True, slots=True)
class AskStationsOver(Wrapped):
    """A request for all stations a user may see over a period."""

    viewer: Viewer

    @property
    def v1(self) -> bool:
        """Whether the client speaks the newer dialect."""
        return self.ask.v1


@dataclass(frozen=True, slots=True)
class AskStation:
    """A request for one station; `v1` as in :class:`Ask`."""

    ref: Ref
    zone: ZoneInfo
    v1: bool


@dataclass(frozen=True)
class Spell:
    """A recent stretch of time: name and axis, and for each flow the values of each station.

    `values` have the shape ``(n_stations, n_buckets)``; nan without slots.
    """

    name: str
    buckets: Buckets
    values: Mapping[str, Float64]


@dataclass(frozen=True)
class Recent:
    """Stations and their flows over the last seven days, this month and this year."""

    stations: Sequence[StationFacts]
    spells: Sequence[Spell]


@dataclass(frozen=True)
class Totals:
    """Stations and the sums of their flows: measure → flow → shape ``(n_stations,)``; nan without values."""

    stations: Sequence[StationFacts]
    sums: Mapping[str, Mapping[str, Float64]]
    is_online: Mapping[int, bool]


def read_all(ctx: Context) -> AskStations:
    """Read a request for the stations of the user named.

    Raises:
        ApiError: The user is at fault.
    """
    return AskStations(viewer.named(ctx, needs_space=False), asking.zone(ctx), ctx.v1)


def read_all_over(ctx: Context) -> AskStationsOver:
    """Read a request for the stations of the user named, over a period.

    Raises:
        ApiError: A parameter is at fault.
    """
    found = viewer.named(ctx, needs_space=False)
    return AskStationsOver(asking.read(ctx, None), found)


def read_one(ctx: Context, kind: Station, error: str = "") -> AskStation:
    """Read a request for one station.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, ("", kind.route), error or kind.error)
    return AskStation(ref, asking.zone(ctx), ctx.v1)


def recent_of_all(site: Site, wish: AskStations, kind: Station, measure: str, flows: Sequence[str]) -> Recent:
    """Recent flows of all stations the user may see."""
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.stations(session, kind, wish.viewer.scope)
    if not wish.v1:
        # MyEMS' clients see stations that are being installed in lists and dashboards alone.
        found = [station for station in found if station.more.get("phase_of_lifecycle") != _INSTALLATION]
    return _recent(site, kind, found, measure, flows, wish.zone)


def recent_of_one(
    site: Site, wish: AskStation, kind: Station, measure: str, flows: Sequence[str], error: str = ""
) -> Recent:
    """Recent flows of one station.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, wish.ref, site.scope, error)
    return _recent(site, kind, [found], measure, flows, wish.zone)


def spells(now: datetime, zone: ZoneInfo, slot_minutes: int) -> list[tuple[str, Buckets]]:
    """The last seven days, this month by days, this year by months."""
    today = period_start(now, "daily", zone)
    week = period_start(today - timedelta(days=6) + timedelta(hours=12), "daily", zone)
    starts = (
        ("7_days", week, "daily"),
        ("this_month", period_start(now, "monthly", zone), "daily"),
        ("this_year", period_start(now, "yearly", zone), "monthly"),
    )
    return [(name, buckets(Span(start, now), kind, zone, slot_minutes)) for name, start, kind in starts]


def _recent(
    site: Site,
    kind: Station,
    found: Sequence[StationFacts],
    measure: str,
    flows: Sequence[str],
    zone: ZoneInfo,
) -> Recent:
    ids = [station.id for station in found]
    axes = spells(utc_now(), zone, site.slot_minutes)
    values: dict[str, dict[str, Float64]] = {name: {} for name, _ in axes}
    for flow in flows:
        # One read covers the longest of the three; the others lie inside it.
        table = hours(site, kind, kind.flow(flow), MEASURES[measure], ids, _longest(axes, site.slot_minutes))
        for name, axis in axes:
            values[name][flow] = _bucketed(table, axis)
    return Recent(found, [Spell(name, axis, values[name]) for name, axis in axes])


def _longest(axes: Sequence[tuple[str, Buckets]], slot_minutes: int) -> Buckets:
    start = min(axis.span.start_utc for _, axis in axes)
    return buckets(Span(start, axes[0][1].span.end_utc), "daily", axes[0][1].tz, slot_minutes)


def _bucketed(table: slots.SlotTable, axis: Buckets) -> Float64:
    skipped = round((axis.span.start_utc - table.axis.start_utc) / table.axis.slot)
    value = table.value[:, skipped : skipped + axis.axis.count]
    sums = np.round(axis.sums(value), 6)
    sums[axis.counts(~np.isnan(value)) == 0] = np.nan
    return sums


def hours(
    site: Site, kind: Station, flow: Flow, database: str, ids: Sequence[int], axis: Buckets
) -> slots.SlotTable:
    """Slots of a flow, one row per station in this order."""
    table = slots.read(site.dbs, database, family(kind.name, flow.name), ids, axis.axis).by_part(ids)
    empty = [key for row, key in enumerate(ids) if np.isnan(table.value[row]).all()]
    if not empty:
        return table
    with site.dbs.reading(SYSTEM) as session:
        meters = station_facts.flow_meters(session, kind, flow, empty)
    wanted = sorted({meter for of in meters.values() for meter in of})
    of_meters = slots.read(site.dbs, database, family("meter"), wanted, axis.axis).by_part(wanted)
    row_of = {meter: row for row, meter in enumerate(wanted)}
    value, quality = table.value.copy(), table.quality.copy()
    for row, key in enumerate(ids):
        rows = [row_of[meter] for meter in meters.get(key, ())]
        if rows:
            known = ~np.isnan(of_meters.value[rows]).all(axis=0)
            value[row] = np.where(known, np.nansum(of_meters.value[rows], axis=0), np.nan)
            quality[row] = np.bitwise_or.reduce(of_meters.quality[rows], axis=0)
    return slots.SlotTable(table.keys, table.axis, value, quality)


def sums_of(site: Site, kind: Station, flow: Flow, database: str, ids: Sequence[int], span: Span) -> Float64:
    """Sums of a flow over a span, one per station; nan without values."""
    found = slots.totals(site.dbs, database, family(kind.name, flow.name), ids, span)
    empty = [key for key in ids if (key, 0) not in found]
    if empty:
        with site.dbs.reading(SYSTEM) as session:
            meters = station_facts.flow_meters(session, kind, flow, empty)
        wanted = sorted({meter for of in meters.values() for meter in of})
        of_meters = slots.totals(site.dbs, database, family("meter"), wanted, span)
        for key, of in meters.items():
            known = [of_meters[meter, 0] for meter in of if (meter, 0) in of_meters]
            if known:
                found[key, 0] = float(np.round(sum(known), 6))
    return np.array([found.get((key, 0), np.nan) for key in ids], dtype=np.float64)


def totals_of_all(site: Site, wish: AskStations, kind: Station, flows: Sequence[str]) -> Totals:
    """All-time sums of all stations the user may see."""
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.by_phase(station_facts.stations(session, kind, wish.viewer.scope))
    return _totals(site, kind, found, flows, flows, Span(BEGINNING_UTC, utc_now()))


def totals_over(
    site: Site, wish: AskStationsOver, kind: Station, flows: Sequence[str], priced: Sequence[str]
) -> Totals:
    """Sums over a period of all stations the user may see; money and carbon only of some flows."""
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.stations(session, kind, wish.viewer.scope)
    return _totals(site, kind, found, flows, priced, wish.ask.reporting)


def totals_of_one(
    site: Site, wish: AskStation, kind: Station, flows: Sequence[str], error: str = ""
) -> Totals:
    """All-time sums of one station.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, wish.ref, site.scope, error)
    return _totals(site, kind, [found], flows, flows, Span(BEGINNING_UTC, utc_now()))


def _totals(
    site: Site,
    kind: Station,
    found: Sequence[StationFacts],
    flows: Sequence[str],
    priced: Sequence[str],
    span: Span,
) -> Totals:
    ids = [station.id for station in found]
    sums = {
        measure: {
            flow: sums_of(site, kind, kind.flow(flow), database, ids, span)
            for flow in (flows if database == ENERGY else priced)
        }
        for measure, database in MEASURES.items()
    }
    with site.dbs.reading(SYSTEM) as session:
        is_online = online(session, kind, ids)
    return Totals(found, sums, is_online)


SEEN_WITHIN: Final = timedelta(minutes=10)


def online(session: Session, kind: Station, ids: Sequence[int]) -> dict[int, bool]:
    """Whether any data source of each station was heard of lately: one bound to it, or one of its states."""
    result = dict.fromkeys(ids, False)
    for key in _heard_of(session, kind, ids) | _heard_from(session, kind, ids):
        result[key] = True
    return result


def _heard_from(session: Session, kind: Station, ids: Sequence[int]) -> set[int]:
    """Stations of which a point with a state has a data source that was heard of lately."""
    station_of: dict[int, int] = {}
    for device, column in kind.states.values():
        for key, found in station_facts.device_points(session, kind, device, column, ids).items():
            station_of |= {point: key for point, _ in found}
    if not station_of:
        return set()
    rows = session.rows(
        compose(
            "SELECT p.id FROM tbl_points p JOIN tbl_data_sources d ON d.id = p.data_source_id"
            " WHERE p.id IN ({keys}) AND d.last_seen_datetime_utc >= %s",
            keys=marks(list(station_of)),
        ),
        (*station_of, _oldest()),
    )
    return {station_of[point] for (point,) in rows}


def _oldest() -> datetime:
    return (utc_now() - SEEN_WITHIN).replace(tzinfo=None)


def _heard_of(session: Session, kind: Station, ids: Sequence[int]) -> set[int]:
    """Stations with a data source bound to them that was heard of lately."""
    belongs = station_facts.owners(session, kind, ids)
    station_of = {owner: key for key, of in belongs.items() for owner in of}
    if not station_of:
        return set()
    wanted = sorted(station_of)
    rows = session.rows(
        compose(
            "SELECT DISTINCT b.{owner} FROM {prefix}_data_sources b"
            " JOIN tbl_data_sources d ON d.id = b.data_source_id WHERE b.{owner} IN ({keys})"
            " AND d.last_seen_datetime_utc >= %s",
            owner=kind.owner_key,
            prefix=kind.prefix,
            keys=marks(wanted),
        ),
        (*wanted, _oldest()),
    )
    return {station_of[owner] for (owner,) in rows}


def read_over(ctx: Context, kind: Station, error: str) -> Ask:
    """Read a request for one station over a period.

    Raises:
        ApiError: A parameter is at fault.
    """
    return asking.read(ctx, asking.ref(ctx, ("", kind.route), error))
