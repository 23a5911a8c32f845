"""The plant's wireless devices: JSON messages over MQTT, single or in batches, QoS 1.

Devices of a concentrator take one order, on its own topic: ``{"interval_s": 10}`` sets the time between their
messages, as downlinks of radio meters do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any

import orjson
import paho.mqtt.client as paho
from ems_common import log
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import Counter

from ems_simulator.declaration import Broker, Payload
from ems_simulator.devices import Device
from ems_simulator.settings import BrokerSettings

_log = log.get(__name__)
MESSAGES = Counter("ems_simulator_mqtt_messages_total", "MQTT messages published")
_KEPT_SAMPLES = 8640
_BATCH_SAMPLES = 600
_INTERVALS_S = (1.0, 3600.0)
_DECIMALS = {"power": 3, "temperature": 2, "humidity": 1, "irradiance": 1}


@dataclass
class Publisher:
    """One device that publishes.

    Attributes:
        interval_s: Time between messages.
        sample_s: Time between samples; equal to the interval unless messages are batches.
        samples: Samples not yet sent, oldest first.
        orders: Topic on which it takes orders, "" = none.
    """

    device: Device
    topic: str
    payload: Payload
    interval_s: float
    sample_s: float
    phase_s: float
    samples: list[Any] = field(default_factory=list)
    next_sample_s: float = 0.0
    next_message_s: float = 0.0
    orders: str = ""

    def follow(self, interval_s: float, now_s: float) -> None:
        """Send every `interval_s` from now on; devices that send batches go on sampling as before."""
        self.interval_s = interval_s
        if not self.payload.batch:
            self.sample_s = interval_s
        self.plan(now_s)

    def plan(self, now_s: float) -> None:
        """Set the first instants, spread so that not all devices speak at once."""
        self.next_sample_s = _next_multiple(now_s, self.sample_s, self.phase_s % self.sample_s)
        self.next_message_s = _next_multiple(now_s, self.interval_s, self.phase_s % self.interval_s)

    def sample(self, now_s: float) -> None:
        """Take a sample when one is due; an off-line device keeps taking them if it sends batches."""
        if now_s < self.next_sample_s:
            return
        self.next_sample_s += self.sample_s * max(1.0, (now_s - self.next_sample_s) // self.sample_s + 1.0)
        self.samples.append(message(self.payload, now_s, self.device.values()))
        kept = _KEPT_SAMPLES if self.payload.batch else 1
        del self.samples[:-kept]

    def due(self, now_s: float) -> list[bytes]:
        """Messages to be sent now."""
        if now_s < self.next_message_s or not self.samples:
            return []
        self.next_message_s += self.interval_s * max(
            1.0, (now_s - self.next_message_s) // self.interval_s + 1.0
        )
        samples, self.samples = self.samples, []
        if not self.payload.batch:
            return [orjson.dumps(samples[-1])]
        starts = range(0, len(samples), _BATCH_SAMPLES)
        return [orjson.dumps(samples[start : start + _BATCH_SAMPLES]) for start in starts]


def message(payload: Payload, time_s: float, values: Mapping[str, float]) -> dict[str, Any]:
    """The JSON object of one sample."""
    if payload.time == "iso":
        stamp: Any = datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds")
    else:
        stamp = round(time_s, 3)
    result: dict[str, Any] = {}
    _put(result, payload.time_path, stamp)
    for quantity, path in payload.paths.items():
        if quantity in values:
            _put(result, path, round(values[quantity], _DECIMALS.get(quantity, 6)))
    return result


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[name] = value


def _next_multiple(now_s: float, step_s: float, phase_s: float) -> float:
    return (now_s - phase_s) // step_s * step_s + step_s + phase_s


class MqttPlant:
    """All publishing devices and their connection to the broker.

    Args:
        settings: The broker.
        publishers: The devices.
        advance: Brings the plant up to an instant.
    """

    def __init__(
        self, settings: BrokerSettings, publishers: list[Publisher], advance: Callable[[], None]
    ) -> None:
        self._settings = settings
        self.publishers = publishers
        self._advance = advance
        self._is_wanted = True
        self._orders: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="ems-simulator", clean_session=True)
        if settings.user:
            self._client.username_pw_set(settings.user, settings.password)
        self._client.reconnect_delay_set(1, 5)
        self._client.max_queued_messages_set(1000)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there."""
        return self._client.is_connected()

    def start(self, now_s: float) -> None:
        """Connect in the background; a broker that is not there yet is tried again and again."""
        for publisher in self.publishers:
            publisher.plan(now_s)
        self._connect()

    def _connect(self) -> None:
        self._client.connect_async(self._settings.host, self._settings.port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def set_connected(self, is_wanted: bool) -> None:
        """Drop the connection to the broker, or take it up again."""
        if is_wanted == self._is_wanted:
            return
        self._is_wanted = is_wanted
        if is_wanted:
            self._connect()
        else:
            self.stop()

    def tick(self, now_s: float) -> None:
        """Follow the orders that came in, take the samples and send the messages that are due."""
        while not self._orders.empty():
            self._follow(*self._orders.get(), now_s)
        waiting = [p for p in self.publishers if now_s >= p.next_sample_s or now_s >= p.next_message_s]
        if not waiting:
            return
        self._advance()
        for publisher in waiting:
            publisher.sample(now_s)
            is_reachable = publisher.device.is_online and self.is_connected
            if not is_reachable:
                continue
            for body in publisher.due(now_s):
                self._client.publish(publisher.topic, body, qos=1)
                MESSAGES.inc()

    def _follow(self, topic: str, body: bytes, now_s: float) -> None:
        try:
            interval_s = float(orjson.loads(body)["interval_s"])
        except (KeyError, TypeError, ValueError):
            _log.warning("order_not_understood", topic=topic)
            return
        least, most = _INTERVALS_S
        if not least <= interval_s <= most:
            _log.warning("order_refused", topic=topic, interval_s=interval_s)
            return
        _log.info("order_followed", topic=topic, interval_s=interval_s)
        for publisher in self.publishers:
            if publisher.orders == topic:
                publisher.follow(interval_s, now_s)

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        # Comes from the client's own thread; the plant's follows it at its next instant.
        self._orders.put((message.topic, bytes(message.payload)))

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            _log.warning("mqtt_refused", reason=str(reason))
        else:
            _log.info("mqtt_connected", broker=f"{self._settings.host}:{self._settings.port}")
            for topic in sorted({p.orders for p in self.publishers if p.orders}):
                client.subscribe(topic, qos=1)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self._is_wanted:
            _log.warning("mqtt_lost", reason=str(reason))


def publishers_of(
    brokers: Mapping[str, Broker], payloads: Mapping[str, Payload], devices: Mapping[str, Device]
) -> list[Publisher]:
    """The publishing devices among all devices of the plant."""
    found = []
    for number, device in enumerate(d for d in devices.values() if d.via in brokers):
        broker = brokers[device.via]
        if device.sensor is not None:
            name, interval_s = device.sensor.payload, device.sensor.interval_s
        elif device.meter is not None:
            name, interval_s = device.meter.payload, broker.interval_s
        else:
            continue
        payload = payloads[name]
        sample_s = broker.sample_s if payload.batch else interval_s
        topic = f"{broker.prefix}/{device.id.lower()}"
        found.append(
            Publisher(device, topic, payload, interval_s, sample_s, number * 0.83, orders=broker.orders)
        )
    return found
