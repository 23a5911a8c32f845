"""What became of the readings on their way: gaps, spikes, zeros, stuck values, duplicates, late rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ems_simulator.declaration import Fault, PlantDeclaration
from ems_simulator.history.index import Index
from ems_simulator.history.window import HOUR_QUARTERS, Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MARGIN = 0.01
_ELBOW_SEAMS = 6


@dataclass
class Readings:
    """The readings of one point.

    Attributes:
        via: Gateway, broker or device they came through.
        seams: Position of each reading in the window; not necessarily in order, not necessarily once.
        values: The readings, same shape.
        late: Readings that came days later.
    """

    point_id: int
    via: str
    seams: Ints
    values: Floats
    decimals: int
    late: Readings | None = None


@dataclass(frozen=True)
class Injected:
    """A fault that was put in: what, where, and exactly when."""

    kind: str
    meter_id: int
    point_id: int
    from_seam: float
    to_seam: float
    details: Mapping[str, Any] = field(default_factory=dict)


class Injector:
    """Puts the declared faults into the readings of the energy points.

    Args:
        plant: The declaration with its faults.
        window: The window of the history.
    """

    def __init__(self, plant: PlantDeclaration, window: Window) -> None:
        self._plant = plant
        self._window = window
        self._random = np.random.default_rng(plant.history.seed)
        self.injected: list[Injected] = []

    def readings(self, index: Index, via: str) -> Readings:
        """The readings of one register, with its faults in them."""
        seams = np.arange(len(index.shown_kwh), dtype=np.int64)
        readings = Readings(index.point_id, via, seams, index.shown_kwh.copy(), index.decimals)
        touched = np.zeros(len(seams), dtype=bool)
        self._note_of_register(index, touched)
        keep = np.ones(len(seams), dtype=bool)
        if index.off is not None:
            keep[slice(*index.off)] = False
        faults = [f for f in self._plant.history.faults if index.meter_id in f.meters or f.gateway == via]
        for fault in faults:
            if fault.kind in ("gap", "stuck", "late"):
                self._spanned(fault, index, readings, keep, touched)
        for fault in faults:
            if fault.kind in ("spike", "zero"):
                self._single(fault, index, readings, touched)
        readings.seams, readings.values = readings.seams[keep], readings.values[keep]
        for fault in faults:
            self._rows(fault, index, readings)
        return readings

    def _note_of_register(self, index: Index, touched: NDArray[np.bool_]) -> None:
        for exchange in index.exchanges:
            seam = (exchange.exchanged_utc.timestamp() - self._window.start_s) / 900.0
            self._note("meter_exchange", index, seam, seam, exchanged_utc=exchange.exchanged_utc.isoformat())
            _touch(touched, int(seam), int(seam) + 1)
        for seam in index.rollovers:
            self._note("rollover", index, seam - 1, seam)
            _touch(touched, seam - 1, seam)
        if index.off is not None:
            self._note("unrecorded_reset", index, index.off[0] - 1, index.off[1])
            _touch(touched, *index.off)

    def _spanned(
        self,
        fault: Fault,
        index: Index,
        readings: Readings,
        keep: NDArray[np.bool_],
        touched: NDArray[np.bool_],
    ) -> None:
        """A fault over a span of time: the seams strictly between its ends."""
        length = max(1, min(round(fault.hours * HOUR_QUARTERS), self._window.n_quarters // 10))
        start = self._window.position(fault.at or 0.0)
        end = min(start + length, self._window.n_quarters - 2)
        inside = slice(start + 1, end)
        if fault.kind == "stuck":
            readings.values[inside] = readings.values[start]
        else:
            if fault.kind == "late":
                chosen = np.arange(start + 1, end)
                readings.late = Readings(
                    index.point_id, readings.via, chosen, readings.values[inside].copy(), readings.decimals
                )
            keep[inside] = False
        self._note(fault.kind, index, start, end)
        _touch(touched, start, end)

    def _single(self, fault: Fault, index: Index, readings: Readings, touched: NDArray[np.bool_]) -> None:
        """A fault of single readings, away from all others."""
        count = len(readings.values)
        free = np.flatnonzero(~touched)
        free = free[(free > count * _MARGIN) & (free < count * (1.0 - _MARGIN))]
        for _ in range(fault.count):
            if not len(free):
                return
            seam = int(self._random.choice(free))
            before = float(readings.values[seam])
            readings.values[seam] = 0.0 if fault.kind == "zero" else self._spiked(fault, before)
            self._note(fault.kind, index, seam, seam, true_kwh=before, read_kwh=float(readings.values[seam]))
            _touch(touched, seam, seam)
            free = free[~touched[free]]

    @staticmethod
    def _spiked(fault: Fault, value_kwh: float) -> float:
        return round(value_kwh * (fault.factor or 1.0) + fault.add_kwh, 6)

    def _rows(self, fault: Fault, index: Index, readings: Readings) -> None:
        """Faults of the file: rows twice, rows in disorder."""
        if fault.kind == "duplicate":
            count = min(fault.count, len(readings.seams))
            again = np.sort(self._random.choice(len(readings.seams), count, replace=False))
            readings.seams = np.concatenate([readings.seams, readings.seams[again]])
            readings.values = np.concatenate([readings.values, readings.values[again]])
            self._note("duplicate", index, 0, self._window.n_quarters, count=count)
        elif fault.kind == "out_of_order":
            order = self._random.permutation(len(readings.seams))
            readings.seams, readings.values = readings.seams[order], readings.values[order]
            self._note("out_of_order", index, 0, self._window.n_quarters)

    def _note(self, kind: str, index: Index, start: float, end: float, **details: Any) -> None:
        self.injected.append(Injected(kind, index.meter_id, index.point_id, start, end, details))


def _touch(touched: NDArray[np.bool_], start: int, end: int) -> None:
    touched[max(0, start - _ELBOW_SEAMS) : end + _ELBOW_SEAMS + 1] = True
