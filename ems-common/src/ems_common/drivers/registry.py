"""All protocols that have a driver, declared once.

Adding a protocol is a driver module and a row here. The JSON schemas of the rows make the forms of the admin
portal and the validation of data sources and points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ems_common.drivers.base import Driver, Reads, Subscribes, Target, Writes
from ems_common.drivers.modbus import ModbusAddress, ModbusConnection, ModbusTcpDriver
from ems_common.drivers.mqtt import MqttAddress, MqttConnection, MqttDriver
from ems_common.drivers.parsing import typed
from ems_common.errors import BadInput


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol.

    Attributes:
        code: Value of `tbl_data_sources.protocol`.
        name: For people.
        driver: Class made with a connection.
        connection: Type of the connection JSON.
        address: Type of the point address JSON.
    """

    code: str
    name: str
    driver: type[Any]
    connection: type[msgspec.Struct]
    address: type[msgspec.Struct]

    def make(self, connection: Mapping[str, Any] | str | msgspec.Struct) -> Driver:
        """A driver for a data source, not yet connected.

        Raises:
            BadInput: The connection JSON cannot be used.
        """
        driver: Driver = self.driver(self.parse_connection(connection))
        return driver

    def parse_connection(self, connection: Mapping[str, Any] | str | msgspec.Struct) -> Any:
        """The typed connection.

        Raises:
            BadInput: It cannot be used; the message names the field.
        """
        return typed(connection, self.connection)

    def parse_address(self, address: Mapping[str, Any] | str | msgspec.Struct) -> Any:
        """The typed address, checked as far as that goes without a device.

        Raises:
            BadInput: It cannot be used; the message names the field.
        """
        parsed = typed(address, self.address)
        check = getattr(self.driver, "check_address", None)
        if check is not None:
            check(parsed)
        return parsed

    def target(
        self,
        connection: Mapping[str, Any] | str | msgspec.Struct,
        address: Mapping[str, Any] | str | msgspec.Struct,
    ) -> Target:
        """What a write to an address changes.

        Raises:
            BadInput: Connection or address cannot be used, or not for writing.
        """
        if not issubclass(self.driver, Writes):
            raise BadInput("this driver writes nothing", "protocol", self.code)
        return self.driver.target(self.parse_connection(connection), self.parse_address(address))

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What its driver can do: ``reads``, ``writes``, ``subscribes``."""
        known = {"reads": Reads, "subscribes": Subscribes, "writes": Writes}
        return tuple(name for name, kind in known.items() if issubclass(self.driver, kind))

    def schemas(self) -> dict[str, Any]:
        """JSON schemas of connection and address."""
        kinds = {"connection": self.connection, "address": self.address}
        return {name: msgspec.json.schema(kind) for name, kind in kinds.items()}


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol("modbus-tcp", "Modbus TCP", ModbusTcpDriver, ModbusConnection, ModbusAddress),
    Protocol("mqtt", "MQTT", MqttDriver, MqttConnection, MqttAddress),
)
_BY_CODE = {protocol.code: protocol for protocol in PROTOCOLS}


def find(code: str) -> Protocol | None:
    """The protocol with this code, or None when no driver speaks it."""
    return _BY_CODE.get(code)
