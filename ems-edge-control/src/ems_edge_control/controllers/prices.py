"""Time of use: buy when it is cheap, keep energy for when it is dear."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    Publish,
    View,
    equals,
    number,
    states,
    text,
)
from ems_edge_control.controllers.grid_charge import GridOptimizedCharge
from ems_edge_control.controllers.load import LoadState, load_w
from ems_edge_control.controllers.series import Series, parse_series, tariff
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests

PRICE = "GridBuyPrice"
# Full within two hours: gentle on the cells, and no peak at the grid that a slower charge would not make.
CHARGE_C_RATE = 0.5
# The same, carefully, where the capacity is not known: part of the size.
UNKNOWN_CAPACITY_SHARE = 0.25
LIMIT_14A_W = 4200.0


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
    limit_charge_power_for14a_en_wg: bool = prop(
        False,
        "Charge from the grid with 4200 W at most, as § 14a EnWG asks for",
        name="limitChargePowerFor14aEnWG",
    )
    max_soc: float = prop(90.0, "Charging from the grid ends at", unit="%", minimum=0, maximum=100)
    prices: Any = prop("", "Series of prices [money/MWh] as JSON; empty = those of the site's tariff")
    plan: Any = prop("", "Series of modes (0 balancing, 1 delay, 2 charge, 3 shave, 4 discharge) as JSON")
    efficiency: float = prop(0.9, "Share of energy that comes back", minimum=0.3, maximum=1)
    wear: float = prop(20.0, "Cost of one MWh through the battery", unit="money/MWh", minimum=0)
    discharge_to_grid_power: float = prop(
        5000.0, "Power sold while discharging to the grid", unit="W", minimum=0
    )


class TimeOfUse(Controller[TouConfig, LoadState]):
    """Buy when it is cheap, keep energy for when it is dear.

    A plan from an optimiser goes first. Without one, each quarter is judged by the prices of the next day:
    charging pays when the dearest coming price, after losses and wear, exceeds the price now. Prices come
    from its own properties, else from the site's tariff; without any, or when they have run out or are too
    old, the battery serves the site's own consumption.
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
        self.series: Series | None = None
        try:
            self.prices = parse_series(c.prices or tariff(bind))
            self.plan = parse_series(c.plan)
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: {ex}")

    def run(self, image: View, state: LoadState, dt_s: float) -> Sequence[Request]:
        """Choose the mode of this quarter and set its power."""
        c = self.config
        now = image.now_utc.timestamp()
        self.series = self.prices or image.outlook.get(PRICE, now)
        price = None if self.series is None else self.series.at(now)
        if c.mode == "OFF" or not image.is_on_grid(self.h["GridMode"]):
            return [Publish("StateMachine", TouMode.BALANCING), Publish("QuarterlyPrice", price)]
        load = load_w(image, self.grid, self.h["ActivePower"], state)
        mode, reason = self._mode(image, price)
        soft = image.get(self.soft)
        if soft is not None and load > soft:
            mode, reason = TouMode.PEAK_SHAVING, "above the soft limit of grid power"
        mode, power = self._settled(image, mode, load, soft)
        out: Requests = [
            Publish("StateMachine", mode),
            Publish("QuarterlyPrice", price),
            Publish("Reason", reason),
        ]
        return [*out, equals(c.ess_id, image.whole(power), filtered=True, reason=f"time of use: {reason}")]

    def _mode(self, image: View, price: float | None) -> tuple[TouMode, str]:
        c = self.config
        if c.mode == "FORCE_DELAY_DISCHARGE":
            return TouMode.DELAY_DISCHARGE, "by hand"
        if c.mode == "FORCE_CHARGE_GRID":
            return self._full(image, TouMode.CHARGE_GRID, "by hand")
        planned = None if self.plan is None else self.plan.at(image.now_utc.timestamp())
        if planned is not None and int(planned) in {m.value for m in TouMode}:
            return self._full(image, TouMode(int(planned)), "plan")
        if price is None or self.series is None:
            return TouMode.BALANCING, "no prices"
        return self._by_price(image, price, self.series)

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

    def _settled(self, image: View, mode: TouMode, load: float, soft: float | None) -> tuple[TouMode, float]:
        """Mode and power; a mode that comes to the same as a gentler one is that one."""
        if mode is TouMode.PEAK_SHAVING:
            return mode, load - (soft or 0.0)
        if mode is TouMode.DISCHARGE_GRID:
            return mode, self.config.discharge_to_grid_power + max(0.0, load)
        kept = self._kept_w(image) if mode is not TouMode.BALANCING else 0.0
        if mode is TouMode.CHARGE_GRID:
            power = self._charge_w(image, load, soft)
            if power < kept:
                return mode, power
            mode = TouMode.DELAY_DISCHARGE
        if mode is TouMode.DELAY_DISCHARGE and kept < load:
            return mode, kept
        return TouMode.BALANCING, load

    def _kept_w(self, image: View) -> float:
        """Power without a discharge of the battery: of a hybrid unit what its PV gives."""
        if not self.hybrid:
            return 0.0
        return max(0.0, image.need(self.h["ActivePower"]) - image.need(self.h["DcDischargePower"]))

    def _charge_w(self, image: View, load: float, soft: float | None) -> float:
        """Charge (negative) with the sun's surplus and from the grid, as far as its power may go."""
        c = self.config
        capacity = image.get(self.h["Capacity"])
        if capacity is None:
            planned = UNKNOWN_CAPACITY_SHARE * image.need(self.h["MaxApparentPower"])
        else:
            planned = CHARGE_C_RATE * capacity
        most = c.max_charge_power_from_grid if soft is None else min(c.max_charge_power_from_grid, soft)
        least = -LIMIT_14A_W if c.limit_charge_power_for14a_en_wg else -math.inf
        return min(0.0, max(min(0.0, load) - planned, load - most, least))


CONTROLLERS = (
    GridOptimizedCharge,
    TimeOfUse,
)
