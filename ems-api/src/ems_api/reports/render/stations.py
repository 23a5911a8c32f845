"""Reports of stations in MyEMS' shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, local_labels
from ems_api.reports.kinds.station_devices import AskInside, DeviceState, PointValue
from ems_api.reports.kinds.station_energy import AskPoints, FlowPeriod, Parameters, StationEnergy
from ems_api.reports.kinds.station_flows import (
    BILLING,
    CARBON,
    ENERGY,
    AskStation,
    AskStations,
    AskStationsOver,
    Recent,
    Totals,
)
from ems_api.reports.kinds.station_state import AskNow, Charged, Details, Listed, half_hours, quarters
from ems_api.reports.model import sum_of_known
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json
from ems_api.reports.station_facts import Named, StationFacts
from ems_api.reports.stations import Station
from ems_api.wall_clock import show_time

_PEAK_NAMES: Final = {
    "toppeak": "Top-Peak",
    "onpeak": "On-Peak",
    "midpeak": "Mid-Peak",
    "offpeak": "Off-Peak",
    "deep": "Deep-Valley",
}
"""As MyEMS' clients know the peak types of schedules."""


def facts(station: StationFacts, kind: Station) -> Json:
    """A station as its reports begin with it."""
    return {
        "id": station.id,
        "name": station.name,
        "uuid": station.uuid,
        "address": station.address,
        "space_name": station.space_name,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "rated_capacity": station.rated_capacity,
        "rated_power": station.rated_power,
        "contact": _named(station.contact),
        "cost_center": _named(station.cost_center),
        "description": station.description,
        "qrcode": f"{kind.qrcode}:{station.uuid}",
        **station.more,
    }


def _named(of: Named | None) -> Json | None:
    return None if of is None else {"id": of.id, "name": of.name, "uuid": of.uuid}


def recent_of_all(report: Recent, wish: AskStations, kind: Station, *, with_totals: bool) -> Json:
    """Recent flows of all stations."""
    return {
        f"{kind.name}_names": [station.name for station in report.stations],
        "reporting": _spells(report, wish, with_totals=with_totals),
    }


def recent_of_one(report: Recent, wish: AskStation, kind: Station) -> Json:
    """Recent flows of one station."""
    return {kind.name: facts(report.stations[0], kind), "reporting": _spells(report, wish, with_totals=False)}


def _spells(report: Recent, wish: AskStation | AskStations, *, with_totals: bool) -> Json:
    result: Json = {}
    for spell in report.spells:
        for flow, values in spell.values.items():
            found: Json = {
                "timestamps_array": [spell.buckets.labels for _ in report.stations],
                "values_array": pieces.shown(values, v1=wish.v1),
            }
            if with_totals:
                found["total_values"] = pieces.shown(sum_of_known(values), v1=wish.v1)
            result[f"{flow}_{spell.name}"] = found
    return result


def totals_of_all(report: Totals, wish: AskStations | AskStationsOver, kind: Station) -> Json:
    """All stations with their sums."""
    lines = []
    for row, station in enumerate(report.stations):
        status = "online" if report.is_online[station.id] else "offline"
        line = facts(station, kind) | {"status": status}
        for measure, flows in report.sums.items():
            line |= {
                f"subtotal_{flow}_{measure}": pieces.shown_one(float(of[row]), v1=wish.v1)
                for flow, of in flows.items()
            }
        lines.append(line)
    online = sum(report.is_online.values())
    return {
        f"{kind.name}s": lines,
        "total_rated_capacity": sum(station.rated_capacity for station in report.stations),
        "total_rated_power": sum(station.rated_power for station in report.stations),
        "total_online": online,
        "total_offline": len(lines) - online,
        "total_locked": 0,
        **_sums(report, v1=wish.v1),
    }


def totals_of_one(report: Totals, _wish: AskStation, kind: Station) -> Json:
    """One station with its sums; null where nothing is known, as in MyEMS."""
    # The sums of one station are its own.
    return {kind.name: facts(report.stations[0], kind), **_sums(report, v1=True)}


def _sums(report: Totals, *, v1: bool) -> Json:
    return {
        f"total_{flow}_{measure}": pieces.shown_one(float(sum_of_known(of)), v1=v1)
        for measure, flows in report.sums.items()
        for flow, of in flows.items()
    }


