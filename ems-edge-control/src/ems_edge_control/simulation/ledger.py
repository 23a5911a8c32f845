"""What a variant came to: energy, peaks, wear and money, and the course of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ems_edge_control.simulation.plant import Flows
from ems_edge_control.simulation.prices import QUARTER_S, Prices
from ems_edge_control.simulation.sections import TariffSection

MOST_POINTS = 1500
SLOTS_S = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)


@dataclass(frozen=True, slots=True)
class Point:
    """Means of one slot of the course.

    Attributes:
        time_s: Begin of the slot, seconds since 1970.
        grid_kw: Power from the grid; negative = into it.
        load_kw: Load without charging points.
        pv_kw: Production.
        battery_kw: Power of the batteries, discharge positive.
        charger_kw: Power of the charging points.
        soc_percent: State of charge at the end of the slot.
        price: Price at its begin [money/kWh].
    """

    time_s: float
    grid_kw: float
    load_kw: float
    pv_kw: float
    battery_kw: float
    charger_kw: float
    soc_percent: float
    price: float


@dataclass
class Outcome:
    """What one variant came to.

    Attributes:
        name: The variant.
        zone: Zone of the site.
        load_kwh: Energy used by the load.
        charged_kwh: Energy that cars took.
        bought_kwh: Energy drawn from the grid.
        sold_kwh: Energy fed into it.
        produced_kwh: Energy made by PV.
        curtailed_kwh: PV energy not made because of a limit.
        peak_kw: Highest mean of a quarter of an hour.
        monthly_peaks_kw: The same of each local month.
        cycles: Equivalent full cycles of the batteries.
        throughput_kwh: Energy that the batteries gave.
        lowest_soc: Lowest state of charge of any battery.
        highest_soc: Highest state of charge of any battery.
        energy_cost: Energy bought less energy sold.
        demand_cost: Monthly peaks times their price.
        wear_cost: Throughput times its price.
        stored_value: Worth of what the batteries hold more (less: negative) than at the start.
        failures: Controllers that failed, with the reason.
        course: Means of slots, for plot and CSV.
        saved: Cost of the site without batteries and control, less the cost of this one; None if not known.
    """

    name: str
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    load_kwh: float = 0.0
    charged_kwh: float = 0.0
    bought_kwh: float = 0.0
    sold_kwh: float = 0.0
    produced_kwh: float = 0.0
    curtailed_kwh: float = 0.0
    peak_kw: float = 0.0
    monthly_peaks_kw: dict[str, float] = field(default_factory=dict)
    cycles: float = 0.0
    throughput_kwh: float = 0.0
    lowest_soc: float = 100.0
    highest_soc: float = 0.0
    energy_cost: float = 0.0
    demand_cost: float = 0.0
    wear_cost: float = 0.0
    stored_value: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    course: list[Point] = field(default_factory=list)
    saved: float | None = None

    @property
    def cost(self) -> float:
        """All costs, less the worth of what was put by."""
        return self.energy_cost + self.demand_cost + self.wear_cost - self.stored_value

    @property
    def self_consumption(self) -> float | None:
        """Share of the production that was not sold; None without production."""
        return max(0.0, 1 - self.sold_kwh / self.produced_kwh) if self.produced_kwh > 0 else None

    @property
    def self_sufficiency(self) -> float | None:
        """Share of the consumption that was not bought; None without consumption."""
        used_kwh = self.load_kwh + self.charged_kwh
        return max(0.0, 1 - self.bought_kwh / used_kwh) if used_kwh > 0 else None


class Ledger:
    """Books the cycles of a variant."""

    def __init__(
        self, outcome: Outcome, tariff: TariffSection, prices: Prices, cycle_s: float, span_s: float
    ) -> None:
        self.outcome = outcome
        self.tariff = tariff
        self.prices = prices
        least_s = span_s / MOST_POINTS
        self.slot_s = next((s for s in (cycle_s, *SLOTS_S) if s >= max(least_s, cycle_s)), SLOTS_S[-1])
        self._quarter = -1
        self._quarter_kwh = 0.0
        self._quarter_s = 0.0
        self._slot = -1
        self._slot_s = 0.0
        self._sums = [0.0] * 5
        self._soc = 0.0

    def book(self, time_s: float, dt_s: float, flows: Flows, soc: float) -> None:
        """Take one cycle that began at `time_s`."""
        out, grid_kwh = self.outcome, flows.grid
        if grid_kwh > 0:
            out.bought_kwh += grid_kwh
            out.energy_cost += grid_kwh * self.prices.at(time_s)
        else:
            out.sold_kwh -= grid_kwh
            out.energy_cost += grid_kwh * self.tariff.sell_per_kwh
        out.load_kwh += flows.load
        out.charged_kwh += flows.charger
        out.produced_kwh += flows.pv
        out.curtailed_kwh += flows.curtailed
        out.throughput_kwh += flows.discharge
        self._meter(time_s, dt_s, grid_kwh)
        self._record(time_s, dt_s, flows, soc)

    def see(self, soc: float) -> None:
        """Note the state of charge of one battery."""
        self.outcome.lowest_soc = min(self.outcome.lowest_soc, soc)
        self.outcome.highest_soc = max(self.outcome.highest_soc, soc)

    def close(self, capacity_kwh: float, gained_kwh: float) -> None:
        """End: the last slots, and what is left to be priced.

        Args:
            capacity_kwh: Of all batteries.
            gained_kwh: What they hold more than at the start.
        """
        out, tariff = self.outcome, self.tariff
        self._close_quarter()
        self._close_slot()
        out.peak_kw = max(out.monthly_peaks_kw.values(), default=0.0)
        out.demand_cost = sum(out.monthly_peaks_kw.values()) * tariff.demand_per_kw
        out.wear_cost = out.throughput_kwh * tariff.wear_per_kwh
        out.stored_value = gained_kwh * self.prices.mean
        out.cycles = out.throughput_kwh / capacity_kwh if capacity_kwh else 0.0

    def _meter(self, time_s: float, dt_s: float, grid_kwh: float) -> None:
        quarter = int(time_s // QUARTER_S)
        if quarter != self._quarter:
            self._close_quarter()
            self._quarter = quarter
        self._quarter_kwh += grid_kwh
        self._quarter_s += dt_s

    def _close_quarter(self) -> None:
        if self._quarter_s > 0:
            mean_kw = self._quarter_kwh * 3600 / self._quarter_s
            local = datetime.fromtimestamp(self._quarter * QUARTER_S, UTC).astimezone(self.outcome.zone)
            peaks = self.outcome.monthly_peaks_kw
            month = f"{local:%Y-%m}"
            peaks[month] = max(peaks.get(month, 0.0), mean_kw)
        self._quarter_kwh = self._quarter_s = 0.0

    def _record(self, time_s: float, dt_s: float, flows: Flows, soc: float) -> None:
        slot = int(time_s // self.slot_s)
        if slot != self._slot:
            self._close_slot()
            self._slot = slot
        battery = flows.discharge - flows.charge
        for i, energy in enumerate((flows.grid, flows.load, flows.pv, battery, flows.charger)):
            self._sums[i] += energy
        self._slot_s += dt_s
        self._soc = soc

    def _close_slot(self) -> None:
        if self._slot_s > 0:
            time_s = self._slot * self.slot_s
            price = self.prices.at(max(time_s, self.prices.first * QUARTER_S))
            grid, load, pv, battery, charger = (kwh * 3600 / self._slot_s for kwh in self._sums)
            self.outcome.course.append(Point(time_s, grid, load, pv, battery, charger, self._soc, price))
        self._sums, self._slot_s = [0.0] * 5, 0.0


def compare(outcomes: Sequence[Outcome], without: Outcome) -> None:
    """Note what each variant saves against the site without batteries and control."""
    for outcome in outcomes:
        outcome.saved = without.cost - outcome.cost
