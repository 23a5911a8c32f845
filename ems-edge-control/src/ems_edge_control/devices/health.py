"""How a device does, and the rhythm in which it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Pace:
    """When the next cycle is due, so that readings arrive just before it.

    Attributes:
        cycle_s: Cycle time.
        next_s: Time of the next cycle on the engine's clock.
    """

    cycle_s: float
    next_s: float = 0.0


@dataclass
class DeviceHealth:
    """How a device does, for people and metrics.

    Attributes:
        is_well: It answers, and with sense.
        reason: Why not, empty when well.
        last_good_s: When it last answered.
        latency_s: Moving mean of the reading time.
        slowest_s: Longest recent reading time; forgotten slowly.
        reads: Readings done.
        writes: Writes done.
        failures: Attempts that failed.
        lost_at_s: Since when it is away.
    """

    is_well: bool = False
    reason: str = "not connected yet"
    last_good_s: float = -math.inf
    latency_s: float = 0.005
    slowest_s: float = 0.01
    reads: int = 0
    writes: int = 0
    failures: int = 0
    lost_at_s: float | None = None
