"""Energy per slot from the readings of a cumulative register.

Everything is exact: registers are whole numbers of millionths of a unit (the scale of DECIMAL(21,6)), the
register's value at a slot boundary depends on the two readings around it alone, and a slot's energy is the
difference of two boundary values. So the slots of any stretch sum to the register's advance to the last
digit, and a slot comes out the same whatever window it is computed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ems_common.catalog.hourly import QUALITY_ESTIMATED, QUALITY_LIMIT, QUALITY_PROVISIONAL
from numpy.typing import NDArray

from ems_normalization.typical import typical_share

MICRO = 1_000_000
ROLLOVER_SHARE = 0.1
"""A fall counts as rollover when the advance it implies is below this share of the modulus."""

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A meter was replaced.

    Attributes:
        time_us: When [µs since 1970 UTC].
        last_old_micro: Last register value of the old meter [millionths of a unit].
        first_new_micro: First register value of the new meter [millionths of a unit].
    """

    time_us: int
    last_old_micro: int
    first_new_micro: int


@dataclass(frozen=True, slots=True)
class Register:
    """What is known of a register.

    Attributes:
        modulus_micro: Value at which it wraps to zero, or 0 when it never does.
        max_gap_us: Readings further apart than this leave a gap whose energy is estimated.
        low_limit_per_hour: Least plausible energy per hour [unit].
        high_limit_per_hour: Greatest plausible energy per hour [unit].
        exchanges: Recorded meter exchanges, by time.
        is_typical: Whether a gap's energy is spread as the meter usually counts at such times; else evenly.
    """

    modulus_micro: int = 0
    max_gap_us: int = 3_600_000_000
    low_limit_per_hour: float = 0.0
    high_limit_per_hour: float = float("inf")
    exchanges: Sequence[Exchange] = ()
    is_typical: bool = False


@dataclass(frozen=True, slots=True)
class SlotEnergy:
    """Energy of the slots that the readings touch.

    Attributes:
        start_us: Slot starts [µs since 1970 UTC], shape ``(n_slots,)``, ascending.
        energy_micro: Energy [millionths of a unit], same shape.
        quality: Bits of :mod:`ems_common.catalog.hourly`, same shape.
    """

    start_us: Int64
    energy_micro: Int64
    quality: NDArray[np.uint8]


EMPTY = SlotEnergy(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))
"""No slots."""


NO_TIMES: Int64 = np.empty(0, np.int64)


def advances(
    times_us: Int64, values_micro: Int64, register: Register, restarts_us: Int64 = NO_TIMES
) -> Int64:
    """Advance of the register between neighbouring readings [millionths of a unit], shape ``(n - 1,)``.

    A rise is what it is. A fall is a recorded exchange; or a rollover, when the register has a modulus and
    the advance this implies is small against it; or a reset to zero, when the new value is plausible as the
    energy since the reading before. Any other fall starts anew from the lower value: nothing is invented. A
    rise into one of `restarts_us`, times at which cleaning saw the register start anew from a higher value,
    is no energy.
    """
    raw = np.diff(values_micro)
    result = np.where((raw >= 0) & ~np.isin(times_us[1:], restarts_us), np.maximum(raw, 0), 0)
    falls = np.flatnonzero(raw < 0)
    if len(falls):
        after = values_micro[falls + 1]
        span_h = np.diff(times_us)[falls] / 3_600_000_000
        plausible = after <= register.high_limit_per_hour * np.maximum(span_h, 1.0) * MICRO
        result[falls] = np.where((after >= 0) & plausible, after, 0)
        if register.modulus_micro > 0:
            wrapped = raw[falls] + register.modulus_micro
            rolls = (wrapped >= 0) & (wrapped < register.modulus_micro * ROLLOVER_SHARE)
            result[falls] = np.where(rolls, wrapped, result[falls])
    for index, exchanges in _between(times_us, register.exchanges).items():
        # What the meters showed, one after the other; those between two exchanges were read by nobody.
        begins = [int(values_micro[index]), *(exchange.first_new_micro for exchange in exchanges)]
        ends = [*(exchange.last_old_micro for exchange in exchanges), int(values_micro[index + 1])]
        result[index] = sum(max(0, end - begin) for begin, end in zip(begins, ends, strict=True))
    return result


def _between(times_us: Int64, exchanges: Sequence[Exchange]) -> dict[int, list[Exchange]]:
    """Position of a reading → the exchanges between it and the next one, by time.

    The last reading of an old meter is the one before the exchange, or taken at that very instant.
    """
    found: dict[int, list[Exchange]] = {}
    for exchange in exchanges:
        index = int(np.searchsorted(times_us, exchange.time_us, side="right")) - 1
        if 0 <= index < len(times_us) - 1:
            found.setdefault(index, []).append(exchange)
    return found


