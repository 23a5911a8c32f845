"""Shared meters: by share, area, headcount and consumption; what is divided is conserved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_aggregation.allocation import Edge, EntityFacts
from ems_aggregation.compute import MeterHours, entity_energy, with_parts
from ems_aggregation.graph import Graph, MeterFacts
from ems_common.catalog.hourly import (
    CATEGORY,
    QUALITY_ESTIMATED,
    QUALITY_INCOMPLETE,
    QUALITY_PROVISIONAL,
    family,
)
from ems_common.slots import SlotAxis
from hypothesis import given
from hypothesis import strategies as st

SHARED, OWN_A, OWN_B = ("meter", 1), ("meter", 2), ("meter", 3)
A, B, C = ("tenant", 1), ("tenant", 2), ("tenant", 3)
FLOOR = ("space", 1)


def meter(key, *, category=1, counted=True):
    return MeterFacts(key, category, 0, 1, counted)


def entity(key, **weights):
    return EntityFacts(key, 1, {"input": True, "output": True}, weights)


def edge(owner, member, rule="share", share=1.0, reference=None):
    return Edge(owner, member, "input", share, rule, reference)


def energies(graph, *rows, quality=None):
    """(kind, id) → energy of each slot and quality, in category 1, when the meters have these hours."""
    energy = np.array(rows, dtype=float)
    marks = np.zeros(energy.shape, dtype=np.uint8) if quality is None else np.array(quality, dtype=np.uint8)
    axis = SlotAxis(datetime(2026, 3, 1, tzinfo=UTC), energy.shape[1], timedelta(hours=1))
    result = {}
    for kind in ("tenant", "store", "shopfloor", "equipment", "space"):
        split = graph.splits[family(kind, "input", CATEGORY)]
        hours = with_parts(graph, MeterHours(axis, energy, marks), range(graph.n_columns))
        grid = entity_energy(split, hours)
        for index, (key, category) in enumerate(grid.keys.tolist()):
            if category == 1:
                result[kind, key] = (grid.value[index].tolist(), grid.quality[index].tolist())
    return result


def values(graph, *rows):
    return {key: found for key, (found, _) in energies(graph, *rows).items()}


def test_area_divides_in_proportion_to_square_metres():
    tenants = [entity(A, area=20), entity(B, area=30), entity(C, area=50)]
    graph = Graph([meter(SHARED)], tenants, [edge(of, SHARED, "area") for of in (A, B, C)])
    assert values(graph, [10.0]) == {A: [2.0], B: [3.0], C: [5.0]}
    assert graph.faults == []


def test_headcount_divides_in_proportion_to_people_and_share_is_a_factor_of_it():
    tenants = [entity(A, headcount=10), entity(B, headcount=5)]
    edges = [edge(A, SHARED, "headcount"), edge(B, SHARED, "headcount", share=2.0)]
    assert values(Graph([meter(SHARED)], tenants, edges), [10.0]) == {A: [5.0], B: [5.0]}


def test_a_fixed_share_comes_first_and_the_rest_is_divided():
    tenants = [entity(A, area=1), entity(B, area=30), entity(C, area=10)]
    edges = [edge(A, SHARED, share=0.2), edge(B, SHARED, "area"), edge(C, SHARED, "area")]
    assert values(Graph([meter(SHARED)], tenants, edges), [10.0]) == {A: [2.0], B: [6.0], C: [2.0]}


def test_a_meter_that_tenants_divide_still_counts_in_whole_for_their_floor():
    edges = [edge(A, SHARED, "area"), edge(B, SHARED, "area"), edge(FLOOR, SHARED)]
    graph = Graph([meter(SHARED)], [entity(A, area=1), entity(B, area=3), entity(FLOOR)], edges)
    assert values(graph, [8.0]) == {A: [2.0], B: [6.0], FLOOR: [8.0]}
    assert graph.double_counted() == []


def test_a_floor_that_counts_the_meter_and_the_tenants_who_divide_it_is_reported():
    edges = [edge(A, SHARED, "consumption"), edge(B, SHARED, "consumption"), edge(FLOOR, SHARED)]
    edges += [edge(FLOOR, A), edge(FLOOR, B)]
    graph = Graph([meter(SHARED)], [entity(A), entity(B), entity(FLOOR)], edges)
    assert graph.double_counted() == [(FLOOR, SHARED, 2.0)]


def test_consumption_divides_each_slot_by_what_the_owners_consume_of_their_own():
    edges = [edge(A, SHARED, "consumption"), edge(B, SHARED, "consumption"), edge(A, OWN_A), edge(B, OWN_B)]
    graph = Graph([meter(SHARED), meter(OWN_A), meter(OWN_B)], [entity(A), entity(B)], edges)
    # Slot 0: 3 to 1. Slot 1: all of it to B. Each tenant also has its own meter.
    assert values(graph, [8.0, 8.0], [3.0, 0.0], [1.0, 4.0]) == {A: [9.0, 0.0], B: [3.0, 12.0]}


def test_consumption_of_another_category_does_not_weigh_but_a_named_reference_does():
    meters = [meter(SHARED), meter(OWN_A, category=2), meter(OWN_B, category=2)]
    own = [edge(A, OWN_A), edge(B, OWN_B)]
    by_own = [edge(of, SHARED, "consumption") for of in (A, B)]
    graph = Graph(meters, [entity(A), entity(B)], own + by_own)
    assert values(graph, [8.0], [3.0], [1.0]) == {A: [4.0], B: [4.0]}
    by_reference = [
        edge(A, SHARED, "consumption", reference=OWN_A),
        edge(B, SHARED, "consumption", reference=OWN_B),
    ]
    graph = Graph(meters, [entity(A), entity(B)], own + by_reference)
    assert values(graph, [8.0], [3.0], [1.0]) == {A: [6.0], B: [2.0]}


def test_an_entity_can_be_the_reference():
    zone = ("space", 7)
    meters = [meter(SHARED), meter(OWN_A), meter(OWN_B)]
    edges = [edge(zone, OWN_A), edge(B, OWN_B)]
    edges += [edge(A, SHARED, "consumption", reference=zone), edge(B, SHARED, "consumption")]
    graph = Graph(meters, [entity(A), entity(B), entity(zone)], edges)
    assert values(graph, [8.0], [3.0], [1.0]) == {A: [6.0], B: [3.0], zone: [3.0]}


def test_a_slot_without_any_consumption_is_divided_by_the_factors_and_marked_estimated():
    edges = [edge(A, SHARED, "consumption", 3.0), edge(B, SHARED, "consumption"), edge(A, OWN_A)]
    graph = Graph([meter(SHARED), meter(OWN_A)], [entity(A), entity(B)], edges)
    found = energies(graph, [8.0], [0.0])
    assert found == {A: ([6.0], [QUALITY_ESTIMATED]), B: ([2.0], [QUALITY_ESTIMATED])}


def test_a_provisional_or_missing_reference_marks_the_parts_it_divides():
    edges = [edge(A, SHARED, "consumption"), edge(B, SHARED, "consumption"), edge(A, OWN_A), edge(B, OWN_B)]
    graph = Graph([meter(SHARED), meter(OWN_A), meter(OWN_B)], [entity(A), entity(B)], edges)
    marks = [[0], [QUALITY_PROVISIONAL], [0]]
    found = energies(graph, [8.0], [3.0], [np.nan], quality=marks)
    assert found[A][0] == [11.0]
    assert found[B] == ([0.0], [QUALITY_PROVISIONAL | QUALITY_INCOMPLETE])


def test_a_divided_machine_brings_the_parts_of_what_was_divided_to_it():
    """A meter is divided between two machines, and one of these between two tenants."""
    first, second = ("equipment", 1), ("equipment", 2)
    meters = [meter(SHARED), meter(OWN_A), meter(OWN_B), meter(("meter", 4)), meter(("meter", 5))]
    edges = [
        edge(first, SHARED, "consumption", reference=OWN_A),
        edge(second, SHARED, "consumption", reference=OWN_B),
        edge(("shopfloor", 1), first, "consumption", reference=("meter", 4)),
        edge(("shopfloor", 2), first, "consumption", reference=("meter", 5)),
    ]
    things = [entity(key) for key in (first, second, ("shopfloor", 1), ("shopfloor", 2))]
    graph = Graph(meters, things, edges)
    found = values(graph, [16.0], [3.0], [1.0], [1.0], [2.0])
    assert found == {
        first: [12.0],
        second: [4.0],
        ("shopfloor", 1): [4.0],
        ("shopfloor", 2): [8.0],
    }
    behind = graph.meters_behind([graph.n_columns - 1])
    assert behind == {0, 1, 2, 3, 4}


def test_what_feeds_back_takes_part_in_no_division():
    edges = [edge(A, SHARED, "consumption"), edge(B, SHARED, "consumption"), edge(A, OWN_A), edge(B, OWN_B)]
    graph = Graph([meter(SHARED), meter(OWN_A), meter(OWN_B)], [entity(A), entity(B)], edges)
    assert values(graph, [8.0], [-3.0], [1.0]) == {A: [-3.0], B: [9.0]}


def test_rules_that_cannot_be_applied_are_told_and_nothing_is_lost():
    tenants = [entity(A, area=0), entity(B, area=0)]
    by_area = Graph([meter(SHARED)], tenants, [edge(A, SHARED, "area"), edge(B, SHARED, "area")])
    assert values(by_area, [8.0]) == {A: [4.0], B: [4.0]}
    assert "no owner has any" in by_area.faults[0].sentence
    mixed = Graph([meter(SHARED)], tenants, [edge(A, SHARED, "area"), edge(B, SHARED, "headcount")])
    assert values(mixed, [8.0]) == {A: [4.0], B: [4.0]}
    assert "several rules" in mixed.faults[0].sentence
    taken = Graph([meter(SHARED)], tenants, [edge(A, SHARED), edge(B, SHARED, "area")])
    assert "leave nothing" in taken.faults[0].sentence


def test_a_changed_weight_reaches_those_who_divide_with_the_owner_and_a_changed_hour_does_not():
    graph = Graph(
        [meter(SHARED), meter(OWN_A)],
        [entity(A, area=1), entity(B, area=1), entity(FLOOR)],
        [edge(A, SHARED, "area"), edge(B, SHARED, "area"), edge(A, OWN_A), edge(FLOOR, B)],
    )
    assert graph.with_owners([OWN_A]) == {OWN_A, A}
    assert graph.with_owners([A], configured=[A]) == {A, B, FLOOR}
    assert graph.with_owners([SHARED]) == {SHARED, A, B, FLOOR}


def test_a_changed_hour_of_a_reference_reaches_all_who_divide_by_it():
    graph = Graph(
        [meter(SHARED), meter(OWN_A)],
        [entity(A), entity(B), entity(FLOOR)],
        [edge(A, SHARED, "consumption"), edge(B, SHARED, "consumption"), edge(A, OWN_A), edge(FLOOR, B)],
    )
    assert graph.with_owners([OWN_A]) == {OWN_A, A, B, FLOOR}


RULES = st.sampled_from(["area", "headcount", "consumption"])
AMOUNTS = st.floats(0, 1e5).map(lambda value: round(value, 6))


@given(
    RULES,
    st.lists(st.tuples(AMOUNTS, AMOUNTS, st.floats(0.1, 5)), min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from(["tenant", "store", "shopfloor"]), AMOUNTS), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.25, 0.5]),
)
def test_whatever_the_rule_the_owners_get_exactly_what_there_is(rule, owners, slots, fixed):
    """Owners of several kinds; one has a fixed share; each has a meter of its own that weighs."""
    kinds = ["tenant", "store", "shopfloor"]
    things = [
        entity((kinds[n % 3], n + 1), area=area, headcount=people)
        for n, (area, people, _) in enumerate(owners)
    ]
    landlord = entity(("tenant", 99))
    own = [("meter", n + 2) for n in range(len(things))]
    edges = [edge(landlord.key, SHARED, share=fixed)] if fixed else []
    edges += [
        edge(thing.key, SHARED, rule, factor) for thing, (_, _, factor) in zip(things, owners, strict=True)
    ]
    edges += [edge(thing.key, key) for thing, key in zip(things, own, strict=True)]
    graph = Graph([meter(SHARED), *(meter(key) for key in own)], [*things, landlord], edges)
    shared = [amount for _, amount in slots]
    of_own = [[(n * 7 + slot * 3) % 5 for slot in range(len(slots))] for n in range(len(own))]
    found = values(graph, shared, *of_own)
    total = np.sum([found[key] for key in found], axis=0)
    assert total == pytest.approx(np.array(shared) + np.sum(of_own, axis=0), abs=1e-5)
