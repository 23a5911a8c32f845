"""Virtual meters: the order in which they are computed, and their formulas over whole windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import QUALITY_INCOMPLETE
from ems_common.expressions import Expression, Series
from ems_common.findings.finding import Finding, Thing, phrase
from numpy.typing import NDArray

MeterKey = tuple[str, int]
"""(kind, id), such as ``("virtual_meter", 3)``."""
VIRTUAL = "virtual_meter"


@dataclass(frozen=True, slots=True)
class VirtualMeter:
    """A meter whose energy is a formula over other meters.

    Attributes:
        id: Its id.
        expression: The parsed formula.
        variables: Variable → the meter it stands for.
    """

    id: int
    expression: Expression
    variables: Mapping[str, MeterKey]

    @property
    def inputs(self) -> frozenset[MeterKey]:
        """The meters its formula reads."""
        return frozenset(self.variables[name] for name in self.expression.variables)


@dataclass(frozen=True, slots=True)
class SlotGrid:
    """Slot values of one meter in a window: shape ``(n_slots,)`` each; nan means no value."""

    energy: Series
    quality: NDArray[np.uint8]


def in_order(meters: Iterable[VirtualMeter]) -> tuple[list[VirtualMeter], list[Finding]]:
    """Virtual meters such that each comes after those it reads.

    Returns:
        The computable ones in order, and one fault for each that is part of a cycle or reads one that is.
    """
    waiting = {meter.id: meter for meter in meters}
    ordered: list[VirtualMeter] = []
    while waiting:
        ready = [
            meter
            for meter in waiting.values()
            if not any(kind == VIRTUAL and key in waiting for kind, key in meter.inputs)
        ]
        if not ready:
            break
        for meter in sorted(ready, key=lambda item: item.id):
            ordered.append(meter)
            del waiting[meter.id]
    faults = [
        Finding(
            phrase(
                "itself",
                through=[
                    Thing(VIRTUAL, number)
                    for kind, number in sorted(meter.inputs)
                    if kind == VIRTUAL and number in waiting
                ],
            ),
            (Thing(VIRTUAL, key),),
            phrase("break_meters"),
        )
        for key, meter in waiting.items()
    ]
    return ordered, faults


def dependants(meters: Iterable[VirtualMeter], changed: Iterable[MeterKey]) -> dict[int, frozenset[MeterKey]]:
    """Which virtual meters a change of some meters reaches, directly or through others.

    Returns:
        Virtual meter id → the changed meters that reach it.
    """
    of_changed = set(changed)
    reached: dict[MeterKey, set[MeterKey]] = {key: {key} for key in of_changed}
    result: dict[int, frozenset[MeterKey]] = {}
    for meter in meters:
        sources: set[MeterKey] = set()
        for key in meter.inputs:
            sources |= reached.get(key, set())
        own = (VIRTUAL, meter.id)
        if own in of_changed:
            sources.add(own)
        if sources:
            reached[own] = sources
            result[meter.id] = frozenset(sources)
    return result


def evaluate(meter: VirtualMeter, grids: Mapping[MeterKey, SlotGrid], length: int) -> SlotGrid:
    """Energy of a virtual meter in every slot of a window.

    A slot has a value when at least one input has one; an input without value counts as zero there, and the
    slot is marked incomplete. Where the formula itself has no value, as in a division by zero, the slot has
    none.

    Args:
        meter: The meter.
        grids: Slot values of its inputs; a meter that is missing has no values at all.
        length: Number of slots.
    """
    nothing = SlotGrid(np.full(length, np.nan), np.zeros(length, dtype=np.uint8))
    inputs = {name: grids.get(meter.variables[name], nothing) for name in meter.expression.variables}
    known = np.zeros(length, dtype=np.int64)
    quality = np.zeros(length, dtype=np.uint8)
    for grid in inputs.values():
        present = ~np.isnan(grid.energy)
        known += present
        quality |= np.where(present, grid.quality, 0).astype(np.uint8)
    energy = meter.expression.evaluate(
        {name: np.nan_to_num(grid.energy) for name, grid in inputs.items()}, length
    )
    energy[known == 0] = np.nan
    quality[known < len(inputs)] |= QUALITY_INCOMPLETE
    return SlotGrid(energy, quality)
