"""Smooth curves that keep the measured energy.

Energy inside a slot is a cubic Hermite curve of its cumulative sum; the power at the seam of two slots is
the harmonic mean of their mean powers. With such slopes the cumulative curve is monotone (Fritsch and
Carlson 1980, doi:10.1137/0717021), so power is continuous, never negative, and integrates to each slot's
energy exactly.

On top comes a ripple that bends time inside a slot by a few seconds: power swings, the slot's energy does
not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RIPPLE_CYCLES = np.array([3.0, 11.0, 37.0, 101.0])
"""Cycles of the ripple in one slot; whole numbers, so that it vanishes at the seams."""
RIPPLE_STRENGTH = np.array([0.012, 0.010, 0.008, 0.006])
"""Relative power swing of each cycle; the sum stays far below 1, so time never runs backwards."""


def seam_slopes(energy_kwh: Floats) -> Floats:
    """Power at the seams between neighbouring slots, in kWh per slot.

    Args:
        energy_kwh: Energy of the slots, shape (..., n_slots).

    Returns:
        Harmonic means of neighbours, shape (..., n_slots - 1).
    """
    left, right = energy_kwh[..., :-1], energy_kwh[..., 1:]
    total = left + right
    return np.divide(2.0 * left * right, total, out=np.zeros_like(total), where=total > 0.0)


def cumulative(energy_kwh: Floats, start_slope: Floats, end_slope: Floats, part: Floats | float) -> Floats:
    """Energy from the start of a slot to `part` of it (0 to 1) [kWh]."""
    s2 = part * part
    s3 = s2 * part
    return np.asarray(
        energy_kwh * (3.0 * s2 - 2.0 * s3) + start_slope * (s3 - 2.0 * s2 + part) + end_slope * (s3 - s2)
    )


def slope(energy_kwh: Floats, start_slope: Floats, end_slope: Floats, part: Floats | float) -> Floats:
    """Derivative of :func:`cumulative` by `part`: power in kWh per slot."""
    s2 = part * part
    return np.asarray(
        energy_kwh * (6.0 * part - 6.0 * s2)
        + start_slope * (3.0 * s2 - 4.0 * part + 1.0)
        + end_slope * (3.0 * s2 - 2.0 * part)
    )


def split(energy_kwh: Floats, parts: int) -> Floats:
    """Split slots into equal parts along the smooth curve; the parts of a slot sum to its energy.

    Args:
        energy_kwh: Energy of the slots with one more at each end, shape (n_rows, n_slots + 2).
        parts: How many parts a slot has.

    Returns:
        Energy of the parts, shape (n_rows, n_slots * parts).
    """
    slopes = seam_slopes(energy_kwh)
    inner = energy_kwh[:, 1:-1, np.newaxis]
    edges = np.linspace(0.0, 1.0, parts + 1)
    at = cumulative(inner, slopes[:, :-1, np.newaxis], slopes[:, 1:, np.newaxis], edges)
    pieces = np.maximum(np.diff(at, axis=-1), 0.0)
    return pieces.reshape(energy_kwh.shape[0], -1)


def jitter(energy_kwh: Floats, noise: Floats, parts: int) -> Floats:
    """Vary the parts of each slot by relative `noise`, keeping the slot's energy.

    Args:
        energy_kwh: Energy of the parts, shape (n_rows, n_slots * parts).
        noise: Relative change of each part, greater than -1, same shape.
        parts: How many parts a slot has.
    """
    rows = energy_kwh.shape[0]
    whole = energy_kwh.reshape(rows, -1, parts)
    varied = whole * (1.0 + noise.reshape(whole.shape))
    before, after = whole.sum(axis=-1, keepdims=True), varied.sum(axis=-1, keepdims=True)
    ratio = np.divide(before, after, out=np.zeros_like(before), where=after > 0.0)
    return np.asarray((varied * ratio).reshape(rows, -1))


def bend(part: float, phases: Floats, strength: Floats) -> tuple[Floats, Floats]:
    """Bend time inside a slot.

    Args:
        part: Place in the slot, 0 to 1.
        phases: Phase of each ripple cycle [rad], shape (n_rows, 4).
        strength: Scale of the ripple of each row, shape (n_rows,).

    Returns:
        The bent place (0 and 1 stay) and its derivative (power factor), each of shape (n_rows,).
    """
    angle = 2.0 * np.pi * RIPPLE_CYCLES
    shifted = angle * part + phases
    weight = strength[:, np.newaxis] * RIPPLE_STRENGTH
    moved = (weight / angle * (np.sin(shifted) - np.sin(phases))).sum(axis=1)
    rate = (weight * np.cos(shifted)).sum(axis=1)
    return part + moved, 1.0 + rate
