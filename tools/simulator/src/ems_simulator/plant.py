"""The whole plant at an instant: loads, meters and the microgrid, advanced together.

There is no background loop: whoever looks (a Modbus request, a message due, the admin page) first calls
:meth:`Plant.advance`, which steps the physics up to that moment. So every answer is of now, all registers
of an answer belong to one instant, and an idle plant costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

import numpy as np
from ems_common.plant.battery import Battery, BatteryRatings
from ems_common.plant.charger import EvCharger
from ems_common.plant.pv import PvInverter
from numpy.typing import NDArray

from ems_simulator.declaration import Meter, MicrogridDevice, PlantDeclaration
from ems_simulator.electrical import Electrical, Frequency, electrical
from ems_simulator.loads import Loads
from ems_simulator.profiles import ProfileBank
from ems_simulator.registers import quantise
from ems_simulator.series import read_table
from ems_simulator.state import PlantState

Floats = NDArray[np.float64]

_STEP_S = 0.05
_LONG_STEPS = 200
_LEAST_ADVANCE_S = 0.005
_UNCLEAN_MARGIN_S = 1.5
_FREQUENCY_FILE = "grid_frequency_1s_hour.csv.gz"
_GRID_RATED_KW = 12000.0


class Plant:
    """The simulated plant.

    Args:
        declaration: What there is.
        bank: The load profiles.
        state: Memory of an earlier run or of the history; None starts anew.
        now_s: The present instant, seconds since 1970.
    """

    def __init__(
        self, declaration: PlantDeclaration, bank: ProfileBank, state: PlantState | None, now_s: float
    ) -> None:
        memory = state or first_state(declaration, now_s)
        self.declaration = declaration
        self.bank = bank
        self.frequency = Frequency(read_table(declaration.data_folder / _FREQUENCY_FILE).values[:, 0])
        self.profile_index = {name: row for row, name in enumerate(bank.names)}
        self.loads = Loads(bank, np.array([memory.extra_kwh.get(name, 0.0) for name in bank.names]))
        self.pv = PvInverter(declaration.pv_inverter.ratings["rated_power_kw"])
        self.battery = Battery(BatteryRatings.from_declaration(declaration.battery.ratings), memory.soc_ratio)
        self.charger = EvCharger(declaration.ev_charger.ratings)
        self.import_kwh, self.export_kwh = memory.import_kwh, memory.export_kwh
        self.today = memory.today
        self.pv_today_kwh = memory.pv_today_kwh
        self.charge_today_kwh, self.discharge_today_kwh = memory.charge_today_kwh, memory.discharge_today_kwh
        self.shift_kwh = {int(key): value for key, value in memory.shift_kwh.items()}
        self._weights = {m.id: bank.weights(dict(m.measures)) for m in declaration.meters}
        self._load_weights = np.sum([self._weights[i] for i in declaration.load_meters], axis=0)
        self.sun_share: float | None = None
        self._midnight_s = 0.0
        self._pv_row = self.profile_index[declaration.pv_inverter.profile]
        self._resume(memory, now_s)

    @property
    def time_s(self) -> float:
        """The instant everything is at, seconds since 1970."""
        return self.loads.time_s

    @property
    def load_kw(self) -> float:
        """Power of all loads but the charger [kW]."""
        return float(self._load_weights @ self.loads.power_kw)

    @property
    def grid_kw(self) -> float:
        """Power at the point of common coupling [kW], import positive."""
        return self.load_kw - self.pv.power_kw - self.battery.power_kw + self.charger.power_kw

    def advance(self, now_s: float) -> None:
        """Step everything up to `now_s`; one that is past, or milliseconds away, changes nothing."""
        span_s = now_s - self.time_s
        if span_s < _LEAST_ADVANCE_S:
            return
        # After a long sleep (a stopped process) coarser steps do: the watchdogs have expired long before.
        steps = max(1, math.ceil(span_s / _STEP_S))
        steps = min(steps, _LONG_STEPS + math.ceil(span_s / 60.0))
        start_s = self.time_s
        for step in range(1, steps + 1):
            self._step(now_s if step == steps else start_s + span_s * step / steps)

    def index_kwh(self, meter: Meter) -> float:
        """The index that a meter's register shows [kWh]."""
        counted = float(self._weights[meter.id] @ self.loads.energy_kwh)
        index = meter.start_kwh + counted - self.shift_kwh.get(meter.id, 0.0)
        if meter.modulus_kwh is not None:
            index %= meter.modulus_kwh
        register = self.declaration.models[meter.model]["energy"] if meter.model else None
        return float(quantise(np.array([index]), register, meter.resolution_kwh)[0])

    def counted_kwh(self, meter: Meter) -> float:
        """All energy that went through a meter since the epoch [kWh]."""
        return float(self._weights[meter.id] @ self.loads.energy_kwh)

    def power_kw(self, meter: Meter) -> float:
        """Active power through a meter [kW]."""
        return float(self._weights[meter.id] @ self.loads.power_kw)

    def electrical(self, meter: Meter, power_kw: float) -> Electrical:
        """Voltages and currents of a meter at its power."""
        return electrical(power_kw, self.time_s + meter.id, meter.max_kw)

    def grid_electrical(self) -> Electrical:
        """Voltages and currents at the point of common coupling."""
        nominal_v = self.declaration.grid_meter.ratings["nominal_voltage_v"]
        return electrical(self.grid_kw, self.time_s, _GRID_RATED_KW, nominal_v)

    def set_load_offset(self, meter: Meter, offset_kw: float) -> None:
        """Raise (or lower) the load behind a meter by a constant power, seen by every meter above it."""
        row, factor = self._first_profile(meter)
        self.loads.set_offset(row, offset_kw / factor)

    def add_energy(self, meter: Meter, energy_kwh: float) -> None:
        """Let an amount of energy go through a meter at once.

        Raises:
            ValueError: The energy is negative; registers do not run backwards.
        """
        if energy_kwh < 0.0:
            raise ValueError("energy cannot be taken out of a meter")
        row, factor = self._first_profile(meter)
        self.loads.add_energy(row, energy_kwh / factor)

    def memory(self, *, is_clean: bool) -> PlantState:
        """What must be kept to go on from here."""
        session = self.charger.session
        return PlantState(
            time_s=self.time_s,
            is_clean=is_clean,
            extra_kwh=_non_zero(self.profile_index, self.loads.extra_kwh),
            shift_kwh={str(key): value for key, value in self.shift_kwh.items()},
            import_kwh=self.import_kwh,
            export_kwh=self.export_kwh,
            pv_kwh=self.pv.energy_kwh,
            pv_today_kwh=self.pv_today_kwh,
            today=self.today,
            charge_today_kwh=self.charge_today_kwh,
            discharge_today_kwh=self.discharge_today_kwh,
            pv_kw=self.pv.power_kw,
            soc_ratio=self.battery.soc_ratio,
            charge_kwh=self.battery.charge_kwh,
            discharge_kwh=self.battery.discharge_kwh,
            battery_kw=self.battery.power_kw,
            charger_kwh=self.charger.energy_kwh,
            charger_kw=self.charger.power_kw,
            session_start_s=session.start_s if session else 0.0,
            session_kwh=self.charger.session_kwh,
        )

    def _first_profile(self, meter: Meter) -> tuple[int, float]:
        name, factor = next(iter(meter.measures.items()))
        return self.profile_index[name], factor

    def _step(self, time_s: float) -> None:
        dt_s = time_s - self.time_s
        before = self._counters()
        self.loads.advance(time_s)
        self.pv.step(dt_s, self._available_sun_kw())
        self.battery.step(dt_s)
        self.charger.step(dt_s, time_s)
        self._book(before)

    def _available_sun_kw(self) -> float:
        """What the inverter could make of the sun, which may be set by hand [kW]."""
        if self.sun_share is not None:
            return self.sun_share * self.pv.rated_power_kw
        return float(self.loads.power_kw[self._pv_row])

    def _counters(self) -> tuple[float, float, float, float, float]:
        """Energy counters of loads, charger, PV, battery charge and discharge [kWh]."""
        return (
            float(self._load_weights @ self.loads.energy_kwh),
            self.charger.energy_kwh,
            self.pv.energy_kwh,
            self.battery.charge_kwh,
            self.battery.discharge_kwh,
        )

    def _book(self, before: tuple[float, float, float, float, float]) -> None:
        """Count at the grid meter what the counters have gained since `before`, and the day's totals."""
        load, charger, sun, charge, discharge = (
            now - then for now, then in zip(self._counters(), before, strict=True)
        )
        grid_kwh = load + charger - sun + charge - discharge
        self.import_kwh += max(grid_kwh, 0.0)
        self.export_kwh += max(-grid_kwh, 0.0)
        if self.time_s >= self._midnight_s:
            self._turn_day()
        self.pv_today_kwh += sun
        self.charge_today_kwh += charge
        self.discharge_today_kwh += discharge

    def _turn_day(self) -> None:
        """Begin a local day, unless it is still the one of the memory."""
        zone = self.declaration.zone
        day = datetime.fromtimestamp(self.time_s, UTC).astimezone(zone).date()
        if day.isoformat() != self.today:
            self.today = day.isoformat()
            self.pv_today_kwh = self.charge_today_kwh = self.discharge_today_kwh = 0.0
        self._midnight_s = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()

    def _resume(self, memory: PlantState, now_s: float) -> None:
        """Go on from a memory: what loads and sun did since then is counted, battery and charger rested."""
        self.pv.energy_kwh, self.battery.charge_kwh = memory.pv_kwh, memory.charge_kwh
        self.battery.discharge_kwh, self.charger.energy_kwh = memory.discharge_kwh, memory.charger_kwh
        self.loads.advance(memory.time_s)
        before = self._counters()
        sun_before_kwh = float(self.loads.energy_kwh[self._pv_row])
        if not memory.is_clean:
            self._coast(memory, min(_UNCLEAN_MARGIN_S, max(0.0, now_s - memory.time_s)))
        self.loads.advance(now_s)
        sun_kwh = float(self.loads.energy_kwh[self._pv_row]) - sun_before_kwh
        self.pv.energy_kwh += sun_kwh
        self.pv.power_kw = self.pv.available_kw = float(self.loads.power_kw[self._pv_row])
        self._book(before)
        self.charger.step(0.0, now_s)
        if self.charger.session is not None and self.charger.session.start_s == memory.session_start_s:
            self.charger.session_kwh = memory.session_kwh

    def _coast(self, memory: PlantState, span_s: float) -> None:
        """After a crash: the devices ran on for a moment after the memory was written.

        Registers must not go back behind what was already read, so they get that moment's energy at the last
        known power.
        """
        self.battery.power_kw, self.charger.power_kw = memory.battery_kw, memory.charger_kw
        self.battery.coast(span_s)
        self.charger.energy_kwh += memory.charger_kw * span_s / 3600.0
        self.battery.power_kw = self.charger.power_kw = 0.0


def first_state(declaration: PlantDeclaration, now_s: float) -> PlantState:
    """The memory of a plant that has none: every device at its declared start."""

    def start_kwh(device: MicrogridDevice, name: str) -> float:
        return device.meters[name].start_kwh

    return PlantState(
        now_s,
        import_kwh=start_kwh(declaration.grid_meter, "import_energy"),
        export_kwh=start_kwh(declaration.grid_meter, "export_energy"),
        pv_kwh=start_kwh(declaration.pv_inverter, "total_energy"),
        charge_kwh=start_kwh(declaration.battery, "charge_energy"),
        discharge_kwh=start_kwh(declaration.battery, "discharge_energy"),
        charger_kwh=start_kwh(declaration.ev_charger, "total_energy"),
    )


def _non_zero(index: Mapping[str, int], values: Floats) -> dict[str, float]:
    return {name: float(values[row]) for name, row in index.items() if values[row] != 0.0}
