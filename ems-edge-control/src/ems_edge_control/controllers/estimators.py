"""State of charge and health for batteries that do not report them well: published as channels for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import Binder, Controller, Publish, View, number
from ems_edge_control.estimation import (
    CHEMISTRIES,
    MEASURED_CURVE_V,
    AgeingModel,
    CellModel,
    CoulombCounter,
    KalmanEstimator,
)
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request, Requests


@dataclass(frozen=True, kw_only=True)
class EstimatorConfig:
    """Properties of :class:`SocEstimator`."""

    battery_id: str = prop(help="Battery with current and voltage")
    method: str = prop("KALMAN", "How the charge is found", choices=("KALMAN", "COULOMB"))
    capacity: float = prop(
        help="Capacity when new", unit="Ah", minimum=0.001, aliases=("capacity_ah", "nominal_capacity")
    )
    cells_in_series: int = prop(1, "Cells that share the measured voltage", minimum=1)
    chemistry: str = prop("NMC", "Chemistry, where no curve is given", choices=tuple(CHEMISTRIES))
    ocv: list[Any] = prop(
        [],
        "Open-circuit voltage of a cell: volts for equal steps of charge from 0 to 1, or pairs "
        "[charge 0 to 1, volts]; empty = typical of the chemistry",
        aliases=("ocv_v", "ocv_curve", "ocv_table", "open_circuit_voltage"),
    )
    r0: float = prop(
        0.0,
        "Series resistance of the whole; 0 = typical of the capacity",
        unit="Ohm",
        minimum=0,
        aliases=("r0_ohm",),
    )
    r1: float = prop(
        0.0,
        "Resistance of the RC pair of the whole; 0 = typical of the capacity",
        unit="Ohm",
        minimum=0,
        aliases=("r1_ohm",),
    )
    tau: float = prop(
        30.0,
        "Time constant of the RC pair, where `c1` is not given",
        unit="s",
        minimum=0.1,
        aliases=("tau_s",),
    )
    c1: float = prop(
        0.0,
        "Capacitance of the RC pair; with `r1` it gives the time constant; 0 = `tau` counts",
        unit="F",
        minimum=0,
        aliases=("c1_f",),
    )
    start_soc: float = prop(50.0, "First guess", unit="%", minimum=0, maximum=100)
    start_deviation: float = prop(30.0, "How far it may be off", unit="%", minimum=0, maximum=100)
    life_cycles: float = prop(6000.0, "Full cycles to 80 % of the capacity", minimum=1)


@dataclass
class EstimatorState:
    """Memory of :class:`SocEstimator`.

    State and covariance of the filter, row by row, and the ageing model.
    """

    values: list[float] = field(default_factory=list)
    covariance: list[float] = field(default_factory=list)
    ageing: AgeingModel = field(default_factory=AgeingModel)


def parse_curve(items: Sequence[Any]) -> list[tuple[float, float]]:
    """Points (charge 0 to 1, volts) of an open-circuit voltage curve.

    Args:
        items: Volts at equal steps of charge, or pairs of charge and volts in any order.

    Raises:
        ValueError: Fewer than two points, or voltages that do not rise with the charge.
    """
    try:
        if all(isinstance(item, int | float) for item in items):
            points = [(i / max(1, len(items) - 1), float(v)) for i, v in enumerate(items)]
        else:
            points = sorted((float(soc), float(volts)) for soc, volts in items)
    except (TypeError, ValueError):
        raise ValueError("ocv is a list of volts, or of pairs [charge 0 to 1, volts]") from None
    rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    if len(points) < 2 or not rising or not 0 <= points[0][0] < points[-1][0] <= 1:
        raise ValueError("ocv needs at least two points with rising charge from 0 to 1 and rising voltages")
    return points


class SocEstimator(Controller[EstimatorConfig, EstimatorState]):
    """Publishes Soc and Soh with their uncertainty; asks for nothing."""

    code = "soc-estimator"
    title = "Estimate state of charge and health from current and voltage"
    Config = EstimatorConfig
    State = EstimatorState
    channels = (
        number("Soc", "%"),
        number("SocDeviation", "%", "Standard deviation of the error"),
        number("Soh", "%"),
        number("SohMargin", "%"),
        number("FullCycles"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and build the model."""
        c = self.config
        names = ("Current", "Voltage", "MinCellTemperature", "MaxCellTemperature")
        self.h = {n: bind.channel(c.battery_id, n) for n in names}
        tau_s = c.r1 * c.c1 or c.tau
        typical = CellModel.typical(c.chemistry, c.capacity, c.cells_in_series)
        self.model = replace(typical, r0_ohm=c.r0, r1_ohm=c.r1, tau_s=tau_s)
        if c.ocv:
            try:
                curve = parse_curve(c.ocv)
            except ValueError as ex:
                bind.faults.append(f"controller {self.id}: {ex}")
                return
            self.model = replace(
                self.model,
                ocv_soc=tuple(soc for soc, _ in curve),
                ocv_v=tuple(volts * c.cells_in_series for _, volts in curve),
                ocv_deviation_v=MEASURED_CURVE_V,
            )

    def run(self, image: View, state: EstimatorState, dt_s: float) -> Sequence[Request]:
        """Take one sample."""
        c = self.config
        current = image.need(self.h["Current"])
        voltage = image.get(self.h["Voltage"])
        known = [
            v for n in ("MinCellTemperature", "MaxCellTemperature") if (v := image.get(self.h[n])) is not None
        ]
        degrees = sum(known) / len(known) if known else None
        soh = state.ageing.soh_ratio
        if c.method == "KALMAN":
            soc, deviation = self._kalman(state, current, voltage, dt_s, soh)
        else:
            soc, deviation = self._coulomb(state, current, voltage, dt_s, degrees, soh)
        state.ageing.life_cycles = c.life_cycles
        rate = abs(current) / c.capacity
        health = state.ageing.step(soc, rate, 25.0 if degrees is None else degrees, dt_s)
        out: Requests = [
            Publish("Soc", 100 * soc),
            Publish("SocDeviation", 100 * deviation),
            Publish("Soh", 100 * health.soh_ratio),
            Publish("SohMargin", 100 * health.margin_ratio),
            Publish("FullCycles", health.full_cycles),
        ]
        return out

    def _kalman(
        self,
        state: EstimatorState,
        current: float,
        voltage: float | None,
        dt_s: float,
        soh: float,
    ) -> tuple[float, float]:
        c = self.config
        estimator = KalmanEstimator(self.model, c.start_soc / 100, c.start_deviation / 100)
        size = len(estimator.state)
        if len(state.values) == size and len(state.covariance) == size * size:
            estimator.resume(state.values, state.covariance)
        found = estimator.step(current, voltage, dt_s, soh)
        state.values = estimator.state.tolist()
        state.covariance = estimator.covariance.ravel().tolist()
        return found.soc_ratio, found.deviation_ratio

    def _coulomb(
        self,
        state: EstimatorState,
        current: float,
        voltage: float | None,
        dt_s: float,
        degrees: float | None,
        soh: float,
    ) -> tuple[float, float]:
        c = self.config
        counter = CoulombCounter(self.model, c.start_soc / 100, c.start_deviation / 100)
        if len(state.values) == 4:
            counter.soc_ratio, counter.deviation_ratio, counter.rested_s, counter.since_s = state.values
        found = counter.step(current, voltage, dt_s, degrees, soh)
        state.values = [counter.soc_ratio, counter.deviation_ratio, counter.rested_s, counter.since_s]
        return found.soc_ratio, found.deviation_ratio


CONTROLLERS = (SocEstimator,)
