"""Energy per slot from readings of power, for meters without register; pure.

Between two readings power is taken to change evenly (trapezoidal rule). The energy of an interval is a whole
number of billionths, from numbers of that interval alone, so a slot comes out the same whatever window it is
computed in. Millionths would be too coarse: a second of one kilowatt is 278 of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ems_normalization.registers import (
    EMPTY,
    Float64,
    Int64,
    Register,
    SlotEnergy,
    covered_edges,
    judged_slots,
)

LONGEST_FILL_US: Final = 24 * 3_600_000_000
"""A register tells what passed during a gap, power does not: a longer gap has no energy."""
_HOUR_US: Final = 3_600_000_000
_FINE: Final = 1000
"""Parts of a millionth in which intervals are summed."""


def power_energy(
    times_us: Int64,
    power_micro: Int64,
    factor: float,
    register: Register,
    start_us: int,
    end_us: int,
    slot_us: int,
) -> SlotEnergy:
    """Energy of every slot in a window that the readings know something of.

    Args:
        times_us: Times of the good readings [µs since 1970 UTC], strictly ascending, shape ``(n,)``.
        power_micro: Power [millionths of its unit], shape ``(n,)``; negative power gives negative energy.
        factor: Energy that one unit of power makes in an hour.
        register: Limits, and how far readings may be apart.
        start_us: Start of the window, on a slot boundary.
        end_us: End of the window, on a slot boundary.
        slot_us: Length of a slot.

    Returns:
        As :func:`ems_normalization.registers.slot_energy`. Slots that lie wholly in a gap too long to be
        filled are missing.
    """
    edges_us = covered_edges(times_us, start_us, end_us, slot_us)
    if len(edges_us) < 2:
        return EMPTY
    cumulative = _cumulative_at(edges_us, times_us, power_micro.astype(np.float64) * factor * _FINE)
    energy_micro = np.rint(np.diff(cumulative) / _FINE).astype(np.int64)
    slots = judged_slots(edges_us[:-1], energy_micro, times_us, register, slot_us)
    # The reading at or before a slot's start and the one at or after its end enclose it.
    before = np.searchsorted(times_us, slots.start_us, side="right") - 1
    after = np.searchsorted(times_us, slots.start_us + slot_us, side="left")
    enclosed = (before >= 0) & (after < len(times_us)) & (after == before + 1)
    span_us = times_us[np.minimum(after, len(times_us) - 1)] - times_us[np.maximum(before, 0)]
    known = ~(enclosed & (span_us > LONGEST_FILL_US))
    return SlotEnergy(slots.start_us[known], slots.energy_micro[known], slots.quality[known])


def _cumulative_at(edges_us: Int64, times_us: Int64, power: Float64) -> Int64:
    """Energy since the first reading at each boundary; the power is energy per hour in the same fine unit."""
    span_us = np.diff(times_us)
    rise = np.diff(power)
    filled = span_us <= LONGEST_FILL_US
    hours = span_us / _HOUR_US
    whole = np.where(filled, np.rint((power[:-1] + rise / 2) * hours), 0).astype(np.int64)
    total = np.concatenate(([0], np.cumsum(whole)))
    at = np.clip(edges_us, times_us[0], times_us[-1])
    index = np.minimum(np.searchsorted(times_us, at, side="right") - 1, len(whole) - 1)
    share = (at - times_us[index]) / span_us[index]
    part = (power[index] + rise[index] * share / 2) * share * hours[index]
    partly = np.where(filled[index], np.rint(part), 0).astype(np.int64)
    result: Int64 = total[index] + np.where(share >= 1, whole[index], partly)
    return result
