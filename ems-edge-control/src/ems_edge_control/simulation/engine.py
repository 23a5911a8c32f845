"""One variant, cycle by cycle: measure, control, and let the plant move on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ems_edge_control.controllers.series import Series
from ems_edge_control.cycle import Cycle, Result
from ems_edge_control.image import FOREVER_S
from ems_edge_control.simulation import ledger
from ems_edge_control.simulation.ledger import Ledger, Outcome
from ems_edge_control.simulation.plant import Flows, Plant
from ems_edge_control.simulation.prices import AHEAD_S, QUARTER_S, Prices
from ems_edge_control.simulation.scenario import Scenario
from ems_edge_control.simulation.sources import Sources
from ems_edge_control.simulation.variants import Parts
from ems_edge_control.site import Site, SiteConfig

MONOTONIC_START_S = 1000.0
BARE = "without battery"


class Simulation:
    """One variant of a scenario.

    Args:
        scenario: What to simulate.
        name: Its variant.
        parts: Components and controllers instead of those of the variant.
    """

    def __init__(self, scenario: Scenario, name: str, parts: Parts | None = None) -> None:
        self.scenario = scenario
        chosen = parts or scenario.parts[name]
        self.site = Site(
            SiteConfig(
                chosen.components,
                chosen.controllers,
                cycle_s=scenario.cycle_s,
                zone=scenario.zone,
                max_age_s=FOREVER_S,
            )
        )
        self.cycle = Cycle(self.site)
        self.sources = Sources(scenario)
        self.plant = Plant(scenario)
        self.prices = Prices(scenario)
        self._look_ahead()
        self.outcome = Outcome(name, scenario.zone)
        span_s = scenario.sections.days * 86400
        tariff = scenario.sections.tariff
        self.ledger = Ledger(self.outcome, tariff, self.prices, scenario.cycle_s, span_s)
        self.h = {address: self.site.table.handle(address) for address in self.plant.readings()}
        self._limits = {
            self.site.table.handle(f"{id}/{name}"): id
            for name, ids in (
                ("ActivePowerLimit", self.plant.inverters),
                ("SetChargePowerLimit", self.plant.chargers),
            )
            for id in ids
        }
        self.site.image.grow()
        self.now_s = MONOTONIC_START_S
        self.clock = scenario.start_utc
        self.sun_w: Mapping[str, float] = {}

    def run(self) -> Outcome:
        """Run to the end."""
        held_kwh = self._held_kwh()
        for number in range(self.scenario.cycles):
            self._one(number)
        capacity_kwh = sum(b.capacity_wh for b in self.plant.batteries.values()) / 1000
        self.ledger.close(capacity_kwh, self._held_kwh() - held_kwh)
        return self.outcome

    def measure(self, readings: Mapping[str, float]) -> None:
        """Put what the devices show into the next image."""
        set_next = self.site.image.set_next
        for address, value in readings.items():
            set_next(self.h[address], value, self.now_s)

    def act(self, set_points_w: Mapping[str, float], dt_s: float) -> Flows:
        """Hand the set-points to the batteries and let the plant move on by a cycle.

        They act within the cycle, so its energy is that after the response.
        """
        for id, battery in self.plant.batteries.items():
            battery.command(set_points_w.get(id, 0.0))
        return self.plant.step(dt_s, self.sun_w, self._wall_s(self.clock + timedelta(seconds=dt_s)))

    def _one(self, number: int) -> None:
        dt_s = self.scenario.cycle_s
        self.now_s = MONOTONIC_START_S + number * dt_s
        time_s = self.sources.start_s + number * dt_s
        self.clock = datetime.fromtimestamp(time_s, UTC)
        load_w, self.sun_w = self.sources.at(time_s, dt_s)
        if number == 0:
            self.plant.start(load_w, self.sun_w, self._wall_s(self.clock))
        self.plant.load_w = load_w
        self.plant.frequency_hz = self.sources.frequency_hz(time_s)
        self.measure(self.plant.readings())
        result = self.cycle.run(self.now_s, self.clock, dt_s)
        if result.failures:
            self.outcome.failures.update(result.failures)
        self._hand_out(result)
        flows = self.act({id: point.active_w for id, point in result.set_points.items()}, dt_s)
        self.ledger.book(time_s, dt_s, flows, self.plant.soc)
        for battery in self.plant.batteries.values():
            self.ledger.see(battery.soc)

    def _hand_out(self, result: Result) -> None:
        """Limits for inverters and charging points; the device reads back what it has."""
        for handle, id in self._limits.items():
            place = result.actuators.get(handle)
            if place is None or not place.is_set:
                continue
            self.plant.limit(id, place.value)
            value = float("nan") if place.value is None else place.value
            self.site.image.set_next(handle, value, self.now_s)

    def _look_ahead(self) -> None:
        """Tell the controllers what they may know of the time to come."""
        section = self.scenario.sections.forecast
        outlook = self.site.outlook
        if section.prices:
            outlook.put("GridBuyPrice", self.prices.series())
        first_s = float(self.prices.first * QUARTER_S)
        span_s = self.scenario.sections.days * 86400
        places = [first_s + i * QUARTER_S for i in range(int((span_s + AHEAD_S) // QUARTER_S) + 1)]
        ends = [m.end_s for m in (self.scenario.load, *self.scenario.sun.values()) if m is not None]
        places = [max(t, self.sources.start_s) for t in places if t < min(ends, default=FOREVER_S)]
        if section.load:
            used = tuple(self.sources.expected_load_w(t) * section.error for t in places)
            outlook.put("ConsumptionActivePower", Series(first_s, float(QUARTER_S), used))
        if section.pv and self.scenario.pvs:
            made = tuple(self.sources.expected_sun_w(t) * section.error for t in places)
            outlook.put("ProductionActivePower", Series(first_s, float(QUARTER_S), made))

    def _held_kwh(self) -> float:
        return sum(b.soc / 100 * b.capacity_wh for b in self.plant.batteries.values()) / 1000

    def _wall_s(self, time_utc: datetime) -> float:
        """Local wall time as seconds, by which cars come."""
        return time_utc.astimezone(self.scenario.zone).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Run:
    """All variants of a scenario, and what the run took.

    Attributes:
        outcomes: In the order written.
        simulated_s: Time simulated, all variants together.
        took_s: Time it took.
    """

    outcomes: Sequence[Outcome]
    simulated_s: float
    took_s: float


def run(scenario: Scenario) -> Run:
    """Run all variants, and the site without batteries and control to compare them with."""
    began_s = time.perf_counter()
    outcomes = [Simulation(scenario, name).run() for name in scenario.parts]
    bare = next((o for o in outcomes if not scenario.parts[o.name].controllers), None)
    count = len(outcomes)
    if bare is None:
        any_parts = next(iter(scenario.parts.values()))
        bare = Simulation(scenario, BARE, Parts(any_parts.components, ())).run()
        count += 1
    ledger.compare(outcomes, bare)
    span_s = scenario.cycles * scenario.cycle_s
    return Run(outcomes, count * span_s, time.perf_counter() - began_s)
