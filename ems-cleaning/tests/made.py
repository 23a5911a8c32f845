"""Series and points made for tests: described as a plant, not as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from ems_common.quality.judge import Judgement, Point, judge
from ems_common.quality.parameters import RuleBook
from ems_common.quality.rules.registers import Meter
from ems_common.quality.series import Series

NOON_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z
QUARTER_MS = 900_000
FAR_FUTURE_MS = 4_000_000_000_000


def series(values: Sequence[float], step_ms: int = QUARTER_MS, start_ms: int = NOON_MS) -> Series:
    count = len(values)
    return Series(
        start_ms + np.arange(count, dtype=np.int64) * step_ms,
        np.asarray(values, dtype=np.float64),
        np.zeros(count, dtype=np.int8),
    )


def point(
    kind: str = "energy",
    *,
    low: float = -1e9,
    high: float = 1e9,
    meter: Meter | None = None,
    power_limit: float | None = None,
    rules: dict[str, object] | None = None,
) -> Point:
    book = RuleBook({"points": {1: rules}} if rules else None)
    return Point(1, kind, 1, low, high, power_limit, meter or Meter(), book.of(1, kind))


def judged(values: Sequence[float], what: Point | None = None, **shape: int) -> Judgement:
    return judge(series(values, **shape), what or point(), FAR_FUTURE_MS)


def bad_places(judgement: Judgement) -> list[int]:
    return np.flatnonzero(judgement.is_bad).tolist()


def rules_at(judgement: Judgement) -> list[tuple[int, str]]:
    return [(finding.place, finding.rule) for finding in judgement.findings]


def register(count: int, step: float = 1.0, start: float = 1000.0) -> list[float]:
    return [start + step * n for n in range(count)]


def without(what: Point, *names: str) -> Point:
    rules = what.rules
    off = {name: msgspec.structs.replace(getattr(rules, name), enabled=False) for name in names}
    return Point(
        what.id,
        what.kind,
        what.data_source_id,
        what.low,
        what.high,
        what.power_limit,
        what.meter,
        msgspec.structs.replace(rules, **off),
    )


def noisy(count: int, step_minutes: int, seed: int = 3) -> np.ndarray:
    # A daily wave around 100 kW with noise of 2 %.
    hours = np.arange(count) * step_minutes / 60
    level = 100 + 40 * np.sin(2 * np.pi * hours / 24)
    return np.round(level * (1 + 0.02 * np.random.default_rng(seed).standard_normal(count)), 2)


def busy(days: int, level: float = 50.0) -> np.ndarray:
    """Four readings an hour of a load that halves at night and is never off."""
    rng = np.random.default_rng(11)
    hours = np.arange(96 * days) / 4
    return np.round(level * (1 - 0.3 * np.cos(hours / 12 * np.pi)) * rng.normal(1, 0.02, len(hours)), 2)
