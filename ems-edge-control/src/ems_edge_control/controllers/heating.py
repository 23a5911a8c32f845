"""Heat: SG-ready heat pumps, heating elements, room heating."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


class HeatPumpState(enum.Enum):
    """SG-ready states; the outputs (1, 2) are in :data:`OUTPUTS`."""

    UNDEFINED = -1
    LOCK = 0
    REGULAR = 1
    RECOMMENDATION = 2
    FORCE_ON = 3


OUTPUTS = {
    HeatPumpState.LOCK: (True, False),
    HeatPumpState.REGULAR: (False, False),
    HeatPumpState.RECOMMENDATION: (False, True),
    HeatPumpState.FORCE_ON: (True, True),
}


@dataclass(frozen=True, kw_only=True)
class HeatPumpConfig:
    """Properties of :class:`HeatPump`."""

    mode: str = prop("AUTOMATIC", "By surplus, or a fixed state", choices=("AUTOMATIC", "MANUAL"))
    manual_state: str = prop(
        "REGULAR",
        "State in manual mode; UNDEFINED counts as REGULAR",
        choices=("LOCK", "REGULAR", "RECOMMENDATION", "FORCE_ON", "UNDEFINED"),
    )
    output_channel1: str = prop(help="First relay", name="outputChannel1")
    output_channel2: str = prop(help="Second relay", name="outputChannel2")
    automatic_recommendation_ctrl_enabled: bool = prop(True, "Recommend on surplus")
    automatic_recommendation_surplus_power: float = prop(3000.0, "Surplus to recommend", unit="W")
    automatic_force_on_ctrl_enabled: bool = prop(True, "Force on surplus")
    automatic_force_on_surplus_power: float = prop(5000.0, "Surplus to force", unit="W")
    automatic_force_on_soc: float = prop(10.0, "State of charge to force, at least", unit="%")
    automatic_lock_ctrl_enabled: bool = prop(False, "Lock on grid power")
    automatic_lock_grid_buy_power: float = prop(5000.0, "Grid power to lock", unit="W")
    automatic_lock_soc: float = prop(20.0, "Lock below that state of charge", unit="%")
    minimum_switching_time: float = prop(60.0, "Shortest time between two changes", unit="s", minimum=0)
    recommendation_power: float | None = prop(
        None, "Power the pump takes when recommended; empty = its threshold", unit="W", minimum=0
    )
    force_on_power: float | None = prop(
        None, "Power the pump takes when forced; empty = its threshold", unit="W", minimum=0
    )


@dataclass
class HeatPumpMemory:
    """Memory of :class:`HeatPump`."""

    state: HeatPumpState = HeatPumpState.UNDEFINED
    changed_s: float | None = None
    times_s: dict[str, float] = field(default_factory=dict)


class HeatPump(Controller[HeatPumpConfig, HeatPumpMemory]):
    """Lock, leave, recommend or force a heat pump by surplus and state of charge."""

    code = "heat-pump-sg-ready"
    title = "SG-ready heat pump by surplus"
    aliases = ("Controller.Io.HeatPump.SgReady", "heat-pump")
    Config = HeatPumpConfig
    State = HeatPumpMemory
    channels = (
        states("Status", HeatPumpState),
        flag("AwaitingHysteresis"),
        number("ForceOnStateTime", "s"),
        number("RecommendationStateTime", "s"),
        number("RegularStateTime", "s"),
        number("LockStateTime", "s"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.outputs = (bind.address(c.output_channel1), bind.address(c.output_channel2))
        self.grid = bind.channel("_sum", "GridActivePower")
        self.soc = bind.channel("_sum", "EssSoc")
        self.discharge = bind.channel("_sum", "EssDischargePower")

    def run(self, image: View, state: HeatPumpMemory, dt_s: float) -> Sequence[Request]:
        """Choose the state and set the relays."""
        c = self.config
        awaiting = False
        if c.mode == "MANUAL":
            fixed = HeatPumpState[c.manual_state]
            state.state = HeatPumpState.REGULAR if fixed is HeatPumpState.UNDEFINED else fixed
        else:
            awaiting = self._change(image, state, self._wanted(image, state))
        key = state.state.name
        state.times_s[key] = state.times_s.get(key, 0.0) + dt_s
        out: Requests = [Publish("Status", state.state), Publish("AwaitingHysteresis", awaiting)]
        out += [switch(h, on) for h, on in zip(self.outputs, OUTPUTS[state.state], strict=True)]
        names = {
            "FORCE_ON": "ForceOn",
            "RECOMMENDATION": "Recommendation",
            "REGULAR": "Regular",
            "LOCK": "Lock",
        }
        out += [Publish(f"{name}StateTime", int(state.times_s.get(key, 0))) for key, name in names.items()]
        return out

    def _wanted(self, image: View, state: HeatPumpMemory) -> HeatPumpState:
        """The state the thresholds ask for; what is not known counts as 0."""
        c = self.config
        values = [image.get(h) for h in (self.grid, self.soc, self.discharge)]
        if any(v is None for v in values):
            image.warn("grid power, state of charge or discharge is unknown, taken as 0")
        grid, soc, discharge = (v or 0.0 for v in values)
        surplus = -grid - max(0.0, discharge) + self._used_w(state.state)
        if (
            c.automatic_lock_ctrl_enabled
            and grid > c.automatic_lock_grid_buy_power
            and soc < c.automatic_lock_soc
        ):
            return HeatPumpState.LOCK
        force = c.automatic_force_on_ctrl_enabled and surplus > c.automatic_force_on_surplus_power
        if force and soc >= c.automatic_force_on_soc:
            return HeatPumpState.FORCE_ON
        if c.automatic_recommendation_ctrl_enabled and surplus > c.automatic_recommendation_surplus_power:
            return HeatPumpState.RECOMMENDATION
        return HeatPumpState.REGULAR

    def _used_w(self, state: HeatPumpState) -> float:
        """What the pump takes in a state that it was asked for [W]."""
        c = self.config
        if state is HeatPumpState.RECOMMENDATION:
            given, threshold = c.recommendation_power, c.automatic_recommendation_surplus_power
        elif state is HeatPumpState.FORCE_ON:
            given, threshold = c.force_on_power, c.automatic_force_on_surplus_power
        else:
            return 0.0
        return threshold if given is None else given

    def _change(self, image: View, state: HeatPumpMemory, wanted: HeatPumpState) -> bool:
        """Change the state; whether a change is locked because the last one is too young."""
        since = None if state.changed_s is None else image.now_s - state.changed_s
        if since is not None and since < self.config.minimum_switching_time:
            return True
        if wanted is not state.state:
            state.state, state.changed_s = wanted, image.now_s
        return False


class ElementStatus(enum.Enum):
    """Statuses of :class:`HeatingElement`."""

    UNDEFINED = -1
    INACTIVE = 0
    ACTIVE = 1
    ACTIVE_FORCED = 2
    ACTIVE_FORCED_LIMIT = 3
    DONE = 4
    UNREACHABLE = 5
    CALIBRATION = 6


@dataclass(frozen=True, kw_only=True)
class ElementConfig:
    """Properties of :class:`HeatingElement`."""

    mode: str = prop("AUTOMATIC", "By surplus, or fixed", choices=("AUTOMATIC", "MANUAL_ON", "MANUAL_OFF"))
    output_channel_phase_l1: str = prop(help="Relay of the first phase", name="outputChannelPhaseL1")
    output_channel_phase_l2: str = prop(help="Relay of the second phase", name="outputChannelPhaseL2")
    output_channel_phase_l3: str = prop(help="Relay of the third phase", name="outputChannelPhaseL3")
    power_per_phase: float = prop(2000.0, "Power of one phase", unit="W", minimum=1)
    default_level: int = prop(1, "Level when forced or manual", minimum=0, maximum=3)
    work_mode: str = prop("NONE", "What must be reached by the end time", choices=("NONE", "TIME", "ENERGY"))
    min_time: float = prop(1.0, "Least time at the default level", unit="h", minimum=0)
    min_energylimit: float = prop(10000.0, "Least energy", unit="Wh", minimum=0)
    end_time: str = prop("17:00", "Until then")
    minimum_switching_time: float = prop(60.0, "Shortest time between two changes", unit="s", minimum=0)
    meter_id: str = prop("", "Meter of the element, needed for energy")


@dataclass
class ElementMemory:
    """Memory of :class:`HeatingElement`."""

    level: int = 0
    changed_s: float | None = None
    day: str = ""
    active_s: float = 0.0
    energy_wh: float = 0.0
    calibrated_s: float = 0.0
    phase_w: list[float] = field(default_factory=list)


CALIBRATION_S = 4.0
RESERVE_S = 600.0
LAST_S = 1800.0


class HeatingElement(Controller[ElementConfig, ElementMemory]):
    """Switch three relays by surplus, and make sure that time or energy is reached by an hour of the day."""

    code = "heating-element"
    title = "Three-stage heating element by surplus, with a daily minimum"
    aliases = ("Controller.IO.HeatingElement",)
    Config = ElementConfig
    State = ElementMemory
    channels = (
        states("Status", ElementStatus),
        number("Level", "", "Relays on"),
        number("ForceStartAtSecondsOfDay", "s"),
        flag("AwaitingHysteresis"),
        number("EnergyOfDay", "Wh"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the end time."""
        c = self.config
        outputs = (c.output_channel_phase_l1, c.output_channel_phase_l2, c.output_channel_phase_l3)
        self.outputs = [bind.address(a) for a in outputs]
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")
        self.meter = bind.channel(c.meter_id, "ActivePower") if c.meter_id else None
        self.meter_phases = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES if c.meter_id]
        if c.work_mode == "ENERGY" and not c.meter_id:
            bind.faults.append(f"controller {self.id}: workMode ENERGY needs meter_id")
        try:
            self.end = parse_time(c.end_time)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: endTime is H:mm ({ex})")

    def run(self, image: View, state: ElementMemory, dt_s: float) -> Sequence[Request]:
        """Choose the level and set the relays."""
        c, now = self.config, image.now_local
        self._follow_day(image, state, now, dt_s)
        if c.mode != "AUTOMATIC":
            level = c.default_level if c.mode == "MANUAL_ON" else 0
            status = ElementStatus.ACTIVE_FORCED if level else ElementStatus.INACTIVE
            return self._set(state, level, status, awaiting=False, start=None)
        if c.work_mode == "ENERGY" and state.calibrated_s < CALIBRATION_S:
            return self._calibrate(image, state, dt_s)
        by_surplus = self._by_surplus(image, state)
        level, status, start = self._forced(state, now, by_surplus)
        awaiting = self._is_waiting(image, state, level)
        if awaiting:
            level = state.level
        return self._set(state, level, status, awaiting=awaiting, start=start, now_s=image.now_s)

    def _follow_day(self, image: View, state: ElementMemory, now: datetime, dt_s: float) -> None:
        day = (now.date() if now.time() < self.end else now.date() + timedelta(days=1)).isoformat()
        if state.day != day:
            state.day, state.active_s, state.energy_wh = day, 0.0, 0.0
        if state.level >= max(1, self.config.default_level):
            state.active_s += dt_s
        power = None if self.meter is None else image.get(self.meter)
        power = state.level * self.config.power_per_phase if power is None else power
        state.energy_wh += max(0.0, power) * dt_s / 3600

    def _calibrate(self, image: View, state: ElementMemory, dt_s: float) -> Requests:
        """Measure the phases at full level for some seconds."""
        state.calibrated_s += dt_s
        if state.calibrated_s >= CALIBRATION_S:
            measured = [image.get(h) for h in self.meter_phases]
            state.phase_w = [v if v is not None and v > 0 else self.config.power_per_phase for v in measured]
        return self._set(state, 3, ElementStatus.CALIBRATION, awaiting=False, start=None, now_s=image.now_s)

    def _phase_w(self, state: ElementMemory) -> list[float]:
        return state.phase_w or [self.config.power_per_phase] * 3

    def _by_surplus(self, image: View, state: ElementMemory) -> int:
        """As many relays as the surplus feeds."""
        phases = self._phase_w(state)
        grid = image.get(self.grid) or 0.0
        surplus = -grid - max(0.0, image.get(self.discharge) or 0.0) + sum(phases[: state.level])
        level = 0
        for count in (1, 2, 3):
            if surplus >= sum(phases[:count]):
                level = count
        return level

    def _forced(
        self, state: ElementMemory, now: datetime, by_surplus: int
    ) -> tuple[int, ElementStatus, float | None]:
        """The level with what still has to be reached today, and when forcing begins."""
        c = self.config
        active = ElementStatus.ACTIVE if by_surplus else ElementStatus.INACTIVE
        if c.work_mode == "NONE":
            return by_surplus, active, None
        left_s = (datetime.combine(_end_day(now, self.end), self.end, now.tzinfo) - now).total_seconds()
        if c.work_mode == "TIME":
            missing_s = c.min_time * 3600 - state.active_s
            if missing_s <= 0:
                return by_surplus, active if by_surplus else ElementStatus.DONE, None
            start = _seconds(now) + left_s - missing_s
            if left_s <= missing_s:
                return max(by_surplus, c.default_level), ElementStatus.ACTIVE_FORCED, start
            return by_surplus, active, start
        return self._energy(state, now, by_surplus, left_s)

    def _energy(
        self, state: ElementMemory, now: datetime, by_surplus: int, left_s: float
    ) -> tuple[int, ElementStatus, float | None]:
        missing_wh = self.config.min_energylimit - state.energy_wh
        phases = self._phase_w(state)
        active = ElementStatus.ACTIVE if by_surplus else ElementStatus.INACTIVE
        if missing_wh <= 0:
            return by_surplus, active if by_surplus else ElementStatus.DONE, None
        needed_s = missing_wh * 3600 / sum(phases) + RESERVE_S
        start = _seconds(now) + left_s - needed_s
        if missing_wh > 1.1 * sum(phases) * left_s / 3600:
            return 3, ElementStatus.UNREACHABLE, start
        if left_s > needed_s:
            return by_surplus, active, start
        needed_w = missing_wh * 3600 / max(left_s, 1.0)
        level = next((n for n in (1, 2, 3) if sum(phases[:n]) >= needed_w), 3)
        if left_s <= LAST_S:
            level = min(3, level + 1)
        status = ElementStatus.ACTIVE_FORCED_LIMIT if level == 3 else ElementStatus.ACTIVE_FORCED
        return max(by_surplus, level), status, start

    def _is_waiting(self, image: View, state: ElementMemory, level: int) -> bool:
        if level == state.level or state.changed_s is None:
            return False
        return image.now_s - state.changed_s < self.config.minimum_switching_time

    def _set(
        self,
        state: ElementMemory,
        level: int,
        status: ElementStatus,
        *,
        awaiting: bool,
        start: float | None,
        now_s: float | None = None,
    ) -> Requests:
        if level != state.level and now_s is not None:
            state.changed_s = now_s
        state.level = level
        out: Requests = [switch(h, i < level) for i, h in enumerate(self.outputs)]
        return [
            *out,
            Publish("Level", level),
            Publish("Status", status),
            Publish("AwaitingHysteresis", awaiting),
            Publish("ForceStartAtSecondsOfDay", None if start is None else int(start)),
            Publish("EnergyOfDay", round(state.energy_wh, 1)),
        ]


