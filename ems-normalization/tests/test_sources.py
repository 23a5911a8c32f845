from __future__ import annotations

import pytest
from ems_normalization.sources import Candidate, source_of


def energy(key, units="kWh"):
    return Candidate(key, "ENERGY_VALUE", units)


def analog(key, units="kW"):
    return Candidate(key, "ANALOG_VALUE", units)


def test_the_register_with_the_lowest_id_counts():
    assert source_of([analog(1), energy(7), energy(3)], "kWh").point.point_id == 3


@pytest.mark.parametrize(
    ("units", "category", "factor"),
    [
        ("Wh", "kWh", 0.001),
        ("MWh", "kWh", 1000),
        ("GJ", "GJ", 1),
        ("L", "m³", 0.001),
        ("", "kWh", 1),
        (" kWh ", "kWh", 1),
    ],
)
def test_units_are_converted_to_the_categorys(units, category, factor):
    source = source_of([energy(1, units)], category)
    assert source.factor == pytest.approx(factor, rel=1e-15)
    assert source.fault is None


@pytest.mark.parametrize(
    ("units", "category"), [("m³", "kWh"), ("kW", "kWh"), ("pulses", "kWh"), ("kWh", "points")]
)
def test_a_doubtful_unit_is_taken_as_it_is_and_noted(units, category):
    source = source_of([energy(1, units)], category)
    assert source.factor == 1
    assert source.fault is not None


def test_a_meter_without_register_is_measured_by_its_power():
    source = source_of([analog(1, "V"), analog(2, "W"), Candidate(3, "DIGITAL_VALUE", "kW")], "kWh")
    assert (source.point.point_id, source.is_power, source.factor, source.fault) == (2, True, 0.001, None)
    several = source_of([analog(5), analog(4)], "MJ")
    assert (several.point.point_id, several.factor) == (4, 3.6)
    assert several.fault.sentence == (
        "of several powers that of point 4 counts, not point 5."
        " Bind only the point of its total power, or one with a register."
    )


@pytest.mark.parametrize("category", ["m³", "", "?"])
def test_power_makes_no_water(category):
    assert source_of([analog(1)], category) is None


def test_a_meter_without_usable_point_has_no_source():
    assert source_of([], "kWh") is None
    assert source_of([analog(1, "V"), analog(2, "")], "kWh") is None
