"""One cycle without devices or clock: image, derived channels, controllers in order, solver, writes.

The loop, the replay and the simulation all call :meth:`Cycle.run`; only what surrounds it differs.
"""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ems_common.errors import EmsError

from ems_edge_control.controllers.base import View
from ems_edge_control.derive import Derived
from ems_edge_control.facts import FactReader
from ems_edge_control.natures import WITH_PID, Access, Channel, Kind
from ems_edge_control.requests import Bid, Coupling, Power, PowerFactor, Publish, Relation, Request
from ems_edge_control.site import Site, Slot
from ems_edge_control.solver.outcome import Limited, SetPoint
from ems_edge_control.solver.tree import Granted

BAN_FIRST_S = 1.0
BAN_LONGEST_S = 60.0
STRIKES_UNTIL_BAN = 3


class TooSlow(BaseException):
    """A controller used up its time; raised into it by the supervisor of the loop.

    No `Exception`, so that a controller that catches those does not catch this.
    """


@dataclass(slots=True)
class Arbitrated:
    """What the bids of a cycle leave of one actuator: bounds, and the value of the first who set it.

    A quiet one reads back as it should already, and need not be written.
    """

    low: float = -math.inf
    high: float = math.inf
    low_by: str = ""
    high_by: str = ""
    value: float | None = None
    is_set: bool = False
    by: str = ""
    is_quiet: bool = False


@dataclass
class Result:
    """What one cycle did.

    Attributes:
        set_points: Solution for each storage unit.
        actuators: Value for each other actuator; None takes a limit away.
        requests: Power requests as granted, by channel address; only when they are collected.
        published: Channels of controllers, in outer form.
        limited: Wishes that were not granted in full.
        failures: Why controllers failed, by id.
        left_out: Why controllers were not run, by id: they failed lately.
        warnings: What controllers report, by id.
        ran_s: Time each controller took.
    """

    set_points: dict[str, SetPoint] = field(default_factory=dict)
    actuators: dict[int, Arbitrated] = field(default_factory=dict)
    requests: dict[str, float] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    limited: list[Limited] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    ran_s: dict[str, float] = field(default_factory=dict)


