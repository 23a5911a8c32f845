"""What the sensors of the plant show: measured weather, and rooms that follow it mildly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ems_simulator.declaration import Sensor
from ems_simulator.profiles import ProfileBank

Floats = NDArray[np.float64]

_WEATHER = {
    "temperature": "air_temp_c",
    "humidity": "rel_hum_pct",
    "irradiance": "global_irradiance_w_m2",
}
_HOUR_S = 3600.0
_WARMEST_HOUR = 15.0
_OUTSIDE_SHARE = 0.035
_OUTSIDE_REFERENCE_C = 10.0
_ROOM_HUMIDITY_PCT = 44.0


def values(sensor: Sensor, quantity: str, times_s: Floats, bank: ProfileBank) -> Floats:
    """Readings of a sensor at the given instants (seconds since 1970), shape of `times_s`."""
    outside = _weather(quantity, times_s, bank)
    if sensor.kind == "weather":
        return outside
    if quantity == "humidity":
        return np.asarray(_ROOM_HUMIDITY_PCT + 0.15 * (outside - 75.0) + 0.4 * np.sin(times_s / 531.0))
    hour = times_s / _HOUR_S % 24.0
    daily = np.cos((hour - _WARMEST_HOUR) / 24.0 * 2.0 * np.pi)
    draught = 0.08 * np.sin(times_s / 173.0 + sensor.id)
    shift = _OUTSIDE_SHARE * (outside - _OUTSIDE_REFERENCE_C)
    return np.asarray(sensor.set_c + sensor.swing_k * (0.5 * daily + shift) + draught)


def _weather(quantity: str, times_s: Floats, bank: ProfileBank) -> Floats:
    """A weather column, linear between its hours."""
    hours = np.floor(times_s / _HOUR_S).astype(np.int64)
    part = times_s / _HOUR_S - hours
    column = _WEATHER[quantity]
    before, after = bank.weather(column, hours), bank.weather(column, hours + 1)
    return np.asarray(before + (after - before) * part)
