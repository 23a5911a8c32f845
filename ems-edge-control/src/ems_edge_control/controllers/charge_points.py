"""Charging points with abilities: set-points in mA, A or W, on one phase or three, alone or in a cluster."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests

VOLTS = 230.0
RISE_PER_S = 0.03
FULL_AFTER_S = 300.0
FULL_BELOW_W = 500.0
SWITCH_BELOW_W = 100.0
DEAD_TIME_S = 30.0
SWITCH_TIMEOUT_S = 600.0
MODES = ("ZERO", "MINIMUM", "SURPLUS", "FORCE")


@dataclass(frozen=True, slots=True)
class Ability:
    """What a charging point can be set to.

    Attributes:
        unit: `W`, `A` or `mA`.
        least: Smallest set-point that charges, in that unit.
        most: Largest.
        step: Smallest change.
        phases: Phases in use.
        can_switch: Whether it can change between one phase and three.
    """

    unit: str = "mA"
    least: float = 6000.0
    most: float = 16000.0
    step: float = 1.0
    phases: int = 3
    can_switch: bool = False

    def watts(self, value: float) -> float:
        """Power of a set-point."""
        factor = {"W": 1.0, "A": VOLTS * self.phases, "mA": VOLTS * self.phases / 1000}[self.unit]
        return value * factor

    def set_point(self, power_w: float) -> float:
        """Set-point for a power: whole steps downwards, zero below the least; of milliamperes the nearest."""
        value = min(power_w / self.watts(1.0), self.most)
        half = 0.5 if self.unit == "mA" and self.step == 1 else 1e-9
        value = math.floor(value / self.step + half) * self.step
        return value if value >= self.least else 0.0

    def kept_w(self, power_w: float) -> float:
        """What a point with coarse steps can use of a power; fine steps use all of it."""
        step_w = self.watts(self.step)
        return power_w if step_w < 1.5 else math.floor(power_w / step_w + 1e-9) * step_w

    @property
    def least_w(self) -> float:
        """Power of the smallest set-point."""
        return self.watts(self.least)

    @property
    def most_w(self) -> float:
        """Power of the largest set-point."""
        return self.watts(self.most)


def parse_ability(raw: Mapping[str, Any], phases: int | None = None) -> Ability:
    """Ability from a component's properties: unit, least, most, step, phases, canSwitch.

    Raises:
        ValueError: They contradict each other.
    """
    unit = str(raw.get("unit", "mA"))
    if unit not in {"W", "A", "mA"}:
        raise ValueError(f"unit is W, A or mA (got {unit!r})")
    scale = {"W": VOLTS * 3, "A": 1.0, "mA": 1000.0}[unit]
    chosen = phases if phases is not None else int(raw.get("phases", 3))
    if unit == "W":
        scale = VOLTS * chosen
    ability = Ability(
        unit,
        float(raw.get("least", raw.get("min", 6 * scale))),
        float(raw.get("most", raw.get("max", 16 * scale))),
        float(raw.get("step", 1)),
        chosen,
        bool(raw.get("canSwitch", raw.get("can_switch", False))),
    )
    if ability.least > ability.most or ability.step <= 0 or ability.phases not in (1, 2, 3):
        raise ValueError("least must not be above most, step positive, phases 1 to 3")
    return ability


class EvseState(enum.Enum):
    """States of :class:`EvseSingle`."""

    UNDEFINED = -1
    EV_NOT_CONNECTED = 0
    EV_CONNECTED = 1
    CHARGING = 2
    FINISHED_EV_STOP = 3
    FINISHED_ENERGY_SESSION_LIMIT = 4
    PHASE_SWITCH_TO_SINGLE_PHASE = 5
    PHASE_SWITCH_TO_THREE_PHASE = 6


@dataclass(frozen=True, kw_only=True)
class SingleConfig:
    """Properties of :class:`EvseSingle`."""

    charge_point_id: str = prop(help="Charging point")
    mode: str = prop("ZERO", "How much to charge", choices=MODES)
    phase_switching: str = prop(
        "DISABLE",
        "Phases",
        choices=("DISABLE", "FORCE_SINGLE", "FORCE_THREE", "FORCE_SINGLE_PHASE", "FORCE_THREE_PHASE", "AUTO"),
    )
    one_shot: str = prop("", "Mode that holds until the vehicle leaves; empty = none")
    manual_energy_session_limit: float = prop(0.0, "Energy of a session; 0 = no limit", unit="Wh", minimum=0)
    surplus_hysteresis: float = prop(
        120.0, "Charging from surplus goes on that long without it", unit="s", minimum=0
    )


@dataclass
class SingleMemory:
    """Memory of :class:`EvseSingle`."""

    state: EvseState = EvseState.UNDEFINED
    since_s: float = 0.0
    start_wh: float | None = None
    phases: int = 3
    last_w: float = 0.0
    low_since_s: float | None = None
    surplus_until_s: float | None = None
    switch_failed: bool = False
    energy_wh: float = 0.0


class EvseSingle(Controller[SingleConfig, SingleMemory]):
    """One charging point by mode, with phase switching, session limit and "appears full"."""

    code = "evse-single"
    title = "Charging point by mode: zero, minimum, surplus, force"
    aliases = ("Evse.Controller.Single",)
    Config = SingleConfig
    State = SingleMemory
    channels = (
        states("StateMachine", EvseState),
        number("SessionEnergy", "Wh"),
        flag("PhaseSwitchFailed"),
        flag("AppearsToBeFullyCharged"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the abilities."""
        c = self.config
        names = ("ActivePower", "IsReadyForCharging", "IsEvConnected", "SetPoint", "SetPhaseSwitch")
        self.h = {n: bind.channel(c.charge_point_id, n) for n in names}
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        info = bind.info(c.charge_point_id)
        raw = info.properties if info is not None else {}
        try:
            self.abilities = {n: parse_ability(raw, n) for n in (1, 3)}
            self.phases = parse_ability(raw).phases
            self.can_switch = parse_ability(raw).can_switch
        except ValueError as ex:
            bind.faults.append(f"component {c.charge_point_id}: {ex}")

    def start(self) -> SingleMemory:
        """Begin with the phases the point has."""
        return SingleMemory(phases=getattr(self, "phases", 3))

    def run(self, image: View, state: SingleMemory, dt_s: float) -> Sequence[Request]:
        """Follow the vehicle and set the power."""
        power = image.get(self.h["ActivePower"]) or 0.0
        ready = bool(image.get(self.h["IsReadyForCharging"]))
        connected = image.get(self.h["IsEvConnected"])
        state.energy_wh += max(0.0, power) * dt_s / 3600
        self._move(
            image, state, power, ready=ready, connected=ready if connected is None else bool(connected)
        )
        switching = self._switch(image, state, power)
        out: Requests = [
            Publish("StateMachine", state.state),
            Publish("SessionEnergy", round(state.energy_wh, 1)),
            Publish("PhaseSwitchFailed", state.switch_failed),
            Publish("AppearsToBeFullyCharged", state.state is EvseState.FINISHED_EV_STOP),
        ]
        if switching is not None:
            return [*out, *switching]
        wanted = self._wanted(image, state, power)
        state.last_w = self._ramped(state, wanted, dt_s)
        ability = self.abilities[state.phases]
        return [
            *out,
            Bid(self.h["SetPoint"], ability.set_point(state.last_w), reason=self.config.mode.lower()),
        ]

    def _move(self, image: View, state: SingleMemory, power: float, *, ready: bool, connected: bool) -> None:
        s, now = EvseState, image.now_s
        following = state.state
        if not connected:
            following, state.energy_wh, state.low_since_s = s.EV_NOT_CONNECTED, 0.0, None
        elif state.state in (s.UNDEFINED, s.EV_NOT_CONNECTED):
            following = s.EV_CONNECTED
        elif state.state is s.EV_CONNECTED and power > 0:
            following = s.CHARGING
        elif state.state in (s.CHARGING, s.EV_CONNECTED) and self._is_over(state):
            following = s.FINISHED_ENERGY_SESSION_LIMIT
        if state.state in (s.CHARGING, s.EV_CONNECTED) and state.last_w > 0 and power < FULL_BELOW_W:
            state.low_since_s = now if state.low_since_s is None else state.low_since_s
            if now - state.low_since_s >= FULL_AFTER_S:
                following = s.FINISHED_EV_STOP
        else:
            state.low_since_s = None
        if state.state is s.FINISHED_EV_STOP and power >= FULL_BELOW_W:
            following = s.CHARGING
        if following is not state.state:
            state.state, state.since_s = following, now

    def _is_over(self, state: SingleMemory) -> bool:
        limit = self.config.manual_energy_session_limit
        return limit > 0 and state.energy_wh >= limit

    def _switch(self, image: View, state: SingleMemory, power: float) -> Requests | None:
        """The sequence of a phase switch, None when there is none."""
        s, now = EvseState, image.now_s
        switching = {s.PHASE_SWITCH_TO_SINGLE_PHASE: 1, s.PHASE_SWITCH_TO_THREE_PHASE: 3}
        if state.state in switching:
            aim = switching[state.state]
            if now - state.since_s > SWITCH_TIMEOUT_S:
                state.switch_failed, state.state, state.since_s = True, s.EV_CONNECTED, now
                return None
            if power >= SWITCH_BELOW_W or now - state.since_s < DEAD_TIME_S:
                return [Bid(self.h["SetPoint"], 0.0, reason="phase switch")]
            state.phases, state.state, state.since_s = aim, s.CHARGING, now
            return [
                Bid(self.h["SetPhaseSwitch"], float(aim), reason="phase switch"),
                Bid(self.h["SetPoint"], self.abilities[aim].least, reason="phase switch"),
            ]
        wanted = self._wanted_phases(image, state, power)
        if not self.can_switch or wanted == state.phases or state.state is not s.CHARGING:
            return None
        state.state = s.PHASE_SWITCH_TO_SINGLE_PHASE if wanted == 1 else s.PHASE_SWITCH_TO_THREE_PHASE
        state.since_s = now
        return [Bid(self.h["SetPoint"], 0.0, reason="phase switch")]

    def _wanted_phases(self, image: View, state: SingleMemory, power: float) -> int:
        """Automatic switching leaves a gap between both thresholds, so that it does not toggle."""
        wanted = self.config.phase_switching.removesuffix("_PHASE")
        fixed = {"FORCE_SINGLE": 1, "FORCE_THREE": 3}.get(wanted)
        if fixed is not None:
            return fixed
        if self.config.phase_switching != "AUTO" or self.config.mode != "SURPLUS":
            return state.phases
        surplus = self._surplus(image, power)
        if state.phases == 3 and surplus < 0.9 * self.abilities[3].least_w:
            return 1
        if state.phases == 1 and surplus > 1.1 * self.abilities[3].least_w:
            return 3
        return state.phases

    def _surplus(self, image: View, power: float) -> float:
        grid = image.get(self.grid)
        if grid is None:
            image.warn("grid power is unknown, no surplus")
            return 0.0
        return power - grid - (image.get(self.discharge) or 0.0)

    def _wanted(self, image: View, state: SingleMemory, power: float) -> float:
        s = EvseState
        ability = self.abilities[state.phases]
        if state.state in (s.EV_NOT_CONNECTED, s.FINISHED_ENERGY_SESSION_LIMIT, s.UNDEFINED):
            return 0.0
        mode = self.config.one_shot or self.config.mode
        if state.state is s.FINISHED_EV_STOP and mode != "ZERO":
            return ability.least_w
        fixed = {"ZERO": 0.0, "MINIMUM": ability.least_w, "FORCE": ability.most_w}
        if mode in fixed:
            return fixed[mode]
        surplus = self._surplus(image, power)
        if surplus >= ability.least_w:
            state.surplus_until_s = image.now_s + self.config.surplus_hysteresis
            return min(surplus, ability.most_w)
        if state.surplus_until_s is not None and image.now_s < state.surplus_until_s and state.last_w > 0:
            return ability.least_w
        return 0.0

    def _ramped(self, state: SingleMemory, wanted: float, dt_s: float) -> float:
        return risen(state.last_w, wanted, self.abilities[state.phases].least_w, dt_s)


