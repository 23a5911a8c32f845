"""How a battery keeps a distance to the bounds of its voltage and of its inverter's, and what forces it back.

Currents and distances count in the direction in which they end: of charge upwards, of discharge downwards.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

# Beyond a bound at most this current is forced the other way [A].
FORCED_BACK_A = 5.0
# Current that an inverter at its lowest voltage forces [A].
FORCED_A = 2.0
LIMITED_WITHIN_V = 10.0
RELEASED_FROM_V = 13.0
# Around the inverter's lowest voltage: forced charge starts below, ends above, discharge is free again above.
START_BELOW_V, UNTIL_ABOVE_V, FREE_ABOVE_V = 3.0, 2.0, 5.0


class ForceState(enum.Enum):
    """How far cells at their end force the battery back."""

    NONE = 0
    WAIT = 1
    FORCE = 2
    BLOCK = 3


@dataclass
class Forcing:
    """Forces the battery back: after a wait beyond the start, until it is well inside; then it rests there.

    Attributes:
        state: How far it is.
        waited_s: For how long it has been beyond the start.
    """

    state: ForceState = ForceState.NONE
    waited_s: float = 0.0

    def step(
        self, *, is_beyond: bool, is_back: bool, is_free: bool, dt_s: float, wait_s: float
    ) -> ForceState:
        """The state after a cycle.

        Args:
            is_beyond: Whether it is at the start or beyond.
            is_back: Whether it is far enough inside to end the forcing.
            is_free: Whether it is far enough inside to go on as usual.
            dt_s: Time since the last cycle.
            wait_s: How long it must be beyond before it is forced.
        """
        self.waited_s = self.waited_s + dt_s if is_beyond else 0.0
        if self.state in (ForceState.NONE, ForceState.WAIT):
            self.state = ForceState.WAIT if is_beyond else ForceState.NONE
        # What comes back to the start while it rests is forced again without a wait.
        if is_beyond and (self.state is ForceState.BLOCK or self.waited_s > wait_s):
            self.state = ForceState.FORCE
        if self.state is ForceState.FORCE and is_back:
            self.state = ForceState.BLOCK
        if self.state is ForceState.BLOCK and is_free:
            self.state = ForceState.NONE
        return self.state

    def current(self, forced_a: float) -> float | None:
        """The current that is left: none, the opposite, or no bound."""
        return {ForceState.FORCE: -forced_a, ForceState.BLOCK: 0.0}.get(self.state)


@dataclass
class Distance:
    """Memory of one direction.

    Attributes:
        current_a: Regulated current, with its lag.
        share: Share of the current that the distance to the inverter's bound leaves; while limited it only
            falls.
        forcing: What the inverter's lowest voltage forces.
    """

    current_a: float | None = None
    share: float | None = None
    forcing: Forcing = field(default_factory=Forcing)


def regulated(
    memory: Distance, sign: float, known: Mapping[str, float], lag_s: float, dt_s: float
) -> float | None:
    """The current that brings the voltage to its nearest bound, over the inner resistance, with a lag.

    I = ±(U_bound − U) / R ∓ I_now, at least −5 A; None where something is not known.
    """
    names = (
        ("ChargeMaxVoltage", "BvpChargeBms", "DcMaxVoltage")
        if sign > 0
        else ("DischargeMinVoltage", "BvpDischargeBms", "DcMinVoltage")
    )
    bounds = [sign * known[name] for name in names if name in known]
    resistance = known.get("InnerResistance", 0.0) / 1000
    if not bounds or resistance <= 0 or "Current" not in known:
        memory.current_a = None
        return None
    wanted = (min(bounds) - sign * known["Voltage"]) / resistance - sign * known["Current"]
    wanted = max(wanted, -FORCED_BACK_A)
    last = memory.current_a
    memory.current_a = wanted if last is None else last + (wanted - last) * dt_s / (lag_s + dt_s)
    return memory.current_a


def ramped(
    memory: Distance, sign: float, known: Mapping[str, float], allowed_a: float, dt_s: float, wait_s: float
) -> float | None:
    """The allowed current, less within 10 V of the inverter's bound; free again from 13 V on.

    Some volts below the inverter's lowest voltage charge is forced. None where something is not known.
    """
    bound = known.get("DcMaxVoltage" if sign > 0 else "DcMinVoltage")
    if bound is None:
        memory.share = None
        return None
    distance = sign * (bound - known["Voltage"])
    if distance >= RELEASED_FROM_V or (memory.share is None and distance > LIMITED_WITHIN_V):
        memory.share = None
    else:
        share = min(max(distance / LIMITED_WITHIN_V, 0.0), 1.0)
        memory.share = share if memory.share is None else min(memory.share, share)
    current = allowed_a if memory.share is None else float(int(allowed_a * memory.share))
    if sign > 0:
        return current
    memory.forcing.step(
        is_beyond=distance <= -START_BELOW_V,
        is_back=distance >= UNTIL_ABOVE_V,
        is_free=distance > FREE_ABOVE_V,
        dt_s=dt_s,
        wait_s=wait_s,
    )
    forced = memory.forcing.current(FORCED_A)
    return current if forced is None else min(current, forced)
