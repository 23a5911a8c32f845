"""All SQL of normalization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
from ems_common.db import Session
from ems_common.db.extents import first_and_last
from ems_common.db.sql import Sql, compose, joined, marks
from ems_common.expressions import compile_expression
from ems_common.findings.finding import Finding, Thing, Unusable
from ems_common.journal import Window
from ems_common.units import POWER, UNITS
from numpy.typing import NDArray

from ems_normalization.registers import MICRO, NO_TIMES, Exchange, Int64, Register
from ems_normalization.sources import Candidate, source_of
from ems_normalization.virtual import VIRTUAL, VirtualMeter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEIGHBOUR = timedelta(hours=2)
"""How far around a window readings are read at once; a neighbour further off costs a seek."""
_SEEKS = 100
"""So many points are sought with one statement."""
_POINTS = 1000
"""Readings of so many points are read with one statement: with very many the server reads everything."""
_BEFORE = compose("< %s ORDER BY utc_date_time DESC")
_AFTER = compose(">= %s ORDER BY utc_date_time")
DEFAULT_MAX_GAP_MINUTES = 60
REGISTERS = "tbl_energy_value"
POWERS = "tbl_analog_value"
_POWER_UNITS = tuple(unit.symbol for unit in UNITS if unit.dimension == POWER)


@dataclass(frozen=True, slots=True)
class Meter:
    """A physical meter with the point that carries its energy.

    Attributes:
        id: Its id.
        point_id: The point.
        register: What is known of the register, in the unit of the meter's category.
        factor: What makes the point's unit the category's.
        is_power: Whether the point gives power instead of a register.
    """

    id: int
    point_id: int
    register: Register
    factor: float = 1.0
    is_power: bool = False


@dataclass(frozen=True, slots=True)
class Readings:
    """Good readings of one point, ascending in time [µs since 1970 UTC; millionths of a unit].

    `restarts_us` are the times at which cleaning saw the register start anew.
    """

    times_us: Int64
    values_micro: Int64
    restarts_us: Int64 = field(default_factory=lambda: NO_TIMES)

    def scaled_micro(self, factor: float) -> Int64:
        """The values in another unit; exact when it is the same."""
        if factor == 1:
            return self.values_micro
        scaled: Int64 = np.rint(self.values_micro * factor).astype(np.int64)
        return scaled


def microseconds(time_utc: datetime) -> int:
    """An aware instant as µs since 1970 UTC."""
    return (time_utc - EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime:
    """µs since 1970 UTC as an aware instant."""
    return EPOCH + timedelta(microseconds=int(time_us))


def load_meters(session: Session, *, is_typical: bool = False) -> tuple[dict[int, Meter], list[Finding]]:
    """All meters that some point measures, by id, and what is doubtful about them.

    Args:
        session: Of the system database.
        is_typical: Whether gaps are spread as the meters usually count.
    """
    exchanges = _load_exchanges(session)
    points: dict[int, list[Candidate]] = {}
    for meter_id, *candidate in session.rows(
        compose(
            "SELECT mp.meter_id, p.id, p.object_type, p.units, p.register_modulus, p.max_gap_minutes"
            " FROM tbl_meters_points mp JOIN tbl_points p ON p.id = mp.point_id"
            " WHERE p.object_type = 'ENERGY_VALUE'"
            " OR (p.object_type = 'ANALOG_VALUE' AND p.units IN ({units}))",
            units=marks(_POWER_UNITS),
        ),
        _POWER_UNITS,
    ):
        points.setdefault(meter_id, []).append(Candidate(*candidate))
    meters: dict[int, Meter] = {}
    faults: list[Finding] = []
    for meter_id, low, high, unit in session.rows(
        "SELECT m.id, m.hourly_low_limit + 0E0, m.hourly_high_limit + 0E0, COALESCE(c.unit_of_measure, '')"
        " FROM tbl_meters m LEFT JOIN tbl_energy_categories c ON c.id = m.energy_category_id"
    ):
        source = source_of(points.get(meter_id, ()), unit)
        if source is None:
            continue
        if source.fault is not None:
            faults.append(source.fault.at(Thing("meter", meter_id), Thing("point", source.point.point_id)))
        scale = Fraction(source.factor) * MICRO
        register = Register(
            modulus_micro=round(Fraction(source.point.modulus or 0) * scale),
            max_gap_us=int(source.point.max_gap_minutes or DEFAULT_MAX_GAP_MINUTES) * 60_000_000,
            low_limit_per_hour=low,
            high_limit_per_hour=high,
            exchanges=tuple(
                Exchange(time_us, round(old * scale), round(new * scale))
                for time_us, old, new in exchanges.get(meter_id, ())
            ),
            is_typical=is_typical,
        )
        meters[meter_id] = Meter(meter_id, source.point.point_id, register, source.factor, source.is_power)
    return meters, faults


def _load_exchanges(session: Session) -> dict[int, list[tuple[int, Fraction, Fraction]]]:
    """Exchanges of each meter by time: µs, last value of the old and first of the new register."""
    exchanges: dict[int, list[tuple[int, Fraction, Fraction]]] = {}
    for meter_id, at, old, new in session.rows(
        "SELECT meter_id, exchanged_utc, last_old_value, first_new_value FROM tbl_meter_exchanges"
        " ORDER BY meter_id, exchanged_utc"
    ):
        time_us = microseconds(at.replace(tzinfo=UTC))
        exchanges.setdefault(meter_id, []).append((time_us, Fraction(old), Fraction(new)))
    return exchanges


def load_virtual_meters(session: Session) -> tuple[list[VirtualMeter], list[Finding]]:
    """All virtual meters whose formula parses, and one fault for each that does not."""
    variables: dict[int, dict[str, tuple[str, int]]] = {}
    for owner, name, kind, meter_id in session.rows(
        "SELECT virtual_meter_id, name, meter_type, meter_id FROM tbl_variables ORDER BY id"
    ):
        variables.setdefault(owner, {})[name.lower()] = (kind, meter_id)
    meters: list[VirtualMeter] = []
    faults: list[Finding] = []
    for meter_id, equation in session.rows("SELECT id, equation FROM tbl_virtual_meters ORDER BY id"):
        known = variables.get(meter_id, {})
        try:
            meters.append(VirtualMeter(meter_id, compile_expression(equation, known), known))
        except Unusable as ex:
            faults.append(ex.finding.at(Thing(VIRTUAL, meter_id)))
    return meters, faults


def read_readings(
    session: Session, windows: Mapping[int, Window], table: str = REGISTERS
) -> dict[int, Readings]:
    """Good readings of points, each over at least its window and one reading beyond either end.

    Args:
        session: A transaction of the historical database.
        windows: Point id → the window that is of interest.
        table: `REGISTERS` or `POWERS`.

    Returns:
        Readings by point. The first reading lies before the window's start, since one at its start ends an
        interval, too, and the last at or after its end, wherever such readings exist.
    """
    if not windows:
        return {}
    start = min(window.start_utc for window in windows.values()) - NEIGHBOUR
    end = max(window.end_utc for window in windows.values()) + NEIGHBOUR
    found: dict[int, Readings] = {}
    restarts: dict[int, Int64] = {}
    points = sorted(windows)
    for first in range(0, len(points), _POINTS):
        some = points[first : first + _POINTS]
        found |= _read_range(session, table, some, start, end)
        restarts |= _read_restarts(session, some, start) if table == REGISTERS else {}
    return {
        point: replace(readings, restarts_us=restarts.get(point, NO_TIMES))
        for point, readings in _with_neighbours(session, table, found, windows).items()
    }


def _read_restarts(session: Session, points: Sequence[int], start: datetime) -> dict[int, Int64]:
    columns = session.columns(
        compose(
            "SELECT point_id, utc_date_time FROM tbl_reading_verdicts"
            " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND rule = 'reset'",
            ids=marks(points),
        ),
        (*points, start.replace(tzinfo=None)),
        {"point": "int64", "time": "datetime64[us]"},
    )
    times = columns["time"].astype(np.int64)
    return {int(point): times[columns["point"] == point] for point in np.unique(columns["point"])}


def _read_range(
    session: Session, table: str, points: Sequence[int], start: datetime, end: datetime
) -> dict[int, Readings]:
    gaps = {"table": table, "ids": marks(points)}
    parameters = (*points, start.replace(tzinfo=None), end.replace(tzinfo=None))
    joined_rows = session.joined(
        compose(
            "SELECT point_id, COUNT(*), GROUP_CONCAT(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time),"
            " ' ', actual_value SEPARATOR ' ') FROM {table} WHERE point_id IN ({ids})"
            " AND utc_date_time >= %s AND utc_date_time < %s AND is_bad = 0 GROUP BY point_id",
            **gaps,
        ),
        parameters,
        2,
    )
    if joined_rows is not None:
        point = np.repeat(np.array(joined_rows.keys, dtype=np.int64), joined_rows.counts)
        times, values = joined_rows.numbers[:, 0].astype(np.int64), _micro(joined_rows.numbers[:, 1])
    else:
        columns = session.columns(
            compose(
                "SELECT point_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time), actual_value"
                " FROM {table} WHERE point_id IN ({ids})"
                " AND utc_date_time >= %s AND utc_date_time < %s AND is_bad = 0",
                **gaps,
            ),
            parameters,
            {"point": "int64", "time": "int64", "value": "float64"},
        )
        point, times, values = columns["point"], columns["time"], _micro(columns["value"])
    return _by_point(point, times, values)


def _by_point(point: Int64, times: Int64, values: Int64) -> dict[int, Readings]:
    """Readings of many points, each in order of time."""
    follows = (np.diff(point) > 0) | ((np.diff(point) == 0) & (np.diff(times) > 0))
    if not follows.all():
        # The months of a table come one after the other.
        order = np.lexsort((times, point))
        point, times, values = point[order], times[order], values[order]
    keys, first = np.unique(point, return_index=True)
    bounds = [*first.tolist(), len(point)]
    return {
        int(key): Readings(times[bounds[n] : bounds[n + 1]], values[bounds[n] : bounds[n + 1]])
        for n, key in enumerate(keys)
    }


def _micro(values: NDArray[np.float64]) -> Int64:
    return np.rint(values * MICRO).astype(np.int64)


def _with_neighbours(
    session: Session, table: str, found: Mapping[int, Readings], windows: Mapping[int, Window]
) -> dict[int, Readings]:
    """The readings with one more where none of them lies before its window, or none at or after its end."""
    result = {point: found.get(point, Readings(NO_TIMES, NO_TIMES)) for point in windows}
    early = {
        point: windows[point].start_utc
        for point, of in result.items()
        if not len(of.times_us) or of.times_us[0] >= microseconds(windows[point].start_utc)
    }
    late = {
        point: windows[point].end_utc
        for point, of in result.items()
        if not len(of.times_us) or of.times_us[-1] < microseconds(windows[point].end_utc)
    }
    for point, time_us, value in _seek(session, table, early, _BEFORE):
        of = result[point]
        times, values = np.insert(of.times_us, 0, time_us), np.insert(of.values_micro, 0, value)
        result[point] = Readings(times, values)
    for point, time_us, value in _seek(session, table, _with_later(session, table, late), _AFTER):
        of = result[point]
        result[point] = Readings(np.append(of.times_us, time_us), np.append(of.values_micro, value))
    return result


def _with_later(session: Session, table: str, at_utc: Mapping[int, datetime]) -> dict[int, datetime]:
    """The points without those of whose company none has a good reading at or after its instant.

    New readings are mostly the last ones there are: that is asked of many points together, before each by
    itself is asked for its next one.
    """
    result: dict[int, datetime] = {}
    points = list(at_utc)
    for first in range(0, len(points), _SEEKS):
        some = {point: at_utc[point] for point in points[first : first + _SEEKS]}
        has_later = session.scalar(
            compose(
                "SELECT EXISTS (SELECT 1 FROM {table} WHERE point_id IN ({ids}) AND utc_date_time >= %s"
                " AND is_bad = 0)",
                table=table,
                ids=marks(some),
            ),
            (*some, min(some.values()).replace(tzinfo=None)),
        )
        result |= some if has_later else {}
    return result


def _seek(
    session: Session, table: str, at_utc: Mapping[int, datetime], side: Sql
) -> Iterator[tuple[int, int, int]]:
    """The good reading of each point nearest to its instant, on one side: (point, µs, millionths)."""
    one = compose(
        "(SELECT point_id, utc_date_time, actual_value + 0E0 FROM {table}"
        " WHERE point_id = %s AND is_bad = 0 AND utc_date_time {side} LIMIT 1)",
        table=table,
        side=side,
    )
    points = list(at_utc)
    for first in range(0, len(points), _SEEKS):
        some = points[first : first + _SEEKS]
        values = [value for point in some for value in (point, at_utc[point].replace(tzinfo=None))]
        for point, at, value in session.rows(joined([one] * len(some), " UNION ALL "), values):
            yield int(point), microseconds(at.replace(tzinfo=UTC)), round(value * MICRO)


def readings_extent(session: Session, points: Iterable[int], table: str = REGISTERS) -> dict[int, Window]:
    """First and last reading of each point that has any; `table` is `REGISTERS` or `POWERS`."""
    stored = first_and_last(session, table, "point_id", "utc_date_time", list(points))
    return {
        point: Window(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC) + timedelta(seconds=1))
        for point, (first, last) in stored.items()
    }


def complete_since(session: Session, table: str) -> datetime | None:
    """From when on the slots of a table's readings can be computed again; None when none were dropped."""
    kind = table.removeprefix("tbl_").removesuffix("_value")
    found = session.scalar("SELECT complete_from_utc FROM tbl_retention WHERE kind = %s", (kind,))
    return None if found is None else found.replace(tzinfo=UTC)
