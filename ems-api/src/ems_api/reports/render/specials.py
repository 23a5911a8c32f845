"""Reports of one kind only, in MyEMS' shape."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64, local_labels, local_text
from ems_api.reports.kinds.balance import Balance
from ems_api.reports.kinds.bill import Bill
from ems_api.reports.kinds.networks import AskDiagram, Circuits, Diagram
from ems_api.reports.kinds.power_quality import (
    FREQUENCY_NORMAL_HZ,
    FREQUENCY_SEVERE_HZ,
    Finding,
    PowerQuality,
)
from ems_api.reports.kinds.production import AskProduct, Production
from ems_api.reports.kinds.readings import AskLive, Measured, Sensed
from ems_api.reports.kinds.stored import StoredFile
from ems_api.reports.kinds.tracking import AskListed, AskMeters, Line, Listing, Tracking
from ems_api.reports.model import Curve, sum_of_known
from ems_api.reports.render import meters, pieces, sums
from ems_api.reports.render.pieces import Json
from ems_api.reports.render.sums import Style
from ems_api.wall_clock import epoch_ms


def realtime(report: Measured, wish: AskLive) -> Json:
    """A meter's newest readings."""
    return {
        "meter": meters.meter(report.entity, report.category, report.category.unit),
        "energy_value": _one(report.register, wish),
        "parameters": pieces.parameters(report.curves, wish.zone),
    }


def _one(curve: Curve | None, wish: AskLive) -> Json:
    if curve is None:
        return {"name": None, "timestamps": [], "values": []}
    return {"name": curve.name, "timestamps": local_labels(curve.times, wish.zone), "values": curve.values}


def environment(report: Sensed, wish: AskLive) -> Json:
    """A sensor's readings."""
    return {
        "sensor": {
            "sensor_id": report.id,
            "name": report.name,
            "uuid": report.uuid,
            "description": report.description,
        },
        "energy_value": _one(report.register, wish),
        "parameters": pieces.parameters(report.curves, wish.zone),
        "time_range": wish.range_name,
    }


def trend(report: Measured, ask: Ask) -> Json:
    """Readings of a meter's points over a period."""
    return {
        "meter": meters.meter(report.entity, report.category, report.category.unit),
        "reporting_period": pieces.parameters(report.curves, ask.zone),
        "parameters": pieces.parameters(report.tariffs, ask.zone),
    }


def tracking(report: Tracking, wish: AskMeters) -> Json:
    """Registers of the meters below a space."""
    return {
        "meters": [_tracked(report, wish, "meter", line) for line in report.lines["meter"]],
        "start_integrity_rate": report.share(start=True, end=False),
        "end_integrity_rate": report.share(start=False, end=True),
        "full_integrity_rate": report.share(start=True, end=True),
    }


def meter_dashboard(report: Tracking, wish: AskMeters) -> Json:
    """Meters of all kinds below a space."""
    result: Json = {}
    for kind, lines in report.lines.items():
        result[f"{kind}s"] = [_tracked(report, wish, kind, line) for line in lines]
        result[f"{kind}_count"] = len(lines)
    return result


def _tracked(report: Tracking, wish: AskMeters, kind: str, line: Line) -> Json:
    meter = line.meter
    return {
        "id": meter.id,
        f"{kind}_name": meter.name,
        f"{kind}_uuid": meter.uuid,
        # MyEMS tells the spaces above as well.
        "space_name": meter.space_name if wish.ask.v1 else report.paths[meter.space_id],
        "cost_center_name": meter.cost_center_name,
        "energy_category_name": report.category_names.get(meter.category_id, ""),
        "description": meter.description,
        "start_value": line.start,
        "end_value": line.end,
        "difference_value": line.difference,
    }


def balance(report: Balance, ask: Ask) -> Json:
    """A master meter against its submeters."""
    master, parts = (
        pieces.shown_one(float(sum_of_known(of)), v1=ask.v1) for of in (report.master, report.parts)
    )
    difference = float(np.round(master - parts, 6))
    return {
        "meter": meters.meter(report.entity, report.category, report.category.unit),
        "reporting_period": {
            "master_meter_consumption_in_category": master,
            "submeters_consumption_in_category": parts,
            "difference_in_category": difference,
            "percentage_difference": _balance_share(difference, master, parts, v1=ask.v1),
            "timestamps": report.buckets.labels,
            "difference_values": pieces.shown(
                report.difference if ask.v1 else _with_zeros(report), v1=ask.v1
            ),
        },
        "parameters": _balanced(report, ask),
    }


