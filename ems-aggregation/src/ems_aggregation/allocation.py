"""Who gets how much of what several owners share: fixed shares, by area, by headcount, by consumption; pure.

The owners of one level that hold one member for one flow are a group. Fixed shares come first; what they
leave is divided among the others in proportion to ``weight × share``. Area and headcount are numbers of the
owner, so they become fixed shares here. Consumption differs from slot to slot, so its owners become a
:class:`Division`, which the graph turns into columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ems_common.catalog.bindings import CONSUMPTION, SHARE
from ems_common.catalog.entities import BY_KIND
from ems_common.findings.finding import Finding, Thing, phrase, word_of
from numpy.typing import NDArray
from scipy import sparse

Matrix = sparse.csr_array
MeterKey = tuple[str, int]
EntityKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What aggregation needs to know of an entity.

    Attributes:
        key: (kind, id).
        cost_center_id: Where its cost is booked, or 0.
        is_counted: Flow → whether it counts for those the entity is part of.
        weights: Rule of allocation → what of the entity weighs, such as its area [m²].
    """

    key: EntityKey
    cost_center_id: int
    is_counted: Mapping[str, bool]
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A member of an entity, for one flow.

    Attributes:
        owner: The entity.
        member: The meter or entity it counts.
        flow: Which flow of the owner it feeds.
        share: What the owner is charged with, or a factor of its weight.
        rule: One of :data:`ems_common.catalog.bindings.ALLOCATIONS`.
        reference: Whose consumption weighs for the owner; its own when None.
    """

    owner: EntityKey
    member: EntityKey
    flow: str
    share: float = 1.0
    rule: str = SHARE
    reference: EntityKey | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """A member that owners divide by consumption.

    Attributes:
        member: The meter or entity.
        flow: The flow it feeds.
        edges: Its owners, each with factor and reference.
        rest: What fixed shares leave of it (0–1).
    """

    member: EntityKey
    flow: str
    edges: tuple[Edge, ...]
    rest: float


@dataclass(frozen=True, slots=True)
class Divided:
    """Edges after division.

    Attributes:
        fixed: Edges whose share is a number that holds in every slot.
        divisions: The others.
        siblings: Owner → the groups of owners in which its weight matters to the others.
        faults: What is wrong with the rules.
    """

    fixed: Sequence[Edge]
    divisions: Sequence[Division]
    siblings: Mapping[EntityKey, Sequence[Sequence[EntityKey]]]
    faults: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Weighing:
    """By what owners divide a member in each slot.

    Attributes:
        references: Consumption that weighs for each owner, shape ``(n_owners, n_meters)``.
        factors: Factor of each owner's weight, and its whole weight where nobody consumed anything.
        rest: What of the member is divided (0–1).
    """

    references: Matrix
    factors: NDArray[np.float64]
    rest: float

    @property
    def even(self) -> NDArray[np.float64]:
        """Parts of the owners where nobody consumed anything."""
        total = float(self.factors.sum())
        return self.rest * (self.factors / total if total > 0 else np.full(len(self.factors), 0.0))


@dataclass(frozen=True, slots=True)
class PartColumn:
    """A column that is an owner's part of an earlier column, by consumption.

    Attributes:
        base: The earlier column.
        weighing: Index of the weighing that divides it.
        row: The owner's row in that weighing.
    """

    base: int
    weighing: int
    row: int


def divide(edges: Iterable[Edge], entities: Mapping[EntityKey, EntityFacts]) -> Divided:
    """Apply the rules of allocation to bindings that hold at one time.

    Args:
        edges: The bindings.
        entities: Their owners; bindings of others are left out.
    """
    fixed: list[Edge] = []
    groups: dict[tuple[EntityKey, str, str], list[Edge]] = {}
    for edge in edges:
        if edge.owner in entities:
            group = (edge.member, edge.flow, BY_KIND[edge.owner[0]].level)
            groups.setdefault(group, []).append(edge)
    divisions: list[Division] = []
    siblings: dict[EntityKey, list[Sequence[EntityKey]]] = {}
    faults: list[Finding] = []
    for (member, flow, _), group_edges in groups.items():
        shared = [edge for edge in group_edges if edge.rule != SHARE]
        fixed += [edge for edge in group_edges if edge.rule == SHARE]
        if not shared:
            continue
        owners = [edge.owner for edge in shared]
        for owner in owners:
            siblings.setdefault(owner, []).append(owners)
        rest = 1.0 - sum(edge.share for edge in group_edges if edge.rule == SHARE)
        rule = _rule(member, shared, rest, faults)
        if rule == CONSUMPTION:
            divisions.append(Division(member, flow, tuple(shared), max(rest, 0.0)))
        else:
            fixed += _weighed(shared, rule, max(rest, 0.0), entities, faults)
    return Divided(fixed, divisions, siblings, faults)


def _rule(member: EntityKey, shared: Sequence[Edge], rest: float, faults: list[Finding]) -> str:
    if rest <= 1e-9:
        faults.append(
            Finding(
                phrase("no_rest", owners=[Thing(*edge.owner) for edge in shared]),
                (Thing(*member),),
                phrase("lower_shares"),
            )
        )
    rules = sorted({edge.rule for edge in shared})
    if len(rules) == 1:
        return rules[0]
    what = phrase("several_rules", rules=map(word_of, rules))
    faults.append(Finding(what, (Thing(*member),), phrase("one_rule")))
    return SHARE


def _weighed(
    shared: Sequence[Edge],
    rule: str,
    rest: float,
    entities: Mapping[EntityKey, EntityFacts],
    faults: list[Finding],
) -> list[Edge]:
    """Edges of a rule that weighs by a number of the owner, as fixed shares; evenly where none has any."""
    weights = [edge.share * max(0.0, (entities[edge.owner].weights or {}).get(rule, 0.0)) for edge in shared]
    total = sum(weights)
    if total <= 0:
        weights = [edge.share for edge in shared]
        total = sum(weights) or 1.0
        if rule != SHARE:
            weight = word_of(rule)
            what, advice = phrase("no_weight", rule=weight), phrase("enter_weights", rule=weight)
            faults.append(Finding(what, (Thing(*shared[0].member),), advice))
    return [
        replace(edge, share=rest * weight / total, rule=SHARE)
        for edge, weight in zip(shared, weights, strict=True)
    ]
