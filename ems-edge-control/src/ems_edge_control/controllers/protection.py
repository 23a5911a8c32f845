"""Software protection of a battery: the layer above the device's own limits, below which no wish can reach.

State of charge with hysteresis, power limits, a ramp, and any number of measured quantities with warning,
derating and trip thresholds. A value that is missing counts as bad.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.controllers.base import Access, Binder, Controller, Publish, View, flag, number, states
from ems_edge_control.controllers.battery_protection import BatteryProtection
from ems_edge_control.properties import prop
from ems_edge_control.requests import Power, Relation, Request, Requests, equals


class ProtectionState(enum.Enum):
    """How far protection intervenes."""

    NORMAL = 0
    LIMITED = 1
    DERATED = 2
    TRIPPED = 3


@dataclass(frozen=True, kw_only=True)
class ProtectionConfig:
    """Properties of :class:`Protection`."""

    ess_id: str = prop(help="Storage unit or group")
    min_soc: float = prop(5.0, "No discharge at or below", unit="%", minimum=0, maximum=100)
    max_soc: float = prop(100.0, "No charge at or above", unit="%", minimum=0, maximum=100)
    soc_hysteresis: float = prop(2.0, "Allowed again when that far inside", unit="%", minimum=0, maximum=50)
    taper_soc: float = prop(
        0.0, "Power falls to zero over that band before a bound", unit="%", minimum=0, maximum=50
    )
    max_charge_power: float | None = prop(None, "Most charge power", unit="W", minimum=0)
    max_discharge_power: float | None = prop(None, "Most discharge power", unit="W", minimum=0)
    ramp_rate: float = prop(0.0, "Fastest change of power; 0 = no limit", unit="W/s", minimum=0)
    watch: list[Any] = prop(
        [],
        "List of {channel, warnLow, tripLow, warnHigh, tripHigh, acts, delay_s, latched}; acts is charge,"
        " discharge or both",
    )
    emergency_channel: str = prop("", "Address of an emergency stop contact; true or undefined = stop")


@dataclass(frozen=True, slots=True)
class Watch:
    """One watched quantity; thresholds that are None do not apply."""

    handle: int
    name: str
    warn_low: float | None
    trip_low: float | None
    warn_high: float | None
    trip_high: float | None
    acts: str
    delay_s: float
    latched: bool

    def share(self, value: float | None) -> float:
        """How much power is left: 1 up to the warning threshold, falling to 0 at the trip threshold."""
        if value is None:
            return 0.0
        share = 1.0
        if self.trip_high is not None:
            share = min(share, _between(value, self.trip_high, self.warn_high))
        if self.trip_low is not None:
            share = min(
                share, _between(-value, -self.trip_low, None if self.warn_low is None else -self.warn_low)
            )
        return share


def _between(value: float, trip: float, warn: float | None) -> float:
    if value >= trip:
        return 0.0
    if warn is None or value <= warn or trip <= warn:
        return 1.0
    return (trip - value) / (trip - warn)


@dataclass
class ProtectionStateData:
    """Memory of :class:`Protection`."""

    empty: bool = False
    full: bool = False
    last_w: float | None = None
    bad_for_s: dict[str, float] = field(default_factory=dict)
    tripped: list[str] = field(default_factory=list)


class Protection(Controller[ProtectionConfig, ProtectionStateData]):
    """First in every order: its bounds are accepted before anybody else's."""

    code = "protection"
    title = "Bounds of state of charge, power, ramp and watched quantities, with derating and trips"
    aliases = ("limits", "ess-protection")
    Config = ProtectionConfig
    State = ProtectionStateData
    protects = True
    channels = (
        states("StateMachine", ProtectionState),
        flag("DischargeBlocked"),
        flag("ChargeBlocked"),
        flag("EmergencyStop"),
        number("PowerShare", "", "Part of the power that derating leaves"),
        number("Reset", "", "Written 1: clear latched trips", Access.WRITE),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the watch list."""
        c = self.config
        self.soc = bind.channel(c.ess_id, "Soc")
        self.power = bind.channel(c.ess_id, "ActivePower")
        self.last = bind.channel(c.ess_id, "DebugSetActivePower")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        self.reset = bind.own("Reset")
        self.emergency = bind.address(c.emergency_channel) if c.emergency_channel else None
        if c.min_soc >= c.max_soc:
            bind.faults.append(f"controller {self.id}: minSoc must be below maxSoc")
        self.watches = [w for item in c.watch if (w := self._watch(item, bind)) is not None]

    def _watch(self, item: Mapping[str, Any], bind: Binder) -> Watch | None:
        where = f"controller {self.id}: watch"
        if not isinstance(item, Mapping) or "channel" not in item:
            bind.faults.append(f"{where}: each entry needs a channel (got {item!r})")
            return None
        name = str(item["channel"])
        handle = bind.address(name) if "/" in name else bind.channel(self.config.ess_id, name)
        limits = {}
        for key in ("warnLow", "tripLow", "warnHigh", "tripHigh"):
            value = item.get(key)
            if value is not None and not isinstance(value, int | float):
                bind.faults.append(f"{where} {name}: {key} is not a number (got {value!r})")
                return None
            limits[key] = value
        acts = str(item.get("acts", "both"))
        if acts not in {"charge", "discharge", "both"}:
            bind.faults.append(f"{where} {name}: acts is charge, discharge or both (got {acts!r})")
        return Watch(
            handle,
            name,
            limits["warnLow"],
            limits["tripLow"],
            limits["warnHigh"],
            limits["tripHigh"],
            acts,
            float(item.get("delay_s", 0)),
            bool(item.get("latched", True)),
        )

    def run(self, image: View, state: ProtectionStateData, dt_s: float) -> Sequence[Request]:
        """Bound the battery."""
        c = self.config
        if image.get(self.reset):
            state.tripped.clear()
        if self.emergency is not None and image.get(self.emergency) != 0:
            return [
                equals(c.ess_id, 0.0, reason="emergency stop"),
                Publish("EmergencyStop", True),
                Publish("StateMachine", ProtectionState.TRIPPED),
            ]
        soc = image.get(self.soc)
        self._follow_soc(soc, state)
        charge, discharge = self._shares(image, state, soc, dt_s)
        out = self._bounds(image, charge, discharge)
        out += self._ramp(image, state, dt_s)
        status = ProtectionState.NORMAL
        if min(charge, discharge) < 1:
            status = ProtectionState.LIMITED if state.empty or state.full else ProtectionState.DERATED
        if state.tripped:
            status = ProtectionState.TRIPPED
        return [
            *out,
            Publish("StateMachine", status),
            Publish("DischargeBlocked", discharge <= 0),
            Publish("ChargeBlocked", charge <= 0),
            Publish("EmergencyStop", False),
            Publish("PowerShare", min(charge, discharge)),
        ]

    def _follow_soc(self, soc: float | None, state: ProtectionStateData) -> None:
        """Unknown counts as empty and as full."""
        c = self.config
        if soc is None:
            state.empty = state.full = True
            return
        state.empty = soc <= c.min_soc if not state.empty else soc < c.min_soc + c.soc_hysteresis
        state.full = soc >= c.max_soc if not state.full else soc > c.max_soc - c.soc_hysteresis

    def _shares(
        self, image: View, state: ProtectionStateData, soc: float | None, dt_s: float
    ) -> tuple[float, float]:
        c = self.config
        charge, discharge = float(not state.full), float(not state.empty)
        if soc is not None and c.taper_soc > 0:
            charge = min(charge, max(0.0, (c.max_soc - soc) / c.taper_soc))
            discharge = min(discharge, max(0.0, (soc - c.min_soc) / c.taper_soc))
        for watch in self.watches:
            share = self._watched(watch, image, state, dt_s)
            if watch.acts != "discharge":
                charge = min(charge, share)
            if watch.acts != "charge":
                discharge = min(discharge, share)
        return charge, discharge

    @staticmethod
    def _watched(watch: Watch, image: View, state: ProtectionStateData, dt_s: float) -> float:
        value = image.get(watch.handle)
        share = watch.share(value)
        if share > 0:
            state.bad_for_s.pop(watch.name, None)
        else:
            state.bad_for_s[watch.name] = state.bad_for_s.get(watch.name, 0.0) + dt_s
            if state.bad_for_s[watch.name] >= watch.delay_s and value is not None and watch.latched:
                if watch.name not in state.tripped:
                    state.tripped.append(watch.name)
            elif state.bad_for_s[watch.name] < watch.delay_s:
                share = 1.0
        return 0.0 if watch.name in state.tripped else share

    def _bounds(self, image: View, charge: float, discharge: float) -> Requests:
        c = self.config
        size = image.get(self.size) or 0.0
        most_out = size if c.max_discharge_power is None else c.max_discharge_power
        most_in = size if c.max_charge_power is None else c.max_charge_power
        out: Requests = []
        if discharge < 1 or c.max_discharge_power is not None:
            out.append(Power(c.ess_id, most_out * discharge, Relation.AT_MOST, reason="discharge limit"))
        if charge < 1 or c.max_charge_power is not None:
            out.append(Power(c.ess_id, -most_in * charge, Relation.AT_LEAST, reason="charge limit"))
        return out

    def _ramp(self, image: View, state: ProtectionStateData, dt_s: float) -> Requests:
        """Bound the change from the last set-point; the first one starts at the measured power."""
        c = self.config
        if c.ramp_rate <= 0:
            return []
        last = image.get(self.last)
        if last is None:
            last = image.get(self.power)
        if last is None:
            return []
        step = c.ramp_rate * dt_s
        return [
            Power(c.ess_id, last + step, Relation.AT_MOST, reason="ramp"),
            Power(c.ess_id, last - step, Relation.AT_LEAST, reason="ramp"),
        ]


CONTROLLERS = (Protection, BatteryProtection)
