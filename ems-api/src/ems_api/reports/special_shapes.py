"""What reports of one kind only answer, dashboards among them; see :mod:`ems_api.reports.shapes`."""

from __future__ import annotations

from typing import Final

from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.entities import BY_NAME, Kind
from ems_api.reports.render.sums import Style
from ems_api.reports.shapes import (
    CURVE,
    CURVES,
    ENTITY,
    FIGURE,
    FIGURES,
    LABELS,
    METER,
    ROWS,
    TEXTS,
    Members,
    each,
    listed,
    of_sums,
    sum_base,
    sum_reporting,
)
from ems_api.schemas import Named, Shape

_COAL: Final = Style(coal=True)
_MONTH: Final[Members] = each(
    FIGURE,
    *(f"this_month_{what}_in_{of}?" for of in ("kgce", "kgco2e") for what in ("total", "increment_rate")),
)
_CHILDREN: Final = Named(
    "ReportOfChildren",
    {
        "energy_category_names": TEXTS,
        "units": TEXTS,
        "child_space_names_array": LABELS,
        "child_space_ids_array": [["int"]],
        "subtotals_array": [[[FIGURE]]],
    },
)
_SENSOR: Final[Members] = {
    "name": "string",
    "description": "string",
    "uuid": "string",
    "point_name_list": TEXTS,
    "point_unit_list": TEXTS,
    "point_id_list": ["int"],
}


def _home() -> Members:
    result: Members = {
        "space": ENTITY,
        "sensor": {"*": _SENSOR},
        "point": {"*": FIGURE},
        "child_space_input": _CHILDREN,
        "child_space_cost": _CHILDREN,
    }
    styles = {"input": _COAL, "cost": Style(total=True, peaks=False), "output": Style(peaks=False)}
    for name, style in styles.items():
        now = sum_reporting(style) | (_MONTH if style.coal else {})
        result[f"base_period_{name}"] = Named(f"ReportBase.home.{name}", sum_base(style))
        result[f"reporting_period_{name}"] = Named(f"ReportPeriod.home.{name}", now)
    return result


HOME: Final = _home()
SPACE_DASHBOARD: Final[Members] = {
    name: shape
    for name, shape in of_sums(BY_NAME["space"], "energycategory", Style(coal=True, days=True)).items()
    if name.removesuffix("?") in {"space", "reporting_period", "child_space"}
}
_SUBTOTALS: Final[Members] = {
    "names": TEXTS,
    "units": TEXTS,
    "energy_category_ids": ["int"],
    "subtotals": FIGURES,
}
_IN_COAL: Final[Members] = each(FIGURES, "subtotals_in_kgce", "subtotals_in_kgco2e")


def of_dashboard(kind: Kind) -> Members:
    """All entities of a kind, with their sums."""
    line: Members = {"id": "int", "name": "string", "uuid": "string", "cost_center_id": "int|null"}
    for name in ("energy", "cost", "carbon"):
        line |= {f"total_{name}": FIGURE, f"{name}_by_category": {"*": FIGURE}}
    line |= {"area?": FIGURE, "address?": "string|null", "latitude?": FIGURE, "longitude?": FIGURE}
    line |= {f"{kind.name}_type?": "string", "total_output?": FIGURE, "output_by_category?": {"*": FIGURE}}
    line["efficiency?"] = FIGURE
    over_time: Members = {"timestamps": LABELS, "values": ROWS}
    area: Members = {"subtotals_per_unit_area?": FIGURES, "increment_rates?": FIGURES}
    energy = _SUBTOTALS | _IN_COAL | over_time | area | each(FIGURE, "total_in_kgce", "total_in_kgco2e")
    energy |= each(TEXTS, "category_names", "category_units")
    energy |= each(FIGURES, *(f"{name}s?" for name in PEAK_TYPES))
    energy |= each(FIGURE, "total_in_kgce_per_unit_area?", "total_in_kgco2e_per_unit_area?")
    top = {"id": "int", "name": "string", "total_energy": FIGURE, "categories": {"*": FIGURE}}
    result: Members = {
        "summary": {"*": "number"},
        kind.plural: [line],
        "reporting_period_input": Named("ReportPeriod.dashboard.input", energy),
        "reporting_period_cost": Named("ReportPeriod.dashboard.cost", _SUBTOTALS | over_time | area),
        f"top_{kind.plural}": [Named("ReportTopEntity", top)],
        **each("string", "period_type", "reporting_period_start", "reporting_period_end"),
    }
    if kind.name == "equipment":
        result["reporting_period_output?"] = _SUBTOTALS | _IN_COAL
    return result


def _tracked(kind_name: str) -> Shape:
    figures = each(FIGURE, "start_value", "end_value", "difference_value")
    return Named(
        f"ReportTracked.{kind_name}",
        listed(kind_name) | {"energy_category_name": "string"} | figures,
    )


