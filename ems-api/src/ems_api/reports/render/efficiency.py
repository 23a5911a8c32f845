"""Efficiency in MyEMS' shape."""

from __future__ import annotations

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64
from ems_api.reports.entities import ASSOCIATED
from ems_api.reports.kinds.efficiency import EquipmentEfficiency, Flow, Fraction, SpaceEfficiency
from ems_api.reports.model import EntityFacts, PeriodValue
from ems_api.reports.render import pieces
from ems_api.reports.render.pieces import Json


def ratio(numerator: Float64, denominator: Float64) -> Float64:
    """Quotient; nan where the denominator is zero or either is unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


def of_space(report: SpaceEfficiency, ask: Ask) -> Json:
    """Output per input of an entity, without files."""
    return {
        report.entity.kind: pieces.entity(report.entity),
        "base_period_input": _flow_base(report.input, ask),
        "base_period_output": _flow_base(report.output, ask),
        "base_period_efficiency": _pairs(report, report.input.base, report.output.base),
        "reporting_period_input": _flow_reporting(report.input, report.entity, ask),
        "reporting_period_output": _flow_reporting(report.output, report.entity, ask),
        "reporting_period_efficiency": _pairs_reporting(report, ask),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }


def _flow_base(flow: Flow, ask: Ask) -> Json:
    return _flow(flow, flow.base, ask)


def _flow(flow: Flow, period: PeriodValue | None, ask: Ask) -> Json:
    count = len(flow.parts)
    return {
        "names": [part.name for part in flow.parts],
        "units": [part.unit for part in flow.parts],
        "timestamps": [period.buckets.labels if period else [] for _ in flow.parts],
        "values": pieces.shown(period.values, v1=ask.v1) if period else np.empty((count, 0)),
        "subtotals": pieces.shown(period.totals if period else np.full(count, np.nan), v1=ask.v1),
    }


def _flow_reporting(flow: Flow, facts: EntityFacts, ask: Ask) -> Json:
    now = flow.reporting
    totals = pieces.shown(now.totals, v1=ask.v1)
    before = pieces.shown(flow.base.totals, v1=ask.v1) if flow.base else None
    return _flow(flow, now, ask) | {
        "energy_category_ids": [part.id for part in flow.parts],
        "subtotals_per_unit_area": pieces.divided(totals, facts.area_m2),
        "subtotals_per_capita": pieces.divided(totals, facts.occupants),
        "increment_rates": pieces.change(totals, before),
        **pieces.quality(now.quality),
    }


def _quotients(
    report: SpaceEfficiency, into: PeriodValue | None, out: PeriodValue | None
) -> tuple[Float64, Float64]:
    """Values, shape ``(n_pairs, n_buckets)``, and those of the whole period."""
    if into is None or out is None:
        return np.empty((len(report.pairs), 0)), np.full(len(report.pairs), np.nan)
    outs, intos = ([pair[n] for pair in report.pairs] for n in (0, 1))
    return ratio(out.values[outs], into.values[intos]), ratio(out.totals[outs], into.totals[intos])


def _pairs(report: SpaceEfficiency, into: PeriodValue | None, out: PeriodValue | None) -> Json:
    values, cumulations = _quotients(report, into, out)
    outs, intos = report.output.parts, report.input.parts
    return {
        "names": [f"{outs[o].name}/{intos[i].name}" for o, i in report.pairs],
        "units": [f"{outs[o].unit}/{intos[i].unit}" for o, i in report.pairs],
        "timestamps": [into.buckets.labels if into else [] for _ in report.pairs],
        "values": values,
        "cumulations": cumulations,
    }


def _pairs_reporting(report: SpaceEfficiency, ask: Ask) -> Json:
    result = _pairs(report, report.input.reporting, report.output.reporting)
    before, whole_before = _quotients(report, report.input.base, report.output.base)
    result["rates"] = pieces.bucket_changes(result["values"], before, v1=ask.v1)
    result["increment_rates"] = pieces.change(result["cumulations"], whole_before)
    return result


def of_equipment(report: EquipmentEfficiency, ask: Ask) -> Json:
    """The fractions of an equipment, without files."""
    result: Json = {
        report.entity.kind: pieces.entity(report.entity)
        | {"efficiency_indicator": float(report.entity.more["efficiency_indicator"] or 0)},
        "base_period_efficiency": _fractions_base(report, ask),
        "reporting_period_efficiency": _fractions(report, ask),
        "parameters": pieces.parameters(report.curves, ask.zone),
    }
    if report.members is not None:
        names, ids = (
            zip(*((m.name, m.id) for m in report.members.entities), strict=True)
            if report.members.entities
            else ((), ())
        )
        result[ASSOCIATED.section] = {
            "energy_category_names": [part.name for part in report.parts],
            "units": [part.unit for part in report.parts],
            "associated_equipment_names_array": [list(names) for _ in report.parts],
            "subtotals_array": pieces.shown(report.members.totals, v1=ask.v1),
            "associated_equipment_ids": list(ids),
        }
    return result


def _rows(fractions: list[Float64], width: int) -> Float64:
    return np.array(fractions, dtype=np.float64).reshape(len(fractions), width)


def _terms(report: EquipmentEfficiency, *, base: bool) -> tuple[Float64, Float64, Float64, Float64]:
    """Numerators and denominators per bucket, then over the period."""
    buckets = report.base if base else report.buckets
    width = len(buckets) if buckets is not None else 0

    def of(name: str, fraction: Fraction) -> tuple[Float64, float]:
        term = fraction.numerator if name == "numerator" else fraction.denominator
        return (term.base_values, term.base_total) if base else (term.values, term.total)

    tops = [of("numerator", fraction) for fraction in report.fractions]
    bottoms = [of("denominator", fraction) for fraction in report.fractions]
    return (
        _rows([values for values, _ in tops], width),
        _rows([values for values, _ in bottoms], width),
        np.array([total for _, total in tops], dtype=np.float64),
        np.array([total for _, total in bottoms], dtype=np.float64),
    )


def _period(report: EquipmentEfficiency, ask: Ask, *, base: bool) -> Json:
    buckets = report.base if base else report.buckets
    stamps = [buckets.labels if buckets is not None else [] for _ in report.fractions]
    top, bottom, top_total, bottom_total = _terms(report, base=base)
    top_total, bottom_total = (pieces.shown(total, v1=ask.v1) for total in (top_total, bottom_total))
    return {
        "timestamps": stamps,
        "numerator_timestamps": stamps,
        "denominator_timestamps": stamps,
        # The contract knows no null here: a fraction of nothing is shown as 0 there.
        "values": pieces.shown(ratio(top, bottom), v1=ask.v1),
        "numerator_values": pieces.shown(top, v1=ask.v1),
        "denominator_values": pieces.shown(bottom, v1=ask.v1),
        "cumulations": pieces.shown(ratio(top_total, bottom_total), v1=ask.v1),
        "numerator_cumulation": top_total,
        "denominator_cumulation": bottom_total,
        "numerator_cumulations": top_total,
        "denominator_cumulations": bottom_total,
    }


def _fractions_base(report: EquipmentEfficiency, ask: Ask) -> Json:
    return _period(report, ask, base=True)


def _fractions(report: EquipmentEfficiency, ask: Ask) -> Json:
    now, before = _period(report, ask, base=False), _period(report, ask, base=True)
    of = report.fractions
    changes = {
        "rates": "values",
        "numerator_rates": "numerator_values",
        "denominator_rates": "denominator_values",
    }
    wholes = {
        "increment_rates": "cumulations",
        "increment_rates_num": "numerator_cumulation",
        "increment_rates_den": "denominator_cumulation",
    }
    has_base = report.base is not None
    return {
        "names": [fraction.name for fraction in of],
        "units": [_unit(fraction) for fraction in of],
        "numerator_names": [fraction.numerator.name for fraction in of],
        "numerator_units": [fraction.numerator.unit for fraction in of],
        "denominator_names": [fraction.denominator.name for fraction in of],
        "denominator_units": [fraction.denominator.unit for fraction in of],
        **now,
        **{
            name: pieces.bucket_changes(now[source], before[source], v1=ask.v1)
            for name, source in changes.items()
        },
        **{
            name: pieces.change(now[source], before[source] if has_base else None)
            for name, source in wholes.items()
        },
    }


def _unit(fraction: Fraction) -> str:
    return f"{fraction.numerator.unit}/{fraction.denominator.unit}"
