"""How the power of a group is split over its members.

Each strategy gives weights (and perhaps an order); :func:`fill` turns them into shares that respect every
member's
range and sum to the total. Rates are per second, so that a split moves equally fast at any cycle time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

SORT_AGAIN_RATIO = 0.3
DIRECTION_HOLD_S = 10.0
MINIMUM_ON_S = 60.0
BALANCE_RATE_PER_S = 0.10


class Member(msgspec.Struct, frozen=True, gc=False):
    """One member of a group in this cycle.

    Attributes:
        id: Component.
        low: Least power it can take [W].
        high: Greatest power [W].
        apparent_va: Its size.
        soc_percent: State of charge, None when unknown.
        efficient_ratio: Load at which it works best, relative to its size.
        pv_w: What the sun gives on its direct-current side.
    """

    id: str
    low: float
    high: float
    apparent_va: float
    soc_percent: float | None
    efficient_ratio: float = 0.5
    pv_w: float = 0.0


@dataclass
class SplitState:
    """What a strategy remembers of one group.

    Attributes:
        weights: Share of each member, moving towards its target.
        used: Members in use, in order.
        used_for_s: For how long this choice has stood.
        direction: Sign of the last total.
        against_s: For how long the total has had the other sign.
    """

    weights: dict[str, float] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    used_for_s: float = 0.0
    direction: int = 0
    against_s: float = 0.0


def fill(total: float, members: Sequence[Member], weights: Sequence[float]) -> list[float]:
    """Shares that sum to `total`, each in its member's range, as near to the weights as the ranges allow.

    Members that are pinned, or forced to the other sign, get that power first; the rest is shared by
    weight, and what a member cannot take goes to the others. The sum is exact when it is possible at all.
    """
    shares = [min(max(0.0, m.low), m.high) for m in members]
    rest = total - sum(shares)
    for _ in range(len(members) + 1):
        if abs(rest) < 1e-9:
            break
        rooms = [(m.high - x) if rest > 0 else (x - m.low) for m, x in zip(members, shares, strict=True)]
        active = [w if room > 1e-9 else 0.0 for w, room in zip(weights, rooms, strict=True)]
        if sum(active) <= 0:
            active = [max(0.0, room) for room in rooms]
        whole = sum(active)
        if whole <= 0:
            break
        step, given = rest, 0.0
        for i, weight in enumerate(active):
            part = math.copysign(min(abs(step) * weight / whole, max(0.0, rooms[i])), step)
            shares[i] += part
            given += part
        rest -= given
    return shares


def _headroom(total: float, members: Sequence[Member]) -> list[float]:
    """What each member has left in the direction of the total, from its value nearest to zero."""
    return [
        max(
            0.0,
            (m.high - min(max(0.0, m.low), m.high)) if total > 0 else (min(max(0.0, m.low), m.high) - m.low),
        )
        for m in members
    ]


def proportional(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """By available power in that direction, in whole watts; the last member takes the remainder."""
    del state, dt_s
    base = [min(max(0.0, m.low), m.high) for m in members]
    rest = total - sum(base)
    rooms = _headroom(rest, members)
    whole = sum(rooms)
    if whole <= 0:
        return base
    rest = min(max(rest, -whole), whole)
    shares = [b + math.trunc(rest * room / whole) for b, room in zip(base, rooms, strict=True)]
    return _give_remainder(total, members, shares)


def _give_remainder(total: float, members: Sequence[Member], shares: list[float]) -> list[float]:
    rest = total - sum(shares)
    for i in range(len(members) - 1, -1, -1):
        room = members[i].high - shares[i] if rest > 0 else shares[i] - members[i].low
        part = math.copysign(min(abs(rest), max(0.0, room)), rest)
        shares[i] += part
        rest -= part
    return shares


def equal(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """The same power for all, as far as their ranges allow."""
    del state, dt_s
    return fill(total, members, [1.0] * len(members))


def soc_weights(total: float, members: Sequence[Member]) -> list[float]:
    """Discharge in proportion to the energy left, charge in proportion to the room left.

    Unknown counts as half.
    """
    socs = [50.0 if m.soc_percent is None else m.soc_percent for m in members]
    return [
        max(0.0, soc if total > 0 else 100.0 - soc) * m.apparent_va
        for soc, m in zip(socs, members, strict=True)
    ]


def near_equal(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """By state of charge at once."""
    del state, dt_s
    return fill(total, members, soc_weights(total, members))


def balance_soc(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """By state of charge, the weights moving a tenth of the way each second."""
    wanted = soc_weights(total, members)
    whole = sum(wanted)
    target = [w / whole for w in wanted] if whole > 0 else [1.0 / len(members)] * len(members)
    if set(state.weights) != {m.id for m in members}:
        state.weights = {m.id: 1.0 / len(members) for m in members}
    gain = 1.0 - (1.0 - BALANCE_RATE_PER_S) ** dt_s
    for member, aim in zip(members, target, strict=True):
        state.weights[member.id] += gain * (aim - state.weights[member.id])
    return fill(total, members, [state.weights[m.id] for m in members])


def _order(total: float, members: Sequence[Member], state: SplitState) -> list[str]:
    """Members by state of charge; the old order stays until weights differ by more than 30 %."""
    weights = dict(zip((m.id for m in members), soc_weights(total, members), strict=True))
    ids = [m.id for m in members]
    if sorted(state.used) != sorted(ids):
        return sorted(ids, key=lambda i: -weights[i])
    largest = max(weights.values()) or 1.0
    for first, second in zip(state.used, state.used[1:], strict=False):
        if (weights[second] - weights[first]) / largest > SORT_AGAIN_RATIO:
            return sorted(ids, key=lambda i: -weights[i])
    return state.used


def _turn(total: float, state: SplitState, dt_s: float) -> None:
    """Follow the direction of the total; a change counts once it has lasted."""
    sign = (total > 0) - (total < 0)
    if sign == 0 or sign == state.direction:
        state.against_s = 0.0
        return
    state.against_s += dt_s
    if state.direction == 0 or state.against_s >= DIRECTION_HOLD_S:
        state.direction, state.against_s, state.used = sign, 0.0, []


def fewest(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """As few members as can carry the total, fullest first when discharging.

    Each driven to its end in order.
    """
    _turn(total, state, dt_s)
    by_id = {m.id: m for m in members}
    order = _order(state.direction or total, members, state)
    state.used = order
    shares = {m.id: min(max(0.0, m.low), m.high) for m in members}
    rest = total - sum(shares.values())
    for name in order:
        member = by_id[name]
        room = member.high - shares[name] if rest > 0 else shares[name] - member.low
        part = math.copysign(min(abs(rest), max(0.0, room)), rest)
        shares[name] += part
        rest -= part
    return [shares[m.id] for m in members]


def efficient(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """As many members as bring each nearest to its best load, each for a minimum time."""
    ids = [m.id for m in members]
    order = sorted(members, key=lambda m: -soc_weights(total, [m])[0])
    count, carried = 0, 0.0
    while count < len(order) and carried < abs(total):
        carried += order[count].efficient_ratio * order[count].apparent_va
        count += 1
    wanted = [m.id for m in order[: max(1, count)]]
    state.used_for_s += dt_s
    kept = [i for i in state.used if i in ids]
    if not kept or len(wanted) > len(kept) or (state.used_for_s >= MINIMUM_ON_S and wanted != kept):
        state.used, state.used_for_s, kept = wanted, 0.0, wanted
    return fill(total, members, [m.apparent_va if m.id in kept else 0.0 for m in members])


def prefer_dc(total: float, members: Sequence[Member], state: SplitState, dt_s: float) -> list[float]:
    """The sun of hybrid units first, then those that give already, the fullest first; charge the emptiest."""
    from ems_edge_control.solver.prefer_dc import active

    _turn(total, state, dt_s)
    order = _order(state.direction or total, members, state)
    state.used = order
    by_id = {m.id: m for m in members}
    shares = dict(zip(order, active(total, [by_id[name] for name in order]), strict=True))
    return [shares[m.id] for m in members]


Strategy = Callable[[float, Sequence[Member], SplitState, float], list[float]]

STRATEGIES: dict[str, Strategy] = {
    "proportional": proportional,
    "equal": equal,
    "near-equal": near_equal,
    "balance-soc": balance_soc,
    "fewest": fewest,
    "efficient": efficient,
    "prefer-dc": prefer_dc,
}
ALIASES = {
    "OPTIMIZE_BY_MOVING_TOWARDS_TARGET": "balance-soc",
    "OPTIMIZE_BY_KEEPING_TARGET_DIRECTION_AND_MAXIMIZING_IN_ORDER": "fewest",
    "OPTIMIZE_BY_KEEPING_ALL_EQUAL": "equal",
    "OPTIMIZE_BY_KEEPING_ALL_NEAR_EQUAL": "near-equal",
    "BALANCE": "proportional",
    "OPTIMIZE_BY_PREFERRING_DC_POWER": "prefer-dc",
    "ALL_CONSTRAINTS": "proportional",
    "UNDEFINED": "proportional",
    "NONE": "proportional",
}
