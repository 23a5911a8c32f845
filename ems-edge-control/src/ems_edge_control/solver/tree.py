"""Intervals of power on the tree of groups, units and phases.

The power of a group is the sum of its members', so a bound on one node bounds the others. On a tree,
propagating
intervals up and down is exact: every value inside a node's range can be completed to a full solution. A new
bound is
cut to that range, so the first one wins and the set of solutions never becomes empty. Active and reactive
power of a unit are coupled by its circle of apparent power, P² + Q² ≤ S², taken exactly.

Every bound remembers its author, so that "why not more?" has an answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from ems_edge_control.natures import PHASES
from ems_edge_control.requests import ALL, Quantity, Relation

TOLERANCE_W = 1e-6
P, Q = 0, 1
INDEX = {Quantity.ACTIVE: P, Quantity.REACTIVE: Q}
LIMITS = ("MaxApparentPower", "AllowedChargePower", "AllowedDischargePower")


@dataclass(frozen=True, slots=True)
class Unit:
    """A storage unit or a group of units.

    Attributes:
        id: Component.
        members: Components of a group, empty for a unit.
        phased: Each phase can be set by itself.
        single_phase: The only phase it is on, or empty.
        precision_w: Smallest step of its set-point.
    """

    id: str
    members: tuple[str, ...] = ()
    phased: bool = False
    single_phase: str = ""
    precision_w: float = 1.0


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What a unit allows in this cycle: P in [min_w, max_w], P² + Q² ≤ apparent_va²."""

    min_w: float
    max_w: float
    apparent_va: float


class Granted(msgspec.Struct, frozen=True, gc=False):
    """What became of a bound.

    Attributes:
        value: The value in force; the wish itself when nothing stood against it.
        accepted: False when it was refused.
        limited_by: Author of the bound that stood against the wish, empty when it was granted.
    """

    value: float
    accepted: bool = True
    limited_by: str = ""


@dataclass(slots=True)
class Node:
    """A group, unit or phase. Lists are indexed by P and Q.

    Attributes:
        name: `ess0` or `ess0/L1`.
        parent: The node it is part of.
        children: Its parts.
        apparent_va: Radius of its circle; of a group the sum of its members'.
        low: Own lower bounds.
        high: Own upper bounds.
        low_by: Their authors.
        high_by: Their authors.
        up_low: Lower bounds that follow from own bounds and parts.
        up_high: Upper bounds likewise.
        value: The solution.
        root: The node at the top.
        is_bounded: Of a root: a node with parts has a bound of its own, so that siblings limit each other.
        is_stale: Of a root: what follows from the parts has to be worked out again before it is used.
        hard_low: Lower bounds of the device itself.
        hard_high: Upper bounds of the device itself.
    """

    name: str
    unit: Unit
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    apparent_va: float = 0.0
    low: list[float] = field(default_factory=lambda: [0.0, 0.0])
    high: list[float] = field(default_factory=lambda: [0.0, 0.0])
    low_by: list[str] = field(default_factory=lambda: ["", ""])
    high_by: list[str] = field(default_factory=lambda: ["", ""])
    up_low: list[float] = field(default_factory=lambda: [0.0, 0.0])
    up_high: list[float] = field(default_factory=lambda: [0.0, 0.0])
    value: list[float] = field(default_factory=lambda: [0.0, 0.0])
    hard_low: list[float] = field(default_factory=lambda: [0.0, 0.0])
    hard_high: list[float] = field(default_factory=lambda: [0.0, 0.0])
    root: Node | None = None
    is_bounded: bool = False
    is_stale: bool = False


def nearest_to_zero(low: float, high: float) -> float:
    """The value of an interval with the smallest magnitude."""
    return min(max(0.0, low), high)


def chord(apparent_va: float, other: float) -> float:
    """Largest |P| beside a given Q (or the other way round) inside the circle."""
    return math.sqrt(max(0.0, apparent_va * apparent_va - other * other))


