"""The plant's devices as their users see them: registers with values, writable set-points, and faults.

A device shows what the plant gives at the instant of the request, unless somebody told it to misbehave: it
may be off-line, frozen (all values stand still) or show a wrong energy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from ems_common.plant.charger import PHASE_VOLTAGE_V
from ems_common.plant.pv import NO_LIMIT_W

from ems_simulator import sensors
from ems_simulator.declaration import Meter, MicrogridDevice, Sensor
from ems_simulator.electrical import electrical
from ems_simulator.plant import Plant
from ems_simulator.registers import RegisterMap

Values = dict[str, float]
_SAMPLE_S = 0.01


@dataclass
class Device:
    """A device with its faults.

    Attributes:
        id: Its name in the plant.
        kind: `meter`, `sensor` or the role of a microgrid device.
        via: Gateway, broker, or itself when it has a port of its own.
        shown_energy_kwh: Wrong energy to show instead of the true one.
    """

    id: str
    kind: str
    via: str
    read: Callable[[], Values]
    write: Callable[[str, float], None] | None = None
    meter: Meter | None = None
    sensor: Sensor | None = None
    is_online: bool = True
    is_frozen: bool = False
    shown_energy_kwh: float | None = None
    _last: Values = field(default_factory=dict)

    def values(self) -> Values:
        """What the device shows now."""
        if not self.is_frozen or not self._last:
            self._last = self.read()
        if self.shown_energy_kwh is not None and "energy" in self._last:
            return {**self._last, "energy": self.shown_energy_kwh}
        return self._last


def meter_device(plant: Plant, meter: Meter) -> Device:
    """A panel or pulse meter."""

    def read() -> Values:
        power_kw = plant.power_kw(meter)
        values: Values = {"energy": plant.index_kwh(meter), "power": power_kw}
        if "voltage_l1" in meter.quantities or meter.model:
            seen = plant.electrical(meter, power_kw)
            values |= _phases("voltage", seen.voltages_v) | _phases("current", seen.currents_a)
            values["frequency"] = plant.frequency.at(plant.time_s)
            values["power_factor"] = seen.power_factor
        return values

    return Device(meter.code, "meter", meter.via, read, meter=meter)


def sensor_device(plant: Plant, sensor: Sensor) -> Device:
    """A sensor on a concentrator."""

    def read() -> Values:
        now_s = np.array([plant.time_s])
        return {q: float(sensors.values(sensor, q, now_s, plant.bank)[0]) for q in sensor.points}

    return Device(sensor.device, "sensor", sensor.via, read, sensor=sensor)


def grid_meter(plant: Plant, declared: MicrogridDevice) -> Device:
    """The meter at the point of common coupling."""

    def read() -> Values:
        seen = plant.grid_electrical()
        values: Values = {
            "active_power": plant.grid_kw * 1000.0,
            "reactive_power": seen.reactive_kvar * 1000.0,
            "apparent_power": seen.apparent_kva * 1000.0,
            "frequency": plant.frequency.at(plant.time_s),
            "power_factor": seen.power_factor,
            "import_energy": plant.import_kwh,
            "export_energy": plant.export_kwh,
            "sample_count": int(plant.time_s / _SAMPLE_S) % 2**32,
            "status": 0,
        }
        values |= _phases("active_power", tuple(p * 1000.0 for p in seen.powers_kw))
        return values | _phases("voltage", seen.voltages_v) | _phases("current", seen.currents_a)

    return Device(declared.device, declared.role, declared.device, read)


def pv_inverter(plant: Plant, declared: MicrogridDevice) -> Device:
    """The PV inverter."""
    pv = plant.pv

    def read() -> Values:
        seen = electrical(pv.power_kw, plant.time_s, pv.rated_power_kw)
        limit_w = NO_LIMIT_W if pv.limit_kw is None else pv.limit_kw * 1000.0
        values: Values = {
            "active_power": pv.power_kw * 1000.0,
            "reactive_power": 0.0,
            "available_power": pv.available_kw * 1000.0,
            "dc_power": pv.power_kw * 1000.0 / 0.98,
            "frequency": plant.frequency.at(plant.time_s),
            "temperature": pv.temperature_c,
            "total_energy": pv.energy_kwh,
            "today_energy": plant.pv_today_kwh,
            "state": pv.state,
            "alarms": pv.alarms,
            "rated_power": pv.rated_power_kw * 1000.0,
            "limit_in_effect": pv.limit_in_effect_kw * 1000.0,
            "active_power_limit": limit_w,
            "limit_watchdog": pv.limit_watchdog_s,
            "run_command": float(pv.is_running),
        }
        return values | _phases("voltage", seen.voltages_v) | _phases("current", seen.currents_a)

    def write(name: str, value: float) -> None:
        if name == "active_power_limit":
            pv.write_limit(None if value >= NO_LIMIT_W else value / 1000.0)
        elif name == "limit_watchdog":
            pv.limit_watchdog_s = value
        else:
            pv.is_running = _switch(value)
            pv.is_tripped = pv.is_tripped and not pv.is_running

    return Device(declared.device, declared.role, declared.device, read, write)


def battery(plant: Plant, declared: MicrogridDevice) -> Device:
    """The battery with its inverter."""
    unit = plant.battery

    def read() -> Values:
        seen = electrical(unit.power_kw, plant.time_s, unit.ratings.rated_power_kw)
        return {
            "soc": unit.soc_ratio * 100.0,
            "soh": 98.2,
            "state": unit.state,
            "alarms": unit.alarms,
            "active_power": unit.power_kw * 1000.0,
            "reactive_power": 0.0,
            "allowed_charge_power": unit.allowed_charge_kw * 1000.0,
            "allowed_discharge_power": unit.allowed_discharge_kw * 1000.0,
            "max_ramp": unit.ratings.max_ramp_kw_per_s * 1000.0,
            "rated_power": unit.ratings.rated_power_kw * 1000.0,
            "capacity": unit.ratings.capacity_kwh * 1000.0,
            "dc_voltage": unit.dc_voltage_v,
            "dc_current": unit.dc_current_a,
            "cell_temperature_min": unit.temperature_c - 0.8,
            "cell_temperature_max": unit.temperature_c + 1.1,
            "cell_voltage_min": unit.cell_voltage_v - 0.006,
            "cell_voltage_max": unit.cell_voltage_v + 0.005,
            "charge_energy": unit.charge_kwh,
            "discharge_energy": unit.discharge_kwh,
            "frequency": plant.frequency.at(plant.time_s),
            **_phases("voltage", seen.voltages_v),
            "set_point_in_effect": unit.set_point_in_effect_kw * 1000.0,
            "watchdog_remaining": unit.watchdog_remaining_s,
            "active_power_set_point": unit.set_point_kw * 1000.0,
            "watchdog_timeout": unit.watchdog_s,
            "run_command": float(unit.is_running),
            "today_charge_energy": plant.charge_today_kwh,
            "today_discharge_energy": plant.discharge_today_kwh,
        }

    def write(name: str, value: float) -> None:
        if name == "active_power_set_point":
            unit.write_set_point(value / 1000.0)
        elif name == "watchdog_timeout":
            unit.watchdog_s = value
        else:
            unit.is_running = _switch(value)
            unit.is_tripped = unit.is_tripped and not unit.is_running

    return Device(declared.device, declared.role, declared.device, read, write)


def ev_charger(plant: Plant, declared: MicrogridDevice) -> Device:
    """The charging point."""
    unit = plant.charger

    def read() -> Values:
        is_car_there = unit.session is not None
        return {
            "status": unit.status,
            "plug": float(is_car_there),
            "active_power": unit.power_kw * 1000.0,
            **_phases("current", (unit.current_a,) * 3),
            **_phases("voltage", (PHASE_VOLTAGE_V,) * 3),
            "session_energy": unit.session_kwh,
            "session_duration": unit.session_duration_s,
            "total_energy": unit.energy_kwh,
            "current_limit_in_effect": unit.limit_in_effect_a,
            "min_current": unit.min_current_a,
            "max_current": unit.max_current_a,
            "phases": unit.phases,
            "current_limit": unit.limit_a,
            "limit_watchdog": unit.limit_watchdog_s,
            "fallback_current": unit.fallback_a,
            "enable": float(unit.is_enabled),
        }

    def write(name: str, value: float) -> None:
        if name == "current_limit":
            unit.write_limit(value)
        elif name == "limit_watchdog":
            unit.limit_watchdog_s = value
        elif name == "fallback_current":
            unit.fallback_a = value
        else:
            unit.is_enabled = _switch(value)
            unit.is_tripped = unit.is_tripped and not unit.is_enabled

    return Device(declared.device, declared.role, declared.device, read, write)


def all_devices(plant: Plant) -> Mapping[str, Device]:
    """Every device of the plant, by id."""
    declared = plant.declaration
    found = [meter_device(plant, meter) for meter in declared.meters]
    found += [sensor_device(plant, sensor) for sensor in declared.sensors]
    found += [
        grid_meter(plant, declared.grid_meter),
        pv_inverter(plant, declared.pv_inverter),
        battery(plant, declared.battery),
        ev_charger(plant, declared.ev_charger),
    ]
    return {device.id: device for device in found}


def register_map(plant: Plant, device: Device) -> RegisterMap:
    """The register map of a Modbus device."""
    declared = plant.declaration
    if device.meter is not None:
        return declared.models[device.meter.model]
    return declared.models[next(d.model for d in declared.microgrid_devices if d.device == device.id)]


def _phases(name: str, values: tuple[float, ...]) -> Values:
    return {f"{name}_l{number}": value for number, value in enumerate(values, start=1)}


def _switch(value: float) -> bool:
    """A 0/1 command.

    Raises:
        ValueError: It is neither.
    """
    if value not in (0.0, 1.0):
        raise ValueError("a switch takes 0 or 1")
    return value == 1.0
