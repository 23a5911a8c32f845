"""How a device does, and the rhythm in which it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

# A device that needs more than this part of a cycle is read by itself; others do not wait for it.
TOGETHER_UNTIL = 0.4
RISE, FALL = 0.3, 0.015


@dataclass
class Pace:
    """When the next cycle is due, so that readings arrive just before it.

    Attributes:
        cycle_s: Cycle time.
        next_s: Time of the next cycle on the engine's clock.
        leads_s: How long before it each device has to be read that is read just before it.
    """

    cycle_s: float
    next_s: float = 0.0
    leads_s: dict[str, float] = field(default_factory=dict)

    def lead_s(self, id: str, needed_s: float) -> float:
        """How long before the cycle a device is to be read: with the slowest of its like.

        Powers of grid and storage that belong together must be of the same moment: while a storage unit
        moves, some milliseconds between them look like another load.
        """
        self.leads_s[id] = needed_s
        longest_s = TOGETHER_UNTIL * self.cycle_s
        if needed_s > longest_s:
            return needed_s
        return max(lead_s for lead_s in self.leads_s.values() if lead_s <= longest_s)


@dataclass
class DeviceHealth:
    """How a device does, for people and metrics.

    Attributes:
        is_well: It answers, and with sense.
        reason: Why not, empty when well.
        last_good_s: When it last answered.
        latency_s: Moving mean of the reading time.
        slow_s: Reading time that about one reading in twenty exceeds.
        reads: Readings done.
        writes: Writes done.
        failures: Attempts that failed.
        lost_at_s: Since when it is away.
    """

    is_well: bool = False
    reason: str = "not connected yet"
    last_good_s: float = -math.inf
    latency_s: float = 0.005
    slow_s: float = 0.005
    reads: int = 0
    writes: int = 0
    failures: int = 0
    lost_at_s: float | None = None

    def follow_slow(self, took_s: float) -> None:
        """Move :attr:`slow_s` towards a reading time, far when it is longer, little when it is shorter."""
        self.slow_s += (RISE if took_s > self.slow_s else FALL) * (took_s - self.slow_s)