def listed(report: Sequence[Listed], wish: AskNow, kind: Station) -> list[Json]:
    """All stations with live values."""
    return [_line(of, wish, kind) for of in report]


def _line(of: Listed, wish: AskNow, kind: Station) -> Json:
    result = facts(of.station, kind) | _states(of) | {"is_online": of.is_online}
    for flow, values in of.hours.items():
        times, known = _known(of, values)
        if not wish.v1:
            times, known = _wall_clock(of, times, known)
        # The one flow of photovoltaics goes without its name.
        prefix = "" if flow == "generation" else f"{flow}_"
        result |= {f"{prefix}times": times, f"{prefix}values": known}
        result[f"today_total_{flow}"] = pieces.shown_one(of.today[flow], v1=wish.v1)
    return result


def _wall_clock(of: Listed, times: list[str], known: Float64) -> tuple[list[str], Float64]:
    """Hours as MyEMS' clients know them: by the wall clock alone, all of them 0 where none is known."""
    if not times:
        times, known = local_labels(of.axis.axis.starts(), of.axis.tz), np.zeros(of.axis.axis.count)
    return [time[11:16] for time in times], known


def _known(of: Listed, values: Float64) -> tuple[list[str], Float64]:
    present = ~np.isnan(values)
    return local_labels(of.axis.axis.starts()[present], of.axis.tz), np.ascontiguousarray(values[present])


def _states(of: Listed) -> Json:
    return {
        name: value if name.endswith("_value") else of.meanings[name] for name, value in of.values.items()
    }


def details(report: Details, wish: AskStation, kind: Station) -> Json:
    """A station in full."""
    of = report.listed
    station = facts(of.station, kind) | _states(of)
    station |= {"svg": of.station.svg, "is_online": of.is_online}
    result: Json = {
        kind.name: station,
        "reporting_period": _today(of, kind),
        "energy_indicators": _indicators(report.amounts[ENERGY], "energy"),
        "revenue_indicators": _indicators(report.amounts[BILLING], "revenue"),
        "carbon_indicators": _indicators(report.amounts[CARBON], "carbon"),
        "schedule": schedule(report.schedule, wish)["schedule"],
        "parameters": pieces.parameters(report.curves, wish.zone),
    }
    if "generation" in report.amounts[ENERGY]:
        result["energy_indicators"]["performance_ratio"] = _performance(report, wish)
    return result


def _performance(report: Details, wish: AskStation) -> float | None:
    """Equivalent full-load hours of today; the irradiation a true ratio needs is not known.

    MyEMS' clients know it as energy in per cent of what full load gives in one hour.
    """
    capacity = report.listed.station.rated_capacity
    today = report.amounts[ENERGY]["generation"].today
    return pieces.number(today / capacity * (1 if wish.v1 else 100)) if capacity else None


def _today(of: Listed, kind: Station) -> Json:
    """Today's hours of every flow that has any."""
    flows = [flow for flow in kind.flows if flow.name in of.hours and not np.isnan(of.hours[flow.name]).all()]
    known = [_known(of, of.hours[flow.name]) for flow in flows]
    return {
        "names": [flow.title for flow in flows],
        "units": ["kWh" for _ in flows],
        "subtotals": [float(np.round(values.sum(), 6)) for _, values in known],
        "increment_rates": [],
        "timestamps": [times for times, _ in known],
        "values": [values for _, values in known],
    }


def _indicators(amounts: Mapping[str, Charged], name: str) -> Json:
    result: Json = {}
    for flow, of in amounts.items():
        result[f"today_{flow}_{name}_value"] = pieces.number(of.today)
        result[f"total_{flow}_{name}_value"] = pieces.number(of.total)
    return result


def schedule(found: Sequence[tuple[Any, Any, str, float]], wish: AskStation | AskInside) -> Json:
    """When a station is meant to charge and discharge."""
    names = {} if wish.v1 else _PEAK_NAMES
    return {
        "schedule": {
            "series_data": quarters(found) if wish.v1 else half_hours(found),
            "schedule_list": [
                {
                    "start_time_of_day": show_time(start),
                    "end_time_of_day": show_time(end),
                    "peak_type": names.get(peak, peak),
                    "power": power,
                }
                for start, end, peak, power in found
            ],
        }
    }


