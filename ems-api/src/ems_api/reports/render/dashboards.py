"""Dashboards of a kind of entity in MyEMS' shape."""

from __future__ import annotations

from datetime import UTC

import numpy as np

from ems_api.reports.kinds.dashboards import Amounts, AskAll, Dashboard
from ems_api.reports.model import PEAK_TYPES, EntityFacts
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json

TOP = 10
_FORMAT = "%Y-%m-%dT%H:%M:%S"


def answer(report: Dashboard, wish: AskAll) -> Json:
    """All entities of a kind."""
    area = sum(entity.area_m2 or 0.0 for entity in report.entities)
    summary: Json = dict(report.counts)
    if report.kind.has_area:
        summary["total_area"] = area
    lines = [_line(report, row, entity) for row, entity in enumerate(report.entities)]
    top = sorted(lines, key=lambda line: -float(line["total_energy"]))[:TOP]
    result: Json = {
        "summary": summary,
        report.kind.plural: lines,
        "reporting_period_input": _input(report, area),
        "reporting_period_cost": _cost(report, wish, area),
        f"top_{report.kind.plural}": [
            {name: line[name] for name in ("id", "name", "total_energy")}
            | {"categories": line["energy_by_category"]}
            for line in top
        ],
        "period_type": wish.ask.period_type,
        "reporting_period_start": wish.ask.reporting.start_utc.astimezone(UTC).strftime(_FORMAT),
        "reporting_period_end": wish.ask.reporting.end_utc.astimezone(UTC).strftime(_FORMAT),
    }
    if report.output is not None and report.kind.name == "equipment":
        result["reporting_period_output"] = _subtotals(report.output, coal=True)
    return result


def _line(report: Dashboard, row: int, entity: EntityFacts) -> Json:
    result: Json = {
        "id": entity.id,
        "name": entity.name,
        "uuid": entity.uuid,
        "cost_center_id": entity.cost_center_id,
    }
    if entity.area_m2 is not None:
        result["area"] = entity.area_m2
    result |= {name: entity.more[name] for name in ("address",) if name in entity.more}
    for name in ("latitude", "longitude"):
        if name in entity.more:
            result[name] = None if entity.more[name] is None else float(entity.more[name])
    if report.kind.name == "tenant":
        result["tenant_type"] = report.type_names.get(entity.more["tenant_type_id"], "")
    if report.kind.name == "equipment":
        result["equipment_type"] = ""
    result |= _amounts("energy", report.energy, row)
    result |= _amounts("cost", report.cost, row)
    result |= _amounts("carbon", report.carbon, row)
    if report.output is not None:
        result |= _amounts("output", report.output, row)
        total = result["total_energy"]
        result["efficiency"] = result["total_output"] / total if total else None
    return result


def _amounts(name: str, amounts: Amounts, row: int) -> Json:
    values = amounts.of_entity[row].tolist()
    return {
        f"total_{name}": float(np.round(sum(values), 6)),
        f"{name}_by_category": {part.name: value for part, value in zip(amounts.parts, values, strict=True)},
    }


def _subtotals(amounts: Amounts, *, coal: bool, unit: str = "") -> Json:
    result: Json = {
        "names": [part.name for part in amounts.parts],
        "units": [unit or part.unit for part in amounts.parts],
        "energy_category_ids": [part.id for part in amounts.parts],
        "subtotals": amounts.totals,
    }
    if coal:
        kgce = np.array([part.kgce_per_unit for part in amounts.parts], dtype=np.float64)
        kgco2e = np.array([part.kgco2e_per_unit for part in amounts.parts], dtype=np.float64)
        result["subtotals_in_kgce"] = amounts.totals * kgce
        result["subtotals_in_kgco2e"] = amounts.totals * kgco2e
    return result


def _over_time(report: Dashboard, amounts: Amounts) -> Json:
    return {"timestamps": [report.buckets.labels for _ in amounts.parts], "values": amounts.of_bucket}


def _input(report: Dashboard, area: float) -> Json:
    result = _subtotals(report.energy, coal=True) | _over_time(report, report.energy)
    result["total_in_kgce"] = float(result["subtotals_in_kgce"].sum())
    result["total_in_kgco2e"] = float(result["subtotals_in_kgco2e"].sum())
    result |= {"category_names": result["names"], "category_units": result["units"]}
    if report.kind.has_area:
        by = area or np.inf
        result["subtotals_per_unit_area"] = result["subtotals"] / by
        result["total_in_kgce_per_unit_area"] = result["total_in_kgce"] / by
        result["total_in_kgco2e_per_unit_area"] = result["total_in_kgco2e"] / by
        # MyEMS has these members and never fills them; a sum over cost centres has no tariff of its own.
        result |= {f"{name}s": [] for name in PEAK_TYPES} | {"increment_rates": []}
    return result


def _cost(report: Dashboard, wish: AskAll, area: float) -> Json:
    result = _subtotals(report.cost, coal=False, unit=wish.ask.currency) | _over_time(report, report.cost)
    if report.kind.has_area:
        result["subtotals_per_unit_area"] = result["subtotals"] / (area or np.inf)
        result["increment_rates"] = pieces.change(result["subtotals"], None)
    return result
