"""What a controller may ask for: bounds on power, values of other actuators, and channels it publishes.

Requests are values; who asks and with which priority is added by the cycle. Nothing here does anything.
"""

from __future__ import annotations

import enum
import re
from typing import TypeAlias

import msgspec

from ems_edge_control.natures import WITH_PID


class Quantity(enum.StrEnum):
    """Active or reactive power."""

    ACTIVE = "P"
    REACTIVE = "Q"


class Relation(enum.StrEnum):
    """How a power is bounded; the value is the part of the channel name."""

    EQUALS = "Equals"
    AT_MOST = "LessOrEquals"
    AT_LEAST = "GreaterOrEquals"


ALL = "ALL"


class Power(msgspec.Struct, frozen=True, gc=False):
    """A bound on the power of a storage unit or group.

    Attributes:
        ess: The unit or group.
        value: W or var; positive = discharge.
        relation: Equal, at most, at least.
        quantity: Active or reactive.
        phase: `ALL`, `L1`, `L2` or `L3`.
        filtered: Pass through the unit's filter (set-points that follow a measured power).
        clamped: Cut to what is still possible; otherwise an impossible bound is refused and reported.
        reason: Why, one clause.
    """

    ess: str
    value: float
    relation: Relation = Relation.EQUALS
    quantity: Quantity = Quantity.ACTIVE
    phase: str = ALL
    filtered: bool = False
    clamped: bool = True
    reason: str = ""

    @property
    def channel(self) -> str:
        """Name of the channel that shows this request, such as `SetActivePowerL1LessOrEquals`."""
        kind = "Active" if self.quantity is Quantity.ACTIVE else "Reactive"
        phase = "" if self.phase == ALL else self.phase
        return f"Set{kind}Power{phase}{self.relation}"


_POWER_CHANNEL = re.compile(r"Set(Active|Reactive)Power(L[123])?(Equals|LessOrEquals|GreaterOrEquals)")


def power_by_channel(ess: str, channel: str, value: float, reason: str = "") -> Power | None:
    """The request that a channel such as `SetActivePowerL1LessOrEquals` stands for; None for others."""
    if channel == WITH_PID:
        return Power(ess, value, filtered=True, reason=reason)
    match = _POWER_CHANNEL.fullmatch(channel)
    if match is None:
        return None
    quantity = Quantity.ACTIVE if match[1] == "Active" else Quantity.REACTIVE
    return Power(ess, value, Relation(match[3]), quantity, match[2] or ALL, reason=reason)


class Coupling(msgspec.Struct, frozen=True, gc=False):
    """A bound on a weighted sum of powers, such as "phase L1 minus phase L2 equals 500 W".

    Attributes:
        terms: Unit, phase and factor of each part.
        value: Right-hand side [W or var].
        relation: Equal, at most, at least.
        quantity: Active or reactive.
        reason: Why, one clause.
    """

    terms: tuple[tuple[str, str, float], ...]
    value: float
    relation: Relation = Relation.EQUALS
    quantity: Quantity = Quantity.ACTIVE
    reason: str = ""


class Bid(msgspec.Struct, frozen=True, gc=False):
    """A value for an actuator that is no storage unit: relay, PV limit, charger. The first bid wins.

    Attributes:
        handle: The channel to set.
        value: The value; None takes a limit away.
        relation: `EQUALS` sets it; `AT_MOST`/`AT_LEAST` bound the value that lower priorities may set.
        reason: Why, one clause.
        once: Not written while the channel reads back that value already.
    """

    handle: int
    value: float | None
    relation: Relation = Relation.EQUALS
    reason: str = ""
    once: bool = False


class Publish(msgspec.Struct, frozen=True, gc=False):
    """A value for a channel of the controller itself, seen by all from the next cycle on."""

    name: str
    value: float | bool | str | enum.Enum | None


class PowerFactor(msgspec.Struct, frozen=True, gc=False):
    """Reactive power in proportion to the active power that comes out: Q = factor × P + offset.

    Attributes:
        ess: The unit or group.
        factor: tan φ; positive = inductive while discharging.
        phase: `ALL` or a phase.
        reason: Why, one clause.
        offset_var: Reactive power beside it [var].
    """

    ess: str
    factor: float
    phase: str = ALL
    reason: str = ""
    offset_var: float = 0.0


Request: TypeAlias = Power | Coupling | PowerFactor | Bid | Publish
Requests: TypeAlias = list[Request]


def equals(ess: str, power_w: float, *, filtered: bool = False, phase: str = ALL, reason: str = "") -> Power:
    """P = value."""
    return Power(ess, power_w, phase=phase, filtered=filtered, reason=reason)


def at_most(ess: str, power_w: float, *, phase: str = ALL, clamped: bool = True, reason: str = "") -> Power:
    """P <= value."""
    return Power(ess, power_w, Relation.AT_MOST, phase=phase, clamped=clamped, reason=reason)


def at_least(ess: str, power_w: float, *, phase: str = ALL, clamped: bool = True, reason: str = "") -> Power:
    """P >= value."""
    return Power(ess, power_w, Relation.AT_LEAST, phase=phase, clamped=clamped, reason=reason)


def reactive(request: Power) -> Power:
    """The same bound on reactive power."""
    return msgspec.structs.replace(request, quantity=Quantity.REACTIVE)
