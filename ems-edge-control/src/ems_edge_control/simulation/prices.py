"""The tariff of a scenario as prices of quarter hours, by the arithmetic that prices the site's hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ems_common.errors import BadInput
from ems_common.slots import SlotAxis
from ems_common.tariffs import Band, TimeOfUse, slot_prices

from ems_edge_control.controllers.series import Series
from ems_edge_control.simulation.scenario import Scenario
from ems_edge_control.simulation.sections import TariffSection

QUARTER_S = 900
AHEAD_S = 86400
DAY_S = 86400
KWH_PER_MWH = 1000.0


class Prices:
    """Price of energy bought in each quarter hour, from the start until a day after the end.

    Raises:
        BadInput: A time of day cannot be read, or the series of prices is too short.
    """

    def __init__(self, scenario: Scenario) -> None:
        start_s = scenario.start_utc.timestamp()
        self.first = int(start_s // QUARTER_S)
        end_s = start_s + scenario.sections.days * DAY_S
        count = int(end_s // QUARTER_S) + 1 - self.first
        ahead = AHEAD_S // QUARTER_S
        if scenario.prices is not None:
            series = scenario.prices
            times = [(self.first + i) * QUARTER_S for i in range(count + ahead)]
            self.per_kwh = [series.at(max(t, start_s)) for t in times if t < series.end_s or t < end_s]
            return
        axis = SlotAxis(
            datetime.fromtimestamp(self.first * QUARTER_S, UTC), count + ahead, timedelta(seconds=QUARTER_S)
        )
        tariff = TimeOfUse(axis.start_utc, axis.end_utc, tuple(_bands(scenario.sections.tariff)))
        self.per_kwh = [float(p) for p in slot_prices([tariff], axis, scenario.zone)]

    def at(self, time_s: float) -> float:
        """Price at an instant [money/kWh]."""
        return self.per_kwh[int(time_s // QUARTER_S) - self.first]

    @property
    def mean(self) -> float:
        """Mean price [money/kWh], to value what is left in a battery."""
        return sum(self.per_kwh) / len(self.per_kwh)

    def series(self) -> Series:
        """What controllers know [money/MWh]."""
        return Series(
            float(self.first * QUARTER_S), float(QUARTER_S), tuple(p * KWH_PER_MWH for p in self.per_kwh)
        )


def _bands(tariff: TariffSection) -> Iterator[Band]:
    """In the order in which they count: bands, hours, the one price."""
    for band in tariff.buy_bands:
        start, end = _seconds(band.start), _seconds(band.end)
        if 0 < end <= start:
            yield Band(start, 0, band.price)
            start = 0
        yield Band(start, end, band.price)
    count = len(tariff.buy_hourly)
    for i, price in enumerate(tariff.buy_hourly):
        yield Band(DAY_S * i // count, DAY_S * (i + 1) // count % DAY_S, price)
    yield Band(0, 0, tariff.buy_per_kwh)


def _seconds(text: str) -> int:
    try:
        hour, minute = (int(part) for part in text.split(":"))
    except ValueError:
        raise BadInput("is not a time of day", "tariff buy_bands", text, "Write 07:30.") from None
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        raise BadInput("is not a time of day", "tariff buy_bands", text, "Write 07:30.")
    return (hour * 3600 + minute * 60) % DAY_S
