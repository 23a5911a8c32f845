"""All SQL of normalization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from ems_common.db import Session
from ems_common.errors import BadInput
from ems_common.expressions import compile_expression
from ems_common.journal import Window
from numpy.typing import NDArray

from ems_normalization.registers import MICRO, Exchange, Int64, Register
from ems_normalization.virtual import VirtualMeter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEIGHBOUR = timedelta(hours=2)
"""How far around a window readings are read at once; a neighbour further off costs a seek."""
DEFAULT_MAX_GAP_MINUTES = 60
_BY_TIME = "SELECT utc_date_time, actual_value + 0E0 FROM tbl_energy_value WHERE point_id = %s AND is_bad = 0"


@dataclass(frozen=True, slots=True)
class Meter:
    """A physical meter with the point that carries its register."""

    id: int
    point_id: int
    register: Register


@dataclass(frozen=True, slots=True)
class Readings:
    """Good readings of one point, ascending in time [µs since 1970 UTC; millionths of a unit]."""

    times_us: Int64
    values_micro: Int64


def microseconds(time_utc: datetime) -> int:
    """An aware instant as µs since 1970 UTC."""
    return (time_utc - EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime:
    """µs since 1970 UTC as an aware instant."""
    return EPOCH + timedelta(microseconds=int(time_us))


def load_meters(session: Session) -> dict[int, Meter]:
    """All meters that have an energy point, by id; of several points the one with the lowest id counts."""
    exchanges: dict[int, list[Exchange]] = {}
    for meter_id, at, old, new in session.rows(
        "SELECT meter_id, exchanged_utc, last_old_value, first_new_value FROM tbl_meter_exchanges"
        " ORDER BY meter_id, exchanged_utc"
    ):
        time_us = microseconds(at.replace(tzinfo=UTC))
        exchanges.setdefault(meter_id, []).append(Exchange(time_us, round(old * MICRO), round(new * MICRO)))
    result: dict[int, Meter] = {}
    for meter_id, low, high, point_id, modulus, max_gap in session.rows(
        "SELECT m.id, m.hourly_low_limit, m.hourly_high_limit, p.id, p.register_modulus, p.max_gap_minutes"
        " FROM tbl_meters m JOIN tbl_meters_points mp ON mp.meter_id = m.id"
        " JOIN tbl_points p ON p.id = mp.point_id"
        " WHERE p.object_type = 'ENERGY_VALUE' ORDER BY p.id"
    ):
        register = Register(
            modulus_micro=round((modulus or 0) * MICRO),
            max_gap_us=int(max_gap or DEFAULT_MAX_GAP_MINUTES) * 60_000_000,
            low_limit_per_hour=float(low),
            high_limit_per_hour=float(high),
            exchanges=tuple(exchanges.get(meter_id, ())),
        )
        result.setdefault(meter_id, Meter(meter_id, point_id, register))
    return result


def load_virtual_meters(session: Session) -> tuple[list[VirtualMeter], list[BadInput]]:
    """All virtual meters whose formula parses, and one fault for each that does not."""
    variables: dict[int, dict[str, tuple[str, int]]] = {}
    for owner, name, kind, meter_id in session.rows(
        "SELECT virtual_meter_id, name, meter_type, meter_id FROM tbl_variables ORDER BY id"
    ):
        variables.setdefault(owner, {})[name.lower()] = (kind, meter_id)
    meters: list[VirtualMeter] = []
    faults: list[BadInput] = []
    for meter_id, name, equation in session.rows(
        "SELECT id, name, equation FROM tbl_virtual_meters ORDER BY id"
    ):
        known = variables.get(meter_id, {})
        try:
            meters.append(VirtualMeter(meter_id, compile_expression(equation, known), known))
        except BadInput as ex:
            faults.append(
                BadInput(
                    ex.what, where=f"virtual meter {meter_id} ({name})", value=ex.value, advice=ex.advice
                )
            )
    return meters, faults


def read_readings(session: Session, windows: dict[int, Window]) -> dict[int, Readings]:
    """Good readings of points, each over at least its window and one reading beyond either end.

    Args:
        session: A transaction of the historical database.
        windows: Point id → the window that is of interest.

    Returns:
        Readings by point. The first reading lies at or before the window's start and the last at or after its
        end wherever such readings exist.
    """
    if not windows:
        return {}
    start = min(window.start_utc for window in windows.values()) - NEIGHBOUR
    end = max(window.end_utc for window in windows.values()) + NEIGHBOUR
    found = _read_range(session, sorted(windows), start, end)
    return {
        point: _with_neighbours(session, point, found.get(point), window) for point, window in windows.items()
    }


def _read_range(
    session: Session, points: Sequence[int], start: datetime, end: datetime
) -> dict[int, Readings]:
    marks = ", ".join(["%s"] * len(points))
    columns = session.columns(
        "SELECT point_id, utc_date_time, actual_value FROM tbl_energy_value"  # noqa: S608  (marks only)
        f" WHERE point_id IN ({marks}) AND utc_date_time >= %s AND utc_date_time < %s AND is_bad = 0",
        (*points, start.replace(tzinfo=None), end.replace(tzinfo=None)),
        {"point": "int64", "time": "datetime64[us]", "value": "float64"},
    )
    times = columns["time"].astype(np.int64)
    order = np.lexsort((times, columns["point"]))
    point, times, values = columns["point"][order], times[order], _micro(columns["value"][order])
    keys, first = np.unique(point, return_index=True)
    bounds = [*first.tolist(), len(point)]
    return {
        int(key): Readings(times[bounds[n] : bounds[n + 1]], values[bounds[n] : bounds[n + 1]])
        for n, key in enumerate(keys)
    }


def _micro(values: NDArray[np.float64]) -> Int64:
    return np.rint(values * MICRO).astype(np.int64)


def _with_neighbours(session: Session, point: int, readings: Readings | None, window: Window) -> Readings:
    times = readings.times_us if readings is not None else np.empty(0, np.int64)
    values = readings.values_micro if readings is not None else np.empty(0, np.int64)
    if not len(times) or times[0] > microseconds(window.start_utc):
        before = _seek(
            session,
            f"{_BY_TIME} AND utc_date_time < %s ORDER BY utc_date_time DESC LIMIT 1",
            point,
            window.start_utc,
        )
        if before is not None:
            times, values = np.insert(times, 0, before[0]), np.insert(values, 0, before[1])
    if not len(times) or times[-1] < microseconds(window.end_utc):
        after = _seek(
            session,
            f"{_BY_TIME} AND utc_date_time >= %s ORDER BY utc_date_time LIMIT 1",
            point,
            window.end_utc,
        )
        if after is not None:
            times, values = np.append(times, after[0]), np.append(values, after[1])
    return Readings(times, values)


def _seek(session: Session, sql: str, point: int, at: datetime) -> tuple[int, int] | None:
    row = session.row(sql, (point, at.replace(tzinfo=None)))
    if row is None:
        return None
    return microseconds(row[0].replace(tzinfo=UTC)), round(row[1] * MICRO)


def readings_extent(session: Session, points: Iterable[int]) -> dict[int, Window]:
    """First and last good reading of each point that has any."""
    result: dict[int, Window] = {}
    for point in points:
        row = session.row(
            "SELECT MIN(utc_date_time), MAX(utc_date_time) FROM tbl_energy_value WHERE point_id = %s",
            (point,),
        )
        if row is not None and row[0] is not None:
            last = row[1].replace(tzinfo=UTC) + timedelta(seconds=1)
            result[point] = Window(row[0].replace(tzinfo=UTC), last)
    return result
