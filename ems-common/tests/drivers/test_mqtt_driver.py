from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import uuid
from collections.abc import Callable

import paho.mqtt.client as mqtt
import pytest
from ems_common.clock import monotonic_s
from ems_common.drivers.base import Driver, Reading, Subscribes
from ems_common.drivers.mqtt import MqttAddress, MqttConnection, MqttDriver
from ems_common.drivers.mqtt.publish import publish
from ems_common.errors import BadInput, Unavailable
from paho.mqtt.enums import MQTTProtocolVersion

pytestmark = pytest.mark.broker


class Inbox:
    """Collects readings; acknowledges at once unless told not to."""

    def __init__(self, acknowledge: bool = True) -> None:
        self.readings: list[Reading] = []
        self.acks: list[Callable[[], None]] = []
        self._acknowledge = acknowledge
        self._lock = threading.Lock()

    def __call__(self, readings: list[Reading], acknowledge: Callable[[], None]) -> None:
        with self._lock:
            self.readings += readings
            self.acks.append(acknowledge)
        if self._acknowledge:
            acknowledge()

    @property
    def values(self) -> list[object]:
        return [reading.value for reading in self.readings]

    async def wait_for(self, count: int, limit_s: float = 10.0) -> None:
        end_s = monotonic_s() + limit_s
        while len(self.readings) < count:
            assert monotonic_s() < end_s, f"only {len(self.readings)} of {count} readings came"
            await asyncio.sleep(0.01)


class Publisher:
    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, topic: str, *payloads: object) -> None:
        sent = [self._client.publish(topic, str(payload), qos=1) for payload in payloads]
        for info in sent:
            info.wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def root() -> str:
    return f"test/{uuid.uuid4().hex}"


@pytest.fixture
def publisher(mosquitto):
    running = Publisher(mosquitto.port)
    yield running
    running.close()


def line(mosquitto, **more: object) -> MqttConnection:
    return MqttConnection("127.0.0.1", mosquitto.port, **more)


def test_driver_has_the_declared_capabilities() -> None:
    driver = MqttDriver({"host": "localhost", "port": "1883"})
    assert isinstance(driver, Driver)
    assert isinstance(driver, Subscribes)
    assert "secret" not in repr(MqttConnection("h", password="secret"))


def test_a_value_is_published_to_the_topic_it_is_set_by(mosquitto, root) -> None:
    async def session() -> None:
        inbox, driver = Inbox(), MqttDriver(line(mosquitto))
        address = MqttAddress(f"{root}/state", set_topic=f"{root}/set", set_payload='{"on": $s1}', scale=0.1)
        with pytest.raises(Unavailable, match="not connected"):
            await driver.write(address, 3)
        await driver.open()
        await driver.subscribe([MqttAddress(f"{root}/set", "on")], inbox)
        await asyncio.sleep(0.2)
        await driver.write(address, 3)
        await inbox.wait_for(1)
        assert inbox.values == [30]
        with pytest.raises(BadInput, match="set_topic"):
            await driver.write(MqttAddress(f"{root}/state"), 3)
        await driver.close()

    asyncio.run(session())


