"""A battery with its inverter: set-point, ramp, watchdog, state of charge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

_TAPER_FULL_SOC = 0.97
_TAPER_EMPTY_SOC = 0.06
_EMPTY_SOC = 0.03
_CELLS = 240
_CELL_EMPTY_V, _CELL_FULL_V = 3.05, 3.42
_CELL_RESISTANCE_OHM = 0.00004
_THERMAL_RESISTANCE_K_PER_KW = 0.11
_THERMAL_TIME_S = 2400.0
_AMBIENT_C = 22.0

ALARM_WATCHDOG, ALARM_EMPTY, ALARM_FULL, ALARM_TRIPPED = 1, 2, 4, 16
STATE_OFF, STATE_STANDBY, STATE_RUNNING, STATE_FAULT = 0, 1, 2, 4


@dataclass(frozen=True)
class BatteryRatings:
    """Nameplate of a battery.

    Attributes:
        max_ramp_kw_per_s: Fastest change of the power.
        one_way_efficiency: Share of the energy that gets through the inverter, in each direction.
        watchdog_s: Time after which an unwritten set-point is void; 0 = never.
        start_soc: State of charge at the start, 0 to 1.
        response_s: Time constant with which the power closes in on the set-point; 0 = by the ramp alone.
    """

    rated_power_kw: float
    capacity_kwh: float
    max_ramp_kw_per_s: float
    one_way_efficiency: float
    watchdog_s: float
    start_soc: float
    response_s: float = 0.0

    @classmethod
    def from_declaration(cls, ratings: Mapping[str, float]) -> BatteryRatings:
        """Take what is named here from the declared ratings."""
        return cls(**{name: ratings[name] for name in cls.__dataclass_fields__ if name in ratings})


class Battery:
    """The battery, stepped in time; power is positive when it discharges.

    Args:
        ratings: Nameplate.
        soc_ratio: State of charge at the start, 0 to 1.
    """

    def __init__(self, ratings: BatteryRatings, soc_ratio: float | None = None) -> None:
        self.ratings = ratings
        self.soc_ratio = ratings.start_soc if soc_ratio is None else soc_ratio
        self.power_kw = 0.0
        self.set_point_kw = 0.0
        self.charge_kwh = 0.0
        self.discharge_kwh = 0.0
        self.watchdog_s = ratings.watchdog_s
        self.is_running = True
        self.is_tripped = False
        self.temperature_c = _AMBIENT_C
        self._since_write_s = 1e9

    def write_set_point(self, power_kw: float) -> None:
        """Take a new set-point and feed the watchdog."""
        self.set_point_kw = power_kw
        self._since_write_s = 0.0

    @property
    def watchdog_remaining_s(self) -> float:
        """Time left until the set-point expires [s]; 0 when it has, or when the watchdog is off."""
        return max(0.0, self.watchdog_s - self._since_write_s) if self.watchdog_s > 0.0 else 0.0

    @property
    def is_watchdog_expired(self) -> bool:
        """Whether the set-point is too old to be followed."""
        return self.watchdog_s > 0.0 and self._since_write_s > self.watchdog_s

    @property
    def allowed_charge_kw(self) -> float:
        """Greatest charging power now [kW], a magnitude; it tapers off near full."""
        room = (1.0 - self.soc_ratio) / (1.0 - _TAPER_FULL_SOC)
        return self.ratings.rated_power_kw * min(1.0, max(0.0, room)) * self._is_available

    @property
    def allowed_discharge_kw(self) -> float:
        """Greatest discharging power now [kW]; it tapers off near empty."""
        rest = (self.soc_ratio - _EMPTY_SOC) / (_TAPER_EMPTY_SOC - _EMPTY_SOC)
        return self.ratings.rated_power_kw * min(1.0, max(0.0, rest)) * self._is_available

    @property
    def _is_available(self) -> bool:
        return self.is_running and not self.is_tripped

    @property
    def set_point_in_effect_kw(self) -> float:
        """What the inverter drives at [kW]: the set-point within the allowed powers, 0 when it is void."""
        if self.is_watchdog_expired or not self._is_available:
            return 0.0
        return min(max(self.set_point_kw, -self.allowed_charge_kw), self.allowed_discharge_kw)

    @property
    def alarms(self) -> int:
        """Alarm bits of the register map."""
        bits = ALARM_WATCHDOG if self.is_watchdog_expired else 0
        bits |= ALARM_EMPTY if self.allowed_discharge_kw <= 0.0 else 0
        bits |= ALARM_FULL if self.allowed_charge_kw <= 0.0 else 0
        return bits | (ALARM_TRIPPED if self.is_tripped else 0)

    @property
    def state(self) -> int:
        """State of the register map."""
        if self.is_tripped:
            return STATE_FAULT
        if not self.is_running:
            return STATE_OFF
        return STATE_RUNNING if abs(self.power_kw) > 0.5 else STATE_STANDBY

    @property
    def cell_voltage_v(self) -> float:
        """Mean cell voltage [V]: open-circuit voltage by state of charge, less the drop of the current."""
        open_circuit = _CELL_EMPTY_V + (_CELL_FULL_V - _CELL_EMPTY_V) * self.soc_ratio
        current_a = self.power_kw * 1000.0 / (_CELLS * open_circuit)
        return open_circuit - current_a * _CELL_RESISTANCE_OHM

    @property
    def dc_voltage_v(self) -> float:
        """Voltage of the string [V]."""
        return self.cell_voltage_v * _CELLS

    @property
    def dc_current_a(self) -> float:
        """Current of the string [A], discharge positive."""
        return self._dc_power_kw(self.power_kw) * 1000.0 / self.dc_voltage_v

    def step(self, dt_s: float) -> None:
        """Advance by `dt_s` seconds."""
        # Aged before use: a set-point that expires within this step is no longer followed.
        self._since_write_s += dt_s
        before_kw = self.power_kw
        if self.is_tripped:
            self.power_kw = 0.0
        else:
            most = self.ratings.max_ramp_kw_per_s * dt_s
            change = self.set_point_in_effect_kw - self.power_kw
            if self.ratings.response_s > 0.0:
                change *= 1.0 - math.exp(-dt_s / self.ratings.response_s)
            self.power_kw += min(max(change, -most), most)
        self._integrate(before_kw, self.power_kw, dt_s)
        losses_kw = abs(self._dc_power_kw(self.power_kw) - self.power_kw)
        target_c = _AMBIENT_C + losses_kw * _THERMAL_RESISTANCE_K_PER_KW
        self.temperature_c += (target_c - self.temperature_c) * min(1.0, dt_s / _THERMAL_TIME_S)

    def coast(self, span_s: float) -> None:
        """Count a span at the present power, without a change of it."""
        self._integrate(self.power_kw, self.power_kw, span_s)

    def _dc_power_kw(self, power_kw: float) -> float:
        """Power at the cells for a power at the grid [kW]."""
        efficiency = self.ratings.one_way_efficiency
        return power_kw / efficiency if power_kw > 0.0 else power_kw * efficiency

    def _integrate(self, before_kw: float, after_kw: float, dt_s: float) -> None:
        for start, end, part_s in _same_sign(before_kw, after_kw, dt_s):
            energy_kwh = 0.5 * (start + end) * part_s / 3600.0
            if energy_kwh > 0.0:
                self.discharge_kwh += energy_kwh
            else:
                self.charge_kwh -= energy_kwh
            self.soc_ratio -= self._dc_power_kw(energy_kwh) / self.ratings.capacity_kwh
        self.soc_ratio = min(max(self.soc_ratio, 0.0), 1.0)


def _same_sign(before: float, after: float, dt_s: float) -> tuple[tuple[float, float, float], ...]:
    """Split a linear change where it crosses zero, so that each part has one sign."""
    if before * after >= 0.0:
        return ((before, after, dt_s),)
    part_s = dt_s * before / (before - after)
    return ((before, 0.0, part_s), (0.0, after, dt_s - part_s))
