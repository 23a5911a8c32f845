"""Addresses → the fewest requests that read them all.

A plan is made once and read many times. It learns: a block that the device refuses as a whole is split, so
that one illegal address does not hide its neighbours, and the split is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ems_common.drivers.modbus.address import (
    MAX_BLOCK_BITS,
    MAX_BLOCK_REGISTERS,
    ModbusAddress,
    ModbusConnection,
)
from ems_common.drivers.modbus.codec import Codec, Decode, make_codec
from ems_common.errors import BadInput


@dataclass(frozen=True, slots=True)
class Item:
    """One point inside a block: where it starts, how long it is, how it is decoded."""

    index: int
    offset: int
    count: int
    decode: Decode | None  # None for a coil


@dataclass(slots=True)
class Block:
    """One request.

    Attributes:
        unit: Unit behind the connection.
        function_code: 1–4.
        start: First register or coil.
        count: How many.
        items: The points in it, by offset.
        retry_at_s: Not asked before this monotonic time (a refused address is tried again now and then).
        failures: Refusals in a row.
        reason: Why it was refused last.
    """

    unit: int
    function_code: int
    start: int
    count: int
    items: tuple[Item, ...]
    retry_at_s: float = 0.0
    failures: int = 0
    reason: str = ""

    def halves(self) -> tuple[Block, Block] | None:
        """The block cut in two between points, or None when it holds one point only."""
        if len(self.items) < 2:
            return None
        middle = len(self.items) // 2
        return _block(self, self.items[:middle]), _block(self, self.items[middle:])


@dataclass(slots=True)
class Plan:
    """All requests for a list of addresses.

    Attributes:
        size: Number of addresses.
        blocks: The requests, by unit, function and start.
    """

    size: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def units(self) -> frozenset[int]:
        """The units that are asked."""
        return frozenset(block.unit for block in self.blocks)


def _block(like: Block, items: tuple[Item, ...]) -> Block:
    start = items[0].offset
    end = max(item.offset + item.count for item in items)
    return Block(like.unit, like.function_code, start, end - start, items)


def make_plan(addresses: Sequence[ModbusAddress], connection: ModbusConnection) -> Plan:
    """Merge neighbouring addresses into block reads.

    Args:
        addresses: In the order in which the readings are wanted.
        connection: Its limits for merging.

    Raises:
        BadInput: An address cannot be used; `where` names its position.
    """
    groups: dict[tuple[int, int], list[Item]] = {}
    for index, address in enumerate(addresses):
        item = _item(index, address)
        groups.setdefault((address.slave_id, address.function_code), []).append(item)
    plan = Plan(len(addresses))
    for (unit, function_code), items in sorted(groups.items()):
        plan.blocks += _merge(unit, function_code, items, connection)
    return plan


def _item(index: int, address: ModbusAddress) -> Item:
    try:
        if address.is_bits:
            item = Item(index, address.offset, address.number_of_registers or 1, None)
        else:
            codec: Codec = make_codec(address)
            item = Item(index, address.offset, codec.registers, codec.decode)
    except BadInput as ex:
        raise BadInput(ex.what, f"address {index}, {ex.where}", ex.value, ex.advice) from ex
    if item.offset + item.count > 65536:
        raise BadInput("reaches beyond register 65535", f"address {index}", address.offset)
    return item


def _merge(unit: int, function_code: int, items: list[Item], connection: ModbusConnection) -> list[Block]:
    bits = function_code in (1, 2)
    limit = MAX_BLOCK_BITS if bits else min(MAX_BLOCK_REGISTERS, connection.max_block_registers)
    gap = connection.unit_gap_registers * (16 if bits else 1)
    items.sort(key=lambda item: (item.offset, item.count, item.index))
    blocks: list[Block] = []
    held: list[Item] = []
    end = 0
    for item in items:
        item_end = item.offset + item.count
        if held and (item.offset - end > gap or max(end, item_end) - held[0].offset > limit):
            blocks.append(Block(unit, function_code, held[0].offset, end - held[0].offset, tuple(held)))
            held = []
        end = max(end, item_end) if held else item_end
        held.append(item)
    blocks.append(Block(unit, function_code, held[0].offset, end - held[0].offset, tuple(held)))
    return blocks
