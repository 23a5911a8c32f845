"""Physical meters: from dirty windows of points to replaced hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from ems_common.ahead import read_ahead
from ems_common.catalog.hourly import family
from ems_common.db import Databases
from ems_common.journal import Change, Why, Window, cut, is_open_ended, write
from ems_common.periods import ceil_slot, floor_slot
from ems_common.slots import Grid, Replaced, SlotAxis, around, extents, replace
from numpy.typing import NDArray

from ems_normalization.plain import Trace, is_plain, plain_slots
from ems_normalization.power import power_energy
from ems_normalization.registers import MICRO, SlotEnergy, slot_energy
from ems_normalization.shards import Shard
from ems_normalization.store import (
    POWERS,
    REGISTERS,
    Meter,
    Readings,
    complete_since,
    instant,
    microseconds,
    read_readings,
    readings_extent,
)
from ems_normalization.typical import REACH_US

FAMILY = family("meter")
NEXT_STAGES = ("aggregate", "virtual")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the hours of a shard are computed from.

    Attributes:
        readings: Of each point.
        windows: The slots of each meter that the shard's window touches.
        since_utc: From when on slots of power can be computed again; None where no readings were dropped.
    """

    readings: dict[int, Readings]
    windows: dict[int, Window]
    since_utc: datetime | None


