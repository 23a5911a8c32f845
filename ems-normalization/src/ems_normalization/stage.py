"""One pass of normalization: uploaded files; open changes → hours of physical, then of virtual meters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ems_common.daemon import PassResult
from ems_common.db import Databases
from ems_common.journal import (
    ALL,
    JournalRow,
    Window,
    by_entity,
    coalesce,
    consume,
    described,
    open_changes,
)
from ems_common.orders import give, named

from ems_normalization.files import UploadedFiles
from ems_normalization.formulas import VirtualMeters
from ems_normalization.physical import PhysicalMeters, align
from ems_normalization.shards import make_shards
from ems_normalization.store import Meter, load_meters
from ems_normalization.told import Told
from ems_normalization.virtual_points import VirtualPoints, points_only

NORMALIZE: Final = "normalize"
VIRTUAL: Final = "virtual"


class Normalization:
    """The stage that turns registers into hours.

    Args:
        dbs: The databases.
        slot_minutes: Length of a slot: 60, 30 or 15.
        tz: Zone of the site, in whose local time uploaded files are written.
        is_typical: Whether gaps of registers are spread as the meters usually count; else evenly.
    """

    name = "normalization"

    def __init__(
        self, dbs: Databases, slot_minutes: int, tz: tzinfo = UTC, *, is_typical: bool = False
    ) -> None:
        self._dbs = dbs
        self._is_typical = is_typical
        self._minutes = slot_minutes
        slot = timedelta(minutes=slot_minutes)
        self._slot = slot
        self.files = UploadedFiles(dbs, slot, tz)
        self._points = VirtualPoints(dbs)
        self._physical = PhysicalMeters(dbs, slot)
        self._virtual = VirtualMeters(dbs, slot)
        self._told = Told(dbs, "meter_unit_doubtful")

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Recompute what the journal says; see :class:`ems_common.daemon.Stage`."""
        files = self.files.run()
        readings = self._points.run()
        changes, meter_rows = self._physical_pass(progress)
        virtual_changes, virtual_rows = self._virtual_pass()
        summary = {
            "files": files,
            "virtual readings": readings,
            "changes": changes + virtual_changes,
            "meter hours": meter_rows,
            "virtual hours": virtual_rows,
        }
        return PassResult(bool(files or readings or changes or virtual_changes), summary)

    def _physical_pass(self, progress: Callable[[str, float], None]) -> tuple[int, int]:
        with self._dbs.session("historical_db") as session:
            of_points = open_changes(session, (NORMALIZE,))
        with self._dbs.session("system_db") as session:
            of_configuration = open_changes(session, (NORMALIZE,))
            if not of_points and not of_configuration:
                return 0, 0
            meters, faults = load_meters(session, is_typical=self._is_typical)
        self._told.tell(faults)
        windows = self._windows(meters, (*of_points, *of_configuration))
        bounded = {key: list(of_key) for key, of_key in self._physical.bounded(meters, windows).items()}
        shards = make_shards(bounded, self._slot)
        rows = 0
        recomputed = self._physical.recompute(meters, shards, resum=bool(of_configuration))
        for number, done in enumerate(recomputed, 1):
            rows += done.written + done.deleted
            progress("meters", number / len(shards))
        self._points.recompute(points_only(by_entity(of_points)), points_only(by_entity(of_configuration)))
        with self._dbs.session("historical_db") as session:
            consume(session, (row.id for row in of_points))
        with self._dbs.session("system_db") as session:
            consume(session, (row.id for row in of_configuration))
        return len(of_points) + len(of_configuration), rows

    def _windows(self, meters: Mapping[int, Meter], rows: Iterable[JournalRow]) -> dict[int, list[Window]]:
        of_point: dict[int, list[int]] = {}
        for meter in meters.values():
            of_point.setdefault(meter.point_id, []).append(meter.id)
        result: dict[int, list[Window]] = {}
        for (kind, key), windows in by_entity(rows).items():
            ids = of_point if kind == "point" else {meter: [meter] for meter in meters}
            # A changed unit of a category looks at all meters; those of others come out equal.
            everything = key == ALL or kind == "energy_category"
            touched = (
                [meter for of_key in ids.values() for meter in of_key] if everything else ids.get(key, [])
            )
            for meter_id in touched:
                result.setdefault(meter_id, []).extend(windows)
        return {
            key: coalesce(align(window, self._minutes) for window in windows)
            for key, windows in result.items()
        }

    def _virtual_pass(self) -> tuple[int, int]:
        with self._dbs.session("energy_db") as session:
            of_meters = open_changes(session, (VIRTUAL,))
        with self._dbs.session("system_db") as session:
            of_configuration = open_changes(session, (VIRTUAL,))
        if not of_meters and not of_configuration:
            return 0, 0
        dirty = by_entity((*of_meters, *of_configuration))
        written = self._virtual.recompute(self._virtual.load(), dirty, resum=bool(of_configuration))
        with self._dbs.session("energy_db") as session:
            consume(session, (row.id for row in of_meters))
        with self._dbs.session("system_db") as session:
            consume(session, (row.id for row in of_configuration))
        return len(of_meters) + len(of_configuration), written

    def explain(self) -> list[str]:
        """Open changes of this stage, one line each."""
        lines = self.files.explain()
        for database in ("historical_db", "energy_db", "system_db"):
            with self._dbs.session(database) as session:
                lines += described(open_changes(session, (NORMALIZE, VIRTUAL)))
        return lines or ["nothing is open"]

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range of one meter (``meter:12``, ``virtual_meter:3``) or of all as open."""
        return give(self._dbs, self.name, start_utc, end_utc, named(entity))
