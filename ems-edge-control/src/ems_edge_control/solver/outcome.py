"""What a solution comes to: whole steps, the set-point of each unit, and whose bound it stands on."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from ems_edge_control.natures import PHASES
from ems_edge_control.solver.tree import TOLERANCE_W, Node, P, Q, chord, nearest_to_zero


class Limited(msgspec.Struct, frozen=True):
    """A wish that was not granted in full.

    Attributes:
        component: Unit or group.
        phase: `ALL` or the phase.
        quantity: P or Q.
        relation: Kind of bound.
        author: Who wished.
        wanted: What [W or var].
        granted: What it got; None when refused.
        limited_by: Whose bound stood against it.
    """

    component: str
    phase: str
    quantity: str
    relation: str
    author: str
    wanted: float
    granted: float | None
    limited_by: str


class SetPoint(msgspec.Struct, frozen=True):
    """The solution for one unit: power of the whole and of the phases that are set by themselves.

    Attributes:
        active_w: P of the unit.
        reactive_var: Q of the unit.
        phases: (P, Q) for each phase, empty when the unit is set as a whole.
        active_by: Whose bound P stands on; empty when nobody's.
        reactive_by: The same for Q.
    """

    active_w: float
    reactive_var: float
    phases: Mapping[str, tuple[float, float]] = msgspec.field(default_factory=dict)
    active_by: str = ""
    reactive_by: str = ""


def set_point(node: Node) -> SetPoint:
    """The set-point that the values of a unit's node and its phases amount to."""
    parts = {child.name.rpartition("/")[2]: (child.value[P], child.value[Q]) for child in node.children}
    if node.unit.single_phase:
        parts = dict.fromkeys(PHASES, (0.0, 0.0))
        parts[node.unit.single_phase] = (node.value[P], node.value[Q])
    active, reactive = node.value
    if node.children:
        active, reactive = (sum(child.value[i] for child in node.children) for i in (P, Q))
    return SetPoint(active, reactive, parts, holder(node, P), holder(node, Q))


def rounded(node: Node, index: int, soc_percent: float | None) -> float:
    """Whole steps towards zero; away from it when that moves the state of charge to the middle.

    A single watt is noise of the arithmetic and becomes zero; a rounding never leaves the bounds.
    """
    value, step = node.value[index], node.unit.precision_w
    if step <= 0:
        return value
    if index == P and abs(value) <= 1.0 + TOLERANCE_W and node.low[P] <= 0 <= node.high[P]:
        return 0.0
    inward = math.trunc(value / step + math.copysign(1e-9, value)) * step
    if abs(inward - value) < TOLERANCE_W:
        return inward
    outward = inward + math.copysign(step, value)
    to_middle = index == P and soc_percent is not None and value * (soc_percent - 50) > 0
    choices = (outward, inward) if to_middle and node.parent is None else (inward, outward)
    return next((choice for choice in choices if _may_be(node, index, choice)), value)


def _may_be(node: Node, index: int, value: float) -> bool:
    """Whether a rounded value breaks no bound; a set-point may be rounded, a device's limit not."""
    if not node.hard_low[index] <= value <= node.hard_high[index]:
        return False
    beside = node.value[P] if index == Q else nearest_to_zero(node.low[Q], node.high[Q])
    if abs(value) > chord(node.apparent_va, beside) + TOLERANCE_W:
        return False
    if node.low[index] == node.high[index]:
        return True
    return node.low[index] <= value <= node.high[index]


def holder(node: Node, index: int) -> str:
    """Whose bound the solution stands on, at this node or at a group above it."""
    top: Node | None = node
    while top is not None:
        value = top.value[index]
        slack = max(TOLERANCE_W, node.unit.precision_w)
        at_low = abs(value - top.low[index]) <= slack and top.low[index] > -math.inf
        at_high = abs(value - top.high[index]) <= slack and top.high[index] < math.inf
        if at_low and (value > 0 or (value == 0 and at_high)):
            return top.low_by[index]
        if at_high and value <= 0:
            return top.high_by[index]
        top = top.parent
    return ""
