"""Traces of cells simulated by their electrochemistry with PyBaMM (see `traces/generate.py`), read from disk."""

from __future__ import annotations

import gzip
import math
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ems_edge_control.estimation import CellModel, KalmanEstimator

FOLDER = Path(__file__).parent / "traces"


@dataclass(frozen=True)
class Recorded:
    """A trace: capacity, curve at equal steps of charge, rows (time s, current A, voltage V, charge 0 to 1)."""

    capacity_ah: float
    ocv_v: tuple[float, ...]
    rows: tuple[tuple[float, float, float, float], ...]

    @property
    def ocv_soc(self) -> tuple[float, ...]:
        """Charge of the points of the curve."""
        return tuple(i / (len(self.ocv_v) - 1) for i in range(len(self.ocv_v)))


@cache
def recorded(name: str) -> Recorded:
    """Read a trace."""
    capacity_ah, ocv_v, rows = 0.0, (), []
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# capacity_ah="):
                capacity_ah = float(line.partition("=")[2])
            elif line.startswith("# ocv_v="):
                ocv_v = tuple(float(volts) for volts in line.partition("=")[2].split())
            elif line[0].isdigit():
                time_s, current_a, voltage_v, soc = map(float, line.split(","))
                rows.append((time_s, current_a, voltage_v, soc))
    return Recorded(capacity_ah, ocv_v, tuple(rows))


@dataclass(frozen=True)
class Errors:
    """Errors of the estimate [%]: RMS over all, RMS after the time to settle; share within two deviations."""

    whole: float
    settled: float
    covered: float


def follow(
    cell: Recorded, model: CellModel, *, wrong: float, bias_c: float, settle_s: float = 1800.0
) -> Errors:
    """Let the filter follow a trace.

    Args:
        cell: The trace.
        model: What the estimator knows.
        wrong: Error of its first guess.
        bias_c: Offset of the current sensor, as part of the capacity per hour.
        settle_s: Time that does not count for `settled`.
    """
    rng = random.Random(7)
    estimator = KalmanEstimator(model, min(max(cell.rows[0][3] + wrong, 0.0), 1.0))
    squares, late, covered, before_s = [], [], 0, 0.0
    for time_s, current_a, voltage_v, soc in cell.rows:
        measured_a = current_a + bias_c * cell.capacity_ah
        found = estimator.step(measured_a, voltage_v + rng.gauss(0, 0.002), time_s - before_s)
        before_s = time_s
        error = found.soc_ratio - soc
        squares.append(error * error)
        covered += abs(error) <= 2 * found.deviation_ratio
        if time_s > settle_s:
            late.append(error * error)
    return Errors(_rms(squares), _rms(late), covered / len(squares))


def _rms(squares: list[float]) -> float:
    return 100 * math.sqrt(sum(squares) / len(squares))
