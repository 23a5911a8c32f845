"""State of charge by counting ampere-hours, corrected by the voltage when the battery rests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ems_edge_control.estimation.cell import CellModel, Estimate


@dataclass
class CoulombCounter:
    """Ah counting with correction at rest.

    Attributes:
        model: The battery.
        soc_ratio: State of charge.
        deviation_ratio: Uncertainty; grows with the charge counted.
        rest_current_c: Below that part of the capacity per hour the battery rests.
        rest_s: It counts as relaxed after resting that long.
        correct_every_s: Time between two corrections.
        sensor_error: Relative error of the current sensor.
        rested_s: For how long it has rested.
        since_s: Since the last correction.
    """

    model: CellModel
    soc_ratio: float = 0.5
    deviation_ratio: float = 0.5
    rest_current_c: float = 0.01
    rest_s: float = 300.0
    correct_every_s: float = 60.0
    sensor_error: float = 0.01
    rested_s: float = 0.0
    since_s: float = 0.0

    def step(
        self,
        current_a: float,
        voltage_v: float | None,
        dt_s: float,
        temperature_degc: float | None = None,
        soh_ratio: float = 1.0,
    ) -> Estimate:
        """Take one sample; current is positive when discharging."""
        capacity_as = self.model.capacity_as(soh_ratio, temperature_degc)
        kept = current_a if current_a > 0 else current_a * self.model.coulomb_efficiency
        moved = kept * dt_s / capacity_as
        self.soc_ratio = min(max(self.soc_ratio - moved, 0.0), 1.0)
        self.deviation_ratio = min(0.5, self.deviation_ratio + self.sensor_error * abs(moved))
        resting = abs(current_a) < self.rest_current_c * self.model.capacity_ah
        self.rested_s = self.rested_s + dt_s if resting else 0.0
        self.since_s += dt_s
        if voltage_v is not None and self.rested_s >= self.rest_s and self.since_s >= self.correct_every_s:
            self._correct(voltage_v)
        return Estimate(self.soc_ratio, self.deviation_ratio)

    def _correct(self, voltage_v: float) -> None:
        """Weigh the count against the curve by their uncertainties; on a flat part the curve says little."""
        self.since_s = 0.0
        seen = self.model.soc_at(voltage_v)
        seen_deviation = self.model.hysteresis_v / max(1e-3, self.model.slope(seen)) + 0.005
        gain = self.deviation_ratio**2 / (self.deviation_ratio**2 + seen_deviation**2)
        self.soc_ratio += gain * (seen - self.soc_ratio)
        self.deviation_ratio = math.sqrt((1 - gain) * self.deviation_ratio**2)
