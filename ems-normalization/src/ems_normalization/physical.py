"""Physical meters: from dirty windows of points to replaced hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import numpy as np
from ems_common.catalog.hourly import family
from ems_common.db import Databases
from ems_common.journal import BEGINNING_UTC, Change, Window, write
from ems_common.periods import ceil_slot, floor_slot
from ems_common.slots import Grid, Replaced, SlotAxis, extents, replace
from numpy.typing import NDArray

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

FAMILY = family("meter")
NEXT_STAGES = ("aggregate", "virtual")


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

    def bounded(
        self, meters: Mapping[int, Meter], windows: Mapping[int, list[Window]]
    ) -> dict[int, list[Window]]:
        """The windows cut to where readings or hours exist; windows without either are dropped."""
        open_ended = [
            key for key, of_key in windows.items() if any(w.start_utc <= BEGINNING_UTC for w in of_key)
        ]
        readings: dict[int, Window] = {}
        with self._dbs.session("historical_db") as session:
            for table, of_table in _by_table(meters, open_ended).items():
                readings |= readings_extent(session, {meters[key].point_id for key in of_table}, table)
        with self._dbs.session("energy_db") as session:
            hours = extents(session, FAMILY, open_ended)
        result: dict[int, list[Window]] = {}
        for key, of_key in windows.items():
            if key not in set(open_ended):
                result[key] = of_key
                continue
            both = (readings.get(meters[key].point_id), hours.get(key))
            known = [extent for extent in both if extent is not None]
            if known:
                start = min(extent.start_utc for extent in known)
                result[key] = [Window(start, max(extent.end_utc for extent in known) + self._slot)]
        return result

    def recompute(self, meters: Mapping[int, Meter], shard: Shard, *, resum: bool = False) -> Replaced:
        """Recompute the hours that a shard's windows touch, and pass the changes on, in one transaction.

        With `resum` the sums of their days are made anew even where no hour changes.
        """
        with self._dbs.session("historical_db") as session:
            readings: dict[int, Readings] = {}
            widened: dict[int, Window] = {}
            for table, ids in _by_table(meters, shard.ids).items():
                readings |= read_readings(session, {meters[key].point_id: shard.window for key in ids}, table)
                of_table = {key: self._touched(readings[meters[key].point_id], shard.window) for key in ids}
                uncovered = _uncovered(meters, readings, of_table, shard.window)
                readings |= read_readings(session, uncovered, table)
                widened |= of_table
            since_utc = complete_since(session, POWERS)
        grid, scope = self._grid(meters, readings, widened)
        for row, key in enumerate(grid.keys[:, 0].tolist()):
            if since_utc is not None and meters[key].is_power:
                scope[row] &= _computable(grid, row, readings[meters[key].point_id], since_utc)
        with self._dbs.session("energy_db") as session:
            done = replace(session, FAMILY, grid, scope, resum=resum)
            write(session, _changes(done.ranges))
        return done

    def _touched(self, readings: Readings, window: Window) -> Window:
        """The slots that depend on readings in the window: up to its good neighbours on either side."""
        times = readings.times_us
        before = int(np.searchsorted(times, microseconds(window.start_utc), side="left")) - 1
        after = int(np.searchsorted(times, microseconds(window.end_utc), side="left"))
        start = instant(times[before]) if before >= 0 else window.start_utc
        end = instant(times[after]) if after < len(times) else window.end_utc
        return Window(floor_slot(start, self._minutes), ceil_slot(max(end, window.end_utc), self._minutes))

    def _grid(
        self, meters: Mapping[int, Meter], readings: Mapping[int, Readings], windows: Mapping[int, Window]
    ) -> tuple[Grid, NDArray[np.bool_]]:
        start = min(window.start_utc for window in windows.values())
        end = max(window.end_utc for window in windows.values())
        axis = SlotAxis.of(Window(start, end), self._slot)
        ids = sorted(windows)
        grid = Grid.empty(np.array(ids, dtype=np.int64).reshape(-1, 1), axis)
        scope = np.zeros(grid.value.shape, dtype=np.bool_)
        for row, key in enumerate(ids):
            window = windows[key]
            energy = self._energy(meters[key], readings[meters[key].point_id], window)
            columns = (energy.start_us - microseconds(axis.start_utc)) // (axis.seconds * 1_000_000)
            grid.value[row, columns] = energy.energy_micro / MICRO
            grid.quality[row, columns] = energy.quality
            first = round((window.start_utc - axis.start_utc) / self._slot)
            scope[row, first : first + round((window.end_utc - window.start_utc) / self._slot)] = True
        return grid, scope

    def _energy(self, meter: Meter, readings: Readings, window: Window) -> SlotEnergy:
        times_us, slot_us = readings.times_us, self._minutes * 60_000_000
        ends = microseconds(window.start_utc), microseconds(window.end_utc)
        if meter.is_power:
            return power_energy(times_us, readings.values_micro, meter.factor, meter.register, *ends, slot_us)
        values_micro = readings.scaled_micro(meter.factor)
        return slot_energy(times_us, values_micro, meter.register, *ends, slot_us, readings.restarts_us)


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


def _uncovered(
    meters: Mapping[int, Meter],
    readings: Mapping[int, Readings],
    windows: Mapping[int, Window],
    asked: Window,
) -> dict[int, Window]:
    """Points of which readings inside the touched slots may not have been read yet.

    That is so where the good neighbour of the window lies so far off that it was found by a seek: more
        readings may share its slot.
    """
    result: dict[int, Window] = {}
    for key, window in windows.items():
        point = meters[key].point_id
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
            yield Change(stage, "meter", key, window.start_utc, window.end_utc, "hours changed")


def align(window: Window, minutes: int) -> Window:
    """The window widened to slot boundaries."""
    return Window(floor_slot(window.start_utc, minutes), ceil_slot(window.end_utc, minutes))
