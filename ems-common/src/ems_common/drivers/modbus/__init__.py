"""Modbus TCP.

Module map:
    address     connection and point address as stored in the database (typed, checked)
    codec       register words ↔ values: struct formats, byte and word order, bits, scale
    plan        addresses → the fewest block reads; splits a block that a device refuses
    bus         one connection: state machine, back-off, writes before reads, health
    driver      the driver itself: plan once, read many, write
"""

from ems_common.drivers.modbus.address import ModbusAddress, ModbusConnection
from ems_common.drivers.modbus.driver import ModbusTcpDriver

__all__ = ["ModbusAddress", "ModbusConnection", "ModbusTcpDriver"]
