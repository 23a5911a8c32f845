"""The control loop: one thread, absolute deadlines on a clock that never jumps.

Each cycle: wait for the deadline, run the engine, hand the set-points to the I/O thread, count. A missed
deadline
is counted and skipped, so that a late cycle never makes the next one late. The garbage collector runs only
in the slack of a cycle. Anything slow – devices, database, files, log formatting – happens in other threads.
"""

from __future__ import annotations

import ctypes
import gc
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ems_common import log

from ems_edge_control import metrics
from ems_edge_control.config import EdgeConfig
from ems_edge_control.controllers.base import OFF_GRID
from ems_edge_control.cycle import Cycle, Result, TooSlow
from ems_edge_control.devices.device import Device
from ems_edge_control.devices.health import Pace
from ems_edge_control.devices.io import IoThread
from ems_edge_control.realtime import LoopRank
from ems_edge_control.site_state import STATES, Conditions, SiteMachine

_log = log.get(__name__)
KEPT_CYCLES = 36_000
YOUNG_EVERY = 20
MIDDLE_EVERY = 600
INTERRUPT_AFTER = 3.0
STALLED_S = 0.5
# States in which no set-point of the controllers goes out.
WAITING = frozenset({"init", "connecting", "fault"})


@dataclass
class Command:
    """A value written to a channel of a controller from outside, for a time."""

    handle: int
    value: float
    until_s: float
    owner: str = ""


@dataclass
class Timing:
    """Numbers of the last cycles, for the benchmark and the state page.

    Attributes:
        jitter_s: Start after the deadline, of each cycle.
        took_s: Computing time of each cycle.
        overruns: Deadlines missed since the start.
        cycles: Cycles since the start.
        writes_s: Decision to confirmation of each set-point.
        reaction_s: Reading of the oldest required value to confirmation of the set-point it led to.
    """

    jitter_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_CYCLES))
    took_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_CYCLES))
    writes_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_CYCLES))
    reaction_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_CYCLES))
    overruns: int = 0
    cycles: int = 0


@dataclass(frozen=True)
class Moment:
    """What the loop shows of a cycle to the threads around it; never changed afterwards."""

    time_utc: datetime
    now_s: float
    state: str
    result: Result
    wishes: Mapping[str, Mapping[str, float | None]]


