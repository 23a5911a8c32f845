"""What reports answer, in the words of `schemas`: for the OpenAPI document and whoever makes types from it.

A figure that is not known is null: there was nothing to measure, or nothing to compare it with. Members that
only some kinds of entities have (`…_per_unit_area`), or only a period that was asked for, may be absent.
Labels of time are local and as long as their period: `2026`, `2026-03`, `2026-03-29`, `2026-03-29T08:00:00`.
"""

from __future__ import annotations

from typing import Any, Final

from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.entities import Kind
from ems_api.reports.render.profiles import STATISTICS
from ems_api.reports.render.sums import Style
from ems_api.schemas import Named, Shape

Members = dict[str, Any]
FIGURE: Final = "number|null"
FIGURES: Final[Shape] = [FIGURE]
ROWS: Final[Shape] = [[FIGURE]]
TEXTS: Final[Shape] = ["string"]
LABELS: Final[Shape] = [["string"]]

CURVES: Final = Named(
    "ReportCurves", {"names": TEXTS, "timestamps": LABELS, "values": ROWS, "estimated?": [["bool"]]}
)
CURVE: Final = Named("ReportCurve", {"name": "string|null", "timestamps": TEXTS, "values": FIGURES})
DATA_QUALITY: Final = Named(
    "ReportDataQuality",
    {"slots": "int", "estimated_share": FIGURE, "incomplete_share": FIGURE, "provisional_share": FIGURE},
)
_DEGREE_DAYS: Final = Named(
    "ReportDegreeDays",
    {
        "heating_degree_days": FIGURE,
        "cooling_degree_days": FIGURE,
        "days": "int",
        "days_measured": "int",
    },
)
_MODEL: Final = Named(
    "ReportWeatherModel",
    {
        "base": "number",
        "heating": "number",
        "heating_balance_degc": FIGURE,
        "cooling": "number",
        "cooling_balance_degc": FIGURE,
        "days": "int",
        "r_squared": FIGURE,
        "cv_rmse": FIGURE,
        "nmbe": FIGURE,
        "parameters": "int",
        "autocorrelation": FIGURE,
    },
)
WEATHER: Final = Named(
    "ReportWeather",
    {
        "point_name": "string",
        "reporting_period": _DEGREE_DAYS,
        "base_period?": _DEGREE_DAYS,
        "heating_increment_rates?": FIGURES,
        "cooling_increment_rates?": FIGURES,
        "baseline?": {
            "names": TEXTS,
            "units": TEXTS,
            "models": [(_MODEL, "null")],
            "adjusted": FIGURES,
            "actual": FIGURES,
            "savings": FIGURES,
            "saving_rates": FIGURES,
            "saving_uncertainties": FIGURES,
            "saving_uncertainty_rates": FIGURES,
            "confidence": "number",
            "days": ["int"],
        },
    },
)
ENTITY: Final = Named(
    "ReportEntity",
    {
        "id": "int",
        "name": "string",
        "uuid": "string",
        "area?": FIGURE,
        "number_of_occupants?": FIGURE,
        "working_calendars?": ["int"],
    },
)
_METER_MEMBERS: Final[Members] = {
    "id": "int",
    "name": "string",
    "uuid": "string",
    "cost_center_id": "int|null",
    "energy_category_id": "int",
    "energy_category_name": "string",
    "unit_of_measure": "string",
    "kgce": FIGURE,
    "kgco2e": FIGURE,
    "equation?": "string|null",
}
METER: Final = Named("ReportMeter", _METER_MEMBERS)
CATEGORY: Final = Named("ReportCategory", {"id": "int", "name": "string", "unit_of_measure": "string"})
_QUALITY: Final[Members] = {
    "qualities?": [["int|null"]],
    "estimated_shares?": FIGURES,
    "incomplete_shares?": FIGURES,
    "missing_shares?": FIGURES,
}
_HEAD: Final[Members] = {"names": TEXTS, "units": TEXTS, "timestamps": LABELS}
_PEAKS: Final[Members] = {f"{name}s": FIGURES for name in PEAK_TYPES}


def each(shape: Shape, *names: str) -> Members:
    """Members of one shape."""
    return dict.fromkeys(names, shape)


def suffixed(members: Members, suffix: str) -> Members:
    """Members with a suffix before the mark of what may be absent, and before the word `array`."""
    if not suffix:
        return members
    result = {}
    for name, shape in members.items():
        stem, mark = (name[:-1], "?") if name.endswith("?") else (name, "")
        array = "_array" if stem.endswith("_array") else ""
        result[f"{stem.removesuffix('_array')}{suffix}{array}{mark}"] = shape
    return result


def _amounts(style: Style) -> Members:
    result = each(FIGURES, "subtotals")
    if style.coal:
        result |= each(FIGURES, "subtotals_in_kgce", "subtotals_in_kgco2e")
        result |= each(FIGURE, "total_in_kgce", "total_in_kgco2e")
    if style.total:
        result["total"] = FIGURE
    if style.days:
        result |= each(FIGURES, "working_days_subtotals?", "non_working_days_subtotals?")
        result |= each(FIGURE, "working_days_total?", "non_working_days_total?")
    return result


