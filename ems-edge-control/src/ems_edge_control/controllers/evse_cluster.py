"""Several charging points with abilities that share the surplus of the site."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, number
from ems_edge_control.controllers.charge_ability import MODES, Ability, parse_ability, risen
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests


@dataclass(frozen=True, kw_only=True)
class EvseClusterConfig:
    """Properties of :class:`EvseCluster`."""

    distribution_strategy: str = prop(
        "EQUAL_POWER", "How surplus is shared", choices=("EQUAL_POWER", "BY_PRIORITY")
    )
    charge_points: list[Any] = prop([], "List of {id, mode}, in order of priority")
    ctrl_ids: list[str] = prop(
        [],
        "Instead: controllers of type evse-single in order of priority, whose modes count; they run first",
        aliases=("ctrls", "controllerIds"),
    )
    surplus_pause_delay: float = prop(
        60.0, "Charging from surplus goes on at its least that long without it", unit="s", minimum=0
    )
    surplus_start_delay: float = prop(
        20.0, "A paused one goes on when there is enough for that long", unit="s", minimum=0
    )
    surplus_change_delay: float = prop(
        300.0, "Shortest time between two changes from pause to charging or back", unit="s", minimum=0
    )


@dataclass
class Turn:
    """Whether a point that follows the surplus charges or pauses.

    Attributes:
        is_charging: Whether it charges.
        changed_s: Since when.
        otherwise_since_s: Since when the surplus calls for the other; None while it does not.
    """

    is_charging: bool
    changed_s: float
    otherwise_since_s: float | None = None


@dataclass
class EvseClusterState:
    """Memory of :class:`EvseCluster`; what follows no surplus, or is not ready, has no turn."""

    last_w: dict[str, float] = field(default_factory=dict)
    last_s: float | None = None
    turns: dict[str, Turn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A charging point as configured.

    Attributes:
        id: The component.
        mode: How much it shall charge.
        ability: What it can be set to.
        handles: Its channels.
        mode_handle: Where its own controller shows the mode in force; None when it has none.
        full_handle: Where its own controller shows that the vehicle seems full; None when it has none.
    """

    id: str
    mode: str
    ability: Ability
    handles: dict[str, int]
    mode_handle: int | None = None
    full_handle: int | None = None


@dataclass(slots=True)
class Point:
    """A charging point of the cluster in this cycle."""

    id: str
    mode: str
    ability: Ability
    is_ready: bool
    power_w: float
    share_w: float = 0.0


