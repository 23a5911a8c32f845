"""Publishing a value to be set, over a connection of its own.

The connection of the subscriptions would keep a message that the broker did not confirm and deliver it after
the next reconnection, minutes or hours late. This one ends with the attempt, and so does the message.
"""

from __future__ import annotations

import threading
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ems_common.drivers.mqtt.address import MqttAddress, MqttConnection
from ems_common.errors import BadInput, Unavailable

_LIMIT_S = 5.0


def broker_client(
    connection: MqttConnection, version: MQTTProtocolVersion, client_id: str, *, manual_ack: bool = False
) -> mqtt.Client:
    """A client for a broker, not yet connected; with a name it has a session that outlasts it."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if version is MQTTProtocolVersion.MQTTv5 else not client_id,
        protocol=version,
        manual_ack=manual_ack,
    )
    if connection.user:
        client.username_pw_set(connection.user, connection.password)
    if connection.tls:
        client.tls_set(ca_certs=connection.ca_file or None)
    return client


def payload_of(address: MqttAddress, value: float | int | bool) -> str:
    """What is published for a value.

    >>> payload_of(MqttAddress(set_payload='{"degc": $s1}', scale=0.5), 21)
    '{"degc": 42}'
    """
    if address.scale == 0:
        raise BadInput("is no factor to divide by", "scale", address.scale)
    return address.set_payload.replace("$s1", f"{value / address.scale:.15g}")


def publish(connection: MqttConnection, version: MQTTProtocolVersion, topic: str, payload: str) -> None:
    """Publish one message and wait until the broker has confirmed it.

    Raises:
        Unavailable: The broker does not answer, or does not let us in.
        BadInput: The broker refuses the message.
    """
    where = f"mqtt {connection.host}:{connection.port}"
    answered, faults = threading.Event(), list[Exception]()

    def fail(fault: Exception) -> None:
        faults.append(fault)
        answered.set()

    def on_connect(client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            fail(Unavailable(f"{where}: {reason}"))
        else:
            client.publish(topic, payload, qos=1)

    def on_publish(_client: mqtt.Client, _data: Any, _id: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            fail(BadInput(str(reason), where, topic))
        answered.set()

    client = broker_client(connection, version, "")
    client.connect_timeout = _LIMIT_S
    client.on_connect, client.on_publish = on_connect, on_publish
    client.on_disconnect = lambda *_: fail(Unavailable(f"{where}: the connection was lost"))
    try:
        client.connect(connection.host, connection.port)
    except (OSError, ValueError) as ex:
        raise Unavailable(f"{where}: {ex}") from ex
    client.loop_start()
    try:
        if not answered.wait(_LIMIT_S):
            raise Unavailable(f"{where}: no answer to a message for {topic}")
    finally:
        client.on_disconnect = None
        client.disconnect()
        client.loop_stop()
    if faults:
        raise faults[0]
