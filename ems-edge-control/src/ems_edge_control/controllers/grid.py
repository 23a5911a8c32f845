"""What the grid and its operator ask for: frequency, voltage, limits from outside."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    at_least,
    equals,
    flag,
    number,
    states,
)
from ems_edge_control.natures import PHASES
from ems_edge_control.properties import prop
from ems_edge_control.requests import Coupling, PowerFactor, Request, Requests, reactive

ON_GRID, OFF_GRID = 1, 2


@dataclass(frozen=True, kw_only=True)
class DroopConfig:
    """Properties of :class:`FrequencyDroop`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Meter with the frequency")
    nominal_frequency: float = prop(50000.0, "Frequency without response", unit="mHz", minimum=1000)
    dead_band: float = prop(10.0, "No response within", unit="mHz", minimum=0)
    continuous: bool = prop(False, "The response starts at zero at the end of the dead band")
    full_power: float | None = prop(
        None, "Response at full deviation; empty = the unit's size", unit="W", minimum=0
    )
    full_deviation: float = prop(200.0, "Deviation of the full response", unit="mHz", minimum=1)
    droop_percent: float | None = prop(None, "Instead: droop in % of the frequency", unit="%", minimum=0.01)
    slope: float | None = prop(None, "Instead: response in W per Hz", unit="W/Hz", minimum=0)
    inertia: float = prop(0.0, "Response to the rate of change", unit="W/(Hz/s)", minimum=0)
    inertia_filter: float = prop(0.5, "Time constant of the rate of change", unit="s", minimum=0)
    min_soc: float = prop(20.0, "No discharge below", unit="%", minimum=0, maximum=100)
    max_soc: float = prop(80.0, "No charge above", unit="%", minimum=0, maximum=100)
    taper: float = prop(5.0, "Response falls to zero over that band", unit="%", minimum=0, maximum=50)


@dataclass
class DroopState:
    """Memory of :class:`FrequencyDroop`."""

    last_mhz: float | None = None
    last_s: float = 0.0
    rate_hz_per_s: float = 0.0