class EvseCluster(Controller[EvseClusterConfig, EvseClusterState]):
    """Share the surplus of the site among charging points, equally or in order."""

    code = "evse-cluster"
    title = "Share surplus among charging points"
    aliases = ("Evse.Controller.Cluster",)
    Config = EvseClusterConfig
    State = EvseClusterState
    channels = (number("Surplus", "W", "Shared beyond the base"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the abilities."""
        self.points: list[Place] = []
        for item in self.config.charge_points:
            if isinstance(item, Mapping) and "id" in item:
                self._add(bind, str(item["id"]), str(item.get("mode", "SURPLUS")), None)
            else:
                bind.faults.append(
                    f"controller {self.id}: each charge point needs id and mode (got {item!r})"
                )
        for name in self.config.ctrl_ids:
            peer = bind.peers.get(name)
            if peer is None or peer.type != "evse-single":
                bind.faults.append(f"controller {self.id}: {name!r} is no controller of type evse-single")
                continue
            point = peer.property("charge_point_id") or peer.property("chargePointId")
            self._add(bind, str(point), str(peer.property("mode", "ZERO")), name)
        if not self.config.charge_points and not self.config.ctrl_ids:
            bind.faults.append(f"controller {self.id}: one of chargePoints and ctrl_ids is required")
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")

    def _add(self, bind: Binder, name: str, wanted: str, controller: str | None) -> None:
        mode = wanted.upper()
        if mode not in MODES:
            bind.faults.append(f"controller {self.id}: mode is one of {', '.join(MODES)} (got {mode!r})")
        info = bind.info(name)
        peer = None if controller is None else bind.peers[controller]
        vehicle = None if peer is None else bind.info(str(peer.property("electric_vehicle_id", "")))
        try:
            ability = parse_ability(
                info.properties if info is not None else {},
                vehicle=None if vehicle is None else vehicle.properties,
            )
        except ValueError as ex:
            bind.faults.append(f"component {name}: {ex}")
            return
        handles = {n: bind.channel(name, n) for n in ("ActivePower", "IsReadyForCharging", "SetPoint")}
        shown = [
            None if controller is None else bind.table.handle(f"{controller}/{channel}")
            for channel in ("ActualMode", "AppearsToBeFullyCharged")
        ]
        self.points.append(Place(name, mode, ability, handles, *shown))

    @staticmethod
    def _mode(image: View, place: Place) -> str:
        """The mode in force: what its own controller makes of calendar and session, else as configured."""
        shown = None if place.mode_handle is None else image.get(place.mode_handle)
        return place.mode if shown is None else MODES[int(shown)]

    def run(self, image: View, state: EvseClusterState, dt_s: float) -> Sequence[Request]:
        """Work out the surplus and share it. Rises go by the clock in comparison mode, too."""
        since_s = dt_s if state.last_s is None else image.now_s - state.last_s
        state.last_s = image.now_s
        points = [
            Point(
                place.id,
                self._mode(image, place),
                place.ability,
                bool(image.get(place.handles["IsReadyForCharging"]))
                and not (place.full_handle is not None and image.get(place.full_handle)),
                image.get(place.handles["ActivePower"]) or 0.0,
            )
            for place in self.points
        ]
        for p in points:
            p.share_w = {"MINIMUM": p.ability.least_w, "FORCE": p.ability.most_w}.get(p.mode, 0.0)
            if not p.is_ready:
                p.share_w = 0.0 if p.mode == "ZERO" else p.ability.least_w
        ready = [p for p in points if p.is_ready]
        own = sum(p.power_w for p in points)
        excess = max(0.0, own - image.need(self.grid) - (image.get(self.discharge) or 0.0))
        left = max(0.0, excess - sum(p.share_w for p in ready))
        shown = left
        left = self._start_surplus(ready, left, state, image.now_s)
        sharing = [p for p in ready if p.share_w > 0 and p.mode in ("SURPLUS", "MINIMUM")]
        self._share(sharing, left)
        self._hand_on(sharing)
        out: Requests = [Publish("Surplus", shown)]
        for p, place in zip(points, self.points, strict=True):
            power = risen(
                state.last_w.get(p.id, 0.0),
                p.share_w,
                p.ability.least_w,
                since_s,
                is_whole=image.per_call,
            )
            state.last_w[p.id] = power
            out.append(Bid(place.handles["SetPoint"], p.ability.set_point(power), reason=p.mode.lower()))
        return out

    def _start_surplus(
        self, ready: Sequence[Point], left: float, state: EvseClusterState, now_s: float
    ) -> float:
        """Give those that follow the surplus their least power in order, as far as it goes.

        A cloud does not stop one that charges, a ray of sun does not start one that pauses: contactors wear.
        """
        following = [p for p in ready if p.mode == "SURPLUS"]
        names = {p.id for p in following}
        state.turns = {id: turn for id, turn in state.turns.items() if id in names}
        for p in following:
            is_enough = left >= p.ability.least_w
            turn = state.turns.get(p.id)
            if turn is None and is_enough:
                turn = state.turns[p.id] = Turn(is_charging=True, changed_s=now_s)
            if turn is not None and self._take_turn(turn, now_s, is_enough=is_enough):
                p.share_w = p.ability.least_w
                left = max(0.0, left - p.ability.least_w)
        return left

    def _take_turn(self, turn: Turn, now_s: float, *, is_enough: bool) -> bool:
        """Change between charging and pause when it is time; whether the point charges now."""
        c = self.config
        if is_enough == turn.is_charging:
            turn.otherwise_since_s = None
            return turn.is_charging
        if turn.otherwise_since_s is None:
            turn.otherwise_since_s = now_s
        delay_s = c.surplus_pause_delay if turn.is_charging else c.surplus_start_delay
        has_waited = now_s - turn.otherwise_since_s >= delay_s
        if has_waited and now_s - turn.changed_s >= c.surplus_change_delay:
            turn.is_charging, turn.changed_s, turn.otherwise_since_s = is_enough, now_s, None
        return turn.is_charging

    @staticmethod
    def _hand_on(points: Sequence[Point]) -> None:
        """What coarse steps cannot use goes to the next in order; shares are whole watts."""
        rest = 0.0
        for p in points:
            given = min(math.floor(p.share_w + 1e-6) + rest, p.ability.most_w)
            kept = max(p.ability.kept_w(given), p.ability.least_w)
            rest = max(0.0, given - kept)
            p.share_w = kept

    def _share(self, points: Sequence[Point], left: float) -> None:
        """Share the rest: in order up to the most, or equally until each is full."""
        if self.config.distribution_strategy == "BY_PRIORITY":
            for p in points:
                part = min(left, p.ability.most_w - p.share_w)
                p.share_w += part
                left -= part
            return
        open_points = list(points)
        while open_points and left > 1e-6:
            part = left / len(open_points)
            full = [p for p in open_points if p.ability.most_w - p.share_w <= part]
            for p in full or open_points:
                given = min(part, p.ability.most_w - p.share_w)
                p.share_w += given
                left -= given
            if not full:
                return
            open_points = [p for p in open_points if p not in full]
