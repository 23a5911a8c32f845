"""All loads of the plant at an instant: power and energy, to the second and below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ems_simulator import curve
from ems_simulator.profiles import QUARTER_S, ProfileBank

Floats = NDArray[np.float64]

_BLOCK_QUARTERS = 96


class Loads:
    """Power and energy of every profile at one instant, which only moves forward.

    Energy is the integral of power exactly: both come from the same curve, and what a raised load adds is
    constant between two instants.

    Args:
        bank: The profiles.
        extra_kwh: Energy added to (or missing from) each profile so far, shape (n_profiles,).
    """

    def __init__(self, bank: ProfileBank, extra_kwh: Floats | None = None) -> None:
        self._bank = bank
        count = len(bank.names)
        self.time_s = 0.0
        self.power_kw = np.zeros(count)
        self.energy_kwh = np.zeros(count)
        self.extra_kwh = np.zeros(count) if extra_kwh is None else extra_kwh.copy()
        self.offset_kw = np.zeros(count)
        self._quarter = -1
        self._block_start = 0
        self._block: Floats = np.empty((count, 0))
        self._slopes: Floats = np.empty((count, 0))
        self._before_kwh = np.zeros(count)
        self._slot_kwh = np.zeros(count)
        self._start_slope = np.zeros(count)
        self._end_slope = np.zeros(count)
        self._phases: Floats = np.zeros((count, 4))

    def advance(self, time_s: float) -> None:
        """Go to an instant (seconds since 1970, UTC); an earlier one than the present leaves all as it is."""
        if time_s <= self.time_s:
            return
        if self.time_s > 0.0:
            self.extra_kwh += self.offset_kw * ((time_s - self.time_s) / 3600.0)
        self.time_s = time_s
        quarter = int(time_s // QUARTER_S)
        if quarter != self._quarter:
            self._enter(quarter)
        part = (time_s - quarter * QUARTER_S) / QUARTER_S
        bent, rate = curve.bend(part, self._phases, self._bank.ripple)
        slopes = (self._slot_kwh, self._start_slope, self._end_slope)
        self.power_kw = np.maximum(
            curve.slope(*slopes, bent) * rate * (3600.0 / QUARTER_S) + self.offset_kw, 0.0
        )
        self.energy_kwh = self._before_kwh + curve.cumulative(*slopes, bent) + self.extra_kwh

    def set_offset(self, row: int, offset_kw: float) -> None:
        """Raise a profile by a constant power from now on."""
        self.power_kw[row] = max(self.power_kw[row] + offset_kw - self.offset_kw[row], 0.0)
        self.offset_kw[row] = offset_kw

    def add_energy(self, row: int, energy_kwh: float) -> None:
        """Let an amount of energy go through a profile at once."""
        self.extra_kwh[row] += energy_kwh
        self.energy_kwh[row] += energy_kwh

    def _enter(self, quarter: int) -> None:
        """Make a quarter hour the present one."""
        start = quarter - quarter % _BLOCK_QUARTERS
        if start != self._block_start or not self._block.size:
            # One more quarter at each end: the slopes at the seams need the neighbours.
            self._block = self._bank.quarters(start - 1, _BLOCK_QUARTERS + 2)
            self._slopes = curve.seam_slopes(self._block)
            self._block_start = start
        at = quarter - start + 1
        if quarter == self._quarter + 1:
            self._before_kwh = self._before_kwh + self._slot_kwh
        else:
            self._before_kwh = self._bank.cumulative_at(quarter)
        self._quarter = quarter
        self._slot_kwh = self._block[:, at]
        self._start_slope = self._slopes[:, at - 1]
        self._end_slope = self._slopes[:, at]
        self._phases = self._bank.phases(quarter)
