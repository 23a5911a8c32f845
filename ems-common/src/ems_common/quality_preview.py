"""What rules would say of a point's past, before they are switched on. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from ems_common.clock import utc_now
from ems_common.db import Databases
from ems_common.errors import BadInput, Missing
from ems_common.quality.fill import Estimate, estimates
from ems_common.quality.judge import HABIT_MS, REACH_MS, Judgement, Point, judge, pardoned
from ems_common.quality.parameters import NAMES, RuleBook, checked
from ems_common.quality.series import DAY_MS, Mask, Series, day_of, to_ms, to_utc
from ems_common.quality_store import future_times, readings, rule_source, site_of, with_those_before
from ems_common.repairs import repaired_readings

LONGEST_DAYS: Final = 400
MOST_READINGS: Final = 1_000_000
MOST_SHOWN: Final = 2_000
"""Readings for a picture; of more, the least and the greatest of each stretch."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one reading; its detail is in the form that is stored."""

    time_utc: datetime
    value: float
    rule: str
    detail: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules say of the readings of a point in a period.

    Attributes:
        point_id: The point.
        kind: Its kind.
        start_utc: Start of the period.
        end_utc: End of it.
        readings: How many readings there are.
        bad: How many of them would be bad.
        bad_now: How many of them are with the parameters that hold now.
        counts: Rule → verdicts it gives.
        counts_now: The same with the parameters that hold now.
        estimated: How many values would stand in for missing and bad readings.
        verdicts: The first ones, in order of time.
        estimates: The first ones, in order of time.
        shown: Readings for a picture (time, value) in order of time: all, or the extremes of stretches.
    """

    point_id: int
    kind: str
    start_utc: datetime
    end_utc: datetime
    readings: int
    bad: int
    bad_now: int
    counts: Mapping[str, int]
    counts_now: Mapping[str, int]
    estimated: int
    verdicts: tuple[Verdict, ...]
    estimates: tuple[Estimate, ...]
    shown: tuple[tuple[datetime, float], ...]


def preview(
    dbs: Databases,
    point_id: int,
    start_utc: datetime,
    end_utc: datetime,
    rules: Mapping[str, Mapping[str, Any]],
    *,
    most: int = 100,
) -> Preview:
    """Judge a period of a point with other parameters of some rules, as cleaning would.

    Args:
        dbs: The databases.
        point_id: The point.
        start_utc: Start of the period (aware).
        end_utc: End of the period (aware).
        rules: Rule → parameters that replace those that hold now; ``enabled`` is true unless given.
        most: How many verdicts and estimates are listed.

    Raises:
        BadInput: A rule, a parameter or the period cannot be used, or there are too many readings.
        Missing: There is no such point, or it has no numbers.
    """
    if not timedelta(0) < end_utc - start_utc <= timedelta(days=LONGEST_DAYS):
        raise BadInput(f"must be more than nothing and at most {LONGEST_DAYS} days", "period")
    given = {name: {"enabled": True, **parameters} for name, parameters in rules.items()}
    for name, parameters in given.items():
        if name not in NAMES:
            raise BadInput("is no rule", "rule", name, f"Known: {', '.join(NAMES)}.")
        checked(name, bool(parameters["enabled"]), parameters)
    now, then = _points(dbs, point_id, given)
    readings_of = _readings(dbs, now, start_utc, end_utc)
    now_ms = to_ms(utc_now())
    series = readings_of.series
    before, found = readings_of.judged(now, now_ms), readings_of.judged(then, now_ms)
    own = series.between(to_ms(start_utc), to_ms(end_utc))
    made = [e for e in _made(series, found, then) if to_ms(start_utc) <= e.time_ms < to_ms(end_utc)]
    return Preview(
        point_id=point_id,
        kind=now.kind,
        start_utc=start_utc,
        end_utc=end_utc,
        readings=own.stop - own.start,
        bad=int(np.count_nonzero(found.is_bad[own])),
        bad_now=int(np.count_nonzero(before.is_bad[own])),
        counts=_counts(found, own),
        counts_now=_counts(before, own),
        estimated=len(made),
        verdicts=tuple(_verdicts(series, found, own)[:most]),
        estimates=tuple(made[:most]),
        shown=_thinned(series.take(own)),
    )


def _thinned(series: Series, most: int = MOST_SHOWN) -> tuple[tuple[datetime, float], ...]:
    """At most so many readings that draw the same picture: each stretch keeps its least and its greatest."""
    places = np.arange(len(series))
    if len(series) > most:
        stretches = np.array_split(places, most // 2)
        ends = [(part[series.value[part].argmin()], part[series.value[part].argmax()]) for part in stretches]
        places = np.unique(np.array(ends))
    return tuple(
        (to_utc(int(series.time_ms[place])), float(series.value[place]))
        for place in places
        if np.isfinite(series.value[place])
    )


@dataclass(frozen=True, slots=True)
class _Readings:
    """Readings of a point with all that verdicts on a period of them depend on.

    Attributes:
        series: The readings, those around the period included.
        future: Which of them were from the future when they were judged.
        entered: Which of them people have put there.
    """

    series: Series
    future: Mask
    entered: Mask

    def judged(self, point: Point, now_ms: int) -> Judgement:
        """What the rules say of them."""
        return pardoned(judge(self.series, point, now_ms, self.future), self.entered)


def _readings(dbs: Databases, point: Point, start_utc: datetime, end_utc: datetime) -> _Readings:
    """The readings on which verdicts on a period depend: whole days, and what cleaning sees around them.

    Raises:
        BadInput: There are too many.
    """
    before_ms = REACH_MS if point.kind == "energy" else REACH_MS + HABIT_MS
    first_ms, last_ms = day_of(to_ms(start_utc)), day_of(to_ms(end_utc) - 1) + DAY_MS
    since_utc, until_utc = to_utc(first_ms - before_ms), to_utc(last_ms + REACH_MS)
    with dbs.session("historical_db") as session:
        series = readings(session, point.kind, point.id, since_utc, until_utc, MOST_READINGS + 1)
        if len(series) > MOST_READINGS:
            raise BadInput(f"holds over {MOST_READINGS:,} readings", "period", advice="Choose a shorter one.")
        series = with_those_before(session, point, series, first_ms)
        future = np.isin(series.time_ms, future_times(session, point.id, since_utc, until_utc))
        entered = np.zeros(len(series), dtype=np.bool_)
        if point.kind == "energy":
            repaired = repaired_readings(session, [point.id], since_utc, until_utc).get(point.id)
            if repaired is not None:
                entered = repaired.are(series.time_ms, series.value)
    return _Readings(series, future, entered)


def _points(dbs: Databases, point_id: int, given: Mapping[str, Mapping[str, Any]]) -> tuple[Point, Point]:
    """The point with the parameters that hold now, and with the given ones."""
    with dbs.session("system_db") as session:
        overrides = rule_source(session).overrides()
        of_points = dict(overrides.get("points") or {})
        own = dict(of_points.get(point_id) or {})
        changed = {**overrides, "points": {**of_points, point_id: {**own, **_over(own, given)}}}
        found = [
            site_of(session, RuleBook(book), point_id).points.get(point_id) for book in (overrides, changed)
        ]
    if found[0] is None or found[1] is None:
        raise Missing(f"there is no point {point_id} with numbers")
    return found[0], found[1]


def _over(own: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, parameters in given.items():
        place = own.get(name)
        result[name] = {**place, **parameters} if isinstance(place, dict) else dict(parameters)
    return result


def _made(series: Series, judgement: Judgement, point: Point) -> list[Estimate]:
    return estimates(series, judgement.is_bad, point.rules.fill) if point.kind == "analog" else []


def _counts(judgement: Judgement, own: slice) -> dict[str, int]:
    counted = Counter(f.rule for f in judgement.findings if own.start <= f.place < own.stop)
    return dict(sorted(counted.items()))


def _verdicts(series: Series, judgement: Judgement, own: slice) -> list[Verdict]:
    return [
        Verdict(
            time_utc=to_utc(int(series.time_ms[f.place])),
            value=float(series.value[f.place]),
            rule=f.rule,
            detail=f.detail,
            is_bad=not f.is_note,
        )
        for f in judgement.findings
        if own.start <= f.place < own.stop
    ]
