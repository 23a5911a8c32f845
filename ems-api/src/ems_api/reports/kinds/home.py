"""The dashboard of a user: the root space the user may see, its children month by month, its sensors now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from ems_api.context import Context
from ems_api.reports import ask as asking
from ems_api.reports import live, slots, viewer
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Float64
from ems_api.reports.entities import BY_NAME, CHILD_SPACES
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.dashboards import AskAll
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.model import EntityFacts, Part, PeriodValue, Quality, SumReport
from ems_api.reports.site import Site, begun, together

SPACE: Final = BY_NAME["space"]


@dataclass(frozen=True)
class Home:
    """A user's dashboard.

    Attributes:
        space: The root space the user may see.
        energy: What it took in, by month.
        cost: What that cost; it has the categories of the energy, nan for one without a price.
        output: What it gave off.
        children: Spaces below it.
        child_energy: Shape ``(n_energy_parts, n_children, n_months)``; nan without values.
        child_cost: Shape ``(n_cost_parts, n_children, n_months)``; the same.
        sensors: Sensors bound to the space, with their points.
        values: Newest value of each of their points.
    """

    space: EntityFacts
    energy: SumReport
    cost: SumReport
    output: SumReport
    children: Sequence[EntityFacts]
    child_energy: Float64
    child_cost: Float64
    sensors: Sequence[live.Sensor]
    values: Mapping[int, float]


def read(ctx: Context) -> AskAll:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault, or the user may see nothing.
    """
    found = viewer.named(ctx)
    ask = asking.read(ctx, None, has_period_type=False)
    return AskAll(replace(ask, period_type="monthly", quick=True), found)


def build(site: Site, wish: AskAll) -> Home:
    """The dashboard of a user.

    Raises:
        ApiError: The space is gone.
    """
    scope = wish.viewer.scope
    ask = replace(wish.ask, ref=Ref(scope.roots[0]))
    of_user = replace(site, scope=scope)
    space = of_user.facts.entity(SPACE, Ref(scope.roots[0]), scope)
    sensors_found = begun(partial(live.sensors_of_space, site.dbs, space.id))
    energy, cost, output = together(
        *(
            partial(sums.by_parts, of_user, ask, SPACE, of, has_members=False)
            for of in (sums.ENERGY, sums.COST, sums.ENERGY_OUTPUT)
        )
    )
    cost = _of_parts(cost, energy.parts)
    children = site.facts.below(CHILD_SPACES, space.id)
    child_energy, child_cost = together(
        partial(_children, site, ask, sums.ENERGY, energy, children),
        partial(_children, site, ask, sums.COST, cost, children),
    )
    sensors = sensors_found()
    values = live.newest(site.dbs, {key for sensor in sensors for key in sensor.point_ids})
    return Home(space, energy, cost, output, children, child_energy, child_cost, sensors, values)


def _of_parts(report: SumReport, parts: Sequence[Part]) -> SumReport:
    """A report with a row for each of these parts, in their order: its own, or one without any value."""
    rows = {part.id: row for row, part in enumerate(report.parts)}
    order = [rows.get(part.id, -1) for part in parts]
    return replace(
        report,
        parts=[replace(part, unit=report.unit or part.unit) for part in parts],
        reporting=_rows(report.reporting, order),
        base=None if report.base is None else _rows(report.base, order),
    )


def _rows(period: PeriodValue, order: Sequence[int]) -> PeriodValue:
    """The rows of a period in this order; -1 stands for one without any value."""

    def of(values: Float64, nothing: float) -> Float64:
        return np.array([values[row] if row >= 0 else np.full(values.shape[1:], nothing) for row in order])

    quality = period.quality
    shape = (len(order), len(period.buckets))
    bits = np.array(
        [quality.bits[row] if row >= 0 else np.full(shape[1], -1) for row in order], dtype=np.int16
    )
    return replace(
        period,
        values=of(period.values, np.nan).reshape(shape),
        totals=of(period.totals, np.nan),
        quality=Quality(
            bits.reshape(shape),
            of(quality.estimated, np.nan),
            of(quality.incomplete, np.nan),
            of(quality.missing, 1.0),
        ),
        peaks=of(period.peaks, np.nan).reshape(len(order), period.peaks.shape[1]),
        working_days=of(period.working_days, np.nan),
        non_working_days=of(period.non_working_days, np.nan),
    )


def _children(
    site: Site, ask: Ask, quantity: Quantity, report: SumReport, children: Sequence[EntityFacts]
) -> Float64:
    axis = site.buckets(ask.reporting, ask)
    part_ids = [part.id for part in report.parts]
    ids = [child.id for child in children]
    totals = slots.bucket_totals(site.dbs, quantity.database, quantity.family("space"), ids, axis, part_ids)
    result = np.full((len(part_ids), len(ids), len(axis)), np.nan)
    for row, part in enumerate(part_ids):
        for column, child in enumerate(ids):
            result[row, column] = totals.get((child, part), np.nan)
    return np.asarray(np.round(result, 6), dtype=np.float64)
