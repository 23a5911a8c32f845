"""Relays and other outputs driven by thresholds."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.analog_output import AnalogOutput
from ems_edge_control.controllers.base import Binder, Controller, NoState, Publish, View, number, states
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests


def switch(handle: int, on: bool, reason: str = "") -> Bid:
    """Set a relay; nothing is sent while it reads back right."""
    return Bid(handle, float(on), once=True, reason=reason)


class ThresholdState(enum.Enum):
    """States of :class:`ChannelThreshold`."""

    UNDEFINED = -1
    BELOW_LOW = 0
    PASS_LOW_COMING_FROM_BELOW = 1
    PASS_LOW_COMING_FROM_ABOVE = 2
    BETWEEN_LOW_AND_HIGH = 3
    PASS_HIGH_COMING_FROM_BELOW = 4
    PASS_HIGH_COMING_FROM_ABOVE = 5
    ABOVE_HIGH = 6


@dataclass(frozen=True, kw_only=True)
class ThresholdConfig:
    """Properties of :class:`ChannelThreshold`."""

    input_channel_address: str = prop(help="Channel that is watched", aliases=("input",))
    output_channel_address: str = prop(help="Relay", aliases=("output",))
    low_threshold: float = prop(help="On above")
    high_threshold: float = prop(help="Off above")
    hysteresis: float = prop(0.0, "A threshold that was just crossed counts that much further out", minimum=0)
    invert: bool = prop(False, "Turn the output round")


@dataclass
class ThresholdMemory:
    """Memory of :class:`ChannelThreshold`."""

    state: ThresholdState = ThresholdState.UNDEFINED
    low_recent: bool = True
    high_recent: bool = True


class ChannelThreshold(Controller[ThresholdConfig, ThresholdMemory]):
    """On between two thresholds.

    After a crossing the threshold is shifted outwards by the hysteresis, until the value has been that far
    inside. A crossing is noticed in one cycle and acted upon in the next.
    """

    code = "channel-threshold"
    title = "Relay on while a channel is between two thresholds"
    aliases = ("Controller.ChannelThreshold",)
    Config = ThresholdConfig
    State = ThresholdMemory
    channels = (states("StateMachine", ThresholdState),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.input = bind.address(self.config.input_channel_address)
        self.output = bind.address(self.config.output_channel_address)
        if self.config.low_threshold > self.config.high_threshold:
            bind.faults.append(f"controller {self.id}: lowThreshold is above highThreshold")

    def run(self, image: View, state: ThresholdMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it."""
        value = image.need(self.input)
        on = self._step(state, value)
        out: Requests = [Publish("StateMachine", state.state)]
        if on is not None:
            out.append(switch(self.output, on != self.config.invert))
        return out

    def _step(self, state: ThresholdMemory, value: float) -> bool | None:
        """Move one step; the output, or None in a cycle that only notices a crossing."""
        s = ThresholdState
        if state.state is s.PASS_LOW_COMING_FROM_BELOW:
            state.low_recent, state.state = True, s.BETWEEN_LOW_AND_HIGH
            return True
        if state.state is s.PASS_HIGH_COMING_FROM_ABOVE:
            state.high_recent, state.state = True, s.BETWEEN_LOW_AND_HIGH
            return True
        if state.state is s.PASS_LOW_COMING_FROM_ABOVE:
            state.low_recent, state.state = True, s.BELOW_LOW
            return False
        if state.state is s.PASS_HIGH_COMING_FROM_BELOW:
            state.high_recent, state.state = True, s.ABOVE_HIGH
            return False
        following = self._watch(state, value)
        if following is not state.state:
            state.state = following
            return None
        return state.state is s.BETWEEN_LOW_AND_HIGH

    def _watch(self, state: ThresholdMemory, value: float) -> ThresholdState:
        c, s = self.config, ThresholdState
        low_shift = c.hysteresis if state.low_recent else 0.0
        high_shift = c.hysteresis if state.high_recent else 0.0
        if state.state is s.UNDEFINED:
            if value < c.low_threshold:
                return s.BELOW_LOW
            return s.ABOVE_HIGH if value > c.high_threshold else s.BETWEEN_LOW_AND_HIGH
        if state.state is s.BELOW_LOW:
            if value <= c.low_threshold - c.hysteresis:
                state.low_recent, low_shift = False, 0.0
            return s.PASS_LOW_COMING_FROM_BELOW if value >= c.low_threshold + low_shift else state.state
        if state.state is s.ABOVE_HIGH:
            if value >= c.high_threshold + c.hysteresis:
                state.high_recent, high_shift = False, 0.0
            return s.PASS_HIGH_COMING_FROM_ABOVE if value <= c.high_threshold - high_shift else state.state
        if value >= c.low_threshold + c.hysteresis:
            state.low_recent, low_shift = False, 0.0
        if value <= c.high_threshold - c.hysteresis:
            state.high_recent, high_shift = False, 0.0
        if value <= c.low_threshold - low_shift:
            return s.PASS_LOW_COMING_FROM_ABOVE
        return s.PASS_HIGH_COMING_FROM_BELOW if value >= c.high_threshold + high_shift else state.state


