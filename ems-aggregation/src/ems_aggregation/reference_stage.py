"""Baseline, plan and prediction: what reports of savings, plans and predictions measure hours against.

The baseline is the mean week of a reference period (an energy baseline as of ISO 50006, without adjustment
for weather), from the end of that period on; the plan is the baseline less a planned saving; a prediction is
the median of the same local hours of the weeks before. All three reach a week ahead. Settings switch them on;
what is off is left alone, as its tables may be filled by others.

Before aggregation consumes the changed hours, :meth:`References.note` writes them to the journal once more as
`reference`; these rows are consumed when everything that follows from them is stored. Work is done in pieces,
some seconds of them after each pass, so that the hours of now never wait for the past.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import numpy as np
from ems_common.catalog.hourly import ENTITY_FAMILIES, METER_FAMILIES, Family
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases
from ems_common.errors import BadInput, Unavailable
from ems_common.journal import (
    ALL,
    Change,
    JournalRow,
    Why,
    Window,
    coalesce,
    consume,
    described,
    open_changes,
    write,
)
from ems_common.periods import as_datetime64, floor_slot
from ems_common.settings import setting
from ems_common.slots import Grid, SlotAxis, extents, local_slots, read_grid, replace

from ems_aggregation.reference import (
    Float64,
    Int64,
    bins_per_week,
    slot_of_week,
    usual,
    week_profile,
    weeks_before,
)
from ems_aggregation.store import last_slot, metered

STAGE: Final = "reference"
FAMILIES: Final = (*METER_FAMILIES, *ENTITY_FAMILIES)
AHEAD: Final = timedelta(days=7)
LOOK_BACK: Final = timedelta(days=92)
"""How far back predictions are made and restated; what was predicted before stays as it was."""
_BLOCK: Final = timedelta(days=28)
_IDS_AT_ONCE: Final = 50
_PASS_S: Final = 3.0
_LOOK_EVERY_S: Final = 300.0
"""The hour that is running changes with every pass; what follows from it can wait."""
_MEASURED: Final = "energy_db"
_BASELINE: Final = "energy_baseline_db"
_PLAN: Final = "energy_plan_db"
_PREDICTION: Final = "energy_prediction_db"


@dataclass(frozen=True, kw_only=True)
class ReferenceSettings:
    """What energy is measured against."""

    baseline_from: str = setting(
        "EMS_BASELINE_FROM",
        default="",
        help="First local day of the baseline's reference period (YYYY-MM-DD); empty = the first with hours.",
    )
    baseline_days: int = setting(
        "EMS_BASELINE_DAYS",
        default=0,
        minimum=0,
        maximum=3660,
        help="Length of that period [days]; 0 = no baseline and no plan are computed.",
    )
    plan_saving_percent: float = setting(
        "EMS_PLAN_SAVING_PERCENT",
        default=0.0,
        minimum=0,
        maximum=100,
        help="Planned saving against the baseline [%]; 0 = no plan is computed.",
    )
    prediction_weeks: int = setting(
        "EMS_PREDICTION_WEEKS",
        default=0,
        minimum=0,
        maximum=52,
        help="Weeks before, whose same hours a prediction is the median of; 0 = no prediction is computed.",
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the work: a window of one family in the baseline (and plan) or the prediction."""

    database: str
    family: Family
    window: Window


@dataclass(frozen=True, slots=True)
class _Profile:
    """The mean week of the entities of a family.

    Attributes:
        keys: Of the entities, and their categories or items.
        week: Shape ``(n_rows, slots_per_week)``.
        end_utc: End of the reference period, where the baseline begins.
    """

    keys: Int64
    week: Float64
    end_utc: datetime


