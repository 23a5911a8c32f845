"""An analog output that puts surplus power into a load, in percent or volts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, number
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request


@dataclass(frozen=True, kw_only=True)
class AnalogConfig:
    """Properties of :class:`AnalogOutput`."""

    io_id: str = prop(help="Analog output", aliases=("analogOutput_id",))
    mode: str = prop(
        "AUTOMATIC",
        "By surplus, or fixed (ON and MANUAL are the same)",
        choices=("AUTOMATIC", "MANUAL", "ON", "OFF"),
    )
    maximum_power: float = prop(12000.0, "Power of the load at 100 %", unit="W", minimum=1)
    power_behaviour: str = prop(
        "LINEAR",
        "How output and power belong together",
        choices=("LINEAR", "LEADING_EDGE"),
        aliases=("powerBehavior",),
    )
    manual_target: float = prop(0.0, "Power of the load in manual mode", unit="W", minimum=0)
    period: float = prop(3.0, "Time between two changes", unit="s", minimum=0)


@dataclass
class AnalogState:
    """Memory of :class:`AnalogOutput`."""

    used_w: float = 0.0
    set_s: float | None = None


class AnalogOutput(Controller[AnalogConfig, AnalogState]):
    """Feed a load that can be set smoothly from the surplus."""

    code = "analog-output"
    title = "Analog output by surplus"
    aliases = ("Controller.Io.Analog",)
    Config = AnalogConfig
    State = AnalogState
    channels = (number("TargetPower", "W", "Power meant for the load"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.output = bind.channel(self.config.io_id, "SetOutputPercent")
        self.grid = bind.channel("_sum", "GridActivePower")
        self.discharge = bind.channel("_sum", "EssDischargePower")

    def run(self, image: View, state: AnalogState, dt_s: float) -> Sequence[Request]:
        """Follow the surplus every few seconds."""
        c = self.config
        if c.mode == "OFF":
            return [Bid(self.output, 0.0)]
        if c.mode in ("MANUAL", "ON"):
            return [Bid(self.output, self._percent(min(c.manual_target, c.maximum_power)))]
        if state.set_s is None or image.now_s - state.set_s >= c.period:
            grid = image.need(self.grid)
            surplus = 0.0
            if grid <= 0:
                surplus = -grid - max(0.0, image.get(self.discharge) or 0.0) + state.used_w
            state.used_w = min(max(0.0, surplus), c.maximum_power)
            state.set_s = image.now_s
        return [Bid(self.output, self._percent(state.used_w)), Publish("TargetPower", state.used_w)]

    def _percent(self, power_w: float) -> float:
        """Output for a power; leading-edge dimmers pass the part of the sine wave after the firing angle."""
        share = power_w / self.config.maximum_power
        if self.config.power_behaviour == "LINEAR":
            return 100 * share
        low, high = 0.0, 1.0
        for _ in range(30):
            middle = (low + high) / 2
            if _edge_share(middle) < share:
                low = middle
            else:
                high = middle
        return round(100 * (low + high) / 2, 3)


def _edge_share(opening: float) -> float:
    """Part of the full power that a leading-edge dimmer passes, opened by `opening` of each half wave."""
    angle = math.pi * (1 - opening)
    return 1 - angle / math.pi + math.sin(2 * angle) / (2 * math.pi)
