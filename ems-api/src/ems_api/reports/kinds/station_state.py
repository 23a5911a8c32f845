"""Stations now: live values, today's energy and money, the devices inside with their points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.journal import BEGINNING_UTC
from ems_common.periods import as_datetime64, period_start

from ems_api.context import Context
from ems_api.reports import ask as asking
from ems_api.reports import history, live, station_facts
from ems_api.reports.buckets import Buckets, Float64, Span, buckets
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import Point
from ems_api.reports.kinds.station_flows import BILLING, CARBON, ENERGY, AskStation, hours, online, sums_of
from ems_api.reports.model import Curve, sum_of_known
from ems_api.reports.site import Site, together
from ems_api.reports.station_facts import StationFacts
from ems_api.reports.stations import MICROGRID, STORAGE, Station

_QUARTER: Final = timedelta(minutes=15)
_QUARTERS: Final = 96
_UNKNOWN: Final = "Unknown"


@dataclass(frozen=True)
class Listed:
    """A station with its live values.

    Attributes:
        station: The station.
        is_online: Whether any of its data sources was heard of lately.
        values: Live values and states.
        meanings: What the states mean.
        axis: Hours: those of today, or in lists for MyEMS' clients the last 24 full ones.
        hours: Each flow in these hours; nan without slots.
        today: Sum of each flow since midnight; nan without slots.
    """

    station: StationFacts
    is_online: bool
    values: Mapping[str, float | None]
    meanings: Mapping[str, str]
    axis: Buckets
    hours: Mapping[str, Float64]
    today: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Charged:
    """Sums of a flow: today and in all; nan without values."""

    today: float
    total: float


@dataclass(frozen=True)
class Details:
    """A station in full.

    Attributes:
        listed: The station with its live values and today's hours.
        amounts: Measure → flow → sums.
        curves: Readings of today.
        schedule: When it is meant to charge and discharge: start, end, peak type, power.
        meters: Name of each flow's title, for today's hours.
    """

    listed: Listed
    amounts: Mapping[str, Mapping[str, Charged]]
    curves: Sequence[Curve]
    schedule: Sequence[tuple[Any, Any, str, float]]


@dataclass(frozen=True, slots=True)
class AskNow:
    """A request for all stations the caller may see; `v1` as in :class:`ems_api.reports.ask.Ask`."""

    zone: ZoneInfo
    v1: bool


def read_list(ctx: Context) -> AskNow:
    """Read a request for all stations the caller may see."""
    return AskNow(asking.zone(ctx), ctx.v1)


def list_(site: Site, wish: AskNow, kind: Station, flows: Sequence[str]) -> list[Listed]:
    """All stations the caller may see, with live values."""
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.stations(session, kind, site.scope)
    found = station_facts.by_phase(found)
    return _listed(site, kind, found, flows, _today(wish.zone) if wish.v1 else _last_day(), wish)


def _today(zone: ZoneInfo) -> Span:
    now = utc_now()
    return Span(period_start(now, "daily", zone), now + _QUARTER)


def _last_day() -> Span:
    """The last 24 full hours."""
    end = utc_now().replace(minute=0, second=0, microsecond=0)
    return Span(end - timedelta(days=1), end)


def _listed(
    site: Site,
    kind: Station,
    found: Sequence[StationFacts],
    flows: Sequence[str],
    span: Span,
    wish: AskNow | AskStation,
) -> list[Listed]:
    ids = [station.id for station in found]
    with site.dbs.reading(SYSTEM) as session:
        is_online = online(session, kind, ids)
        points = {
            name: station_facts.device_points(session, kind, device, column, ids)
            for name, (device, column) in kind.states.items()
        }
        every = {point for of in points.values() for found_ in of.values() for point, _ in found_}
        meanings = station_facts.definitions(session, sorted(every))
    values = live.newest(site.dbs, every)
    axis = buckets(span, "hourly", wish.zone, site.slot_minutes)
    since = axis.axis.starts() >= as_datetime64(period_start(utc_now(), "daily", wish.zone))
    tables = {flow: hours(site, kind, kind.flow(flow), ENERGY, ids, axis) for flow in flows}
    result = []
    for row, station in enumerate(found):
        # MyEMS' clients know nothing of a station that is not heard of.
        is_known = wish.v1 or is_online[station.id]
        states: dict[str, float | None] = {}
        texts: dict[str, str] = {}
        for name, of in points.items():
            keys = [point for point, _ in of[station.id]] if is_known else []
            value = values.get(keys[0]) if keys else None
            if name.endswith("power_point_value"):
                value = _together([values.get(point) for point in keys])
            states[name] = value
            declared = meanings.get(keys[0], {}) if keys else {}
            texts[name] = _meaning(value, declared, None if wish.v1 else kind.meanings.get(name))
        of_hours = {flow: table.value[row] for flow, table in tables.items()}
        today = {flow: float(sum_of_known(of_flow[since])) for flow, of_flow in of_hours.items()}
        result.append(Listed(station, is_online[station.id], states, texts, axis, of_hours, today))
    return result


def _together(powers: Sequence[float | None]) -> float | None:
    """What devices of a kind take or give together; None when there are none, or one of them is not known."""
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(powers) else None


def _meaning(value: float | None, of: Mapping[str, str], usual: Mapping[int | None, str] | None) -> str:
    """What a state means: as its point declares it, else as usual, else the number itself."""
    if value is None:
        return "" if usual is None else _UNKNOWN
    text = str(int(value)) if float(value).is_integer() else str(value)
    if of or usual is None:
        return of.get(text, text)
    return usual.get(int(value), usual[None])


def details(site: Site, wish: AskStation, kind: Station, flows: Sequence[str], error: str = "") -> Details:
    """A station in full.

    Raises:
        ApiError: There is no such station.
    """
    with site.dbs.reading(SYSTEM) as session:
        found = station_facts.station(session, kind, wish.ref, site.scope, error)
        points = _curve_points(session, kind, found.id)
        schedule = schedule_of(session, kind, found.id)
    flow_names = [flow.name for flow in kind.flows]
    listed = _listed(site, kind, [found], flow_names, _today(wish.zone), wish)[0]
    today = listed.axis.span
    readings = history.read(site.dbs, points, today) if points else {}
    curves = [history.curve(point, readings) for point in points]
    whole = Span(BEGINNING_UTC, today.end_utc)
    jobs = [(measure, flow) for measure in (ENERGY, BILLING, CARBON) for flow in flows]
    sums = together(
        *(
            partial(sums_of, site, kind, kind.flow(flow), measure, [found.id], span)
            for measure, flow in jobs
            for span in (today, whole)
        )
    )
    amounts: dict[str, dict[str, Charged]] = {}
    for n, (measure, flow) in enumerate(jobs):
        amounts.setdefault(measure, {})[flow] = Charged(float(sums[2 * n][0]), float(sums[2 * n + 1][0]))
    return Details(listed, amounts, curves, schedule)


def _curve_points(session: Session, kind: Station, station_id: int) -> list[Point]:
    names: dict[int, str] = {}
    for device, column in kind.curves:
        for point, name in station_facts.device_points(session, kind, device, column, [station_id])[
            station_id
        ]:
            names.setdefault(point, name)
    return points_of(session, names)


def points_of(session: Session, names: Mapping[int, str]) -> list[Point]:
    """Points with their names put after those of their devices."""
    if not names:
        return []
    rows = session.rows(
        compose(
            "SELECT id, name, units, object_type FROM tbl_points WHERE id IN ({keys})",
            keys=marks(list(names)),
        ),
        list(names),
    )
    by_key = {row[0]: row for row in rows}
    return [
        Point(key, f"{name} - {by_key[key][1]}", by_key[key][2], by_key[key][3])
        for key, name in names.items()
        if key in by_key
    ]


def schedule_of(session: Session, kind: Station, station_id: int) -> list[tuple[Any, Any, str, float]]:
    """When a station is meant to charge and discharge; stations without batteries have none."""
    if kind not in (STORAGE, MICROGRID):
        return []
    of = station_facts.owners(session, kind, [station_id])[station_id]
    if not of:
        return []
    rows = session.rows(
        compose(
            "SELECT start_time_of_day, end_time_of_day, peak_type, power + 0E0"
            " FROM {prefix}_schedules WHERE {owner} IN ({keys}) ORDER BY start_time_of_day",
            prefix=kind.prefix,
            owner=kind.owner_key,
            keys=marks(of),
        ),
        of,
    )
    return [(start, end, peak, power) for start, end, peak, power in rows]


def quarters(schedule: Sequence[tuple[Any, Any, str, float]]) -> list[float]:
    """Scheduled power of every quarter of an hour of a day [kW]."""
    result = np.zeros(_QUARTERS)
    starts = np.arange(_QUARTERS) * _QUARTER.total_seconds()
    for start, end, _, power in schedule:
        last = _seconds(end) or 86_400
        result[(starts >= _seconds(start)) & (starts < last)] += power
    return [float(value) for value in result]


def half_hours(schedule: Sequence[tuple[Any, Any, str, float]]) -> list[float]:
    """Scheduled powers as MyEMS' clients know them: one for each half hour begun, line after line [kW]."""
    half_hour_s = 1800
    return [
        power
        for start, end, _, power in schedule
        for _ in range(-int((_seconds(start) - _seconds(end)) // half_hour_s))
    ]


def _seconds(at: Any) -> float:
    if isinstance(at, time):
        return float(at.hour * 3600 + at.minute * 60 + at.second)
    return float(at.total_seconds())
