"""Register maps: physical values to 16-bit registers and back.

Type names and the meaning of `word_order` are those of ``plant.yaml``. Inside a register, and between the
registers of one value, the order is big-endian unless the map says ``little`` (low word first).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_CODES = {
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float32": "f",
    "float64": "d",
}

# Measured hours are often whole steps: the sum must not fall short of one by a rounding error.
_COUNT_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Register:
    """One value of a device.

    Attributes:
        address: 0-based address of its first register.
        scale: Physical value = raw × scale.
    """

    name: str
    address: int
    type: str
    unit: str
    scale: float = 1.0
    is_writable: bool = False

    @property
    def is_float(self) -> bool:
        """Whether the raw value is a floating-point number."""
        return self.type.startswith("float")

    @cached_property
    def _struct(self) -> struct.Struct:
        return struct.Struct(">" + _CODES[self.type])

    @cached_property
    def size(self) -> int:
        """Number of 16-bit registers."""
        return self._struct.size // 2

    @cached_property
    def _words(self) -> struct.Struct:
        return struct.Struct(f">{self.size}H")

    @cached_property
    def _range(self) -> tuple[int, int]:
        bits = self.size * 16
        return (0, 2**bits - 1) if self.type.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def encode(self, value: float, word_order: str = "big") -> Sequence[int]:
        """Registers that show a physical value; a value out of range shows the nearest bound."""
        raw: float = value / self.scale
        if not self.is_float:
            low, high = self._range
            raw = min(max(round(raw), low), high)
        words = self._words.unpack(self._struct.pack(raw))
        return words if word_order == "big" else words[::-1]

    def decode(self, words: Sequence[int], word_order: str = "big") -> float:
        """The physical value that registers show."""
        ordered = words if word_order == "big" else words[::-1]
        raw: float = self._struct.unpack(self._words.pack(*ordered))[0]
        return raw * self.scale


@dataclass(frozen=True)
class RegisterMap:
    """All registers of a device model."""

    name: str
    registers: tuple[Register, ...]
    word_order: str = "big"
    function: int = 3

    @cached_property
    def by_name(self) -> Mapping[str, Register]:
        """Registers by name."""
        return {register.name: register for register in self.registers}

    def __getitem__(self, name: str) -> Register:
        return self.by_name[name]

    @cached_property
    def first(self) -> int:
        """Lowest address."""
        return min(register.address for register in self.registers)

    @cached_property
    def end(self) -> int:
        """One past the highest address."""
        return max(register.address + register.size for register in self.registers)

    def render(self, values: Mapping[str, float], into: list[int], start: int) -> None:
        """Write the registers of the given values into a block that begins at address `start`."""
        for name, value in values.items():
            register = self.by_name[name]
            at = register.address - start
            into[at : at + register.size] = register.encode(value, self.word_order)

    def written(self, address: int, words: Sequence[int]) -> Iterator[tuple[Register, float]]:
        """The registers that a write request covers completely, with their new physical values.

        Raises:
            ValueError: A register is read-only or only covered in part, or nothing is there.
        """
        covered = 0
        for register in self.registers:
            low, high = register.address, register.address + register.size
            if high <= address or low >= address + len(words):
                continue
            if not register.is_writable or low < address or high > address + len(words):
                raise ValueError(f"{self.name}.{register.name} cannot be written like this")
            covered += register.size
            yield register, register.decode(words[low - address : high - address], self.word_order)
        if covered != len(words):
            raise ValueError(f"{self.name} has no register at {address}")


def quantise(
    energy_kwh: NDArray[np.float64], register: Register | None, step_kwh: float
) -> NDArray[np.float64]:
    """What a reader of the energy register stores, to the 6 decimals of the database.

    Args:
        energy_kwh: Index of the meter before its register rounds it [kWh].
        register: Its Modbus register; None when the value comes as a JSON number.
        step_kwh: Step of the register [kWh]; 0 for a floating-point one.

    Returns:
        The stored values [kWh], same shape. Integers count completed steps, as counters do.
    """
    if step_kwh > 0.0:
        counts = np.floor(energy_kwh / step_kwh + _COUNT_TOLERANCE)
        return np.asarray(np.round(counts * step_kwh, 6), dtype=np.float64)
    if register is not None and register.type == "float32":
        energy_kwh = energy_kwh.astype(np.float32).astype(np.float64)
    return np.asarray(np.round(energy_kwh, 6), dtype=np.float64)
