"""Splits that count calls instead of seconds, for comparison with systems whose solver works that way.

Its rules: the fewest inverters that can carry the total, P and Q split by the same weights,
weights that start at the last set-points and go a tenth of the way in each call, fallbacks in a fixed order.
The loop itself does not use this module: there, splits move per second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ems_edge_control.solver import prefer_dc
from ems_edge_control.solver.strategies import Member, SplitState, fill, proportional
from ems_edge_control.solver.tree import TOLERANCE_W, Node, P, Q

SLACK_W = 1e-3
SORT_AGAIN_RATIO = 0.3
LEARNING_RATE = 0.1
TRIES = 10
TURN_AFTER_CALLS = 100
DIRECTIONS = 72
UNKNOWN_SOC = 50
REFUSED_BEYOND_W = 1000.0

Shares = list[tuple[float, float]]

CHAINS: dict[str, tuple[str, ...]] = {
    "balance-soc": ("moving", "in-order"),
    "fewest": ("in-order", "moving"),
    "equal": ("equal", "near-equal", "in-order", "moving"),
    "near-equal": ("near-equal", "equal", "in-order"),
    "prefer-dc": ("prefer-dc", "in-order", "moving"),
}


@dataclass
class Memory:
    """What is remembered of one group from call to call.

    Attributes:
        order: Units, the fullest first.
        last_w: Their last set-points, as rounded.
        direction: Sign of the total that counts for the order of units.
        against: Calls in a row in which the total had another sign.
    """

    order: list[str] = field(default_factory=list)
    last_w: dict[str, float] = field(default_factory=dict)
    direction: int | None = None
    against: int = 0


@dataclass(slots=True)
class Task:
    """One group in one call.

    Attributes:
        root: The group.
        leaves: Its units.
        soc: State of charge of each unit [%].
        active_w: Total P.
        reactive_var: Total Q.
        memory: Of the group.
        used: Units that carry the total, in order.
        faulty: Units that report a fault; only the split by state of charge leaves them out.
        is_guess: A state of charge is not known.
        pv_w: What the sun gives on the direct-current side of each unit.
    """

    root: Node
    leaves: Sequence[Node]
    soc: Mapping[str, int]
    active_w: float
    reactive_var: float
    memory: Memory
    used: list[str] = field(default_factory=list)
    faulty: frozenset[str] = frozenset()
    is_guess: bool = False
    pv_w: Mapping[str, float] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """Sign of P."""
        return (self.active_w > TOLERANCE_W) - (self.active_w < -TOLERANCE_W)


def split(chain: Sequence[str], task: Task) -> Shares | None:
    """P and Q of each unit by the first strategy of a chain with a possible answer, None if none has one."""
    _sort(task)
    _turn(task)
    task.used = _fewest(task)
    for name in chain:
        shares = STRATEGIES[name](task)
        if shares is not None and fits(task, shares):
            return shares
    return None


def fits(task: Task, shares: Shares) -> bool:
    """Whether shares keep all bounds and sum to the total."""
    if abs(sum(p for p, _ in shares) - task.active_w) > SLACK_W:
        return False
    if abs(sum(q for _, q in shares) - task.reactive_var) > SLACK_W:
        return False
    parts = {n.name: share for n, share in zip(task.leaves, shares, strict=True)}
    return _keeps(task.root, parts) is not None


def _keeps(node: Node, parts: Mapping[str, tuple[float, float]]) -> tuple[float, float] | None:
    """Power of a node when it and all below it keep their bounds, else None."""
    if node.children:
        below = [_keeps(child, parts) for child in node.children]
        known = [b for b in below if b is not None]
        if len(known) < len(below):
            return None
        power = (sum(p for p, _ in known), sum(q for _, q in known))
    else:
        power = parts[node.name]
        if math.hypot(*power) > node.apparent_va + SLACK_W:
            return None
    for index in (P, Q):
        if not node.low[index] - SLACK_W <= power[index] <= node.high[index] + SLACK_W:
            return None
    return power


# -- which units, and in which order ---


def _sort(task: Task) -> None:
    """Fullest first; a pair is swapped only when the second is clearly fuller than the first."""
    memory, soc = task.memory, task.soc
    names = [n.name for n in task.leaves]
    if sorted(memory.order) != sorted(names):
        memory.order = sorted(names, key=lambda n: (-soc[n], n))
        return
    order = memory.order
    for i in range(len(order) - 1):
        first, second = soc[order[i]], soc[order[i + 1]]
        if first < second - int(min(first, second) * SORT_AGAIN_RATIO):
            order[i], order[i + 1] = order[i + 1], order[i]


def _turn(task: Task) -> None:
    memory, sign = task.memory, task.sign
    if memory.direction is None:
        memory.direction = sign
    if memory.direction == sign:
        memory.against = 0
        return
    if memory.against > TURN_AFTER_CALLS:
        memory.direction = sign
    memory.against += 1


def _in_order(task: Task, sign: int) -> list[str]:
    return list(task.memory.order) if sign > 0 else list(reversed(task.memory.order))


def _fewest(task: Task) -> list[str]:
    """The shortest beginning of the order that can carry the total while all others stand still."""
    # The direction that counts, not the one of this call: units do not change places for a short change.
    order = _in_order(task, task.memory.direction or 0)
    by_name = {n.name: n for n in task.leaves}
    for count in range(1, len(order)):
        idle = [by_name[name] for name in order[count:]]
        if all(_can_rest(n) for n in idle) and _can_carry([by_name[n] for n in order[:count]], task):
            return order[:count]
    return order


def _can_rest(node: Node) -> bool:
    return all(node.low[i] <= SLACK_W and node.high[i] >= -SLACK_W for i in (P, Q))


def _can_carry(nodes: Sequence[Node], task: Task) -> bool:
    """Whether a total of P and Q lies in the sum of the units' ranges.

    The sum of convex sets contains a point when no direction sees the point beyond the sets' own reach.
    """
    for index, total in ((P, task.active_w), (Q, task.reactive_var)):
        low, high = sum(n.up_low[index] for n in nodes), sum(n.up_high[index] for n in nodes)
        if not low - SLACK_W <= total <= high + SLACK_W:
            return False
    if abs(task.reactive_var) <= SLACK_W:
        return True
    for step in range(DIRECTIONS):
        angle = 2 * math.pi * step / DIRECTIONS
        x, y = math.cos(angle), math.sin(angle)
        if x * task.active_w + y * task.reactive_var > sum(_reach(n, x, y) for n in nodes) + SLACK_W:
            return False
    return True


def _reach(node: Node, x: float, y: float) -> float:
    """How far a unit's range of P and Q reaches in a direction."""
    power = min(max(node.apparent_va * x, node.low[P]), node.high[P])
    rest = math.sqrt(max(0.0, node.apparent_va**2 - power * power))
    return x * power + abs(y) * rest


