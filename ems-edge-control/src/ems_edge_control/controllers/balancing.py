"""Self-consumption and other rules that bring the grid power to a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import Access, Binder, Controller, Publish, View, equals, flag, number
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests, at_most, reactive


@dataclass(frozen=True, kw_only=True)
class BalancingConfig:
    """Properties of :class:`Balancing`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    target_grid_setpoint: float = prop(0.0, "Grid power to hold; positive = buy", unit="W")


class Balancing(Controller[BalancingConfig, LoadState]):
    """Bring the grid power to a target, by default to zero."""

    code = "balancing"
    title = "Self-consumption: hold the grid power at a target"
    aliases = ("Controller.Symmetric.Balancing", "self-consumption")
    Config = BalancingConfig
    State = LoadState
    channels = (number("SetGridActivePower", "W", "Overrides the target while written", Access.WRITE),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")
        self.override = bind.own("SetGridActivePower")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Set the battery to the load minus the target."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return []
        override = image.get(self.override)
        target = c.target_grid_setpoint if override is None else override
        power = load_w(image, self.grid, self.power, state) - target
        return [equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]


@dataclass(frozen=True, kw_only=True)
class ScheduleConfig:
    """Properties of :class:`BalancingSchedule`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    schedule: Any = prop("[]", "JSON list of {startTimestamp s, duration s, activePowerSetPoint W}")


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """Grid power for a time; both ends belong to it."""

    start_s: float
    end_s: float
    power_w: float


def parse_schedule(value: Any) -> list[ScheduleEntry]:
    """Entries of a schedule, latest start first.

    Raises:
        ValueError: It is not a list of complete entries.
    """
    import json

    entries = json.loads(value) if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise ValueError("the schedule is not a list")
    try:
        parsed = [
            ScheduleEntry(
                float(e["startTimestamp"]),
                float(e["startTimestamp"]) + float(e["duration"]),
                float(e["activePowerSetPoint"]),
            )
            for e in entries
        ]
    except (KeyError, TypeError) as ex:
        raise ValueError(f"an entry lacks or misspells {ex}") from None
    return sorted(parsed, key=lambda e: -e.start_s)


class BalancingSchedule(Controller[ScheduleConfig, LoadState]):
    """Hold the grid power that a schedule says."""

    code = "balancing-schedule"
    title = "Hold the grid power given by a schedule or written for one cycle"
    aliases = ("Controller.Symmetric.BalancingSchedule", "Controller.Ess.BalancingSchedule")
    Config = ScheduleConfig
    State = LoadState
    channels = (
        number("GridActivePowerSetPoint", "W", "Grid power for this cycle", Access.WRITE),
        flag("NoActiveSetpoint", "No entry of the schedule applies now"),
        flag("ScheduleParseFailed", "The schedule cannot be read"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the schedule."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")
        self.written = bind.own("GridActivePowerSetPoint")
        self.entries: list[ScheduleEntry] = []
        self.is_bad = False
        try:
            self.entries = parse_schedule(self.config.schedule or "[]")
        except ValueError:
            self.is_bad = True

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Hold the grid power of the entry with the latest start that covers now."""
        c = self.config
        target = image.get(self.written)
        if target is None:
            now = image.now_utc.timestamp()
            target = next((e.power_w for e in self.entries if e.start_s <= now <= e.end_s), None)
        out: Requests = [
            Publish("NoActiveSetpoint", target is None),
            Publish("ScheduleParseFailed", self.is_bad),
        ]
        if target is None or not image.is_on_grid(self.mode):
            return out
        power = load_w(image, self.grid, self.power, state) - target
        return [*out, equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]


@dataclass(frozen=True, kw_only=True)
class DelayedSellConfig:
    """Properties of :class:`DelayedSellToGrid`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    sell_to_grid_power_limit: float = prop(help="Charge what is sold above", unit="W")
    continuous_sell_to_grid_power: float = prop(help="Sell that much from the battery", unit="W")


class DelayedSellToGrid(Controller[DelayedSellConfig, LoadState]):
    """Cap the feed-in by charging, and sell the stored energy later at a constant power."""

    code = "delayed-sell-to-grid"
    title = "Charge what is sold above a limit, sell it later"
    aliases = ("Controller.Ess.DelayedSellToGrid",)
    Config = DelayedSellConfig
    State = LoadState

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")
        if self.config.continuous_sell_to_grid_power > self.config.sell_to_grid_power_limit:
            bind.faults.append(
                f"controller {self.id}: continuousSellToGridPower is above sellToGridPowerLimit"
            )

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Set the battery by the two thresholds."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return []
        load = load_w(image, self.grid, self.power, state)
        power = 0.0
        if load <= -c.sell_to_grid_power_limit:
            power = load + c.sell_to_grid_power_limit
        elif load >= -c.continuous_sell_to_grid_power:
            power = load + c.continuous_sell_to_grid_power
        return [equals(c.ess_id, power, filtered=True), reactive(equals(c.ess_id, 0.0))]


@dataclass(frozen=True, kw_only=True)
class SellLimitConfig:
    """Properties of :class:`SellToGridLimit`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    maximum_sell_to_grid_power: float = prop(help="Most power sold", unit="W", minimum=0)
    always: bool = prop(
        False, "Bound the battery also while less is sold, so that it never discharges into the limit"
    )


@dataclass
class SellLimitState:
    """Memory of :class:`SellToGridLimit`."""

    load: LoadState = field(default_factory=LoadState)


class SellToGridLimit(Controller[SellLimitConfig, SellLimitState]):
    """Charge the battery rather than sell more than allowed."""

    code = "sell-to-grid-limit"
    title = "Charge what would be sold above a limit"
    aliases = ("Controller.Ess.SellToGridLimit", "Controller.Symmetric.SellToGridLimit")
    Config = SellLimitConfig
    State = SellLimitState

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.grid = bind.channel(self.config.meter_id, "ActivePower")
        self.power = bind.channel(self.config.ess_id, "ActivePower")
        self.mode = bind.channel(self.config.ess_id, "GridMode")

    def run(self, image: View, state: SellLimitState, dt_s: float) -> Sequence[Request]:
        """Bound the battery from above by the load plus what may be sold."""
        c = self.config
        if not image.is_on_grid(self.mode):
            return []
        grid = image.need(self.grid)
        if -grid <= c.maximum_sell_to_grid_power and not c.always:
            return []
        load = load_w(image, self.grid, self.power, state.load)
        return [at_most(c.ess_id, load + c.maximum_sell_to_grid_power, reason="feed-in limit")]


CONTROLLERS = (Balancing, BalancingSchedule, DelayedSellToGrid, SellToGridLimit)