def _balance_share(difference: float, master: float, parts: float, *, v1: bool) -> float | None:
    """The difference as a share of the master meter; without any MyEMS has -1 when submeters counted."""
    if master:
        return pieces.number(difference / master)
    if v1:
        return None
    return -1.0 if parts else 0.0


def _with_zeros(report: Balance) -> Float64:
    """The difference where a side without value counts as 0, as in MyEMS."""
    return np.asarray(np.nan_to_num(report.master) - np.nan_to_num(report.parts), dtype=np.float64)


def _balanced(report: Balance, ask: Ask) -> Json:
    """The master meter and its submeters over time; under `/v1` what is bound to the master meter follows."""
    beside = pieces.parameters(report.curves if ask.v1 else (), ask.zone)
    rows = [report.master, *report.each]
    return {
        "names": [report.entity.name, *report.submeters, *beside["names"]],
        "timestamps": [*(report.buckets.labels for _ in rows), *beside["timestamps"]],
        "values": [*(pieces.shown(row, v1=ask.v1) for row in rows), *beside["values"]],
    }


def bill(report: Bill, ask: Ask) -> Json:
    """What a tenant owes."""
    more = report.tenant.more
    return {
        "tenant": {
            "id": report.tenant.id,
            "name": report.tenant.name,
            **{name: more[name] for name in ("buildings", "floors", "rooms", "lease_number")},
            "email": report.email,
            "phone": report.phone,
        },
        "reporting_period": {
            "names": [part.name for part in report.parts],
            "energy_category_ids": [part.id for part in report.parts],
            "units": [part.unit for part in report.parts],
            "subtotals_input": pieces.shown(report.energy, v1=ask.v1),
            "subtotals_cost": pieces.shown(report.cost, v1=ask.v1),
            "total_cost": pieces.shown_one(report.total_cost, v1=ask.v1),
            "currency_unit": report.unit,
            "provisional_share": pieces.shown_one(report.provisional_share, v1=ask.v1),
        },
        "parameters": pieces.parameters(report.tariffs, ask.zone),
    }


def diagram(report: Diagram, _wish: AskDiagram) -> Json:
    """An energy flow diagram."""
    return {
        "nodes": [{"name": name} for name in report.nodes],
        "links": [
            {"source": link.source, "target": link.target, "value": link.energy} for link in report.links
        ],
    }


def distribution(report: Circuits, _wish: int) -> list[Json]:
    """Circuits with live values."""
    numbers = ("peak_load", "peak_current")
    return [
        dict(row)
        | {name: None if row[name] is None else float(row[name]) for name in numbers}
        | {"points": list(report.points.get(row["id"], ()))}
        for row in report.rows
    ]


def points(found: dict[int, float], _wish: Any) -> list[Json]:
    """Newest values of points."""
    return [{"point_id": key, "value": value} for key, value in found.items()]


def production(report: Production, wish: AskProduct) -> Json:
    """Products made, and what their energy cost."""
    costs = sums.answer(report.cost, wish.ask, Style(total=True, peaks=False))
    energy = sums.answer(report.energy, wish.ask, Style(coal=True, peaks=False))
    now, before = (
        pieces.shown_one(float(sum_of_known(of)), v1=wish.ask.v1) for of in (report.reporting, report.base)
    )
    reporting, base = costs["reporting_period"], costs["base_period"]
    for period, source in ((reporting, energy["reporting_period"]), (base, energy["base_period"])):
        period |= {name: value for name, value in source.items() if "kgce" in name or "kgco2e" in name}
    for name in ("kgce", "kgco2e"):
        total = float(reporting[f"total_in_{name}"])
        reporting[f"total_in_{name}_per_prodution"] = pieces.divided_of(total, now)
    product = report.product
    # The contract has people in whole numbers here, and only here.
    space = costs["space"] | {"number_of_occupants": round(report.cost.entity.occupants or 0)}
    return {
        "space": space,
        "base_period": base,
        "reporting_period": reporting,
        "base_production": {
            "timestamps": report.base_buckets.labels if report.base_buckets else [],
            "values": report.base,
        },
        "reporting_production": {
            "timestamps": report.reporting_buckets.labels,
            "values": report.reporting,
            "rates": _production_rates(report, wish),
        },
        "reporting_result_values": _per_product(report.cost.reporting.values, report.reporting),
        "reporting_total_production": now,
        "base_result_values": _per_product(
            report.cost.base.values if report.cost.base else np.empty((0, 0)), report.base
        ),
        "base_total_production": before,
        "product": {
            "id": product.id,
            "name": product.name,
            "unit": product.unit,
            "tag": product.tag,
            "coefficient": product.coefficient,
        },
    }


