"""Faults put into measured series, each with a label: which readings are wrong, and how.

Magnitude, length and place are drawn anew for every fault; a fault keeps its distance from the others, so
that each can be judged for itself. Only what a reader of the series could see at all is labelled: a reading
that came out (nearly) as it was is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from tests.bench.cleaning_series import HOUR_MS, Floats, Ints, Trace

SHARE: Final = 0.004
"""Faults for each reading of a series."""
MARGIN_ROWS: Final = 30
APART_ROWS: Final = 12
"""Least distance of faults of different classes in one series."""


@dataclass
class Limits:
    """What the configuration says of the point.

    Attributes:
        low: Low limit.
        high: High limit.
        max_power: Physical limit: of a power in its unit, of a register in units per hour; None if unknown.
        now_ms: The clock at the time of judgement.
    """

    low: float = -1e12
    high: float = 1e12
    max_power: float | None = None
    now_ms: int = 4_000_000_000_000


@dataclass
class Case:
    """A corrupted series.

    Attributes:
        trace: What arrived.
        fault: Class of the faults in it.
        truth_ms: Times of the readings that must be doubted.
        limits: Configuration of the point.
        touched_ms: Further times at which a verdict is no false alarm (such as the first reading after).
        others_ms: Times of readings with faults of other classes.
    """

    trace: Trace
    fault: str
    truth_ms: set[int]
    limits: Limits
    touched_ms: set[int] = field(default_factory=set)
    others_ms: set[int] = field(default_factory=set)


class Injector:
    """Draws places and sizes for one series; `share` makes all faults rarer."""

    def __init__(self, trace: Trace, seed: int, share: float = 1.0) -> None:
        self.trace, self.share = trace, share
        self.rng = np.random.default_rng(seed)
        self.value: Floats = trace.value.copy()
        self.time_ms: Ints = trace.time_ms.copy()
        self.truth: set[int] = set()
        self.touched: set[int] = set()
        self.taken: Ints = np.empty(0, np.int64)
        self.steps = np.diff(trace.value)
        self.high = float(np.quantile(np.abs(trace.value), 0.995))

    def places(self, longest: int, share: float = SHARE) -> Ints:
        """Starts of faults, far from each other and from the ends."""
        room = longest + MARGIN_ROWS
        slots = (len(self.value) - 2 * MARGIN_ROWS) // room
        count = min(slots, max(3, round(len(self.value) * share * self.share)))
        if slots < 1:
            return np.empty(0, np.int64)
        chosen = self.rng.choice(slots, size=count, replace=False)
        places = np.sort(MARGIN_ROWS + chosen * room + self.rng.integers(0, MARGIN_ROWS // 2, count))
        near = np.searchsorted(self.taken, (places - APART_ROWS, places + longest + APART_ROWS))
        free: Ints = places[near[0] == near[1]]
        return free

    def next_fault(self) -> set[int]:
        """Keep the places of the faults so far free of others; returns the times of what is wrong."""
        times = np.array(sorted(self.truth | self.touched), np.int64)
        rows = np.searchsorted(self.time_ms, times)
        self.taken = np.union1d(self.taken, rows)
        found, self.truth = self.truth, set()
        return found

    def moving(self, place: int, rows: int) -> bool:
        """Whether something moves there: a fault in a resting series cannot be told from rest."""
        around = self.trace.value[max(0, place - rows) : place + 2 * rows]
        return bool(np.mean(np.diff(around) != 0) > 0.9)

    def mark(self, *rows: int) -> None:
        """These readings are wrong."""
        self.truth |= {int(self.time_ms[row]) for row in rows}

    def case(self, fault: str, limits: Limits | None = None) -> Case:
        """The corrupted series."""
        trace = replace(self.trace, time_ms=self.time_ms, value=self.value)
        return Case(trace, fault, self.truth, limits or Limits(), self.touched)


def _level(at: Injector, place: int) -> float:
    around = np.abs(at.trace.value[max(0, place - 12) : place + 12])
    return float(np.median(around))


def analog_spike(at: Injector, least: float, most: float) -> Case:
    """Readings times a factor, one or two long, where there was something to multiply."""
    for place in at.places(2).tolist():
        length = int(at.rng.integers(1, 3))
        if np.abs(at.trace.value[place : place + length]).min() < 0.2 * at.high:
            continue
        factor = at.rng.uniform(least, most)
        at.value[place : place + length] = np.round(at.value[place : place + length] * factor, 3)
        at.mark(*range(place, place + length))
    return at.case(f"spike x{least:g}..x{most:g}")


def analog_drop(at: Injector) -> Case:
    """One or two readings lost: zero, or a few percent of what it was."""
    for place in at.places(2).tolist():
        length = int(at.rng.integers(1, 3))
        around = np.abs(at.trace.value[place - 4 : place + length + 4])
        if around.min() < 0.3 * np.median(around) or np.median(around) < 0.2 * at.high:
            continue
        factor = float(at.rng.choice([0.0, 0.0, 0.02, 0.1]))
        at.value[place : place + length] = np.round(at.value[place : place + length] * factor, 3)
        at.mark(*range(place, place + length))
    return at.case("sudden drop")


def analog_spike_anywhere(at: Injector) -> Case:
    """Single readings times 3 to 100 at any time of the day: much of a night's value is little of a day's."""
    for place in at.places(1).tolist():
        if abs(at.trace.value[place]) < 0.03 * at.high:
            continue
        at.value[place] = round(at.value[place] * at.rng.uniform(3, 100), 3)
        at.mark(place)
    return at.case("spike at any level")


def analog_hour_lost(at: Injector) -> Case:
    """An hour lost, or halved, however many readings that is; a single reading is only lost.

    Loads halve from one hour to the next by themselves.
    """
    rows = max(1, round(HOUR_MS / at.trace.step_ms))
    factors = [0.0, 0.5] if rows > 1 else [0.0]
    for place in at.places(rows, SHARE / rows**0.75).tolist():
        around = np.abs(at.trace.value[place - 4 : place + rows + 4])
        if around.min() < 0.3 * np.median(around) or np.median(around) < 0.2 * at.high:
            continue
        inside = slice(place, place + rows)
        at.value[inside] = np.round(at.value[inside] * float(at.rng.choice(factors)), 3)
        at.mark(*range(place, place + rows))
    return at.case("hour lost or halved")


def analog_stuck(at: Injector) -> Case:
    """The value stands for some hours up to four days, or some readings, whichever is longer."""
    per_hour = max(1, HOUR_MS // at.trace.step_ms)
    for place in at.places(96 * per_hour, SHARE / 6).tolist():
        hours = at.rng.choice([48, 96])
        length = int(at.rng.integers(max(4, 2 * per_hour), hours * per_hour))
        if at.trace.value[place] == 0 or not at.moving(place, length):
            continue
        at.value[place : place + length + 1] = at.value[place]
        at.mark(*range(place + 1, place + length + 1))
    return at.case("stuck")


def impossible_power(at: Injector) -> Case:
    """Powers beyond what the thing can take, in either direction, for up to an hour."""
    limit = float(np.abs(at.trace.value).max()) * 1.2
    for place in at.places(4).tolist():
        length = int(at.rng.integers(1, 5))
        at.value[place : place + length] = limit * at.rng.uniform(1.05, 8) * at.rng.choice([-1, 1])
        at.mark(*range(place, place + length))
    return at.case("impossible power", Limits(max_power=limit))


def out_of_range(at: Injector) -> Case:
    """Readings outside the limits of the point."""
    low, high = float(at.trace.value.min()), float(at.trace.value.max())
    width = high - low
    for place in at.places(3).tolist():
        length = int(at.rng.integers(1, 4))
        above = at.rng.random() < 0.5
        by = width * at.rng.uniform(0.01, 20)
        at.value[place : place + length] = round(high + by if above else low - by, 3)
        at.mark(*range(place, place + length))
    return at.case("range", Limits(low=low, high=high))


def duplicate(at: Injector) -> Case:
    """The same reading again within the second."""
    places = at.places(1, 2 * SHARE)
    shift = at.rng.integers(1, 1000, len(places))
    times = np.insert(at.time_ms, places + 1, at.time_ms[places] + shift)
    at.value = np.insert(at.value, places + 1, at.value[places])
    at.time_ms = times
    at.mark(*(places + 1 + np.arange(len(places))).tolist())
    return at.case("duplicate")


def gap(at: Injector) -> Case:
    """Readings that never came; the first one after them is to say so."""
    keep = np.ones(len(at.value), dtype=bool)
    for place in at.places(40).tolist():
        length = int(at.rng.integers(1, 40))
        keep[place : place + length] = False
        at.mark(place + length)
    at.time_ms, at.value = at.time_ms[keep], at.value[keep]
    return at.case("gap")


def from_the_future(at: Injector) -> Case:
    """Readings of a clock that is ahead."""
    now_ms = int(at.time_ms[-1])
    ahead_ms = now_ms + np.sort(at.rng.integers(600_000, 400 * 24 * HOUR_MS, round(len(at.value) * SHARE)))
    ahead_ms = np.unique(ahead_ms)
    at.time_ms = np.concatenate((at.time_ms, ahead_ms))
    at.value = np.concatenate((at.value, at.rng.choice(at.trace.value, len(ahead_ms))))
    at.mark(*range(len(at.value) - len(ahead_ms), len(at.value)))
    return at.case("future", Limits(now_ms=now_ms))


def register_spike(at: Injector) -> Case:
    """A wrong unit, an extra digit, or some days' energy too much, for one to eight readings."""
    day = float(np.quantile(np.maximum(at.steps, 0), 0.9)) * 24 * max(1, HOUR_MS // at.trace.step_ms)
    for place in at.places(8).tolist():
        length = int(at.rng.integers(1, 9))
        rows = slice(place, place + length)
        sort = at.rng.integers(0, 3)
        if sort == 0:
            at.value[rows] *= at.rng.choice([10.0, 100.0, 1000.0])
        elif sort == 1:
            at.value[rows] += 10 ** at.rng.integers(5, 8)
        else:
            at.value[rows] += day * at.rng.uniform(2, 10)
        at.mark(*range(place, place + length))
    return at.case("spike")


def register_drop(at: Injector) -> Case:
    """Zero, or lost digits, for one to twelve readings."""
    for place in at.places(12).tolist():
        length = int(at.rng.integers(1, 13))
        factor = float(at.rng.choice([0.0, 0.0, 0.1, 0.01, 0.5]))
        at.value[place : place + length] = np.round(at.value[place : place + length] * factor, 3)
        at.mark(*range(place, place + length))
    return at.case("sudden drop")


def concave_dip(at: Injector) -> Case:
    """A dent: the register sinks and climbs back over several readings."""
    for place in at.places(16).tolist():
        length = int(at.rng.integers(3, 17))
        usual = float(at.trace.value[place + length] - at.trace.value[place - 1])
        depth = (usual + 1) * at.rng.uniform(2, 50)
        bend = np.sin(np.pi * np.arange(1, length + 1) / (length + 1))
        at.value[place : place + length] = np.round(at.value[place : place + length] - depth * bend, 3)
        below = at.value[place : place + length] < at.trace.value[place - 1] - 1e-6
        at.mark(*(place + np.flatnonzero(below)).tolist())
        at.touched |= {int(t) for t in at.time_ms[place : place + length]}
    return at.case("concave dip")


def negative_advance(at: Injector) -> Case:
    """One or two readings a little behind the one before."""
    for place in at.places(2).tolist():
        length = int(at.rng.integers(1, 3))
        back = (abs(at.steps[place - 1]) + 1.0) * at.rng.uniform(0.5, 30)
        level = at.trace.value[place - 1] - back
        at.value[place : place + length] = np.round(level + 0.01 * np.arange(length), 3)
        at.mark(*range(place, place + length))
    return at.case("negative advance")


def register_stuck(at: Injector) -> Case:
    """The display stands for some readings up to three days, then shows the true value again."""
    per_hour = max(1, HOUR_MS // at.trace.step_ms)
    for place in at.places(72 * per_hour, SHARE / 4).tolist():
        hours = at.rng.choice([20, 72])
        length = int(at.rng.integers(max(3, per_hour), hours * per_hour))
        if not at.moving(place, length):
            continue
        at.value[place : place + length + 1] = at.value[place]
        at.mark(*range(place + 1, place + length + 1))
    return at.case("stuck")


def impossible_advance(at: Injector) -> Case:
    """The register jumps farther than its meter can count, and comes back after one to six readings."""
    per_hour = HOUR_MS / at.trace.step_ms
    limit = float(at.steps.max()) * per_hour * 1.2
    for place in at.places(6).tolist():
        length = int(at.rng.integers(1, 7))
        jump = limit / per_hour * (length + 1) * at.rng.uniform(1.5, 20) + 1
        at.value[place : place + length] = np.round(at.value[place : place + length] + jump, 3)
        at.mark(*range(place, place + length))
    return at.case("impossible power", Limits(max_power=limit))


def jump_for_good(at: Injector) -> Case:
    """The register jumps up or down and goes on from there; the first reading of the new level tells."""
    per_hour = HOUR_MS / at.trace.step_ms
    limit = float(at.steps.max()) * per_hour * 1.2
    for place in at.places(8 * 24 * round(max(1, per_hour)), 0.0005).tolist():
        size = limit / per_hour * at.rng.uniform(3, 50) + 1
        down = at.rng.random() < 0.5
        at.value[place:] = np.round(at.value[place:] + (-min(size, at.value[place]) if down else size), 3)
        at.mark(place)
    return at.case("jump for good", Limits(max_power=limit))


def digital_spike(at: Injector) -> Case:
    """States that do not exist."""
    for place in at.places(2).tolist():
        at.value[place] = float(at.rng.choice([-1, 2, 17, 255, 65535]))
        at.mark(place)
    return at.case("range", Limits(low=0.0, high=1.0))


Fault = Callable[[Injector], Case]
COMMON: Final[tuple[Fault, ...]] = (duplicate, gap, from_the_future)
FAULTS: Final[dict[str, tuple[Fault, ...]]] = {
    "analog": (
        lambda at: analog_spike(at, 3, 5),
        lambda at: analog_spike(at, 5, 30),
        analog_spike_anywhere,
        analog_drop,
        analog_hour_lost,
        analog_stuck,
        impossible_power,
        out_of_range,
        *COMMON,
    ),
    "energy": (
        register_spike,
        register_drop,
        concave_dip,
        negative_advance,
        register_stuck,
        impossible_advance,
        jump_for_good,
        out_of_range,
        *COMMON,
    ),
    "digital": (digital_spike, *COMMON),
}


MIXED: Final[dict[str, tuple[Fault, ...]]] = {
    "analog": (analog_stuck, analog_hour_lost, analog_drop, analog_spike_anywhere, impossible_power),
    "energy": (
        register_stuck,
        concave_dip,
        register_drop,
        register_spike,
        negative_advance,
        impossible_advance,
    ),
}
MIXED_SHARE: Final = 0.5
"""Each class comes that much less often in a series that has all of them."""


def mixed(trace: Trace, seed: int, share: float = 1.0) -> list[Case]:
    """One series with faults of several classes; a case for each class, of the same readings."""
    at = Injector(trace, seed, share=share * MIXED_SHARE)
    limits, found = Limits(), []
    for fault in MIXED.get(trace.kind, ()):
        case = fault(at)
        limits.max_power = case.limits.max_power or limits.max_power
        found.append((case.fault, at.next_fault()))
    whole = at.case("")
    every = set().union(*(truth for _, truth in found))
    return [
        replace(whole, fault=f"{name}, among others", truth_ms=truth, limits=limits, others_ms=every - truth)
        for name, truth in found
    ]


def cases(trace: Trace, seed: int, share: float = 1.0) -> list[Case]:
    """The series with each class of faults, one class at a time, and with several; `share` times as many."""
    faults = enumerate(FAULTS[trace.kind])
    alone = [fault(Injector(trace, seed * 1000 + number, share)) for number, fault in faults]
    return alone + mixed(trace, seed * 1000 + len(alone), share)