class SingleState(enum.Enum):
    """States of :class:`SingleThreshold`."""

    UNDEFINED = -1
    BELOW_THRESHOLD = 0
    ABOVE_THRESHOLD = 1


@dataclass(frozen=True, kw_only=True)
class SingleConfig:
    """Properties of :class:`SingleThreshold`."""

    mode: str = prop(
        "AUTOMATIC", "By threshold, or fixed", choices=("AUTOMATIC", "ON", "OFF", "MANUAL_ON", "MANUAL_OFF")
    )
    input_channel_address: str = prop(help="Channel that is watched", aliases=("input",))
    output_channel_address: list[str] = prop(help="Relays", aliases=("output",))
    threshold: float = prop(help="On above")
    switched_load_power: float = prop(0.0, "Power of the load, taken off the input while on", unit="W")
    minimum_switching_time: float = prop(60.0, "Shortest time between two switchings", unit="s", minimum=0)
    invert: bool = prop(False, "Turn the output round")
    fallback_output: bool = prop(False, "Output while the input is unknown")


@dataclass
class SingleMemory:
    """Memory of :class:`SingleThreshold`."""

    state: SingleState = SingleState.UNDEFINED
    changed_s: float | None = None
    samples: list[tuple[float, float]] = field(default_factory=list)


