"""The Modbus TCP driver: plan once, read many, write and confirm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from ems_common.clock import monotonic_s, utc_now
from ems_common.drivers.base import Quality, Reading, Target
from ems_common.drivers.modbus.address import ModbusAddress, ModbusConnection
from ems_common.drivers.modbus.bus import Bus, Health, NoAnswer, shared_bus
from ems_common.drivers.modbus.codec import bytes_to_words, make_codec, words_to_bytes
from ems_common.drivers.modbus.plan import Block, Plan, make_plan
from ems_common.drivers.parsing import typed
from ems_common.errors import BadInput, Unavailable

_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    10: "gateway path unavailable",
    11: "gateway target does not respond",
}
_ADDRESS_FAULTS = frozenset({1, 2, 3})
_REFUSED_PAUSE_S = 60.0
_SILENT_PAUSE_S = 5.0
_LONGEST_PAUSES = 16.0


class ModbusTcpDriver:
    """Reads and writes the registers behind one Modbus TCP connection.

    Drivers for the same host and port share the connection. A closed connection is reopened by the next
    :meth:`read` or :meth:`write` once its back-off is over; until then they raise `Unavailable` at once.

    Args:
        connection: Typed, or the JSON of `tbl_data_sources.connection` as a dict.
    """

    protocol: ClassVar[str] = "modbus-tcp"

    def __init__(self, connection: ModbusConnection | dict[str, Any]) -> None:
        self.connection = typed(connection, ModbusConnection)
        self._bus: Bus | None = None

    @staticmethod
    def check_address(address: ModbusAddress) -> None:
        """Check what can be known of an address without the device.

        Raises:
            BadInput: Format and number of registers do not fit each other.
        """
        make_plan([address], ModbusConnection("check"))

    @staticmethod
    def target(connection: ModbusConnection, address: ModbusAddress) -> Target:
        """The coils or registers that a write to an address changes.

        Raises:
            BadInput: Inputs, and single bits of a register, cannot be written.
        """
        _refuse_inputs(address)
        if address.bit is not None:
            raise BadInput("a single bit of a register cannot be written", "bit", address.bit)
        count = 1 if address.is_bits else make_codec(address).registers
        host = connection.host.lower()
        host = "127.0.0.1" if host == "localhost" else host
        part = "coils" if address.is_bits else "registers"
        place = f"{host}:{connection.port} unit {address.slave_id} {part}"
        return Target(f"modbus-tcp {place}", address.offset, address.offset + count - 1)

    @property
    def health(self) -> Health:
        """How the connection does."""
        return self._bus.health if self._bus is not None else Health()

    @property
    def is_open(self) -> bool:
        """Whether the connection is open now."""
        return self._bus is not None and self._bus.state.value == "open"

    async def open(self) -> None:
        """Connect; again when the device was away.

        Raises:
            Unavailable: Nobody answers there now.
        """
        if self._bus is not None:
            await self.close()
        self._bus = shared_bus(self.connection.host, self.connection.port, self.connection.timeout_s)
        await self._bus.open()

    async def close(self) -> None:
        """Give the connection back; the last driver on it closes it."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            await bus.close()

    def plan(self, addresses: Sequence[Any]) -> Plan:
        """Merge the addresses into block reads.

        Raises:
            BadInput: An address cannot be used; `where` tells which.
        """
        return make_plan([typed(address, ModbusAddress) for address in addresses], self.connection)

    async def read(self, plan: Plan) -> list[Reading]:
        """Read all points; they carry the time at which the reading began.

        Raises:
            Unavailable: No unit of the plan answers; the connection is closed.
        """
        bus = self._opened()
        time_utc = utc_now()
        now_s = monotonic_s()
        found: list[Reading | None] = [None] * plan.size
        silent: dict[int, str] = {}
        position = 0
        while position < len(plan.blocks):
            block = plan.blocks[position]
            if block.retry_at_s > now_s:
                self._fail_block(block, found, time_utc)
            elif block.unit in silent:
                _put_off(block, _SILENT_PAUSE_S, silent[block.unit])
                self._fail_block(block, found, time_utc)
            else:
                split = await self._read_block(bus, block, found, time_utc, silent)
                if split is not None:
                    plan.blocks[position : position + 1] = split
                    continue
            position += 1
        self._judge_silence(bus, plan, silent)
        return [reading for reading in found if reading is not None]

    async def _read_block(
        self, bus: Bus, block: Block, found: list[Reading | None], time_utc: Any, silent: dict[int, str]
    ) -> tuple[Block, Block] | None:
        """Read one block into `found`; returns its halves when the device refuses it as a whole."""
        try:
            answer = await bus.read(partial(_request, block=block))
        except NoAnswer:
            silent[block.unit] = f"unit {block.unit} does not answer"
            _put_off(block, _SILENT_PAUSE_S, silent[block.unit])
            self._fail_block(block, found, time_utc)
            return None
        code = getattr(answer, "exception_code", 0) if answer.isError() else 0
        if answer.isError():
            halves = block.halves() if code in _ADDRESS_FAULTS else None
            if halves is None:
                pause_s = _REFUSED_PAUSE_S if code in _ADDRESS_FAULTS else _SILENT_PAUSE_S
                _put_off(block, pause_s, _EXCEPTIONS.get(code, f"modbus exception {code}"))
                self._fail_block(block, found, time_utc)
            return halves
        block.failures, block.retry_at_s = 0, 0.0
        _decode(block, answer, found, time_utc)
        return None

    @staticmethod
    def _fail_block(block: Block, found: list[Reading | None], time_utc: Any) -> None:
        for item in block.items:
            found[item.index] = Reading(item.index, None, time_utc, Quality.BAD, block.reason)

    @staticmethod
    def _judge_silence(bus: Bus, plan: Plan, silent: dict[int, str]) -> None:
        """Close the connection when no unit behind it answered."""
        if silent and plan.units <= silent.keys():
            for block in plan.blocks:
                block.retry_at_s = 0.0
            bus.lose("no unit answers")
            raise Unavailable(f"modbus {bus.name}: {', '.join(silent.values())}")

    async def write(self, address: Any, value: float | int | bool) -> None:
        """Set one point and wait for the device's confirmation; see :meth:`write_many`."""
        await self.write_many([(address, value)])

    async def write_many(self, values: Sequence[tuple[Any, float | int | bool]]) -> None:
        """Set points in the given order; runs of neighbouring registers go out as one request.

        Args:
            values: Address and value of each point.

        Raises:
            Unavailable: The device does not answer.
            BadInput: The device or an address refuses a value, or the value read back is another one.
        """
        bus = self._opened()
        for request in _writes([(typed(a, ModbusAddress), v) for a, v in values]):
            unit, _function, start, payload = request
            try:
                answer = await bus.write(partial(_write, request=request))
            except NoAnswer as ex:
                raise Unavailable(f"modbus {bus.name}: write to {start} of unit {unit}: {ex}") from ex
            if answer.isError():
                code = getattr(answer, "exception_code", 0)
                what = _EXCEPTIONS.get(code, f"modbus exception {code}")
                raise BadInput(what, f"{bus.name} unit {unit} at {start}", payload)
        for address, value in values:
            await self._confirm(typed(address, ModbusAddress), value)

    async def _confirm(self, address: ModbusAddress, value: float | int | bool) -> None:
        if not address.read_back:
            return
        reading = (await self.read(self.plan([address])))[0]
        if address.is_bits:
            expected: Any = int(bool(value))
        else:
            codec = make_codec(address)
            expected = codec.decode(codec.encode(value))
        if reading.value != expected:
            shown = reading.reason or repr(reading.value)
            raise BadInput(f"was written but reads back as {shown}", f"register {address.offset}", value)

    def _opened(self) -> Bus:
        if self._bus is None:
            raise Unavailable(f"modbus {self.connection.host}:{self.connection.port}: not opened")
        return self._bus


