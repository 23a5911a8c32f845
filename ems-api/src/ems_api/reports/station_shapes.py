"""What reports of storage, photovoltaics and microgrids answer; see :mod:`ems_api.reports.shapes`."""

from __future__ import annotations

from typing import Final

from ems_common.catalog import TABLES
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.kinds.station_flows import MEASURES
from ems_api.reports.shapes import CURVES, FIGURE, FIGURES, LABELS, ROWS, TEXTS, Members, each
from ems_api.reports.stations import Station
from ems_api.schemas import Named, Shape

_SPELLS: Final = ("7_days", "this_month", "this_year")
_NAMED: Final = Named("ReportNamed", {"id": "int", "name": "string", "uuid": "string"})
_IDENTITY: Final[Members] = {"id": "int", "name": "string", "uuid": "string"}
_SPELL: Final = Named(
    "ReportSpell", {"timestamps_array": LABELS, "values_array": ROWS, "total_values?": FIGURES}
)
_SCHEDULE: Final = Named(
    "ReportSchedule",
    {
        "series_data": FIGURES,
        "schedule_list": [
            {**each("string", "start_time_of_day", "end_time_of_day", "peak_type"), "power": FIGURE}
        ],
    },
)
SCHEDULE: Final[Members] = {"schedule": _SCHEDULE}


def _members(kind: Station) -> Members:
    return {
        **_IDENTITY,
        **each("string|null", "address", "space_name", "description"),
        **each(FIGURE, "latitude", "longitude", "rated_capacity", "rated_power"),
        **each((_NAMED, "null"), "contact", "cost_center"),
        "qrcode": "string",
        **each("string|int|null", *kind.columns),
    }


def _facts(kind: Station) -> Shape:
    return Named(f"ReportStation.{kind.name}", _members(kind))


def _states(kind: Station) -> Members:
    return {name: FIGURE if name.endswith("_value") else "string|null" for name in kind.states}


def recent_of_all(kind: Station, flows: tuple[str, ...]) -> Members:
    """Recent flows of all stations."""
    return {f"{kind.name}_names": TEXTS, "reporting": _recent(flows)}


def recent_of_one(kind: Station, flows: tuple[str, ...]) -> Members:
    """Recent flows of one station."""
    return {kind.name: _facts(kind), "reporting": _recent(flows)}


def _recent(flows: tuple[str, ...]) -> Members:
    return {f"{flow}_{spell}": _SPELL for spell in _SPELLS for flow in flows}


def _sums(word: str, flows: tuple[str, ...], priced: tuple[str, ...]) -> Members:
    return {
        f"{word}_{flow}_{measure}": FIGURE
        for measure in MEASURES
        for flow in (flows if measure == "energy" else priced)
    }


def totals_of_one(kind: Station, flows: tuple[str, ...]) -> Members:
    """One station with its sums."""
    return {kind.name: _facts(kind), **_sums("total", flows, flows)}


def totals_of_all(kind: Station, flows: tuple[str, ...], priced: tuple[str, ...] = ()) -> Members:
    """All stations with their sums."""
    priced = priced or flows
    line = _members(kind) | {"status": "string"} | _sums("subtotal", flows, priced)
    return {
        f"{kind.name}s": [line],
        **each(FIGURE, "total_rated_capacity", "total_rated_power"),
        **each("int", "total_online", "total_offline", "total_locked"),
        **_sums("total", flows, priced),
    }


def listed(kind: Station, flows: tuple[str, ...]) -> Shape:
    """All stations with live values."""
    line = _members(kind) | _states(kind) | {"is_online": "bool"}
    for flow in flows:
        prefix = "" if flow == "generation" else f"{flow}_"
        line |= {f"{prefix}times": TEXTS, f"{prefix}values": FIGURES, f"today_total_{flow}": FIGURE}
    return [line]


def details(kind: Station, flows: tuple[str, ...]) -> Members:
    """A station in full."""
    result: Members = {
        kind.name: _members(kind) | _states(kind) | {"svg": "string|null", "is_online": "bool"},
        "reporting_period": Named(
            "ReportToday",
            {
                "names": TEXTS,
                "units": TEXTS,
                **each(FIGURES, "subtotals", "increment_rates"),
                "timestamps": LABELS,
                "values": ROWS,
            },
        ),
        "schedule": _SCHEDULE,
        "parameters": CURVES,
    }
    for word in ("energy", "revenue", "carbon"):
        names = (f"{when}_{flow}_{word}_value" for flow in flows for when in ("today", "total"))
        result[f"{word}_indicators"] = each(FIGURE, *names)
        if word == "energy" and "generation" in flows:
            result["energy_indicators"] |= {"performance_ratio": FIGURE}
    return result


DEVICES: Final[Shape] = [{**_IDENTITY, "points": [["string|number|null"]]}]
BATTERY_METERS: Final[Shape] = [
    {**{f"{name}?": shape for name, shape in _IDENTITY.items()}, "points": [["string|number|null"]]}
]
COMMANDS: Final[Shape] = [
    {**_IDENTITY, **each("string|null", "topic", "payload", "description"), "set_value": FIGURE}
]


def _shown(column: str) -> tuple[str, Shape]:
    name = column.removesuffix("_point_id")
    if name == column or column == "id":
        return column, "string|number|null"
    return name, "string" if name.endswith("_state") else FIGURE


def _of_table(table: str, owner_key: str) -> Members:
    columns = [column.name for column in TABLES["system_db"][table].columns]
    return dict(_shown(column) for column in columns if column not in _IDENTITY and column != owner_key)


def invertors(kind: Station) -> Shape:
    """Inverters, each of their columns with its newest value."""
    table = f"{kind.prefix}_invertors"
    return [_IDENTITY | {f"{name}?": shape for name, shape in _of_table(table, kind.owner_key).items()}]


METERS: Final[Shape] = [Named("ReportPowerMeter", {"*": "string|number|null"})]


def energy(kind: Station) -> Members:
    """Flows of a station over a period."""
    period: Members = {
        "names": TEXTS,
        "energy_category_ids": ["int"],
        "units": TEXTS,
        "timestamps": LABELS,
        "values": ROWS,
        "subtotals": FIGURES,
        "qualities?": [["int|null"]],
        **each(FIGURES, "estimated_shares?", "incomplete_shares?", "missing_shares?"),
    }
    peaks = each(FIGURES, "increment_rates", *(f"{name}s" for name in PEAK_TYPES))
    return {
        kind.name: _facts(kind),
        "base_period": Named("ReportBase.flows", period),
        "reporting_period": Named("ReportPeriod.flows", period | peaks | {"timeofuses": LABELS}),
        "parameters": CURVES,
    }


def parameters(kind: Station | None = None) -> Members:
    """Readings of points."""
    return {"parameters": CURVES} | ({} if kind is None else {kind.name: _NAMED})