def _per(style: Style) -> Members:
    """Totals per unit area and person, of kinds of entities that have such."""
    wholes = ["total"] * style.total + ["total_in_kgce", "total_in_kgco2e"] * style.coal
    result: Members = {}
    for what in ("unit_area", "capita"):
        result[f"subtotals_per_{what}?"] = FIGURES
        result |= {f"{name}_per_{what}?": FIGURE for name in wholes}
    return result


def sum_base(style: Style) -> Members:
    """The base period of a sum; without figures when there is none."""
    result = _HEAD | suffixed({"values": ROWS} | _amounts(style), style.suffix) | _QUALITY
    if style.base_shares:
        result |= each(FIGURES, "subtotals_per_unit_area", "subtotals_per_capita")
    return result


def sum_reporting(style: Style) -> Members:
    """The reporting period of a sum."""
    changing: Members = {"values": ROWS, "rates": ROWS, **_amounts(style), "increment_rates": FIGURES}
    changing |= _per(style)
    if style.coal:
        changing |= each(FIGURE, "increment_rate_in_kgce", "increment_rate_in_kgco2e")
    if style.total:
        changing["total_increment_rate"] = FIGURE
    result = _HEAD | {"energy_category_ids": ["int"]} | suffixed(changing, style.suffix) | _QUALITY
    if style.split == "item":
        result |= {"energy_item_ids": ["int"], "energy_category_names": TEXTS}
    if style.area_shares:
        result |= {"subtotals_per_unit_area?": FIGURES, "total_per_unit_area?": FIGURE}
    if style.peaks:
        result |= _PEAKS
    if style.total:
        result["total_unit"] = "string"
    return result


def _members(kind: Kind, split: str, more: Members) -> Members:
    """Totals of the entities below one, where its kind has such."""
    if kind.below is None:
        return {}
    prefix = kind.below.prefix
    name = f"ReportOf{kind.below.section.title().replace('_', '')}"
    head: Members = {
        f"energy_{split}_names": TEXTS,
        "units": TEXTS,
        f"{prefix}_names_array": LABELS,
        f"{prefix}_ids_array?": [["int"]],
        f"{prefix}_ids": ["int"],
        "total_unit?": "string",
    }
    key = "".join(sorted(more))
    return {f"{kind.below.section}?": Named(f"{name}.{split}.{_short(key)}", head | more)}


def _short(key: str) -> str:
    return (
        "saving"
        if "saving" in key
        else "load"
        if "sub_averages" in key
        else "coal"
        if "kgce" in key
        else "sums"
    )


def of_sums(kind: Kind, name: str, style: Style) -> Members:
    """A quantity by parts, of one entity."""
    below: Members = {"subtotals_array": ROWS}
    if style.coal:
        below |= each(ROWS, "subtotals_in_kgce_array", "subtotals_in_kgco2e_array")
    member = _HEAD | {"associated_equipment_name": "string", "values": ROWS} | _amounts(style)
    return {
        kind.name: ENTITY,
        "base_period": Named(f"ReportBase.{name}", sum_base(style)),
        "reporting_period": Named(f"ReportPeriod.{name}", sum_reporting(style)),
        "parameters": CURVES,
        **_members(kind, style.split, suffixed(below, style.suffix)),
        **({"associated_report_period_list?": [member]} if kind.name == "combined_equipment" else {}),
    }


def of_load(kind: Kind) -> Members:
    """Power of an entity."""
    base: Members = {
        **_HEAD,
        **each(ROWS, "sub_averages", "sub_maximums"),
        **each(FIGURES, "averages", "maximums", "factors", "minimums?"),
        "maximum_timestamps?": ["string|null"],
        **_QUALITY,
    }
    changes = each(FIGURES, *(f"{name}_increment_rate" for name in ("averages", "maximums", "factors")))
    per = each(FIGURES, *(f"{name}_per_{by}?" for name in ("averages", "maximums") for by in _BY))
    reporting = {**base, "energy_category_ids": ["int"], "rates_of_sub_maximums": ROWS, **changes, **per}
    return {
        kind.name: ENTITY,
        "base_period": Named("ReportBase.load", base),
        "reporting_period": Named("ReportPeriod.load", reporting),
        "parameters": CURVES,
        **_members(kind, "category", each(ROWS, "sub_averages_array", "sub_maximums_array")),
    }


_BY: Final = ("unit_area", "capita")


def of_statistics(kind: Kind) -> Members:
    """Mean, median and deviation of the periods of an entity."""
    figures = [f"{name}s" for name in STATISTICS]
    base = {**_HEAD, "values": ROWS, **each(FIGURES, "subtotals", *figures), **_QUALITY}
    changes = each(FIGURES, *(f"{name}_increment_rate" for name in figures))
    per = each(FIGURES, *(f"{name}_per_{by}?" for name in figures for by in _BY))
    reporting = {**base, "energy_category_ids": ["int"], "rates": ROWS, **changes, **per}
    return {
        kind.name: ENTITY,
        "base_period": Named("ReportBase.statistics", base),
        "reporting_period": Named("ReportPeriod.statistics", reporting),
        "parameters": CURVES,
        **_members(kind, "category", {"subtotals_array": ROWS}),
    }


