"""A second set of labelled faults, drawn by other rules than :mod:`tests.bench.corruption` and for other series.

Lengths are times, not numbers of readings; places are anywhere, close to each other and to both ends; sizes go
by the swing of the series, not by its level. Classes are put in one at a time, and all together. A freeze is a
fault only where the series moves by itself, and only in a series that does not stand as long by itself: where such
stands make more than a thousandth of the readings, none who judges by their length finds a freeze and doubts less
than a thousandth of what is good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from tests.bench.cleaning_series import HOUR_MS, Floats, Ints, Trace, register_of
from tests.bench.corruption import Case, Limits

FREEZES_H: Final = (3, 4, 8, 24, 72)
DENSITY: Final = 0.006
"""Share of the readings that faults of one class take at most."""
LEAST_FAULTS: Final = 4
_MOVING: Final = 0.85
_OWN_STANDS: Final = 0.001
"""Share of the readings that a series may stand by itself for as long as a freeze put into it."""
_ALWAYS: Final = 0.3


class Plan:
    """A series being spoiled: values, times, and which times are wrong."""

    def __init__(self, trace: Trace, seed: int) -> None:
        self.trace, self.rng = trace, np.random.default_rng([seed, 77])
        self.value: Floats = trace.value.copy()
        self.time_ms: Ints = trace.time_ms.copy()
        self.free = np.ones(len(self.value), dtype=np.bool_)
        self.truth: set[int] = set()
        self.touched: set[int] = set()
        self.limits = Limits()
        low, high = np.quantile(trace.value, (0.02, 0.98))
        self.swing = float(high - low) or float(abs(high)) or 1.0
        self.high = float(np.quantile(np.abs(trace.value), 0.98))

    def rows(self, hours: float) -> int:
        """Readings in so many hours, at least one."""
        return max(1, round(hours * HOUR_MS / self.trace.step_ms))

    def places(self, rows: int, edge: int = 1, beside: int = 4) -> Iterator[int]:
        """Random free stretches of so many readings; what is taken stays free of others."""
        wanted = max(LEAST_FAULTS, round(len(self.value) * DENSITY / rows))
        for place in self.rng.integers(
            edge, max(edge + 1, len(self.value) - rows - edge), 6 * wanted
        ).tolist():
            around = slice(max(0, place - beside), place + rows + beside)
            if place + rows + edge > len(self.value) or not self.free[around].all():
                continue
            self.free[around] = False
            yield place
            wanted -= 1
            if not wanted:
                return

    def put(self, place: int, values: Floats | list[float]) -> None:
        """Wrong values from a position on."""
        rows = slice(place, place + len(values))
        self.value[rows] = np.round(values, 3)
        changed = np.flatnonzero(self.value[rows] != self.trace.value[rows]) + place
        self.truth |= set(self.time_ms[changed].tolist())

    def case(self, fault: str) -> Case:
        """The series as it is now."""
        trace = replace(self.trace, time_ms=self.time_ms, value=self.value)
        return Case(trace, fault, self.truth, self.limits, self.touched)


def small_spike(at: Plan) -> str:
    """A reading above by one to three swings of the series."""
    for place in at.places(1):
        at.put(place, [at.value[place] + at.swing * at.rng.uniform(1, 3)])
    return "spike of 1 to 3 swings"


def large_spike(at: Plan) -> str:
    """One to three readings above by five to a thousand swings."""
    for place in at.places(3):
        rows = int(at.rng.integers(1, 4))
        at.put(place, at.value[place : place + rows] + at.swing * 10 ** at.rng.uniform(0.7, 3, rows))
    return "spike of 5 to 1000 swings"


def lost(at: Plan) -> str:
    """One to three readings are zero where the level is a third of the highest or more."""
    for place in at.places(3, edge=3):
        rows = int(at.rng.integers(1, 4))
        if at.trace.value[place - 3 : place + rows + 3].min() >= at.high / 3:
            at.put(place, [0.0] * rows)
    return "sudden drop to zero"


def freeze(hours: float) -> Callable[[Plan], str]:
    """The value stands for so long."""

    def fault(at: Plan) -> str:
        rows = at.rows(hours)
        for place in at.places(rows, edge=3) if _stands(at.trace.value, rows) <= _OWN_STANDS else ():
            true = at.trace.value[place - 3 : place + rows + 3]
            if np.mean(np.diff(true) != 0) >= _MOVING and at.value[place - 1] != 0:
                at.put(place, [at.value[place - 1]] * rows)
        return f"stuck {hours:g} h"

    return fault


def _stands(value: Floats, rows: int) -> float:
    """Share of the readings that repeat the one before for at least so many readings, zero aside."""
    edges = np.flatnonzero(np.diff(value, prepend=np.nan, append=np.nan) != 0)
    repeats = np.diff(edges) - 1
    return float(repeats[(repeats >= rows) & (value[edges[:-1]] != 0)].sum() / len(value))


def times(factor: float, name: str) -> Callable[[Plan], str]:
    """Everything is so many times what it should be for six hours to a day, of loads that are always there."""

    def fault(at: Plan) -> str:
        least, most = np.quantile(at.trace.value, (0.01, 0.99))
        for place in at.places(at.rows(24), edge=3) if least >= _ALWAYS * most > 0 else ():
            rows = int(at.rng.integers(at.rows(6), at.rows(24) + 1))
            at.put(place, at.value[place : place + rows] * factor)
        return f"{name} for hours"

    return fault


def freeze_at_end(at: Plan) -> str:
    """The last day stands."""
    rows = at.rows(24)
    if np.mean(np.diff(at.trace.value[-rows:]) != 0) >= _MOVING and at.value[-rows - 1] != 0:
        at.put(len(at.value) - rows, [at.value[-rows - 1]] * rows)
    return "stuck at the end"


def beyond_limits(at: Plan) -> str:
    """Readings outside the limits by little and by much, the first and the last among them."""
    low, high = float(at.trace.value.min()), float(at.trace.value.max())
    at.limits = Limits(low=low, high=high)
    for place in (0, len(at.value) - 1, *at.places(2)):
        by = at.swing * 10 ** at.rng.uniform(-2, 2)
        at.put(place, [high + by if at.rng.random() < 0.5 else low - by])
    return "range"


def beyond_power(at: Plan) -> str:
    """Powers above the physical limit, for minutes to hours."""
    limit = float(np.abs(at.trace.value).max()) * 1.05
    at.limits = Limits(max_power=limit)
    for place in at.places(at.rows(2)):
        rows = int(at.rng.integers(1, at.rows(2) + 1))
        at.put(place, limit * at.rng.uniform(1.01, 3, rows) + 0.002)
    return "impossible power"


def twice(at: Plan) -> str:
    """Readings that came again within half a minute."""
    later = (
        np.sort(at.rng.choice(len(at.value) - 2, max(LEAST_FAULTS, len(at.value) // 100), replace=False)) + 1
    )
    shift = np.minimum(at.rng.integers(1, 30_000, len(later)), at.trace.step_ms // 20)
    again = at.time_ms[later] + shift
    at.time_ms = np.insert(at.time_ms, later + 1, again)
    at.value = np.insert(at.value, later + 1, at.value[later])
    at.free = np.ones(len(at.value), dtype=np.bool_)
    at.truth |= set(again.tolist())
    return "duplicate"


def register_leap(at: Plan) -> str:
    """One to five readings too high, by a day's energy to a thousand times the register."""
    day = float(at.trace.value[-1] - at.trace.value[0]) / max(1.0, np.ptp(at.trace.time_ms) / 24 / HOUR_MS)
    for place in at.places(5):
        rows = int(at.rng.integers(1, 6))
        level = at.value[place : place + rows]
        at.put(place, level + 3 * day if at.rng.random() < 0.4 else level * 10 ** at.rng.uniform(0.3, 3))
    return "spike"