# -- strategies ---


def _moving(task: Task) -> Shares | None:
    """Weights of the last set-points, a tenth of the way to the weights of the states of charge."""
    weights = _last_weights(task)
    aim = _target_weights(task)
    for _ in range(TRIES):
        weights = [w + LEARNING_RATE * (a - w) for w, a in zip(weights, aim, strict=True)]
        shares = _by_weight(task, weights)
        if shares is not None and fits(task, shares):
            return shares
    return None


def _last_weights(task: Task) -> list[float]:
    last = [abs(task.memory.last_w.get(n.name, 0.0)) for n in task.leaves]
    largest = max(last)
    if largest <= 0:
        return [100.0 if n.name in task.used else 0.0 for n in task.leaves]
    return [w * 100.0 / largest for w in last]


def _target_weights(task: Task) -> list[float]:
    whole = sum(task.soc[n.name] for n in task.leaves)
    weights = []
    for node in task.leaves:
        part = task.soc[node.name] * 100 // whole if whole > 0 else 0
        weight = part if task.sign > 0 else 100 - part
        weights.append(float(weight) if node.name in task.used else 0.0)
    return weights


def _by_weight(task: Task, weights: Sequence[float]) -> Shares | None:
    whole = sum(weights)
    if whole <= 0:
        return None
    return [(task.active_w * w / whole, task.reactive_var * w / whole) for w in weights]


def _maximise(task: Task) -> Shares | None:
    """Each used unit in order driven to its end; Q by what the circles leave."""
    by_name = {n.name: n for n in task.leaves}
    power = {n.name: min(max(0.0, n.low[P]), n.high[P]) for n in task.leaves}
    rest = task.active_w - sum(power.values())
    charges = (task.memory.direction or 0) < 0
    for name in [n for n in _in_order(task, -1 if charges else 1) if n in task.used]:
        node = by_name[name]
        room = node.up_high[P] - power[name] if rest > 0 else power[name] - node.up_low[P]
        part = math.copysign(min(abs(rest), max(0.0, room)), rest)
        power[name] += part
        rest -= part
    members = []
    for node in task.leaves:
        chord = math.sqrt(max(0.0, node.apparent_va**2 - power[node.name] ** 2))
        low, high = max(node.low[Q], -chord), min(node.high[Q], chord)
        members.append(Member(node.name, low, high, node.apparent_va, None))
    reactive = fill(task.reactive_var, members, [m.high - m.low for m in members])
    return [(power[n.name], q) for n, q in zip(task.leaves, reactive, strict=True)]