class Tree:
    """All units and groups; one object lives as long as the configuration, its bounds for one cycle."""

    def __init__(self, units: Sequence[Unit], *, symmetric: bool = True) -> None:
        self.symmetric = symmetric
        self.nodes: dict[str, Node] = {}
        self._limits_of = {unit.id: tuple(f"{unit.id}/{name}" for name in LIMITS) for unit in units}
        for unit in units:
            self.nodes[unit.id] = Node(unit.id, unit)
        for unit in units:
            self._link(self.nodes[unit.id])
        self._under: dict[str, list[Node]] = {}
        self.roots = [node for node in self.nodes.values() if node.parent is None]
        self.order = self._leaves_first()

    def _link(self, node: Node) -> None:
        for member in node.unit.members:
            child = self.nodes[member]
            if child.parent is not None:
                raise ValueError(f"{member} is in two groups: {child.parent.name} and {node.name}")
            child.parent = node
            node.children.append(child)
        if node.unit.phased and not node.unit.members and not node.unit.single_phase and not self.symmetric:
            for phase in PHASES:
                part = Node(f"{node.name}/{phase}", node.unit, node)
                self.nodes[part.name] = part
                node.children.append(part)

    def _leaves_first(self) -> list[Node]:
        order: list[Node] = []

        def visit(node: Node) -> None:
            for child in node.children:
                visit(child)
            order.append(node)

        for root in self.roots:
            first = len(order)
            visit(root)
            for node in order[first:]:
                node.root = root
            self._under[root.name] = order[first:]
        if len(order) != len(self.nodes):
            raise ValueError("groups of storage units contain each other")
        return order

    def under(self, root: Node) -> Sequence[Node]:
        """All nodes of a tree, parts before what they are part of."""
        return self._under[root.name]

    # -- bounds ---

    def begin(self, limits: Mapping[str, Limits]) -> None:
        """Forget all bounds of the last cycle and start from what the units allow now."""
        for node in self.order:
            if node.unit.members and node.name == node.unit.id:
                self._open_group(node)
            else:
                self._open_unit(node, limits[node.unit.id])
            if not node.children:
                self._raise_up(node, P)
                self._raise_up(node, Q)
        for root in self.roots:
            root.is_stale = bool(root.children)
            root.is_bounded = any(node.children and not node.unit.members for node in self._under[root.name])

    def settle(self, root: Node) -> None:
        """Work out again what follows from the parts of a tree, if anything has changed."""
        if not root.is_stale:
            return
        root.is_stale = False
        for node in self._under[root.name]:
            if node.children:
                self._raise_up(node, P)
                self._raise_up(node, Q)

    @staticmethod
    def _open_group(node: Node) -> None:
        node.apparent_va = sum(child.apparent_va for child in node.children)
        node.low = [-math.inf, -math.inf]
        node.high = [math.inf, math.inf]
        node.low_by = [node.name, node.name]
        node.high_by = [node.name, node.name]

    def _open_unit(self, node: Node, limit: Limits) -> None:
        radius = max(0.0, limit.apparent_va)
        circle, charge, discharge = self._limits_of[node.unit.id]
        node.low_by, node.high_by = [circle, circle], [circle, circle]
        if node.name != node.unit.id:
            radius /= 3
            node.low, node.high = [-radius, -radius], [radius, radius]
            node.apparent_va = radius
            node.hard_low, node.hard_high = [-radius, -radius], [radius, radius]
            return
        low, high = max(limit.min_w, -radius), min(limit.max_w, radius)
        if low > high:
            low = high = min(max(nearest_to_zero(high, low), -radius), radius)
        if low > -radius:
            node.low_by[P] = charge
        if high < radius:
            node.high_by[P] = discharge
        node.low, node.high, node.apparent_va = [low, -radius], [high, radius], radius
        node.hard_low, node.hard_high = [low, -radius], [high, radius]

    def _raise_up(self, node: Node, index: int) -> None:
        """Work out what a node can do by itself: own bounds, its parts, its circle."""
        low, high = node.low[index], node.high[index]
        if node.children:
            low_sum = high_sum = 0.0
            for child in node.children:
                low_sum += child.up_low[index]
                high_sum += child.up_high[index]
            low, high = max(low, low_sum), min(high, high_sum)
        # Written out: this is what a cycle with many controllers spends most of its time on.
        other, reach = 1 - index, node.apparent_va
        if node.low[other] > 0.0 or node.high[other] < 0.0:
            reach = chord(reach, nearest_to_zero(node.low[other], node.high[other]))
        if low < -reach:
            low = -reach
        if high > reach:
            high = reach
        if low > high:
            low = high = (low + high) / 2
        node.up_low[index], node.up_high[index] = low, high

    def _refresh(self, node: Node, index: int) -> None:
        """Follow a changed bound of a node; its groups only when somebody asks for them."""
        root = node.root or node
        if node.children:
            root.is_bounded = True
        else:
            self._raise_up(node, index)
            if node.low[index] > 0.0 or node.high[index] < 0.0:  # takes of the circle from the other
                self._raise_up(node, 1 - index)
        root.is_stale = bool(root.children)

    def _hull(self, node: Node, index: int) -> tuple[float, float]:
        """Range of a node when its group and siblings are respected."""
        root = node.root or node
        if root.is_stale and (root.is_bounded or node.children):
            self.settle(root)
        if node.parent is None or not root.is_bounded:
            return node.up_low[index], node.up_high[index]
        low, high = self._hull(node.parent, index)
        for sibling in node.parent.children:
            if sibling is not node:
                low -= sibling.up_high[index]
                high -= sibling.up_low[index]
        low, high = max(low, node.up_low[index]), min(high, node.up_high[index])
        return (low, high) if low <= high else ((low + high) / 2, (low + high) / 2)

    def range(self, node: Node, index: int) -> tuple[float, float]:
        """Smallest and largest value that a node can still take under all bounds accepted so far."""
        if not node.children and (node.parent is None or node.root is None or not node.root.is_bounded):
            return node.up_low[index], node.up_high[index]
        low, high = self._hull(node, index)
        reach = chord(node.apparent_va, nearest_to_zero(*self._hull(node, 1 - index)))
        low, high = max(low, -reach), min(high, reach)
        return (low, high) if low <= high else ((low + high) / 2, (low + high) / 2)

    def locate(self, unit: str, phase: str) -> tuple[Node, float] | None:
        """The node of a phase and the factor from the phase's power to the node's; None without such a phase.

        A symmetric unit carries a third on each phase; a single-phase unit all of it on its own.
        """
        node = self.nodes[unit]
        if phase == ALL:
            return node, 1.0
        if node.unit.single_phase:
            return (node, 1.0) if node.unit.single_phase == phase else None
        part = self.nodes.get(f"{unit}/{phase}")
        return (part, 1.0) if part is not None else (node, 3.0)

    def restrict(
        self, node: Node, index: int, relation: Relation, value: float, author: str, *, clamped: bool = True
    ) -> Granted:
        """Add a bound. What earlier ones leave is what it can get.

        Args:
            node: Group, unit or phase.
            index: `P` or `Q`.
            relation: Equal, at most, at least.
            value: The bound [W or var].
            author: Who wants it.
            clamped: Cut an impossible bound; otherwise refuse it.
        """
        # Written out, as most bounds are on units by themselves, some hundred times a cycle.
        if not node.children and (node.parent is None or node.root is None or not node.root.is_bounded):
            low, high = node.up_low[index], node.up_high[index]
        else:
            low, high = self.range(node, index)
        granted = value
        if granted > high and relation is not Relation.AT_MOST:
            granted = high
        if granted < low and relation is not Relation.AT_LEAST:
            granted = low
        limited_by = ""
        if granted != value and abs(granted - value) > TOLERANCE_W * (1 + abs(value)):
            limited_by = self.author(node, index, upper=value > granted)
            if not clamped:
                return Granted(value, accepted=False, limited_by=limited_by)
        is_tighter = False
        if relation is not Relation.AT_LEAST and granted < node.high[index]:
            node.high[index], node.high_by[index] = granted, author
            is_tighter = True
        if relation is not Relation.AT_MOST and granted > node.low[index]:
            node.low[index], node.low_by[index] = granted, author
            is_tighter = True
        if is_tighter:
            self._refresh(node, index)
        return Granted(granted, limited_by=limited_by)

    def author(self, node: Node, index: int, *, upper: bool) -> str:
        """Who set the bound that ends a node's range at its upper or lower end."""
        edge = self.range(node, index)[1 if upper else 0]
        own = node.high[index] if upper else node.low[index]
        if abs(own - edge) <= TOLERANCE_W * (1 + abs(edge)):
            return (node.high_by if upper else node.low_by)[index]
        inner = node.up_high[index] if upper else node.up_low[index]
        if abs(inner - edge) > TOLERANCE_W * (1 + abs(edge)) and node.parent is not None:
            return self.author(node.parent, index, upper=upper)
        authors = [self._inner_author(child, index, upper) for child in node.children]
        named = [author for author in authors if author]
        return ", ".join(dict.fromkeys(named)) or f"{node.unit.id}/MaxApparentPower"

    def _inner_author(self, node: Node, index: int, upper: bool) -> str:
        if node.children:
            parts = [self._inner_author(child, index, upper) for child in node.children]
            return ", ".join(dict.fromkeys(part for part in parts if part))
        return (node.high_by if upper else node.low_by)[index]