def test_a_value_that_the_broker_does_not_confirm_is_given_up() -> None:
    """A broker that takes connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connection = MqttConnection("127.0.0.1", mute.getsockname()[1])
        began_s = monotonic_s()
        with pytest.raises(Unavailable, match="no answer"):
            publish(connection, MQTTProtocolVersion.MQTTv5, "a", "1")
        assert monotonic_s() - began_s < 8


def test_readings_come_by_topic_and_wildcard(mosquitto, publisher, root) -> None:
    async def session() -> None:
        inbox, driver = Inbox(), MqttDriver(line(mosquitto))
        await driver.open()
        addresses = [
            MqttAddress(f"{root}/a/state", "kw"),
            {"topic": f"{root}/+/state", "path": "kw"},
            MqttAddress(f"{root}/#", "v"),
        ]
        await driver.subscribe(addresses, inbox)
        await asyncio.sleep(0.2)
        publisher.send(f"{root}/a/state", '{"kw": 5}')
        publisher.send(f"{root}/b/state", '{"kw": 6, "v": 230}')
        await inbox.wait_for(4)
        assert sorted((r.index, r.value) for r in inbox.readings) == [(0, 5), (1, 5), (1, 6), (2, 230)]
        assert driver.version == "5"
        await driver.close()

    asyncio.run(session())


def test_unacknowledged_messages_come_again_after_a_restart_and_acknowledged_ones_do_not(
    mosquitto, publisher, root
) -> None:
    async def session() -> None:
        connection = line(mosquitto, client_id=uuid.uuid4().hex)
        address = [MqttAddress(root, "v")]
        first, driver = Inbox(acknowledge=False), MqttDriver(connection)
        await driver.subscribe(address, first)
        await driver.open()
        await asyncio.sleep(0.2)
        publisher.send(root, *(f'{{"v": {n}}}' for n in range(6)))
        await first.wait_for(6)
        for acknowledge in first.acks[:4]:
            acknowledge()
        await asyncio.sleep(0.2)
        await driver.close()
        publisher.send(root, '{"v": 6}')  # while nobody listens
        second, driver = Inbox(), MqttDriver(connection)
        await driver.open()  # the resumed session delivers at once …
        await asyncio.sleep(0.2)
        await driver.subscribe(address, second)  # … and is held until somebody subscribes
        await second.wait_for(3)
        await asyncio.sleep(0.2)
        assert second.values == [4, 5, 6]
        await driver.close()

    asyncio.run(session())


def test_many_unacknowledged_messages_may_be_under_way(mosquitto, publisher, root) -> None:
    """Acknowledging after a commit must not throttle the flow to one window of a few messages per commit."""

    async def session() -> None:
        inbox, driver = Inbox(acknowledge=False), MqttDriver(line(mosquitto, receive_maximum=500))
        await driver.open()
        await driver.subscribe([MqttAddress(root, "")], inbox)
        await asyncio.sleep(0.2)
        publisher.send(root, *range(300))
        await inbox.wait_for(300)
        await driver.close()

    asyncio.run(session())


def test_a_shared_subscription_gives_each_message_to_one_instance(mosquitto, publisher, root) -> None:
    async def session() -> None:
        inbox = Inbox()
        drivers = [MqttDriver(line(mosquitto, share_group="g")) for _ in range(2)]
        for driver in drivers:
            await driver.open()
            await driver.subscribe([MqttAddress(root)], inbox)
        await asyncio.sleep(0.2)
        publisher.send(root, *range(20))
        await inbox.wait_for(20)
        await asyncio.sleep(0.2)
        assert sorted(inbox.values) == list(range(20))
        assert all(driver.messages for driver in drivers)
        for driver in drivers:
            await driver.close()

    asyncio.run(session())


def test_a_new_subscription_replaces_the_old_one(mosquitto, publisher, root) -> None:
    async def session() -> None:
        inbox, driver = Inbox(), MqttDriver(line(mosquitto))
        await driver.open()
        await driver.subscribe([MqttAddress(f"{root}/old")], inbox)
        await driver.subscribe([MqttAddress(f"{root}/new")], inbox)
        await asyncio.sleep(0.2)
        publisher.send(f"{root}/old", 1)
        publisher.send(f"{root}/new", 2)
        await inbox.wait_for(1)
        await asyncio.sleep(0.2)
        assert inbox.values == [2]
        await driver.close()

    asyncio.run(session())


def test_a_broker_that_does_not_speak_version_5_is_spoken_to_in_3_1_1(mosquitto, publisher, root) -> None:
    async def session() -> None:
        async def old_broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first = await reader.read(4096)
            if first[8] == 5:  # protocol level: refuse as 3.1.1 brokers do [MQTT-3.1.2-2]
                writer.write(b"\x20\x02\x00\x01")
                await writer.drain()
                writer.close()
                return
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", mosquitto.port)
            up_writer.write(first)
            await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))

        server = await asyncio.start_server(old_broker, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        inbox, driver = Inbox(), MqttDriver(MqttConnection("127.0.0.1", port))
        await driver.open()
        assert driver.version == "3.1.1"
        await driver.subscribe([MqttAddress(root)], inbox)
        await asyncio.sleep(0.3)
        publisher.send(root, 1)
        await inbox.wait_for(1)
        await driver.close()
        server.close()

    asyncio.run(session())


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()


def test_a_lost_broker_is_logged_once_and_the_subscriptions_return(
    mosquitto, publisher, root, capsys
) -> None:
    async def session() -> None:
        links: list[asyncio.StreamWriter] = []
        cut = False

        async def wire(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if cut:
                writer.close()
                return
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", mosquitto.port)
            links.extend((writer, up_writer))
            await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))

        server = await asyncio.start_server(wire, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        inbox = Inbox()
        driver = MqttDriver(MqttConnection("127.0.0.1", port, client_id=uuid.uuid4().hex))
        await driver.open()
        await driver.subscribe([MqttAddress(root)], inbox)
        await asyncio.sleep(0.2)
        cut = True
        for writer in links:
            writer.close()
        await asyncio.sleep(0.5)
        publisher.send(root, 1)
        cut = False
        await inbox.wait_for(1, 15)
        await driver.close()
        server.close()

    asyncio.run(session())
    printed = capsys.readouterr()
    lines = printed.out + printed.err
    assert lines.count("mqtt_lost") == 1
    assert lines.count("mqtt_back") == 1


def test_open_where_nobody_listens_is_unavailable() -> None:
    async def session() -> None:
        with pytest.raises(Unavailable, match="nobody answers"):
            await MqttDriver(MqttConnection("127.0.0.1", 1)).open()

    asyncio.run(session())


def test_a_bad_topic_is_refused_by_its_position() -> None:
    async def session() -> None:
        with pytest.raises(BadInput, match="address 1"):
            await MqttDriver(MqttConnection("h")).subscribe([MqttAddress("a"), MqttAddress("a#")], Inbox())

    asyncio.run(session())
