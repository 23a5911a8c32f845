"""Energy of every load in any hour or quarter hour: pure functions of time.

Time is counted in whole UTC hours or quarter hours since 1970. Rows are the profiles of the declaration, in
its order. Nothing here has a state, so the past and the live plant agree and a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ems_common.plant import draws
from numpy.typing import NDArray

from ems_simulator import calendars, curve
from ems_simulator.declaration import PlantDeclaration, Profile, Source
from ems_simulator.series import Table, load_source

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUARTER_S = 900
_QUARTERS = 4
_CHUNK_HOURS = 8784
_JITTER = 0.03
_CLOUD_JITTER = 0.25
_NOCT_HEATING_K_M2_PER_W = 0.03
_PV_LOSS_PER_K = 0.004
_STANDARD_TEMPERATURE_C = 25.0
_STANDARD_IRRADIANCE_W_M2 = 1000.0


class ProfileBank:
    """All profiles of a plant.

    Args:
        plant: The declaration; its data files are read now.
    """

    def __init__(self, plant: PlantDeclaration) -> None:
        self._plant = plant
        self.names = tuple(profile.id for profile in plant.profiles)
        self._rows = np.arange(len(self.names), dtype=np.uint64)[:, np.newaxis]
        self.ripple = np.array([profile.ripple for profile in plant.profiles])
        self._tables = {key: load_source(plant.data_folder, s) for key, s in plant.sources.items()}
        self._epoch_hour = int(plant.epoch_utc.timestamp()) // calendars.HOUR_S
        self._jitter = np.array([_CLOUD_JITTER if p.kind == "pv" else _JITTER for p in plant.profiles])
        self._fine = np.array(
            [p.kind == "measured" and plant.sources[p.source].slot_minutes == 15 for p in plant.profiles]
        )

    def weights(self, measures: dict[str, float]) -> Floats:
        """Factor of each profile, zero for those not named; shape (n_profiles,)."""
        return np.array([measures.get(name, 0.0) for name in self.names])

    def hours(self, first_hour: int, n_hours: int) -> Floats:
        """Energy of hours [kWh], shape (n_profiles, n_hours)."""
        hours = np.arange(first_hour, first_hour + n_hours, dtype=np.int64)
        days = _Days(hours, self._plant)
        result = np.empty((len(self.names), n_hours))
        for row, profile in enumerate(self._plant.profiles):
            result[row] = self._hourly(profile, days)
        return result

    def quarters(self, first_quarter: int, n_quarters: int) -> Floats:
        """Energy of quarter hours [kWh], shape (n_profiles, n_quarters); four sum to their hour exactly."""
        first_hour = first_quarter // _QUARTERS
        last_hour = (first_quarter + n_quarters - 1) // _QUARTERS
        n_hours = last_hour - first_hour + 1
        parts = curve.split(self.hours(first_hour - 1, n_hours + 2), _QUARTERS)
        keys = np.arange(first_hour * _QUARTERS, (last_hour + 1) * _QUARTERS, dtype=np.int64)
        parts = curve.jitter(parts, self._noise(keys), _QUARTERS)
        for row in np.flatnonzero(self._fine):
            parts[row] = self._measured_quarters(self._plant.profiles[row], keys)
        skip = first_quarter - first_hour * _QUARTERS
        return parts[:, skip : skip + n_quarters]

    def cumulative_at(self, quarter: int) -> Floats:
        """Energy from the epoch to the start of a quarter hour [kWh], shape (n_profiles,)."""
        hour = quarter // _QUARTERS
        total = np.zeros(len(self.names))
        for start in range(self._epoch_hour, hour, _CHUNK_HOURS):
            total += self.hours(start, min(_CHUNK_HOURS, hour - start)).sum(axis=1)
        rest = quarter - hour * _QUARTERS
        if rest:
            total += self.quarters(hour * _QUARTERS, rest).sum(axis=1)
        return total

    def weather(self, column: str, hours: Ints) -> Floats:
        """A measured weather column in the given hours, shape of `hours`."""
        source = self._plant.sources["weather"]
        rows = _Days(hours, self._plant).rows(source, 0, 1)
        return self._tables[source.id].column(column)[rows]

    def _hourly(self, profile: Profile, days: _Days) -> Floats:
        if profile.kind == "degree":
            above = np.maximum(0.0, self.weather("air_temp_c", days.hours) - profile.threshold_c)
            return profile.base_kw + profile.slope_kw_per_k * above
        if profile.kind == "pv":
            return self._pv_kwh(profile, days.hours)
        source = self._plant.sources[profile.source]
        table = self._tables[source.id]
        per_hour = 60 // source.slot_minutes
        rows = days.rows(source, profile.shift_weeks, per_hour)
        return np.asarray(_sum_of(table, profile.column, rows, per_hour) * profile.scale)

    def _pv_kwh(self, profile: Profile, hours: Ints) -> Floats:
        """Yield of a PV array: irradiance, with the loss of warm cells (linear, cell heating by NOCT)."""
        irradiance = np.maximum(self.weather("global_irradiance_w_m2", hours), 0.0)
        cell_c = self.weather("air_temp_c", hours) + _NOCT_HEATING_K_M2_PER_W * irradiance
        derating = 1.0 - _PV_LOSS_PER_K * np.maximum(0.0, cell_c - _STANDARD_TEMPERATURE_C)
        share = irradiance / _STANDARD_IRRADIANCE_W_M2 * profile.performance_ratio * derating
        return np.minimum(share, 1.0) * profile.rated_kw

    def _measured_quarters(self, profile: Profile, quarters: Ints) -> Floats:
        source = self._plant.sources[profile.source]
        hours = quarters // _QUARTERS
        rows = _Days(hours, self._plant).rows(source, profile.shift_weeks, _QUARTERS)
        values = self._tables[source.id].column(profile.column)[rows + quarters % _QUARTERS]
        return np.asarray(values * profile.scale)

    def _noise(self, quarters: Ints) -> Floats:
        """Relative noise of each profile and quarter hour, even around zero."""
        rows = self._rows
        keys = (rows << np.uint64(40)) + quarters.astype(np.uint64)
        return np.asarray((2.0 * draws.uniform(keys) - 1.0) * self._jitter[:, np.newaxis])

    def phases(self, quarter: int) -> Floats:
        """Phases of the ripple in a quarter hour [rad], shape (n_profiles, 4)."""
        rows = self._rows
        cycle = np.arange(4, dtype=np.uint64)
        keys = (rows << np.uint64(44)) + (cycle << np.uint64(40)) + np.uint64(quarter)
        return np.asarray(2.0 * np.pi * draws.uniform(keys))


class _Days:
    """Hours of the present with their days, worked out once for all profiles."""

    def __init__(self, hours: Ints, plant: PlantDeclaration) -> None:
        self.hours = hours
        self._clocks: dict[str, Callable[[], tuple[Ints, Ints]]] = {
            "local": lambda: calendars.local_hours(hours, plant.zone),
            "utc": lambda: calendars.utc_hours(hours),
        }
        self._known: dict[str, tuple[Ints, Ints]] = {}
        self._rows: dict[tuple[str, int], Ints] = {}

    def rows(self, source: Source, shift_weeks: int, slots_per_hour: int) -> Ints:
        """First row of the source for each hour."""
        key = (source.id, shift_weeks)
        if key not in self._rows:
            if source.clock not in self._known:
                self._known[source.clock] = self._clocks[source.clock]()
            ordinals, hour_of_day = self._known[source.clock]
            day = _source_day(source, ordinals, shift_weeks)
            self._rows[key] = (day * 24 + hour_of_day) * slots_per_hour
        return self._rows[key]


def _source_day(source: Source, ordinals: Ints, shift_weeks: int) -> Ints:
    if source.align == "season":
        return calendars.season_day(ordinals, source.weeks, shift_weeks)
    if source.align == "weeks":
        return calendars.week_day(ordinals, source.weeks, shift_weeks)
    return calendars.year_day(ordinals, source.first_date, 365, shift_weeks)


def _sum_of(table: Table, column: str, rows: Ints, slots: int) -> Floats:
    values = table.column(column)
    total = values[rows]
    for slot in range(1, slots):
        total = total + values[rows + slot]
    return total
