"""Answers to the frequency of the grid: droop with virtual inertia, fast frequency reserve."""

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
    flag,
    number,
    states,
)
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests

PLAUSIBLE_PART = 0.1


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
        if abs(deviation) > PLAUSIBLE_PART * c.nominal_frequency:
            # A meter that reads 0 Hz is broken; nobody shall discharge at full power for that.
            image.warn(f"a frequency of {mhz / 1000:g} Hz cannot be, no response")
            state.last_mhz = None
            return [Publish("Deviation", None), Publish("DroopPower", None)]
        out: Requests = [Publish("Deviation", deviation), Publish("RateOfChange", state.rate_hz_per_s)]
        inertia = -c.inertia * state.rate_hz_per_s
        if abs(deviation) <= c.dead_band and inertia == 0:
            return [*out, Publish("DroopPower", None)]
        power = self._response(image, deviation) + inertia
        power *= self._share(image, power)
        return [*out, Publish("DroopPower", power), equals(c.ess_id, power, reason="droop")]

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
        name="schedule",
        aliases=("activationScheduleJson",),
    )
    pre_activation_time: float = prop(0.0, "Charging before the start; 0 = 15 minutes", unit="min", minimum=0)


@dataclass
class FfrMemory:
    """Memory of :class:`FastFrequencyReserve`."""

    state: FfrState = FfrState.UNDEFINED
    since_s: float = 0.0
    dip_s: float | None = None
    dip_utc_s: float | None = None
    is_recharging: bool = False
    calls_to_wait: int = 2


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
        if image.per_call and state.calls_to_wait > 0:  # other systems take a schedule over in two calls
            state.calls_to_wait -= 1
            return out
        power = self._act(image, state, entry, now)
        if power is not None:
            out.append(equals(self.config.ess_id, power, reason="frequency reserve"))
        dip = state.dip_utc_s
        return [*out, Publish("LastTriggeredTime", None if dip is None else int(dip))]

    def _act(self, image: View, state: FfrMemory, entry: FfrEntry | None, wall: float) -> float | None:
        """Power of the current state; moves to the next one. Only the schedule goes by the wall clock."""
        now = image.now_s
        if entry is None:
            return self._recover(state, None, now)
        s = FfrState
        if state.state is s.UNDEFINED:
            self._enter(state, s.PRE_ACTIVATION_STATE, now)
            return None
        if state.state is s.PRE_ACTIVATION_STATE:
            if wall >= entry.start_s:
                self._enter(state, s.ACTIVATION_TIME, now)
            return self._charge(image)
        if state.state is s.ACTIVATION_TIME:
            return self._watch(image, state, entry, now)
        if state.state is s.RECOVERY_TIME:
            is_begun = image.per_call and now <= state.since_s
            # Other systems leave the charge standing in the call in which the recovery begins.
            return self._charge(image) if is_begun else self._recover(state, entry, now)
        return self._after_dip(image, state, entry, now)

    def _charge(self, image: View) -> float:
        return image.min_w(self.config.ess_id) * self.charge_share

    def _after_dip(self, image: View, state: FfrMemory, entry: FfrEntry, now: float) -> float:
        """Support, deactivate, and wait before the recovery."""
        s, elapsed = FfrState, now - state.since_s
        since_dip = now - (now if state.dip_s is None else state.dip_s)
        if state.state is s.SUPPORT_DURATION:
            if since_dip >= entry.activation_s + entry.support_s - 1e-6:
                self._enter(state, s.DEACTIVATION_TIME, now)
            return entry.power_w
        if state.state is s.DEACTIVATION_TIME:
            if elapsed >= entry.activation_s - 1e-6:
                self._enter(state, s.BUFFERED_TIME_BEFORE_RECOVERY, now)
            return 0.0
        recovers = state.is_recharging and since_dip > self.recharge_until_s
        state.is_recharging = elapsed >= self.buffer_s
        power = self._charge(image) if state.is_recharging else 0.0
        if recovers:  # at the earliest in the cycle after the rest
            self._enter(state, s.RECOVERY_TIME, now)
        return power

    def _watch(self, image: View, state: FfrMemory, entry: FfrEntry, now: float) -> float | None:
        """Rest at zero; on a dip discharge for the activation time, then go on supporting."""
        if state.dip_s is not None and state.since_s <= state.dip_s:
            if now - state.dip_s >= entry.activation_s - 1e-6:
                self._enter(state, FfrState.SUPPORT_DURATION, now)
            return entry.power_w
        mhz = image.need(self.frequency)
        if (1 - PLAUSIBLE_PART) * entry.limit_mhz < mhz < entry.limit_mhz:
            state.dip_s, state.dip_utc_s = now, image.now_utc.timestamp()
            return entry.power_w
        return 0.0

    def _recover(self, state: FfrMemory, entry: FfrEntry | None, now: float) -> float | None:
        if entry is None or state.dip_s is None or now - state.dip_s > self.recover_s:
            following = FfrState.UNDEFINED if entry is None else FfrState.ACTIVATION_TIME
            self._enter(state, following, now)
            state.dip_s = None
        return None

    @staticmethod
    def _enter(state: FfrMemory, following: FfrState, now: float) -> None:
        state.state, state.since_s, state.is_recharging = following, now, False


CONTROLLERS = (
    FrequencyDroop,
    FastFrequencyReserve,
)
