"""What the registers showed: exchange and reset of a meter, rollover, resolution."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from ems_common.errors import BadInput
from numpy.typing import NDArray

from ems_simulator.declaration import Fault, Meter, PlantDeclaration
from ems_simulator.history.energy import Energies, outage_seams
from ems_simulator.history.window import Window
from ems_simulator.profiles import QUARTER_S
from ems_simulator.registers import quantise

Floats = NDArray[np.float64]

_EXCHANGE_SECONDS = 7 * 60 + 23


@dataclass(frozen=True)
class Exchange:
    """A meter was replaced: its record."""

    meter_id: int
    exchanged_utc: datetime
    last_old_kwh: float
    first_new_kwh: float
    note: str


@dataclass
class Index:
    """The energy register of one meter over the window.

    Attributes:
        shown_kwh: What a reader stores at each seam, shape (n_quarters + 1,).
        advance_kwh: How far the register has really come since the first seam, rollovers unwound and
        exchanges
            bridged, same shape. It is the truth that the hours of the meter must sum to.
        shift_kwh: What the index has lost by exchange and reset, for the live plant to go on from.
        off: Seams without a reading because the meter was off, first and one past the last.
        exchanges: Records of exchanges.
        rollovers: Seams at which the register had just wrapped.
    """

    meter_id: int
    code: str
    point_id: int
    shown_kwh: Floats
    advance_kwh: Floats
    decimals: int
    shift_kwh: float = 0.0
    off: tuple[int, int] | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    rollovers: list[int] = field(default_factory=list)


def indexes(plant: PlantDeclaration, window: Window, energies: Energies) -> list[Index]:
    """The registers of all meters, panel and microgrid."""
    result = [_panel_index(plant, window, energies, meter) for meter in plant.meters]
    for device in plant.microgrid_devices:
        for name, meter in device.meters.items():
            register = plant.models[device.model][name]
            step_kwh = 0.0 if register.is_float else register.scale
            shown = quantise(energies.counted_kwh[meter.id], register, step_kwh)
            advance = np.round(shown - shown[0], 6)
            point_id = plant.point_id(meter.id, "energy")
            result.append(Index(meter.id, meter.code, point_id, shown, advance, _decimals(step_kwh)))
    return result


def _panel_index(plant: PlantDeclaration, window: Window, energies: Energies, meter: Meter) -> Index:
    past = _PanelPast(plant, window, meter, energies.counted_kwh[meter.id])
    for fault in plant.history.faults:
        if meter.id in fault.meters and fault.kind == "meter_exchange":
            past.exchange(fault)
        elif meter.id in fault.meters and fault.kind == "unrecorded_reset":
            past.reset(fault)
    return past.finished()


class _PanelPast:
    """The life of one panel or pulse meter over the window."""

    def __init__(self, plant: PlantDeclaration, window: Window, meter: Meter, raw_kwh: Floats) -> None:
        self._window = window
        self._meter = meter
        self._raw_kwh = raw_kwh
        self._register = plant.models[meter.model]["energy"] if meter.model else None
        self._point_id = plant.point_id(meter.id, "energy")
        self._shifts_kwh = np.zeros(len(raw_kwh))
        # Seam after a break: what the step to it must be raised by; None for a step of nothing.
        self._breaks: dict[int, float | None] = {}
        self._exchanges: list[Exchange] = []
        self._off: tuple[int, int] | None = None

    def exchange(self, fault: Fault) -> None:
        """Replace the meter between two readings; the new one begins at `first_new_kwh`."""
        seam = self._window.position(fault.at or 0.0)
        part = _EXCHANGE_SECONDS / QUARTER_S
        raw = self._raw_kwh
        at_kwh = float(raw[seam] + (raw[seam + 1] - raw[seam]) * part)
        last_old = float(self._quantised(np.array([at_kwh - self._shifts_kwh[seam]]))[0])
        self._shifts_kwh[seam + 1 :] = at_kwh - fault.first_new_kwh
        self._breaks[seam + 1] = last_old - fault.first_new_kwh
        self._exchanges.append(
            Exchange(self._meter.id, self._window.utc(seam + part), last_old, fault.first_new_kwh, fault.note)
        )

    def reset(self, fault: Fault) -> None:
        """Switch the meter off and on again, whereby it forgets its index; nobody writes it down."""
        start, end = outage_seams(self._window, fault.at or 0.0, fault.hours)
        self._shifts_kwh[start + 1 :] = self._raw_kwh[end]
        self._breaks[start + 1] = None
        self._off = (start + 1, end)

    def finished(self) -> Index:
        """The register as it was read."""
        modulus_kwh = self._meter.modulus_kwh
        index_kwh = self._raw_kwh - self._shifts_kwh
        shown = self._quantised(index_kwh if modulus_kwh is None else index_kwh % modulus_kwh)
        steps = np.diff(shown)
        for seam, bridge_kwh in self._breaks.items():
            steps[seam - 1] = 0.0 if bridge_kwh is None else steps[seam - 1] + bridge_kwh
        rollovers: list[int] = []
        if modulus_kwh is not None:
            wraps = np.flatnonzero(steps < -0.5 * modulus_kwh)
            steps[wraps] += modulus_kwh
            rollovers = (wraps + 1).tolist()
        if steps.min(initial=0.0) < -1e-6:
            raise BadInput("the register runs backwards", f"history of {self._meter.code}", steps.min())
        return Index(
            meter_id=self._meter.id,
            code=self._meter.code,
            point_id=self._point_id,
            shown_kwh=shown,
            advance_kwh=np.round(np.concatenate([[0.0], np.cumsum(np.round(steps, 6))]), 6),
            decimals=_decimals(self._meter.resolution_kwh),
            shift_kwh=float(self._shifts_kwh[-1]),
            off=self._off,
            exchanges=self._exchanges,
            rollovers=rollovers,
        )

    def _quantised(self, index_kwh: Floats) -> Floats:
        return quantise(index_kwh, self._register, self._meter.resolution_kwh)


def _decimals(step_kwh: float) -> int:
    """Decimals that a register of this step needs."""
    return 6 if step_kwh <= 0.0 else max(0, -int(np.floor(np.log10(step_kwh) + 1e-9)))