def _seconds(now: datetime) -> float:
    return now.hour * 3600 + now.minute * 60 + now.second


def _end_day(now: datetime, end: object) -> date:
    return now.date() if now.time() < end else now.date() + timedelta(days=1)  # type: ignore[operator]


@dataclass(frozen=True, kw_only=True)
class RoomConfig:
    """Properties of :class:`RoomHeating`."""

    mode: str = prop("AUTOMATIC", "By temperature, or off", choices=("AUTOMATIC", "OFF"))
    floor_thermometer_id: str = prop(help="Thermometer of the floor")
    ambient_thermometer_id: str = prop(help="Thermometer of the room")
    floor_relays: list[str] = prop(help="Relays of the floor heating")
    infrared_relays: list[str] = prop([], "Relays of the infrared heating")
    low_floor_temperature: float = prop(200.0, "Target of the floor", unit="0.1 degC")
    low_ambient_temperature: float = prop(180.0, "Target of the room", unit="0.1 degC")
    high_floor_temperature: float = prop(250.0, "Target of the floor while HIGH", unit="0.1 degC")
    high_ambient_temperature: float = prop(220.0, "Target of the room while HIGH", unit="0.1 degC")
    high_periods: list[dict[str, str]] = prop([], "HIGH from and to, daily: [{from: H:mm, to: H:mm}]")
    has_external_heating: bool = prop(False, "Another heater warms the floor")
    minimum_switching_time: float = prop(180.0, "Shortest time between two changes", unit="s", minimum=0)


