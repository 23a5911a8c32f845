"""A value that stands, between one judgement and the next: for how long it needs no full look at the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ems_common.quality.parameters import Rules
from ems_common.quality.rules.habit import HabitAt
from ems_common.quality.rules.stands import runs
from ems_common.quality.rules.standstills import standstill_due
from ems_common.quality.series import HOUR_MS, NEVER_MS, Series

if TYPE_CHECKING:
    from ems_common.quality.judge import Point


@dataclass(frozen=True, slots=True)
class Calm:
    """A standing value that needs no full judgement yet.

    Attributes:
        value: The value.
        begin_ms: Since when it stands.
        until_ms: It may become a standstill with a reading at or after this instant …
        rows_left: … if that is at least the so manieth one from now on.
        through_ms: The last reading that was judged when this was said.
    """

    value: float
    begin_ms: int
    until_ms: int
    rows_left: int
    through_ms: int


def may_stand(series: Series, rules: Rules, start_ms: int, calm: Calm | None) -> bool:
    """Whether a standstill may be due: a value that stands over the whole series, or long enough in it."""
    first, last = runs(series.value)
    length_ms = series.time_ms[last] - series.time_ms[first]
    least_ms = rules.stuck.least_hours * HOUR_MS
    for begin, end, length in zip(first.tolist(), last.tolist(), length_ms.tolist(), strict=True):
        from_start = begin == 0 and end > begin
        if series.value[begin] == 0 or not (from_start or length >= least_ms):
            continue
        if calm is None or not _same_stand(series, begin, start_ms, calm):
            return True
        new_rows = end + 1 - int(np.searchsorted(series.time_ms, start_ms))
        if series.time_ms[end] >= calm.until_ms and new_rows >= calm.rows_left:
            return True
    return False


def _same_stand(series: Series, begin: int, start_ms: int, calm: Calm) -> bool:
    """Whether the stretch that begins at a position is the one that was judged before."""
    newest = int(np.searchsorted(series.time_ms, start_ms)) - 1
    follows = newest >= 0 and int(series.time_ms[newest]) == calm.through_ms
    since = begin == 0 or int(series.time_ms[begin]) == calm.begin_ms
    return follows and since and float(series.value[begin]) == calm.value


def calm_after_new(series: Series, start_ms: int, calm: Calm | None) -> Calm | None:
    """What remains of a calm once new readings were judged."""
    first, _last = runs(series.value)
    if calm is None or not _same_stand(series, int(first[-1]), start_ms, calm):
        return None
    new_rows = len(series) - int(np.searchsorted(series.time_ms, start_ms))
    through_ms = int(series.time_ms[-1])
    return replace(calm, rows_left=calm.rows_left - new_rows, through_ms=through_ms)


def calm_after(series: Series, point: Point, habit_at: HabitAt) -> Calm | None:
    """What a fully judged series says of the value that stands at its end."""
    first, _last = runs(series.value)
    if point.kind == "energy" or len(first) == 0:
        return None
    begin = int(first[-1])
    limits = (point.low, point.high)
    due = standstill_due(series.time_ms, series.value, begin, point.rules.stuck, habit_at, limits)
    until_ms, rows = (due.time_ms, due.rows) if due else (NEVER_MS, 0)
    return Calm(
        value=float(series.value[begin]),
        begin_ms=int(series.time_ms[begin]),
        until_ms=until_ms,
        rows_left=rows - (len(series) - begin),
        through_ms=int(series.time_ms[-1]),
    )
