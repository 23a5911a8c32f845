"""Units of measure and their conversion.

A unit is found by how people write it: ``kWh``, ``kW·h``, ``m³``, ``m3``. Letter case does not count: nobody
meters milliwatt hours, but many write ``MWH``.

Factors are exact fractions. Sources: ISO 80000-5 for the calorie and the British thermal unit of the
International Table; the international foot, the US gallon, the imperial gallon and the avoirdupois pound are
defined by whole decimals of the metre, the litre and the kilogram (NIST Handbook 44, appendix C).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ems_common.findings.finding import Unusable, phrase, word_of

ENERGY: Final = "energy"
POWER: Final = "power"
VOLUME: Final = "volume"
NORMAL_VOLUME: Final = "normal_volume"
STANDARD_VOLUME: Final = "standard_volume"
MASS: Final = "mass"
REACTIVE_ENERGY: Final = "reactive_energy"
APPARENT_ENERGY: Final = "apparent_energy"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure.

    Attributes:
        symbol: How it is written.
        dimension: What it measures, a word that findings know; only units of one dimension convert into each
            other.
        factor: How many base units of its dimension it is: J, W, m³, kg, varh or VAh.
        others: Other ways to write it.
    """

    symbol: str
    dimension: str
    factor: Fraction
    others: tuple[str, ...] = ()


_KWH: Final = Fraction(3_600_000)
_BTU: Final = Fraction("1055.05585262")
_CALORIE: Final = Fraction("4.1868")
_CUBIC_FOOT: Final = Fraction("0.028316846592")

UNITS: Final[tuple[Unit, ...]] = (
    Unit("J", ENERGY, Fraction(1)),
    Unit("kJ", ENERGY, Fraction(10**3)),
    Unit("MJ", ENERGY, Fraction(10**6)),
    Unit("GJ", ENERGY, Fraction(10**9)),
    Unit("TJ", ENERGY, Fraction(10**12)),
    Unit("Wh", ENERGY, _KWH / 1000),
    Unit("kWh", ENERGY, _KWH),
    Unit("MWh", ENERGY, _KWH * 10**3),
    Unit("GWh", ENERGY, _KWH * 10**6),
    Unit("TWh", ENERGY, _KWH * 10**9),
    Unit("kcal", ENERGY, _CALORIE * 10**3),
    Unit("Mcal", ENERGY, _CALORIE * 10**6),
    Unit("Gcal", ENERGY, _CALORIE * 10**9),
    Unit("BTU", ENERGY, _BTU),
    Unit("kBTU", ENERGY, _BTU * 10**3),
    Unit("MMBTU", ENERGY, _BTU * 10**6),
    Unit("therm", ENERGY, _BTU * 10**5, ("thm", "therms")),
    Unit("W", POWER, Fraction(1)),
    Unit("kW", POWER, Fraction(10**3)),
    Unit("MW", POWER, Fraction(10**6)),
    Unit("GW", POWER, Fraction(10**9)),
    Unit("kJ/h", POWER, Fraction(10**3, 3600)),
    Unit("MJ/h", POWER, Fraction(10**6, 3600)),
    Unit("GJ/h", POWER, Fraction(10**9, 3600)),
    Unit("BTU/h", POWER, _BTU / 3600),
    Unit("L", VOLUME, Fraction(1, 1000), ("litre", "liter", "dm3")),
    Unit("hL", VOLUME, Fraction(1, 10)),
    Unit("m³", VOLUME, Fraction(1), ("cbm",)),
    Unit("ft³", VOLUME, _CUBIC_FOOT, ("cf",)),
    Unit("CCF", VOLUME, _CUBIC_FOOT * 100),
    Unit("MCF", VOLUME, _CUBIC_FOOT * 1000),
    Unit("gal", VOLUME, Fraction("0.003785411784"), ("usgal",)),
    Unit("impgal", VOLUME, Fraction("0.00454609"), ("ukgal",)),
    # A normal cubic metre of gas (0 °C) and a standard one (15 °C) are amounts, not volumes: no conversion
    # into the volume at metering conditions without pressure and temperature.
    Unit("Nm³", NORMAL_VOLUME, Fraction(1), ("m3(n)",)),
    Unit("Sm³", STANDARD_VOLUME, Fraction(1), ("m3(s)",)),
    Unit("g", MASS, Fraction(1, 1000)),
    Unit("kg", MASS, Fraction(1)),
    Unit("t", MASS, Fraction(1000), ("tonne", "tonnes")),
    Unit("lb", MASS, Fraction("0.45359237"), ("lbs",)),
    Unit("varh", REACTIVE_ENERGY, Fraction(1)),
    Unit("kvarh", REACTIVE_ENERGY, Fraction(10**3)),
    Unit("Mvarh", REACTIVE_ENERGY, Fraction(10**6)),
    Unit("VAh", APPARENT_ENERGY, Fraction(1)),
    Unit("kVAh", APPARENT_ENERGY, Fraction(10**3)),
    Unit("MVAh", APPARENT_ENERGY, Fraction(10**6)),
)


def _plain(text: str) -> str:
    """A spelling without what does not count: case, blanks, dots, raised digits.

    >>> _plain("kW·h"), _plain(" m³ "), _plain("M^3")
    ('kwh', 'm3', 'm3')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and sign not in "·.^*_-")


_BY_SPELLING: Final = {_plain(name): unit for unit in UNITS for name in (unit.symbol, *unit.others)}


def find(text: str) -> Unit | None:
    """The unit that is written like this, or None.

    >>> find("KWH").symbol, find("m3").symbol, find("furlong")
    ('kWh', 'm³', None)
    """
    return _BY_SPELLING.get(_plain(text))


def conversion(source: str, target: str) -> Fraction:
    """By what an amount in `source` is multiplied to get it in `target`.

    Raises:
        Unusable: One of them is unknown, or they measure different things.

    >>> conversion("MJ", "kWh"), conversion("L", "m³")
    (Fraction(5, 18), Fraction(1, 1000))
    """
    first, second = _known(source), _known(target)
    if first.dimension != second.dimension:
        what = phrase(
            "other_dimension",
            first=first.symbol,
            measures=word_of(first.dimension),
            second=second.symbol,
            other=word_of(second.dimension),
        )
        raise Unusable(what, phrase("one_dimension"))
    return first.factor / second.factor


def energy_per_hour(power: str, energy: str) -> Fraction:
    """How much energy, in `energy`, one unit of `power` makes in an hour.

    Raises:
        Unusable: The first is no unit of power, or the second none of energy.

    >>> energy_per_hour("kW", "kWh"), energy_per_hour("W", "MJ")
    (Fraction(1, 1), Fraction(9, 2500))
    """
    first, second = _known(power), _known(energy)
    if (first.dimension, second.dimension) != (POWER, ENERGY):
        raise Unusable(phrase("over_time", power=first.symbol, energy=second.symbol))
    return first.factor * 3600 / second.factor


def _known(text: str) -> Unit:
    unit = find(text)
    if unit is None:
        known = phrase("known", names=[item.symbol for item in UNITS])
        raise Unusable(phrase("unknown_unit", unit=text), known)
    return unit
