"""Writing a history: readings files, the truth, and the memory from which the live plant goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from ems_common import log
from ems_common.errors import BadInput

from ems_simulator import sensors, state
from ems_simulator.declaration import PlantDeclaration
from ems_simulator.history import csvfile, truth
from ems_simulator.history.energy import Energies, energies
from ems_simulator.history.faults import Injector, Readings
from ems_simulator.history.index import Index, indexes
from ems_simulator.history.window import Window
from ems_simulator.microgrid import past
from ems_simulator.profiles import ProfileBank

EXCHANGES_FILE = "meter_exchanges.json"
_LEAST_DAYS = 2.0
_THREADS = 2
_log = log.get(__name__)


@dataclass(frozen=True)
class Written:
    """What was written."""

    files: tuple[Path, ...]
    late_files: tuple[Path, ...]
    rows: int
    meters: int
    start_utc: datetime
    end_utc: datetime


def write_history(
    plant: PlantDeclaration, out: Path, var_dir: Path, end_utc: datetime, days: float
) -> Written:
    """Write the past of a plant.

    Args:
        plant: The declaration.
        out: Folder for the readings (``readings-*.csv.gz``, ``late-*.csv.gz``), ``truth.json`` and
            ``truth_hours.npz``.
        var_dir: State folder; the live plant goes on from what is put there.
        end_utc: End of the window; the readings end at the full quarter hour before.
        days: Length of the window.

    Raises:
        BadInput: The window is too short or begins before the plant's epoch.
    """
    window = Window.ending(end_utc, days)
    if days < _LEAST_DAYS:
        raise BadInput("a history needs two days at least", value=days)
    if window.start_s < plant.epoch_utc.timestamp():
        raise BadInput(
            "the history begins before the plant was built", "epoch_utc", window.utc(0).isoformat()
        )
    out.mkdir(parents=True, exist_ok=True)
    bank = ProfileBank(plant)
    _log.info("history_started", from_utc=window.utc(0).isoformat(), days=days)
    known = energies(plant, bank, window)
    registers = indexes(plant, window, known)
    injector = Injector(plant, window)
    vias = _vias(plant)
    readings = [injector.readings(index, vias[index.meter_id]) for index in registers]
    readings += _hourly(plant, bank, window, known)
    _remove_old(out)
    files, late_files, rows = _write_files(out, readings, window)
    truth.dump(out / "truth.json", truth.truth(window, registers, injector.injected))
    truth.write_hours(out / "truth_hours.npz", window, registers)
    _write_memory(plant, var_dir, window, known, registers)
    return Written(files, late_files, rows, len(registers), window.utc(0), window.utc(window.n_quarters))


def _vias(plant: PlantDeclaration) -> dict[int, str]:
    vias = {meter.id: meter.via for meter in plant.meters}
    vias |= {
        meter.id: device.device for device in plant.microgrid_devices for meter in device.meters.values()
    }
    return vias


def _hourly(
    plant: PlantDeclaration, bank: ProfileBank, window: Window, known: Energies
) -> Iterator[Readings]:
    """Hourly readings of the points that are no energy registers."""
    seams = window.hour_seams
    wanted = set(plant.history.hourly_points)
    powers = {point: values for point, values in known.power_kw.items() if point in wanted}
    vias = {plant.point_id(meter.id, "power"): meter.via for meter in plant.meters}
    for device in plant.microgrid_devices:
        vias |= dict.fromkeys(device.points.values(), device.device)
    soc_point = plant.battery.points["soc"]
    if soc_point in wanted:
        powers[soc_point] = known.soc_ratio * 100.0
    for point, values in powers.items():
        yield Readings(point, vias[point], seams, values[seams], 3)
    times_s = window.times_s[seams].astype(np.float64)
    for sensor in plant.sensors:
        for quantity, point in sensor.points.items():
            if point in wanted:
                values = sensors.values(sensor, quantity, times_s, bank)
                yield Readings(point, sensor.via, seams, values, 2)


def _remove_old(out: Path) -> None:
    """Files of an earlier history must not be imported with the new ones."""
    for pattern in ("readings-*.csv.gz", "late-*.csv.gz"):
        for path in out.glob(pattern):
            path.unlink()


def _write_files(
    out: Path, readings: Sequence[Readings], window: Window
) -> tuple[tuple[Path, ...], tuple[Path, ...], int]:
    times = csvfile.time_texts(window)
    grouped: dict[Path, list[Readings]] = {}
    late: dict[Path, list[Readings]] = {}
    for item in readings:
        grouped.setdefault(out / f"readings-{item.via}.csv.gz", []).append(item)
        if item.late is not None:
            late.setdefault(out / f"late-{item.via}.csv.gz", []).append(item.late)
    # Compression releases the interpreter's lock, so threads do.
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = [pool.submit(csvfile.write, path, items, times) for path, items in (grouped | late).items()]
        rows = sum(job.result() for job in jobs)
    return tuple(sorted(grouped)), tuple(sorted(late)), rows


def _write_memory(
    plant: PlantDeclaration, var_dir: Path, window: Window, known: Energies, registers: Sequence[Index]
) -> None:
    """Leave the memory of the end for the live plant, and the exchange records for the site's installer."""
    counted = {
        (device.role, name): float(known.counted_kwh[meter.id][-1])
        for device in plant.microgrid_devices
        for name, meter in device.meters.items()
    }
    per_day = int(plant.ev_charger.ratings["sessions_per_day"])
    session_start_s, session_kwh = past.session_at(window.end_s, per_day)
    memory = state.PlantState(
        time_s=float(window.end_s),
        extra_kwh={name: -energy for name, energy in known.lost_kwh.items()},
        shift_kwh={str(index.meter_id): index.shift_kwh for index in registers if index.shift_kwh},
        import_kwh=counted["grid_meter", "import_energy"],
        export_kwh=counted["grid_meter", "export_energy"],
        pv_kwh=counted["pv_inverter", "total_energy"],
        soc_ratio=float(known.soc_ratio[-1]),
        charge_kwh=counted["battery", "charge_energy"],
        discharge_kwh=counted["battery", "discharge_energy"],
        charger_kwh=counted["ev_charger", "total_energy"],
        session_start_s=session_start_s,
        session_kwh=session_kwh,
    )
    path = state.path_in(var_dir)
    state.save(path, memory)
    truth.dump(path.parent / EXCHANGES_FILE, truth.exchange_rows(registers))
