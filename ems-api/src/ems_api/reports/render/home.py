"""The dashboard of a user, and that of a space, in MyEMS' shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.dashboards import AskAll
from ems_api.reports.kinds.home import Home
from ems_api.reports.model import SumReport, sum_of_known
from ems_api.reports.render import pieces, sums
from ems_api.reports.render.pieces import Json
from ems_api.reports.render.sums import Style

_STYLES = {
    "input": Style(coal=True),
    "cost": Style(total=True, peaks=False),
    "output": Style(peaks=False),
}


def answer(report: Home, wish: AskAll) -> Json:
    """A user's dashboard."""
    result: Json = {
        "space": pieces.entity(report.space),
        "sensor": {str(sensor.id): _sensor(sensor) for sensor in report.sensors},
        "point": {str(key): value for key, value in report.values.items()},
    }
    for name, of in (("input", report.energy), ("cost", report.cost), ("output", report.output)):
        found = sums.answer(of, wish.ask, _STYLES[name])
        result[f"base_period_{name}"] = found["base_period"]
        result[f"reporting_period_{name}"] = found["reporting_period"]
        if not wish.ask.v1:
            result[f"reporting_period_{name}"] |= _of_last_month(of, _STYLES[name])
    period = result["reporting_period_input"]
    if wish.ask.v1:
        period |= _this_month(report.energy)
    v1 = wish.ask.v1
    result["child_space_input"] = _children(report, report.energy, pieces.shown(report.child_energy, v1=v1))
    result["child_space_cost"] = _children(report, report.cost, pieces.shown(report.child_cost, v1=v1))
    return result


def _sensor(sensor: Any) -> Json:
    return {
        "name": sensor.name,
        "description": sensor.description or "",
        "uuid": sensor.uuid,
        "point_name_list": list(sensor.point_names),
        "point_unit_list": list(sensor.point_units),
        "point_id_list": list(sensor.point_ids),
    }


def _of_last_month(report: SumReport, style: Style) -> Json:
    """What MyEMS' clients know: subtotals are those of the last month, compared with the whole base period.

    The change of the whole period, which would compare months with a month, is 0 there.
    """
    now = np.nan_to_num(report.reporting.values[:, -1:]).sum(axis=1)
    before = np.nan_to_num(report.base.totals) if report.base is not None else None
    result: Json = {"subtotals": now, "increment_rates": pieces.change(now, before)}
    for name, factor in (("kgce", report.kgce), ("kgco2e", report.kgco2e)) if style.coal else ():
        total = float((now * factor).sum())
        total_before = float((before * factor).sum()) if before is not None else None
        result |= {
            f"subtotals_in_{name}": now * factor,
            f"this_month_total_in_{name}": total,
            f"this_month_increment_rate_in_{name}": pieces.change_of(total, total_before),
            f"increment_rate_in_{name}": 0.0,
        }
    return result


def _this_month(report: SumReport) -> Json:
    """Coal and gas of the last month of the reporting period, against the last of the base period.

    The last is the last one that has a value.
    """
    result: Json = {}
    for name, factor in (("kgce", report.kgce), ("kgco2e", report.kgco2e)):
        now = _last_month(report.reporting.values, factor)
        before = _last_month(report.base.values, factor) if report.base is not None else None
        result[f"this_month_total_in_{name}"] = now
        result[f"this_month_increment_rate_in_{name}"] = pieces.change_of(now, before)
    return result


def _last_month(values: Any, factor: Any) -> float:
    months = np.flatnonzero((~np.isnan(values)).any(axis=0))
    return float(sum_of_known(values[:, months[-1]] * factor)) if len(months) else np.nan


def _children(report: Home, of: SumReport, values: Any) -> Json:
    names = [child.name for child in report.children]
    return {
        "energy_category_names": [part.name for part in of.parts],
        "units": [part.unit for part in of.parts],
        "child_space_names_array": [names for _ in of.parts],
        "child_space_ids_array": [[child.id for child in report.children] for _ in of.parts],
        "subtotals_array": values,
    }


def of_space(report: SumReport, ask: Ask, style: Style) -> Json:
    """The dashboard of one space."""
    found = sums.answer(report, ask, style)
    return {name: found[name] for name in ("space", "reporting_period", "child_space")}
