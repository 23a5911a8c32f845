"""`simulate`: a whole site on a virtual clock, for commissioning, teaching and comparing strategies in money.

A scenario (YAML) describes load, PV, battery, tariff and one or more variants of controllers::

    start: 2026-06-01T00:00:00+01:00
    days: 7
    cycle_s: 10
    time_zone: Europe/London
    load: {hourly_w: [24 values], weekend: 0.7, noise: 0.05, seed: 1, steps: [{at_h: 12.5, hours: 1, add_w:
    50000}]} pv: {rated_w: 100000, sunrise_h: 5, sunset_h: 21, clouds: 0.3}
    battery: {rated_w: 100000, capacity_wh: 200000, start_soc: 50, efficiency: 0.955, response_s: 0.2}
    tariff: {buy_per_kwh: 0.30, buy_hourly: [24 values, optional], sell_per_kwh: 0.08, demand_per_kw: 8.0}
    variants:
      nothing: []
      shaving: [{id: s, type: peak-shaving, properties: {...}}]

The engine is the one that runs in the loop; only the plant behind it is arithmetic. Component ids are
`grid0`, `ess0` and `pv0`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from ems_common.errors import BadInput
from msgspec import Struct

from ems_edge_control.cycle import Cycle
from ems_edge_control.image import FOREVER_S
from ems_edge_control.site import BadSite, ComponentConfig, ControllerConfig, Site, SiteConfig


class Step(Struct, forbid_unknown_fields=True, frozen=True):
    """Load added for a time, counted from the start."""

    at_h: float
    hours: float
    add_w: float


class LoadSection(Struct, forbid_unknown_fields=True, frozen=True):
    """Consumption: a daily profile with noise."""

    hourly_w: list[float]
    weekend: float = 1.0
    noise: float = 0.0
    seed: int = 1
    steps: list[Step] = []


class PvSection(Struct, forbid_unknown_fields=True, frozen=True):
    """Production: a sine between sunrise and sunset, less clouds."""

    rated_w: float = 0.0
    sunrise_h: float = 6.0
    sunset_h: float = 20.0
    clouds: float = 0.0


class BatterySection(Struct, forbid_unknown_fields=True, frozen=True):
    """Storage."""

    rated_w: float
    capacity_wh: float
    start_soc: float = 50.0
    efficiency: float = 0.955
    response_s: float = 0.2


class TariffSection(Struct, forbid_unknown_fields=True, frozen=True):
    """Prices in one currency."""

    buy_per_kwh: float = 0.0
    sell_per_kwh: float = 0.0
    demand_per_kw: float = 0.0
    buy_hourly: list[float] = []


class Scenario(Struct, forbid_unknown_fields=True, frozen=True):
    """A scenario as written down; YAML reads an unquoted instant by itself."""

    start: Any
    load: LoadSection
    battery: BatterySection
    variants: dict[str, list[dict[str, Any]]]
    days: float = 1.0
    cycle_s: float = 10.0
    time_zone: str = "UTC"
    pv: PvSection = PvSection()
    tariff: TariffSection = TariffSection()


@dataclass
class Battery:
    """Follows its set-point with a first-order lag; charge and discharge lose energy.

    Full and empty it stops.
    """

    config: BatterySection
    soc: float
    power_w: float = 0.0
    throughput_wh: float = 0.0

    @property
    def allowed_w(self) -> tuple[float, float]:
        """Charge (not positive) and discharge power that the battery allows now, tapered at its ends."""
        c = self.config
        charge = c.rated_w * min(1.0, max(0.0, (100.0 - self.soc) / 2))
        discharge = c.rated_w * min(1.0, max(0.0, self.soc / 2))
        return -charge, discharge

    def step(self, set_point_w: float, dt_s: float) -> None:
        """Follow the set-point and move energy."""
        low, high = self.allowed_w
        aim = min(max(set_point_w, low), high)
        self.power_w += (aim - self.power_w) * (1 - math.exp(-dt_s / max(self.config.response_s, 1e-3)))
        efficiency = self.config.efficiency
        inner_w = self.power_w / efficiency if self.power_w > 0 else self.power_w * efficiency
        moved_wh = inner_w * dt_s / 3600
        self.soc = min(max(self.soc - 100 * moved_wh / self.config.capacity_wh, 0.0), 100.0)
        self.throughput_wh += abs(moved_wh)


class Sources:
    """Load and sun over time; the same for every variant."""

    def __init__(self, scenario: Scenario, zone: ZoneInfo) -> None:
        self.scenario = scenario
        self.zone = zone
        self.random = random.Random(scenario.load.seed)  # noqa: S311 – weather and people, nothing to guess
        self.ripple = 0.0
        self.cloud = 0.0
        self.start = _instant(scenario.start, zone)

    def at(self, now: datetime, dt_s: float) -> tuple[float, float]:
        """Load and possible PV power at an instant [W]."""
        load, pv = self.scenario.load, self.scenario.pv
        local = now.astimezone(self.zone)
        hour = local.hour + local.minute / 60 + local.second / 3600
        index = int(hour)
        share = hour - index
        profile = load.hourly_w
        base = profile[index % len(profile)] * (1 - share) + profile[(index + 1) % len(profile)] * share
        if local.weekday() >= 5:
            base *= load.weekend
        slow = math.exp(-dt_s / 120.0)
        gauss = self.random.gauss(0, 1)
        self.ripple = slow * self.ripple + math.sqrt(1 - slow * slow) * gauss * load.noise
        since_h = (now - self.start).total_seconds() / 3600
        added = sum(s.add_w for s in load.steps if s.at_h <= since_h < s.at_h + s.hours)
        self.cloud = slow * self.cloud + math.sqrt(1 - slow * slow) * self.random.gauss(0, 1)
        span = pv.sunset_h - pv.sunrise_h
        sun = math.sin(math.pi * (hour - pv.sunrise_h) / span) if 0 < hour - pv.sunrise_h < span else 0.0
        clear = max(0.0, 1 - pv.clouds * abs(self.cloud))
        return max(0.0, base * (1 + self.ripple) + added), pv.rated_w * sun * clear


@dataclass
class Outcome:
    """What one variant came to.

    Attributes:
        name: The variant.
        bought_kwh: Energy drawn from the grid.
        sold_kwh: Energy fed into it.
        peak_kw: Highest mean of a quarter of an hour.
        curtailed_kwh: PV energy not made because of a limit.
        cycles: Equivalent full cycles of the battery.
        lowest_soc: Lowest state of charge.
        highest_soc: Highest state of charge.
        energy_cost: Energy bought less energy sold.
        demand_cost: Peak times its price.
        failures: Controllers that failed, with the reason.
        trace: Time [h], grid, load, PV, battery [kW], state of charge [%], for the plot.
    """

    name: str
    bought_kwh: float = 0.0
    sold_kwh: float = 0.0
    peak_kw: float = 0.0
    curtailed_kwh: float = 0.0
    cycles: float = 0.0
    lowest_soc: float = 100.0
    highest_soc: float = 0.0
    energy_cost: float = 0.0
    demand_cost: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    trace: list[tuple[float, float, float, float, float, float]] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """All costs."""
        return self.energy_cost + self.demand_cost


class Simulation:
    """One variant of a scenario."""

    def __init__(self, scenario: Scenario, name: str) -> None:
        self.scenario = scenario
        self.zone = _zone(scenario.time_zone)
        self.sources = Sources(scenario, self.zone)
        self.battery = Battery(scenario.battery, scenario.battery.start_soc)
        self.outcome = Outcome(name)
        self.site = Site(self._config(scenario.variants[name]))
        self.cycle = Cycle(self.site)
        handle = self.site.table.handle
        self.h = {
            name: handle(name)
            for name in (
                "grid0/ActivePower",
                "ess0/ActivePower",
                "ess0/Soc",
                "ess0/AllowedChargePower",
                "ess0/AllowedDischargePower",
                "pv0/ActivePower",
                "grid0/Frequency",
            )
        }
        self.limit = handle("pv0/ActivePowerLimit")
        self.site.image.grow()
        self.clock = self.sources.start
        self._quarter = (-1, 0.0, 0.0)

    def _config(self, controllers: Sequence[Mapping[str, Any]]) -> SiteConfig:
        battery, pv = self.scenario.battery, self.scenario.pv
        storage = {"maxApparentPower": battery.rated_w, "capacity": battery.capacity_wh, "gridMode": 1}
        components = (
            ComponentConfig("grid0", "meter", {"type": "GRID"}),
            ComponentConfig("ess0", "managed-symmetric-ess", storage),
            ComponentConfig("pv0", "pv-inverter", {"type": "PRODUCTION", "maxActivePower": pv.rated_w}),
        )
        listed = tuple(
            ControllerConfig(
                str(c.get("id", f"controller{i}")),
                str(c.get("type", "")),
                float(c.get("priority", i)),
                c.get("properties") or {},
            )
            for i, c in enumerate(controllers)
        )
        return SiteConfig(
            components, listed, cycle_s=self.scenario.cycle_s, zone=self.zone, max_age_s=FOREVER_S
        )

    def run(self) -> Outcome:
        """Run to the end."""
        dt_s = self.scenario.cycle_s
        cycles = round(self.scenario.days * 86400 / dt_s)
        every = max(1, cycles // 1500)
        for number in range(cycles):
            self._one(number, dt_s, keep=number % every == 0)
        self._close_quarter()
        out, capacity = self.outcome, self.scenario.battery.capacity_wh
        out.cycles = self.battery.throughput_wh / (2 * capacity)
        out.demand_cost = max(0.0, out.peak_kw) * self.scenario.tariff.demand_per_kw
        return out

    def _one(self, number: int, dt_s: float, *, keep: bool) -> None:
        """Measure, control, and let the plant move on."""
        now_s = 1000.0 + number * dt_s
        load_w, sun_w = self.sources.at(self.clock, dt_s)
        limit = self.site.image.get(self.limit)
        pv_w = sun_w if limit is None else min(sun_w, limit)
        grid_w = load_w - pv_w - self.battery.power_w
        self.measure(grid_w, pv_w, now_s)
        result = self.cycle.run(now_s, self.clock, dt_s)
        self.outcome.failures.update(result.failures)
        place = result.actuators.get(self.limit)
        value = place.value if place is not None and place.is_set else None
        self.site.image.set_next(self.limit, math.nan if value is None else value, now_s)
        self.act(result.set_points["ess0"].active_w, dt_s)
        pv_w = sun_w if value is None else min(sun_w, value)
        grid_w = load_w - pv_w - self.battery.power_w
        self._book(grid_w, sun_w - pv_w, dt_s)
        if keep:
            hours = number * dt_s / 3600
            powers = (grid_w / 1000, load_w / 1000, pv_w / 1000, self.battery.power_w / 1000)
            self.outcome.trace.append((hours, *powers, self.battery.soc))
        self.clock += timedelta(seconds=dt_s)

    def act(self, set_point_w: float, dt_s: float) -> None:
        """Let the battery follow.

        The set-point acts within the cycle, so the energy of the cycle is that after the response.
        """
        self.battery.step(set_point_w, dt_s)

    def measure(self, grid_w: float, pv_w: float, now_s: float) -> None:
        """Put what the devices read into the next image."""
        low, high = self.battery.allowed_w
        values = {
            "grid0/ActivePower": grid_w,
            "ess0/ActivePower": self.battery.power_w,
            "ess0/Soc": self.battery.soc,
            "ess0/AllowedChargePower": low,
            "ess0/AllowedDischargePower": high,
            "pv0/ActivePower": pv_w,
            "grid0/Frequency": 50_000.0,
        }
        for name, value in values.items():
            self.site.image.set_next(self.h[name], value, now_s)

    def _book(self, grid_w: float, curtailed_w: float, dt_s: float) -> None:
        out, tariff = self.outcome, self.scenario.tariff
        energy_kwh = grid_w * dt_s / 3.6e6
        hour = self.clock.astimezone(self.zone).hour
        price = tariff.buy_hourly[hour % len(tariff.buy_hourly)] if tariff.buy_hourly else tariff.buy_per_kwh
        if energy_kwh > 0:
            out.bought_kwh += energy_kwh
            out.energy_cost += energy_kwh * price
        else:
            out.sold_kwh -= energy_kwh
            out.energy_cost += energy_kwh * tariff.sell_per_kwh
        out.curtailed_kwh += curtailed_w * dt_s / 3.6e6
        out.lowest_soc = min(out.lowest_soc, self.battery.soc)
        out.highest_soc = max(out.highest_soc, self.battery.soc)
        quarter = int(self.clock.timestamp() // 900)
        if quarter != self._quarter[0]:
            self._close_quarter()
            self._quarter = (quarter, 0.0, 0.0)
        self._quarter = (quarter, self._quarter[1] + energy_kwh, self._quarter[2] + dt_s)

    def _close_quarter(self) -> None:
        _, energy_kwh, seconds = self._quarter
        if seconds > 0:
            self.outcome.peak_kw = max(self.outcome.peak_kw, energy_kwh * 3600 / seconds)


def read(raw: Any) -> Scenario:
    """Check a scenario.

    Raises:
        BadInput: It cannot be used.
    """
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as ex:
        raise BadSite([str(ex)]) from ex
    faults = []
    if not scenario.load.hourly_w:
        faults.append("load: hourly_w needs at least one value")
    if not scenario.variants:
        faults.append("variants: at least one is needed; an empty list of controllers is one")
    if scenario.cycle_s <= 0 or scenario.days <= 0:
        faults.append("cycle_s and days are positive")
    if faults:
        raise BadSite(faults)
    _instant(scenario.start, _zone(scenario.time_zone))
    return scenario


def run(scenario: Scenario) -> list[Outcome]:
    """Run all variants, in the order given."""
    return [Simulation(scenario, name).run() for name in scenario.variants]


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table for a terminal."""
    heads = (
        "variant",
        "bought kWh",
        "sold kWh",
        "peak kW",
        "curtailed",
        "cycles",
        "SOC %",
        "energy",
        "demand",
        "total",
    )
    rows = [heads]
    for o in outcomes:
        rows.append(
            (
                o.name,
                f"{o.bought_kwh:,.1f}",
                f"{o.sold_kwh:,.1f}",
                f"{o.peak_kw:,.1f}",
                f"{o.curtailed_kwh:,.1f}",
                f"{o.cycles:.2f}",
                f"{o.lowest_soc:.0f}–{o.highest_soc:.0f}",
                f"{o.energy_cost:,.2f}",
                f"{o.demand_cost:,.2f}",
                f"{o.cost:,.2f}",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    for o in outcomes:
        lines.extend(f"{o.name}: controller {id} failed: {why}" for id, why in o.failures.items())
    return "\n".join(lines)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as ex:
        raise BadInput(f"unknown time zone: {ex}", "time_zone", name) from ex


def _instant(text: Any, zone: ZoneInfo) -> datetime:
    try:
        instant = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    except ValueError as ex:
        raise BadInput("is not an instant", "start", text, "Write 2026-06-01T00:00:00Z.") from ex
    return (instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)).astimezone(UTC)
