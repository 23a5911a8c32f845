"""A charging point that obeys a current limit."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ems_common.plant import sessions

PHASE_VOLTAGE_V = 230.0
STATUS_NOT_READY, STATUS_READY, STATUS_CHARGING, STATUS_ERROR = 1, 2, 3, 4

_RESPONSE_S = 0.12
_FULL_TAPER_KWH = 3.0
_LEAST_TAPER = 0.05


class EvCharger:
    """The charger, stepped in time; charging is positive.

    Args:
        ratings: `min_current_a`, `max_current_a`, `phases`, `sessions_per_day`.
    """

    def __init__(self, ratings: Mapping[str, float]) -> None:
        self.min_current_a = ratings["min_current_a"]
        self.max_current_a = ratings["max_current_a"]
        self.phases = int(ratings["phases"])
        self._sessions_per_day = int(ratings["sessions_per_day"])
        self.power_kw = 0.0
        self.energy_kwh = 0.0
        self.session: sessions.Session | None = None
        # A car put there by hand; it goes before the timetable.
        self.visitor: sessions.Session | None = None
        self.session_kwh = 0.0
        self.limit_a = self.max_current_a
        self.fallback_a = self.min_current_a
        self.limit_watchdog_s = 0.0
        self.is_enabled = True
        self.is_tripped = False
        self.session_duration_s = 0.0
        self._since_write_s = 0.0

    def write_limit(self, limit_a: float) -> None:
        """Take a new current limit per phase [A]."""
        self.limit_a = limit_a
        self._since_write_s = 0.0

    @property
    def limit_in_effect_a(self) -> float:
        """The limit now [A]: the fallback when it has expired, 0 below the least current."""
        limit = self.limit_a
        if self.limit_watchdog_s > 0.0 and self._since_write_s > self.limit_watchdog_s:
            limit = self.fallback_a
        if limit < self.min_current_a or not self.is_enabled or self.is_tripped:
            return 0.0
        return min(limit, self.max_current_a)

    @property
    def current_a(self) -> float:
        """Current of each phase [A]."""
        return self.power_kw * 1000.0 / (self.phases * PHASE_VOLTAGE_V)

    @property
    def status(self) -> int:
        """Status of the register map."""
        if self.is_tripped:
            return STATUS_ERROR
        if self.session is None:
            return STATUS_NOT_READY
        return STATUS_CHARGING if self.power_kw > 0.05 else STATUS_READY

    def step(self, dt_s: float, time_s: float) -> None:
        """Advance by `dt_s` seconds to `time_s`."""
        self._since_write_s += dt_s
        if self.visitor is not None and time_s >= self.visitor.end_s:
            self.visitor = None
        present = self.visitor or sessions.at(time_s, self._sessions_per_day)
        if present != self.session:
            self.session, self.session_kwh = present, 0.0
        self.session_duration_s = time_s - present.start_s if present else 0.0
        before_kw = self.power_kw
        target = self._target_kw()
        if present is None or self.is_tripped:
            self.power_kw = 0.0
        else:
            self.power_kw += (target - self.power_kw) * (1.0 - math.exp(-dt_s / _RESPONSE_S))
        energy_kwh = 0.5 * (before_kw + self.power_kw) * dt_s / 3600.0
        self.energy_kwh += energy_kwh
        self.session_kwh += energy_kwh

    def _target_kw(self) -> float:
        if self.session is None:
            return 0.0
        limit_kw = self.limit_in_effect_a * self.phases * PHASE_VOLTAGE_V / 1000.0
        return min(limit_kw, self.session.max_kw * taper(self.session.wanted_kwh - self.session_kwh))


def taper(missing_kwh: float) -> float:
    """Share of its power that a car still takes when `missing_kwh` are missing to full."""
    if missing_kwh <= 0.0:
        return 0.0
    return min(1.0, max(_LEAST_TAPER, missing_kwh / _FULL_TAPER_KWH))
