"""The devices of a scenario on the shared physics, stepped together.

A cycle may be longer than devices take to respond. Then its first second is stepped finer, so that energy is
that of a device that has arrived, and not that of a slow slope over the whole cycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ems_common.plant.battery import Battery, BatteryRatings
from ems_common.plant.charger import PHASE_VOLTAGE_V, EvCharger
from ems_common.plant.pv import PvInverter

from ems_edge_control.simulation.scenario import Scenario
from ems_edge_control.simulation.sections import BatterySection, ChargerSection

RESPONSE_S, SETTLED_S = 0.2, 1.0
FULL_POWER_WITHIN_S = 0.2
PHASES = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True)
class Flows:
    """Energy of one cycle [kWh], and the possible production that was not made."""

    load: float
    pv: float
    charge: float
    discharge: float
    charger: float
    curtailed: float

    @property
    def grid(self) -> float:
        """Energy from the grid; negative = into it."""
        return self.load + self.charger + self.charge - self.pv - self.discharge


class Storage:
    """A battery in the units of control: W, percent, discharge positive."""

    def __init__(self, section: BatterySection) -> None:
        ramp_w = section.max_ramp_w_per_s or section.rated_w / FULL_POWER_WITHIN_S
        self.capacity_wh = section.capacity_wh
        # The devices' own watchdog is fed by the I/O of the real loop; here nothing can starve it.
        ratings = BatteryRatings(
            rated_power_kw=section.rated_w / 1000,
            capacity_kwh=section.capacity_wh / 1000,
            max_ramp_kw_per_s=ramp_w / 1000,
            one_way_efficiency=section.efficiency,
            watchdog_s=0.0,
            start_soc=section.start_soc / 100,
            response_s=section.response_s,
        )
        self.model = Battery(ratings)

    @property
    def soc(self) -> float:
        """State of charge [%]."""
        return self.model.soc_ratio * 100

    @property
    def power_w(self) -> float:
        """Power at the grid side [W]."""
        return self.model.power_kw * 1000

    @property
    def allowed_w(self) -> tuple[float, float]:
        """Charge (not positive) and discharge power that the battery allows now [W]."""
        return -self.model.allowed_charge_kw * 1000, self.model.allowed_discharge_kw * 1000

    def command(self, set_point_w: float) -> None:
        """Take a set-point [W]."""
        self.model.write_set_point(set_point_w / 1000)

    def readings(self) -> dict[str, float]:
        """What its channels show."""
        low, high = self.allowed_w
        model = self.model
        return {
            "ActivePower": self.power_w,
            "ReactivePower": 0.0,
            "Soc": self.soc,
            "AllowedChargePower": low,
            "AllowedDischargePower": high,
            "MinCellTemperature": model.temperature_c - 0.8,
            "MaxCellTemperature": model.temperature_c + 1.1,
            "MinCellVoltage": model.cell_voltage_v * 1000 - 6,
            "MaxCellVoltage": model.cell_voltage_v * 1000 + 5,
        }


class ChargingPoint:
    """A charging point in the units of control: W."""

    def __init__(self, section: ChargerSection) -> None:
        self.model = EvCharger(
            {
                "min_current_a": section.min_current_a,
                "max_current_a": section.max_current_a,
                "phases": float(section.phases),
                "sessions_per_day": float(section.sessions_per_day),
            }
        )
        self._w_per_a = section.phases * PHASE_VOLTAGE_V

    def command(self, limit_w: float | None) -> None:
        """Take a limit [W]; None for none."""
        self.model.write_limit(self.model.max_current_a if limit_w is None else limit_w / self._w_per_a)

    def readings(self) -> dict[str, float]:
        """What its channels show."""
        model = self.model
        return {
            "Status": float(model.status),
            "ActivePower": model.power_kw * 1000,
            "EnergySession": model.session_kwh * 1000,
            "Phases": float(model.phases),
            "MinimumHardwarePower": model.min_current_a * self._w_per_a,
            "MaximumHardwarePower": model.max_current_a * self._w_per_a,
        }


class Plant:
    """All devices of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.grid = scenario.grid
        self.shares = scenario.sections.load.phase_shares
        self.batteries = {id: Storage(section) for id, section in scenario.batteries.items()}
        self.inverters = {id: PvInverter(max(s.rated_w, 1.0) / 1000) for id, s in scenario.pvs.items()}
        self.chargers = {id: ChargingPoint(section) for id, section in scenario.chargers.items()}
        self.load_w = 0.0
        self.frequency_hz = 50.0

    @property
    def pv_w(self) -> float:
        """Production [W]."""
        return sum(pv.power_kw for pv in self.inverters.values()) * 1000

    @property
    def battery_w(self) -> float:
        """Power of all batteries, discharge positive [W]."""
        return sum(battery.power_w for battery in self.batteries.values())

    @property
    def charger_w(self) -> float:
        """Power of all charging points [W]."""
        return sum(charger.model.power_kw for charger in self.chargers.values()) * 1000

    @property
    def grid_w(self) -> float:
        """Power from the grid [W]."""
        return self.load_w + self.charger_w - self.pv_w - self.battery_w

    @property
    def soc(self) -> float:
        """State of charge of all batteries together [%]; 0 without any."""
        capacity = sum(b.capacity_wh for b in self.batteries.values())
        return sum(b.soc * b.capacity_wh for b in self.batteries.values()) / capacity if capacity else 0.0

    def readings(self) -> dict[str, float]:
        """What the devices show now, by channel address."""
        grid_w = self.grid_w
        others_w = grid_w - self.load_w
        found = {
            f"{self.grid}/ActivePower": grid_w,
            f"{self.grid}/Frequency": self.frequency_hz * 1000,
            **{
                f"{self.grid}/ActivePower{phase}": self.load_w * share + others_w / 3
                for phase, share in zip(PHASES, self.shares, strict=True)
            },
        }
        for id, pv in self.inverters.items():
            found[f"{id}/ActivePower"] = pv.power_kw * 1000
        devices: Mapping[str, Storage | ChargingPoint] = {**self.batteries, **self.chargers}
        for id, device in devices.items():
            for name, value in device.readings().items():
                found[f"{id}/{name}"] = value
        return found

    def limit(self, id: str, limit_w: float | None) -> None:
        """Hand a limit to a PV inverter or charging point."""
        if id in self.inverters:
            self.inverters[id].write_limit(None if limit_w is None else limit_w / 1000)
        elif id in self.chargers:
            self.chargers[id].command(limit_w)

    def start(self, load_w: float, sun_w: Mapping[str, float], wall_s: float) -> None:
        """Begin at rest with what sun and cars there are."""
        self.load_w = load_w
        for id, pv in self.inverters.items():
            pv.available_kw = sun_w[id] / 1000
            pv.power_kw = min(pv.available_kw, pv.rated_power_kw)
        for charger in self.chargers.values():
            charger.model.step(0.0, wall_s)

    def step(self, dt_s: float, sun_w: Mapping[str, float], wall_s: float) -> Flows:
        """Advance by a cycle at a constant load.

        Args:
            dt_s: Length of the cycle.
            sun_w: What each inverter could make.
            wall_s: Local wall time at the end of the cycle, as seconds; cars come by it.
        """
        before = self._counters()
        left_s = dt_s
        for part_s in _parts(dt_s):
            left_s -= part_s
            for battery in self.batteries.values():
                battery.model.step(part_s)
            for id, pv in self.inverters.items():
                pv.step(part_s, sun_w[id] / 1000)
            for charger in self.chargers.values():
                charger.model.step(part_s, wall_s - left_s)
        charge, discharge, made, charged = (
            now - then for now, then in zip(self._counters(), before, strict=True)
        )
        possible = sum(min(sun_w[id], pv.rated_power_kw * 1000) for id, pv in self.inverters.items())
        curtailed = max(0.0, possible * dt_s / 3.6e6 - made) if self._is_limited() else 0.0
        return Flows(self.load_w * dt_s / 3.6e6, made, charge, discharge, charged, curtailed)

    def _is_limited(self) -> bool:
        return any(pv.limit_in_effect_kw < pv.rated_power_kw for pv in self.inverters.values())

    def _counters(self) -> tuple[float, float, float, float]:
        models = [b.model for b in self.batteries.values()]
        return (
            sum(m.charge_kwh for m in models),
            sum(m.discharge_kwh for m in models),
            sum(pv.energy_kwh for pv in self.inverters.values()),
            sum(c.model.energy_kwh for c in self.chargers.values()),
        )


def _parts(dt_s: float) -> tuple[float, ...]:
    if dt_s <= RESPONSE_S:
        return (dt_s,)
    if dt_s <= SETTLED_S:
        return (RESPONSE_S, dt_s - RESPONSE_S)
    return (RESPONSE_S, SETTLED_S - RESPONSE_S, dt_s - SETTLED_S)
