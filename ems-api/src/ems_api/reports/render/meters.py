"""Reports of one meter in MyEMS' shape: single arrays instead of parallel ones."""

from __future__ import annotations

import numpy as np
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.ask import Ask
from ems_api.reports.kinds.meters import MeterReport
from ems_api.reports.kinds.sums import CO2_UNIT
from ems_api.reports.model import EntityFacts, Part, PeriodValue
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json


def answer(report: MeterReport, ask: Ask, suffix: str = "") -> Json:
    """The report of a meter, without files."""
    return {
        report.entity.kind: meter(report.entity, report.category, report.unit),
        "base_period": _base(report, ask, suffix),
        "reporting_period": _reporting(report, ask, suffix),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }


def meter(facts: EntityFacts, category: Part, unit: str) -> Json:
    """A meter as its reports begin with it."""
    return {
        "id": facts.id,
        "name": facts.name,
        "uuid": facts.uuid,
        "cost_center_id": facts.cost_center_id,
        "energy_category_id": category.id,
        "energy_category_name": category.name,
        "unit_of_measure": unit,
        "kgce": category.kgce_per_unit,
        "kgco2e": category.kgco2e_per_unit,
    }


def _amounts(report: MeterReport, period: PeriodValue | None, energy: float, ask: Ask) -> Json:
    total = float(period.totals[0]) if period is not None else np.nan
    # MyEMS' clients know the gas of the energy at today's factor, even beside the carbon of each hour.
    is_gas = report.unit == CO2_UNIT and ask.v1
    gas = total if is_gas else energy * report.category.kgco2e_per_unit
    amounts = {
        "total_in_category": total,
        "total_in_kgce": energy * report.category.kgce_per_unit,
        "total_in_kgco2e": gas,
    }
    return {name: pieces.shown_one(value, v1=ask.v1) for name, value in amounts.items()}


def _base(report: MeterReport, ask: Ask, suffix: str) -> Json:
    base = report.base
    values = pieces.shown(base.values, v1=ask.v1)[0] if base is not None else np.empty(0)
    amounts = _amounts(report, base, report.base_energy, ask)
    result: Json = {"timestamps": base.buckets.labels if base is not None else []}
    result |= pieces.renamed({"values": values} | amounts, suffix)
    return result | (_quality(base) if base is not None else {})


def _reporting(report: MeterReport, ask: Ask, suffix: str) -> Json:
    now, base = report.reporting, report.base
    values = pieces.shown(now.values, v1=ask.v1)
    before = pieces.shown(base.values, v1=ask.v1) if base else None
    rates = pieces.bucket_changes(values, before, v1=ask.v1)[0]
    amounts = _amounts(report, now, report.energy, ask)
    total_before = pieces.shown_one(float(base.totals[0]), v1=ask.v1) if base else None
    changing: Json = {
        "values": values[0],
        "rates": rates,
        **amounts,
        "increment_rate": pieces.change_of(amounts["total_in_category"], total_before, signed=not ask.v1),
    }
    result: Json = {"timestamps": now.buckets.labels} | pieces.renamed(changing, suffix)
    if suffix:
        result["values_rates"] = rates
    else:
        peaks = pieces.shown(now.peaks[0], v1=ask.v1)
        result |= {name: float(peaks[n]) for n, name in enumerate(PEAK_TYPES)}
    return result | _quality(now)


def _quality(period: PeriodValue) -> Json:
    """As for parallel arrays, but of the one series."""
    found = pieces.quality(period.quality)
    return {
        "qualities": found["qualities"][0],
        "estimated_share": pieces.number(float(period.quality.estimated[0])),
        "incomplete_share": pieces.number(float(period.quality.incomplete[0])),
        "missing_share": pieces.number(float(period.quality.missing[0])),
    }
