from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from ems_common.clock import monotonic_s
from ems_common.drivers.base import Driver, Quality, Reads, Target, Writes
from ems_common.drivers.modbus import ModbusAddress, ModbusConnection, ModbusTcpDriver
from ems_common.errors import BadInput, Unavailable


def holding(offset: int, format: str = ">H", **more: object) -> ModbusAddress:
    return ModbusAddress(1, 3, offset, 0, format, **more)


def with_driver(plant, work: Callable[[ModbusTcpDriver], Awaitable[None]], **connection: object) -> None:
    async def session() -> None:
        line = ModbusConnection("127.0.0.1", plant.port, **({"timeout_s": 0.5} | connection))
        driver = ModbusTcpDriver(line)
        await driver.open()
        try:
            await work(driver)
        finally:
            await driver.close()

    asyncio.run(session())


def test_driver_has_the_declared_capabilities() -> None:
    driver = ModbusTcpDriver({"host": "127.0.0.1", "port": "502", "interval_in_seconds": 10})
    assert isinstance(driver, Driver)
    assert isinstance(driver, Reads)
    assert isinstance(driver, Writes)
    assert driver.connection.port == 502


@pytest.mark.parametrize(
    ("address", "first", "last", "part"),
    [(holding(40, ">i"), 40, 41, "registers"), (ModbusAddress(1, 1, 7), 7, 7, "coils")],
)
def test_a_write_tells_what_it_changes(address: ModbusAddress, first: int, last: int, part: str) -> None:
    line = ModbusConnection("LOCALHOST", 1502)
    target = Target(f"modbus-tcp 127.0.0.1:1502 unit 1 {part}", first, last)
    assert ModbusTcpDriver.target(line, address) == target


@pytest.mark.parametrize("address", [ModbusAddress(1, 4, 0), ModbusAddress(1, 2, 0), holding(0, bit=1)])
def test_what_cannot_be_written_has_no_target(address: ModbusAddress) -> None:
    with pytest.raises(BadInput, match="written"):
        ModbusTcpDriver.target(ModbusConnection("h"), address)


def test_connection_without_host_is_refused() -> None:
    with pytest.raises(BadInput, match="host"):
        ModbusTcpDriver({"port": 502})


