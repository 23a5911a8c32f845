"""Matrices times meter hours: energy, cost and carbon of entities in a window."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import (
    QUALITY_ESTIMATED,
    QUALITY_INCOMPLETE,
    QUALITY_LIMIT,
    QUALITY_PROVISIONAL,
)
from ems_common.slots import Grid, SlotAxis
from numpy.typing import NDArray
from scipy import sparse

from ems_aggregation.allocation import Weighing
from ems_aggregation.graph import Graph, Split

Float64 = NDArray[np.float64]
Quality = NDArray[np.uint8]
BITS = (QUALITY_ESTIMATED, QUALITY_PROVISIONAL, QUALITY_LIMIT, QUALITY_INCOMPLETE)


@dataclass(frozen=True, slots=True)
class MeterHours:
    """Hours of the graph's columns in a window, in their order; nan means no value."""

    axis: SlotAxis
    energy: Float64
    quality: Quality


def with_parts(graph: Graph, hours: MeterHours, needed: Collection[int]) -> MeterHours:
    """Hours of the meters, and behind them of the parts that owners get by consumption.

    In every slot an owner gets the share that its reference has in the consumption of all references. Where
    nobody consumed anything the part is even, and marked estimated. References without value count as zero
    and mark the part incomplete; what consumption feeds back counts as none.

    Args:
        graph: Membership.
        hours: Hours of its meters.
        needed: The columns that are wanted; parts that none of them is made of hold no values.
    """
    if not graph.parts:
        return hours
    n_meters, n_slots = len(graph.meters), hours.axis.count
    wanted = _with_bases(graph, needed)
    energy = np.vstack([hours.energy, np.full((len(graph.parts), n_slots), np.nan)])
    quality = np.vstack([hours.quality, np.zeros((len(graph.parts), n_slots), dtype=np.uint8)])
    known: dict[int, tuple[Float64, Quality]] = {}
    for index in sorted(wanted):
        part = graph.parts[index - n_meters]
        if part.weighing not in known:
            known[part.weighing] = _shares(graph.weighings[part.weighing], hours)
        shares, marks = known[part.weighing]
        energy[index] = energy[part.base] * shares[part.row]
        quality[index] = np.where(np.isnan(energy[index]), 0, quality[part.base] | marks)
    return MeterHours(hours.axis, energy, quality)


def _with_bases(graph: Graph, needed: Collection[int]) -> set[int]:
    result: set[int] = set()
    for column in needed:
        while column >= len(graph.meters) and column not in result:
            result.add(column)
            column = graph.parts[column - len(graph.meters)].base
    return result


def _shares(weighing: Weighing, hours: MeterHours) -> tuple[Float64, Quality]:
    """Each owner's share of every slot, shape ``(n_owners, n_slots)``, and marks of the slots."""
    columns = np.unique(weighing.references.indices)
    consumed = np.nan_to_num(hours.energy[columns])
    weights = np.maximum(weighing.references[:, columns] @ consumed, 0.0) * weighing.factors[:, None]
    total = weights.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(total > 0, weighing.rest * weights / total, weighing.even[:, None])
    marks = np.bitwise_or.reduce(hours.quality[columns], axis=0, initial=0).astype(np.uint8)
    marks[total <= 0] |= QUALITY_ESTIMATED
    marks[np.isnan(hours.energy[columns]).any(axis=0)] |= QUALITY_INCOMPLETE
    return shares, marks


def rows_of(split: Split, wanted: NDArray[np.bool_]) -> Split:
    """The chosen rows of a split."""
    return Split(split.keys[wanted], sparse.csr_array(split.matrix[np.flatnonzero(wanted)]))


def entity_energy(split: Split, hours: MeterHours) -> Grid:
    """Energy of the rows of a split.

    A slot has a value when at least one counted member has one. Members without count as zero and mark the
    slot incomplete; every other mark of a member is a mark of the sum.

    Returns:
        Grid with the split's keys; value and quality of shape ``(n_rows, n_slots)``.
    """
    columns = np.unique(split.matrix.indices)
    matrix = split.matrix[:, columns]
    energy, marks = hours.energy[columns], hours.quality[columns]
    present = ~np.isnan(energy)
    counts = matrix.copy()
    counts.data[:] = 1.0
    value = np.round(np.asarray(matrix @ np.nan_to_num(energy)), 6)
    known = np.asarray(counts @ present.astype(np.float64))
    quality = np.zeros(value.shape, dtype=np.uint8)
    for bit in BITS:
        marked = (marks & bit > 0) & present
        if marked.any():
            quality[np.asarray(counts @ marked.astype(np.float64)) > 0] |= bit
    members = np.diff(counts.indptr)[:, None]
    quality[(known < members) & (known > 0)] |= QUALITY_INCOMPLETE
    value[known == 0] = np.nan
    quality[known == 0] = 0
    return Grid(split.keys, hours.axis, value, quality)


def scaled(grid: Grid, factors: Sequence[Float64 | float]) -> Grid:
    """Energy times a price or an emission factor of each row.

    Args:
        grid: Energy.
        factors: For each row a factor per slot, shape ``(n_slots,)``, or one number; nan gives no value.
    """
    value = np.empty_like(grid.value)
    for row, factor in enumerate(factors):
        value[row] = grid.value[row] * factor
    return Grid(grid.keys, grid.axis, value, np.where(np.isnan(value), 0, grid.quality).astype(np.uint8))
