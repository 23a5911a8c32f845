"""MQTT 5 with fallback to 3.1.1.

Module map:
    address     connection and point address as stored in the database (typed, checked)
    payload     message bytes → readings: JSON paths, timestamps, arrays of buffered samples
    driver      connection, subscriptions, acknowledgement only when the readings are safe
"""

from ems_common.drivers.mqtt.address import MqttAddress, MqttConnection
from ems_common.drivers.mqtt.driver import MqttDriver

__all__ = ["MqttAddress", "MqttConnection", "MqttDriver"]
