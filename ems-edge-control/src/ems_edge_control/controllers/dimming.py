"""Several loads behind one connection, dimmed together on the grid operator's order (§ 14a EnWG).

Behind an energy management system the operator does not dim each load to 4.2 kW, but grants to all of them
together (Bundesnetzagentur BK6-22-300, annex 1, no. 4.5.2)

    P = max(4.2 kW, 0.4 · P_large) + (n − 1) · g(n) · 4.2 kW

for n loads, P_large being the connection power of heat pumps or coolers above 11 kW, and g the factor for
that not all of them run at a time. Only what comes from the grid counts; a site's own production is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import (
    OFF_GRID,
    Binder,
    Controller,
    Publish,
    View,
    at_least,
    flag,
    number,
)
from ems_edge_control.controllers.charge_ability import Ability, parse_ability
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests

LOAD_W = 4200.0
LARGE_PART = 0.4
# For one load, two loads, … nine and more.
SIMULTANEITY = (1.0, 0.80, 0.75, 0.70, 0.65, 0.60, 0.55, 0.50, 0.45)
WORKING_W = 100.0
REASON = "order of the grid operator"


def guaranteed_w(loads: int, large_w: float = 0.0) -> float:
    """What the operator must leave to a number of controllable loads [W]."""
    if loads < 1:
        return 0.0
    factor = SIMULTANEITY[min(loads, len(SIMULTANEITY)) - 1]
    return max(LOAD_W, LARGE_PART * large_w) + (loads - 1) * factor * LOAD_W


@dataclass(frozen=True, slots=True)
class Load:
    """A load that can be dimmed: the least power it can use, and whether it works."""

    least_w: float
    is_working: bool


def shares_w(allowed_w: float, loads: Sequence[Load]) -> list[float]:
    """What each load may take.

    Equal parts for those at work. Where a part is less than a load can use, the last such load gets nothing
    and the others more. A load at rest may take the part it would have if it worked, so that it can start.
    """
    working = [load for load in loads if load.is_working]
    while working:
        part_w = allowed_w / len(working)
        starved = [load for load in working if load.least_w > part_w]
        if not starved:
            break
        last = len(working) - 1 - working[::-1].index(starved[-1])
        del working[last]
    served = list(working)
    start_w = allowed_w / (len(served) + 1)
    shares = []
    for load in loads:
        if not load.is_working:
            shares.append(start_w if start_w >= load.least_w else 0.0)
        elif load in served:
            served.remove(load)
            shares.append(allowed_w / len(working))
        else:
            shares.append(0.0)
    return shares


@dataclass(frozen=True, kw_only=True)
class GroupConfig:
    """Properties of :class:`Limiter14aGroup`."""

    input_channel_address: str = prop(help="Contact of the control box; open = dim")
    ess_ids: list[str] = prop([], "Storage units that may charge from the grid")
    charger_ids: list[str] = prop([], "Chargers with a power limit, the first is cut last")
    charge_point_ids: list[str] = prop([], "Charging points with a set-point, the first is cut last")
    meter_ids: list[str] = prop([], "Meters of heat pumps and coolers that dim themselves")
    large_power: float = prop(
        0.0, "Connection power of heat pumps or coolers above 11 kW each", unit="W", minimum=0
    )
    grid_meter_id: str = prop("", "Grid meter, so that own production is free; empty = all counts")


@dataclass
class GroupState:
    """Memory of :class:`Limiter14aGroup`."""

    active_s: float = 0.0


class Limiter14aGroup(Controller[GroupConfig, GroupState]):
    """Share what the grid operator leaves among storage, chargers and heat pumps."""

    code = "limiter-14a-group"
    title = "Dim several loads together when the grid operator's contact opens"
    Config = GroupConfig
    State = GroupState
    channels = (
        flag("RestrictionMode", "The limit is in force"),
        number("CumulatedRestrictionTime", "s", "Time in force"),
        number("GuaranteedPower", "W", "What the operator must leave to all of them"),
        number("AllowedPower", "W", "What is left to those that are set here"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the abilities."""
        c = self.config
        self.contact = bind.address(c.input_channel_address)
        self.mode = bind.channel("_sum", "GridMode")
        self.grid = bind.channel(c.grid_meter_id, "ActivePower") if c.grid_meter_id else None
        self.free = [bind.channel(i, "ActivePower") for i in c.meter_ids]
        self.storage = [bind.channel(i, "ActivePower") for i in c.ess_ids]
        self.chargers = [
            tuple(bind.channel(i, n) for n in ("ActivePower", "SetChargePowerLimit", "MinimumHardwarePower"))
            for i in c.charger_ids
        ]
        self.points: list[tuple[int, int, Ability]] = []
        for id in c.charge_point_ids:
            info = bind.info(id)
            try:
                ability = parse_ability(info.properties if info is not None else {})
            except ValueError as ex:
                bind.faults.append(f"component {id}: {ex}")
                continue
            self.points.append((bind.channel(id, "ActivePower"), bind.channel(id, "SetPoint"), ability))
        count = len(self.free) + len(self.storage) + len(self.chargers) + len(self.points)
        self.guaranteed_w = guaranteed_w(count, c.large_power)

    def run(self, image: View, state: GroupState, dt_s: float) -> Sequence[Request]:
        """Share the power while the contact is open."""
        active = image.get(self.contact) == 0 and image.get(self.mode) != OFF_GRID
        state.active_s += dt_s if active else 0.0
        out: Requests = [
            Publish("RestrictionMode", active),
            Publish("CumulatedRestrictionTime", int(state.active_s)),
            Publish("GuaranteedPower", self.guaranteed_w),
        ]
        return [*out, *self._dimmed(image)] if active else out

    def _dimmed(self, image: View) -> Requests:
        taken_w = [max(0.0, image.get(h) or 0.0) for h in self.free]
        loads = []
        for handle in self.storage:
            charging_w = max(0.0, -(image.get(handle) or 0.0))
            loads.append((charging_w, 0.0))
        for power, _, least in self.chargers:
            loads.append((image.get(power) or 0.0, image.get(least) or 0.0))
        for power, _, ability in self.points:
            loads.append((image.get(power) or 0.0, ability.least_w))
        allowed_w = self.guaranteed_w - sum(taken_w)
        if self.grid is not None:
            from_grid_w = max(0.0, image.need(self.grid))
            allowed_w += max(0.0, sum(taken_w) + sum(power for power, _ in loads) - from_grid_w)
        allowed_w = max(0.0, allowed_w)
        shares = iter(shares_w(allowed_w, [Load(least, power > WORKING_W) for power, least in loads]))
        out: Requests = [Publish("AllowedPower", allowed_w)]
        out += [at_least(id, -next(shares), reason=REASON) for id in self.config.ess_ids]
        out += [Bid(limit, next(shares), Relation.AT_MOST, REASON) for _, limit, _ in self.chargers]
        out += [
            Bid(set_point, ability.set_point(next(shares)), Relation.AT_MOST, REASON)
            for _, set_point, ability in self.points
        ]
        return out
