"""Register maps: encoding, word order, writing."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from ems_simulator.registers import Register, RegisterMap, quantise
from hypothesis import given
from hypothesis import strategies as st


def test_float_with_low_word_first_is_sent_as_cdab():
    register = Register("power", 0, "float32", "kW")
    a, b, c, d = struct.pack(">f", 1234.5)
    assert list(register.encode(1234.5, "little")) == [c << 8 | d, a << 8 | b]


@pytest.mark.parametrize("kind", ["uint16", "int16", "uint32", "int32", "uint64", "int64"])
@pytest.mark.parametrize("order", ["big", "little"])
@given(raw=st.integers(0, 30000))
def test_integers_come_back_as_they_were_sent(kind, order, raw):
    register = Register("x", 0, kind, "", scale=0.5)
    assert register.decode(register.encode(raw * 0.5, order), order) == raw * 0.5


def test_value_out_of_range_shows_the_nearest_bound():
    register = Register("x", 0, "int16", "", scale=0.1)
    assert register.decode(register.encode(1e9)) == pytest.approx(3276.7)
    assert register.decode(register.encode(-1e9)) == pytest.approx(-3276.8)


def test_write_of_half_a_register_or_of_a_read_only_one_is_refused():
    registers = RegisterMap(
        "m", (Register("limit", 40, "int32", "W", is_writable=True), Register("power", 0, "int32", "W"))
    )
    assert [(r.name, v) for r, v in registers.written(40, [0xFFFF, 0xFFFE])] == [("limit", -2.0)]
    for address, words in ((40, [1]), (41, [1]), (0, [1, 2]), (50, [1])):
        with pytest.raises(ValueError, match=r"has no register|cannot be written"):
            list(registers.written(address, words))


def test_integer_register_counts_completed_steps():
    shown = quantise(np.array([0.0999, 0.1, 0.3, 12.39]), None, 0.1)
    assert shown.tolist() == [0.0, 0.1, 0.3, 12.3]


def test_float32_register_rounds_as_ieee_does():
    register = Register("e", 0, "float32", "kWh")
    shown = quantise(np.array([123456.789]), register, 0.0)
    assert shown[0] == round(struct.unpack(">f", struct.pack(">f", 123456.789))[0], 6)
