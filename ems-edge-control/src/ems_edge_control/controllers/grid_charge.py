"""Grid-friendly charging: spread over the sunny hours, and within the feed-in limit."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import (
    Access,
    Binder,
    Controller,
    Publish,
    View,
    at_least,
    at_most,
    equals,
    number,
    states,
)
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.controllers.series import forecast, parse_series
from ems_edge_control.controllers.shaving import parse_time
from ems_edge_control.filters import round_half_up
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


class ChargeState(enum.Enum):
    """States of the delayed charge of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    ACTIVE_LIMIT = 0
    NO_REMAINING_TIME = 1
    NO_REMAINING_CAPACITY = 2
    NO_CHARGE_LIMIT = 3
    TARGET_MINUTE_NOT_CALCULATED = 4
    DISABLED = 5
    NOT_STARTED = 6
    AVOID_LOW_CHARGING = 7


class SellState(enum.Enum):
    """States of the feed-in part of :class:`GridOptimizedCharge`."""

    UNDEFINED = -1
    ACTIVE_LIMIT_FIXED = 0
    ACTIVE_LIMIT_CONSTRAINT = 1
    NO_LIMIT = 2
    NOT_STARTED = 3


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
    production_forecast: Any = prop("", "Series of production [W] as JSON; empty = that of the predictor")
    consumption_forecast: Any = prop("", "Series of consumption [W] as JSON; empty = that of the predictor")


@dataclass
class GridOptimizedMemory:
    """Memory of :class:`GridOptimizedCharge`."""

    load: LoadState = field(default_factory=LoadState)
    made: list[tuple[float, float]] = field(default_factory=list)
    used: list[tuple[float, float]] = field(default_factory=list)
    day: str = ""
    started_utc_s: float | None = None
    last_start: float | None = None
    was_active: bool = False
    predicted_minute: int | None = None
    target_minute: float | None = None
    limits: list[tuple[float, float]] = field(default_factory=list)
    raw_w: float | None = None
    limit_w: float | None = None
    sell_w: float | None = None


RISK = {"LOW": (180, 0.5), "MEDIUM": (120, 0.75), "HIGH": (60, 0.9)}
SUN_W = 100.0
LOW_POWER_PER_WH = 0.081


