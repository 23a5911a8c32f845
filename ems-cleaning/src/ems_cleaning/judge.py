"""All rules in their order, and the short cut for new readings that are plainly unsuspicious.

First the rules that look at a reading alone (limits, future); what they find is invisible to the others.
Then, side by side, the rules that look at a neighbourhood. Each of these needs no more than `REACH_MS` of
data on either side of a day, so verdicts on whole days are complete when that much around them was read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np

from ems_cleaning.parameters import NOTES, Rules
from ems_cleaning.rules import analog, common, registers
from ems_cleaning.rules.registers import Meter
from ems_cleaning.series import DAY_MS, HOUR_MS, Findings, Mask, Series

REACH_MS: Final = registers.DAYS_AROUND * DAY_MS
"""How far before and after a day its verdicts may depend on readings."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the rules need to know of a point.

    Attributes:
        id: Its id.
        kind: ``energy``, ``analog``, ``digital`` or ``text``.
        data_source_id: Its source.
        low: Least value that is good.
        high: Greatest value that is good.
        power_limit: Physical limit in the unit of an analog power point, or None.
        meter: What is known of the meter behind a register.
        rules: Parameters.
    """

    id: int
    kind: str
    data_source_id: int
    low: float
    high: float
    power_limit: float | None
    meter: Meter
    rules: Rules


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of a series.

    Attributes:
        is_bad: Which readings are bad.
        findings: Every finding, notes included, in order of time.
    """

    is_bad: Mask
    findings: Findings


def judge(series: Series, point: Point, now_ms: int, future_before: Mask | None = None) -> Judgement:
    """Judge all readings of a series.

    Args:
        series: Readings of the point, with `REACH_MS` more on either side of the days that count.
        point: Limits, meter and parameters.
        now_ms: The present.
        future_before: Readings that were from the future when they were judged before.
    """
    first = _alone(series, point, now_ms, future_before)
    alive = np.ones(len(series), dtype=bool)
    alive[[finding.place for finding in first]] = False
    chosen = np.flatnonzero(alive)
    second = _together(series if alive.all() else series.take(chosen), point)
    findings = first + [f._replace(place=int(chosen[f.place])) for f in second]
    findings.sort()
    is_bad = np.zeros(len(series), dtype=bool)
    is_bad[[finding.place for finding in findings if finding.rule not in NOTES]] = True
    return Judgement(is_bad, findings)


def pardoned(judgement: Judgement, trusted: Mask) -> Judgement:
    """The judgement without fault found in trusted readings: what a person has entered knowingly.

    They still count for the verdicts on their neighbours.
    """
    findings = [f for f in judgement.findings if f.rule in NOTES or not trusted[f.place]]
    return Judgement(judgement.is_bad & ~trusted, findings)


def _alone(series: Series, point: Point, now_ms: int, future_before: Mask | None) -> Findings:
    rules = point.rules
    found: Findings = []
    if rules.range.enabled:
        found += common.out_of_range(series.value, point.low, point.high)
    if rules.impossible_power.enabled and point.kind == "analog" and point.power_limit is not None:
        found += analog.beyond_power(series.value, point.power_limit)
    if rules.future.enabled:
        before = np.zeros(len(series), dtype=bool) if future_before is None else future_before
        limit_ms = now_ms + round(rules.future.tolerance_s * 1000)
        found += common.from_the_future(series.time_ms, limit_ms, before)
    return found


def _together(series: Series, point: Point) -> Findings:
    rules, time_ms, value = point.rules, series.time_ms, series.value
    found: Findings = []
    if rules.duplicate.enabled and point.kind != "text":
        found += common.repeated(time_ms, value, rules.duplicate)
    if rules.hampel.enabled:
        found += analog.spikes(time_ms, value, rules.hampel)
    if rules.iqr.enabled:
        found += analog.outside_fences(time_ms, value, rules.iqr)
    if rules.average.enabled:
        found += analog.above_average(time_ms, value, rules.average)
    if point.kind == "energy":
        found += registers.judge(time_ms, value, point.meter, rules.register, rules.stuck)
    elif rules.stuck.enabled:
        found += analog.standstill(time_ms, value, rules.stuck, (point.low, point.high))
    return found


