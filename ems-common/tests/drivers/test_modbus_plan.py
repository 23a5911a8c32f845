from __future__ import annotations

import pytest
from ems_common.drivers.modbus.address import ModbusAddress, ModbusConnection
from ems_common.drivers.modbus.plan import make_plan
from ems_common.errors import BadInput
from hypothesis import given
from hypothesis import strategies as st

LINE = ModbusConnection("127.0.0.1")


def registers(*offsets: int, unit: int = 1, function: int = 3, format: str = ">H") -> list[ModbusAddress]:
    return [ModbusAddress(unit, function, offset, 0, format) for offset in offsets]


def test_neighbours_are_read_in_one_block() -> None:
    blocks = make_plan(registers(4, 0, 2, format=">f"), LINE).blocks
    assert [(b.start, b.count) for b in blocks] == [(0, 6)]
    assert [item.index for item in blocks[0].items] == [1, 2, 0]


def test_units_and_functions_are_never_mixed() -> None:
    plan = make_plan(registers(0) + registers(1, unit=2) + registers(2, function=4), LINE)
    assert [(b.unit, b.function_code) for b in plan.blocks] == [(1, 3), (1, 4), (2, 3)]


def test_a_wide_gap_is_not_read_along() -> None:
    assert [(b.start, b.count) for b in make_plan(registers(0, 9, 18, 28), LINE).blocks] == [(0, 19), (28, 1)]


def test_the_same_register_can_be_asked_for_twice() -> None:
    plan = make_plan(registers(5, 5), LINE)
    assert [(b.start, b.count, len(b.items)) for b in plan.blocks] == [(5, 1, 2)]


def test_an_unusable_address_is_named_by_its_position() -> None:
    with pytest.raises(BadInput, match="address 1"):
        make_plan([*registers(0), ModbusAddress(1, 3, 65535, 2, ">f")], LINE)


@given(
    offsets=st.lists(st.integers(0, 3000), min_size=1, max_size=60),
    gap=st.integers(0, 20),
    limit=st.integers(4, 125),
)
def test_every_address_is_inside_its_block_and_no_block_is_too_long(
    offsets: list[int], gap: int, limit: int
) -> None:
    line = ModbusConnection("127.0.0.1", unit_gap_registers=gap, max_block_registers=limit)
    plan = make_plan(registers(*offsets, format=">d"), line)
    seen = []
    for block in plan.blocks:
        assert block.count <= limit
        for item in block.items:
            assert block.start <= item.offset
            assert item.offset + item.count <= block.start + block.count
            assert item.offset == offsets[item.index]
            seen.append(item.index)
    assert sorted(seen) == list(range(len(offsets)))
