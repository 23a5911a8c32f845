from __future__ import annotations

from fractions import Fraction

import pytest
from ems_common.errors import BadInput
from ems_common.units import UNITS, conversion, energy_per_hour, find
from hypothesis import given
from hypothesis import strategies as st

# From the International Energy Agency's and NIST's conversion tables, not from the module.
PUBLISHED = [
    ("kWh", "MJ", 3.6),
    ("MWh", "kWh", 1000),
    ("GJ", "kWh", 277.7777777778),
    ("Gcal", "GJ", 4.1868),
    ("MMBTU", "GJ", 1.05505585262),
    ("therm", "kWh", 29.3071070172),
    ("kWh", "BTU", 3412.14163313),
    ("m³", "L", 1000),
    ("ft³", "L", 28.316846592),
    ("m³", "gal", 264.172052358),
    ("impgal", "L", 4.54609),
    ("lb", "kg", 0.45359237),
    ("t", "kg", 1000),
]


@pytest.mark.parametrize(("source", "target", "factor"), PUBLISHED)
def test_published_factors(source, target, factor):
    assert float(conversion(source, target)) == pytest.approx(factor, rel=1e-10)


def test_every_spelling_is_unambiguous_and_found():
    spellings = [name for unit in UNITS for name in (unit.symbol, *unit.others)]
    found = [find(name) for name in spellings]
    assert [unit.symbol for unit in found] == [u.symbol for u in UNITS for _ in (u.symbol, *u.others)]
    for text, symbol in (
        ("kW.h", "kWh"),
        (" MWH", "MWh"),
        ("㎥", "m³"),
        ("M3", "m³"),
        ("Nm3", "Nm³"),
        ("kVArh", "kvarh"),
    ):
        assert find(text).symbol == symbol
    assert find("") is None


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_conversion_there_and_back_is_exact_or_refused(first, second):
    if first.dimension == second.dimension:
        assert conversion(first.symbol, second.symbol) * conversion(second.symbol, first.symbol) == 1
    else:
        with pytest.raises(BadInput, match="is "):
            conversion(first.symbol, second.symbol)


def test_power_over_time():
    assert energy_per_hour("MW", "kWh") == 1000
    assert energy_per_hour("MJ/h", "MJ") == 1
    assert energy_per_hour("kW", "GJ") == Fraction(36, 10_000)
    for power, energy in (("kWh", "kWh"), ("kW", "m³")):
        with pytest.raises(BadInput, match="does not make"):
            energy_per_hour(power, energy)
    with pytest.raises(BadInput, match="unknown unit"):
        energy_per_hour("kW", "elephants")
