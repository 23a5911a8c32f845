"""Measured series as points of a site: registers, powers and other quantities, at their own intervals."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

HERE: Final = Path(__file__).parent / "data"
DEMO: Final = Path(__file__).parents[2] / "database" / "demo" / "data"
HOUR_MS: Final = 3_600_000
START_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trace:
    """What a point delivered.

    Attributes:
        name: Source and column.
        kind: ``energy``, ``analog`` or ``digital``.
        time_ms: Milliseconds since 1970 UTC.
        value: The readings.
        group: Sort of series, for the table of false alarms.
    """

    name: str
    kind: str
    time_ms: Ints
    value: Floats
    group: str

    @property
    def step_ms(self) -> int:
        """Usual interval of the readings [ms]."""
        return int(np.median(np.diff(self.time_ms)))


@dataclass(frozen=True)
class _Source:
    """A file, its interval, and how its columns are taken.

    Attributes:
        energy: Columns that are energy or mean power, so that a register can be made from them.
        other: Columns that are only analog.
        resolutions: Resolution of the registers, taken in turn.
    """

    path: Path
    group: str
    step_minutes: float
    energy: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    resolutions: tuple[float, ...] = (0.01, 0.1, 0.001)
    is_power: bool = False
    rows: int | None = None


def _building_columns() -> tuple[str, ...]:
    with gzip.open(DEMO / "buildings_electricity_2017.csv.gz", "rt") as file:
        return tuple(next(csv.reader(file))[1:])


def _sources() -> Iterator[_Source]:
    yield _Source(
        DEMO / "buildings_electricity_2017.csv.gz", "buildings hourly", 60, energy=_building_columns()
    )
    four = ("b33", "b35", "b40", "b56")
    yield _Source(DEMO / "cambridge_electricity_2019.csv.gz", "buildings hourly", 60, energy=four)
    yield _Source(DEMO / "cambridge_gas_2019.csv.gz", "gas hourly", 60, energy=four, resolutions=(0.1, 1.0))
    weather = ("air_temp_c", "rel_hum_pct", "global_irradiance_w_m2")
    yield _Source(DEMO / "cambridge_weather_2019.csv.gz", "weather", 60, other=weather)
    office = ("cooling", "heating", "mechanical", "lighting", "plug_loads", "data_center", "building")
    yield _Source(
        DEMO / "office_submeters_pv_2011_jan_apr.csv.gz",
        "office submeters and PV",
        60,
        energy=(*(f"total_{name}_kw" for name in office), "pv_kw"),
        other=("building_net_kw",),
    )
    yield _Source(
        DEMO / "steel_works_15min_2018q1.csv.gz",
        "steel works 15 min",
        15,
        energy=("kwh", "kvarh_lagging", "kvarh_leading"),
    )
    zones = ("zone1_kw", "zone2_kw", "zone3_kw")
    yield _Source(
        HERE / "three_feeders_10min_2017jan.csv.gz",
        "feeders 10 min",
        10,
        energy=zones,
        other=("air_temp_c", "rel_hum_pct"),
        resolutions=(0.1,),
        is_power=True,
    )
    yield _Source(
        HERE / "home_pv_load_30min_2011_2012.csv.gz",
        "home load and PV 30 min",
        30,
        energy=("load_kw", "pv_kw"),
        is_power=True,
        resolutions=(0.001,),
    )
    yield _Source(DEMO / "grid_frequency_1s_hour.csv.gz", "frequency 1 s", 1 / 60, other=("frequency_hz_50",))


def _columns(source: _Source) -> dict[str, Floats]:
    with gzip.open(source.path, "rt") as file:
        rows = list(csv.DictReader(file))
    wanted = (*source.energy, *source.other)
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in wanted}


def _traces_of(source: _Source) -> Iterator[Trace]:
    for number, (name, raw) in enumerate(_columns(source).items()):
        known = np.isfinite(raw)
        step_ms = round(source.step_minutes * 60_000)
        time_ms = (START_MS + np.arange(len(raw), dtype=np.int64) * step_ms)[known]
        value = raw[known]
        label = f"{source.path.stem.split('.')[0]}/{name}"
        yield Trace(label, "analog", time_ms, value, source.group)
        if name in source.energy:
            energy = Trace(label, "analog", time_ms, np.abs(value), source.group)
            resolution = source.resolutions[number % len(source.resolutions)]
            hours = source.step_minutes / 60 if source.is_power else 1.0
            yield register_of(energy, resolution, hours, first=1000.0 * (number + 1))


def register_of(trace: Trace, resolution: float, hours: float = 1.0, first: float = 0.0) -> Trace:
    """The register that counts a series: what it shows after each reading.

    Args:
        trace: Energy of each interval, or mean power.
        resolution: Its last digit.
        hours: Length of the intervals, where the series is a power.
        first: Where the register begins.
    """
    register = first + np.cumsum(np.abs(trace.value) * hours)
    shown = np.round(np.floor(register / resolution + 1e-9) * resolution, 6)
    return Trace(f"{trace.name} register", "energy", trace.time_ms, shown, trace.group)


def _finer(trace: Trace, parts: int, seed: int) -> Trace:
    """An hourly power at a part of the interval: a straight line with noise of 2 %."""
    rng = np.random.default_rng(seed)
    steps = np.arange((len(trace.value) - 1) * parts) / parts
    line = np.interp(steps, np.arange(len(trace.value)), trace.value)
    noisy = np.round(line * (1 + 0.02 * rng.standard_normal(len(line))), 2)
    step_ms = trace.step_ms // parts
    time_ms = trace.time_ms[0] + np.arange(len(line), dtype=np.int64) * step_ms
    group = f"buildings {step_ms // 60_000} min"
    return Trace(f"{trace.name} /{parts}", "analog", time_ms, noisy, group)


def first_days(trace: Trace, days: int) -> Trace:
    """The beginning of a series."""
    rows = int(np.searchsorted(trace.time_ms, trace.time_ms[0] + days * 24 * HOUR_MS))
    return replace(trace, time_ms=trace.time_ms[:rows], value=trace.value[:rows])


def _states(seed: int) -> Trace:
    """A running state, polled every quarter of an hour: on in working hours, now and then off."""
    rng = np.random.default_rng(seed)
    hours = np.arange(96 * 90) // 4 % 24
    value = ((hours >= 7) & (hours < 19) & (rng.random(len(hours)) > 0.05)).astype(np.float64)
    time_ms = START_MS + np.arange(len(value), dtype=np.int64) * 900_000
    return Trace(f"state {seed}", "digital", time_ms, value, "states 15 min")


def _charger(seed: int, step_minutes: int) -> Trace:
    """A car charger: now and then a session at one of a few powers, nothing in between."""
    rng = np.random.default_rng(seed)
    count = 60 * 24 * 60 // step_minutes
    value = np.zeros(count)
    place = 0
    while True:
        place += 1 + int(rng.exponential(360 / step_minutes))
        length = 1 + int(rng.exponential(60 / step_minutes))
        if place + length >= count:
            break
        value[place : place + length] = rng.choice([3.7, 7.4, 11.0, 22.0]) * rng.uniform(0.97, 1.0)
        place += length
    time_ms = START_MS + np.arange(count, dtype=np.int64) * step_minutes * 60_000
    return Trace(f"charger {seed}", "analog", time_ms, np.round(value, 2), "chargers")


def traces() -> list[Trace]:
    """Every series, measured ones first; the rest are what no measured file has: states, chargers."""
    found = [trace for source in _sources() for trace in _traces_of(source)]
    buildings = [t for t in found if t.group == "buildings hourly" and t.kind == "analog"]
    found += [_finer(t, 4, seed) for seed, t in enumerate(buildings[::5])]
    found += [_finer(first_days(t, 40), 60, seed) for seed, t in enumerate(buildings[2::9])]
    found += [_states(seed) for seed in range(3)]
    found += [_charger(7, 60), _charger(8, 15), _charger(9, 5)]
    return found
