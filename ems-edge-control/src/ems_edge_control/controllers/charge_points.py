"""A charging point with abilities by itself: set-points in mA, A or W, on one phase or three."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ems_edge_control.calendar_tasks import Task, active, parse_tasks
from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.charge_ability import MODES, Ability, parse_ability, risen
from ems_edge_control.controllers.evse_cluster import EvseCluster
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests

FULL_AFTER_S = 300.0
FULL_BELOW_W = 500.0
SWITCH_BELOW_W = 100.0
DEAD_TIME_S = 30.0
SWITCH_TIMEOUT_S = 600.0


class ChargeMode(enum.Enum):
    """The modes, in the order of their numbers."""

    ZERO = 0
    MINIMUM = 1
    SURPLUS = 2
    FORCE = 3


class SwitchStep(enum.Enum):
    """The steps of a phase switch; each lasts for the dead time at least."""

    STOP = "no power"
    SWITCH = "contactors"
    START = "least power"


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
    one_shot: str = prop("", "Mode that holds until the vehicle leaves; empty = none", choices=("", *MODES))
    js_calendar: list[Any] = prop(
        [],
        "Tasks (RFC 8984) whose payload is the mode while they last, as text or as {mode}",
        aliases=("calendar", "schedule"),
    )
    electric_vehicle_id: str = prop("", "Vehicle, whose limits of current count beside the charging point's")
    manual_energy_session_limit: float = prop(0.0, "Energy of a session; 0 = no limit", unit="Wh", minimum=0)
    surplus_hysteresis: float = prop(
        120.0, "Charging from surplus goes on that long without it", unit="s", minimum=0
    )
    surplus_delay: float = prop(
        0.0, "Charging from surplus starts when there is enough for that long", unit="s", minimum=0
    )
    phase_switch_delay: float = prop(
        60.0, "Phases switch by themselves when the surplus calls for it that long", unit="s", minimum=0
    )
    phase_switch_pause: float = prop(
        600.0, "Shortest time between two switchings by themselves", unit="s", minimum=0
    )


@dataclass
class SingleMemory:
    """Memory of :class:`EvseSingle`."""

    state: EvseState = EvseState.UNDEFINED
    since_s: float = 0.0
    start_wh: float | None = None
    last_s: float | None = None
    phases: int = 3
    last_w: float = 0.0
    low_since_s: float | None = None
    surplus_until_s: float | None = None
    surplus_since_s: float | None = None
    other_phases_since_s: float | None = None
    step: SwitchStep = SwitchStep.STOP
    step_since_s: float = 0.0
    switched_s: float | None = None
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
        states("ActualMode", ChargeMode, "Mode in force: by calendar, one shot and session"),
        number("SessionEnergy", "Wh"),
        flag("PhaseSwitchFailed"),
        flag("AppearsToBeFullyCharged"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the abilities."""
        c = self.config
        names = (
            *("ActivePower", "ActiveProductionEnergy", "IsReadyForCharging", "IsEvConnected"),
            *("SetPoint", "SetPhaseSwitch"),
        )
        self.h = {n: bind.channel(c.charge_point_id, n) for n in names}
        self.tasks = self._calendar(bind)
        self.is_clustered = any(
            peer.type == EvseCluster.code and self.id in (peer.property("ctrl_ids") or ())
            for peer in bind.peers.values()
        )
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        info = bind.info(c.charge_point_id)
        raw = info.properties if info is not None else {}
        vehicle = bind.info(c.electric_vehicle_id)
        car = vehicle.properties if vehicle is not None else {}
        try:
            self.abilities = {n: parse_ability(raw, n, car) for n in (1, 3)}
            self.phases = parse_ability(raw).phases
            self.can_switch = parse_ability(raw).can_switch
        except ValueError as ex:
            bind.faults.append(f"component {c.charge_point_id}: {ex}")

    def _calendar(self, bind: Binder) -> list[Task]:
        """The tasks of the calendar, each with a mode as its payload."""
        tasks = []
        for task in parse_tasks(self.config.js_calendar, f"controller {self.id}", bind.faults):
            payload = task.payload
            if isinstance(payload, Mapping):  # a "Smart" task leaves it to the surplus
                payload = payload.get("mode", "SURPLUS" if payload.get("class") == "Smart" else "")
            mode = str(payload).upper()
            if mode not in MODES:
                bind.faults.append(
                    f"controller {self.id}: the payload of a task is one of {', '.join(MODES)}"
                )
            tasks.append(replace(task, payload=mode))
        return tasks

    def _mode(self, image: View) -> str:
        """What counts now: the one shot, else the calendar, else the mode."""
        if self.config.one_shot:
            return self.config.one_shot
        task = active(self.tasks, image.now_local) if self.tasks else None
        return self.config.mode if task is None else str(task.payload)

    def start(self) -> SingleMemory:
        """Begin with the phases the point has."""
        return SingleMemory(phases=getattr(self, "phases", 3))

    def run(self, image: View, state: SingleMemory, dt_s: float) -> Sequence[Request]:
        """Follow the vehicle and set the power. Rises go by the clock in comparison mode, too."""
        power = image.get(self.h["ActivePower"]) or 0.0
        ready = bool(image.get(self.h["IsReadyForCharging"]))
        connected = image.get(self.h["IsEvConnected"])
        since_s = dt_s if state.last_s is None else image.now_s - state.last_s
        state.last_s = image.now_s
        self._count(image, state, power, since_s)
        before = state.state
        self._move(
            image, state, power, ready=ready, connected=ready if connected is None else bool(connected)
        )
        switching = self._switch(image, state, power)
        # Other systems act upon a new state one call later.
        acting = before if image.per_call else state.state
        is_over = acting is EvseState.FINISHED_ENERGY_SESSION_LIMIT
        out: Requests = [
            Publish("StateMachine", acting),
            Publish("ActualMode", ChargeMode.ZERO if is_over else ChargeMode[self._mode(image)]),
            Publish("SessionEnergy", round(state.energy_wh, 1)),
            Publish("PhaseSwitchFailed", state.switch_failed),
            Publish("AppearsToBeFullyCharged", acting is EvseState.FINISHED_EV_STOP),
        ]
        if switching is not None:
            return [*out, *switching]
        ability = self.abilities[state.phases]
        if self.is_clustered:  # the cluster sets the power
            set_point = image.get(self.h["SetPoint"])
            state.last_w = ability.least_w if set_point is None else ability.watts(set_point)
            return [*out, *self._held_back(acting, ability)]
        wanted = self._wanted(image, state, power, acting)
        state.last_w = risen(state.last_w, wanted, ability.least_w, since_s, is_whole=image.per_call)
        return [
            *out,
            Bid(self.h["SetPoint"], ability.set_point(state.last_w), reason=self._mode(image).lower()),
        ]

    def _held_back(self, acting: EvseState, ability: Ability) -> Requests:
        """What the cluster may set at most: nothing after the session, the least until it draws power."""
        if acting is EvseState.FINISHED_ENERGY_SESSION_LIMIT:
            return [Bid(self.h["SetPoint"], 0.0, reason="session over")]
        if acting is EvseState.CHARGING:
            return []
        return [Bid(self.h["SetPoint"], ability.least, Relation.AT_MOST, reason="draws no power")]

    def _count(self, image: View, state: SingleMemory, power: float, dt_s: float) -> None:
        """Energy of the session: by the register of the charging point, else from its power."""
        register = image.get(self.h["ActiveProductionEnergy"])
        if register is None:
            state.energy_wh += max(0.0, power) * dt_s / 3600
        elif state.start_wh is None:
            state.start_wh = register - state.energy_wh
        else:
            state.energy_wh = max(0.0, register - state.start_wh)

    def _move(self, image: View, state: SingleMemory, power: float, *, ready: bool, connected: bool) -> None:
        s, now = EvseState, image.now_s
        following = state.state
        if not connected:
            following, state.energy_wh, state.low_since_s = s.EV_NOT_CONNECTED, 0.0, None
            state.start_wh = None
        elif image.per_call and state.state is s.EV_NOT_CONNECTED:
            following = s.UNDEFINED
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
        aims = {s.PHASE_SWITCH_TO_SINGLE_PHASE: 1, s.PHASE_SWITCH_TO_THREE_PHASE: 3}
        if state.state not in aims:
            wanted = self._wanted_phases(image, state, power)
            if not self.can_switch or wanted == state.phases or state.state is not s.CHARGING:
                return None
            state.state = s.PHASE_SWITCH_TO_SINGLE_PHASE if wanted == 1 else s.PHASE_SWITCH_TO_THREE_PHASE
            state.since_s = now
            state.step, state.step_since_s = SwitchStep.STOP, now
        elif now - state.since_s > SWITCH_TIMEOUT_S:
            state.switch_failed, state.state, state.since_s = True, s.EV_CONNECTED, now
            return None
        elif now - state.step_since_s >= DEAD_TIME_S and self._step(state, aims[state.state], power, now):
            return None
        return self._of_step(state, aims[state.state])

    def _step(self, state: SingleMemory, aim: int, power: float, now_s: float) -> bool:
        """Go on to the next step where it may be done; True after the last one."""
        if state.step is SwitchStep.START:
            state.state, state.since_s, state.switched_s = EvseState.CHARGING, now_s, now_s
            state.last_w = self.abilities[aim].least_w
            return True
        if power < SWITCH_BELOW_W:  # contactors never break a current
            is_switched = state.step is SwitchStep.SWITCH
            state.step = SwitchStep.START if is_switched else SwitchStep.SWITCH
            state.step_since_s = now_s
            if is_switched:
                state.phases = aim
        return False

    def _of_step(self, state: SingleMemory, aim: int) -> Requests:
        """What a step of a phase switch sets."""
        least = self.abilities[aim].least if state.step is SwitchStep.START else 0.0
        reason = f"phase switch, {state.step.value}"
        power = Bid(self.h["SetPoint"], least, reason=reason)
        if state.step is SwitchStep.STOP:
            return [power]
        return [Bid(self.h["SetPhaseSwitch"], float(aim), reason=reason), power]

    def _wanted_phases(self, image: View, state: SingleMemory, power: float) -> int:
        """Automatic switching leaves a gap between both thresholds and takes its time: contactors wear."""
        wanted = self.config.phase_switching.removesuffix("_PHASE")
        fixed = {"FORCE_SINGLE": 1, "FORCE_THREE": 3}.get(wanted)
        if fixed is not None:
            return fixed
        if self.config.phase_switching != "AUTO" or self._mode(image) != "SURPLUS":
            return state.phases
        surplus = self._surplus(image, power)
        whole_w = self.abilities[3].least_w
        aim = 1 if surplus < 0.9 * whole_w else 3 if surplus > 1.1 * whole_w else state.phases
        if aim == state.phases:
            state.other_phases_since_s = None
            return state.phases
        now = image.now_s
        if state.other_phases_since_s is None:
            state.other_phases_since_s = now
        is_wanted = now - state.other_phases_since_s >= self.config.phase_switch_delay
        has_rested = state.switched_s is None or now - state.switched_s >= self.config.phase_switch_pause
        return aim if is_wanted and has_rested else state.phases

    def _surplus(self, image: View, power: float) -> float:
        grid = image.get(self.grid)
        if grid is None:
            image.warn("grid power is unknown, no surplus")
            return 0.0
        return power - grid - (image.get(self.discharge) or 0.0)

    def _wanted(self, image: View, state: SingleMemory, power: float, acting: EvseState) -> float:
        s = EvseState
        ability = self.abilities[state.phases]
        if acting is s.FINISHED_ENERGY_SESSION_LIMIT:
            return 0.0
        mode = self._mode(image)
        if acting in (s.EV_NOT_CONNECTED, s.FINISHED_EV_STOP) and mode != "ZERO":
            return ability.least_w  # so that a vehicle can wake
        most_w = ability.most_w if acting is s.CHARGING else ability.least_w  # it begins gently
        fixed = {"ZERO": 0.0, "MINIMUM": ability.least_w, "FORCE": most_w}
        if mode in fixed:
            return fixed[mode]
        surplus = self._surplus(image, power)
        if surplus >= ability.least_w:
            if state.surplus_since_s is None:
                state.surplus_since_s = image.now_s
            if state.last_w <= 0 and image.now_s - state.surplus_since_s < self.config.surplus_delay:
                return 0.0
            state.surplus_until_s = image.now_s + self.config.surplus_hysteresis
            return min(surplus, most_w)
        state.surplus_since_s = None
        if state.surplus_until_s is not None and image.now_s < state.surplus_until_s and state.last_w > 0:
            return ability.least_w
        return 0.0


CONTROLLERS = (EvseSingle, EvseCluster)