def _equal(task: Task) -> Shares | None:
    return _by_weight(task, [1.0] * len(task.leaves))


def _near_equal(task: Task) -> Shares | None:
    """By state of charge; while discharging, shares beyond a bound stay on it and the rest is shared anew."""
    if task.is_guess:
        return None
    lows, highs = ([getattr(n, side)[P] for n in task.leaves] for side in ("up_low", "up_high"))
    if task.active_w >= sum(highs) - SLACK_W:
        active = highs
    elif task.active_w <= sum(lows) + SLACK_W:
        active = lows
    else:
        socs = [task.soc[n.name] for n in task.leaves]
        weights = [float(s if task.sign > 0 else 100 - s) for s in socs]
        active = _shared(
            task, [0.0 if n.name in task.faulty else w for n, w in zip(task.leaves, weights, strict=True)]
        )
    if task.sign < 0 and any(p < n.up_low[P] - SLACK_W for p, n in zip(active, task.leaves, strict=True)):
        return None
    if abs(sum(active) - task.active_w) > REFUSED_BEYOND_W:
        return None
    members = [Member(n.name, n.up_low[Q], n.up_high[Q], n.apparent_va, None) for n in task.leaves]
    reactive = proportional(task.reactive_var, members, SplitState(), 1.0)
    return list(zip(active, reactive, strict=True))


def _shared(task: Task, weights: list[float]) -> list[float]:
    if task.sign <= 0:
        whole = sum(weights) or 1.0
        return [task.active_w * w / whole for w in weights]
    members = [Member(n.name, n.up_low[P], n.up_high[P], n.apparent_va, None) for n in task.leaves]
    return fill(task.active_w, members, weights)


def _prefer_dc(task: Task) -> Shares:
    """What the sun gives first; faulty units rest."""
    by_name = {n.name: n for n in task.leaves}
    order = _in_order(task, task.sign)
    members, parts = [], []
    for node in (by_name[name] for name in order):
        rests = node.name in task.faulty
        low, high = (0.0, 0.0) if rests else (node.low[P], node.high[P])
        pv_w = task.pv_w.get(node.name, 0.0)
        members.append(Member(node.name, low, high, node.apparent_va, None, pv_w=pv_w))
    powers = prefer_dc.active(task.active_w, members)
    for member, power in zip(members, powers, strict=True):
        node = by_name[member.id]
        room = 0.0 if node.name in task.faulty else prefer_dc.room_var(power, node.apparent_va)
        low, high = max(node.low[Q], -room), min(node.high[Q], room)
        parts.append(prefer_dc.Part(power, node.apparent_va, min(low, high), high))
    shares = dict(
        zip(order, zip(powers, prefer_dc.reactive(task.reactive_var, parts), strict=True), strict=True)
    )
    return [shares[n.name] for n in task.leaves]


STRATEGIES: dict[str, Callable[[Task], Shares | None]] = {
    "moving": _moving,
    "in-order": _maximise,
    "equal": _equal,
    "near-equal": _near_equal,
    "prefer-dc": _prefer_dc,
}


def rounded(power: tuple[float, float], step: float, soc: int | None) -> tuple[float, float]:
    """Steps towards zero, but away from it where that brings the state of charge to the middle; ±1 is 0.

    Once P is rounded away from zero, Q of the same unit is too.
    """
    away = False
    result = []
    for value in power:
        to_middle = soc is not None and (
            (value > 0 and soc > UNKNOWN_SOC) or (value < 0 and soc < UNKNOWN_SOC)
        )
        away = away or to_middle
        steps = value / step if step > 0 else value
        near = round(steps)
        whole = (
            near if abs(steps - near) < TOLERANCE_W else (math.floor, math.ceil)[away ^ (value < 0)](steps)
        )
        number = float(whole) * (step if step > 0 else 1.0)
        result.append(0.0 if abs(number) <= 1.0 else number)
    return result[0], result[1]