@dataclass
class RoomMemory:
    """Memory of :class:`RoomHeating`."""

    on: dict[str, bool] = field(default_factory=dict)
    changed_s: dict[str, float] = field(default_factory=dict)


class RoomState(enum.Enum):
    """Targets of :class:`RoomHeating`."""

    UNDEFINED = -1
    LOW = 0
    HIGH = 1


class RoomHeating(Controller[RoomConfig, RoomMemory]):
    """Floor and infrared heating of a room by two targets."""

    code = "room-heating"
    title = "Room heating by floor and room temperature"
    aliases = ("Controller.Io.Heating.Room",)
    Config = RoomConfig
    State = RoomMemory
    channels = (
        states("Status", RoomState),
        number("FloorTarget", "0.1 degC"),
        number("AmbientTarget", "0.1 degC"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the periods."""
        c = self.config
        self.floor = bind.channel(c.floor_thermometer_id, "Temperature")
        self.room = bind.channel(c.ambient_thermometer_id, "Temperature")
        self.groups = {
            "floor": [bind.address(a) for a in c.floor_relays],
            "infrared": [bind.address(a) for a in c.infrared_relays],
        }
        try:
            self.periods = [(parse_time(p["from"]), parse_time(p["to"])) for p in c.high_periods]
        except (KeyError, ValueError) as ex:
            bind.faults.append(f"controller {self.id}: highPeriods need from and to as H:mm ({ex})")

    def run(self, image: View, state: RoomMemory, dt_s: float) -> Sequence[Request]:
        """Heat what is below its target."""
        c = self.config
        clock = image.now_local.time()
        high = any(a <= clock < b for a, b in self.periods)
        floor_target = c.high_floor_temperature if high else c.low_floor_temperature
        room_target = c.high_ambient_temperature if high else c.low_ambient_temperature
        off = c.mode == "OFF"
        wanted = {
            "floor": not off and not c.has_external_heating and image.need(self.floor) < floor_target,
            "infrared": not off and image.need(self.room) < room_target,
        }
        out: Requests = [
            Publish("Status", RoomState.HIGH if high else RoomState.LOW),
            Publish("FloorTarget", floor_target),
            Publish("AmbientTarget", room_target),
        ]
        for group, handles in self.groups.items():
            on = self._hold(state, group, wanted[group], image.now_s)
            out += [switch(h, on) for h in handles]
        return out

    def _hold(self, state: RoomMemory, group: str, wanted: bool, now_s: float) -> bool:
        """Not more often than allowed."""
        last = state.on.get(group)
        since = state.changed_s.get(group)
        if last is None or (
            wanted != last and (since is None or now_s - since >= self.config.minimum_switching_time)
        ):
            if last is not None or wanted:
                state.changed_s[group] = now_s
            state.on[group] = wanted
        return state.on[group]


CONTROLLERS = (HeatPump, HeatingElement, RoomHeating)
