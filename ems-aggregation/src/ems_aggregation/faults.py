"""What is wrong with the membership, in words; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ems_common.findings import Finding

from ems_aggregation.allocation import EntityKey, MeterKey
from ems_aggregation.graph import Graph

DOUBLE_COUNTING: Final = "double_counting"
MEMBERSHIP: Final = "membership"
KINDS: Final = (DOUBLE_COUNTING, MEMBERSHIP)
_ADVICE: Final = "Remove one of the bindings, or set it not to be counted."
Named = Callable[[EntityKey], str]
"""(kind, id) → how people call it."""


@dataclass(frozen=True, slots=True)
class DoubleCount:
    """An entity that counts a meter more than once in whole.

    Attributes:
        entity: The entity.
        meter: The meter.
        times: How often it is counted.
        ways: Members of the entity that bring the meter, the meter itself among them when it is bound.
    """

    entity: EntityKey
    meter: MeterKey
    times: float
    ways: tuple[EntityKey, ...]


def double_counts(graphs: Iterable[Graph]) -> set[DoubleCount]:
    """All double counting in some graphs, each with the bindings that cause it."""
    result: set[DoubleCount] = set()
    for graph in graphs:
        for entity, meter, times in graph.double_counted():
            carriers = graph.with_owners([meter])
            ways = {edge.member for edge in graph.edges if edge.owner == entity and edge.member in carriers}
            result.add(DoubleCount(entity, meter, round(times, 6), tuple(sorted(ways))))
    return result


def in_words(double: Iterable[DoubleCount], graphs: Iterable[Graph], named: Named) -> dict[str, set[Finding]]:
    """Findings by kind.

    Args:
        double: Double counting.
        graphs: Graphs whose other faults are told too.
        named: How people call a thing.
    """
    found: dict[str, set[Finding]] = {kind: set() for kind in KINDS}
    for item in double:
        ways = ", ".join("its own binding" if way == item.meter else named(way) for way in item.ways)
        text = (
            f"{named(item.entity)} counts {named(item.meter)} {item.times:g} times, through {ways}. {_ADVICE}"
        )
        found[DOUBLE_COUNTING].add(Finding(text, *item.entity))
    found[MEMBERSHIP] = {Finding(str(fault)) for graph in graphs for fault in graph.faults}
    return found