class GridOptimizedCharge(Controller[GridOptimizedConfig, GridOptimizedMemory]):
    """Spread charging over the sunny hours instead of filling up in the morning.

    And keep the feed-in limit. Nothing is asked of the battery before the sun feeds the site.
    """

    code = "grid-optimized-charge"
    title = "Delay charging to the target time and keep the feed-in limit"
    aliases = ("Controller.Ess.GridOptimizedCharge",)
    Config = GridOptimizedConfig
    State = GridOptimizedMemory
    channels = (
        states("DelayChargeState", ChargeState),
        states("SellToGridLimitState", SellState),
        number("DelayChargeMaximumChargeLimit", "W", "Most charge power, mean of 15 minutes"),
        number("RawDelayChargeMaximumChargeLimit", "W", "The same of this cycle"),
        number("SellToGridLimitMinimumChargeLimit", "W", "Least charge power that keeps the feed-in limit"),
        number("RawSellToGridLimitChargeLimit", "W", "The same as a bound of the unit's power"),
        number("TargetMinute", "min", "Minute of the day when the battery is to be full"),
        number("PredictedTargetMinute", "min", "Begin of the last quarter with surplus"),
        number("PredictedTargetMinuteAdjusted", "min", "The same less the risk buffer"),
        number("StartEpochSeconds", "s", "When the sun began to feed the site; may be written", Access.BOTH),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the forecasts."""
        c = self.config
        names = ("Soc", "Capacity", "MaxApparentPower", "ActivePower", "GridMode")
        self.h = {n: bind.channel(c.ess_id, n) for n in names}
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.made = bind.channel("_sum", "ProductionActivePower")
        self.made_dc = bind.channel("_sum", "ProductionDcActualPower")
        self.used = bind.channel("_sum", "ConsumptionActivePower")
        self.limit = bind.channel("_meta", "MaximumGridFeedInLimit")
        self.began = bind.own("StartEpochSeconds")
        self.from_before = [bind.own(n) for n in ("PredictedTargetMinute", "DelayChargeMaximumChargeLimit")]
        try:
            self.manual_minute = _minute(c.manual_target_time or "17:00")
            self.production = parse_series(c.production_forecast or forecast(bind, "ProductionActivePower"))
            self.consumption = parse_series(
                c.consumption_forecast or forecast(bind, "ConsumptionActivePower")
            )
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: GridOptimizedMemory, dt_s: float) -> Sequence[Request]:
        """Bound the charge power from above (delay) and below (feed-in)."""
        if not image.is_on_grid(self.h["GridMode"]):
            return self._shown(state, ChargeState.UNDEFINED, SellState.UNDEFINED, None, None)
        day = image.now_local.date().isoformat()
        if state.day != day:
            state.day, state.was_active = day, False
            state.started_utc_s = state.predicted_minute = state.limit_w = None
            state.limits = []
        minute, limit_w = (image.get(handle) for handle in self.from_before)
        if minute is not None:  # what a replay tells of the time before it
            state.predicted_minute = int(minute)
        if limit_w is not None:
            state.limit_w = limit_w
        if not self._has_started(image, state):
            state.limit_w = state.sell_w = None
            return self._shown(state, ChargeState.NOT_STARTED, SellState.NOT_STARTED, None, None)
        state.raw_w = None
        sell = self._sell(image, state)
        limit, charge_state = self._delay(image, state)
        state.limit_w = limit
        return self._apply(image, state, sell, limit, charge_state)

    def _apply(
        self,
        image: View,
        state: GridOptimizedMemory,
        sell: float | None,
        limit: float | None,
        charge_state: ChargeState,
    ) -> Requests:
        """Turn both limits into requests; when they contradict each other the feed-in limit is set."""
        ess, dc = self.config.ess_id, image.get(self.made_dc) or 0.0
        sell_state = SellState.NO_LIMIT if sell is None else SellState.ACTIVE_LIMIT_CONSTRAINT
        wishes: Requests = []
        if sell is not None and limit is not None and sell <= dc - limit:
            state.limit_w = limit = None
            charge_state, sell_state = ChargeState.NO_CHARGE_LIMIT, SellState.ACTIVE_LIMIT_FIXED
            wishes = [equals(ess, sell, filtered=True, reason="feed-in limit before delayed charging")]
        elif sell is not None:
            wishes = [at_most(ess, sell, reason="feed-in limit")]
        if limit is not None:
            wishes.insert(0, at_least(ess, image.whole(dc - limit), reason="delayed charging"))
        return [*self._shown(state, charge_state, sell_state, limit, sell, dc), *wishes]

    @staticmethod
    def _shown(
        state: GridOptimizedMemory,
        charge_state: ChargeState,
        sell_state: SellState,
        limit: float | None,
        sell: float | None,
        dc: float = 0.0,
    ) -> Requests:
        predicted, start = state.predicted_minute, state.started_utc_s
        return [
            Publish("DelayChargeState", charge_state),
            Publish("SellToGridLimitState", sell_state),
            Publish("DelayChargeMaximumChargeLimit", limit),
            Publish("RawDelayChargeMaximumChargeLimit", state.raw_w),
            Publish("SellToGridLimitMinimumChargeLimit", None if sell is None else dc - sell),
            Publish("RawSellToGridLimitChargeLimit", sell),
            Publish("TargetMinute", state.target_minute),
            Publish("PredictedTargetMinute", predicted),
            Publish("PredictedTargetMinuteAdjusted", None if predicted is None else state.target_minute),
            Publish("StartEpochSeconds", None if start is None else int(start)),
        ]

    def _most_sold(self, image: View) -> float | None:
        given = self.config.maximum_sell_to_grid_power
        return image.get(self.limit) if given is None else given

    def _sell(self, image: View, state: GridOptimizedMemory) -> float | None:
        """Upper bound of P that keeps the feed-in limit; rises slowly, falls at once."""
        c, most = self.config, self._most_sold(image)
        if not c.sell_to_grid_limit_enabled or most is None:
            state.sell_w = None
            return None
        soc, size = image.get(self.h["Soc"]), image.need(self.h["MaxApparentPower"])
        if soc is None or soc < 100:
            most -= max(0.05 * most, 150.0)
        bound = image.whole(load_w(image, self.grid, self.h["ActivePower"], state.load) + most)
        if state.sell_w and bound > state.sell_w:
            share = c.sell_to_grid_limit_ramp_percentage / 100
            bound = min(bound, state.sell_w + image.whole(image.steps(share * size, share * size)))
        state.sell_w = bound
        return bound

    def _delay(self, image: View, state: GridOptimizedMemory) -> tuple[float | None, ChargeState]:
        """Most charge power, None for no limit."""
        if self.config.mode == "OFF":
            return None, ChargeState.DISABLED
        target = state.target_minute = self._target(image, state)
        if target is None:
            return None, ChargeState.TARGET_MINUTE_NOT_CALCULATED
        size, now = image.need(self.h["MaxApparentPower"]), image.now_local
        left_s = target * 60 - (now.hour * 3600 + now.minute * 60 + now.second)
        if left_s <= 0:
            if state.limit_w is None or state.limit_w >= size:
                return None, ChargeState.NO_REMAINING_TIME
            step = image.steps(0.0025 * size, 0.0025 * size)
            return min(image.whole(state.limit_w + step), size), ChargeState.ACTIVE_LIMIT
        soc, capacity = image.need(self.h["Soc"]), image.need(self.h["Capacity"])
        if soc > 95 and image.min_w(self.config.ess_id) >= 0:
            return None, ChargeState.NO_REMAINING_CAPACITY
        remaining_ws = (100 - (soc - 1)) * capacity * 36
        power = image.whole(remaining_ws / left_s)
        if power < round_half_up(capacity * LOW_POWER_PER_WH * (0.5 if state.was_active else 1.0)):
            power = 0.0
        if self._is_scarce(image, remaining_ws, left_s):
            power = size
        if power == 0:
            return 0.0, ChargeState.AVOID_LOW_CHARGING
        return self._mean(image, state, min(power, size)), ChargeState.ACTIVE_LIMIT

    def _mean(self, image: View, state: GridOptimizedMemory, power: float) -> float:
        """Mean of the limits of the last 15 minutes with this one."""
        state.was_active, state.raw_w = True, power
        state.limits.append((image.now_s, power))
        state.limits = [x for x in state.limits if image.now_s - x[0] <= 900][-9000:]
        mean = sum(x[1] for x in state.limits) / len(state.limits)
        return round_half_up(mean) if image.per_call else mean

    def _has_started(self, image: View, state: GridOptimizedMemory) -> bool:
        """The sun is up when the mean production of 100 s exceeds consumption or the feed-in limit."""
        written = image.get(self.began)
        if state.started_utc_s is None and written is not None and written != state.last_start:
            state.started_utc_s = state.last_start = written
        if state.started_utc_s is not None:
            return True
        made, most = image.get(self.made) or 0.0, self._most_sold(image)
        means = [
            _recent(samples, image.now_s, image.get(handle))
            for samples, handle in ((state.made, self.made), (state.used, self.used))
        ]
        enough = most is not None and made >= most
        if enough or (means[0] > SUN_W and means[0] > means[1] + SUN_W):
            state.started_utc_s = state.last_start = float(int(image.now_utc.timestamp()))
        return state.started_utc_s is not None

    def _target(self, image: View, state: GridOptimizedMemory) -> float | None:
        """Minute of the day when the battery is to be full; the last known one when forecasts are missing."""
        if self.config.mode == "MANUAL":
            return self.manual_minute
        found = self._last_surplus(image)
        if found is not None:
            state.predicted_minute = found
        if state.predicted_minute is None:
            return None
        return float(state.predicted_minute - RISK[self.config.delay_charge_risk_level][0])

    def _last_surplus(self, image: View) -> int | None:
        """Begin of the last quarter of today in which production exceeds consumption clearly."""
        if self.production is None or self.consumption is None:
            return None
        midnight = image.now_local.replace(hour=0, minute=0, second=0, microsecond=0)
        first = (image.now_local.hour * 60 + image.now_local.minute) // 15
        last = None
        for quarter in range(first, 96):
            at = midnight.timestamp() + quarter * 900
            made, used = self.production.at(at), self.consumption.at(at)
            if made is not None and used is not None and used >= 0 and made > used + SUN_W:
                last = quarter * 15
        return last

    def _is_scarce(self, image: View, remaining_ws: float, left_s: float) -> bool:
        """With a low risk level: whether the forecast surplus until the target would not fill the battery."""
        if self.config.mode != "AUTOMATIC" or self.config.delay_charge_risk_level != "LOW":
            return False
        if self.production is None or self.consumption is None:
            return False
        now, energy_ws, at = image.now_utc.timestamp(), 0.0, image.now_utc.timestamp()
        while at < now + left_s:
            until = min((at // 900 + 1) * 900, now + left_s)
            made, used = self.production.at(at) or 0.0, self.consumption.at(at) or 0.0
            energy_ws += (made - used) * (until - at)
            at = until
        return energy_ws * RISK["LOW"][1] <= remaining_ws


def _recent(samples: list[tuple[float, float]], now_s: float, value: float | None) -> float:
    """Add a value and give the mean of the last 100 s, 0 when there is none."""
    if value is not None:
        samples.append((now_s, value))
    samples[:] = [x for x in samples if now_s - x[0] <= 100][-2000:]
    return sum(x[1] for x in samples) / len(samples) if samples else 0.0


def _minute(value: str) -> float:
    clock = parse_time(value.split("T")[-1][:5])
    return clock.hour * 60 + clock.minute
