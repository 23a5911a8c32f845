"""Register words ↔ values.

A :class:`Codec` is made once for an address; decoding then costs about a microsecond. The bytes are those on
the wire: two for each register, high byte first.
"""

from __future__ import annotations

import math
import operator
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ems_common.drivers.modbus.address import MAX_BLOCK_REGISTERS, ModbusAddress
from ems_common.errors import BadInput

_FORMAT = re.compile(r"^([@=<>!]?)((?:\d*[xcbB?hHiIlLqQefds])+)$")
Value = float | int | str
Decode = Callable[[bytes], Value]


@dataclass(frozen=True, slots=True)
class Codec:
    """How the registers of one address become a value, and back.

    Attributes:
        registers: How many registers the value takes.
        decode: Bytes of these registers → value; raises `BadInput` for what is no number.
        encode: Value → bytes of these registers.
    """

    registers: int
    decode: Decode
    encode: Callable[[float | int | bool], bytes]


def host_format(text: str) -> str:
    """The struct format with its byte order spelled out.

    No prefix, ``@`` and ``=`` are the order of the host, and all hosts that count are little-endian; with
    ``@`` or none, C's sizes hold (``l`` is eight bytes long).

    Raises:
        BadInput: Not a struct format that can hold a value.

    Example:
        >>> host_format("=f"), host_format(">H"), host_format("l")
        ('<f', '>H', '<q')
    """
    match = _FORMAT.match(text.strip())
    if match is None:
        raise BadInput("is not a struct format", "format", text, "Use one such as >f, >H, >i or =d.")
    order, codes = match.groups()
    if order in ("", "@"):
        codes = codes.replace("l", "q").replace("L", "Q")
    return (order if order in ("<", ">") else ">" if order == "!" else "<") + codes


def make_codec(address: ModbusAddress) -> Codec:
    """Work out how an address' registers are decoded and encoded.

    Raises:
        BadInput: Format and number of registers contradict each other, or the format holds no value.
    """
    layout = struct.Struct(host_format(address.format))
    if not layout.size or not layout.unpack(bytes(layout.size)):
        raise BadInput("holds no value", "format", address.format)
    registers = _count(address, layout)
    order = _byte_order(address, registers)
    return Codec(registers, _decoder(address, layout, order), _encoder(address, layout, order, registers))


def _count(address: ModbusAddress, layout: struct.Struct) -> int:
    needed = (layout.size + 1) // 2
    registers = address.number_of_registers or needed
    if needed != registers:
        raise BadInput(
            f"needs {needed} register(s) but number_of_registers is {registers}", "format", address.format
        )
    if registers > MAX_BLOCK_REGISTERS:
        raise BadInput(f"is more than {MAX_BLOCK_REGISTERS}", "number_of_registers", registers)
    return registers


def _byte_order(address: ModbusAddress, registers: int) -> tuple[int, ...]:
    """Positions of the wire's bytes in the order in which they are decoded."""
    words = [(2 * word, 2 * word + 1) for word in range(registers)]
    if address.word_order == "little":
        words.reverse()
    if address.byte_swap and registers in (2, 4):
        words = [(low, high) for high, low in words]
    return tuple(position for word in words for position in word)


def _decoder(address: ModbusAddress, layout: struct.Struct, order: tuple[int, ...]) -> Decode:
    unpack = layout.unpack_from
    pick = operator.itemgetter(*order) if order != tuple(range(len(order))) else None
    bit, scale = address.bit, address.scale

    def decode(data: bytes) -> Value:
        raw = unpack(bytes(pick(data)) if pick else data)[0]
        if isinstance(raw, bytes):
            return raw.split(b"\0", 1)[0].decode("ascii", "replace").strip()
        if bit is not None:
            return (_as_int(raw) >> bit) & 1
        if isinstance(raw, float) and math.isnan(raw):
            raise BadInput("is not a number")
        return int(raw) if isinstance(raw, bool) else raw if scale == 1.0 else raw * scale

    return decode


def _as_int(raw: float | int) -> int:
    if isinstance(raw, float):
        raise BadInput("a bit can be taken from integers only")
    return raw


def _encoder(
    address: ModbusAddress, layout: struct.Struct, order: tuple[int, ...], registers: int
) -> Callable[[float | int | bool], bytes]:
    whole = not isinstance(layout.unpack(bytes(layout.size))[0], float)
    scale = address.scale

    def encode(value: float | int | bool) -> bytes:
        if address.bit is not None:
            raise BadInput("a single bit of a register cannot be written", "bit", address.bit)
        try:
            raw = value if scale == 1.0 else value / scale
            packed = layout.pack(round(raw) if whole else float(raw))
        except (struct.error, OverflowError, ValueError, ZeroDivisionError) as ex:
            raise BadInput(f"does not fit into {address.format}: {ex}", "value", value) from ex
        packed = packed.ljust(2 * registers, b"\0")
        wire = bytearray(len(packed))
        for position, byte in zip(order, packed, strict=True):
            wire[position] = byte
        return bytes(wire)

    return encode


def words_to_bytes(words: Sequence[int]) -> bytes:
    """Register values as wire bytes.

    >>> words_to_bytes([0x0102, 0xFF00]).hex()
    '0102ff00'
    """
    return struct.pack(f">{len(words)}H", *words)


def bytes_to_words(data: bytes) -> list[int]:
    """Wire bytes as register values; the inverse of :func:`words_to_bytes`."""
    return list(struct.unpack(f">{len(data) // 2}H", data))
