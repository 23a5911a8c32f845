"""Data repair, pure: rows of a workbook → readings of one point that replace what is stored.

Layout: row 1 a header; from row 2 on, A the point's id, B its name, C a local time, D the value. All rows are
of one point. A repair replaces everything between its first and last time, so half a repair would be a loss:
any fault refuses the whole file, and all faults are told at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ems_common.errors import BadInput
from ems_common.findings.finding import Unusable, phrase
from ems_common.periods import from_local

from ems_normalization.cells import is_same_name, number, wall_time, whole_number
from ems_normalization.registers import MICRO
from ems_normalization.report import Report
from ems_normalization.workbook import Row, Sheet, is_blank, is_empty

FIRST_ROW: Final = 2
LAST_ROW: Final = 1024
COLUMNS: Final = 4
ENERGY: Final = "ENERGY_VALUE"
EARLIEST_UTC: Final = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RepairPoint:
    """A point as a repair sees it."""

    id: int
    name: str
    object_type: str
    is_virtual: bool
    low_limit: float
    high_limit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that shall be: when, and the register's value [millionths of its unit]."""

    time_utc: datetime
    value_micro: int


@dataclass(frozen=True, slots=True)
class Repair:
    """Readings of one point, by time, that replace what is stored between the first and the last."""

    point_id: int
    readings: Sequence[Reading]

    @property
    def first_utc(self) -> datetime:
        """Time of the first reading."""
        return self.readings[0].time_utc

    @property
    def last_utc(self) -> datetime:
        """Time of the last reading."""
        return self.readings[-1].time_utc


def named_points(sheet: Sheet) -> frozenset[int]:
    """Ids that stand in column A, as far as they are numbers."""
    found = set()
    for _, row in _rows(sheet):
        try:
            found.add(whole_number(row[0], "cell_point_id"))
        except BadInput:
            continue
    return frozenset(found)


def repair_of(
    sheet: Sheet, points: Mapping[int, RepairPoint], tz: tzinfo, now_utc: datetime, report: Report
) -> Repair | None:
    """The repair that a sheet describes, or None with all its faults in the report.

    Args:
        sheet: Rows 1…1024 of the first sheet.
        points: The points that it names, by id, as far as they exist.
        tz: Zone of its times.
        now_utc: Readings later than this are refused.
        report: Takes the faults and counts.
    """
    if sheet.first_unread_row is not None:
        cause = Unusable(phrase("file_rows", row=LAST_ROW), phrase("split_file"))
        report.refuse(cause, sheet.first_unread_row)
    rows = _rows(sheet)
    report.count("rows", len(rows))
    if not rows:
        report.refuse(Unusable(phrase("file_empty"), phrase("one_reading")))
        return None
    point = _point(rows, points, report)
    times = _Times(tz, now_utc, report)
    # A file may run backwards in time; the doubled hour is told apart by order, so it is read forwards.
    walls = [(row_number, row, times.wall(row_number, row[2])) for row_number, row in rows]
    if _runs_backwards([wall for *_, wall in walls]):
        walls.reverse()
    readings = [_reading(row_number, row, wall, point, times, report) for row_number, row, wall in walls]
    if point is None or report.is_refused:
        return None
    found = sorted((item for item in readings if item is not None), key=lambda item: item.time_utc)
    _note_falls(found, report)
    report.count("values", len(found))
    return Repair(point.id, found)


def _rows(sheet: Sheet) -> list[tuple[int, Row]]:
    numbered = enumerate(sheet.rows[FIRST_ROW - 1 : LAST_ROW], FIRST_ROW)
    return [(row_number, row) for row_number, row in numbered if not is_empty(row)]


def _point(
    rows: Sequence[tuple[int, Row]], points: Mapping[int, RepairPoint], report: Report
) -> RepairPoint | None:
    """The one point of all rows; every row that names no, an unusable or another point is a fault."""
    chosen: RepairPoint | None = None
    told: set[int] = set()
    for row_number, row in rows:
        try:
            point_id = whole_number(row[0], "cell_point_id")
            point = _usable(points.get(point_id), row[0])
        except BadInput as ex:
            report.refuse(ex, row_number, "A")
            continue
        if chosen is None:
            chosen = point
            if not is_same_name(row[1], point.name):
                advice = phrase("point_called", id=str(point.id), name=point.name)
                cause = Unusable(phrase("cell_other_point"), advice, row[1])
                report.warn(cause, row_number, "B")
        elif point.id != chosen.id and point.id not in told:
            told.add(point.id)
            advice = phrase("keep_point", id=str(chosen.id))
            cause = Unusable(phrase("cell_several_points"), advice, row[0])
            report.refuse(cause, row_number, "A")
    return chosen


def _usable(point: RepairPoint | None, cell: object) -> RepairPoint:
    if point is None:
        raise Unusable(phrase("cell_no_point"), phrase("look_point"), cell)
    if point.object_type != ENERGY:
        raise Unusable(phrase("cell_no_register"), phrase("energy_only"), cell)
    if point.is_virtual:
        raise Unusable(phrase("cell_computed"), phrase("repair_inputs"), cell)
    return point


