"""What the grid and its operator ask for: limits on power from outside."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_edge_control.controllers.base import (
    OFF_GRID,
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    at_least,
    flag,
    number,
    states,
)
from ems_edge_control.controllers.dimming import Limiter14aGroup
from ems_edge_control.controllers.voltage import (
    ActivePowerByVoltage,
    BalancingCosPhi,
    CosPhi,
    PhaseRectification,
    ReactivePowerByVoltage,
)
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests, at_most


@dataclass(frozen=True, kw_only=True)
class Limiter14aConfig:
    """Properties of :class:`Limiter14a`."""

    ess_id: str = prop(help="Storage unit or group")
    input_channel_address: str = prop(help="Contact of the control box; open = limit")
    limit: float = prop(4200.0, "Most charge power while limited", unit="W", minimum=0)


@dataclass
class ActiveTime:
    """Memory of a controller that counts its time in action."""

    active_s: float = 0.0


class Restriction(enum.Enum):
    """Whether a limit of the grid operator is in force."""

    OFF = 0
    ON = 1


class Limiter14a(Controller[Limiter14aConfig, ActiveTime]):
    """Charge power limit ordered by the grid operator (§ 14a EnWG)."""

    code = "limiter-14a"
    title = "Limit charging when the grid operator's contact opens"
    aliases = ("Controller.Ess.Limiter14a", "14a-limiter")
    Config = Limiter14aConfig
    State = ActiveTime
    channels = (
        states("RestrictionMode", Restriction, "Whether the limit is in force"),
        number("CumulatedRestrictionTime", "s", "Time in force"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.contact = bind.address(self.config.input_channel_address)
        self.modes = (bind.channel(self.config.ess_id, "GridMode"), bind.channel("_sum", "GridMode"))

    def run(self, image: View, state: ActiveTime, dt_s: float) -> Sequence[Request]:
        """Bound the charge power while the contact is open."""
        active = image.get(self.contact) == 0 and all(image.get(m) != OFF_GRID for m in self.modes)
        if active:
            state.active_s += dt_s
        out: Requests = [
            Publish("RestrictionMode", Restriction.ON if active else Restriction.OFF),
            Publish("CumulatedRestrictionTime", int(state.active_s)),
        ]
        if active:
            out.append(at_least(self.config.ess_id, -self.config.limit, reason="order of the grid operator"))
        return out


class RippleLevel(enum.Enum):
    """Feed-in allowed by the grid operator."""

    NO_RESTRICTION = 0
    ZERO_PERCENT = 1
    THIRTY_PERCENT = 2
    SIXTY_PERCENT = 3


@dataclass(frozen=True, kw_only=True)
class RippleConfig:
    """Properties of :class:`RippleControlReceiver`."""

    ess_id: str = prop("", "Storage unit whose grid mode counts; empty = the site's")
    input_channel_address1: str = prop(help="Contact for 0 %", name="inputChannelAddress1")
    input_channel_address2: str = prop(help="Contact for 30 %", name="inputChannelAddress2")
    input_channel_address3: str = prop(help="Contact for 60 %", name="inputChannelAddress3")


class RippleControlReceiver(Controller[RippleConfig, NoState]):
    """Publishes the feed-in level that the grid operator orders.

    Low contacts are active, the strictest wins.
    """

    code = "ripple-control-receiver"
    title = "Feed-in level ordered by the grid operator"
    aliases = ("Controller.Ess.RippleControlReceiver",)
    Config = RippleConfig
    channels = (
        states("RestrictionMode", RippleLevel),
        number("RestrictionFactor", "", "Part of the size, 0 to 1"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        addresses = (c.input_channel_address1, c.input_channel_address2, c.input_channel_address3)
        self.contacts = [bind.address(a) for a in addresses]
        self.mode = bind.channel(c.ess_id or "_sum", "GridMode")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Publish the strictest level."""
        level, factor = RippleLevel.NO_RESTRICTION, 1.0
        if image.is_on_grid(self.mode):
            levels = zip(self.contacts, list(RippleLevel)[1:], (0.0, 0.3, 0.6), strict=True)
            for contact, candidate, share in levels:
                if image.get(contact) == 0:
                    level, factor = candidate, share
                    break
        return [Publish("RestrictionMode", level), Publish("RestrictionFactor", factor)]


@dataclass(frozen=True, kw_only=True)
class ExternalLimitConfig:
    """Properties of :class:`ExternalLimit`."""

    ess_id: str = prop("", "Storage unit or group to bound, empty = none")
    pv_inverter_ids: list[str] = prop([], "PV inverters to bound")
    charger_ids: list[str] = prop([], "Chargers to bound")
    input_channel_address: str = prop(help="Channel with the limit or the contact")
    active_below: float = prop(0.5, "The limit is in force while the channel reads below")
    charge_limit: float | None = prop(None, "Most charge power", unit="W", minimum=0)
    discharge_limit: float | None = prop(None, "Most discharge power", unit="W", minimum=0)
    pv_limit: float | None = prop(None, "Most PV power, for each inverter", unit="W", minimum=0)
    charger_limit: float | None = prop(None, "Most power, for each charger", unit="W", minimum=0)
    undefined_is_active: bool = prop(True, "An unknown contact counts as an order to limit")


@dataclass
class ExternalLimitState:
    """Memory of :class:`ExternalLimit`."""

    active_s: float = 0.0
    reasons: list[str] = field(default_factory=list)


class ExternalLimit(Controller[ExternalLimitConfig, ExternalLimitState]):
    """Any limit from outside on storage, PV and chargers at once."""

    code = "external-limit"
    title = "Limits on storage, PV and chargers while an external signal asks for them"
    Config = ExternalLimitConfig
    State = ExternalLimitState
    channels = (flag("RestrictionMode"), number("CumulatedRestrictionTime", "s"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.signal = bind.address(c.input_channel_address)
        self.pv = [bind.channel(i, "ActivePowerLimit") for i in c.pv_inverter_ids]
        self.chargers = [bind.channel(i, "SetChargePowerLimit") for i in c.charger_ids]

    def run(self, image: View, state: ExternalLimitState, dt_s: float) -> Sequence[Request]:
        """Bound everything while the signal is active."""
        c = self.config
        value = image.get(self.signal)
        active = c.undefined_is_active if value is None else value < c.active_below
        state.active_s += dt_s if active else 0.0
        out: Requests = [
            Publish("RestrictionMode", active),
            Publish("CumulatedRestrictionTime", int(state.active_s)),
        ]
        if not active:
            return out
        if c.ess_id and c.charge_limit is not None:
            out.append(at_least(c.ess_id, -c.charge_limit, reason="external limit"))
        if c.ess_id and c.discharge_limit is not None:
            out.append(at_most(c.ess_id, c.discharge_limit, reason="external limit"))
        for handles, limit in ((self.pv, c.pv_limit), (self.chargers, c.charger_limit)):
            if limit is not None:
                out += [Bid(h, limit, Relation.AT_MOST, "external limit") for h in handles]
        return out


CONTROLLERS = (
    Limiter14a,
    Limiter14aGroup,
    RippleControlReceiver,
    ActivePowerByVoltage,
    ReactivePowerByVoltage,
    CosPhi,
    BalancingCosPhi,
    PhaseRectification,
    ExternalLimit,
)