def slot_energy(
    times_us: Int64,
    values_micro: Int64,
    register: Register,
    start_us: int,
    end_us: int,
    slot_us: int,
    restarts_us: Int64 = NO_TIMES,
) -> SlotEnergy:
    """Energy of every slot in a window that the readings know something of.

    Args:
        times_us: Times of the good readings [µs since 1970 UTC], strictly ascending, shape ``(n,)``. Give the
            nearest reading at or before the window and the nearest at or after it too, where they exist.
        values_micro: Register values [millionths of a unit], shape ``(n,)``.
        register: What is known of the register.
        start_us: Start of the window, on a slot boundary.
        end_us: End of the window, on a slot boundary.
        slot_us: Length of a slot.
        restarts_us: Times of readings at which the register started anew, as cleaning judged.

    Returns:
        The slots between the first and the last reading. A slot that the readings cover only in part (the
        first ever, or the running one) holds what is known and is marked provisional when the missing part
        is its end.
    """
    edges_us = covered_edges(times_us, start_us, end_us, slot_us)
    if len(edges_us) < 2:
        return EMPTY
    advance = advances(times_us, values_micro, register, restarts_us)
    energy = np.diff(_cumulative_at(edges_us, times_us, advance, register))
    return judged_slots(edges_us[:-1], energy, times_us, register, slot_us)


def covered_edges(times_us: Int64, start_us: int, end_us: int, slot_us: int) -> Int64:
    """Boundaries of the slots in a window between the first and the last reading; fewer than two for none."""
    if len(times_us) < 2:
        return np.empty(0, np.int64)
    first = max(start_us, int(times_us[0]) - int(times_us[0]) % slot_us)
    last = min(end_us, -(-int(times_us[-1]) // slot_us) * slot_us)
    return np.arange(first, last + 1, slot_us, dtype=np.int64)


def judged_slots(
    starts_us: Int64, energy_micro: Int64, times_us: Int64, register: Register, slot_us: int
) -> SlotEnergy:
    """Slots with what is to be said of their quality: estimated, provisional, outside the limits."""
    quality = np.zeros(len(starts_us), dtype=np.uint8)
    quality[_touches_gap(starts_us, times_us, register.max_gap_us, slot_us)] |= QUALITY_ESTIMATED
    quality[starts_us + slot_us > times_us[-1]] |= QUALITY_PROVISIONAL
    hours = slot_us / 3_600_000_000
    above = energy_micro > register.high_limit_per_hour * hours * MICRO
    below = energy_micro < register.low_limit_per_hour * hours * MICRO
    quality[above | (below & (quality & QUALITY_PROVISIONAL == 0))] |= QUALITY_LIMIT
    return SlotEnergy(starts_us, energy_micro, quality)


def _cumulative_at(edges_us: Int64, times_us: Int64, advance: Int64, register: Register) -> Int64:
    """Energy since the first reading at each boundary; before the first 0, after the last all of it.

    The share of an interval's advance at a boundary is floored to a whole millionth, from numbers of that
    interval (or of what is usual for it) alone, so it does not depend on where a window begins.
    """
    total = np.concatenate(([0], np.cumsum(advance)))
    at = np.clip(edges_us, times_us[0], times_us[-1])
    index = np.minimum(np.searchsorted(times_us, at, side="right") - 1, len(advance) - 1)
    span = (times_us[index + 1] - times_us[index]).astype(np.float64)
    share = (at - times_us[index]).astype(np.float64) / span
    if register.is_typical:
        for gap in np.unique(index[span > register.max_gap_us]).tolist():
            usual = typical_share(at[index == gap], gap, times_us, advance, register.max_gap_us)
            if usual is not None:
                share[index == gap] = usual
    part = np.floor(advance[index].astype(np.float64) * share).astype(np.int64)
    whole = at == times_us[index + 1]
    return total[index] + np.where(whole, advance[index], part)


def _touches_gap(starts_us: Int64, times_us: Int64, max_gap_us: int, slot_us: int) -> NDArray[np.bool_]:
    """Which slots overlap an interval between readings that is longer than allowed."""
    gaps = np.flatnonzero(np.diff(times_us) > max_gap_us)
    if not len(gaps):
        return np.zeros(len(starts_us), dtype=np.bool_)
    # +1 at the first slot a gap touches, -1 after the last: the running sum is positive inside gaps.
    first = np.searchsorted(starts_us + slot_us, times_us[gaps], side="right")
    last = np.searchsorted(starts_us, times_us[gaps + 1], side="left")
    marks = np.zeros(len(starts_us) + 1, dtype=np.int64)
    np.add.at(marks, first, 1)
    np.add.at(marks, np.maximum(last, first), -1)
    return np.cumsum(marks[:-1]) > 0