def _put_off(block: Block, pause_s: float, reason: str) -> None:
    block.reason = reason
    block.retry_at_s = monotonic_s() + pause_s * min(_LONGEST_PAUSES, 2.0 ** min(block.failures, 10))
    block.failures += 1


def _decode(block: Block, answer: ModbusPDU, found: list[Reading | None], time_utc: Any) -> None:
    if block.function_code in (1, 2):
        for item in block.items:
            bit = answer.bits[item.offset - block.start]
            found[item.index] = Reading(item.index, int(bit), time_utc)
        return
    data = words_to_bytes(answer.registers)
    for item in block.items:
        begin = 2 * (item.offset - block.start)
        part = data[begin : begin + 2 * item.count]
        if len(part) < 2 * item.count or item.decode is None:
            found[item.index] = Reading(item.index, None, time_utc, Quality.BAD, "the answer is too short")
            continue
        try:
            found[item.index] = Reading(item.index, item.decode(part), time_utc)
        except BadInput as ex:
            found[item.index] = Reading(item.index, None, time_utc, Quality.BAD, ex.what)


async def _request(client: AsyncModbusTcpClient, block: Block) -> ModbusPDU:
    calls = {
        1: client.read_coils,
        2: client.read_discrete_inputs,
        3: client.read_holding_registers,
        4: client.read_input_registers,
    }
    return await calls[block.function_code](block.start, count=block.count, device_id=block.unit)


_Write = tuple[int, int, int, list[int]]


def _writes(values: Sequence[tuple[ModbusAddress, float | int | bool]]) -> list[_Write]:
    """Unit, function code, start and words (or bits) of each request."""
    result: list[_Write] = []
    for address, value in values:
        payload = _payload(address, value)
        single, many = (5, 15) if address.is_bits else (6, 16)
        function = address.write_function or (single if len(payload) == 1 else many)
        if function == single and len(payload) > 1:
            raise BadInput(f"takes one register but the value has {len(payload)}", "write_function", function)
        last = result[-1] if result else None
        joins = (
            last is not None
            and address.write_function in (None, many)
            and last[0] == address.slave_id
            and last[1] in (single, many)
            and last[2] + len(last[3]) == address.offset
            and len(last[3]) + len(payload) <= 120
        )
        if last is not None and joins:
            result[-1] = (last[0], many, last[2], last[3] + payload)
        else:
            result.append((address.slave_id, function, address.offset, payload))
    return result


def _refuse_inputs(address: ModbusAddress) -> None:
    if address.function_code in (2, 4):
        raise BadInput("inputs cannot be written", "function_code", address.function_code, "Use 1 or 3.")


def _payload(address: ModbusAddress, value: float | int | bool) -> list[int]:
    _refuse_inputs(address)
    if address.is_bits:
        return [int(bool(value))]
    return bytes_to_words(make_codec(address).encode(value))


async def _write(client: AsyncModbusTcpClient, request: _Write) -> ModbusPDU:
    unit, function, start, payload = request
    if function == 5:
        return await client.write_coil(start, bool(payload[0]), device_id=unit)
    if function == 15:
        return await client.write_coils(start, [bool(bit) for bit in payload], device_id=unit)
    if function == 6:
        return await client.write_register(start, payload[0], device_id=unit)
    return await client.write_registers(start, payload, device_id=unit)
