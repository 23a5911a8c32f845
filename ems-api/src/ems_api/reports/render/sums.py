"""Sums and differences in MyEMS' shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ems_common.tariffs import PEAK_TYPES

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64
from ems_api.reports.entities import BY_NAME
from ems_api.reports.model import PeriodValue, SumReport, sum_of_known
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json


@dataclass(frozen=True, slots=True)
class Style:
    """What belongs into the answer of a kind of report.

    Attributes:
        split: ``category`` or ``item``.
        coal: Whether values are converted to standard coal and greenhouse gas.
        total: Whether all parts have one unit and are added up.
        peaks: Whether totals are split by peak type.
        days: Whether they are split by working and other days.
        suffix: Added to the names of the values.
        base_shares: Whether the base period too has (empty) arrays per area and person.
        area_shares: Whether kinds without an area have (empty) members for it.
    """

    split: str = "category"
    coal: bool = False
    total: bool = False
    peaks: bool = True
    days: bool = False
    suffix: str = ""
    base_shares: bool = False
    area_shares: bool = False


def answer(report: SumReport, ask: Ask, style: Style) -> Json:
    """The answer, without files."""
    amounts = _amounts(report, report.reporting, style, ask)
    before = _amounts(report, report.base, style, ask)
    result: Json = {
        report.entity.kind: pieces.entity(report.entity),
        "base_period": _base(report, style, ask, before),
        "reporting_period": _reporting(
            report, style, ask, amounts, before if report.base is not None else {}
        ),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }
    below = BY_NAME[report.entity.kind].below
    if below is not None and report.members is not None:
        result[below.section] = _members(report, style, ask)
        if report.members.periods:
            result["associated_report_period_list"] = _member_periods(report, style, ask)
    return result


def _names(report: SumReport) -> Json:
    return {"names": [part.name for part in report.parts], "units": [part.unit for part in report.parts]}


def _stamps(report: SumReport, period: PeriodValue | None) -> list[list[str]]:
    labels = period.buckets.labels if period is not None else []
    return [labels for _ in report.parts]


def _amounts(report: SumReport, period: PeriodValue | None, style: Style, ask: Ask) -> Json:
    """Totals of a period, in the units of the parts and in those of the whole."""
    unknown = np.full(len(report.parts), np.nan)
    totals = period.totals if period is not None else unknown
    result: Json = {"subtotals": pieces.shown(totals, v1=ask.v1)}
    if style.coal:
        for name, factor in (("kgce", report.kgce), ("kgco2e", report.kgco2e)):
            result[f"subtotals_in_{name}"] = pieces.shown(totals * factor, v1=ask.v1)
            result[f"total_in_{name}"] = _whole(totals * factor, ask)
    if style.total:
        result["total"] = _whole(totals, ask)
    if style.days and report.entity.calendars is not None:
        working = period.working_days if period is not None else unknown
        other = period.non_working_days if period is not None else unknown
        result |= {
            "working_days_subtotals": pieces.shown(working, v1=ask.v1),
            "non_working_days_subtotals": pieces.shown(other, v1=ask.v1),
            "working_days_total": _whole(working, ask),
            "non_working_days_total": _whole(other, ask),
        }
    return result


def _whole(of_parts: Float64, ask: Ask) -> float:
    """The sum of the parts that are known."""
    return pieces.shown_one(float(sum_of_known(of_parts)), v1=ask.v1)


def _base(report: SumReport, style: Style, ask: Ask, amounts: Json) -> Json:
    base = report.base
    empty = np.empty((len(report.parts), 0))
    values = pieces.shown(base.values, v1=ask.v1) if base is not None else empty
    result = _names(report) | {"timestamps": _stamps(report, base)}
    result |= pieces.renamed({"values": values} | amounts, style.suffix)
    if style.base_shares:
        result |= {"subtotals_per_unit_area": [], "subtotals_per_capita": []}
    if base is not None:
        result |= pieces.quality(base.quality)
    return result


def _reporting(report: SumReport, style: Style, ask: Ask, amounts: Json, earlier: Json) -> Json:
    period, base, facts = report.reporting, report.base, report.entity
    values = pieces.shown(period.values, v1=ask.v1)
    before = pieces.shown(base.values, v1=ask.v1) if base is not None else None
    totals_before = pieces.shown(base.totals, v1=ask.v1) if base is not None else None
    changing: Json = {
        "values": values,
        "rates": pieces.bucket_changes(values, before, v1=ask.v1),
        **amounts,
        "increment_rates": pieces.change(amounts["subtotals"], totals_before, signed=_signed(style, ask)),
        **_per(amounts, facts.area_m2, "unit_area"),
        **_per(amounts, facts.occupants, "capita"),
        **_total_changes(amounts, earlier, signed=_signed(style, ask)),
    }
    result = _names(report) | _keys(report, style) | {"timestamps": _stamps(report, period)}
    result |= pieces.renamed(changing, style.suffix)
    if style.area_shares and facts.area_m2 is None:
        result |= {"subtotals_per_unit_area": [], "total_per_unit_area": None if ask.v1 else 0.0}
    if style.peaks:
        peaks = pieces.shown(period.peaks.T, v1=ask.v1)
        result |= {f"{name}s": peaks[n] for n, name in enumerate(PEAK_TYPES)}
    if style.total:
        result["total_unit"] = report.unit
    return result | pieces.quality(period.quality)


def _keys(report: SumReport, style: Style) -> Json:
    if style.split == "item":
        return {
            "energy_item_ids": [part.id for part in report.parts],
            "energy_category_names": [part.category_name for part in report.parts],
            "energy_category_ids": [part.category_id for part in report.parts],
        }
    return {"energy_category_ids": [part.id for part in report.parts]}


def _per(amounts: Json, by: float | None, what: str) -> Json:
    """Totals per unit area or person, for kinds of entities that have such."""
    if by is None:
        return {}
    result: Json = {f"subtotals_per_{what}": pieces.divided(amounts["subtotals"], by)}
    for name in ("total", "total_in_kgce", "total_in_kgco2e"):
        if name in amounts:
            result[f"{name}_per_{what}"] = pieces.divided_of(amounts[name], by)
    return result


def _signed(style: Style, ask: Ask) -> bool:
    """Whether changes against a negative base are shown: MyEMS does where savings are compared."""
    return bool(style.suffix) and not ask.v1


def _total_changes(now: Json, before: Json, *, signed: bool) -> Json:
    """Changes of the totals over all parts, of those that a report has."""
    result: Json = {}
    for name in ("kgce", "kgco2e"):
        total = f"total_in_{name}"
        if total in now:
            change = pieces.change_of(now[total], before.get(total), signed=signed)
            result[f"increment_rate_in_{name}"] = change
    if "total" in now:
        result["total_increment_rate"] = pieces.change_of(now["total"], before.get("total"))
    return result


def _members(report: SumReport, style: Style, ask: Ask) -> Json:
    below = BY_NAME[report.entity.kind].below
    found = report.members
    if below is None or found is None:
        return {}
    names = [member.name for member in found.entities]
    ids = [member.id for member in found.entities]
    result: Json = {
        f"energy_{style.split}_names": [part.name for part in report.parts],
        "units": [part.unit for part in report.parts],
        f"{below.prefix}_names_array": [names for _ in report.parts],
        f"{below.prefix}_ids_array": [ids for _ in report.parts],
        f"{below.prefix}_ids": ids,
    }
    totals = pieces.shown(found.totals, v1=ask.v1)
    amounts: Json = {"subtotals_array": totals}
    if style.coal:
        amounts["subtotals_in_kgce_array"] = totals * report.kgce[:, np.newaxis]
        amounts["subtotals_in_kgco2e_array"] = totals * report.kgco2e[:, np.newaxis]
    result |= pieces.renamed(amounts, style.suffix)
    if style.total:
        result["total_unit"] = report.unit
    return result


def _member_periods(report: SumReport, style: Style, ask: Ask) -> list[Json]:
    found = report.members
    if found is None:
        return []
    return [
        _names(report)
        | {
            "associated_equipment_name": member.name,
            "timestamps": _stamps(report, period),
            "values": pieces.shown(period.values, v1=ask.v1),
        }
        | _amounts(report, period, style, ask)
        for member, period in zip(found.entities, found.periods, strict=True)
    ]
