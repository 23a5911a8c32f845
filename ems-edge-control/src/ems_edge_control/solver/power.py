"""One cycle of the power solver: limits of the devices in, requests in order of priority, set-points out.

For each request it is recorded what was wanted, what was granted, and who stood against it.
A little over 400 lines: the steps of one cycle share the tree and its record, and read best in one place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from ems_edge_control import filters
from ems_edge_control.filters import FilterSettings, FilterState
from ems_edge_control.natures import PHASES
from ems_edge_control.requests import ALL, Coupling, Power, PowerFactor, Quantity, Relation
from ems_edge_control.solver import by_call
from ems_edge_control.solver.outcome import Limited, SetPoint, rounded, set_point
from ems_edge_control.solver.strategies import Member, SplitState, Strategy, proportional
from ems_edge_control.solver.tree import (
    INDEX,
    TOLERANCE_W,
    Granted,
    Limits,
    Node,
    P,
    Q,
    Tree,
    Unit,
    nearest_to_zero,
)

if TYPE_CHECKING:
    from ems_edge_control.solver.coupled import Coupled

SMALL_RANGE_W = 10.0


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What the image says of one unit in this cycle."""

    limits: Limits
    measured_w: float | None = None
    soc_percent: float | None = None
    efficient_ratio: float = 0.5
    is_faulty: bool = False
    pv_w: float = 0.0


@dataclass
class PowerState:
    """Memory of the solver between cycles: filters for each unit and author, splits for each group."""

    filters: dict[str, FilterState] = field(default_factory=dict)
    splits: dict[str, SplitState] = field(default_factory=dict)
    calls: dict[str, by_call.Memory] = field(default_factory=dict)


