"""The running plant over real sockets: Modbus TCP, MQTT, the control page, start and stop."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from queue import Empty, Queue

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import ModbusTcpClient

from tools.simulator.tests.live_plant import environ_of, free_span, wait_for

pytestmark = pytest.mark.broker


def registers(client, address, count, unit=1):
    answer = client.read_holding_registers(address, count=count, device_id=unit)
    assert not answer.isError(), answer
    return answer.registers


def float32(words):
    return ModbusTcpClient.convert_from_registers(words, ModbusTcpClient.DATATYPE.FLOAT32)


def int32(words):
    return ModbusTcpClient.convert_from_registers(words, ModbusTcpClient.DATATYPE.INT32)


def test_every_unit_answers_all_its_registers(running):
    declared = running.live.plant.declaration
    for meter in declared.meters:
        if meter.model:
            model = declared.models[meter.model]
            with running.modbus(declared.gateways[meter.via].port_offset) as client:
                words = registers(client, model.first, model.end - model.first, meter.unit)
            energy = model["energy"]
            at = energy.address - model.first
            shown = energy.decode(words[at : at + energy.size], model.word_order)
            assert shown == pytest.approx(running.live.plant.index_kwh(meter), rel=1e-6), meter.code


def test_registers_of_one_answer_belong_to_one_instant(running):
    """Phase powers sum to the total, and the apparent power follows from voltages and currents."""
    with running.modbus(1) as client:
        for _ in range(20):
            words = registers(client, 0, 38)
            total, *phases = (float32(words[a : a + 2]) for a in (0, 6, 8, 10))
            assert sum(phases) == pytest.approx(total, rel=1e-5)


def test_grid_meter_has_a_new_sample_at_every_read(running):
    with running.modbus(1) as client:
        counts = []
        for _ in range(10):
            words = registers(client, 36, 2)
            counts.append(words[0] << 16 | words[1])
            time.sleep(0.05)
    assert all(later > earlier for earlier, later in itertools.pairwise(counts))


def test_battery_obeys_its_set_point_and_the_grid_feels_it(running):
    running.control("battery", soc_ratio=0.6)
    with running.modbus(3) as battery, running.modbus(1) as grid:
        before_w = float32(registers(grid, 0, 2))
        words = battery.convert_to_registers(800_000, battery.DATATYPE.INT32)
        assert not battery.write_registers(40, words, device_id=1).isError()
        time.sleep(0.3)
        assert int32(registers(battery, 4, 2)) == 800_000
        after_w = float32(registers(grid, 0, 2))
        assert before_w - after_w == pytest.approx(800_000, abs=60_000)
        # The watchdog: nobody writes, so it falls to zero after three seconds.
        wait_for(lambda: int32(registers(battery, 4, 2)) == 0, 6.0)
        assert registers(battery, 3, 1)[0] & 1


def test_raised_building_is_seen_at_the_grid_at_once(running):
    with running.modbus(1) as grid:
        before_w = float32(registers(grid, 0, 2))
        running.control("faraday", load_offset_kw=1500)
        after_w = float32(registers(grid, 0, 2))
        running.control("faraday", load_offset_kw=0)
    assert after_w - before_w == pytest.approx(1_500_000, abs=80_000)


def test_pv_limit_and_car_limit_are_obeyed(running):
    running.control("pv-inverter", sun_share=0.5)
    running.control("ev-charger", car={"wanted_kwh": 50, "max_kw": 140, "minutes": 30})
    with running.modbus(2) as pv, running.modbus(4) as charger:
        wait_for(lambda: int32(registers(pv, 0, 2)) > 399_000)
        wait_for(lambda: int32(registers(charger, 2, 2)) > 139_000)
        assert not pv.write_registers(
            40, pv.convert_to_registers(100_000, pv.DATATYPE.UINT32), device_id=1
        ).isError()
        assert not charger.write_register(40, 1000, device_id=1).isError()
        wait_for(lambda: int32(registers(pv, 0, 2)) < 101_000, 3.0)
        wait_for(lambda: int32(registers(charger, 2, 2)) == pytest.approx(69_000, abs=700), 2.0)
        assert not pv.write_registers(40, [0xFFFF, 0xFFFF], device_id=1).isError()
        assert not charger.write_register(40, 2170, device_id=1).isError()
    running.control("pv-inverter", sun_share=None)
    running.control("ev-charger", car=None)


def test_wrong_writes_are_refused(running):
    with running.modbus(3) as battery, running.modbus(1) as grid:
        assert battery.write_register(40, 1, device_id=1).exception_code == 2
        assert battery.write_registers(0, [1], device_id=1).exception_code == 2
        assert battery.write_register(43, 7, device_id=1).exception_code == 3
        assert grid.write_registers(0, [1, 2], device_id=1).exception_code == 2
        assert battery.read_holding_registers(60, count=2, device_id=1).exception_code == 2


def test_device_can_be_frozen_dropped_and_come_back(running):
    declared = running.live.plant.declaration
    offset = declared.gateways["teaching"].port_offset
    with running.modbus(offset) as client:
        running.control("E-501", is_frozen=True)
        frozen = registers(client, 512, 6)
        time.sleep(1.2)
        assert registers(client, 512, 6) == frozen
        running.control("E-501", is_frozen=False)
        assert registers(client, 512, 6) != frozen
        running.control("E-501", is_online=False)
        answer = client.read_holding_registers(512, count=4, device_id=1)
        assert answer.exception_code == 11
        running.control("E-501", is_online=True)
        assert registers(client, 512, 4)


def test_gateway_can_be_unplugged_and_come_back(running):
    offset = running.live.plant.declaration.gateways["library"].port_offset
    with running.modbus(offset) as client:
        assert registers(client, 100, 4)
        running.control("library", is_online=False)
        wait_for(lambda: not running.live.ports["library"].is_open)
        with pytest.raises(Exception, match=r".*"):
            registers(client, 100, 4)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", running.settings.modbus_port + offset)) != 0
    running.control("library", is_online=True)
    wait_for(lambda: running.live.ports["library"].is_open)
    with running.modbus(offset) as client:
        assert registers(client, 100, 4)


def test_tripped_battery_gives_nothing_until_it_is_reset(running):
    running.control("battery", is_tripped=True)
    with running.modbus(3) as battery:
        words = battery.convert_to_registers(500_000, battery.DATATYPE.INT32)
        battery.write_registers(40, words, device_id=1)
        time.sleep(0.3)
        assert registers(battery, 2, 1) == [4]
        assert int32(registers(battery, 4, 2)) == 0
        assert not battery.write_register(43, 1, device_id=1).isError()
        battery.write_registers(40, words, device_id=1)
        time.sleep(0.3)
        assert int32(registers(battery, 4, 2)) == 500_000


def test_control_page_refuses_what_it_does_not_know(running):
    assert running.http("/control", {"device": "nobody", "set": {"is_online": True}})[0] == 404
    for body in (
        {"device": "E-101"},
        {"device": "E-101", "set": {"colour": "red"}},
        {"device": "E-101", "set": {"load_offset_kw": "much"}},
        {"device": "E-101", "set": {"add_energy_kwh": -5}},
        {"device": "grid-meter", "set": {"is_tripped": True}},
        {"device": "battery", "set": {"soc_ratio": 2}},
        ["not an object"],
    ):
        status, answer = running.http("/control", body)
        assert status == 400, body
        assert answer["description"]
    assert running.http("/nothing")[0] == 404


def test_added_energy_shows_in_state_and_truth(running):
    before = running.http("/truth")[1]["meters"]["E-201"]
    running.control("E-201", add_energy_kwh=1000)
    truth = running.http("/truth")[1]["meters"]["E-201"]
    shown = running.http("/state")[1]["devices"]["E-201"]["values"]["energy"]
    assert truth["counted_kwh"] - before["counted_kwh"] == pytest.approx(1000.0, abs=2.0)
    assert shown == pytest.approx(truth["index_kwh"], abs=1.0)
    running.control("E-201", shown_energy_kwh=0)
    assert running.http("/state")[1]["devices"]["E-201"]["values"]["energy"] == 0
    running.control("E-201", shown_energy_kwh=None)


class Listener:
    def __init__(self, mosquitto):
        self.messages = Queue()
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _d, m: self.messages.put((m.topic, json.loads(m.payload), m.qos))
        self.client.connect("127.0.0.1", mosquitto.port)
        self.client.subscribe("riverside/#", qos=1)
        self.client.loop_start()

    def until(self, topics, limit_s=25.0):
        found = {}
        end = time.monotonic() + limit_s
        while set(topics) - set(found) and time.monotonic() < end:
            try:
                topic, body, qos = self.messages.get(timeout=0.5)
            except Empty:
                continue
            assert qos == 1
            found[topic] = body
        assert not set(topics) - set(found), sorted(found)
        return found

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def listener(mosquitto):
    found = Listener(mosquitto)
    yield found
    found.close()


def test_wireless_devices_publish_their_values(running, listener):
    wireless = "riverside/wireless/"
    bodies = listener.until([f"{wireless}e-801", f"{wireless}e-1001", f"{wireless}weather-station"])
    meters = running.http("/truth")[1]["meters"]
    flat, nested = bodies[f"{wireless}e-801"], bodies[f"{wireless}e-1001"]
    assert flat["ts"].endswith("+00:00")
    assert flat["energy_kwh"] == pytest.approx(meters["E-801"]["index_kwh"], abs=5.0)
    assert nested["data"]["energy"]["import_kwh"] == pytest.approx(meters["E-1001"]["index_kwh"], abs=5.0)
    assert abs(nested["header"]["ts"] - time.time()) < 30.0
    assert set(bodies[f"{wireless}weather-station"]) == {
        "ts",
        "temperature_c",
        "humidity_pct",
        "irradiance_w_m2",
    }


def test_loggers_send_batches_and_keep_them_while_the_broker_is_away(running, listener):
    topic = "riverside/loggers/g-251"
    running.control("mqtt", is_online=False)
    wait_for(lambda: not running.live.mqtt.is_connected)
    time.sleep(4.0)
    running.control("mqtt", is_online=True)
    batch = listener.until([topic])[topic]
    assert len(batch) >= 3
    times = [sample["t"] for sample in batch]
    assert times == sorted(times)
    assert all(0.4 < later - earlier < 2.5 for earlier, later in itertools.pairwise(times))
    indexes = [sample["index_kwh"] for sample in batch]
    assert indexes == sorted(indexes)


def start(environ):
    program = Path(sys.executable).parent / "ems-simulator"
    return subprocess.Popen([program, "run"], env={**os.environ, **environ}, stderr=subprocess.PIPE)


def energy_kwh(port, offset, address, unit):
    with ModbusTcpClient("127.0.0.1", port=port + offset, timeout=2) as client:
        words = registers(client, address, 4, unit)
        return client.convert_from_registers(words, client.DATATYPE.INT64) / 1000.0


def test_killed_plant_goes_on_from_its_registers(mosquitto, tmp_path):
    port = free_span()
    environ = environ_of(tmp_path, mosquitto, port)

    def is_up():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port + 19)) == 0

    first = start(environ)
    try:
        wait_for(is_up)
        before = energy_kwh(port, 15, 512, 1)
        time.sleep(1.0)
    finally:
        first.kill()
        first.wait()
    second = start(environ)
    try:
        wait_for(is_up)
        after = energy_kwh(port, 15, 512, 1)
        assert before <= after < before + 10.0
        second.send_signal(signal.SIGTERM)
        assert second.wait(60.0) == 0
    finally:
        second.kill()
        second.wait()
    assert json.loads((tmp_path / "simulator" / "state.json").read_text())["is_clean"] is True


def test_taken_port_is_said_and_ends_the_program(mosquitto, tmp_path):
    port = free_span()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 11))
        taken.listen()
        process = start(environ_of(tmp_path, mosquitto, port))
        try:
            assert process.wait(120.0) == 1
            assert f"port {port + 11}" in process.stderr.read().decode()
        finally:
            process.kill()
            process.wait()


def test_wireless_devices_follow_an_order_for_their_interval_and_no_other(running, listener):
    def intervals(prefix):
        return {p.interval_s for p in running.live.mqtt.publishers if p.topic.startswith(prefix)}

    loggers = intervals("riverside/loggers/")
    for body in ('{"interval_s": "1"}', '{"interval_s": 0}', '{"interval_s": null}', "[]", '"soon"'):
        listener.client.publish("riverside/orders/wireless", body, qos=1)
    wait_for(lambda: intervals("riverside/wireless/") == {1.0})
    began_s = time.monotonic()
    for _ in range(3):
        listener.until(["riverside/wireless/weather-station"])
    # It sent every 10 s before.
    assert time.monotonic() - began_s < 8.0
    assert intervals("riverside/wireless/") == {1.0}
    assert intervals("riverside/loggers/") == loggers