class PhysicalMeters:
    """Recomputes hours of physical meters.

    Args:
        dbs: The databases.
        slot: Length of a slot.
    """

    def __init__(self, dbs: Databases, slot: timedelta) -> None:
        self._dbs = dbs
        self._slot = slot
        self._minutes = round(slot.total_seconds() / 60)
        self._slot_us = self._minutes * 60_000_000

    def bounded(
        self, meters: Mapping[int, Meter], windows: Mapping[int, list[Window]]
    ) -> dict[int, list[Window]]:
        """Windows without beginning or end cut to where readings or hours exist."""
        open_ended = {key for key, of_key in windows.items() if any(map(is_open_ended, of_key))}
        readings: dict[int, Window] = {}
        with self._dbs.session("historical_db") as session:
            for table, of_table in _by_table(meters, open_ended).items():
                readings |= readings_extent(session, {meters[key].point_id for key in of_table}, table)
        with self._dbs.session("energy_db") as session:
            hours = extents(session, FAMILY, sorted(open_ended))
        result: dict[int, list[Window]] = {}
        for key, of_key in windows.items():
            both = (readings.get(meters[key].point_id), hours.get(key)) if key in open_ended else ()
            known = [extent for extent in both if extent is not None]
            result[key] = cut(of_key, around(known, self._slot))
        return result

    def recompute(
        self, meters: Mapping[int, Meter], shards: Sequence[Shard], *, resum: bool = False
    ) -> Iterator[Replaced]:
        """Recompute the hours that each shard's windows touch, and pass the changes on, in one transaction.

        With `resum` the sums of their days are made anew even where no hour changes.
        """
        for _shard, found in read_ahead(shards, partial(self._read, meters)):
            grid, scope = self._grid(meters, found.readings, found.windows)
            for row, key in enumerate(grid.keys[:, 0].tolist()):
                if found.since_utc is not None and meters[key].is_power:
                    of_point = found.readings[meters[key].point_id]
                    scope[row] &= _computable(grid, row, of_point, found.since_utc)
            with self._dbs.session("energy_db") as session:
                done = replace(session, FAMILY, grid, scope, resum=resum)
                write(session, _changes(done.ranges))
            yield done

    def _read(self, meters: Mapping[int, Meter], shard: Shard) -> _Found:
        """Read what a shard's hours depend on, and find out which these are."""
        with self._dbs.reading("historical_db") as session:
            readings: dict[int, Readings] = {}
            widened: dict[int, Window] = {}
            for table, ids in _by_table(meters, shard.ids).items():
                asked = {key: _shaped(meters[key], shard.window) for key in ids}
                readings |= read_readings(
                    session, {meters[key].point_id: of for key, of in asked.items()}, table
                )
                of_table = {
                    key: self._touched(meters[key], readings[meters[key].point_id], shard.window)
                    for key in ids
                }
                uncovered = _uncovered(meters, readings, of_table, asked)
                readings |= read_readings(session, uncovered, table)
                readings |= read_readings(session, _behind_gaps(meters, readings, of_table), table)
                widened |= of_table
            return _Found(readings, widened, complete_since(session, POWERS))

    def _touched(self, meter: Meter, readings: Readings, window: Window) -> Window:
        """The slots that depend on readings in the window: up to its good neighbours on either side.

        Where gaps are spread as is usual, later gaps are shaped by these readings, too.
        """
        times = readings.times_us
        before = int(np.searchsorted(times, microseconds(window.start_utc), side="left")) - 1
        after = int(np.searchsorted(times, microseconds(window.end_utc), side="left"))
        start = instant(times[before]) if before >= 0 else window.start_utc
        end = instant(times[after]) if after < len(times) else window.end_utc
        if meter.register.is_typical and not meter.is_power:
            until = np.searchsorted(times, microseconds(window.end_utc) + REACH_US)
            gaps = np.flatnonzero(np.diff(times[: until + 1]) > meter.register.max_gap_us)
            end = max(end, instant(times[gaps[-1] + 1])) if len(gaps) else end
        return Window(floor_slot(start, self._minutes), ceil_slot(max(end, window.end_utc), self._minutes))

    def _grid(
        self, meters: Mapping[int, Meter], readings: Mapping[int, Readings], windows: Mapping[int, Window]
    ) -> tuple[Grid, NDArray[np.bool_]]:
        start = min(window.start_utc for window in windows.values())
        end = max(window.end_utc for window in windows.values())
        axis = SlotAxis.of(Window(start, end), self._slot)
        ids = sorted(windows)
        grid = Grid.empty(np.array(ids, dtype=np.int64).reshape(-1, 1), axis)
        ends_us = [(microseconds(windows[key].start_utc), microseconds(windows[key].end_utc)) for key in ids]
        axis_us = microseconds(axis.start_utc)
        first, last = ((np.array(ends_us) - axis_us) // self._slot_us).T
        column = np.arange(axis.count)
        scope = (column >= first[:, None]) & (column < last[:, None])
        traces = {
            row: self._trace(meters[key], readings[meters[key].point_id], *ends_us[row])
            for row, key in enumerate(ids)
            if not meters[key].is_power
        }
        plain = self._fill_plain(grid, axis_us, traces)
        for row, key in enumerate(ids):
            if row not in plain:
                energy = self._energy(
                    meters[key], readings[meters[key].point_id], traces.get(row), ends_us[row]
                )
                columns = (energy.start_us - axis_us) // self._slot_us
                grid.value[row, columns] = energy.energy_micro / MICRO
                grid.quality[row, columns] = energy.quality
        return grid, scope

    @staticmethod
    def _trace(meter: Meter, readings: Readings, start_us: int, end_us: int) -> Trace:
        values_micro = readings.scaled_micro(meter.factor)
        has_restarts = len(readings.restarts_us) > 0
        return Trace(readings.times_us, values_micro, meter.register, has_restarts, start_us, end_us)

    def _fill_plain(self, grid: Grid, axis_us: int, traces: Mapping[int, Trace]) -> set[int]:
        """Slots of the registers that are computed together; returns their rows."""
        rows = np.array(list(traces), dtype=np.int64)[is_plain(list(traces.values()))]
        if len(rows):
            found = plain_slots([traces[row] for row in rows.tolist()], self._slot_us)
            columns = (found.start_us - axis_us) // self._slot_us
            grid.value[rows[found.trace], columns] = found.energy_micro / MICRO
            grid.quality[rows[found.trace], columns] = found.quality
        return set(rows.tolist())

    def _energy(
        self, meter: Meter, readings: Readings, trace: Trace | None, ends_us: tuple[int, int]
    ) -> SlotEnergy:
        times_us = readings.times_us
        if trace is None:
            return power_energy(
                times_us, readings.values_micro, meter.factor, meter.register, *ends_us, self._slot_us
            )
        return slot_energy(
            times_us, trace.values_micro, meter.register, *ends_us, self._slot_us, readings.restarts_us
        )


def _computable(grid: Grid, row: int, readings: Readings, since_utc: datetime) -> NDArray[np.bool_]:
    """Slots of a power meter that may be replaced although old readings were dropped by policy.

    What was counted from readings that are no more stays: of older slots only those are replaced that have
    a value, and a reading at or before their start.
    """
    starts_us = grid.axis.starts().astype("datetime64[us]").astype(np.int64)
    recent: NDArray[np.bool_] = starts_us >= microseconds(since_utc)
    if len(readings.times_us) == 0:
        return recent
    known: NDArray[np.bool_] = ~np.isnan(grid.value[row]) & (starts_us >= readings.times_us[0])
    result: NDArray[np.bool_] = recent | known
    return result


def _by_table(meters: Mapping[int, Meter], ids: Iterable[int]) -> dict[str, list[int]]:
    """Meters by the table of their readings."""
    result: dict[str, list[int]] = {}
    for key in ids:
        result.setdefault(POWERS if meters[key].is_power else REGISTERS, []).append(key)
    return result


def _shaped(meter: Meter, window: Window) -> Window:
    """What must be read to see which slots a window's readings touch: gaps that they shape come later."""
    if not meter.register.is_typical or meter.is_power:
        return window
    return Window(window.start_utc, window.end_utc + timedelta(microseconds=REACH_US))


def _behind_gaps(
    meters: Mapping[int, Meter], readings: Mapping[int, Readings], windows: Mapping[int, Window]
) -> dict[int, Window]:
    """Points with gaps in their touched slots, each with all that shapes these gaps."""
    result: dict[int, Window] = {}
    for key, window in windows.items():
        meter, times = meters[key], readings[meters[key].point_id].times_us
        if not meter.register.is_typical or meter.is_power:
            continue
        is_gap = np.diff(times) > meter.register.max_gap_us
        touched = (times[1:] > microseconds(window.start_utc)) & (times[:-1] < microseconds(window.end_utc))
        gaps = np.flatnonzero(is_gap & touched)
        if len(gaps):
            first = instant(int(times[gaps[0]]) - REACH_US)
            known = result.get(meter.point_id, Window(first, window.end_utc))
            ends = max(known.end_utc, window.end_utc, instant(times[gaps[-1] + 1]))
            result[meter.point_id] = Window(min(first, known.start_utc), ends)
    return result


def _uncovered(
    meters: Mapping[int, Meter],
    readings: Mapping[int, Readings],
    windows: Mapping[int, Window],
    asked_of: Mapping[int, Window],
) -> dict[int, Window]:
    """Points of which readings inside the touched slots may not have been read yet.

    That is so where the good neighbour of the window lies so far off that it was found by a seek: more
        readings may share its slot.
    """
    result: dict[int, Window] = {}
    for key, window in windows.items():
        point, asked = meters[key].point_id, asked_of[key]
        times = readings[point].times_us
        if not len(times):
            continue
        early = microseconds(window.start_utc) < times[0] < microseconds(asked.start_utc)
        late = microseconds(window.end_utc) > times[-1] >= microseconds(asked.end_utc)
        if early or late:
            known = result.get(point, window)
            start = min(known.start_utc, window.start_utc)
            result[point] = Window(start, max(known.end_utc, window.end_utc))
    return result


def _changes(ranges: Mapping[int, Window]) -> Iterable[Change]:
    for key, window in ranges.items():
        for stage in NEXT_STAGES:
            yield Change(stage, "meter", key, window.start_utc, window.end_utc, Why.HOURS)


def align(window: Window, minutes: int) -> Window:
    """The window widened to slot boundaries."""
    return Window(floor_slot(window.start_utc, minutes), ceil_slot(window.end_utc, minutes))