def risen(last_w: float, wanted_w: float, least_w: float, dt_s: float) -> float:
    """Rise by at most 3 % a second, from standstill to the least at most; a fall is immediate."""
    if wanted_w <= last_w:
        return wanted_w
    if last_w <= 0:
        return min(wanted_w, least_w)
    return min(wanted_w, last_w * (1 + RISE_PER_S * dt_s))


@dataclass(frozen=True, kw_only=True)
class EvseClusterConfig:
    """Properties of :class:`EvseCluster`."""

    distribution_strategy: str = prop(
        "EQUAL_POWER", "How surplus is shared", choices=("EQUAL_POWER", "BY_PRIORITY")
    )
    charge_points: list[Any] = prop(help="List of {id, mode}, in order of priority")


@dataclass
class EvseClusterState:
    """Memory of :class:`EvseCluster`."""

    last_w: dict[str, float] = field(default_factory=dict)
    charging: list[str] = field(default_factory=list)


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
        self.points: list[tuple[str, str, Ability, dict[str, int]]] = []
        for item in self.config.charge_points:
            if not isinstance(item, Mapping) or "id" not in item:
                bind.faults.append(
                    f"controller {self.id}: each charge point needs id and mode (got {item!r})"
                )
                continue
            name, mode = str(item["id"]), str(item.get("mode", "SURPLUS")).upper()
            if mode not in MODES:
                bind.faults.append(f"controller {self.id}: mode is one of {', '.join(MODES)} (got {mode!r})")
            info = bind.info(name)
            try:
                ability = parse_ability(info.properties if info is not None else {})
            except ValueError as ex:
                bind.faults.append(f"component {name}: {ex}")
                continue
            handles = {n: bind.channel(name, n) for n in ("ActivePower", "IsReadyForCharging", "SetPoint")}
            self.points.append((name, mode, ability, handles))
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")

    def run(self, image: View, state: EvseClusterState, dt_s: float) -> Sequence[Request]:
        """Work out the surplus and share it."""
        points = [
            Point(
                name,
                mode,
                ability,
                bool(image.get(h["IsReadyForCharging"])),
                image.get(h["ActivePower"]) or 0.0,
            )
            for name, mode, ability, h in self.points
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
        left = self._start_surplus(ready, left, state)
        sharing = [p for p in ready if p.share_w > 0 and p.mode in ("SURPLUS", "MINIMUM")]
        self._share(sharing, left)
        self._hand_on(sharing)
        out: Requests = [Publish("Surplus", shown)]
        for p, (_, _, _, h) in zip(points, self.points, strict=True):
            power = risen(state.last_w.get(p.id, 0.0), p.share_w, p.ability.least_w, dt_s)
            state.last_w[p.id] = power
            out.append(Bid(h["SetPoint"], p.ability.set_point(power), reason=p.mode.lower()))
        return out

    @staticmethod
    def _start_surplus(ready: Sequence[Point], left: float, state: EvseClusterState) -> float:
        """Give surplus points their least power in order, as far as it goes.

        One that charges keeps a little credit.
        """
        charging = []
        for p in ready:
            if p.mode != "SURPLUS":
                continue
            credit = 0.1 * p.ability.least_w if p.id in state.charging else 0.0
            if left + credit >= p.ability.least_w:
                p.share_w = p.ability.least_w
                left = max(0.0, left - p.ability.least_w)
                charging.append(p.id)
        state.charging = charging
        return left

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


CONTROLLERS = (EvseSingle, EvseCluster)
