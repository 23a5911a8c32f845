"""Heat pumps with the two SG-ready contacts."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.heating_element import HeatingElement
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.controllers.room_heating import RoomHeating
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


CONTROLLERS = (HeatPump, HeatingElement, RoomHeating)
