"""The site's balance: who feeds whom, what that adds up to, and the greatest powers ever seen.

An energy is what the devices count themselves where all of them do, else the integral of the power over
time. What is counted here and the extremes are kept over a restart, see :class:`Totals`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ems_edge_control.image import Image

FLOWS = (
    "ProductionToConsumption",
    "ProductionToEss",
    "ProductionToGrid",
    "GridToConsumption",
    "GridToEss",
    "EssToConsumption",
    "EssToGrid",
)
# Energy: the power it is counted from, and the sign of that power's part that counts.
COUNTED: Mapping[str, tuple[str, float]] = {
    "GridBuyActiveEnergy": ("GridActivePower", 1.0),
    "GridSellActiveEnergy": ("GridActivePower", -1.0),
    "ProductionAcActiveEnergy": ("ProductionAcActivePower", 1.0),
    "ProductionDcActiveEnergy": ("ProductionDcActualPower", 1.0),
    "EssActiveChargeEnergy": ("EssActivePower", -1.0),
    "EssActiveDischargeEnergy": ("EssActivePower", 1.0),
    "EssDcChargeEnergy": ("EssDischargePower", -1.0),
    "EssDcDischargeEnergy": ("EssDischargePower", 1.0),
    "ProductionActiveEnergy": ("ProductionActivePower", 1.0),
    "ConsumptionActiveEnergy": ("ConsumptionActivePower", 1.0),
} | {f"{name}Energy": (f"{name}Power", 1.0) for name in FLOWS}
# Extreme: the power, and whether its least or its greatest value counts; both begin at 0.
EXTREMES: Mapping[str, tuple[str, Callable[[float, float], float]]] = {
    "GridMinActivePower": ("GridActivePower", min),
    "GridMaxActivePower": ("GridActivePower", max),
    "ProductionMaxActivePower": ("ProductionActivePower", max),
    "ConsumptionMaxActivePower": ("ConsumptionActivePower", max),
}


@dataclass
class Totals:
    """What is kept over a restart.

    Attributes:
        energy_wh: What was counted here since the first start, by channel.
        extreme_w: Extremes since the first start, by channel.
        metered: Energies that the devices count themselves.
    """

    energy_wh: dict[str, float] = field(default_factory=dict)
    extreme_w: dict[str, float] = field(default_factory=dict)
    metered: set[str] = field(default_factory=set)


class Counters:
    """Energies and extremes of the site in each cycle.

    Args:
        image: Where powers are read and energies set.
        totals: What is known from before.
        handle: Handle of a channel of the site as a whole.
        target: The same of one that is set here; None when it is given from outside.
        registers: Channels by energy in which all devices concerned count it themselves.
    """

    def __init__(
        self,
        image: Image,
        totals: Callable[[], Totals],
        handle: Callable[[str], int],
        target: Callable[[str], int | None],
        registers: Mapping[str, Sequence[int]],
    ) -> None:
        self.image = image
        self.totals = totals
        self._energies = [
            (name, place, handle(power), sign, registers.get(name, ()))
            for name, (power, sign) in COUNTED.items()
            if (place := target(name)) is not None
        ]
        self._extremes = [
            (name, place, handle(power), pick)
            for name, (power, pick) in EXTREMES.items()
            if (place := target(name)) is not None
        ]
        self._powers_w = [0.0] * len(self._energies)
        self._last_s: float | None = None

    def run(self) -> None:
        """Count what flowed since the last cycle at the powers seen then, and look for extremes."""
        image, totals = self.image, self.totals()
        values, energy_wh, powers_w = image.values, totals.energy_wh, self._powers_w
        hours = 0.0 if self._last_s is None else (image.now_s - self._last_s) / 3600
        self._last_s = image.now_s
        for i, (name, place, source, sign, registers) in enumerate(self._energies):
            power = values[source]
            if registers and self._metered(name, registers, place, totals):
                continue
            if power == power:
                energy_wh.setdefault(name, 0.0)
            if name in energy_wh:
                energy_wh[name] += powers_w[i] * hours
                image.set_now(place, energy_wh[name])
            powers_w[i] = max(0.0, sign * power) if power == power else 0.0
        for name, place, source, pick in self._extremes:
            power = values[source]
            if power == power:
                extreme = totals.extreme_w[name] = pick(totals.extreme_w.get(name, 0.0), power)
                image.set_now(place, extreme)

    def _metered(self, name: str, registers: Sequence[int], place: int, totals: Totals) -> bool:
        """Whether the devices count; the sum stays while one of them is silent."""
        known = [v for h in registers if (v := self.image.values[h]) == v]
        if len(known) == len(registers):
            totals.metered.add(name)
            self.image.set_now(place, sum(known))
        return name in totals.metered


def flows(
    grid_w: float | None, production_w: float | None, battery_w: float | None
) -> dict[str, float | None]:
    """Who feeds whom: what the battery gives goes to consumption, what it takes comes from production first.

    Args:
        grid_w: Positive when buying.
        production_w: Of all sources, AC and DC.
        battery_w: Positive when discharging, without the production behind a hybrid's inverter.

    Returns:
        Power by flow, never negative; None where nothing can be told.
    """
    shown: dict[str, float | None] = dict.fromkeys(FLOWS)
    made, battery = production_w or 0.0, battery_w or 0.0
    if grid_w is None or made < 0:
        return shown
    if production_w is None and battery_w is None:
        return shown | ({"GridToConsumption": grid_w} if grid_w >= 0 else {})
    used = max(0.0, battery + grid_w + made)
    given = min(max(0.0, battery), used)
    stored = min(max(0.0, -battery), made)
    direct = min(made - stored, used - given)
    sold = made - stored - direct
    bought = used - given - direct
    between = grid_w - bought + sold
    return {
        "ProductionToConsumption": direct,
        "ProductionToEss": stored,
        "ProductionToGrid": sold,
        "GridToConsumption": bought,
        "GridToEss": max(0.0, between),
        "EssToConsumption": given,
        "EssToGrid": max(0.0, -between),
    }