class Loop:
    """The control loop of a site.

    Args:
        cycle: The engine.
        config: Times and required devices.
        devices: Devices by component.
        pace: Told the time of the next cycle, so that devices read just before it.
        clock: The engine's monotonic clock.
        clock_utc: Wall clock.
        sleep: Waits; replaced by tests.
        relax: Called when a cycle is done, before the pause.
        listener: Given each cycle's moment; must be quick.
    """

    def __init__(
        self,
        cycle: Cycle,
        config: EdgeConfig,
        devices: Mapping[str, Device],
        pace: Pace,
        clock: Callable[[], float],
        clock_utc: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        listener: Callable[[Moment], None] | None = None,
        relax: Callable[[], None] = lambda: None,
    ) -> None:
        self.cycle = cycle
        self.config = config
        self.devices = devices
        self.pace = pace
        self.clock = clock
        self.clock_utc = clock_utc
        self.sleep = sleep
        self.relax = relax
        self.rank = LoopRank(real_time=False)
        self.listener = listener
        self.io: IoThread | None = None
        self.machine = SiteMachine(config.state.recover_after_s, config.state.lost_after_s, clock_utc)
        self.timing = Timing()
        self.moment: Moment | None = None
        self.commands: deque[Command] = deque(maxlen=1000)
        self.tasks: deque[Callable[[], None]] = deque()
        self._standing: dict[int, Command] = {}
        self._stop_reason = ""
        self._stopping = threading.Event()
        self._thread_id = 0
        self._interrupted: tuple[str, float] | None = None
        self._last_s: float | None = None
        self._ramp_from: dict[str, float] = {}
        self._ramp_since_s = 0.0
        self._oldest_required_s = 0.0
        self._required = self._required_handles()
        self._state_handle = cycle.site.table.handle("_site/State")
        self._grid_mode = cycle.site.table.handle("_sum/GridMode")
        self._emergencies = [
            cycle.site.table.handle(f"{slot.config.id}/EmergencyStop")
            for slot in cycle.site.slots
            if slot.controller.protects
        ]
        cycle.site.image.grow()

    def _required_handles(self) -> list[int]:
        """The channels that must be fresh: those of required devices that are read with each cycle."""
        handles = []
        for id in self.config.required:
            device = next((d for d in self.config.devices if d.component == id), None)
            for place in device.reads if device is not None else ():
                if getattr(place.rule, "every_s", 0.0) == 0 and getattr(place.rule, "required", True):
                    handles.append(self.cycle.site.table.handle(f"{id}/{place.channel}"))
        return handles

    # -- running ---

    def stop(self, reason: str) -> None:
        """Ramp down, then end; from any thread."""
        self._stop_reason = reason
        self._stopping.set()

    def run(self) -> None:
        """Run cycles until :meth:`stop` and the ramp after it are done."""
        self._thread_id = threading.get_ident()
        self.rank.take()
        period_s = self.cycle.site.config.cycle_s
        deadline_s = self.clock() + period_s
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            while True:
                self.pace.next_s = deadline_s
                pause_s = deadline_s - self.clock()
                if pause_s > 0:
                    self.sleep(pause_s)
                try:
                    if not self._one(deadline_s):
                        return
                except TooSlow:
                    # The interrupt came after the controller had returned: this cycle is lost, no more.
                    _log.warning("interrupt_came_late")
                self.relax()
                deadline_s = self._next_deadline(deadline_s, period_s)
        finally:
            gc.enable()

    def _next_deadline(self, deadline_s: float, period_s: float) -> float:
        following = deadline_s + period_s
        late_s = self.clock() - following
        if late_s > 0:
            missed = math.floor(late_s / period_s) + 1
            self.timing.overruns += missed
            metrics.OVERRUNS.inc(missed)
            following += missed * period_s
            if late_s > STALLED_S:
                _log.error("loop_stalled", for_s=round(late_s, 3), missed_cycles=missed)
        else:
            self._collect_garbage(-late_s)
        return following

    def _collect_garbage(self, slack_s: float) -> None:
        """Collect in the slack of a cycle; the oldest generation only with much of it."""
        count = self.timing.cycles
        if count % MIDDLE_EVERY == 0 and slack_s > 0.04:
            gc.collect(1)
        elif count % YOUNG_EVERY == 0 and slack_s > 0.004:
            gc.collect(0)

    def _one(self, deadline_s: float) -> bool:
        """One cycle; False when it was the last."""
        now_s = self.clock()
        jitter_s = max(0.0, now_s - deadline_s)
        dt_s = self.cycle.site.config.cycle_s if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        self._take_commands(now_s)
        now_utc = self.clock_utc()
        result = self.cycle.run(now_s, now_utc, dt_s)
        state = self._follow_state(result, now_s)
        wishes = self._wishes(result, state, now_s)
        if self.io is not None:
            self.io.wish(wishes, now_s)
        self._count(jitter_s, self.clock() - now_s, result)
        self.moment = Moment(now_utc, now_s, state, result, wishes)
        if self.listener is not None:
            self.listener(self.moment)
        return not (state == "shutdown" and now_s - self._ramp_since_s >= self.config.state.ramp_down_s)

    def _take_commands(self, now_s: float) -> None:
        """Run what other threads want done between cycles, and keep commands in force until they expire."""
        while self.tasks:
            self.tasks.popleft()()
        while self.commands:
            command = self.commands.popleft()
            self._standing[command.handle] = command
        for handle, command in list(self._standing.items()):
            if now_s >= command.until_s:
                del self._standing[handle]
                self.cycle.image.set_next(handle, math.nan, now_s)
            else:
                self.cycle.image.set_next(handle, command.value, now_s)

    # -- state ---

    def _follow_state(self, result: Result, now_s: float) -> str:
        image = self.cycle.image
        missing = [image.table.address(h) for h in self._required if image.get(h) is None]
        self._oldest_required_s = min((float(image.time_s[h]) for h in self._required), default=now_s)
        troubles = self._troubles(result)
        conditions = Conditions(
            is_complete=not missing,
            missing=", ".join(missing[:3]) + (" …" if len(missing) > 3 else ""),
            is_impaired=bool(troubles),
            impaired_by="; ".join(troubles[:3]),
            is_island=image.get(self._grid_mode) == OFF_GRID,
            is_emergency=any(image.get(h) for h in self._emergencies),
        )
        before = self.machine.state
        if self._stopping.is_set() and self.machine.state != "shutdown":
            self._ramp_since_s = now_s
            self._ramp_from = (
                {id: p.active_w for id, p in result.set_points.items()} if self.machine.is_acting else {}
            )
            self.machine.shut_down(self._stop_reason)
        elif self.machine.state != "shutdown":
            self.machine.follow(conditions, now_s)
        if self.machine.state != before:
            image.set_text(self._state_handle, self.machine.state)
            for state in STATES:
                metrics.STATE.labels(state).set(float(state == self.machine.state))
        return self.machine.state

    def _troubles(self, result: Result) -> list[str]:
        """What impairs the site without ending its work."""
        away = [f"{d.id} is away" for d in self.devices.values() if not d.health.is_well]
        return away + [f"{id}: {why}" for id, why in (result.failures | result.left_out).items()]

    def _wishes(self, result: Result, state: str, now_s: float) -> Mapping[str, Mapping[str, float | None]]:
        """Set-points by device and channel.

        Nothing before the first good image, the safe state in a fault.
        """
        if state in WAITING:
            self._forget_set_points(result)
        if state in {"init", "connecting"}:
            return {}
        if state == "fault":
            return {id: device.safe_values() for id, device in self.devices.items() if device.can_write}
        if state == "shutdown":
            return self._ramp_down(now_s)
        wishes: dict[str, dict[str, float | None]] = {
            id: device.released_values() for id, device in self.devices.items() if device.can_write
        }
        for id, point in result.set_points.items():
            wanted = wishes.setdefault(id, {})
            wanted["SetActivePower"] = point.active_w
            wanted["SetReactivePower"] = point.reactive_var
            for phase, (active_w, reactive_var) in point.phases.items():
                wanted[f"SetActivePower{phase}"] = active_w
                wanted[f"SetReactivePower{phase}"] = reactive_var
        table = self.cycle.site.table
        for handle, place in result.actuators.items():
            if place.is_set:
                component, _, channel = table.address(handle).partition("/")
                wishes.setdefault(component, {})[channel] = place.value
        return wishes

    def _forget_set_points(self, result: Result) -> None:
        """What is not sent must not be where a ramp goes on from; it begins at the measured power again."""
        table = self.cycle.site.table
        for id in result.set_points:
            self.cycle.image.set_next(table.handle(f"{id}/DebugSetActivePower"), math.nan)

    def _ramp_down(self, now_s: float) -> Mapping[str, Mapping[str, float | None]]:
        """Storage to zero in a straight line, limits released."""
        whole_s = self.config.state.ramp_down_s
        left = max(0.0, 1.0 - (now_s - self._ramp_since_s) / whole_s) if whole_s > 0 else 0.0
        wishes = {
            id: device.released_values()
            | {c: v for c, v in device.safe_values().items() if c not in device.released_values()}
            for id, device in self.devices.items()
            if device.can_write
        }
        for id, power_w in self._ramp_from.items():
            if id in wishes:
                wishes[id]["SetActivePower"] = power_w * left
        return wishes

    # -- counting ---

    def _count(self, jitter_s: float, took_s: float, result: Result) -> None:
        timing = self.timing
        timing.cycles += 1
        timing.jitter_s.append(jitter_s)
        timing.took_s.append(took_s)
        metrics.JITTER.observe(jitter_s)
        metrics.CYCLE.observe(took_s)
        if result.failures:
            metrics.CONTROLLER_FAILURES.inc(len(result.failures))
        if result.limited:
            metrics.LIMITED.inc(len(result.limited))

    def written(self, decided_s: float, confirmed_s: float) -> None:
        """A set-point has reached its device; called by the I/O thread."""
        self.timing.writes_s.append(confirmed_s - decided_s)
        metrics.WRITE.observe(confirmed_s - decided_s)
        reaction_s = confirmed_s - self._oldest_required_s
        if 0 <= reaction_s < 10:
            self.timing.reaction_s.append(reaction_s)
            metrics.ACTUATION_AGE.observe(reaction_s)

    def interrupt_slow_controller(self) -> None:
        """Raise :class:`TooSlow` into a controller that does not return; called by the watch over the loop.

        An endless loop in Python code ends at its next bytecode. A call that never comes back to Python
        cannot be ended; then the devices stay in their safe state and the process supervisor has to act.
        """
        running = self.cycle.running
        if running is not self._interrupted:
            self.rank.restore()
        if running is None or self._thread_id == 0:
            return
        longest_s = max(INTERRUPT_AFTER * self.cycle.budget_s, 0.5 * self.cycle.site.config.cycle_s)
        if self.cycle.stopwatch() - running[1] > longest_s and self.cycle.running is running:
            if running is not self._interrupted:
                self._interrupted = running
                self.rank.lower()
                _log.error("controller_interrupted", controller=running[0], after_s=round(longest_s, 3))
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread_id), ctypes.py_object(TooSlow)
            )
            time.sleep(0.001)
