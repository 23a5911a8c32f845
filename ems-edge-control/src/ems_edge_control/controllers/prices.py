"""Charging by sun and prices: grid-optimised charging and time of use."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    Publish,
    View,
    at_least,
    at_most,
    equals,
    number,
    states,
    text,
)
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.controllers.planning import parse_instant
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


@dataclass(frozen=True, slots=True)
class Series:
    """Values from a start on, one for each quarter of an hour (or another step)."""

    start_s: float
    step_s: float
    values: tuple[float, ...]

    def at(self, time_s: float) -> float | None:
        """The value that holds at a time."""
        index = math.floor((time_s - self.start_s) / self.step_s)
        return self.values[index] if 0 <= index < len(self.values) else None


def parse_series(value: Any) -> Series | None:
    """A series `{"start": instant, "step_minutes": 15, "values": […]}`; None when there is none.

    Raises:
        ValueError: It is not complete.
    """
    if not value:
        return None
    raw = json.loads(value) if isinstance(value, str) else value
    if not isinstance(raw, Mapping):
        raise ValueError("a series is {start, step_minutes, values}")
    try:
        return Series(
            parse_instant(raw["start"]),
            60 * float(raw.get("step_minutes", 15)),
            tuple(float(v) for v in raw["values"]),
        )
    except (KeyError, TypeError) as ex:
        raise ValueError(f"a series lacks {ex}") from None


class ChargeState(enum.Enum):
    """States of the delayed charge of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    NOT_STARTED = 0
    ACTIVE_LIMIT = 1
    NO_LIMIT_POSSIBLE = 2
    PASSED_TARGET = 3
    AVOID_LOW_CHARGING = 4
    NO_CHARGE_LIMIT = 5
    DISABLED = 6


class SellState(enum.Enum):
    """States of the feed-in part of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    NOT_REQUIRED = 0
    ACTIVE_LIMIT = 1
    NO_LIMIT = 2


@dataclass(frozen=True, kw_only=True)
class GridOptimizedConfig:
    """Properties of :class:`GridOptimizedCharge`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Grid meter")
    mode: str = prop(
        "AUTOMATIC", "Target by forecast, by hand, or off", choices=("AUTOMATIC", "MANUAL", "OFF")
    )
    delay_charge_risk_level: str = prop("MEDIUM", "How late to charge", choices=("LOW", "MEDIUM", "HIGH"))
    manual_target_time: str = prop("17:00", "Full by then in manual mode")
    sell_to_grid_limit_enabled: bool = prop(True, "Keep the feed-in limit")
    maximum_sell_to_grid_power: float | None = prop(
        None, "Feed-in limit; empty = the site's", unit="W", minimum=0
    )
    sell_to_grid_limit_ramp_percentage: float = prop(
        2.0, "Rise of the feed-in bound per second", unit="%", minimum=0
    )
    production_forecast: Any = prop(
        "", "Series of production [W] as JSON; empty = channel production is not known"
    )
    consumption_forecast: Any = prop("", "Series of consumption [W] as JSON")


@dataclass
class GridOptimizedMemory:
    """Memory of :class:`GridOptimizedCharge`."""

    load: LoadState = field(default_factory=LoadState)
    made: list[tuple[float, float]] = field(default_factory=list)
    day: str = ""
    is_started: bool = False
    was_active: bool = False
    target_minute: float | None = None
    limits: list[tuple[float, float]] = field(default_factory=list)
    released_w: float | None = None
    sell_w: float | None = None


RISK = {"LOW": (180.0, 0.5), "MEDIUM": (120.0, 0.75), "HIGH": (60.0, 0.9)}