def _production_rates(report: Production, wish: AskProduct) -> Float64:
    """Changes day by day; MyEMS has none between periods of unequal length, and 0 where one made nothing."""
    now, before = report.reporting, report.base
    if wish.ask.v1:
        rows = before[np.newaxis, :] if wish.ask.base else None
        return pieces.bucket_changes(now[np.newaxis, :], rows, v1=True).ravel()
    if wish.ask.base is None or len(now) != len(before):
        return np.full(len(now), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((now > 0) & (before > 0), (now - before) / before, 0.0)


def _per_product(cost: Float64, made: Float64) -> Float64:
    """What a product cost, period by period; nothing where products and cost have different periods."""
    if cost.shape[1] != len(made):
        return np.empty((len(cost), 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(made > 0, cost / made, np.nan)


def days(found: tuple[Sequence[str], Float64], _wish: Any) -> list[Json]:
    """Values of local days."""
    pairs = zip(found[0], found[1].tolist(), strict=True)
    return [{"monthdate": day, "daily_value": pieces.number(value)} for day, value in pairs]


def power_quality(report: PowerQuality, ask: Ask) -> Json:
    """Readings of a meter and how they keep to their limits."""
    measured = report.measured
    return {
        "meter": meters.meter(measured.entity, measured.category, measured.category.unit),
        "reporting_period": pieces.parameters(measured.curves, ask.zone),
        "parameters": None,
        "analysis": [_finding(finding, ask) for finding in report.findings],
    }


def _finding(found: Finding, ask: Ask) -> Json:
    in_percent = found.kind != "frequency"
    return {
        "point_name": found.name,
        "unit": found.unit,
        "category": found.kind,
        "type": found.kind,
        "limit_pct": found.limit if in_percent else None,
        "compliance_pct": found.compliance_pct,
        "worst_abs_deviation_pct": abs(found.worst) if in_percent else 0.0,
        "worst_time": local_labels(np.array([found.worst_at]), ask.zone)[0]
        if found.worst_at is not None
        else None,
        "metrics": [{"name": "mean", "value": found.mean}, {"name": "maximum", "value": found.highest}],
        "worst_unbalance_pct": abs(found.worst) if found.kind == "unbalance" else 0.0,
        "limit_normal_hz": None if in_percent else FREQUENCY_NORMAL_HZ,
        "limit_severe_hz": None if in_percent else FREQUENCY_SEVERE_HZ,
        "severe_exceed_count": found.severe,
        "worst_deviation_hz": 0.0 if in_percent else abs(found.worst),
    }


def stored(files: Sequence[StoredFile], ask: Ask) -> list[Json]:
    """Stored files of a period."""
    return [
        {
            "id": file.id,
            "file_name": file.file_name,
            "uuid": file.uuid,
            "create_datetime_local": local_text(file.created.replace(tzinfo=UTC), ask.zone),
            "file_type": file.file_type,
            "file_size_bytes": len(file.content),
            "file_bytes_base64": base64.b64encode(file.content).decode("ascii"),
        }
        for file in files
    ]


def stored_one(file: StoredFile) -> Json:
    """One stored file."""
    return {
        "id": file.id,
        "file_name": file.file_name,
        "uuid": file.uuid,
        "create_datetime": epoch_ms(file.created),
        "file_type": file.file_type,
        "file_bytes_base64": base64.b64encode(file.content).decode("ascii"),
    }


def faults(found: Sequence[tuple[str, str, int]], _wish: Any) -> Json:
    """Faults by priority and state."""
    return {
        "faults": [
            {"priority": priority, "status": status, "count": count} for priority, status, count in found
        ],
        "total": sum(count for _, _, count in found),
    }


def listing(report: Listing, wish: AskListed) -> Json:
    """The equipment below a space."""
    return {
        "equipments": [
            {
                "id": line.id,
                "equipment_name": line.name,
                "equipment_uuid": line.uuid,
                "space_name": line.space_name if wish.v1 else report.paths[line.space_id],
                "cost_center_name": line.cost_center_name,
                "description": line.description,
            }
            for line in report.lines
        ]
    }
