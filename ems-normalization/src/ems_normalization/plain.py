"""Slots of many registers at once: of those that only rise, without gaps and without anything special.

Most meters of most hours are of that kind, and their arithmetic is the same for all: it is done over the
readings of all of them in one array, and comes out as :func:`ems_normalization.registers.slot_energy` has it
for each, to the last digit. Whatever falls, rests too long between two readings, was exchanged or started
anew is left to that function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import QUALITY_LIMIT, QUALITY_PROVISIONAL
from numpy.typing import NDArray

from ems_normalization.registers import MICRO, Int64, Register

_MOST_US = 2**62
"""Times of one register after the other must fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Good readings of a register and the window whose slots are wanted.

    Attributes:
        times_us: Times [µs since 1970 UTC], strictly ascending.
        values_micro: Values [millionths of a unit].
        register: What is known of it.
        has_restarts: Whether cleaning saw it start anew.
        start_us: Start of the window, on a slot boundary.
        end_us: End of the window, on a slot boundary.
    """

    times_us: Int64
    values_micro: Int64
    register: Register
    has_restarts: bool
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots of several registers, those of one after those of the other.

    Attributes:
        trace: Position of the register, shape ``(n,)``.
        start_us: Start of the slot, same shape.
        energy_micro: Energy [millionths of a unit], same shape.
        quality: Bits of :mod:`ems_common.catalog.hourly`, same shape.
    """

    trace: Int64
    start_us: Int64
    energy_micro: Int64
    quality: NDArray[np.uint8]


def is_plain(traces: Sequence[Trace]) -> NDArray[np.bool_]:
    """Which registers :func:`plain_slots` can be asked for."""
    plain = np.array([_is_simple(trace) for trace in traces], dtype=np.bool_)
    places = np.flatnonzero(plain)
    if not len(places):
        return plain
    some = [traces[place] for place in places.tolist()]
    counts, times_us, values = _joined(some)
    if (int(times_us.max()) - int(times_us.min()) + 2) * (len(some) + 1) > _MOST_US:
        return np.zeros(len(traces), dtype=np.bool_)
    first = np.cumsum(counts) - counts
    last_step = first + counts - 1
    rise, rest_us = np.diff(values, append=0), np.diff(times_us, append=0)
    rise[last_step], rest_us[last_step] = 0, 0
    longest_us = np.maximum.reduceat(rest_us, first)
    most_us = np.array([trace.register.max_gap_us for trace in some])
    plain[places] = (np.minimum.reduceat(rise, first) >= 0) & (longest_us <= most_us)
    return plain


def _is_simple(trace: Trace) -> bool:
    return len(trace.times_us) > 1 and not trace.has_restarts and not trace.register.exchanges


def plain_slots(traces: Sequence[Trace], slot_us: int) -> Slots:
    """Energy of the slots between the first and the last reading of each register, inside its window.

    Args:
        traces: Registers that :func:`is_plain` holds for.
        slot_us: Length of a slot.
    """
    counts, times_us, values = _joined(traces)
    first = np.cumsum(counts) - counts
    begin_us, end_us = times_us[first], times_us[first + counts - 1]
    start_us = np.maximum(_of(traces, "start_us"), begin_us - begin_us % slot_us)
    stop_us = np.minimum(_of(traces, "end_us"), -(-end_us // slot_us) * slot_us)
    slots = np.maximum((stop_us - start_us) // slot_us, 0)
    # One edge more than slots; none at all where there is no slot.
    edges = np.where(slots > 0, slots + 1, 0)
    owner = np.repeat(np.arange(len(traces)), edges)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(edges) - edges, edges)
    edge_us = start_us[owner] + place * slot_us
    passed = _passed_at(np.clip(edge_us, begin_us[owner], end_us[owner]), owner, counts, times_us, values)
    is_slot = place < slots[owner]
    energy = np.diff(passed, append=0)[is_slot]
    trace, slot_start_us = owner[is_slot], edge_us[is_slot]
    quality = np.zeros(len(trace), dtype=np.uint8)
    quality[slot_start_us + slot_us > end_us[trace]] |= QUALITY_PROVISIONAL
    hours = slot_us / 3_600_000_000
    high, low = (
        np.array([getattr(of.register, name) for of in traces])[trace] * hours * MICRO
        for name in ("high_limit_per_hour", "low_limit_per_hour")
    )
    below = (energy < low) & (quality & QUALITY_PROVISIONAL == 0)
    quality[(energy > high) | below] |= QUALITY_LIMIT
    return Slots(trace, slot_start_us, energy, quality)


def _passed_at(at_us: Int64, owner: Int64, counts: Int64, times_us: Int64, values: Int64) -> Int64:
    """What a register stands at, at instants between its first and its last reading [millionths of a unit].

    As in `registers`, the share of a step is floored to a whole millionth.
    """
    base = int(times_us.min())
    stride = int(times_us.max()) - base + 2
    number = np.repeat(np.arange(len(counts)), counts)
    last_step = (np.cumsum(counts) - 2)[owner]
    index = (
        np.searchsorted(times_us - base + number * stride, at_us - base + owner * stride, side="right") - 1
    )
    index = np.minimum(index, last_step)
    step_us = (times_us[index + 1] - times_us[index]).astype(np.float64)
    share = (at_us - times_us[index]).astype(np.float64) / step_us
    rise = values[index + 1] - values[index]
    part = np.floor(rise.astype(np.float64) * share).astype(np.int64)
    passed: Int64 = values[index] + np.where(at_us == times_us[index + 1], rise, part)
    return passed


def _joined(traces: Sequence[Trace]) -> tuple[Int64, Int64, Int64]:
    """How many readings each register has, and the readings of all, one register after the other."""
    return (
        np.array([len(trace.times_us) for trace in traces], dtype=np.int64),
        np.concatenate([trace.times_us for trace in traces]),
        np.concatenate([trace.values_micro for trace in traces]),
    )


def _of(traces: Sequence[Trace], name: str) -> Int64:
    return np.array([getattr(trace, name) for trace in traces], dtype=np.int64)
