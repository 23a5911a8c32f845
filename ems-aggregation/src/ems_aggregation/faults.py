"""What is wrong with the membership; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ems_common.findings.finding import Finding, Thing, Word, phrase

from ems_aggregation.allocation import EntityKey, MeterKey
from ems_aggregation.graph import Graph

DOUBLE_COUNTING: Final = "double_counting"
MEMBERSHIP: Final = "membership"
KINDS: Final = (DOUBLE_COUNTING, MEMBERSHIP)


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


def found_in(graphs: Iterable[Graph]) -> dict[str, list[Finding]]:
    """All that is wrong with some graphs, by kind of finding."""
    every = list(graphs)
    return {
        DOUBLE_COUNTING: [_told(double) for double in double_counts(every)],
        MEMBERSHIP: [fault for graph in every for fault in graph.faults],
    }


def _told(double: DoubleCount) -> Finding:
    ways = [Word("own_binding") if way == double.meter else Thing(*way) for way in double.ways]
    what = phrase("double_count", meter=Thing(*double.meter), times=double.times, ways=ways)
    return Finding(what, (Thing(*double.entity),), phrase("unbind"))