def of_space_efficiency(kind: Kind) -> Members:
    """Output per input of a space."""
    flow = {**_HEAD, "values": ROWS, "subtotals": FIGURES}
    flow_now = {
        **flow,
        "energy_category_ids": ["int"],
        **each(FIGURES, "subtotals_per_unit_area", "subtotals_per_capita", "increment_rates"),
        **_QUALITY,
    }
    pairs = {**_HEAD, "values": ROWS, "cumulations": FIGURES}
    base, now = Named("ReportBase.flow", flow), Named("ReportPeriod.flow", flow_now)
    return {
        kind.name: ENTITY,
        "base_period_input": base,
        "base_period_output": base,
        "base_period_efficiency": pairs,
        "reporting_period_input": now,
        "reporting_period_output": now,
        "reporting_period_efficiency": {**pairs, "rates": ROWS, "increment_rates": FIGURES},
        "parameters": CURVES,
    }


def of_fractions(kind: Kind) -> Members:
    """The fractions of an equipment."""
    sides = ("numerator", "denominator")
    base: Members = {
        **each(LABELS, "timestamps", *(f"{side}_timestamps" for side in sides)),
        **each(ROWS, "values", *(f"{side}_values" for side in sides)),
        **each(FIGURES, "cumulations", *(f"{side}_cumulation{s}" for side in sides for s in ("", "s"))),
    }
    now: Members = {
        **base,
        **each(TEXTS, "names", "units", *(f"{side}_{what}" for side in sides for what in ("names", "units"))),
        **each(ROWS, "rates", *(f"{side}_rates" for side in sides)),
        **each(FIGURES, "increment_rates", "increment_rates_num", "increment_rates_den"),
    }
    entity = {"id": "int", "name": "string", "uuid": "string", "efficiency_indicator": "number"}
    return {
        kind.name: entity,
        "base_period_efficiency": Named("ReportBase.fractions", base),
        "reporting_period_efficiency": Named("ReportPeriod.fractions", now),
        "parameters": CURVES,
        **_members(kind, "category", {"subtotals_array": ROWS}),
    }


def of_meter(suffix: str) -> Members:
    """A quantity of one meter."""
    amounts = {"values": FIGURES} | each(FIGURE, "total_in_category", "total_in_kgce", "total_in_kgco2e")
    quality: Members = {"qualities?": ["int|null"]} | each(
        FIGURE, "estimated_share?", "incomplete_share?", "missing_share?"
    )
    base = {"timestamps": TEXTS} | suffixed(amounts, suffix) | quality
    now = {"timestamps": TEXTS} | quality
    now |= suffixed(amounts | {"rates": FIGURES, "increment_rate": FIGURE}, suffix)
    now |= {"values_rates": FIGURES} if suffix else each(FIGURE, *PEAK_TYPES)
    return {
        "base_period": Named(f"ReportBase.meter{suffix}", base),
        "reporting_period": Named(f"ReportPeriod.meter{suffix}", now),
        "parameters": CURVES,
    }


def of_comparison(kind: Kind) -> Members:
    """Two entities side by side."""
    side = {"total_in_category": FIGURE, "timestamps": TEXTS, "values": FIGURES, "qualities": ["int|null"]}
    # The contract writes `combined_equipment1`, but `virtualmeter1`.
    name, entity = (kind.route, METER) if kind.is_meter else (kind.name, ENTITY)
    result: Members = {"diff": {"values": FIGURES, "total_in_category": FIGURE}}
    for n in (1, 2):
        result |= {f"{name}{n}": entity, f"reporting_period{n}": Named("ReportSide", side)}
    return result if kind.is_meter else result | {"energy_category": CATEGORY}


def of_batch(kind: Kind, *, daily: bool) -> Members:
    """All entities below a space."""
    line = listed(kind.name) | {"values": FIGURES}
    if kind.is_meter:
        line |= {"uuid": "string", "energy_category_name": "string", "subtotal": FIGURE}
    else:
        line |= {"cost": FIGURE, "carbon_emissions": FIGURE}
    if daily:
        line["daily_values"] = [{"date": "string", "value": FIGURE}]
    top = {
        "energy_category_id": "int",
        "ids": ["int"],
        "names": TEXTS,
        "values": FIGURES,
        "shares": FIGURES,
    }
    result: Members = {
        "space_id": "int",
        "space_name": "string",
        kind.plural: [line],
        "energycategories": [CATEGORY],
        "top_consumers": [Named("ReportTop", top)],
    }
    return result | {"date_list": TEXTS} if daily else result


def listed(kind_name: str) -> Members:
    """An entity in a list."""
    return {
        "id": "int",
        f"{kind_name}_name": "string",
        f"{kind_name}_uuid": "string",
        "space_name": "string|null",
        "cost_center_name": "string|null",
        "description": "string|null",
    }
