"""Series resistance of a battery, learned while it works."""

from __future__ import annotations

import math
from dataclasses import dataclass

SMALLEST_JUMP_C = 0.02
JUMP_MEMORY = 0.998
EXPECTED_JUMPS = 3.0


@dataclass
class ResistanceEstimator:
    """Series resistance from jumps of current and voltage between two samples, by least squares.

    Old jumps are forgotten little by little; few and small ones leave the value near the expected one.

    Attributes:
        covered: Sum of −ΔV·ΔI over the jumps [W].
        jumped: Sum of ΔI² [A²].
        last_a: Last current.
        last_v: Last voltage; NaN before the first.
    """

    covered: float = 0.0
    jumped: float = 0.0
    last_a: float = 0.0
    last_v: float = math.nan

    def step(self, current_a: float, voltage_v: float, size_ah: float) -> None:
        """Take a sample; jumps below two percent of the capacity per hour say nothing."""
        jump_a, jump_v = current_a - self.last_a, voltage_v - self.last_v
        self.last_a, self.last_v = current_a, voltage_v
        if math.isnan(jump_v) or abs(jump_a) < SMALLEST_JUMP_C * size_ah:
            return
        self.covered = JUMP_MEMORY * self.covered - jump_a * jump_v
        self.jumped = JUMP_MEMORY * self.jumped + jump_a * jump_a

    def value(self, expected_ohm: float, size_ah: float) -> float:
        """The resistance [Ohm]; the expected one weighs as much as a few jumps of a tenth of the capacity."""
        weight = EXPECTED_JUMPS * (0.1 * size_ah) ** 2
        return max(0.0, (expected_ohm * weight + self.covered) / (weight + self.jumped))
