"""What is known of a battery: capacity, open-circuit voltage, resistances; typical values of chemistries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

TABLE_STEPS = 1000
# Series resistance times capacity of one cell: 1 mOhm for 100 Ah, 20 mOhm for 5 Ah.
TYPICAL_OHM_AH = 0.1
PAIR_PART = 0.5
# A curve measured on the cell, and one of another cell of the same chemistry.
MEASURED_CURVE_V = 0.002
TYPICAL_CURVE_V = 0.05


@dataclass(frozen=True, slots=True)
class Chemistry:
    """Typical figures of a chemistry; a site that has its own curve gives that.

    Attributes:
        ocv_soc: State of charge, rising from 0 to 1.
        ocv_v: Voltage of one cell at rest at 25 °C.
        hysteresis_v: Half the gap at rest between having charged and having discharged.
    """

    ocv_soc: tuple[float, ...]
    ocv_v: tuple[float, ...]
    hysteresis_v: float


_TENTHS = tuple(i / 10 for i in range(11))

CHEMISTRIES: Mapping[str, Chemistry] = MappingProxyType(
    {
        "NMC": Chemistry(_TENTHS, (3.00, 3.45, 3.55, 3.60, 3.64, 3.69, 3.77, 3.88, 3.97, 4.06, 4.18), 0.005),
        "NCA": Chemistry(_TENTHS, (2.90, 3.35, 3.48, 3.55, 3.60, 3.67, 3.78, 3.88, 3.97, 4.06, 4.18), 0.008),
        "LFP": Chemistry(
            (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0),
            (
                2.60,
                2.95,
                3.10,
                3.20,
                3.22,
                3.245,
                3.28,
                3.29,
                3.295,
                3.305,
                3.325,
                3.33,
                3.335,
                3.34,
                3.36,
                3.45,
            ),
            0.010,
        ),
        "LTO": Chemistry(_TENTHS, (1.90, 2.10, 2.15, 2.18, 2.21, 2.25, 2.30, 2.37, 2.45, 2.52, 2.65), 0.005),
    }
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A state of charge (0 to 1) with the standard deviation of its error."""

    soc_ratio: float
    deviation_ratio: float


@dataclass(frozen=True)
class CellModel:
    """What is known of a battery, for the whole whose voltage and current are measured (cell, module, pack).

    Attributes:
        capacity_ah: Usable capacity when new, at 25 °C.
        ocv_soc: Points of the open-circuit voltage curve: state of charge, rising from 0 to 1.
        ocv_v: Their voltages, rising.
        r0_ohm: Series resistance; 0 = what cells of that capacity typically have.
        r1_ohm: Resistance of the RC pair; 0 = typical.
        tau_s: Its time constant.
        coulomb_efficiency: Part of a charge that is kept.
        temperature_per_k: Relative loss of capacity for each kelvin below 25 °C.
        hysteresis_v: Half the voltage gap between charging and discharging at rest: model uncertainty.
        cells_in_series: Cells that share the voltage; the noise of the model grows with them.
        ocv_deviation_v: How far the curve of a cell may be from its own: little for a measured one.
    """

    capacity_ah: float
    ocv_soc: Sequence[float] = CHEMISTRIES["NMC"].ocv_soc
    ocv_v: Sequence[float] = CHEMISTRIES["NMC"].ocv_v
    r0_ohm: float = 0.0
    r1_ohm: float = 0.0
    tau_s: float = 30.0
    coulomb_efficiency: float = 0.998
    temperature_per_k: float = 0.005
    hysteresis_v: float = 0.005
    cells_in_series: int = 1
    ocv_deviation_v: float = MEASURED_CURVE_V

    @classmethod
    def typical(cls, chemistry: str, capacity_ah: float, cells_in_series: int = 1) -> CellModel:
        """What is known when only chemistry and capacity are: typical curve and resistances, less trusted.

        Args:
            chemistry: Key of `CHEMISTRIES`.
            capacity_ah: Usable capacity when new.
            cells_in_series: Cells that share the measured voltage.
        """
        known = CHEMISTRIES[chemistry]
        return cls(
            capacity_ah,
            known.ocv_soc,
            tuple(volts * cells_in_series for volts in known.ocv_v),
            hysteresis_v=known.hysteresis_v * cells_in_series,
            cells_in_series=cells_in_series,
            ocv_deviation_v=TYPICAL_CURVE_V,
        )

    @property
    def series_ohm(self) -> float:
        """Series resistance, as given or typical."""
        return self.r0_ohm or TYPICAL_OHM_AH * self.cells_in_series / self.capacity_ah

    @property
    def pair_ohm(self) -> float:
        """Resistance of the RC pair, as given or typical."""
        return self.r1_ohm or PAIR_PART * self.series_ohm

    def capacity_as(self, soh_ratio: float, temperature_degc: float | None) -> float:
        """Usable capacity now [As]."""
        cold = max(0.0, 25.0 - temperature_degc) if temperature_degc is not None else 0.0
        return 3600 * self.capacity_ah * soh_ratio * max(0.3, 1 - self.temperature_per_k * cold)

    @cached_property
    def _table(self) -> list[float]:
        """The curve at equal steps.

        Between its points a cubic that never overshoots (F. N. Fritsch, R. E. Carlson, SIAM J. Numer. Anal.
        17 (1980) 238–246, DOI 10.1137/0717021): a curve of eleven points has bends, not kinks.
        """
        from scipy.interpolate import PchipInterpolator

        low, high = self.ocv_soc[0], self.ocv_soc[-1]
        curve = PchipInterpolator(self.ocv_soc, self.ocv_v)
        volts: list[float] = curve(
            [low + (high - low) * i / TABLE_STEPS for i in range(TABLE_STEPS + 1)]
        ).tolist()
        return volts

    def ocv(self, soc: float) -> float:
        """Open-circuit voltage at a state of charge; straight beyond the ends of the curve."""
        low, high = self.ocv_soc[0], self.ocv_soc[-1]
        place = (soc - low) / (high - low) * TABLE_STEPS
        index = min(max(int(place), 0), TABLE_STEPS - 1)
        volts = self._table
        return volts[index] + (place - index) * (volts[index + 1] - volts[index])

    def slope(self, soc: float, reach: float = 0.005) -> float:
        """Rise of the open-circuit voltage over `reach` to both sides [V per unit of SOC]."""
        return (self.ocv(soc + reach) - self.ocv(soc - reach)) / (2 * reach)

    def soc_at(self, ocv_v: float) -> float:
        """State of charge at an open-circuit voltage, 0 to 1."""
        volts = self._table
        index = min(max(bisect_right(volts, ocv_v) - 1, 0), TABLE_STEPS - 1)
        rise = volts[index + 1] - volts[index]
        place = index + (ocv_v - volts[index]) / rise if rise > 0 else float(index)
        low, high = self.ocv_soc[0], self.ocv_soc[-1]
        return min(max(low + (high - low) * place / TABLE_STEPS, 0.0), 1.0)