def test_read_returns_the_points_in_their_order_with_one_time(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plan = driver.plan(
            [
                {"slave_id": 1, "function_code": 3, "offset": 10, "number_of_registers": 2, "format": ">f",
                 "byte_swap": False},
                holding(5),
                ModbusAddress(1, 4, 3),
                ModbusAddress(1, 1, 2),
                ModbusAddress(1, 2, 0),
            ]
        )  # fmt: skip
        readings = await driver.read(plan)
        assert [r.value for r in readings] == [21.5, 5, 103, 1, 0]
        assert len({r.time_utc for r in readings}) == 1
        assert readings[0].time_utc.tzinfo is not None

    with_driver(plant, work)


def test_nan_is_a_bad_reading_with_a_reason_and_does_not_disturb_the_others(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        bad, good = await driver.read(driver.plan([holding(20, ">f"), holding(22)]))
        assert (bad.quality, bad.value, bad.reason) == (Quality.BAD, None, "is not a number")
        assert good.value == 22

    with_driver(plant, work)


def test_one_illegal_address_does_not_hide_the_others_and_is_not_asked_each_time(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plan = driver.plan([holding(offset) for offset in range(116, 126)])
        readings = await driver.read(plan)
        assert [r.value for r in readings if r.quality is Quality.GOOD] == [
            116, 117, 118, 119, 121, 122, 123, 124, 125,
        ]  # fmt: skip
        assert readings[4].reason == "illegal data address"
        plant.requests.clear()
        again = await driver.read(plan)
        assert [r.value for r in again] == [r.value for r in readings]
        assert all(not (a <= 120 < a + n) for _, a, n in plant.requests)

    with_driver(plant, work)


def test_writes_are_stored_by_the_device_and_merged_when_neighbours(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        await driver.write(holding(30, read_back=True), 4711)
        await driver.write(holding(40, ">f", read_back=True), -2.25)
        await driver.write(ModbusAddress(1, 1, 7, read_back=True), True)
        plant.requests.clear()
        await driver.write_many([(holding(50), 1), (holding(51, ">i"), -7), (holding(60), 3)])
        assert list(dict.fromkeys(plant.requests)) == [(16, 50, 3), (6, 60, 1)]
        plan = driver.plan(
            [holding(30), holding(40, ">f"), ModbusAddress(1, 1, 7), holding(50), holding(51, ">i")]
        )
        assert [r.value for r in await driver.read(plan)] == [4711, -2.25, 1, 1, -7]

    with_driver(plant, work)


def test_write_of_an_input_and_to_an_illegal_address_is_refused(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        with pytest.raises(BadInput, match="inputs cannot be written"):
            await driver.write(ModbusAddress(1, 4, 1), 1)
        with pytest.raises(BadInput, match="illegal data address"):
            await driver.write(holding(5000), 1)

    with_driver(plant, work)


def test_open_where_nobody_listens_is_unavailable() -> None:
    async def session() -> None:
        with pytest.raises(Unavailable):
            await ModbusTcpDriver(ModbusConnection("127.0.0.1", 1, timeout_s=0.5)).open()

    asyncio.run(session())


def test_a_lost_device_is_logged_once_and_comes_back_by_itself(plant, capsys) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plan = driver.plan([holding(1)])
        await driver.read(plan)
        plant.stop()
        for _ in range(5):
            with pytest.raises(Unavailable):
                await driver.read(plan)
            await asyncio.sleep(0.2)
        plant.start()
        limit_s = monotonic_s() + 10
        while monotonic_s() < limit_s:
            await asyncio.sleep(0.1)
            try:
                readings = await driver.read(plan)
            except Unavailable:
                continue
            assert readings[0].value == 1
            break
        else:
            pytest.fail("did not come back")

    with_driver(plant, work)
    printed = capsys.readouterr()
    lines = printed.out + printed.err
    assert lines.count("modbus_lost") == 1
    assert lines.count("modbus_back") == 1


def test_a_silent_device_closes_the_connection_within_its_timeout(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plan = driver.plan([holding(1), holding(100)])
        plant.silent = True
        began_s = monotonic_s()
        with pytest.raises(Unavailable, match="unit 1 does not answer"):
            await driver.read(plan)
        assert monotonic_s() - began_s < 1.0
        assert not driver.is_open

    with_driver(plant, work, timeout_s=0.3)


async def gateway_with_a_dead_unit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers reads of one register with 7, and nothing for unit 9."""
    while header := await reader.read(12):
        if header[6] != 9:
            writer.write(header[:4] + b"\x00\x05" + header[6:8] + b"\x02\x00\x07")
    writer.close()


def test_a_silent_unit_does_not_hide_the_others_of_its_gateway() -> None:
    async def session() -> None:
        server = await asyncio.start_server(gateway_with_a_dead_unit, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        driver = ModbusTcpDriver(ModbusConnection("127.0.0.1", port, timeout_s=0.3))
        await driver.open()
        plan = driver.plan([holding(1), ModbusAddress(9, 3, 1)])
        good, bad = await driver.read(plan)
        assert (good.value, bad.quality, bad.reason) == (7, Quality.BAD, "unit 9 does not answer")
        began_s = monotonic_s()
        good, bad = await driver.read(plan)
        assert (good.value, bad.quality) == (7, Quality.BAD)
        assert monotonic_s() - began_s < 0.2  # it is left alone for a while
        await driver.close()
        server.close()

    asyncio.run(session())


def test_a_write_goes_before_the_waiting_reads(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plant.delay_s = 0.02
        plan = driver.plan([holding(offset) for offset in range(0, 100, 10)])
        assert len(plan.blocks) == 10
        reading = asyncio.create_task(driver.read(plan))
        await asyncio.sleep(0.05)
        await driver.write(holding(0), 99)
        assert not reading.done()
        await reading
        functions = [function for function, _, _ in plant.requests]
        assert functions.index(6) < 6

    with_driver(plant, work, unit_gap_registers=0)


def test_drivers_of_one_gateway_share_the_connection(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        second = ModbusTcpDriver(driver.connection)
        await second.open()
        assert second._bus is driver._bus
        await second.close()
        assert driver.is_open

    with_driver(plant, work)


def test_forty_registers_are_read_in_a_fraction_of_a_control_cycle(plant) -> None:
    async def work(driver: ModbusTcpDriver) -> None:
        plan = driver.plan([holding(2 * number) for number in range(40)])
        await driver.read(plan)
        began_s = monotonic_s()
        for _ in range(50):
            await driver.read(plan)
        assert (monotonic_s() - began_s) / 50 < 0.020

    logging.getLogger("asyncio").setLevel(logging.WARNING)
    with_driver(plant, work)
