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
# A curve measured on the cell, that of a well-known cell of the chemistry, and a guess from data sheets.
MEASURED_CURVE_V = 0.002
PUBLISHED_CURVE_V = 0.01
TYPICAL_CURVE_V = 0.05


@dataclass(frozen=True, slots=True)
class Chemistry:
    """Typical figures of a chemistry; a site that has its own curve gives that.

    Attributes:
        ocv_soc: State of charge, rising from 0 to 1.
        ocv_v: Voltage of one cell at rest at 25 °C.
        hysteresis_v: Half the gap at rest between having charged and having discharged.
        deviation_v: How far the curve of a cell of that chemistry is taken to be from it.
    """

    ocv_soc: tuple[float, ...]
    ocv_v: tuple[float, ...]
    hysteresis_v: float
    deviation_v: float = TYPICAL_CURVE_V


def _published(volts: str, hysteresis_v: float) -> Chemistry:
    """A curve known at equal steps of charge, of a cell that was measured and published."""
    curve = tuple(float(v) for v in volts.split())
    return Chemistry(
        tuple(i / (len(curve) - 1) for i in range(len(curve))), curve, hysteresis_v, PUBLISHED_CURVE_V
    )


_TENTHS = tuple(i / 10 for i in range(11))
# LG M50, 21700, 5 Ah, NMC 811 against graphite and silicon, 2.5 to 4.2 V: potentials of both electrodes by
# C.-H. Chen et al., J. Electrochem. Soc. 167 (2020) 080534, DOI 10.1149/1945-7111/ab9050.
_LG_M50 = """
    2.5000 2.8625 3.0504 3.1553 3.2276 3.2959 3.3637 3.4157 3.4480 3.4687 3.4852 3.5014 3.5190
    3.5386 3.5599 3.5814 3.6019 3.6205 3.6372 3.6524 3.6670 3.6817 3.6972 3.7139 3.7319 3.7509
    3.7702 3.7892 3.8072 3.8242 3.8406 3.8578 3.8779 3.9020 3.9266 3.9479 3.9668 3.9850 4.0037
    4.0230 4.0421 4.0599 4.0749 4.0858 4.0924 4.0967 4.1025 4.1144 4.1351 4.1645 4.2000
"""
# A123, 26650, 2.3 Ah, iron phosphate against graphite, 2.0 to 3.6 V: E. Prada et al., J. Electrochem. Soc.
# 160 (2013) A616, DOI 10.1149/2.053304jes.
_A123 = """
    2.0000 2.4600 2.7077 2.8432 2.9223 2.9781 3.0308 3.0843 3.1277 3.1544 3.1685 3.1765 3.1827
    3.1890 3.1966 3.2058 3.2163 3.2272 3.2373 3.2458 3.2525 3.2574 3.2608 3.2632 3.2649 3.2660
    3.2669 3.2675 3.2680 3.2684 3.2688 3.2692 3.2697 3.2703 3.2715 3.2740 3.2791 3.2875 3.2975
    3.3053 3.3097 3.3118 3.3129 3.3134 3.3138 3.3142 3.3145 3.3153 3.3193 3.3502 3.6000
"""
# Kokam SLPB 78205130H, cobalt oxide against graphite, 3.105 to 4.1 V: potentials of Dualfoil as collected by
# S. G. Marquis et al., J. Electrochem. Soc. 166 (2019) A3693, DOI 10.1149/2.0341915jes.
_KOKAM = """
    3.1050 3.4828 3.6176 3.6646 3.6818 3.6884 3.6908 3.6916 3.6921 3.6927 3.6938 3.6953 3.6971
    3.6992 3.7022 3.7071 3.7153 3.7257 3.7345 3.7405 3.7450 3.7492 3.7537 3.7589 3.7648 3.7716
    3.7794 3.7884 3.7985 3.8098 3.8221 3.8354 3.8490 3.8626 3.8756 3.8881 3.9040 3.9395 4.0084
    4.0680 4.1000
"""

CHEMISTRIES: Mapping[str, Chemistry] = MappingProxyType(
    {
        "NMC": _published(_LG_M50, 0.005),
        "NCA": Chemistry(_TENTHS, (2.90, 3.35, 3.48, 3.55, 3.60, 3.67, 3.78, 3.88, 3.97, 4.06, 4.18), 0.008),
        "LFP": _published(_A123, 0.010),
        "LCO": _published(_KOKAM, 0.005),
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
            ocv_deviation_v=known.deviation_v,
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