def register_lost(at: Plan) -> str:
    """Zero, half, or a tenth, for one reading to half a day."""
    for place in at.places(at.rows(12)):
        rows = int(at.rng.integers(1, at.rows(12) + 1))
        at.put(place, at.value[place : place + rows] * at.rng.choice([0.0, 0.1, 0.5]))
    return "sudden drop"


def dent(at: Plan) -> str:
    """The register sinks over up to four hours and climbs back."""
    for place in at.places(at.rows(4) + 2, edge=2):
        rows = int(at.rng.integers(2, at.rows(4) + 3))
        true = at.trace.value[place - 1 : place + rows + 1]
        depth = (true[-1] - true[0] + 0.5) * at.rng.uniform(1.5, 30)
        bend = 1 - np.abs(np.linspace(-1, 1, rows + 2)[1:-1]) ** 2
        spoiled = np.round(true[1:-1] - depth * bend, 3)
        at.value[place : place + rows] = spoiled
        at.truth |= set(at.time_ms[place + np.flatnonzero(spoiled < true[0] - 1e-6)].tolist())
        at.touched |= set(at.time_ms[place : place + rows].tolist())
    return "concave dip"


def step_back(at: Plan) -> str:
    """One reading is below the one before, by a display's digit to ten usual steps."""
    usual = float(np.quantile(np.maximum(np.diff(at.trace.value), 0), 0.9))
    for place in at.places(1):
        at.put(place, [at.value[place - 1] - max(0.01, usual * at.rng.uniform(0.05, 10))])
    return "negative advance"