class GridOptimizedCharge(Controller[GridOptimizedConfig, GridOptimizedMemory]):
    """Spread charging over the sunny hours instead of filling up in the morning.

    And keep the feed-in limit.
    """

    code = "grid-optimized-charge"
    title = "Delay charging to the target time and keep the feed-in limit"
    aliases = ("Controller.Ess.GridOptimizedCharge",)
    Config = GridOptimizedConfig
    State = GridOptimizedMemory
    channels = (
        states("DelayChargeState", ChargeState),
        states("SellToGridLimitState", SellState),
        number("DelayChargeMaximumChargeLimit", "W"),
        number("SellToGridLimitMinimumChargeLimit", "W"),
        number("TargetMinute", "min", "Minute of the day"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the forecasts."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "AllowedChargePower", "GridMode")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.made = bind.channel("_sum", "ProductionActivePower")
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")
        self.used = bind.channel("_sum", "ConsumptionActivePower")
        self.limit = bind.channel("_meta", "MaximumGridFeedInLimit")
        try:
            self.manual_minute = _minute(c.manual_target_time)
            self.production = parse_series(c.production_forecast)
            self.consumption = parse_series(c.consumption_forecast)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: GridOptimizedMemory, dt_s: float) -> Sequence[Request]:
        """Bound the charge power from above (delay) and below (feed-in)."""
        if not image.is_on_grid(self.h["GridMode"]):
            return []
        day = image.now_local.date().isoformat()
        if state.day != day:
            state.day, state.is_started, state.was_active = day, False, False
            state.limits, state.released_w = [], None
        size = image.need(self.h["MaxApparentPower"])
        sell, sell_state = self._sell(image, state, size, dt_s)
        limit, charge_state = self._delay(image, state, size, dt_s)
        out: Requests = [
            Publish("DelayChargeState", charge_state),
            Publish("SellToGridLimitState", sell_state),
            Publish("DelayChargeMaximumChargeLimit", None if limit is None else image.whole(limit)),
            Publish("SellToGridLimitMinimumChargeLimit", None if sell is None else image.whole(-sell)),
            Publish("TargetMinute", state.target_minute),
        ]
        dc = image.get(self.made_dc) or 0.0
        ess = self.config.ess_id
        least = None if limit is None else dc - limit
        if sell is not None and least is not None and sell <= least:
            return [
                *out,
                equals(ess, image.whole(sell), filtered=True, reason="feed-in limit before delayed charging"),
            ]
        if sell is not None:
            out.append(at_most(ess, image.whole(sell), reason="feed-in limit"))
        if least is not None:
            out.append(at_least(ess, image.whole(least), reason="delayed charging"))
        return out

    def _sell(
        self, image: View, state: GridOptimizedMemory, size: float, dt_s: float
    ) -> tuple[float | None, SellState]:
        """Upper bound of P that keeps the feed-in limit; rises slowly, falls at once."""
        c = self.config
        most = c.maximum_sell_to_grid_power
        most = image.get(self.limit) if most is None else most
        if not c.sell_to_grid_limit_enabled or most is None:
            return None, SellState.NO_LIMIT
        if image.need(self.h["Soc"]) < 100:
            most -= max(0.05 * most, 150.0)
        bound = load_w(image, self.grid, self.h["ActivePower"], state.load) + most
        if state.sell_w is not None and bound > state.sell_w:
            share = c.sell_to_grid_limit_ramp_percentage / 100
            bound = min(bound, state.sell_w + image.steps(share * size, share * size))
        state.sell_w = bound
        return bound, SellState.ACTIVE_LIMIT if bound < 0 else SellState.NOT_REQUIRED

    def _delay(
        self, image: View, state: GridOptimizedMemory, size: float, dt_s: float
    ) -> tuple[float | None, ChargeState]:
        """Most charge power, None for no limit."""
        c = self.config
        if c.mode == "OFF":
            return None, ChargeState.DISABLED
        if not self._has_started(image, state):
            return None, ChargeState.NOT_STARTED
        target = self._target(image, state)
        if target is None:
            return None, ChargeState.NO_LIMIT_POSSIBLE
        now = image.now_local
        minute = now.hour * 60 + now.minute + now.second / 60
        if minute >= target:
            return self._release(image, state, size)
        soc, capacity = image.need(self.h["Soc"]), image.need(self.h["Capacity"])
        if soc > 95 and (image.get(self.h["AllowedChargePower"]) or 0.0) == 0:
            return None, ChargeState.NO_CHARGE_LIMIT
        remaining_ws = max(0.0, 100 - max(0.0, soc - 1)) * capacity * 36
        limit = remaining_ws / ((target - minute) * 60)
        if self._is_scarce(image, remaining_ws):
            return None, ChargeState.NO_CHARGE_LIMIT
        low = capacity * 0.081 * (0.5 if state.was_active else 1.0)
        if limit < low:
            return 0.0, ChargeState.AVOID_LOW_CHARGING
        state.was_active = True
        state.limits.append((image.now_s, min(limit, size)))
        state.limits = [x for x in state.limits if image.now_s - x[0] <= 900][-9000:]
        mean = sum(x[1] for x in state.limits) / len(state.limits)
        state.released_w = mean
        return mean, ChargeState.ACTIVE_LIMIT

    def _has_started(self, image: View, state: GridOptimizedMemory) -> bool:
        """The sun is up when the mean production of 100 s exceeds consumption."""
        if state.is_started or self.config.mode == "MANUAL":
            return True
        made = image.get(self.made)
        if made is not None:
            state.made.append((image.now_s, made))
        state.made = [x for x in state.made if image.now_s - x[0] <= 100][-2000:]
        mean = sum(x[1] for x in state.made) / len(state.made) if state.made else 0.0
        state.is_started = mean > 100 and mean > (image.get(self.used) or 0.0) + 100
        return state.is_started

    def _target(self, image: View, state: GridOptimizedMemory) -> float | None:
        """Minute of the day when the battery is to be full; the last known one when forecasts are missing."""
        if self.config.mode == "MANUAL":
            state.target_minute = self.manual_minute
            return state.target_minute
        if self.production is None or self.consumption is None:
            return state.target_minute
        midnight = image.now_local.replace(hour=0, minute=0, second=0, microsecond=0)
        last = None
        for quarter in range(96):
            at = midnight.timestamp() + quarter * 900
            made, used = self.production.at(at), self.consumption.at(at)
            if made is not None and used is not None and made > used + 100:
                last = quarter
        if last is not None:
            state.target_minute = max(0.0, (last + 1) * 15 - RISK[self.config.delay_charge_risk_level][0])
        return state.target_minute

    def _is_scarce(self, image: View, remaining_ws: float) -> bool:
        """With a low risk level: whether the forecast surplus would not fill the battery."""
        if self.config.mode != "AUTOMATIC" or self.config.delay_charge_risk_level != "LOW":
            return False
        if self.production is None or self.consumption is None:
            return False
        now, energy_ws = image.now_utc.timestamp(), 0.0
        for quarter in range(96):
            at = now + quarter * 900
            made, used = self.production.at(at), self.consumption.at(at)
            if made is None or used is None:
                break
            energy_ws += max(0.0, made - used) * 900
        return energy_ws * RISK["LOW"][1] < remaining_ws

    def _release(
        self, image: View, state: GridOptimizedMemory, size: float
    ) -> tuple[float | None, ChargeState]:
        """After the target the limit rises to the unit's size."""
        if state.released_w is None or state.released_w >= size:
            return None, ChargeState.PASSED_TARGET
        state.released_w += image.steps(0.0025 * size, 0.0025 * size)
        return min(state.released_w, size), ChargeState.PASSED_TARGET


def _minute(value: str) -> float:
    clock = parse_time(value.split("T")[-1][:5])
    return clock.hour * 60 + clock.minute


class TouMode(enum.Enum):
    """What the time-of-use controller does in a quarter of an hour."""

    BALANCING = 0
    DELAY_DISCHARGE = 1
    CHARGE_GRID = 2
    PEAK_SHAVING = 3
    DISCHARGE_GRID = 4


@dataclass(frozen=True, kw_only=True)
class TouConfig:
    """Properties of :class:`TimeOfUse`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop("", "Grid meter; empty = the site's sum")
    mode: str = prop(
        "AUTOMATIC",
        "By prices, or fixed",
        choices=("AUTOMATIC", "OFF", "FORCE_DELAY_DISCHARGE", "FORCE_CHARGE_GRID"),
    )
    control_mode: str = prop(
        "DELAY_DISCHARGE",
        "What it may do; each includes those before",
        choices=("DELAY_DISCHARGE", "CHARGE_CONSUMPTION", "DISCHARGE_TO_GRID"),
    )
    max_charge_power_from_grid: float = prop(20000.0, "Most grid power while charging", unit="W", minimum=0)
    max_soc: float = prop(90.0, "Charging from the grid ends at", unit="%", minimum=0, maximum=100)
    prices: Any = prop("", "Series of prices [money/MWh] as JSON")
    plan: Any = prop("", "Series of modes (0 balancing, 1 delay, 2 charge, 3 shave, 4 discharge) as JSON")
    efficiency: float = prop(0.9, "Share of energy that comes back", minimum=0.3, maximum=1)
    wear: float = prop(20.0, "Cost of one MWh through the battery", unit="money/MWh", minimum=0)
    discharge_to_grid_power: float = prop(
        5000.0, "Power sold while discharging to the grid", unit="W", minimum=0
    )


class TimeOfUse(Controller[TouConfig, LoadState]):
    """Buy when it is cheap, keep energy for when it is dear.

    A plan from an optimiser goes first. Without one, each quarter is judged by the prices of the next day:
    charging pays when the dearest coming price, after losses and wear, exceeds the price now.
    """

    code = "time-of-use"
    title = "Charge and discharge by prices"
    aliases = ("Controller.Ess.Time-Of-Use-Tariff", "Controller.Ess.TimeOfUseTariff")
    Config = TouConfig
    State = LoadState
    channels = (
        states("StateMachine", TouMode),
        number("QuarterlyPrice", "money/MWh"),
        text("Reason", "Why this mode"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read prices and plan."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "DcDischargePower", "GridMode")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        source = (c.meter_id, "ActivePower") if c.meter_id else ("_sum", "GridActivePower")
        self.grid = bind.channel(*source)
        self.soft = bind.channel("_meta", "GridBuySoftLimit")
        info = bind.info(c.ess_id)
        self.hybrid = info is not None and info.is_a("hybrid-ess")
        try:
            self.prices = parse_series(c.prices)
            self.plan = parse_series(c.plan)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Choose the mode of this quarter and set its power."""
        c = self.config
        price = None if self.prices is None else self.prices.at(image.now_utc.timestamp())
        if c.mode == "OFF" or not image.is_on_grid(self.h["GridMode"]):
            return [Publish("StateMachine", TouMode.BALANCING), Publish("QuarterlyPrice", price)]
        load = load_w(image, self.grid, self.h["ActivePower"], state)
        mode, reason = self._mode(image, price)
        soft = image.get(self.soft)
        if soft is not None and load > soft:
            mode, reason = TouMode.PEAK_SHAVING, "above the soft limit of grid power"
        power = self._power(image, mode, load, soft)
        out: Requests = [
            Publish("StateMachine", mode),
            Publish("QuarterlyPrice", price),
            Publish("Reason", reason),
        ]
        if power is not None:
            out.append(equals(c.ess_id, image.whole(power), filtered=True, reason=f"time of use: {reason}"))
        return out

    def _mode(self, image: View, price: float | None) -> tuple[TouMode, str]:
        c = self.config
        if c.mode == "FORCE_DELAY_DISCHARGE":
            return TouMode.DELAY_DISCHARGE, "by hand"
        if c.mode == "FORCE_CHARGE_GRID":
            return self._full(image, TouMode.CHARGE_GRID, "by hand")
        planned = None if self.plan is None else self.plan.at(image.now_utc.timestamp())
        if planned is not None and int(planned) in {m.value for m in TouMode}:
            return self._full(image, TouMode(int(planned)), "plan")
        if price is None or self.prices is None:
            return TouMode.BALANCING, "no prices"
        return self._by_price(image, price, self.prices)

    def _full(self, image: View, mode: TouMode, reason: str) -> tuple[TouMode, str]:
        soc = image.get(self.h["Soc"])
        if mode is TouMode.CHARGE_GRID and (soc is None or soc >= self.config.max_soc):
            return TouMode.DELAY_DISCHARGE, "charged as far as allowed"
        return mode, reason

    def _by_price(self, image: View, price: float, prices: Series) -> tuple[TouMode, str]:
        """Compare the price now with what the same energy saves later."""
        c, now = self.config, image.now_utc.timestamp()
        coming = [p for k in range(1, 97) if (p := prices.at(now + k * prices.step_s)) is not None]
        if not coming:
            return TouMode.BALANCING, "no prices ahead"
        later = max(coming)
        if c.control_mode != "DELAY_DISCHARGE" and later * c.efficiency - c.wear > price:
            cheaper = min(coming[: max(1, coming.index(later))])
            if price <= cheaper:
                return self._full(image, TouMode.CHARGE_GRID, f"{price:.0f} now, {later:.0f} later")
        hours = self._hours(image)
        dear = sorted(coming, reverse=True)[: max(1, round(hours * 3600 / prices.step_s))]
        if c.control_mode == "DISCHARGE_TO_GRID" and price >= later:
            return TouMode.DISCHARGE_GRID, "dearest price"
        if price < dear[-1] - c.wear:
            return TouMode.DELAY_DISCHARGE, f"kept for {dear[-1]:.0f}"
        return TouMode.BALANCING, "dear enough now"

    def _hours(self, image: View) -> float:
        """How long the energy lasts at half power."""
        soc, capacity = image.get(self.h["Soc"]) or 0.0, image.get(self.h["Capacity"]) or 0.0
        size = image.get(self.h["MaxApparentPower"]) or 1.0
        return max(0.25, soc / 100 * capacity / (0.5 * size))

    def _power(self, image: View, mode: TouMode, load: float, soft: float | None) -> float | None:
        c = self.config
        if mode is TouMode.BALANCING:
            return load
        if mode is TouMode.DELAY_DISCHARGE:
            floor = 0.0
            if self.hybrid:
                power, battery = image.need(self.h["ActivePower"]), image.need(self.h["DcDischargePower"])
                floor = max(0.0, power - battery)
            return min(floor, load)
        if mode is TouMode.PEAK_SHAVING:
            return load - (soft or 0.0)
        if mode is TouMode.DISCHARGE_GRID:
            return c.discharge_to_grid_power + max(0.0, load)
        size = image.need(self.h["MaxApparentPower"])
        power = -min(size, c.max_charge_power_from_grid) + min(0.0, load)
        if soft is not None:
            power = max(power, load - soft)
        return min(power, 0.0)


CONTROLLERS = (
    GridOptimizedCharge,
    TimeOfUse,
)
