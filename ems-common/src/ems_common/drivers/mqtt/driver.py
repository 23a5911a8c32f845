"""The MQTT driver: subscriptions whose messages are acknowledged only when their readings are safe.

With QoS 1 the broker keeps a message until it is acknowledged, over our restarts too when `client_id` is
stable. The receiver of the readings says when they are committed or spooled; a crash before that loses
nothing, because the broker sends them again, and (point, time) makes the repetition harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.drivers.base import Reading, Target
from ems_common.drivers.mqtt.address import MqttAddress, MqttConnection
from ems_common.drivers.mqtt.payload import Extractor
from ems_common.drivers.mqtt.publish import broker_client, payload_of, publish
from ems_common.drivers.parsing import typed
from ems_common.errors import BadInput, Unavailable

_log = log.get(__name__)
_CONNECT_LIMIT_S = 10.0
_LONGEST_PAUSE_S = 30
_VERSION_REFUSED = frozenset({"Unsupported protocol version", "Protocol error", "Malformed packet"})
Sink = Callable[[list[Reading], Callable[[], None]], None]


class MqttDriver:
    """Receives the messages of one broker.

    After the first connection the link is restored by itself, subscriptions included.

    Args:
        connection: Typed, or the JSON of `tbl_data_sources.connection` as a dict.
    """

    protocol: ClassVar[str] = "mqtt"

    def __init__(self, connection: MqttConnection | dict[str, Any]) -> None:
        self.connection = typed(connection, MqttConnection)
        self._client: mqtt.Client | None = None
        self._version = MQTTProtocolVersion.MQTTv5
        self._filters: dict[str, Extractor] = {}
        self._by_id: dict[int, Extractor] = {}
        self._known: dict[str, tuple[Extractor, ...]] = {}
        self._sink: Sink | None = None
        self._held: list[tuple[mqtt.MQTTMessage, int, datetime]] = []
        self._epoch = 0
        self._lost_at_s: float | None = None
        self._lock = threading.RLock()
        self._outcome: asyncio.Future[str] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.messages = 0

    @staticmethod
    def check_address(address: MqttAddress) -> None:
        """Check what can be known of an address without the broker.

        Raises:
            BadInput: Its topic is no topic filter (an empty one is taken from the connection).
        """
        if address.topic:
            check_filter(address.topic, "topic")
        if address.set_topic:
            check_filter(address.set_topic, "set_topic")
            if "#" in address.set_topic or "+" in address.set_topic:
                raise BadInput("names more than one topic", "set_topic", address.set_topic)

    @staticmethod
    def target(connection: MqttConnection, address: MqttAddress) -> Target:
        """The topic to which a value to be set is published.

        Raises:
            BadInput: The address names none.
        """
        if not address.set_topic:
            raise BadInput("names no topic by which it is set", "set_topic")
        host = connection.host.lower()
        host = "127.0.0.1" if host == "localhost" else host
        return Target(f"mqtt {host}:{connection.port} {address.set_topic}")

    @property
    def is_open(self) -> bool:
        """Whether the broker is connected now."""
        return self._client is not None and self._client.is_connected()

    @property
    def version(self) -> str:
        """Protocol version in use: ``5`` or ``3.1.1``."""
        return "5" if self._version is MQTTProtocolVersion.MQTTv5 else "3.1.1"

    async def open(self) -> None:
        """Connect; with version 5 first, then 3.1.1 when the broker does not speak 5.

        Raises:
            Unavailable: No broker answers there, or it refuses us.
        """
        await self.close()
        wanted = self.connection.version
        versions = {"5": (MQTTProtocolVersion.MQTTv5,), "3.1.1": (MQTTProtocolVersion.MQTTv311,)}.get(
            wanted, (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311)
        )
        outcome = ""
        for version in versions:
            outcome = await self._attempt(version)
            if not outcome:
                return
            await self.close()
            if outcome not in _VERSION_REFUSED and outcome != "closed":
                break
        raise Unavailable(f"mqtt {self._name}: {outcome}")

    async def _attempt(self, version: MQTTProtocolVersion) -> str:
        """Try to connect; returns "" or why it failed."""
        self._loop = asyncio.get_running_loop()
        self._outcome = self._loop.create_future()
        self._version = version
        client = self._client = self._make_client(version)
        properties = None
        if version is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.ReceiveMaximum = self.connection.receive_maximum
            properties.SessionExpiryInterval = self.connection.session_expiry_s if self._has_session else 0
        client.connect_async(
            self.connection.host,
            self.connection.port,
            self.connection.keepalive_s,
            clean_start=not self._has_session if properties else mqtt.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        client.loop_start()
        try:
            return await asyncio.wait_for(self._outcome, _CONNECT_LIMIT_S)
        except TimeoutError:
            return "no answer"
        finally:
            self._outcome = None

    def _make_client(self, version: MQTTProtocolVersion) -> mqtt.Client:
        client = broker_client(self.connection, version, self.connection.client_id, manual_ack=True)
        client.reconnect_delay_set(1, _LONGEST_PAUSE_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = lambda *_: self._settle("nobody answers")
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    @property
    def _has_session(self) -> bool:
        return bool(self.connection.client_id)

    @property
    def _name(self) -> str:
        return f"{self.connection.host}:{self.connection.port}"

    async def close(self) -> None:
        """Disconnect; unacknowledged messages stay with the broker."""
        with self._lock:
            client, self._client = self._client, None
            self._epoch += 1
            self._held.clear()
        if client is not None:
            client.on_disconnect = None
            with contextlib.suppress(OSError, ValueError):
                client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    async def subscribe(self, addresses: Sequence[Any], sink: Sink) -> None:
        """Start the flow of readings for these points; may be called before :meth:`open` or again after it.

        Args:
            addresses: One for each point; `Reading.index` is the position here.
            sink: Called in the connection's thread with the readings of one message and the function that
                acknowledges it. It may block to slow the broker down.

        Raises:
            BadInput: A topic filter is not valid.
        """
        groups: dict[str, list[tuple[int, MqttAddress]]] = {}
        for index, given in enumerate(addresses):
            address = typed(given, MqttAddress)
            topic = address.topic or self.connection.topic
            check_filter(topic, f"address {index}")
            groups.setdefault(topic, []).append((index, address))
        with self._lock:
            before = self._filters
            self._filters = {topic: Extractor(members) for topic, members in groups.items()}
            self._by_id = {subscription_id(topic): take for topic, take in self._filters.items()}
            self._known, self._sink = {}, sink
            held, self._held = self._held, []
            client = self._client
        if client is not None and client.is_connected():
            self._send_subscriptions(client)
            gone = [self._full_filter(topic) for topic in before if topic not in groups]
            if gone:
                client.unsubscribe(gone)
        for message, epoch, arrived_utc in held:
            self._deliver(message, epoch, arrived_utc)

    async def write(self, address: Any, value: float | int | bool) -> None:
        """Publish a value to be set, and wait until the broker has it.

        Raises:
            Unavailable: The broker does not answer; the value will not be delivered later.
            BadInput: The address names no topic for it, or the broker refuses it.
        """
        typed_address = typed(address, MqttAddress)
        self.target(self.connection, typed_address)
        payload = payload_of(typed_address, value)
        if not self.is_open:
            raise Unavailable(f"mqtt {self._name}: not connected")
        await asyncio.to_thread(publish, self.connection, self._version, typed_address.set_topic, payload)

    def _full_filter(self, topic: str) -> str:
        group = self.connection.share_group
        return f"$share/{group}/{topic}" if group else topic

    def _send_subscriptions(self, client: mqtt.Client) -> None:
        if not self._filters:
            return
        qos = self.connection.qos
        if self._version is MQTTProtocolVersion.MQTTv5:
            # Retained messages come with a new subscription only, not with each reconnection.
            options = SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            for topic in self._filters:
                properties = Properties(PacketTypes.SUBSCRIBE)  # type: ignore[no-untyped-call]
                properties.SubscriptionIdentifier = subscription_id(topic)
                client.subscribe([(self._full_filter(topic), options)], properties=properties)
        else:
            client.subscribe([(self._full_filter(topic), int(qos)) for topic in self._filters])

    def _settle(self, outcome: str) -> None:
        loop, future = self._loop, self._outcome
        if loop is None or future is None:
            return

        def settle() -> None:
            if not future.done():
                future.set_result(outcome)

        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle)

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._settle(str(reason))
            return
        with self._lock:
            self._epoch += 1
            self._held.clear()
        self._send_subscriptions(client)
        if self._lost_at_s is not None:
            _log.info("mqtt_back", broker=self._name, away_s=round(monotonic_s() - self._lost_at_s, 1))
            self._lost_at_s = None
        self._settle("")

    def _on_disconnect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if self._outcome is not None:
            self._settle("closed")
            return
        if client is self._client and self._lost_at_s is None:
            self._lost_at_s = monotonic_s()
            _log.warning("mqtt_lost", broker=self._name, reason=str(reason))

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        arrived_utc = utc_now()
        self.messages += 1
        with self._lock:
            epoch = self._epoch
            if self._sink is None:
                # A resumed session delivers before anybody has subscribed.
                self._held.append((message, epoch, arrived_utc))
                return
        self._deliver(message, epoch, arrived_utc)

    def _deliver(self, message: mqtt.MQTTMessage, epoch: int, arrived_utc: datetime) -> None:
        sink = self._sink
        readings: list[Reading] = []
        for extractor in self._extractors(message):
            readings += extractor.extract(bytes(message.payload), arrived_utc)

        def acknowledge() -> None:
            self._acknowledge(message.mid, message.qos, epoch)

        if readings and sink is not None:
            sink(readings, acknowledge)
        else:
            acknowledge()

    def _extractors(self, message: mqtt.MQTTMessage) -> tuple[Extractor, ...]:
        """Who takes this copy of a message.

        Where filters overlap, brokers send a copy for each; version 5 says for which one this copy is.
        """
        ids = getattr(message.properties, "SubscriptionIdentifier", None) or ()
        addressed = tuple(self._by_id[number] for number in ids if number in self._by_id)
        if addressed:
            return addressed
        topic = message.topic
        found = self._known.get(topic)
        if found is None:
            filters = self._filters.items()
            found = tuple(take for wanted, take in filters if mqtt.topic_matches_sub(wanted, topic))
            if len(self._known) > 10_000:
                self._known = {}
            self._known[topic] = found
        return found

    def _acknowledge(self, message_id: int, qos: int, epoch: int) -> None:
        """Acknowledge, unless the connection on which the message came is gone: then it comes again."""
        with self._lock:
            client = self._client if epoch == self._epoch else None
        if client is not None and qos > 0:
            client.ack(message_id, qos)


def subscription_id(topic: str) -> int:
    """A number for a filter, the same after each restart: queued messages carry it [MQTT 5.0, 3.8.2.1.2]."""
    return zlib.crc32(topic.encode()) % 268_435_455 + 1


def check_filter(topic: str, where: str = "") -> None:
    """Refuse what is no topic filter (MQTT 5.0, 4.7).

    Raises:
        BadInput: Empty, or a wildcard at a place where none may be.
    """
    levels = topic.split("/")
    bad = (
        not topic
        or "\0" in topic
        or any("#" in level and (level != "#" or n < len(levels) - 1) for n, level in enumerate(levels))
        or any("+" in level and level != "+" for level in levels)
    )
    if bad:
        raise BadInput("is not a topic filter", where, topic, "Use + for one level and # at the end only.")
