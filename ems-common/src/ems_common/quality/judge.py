"""All rules in their order, and the short cut for new readings that are plainly unsuspicious.

First the rules that look at a reading alone (limits, future); what they find is invisible to the others.
Then, side by side, the rules that look at a neighbourhood. Each of these needs no more than `REACH_MS` of
data on either side of a day, so verdicts on whole days are complete when that much around them was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np

from ems_common.quality.calm import Calm, may_stand
from ems_common.quality.parameters import Gap, Rules
from ems_common.quality.rules import analog, common, neighbours, registers
from ems_common.quality.rules.habit import HABIT_DAYS, HabitAt, habits
from ems_common.quality.rules.plateaus import plateau_reach
from ems_common.quality.rules.registers import Meter
from ems_common.quality.rules.scales import leaps
from ems_common.quality.rules.standstills import standstill
from ems_common.quality.series import DAY_MS, HOUR_MS, NEVER_MS, Findings, Mask, Series

REACH_MS: Final = registers.REACH_DAYS * DAY_MS
"""How far before and after a day its verdicts may depend on readings, what is usual aside."""
NEAR_REACH_MS: Final = registers.DAYS_AROUND * DAY_MS
"""The same where no register has stood still for more than a day."""
HABIT_MS: Final = HABIT_DAYS * DAY_MS


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


def judge(
    series: Series,
    point: Point,
    now_ms: int,
    future_before: Mask | None = None,
    habits_from: Callable[[Series], HabitAt] | None = None,
) -> Judgement:
    """Judge all readings of a series.

    Args:
        series: Readings of the point, with `REACH_MS` more on either side of the days that count.
        point: Limits, meter and parameters.
        now_ms: The present.
        future_before: Readings that were from the future when they were judged before.
        habits_from: Gives what is usual for the point, from the readings that are good each for itself; when
            it is not given, the series is taken to hold all of the point's past.
    """
    first = _alone(series, point, now_ms, future_before)
    alive = np.ones(len(series), dtype=bool)
    alive[[finding.place for finding in first]] = False
    chosen = np.flatnonzero(alive)
    living = series if alive.all() else series.take(chosen)
    habit_at = habits_from(living) if habits_from else own_habits(living, point)
    second = _together(living, point, habit_at)
    findings = [
        *first,
        *_also_spikes(series, point, first, habit_at),
        *(f._replace(place=int(chosen[f.place])) for f in second),
        *_pauses(series, point, first),
    ]
    findings.sort()
    is_bad = np.zeros(len(series), dtype=bool)
    is_bad[[finding.place for finding in findings if not finding.is_note]] = True
    return Judgement(is_bad, findings)


def own_habits(series: Series, point: Point) -> HabitAt:
    """What is usual for a point, from a series that holds the two weeks before what is judged."""
    return habits(series.time_ms, series.value, point.rules.spike.within_hours)


def pardoned(judgement: Judgement, trusted: Mask) -> Judgement:
    """The judgement without fault found in trusted readings: what a person has entered knowingly.

    They still count for the verdicts on their neighbours.
    """
    findings = [f for f in judgement.findings if f.is_note or not trusted[f.place]]
    return Judgement(judgement.is_bad & ~trusted, findings)


def plain(series: Series, point: Point) -> Series:
    """The readings that are good as far as each alone tells: those of which habits are made."""
    alive = np.ones(len(series), dtype=bool)
    alive[[finding.place for finding in _alone(series, point, NEVER_MS // 2, None)]] = False
    return series if alive.all() else series.take(alive)


def reach_after_ms(point: Point) -> int:
    """How far after a day readings of it may count in verdicts [ms]."""
    habitual = point.kind != "energy" and (point.rules.spike.enabled or point.rules.stuck.enabled)
    return HABIT_MS if habitual else REACH_MS


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


def _pauses(series: Series, point: Point, alone: Findings) -> Findings:
    """Where readings are missing; one from the future neither ends nor begins a pause."""
    if not point.rules.gap.enabled or point.kind == "text":
        return []
    future = [finding.place for finding in alone if finding.rule == "future"]
    if not future:
        return common.gaps(series.time_ms, point.rules.gap)
    alive = np.ones(len(series), dtype=bool)
    alive[future] = False
    chosen = np.flatnonzero(alive)
    return [
        f._replace(place=int(chosen[f.place])) for f in common.gaps(series.time_ms[chosen], point.rules.gap)
    ]


def _also_spikes(series: Series, point: Point, alone: Findings, habit_at: HabitAt) -> Findings:
    """The further name of readings beyond a limit that leap out of their neighbourhood, too."""
    future = [finding.place for finding in alone if finding.rule == "future"]
    beyond = {finding.place for finding in alone}.difference(future)
    if not beyond or not point.rules.spike.enabled:
        return []
    chosen = np.delete(np.arange(len(series)), future)
    found = analog.spikes(series.time_ms[chosen], series.value[chosen], point.rules.spike, habit_at)
    named = (finding._replace(place=int(chosen[finding.place])) for finding in found)
    return [finding for finding in named if finding.place in beyond]


def _together(series: Series, point: Point, habit_at: HabitAt) -> Findings:
    rules, time_ms, value = point.rules, series.time_ms, series.value
    found: Findings = []
    if rules.duplicate.enabled and point.kind != "text":
        found += common.repeated(time_ms, value, rules.duplicate)
    if rules.spike.enabled:
        found += analog.spikes(time_ms, value, rules.spike, habit_at)
    if rules.hampel.enabled:
        found += neighbours.far_from_median(time_ms, value, rules.hampel)
    if rules.iqr.enabled:
        found += neighbours.outside_fences(time_ms, value, rules.iqr)
    if rules.average.enabled:
        found += neighbours.above_average(time_ms, value, rules.average)
    if point.kind == "energy":
        found += registers.judge(time_ms, value, point.meter, rules.register, rules.stuck)
    elif rules.stuck.enabled:
        found += standstill(time_ms, value, rules.stuck, habit_at, (point.low, point.high))
    return found


_NO_GAP: Final = Gap(enabled=False)


class HabitUnknown(LookupError):
    """What is usual for a point on a day is not at hand."""


def judge_new(
    series: Series, point: Point, now_ms: int, start_ms: int, calm: Calm | None, habit_at: HabitAt
) -> Judgement | None:
    """Judge new readings at the end of a series from little more than themselves, where that is enough.

    Enough for analog and digital points as long as no standstill may be due and what is usual is known where
    something is suspicious; for registers only when nothing at all is suspicious, and nothing was found in
    the days before. The series must pass :func:`has_context`.

    Args:
        series: The new readings and what is stored from :func:`near_ms` before them.
        point: Limits, meter and parameters.
        now_ms: The present.
        start_ms: Time from which readings are new.
        calm: What the last judgement said of a standing value.
        habit_at: What is usual; raises `HabitUnknown` where that is not at hand.

    Returns:
        The findings from place `settled_from` on, or None when a full judgement is needed.
    """
    rules = point.rules
    gap = rules.gap
    if gap.enabled or rules.fill.enabled:
        pauses = common.suspicious_pauses(series.time_ms, gap)
        # Pauses before the place from which verdicts are given were judged when they ended.
        pauses = pauses[pauses >= settled_from(series, start_ms, point)]
        if len(pauses) == 0:
            gap = _NO_GAP
        elif pauses[0] <= common.GAP_INTERVALS or rules.fill.enabled:
            return None
    if _wants_more(series, point, now_ms, start_ms, calm):
        return None
    still = msgspec.structs.replace(
        rules,
        gap=gap,
        stuck=msgspec.structs.replace(rules.stuck, enabled=False),
        register=msgspec.structs.replace(rules.register, enabled=False),
    )
    try:
        found = judge(series, replace(point, rules=still), now_ms, habits_from=lambda _living: habit_at)
    except HabitUnknown:
        return None
    # Estimates are made of more than is at hand here, and so are second looks.
    if rules.fill.enabled and found.is_bad.any():
        return None
    doubted = rules.spike.enabled and _needs_second_look(series, point, now_ms, found.is_bad)
    return None if doubted else found


def _wants_more(series: Series, point: Point, now_ms: int, start_ms: int, calm: Calm | None) -> bool:
    """Whether verdicts on new readings may need more than is at hand, by what is seen before judging."""
    rules = point.rules
    if point.kind == "energy":
        places = registers.suspicious(series.time_ms, series.value, point.meter, rules.register, rules.stuck)
        return bool(len(places) or _alone(series, point, now_ms, None) or _rested_before(series, rules))
    if rules.stuck.enabled and may_stand(series, rules, start_ms, calm):
        return True
    # What is doubted may belong to a stretch that began before what is at hand, and others may hide in it.
    hidden = bool(series.is_bad[0]) or _needs_second_look(series, point, now_ms, series.is_bad != 0)
    return rules.spike.enabled and (hidden or _may_end_scale(series, start_ms))


def _needs_second_look(series: Series, point: Point, now_ms: int, is_bad: Mask) -> bool:
    """Whether any reading is doubted for what is beside it, not each alone."""
    if not is_bad.any():
        return False
    beside = is_bad.copy()
    beside[[finding.place for finding in _alone(series, point, now_ms, None)]] = False
    return bool(beside.any())


def _may_end_scale(series: Series, start_ms: int) -> bool:
    """Whether new readings may be back from a wrong scale that began before what is at hand."""
    first = int(np.searchsorted(series.time_ms, start_ms))
    return bool(leaps(series.value[max(0, first - 1) :]).any())


def near_ms(kind: str) -> tuple[int, ...]:
    """What :func:`judge_new` wants to see before new readings; the next one if one holds too few [ms]."""
    if kind == "energy":
        return (2 * HOUR_MS, 30 * HOUR_MS)
    return (HOUR_MS // 4, 8 * HOUR_MS, 30 * HOUR_MS)


def has_context(series: Series, start_ms: int, point: Point) -> bool:
    """Whether enough readings lie before the new ones for :func:`judge_new`."""
    if int(np.searchsorted(series.time_ms, start_ms)) < context_rows(point):
        return False
    reach = _plateau_reach(series, start_ms, point)
    return reach is None or reach[1] >= max(analog.NOISE_ROWS + 2, radius(point))


def context_rows(point: Point) -> int:
    """How many readings must lie before the new ones, plateaus aside."""
    # Of twelve intervals before a pause, the seven nearest are enough to tell that it is none.
    return max(2 * radius(point), common.GAP_INTERVALS // 2 + 2)


def _plateau_reach(series: Series, start_ms: int, point: Point) -> tuple[int, int] | None:
    if not point.rules.spike.enabled:
        return None
    place = int(np.searchsorted(series.time_ms, start_ms)) - radius(point) - 2
    return plateau_reach(series.time_ms, series.value, place)


def settled_from(series: Series, start_ms: int, point: Point) -> int:
    """First place whose verdict :func:`judge_new` gives: a few readings before the new ones may change."""
    place = max(0, int(np.searchsorted(series.time_ms, start_ms)) - radius(point))
    reach = _plateau_reach(series, start_ms, point)
    return place if reach is None else min(place, reach[0])


def radius(point: Point) -> int:
    """How many readings before a new one may get another verdict by it."""
    rules = point.rules
    wanted = [2]
    if rules.spike.enabled:
        wanted.append(rules.spike.neighbours + rules.spike.longest_rows + 2)
    wanted += [rule.neighbours for rule in (rules.hampel, rules.iqr, rules.average) if rule.enabled]
    return max(wanted)


def _rested_before(series: Series, rules: Rules) -> bool:
    """Whether a register that stood still when the series begins moves in it: for how long is not known."""
    steps = np.diff(series.value)
    return bool(rules.stuck.enabled and len(steps) and steps[0] == 0 and steps.any())
