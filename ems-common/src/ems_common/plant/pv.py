"""A PV inverter that follows a power limit."""

from __future__ import annotations

import math

NO_LIMIT_W = 0xFFFFFFFF
ALARM_TRIPPED, ALARM_WATCHDOG = 1, 2
STATE_OFF, STATE_STANDBY, STATE_RUNNING, STATE_LIMITED, STATE_FAULT = 0, 1, 2, 3, 4

_RESPONSE_S = 0.2
_RAMP_PER_S = 0.5
_AMBIENT_C = 24.0


class PvInverter:
    """The inverter, stepped in time; production is positive.

    Power closes in on its target with a time constant of 200 ms, at most half the rated power a second.

    Args:
        rated_power_kw: Nameplate power [kW].
    """

    def __init__(self, rated_power_kw: float) -> None:
        self.rated_power_kw = rated_power_kw
        self.available_kw = 0.0
        self.power_kw = 0.0
        self.energy_kwh = 0.0
        self.limit_kw: float | None = None
        self.limit_watchdog_s = 0.0
        self.is_running = True
        self.is_tripped = False
        self._since_write_s = 0.0

    def write_limit(self, limit_kw: float | None) -> None:
        """Take a new limit [kW]; None for no limit."""
        self.limit_kw = limit_kw
        self._since_write_s = 0.0

    @property
    def is_limit_expired(self) -> bool:
        """Whether the limit was not written again in time."""
        return (
            self.limit_kw is not None
            and self.limit_watchdog_s > 0.0
            and self._since_write_s > self.limit_watchdog_s
        )

    @property
    def limit_in_effect_kw(self) -> float:
        """What the inverter may produce now [kW]."""
        if self.is_tripped or not self.is_running:
            return 0.0
        if self.limit_kw is None or self.is_limit_expired:
            return self.rated_power_kw
        return min(max(self.limit_kw, 0.0), self.rated_power_kw)

    @property
    def alarms(self) -> int:
        """Alarm bits of the register map."""
        return (ALARM_TRIPPED if self.is_tripped else 0) | (ALARM_WATCHDOG if self.is_limit_expired else 0)

    @property
    def state(self) -> int:
        """State of the register map."""
        if self.is_tripped:
            return STATE_FAULT
        if not self.is_running:
            return STATE_OFF
        if self.available_kw < 0.05:
            return STATE_STANDBY
        return STATE_LIMITED if self.limit_in_effect_kw < self.available_kw else STATE_RUNNING

    @property
    def temperature_c(self) -> float:
        """Temperature of the power stage [°C]."""
        return _AMBIENT_C + 30.0 * self.power_kw / self.rated_power_kw

    def step(self, dt_s: float, available_kw: float) -> None:
        """Advance by `dt_s` seconds with what the sun gives at its end [kW]."""
        self._since_write_s += dt_s
        self.available_kw = available_kw
        before_kw = self.power_kw
        target = min(available_kw, self.limit_in_effect_kw)
        if self.is_tripped:
            self.power_kw = 0.0
        else:
            change = (target - self.power_kw) * (1.0 - math.exp(-dt_s / _RESPONSE_S))
            most = self.rated_power_kw * _RAMP_PER_S * dt_s
            self.power_kw += min(max(change, -most), most)
        self.energy_kwh += 0.5 * (before_kw + self.power_kw) * dt_s / 3600.0