class Cycle:
    """The engine of a site.

    Args:
        site: What to control.
        budget_s: Time one controller may take; more is a strike.
        stopwatch: Clock for the budget.
        collect: Put what controllers asked for and published into each result.
    """

    def __init__(
        self,
        site: Site,
        *,
        budget_s: float = math.inf,
        stopwatch: Callable[[], float] = time.perf_counter,
        collect: bool = False,
    ) -> None:
        self.site = site
        self.image = site.image
        self.derived = Derived(site)
        self.budget_s = budget_s
        self.stopwatch = stopwatch
        self.collect = collect
        self.running: tuple[str, float] | None = None
        self.mode = ""
        self._facts = FactReader(site)
        self._set_handles: dict[str, int] = {}
        units = site.solver.units
        self._groups = {id: site.solver.leaves(id) for id, unit in units.items() if unit.members}
        self._farewells: list[tuple[str, Sequence[Request]]] = []
        self._scheduled: set[str] = set()

    def run(
        self, now_s: float, now_utc: datetime, dt_s: float, before: Iterable[tuple[Request, str]] = ()
    ) -> Result:
        """Run one cycle.

        Args:
            now_s: Monotonic time of the cycle.
            now_utc: Wall time of the cycle.
            dt_s: Seconds since the last one.
            before: Requests with their author that come before all controllers.
        """
        site, result = self.site, Result()
        self.image.switch(now_s)
        self.derived.run()
        site.solver.begin(self._facts.read(), now_s, dt_s)
        view = View(
            self.image,
            site.solver,
            now_utc,
            site.config.zone,
            now_s,
            dt_s,
            site.config.cycle_s,
            site.config.per_call,
            outlook=site.outlook,
        )
        for wish, author in before:
            self._apply([wish], author, result)
        for slot in self._in_turn(now_utc):
            if self._is_due(slot, now_s):
                self._run_slot(slot, view, result)
            elif slot.config.enabled and now_s < slot.banned_until_s:
                result.left_out[slot.config.id] = slot.failure
        for author, requests in self._farewells:
            self._apply(requests, author, result)
        self._farewells.clear()
        result.set_points = site.solver.solve()
        result.limited = [*site.solver.limited, *result.limited]
        self._show_set_points(result)
        return result

    # -- controllers ---

    def _is_due(self, slot: Slot, now_s: float) -> bool:
        if not slot.config.enabled or now_s < slot.banned_until_s:
            return False
        return not slot.config.modes or not self.mode or self.mode in slot.config.modes

    def _in_turn(self, now_utc: datetime) -> Sequence[Slot]:
        """Controllers in order; one that a schedule takes out says its last requests."""
        slots = self.site.in_turn(now_utc)
        if self.site.schedule:
            names = {slot.config.id for slot in slots}
            for slot in self.site.slots:
                if slot.config.id in self._scheduled - names:
                    self.retire(slot)
            self._scheduled = names
        return slots

    def retire(self, slot: Slot) -> None:
        """Let a controller that is taken out say its last requests in the next cycle."""
        self._farewells.append((slot.config.id, slot.controller.stopped()))

    def _run_slot(self, slot: Slot, view: View, result: Result) -> None:
        id = slot.config.id
        view.author = id
        if view.warnings:
            view.warnings = []
        dt_s = view.dt_s if slot.last_run_s is None else max(0.0, view.now_s - slot.last_run_s) or view.dt_s
        if view.per_call:
            dt_s = view.dt_s
        started_s = self.stopwatch()
        self.running = (id, started_s)
        try:
            requests = slot.controller.run(view, slot.state, dt_s)
            self.running = None
            self._succeed(slot, requests, view.now_s)
        except TooSlow:
            requests = self._fail(slot, view, "took too long and was stopped", ban=True)
        except EmsError as ex:
            requests = self._fail(slot, view, str(ex), hold=True)
        except Exception as ex:
            requests = self._fail(slot, view, f"{type(ex).__name__}: {ex}", hold=True, ban=True)
        finally:
            self.running = None
        took_s = self.stopwatch() - started_s
        result.ran_s[id] = took_s
        if took_s > self.budget_s and not slot.failure:
            self._fail(slot, view, f"took {took_s * 1e3:.0f} ms of {self.budget_s * 1e3:.0f} ms", ban=True)
        self._apply(requests, id, result, slot)
        if self.collect or slot.failure or view.warnings or slot.shown.get("RunFailed") is not False:
            self._report(slot, view, result)

    @staticmethod
    def _succeed(slot: Slot, requests: Sequence[Request], now_s: float) -> None:
        slot.last_run_s = now_s
        slot.held = requests
        slot.held_since_s = None
        slot.strikes = 0
        slot.failure = ""

    def _fail(
        self, slot: Slot, view: View, why: str, *, hold: bool = False, ban: bool = False
    ) -> Sequence[Request]:
        """Note a failure; the last requests stand in for a while.

        And a repeated offender is left out for a time.
        """
        slot.failure = why
        if ban:
            slot.strikes += 1
            if slot.strikes >= STRIKES_UNTIL_BAN or not hold:
                pause = min(BAN_LONGEST_S, BAN_FIRST_S * 2 ** max(0, slot.strikes - 1))
                slot.banned_until_s = view.now_s + pause
        if not hold or not slot.held or self.site.config.per_call:
            return ()
        if slot.held_since_s is None:
            slot.held_since_s = view.now_s
        if view.now_s - slot.held_since_s > self.site.config.hold_s:
            return ()
        return tuple(r for r in slot.held if not isinstance(r, Publish))

    def _report(self, slot: Slot, view: View, result: Result) -> None:
        id = slot.config.id
        if slot.failure:
            result.failures[id] = slot.failure
        if view.warnings:
            result.warnings[id] = list(view.warnings)
        has_failed = bool(slot.failure)
        if slot.shown.get("RunFailed") is not has_failed:
            slot.shown["RunFailed"] = has_failed
            self.image.set_next(slot.own["RunFailed"][0], float(has_failed))
        if self.collect:
            for name, value in slot.shown.items():
                result.published[f"{id}/{name}"] = value

    # -- requests ---

    def _apply(
        self, requests: Sequence[Request], author: str, result: Result, slot: Slot | None = None
    ) -> None:
        solver = self.site.solver
        standing: dict[str, Any] = {} if slot is None else slot.standing
        for request in requests:
            if isinstance(request, Publish):
                # What stands already stays, for a controller's channels do not age.
                value, stands = request.value, standing.get(request.name, slot)
                if slot is not None and (
                    value is not stands and (value != stands or type(value) is not type(stands))
                ):
                    self._publish(slot, request)
            elif _is_no_number(request):
                result.failures[author] = "asks for something that is no number"
                if slot is not None:
                    slot.failure = result.failures[author]
            elif isinstance(request, Power):
                granted = solver.request(request, author)
                if self.collect:
                    _collect(request, granted, result)
            elif isinstance(request, Bid):
                self._bid(request, author, result)
            elif isinstance(request, Coupling):
                solver.couple(request, author)
            else:
                solver.factors.append((request, author))

    def _publish(self, slot: Slot, request: Publish) -> None:
        """Show a value."""
        value = request.value
        outer = value.name if isinstance(value, enum.Enum) else value
        place = slot.own.get(request.name)
        if place is not None and place[1].access is Access.READ:
            last = slot.shown.get(request.name, slot)
            if last == outer and type(last) is type(outer):
                slot.standing[request.name] = value
                return
        if place is None:
            channel = Channel(request.name, max_age_s=math.inf)
            place = slot.own[request.name] = (self.site.table.declare(slot.config.id, channel), channel)
            self.image.grow()
        handle, channel = place
        slot.shown[request.name] = outer
        if channel.access is Access.READ:
            slot.standing[request.name] = value
        if isinstance(value, enum.Enum):
            self.image.set_next(handle, float(channel.options.get(value.name, -1)))
        elif isinstance(value, str):
            self.image.set_text(handle, value)
        else:
            self.image.set_next(handle, math.nan if value is None else float(value))
        if channel.kind is Kind.TEXT and value is None:
            self.image.set_text(handle, "")

    def _bid(self, bid: Bid, author: str, result: Result) -> None:
        """First come, first served: a later bid is cut to the bounds and cannot replace a value."""
        place = result.actuators.setdefault(bid.handle, Arbitrated())
        if bid.relation is not Relation.EQUALS:
            self._bound(place, bid, author)
            return
        if place.is_set:
            if bid.value != place.value:
                self._refused(bid, author, place.value, place.by, result)
            return
        value = bid.value
        if value is None and place.high < math.inf:
            value = place.high
        if value is not None:
            cut = min(max(value, place.low), place.high)
            if cut != value and bid.value is not None:
                self._refused(bid, author, cut, place.high_by if value > cut else place.low_by, result)
            value = cut
        place.value, place.is_set, place.by = value, True, author
        place.is_quiet = bid.once and value is not None and self.image.get(bid.handle) == value

    @staticmethod
    def _bound(place: Arbitrated, bid: Bid, author: str) -> None:
        if bid.value is None:
            return
        value = min(max(bid.value, place.low), place.high)
        if bid.relation is Relation.AT_MOST and value < place.high:
            place.high, place.high_by = value, author
        elif bid.relation is Relation.AT_LEAST and value > place.low:
            place.low, place.low_by = value, author

    def _refused(self, bid: Bid, author: str, granted: float | None, by: str, result: Result) -> None:
        component, _, channel = self.site.table.address(bid.handle).partition("/")
        wanted = math.nan if bid.value is None else bid.value
        result.limited.append(Limited(component, channel, "value", bid.relation, author, wanted, granted, by))

    # -- results ---

    def _show_set_points(self, result: Result) -> None:
        for id, point in result.set_points.items():
            self._show(f"{id}/DebugSetActivePower", point.active_w, result)
            self._show(f"{id}/DebugSetReactivePower", point.reactive_var, result)
            for phase, (active_w, reactive_var) in point.phases.items():
                self._show(f"{id}/DebugSetActivePower{phase}", active_w, result)
                self._show(f"{id}/DebugSetReactivePower{phase}", reactive_var, result)
        for id, leaves in self._groups.items():
            points = [result.set_points[leaf] for leaf in leaves]
            self._show(f"{id}/DebugSetActivePower", sum(p.active_w for p in points), result)
            self._show(f"{id}/DebugSetReactivePower", sum(p.reactive_var for p in points), result)
        self._show("_power/NotSolved", not self.site.solver.is_solved, result)
        for place in result.actuators.values():
            if not place.is_set and place.high < math.inf:
                place.value, place.is_set, place.by = place.high, True, place.high_by

    def _show(self, address: str, value: float, result: Result) -> None:
        handle = self._set_handles.get(address)
        if handle is None:
            handle = self._set_handles[address] = self.site.table.handle(address)
            self.image.grow()
        self.image.set_next(handle, value)
        if self.collect:
            result.requests[address] = value


def _collect(request: Power, granted: Granted | None, result: Result) -> None:
    """Note what a request came to, and what it was before its filter."""
    if granted is not None and granted.accepted:
        result.requests[f"{request.ess}/{request.channel}"] = granted.value
    if request.filtered:
        result.requests.setdefault(f"{request.ess}/{WITH_PID}", request.value)


def _is_no_number(request: Power | Bid | Coupling | PowerFactor) -> bool:
    """Whether a request that acts carries NaN, which would pass every bound unnoticed."""
    value = request.factor + request.offset_var if isinstance(request, PowerFactor) else request.value
    return value is not None and value != value