def register_beyond(at: Plan) -> str:
    """A reading or two farther ahead than the meter can count."""
    steps = np.diff(at.trace.value)
    limit = float(steps.max()) * HOUR_MS / at.trace.step_ms * 1.1
    at.limits = Limits(max_power=limit)
    for place in at.places(2):
        rows = int(at.rng.integers(1, 3))
        at.put(
            place,
            at.value[place : place + rows]
            + limit * max(1.0, at.trace.step_ms / HOUR_MS) * at.rng.uniform(3, 9),
        )
    return "impossible power"


Fault = Callable[[Plan], str]
FROZEN: Final = tuple(freeze(hours) for hours in FREEZES_H)
SCALED: Final = (times(10.0, "ten times"), times(0.1, "a tenth"), times(-1.0, "wrong sign"))
FAULTS: Final[dict[str, tuple[Fault, ...]]] = {
    "analog": (
        *(small_spike, large_spike, lost, *FROZEN, freeze_at_end, beyond_limits, beyond_power, twice),
        *SCALED,
    ),
    "energy": (register_leap, register_lost, dent, step_back, *FROZEN, register_beyond, beyond_limits, twice),
    "digital": (twice,),
}
TOGETHER: Final[dict[str, tuple[Fault, ...]]] = {
    "analog": (freeze(24), freeze(6), lost, large_spike, twice),
    "energy": (freeze(24), register_lost, dent, register_leap, step_back, twice),
    "digital": (),
}


def troubles(trace: Trace, seed: int) -> Iterator[Case]:
    """The series with each class of faults, and with many at once."""
    for number, fault in enumerate(FAULTS[trace.kind]):
        at = Plan(trace, seed * 100 + number)
        name = fault(at)
        yield at.case(name)
    at = Plan(trace, seed * 100 + 99)
    found: list[tuple[str, set[int]]] = []
    for fault in TOGETHER[trace.kind]:
        before = set(at.truth)
        found.append((fault(at), at.truth - before))
    whole, every = at.case(""), set(at.truth)
    for name, truth in found:
        yield replace(whole, fault=f"{name}, with others", truth_ms=truth, others_ms=every - truth)


def others(some: list[Trace]) -> Iterator[Trace]:
    """Series of other kinds made of measured hourly ones: finer, coarser, with nights at nothing, held for an hour."""
    for number, trace in enumerate(some):
        rng = np.random.default_rng(number)
        for made in (
            _finer(trace, 2, rng),
            _finer(trace, 12, rng),
            _held(trace, 4),
            _coarse(trace),
            _nights(trace),
        ):
            yield made
            yield register_of(made, (0.01, 0.1, 1.0)[number % 3], first=500.0 * (number + 1))


def _finer(trace: Trace, parts: int, rng: np.random.Generator) -> Trace:
    """With noise that wanders, and a tenth as the last digit."""
    steps = np.arange((min(len(trace.value), 60 * 24 * 12 // parts) - 1) * parts) / parts
    line = np.interp(steps, np.arange(len(trace.value)), trace.value)
    noise = np.convolve(rng.standard_normal(len(line) + 4), np.ones(5) / 5, "valid") * 0.03
    value = np.round(line * (1 + noise), 1 if line.max() > 100 else 3)
    return _made(trace, f"finer {parts}", value, trace.step_ms // parts)


def _held(trace: Trace, parts: int) -> Trace:
    """Each value comes several times: polled faster than it is measured."""
    return _made(trace, f"held {parts}", np.repeat(trace.value[: 24 * 120], parts), trace.step_ms // parts)


def _coarse(trace: Trace) -> Trace:
    """A sensor of sixty steps."""
    step = float(np.quantile(np.abs(trace.value), 0.98)) / 60 or 1.0
    return _made(trace, "coarse", np.round(np.round(trace.value / step) * step, 3), trace.step_ms)


def _nights(trace: Trace) -> Trace:
    """Off at night."""
    return _made(
        trace,
        "nights",
        np.round(np.maximum(trace.value - np.quantile(trace.value, 0.4), 0), 2),
        trace.step_ms,
    )


def _made(trace: Trace, how: str, value: Floats, step_ms: int) -> Trace:
    time_ms = trace.time_ms[0] + np.arange(len(value), dtype=np.int64) * step_ms
    return Trace(f"{trace.name} {how}", "analog", time_ms, value, f"made: {how.split()[0]}")
