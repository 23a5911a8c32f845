"""The plant's Modbus TCP servers: one port for each gateway and each microgrid device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ems_common import log
from ems_common.errors import Unavailable
from prometheus_client import Counter
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from pymodbus.simulator.simdevice import SimAction

from ems_simulator.devices import Device
from ems_simulator.registers import Register, RegisterMap

_log = log.get(__name__)
REQUESTS = Counter("ems_simulator_modbus_requests_total", "Modbus requests answered", ["kind"])
_READS, _WRITES = REQUESTS.labels("read"), REQUESTS.labels("write")


@dataclass(frozen=True)
class Unit:
    """A device behind a port."""

    number: int
    device: Device
    registers: RegisterMap


def unit_action(unit: Unit, advance: Callable[[], None]) -> SimAction:
    """What answers the requests to a unit: brings the plant up to now, then shows or takes registers.

    The server calls it before every answer, and wants a coroutine function.
    """
    device, registers = unit.device, unit.registers
    touched: dict[tuple[int, int], tuple[Register, ...]] = {}

    async def action(
        _function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if not device.is_online:
            return ExcCodes.GATEWAY_NO_RESPONSE
        advance()
        if set_values is not None:
            return _take(unit, address, [int(value) for value in set_values])
        _READS.inc()
        asked = touched.get((address, count))
        if asked is None:
            asked = touched[address, count] = _overlapping(registers, address, count)
        values = device.values()
        for register in asked:
            at = register.address - start_address
            shown = values.get(register.name, 0.0)
            current_registers[at : at + register.size] = register.encode(shown, registers.word_order)
        return None

    return action


def _take(unit: Unit, address: int, words: Sequence[int]) -> ExcCodes | None:
    """Carry out a write request."""
    _WRITES.inc()
    if unit.device.write is None:
        return ExcCodes.ILLEGAL_ADDRESS
    try:
        changes = list(unit.registers.written(address, words))
    except ValueError:
        return ExcCodes.ILLEGAL_ADDRESS
    try:
        for register, value in changes:
            unit.device.write(register.name, value)
    except ValueError:
        return ExcCodes.ILLEGAL_VALUE
    return None


def _overlapping(registers: RegisterMap, address: int, count: int) -> tuple[Register, ...]:
    return tuple(
        r for r in registers.registers if r.address < address + count and r.address + r.size > address
    )


class ModbusPort:
    """One listening port with the units behind it; can be closed and opened again.

    Args:
        name: Gateway or device, for the log.
        units: What answers there.
        advance: Brings the plant up to the present instant.
    """

    def __init__(
        self, name: str, host: str, port: int, units: Sequence[Unit], advance: Callable[[], None]
    ) -> None:
        self.name = name
        self.port = port
        self._host = host
        self._units = tuple(units)
        self._advance = advance
        self._server: ModbusTcpServer | None = None

    @property
    def is_open(self) -> bool:
        """Whether the port listens."""
        return self._server is not None

    async def open(self) -> None:
        """Listen.

        Raises:
            Unavailable: The port is taken.
        """
        if self._server is not None:
            return
        # Every device has one contiguous block that holds all its registers: gaps in the map read as 0.
        devices = [
            SimDevice(
                id=unit.number,
                simdata=[
                    SimData(
                        unit.registers.first,
                        count=unit.registers.end - unit.registers.first,
                        values=0,
                        datatype=DataType.REGISTERS,
                    )
                ],
                action=unit_action(unit, self._advance),
            )
            for unit in self._units
        ]
        server = ModbusTcpServer(devices, address=(self._host, self.port))
        try:
            await server.serve_forever(background=True)
        except RuntimeError as ex:
            raise Unavailable(f"modbus port {self.port} of {self.name} cannot be opened") from ex
        self._server = server

    async def close(self) -> None:
        """Stop listening and drop all connections."""
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()  # type: ignore[no-untyped-call]
