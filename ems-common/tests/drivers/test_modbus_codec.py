from __future__ import annotations

import struct

import pytest
from ems_common.drivers.modbus.address import ModbusAddress
from ems_common.drivers.modbus.codec import bytes_to_words, make_codec, words_to_bytes
from ems_common.errors import BadInput
from hypothesis import given
from hypothesis import strategies as st


def address(format: str, registers: int = 0, **more: object) -> ModbusAddress:
    return ModbusAddress(1, 3, 0, registers, format, **more)


@pytest.mark.parametrize(
    ("spec", "wire", "value"),
    [
        # 3F 80 00 00 is 1.0 in IEEE 754 single precision, high byte first.
        (address(">f", 2), "3f800000", 1.0),
        # The contract's byte swap on a little-endian host: "=f" reads the wire from the last byte on, and
        # swapping inside both words then gives the order C D A B.
        (address("=f", 2, byte_swap=True), "00003f80", 1.0),
        (address("=f", 2), "0000803f", 1.0),
        (address(">f", 2, byte_swap=True), "803f0000", 1.0),
        (address(">f", 2, word_order="little"), "00003f80", 1.0),
        (address(">d", 4), "3ff0000000000000", 1.0),
        (address(">H", 1), "ffff", 65535),
        (address(">h", 1), "ffff", -1),
        (address(">I", 2), "00010000", 65536),
        (address("<I", 2), "00010000", 256),
        (address(">q", 4), "ffffffffffffffff", -1),
        # With one register byte_swap has no effect.
        (address(">H", 1, byte_swap=True), "0102", 0x0102),
        # The first element of a longer format is the value.
        (address(">HH", 2), "00070008", 7),
        (address(">H", 1, scale=0.1), "00fb", 25.1),
        (address(">H", 1, bit=3), "0008", 1),
        (address(">H", 1, bit=4), "0008", 0),
        (address("6s", 3), "414243000000", "ABC"),
    ],
)
def test_decode_gives_the_value_of_the_wire_bytes(spec: ModbusAddress, wire: str, value: object) -> None:
    assert (
        make_codec(spec).decode(bytes.fromhex(wire)) == pytest.approx(value)
        if not isinstance(value, str)
        else make_codec(spec).decode(bytes.fromhex(wire)) == value
    )


def test_decode_of_nan_is_refused() -> None:
    with pytest.raises(BadInput, match="not a number"):
        make_codec(address(">f")).decode(struct.pack(">f", float("nan")))


@pytest.mark.parametrize("text", ["", ">", "Z", "5", "import os", ">P", "0s"])
def test_format_that_holds_no_value_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        make_codec(address(text))


def test_format_that_contradicts_the_register_count_is_refused() -> None:
    with pytest.raises(BadInput, match="needs 2"):
        make_codec(address(">f", 1))


@pytest.mark.parametrize(("format", "value"), [(">H", 70000), (">H", -1), (">f", "x")])
def test_encode_of_a_value_that_does_not_fit_is_refused(format: str, value: float) -> None:
    with pytest.raises((BadInput, TypeError)):
        make_codec(address(format)).encode(value)


@given(
    format=st.sampled_from([">i", "<i", "=i", ">q", "=q", "!I"]),
    swap=st.booleans(),
    order=st.sampled_from(["big", "little"]),
    value=st.integers(0, 2**31 - 1),
)
def test_decode_after_encode_is_the_value(format: str, swap: bool, order: str, value: int) -> None:
    codec = make_codec(address(format, byte_swap=swap, word_order=order))
    assert codec.decode(codec.encode(value)) == value


@given(st.lists(st.integers(0, 65535), max_size=125))
def test_words_survive_the_way_through_bytes(words: list[int]) -> None:
    assert bytes_to_words(words_to_bytes(words)) == words