class FrequencyDroop(Controller[DroopConfig, DroopState]):
    """Power in proportion to the frequency deviation, with virtual inertia and a reserved band of charge.

    Inside the dead band it asks for nothing, so that others may use the unit.
    """

    code = "frequency-droop"
    title = "Frequency droop with dead band, virtual inertia and reserved state of charge"
    aliases = ("droop", "fcr")
    Config = DroopConfig
    State = DroopState
    channels = (
        number("Deviation", "mHz", "Frequency minus nominal"),
        number("DroopPower", "W", "Response; undefined inside the dead band"),
        number("RateOfChange", "Hz/s"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.frequency = bind.channel(c.meter_id, "Frequency")
        self.soc = bind.channel(c.ess_id, "Soc")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        if c.min_soc >= c.max_soc:
            bind.faults.append(f"controller {self.id}: minSoc must be below maxSoc")

    def run(self, image: View, state: DroopState, dt_s: float) -> Sequence[Request]:
        """Answer the frequency of this cycle."""
        c = self.config
        mhz = image.need(self.frequency)
        self._follow_rate(image, state, mhz, dt_s)
        deviation = mhz - c.nominal_frequency
        out: Requests = [Publish("Deviation", deviation), Publish("RateOfChange", state.rate_hz_per_s)]
        inertia = -c.inertia * state.rate_hz_per_s
        if abs(deviation) <= c.dead_band and inertia == 0:
            return [*out, Publish("DroopPower", None)]
        power = self._response(image, deviation) + inertia
        power *= self._share(image, power)
        return [*out, Publish("DroopPower", power), equals(c.ess_id, power, reason=f"{deviation:+.0f} mHz")]

    def _follow_rate(self, image: View, state: DroopState, mhz: float, dt_s: float) -> None:
        """Filtered df/dt, from fresh readings only."""
        time_s = float(image.image.time_s[self.frequency])
        if state.last_mhz is None:
            state.last_mhz, state.last_s = mhz, time_s
            return
        elapsed = time_s - state.last_s if time_s > state.last_s else 0.0
        if elapsed <= 0:
            return
        raw = (mhz - state.last_mhz) / 1000 / elapsed
        lag = self.config.inertia_filter
        gain = 1 - math.exp(-elapsed / lag) if lag > 0 else 1.0
        state.rate_hz_per_s += gain * (raw - state.rate_hz_per_s)
        if abs(state.rate_hz_per_s) < 1e-6:
            state.rate_hz_per_s = 0.0
        state.last_mhz, state.last_s = mhz, time_s

    def _response(self, image: View, deviation: float) -> float:
        c = self.config
        if abs(deviation) <= c.dead_band:
            return 0.0
        if c.continuous:
            deviation -= math.copysign(c.dead_band, deviation)
        full = c.full_power if c.full_power is not None else image.need(self.size)
        slope = full / c.full_deviation
        if c.slope is not None:
            slope = c.slope / 1000
        elif c.droop_percent is not None:
            slope = full / (c.droop_percent / 100 * c.nominal_frequency)
        return min(max(-deviation * slope, -full), full)

    def _share(self, image: View, power: float) -> float:
        """Part of the response that the state of charge allows; none when it is not known."""
        c = self.config
        soc = image.get(self.soc)
        if soc is None:
            image.warn("state of charge is unknown, no response")
            return 0.0
        room = soc - c.min_soc if power > 0 else c.max_soc - soc
        if c.taper <= 0:
            return 1.0 if room > 0 else 0.0
        return min(1.0, max(0.0, room / c.taper))


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


class Limiter14a(Controller[Limiter14aConfig, ActiveTime]):
    """Charge power limit ordered by the grid operator (§ 14a EnWG)."""

    code = "limiter-14a"
    title = "Limit charging when the grid operator's contact opens"
    aliases = ("Controller.Ess.Limiter14a",)
    Config = Limiter14aConfig
    State = ActiveTime
    channels = (
        flag("RestrictionMode", "The limit is in force"),
        number("CumulatedRestrictionTime", "s", "Time in force"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        self.contact = bind.address(self.config.input_channel_address)
        self.mode = bind.channel(self.config.ess_id, "GridMode")

    def run(self, image: View, state: ActiveTime, dt_s: float) -> Sequence[Request]:
        """Bound the charge power while the contact is open."""
        active = image.get(self.contact) == 0 and image.get(self.mode) != OFF_GRID
        if active:
            state.active_s += dt_s
        out: Requests = [
            Publish("RestrictionMode", active),
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


def interpolate(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between points sorted by their first number, flat outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1
    return points[-1][1]


def parse_line(items: Sequence[Any], key: str, where: str, faults: list[str]) -> list[tuple[float, float]]:
    """Points of a characteristic `[{voltageRatio, …}]`, sorted."""
    points = []
    for item in items:
        if not isinstance(item, Mapping) or "voltageRatio" not in item:
            faults.append(f"{where}: each point needs voltageRatio and {key} (got {item!r})")
            continue
        value = item.get(key, item.get("power", item.get("percent")))
        if not isinstance(value, int | float):
            faults.append(f"{where}: a point lacks {key} (got {item!r})")
            continue
        points.append((float(item["voltageRatio"]), float(value)))
    if len(points) < 2:
        faults.append(f"{where}: at least two points are needed")
    return sorted(points)


@dataclass(frozen=True, kw_only=True)
class VoltageConfig:
    """Properties of :class:`ActivePowerByVoltage` and :class:`ReactivePowerByVoltage`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Meter with the voltage")
    line_config: list[Any] = prop(
        [], "Points {voltageRatio, power W} or {voltageRatio, percent}; empty = default"
    )
    nominal_voltage: float = prop(240.0, "Voltage of ratio 1", unit="V", minimum=1)
    wait_for_hysteresis: float = prop(20.0, "Shortest time between two new set-points", unit="s", minimum=0)
    voltage_hysteresis: float = prop(0.002, "Smallest change of the ratio that counts", minimum=0)


@dataclass
class VoltageState:
    """Memory of the voltage characteristics."""

    set_s: float | None = None
    ratio: float | None = None
    value: float = 0.0


class _ByVoltage(Controller[VoltageConfig, VoltageState]):
    """What both voltage characteristics share.

    The set-point is held between updates, so that nobody slips in.
    """

    Config = VoltageConfig
    State = VoltageState
    key = ""
    default: tuple[tuple[float, float], ...] = ()

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the characteristic."""
        c = self.config
        self.voltage = bind.channel(c.meter_id, "Voltage")
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.size = bind.channel(c.ess_id, "MaxApparentPower")
        where = f"controller {self.id}: lineConfig"
        self.line = (
            parse_line(c.line_config, self.key, where, bind.faults) if c.line_config else list(self.default)
        )

    def follow(self, image: View, state: VoltageState) -> tuple[float, float | None]:
        """Voltage ratio, and the set-point: new, held, or None when comparison mode waits."""
        c = self.config
        ratio = image.need(self.voltage) / (c.nominal_voltage * 1000)
        waited = state.set_s is None or image.now_s - state.set_s >= c.wait_for_hysteresis
        moved = state.ratio is None or abs(ratio - state.ratio) >= c.voltage_hysteresis
        if image.per_call:
            if not waited:
                return ratio, None
        elif not moved:
            return ratio, state.value
        state.set_s, state.ratio = image.now_s, ratio
        state.value = self.value(image, ratio)
        return ratio, state.value

    def value(self, image: View, ratio: float) -> float:
        """The set-point at a voltage ratio."""
        raise NotImplementedError


class ActivePowerByVoltage(_ByVoltage):
    """P(U)."""

    code = "active-power-by-voltage"
    title = "Active power by voltage, P(U)"
    aliases = ("Controller.Ess.ActivePowerVoltageCharacteristic", "p-of-u")
    key = "power"
    default = ((0.95, 4000.0), (0.98, 0.0), (1.0299, 0.0), (1.05, -4000.0))
    channels = (
        number("CalculatedPower", "W", "Set-point by the characteristic"),
        number("VoltageRatio", "", "Voltage over nominal voltage"),
    )

    def value(self, image: View, ratio: float) -> float:
        """Power of the characteristic, in whole watts."""
        return float(int(interpolate(self.line, ratio)))

    def run(self, image: View, state: VoltageState, dt_s: float) -> Sequence[Request]:
        """Set P by the voltage."""
        if image.get(self.mode) == OFF_GRID:
            return []
        ratio, power = self.follow(image, state)
        out: Requests = [Publish("VoltageRatio", ratio)]
        if power is None:
            return out
        return [*out, Publish("CalculatedPower", power), equals(self.config.ess_id, power, reason="P(U)")]


class ReactivePowerByVoltage(_ByVoltage):
    """Q(U)."""

    code = "reactive-power-by-voltage"
    title = "Reactive power by voltage, Q(U)"
    aliases = ("Controller.Ess.ReactivePowerVoltageCharacteristic", "q-of-u")
    key = "percent"
    default = ((0.9, 60.0), (0.93, 0.0), (1.07, 0.0), (1.1, -60.0))
    channels = (
        number("CalculatedPower", "var", "Set-point by the characteristic"),
        number("VoltageRatio", "", "Voltage over nominal voltage"),
    )

    def value(self, image: View, ratio: float) -> float:
        """Reactive power of the characteristic, in percent of the size."""
        return float(int(image.need(self.size) * interpolate(self.line, ratio) * 0.01))

    def run(self, image: View, state: VoltageState, dt_s: float) -> Sequence[Request]:
        """Set Q by the voltage."""
        if image.get(self.mode) == OFF_GRID:
            return []
        ratio, var = self.follow(image, state)
        out: Requests = [Publish("VoltageRatio", ratio)]
        if var is None:
            return out
        wish = reactive(equals(self.config.ess_id, var, reason="Q(U)"))
        return [*out, Publish("CalculatedPower", var), wish]


@dataclass(frozen=True, kw_only=True)
class CosPhiConfig:
    """Properties of :class:`CosPhi`."""

    ess_id: str = prop(help="Storage unit or group")
    cos_phi: float = prop(1.0, "Power factor", minimum=0.01, maximum=1)
    direction: str = prop("CAPACITIVE", "Sign of the reactive power", choices=("CAPACITIVE", "INDUCTIVE"))


class CosPhi(Controller[CosPhiConfig, NoState]):
    """Q = ± tan(acos(cos φ)) · P, for the P that comes out of the cycle."""

    code = "cos-phi"
    title = "Constant power factor"
    aliases = ("Controller.Asymmetric.CosPhi", "Controller.Symmetric.CosPhi")
    Config = CosPhiConfig

    def bind(self, bind: Binder) -> None:
        """Check the unit."""
        bind.channel(self.config.ess_id, "ReactivePower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bind Q to P."""
        factor = math.tan(math.acos(self.config.cos_phi))
        if self.config.direction == "CAPACITIVE":
            factor = -factor
        return [PowerFactor(self.config.ess_id, factor, reason=f"cos φ {self.config.cos_phi:g}")]


@dataclass(frozen=True, kw_only=True)
class RectificationConfig:
    """Properties of :class:`PhaseRectification`."""

    ess_id: str = prop(help="Storage unit that can set each phase")
    meter_id: str = prop(help="Grid meter with phases")


class PhaseRectification(Controller[RectificationConfig, NoState]):
    """Bring the three phases of the grid to their mean: each phase gives what it draws above it.

    Only the differences between the phases are bound; the sum stays free for others.
    """

    code = "phase-rectification"
    title = "Balance the phases of the grid"
    aliases = ("Controller.Asymmetric.PhaseRectification",)
    Config = RectificationConfig

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.grid = [bind.channel(c.meter_id, f"ActivePower{p}") for p in PHASES]
        self.power = [bind.channel(c.ess_id, f"ActivePower{p}") for p in PHASES]

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bind the differences of the phases."""
        grid = [image.need(h) for h in self.grid]
        mean = sum(grid) / 3
        wanted = [image.need(p) + g - mean for p, g in zip(self.power, grid, strict=True)]
        ess = self.config.ess_id
        return [
            Coupling(((ess, "L1", 1.0), (ess, other, -1.0)), wanted[0] - wanted[i], reason="phase balance")
            for i, other in ((1, "L2"), (2, "L3"))
        ]


class FfrState(enum.Enum):
    """States of :class:`FastFrequencyReserve`."""

    UNDEFINED = -1
    PRE_ACTIVATION_STATE = 0
    ACTIVATION_TIME = 1
    SUPPORT_DURATION = 2
    DEACTIVATION_TIME = 3
    BUFFERED_TIME_BEFORE_RECOVERY = 4
    RECOVERY_TIME = 5


@dataclass(frozen=True, kw_only=True)
class FfrConfig:
    """Properties of :class:`FastFrequencyReserve`."""

    ess_id: str = prop(help="Storage unit or group")
    meter_id: str = prop(help="Meter with the frequency")
    control_mode: str = prop("MANUAL_OFF", "Whether it acts", choices=("MANUAL_ON", "MANUAL_OFF"))
    activation_schedule_json: list[Any] = prop(
        [],
        "Entries {startTimestamp s, duration s, dischargePowerSetPoint W, frequencyLimit mHz,"
        " activationRunTime ms, supportDuration s}",
        name="activationScheduleJson",
    )
    pre_activation_time: float = prop(0.0, "Charging before the start; 0 = 15 minutes", unit="min", minimum=0)


@dataclass
class FfrMemory:
    """Memory of :class:`FastFrequencyReserve`."""

    state: FfrState = FfrState.UNDEFINED
    since_s: float = 0.0
    dip_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FfrEntry:
    """One availability period."""

    start_s: float
    end_s: float
    power_w: float
    limit_mhz: float
    activation_s: float
    support_s: float


_RUN_TIMES = {"LONG_ACTIVATION_RUN": 1300.0, "MEDIUM_ACTIVATION_RUN": 1000.0, "SHORT_ACTIVATION_RUN": 700.0}
_SUPPORT = {"LONG_SUPPORT_DURATION": 30.0, "SHORT_SUPPORT_DURATION": 5.0}


def parse_ffr(items: Sequence[Any]) -> list[FfrEntry]:
    """Availability periods in order.

    Raises:
        ValueError: An entry is not complete.
    """
    entries = []
    for item in items:
        try:
            start = float(item["startTimestamp"])
            run, support = item["activationRunTime"], item["supportDuration"]
            entries.append(
                FfrEntry(
                    start,
                    start + float(item["duration"]),
                    float(item["dischargePowerSetPoint"]),
                    float(item["frequencyLimit"]),
                    float(_RUN_TIMES.get(run, run)) / 1000,
                    float(_SUPPORT.get(support, support)),
                )
            )
        except (KeyError, TypeError, ValueError) as ex:
            raise ValueError(f"an entry of the schedule cannot be read ({ex})") from None
    return sorted(entries, key=lambda e: e.start_s)


class FastFrequencyReserve(Controller[FfrConfig, FfrMemory]):
    """Discharge within a second when the frequency dips below a limit, then recover."""

    code = "fast-frequency-reserve"
    title = "Fast frequency reserve by schedule"
    aliases = ("Controller.Ess.FastFrequencyReserve",)
    Config = FfrConfig
    State = FfrMemory
    channels = (
        states("StateMachine", FfrState),
        flag("NoFrequencyData"),
        flag("ScheduleParseFailed"),
        number("LastTriggeredTime", "s", "Begin of the last dip, seconds since 1970"),
    )
    charge_share = 0.18
    buffer_s = 15.0
    recharge_until_s = 240.0
    recover_s = 900.0

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the schedule."""
        self.frequency = bind.channel(self.config.meter_id, "Frequency")
        self.entries: list[FfrEntry] = []
        self.is_bad = False
        try:
            self.entries = parse_ffr(self.config.activation_schedule_json)
        except ValueError:
            self.is_bad = True

    def run(self, image: View, state: FfrMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it. The state shown is that before the step."""
        out: Requests = [
            Publish("StateMachine", state.state),
            Publish("ScheduleParseFailed", self.is_bad),
            Publish("NoFrequencyData", image.get(self.frequency) is None),
        ]
        if self.config.control_mode != "MANUAL_ON":
            return out
        now = image.now_utc.timestamp()
        lead = self.config.pre_activation_time * 60 or 900.0
        entry = next((e for e in self.entries if e.start_s - lead <= now < e.end_s), None)
        if entry is None and state.state is not FfrState.RECOVERY_TIME:
            state.state = FfrState.UNDEFINED
            return out
        power = self._act(image, state, entry, now)
        if power is not None:
            out.append(equals(self.config.ess_id, power, reason="frequency reserve"))
        return [*out, Publish("LastTriggeredTime", int(state.dip_s) or None)]

    def _act(self, image: View, state: FfrMemory, entry: FfrEntry | None, now: float) -> float | None:
        """Power of the current state; moves to the next one."""
        if entry is None:
            return self._recover(state, None, now)
        s = FfrState
        if state.state is s.UNDEFINED:
            self._enter(state, s.PRE_ACTIVATION_STATE, now)
            return None
        if state.state is s.PRE_ACTIVATION_STATE:
            if now >= entry.start_s:
                self._enter(state, s.ACTIVATION_TIME, now)
            return self._charge(image)
        if state.state is s.ACTIVATION_TIME:
            return self._watch(image, state, entry, now)
        if state.state is s.RECOVERY_TIME:
            return self._recover(state, entry, now)
        return self._after_dip(image, state, entry, now)

    def _charge(self, image: View) -> float:
        return image.min_w(self.config.ess_id) * self.charge_share

    def _after_dip(self, image: View, state: FfrMemory, entry: FfrEntry, now: float) -> float:
        """Support, deactivate, and wait before the recovery."""
        s, elapsed = FfrState, now - state.since_s
        if state.state is s.SUPPORT_DURATION:
            if now - state.dip_s >= entry.activation_s + entry.support_s:
                self._enter(state, s.DEACTIVATION_TIME, now)
            return entry.power_w
        if state.state is s.DEACTIVATION_TIME:
            if elapsed >= entry.activation_s:
                self._enter(state, s.BUFFERED_TIME_BEFORE_RECOVERY, now)
            return 0.0
        if now - state.dip_s > self.recharge_until_s:
            self._enter(state, s.RECOVERY_TIME, now)
        return 0.0 if elapsed < self.buffer_s else self._charge(image)

    def _watch(self, image: View, state: FfrMemory, entry: FfrEntry, now: float) -> float | None:
        """Rest at zero; on a dip discharge for the activation time, then go on supporting."""
        if state.dip_s > 0 and now - state.dip_s >= 0 and state.since_s <= state.dip_s:
            if now - state.dip_s >= entry.activation_s:
                self._enter(state, FfrState.SUPPORT_DURATION, now)
            return entry.power_w
        mhz = image.need(self.frequency)
        if mhz < entry.limit_mhz:
            state.dip_s = now
            return entry.power_w
        return 0.0

    def _recover(self, state: FfrMemory, entry: FfrEntry | None, now: float) -> float | None:
        if now - state.dip_s > self.recover_s or entry is None:
            following = FfrState.UNDEFINED if entry is None else FfrState.ACTIVATION_TIME
            self._enter(state, following, now)
            state.dip_s = 0.0
        return None

    @staticmethod
    def _enter(state: FfrMemory, following: FfrState, now: float) -> None:
        state.state, state.since_s = following, now


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
        from ems_edge_control.requests import Bid, Relation, at_most

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
    FrequencyDroop,
    Limiter14a,
    RippleControlReceiver,
    ActivePowerByVoltage,
    ReactivePowerByVoltage,
    CosPhi,
    PhaseRectification,
    FastFrequencyReserve,
    ExternalLimit,
)
