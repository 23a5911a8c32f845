"""Precision and recall of cleaning, fault class by fault class, and false alarms on untouched data.

Parameters: `BENCH_SEED` (1), `BENCH_SHARE` (1; that many times the faults of 0.4 % of the readings and class),
`BENCH_SERIES` (all; a part of a name or of a group chooses). Measured series get
labelled faults of two independent sets (:mod:`tests.bench.corruption`, :mod:`tests.bench.troubles`), series made of
them those of the second; the default parameters judge them; nothing is tuned to a series.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from ems_common.quality.judge import Judgement, Point, judge
from ems_common.quality.parameters import RuleBook
from ems_common.quality.rules.registers import Meter
from ems_common.quality.series import Series

from tests.bench.cleaning_series import Trace, traces
from tests.bench.corruption import Case, Limits, cases
from tests.bench.figures import Figure, at_least, at_most, machine, publish
from tests.bench.troubles import others, troubles

GOAL = 0.95
FALSE_ALARM_PERCENT = 0.1
REASONS = {
    "spike": {"spike", "impossible_power", "range"},
    "sudden drop": {"sudden_drop", "dip"},
    "hour lost": {"sudden_drop"},
    "stuck": {"stuck"},
    "impossible power": {"impossible_power", "spike"},
    "range": {"range"},
    "duplicate": {"duplicate"},
    "gap": {"gap"},
    "future": {"future"},
    "concave dip": {"dip"},
    "negative advance": {"dip", "negative_advance"},
    "jump for good": {"reset"},
    "ten times": {"spike"},
    "a tenth": {"sudden_drop"},
    "wrong sign": {"sudden_drop"},
}
"""Beginning of a class's name → the rules that say what is wrong."""
NOTES_OF = {"gap": ("gap",), "jump for good": ("reset",)}
"""Notes that are the answer to a class of faults: nothing is wrong with the reading itself."""


@dataclass
class Score:
    """Counts of one fault class.

    Attributes:
        hit: Faulty readings that were doubted.
        missed: Faulty readings that were not.
        wrong: Good readings that were doubted because of the faults.
        before: Readings that were doubted before the faults were put in: natural oddities, or false alarms.
        named: Of the readings that were doubted, those with a reason that fits the class.
        worst: Series → missed and wrong.
    """

    hit: int = 0
    missed: int = 0
    wrong: int = 0
    before: int = 0
    named: int = 0
    worst: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case, found: set[int], untouched: set[int]) -> None:
        """Count one series."""
        truth, name = case.truth_ms, case.trace.name
        hit, rest = len(truth & found), found - truth - case.touched_ms - case.others_ms
        wrong = len(rest - untouched)
        self.hit += hit
        self.missed += len(truth) - hit
        self.wrong += wrong
        self.before += len(rest & untouched)
        self.worst[name] += len(truth) - hit + wrong

    @property
    def well_named(self) -> float:
        """Share of the doubted faulty readings whose reason fits."""
        return self.named / max(1, self.hit)

    @property
    def recall(self) -> float:
        """Share of the faulty readings that were doubted."""
        return self.hit / max(1, self.hit + self.missed)

    @property
    def precision(self) -> float:
        """Share of the newly doubted readings that were faulty."""
        return self.hit / max(1, self.hit + self.wrong)

    @property
    def strict_precision(self) -> float:
        """The same with what the measured series had before counted as wrong."""
        return self.hit / max(1, self.hit + self.wrong + self.before)


def point_of(kind: str, limits: Limits) -> Point:
    """A point with default rules."""
    meter = Meter(max_rate=limits.max_power)
    power = limits.max_power if kind == "analog" else None
    return Point(1, kind, 1, limits.low, limits.high, power, meter, RuleBook().of(1, kind))


def judged(trace: Trace, limits: Limits) -> Judgement:
    """What cleaning says of a series."""
    series = Series(trace.time_ms, trace.value, np.zeros(len(trace.value), np.int8))
    return judge(series, point_of(trace.kind, limits), limits.now_ms)