class SingleThreshold(Controller[SingleConfig, SingleMemory]):
    """On above one threshold, by the mean of the switching time, and not too often."""

    code = "single-threshold"
    title = "Relays on while a channel is above a threshold"
    aliases = ("Controller.IO.ChannelSingleThreshold",)
    Config = SingleConfig
    State = SingleMemory
    channels = (
        states("StateMachine", SingleState),
        number("AwaitingHysteresis", "", "1 while a change waits"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.input = bind.address(self.config.input_channel_address)
        self.outputs = [bind.address(a) for a in self.config.output_channel_address]

    def run(self, image: View, state: SingleMemory, dt_s: float) -> Sequence[Request]:
        """Follow the mean of the input."""
        c = self.config
        if c.mode != "AUTOMATIC":
            return self._set(c.mode.endswith("ON"))
        value = image.get(self.input)
        if value is not None:
            state.samples.append((image.now_s, value))
        window = max(c.minimum_switching_time, image.cycle_s)
        state.samples = [x for x in state.samples if image.now_s - x[0] <= window][-4000:]
        if value is None and not state.samples:
            state.state = SingleState.UNDEFINED
            return [*self._set(c.fallback_output, invert=False), Publish("StateMachine", state.state)]
        awaiting = self._follow(state, image.now_s)
        on = state.state is SingleState.ABOVE_THRESHOLD
        return [
            *self._set(on),
            Publish("StateMachine", state.state),
            Publish("AwaitingHysteresis", awaiting),
        ]

    def _follow(self, state: SingleMemory, now_s: float) -> bool:
        c = self.config
        mean = sum(x[1] for x in state.samples) / len(state.samples)
        if state.state is SingleState.ABOVE_THRESHOLD:
            mean -= c.switched_load_power
        wanted = SingleState.ABOVE_THRESHOLD if mean > c.threshold else SingleState.BELOW_THRESHOLD
        if wanted is state.state:
            return False
        if state.changed_s is not None and not now_s - state.changed_s > c.minimum_switching_time:
            return True
        state.state, state.changed_s = wanted, now_s
        return False

    def _set(self, on: bool, *, invert: bool = True) -> Requests:
        value = on != (self.config.invert and invert)
        return [switch(handle, value) for handle in self.outputs]


@dataclass(frozen=True, kw_only=True)
class FixOutputConfig:
    """Properties of :class:`FixDigitalOutput`."""

    output_channel_address: str = prop(help="Relay", aliases=("output",))
    is_on: bool = prop(False, "Its state")


class FixDigitalOutput(Controller[FixOutputConfig, NoState]):
    """A relay that is on, or off."""

    code = "fix-digital-output"
    title = "Relay fixed on or off"
    aliases = ("Controller.Io.FixDigitalOutput",)
    Config = FixOutputConfig

    def bind(self, bind: Binder) -> None:
        """Resolve the address."""
        self.output = bind.address(self.config.output_channel_address)

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Set the relay."""
        return [switch(self.output, self.config.is_on)]


@dataclass(frozen=True, kw_only=True)
class AlarmConfig:
    """Properties of :class:`Alarm`."""

    input_channel_addresses: list[str] = prop(help="State channels", name="inputChannelAddress")
    output_channel_address: str = prop(help="Relay", aliases=("output",))


class Alarm(Controller[AlarmConfig, NoState]):
    """A relay that is on while any of the states is."""

    code = "alarm"
    title = "Relay on while any state channel is active"
    aliases = ("Controller.IO.Alarm",)
    Config = AlarmConfig

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.inputs = [bind.address(a) for a in self.config.input_channel_addresses]
        self.output = bind.address(self.config.output_channel_address)

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Set the relay by the states."""
        return [switch(self.output, any(bool(image.get(h)) for h in self.inputs))]


@dataclass(frozen=True, kw_only=True)
class ChpConfig:
    """Properties of :class:`ChpBySoc`."""

    input_channel_address: str = prop("", "Channel with the state of charge; empty = the site's")
    output_channel_address: str = prop(help="Relay of the combined heat and power unit")
    low_threshold: float = prop(help="On at or below", unit="%", minimum=0, maximum=100)
    high_threshold: float = prop(help="Off at or above", unit="%", minimum=0, maximum=100)
    mode: str = prop(
        "AUTOMATIC", "By state of charge, or fixed", choices=("AUTOMATIC", "MANUAL_ON", "MANUAL_OFF")
    )
    invert: bool = prop(False, "Turn the output round")


class ChpState(enum.Enum):
    """States of :class:`ChpBySoc`."""

    UNDEFINED = -1
    OFF = 0
    ON = 1


@dataclass
class ChpMemory:
    """Memory of :class:`ChpBySoc`."""

    state: ChpState = ChpState.UNDEFINED


class ChpBySoc(Controller[ChpConfig, ChpMemory]):
    """Run a generator when the battery is low, until it is high."""

    code = "chp-by-soc"
    title = "Generator on at a low and off at a high state of charge"
    aliases = ("Controller.CHP.SoC",)
    Config = ChpConfig
    State = ChpMemory
    channels = (states("StateMachine", ChpState),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.soc = bind.address(c.input_channel_address or "_sum/EssSoc")
        self.output = bind.address(c.output_channel_address)
        if c.low_threshold > c.high_threshold:
            bind.faults.append(f"controller {self.id}: lowThreshold is above highThreshold")

    def run(self, image: View, state: ChpMemory, dt_s: float) -> Sequence[Request]:
        """Switch at the thresholds, keep between them."""
        c = self.config
        if c.mode != "AUTOMATIC":
            return [switch(self.output, (c.mode == "MANUAL_ON") != c.invert)]
        soc = image.need(self.soc)
        between = c.low_threshold < soc < c.high_threshold
        if not between:
            state.state = ChpState.ON if soc <= c.low_threshold else ChpState.OFF
        out: Requests = [Publish("StateMachine", state.state)]
        # Between the thresholds the output is kept; comparison mode says so by not writing it.
        if state.state is not ChpState.UNDEFINED and not (between and image.per_call):
            out.append(switch(self.output, (state.state is ChpState.ON) != c.invert))
        return out


CONTROLLERS = (
    ChannelThreshold,
    SingleThreshold,
    FixDigitalOutput,
    Alarm,
    ChpBySoc,
    AnalogOutput,
)