REALTIME: Final[Members] = {"meter": METER, "energy_value": CURVE, "parameters": CURVES}
TREND: Final[Members] = {"meter": METER, "reporting_period": CURVES, "parameters": CURVES}
TRACKING: Final[Members] = {
    "meters": [_tracked("meter")],
    **each(FIGURE, "start_integrity_rate", "end_integrity_rate", "full_integrity_rate"),
}
METER_DASHBOARD: Final[Members] = {
    **{f"{name}s": [_tracked(name)] for name in ("meter", "virtual_meter", "offline_meter")},
    **each("int", "meter_count", "virtual_meter_count", "offline_meter_count"),
}
BALANCE: Final[Members] = {
    "meter": METER,
    "reporting_period": {
        **each(
            FIGURE,
            "master_meter_consumption_in_category",
            "submeters_consumption_in_category",
            "difference_in_category",
            "percentage_difference",
        ),
        "timestamps": TEXTS,
        "difference_values": FIGURES,
    },
    "parameters": CURVES,
}
POWER_QUALITY: Final[Members] = {
    "meter": METER,
    "reporting_period": CURVES,
    "parameters": "null",
    "analysis": [
        {
            **each("string", "point_name", "category", "type"),
            "unit": "string|null",
            "worst_time": "string|null",
            **each(FIGURE, "limit_pct", "compliance_pct", "worst_abs_deviation_pct", "worst_unbalance_pct"),
            **each(FIGURE, "limit_normal_hz", "limit_severe_hz", "worst_deviation_hz"),
            "severe_exceed_count": "int",
            "metrics": [{"name": "string", "value": FIGURE}],
        }
    ],
}
DAYS: Final[Shape] = [{"monthdate": "string", "daily_value": FIGURE}]
BILL: Final[Members] = {
    "tenant": {
        "id": "int",
        "name": "string",
        **each("string|null", "buildings", "floors", "rooms", "lease_number", "email", "phone"),
    },
    "reporting_period": {
        "names": TEXTS,
        "energy_category_ids": ["int"],
        "units": TEXTS,
        "subtotals_input": FIGURES,
        "subtotals_cost": FIGURES,
        "total_cost": FIGURE,
        "currency_unit": "string",
        "provisional_share": FIGURE,
    },
    "parameters": CURVES,
}
LISTING: Final[Members] = {"equipments": [listed("equipment")]}
ENVIRONMENT: Final[Members] = {
    "sensor": {"sensor_id": "int", "name": "string", "uuid": "string", "description": "string|null"},
    "energy_value": CURVE,
    "parameters": CURVES,
    "time_range": "string",
}


def _production() -> Members:
    cost, energy = Style(total=True, peaks=False), Style(coal=True, peaks=False)
    gases = {
        name: shape
        for name, shape in (sum_base(energy) | sum_reporting(energy)).items()
        if "kgce" in name or "kgco2e" in name
    }
    in_base = {name: shape for name, shape in gases.items() if name in sum_base(energy)}
    per_product = each(FIGURE, "total_in_kgce_per_prodution", "total_in_kgco2e_per_prodution")
    made: Members = {"timestamps": TEXTS, "values": FIGURES}
    return {
        "space": ENTITY,
        "base_period": Named("ReportBase.production", sum_base(cost) | in_base),
        "reporting_period": Named("ReportPeriod.production", sum_reporting(cost) | gases | per_product),
        "base_production": made,
        "reporting_production": {**made, "rates": FIGURES},
        **each(ROWS, "reporting_result_values", "base_result_values"),
        **each(FIGURE, "reporting_total_production", "base_total_production"),
        "product": {
            "id": "int",
            **each("string|null", "name", "unit", "tag"),
            "coefficient": FIGURE,
        },
    }


PRODUCTION: Final = _production()
POINTS: Final[Shape] = [{"point_id": "int", "value": FIGURE}]
DISTRIBUTION: Final[Shape] = [
    {
        **{"id": "int", "name": "string", "uuid": "string"},
        **each("string|null", "distribution_room", "switchgear", "customers", "meters"),
        **each(FIGURE, "peak_load", "peak_current"),
        "points": [
            {"id": "int", "name": "string", "object_type": "string", "units": "string|null", "value": FIGURE}
        ],
    }
]
DIAGRAM: Final[Members] = {
    "nodes": [{"name": "string"}],
    "links": [{"source": "string", "target": "string", "value": FIGURE}],
}
FAULTS: Final[Members] = {
    "faults": [{"priority": "string", "status": "string", "count": "int"}],
    "total": "int",
}
_FILE: Final[Members] = {
    "id": "int",
    **each("string", "file_name", "uuid", "file_type", "file_bytes_base64"),
}
STORED: Final[Shape] = [_FILE | {"create_datetime_local": "string", "file_size_bytes": "int"}]
STORED_ONE: Final[Members] = _FILE | {"create_datetime": "int"}
