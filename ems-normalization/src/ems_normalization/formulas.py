"""Virtual meters: from changed meters to replaced hours of all meters whose formulas reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np
from ems_common.catalog.entities import METER_KINDS
from ems_common.catalog.hourly import family
from ems_common.db import Databases, Session
from ems_common.journal import ALL, Change, Why, Window, coalesce, cut, is_open_ended, write
from ems_common.slots import Grid, SlotAxis, around, extents, read_grid, replace

from ems_normalization.physical import align
from ems_normalization.store import load_virtual_meters
from ems_normalization.told import Told
from ems_normalization.virtual import (
    VIRTUAL,
    MeterKey,
    SlotGrid,
    VirtualMeter,
    dependants,
    evaluate,
    in_order,
)

MAX_CELLS = 2_000_000
"""Meters × slots that are held at once, those that formulas read among them."""


class VirtualMeters:
    """Recomputes hours of virtual meters.

    Args:
        dbs: The databases.
        slot: Length of a slot.
    """

    def __init__(self, dbs: Databases, slot: timedelta) -> None:
        self._dbs = dbs
        self._slot = slot
        self._minutes = round(slot.total_seconds() / 60)
        self._told = Told(dbs, "virtual_meter_refused")

    def load(self) -> list[VirtualMeter]:
        """The computable virtual meters in order; faults are logged once, until they change."""
        with self._dbs.session("system_db") as session:
            meters, faults = load_virtual_meters(session)
        ordered, circles = in_order(meters)
        self._told.tell((*faults, *circles))
        return ordered

    def recompute(
        self,
        meters: Sequence[VirtualMeter],
        dirty: Mapping[MeterKey, Sequence[Window]],
        *,
        resum: bool = False,
    ) -> int:
        """Recompute what changed meters reach.

        Args:
            meters: All computable virtual meters, in order.
            dirty: Meter (kind, id) → its changed windows; the id 0 stands for all of the kind.
            resum: Whether sums of days are made anew even where nothing changes.

        Returns:
            Rows written and deleted.
        """
        dirty = self._spelled_out(meters, dirty)
        reached = dependants(meters, dirty)
        affected = [meter for meter in meters if meter.id in reached]
        if not affected:
            return 0
        windows = [window for sources in reached.values() for key in sources for window in dirty[key]]
        bounded = self._bounded(affected, windows)
        parts = self._parts(
            bounded, len(affected) + len({item for meter in affected for item in meter.inputs})
        )
        return sum(self._recompute_window(affected, part, resum) for part in parts)

    def _spelled_out(
        self, meters: Sequence[VirtualMeter], dirty: Mapping[MeterKey, Sequence[Window]]
    ) -> dict[MeterKey, Sequence[Window]]:
        result = {key: windows for key, windows in dirty.items() if key[1] != ALL}
        for (kind, key), windows in dirty.items():
            if key == ALL:
                inputs = {item for meter in meters for item in (*meter.inputs, (VIRTUAL, meter.id))}
                for item in inputs:
                    if item[0] == kind:
                        result[item] = [*result.get(item, ()), *windows]
        return result

    def _bounded(self, affected: Sequence[VirtualMeter], windows: Iterable[Window]) -> list[Window]:
        """Windows on slot boundaries; those without beginning or end are cut to where hours exist."""
        joined = coalesce(align(window, self._minutes) for window in windows)
        if not any(is_open_ended(window) for window in joined):
            return joined
        ids: dict[str, set[int]] = {kind: set() for kind in METER_KINDS}
        for meter in affected:
            for kind, key in (*meter.inputs, (VIRTUAL, meter.id)):
                ids[kind].add(key)
        known: list[Window] = []
        with self._dbs.session("energy_db") as session:
            for kind, of_kind in ids.items():
                known += extents(session, family(kind), sorted(of_kind)).values()
        return cut(joined, around(known, self._slot))

    def _parts(self, windows: Iterable[Window], meters: int) -> Iterable[Window]:
        longest = max(1, MAX_CELLS // meters) * self._slot
        for window in windows:
            start = window.start_utc
            while start < window.end_utc:
                end = min(start + longest, window.end_utc)
                yield Window(start, end)
                start = end

    def _recompute_window(self, affected: Sequence[VirtualMeter], window: Window, resum: bool) -> int:
        axis = SlotAxis.of(window, self._slot)
        with self._dbs.session("energy_db") as session:
            grids = self._inputs(session, affected, axis)
            own = Grid.empty(np.array([meter.id for meter in affected], dtype=np.int64).reshape(-1, 1), axis)
            for row, meter in enumerate(affected):
                computed = evaluate(meter, grids, axis.count)
                grids[VIRTUAL, meter.id] = computed
                own.value[row] = computed.energy
                own.quality[row] = computed.quality
            done = replace(session, family(VIRTUAL), own, resum=resum)
            write(
                session,
                (
                    Change("aggregate", VIRTUAL, key, part.start_utc, part.end_utc, Why.HOURS)
                    for key, part in done.ranges.items()
                ),
            )
        return done.written + done.deleted

    def _inputs(
        self, session: Session, affected: Sequence[VirtualMeter], axis: SlotAxis
    ) -> dict[MeterKey, SlotGrid]:
        needed: dict[str, set[int]] = {kind: set() for kind in METER_KINDS}
        for meter in affected:
            for kind, key in meter.inputs:
                needed[kind].add(key)
        result: dict[MeterKey, SlotGrid] = {}
        for kind, ids in needed.items():
            grid = read_grid(session, family(kind), sorted(ids), axis)
            for row, key in enumerate(grid.keys[:, 0].tolist()):
                result[kind, key] = SlotGrid(grid.value[row], grid.quality[row])
        return result
