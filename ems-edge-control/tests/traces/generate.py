"""Makes the traces beside it: cells simulated by their electrochemistry, with the state of charge as truth.

Run by hand, outside the project's environment, with PyBaMM (BSD-3-Clause, https://pybamm.org; made with version
26.10.1.1): `python generate.py`, or with the names of some. Model: SPMe, or DFN where it says so. Parameter sets of PyBaMM: Chen2020 (an NMC 811
cell of 5 Ah: C.-H. Chen et al., J. Electrochem. Soc. 167 (2020) 080534) and Prada2013 (an LFP cell of 2.3 Ah:
E. Prada et al., J. Electrochem. Soc. 160 (2013) A616), Marquis2019 (an LCO cell of 0.7 Ah: S. G. Marquis et al.,
J. Electrochem. Soc. 166 (2019) A3693). The traces are results of simulation, of our own making.

A row is the current of the interval that ends with it (positive when discharging), the voltage at its end, and
the state of charge.
"""

from __future__ import annotations

import gzip
import importlib
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

pybamm = importlib.import_module("pybamm")


def drive(time_s: float, base: float, soc: float, rng: random.Random) -> float:
    """Discharge at up to 0.8 C with strong ripple, then charge likewise; the level changes every ten minutes."""
    if time_s % 600 == 0 or base == 0:
        side = -1 if soc < 0.12 else 1 if soc > 0.93 or base >= 0 else -1
        base = side * rng.choice([0.2, 0.3, 0.5, 0.8])
    return base


def shave(time_s: float, base: float, soc: float, rng: random.Random) -> float:
    """Quarter hours of charge, discharge and rest."""
    if time_s % 900 == 0:
        base = rng.choice([-0.5, -0.3, -0.15, 0, 0, 0.15, 0.3, 0.5, 0.8])
    return -base if (soc < 0.12 and base > 0) or (soc > 0.92 and base < 0) else base


def sun(time_s: float, base: float, soc: float, rng: random.Random) -> float:
    """Days of a storage unit behind a roof: full at noon, empty at night, rests between."""
    hour = time_s / 3600 % 24
    if 8 <= hour < 16 and soc < 0.97:
        return -0.16
    return 0.2 if 17 <= hour < 22 and soc > 0.1 else 0.0


def city(time_s: float, base: float, soc: float, rng: random.Random) -> float:
    """A car in town: every minute it speeds up at up to 1.5 C, goes on, brakes into the battery, and waits."""
    trip, second = divmod(int(time_s), 60)
    peak = random.Random(trip).uniform(0.5, 1.5)
    if second < 10:
        return peak * (second + 1) / 10
    if second < 45:
        return 0.3 * peak
    return -0.5 * peak if second < 52 else 0.0


@dataclass(frozen=True)
class Trace:
    """One trace: cell, model, duty, temperature, length, time between rows, start."""

    name: str
    parameters: str
    model: str
    duty: Callable[[float, float, float, random.Random], float]
    ripple: float
    temperature_degc: float
    hours: float
    every_s: int
    start: float


TRACES = (
    Trace("nmc-drive-25c", "Chen2020", "SPMe", drive, 0.15, 25, 2, 2, 0.7),
    Trace("nmc-shaving-10c", "Chen2020", "DFN", shave, 0.06, 10, 6, 10, 0.6),
    Trace("lfp-sun-25c", "Prada2013", "SPMe", sun, 0.04, 25, 72, 60, 0.4),
    Trace("nmc-city-10c", "Chen2020", "SPMe", city, 0.05, 10, 1, 1, 0.8),
    Trace("lco-city-25c", "Marquis2019", "SPMe", city, 0.05, 25, 1, 1, 0.8),
)


def currents(trace: Trace, capacity_ah: float, part_s: int) -> list[float]:
    """Current of each part of the trace [A]."""
    rng, soc, base, amperes = random.Random(11), trace.start, 0.0, []
    for part in range(int(trace.hours * 3600 / part_s)):
        base = trace.duty(part * part_s, base, soc, rng)
        rate = base + (rng.gauss(0, trace.ripple) if base else 0.0)
        soc -= rate * part_s / 3600
        amperes.append(rate * capacity_ah)
    return amperes


def make(trace: Trace) -> None:
    """Simulate and write one trace."""
    values = pybamm.ParameterValues(trace.parameters)
    empty_x, full_x, full_y, empty_y = pybamm.lithium_ion.get_min_max_stoichiometries(values)
    names = pybamm.LithiumIonParameters()
    capacity_ah = float(values.evaluate(names.n.Q_init)) * (full_x - empty_x)

    def rest_v(soc: float) -> float:
        x = pybamm.Scalar(empty_x + soc * (full_x - empty_x))
        y = pybamm.Scalar(empty_y + soc * (full_y - empty_y))
        potential = names.p.prim.U(y, names.T_ref) - names.n.prim.U(x, names.T_ref)
        return float(values.evaluate(potential))

    curve = [rest_v(i / 50) for i in range(51)]
    part_s = {1: 1, 60: 60}.get(trace.every_s, 20)
    amperes = currents(trace, capacity_ah, part_s)
    edges = [(i * part_s + (0.2 if i else 0), (i + 1) * part_s) for i in range(len(amperes))]
    course = pybamm.Interpolant(np.array(edges).ravel(), np.repeat(np.array(amperes), 2), pybamm.t)
    filling = {"negative": empty_x + trace.start * (full_x - empty_x)}
    filling["positive"] = empty_y + trace.start * (full_y - empty_y)
    for electrode, part in filling.items():
        most = float(values[f"Maximum concentration in {electrode} electrode [mol.m-3]"])
        values[f"Initial concentration in {electrode} electrode [mol.m-3]"] = most * part
    values.update(
        {
            "Current function [A]": course,
            "Ambient temperature [K]": 273.15 + trace.temperature_degc,
            "Initial temperature [K]": 273.15 + trace.temperature_degc,
            "Lower voltage cut-off [V]": 0.5,
            "Upper voltage cut-off [V]": 6.0,
        }
    )
    simulation = pybamm.Simulation(
        getattr(pybamm.lithium_ion, trace.model)(),
        parameter_values=values,
        solver=pybamm.IDAKLUSolver(rtol=1e-4, atol=1e-6),
    )
    # Half a second before the current changes; the first row tells where it starts.
    times = np.arange(trace.every_s, trace.hours * 3600, trace.every_s) - 0.5
    course_ah = simulation.solve([0, times[-1]], t_interp=times)
    moved_ah = course_ah["Discharge capacity [A.h]"](times)
    amperes_mean = np.diff(moved_ah, prepend=0.0) * 3600 / np.diff(times, prepend=0.0)
    lines = [
        f"# PyBaMM {pybamm.__version__}, {trace.model}, {trace.parameters}, {trace.temperature_degc:g} °C",
        f"# capacity_ah={capacity_ah:.5f}",
        "# ocv_v=" + " ".join(f"{volts:.4f}" for volts in curve),
        "time_s,current_a,voltage_v,soc",
    ]
    for row in zip(times, amperes_mean, course_ah["Voltage [V]"](times), moved_ah, strict=True):
        lines.append("{:.1f},{:.4f},{:.4f},{:.5f}".format(*row[:3], trace.start - row[3] / capacity_ah))
    text = "\n".join(lines) + "\n"
    target = Path(__file__).with_name(f"{trace.name}.csv.gz")
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(target.name, len(lines) - 4, "rows", target.stat().st_size, "bytes")


if __name__ == "__main__":
    for one in TRACES:
        if one.name in sys.argv[1:] or not sys.argv[1:]:
            make(one)
