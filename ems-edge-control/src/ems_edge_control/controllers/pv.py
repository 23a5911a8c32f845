"""Curtailment of PV inverters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import Binder, Controller, NoState, Publish, View, number
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests


@dataclass(frozen=True, kw_only=True)
class FixLimitConfig:
    """Properties of :class:`PvFixLimit`."""

    pv_inverter_id: str = prop(help="PV inverter")
    power_limit: float = prop(help="Most power", unit="W", minimum=0)


class PvFixLimit(Controller[FixLimitConfig, NoState]):
    """A constant limit; taken away when the controller is switched off."""

    code = "pv-fix-limit"
    title = "Constant limit of a PV inverter"
    aliases = ("Controller.Pv-Inverter.FixPowerLimit", "Controller.PvInverter.FixPowerLimit")
    Config = FixLimitConfig

    def bind(self, bind: Binder) -> None:
        """Resolve the address."""
        self.limit = bind.channel(self.config.pv_inverter_id, "ActivePowerLimit")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Set the limit."""
        return [Bid(self.limit, self.config.power_limit, reason="fixed limit")]

    def stopped(self) -> Sequence[Request]:
        """Take the limit away."""
        return [Bid(self.limit, None)]


@dataclass(frozen=True, kw_only=True)
class SellLimitConfig:
    """Properties of :class:`PvSellToGridLimit`."""

    pv_inverter_id: str = prop(help="PV inverter")
    meter_id: str = prop(help="Grid meter")
    asymmetric_mode: bool = prop(False, "Watch the phase that sells most instead of the sum")
    maximum_sell_to_grid_power: float = prop(5000.0, "Most power sold; per phase when asymmetric", unit="W")
    ess_id: str = prop("", "Storage unit that may stop discharging before the sun is curtailed; empty = none")
    step_share: float = prop(
        0.2, "Largest change of the limit, per call or cycle of one second", minimum=0.01
    )


@dataclass
class SellLimitState:
    """Memory of :class:`PvSellToGridLimit`."""

    last_w: float = 0.0


class PvSellToGridLimit(Controller[SellLimitConfig, SellLimitState]):
    """Curtail PV so that no more than allowed is sold."""

    code = "pv-sell-to-grid-limit"
    title = "Curtail PV to a feed-in limit"
    aliases = ("Controller.PvInverter.SellToGridLimit", "Controller.Pv-Inverter.SellToGridLimit")
    Config = SellLimitConfig
    State = SellLimitState
    channels = (number("ActivePowerLimit", "W", "Limit set"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.limit = bind.channel(c.pv_inverter_id, "ActivePowerLimit")
        self.power = bind.channel(c.pv_inverter_id, "ActivePower")
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.phases = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES]
        self.ess = bind.channel(c.ess_id, "ActivePower") if c.ess_id else None

    def run(self, image: View, state: SellLimitState, dt_s: float) -> Sequence[Request]:
        """Limit PV to what it makes now plus what may still be sold."""
        c = self.config
        grid, allowed = image.get(self.grid), c.maximum_sell_to_grid_power
        if c.asymmetric_mode:
            grid = 3 * min(image.need(h) for h in self.phases)
            allowed *= 3
        if grid is None:
            grid = image.need(self.grid)
        discharge = 0.0 if self.ess is None else max(0.0, image.get(self.ess) or 0.0)
        limit = grid + image.need(self.power) + allowed + discharge
        limit = max(0.0, image.whole(self._stepped(state.last_w, limit, image)))
        state.last_w = limit
        return [Bid(self.limit, limit, reason="feed-in limit"), Publish("ActivePowerLimit", limit)]

    def _stepped(self, last: float, wanted: float, image: View) -> float:
        """Rises and falls by at most a part of the last limit; small limits move freely.

        Outside comparison mode a fall is not slowed down.
        """
        if abs(last) <= 100 or abs(wanted) <= 100:
            return wanted
        share = (
            self.config.step_share if image.per_call else min(1.0, self.config.step_share * image.dt_s / 1.0)
        )
        step = abs(last) * share
        if not image.per_call and wanted < last:
            return wanted
        return last + min(max(wanted - last, -step), step)

    def stopped(self) -> Sequence[Request]:
        """Take the limit away."""
        return [Bid(self.limit, None)]


@dataclass(frozen=True, kw_only=True)
class ZeroExportConfig:
    """Properties of :class:`ExportLimit`."""

    meter_id: str = prop(help="Grid meter")
    pv_inverter_ids: list[str] = prop(help="PV inverters, all bounded in proportion to their size")
    maximum_sell_to_grid_power: float = prop(0.0, "Most power sold", unit="W")
    limit_address: str = prop(
        "", "Channel that gives the limit instead, such as a control box; undefined = the property"
    )
    release_margin: float = prop(
        0.05, "Limits are lifted when that part of the PV size is free again", minimum=0
    )


@dataclass
class ZeroExportState:
    """Memory of :class:`ExportLimit`."""

    is_limiting: bool = False


class ExportLimit(Controller[ZeroExportConfig, ZeroExportState]):
    """Limit of feed-in shared by several inverters, as bounds that others may tighten.

    Comes after the battery and the loads in the order of controllers: only what they leave is curtailed.
    """

    code = "export-limit"
    title = "Curtail several PV inverters to a feed-in limit, also one from outside"
    aliases = ("zero-feed-in", "feed-in-limit")
    Config = ZeroExportConfig
    State = ZeroExportState
    channels = (number("AllowedProduction", "W", "What all inverters together may make"),)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.grid = bind.channel(c.meter_id, "ActivePower")
        self.power = [bind.channel(i, "ActivePower") for i in c.pv_inverter_ids]
        self.size = [bind.channel(i, "MaxActivePower") for i in c.pv_inverter_ids]
        self.limits = [bind.channel(i, "ActivePowerLimit") for i in c.pv_inverter_ids]
        self.outer = bind.address(c.limit_address) if c.limit_address else None

    def run(self, image: View, state: ZeroExportState, dt_s: float) -> Sequence[Request]:
        """Bound the inverters."""
        outer = None if self.outer is None else image.get(self.outer)
        most = self.config.maximum_sell_to_grid_power if outer is None else outer
        made = [image.get(h) or 0.0 for h in self.power]
        sizes = [image.get(h) or 0.0 for h in self.size]
        whole = sum(sizes)
        allowed = max(0.0, image.need(self.grid) + sum(made) + most)
        margin = self.config.release_margin * whole
        state.is_limiting = allowed < whole + (margin if state.is_limiting else 0.0)
        out: Requests = [Publish("AllowedProduction", min(allowed, whole))]
        if not state.is_limiting or whole <= 0:
            return out
        for handle, size in zip(self.limits, sizes, strict=True):
            out.append(Bid(handle, min(size, allowed * size / whole), Relation.AT_MOST, "feed-in limit"))
        return out


CONTROLLERS = (PvFixLimit, PvSellToGridLimit, ExportLimit)
