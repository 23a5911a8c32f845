"""Load and statistics in MyEMS' shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Buckets, Float64, local_labels
from ems_api.reports.entities import ASSOCIATED
from ems_api.reports.kinds.profiles import LoadPeriod, LoadReport, StatisticsPeriod, StatisticsReport
from ems_api.reports.model import EntityFacts, Part
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json

STATISTICS = ("mean", "median", "minimum", "maximum", "stdev", "variance")


def load(report: LoadReport, ask: Ask) -> Json:
    """The load of an entity, without files."""
    result: Json = {
        report.entity.kind: pieces.entity(report.entity),
        "base_period": _head(report.parts, report.base.buckets if report.base else None)
        | _load(report.base, report.parts),
        "reporting_period": _load_reporting(report, ask),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }
    if report.members is not None:
        result[ASSOCIATED.section] = _associated(report.parts, report.members) | {
            "sub_averages_array": report.member_averages,
            "sub_maximums_array": report.member_maximums,
        }
    return result


def _head(parts: Sequence[Part], buckets: Buckets | None) -> Json:
    labels = buckets.labels if buckets is not None else []
    return {
        "names": [part.name for part in parts],
        "units": [part.unit for part in parts],
        "timestamps": [labels for _ in parts],
    }


def _load(period: LoadPeriod | None, parts: Sequence[Part]) -> Json:
    if period is None:
        rows, column = np.empty((len(parts), 0)), np.full(len(parts), np.nan)
        return {"sub_averages": rows, "sub_maximums": rows} | dict.fromkeys(
            ("averages", "maximums", "factors"), column
        )
    return {
        "sub_averages": period.averages,
        "sub_maximums": period.maximums,
        "averages": period.average,
        "maximums": period.maximum,
        "factors": period.factor,
        "minimums": period.minimum,
        "maximum_timestamps": _stamps(period),
        **pieces.quality(period.quality),
    }


def _stamps(period: LoadPeriod) -> list[str | None]:
    known = ~np.isnat(period.maximum_at)
    labels = iter(local_labels(period.maximum_at[known], period.buckets.tz))
    return [next(labels) if is_known else None for is_known in known]


def _load_reporting(report: LoadReport, ask: Ask) -> Json:
    now, before = report.reporting, report.base
    result = _head(report.parts, now.buckets) | {"energy_category_ids": [part.id for part in report.parts]}
    result |= _load(now, report.parts)
    result["rates_of_sub_maximums"] = pieces.bucket_changes(
        now.maximums, before.maximums if before else None, v1=ask.v1
    )
    result |= _figure("averages", now.average, before.average if before else None, report.entity)
    result |= _figure("maximums", now.maximum, before.maximum if before else None, report.entity)
    result["factors_increment_rate"] = pieces.change(now.factor, before.factor if before else None)
    return result


def _figure(name: str, now: Float64, before: Float64 | None, facts: EntityFacts) -> Json:
    """A figure of each part with its change, and per unit area and person where the entity has such."""
    result: Json = {name: now, f"{name}_increment_rate": pieces.change(now, before)}
    if facts.area_m2 is not None:
        result[f"{name}_per_unit_area"] = pieces.divided(now, facts.area_m2)
    if facts.occupants is not None:
        result[f"{name}_per_capita"] = pieces.divided(now, facts.occupants)
    return result


def _associated(parts: Sequence[Part], members: Sequence[EntityFacts]) -> Json:
    names, ids = [member.name for member in members], [member.id for member in members]
    return {
        "energy_category_names": [part.name for part in parts],
        "units": [part.unit for part in parts],
        "associated_equipment_names_array": [names for _ in parts],
        "associated_equipment_ids": ids,
    }


def statistics(report: StatisticsReport, ask: Ask) -> Json:
    """The statistics of an entity, without files."""
    result: Json = {
        report.entity.kind: pieces.entity(report.entity),
        "base_period": _statistics(report.base, report.parts, ask),
        "reporting_period": _statistics_reporting(report, ask),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }
    if report.members is not None:
        result[ASSOCIATED.section] = _associated(report.parts, report.members.entities) | {
            "subtotals_array": pieces.shown(report.members.totals, v1=ask.v1)
        }
    return result


def _statistics(period: StatisticsPeriod | None, parts: Sequence[Part], ask: Ask) -> Json:
    result = _head(parts, period.buckets if period else None)
    if period is None:
        unknown = np.full(len(parts), np.nan)
        result |= {"values": np.empty((len(parts), 0)), "subtotals": pieces.shown(unknown, v1=ask.v1)}
        return result | {f"{name}s": unknown for name in STATISTICS}
    result |= {"values": period.values, "subtotals": pieces.shown(period.totals, v1=ask.v1)}
    result |= {f"{name}s": getattr(period, name) for name in STATISTICS}
    return result | pieces.quality(period.quality)


def _statistics_reporting(report: StatisticsReport, ask: Ask) -> Json:
    now, before = report.reporting, report.base
    result = _statistics(now, report.parts, ask) | {"energy_category_ids": [part.id for part in report.parts]}
    result["rates"] = pieces.bucket_changes(now.values, before.values if before else None, v1=ask.v1)
    for name in STATISTICS:
        result |= _figure(
            f"{name}s", getattr(now, name), getattr(before, name) if before else None, report.entity
        )
    return result
