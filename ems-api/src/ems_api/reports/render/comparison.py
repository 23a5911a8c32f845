"""Comparisons in MyEMS' shape."""

from __future__ import annotations

import numpy as np

from ems_api.reports.kinds.comparison import Comparison, Pair, Side
from ems_api.reports.render import meters, pieces
from ems_api.reports.render.pieces import Json


def answer(report: Comparison, pair: Pair) -> Json:
    """Two entities side by side, without files."""
    result: Json = {}
    # The contract writes `combined_equipment1`, but `virtualmeter1`.
    name = report.kind.route if report.kind.is_meter else report.kind.name
    for n, side in ((1, report.first), (2, report.second)):
        result[f"{name}{n}"] = _entity(report, side)
        result[f"reporting_period{n}"] = _period(report, side, v1=pair.ask.v1)
    v1 = pair.ask.v1
    first, second = (pieces.shown(side.values, v1=v1) for side in (report.first, report.second))
    totals = [pieces.shown_one(side.total, v1=v1) for side in (report.first, report.second)]
    result["diff"] = {
        "values": np.round(first - second, 6),
        "total_in_category": float(np.round(totals[0] - totals[1], 6)),
    }
    if not report.kind.is_meter:
        category = report.first.category
        result["energy_category"] = {
            "id": category.id,
            "name": category.name,
            "unit_of_measure": category.unit,
        }
    return result


def _entity(report: Comparison, side: Side) -> Json:
    if not report.kind.is_meter:
        return pieces.entity(side.entity)
    result = meters.meter(side.entity, side.category, side.category.unit)
    if "equation" in side.entity.more:
        result["equation"] = side.entity.more["equation"]
    return result


def _period(report: Comparison, side: Side, *, v1: bool) -> Json:
    found = pieces.quality(side.quality)
    return {
        "total_in_category": pieces.shown_one(side.total, v1=v1),
        "timestamps": report.buckets.labels,
        "values": pieces.shown(side.values, v1=v1),
        "qualities": found["qualities"][0],
    }
