"""Membership: composition along the catalog, flags, shares, circles, double counting."""

from __future__ import annotations

import numpy as np
import pytest
from ems_aggregation.allocation import Edge, EntityFacts
from ems_aggregation.graph import MAX_DEPTH, Graph, MeterFacts
from ems_common.catalog.hourly import CATEGORY, ITEM, family
from hypothesis import given
from hypothesis import strategies as st


def meter(key, *, category=1, item=0, counted=True, kind="meter"):
    return MeterFacts((kind, key), category, item, 1, counted)


def entity(kind, key, *, counted=True):
    return EntityFacts((kind, key), 1, {"input": counted, "output": counted})


def edge(owner, member, flow="input", share=1.0):
    return Edge(owner, member, flow, share)


def weights(graph, kind, key, flow="input", split=CATEGORY):
    found = graph.splits[family(kind, flow, split)]
    rows = found.matrix.toarray()
    return {int(k[1]): rows[n].tolist() for n, k in enumerate(found.keys) if k[0] == key}


def test_a_space_counts_its_own_meters_equipment_tenants_and_children():
    meters = [meter(1), meter(2), meter(3), meter(4)]
    entities = [entity("space", 1), entity("space", 2), entity("equipment", 1), entity("tenant", 1)]
    graph = Graph(
        meters,
        entities,
        [
            edge(("space", 1), ("meter", 1)),
            edge(("equipment", 1), ("meter", 2)),
            edge(("tenant", 1), ("meter", 3)),
            edge(("space", 2), ("meter", 4)),
            edge(("space", 2), ("equipment", 1)),
            edge(("space", 2), ("tenant", 1)),
            edge(("space", 1), ("space", 2)),
        ],
    )
    assert weights(graph, "space", 2) == {1: [0, 1, 1, 1]}
    assert weights(graph, "space", 1) == {1: [1, 1, 1, 1]}
    assert graph.double_counted() == []


def test_what_is_not_counted_stays_out():
    graph = Graph(
        [meter(1, counted=False), meter(2)],
        [entity("space", 1), entity("space", 2, counted=False)],
        [
            edge(("space", 1), ("meter", 1)),
            edge(("space", 2), ("meter", 2)),
            edge(("space", 1), ("space", 2)),
        ],
    )
    assert weights(graph, "space", 1) == {}
    assert weights(graph, "space", 2) == {1: [0, 1]}


def test_categories_and_items_group_the_columns():
    graph = Graph(
        [meter(1, category=1, item=7), meter(2, category=2), meter(3, category=1, item=8)],
        [entity("tenant", 5)],
        [edge(("tenant", 5), ("meter", n)) for n in (1, 2, 3)],
    )
    assert weights(graph, "tenant", 5) == {1: [1, 0, 1], 2: [0, 1, 0]}
    assert weights(graph, "tenant", 5, split=ITEM) == {7: [1, 0, 0], 8: [0, 0, 1]}


def test_output_flows_apart_from_input():
    graph = Graph(
        [meter(1), meter(2)],
        [entity("equipment", 1), entity("space", 1)],
        [
            edge(("equipment", 1), ("meter", 1), "input"),
            edge(("equipment", 1), ("meter", 2), "output"),
            edge(("space", 1), ("equipment", 1), "output"),
        ],
    )
    assert weights(graph, "equipment", 1, "output") == {1: [0, 1]}
    assert weights(graph, "space", 1, "output") == {1: [0, 1]}
    assert weights(graph, "space", 1) == {}


def test_shares_multiply_down_the_tree():
    graph = Graph(
        [meter(1)],
        [entity("space", 1), entity("equipment", 1)],
        [edge(("equipment", 1), ("meter", 1), share=0.5), edge(("space", 1), ("equipment", 1), share=0.4)],
    )
    assert weights(graph, "space", 1)[1] == pytest.approx([0.2])


def test_a_meter_counted_twice_is_reported():
    graph = Graph(
        [meter(1)],
        [entity("space", 1), entity("space", 2)],
        [
            edge(("space", 1), ("meter", 1)),
            edge(("space", 2), ("meter", 1)),
            edge(("space", 1), ("space", 2)),
        ],
    )
    assert graph.double_counted() == [(("space", 1), ("meter", 1), 2.0)]


def test_spaces_in_a_circle_are_a_fault_and_keep_their_own_meters():
    graph = Graph(
        [meter(1)],
        [entity("space", 1), entity("space", 2)],
        [
            edge(("space", 1), ("meter", 1)),
            edge(("space", 1), ("space", 2)),
            edge(("space", 2), ("space", 1)),
        ],
    )
    assert weights(graph, "space", 1) == {1: [1.0]}
    assert [fault.sentence for fault in graph.faults] == [
        "space 1, space 2: the tree runs in a circle. Give one of them another parent."
    ]


def test_a_tree_that_is_too_deep_is_a_fault_of_those_at_its_top():
    spaces = [entity("space", n) for n in range(1, MAX_DEPTH + 2)]
    tree = [edge(("space", n), ("space", n + 1)) for n in range(1, MAX_DEPTH + 1)]
    deep = ["space 1: what hangs below it is more than 63 levels deep"]
    for bottom, faults in ((MAX_DEPTH, []), (MAX_DEPTH + 1, deep)):
        graph = Graph([meter(1)], spaces, [*tree, edge(("space", bottom), ("meter", 1))])
        weights(graph, "space", 1)
        assert [fault.sentence for fault in graph.faults] == faults


def test_bindings_to_things_that_are_gone_are_left_out():
    graph = Graph(
        [meter(1)], [entity("space", 1)], [edge(("space", 1), ("meter", 9)), edge(("space", 9), ("meter", 1))]
    )
    assert weights(graph, "space", 1) == {}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_root_of_any_tree_counts_every_meter_once(parents, random):
    """Space n hangs below an earlier one; each has one meter: the root has all of them, and a parent its children."""
    spaces = [entity("space", n) for n in range(1, len(parents) + 2)]
    tree = [edge(("space", 1 + parent % (n + 1)), ("space", n + 2)) for n, parent in enumerate(parents)]
    meters = [meter(n) for n in range(1, len(spaces) + 1)]
    edges = [*tree, *(edge(("space", n), ("meter", n)) for n in range(1, len(spaces) + 1))]
    random.shuffle(edges)
    graph = Graph(meters, spaces, edges)
    assert weights(graph, "space", 1)[1] == [1.0] * len(meters)
    rows = {n: np.array(weights(graph, "space", n)[1]) for n in range(1, len(spaces) + 1)}
    for n, row in rows.items():
        children = [e.member[1] for e in tree if e.owner[1] == n]
        own = np.eye(len(meters))[n - 1]
        assert np.array_equal(row, own + sum((rows[c] for c in children), np.zeros(len(meters))))
