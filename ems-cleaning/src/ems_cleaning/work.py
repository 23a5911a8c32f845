"""Journal rows → what must be read and judged. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ems_common.journal import ALL, JournalRow
from ems_common.quality.judge import REACH_MS
from ems_common.quality.series import DAY_MS, day_of, to_ms, to_utc
from ems_common.quality.site import Site

PIECE_MS: Final = 120 * DAY_MS
"""Longest stretch judged at once: a year of a point that is read every few seconds would fill the memory."""


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A half-open range of time, ``start_ms <= t < end_ms``, milliseconds since 1970 UTC."""

    start_ms: int
    end_ms: int

    @property
    def start_utc(self) -> datetime:
        """Start as an aware instant."""
        return to_utc(self.start_ms)

    @property
    def end_utc(self) -> datetime:
        """End as an aware instant."""
        return to_utc(self.end_ms)

    def widened(self, by_ms: int) -> Range:
        """The range with as much more on either side."""
        return Range(self.start_ms - by_ms, self.end_ms + by_ms)


@dataclass(slots=True)
class Dirt:
    """What is open for one point.

    Attributes:
        ranges: Where readings are new or changed.
        is_told: Whether the next stage is told even when no reading lies there (some may have been deleted).
        is_live: Whether all came as in-order batches of the data source.
        is_news: Whether readings, or what is known of the point, changed; not only the rules' parameters.
    """

    ranges: list[Range]
    is_told: bool = False
    is_live: bool = True
    is_news: bool = False


@dataclass(slots=True)
class Totals:
    """What a pass did."""

    points: set[int] = field(default_factory=set)
    readings: int = 0
    verdicts: int = 0
    flips: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass is about.

    Attributes:
        known: All points.
        dirt: What is open for some of them.
        now_utc: The present.
        totals: What was done so far.
        progress: Told what is being done, and how far it is.
    """

    known: Site
    dirt: Mapping[int, Dirt]
    now_utc: datetime
    totals: Totals
    progress: Callable[[str, float], None]

    @property
    def now_ms(self) -> int:
        """The present in milliseconds since 1970."""
        return to_ms(self.now_utc)


def join(ranges: Iterable[Range]) -> list[Range]:
    """Overlapping and touching ranges as one; sorted and disjoint.

    >>> join([Range(5, 7), Range(0, 2), Range(2, 3)])
    [Range(start_ms=0, end_ms=3), Range(start_ms=5, end_ms=7)]
    """
    result: list[Range] = []
    for item in sorted(ranges):
        if result and item.start_ms <= result[-1].end_ms:
            result[-1] = Range(result[-1].start_ms, max(result[-1].end_ms, item.end_ms))
        else:
            result.append(item)
    return result


def dirt_of(
    rows: Iterable[JournalRow],
    points_of_source: Mapping[int, Iterable[int]],
    points_of_meter: Mapping[int, Iterable[int]],
    points_of_kind: Mapping[str, Iterable[int]] | None = None,
) -> dict[int, Dirt]:
    """What is open, point by point.

    Args:
        rows: Open journal rows of kind "clean"; entities that do not exist any more are passed over.
        points_of_source: Point ids of each data source.
        points_of_meter: Point ids of each meter.
        points_of_kind: Point ids of each kind.
    """
    every = [point_id for members in points_of_source.values() for point_id in members]
    known = set(every)
    found: dict[int, Dirt] = {}
    for row in rows:
        change = row.change
        span = Range(to_ms(change.from_utc), to_ms(change.to_utc))
        live = change.entity_kind == "data_source"
        rules_of = change.entity_kind.removesuffix("_rules")
        is_rule = rules_of != change.entity_kind
        if is_rule and rules_of != "point":
            members: Iterable[int] = (points_of_kind or {}).get(rules_of, ())
        elif change.entity_id == ALL:
            members = every
        elif live:
            members = points_of_source.get(change.entity_id, ())
        elif change.entity_kind == "meter":
            members = points_of_meter.get(change.entity_id, ())
        else:
            members = (change.entity_id,)
        for point_id in members:
            if point_id in known:
                dirt = found.setdefault(point_id, Dirt([]))
                dirt.ranges.append(span)
                dirt.is_told |= not live and not is_rule
                dirt.is_live &= live
                dirt.is_news |= not is_rule
    for dirt in found.values():
        dirt.ranges = join(dirt.ranges)
    return found


def judged(ranges: Iterable[Range], after_ms: int = REACH_MS) -> list[Range]:
    """The whole days whose verdicts may change when readings in these ranges do.

    Args:
        ranges: Where readings changed.
        after_ms: How far after a day its readings count in verdicts.
    """
    return join(
        Range(day_of(r.start_ms) - REACH_MS, day_of(r.end_ms - 1) + DAY_MS + after_ms)
        for r in ranges
        if r.end_ms > r.start_ms
    )


def pieces(ranges: Iterable[Range], extent: Range) -> list[Range]:
    """Ranges cut to where there are readings, and into pieces that fit into memory.

    Args:
        ranges: Whole days.
        extent: From the first to after the last reading of the point.
    """
    result: list[Range] = []
    low, high = day_of(extent.start_ms), day_of(extent.end_ms - 1) + DAY_MS
    for item in ranges:
        start, end = max(item.start_ms, low), min(item.end_ms, high)
        while start < end:
            result.append(Range(start, min(end, start + PIECE_MS)))
            start += PIECE_MS
    return result


def bounded(ranges: Iterable[Range], extent: Range | None) -> list[Range]:
    """Ranges as they are, but cut to the readings where they go far beyond them, as "everything" does."""
    if extent is None:
        return list(ranges)
    low, high = extent.start_ms - PIECE_MS, extent.end_ms + PIECE_MS
    result: list[Range] = []
    for item in ranges:
        start = item.start_ms if item.start_ms >= low else extent.start_ms
        end = item.end_ms if item.end_ms <= high else extent.end_ms
        if start < end:
            result.append(Range(start, end))
    return result