def doubted(trace: Trace, judgement: Judgement, notes: Iterable[str] = ()) -> set[int]:
    """Times of bad readings, and of those with one of the notes."""
    noted = [finding.place for finding in judgement.findings if finding.rule in notes]
    return {int(trace.time_ms[place]) for place in [*np.flatnonzero(judgement.is_bad).tolist(), *noted]}


def named(case: Case, judgement: Judgement) -> set[int]:
    """Times of readings with a reason that fits the class of faults."""
    fitting = next(rules for name, rules in REASONS.items() if case.fault.startswith(name))
    places = {finding.place for finding in judgement.findings if finding.rule in fitting}
    return {int(case.trace.time_ms[place]) for place in places}


def score_series(trace: Trace, seed: int, scores: dict[str, Score], share: float = 1.0) -> None:
    """Judge a series with each class of faults, `share` times as many, and count."""
    score_cases(trace, cases(trace, seed, share), scores)


def score_cases(trace: Trace, found: Iterable[Case], scores: dict[str, Score], of: str = "") -> None:
    """Judge a series as it came and with faults, and count those of each class."""
    before = judged(trace, Limits())
    for case in found:
        notes = NOTES_OF.get(case.fault, ())
        judgement = judged(case.trace, case.limits)
        score = scores[f"{of}{trace.kind} {case.fault}"]
        score.add(case, doubted(case.trace, judgement, notes), doubted(trace, before, notes))
        score.named += len(case.truth_ms & named(case, judgement))


def false_alarms(chosen: list[Trace]) -> tuple[list[Figure], Counter[str]]:
    """Share of untouched readings that are held for bad, by sort of series."""
    total: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    by_series: Counter[str] = Counter()
    for trace in chosen:
        judgement = judged(trace, Limits())
        bad = int(judgement.is_bad.sum())
        group = f"{trace.group}, {trace.kind}"
        for key in (group, "all"):
            total[key] += len(trace.value)
            wrong[key] += bad
        for rule in {f.rule for f in judgement.findings}:
            count = sum(f.rule == rule for f in judgement.findings)
            by_series[f"{trace.name}: {rule}"] += count
    figures = [
        at_most(f"false alarms, {key}", 100 * wrong[key] / total[key], "%", FALSE_ALARM_PERCENT)
        for key in sorted(total)
    ]
    return figures, by_series


def main() -> None:
    """Measure and publish."""
    measured_on = machine()
    wanted = os.environ.get("BENCH_SERIES", "")
    seed, share = int(os.environ.get("BENCH_SEED", "1")), float(os.environ.get("BENCH_SHARE", "1"))
    chosen = [trace for trace in traces() if wanted in trace.name or wanted in trace.group]
    scores: dict[str, Score] = defaultdict(Score)
    made = list(others([trace for trace in chosen if trace.group == "buildings hourly"][::8]))
    for number, trace in enumerate(chosen):
        score_series(trace, seed * 1000 + number, scores, share)
    for number, trace in enumerate([*chosen, *made]):
        score_cases(trace, troubles(trace, seed * 1000 + number), scores, "second set: ")
    alarms, by_series = false_alarms([*chosen, *made])
    if "-v" in sys.argv:
        for name, count in by_series.most_common(30):
            print(f"  untouched {name}: {count}")
        for name, score in sorted(scores.items()):
            print(f"  {name}: {score.hit} hit, {score.missed} missed, {score.wrong} wrong", end=" ")
            print(", ".join(f"{series} {n}" for series, n in score.worst.most_common(5) if n))
    figures = [
        figure
        for name, score in sorted(scores.items())
        if score.hit + score.missed
        for figure in (
            Figure(f"{name}, wrong readings", score.hit + score.missed, ""),
            at_least(f"{name}, recall", score.recall, "", GOAL),
            at_least(f"{name}, precision", score.precision, "", GOAL),
            at_least(f"{name}, reason fits", score.well_named, "", GOAL),
            Figure(f"{name}, precision with natural oddities", score.strict_precision, ""),
        )
    ]
    publish("cleaning", [*figures, *alarms], measured_on)


if __name__ == "__main__":
    main()
