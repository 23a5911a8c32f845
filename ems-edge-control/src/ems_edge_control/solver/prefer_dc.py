"""A split for hybrid units: what the sun gives on the direct-current side goes out first, where it is made.

So PV of one unit is not stored there while the battery of another is emptied. Units that already give power
are used up before others start; a charge goes to the emptiest unit first. Reactive power is given by units
that discharge, then by those at rest, then by all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from ems_edge_control.filters import round_half_up
from ems_edge_control.solver.strategies import Member

# Less sun than that is not worth starting an inverter for.
LEAST_PV_W = 100.0
# An inverter this near to its size has nothing left for reactive power.
LEAST_REST_VA = 50.0


class Part(msgspec.Struct, frozen=True, gc=False):
    """A unit whose active power is known, and the reactive power it may give.

    Attributes:
        active_w: Its active power.
        apparent_va: Its size.
        low: Least reactive power.
        high: Greatest.
    """

    active_w: float
    apparent_va: float
    low: float
    high: float


def active(total_w: float, members: Sequence[Member]) -> list[float]:
    """Powers that sum to the total as far as the ranges allow; members in order of use."""
    lows, highs = (sum(m.low for m in members), sum(m.high for m in members))
    total_w = min(max(total_w, lows), highs)
    # What each has to give at least because the others cannot give more.
    shares = [
        min(
            max(0.0, m.low, total_w - (highs - m.high)),
            max(m.low, min(m.high, total_w - (lows - m.low))),
        )
        for m in members
    ]
    rest_w = total_w - sum(shares)
    if rest_w > 0:
        rest_w = _give(rest_w, members, shares, lambda m, w: m.pv_w - w if m.pv_w >= LEAST_PV_W else 0.0)
        rest_w = _give(rest_w, members, shares, lambda _, w: math.inf if w else 0.0)
    _give(rest_w, members, shares, lambda _m, _w: math.inf)
    return shares


def _give(
    rest_w: float, members: Sequence[Member], shares: list[float], wish: Callable[[Member, float], float]
) -> float:
    """Let each member in order take what it wishes and may of a rest; what is left of it."""
    for i, member in enumerate(members):
        room_w = member.high - shares[i] if rest_w > 0 else shares[i] - member.low
        part_w = math.copysign(min(abs(rest_w), max(0.0, room_w), max(0.0, wish(member, shares[i]))), rest_w)
        shares[i] += part_w
        rest_w -= part_w
    return rest_w


def room_var(active_w: float, apparent_va: float) -> float:
    """Reactive power that is possible beside an active power, in whole var."""
    if active_w == 0:
        return apparent_va
    if apparent_va - abs(active_w) < LEAST_REST_VA:
        return 0.0
    return float(math.floor(math.sqrt(apparent_va**2 - active_w**2)))


def reactive(total_var: float, parts: Sequence[Part]) -> list[float]:
    """Reactive powers in whole hundredths of the total; parts in order of use."""
    shares = [min(max(0.0, p.low), p.high) for p in parts]
    rest_var = total_var - sum(shares)
    # What a bound makes a unit give already counts towards its part of the whole.
    given = list(shares)
    while rest_var:
        weights = _weights(rest_var, parts, shares)
        counted = [g if w > 0 and g * rest_var > 0 else 0.0 for g, w in zip(given, weights, strict=True)]
        whole_var = rest_var + sum(counted)
        steps = [abs(round_half_up(whole_var * w)) - abs(c) for w, c in zip(weights, counted, strict=True)]
        before_var = rest_var
        for i, (step, weight) in enumerate(zip(steps, weights, strict=True)):
            if weight > 0 and any(steps):
                rest_var = _add(rest_var, parts[i], shares, i, max(0.0, step))
        if rest_var == before_var:
            break
        given = [0.0] * len(parts)
    # A rest too small to be weighed goes to the first who can take it.
    order = sorted(range(len(parts)), key=lambda i: _rank(parts[i]))
    for i in order:
        rest_var = _add(rest_var, parts[i], shares, i, math.inf)
    return shares


def _rank(part: Part) -> int:
    """Units that discharge come first, then those at rest."""
    return 0 if part.active_w > 0 else 1 if part.active_w == 0 else 2


def _room(rest_var: float, part: Part, share_var: float) -> float:
    return max(0.0, part.high - share_var if rest_var > 0 else share_var - part.low)


def _add(rest_var: float, part: Part, shares: list[float], place: int, most_var: float) -> float:
    """Give a part of a rest; a unit that cannot take all of the rest gives what it can."""
    room = _room(rest_var, part, shares[place])
    step = room if abs(rest_var) > room else min(abs(rest_var), most_var)
    shares[place] += math.copysign(step, rest_var)
    return rest_var - math.copysign(step, rest_var)


def _weights(rest_var: float, parts: Sequence[Part], shares: Sequence[float]) -> list[float]:
    """By active power of those that discharge, else by size of those at rest, else by what is left."""
    rooms = [_room(rest_var, p, s) for p, s in zip(parts, shares, strict=True)]
    choices = (
        [p.active_w if p.active_w > 0 and r > 0 else 0.0 for p, r in zip(parts, rooms, strict=True)],
        [p.apparent_va if p.active_w == 0 and r > 0 else 0.0 for p, r in zip(parts, rooms, strict=True)],
        rooms,
    )
    chosen = next((c for c in choices if sum(c) > 0), rooms)
    whole = sum(chosen) or 1.0
    return [round_half_up(100 * weight / whole) / 100 for weight in chosen]