@dataclass
class References:
    """Keeps baseline, plan and prediction in step with the hours.

    Attributes:
        dbs: The databases.
        slot_minutes: Length of a slot.
        tz: Zone of the local week.
        settings: What is wanted.
    """

    dbs: Databases
    slot_minutes: int
    tz: tzinfo
    settings: ReferenceSettings
    _waiting: deque[Piece] = field(default_factory=deque)
    _consumed: list[int] = field(default_factory=list)
    _ids: dict[Family, list[int]] = field(default_factory=dict)
    _profiles: dict[Family, _Profile] = field(default_factory=dict)
    _has_begun: bool = False
    _looked_s: float = float("-inf")

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            BadInput: The first day is not a date.
        """
        given = self.settings.baseline_from
        try:
            self._first_day = date.fromisoformat(given) if given else None
        except ValueError:
            raise BadInput(
                "EMS_BASELINE_FROM is not a date", value=given, advice="Write it as YYYY-MM-DD."
            ) from None

    @property
    def is_on(self) -> bool:
        """Whether anything is wanted."""
        return bool(self.settings.baseline_days or self.settings.prediction_weeks)

    def note(self, rows: Iterable[JournalRow]) -> None:
        """Write down which hours aggregation is about to change.

        Args:
            rows: The very changes that it will consume: one that came in between would be lost.
        """
        windows = [
            Window(row.change.from_utc, row.change.to_utc) for row in rows if row.change.stage == "aggregate"
        ]
        if not self.is_on or not windows:
            return
        with self.dbs.session(_MEASURED) as session:
            write(
                session,
                [Change(STAGE, "site", ALL, w.start_utc, w.end_utc, Why.HOURS) for w in coalesce(windows)],
            )

    def run_pass(self, most_s: float = _PASS_S) -> int:
        """Do some seconds of what is to be done.

        Returns:
            How many pieces were done; 0 when everything is in step.
        """
        if not self.is_on:
            return 0
        if not self._waiting and monotonic_s() - self._looked_s >= _LOOK_EVERY_S:
            self._looked_s = monotonic_s()
            self._look()
        until_s = monotonic_s() + most_s
        done = 0
        while self._waiting and (not done or monotonic_s() < until_s):
            self._store(self._waiting[0])
            self._waiting.popleft()
            done += 1
        if not self._waiting and self._consumed:
            with self.dbs.session(_MEASURED) as session:
                consume(session, self._consumed)
            self._consumed = []
        return done

    def explain(self) -> list[str]:
        """What is to be done, one line each."""
        if not self.is_on:
            return []
        with self.dbs.session(_MEASURED) as session:
            return described(open_changes(session, (STAGE,)))

    def _look(self) -> None:
        with self.dbs.session(_MEASURED) as session:
            rows = open_changes(session, (STAGE,))
        if not rows and self._has_begun:
            return
        known = self._known()
        if known is None:
            return
        self._consumed = [row.id for row in rows]
        changed = [Window(row.change.from_utc, row.change.to_utc) for row in rows]
        pieces: list[Piece] = []
        if self.settings.baseline_days:
            pieces += self._of_baseline(known, changed)
        if self.settings.prediction_weeks:
            pieces += self._of_prediction(known, changed)
        # What is nearest to now is wanted first.
        self._waiting.extend(sorted(pieces, key=lambda piece: piece.window.start_utc, reverse=True))
        self._has_begun = True

    def _known(self) -> Window | None:
        """From the first hour of any meter to the last that is looked ahead to; None without hours."""
        starts: list[datetime] = []
        with self.dbs.session(_MEASURED) as session:
            self._ids = {item: metered(session, item) for item in FAMILIES}
            for item in METER_FAMILIES:
                starts += (window.start_utc for window in extents(session, item, self._ids[item]).values())
        if not starts:
            return None
        return Window(min(starts), floor_slot(utc_now(), self.slot_minutes) + AHEAD)

    def reference_period(self, first_utc: datetime) -> Window:
        """The slots of the reference period's local days, from the setting or the first with all hours."""
        first_whole = (first_utc.astimezone(self.tz) + timedelta(days=1, microseconds=-1)).date()
        day = self._first_day or first_whole
        return local_slots(day, day + timedelta(days=self.settings.baseline_days), self.tz, self.slot_minutes)

    def _of_baseline(self, known: Window, changed: Sequence[Window]) -> Iterator[Piece]:
        period = self.reference_period(known.start_utc)
        if period.end_utc > utc_now():
            return
        whole = Window(period.end_utc, known.end_utc)
        if not self._has_begun:
            # Settings may have changed: what an earlier reference period left before this one's end goes too.
            windows = dict.fromkeys(FAMILIES, known)
        elif any(w.start_utc < period.end_utc and w.end_utc > period.start_utc for w in changed):
            self._profiles.clear()
            windows = dict.fromkeys(FAMILIES, whole)
        else:
            windows = {item: self._rest(_BASELINE, item, whole) for item in FAMILIES}
        for item, window in windows.items():
            yield from self._pieces(_BASELINE, item, [window])

    def _of_prediction(self, known: Window, changed: Sequence[Window]) -> Iterator[Piece]:
        weeks = timedelta(weeks=self.settings.prediction_weeks)
        whole = Window(max(known.start_utc + AHEAD, known.end_utc - LOOK_BACK), known.end_utc)
        touched = [
            Window(max(w.start_utc + AHEAD, whole.start_utc), min(w.end_utc, known.end_utc - weeks) + weeks)
            for w in changed
        ]
        for item in FAMILIES:
            yield from self._pieces(_PREDICTION, item, touched if self._has_begun else [whole])

    def _rest(self, database: str, item: Family, whole: Window) -> Window:
        """What of a window lies after the last stored slot."""
        with self.dbs.session(database) as session:
            last = last_slot(session, item)
        if last is None:
            return whole
        return Window(max(whole.start_utc, last + timedelta(minutes=self.slot_minutes)), whole.end_utc)

    def _pieces(self, database: str, item: Family, windows: Iterable[Window]) -> Iterator[Piece]:
        if not self._ids[item]:
            return
        for window in coalesce(w for w in windows if w.start_utc < w.end_utc):
            start = floor_slot(window.start_utc, self.slot_minutes)
            while start < window.end_utc:
                end = min(start + _BLOCK, window.end_utc)
                yield Piece(database, item, Window(start, end))
                start = end

    def _store(self, piece: Piece) -> None:
        axis = SlotAxis.of(piece.window, timedelta(minutes=self.slot_minutes))
        ids = self._ids[piece.family]
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[start : start + _IDS_AT_ONCE]
            if piece.database == _PREDICTION:
                self._write(_PREDICTION, piece.family, some, self._predicted(piece.family, some, axis))
                continue
            grid = self._baseline(piece.family, some, axis)
            self._write(_BASELINE, piece.family, some, grid)
            share = 1 - self.settings.plan_saving_percent / 100
            if share < 1:
                self._write(
                    _PLAN, piece.family, some, Grid(grid.keys, axis, grid.value * share, grid.quality)
                )

    def _write(self, database: str, item: Family, ids: Sequence[int], grid: Grid) -> None:
        with self.dbs.session(database) as session:
            replace(session, item, grid, ids=ids)

    def _baseline(self, item: Family, ids: Sequence[int], axis: SlotAxis) -> Grid:
        profile = self._profiles.get(item)
        if profile is None:
            profile = self._profiles[item] = self._profile(item)
        rows = np.isin(profile.keys[:, 0], ids)
        starts = axis.starts()
        slot = slot_of_week(starts, self.tz, self.slot_minutes)
        value = profile.week[rows][:, slot]
        value[:, starts < as_datetime64(profile.end_utc)] = np.nan
        return _grid(profile.keys[rows], axis, value)

    def _profile(self, item: Family) -> _Profile:
        known = self._known()
        if known is None:
            raise Unavailable("the hours that the reference period was found by are gone")
        period = self.reference_period(known.start_utc)
        axis = SlotAxis.of(period, timedelta(minutes=self.slot_minutes))
        slot = slot_of_week(axis.starts(), self.tz, self.slot_minutes)
        keys: list[Int64] = []
        weeks: list[Float64] = []
        ids = self._ids[item]
        with self.dbs.session(_MEASURED) as session:
            for start in range(0, len(ids), _IDS_AT_ONCE):
                grid = read_grid(session, item, ids[start : start + _IDS_AT_ONCE], axis)
                keys.append(grid.keys)
                weeks.append(week_profile(grid.value, slot, bins_per_week(self.slot_minutes)))
        return _Profile(np.concatenate(keys), np.concatenate(weeks), period.end_utc)

    def _predicted(self, item: Family, ids: Sequence[int], axis: SlotAxis) -> Grid:
        weeks = self.settings.prediction_weeks
        before = weeks_before(axis.starts(), self.tz, weeks)
        # An hour more on either side, for the weeks in which clocks are changed.
        hour = timedelta(hours=1)
        window = Window(axis.start_utc - weeks * AHEAD - hour, axis.end_utc - AHEAD + hour)
        source = SlotAxis.of(window, axis.slot)
        with self.dbs.session(_MEASURED) as session:
            grid = read_grid(session, item, ids, source)
        first = as_datetime64(source.start_utc)
        columns = [((starts - first).astype(np.int64) // axis.seconds) for starts in before]
        history = np.array([grid.value[:, column] for column in columns])
        return _grid(grid.keys, axis, usual(history))


def _grid(keys: Int64, axis: SlotAxis, value: Float64) -> Grid:
    return Grid(keys, axis, value, np.zeros(value.shape, dtype=np.uint8))
