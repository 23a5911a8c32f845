"""Dashboards of a kind of entity in MyEMS' shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import numpy as np
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.kinds.dashboards import Amounts, AskAll, Dashboard
from ems_api.reports.model import EntityFacts, Part, sum_of_known
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json

TOP = 10
TOP_OF_MYEMS = 5
_FORMAT = "%Y-%m-%dT%H:%M:%S"


def answer(report: Dashboard, wish: AskAll) -> Json:
    """All entities of a kind."""
    area = sum(entity.area_m2 or 0.0 for entity in report.entities)
    summary: Json = dict(report.counts)
    if report.kind.has_area:
        summary["total_area"] = area
    lines = [_line(report, wish, row, entity) for row, entity in enumerate(report.entities)]
    most = TOP if wish.ask.v1 else TOP_OF_MYEMS
    top = sorted(lines, key=lambda line: -float(np.nan_to_num(line["total_energy"])))[:most]
    result: Json = {
        "summary": summary,
        report.kind.plural: lines,
        "reporting_period_input": _input(report, wish, area),
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
        result["reporting_period_output"] = _subtotals(report.output, wish, coal=True)
    return result


def _line(report: Dashboard, wish: AskAll, row: int, entity: EntityFacts) -> Json:
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
    result |= _amounts("energy", report.energy, wish, row)
    result |= _amounts("cost", report.cost, wish, row)
    result |= _amounts("carbon", report.carbon, wish, row)
    if report.output is not None:
        result |= _amounts("output", report.output, wish, row)
        result["efficiency"] = efficiency(result["total_output"], result["total_energy"], v1=wish.ask.v1)
    return result


def efficiency(output: float, energy: float, *, v1: bool) -> float | None:
    """Output per energy; MyEMS' clients know it in per cent, and none where nothing was put out."""
    if v1:
        return pieces.number(output / energy) if energy else None
    return output / energy * 100 if energy > 0 and output > 0 else None


def _amounts(name: str, amounts: Amounts, wish: AskAll, row: int) -> Json:
    values = pieces.shown(amounts.of_entity[row], v1=wish.ask.v1).tolist()
    total = float(sum_of_known(amounts.of_entity[row]))
    return {
        f"total_{name}": pieces.shown_one(total, v1=wish.ask.v1),
        f"{name}_by_category": {part.name: value for part, value in zip(amounts.parts, values, strict=True)},
    }


def _subtotals(amounts: Amounts, wish: AskAll, *, coal: bool, unit: str = "") -> Json:
    totals = pieces.shown(amounts.totals, v1=wish.ask.v1)
    result: Json = {
        "names": [part.name for part in amounts.parts],
        "units": [unit or part.unit for part in amounts.parts],
        "energy_category_ids": [part.id for part in amounts.parts],
        "subtotals": totals,
    }
    if coal:
        kgce = np.array([part.kgce_per_unit for part in amounts.parts], dtype=np.float64)
        kgco2e = np.array([part.kgco2e_per_unit for part in amounts.parts], dtype=np.float64)
        result["subtotals_in_kgce"] = totals * kgce
        result["subtotals_in_kgco2e"] = totals * kgco2e
    return result


def _over_time(report: Dashboard, amounts: Amounts, wish: AskAll) -> Json:
    values = pieces.shown(amounts.of_bucket, v1=wish.ask.v1)
    return {"timestamps": [report.buckets.labels for _ in amounts.parts], "values": values}


def _by_area(value: Any, area: float, wish: AskAll) -> Any:
    """A figure per unit area; MyEMS shows 0 where no area is known, `/v1` null."""
    return value / (area or (np.nan if wish.ask.v1 else np.inf))


def _input(report: Dashboard, wish: AskAll, area: float) -> Json:
    result = _subtotals(report.energy, wish, coal=True) | _over_time(report, report.energy, wish)
    for name in ("total_in_kgce", "total_in_kgco2e"):
        total = float(sum_of_known(result[f"sub{name.replace('total', 'totals')}"]))
        result[name] = pieces.shown_one(total, v1=wish.ask.v1)
    result |= {"category_names": result["names"], "category_units": result["units"]}
    if report.kind.has_area:
        for name in ("subtotals", "total_in_kgce", "total_in_kgco2e"):
            result[f"{name}_per_unit_area"] = _by_area(result[name], area, wish)
        # MyEMS has these members and never fills them; a sum over cost centres has no tariff of its own.
        result |= {f"{name}s": [] for name in PEAK_TYPES} | {"increment_rates": []}
    return result


def _of_parts(amounts: Amounts, parts: Sequence[Part]) -> Amounts:
    """Amounts with a column for each of these parts, in their order: nan for one that has none."""
    column_of = {part.id: column for column, part in enumerate(amounts.parts)}
    known = [(n, column_of[part.id]) for n, part in enumerate(parts) if part.id in column_of]
    of_entity = np.full((len(amounts.of_entity), len(parts)), np.nan)
    of_bucket = np.full((len(parts), amounts.of_bucket.shape[1]), np.nan)
    for n, column in known:
        of_entity[:, n] = amounts.of_entity[:, column]
        of_bucket[n] = amounts.of_bucket[column]
    return Amounts(parts, of_entity, of_bucket)


def _cost(report: Dashboard, wish: AskAll, area: float) -> Json:
    # Clients lay cost beside energy: it has the same categories, also those that nothing is paid for.
    cost = _of_parts(report.cost, report.energy.parts)
    result = _subtotals(cost, wish, coal=False, unit=wish.ask.currency) | _over_time(report, cost, wish)
    if report.kind.has_area:
        result["subtotals_per_unit_area"] = _by_area(result["subtotals"], area, wish)
        result["increment_rates"] = pieces.change(result["subtotals"], None)
    return result