def judge_new(series: Series, point: Point, now_ms: int, calm: Calm | None) -> Judgement | None:
    """Judge new readings at the end of a series from little more than themselves, where that is enough.

    Enough for analog and digital points as long as no standstill may be due; for registers only when nothing
    at all is suspicious, and nothing was found in the days before. The series must pass :func:`has_context`.

    Args:
        series: The new readings and what is stored from :func:`near_ms` before them.
        point: Limits, meter and parameters.
        now_ms: The present.
        calm: What the last full judgement said of a standing value.

    Returns:
        The findings from place `settled_from` on, or None when a full judgement is needed.
    """
    rules = point.rules
    if point.kind == "energy":
        places = registers.suspicious(series.time_ms, series.value, point.meter, rules.register, rules.stuck)
        if len(places) or _alone(series, point, now_ms, None) or _rested_before(series, rules):
            return None
    elif rules.stuck.enabled and _may_stand(series, rules, calm):
        return None
    still = msgspec.structs.replace(
        rules,
        stuck=msgspec.structs.replace(rules.stuck, enabled=False),
        register=msgspec.structs.replace(rules.register, enabled=False),
    )
    return judge(series, replace(point, rules=still), now_ms)


def near_ms(kind: str) -> tuple[int, ...]:
    """What :func:`judge_new` wants to see before new readings; the second if the first holds too few [ms]."""
    return (2 * HOUR_MS,) if kind == "energy" else (HOUR_MS // 4, 8 * HOUR_MS)


def has_context(series: Series, start_ms: int, point: Point) -> bool:
    """Whether enough readings lie before the new ones for :func:`judge_new`."""
    return int(np.searchsorted(series.time_ms, start_ms)) >= 2 * _radius(point)


def settled_from(series: Series, start_ms: int, point: Point) -> int:
    """First place whose verdict :func:`judge_new` gives: a few readings before the new ones may change."""
    return max(0, int(np.searchsorted(series.time_ms, start_ms)) - _radius(point))


def _radius(point: Point) -> int:
    """How many readings before a new one may get another verdict by it."""
    rules = point.rules
    wanted = [2]
    if rules.hampel.enabled:
        wanted.append(rules.hampel.neighbours + rules.hampel.longest_rows)
    wanted += [rule.neighbours for rule in (rules.iqr, rules.average) if rule.enabled]
    return max(wanted)


def _rested_before(series: Series, rules: Rules) -> bool:
    """Whether a register that stood still when the series begins moves in it: for how long is not known."""
    steps = np.diff(series.value)
    return bool(rules.stuck.enabled and len(steps) and steps[0] == 0 and steps.any())


def _may_stand(series: Series, rules: Rules, calm: Calm | None) -> bool:
    """Whether a standstill may be due: a value that stands over the whole series, or long enough in it."""
    first, last = analog.runs(series.value)
    length_ms = series.time_ms[last] - series.time_ms[first]
    least_ms = rules.stuck.least_hours * HOUR_MS
    for begin, end, length in zip(first.tolist(), last.tolist(), length_ms.tolist(), strict=True):
        value = float(series.value[begin])
        from_start = begin == 0 and end > begin
        if value == 0 or not (from_start or length >= least_ms):
            continue
        if calm is None or calm.value != value or series.time_ms[end] >= calm.until_ms:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Calm:
    """A standing value that is no cause for a full judgement before `until_ms`."""

    value: float
    until_ms: int


def calm_after(series: Series, point: Point) -> Calm | None:
    """What a fully judged series says of the value that stands at its end."""
    first, _last = analog.runs(series.value)
    if point.kind == "energy" or len(first) == 0:
        return None
    due_ms = analog.standstill_due_ms(series.time_ms, series.value, point.rules.stuck)
    return Calm(float(series.value[-1]), due_ms)
