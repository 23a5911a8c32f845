"""Matrices times meter hours: energy, cost and carbon of entities in a window."""

from __future__ import annotations

from collections.abc import Sequence
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

from ems_aggregation.graph import Split

Float64 = NDArray[np.float64]
Quality = NDArray[np.uint8]
BITS = (QUALITY_ESTIMATED, QUALITY_PROVISIONAL, QUALITY_LIMIT, QUALITY_INCOMPLETE)


@dataclass(frozen=True, slots=True)
class MeterHours:
    """Hours of all meters in a window, in the order of the graph's columns; nan means no value."""

    axis: SlotAxis
    energy: Float64
    quality: Quality


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
    present = ~np.isnan(hours.energy)
    counts = split.matrix.copy()
    counts.data[:] = 1.0
    value = np.round(np.asarray(split.matrix @ np.nan_to_num(hours.energy)), 6)
    known = np.asarray(counts @ present.astype(np.float64))
    quality = np.zeros(value.shape, dtype=np.uint8)
    for bit in BITS:
        marked = (hours.quality & bit > 0) & present
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
