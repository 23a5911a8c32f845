"""What is usual for points, from the database or from the readings at hand; kept as long as it holds."""

from __future__ import annotations

from ems_common.db import Session
from ems_common.quality.calm import Calm
from ems_common.quality.judge import HABIT_MS, HabitUnknown, Point, plain
from ems_common.quality.rules.habit import HABIT_ROWS, Habit, HabitAt, habit_of
from ems_common.quality.series import DAY_MS, HOUR_MS, Series
from ems_common.quality_store import latest

from ems_cleaning.work import Range

_KEPT_DAYS = 3
_SPARE_ROWS = 1000
_ALL_ROWS = 2**62


class Past:
    """Habits of all points, day by day.

    A habit of a day rests on what came before that day. It is forgotten when any of that changes.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[int, Habit | None]] = {}

    def forget(self, point_id: int) -> None:
        """Older readings of a point have changed."""
        self._known.pop(point_id, None)

    def forget_all(self) -> None:
        """Another instance may have been at work, or rules have changed."""
        self._known.clear()

    def remembered(self, point: Point) -> HabitAt:
        """What is known already; any other day raises `HabitUnknown`."""
        known = self._known.get(point.id, {})

        def at(day_ms: int) -> Habit | None:
            if day_ms not in known:
                raise HabitUnknown
            return known[day_ms]

        return at

    def found(self, session: Session, point: Point, from_ms: int, living: Series) -> HabitAt:
        """What is known or can be found.

        Args:
            session: Of the historical database.
            point: Whose habits.
            from_ms: From when on the readings at hand are complete.
            living: Readings at hand that are good as far as each alone tells.
        """
        known = self._known.setdefault(point.id, {})
        within_ms = round(point.rules.spike.within_hours * HOUR_MS)

        def at(day_ms: int) -> Habit | None:
            if day_ms not in known:
                span = Range(day_ms - HABIT_MS, day_ms)
                if span.start_ms >= from_ms:
                    series = living.take(living.between(span.start_ms, span.end_ms))
                else:
                    series = _read(session, point, span)
                known[day_ms] = habit_of(series.time_ms, series.value, within_ms)
            return known[day_ms]

        return at

    def trim(self, newest_ms: int) -> None:
        """Keep only the last few days."""
        for days in self._known.values():
            for day_ms in [day for day in days if day < newest_ms - _KEPT_DAYS * DAY_MS]:
                del days[day_ms]


class Memory:
    """What earlier judgements know of the points; lost at a restart, which costs one full judgement of each.

    Attributes:
        past: What is usual for them.
        calm: Point id → what was said of the value at which it stood.
    """

    def __init__(self) -> None:
        self.past = Past()
        self.calm: dict[int, Calm] = {}

    def forget_all(self) -> None:
        """Rules have changed."""
        self.past.forget_all()
        self.calm.clear()

    def remain_calm(self, point_id: int, calm: Calm | None) -> None:
        """Keep what was said of the value at which a point stands."""
        if calm is None:
            self.calm.pop(point_id, None)
        else:
            self.calm[point_id] = calm


def _read(session: Session, point: Point, span: Range) -> Series:
    """The last `HABIT_ROWS` readings of a range that are good as far as each alone tells."""
    most = HABIT_ROWS + _SPARE_ROWS
    found = latest(session, point.kind, point.id, span.start_utc, span.end_utc, most, future=False)
    good = plain(found, point)
    if len(good) < HABIT_ROWS and len(found) == most:
        every = latest(session, point.kind, point.id, span.start_utc, span.end_utc, _ALL_ROWS, future=False)
        good = plain(every, point)
    return good
