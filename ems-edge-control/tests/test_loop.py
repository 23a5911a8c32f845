"""The loop on a clock that only the test moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ems_edge_control.config import DeviceConfig, EdgeConfig, Place, ReadMap
from ems_edge_control.controllers.base import Controller, View
from ems_edge_control.cycle import Cycle
from ems_edge_control.devices.health import Pace
from ems_edge_control.image import Update
from ems_edge_control.loop import Command, Loop
from ems_edge_control.requests import Bid, Request, equals
from ems_edge_control.site import ComponentConfig, ControllerConfig, Site, SiteConfig, Slot

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Clock:
    """Time that moves when somebody sleeps."""

    now_s: float = 100.0
    slept: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, pause_s: float) -> None:
        self.slept.append(pause_s)
        self.now_s += pause_s + (self.late_s.pop(0) if self.late_s else 0.0)

    def utc(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now_s)


class Fixed(Controller[Any, Any]):
    """Asks for 1 kW, after whatever a test wants it to do."""

    code = "fixed-for-tests"
    title = "-"

    def __init__(self, action: Callable[[], None]) -> None:
        self.id, self.action = "ctrl0", action

    def run(self, image: View, state: Any, dt_s: float) -> Sequence[Request]:
        self.action()
        return [equals("ess0", 1000.0)]


def make(clock: Clock, cycles: int, action: Callable[[], None] = lambda: None) -> tuple[Loop, Site]:
    config = SiteConfig(
        (
            ComponentConfig(
                "ess0",
                "managed-symmetric-ess",
                {
                    "maxApparentPower": 5000,
                    "allowedChargePower": -5000,
                    "allowedDischargePower": 5000,
                    "soc": 50,
                },
            ),
        ),
        (),
        cycle_s=0.1,
        hold_s=0.3,
    )
    site = Site(config)
    controller = Fixed(action)
    entry = ControllerConfig("ctrl0", controller.code)
    from ems_edge_control.site import RUN_FAILED

    slot = Slot(entry, controller, None, {"RunFailed": (site.table.declare("ctrl0", RUN_FAILED), RUN_FAILED)})
    site.slots.append(slot)
    site.image.grow()
    cycle = Cycle(site, budget_s=0.02, stopwatch=clock)
    loop = Loop(cycle, EdgeConfig(site.config, ()), {}, Pace(0.1), clock, clock.utc, clock.sleep)
    count = 0

    def listen(moment: Any) -> None:
        nonlocal count
        count += 1
        if count >= cycles:
            loop.stop("test")

    loop.listener = listen
    return loop, site


def test_deadlines_are_absolute_so_that_lateness_does_not_add_up() -> None:
    clock = Clock(late_s=[0.03, 0.0, 0.02, 0.0])
    loop, _ = make(clock, 4)
    starts: list[float] = []
    loop.timing.jitter_s.clear()
    inner = loop.listener
    loop.listener = lambda m: (starts.append(m.now_s), inner(m))[1]  # type: ignore[misc]
    loop.run()
    assert [round(s - 100, 3) for s in starts[:4]] == [0.13, 0.2, 0.32, 0.4]
    assert loop.timing.overruns == 0
    assert [round(j, 3) for j in list(loop.timing.jitter_s)[:4]] == [0.03, 0, 0.02, 0]


def test_a_missed_deadline_is_counted_and_skipped() -> None:
    clock = Clock(late_s=[0.0, 0.25])
    loop, _ = make(clock, 4)
    starts: list[float] = []
    inner = loop.listener
    loop.listener = lambda m: (starts.append(m.now_s), inner(m))[1]  # type: ignore[misc]
    loop.run()
    assert [round(s - 100, 3) for s in starts[:4]] == [0.1, 0.45, 0.5, 0.6]
    assert loop.timing.overruns == 2


def test_a_controller_that_raises_is_held_then_left_out_and_the_loop_goes_on() -> None:
    clock, runs = Clock(), []

    def fail() -> None:
        runs.append(clock.now_s)
        if len(runs) > 2:
            raise RuntimeError("boom")

    loop, site = make(clock, 30, fail)
    powers: list[float] = []
    inner = loop.listener
    loop.listener = lambda m: (powers.append(m.result.set_points["ess0"].active_w), inner(m))[1]  # type: ignore[misc]
    loop.run()
    assert powers[:4] == [1000, 1000, 1000, 1000]
    assert powers[20] == 0
    assert len(runs) < 15
    assert "boom" in site.slots[0].failure
    assert loop.moment is not None
    assert "boom" in loop.moment.result.left_out["ctrl0"], "what is left out is not forgotten"


def test_a_slow_controller_is_reported_and_left_out() -> None:
    clock = Clock()
    loop, site = make(clock, 6, lambda: clock.sleep(0.05))
    loop.run()
    assert "ms of 20 ms" in site.slots[0].failure
    assert site.slots[0].banned_until_s > clock.now_s - 5


def test_a_request_that_is_no_number_is_refused_and_reported() -> None:
    """NaN passes every comparison, so it must not reach a bound or a device."""
    clock = Clock()
    loop, site = make(clock, 3)
    handle = site.table.handle("pv0/ActivePowerLimit")
    site.image.grow()

    class Mad(Fixed):
        def run(self, image: View, state: Any, dt_s: float) -> Sequence[Request]:
            return [equals("ess0", math.nan), Bid(handle, math.nan), equals("ess0", 700.0)]

    site.slots[0].controller = Mad(lambda: None)
    seen: list[Any] = []
    inner = loop.listener
    loop.listener = lambda m: (seen.append(m.result), inner(m))[1]  # type: ignore[misc]
    loop.run()
    assert seen[0].set_points["ess0"].active_w == 700
    assert handle not in seen[0].actuators
    assert "no number" in seen[0].failures["ctrl0"]


def test_after_a_fault_the_ramp_begins_at_the_measured_power() -> None:
    """3 kW wished, 1 kW/s allowed. Ten cycles up, the meter away, back: 100 W again, not where the wish had come to."""
    clock = Clock()
    limits = {"maxApparentPower": 5000, "allowedChargePower": -5000, "allowedDischargePower": 5000}
    own = {"ess_id": "ess0", "minSoc": 0, "rampRate": 1000}
    site = Site(
        SiteConfig(
            (
                ComponentConfig("ess0", "managed-symmetric-ess", limits | {"soc": 50, "activePower": 0}),
                ComponentConfig("m0", "meter", {"type": "GRID"}),
            ),
            (
                ControllerConfig("p", "protection", 0, own),
                ControllerConfig("f", "fix-active-power", 1, {"ess_id": "ess0", "power": 3000}),
            ),
            cycle_s=0.1,
        )
    )
    reads = (Place("ActivePower", {}, ReadMap()),)
    meter = DeviceConfig("m0", "modbus-tcp", {}, 0.0, 0.5, reads, ())
    loop = Loop(
        Cycle(site, stopwatch=clock),
        EdgeConfig(site.config, (meter,), required=("m0",)),
        {},
        Pace(0.1),
        clock,
        clock.utc,
        clock.sleep,
    )
    seen: list[tuple[str, float]] = []

    def listen(moment: Any) -> None:
        seen.append((moment.state, moment.result.set_points["ess0"].active_w))
        value = math.nan if 12 <= len(seen) < 40 else 1.0
        site.image.post(Update([site.table.handle("m0/ActivePower")], [value], clock.now_s))
        if len(seen) == 60:
            loop.stop("test")

    loop.listener = listen
    loop.run()
    first = [i for i, (state, _) in enumerate(seen) if state == "run" and (i == 0 or seen[i - 1][0] != "run")]
    assert len(first) == 2
    assert [round(seen[i][1]) for i in (first[0] + 1, first[1] + 1)] == [200, 200]
    assert max(power for _, power in seen[: first[1]]) > 900


def test_the_wall_clock_may_jump_without_any_effect_on_the_rhythm() -> None:
    clock = Clock()
    loop, _ = make(clock, 6)
    jump = iter([0, 3600, 3600, -3600, -3600, 0, 0, 0, 0, 0] * 10)
    loop.clock_utc = lambda: BEGIN + timedelta(seconds=next(jump))
    loop.run()
    assert loop.timing.overruns == 0
    assert all(abs(p - 0.1) < 1e-6 for p in clock.slept[:6])


def test_a_command_lasts_until_it_expires() -> None:
    clock = Clock()
    loop, site = make(clock, 10)
    handle = site.table.handle("ctrl0/Target")
    site.image.grow()
    seen: list[float | None] = []
    inner = loop.listener
    loop.listener = lambda m: (seen.append(site.image.get(handle)), inner(m))[1]  # type: ignore[misc]
    loop.commands.append(Command(handle, 7.0, 100.35))
    loop.run()
    assert seen[:5] == [7.0, 7.0, 7.0, None, None]


def test_stale_values_read_as_undefined() -> None:
    clock = Clock()
    _, site = make(clock, 1)
    handle = site.table.handle("meter0/ActivePower")
    site.image.grow()
    site.image.post(Update([handle], [5.0], 100.0))
    site.image.switch(101.9)
    assert site.image.get(handle) == 5.0
    site.image.switch(102.1)
    assert site.image.get(handle) is None
