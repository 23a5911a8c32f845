"""The sections of a scenario file, and what can be wrong with one by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from ems_edge_control.simulation.variants import Variant

LONGEST_DAYS = 3660
S = TypeVar("S")


class Strict(Struct, forbid_unknown_fields=True, frozen=True):
    """A section in which an unknown key is a fault."""


class File(Strict, frozen=True):
    """A series in a CSV file beside the scenario: a column of times and one of values.

    Attributes:
        file: Path, relative to the scenario.
        column: Name of the column of values.
        unit: `W`, `kW` or `MW` of powers; ignored for prices.
        time: Name of the column of times (ISO; without offset they are local).
    """

    file: str
    column: str
    unit: str = "kW"
    time: str = "time"


class Step(Strict, frozen=True):
    """Something added for a time, counted from the start.

    Attributes:
        at_h: Begin [h].
        hours: Length [h].
        add_w: Load added [W].
        add_hz: Mains frequency added [Hz].
    """

    at_h: float
    hours: float
    add_w: float = 0.0
    add_hz: float = 0.0


class LoadSection(Strict, frozen=True):
    """Consumption: a profile of 24 (or any number of) equal parts of a day, or a measured series."""

    hourly_w: list[float] = []
    measured: File | None = None
    weekend: float = 1.0
    noise: float = 0.0
    seed: int = 1
    steps: list[Step] = []
    phase_shares: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)


class PvSection(Strict, frozen=True):
    """A PV inverter: a sine between sunrise and sunset less clouds, or a measured series of the possible."""

    rated_w: float = 0.0
    sunrise_h: float = 6.0
    sunset_h: float = 20.0
    clouds: float = 0.0
    measured: File | None = None


class BatterySection(Strict, frozen=True):
    """A storage unit.

    Attributes:
        efficiency: Share of energy that gets through, in each direction.
        response_s: Time constant with which it follows its set-point.
        max_ramp_w_per_s: Fastest change; none given = full power within a fifth of a second.
    """

    rated_w: float
    capacity_wh: float
    start_soc: float = 50.0
    efficiency: float = 0.955
    response_s: float = 0.2
    max_ramp_w_per_s: float | None = None


class ChargerSection(Strict, frozen=True):
    """A charging point with its daily number of cars."""

    min_current_a: float = 6.0
    max_current_a: float = 32.0
    phases: int = 3
    sessions_per_day: int = 4


class Band(Strict, frozen=True):
    """A price that holds every day from `start` until `end` (local, HH:MM; 00:00 as end = midnight)."""

    start: str
    end: str
    price: float


class TariffSection(Strict, frozen=True):
    """Prices in one currency.

    Attributes:
        buy_per_kwh: Price of energy bought, at any time that nothing else names.
        buy_hourly: The same for each hour of the day.
        buy_bands: The same by time of day.
        buy_series: The same from a file.
        sell_per_kwh: What energy sold earns.
        demand_per_kw: Price of the highest quarter hour of each month.
        wear_per_kwh: Cost of one kWh through the battery.
    """

    buy_per_kwh: float = 0.0
    buy_hourly: list[float] = []
    buy_bands: list[Band] = []
    buy_series: File | None = None
    sell_per_kwh: float = 0.0
    demand_per_kw: float = 0.0
    wear_per_kwh: float = 0.0


class ForecastSection(Strict, frozen=True):
    """What controllers may know ahead.

    Attributes:
        prices: Whether they know the prices.
        load: Whether they know the expected load.
        pv: Whether they know the expected production.
        error: Factor on the forecasts of load and production, for testing how a strategy bears errors.
    """

    prices: bool = True
    load: bool = True
    pv: bool = True
    error: float = 1.0


class Sections(Strict, frozen=True):
    """The file as written; YAML reads an unquoted instant by itself."""

    start: Any
    load: LoadSection
    variants: dict[str, list[dict[str, Any]] | Variant]
    days: float = 1.0
    cycle_s: float = 10.0
    time_zone: str = "UTC"
    site: str = ""
    battery: BatterySection | None = None
    batteries: dict[str, BatterySection] = {}
    pv: PvSection | None = None
    pv_inverters: dict[str, PvSection] = {}
    charger: ChargerSection | None = None
    chargers: dict[str, ChargerSection] = {}
    components: list[dict[str, Any]] = []
    frequency_steps: list[Step] = []
    tariff: TariffSection = TariffSection()
    forecast: ForecastSection = ForecastSection()


def faults(sections: Sections) -> Iterator[str]:
    """Everything that is wrong."""
    if bool(sections.load.hourly_w) == (sections.load.measured is not None):
        yield "load: give either hourly_w with at least one value, or measured"
    if not sections.variants:
        yield "variants: at least one is needed; an empty list of controllers is one"
    if not 0.02 <= sections.cycle_s <= 900:
        yield f"cycle_s is between 0.02 and 900 (got {sections.cycle_s:g})"
    if not 0 < sections.days <= LONGEST_DAYS:
        yield f"days is above 0 and at most {LONGEST_DAYS} (got {sections.days:g})"
    elif sections.days * 86400 < sections.cycle_s:
        yield "days is shorter than one cycle"
    yield from _battery_faults(by_id(sections.battery, "battery", sections.batteries))
    for id, charger in by_id(sections.charger, "charger", sections.chargers).items():
        if charger.phases not in (1, 2, 3) or not 0 <= charger.min_current_a <= charger.max_current_a:
            yield f"{id}: phases is 1 to 3, min_current_a is at most max_current_a"
        if not 1 <= charger.sessions_per_day <= 100:
            yield f"{id}: sessions_per_day is between 1 and 100"


def _battery_faults(batteries: Mapping[str, BatterySection]) -> Iterator[str]:
    for id, battery in batteries.items():
        if min(battery.rated_w, battery.capacity_wh) <= 0:
            yield f"{id}: rated_w and capacity_wh are positive"
        if not 0 < battery.efficiency <= 1:
            yield f"{id}: efficiency is above 0 and at most 1"
        if not 0 <= battery.start_soc <= 100:
            yield f"{id}: start_soc is between 0 and 100"


def by_id(single: S | None, usual: str, several: Mapping[str, S]) -> dict[str, S]:
    """Sections by id; a single one gets the usual id."""
    return ({} if single is None else {usual: single}) | dict(several)
