"""What every meter counted in the window, before its register shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ems_common.plant.battery import BatteryRatings
from numpy.typing import NDArray

from ems_simulator import curve
from ems_simulator.declaration import MicrogridDevice, PlantDeclaration
from ems_simulator.history.window import HOUR_QUARTERS, Window
from ems_simulator.microgrid import past
from ems_simulator.profiles import ProfileBank

Floats = NDArray[np.float64]


@dataclass
class Energies:
    """True energies of a window.

    Attributes:
        counted_kwh: For each meter id, energy since its start, shape (n_quarters + 1,).
        power_kw: For each point id of a power, its values at the seams, same shape.
        soc_ratio: State of charge of the battery at the seams.
        lost_kwh: Energy that outages took from a profile.
    """

    counted_kwh: dict[int, Floats]
    power_kw: dict[int, Floats]
    soc_ratio: Floats
    lost_kwh: dict[str, float] = field(default_factory=dict)


def energies(plant: PlantDeclaration, bank: ProfileBank, window: Window) -> Energies:
    """Work out all meters of the plant, the microgrid included."""
    quarters = bank.quarters(window.first_quarter, window.n_quarters)
    lost_kwh = _cut_outages(plant, bank, window, quarters)
    before = bank.cumulative_at(window.first_quarter)
    counted = np.concatenate(
        [before[:, np.newaxis], before[:, np.newaxis] + np.cumsum(quarters, axis=1)], axis=1
    )
    seam_kw = _seam_power_kw(quarters)
    counted_kwh, power_kw = {}, {}
    for meter in plant.meters:
        weights = bank.weights(dict(meter.measures))
        rows = np.flatnonzero(weights)
        counted_kwh[meter.id] = meter.start_kwh + weights[rows] @ counted[rows]
        power_kw[plant.point_id(meter.id, "power")] = weights[rows] @ seam_kw[rows]
    load = np.sum([bank.weights(dict(plant.meter(i).measures)) for i in plant.load_meters], axis=0)
    rows = np.flatnonzero(load)
    pv_kwh = quarters[bank.names.index(plant.pv_inverter.profile)]
    flows = _microgrid_flows(plant, window, load[rows] @ quarters[rows], pv_kwh)
    result = Energies(counted_kwh, power_kw, flows.soc_ratio, lost_kwh)
    _add_microgrid(plant, flows, result)
    return result


@dataclass(frozen=True)
class _Flows:
    grid_kwh: Floats
    pv_kwh: Floats
    charge_kwh: Floats
    discharge_kwh: Floats
    cars_kwh: Floats
    soc_ratio: Floats


def _microgrid_flows(plant: PlantDeclaration, window: Window, load_kwh: Floats, pv_kwh: Floats) -> _Flows:
    ratings = BatteryRatings.from_declaration(plant.battery.ratings)
    battery = past.battery(window.first_quarter, window.n_quarters, ratings)
    per_day = int(plant.ev_charger.ratings["sessions_per_day"])
    cars_kwh = past.charger(window.first_quarter, window.n_quarters, per_day)
    grid_kwh = load_kwh + cars_kwh - pv_kwh + battery.charge_kwh - battery.discharge_kwh
    return _Flows(grid_kwh, pv_kwh, battery.charge_kwh, battery.discharge_kwh, cars_kwh, battery.soc_ratio)


def _add_microgrid(plant: PlantDeclaration, flows: _Flows, result: Energies) -> None:
    added: tuple[tuple[MicrogridDevice, dict[str, Floats], Floats], ...] = (
        (
            plant.grid_meter,
            {
                "import_energy": np.maximum(flows.grid_kwh, 0.0),
                "export_energy": np.maximum(-flows.grid_kwh, 0.0),
            },
            flows.grid_kwh,
        ),
        (plant.pv_inverter, {"total_energy": flows.pv_kwh}, flows.pv_kwh),
        (
            plant.battery,
            {"charge_energy": flows.charge_kwh, "discharge_energy": flows.discharge_kwh},
            flows.discharge_kwh - flows.charge_kwh,
        ),
        (plant.ev_charger, {"total_energy": flows.cars_kwh}, flows.cars_kwh),
    )
    for device, registers, net_kwh in added:
        for name, energy_kwh in registers.items():
            meter = device.meters[name]
            result.counted_kwh[meter.id] = meter.start_kwh + np.concatenate([[0.0], np.cumsum(energy_kwh)])
        last = net_kwh[-1:] if len(net_kwh) else np.zeros(1)
        result.power_kw[device.points["active_power"]] = np.concatenate([net_kwh, last]) * HOUR_QUARTERS


def _seam_power_kw(quarters_kwh: Floats) -> Floats:
    """Power at the seams [kW]; at both ends of the window the mean of the last quarter hour."""
    inner = curve.seam_slopes(quarters_kwh)
    return np.concatenate([quarters_kwh[:, :1], inner, quarters_kwh[:, -1:]], axis=1) * HOUR_QUARTERS


def _cut_outages(
    plant: PlantDeclaration, bank: ProfileBank, window: Window, quarters: Floats
) -> dict[str, float]:
    """Take away the consumption behind meters that were switched off before their register was reset."""
    lost: dict[str, float] = {}
    for fault in plant.history.faults:
        if fault.kind != "unrecorded_reset" or fault.at is None:
            continue
        off = slice(*outage_seams(window, fault.at, fault.hours))
        for meter_id in fault.meters:
            for name in plant.meter(meter_id).measures:
                row = bank.names.index(name)
                lost[name] = lost.get(name, 0.0) + float(quarters[row, off].sum())
                quarters[row, off] = 0.0
    return lost


def outage_seams(window: Window, at: float, hours: float) -> tuple[int, int]:
    """First and last seam of an outage, on full hours so that power is zero all the time."""
    start = window.position(at)
    start += -(window.first_quarter + start) % HOUR_QUARTERS
    return start, start + round(hours * HOUR_QUARTERS)
