"""Uploaded files: offline meters' workbooks become hours, data repair files become readings.

A file that cannot be used gets the status `error` and a report; it never stops the stage. The hours of an
offline file are committed before its status, in another database: a crash in between repeats the file, which
changes nothing. A repair, its memory, its journal row and its status are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import numpy as np
from ems_common import log
from ems_common.catalog.hourly import QUALITY_ESTIMATED, family
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.errors import BadInput, Missing, Unavailable
from ems_common.findings.finding import Unusable, phrase
from ems_common.journal import Change, Why, Window, write
from ems_common.slots import Grid, SlotAxis, replace
from prometheus_client import Counter

from ems_normalization import offline, repair, store_files
from ems_normalization.offline import DayEnergy, day_slots, days_of, spread
from ems_normalization.profiles import Profiles
from ems_normalization.registers import MICRO
from ems_normalization.repair import named_points, repair_of, undoing
from ems_normalization.report import Report
from ems_normalization.store_files import (
    DONE,
    ERROR,
    OFFLINE_FILES,
    REPAIR_FILES,
    UNDO,
    UNDONE,
    WaitingFile,
)
from ems_normalization.workbook import first_sheet

_log = log.get(__name__)
_FILES = Counter("ems_normalization_files", "Uploaded files worked on", ["kind", "result"])
OFFLINE_METER: Final = "offline_meter"
NEXT_STAGES: Final = ("aggregate", "virtual")
MAX_CELLS: Final = 150_000
_JUST_AFTER: Final = timedelta(milliseconds=1)


class UploadedFiles:
    """Works on uploaded files.

    Args:
        dbs: The databases.
        slot: Length of a slot.
        tz: Zone of the site.
    """

    def __init__(self, dbs: Databases, slot: timedelta, tz: tzinfo) -> None:
        self._dbs = dbs
        self._slot = slot
        self._minutes = round(slot.total_seconds() / 60)
        self._tz = tz

    def run(self) -> int:
        """Work on every waiting file, oldest first; returns how many."""
        return self._each(REPAIR_FILES, self._repair) + self._each(OFFLINE_FILES, self._offline)

    def explain(self) -> list[str]:
        """Files that wait, one line each."""
        with self._dbs.session("historical_db") as session:
            return [
                f"{kind} file {file.id} ({file.name}) waits, because it is {file.status}"
                for kind, table in (("data repair", REPAIR_FILES), ("offline meter", OFFLINE_FILES))
                for file in store_files.waiting(session, table)
            ]

    def undo(self, file_id: int) -> None:
        """Take a repair back as if its file had never come; other repairs stay in force.

        Raises:
            Missing: Nothing is kept of such a repair.
        """
        with self._dbs.session("historical_db") as session:
            if not self._take_back(session, file_id):
                raise Missing(f"data repair file {file_id} has replaced nothing that could be restored")
            store_files.finish(session, REPAIR_FILES, file_id, UNDONE, None)

    def _each(self, table: str, work: Callable[[WaitingFile, Report], str | None]) -> int:
        with self._dbs.session("historical_db") as session:
            files = store_files.waiting(session, table)
        for file in files:
            report = Report()
            try:
                status = work(file, report)
            except BadInput as ex:
                report.refuse(ex)
                status = ERROR
            except Unavailable:
                raise
            except Exception:
                # The boundary of one file: a fault of ours in one must not keep all others waiting for ever.
                _log.exception("file_failed", table=table, file=file.id)
                report.refuse(Unusable(phrase("file_failed"), phrase("see_log")))
                status = ERROR
            if status is not None:
                with self._dbs.session("historical_db") as session:
                    store_files.finish(session, table, file.id, status, report.as_json())
            _FILES.labels(table.removeprefix("tbl_"), status or DONE).inc()
            _log.info("file_done", table=table, file=file.id, status=status or DONE, **report.counts)
        return len(files)

    def _content(self, table: str, file: WaitingFile) -> bytes:
        with self._dbs.session("historical_db") as session:
            content = store_files.content_of(session, table, file.id)
        if content is None:
            raise Unusable(phrase("file_deleted"))
        return content

    def _offline(self, file: WaitingFile, report: Report) -> str:
        sheet = first_sheet(self._content(OFFLINE_FILES, file), offline.LAST_ROW, offline.COLUMNS)
        with self._dbs.session("system_db") as session:
            meters = store_files.offline_meters(session)
            profiles = store_files.profiles(session)
        today = utc_now().astimezone(self._tz).date()
        days = days_of(sheet, meters, self._tz, today, report)
        if report.is_refused:
            return ERROR
        report.count("hours", sum(self._store(part, profiles) for part in self._parts(days)))
        return DONE

    def _parts(self, days: Sequence[DayEnergy]) -> Iterable[list[DayEnergy]]:
        """Days by groups of whole meters that are written in one transaction."""
        of_meter: dict[int, list[DayEnergy]] = {}
        for day in days:
            of_meter.setdefault(day.meter_id, []).append(day)
        at_once = max(1, MAX_CELLS // round(timedelta(days=31) / self._slot))
        ids = sorted(of_meter)
        for first in range(0, len(ids), at_once):
            yield [day for meter_id in ids[first : first + at_once] for day in of_meter[meter_id]]

    def _store(self, days: Sequence[DayEnergy], profiles: Profiles) -> int:
        """Replace the slots of these days; returns how many slots they have."""
        slots_of = {day: day_slots(day, self._tz, self._minutes) for day in {item.day for item in days}}
        window = Window(
            min(slots.start_utc for slots in slots_of.values()),
            max(slots.end_utc for slots in slots_of.values()),
        )
        axis = SlotAxis.of(window, self._slot)
        ids = sorted({item.meter_id for item in days})
        grid = Grid.empty(np.array(ids, dtype=np.int64).reshape(-1, 1), axis)
        row_of = {meter_id: row for row, meter_id in enumerate(ids)}
        starts = axis.starts()
        for item in days:
            slots = slots_of[item.day]
            first = round((slots.start_utc - axis.start_utc) / self._slot)
            part = slice(first, first + round((slots.end_utc - slots.start_utc) / self._slot))
            weights = profiles.weights(item.meter_id, item.day, starts[part], self._tz)
            grid.value[row_of[item.meter_id], part] = spread(item.energy_micro, weights) / MICRO
        known = ~np.isnan(grid.value)
        grid.quality[known] = QUALITY_ESTIMATED
        with self._dbs.session("energy_db") as session:
            done = replace(session, family(OFFLINE_METER), grid, known)
            write(session, _hours_changed(done.ranges.items()))
        return int(known.sum())

    def _repair(self, file: WaitingFile, report: Report) -> str | None:
        if file.status == UNDO:
            with self._dbs.session("historical_db") as session:
                self._take_back(session, file.id)
                store_files.finish(session, REPAIR_FILES, file.id, UNDONE, None)
            return None
        sheet = first_sheet(self._content(REPAIR_FILES, file), repair.LAST_ROW, repair.COLUMNS)
        with self._dbs.session("system_db") as session:
            points = store_files.repair_points(session, named_points(sheet))
        now_utc = utc_now()
        found = repair_of(sheet, points, self._tz, now_utc, report)
        if found is None:
            return ERROR
        with self._dbs.session("historical_db") as session:
            # A file that is worked on again must not remember its own readings as what it replaced.
            self._take_back(session, file.id)
            store_files.apply_repair(session, file.id, found, now_utc)
            write(session, [_readings_changed(found.point_id, found.first_utc, found.last_utc, Why.REPAIRED)])
            store_files.finish(session, REPAIR_FILES, file.id, DONE, report.as_json())
        return None

    def _take_back(self, session: Session, file_id: int) -> bool:
        layer = store_files.layer_of(session, file_id)
        if layer is None:
            return False
        above = store_files.layers_above(session, layer)
        restored, handed = undoing(layer, above)
        for later in above:
            store_files.hand_down(session, later, handed.get(later.file_id, {}))
        store_files.restore(session, layer, restored)
        store_files.forget_repair(session, file_id)
        first, last = (at.replace(tzinfo=UTC) for at in (layer.first, layer.last))
        write(session, [_readings_changed(layer.point_id, first, last, Why.REPAIR_UNDONE)])
        return True


def _hours_changed(ranges: Iterable[tuple[int, Window]]) -> Iterable[Change]:
    for meter_id, window in ranges:
        for stage in NEXT_STAGES:
            yield Change(stage, OFFLINE_METER, meter_id, window.start_utc, window.end_utc, Why.METER_FILE)


def _readings_changed(point_id: int, first_utc: datetime, last_utc: datetime, why: Why) -> Change:
    return Change("clean", "point", point_id, first_utc, last_utc + _JUST_AFTER, why)