def devices(found: Sequence[DeviceState], wish: AskInside) -> list[Json]:
    """Devices with their points; for MyEMS' clients without those that have no value."""
    return [
        {"id": device.id, "name": device.name, "uuid": device.uuid, "points": _points(device.points, wish)}
        for device in found
    ]


def _points(points: Sequence[PointValue], wish: AskInside) -> list[list[Any]]:
    if wish.v1:
        return [[point.name, point.units, point.description, point.value, point.meanings] for point in points]
    return [
        [point.name, point.units, point.description, point.value]
        for point in points
        if point.value is not None
    ]


def battery_meters(found: Sequence[DeviceState], wish: AskInside) -> list[Json]:
    """Batteries with the points of their meters; for MyEMS' clients all of them as one, each point once."""
    if wish.v1:
        return devices(found, wish)
    points = dict.fromkeys(point for device in found for point in device.points)
    return [{"points": _points(list(points), wish)}]


def invertors(found: Sequence[DeviceState], _wish: Any) -> list[Json]:
    """Inverters, each of their columns with its newest value."""
    return [_invertor(device.columns) for device in found]


def _invertor(columns: Mapping[str, Any]) -> Json:
    result: Json = {}
    for name, value in columns.items():
        shown = name.removesuffix("_point_id")
        if shown.endswith("_state"):
            result[shown] = "" if value is None else f"{value:g}"
        elif shown.endswith("_time"):
            # A point holds a number; MyEMS declares an instant here and never has one.
            result[shown] = None
        elif name.endswith("_point_id") or shown == name:
            result[shown] = value
    return result


def power_meters(found: Sequence[DeviceState], wish: AskInside) -> list[Json]:
    """Meters of grid and loads, each of their columns with its newest value."""
    return [
        {
            name.removesuffix("_id") if name.endswith("_point_id") else name: value
            for name, value in device.columns.items()
            if name in {"id", "uuid"} or name.endswith("_point_id")
        }
        | {"name": device.name if wish.v1 else f"{device.station}-{device.name}"}
        for device in found
    ]


def commands(found: Sequence[tuple[Any, ...]], wish: AskInside) -> list[Json]:
    """Commands of a station; for MyEMS' clients their names begin with that of their container."""
    names = ("id", "name", "uuid", "topic", "payload", "set_value", "description")
    lines = [(container, dict(zip(names, row, strict=True))) for container, *row, _ in found]
    if wish.v1:
        # A command that two containers share is one.
        return list({line["id"]: line for _, line in lines}.values())
    return [line | {"name": f"{container}-{line['name']}"} for container, line in lines]


def energy(report: StationEnergy, ask: Ask, kind: Station) -> Json:
    """Flows of a station over a period."""
    result: Json = {
        kind.name: facts(report.station, kind),
        "reporting_period": _period(report, report.reporting, ask),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }
    result["base_period"] = _period(report, report.base, ask)
    period = result["reporting_period"]
    period["increment_rates"] = []
    period["timeofuses"] = [list(report.timeofuses) for _ in report.titles]
    peaks = pieces.shown(report.reporting.peaks.T, v1=ask.v1)
    period |= {f"{name}s": peaks[n] for n, name in enumerate(PEAK_TYPES)}
    return result


def _period(report: StationEnergy, period: FlowPeriod | None, ask: Ask) -> Json:
    count = len(report.titles)
    result: Json = {
        "names": list(report.titles if ask.v1 else report.names),
        "energy_category_ids": [report.category.id] * count,
        "units": [report.unit] * count,
        "timestamps": [period.buckets.labels if period else [] for _ in report.titles],
        "values": pieces.shown(period.values, v1=ask.v1) if period else np.empty((count, 0)),
        "subtotals": pieces.shown(period.totals if period else np.full(count, np.nan), v1=ask.v1),
    }
    return result | (pieces.quality(period.quality) if period else {})


def parameters(report: Parameters, wish: Ask | AskPoints, kind: Station | None = None) -> Json:
    """Readings of points."""
    ask = wish.ask if isinstance(wish, AskPoints) else wish
    result: Json = {"parameters": pieces.parameters(report.curves, ask.zone)}
    if report.station is not None and kind is not None:
        found = facts(report.station, kind)
        result[kind.name] = {name: found[name] for name in ("id", "name", "uuid")}
    return result
