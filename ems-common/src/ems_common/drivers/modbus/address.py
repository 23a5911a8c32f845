"""Connection and point address of Modbus TCP, as the JSON of `tbl_data_sources` and `tbl_points` holds them.

The names of the contract stay; what we add is optional. `msgspec` turns these declarations into the JSON
schemas that forms are made from.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_BLOCK_REGISTERS = 125
"""Most registers one read may ask for (Modbus Application Protocol V1.1b3, 6.3)."""
MAX_BLOCK_BITS = 2000
"""Most coils one read may ask for (6.1)."""


class ModbusConnection(Struct, frozen=True):
    """How to reach a device or gateway.

    Attributes:
        host: Name or address.
        port: TCP port.
        interval_in_seconds: Pause between polls when `poll_interval_s` is not given [s].
        poll_interval_s: Pause between polls; may be a fraction of a second [s].
        storage_interval_s: Least distance of two stored readings of a point; the poll interval if absent [s].
        timeout_s: How long an answer may take [s].
        unit_gap_registers: Registers that nobody asked for, but that may be read along to join two blocks.
        max_block_registers: Longest block the device can answer; some manage fewer than 125.
    """

    host: Annotated[str, Meta(min_length=1, description="Host name or address")]
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port")] = 502
    interval_in_seconds: Annotated[float, Meta(ge=0, le=3600, description="Poll interval [s]")] = 300.0
    poll_interval_s: Annotated[float, Meta(ge=0.05, le=86400, description="Overrides it [s]")] | None = None
    storage_interval_s: (
        Annotated[float, Meta(ge=0, le=86400, description="Least distance of stored readings [s]")] | None
    ) = None
    timeout_s: Annotated[float, Meta(gt=0, le=60, description="Longest wait for an answer [s]")] = 3.0
    unit_gap_registers: Annotated[
        int, Meta(ge=0, le=124, description="Unused registers read along to join blocks")
    ] = 8
    max_block_registers: Annotated[
        int, Meta(ge=1, le=MAX_BLOCK_REGISTERS, description="Longest block the device answers")
    ] = MAX_BLOCK_REGISTERS


class ModbusAddress(Struct, frozen=True):
    """Where a value is, and how its registers are to be read.

    Attributes:
        slave_id: Unit behind the connection.
        function_code: 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers.
        offset: First register or coil, counted from 0.
        number_of_registers: How many registers (or coils); 0 takes what `format` needs.
        format: Struct code such as ``>f``, ``>H``, ``=d``; ``=`` and ``@`` mean little-endian, which is what
            they meant on every machine MyEMS ran on. The first decoded element is the value.
        byte_swap: Swap the two bytes inside every 16-bit word; only with 2 or 4 registers.
        word_order: ``little`` when the device sends the least significant word first.
        bit: Take this bit of the decoded integer (0 is the least significant).
        scale: The decoded number times this is the value; writing divides by it.
        write_function: Function code for writing; chosen by the kind and length of the address when absent.
        read_back: Read the value again after writing and compare.
    """

    slave_id: Annotated[int, Meta(ge=0, le=255, description="Unit (slave) id")]
    function_code: Literal[1, 2, 3, 4]
    offset: Annotated[int, Meta(ge=0, le=65535, description="First register or coil, from 0")]
    number_of_registers: Annotated[
        int, Meta(ge=0, le=MAX_BLOCK_BITS, description="Count of registers or coils; 0 = as the format needs")
    ] = 0
    format: Annotated[str, Meta(max_length=16, description="Struct code such as >f, >H, =d")] = ">H"
    byte_swap: bool = False
    word_order: Literal["big", "little"] = "big"
    bit: Annotated[int, Meta(ge=0, le=63)] | None = None
    scale: float = 1.0
    write_function: Literal[5, 6, 15, 16] | None = None
    read_back: bool = False

    @property
    def is_bits(self) -> bool:
        """Whether this is a coil or a discrete input."""
        return self.function_code in (1, 2)
