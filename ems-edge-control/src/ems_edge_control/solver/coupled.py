"""Bounds that a tree cannot carry: phases of groups, and weighted sums across units.

They are rare, so they get a small dense linear programme (HiGHS): its columns are the parts that can be
set, its rows the sums of the tree plus the couplings of this cycle. It is only built in cycles that need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from ems_edge_control.requests import ALL, Relation
from ems_edge_control.solver.tree import Granted, Node, Tree

TOLERANCE_W = 1e-4


@dataclass(frozen=True, slots=True)
class Row:
    """low ≤ factors · x ≤ high, wanted by `author`."""

    factors: NDArray[np.float64]
    low: float
    high: float
    author: str


class Coupled:
    """The linear programme of one quantity in one cycle."""

    def __init__(self, tree: Tree, index: int) -> None:
        self.tree = tree
        self.index = index
        self.atoms = [node for node in tree.order if not node.children]
        self.rows: list[Row] = []
        self.is_solved = True

    def factors(self, unit: str, phase: str = ALL, weight: float = 1.0) -> NDArray[np.float64]:
        """How much each part adds to the power of a unit or group, on all phases or one."""
        top = self.tree.nodes[unit]
        return np.array(
            [weight * self._share(atom, phase) if _is_under(atom, top) else 0.0 for atom in self.atoms]
        )

    @staticmethod
    def _share(atom: Node, phase: str) -> float:
        if phase == ALL:
            return 1.0
        if "/" in atom.name:
            return 1.0 if atom.name.endswith(phase) else 0.0
        if atom.unit.single_phase:
            return 1.0 if atom.unit.single_phase == phase else 0.0
        return 1 / 3

    def range(self, factors: NDArray[np.float64]) -> tuple[float, float]:
        """Smallest and largest value of a sum under everything accepted so far."""
        low, high = self._solve(factors), self._solve(-factors)
        return (0.0, 0.0) if low is None or high is None else (float(factors @ low), float(factors @ high))

    def restrict(
        self, factors: NDArray[np.float64], relation: Relation, value: float, author: str, *, clamped: bool
    ) -> Granted:
        """Add a bound on a sum, cut to what is possible or refused."""
        low, high = self.range(factors)
        possible = (low - TOLERANCE_W, high + TOLERANCE_W)
        granted = value
        if relation is not Relation.AT_MOST:
            granted = min(granted, high)
        if relation is not Relation.AT_LEAST:
            granted = max(granted, low)
        limited = not possible[0] <= value <= possible[1] and granted != value
        if limited and not clamped:
            return Granted(value, accepted=False, limited_by=self._authors())
        slack = TOLERANCE_W
        self.rows.append(
            Row(
                factors,
                -np.inf if relation is Relation.AT_MOST else granted - slack,
                np.inf if relation is Relation.AT_LEAST else granted + slack,
                author,
            )
        )
        return Granted(granted, limited_by=self._authors() if limited else "")

    def _authors(self) -> str:
        return ", ".join(dict.fromkeys(row.author for row in self.rows)) or "device limits"

    def complete(self, wanted: Sequence[float]) -> list[float]:
        """The solution nearest to the wanted powers of the parts (sum of absolute differences).

        When there is none, each part gets what is wanted within its own bounds, and `is_solved` says so.
        """
        count = len(self.atoms)
        aim = np.asarray(wanted, np.float64)
        matrix, upper = self._inequalities(extra=count)
        eye = np.eye(count)
        matrix = np.vstack([matrix, np.hstack([eye, -eye]), np.hstack([-eye, -eye])])
        upper = np.concatenate([upper, aim, -aim])
        cost = np.concatenate([np.zeros(count), np.ones(count)])
        bounds = [*self._bounds(), *[(0.0, None)] * count]
        result = linprog(cost, A_ub=matrix, b_ub=upper, bounds=bounds, method="highs")
        self.is_solved = result.x is not None
        if result.x is None:
            return [min(max(w, low), high) for w, (low, high) in zip(wanted, self._bounds(), strict=True)]
        return [
            min(max(_settled(float(x)), low), high)
            for x, (low, high) in zip(result.x[:count], self._bounds(), strict=True)
        ]

    def _bounds(self) -> list[tuple[float, float]]:
        return [self.tree.range(atom, self.index) for atom in self.atoms]

    def _inequalities(self, extra: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows: list[NDArray[np.float64]] = []
        upper: list[float] = []
        for node in self.tree.order:
            if node.children:
                self._add(rows, upper, self._under(node), node.low[self.index], node.high[self.index])
        for row in self.rows:
            self._add(rows, upper, row.factors, row.low, row.high)
        matrix = np.array(rows) if rows else np.zeros((0, len(self.atoms)))
        return np.hstack([matrix, np.zeros((len(upper), extra))]), np.array(upper)

    def _under(self, top: Node) -> NDArray[np.float64]:
        return np.array([1.0 if _is_under(atom, top) else 0.0 for atom in self.atoms])

    @staticmethod
    def _add(
        rows: list[NDArray[np.float64]],
        upper: list[float],
        factors: NDArray[np.float64],
        low: float,
        high: float,
    ) -> None:
        if np.isfinite(high):
            rows.append(factors)
            upper.append(high)
        if np.isfinite(low):
            rows.append(-factors)
            upper.append(-low)

    def _solve(self, cost: NDArray[np.float64]) -> NDArray[np.float64] | None:
        matrix, upper = self._inequalities()
        result = linprog(cost, A_ub=matrix, b_ub=upper, bounds=self._bounds(), method="highs")
        return None if result.x is None else np.asarray(result.x)


def _is_under(node: Node | None, top: Node) -> bool:
    while node is not None:
        if node is top:
            return True
        node = node.parent
    return False


def _settled(value: float) -> float:
    """A whole number where the slack of the bounds is all that is missing to it."""
    nearest = float(round(value))
    return nearest if abs(value - nearest) <= 4 * TOLERANCE_W else value