def _runs_backwards(walls: Sequence[datetime | None]) -> bool:
    known = [wall for wall in walls if wall is not None]
    return len(known) > 1 and known[0] > known[-1]


def _reading(
    row_number: int, row: Row, wall: datetime | None, point: RepairPoint | None, times: _Times, report: Report
) -> Reading | None:
    time_utc = times.resolved(row_number, row[2], wall) if wall is not None else None
    try:
        if is_blank(row[3]):
            raise Unusable(phrase("cell_no_reading"), phrase("write_reading"))
        value = number(row[3])
        if point is not None and not point.low_limit <= value <= point.high_limit:
            allowed = phrase("may_be", low=point.low_limit, high=point.high_limit)
            raise Unusable(phrase("cell_point_limits"), allowed, row[3])
    except BadInput as ex:
        report.refuse(ex, row_number, "D")
        return None
    return None if time_utc is None else Reading(time_utc, round(value * MICRO))


class _Times:
    """Resolves wall-clock times in file order; of a doubled hour the first pass is the earlier one."""

    def __init__(self, tz: tzinfo, now_utc: datetime, report: Report) -> None:
        self._tz = tz
        self._now_utc = now_utc
        self._report = report
        self._row_at: dict[datetime, int] = {}
        self._last_doubled_utc: datetime | None = None

    def wall(self, row_number: int, cell: object) -> datetime | None:
        try:
            if is_blank(cell):
                raise Unusable(phrase("cell_time_missing"), phrase("time_form"))
            return wall_time(cell)
        except BadInput as ex:
            self._report.refuse(ex, row_number, "C")
            return None

    def resolved(self, row_number: int, cell: object, wall: datetime) -> datetime | None:
        try:
            time_utc = self._instant(wall)
            if not EARLIEST_UTC <= time_utc <= self._now_utc:
                what = "cell_time_to_come" if time_utc > self._now_utc else "cell_long_ago"
                raise Unusable(phrase(what), phrase("correct_time"), cell)
            if time_utc in self._row_at:
                advice = phrase("keep_one_row", one=self._row_at[time_utc], other=row_number)
                raise Unusable(phrase("cell_time_twice"), advice, cell)
        except BadInput as ex:
            self._report.refuse(ex, row_number, "C")
            return None
        self._row_at[time_utc] = row_number
        return time_utc

    def _instant(self, wall: datetime) -> datetime:
        try:
            first, second = (from_local(wall, self._tz, fold=fold) for fold in (0, 1))
        except OverflowError:
            raise Unusable(phrase("cell_no_date"), phrase("correct_it"), wall) from None
        if first == second:
            return first
        if first > second:  # clocks went forward over it: PEP 495 gives such times in this order
            raise Unusable(phrase("cell_skipped_time"), phrase("clock_forward"), wall)
        last = self._last_doubled_utc
        begun = last is not None and second - last < timedelta(hours=3)
        chosen = second if last is not None and begun and first <= last else first
        self._last_doubled_utc = chosen
        return chosen


def _note_falls(readings: Sequence[Reading], report: Report) -> None:
    for before, after in pairwise(readings):
        if after.value_micro < before.value_micro:
            shown = f"{after.value_micro / MICRO:.6f} at {after.time_utc:%Y-%m-%d %H:%M:%S} UTC"
            report.warn(Unusable(phrase("cell_falls"), phrase("fall_counts"), shown))


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a repair did at one instant: None means that there was, or is, no reading."""

    old_value: Decimal | None
    old_is_bad: int | None
    new_value: Decimal | None


@dataclass(frozen=True, slots=True)
class Layer:
    """What an applied repair has replaced.

    Attributes:
        file_id: The file.
        point_id: The point.
        applied: When it was applied (naive UTC, as stored).
        items: Instant (naive UTC) → what was replaced there; the first and last are the repair's range.
    """

    file_id: int
    point_id: int
    applied: datetime
    items: Mapping[datetime, Replaced]

    @property
    def first(self) -> datetime:
        """Start of its range (naive UTC)."""
        return min(self.items)

    @property
    def last(self) -> datetime:
        """End of its range, included (naive UTC)."""
        return max(self.items)


def undoing(
    layer: Layer, above: Sequence[Layer]
) -> tuple[dict[datetime, Replaced], dict[int, dict[datetime, Replaced]]]:
    """How to take a repair back as if it had never been applied, later repairs staying in force.

    Args:
        layer: The repair.
        above: Repairs of the same point applied after it, in that order.

    Returns:
        What to restore in the readings, and by file id what later repairs must from now on remember as what
        they replaced. Where a reading came in between two repairs, that one is what they replaced: it stays.
    """
    restored: dict[datetime, Replaced] = {}
    handed: dict[int, dict[datetime, Replaced]] = {}
    for at, item in layer.items.items():
        over = next((later for later in above if later.first <= at <= later.last), None)
        if over is None:
            restored[at] = item
            continue
        known = over.items.get(at)
        if (known.old_value if known is not None else None) == item.new_value:
            handed.setdefault(over.file_id, {})[at] = item
    return restored, handed