class PowerSolver:
    """Solver of a site; configuration is fixed, memory is in `state`."""

    def __init__(
        self,
        units: Sequence[Unit],
        *,
        symmetric: bool = True,
        strategy: Strategy = proportional,
        settings: FilterSettings | None = None,
        chain: Sequence[str] = (),
    ) -> None:
        self.units = {unit.id: unit for unit in units}
        self.tree = Tree(units, symmetric=symmetric)
        self.strategy = strategy
        self.chain = tuple(chain)
        self.settings = settings or FilterSettings()
        self.state = PowerState()
        self.limited: list[Limited] = []
        self.factors: list[tuple[PowerFactor, str]] = []
        self.now_s = 0.0
        self.dt_s = 1.0
        self._facts: Mapping[str, Facts] = {}
        self._coupled: dict[int, Coupled] = {}

    def begin(self, facts: Mapping[str, Facts], now_s: float, dt_s: float) -> None:
        """Open a cycle with the units' own limits; groups need no entry."""
        self._facts = facts
        self.now_s, self.dt_s = now_s, dt_s
        self.limited = []
        self.factors = []
        self._coupled = {}
        self.tree.begin({name: fact.limits for name, fact in facts.items()})

    # -- questions ---

    def range(self, ess: str, quantity: Quantity = Quantity.ACTIVE, phase: str = ALL) -> tuple[float, float]:
        """What is still possible for a unit, group or phase [W or var].

        (0, 0) when there is no such thing.
        """
        if ess not in self.tree.nodes:
            return 0.0, 0.0
        index = INDEX[quantity]
        if index in self._coupled or self._needs_programme(ess, phase):
            program = self._programme(index)
            return program.range(program.factors(ess, phase))
        place = self.tree.locate(ess, phase)
        if place is None:
            return 0.0, 0.0
        node, factor = place
        low, high = self.tree.range(node, index)
        return low / factor, high / factor

    def _needs_programme(self, ess: str, phase: str) -> bool:
        return phase != ALL and bool(self.units[ess].members)

    def _programme(self, index: int) -> Coupled:
        if index not in self._coupled:
            # scipy's solver takes a third of a second to import and most sites never need it.
            from ems_edge_control.solver.coupled import Coupled

            self._coupled[index] = Coupled(self.tree, index)
        return self._coupled[index]

    # -- requests ---

    def request(self, wish: Power, author: str) -> Granted | None:
        """Add a request; None when its filter decided to write nothing."""
        node = self.tree.nodes.get(wish.ess)
        if node is None:
            self._note(wish, author, Granted(wish.value, accepted=False, limited_by="no such storage unit"))
            return Granted(wish.value, accepted=False)
        value = wish.value
        if wish.filtered:
            low, high = self.range(wish.ess, wish.quantity, wish.phase)
            filtered = self._filter(wish, f"{wish.ess}|{author}", low, high)
            if filtered is None:
                return None
            value = filtered
            if not low - 1.0 <= wish.value <= high + 1.0:
                self._note_cut(wish, author, min(max(wish.value, low), high))
        elif wish.relation is Relation.EQUALS and wish.quantity is Quantity.ACTIVE:
            state = self.state.filters.get(f"{wish.ess}|{author}")
            if state is not None:
                state.reset()
        if wish.phase == ALL and not self._coupled:
            index = P if wish.quantity is Quantity.ACTIVE else Q
            granted = self.tree.restrict(node, index, wish.relation, value, author, clamped=wish.clamped)
        else:
            granted = self._add(wish, value, author)
        if granted.limited_by:
            self._note(wish, author, granted, value)
        return granted

    def _note_cut(self, wish: Power, author: str, granted: float) -> None:
        """Report a target that the filter had to cut to what is possible."""
        place = self.tree.locate(wish.ess, wish.phase)
        if place is None:
            return
        by = self.tree.author(place[0], INDEX[wish.quantity], upper=wish.value > granted)
        self._note(wish, author, Granted(granted, limited_by=by))

    def _filter(self, wish: Power, key: str, low: float, high: float) -> float | None:
        settings = self.settings
        if not settings.pid and not settings.pt1:
            return wish.value
        if settings.per_call:
            low, high = math.ceil(low - TOLERANCE_W), math.floor(high + TOLERANCE_W)
            high = max(low, high)
            if abs(high - low) < SMALL_RANGE_W:
                return None
        state = self.state.filters.setdefault(key, FilterState())
        if settings.pt1 and not settings.pid:
            return filters.pt1(settings, state, wish.value, self.now_s, low, high)
        measured = self._measured(wish.ess)
        if settings.per_call:
            return filters.pid_per_call(settings, state, measured or 0.0, wish.value, low, high)
        return filters.follow(settings, state, measured, wish.value, low, high, self.dt_s)

    def has_phases(self, ess: str) -> bool:
        """Whether the phases of a unit are set one by one."""
        return f"{ess}/{PHASES[0]}" in self.tree.nodes

    def leaves(self, ess: str) -> list[str]:
        """The units of a group, through groups within it; of a unit itself."""
        members = self.units[ess].members
        return [leaf for member in members for leaf in self.leaves(member)] if members else [ess]

    def _measured(self, ess: str) -> float | None:
        members = self.units[ess].members
        if not members:
            fact = self._facts.get(ess)
            return None if fact is None else fact.measured_w
        parts = [self._measured(member) for member in members]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def _add(self, wish: Power, value: float, author: str) -> Granted:
        """Add a bound of a phase, or one beside bounds that couple powers."""
        index = INDEX[wish.quantity]
        if index in self._coupled or self._needs_programme(wish.ess, wish.phase):
            program = self._programme(index)
            factors = program.factors(wish.ess, wish.phase)
            return program.restrict(factors, wish.relation, value, author, clamped=wish.clamped)
        place = self.tree.locate(wish.ess, wish.phase)
        if place is None:
            return Granted(value, accepted=value == 0, limited_by="not on this phase")
        node, factor = place
        granted = self.tree.restrict(node, index, wish.relation, value * factor, author, clamped=wish.clamped)
        return Granted(granted.value / factor, granted.accepted, granted.limited_by)

    def couple(self, wish: Coupling, author: str) -> Granted:
        """Add a bound on a weighted sum of powers."""
        program = self._programme(INDEX[wish.quantity])
        factors = sum(program.factors(unit, phase, weight) for unit, phase, weight in wish.terms)
        granted = program.restrict(factors, wish.relation, wish.value, author, clamped=True)  # type: ignore[arg-type]
        name = " + ".join(f"{weight:g}·{unit}/{phase}" for unit, phase, weight in wish.terms)
        if granted.limited_by:
            self.limited.append(
                Limited(
                    name,
                    ALL,
                    wish.quantity,
                    wish.relation,
                    author,
                    wish.value,
                    granted.value,
                    granted.limited_by,
                )
            )
        return granted

    def _note(self, wish: Power, author: str, granted: Granted, value: float | None = None) -> None:
        wanted = wish.value if value is None else value
        if granted.limited_by and (not granted.accepted or abs(granted.value - wanted) > 0.5):
            self.limited.append(
                Limited(
                    wish.ess,
                    wish.phase,
                    wish.quantity,
                    wish.relation,
                    author,
                    wanted,
                    granted.value if granted.accepted else None,
                    granted.limited_by,
                )
            )

    # -- solution ---

    def solve(self) -> dict[str, SetPoint]:
        """Set-points of all units: every total as near to zero as its bounds allow, split over members."""
        for root in self.tree.roots:
            self.tree.settle(root)
        if (
            self.chain
            and not self._coupled
            and not self.factors
            and all(map(self._is_whole, self.tree.order))
        ):
            for root in self.tree.roots:
                self._solve_by_call(root)
            return self._set_points()
        for index in (P, Q):
            if index in self._coupled:
                self._solve_coupled(index)
            else:
                for root in self.tree.roots:
                    self._settle(root, index)
            self._pin(index)
            if index == P:
                self._follow_factors()
        return self._set_points()

    @property
    def is_solved(self) -> bool:
        """Whether the last solution keeps all sums over phases and units that were granted."""
        return all(program.is_solved for program in self._coupled.values())

    def _set_points(self) -> dict[str, SetPoint]:
        nodes = self.tree.nodes
        return {name: set_point(nodes[name]) for name, unit in self.units.items() if not unit.members}

    @staticmethod
    def _is_whole(node: Node) -> bool:
        """Whether a node is a unit or group rather than a phase."""
        return node.name == node.unit.id

    def _solve_by_call(self, root: Node) -> None:
        leaves = [n for n in self.tree.under(root) if not n.children]
        known = {n.name: fact.soc_percent for n in leaves if (fact := self._facts.get(n.name)) is not None}
        soc = {n.name: by_call.UNKNOWN_SOC if (s := known.get(n.name)) is None else int(s) for n in leaves}
        active, reactive = (nearest_to_zero(*self.tree.range(root, i)) for i in (P, Q))
        memory = self.state.calls.setdefault(root.name, by_call.Memory())
        faulty = frozenset(
            n.name for n in leaves if (f := self._facts.get(n.name)) is not None and f.is_faulty
        )
        unknown = any(known.get(n.name) is None for n in leaves)
        pv_w = {n.name: f.pv_w for n in leaves if (f := self._facts.get(n.name)) is not None}
        task = by_call.Task(
            root, leaves, soc, active, reactive, memory, faulty=faulty, is_guess=unknown, pv_w=pv_w
        )
        shares = by_call.split(self.chain, task)
        if shares is None:
            for index, value in ((P, active), (Q, reactive)):
                self._assign(root, index, value)
            shares = [(n.value[P], n.value[Q]) for n in leaves]
        for node, share in zip(leaves, shares, strict=True):
            whole = by_call.rounded(
                share, node.unit.precision_w, soc[node.name] if node.name in known else None
            )
            for index, value in enumerate(whole):
                node.value[index] = min(max(value, node.hard_low[index]), node.hard_high[index])
            memory.last_w[node.name] = node.value[P]
        for node in self.tree.under(root):
            if node.children:
                node.value = [sum(child.value[i] for child in node.children) for i in (P, Q)]

    def _pin(self, index: int) -> None:
        """Round the solution of one quantity and make it a bound of the other.

        So Q gets what the circle leaves beside P.
        """
        for node in self.tree.order:
            if not node.children:
                value = node.value[index]
                if value != 0.0:
                    value = node.value[index] = rounded(node, index, self._soc(node))
                node.up_low[index] = node.up_high[index] = value
                reach = math.sqrt(max(0.0, node.apparent_va**2 - value * value))
                other = 1 - index
                node.up_low[other] = min(max(node.low[other], -reach), reach)
                node.up_high[other] = max(min(node.high[other], reach), -reach)
            else:
                for i in (P, Q):
                    node.up_low[i] = max(node.low[i], sum(child.up_low[i] for child in node.children))
                    node.up_high[i] = min(node.high[i], sum(child.up_high[i] for child in node.children))
                    if node.up_low[i] > node.up_high[i]:
                        node.up_low[i] = node.up_high[i] = nearest_to_zero(node.up_high[i], node.up_low[i])

    def _soc(self, node: Node) -> float | None:
        fact = self._facts.get(node.name)
        return fact.soc_percent if fact is not None else None

    def _follow_factors(self) -> None:
        """Bind Q to the P that came out, as far as earlier bounds on Q allow."""
        for wish, author in self.factors:
            place = self.tree.locate(wish.ess, wish.phase) if wish.ess in self.tree.nodes else None
            if place is None:
                continue
            node, share = place
            low, high = node.up_low[Q], node.up_high[Q]
            wanted = wish.factor * node.value[P] + share * wish.offset_var
            granted = min(max(wanted, low), high)
            node.low[Q] = node.high[Q] = node.up_low[Q] = node.up_high[Q] = granted
            node.low_by[Q] = node.high_by[Q] = author
            self._raise_pinned(node.parent)

    def _raise_pinned(self, node: Node | None) -> None:
        while node is not None:
            node.up_low[Q] = max(node.low[Q], sum(child.up_low[Q] for child in node.children))
            node.up_high[Q] = min(node.high[Q], sum(child.up_high[Q] for child in node.children))
            node = node.parent

    def _settle(self, node: Node, index: int) -> None:
        """As near to zero as the bounds allow.

        Of a group that nobody asks anything of each member by itself: that one must charge is no reason to
        discharge the others.
        """
        if node.children and math.isinf(node.low[index]) and math.isinf(node.high[index]):
            for child in node.children:
                self._settle(child, index)
            node.value[index] = sum(child.value[index] for child in node.children)
        else:
            self._assign(node, index, nearest_to_zero(*self.tree.range(node, index)))

    def _assign(self, node: Node, index: int, value: float) -> None:
        node.value[index] = value
        if not node.children:
            return
        members = self._members(node, index)
        group = bool(node.unit.members) and node.name == node.unit.id
        state = self.state.splits.setdefault(f"{node.name}|{index}", SplitState())
        split = self.strategy if group and index == P else proportional
        shares = split(value, members, state, self.dt_s)
        for child, share in zip(node.children, shares, strict=True):
            self._assign(child, index, share)

    def _members(self, node: Node, index: int) -> list[Member]:
        members = []
        for child in node.children:
            fact = self._facts.get(child.unit.id)
            soc = fact.soc_percent if fact else None
            ratio = fact.efficient_ratio if fact else 0.5
            low, high = child.up_low[index], child.up_high[index]
            pv_w = fact.pv_w if fact else 0.0
            members.append(Member(child.name, low, high, child.apparent_va, soc, ratio, pv_w))
        return members

    def _solve_coupled(self, index: int) -> None:
        program = self._coupled[index]
        for root in self.tree.roots:
            self._assign(root, index, nearest_to_zero(*self.tree.range(root, index)))
        values = program.complete([atom.value[index] for atom in program.atoms])
        for atom, value in zip(program.atoms, values, strict=True):
            atom.value[index] = value
        for node in self.tree.order:
            if node.children:
                node.value[index] = sum(child.value[index] for child in node.children)
