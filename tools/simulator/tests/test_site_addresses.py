"""The addresses that the demo site stores, read by the product's own drivers from the running plant."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path

import pytest
from ems_common.drivers.modbus import ModbusTcpDriver
from ems_common.drivers.mqtt import MqttDriver
from ems_database.demo.document import Document
from ems_database.demo.points import add_points
from ems_database.demo.rows import site_rows
from ems_database.demo.settings import DemoSettings

SITE = Path(__file__).parents[3] / "database" / "demo"
pytestmark = pytest.mark.broker


@pytest.fixture
def site(running, mosquitto):
    document = Document.read(SITE)
    rows = site_rows(document)
    port = running.settings.modbus_port
    add_points(document, rows, DemoSettings(modbus_port=port, mqtt_port=mosquitto.port))
    return rows


def of_protocol(site, protocol):
    """Data source → (connection, its points)."""
    points = defaultdict(list)
    for point in site["tbl_points"]:
        points[point["data_source_id"]].append(point)
    return [
        (json.loads(source["connection"]), points[source["id"]])
        for source in site["tbl_data_sources"]
        if source["protocol"] == protocol
    ]


def is_plausible(point, value):
    return point["low_limit"] <= value <= point["high_limit"]


async def read_all(connection, points):
    driver = ModbusTcpDriver(connection)
    await driver.open()
    try:
        return await driver.read(driver.plan([json.loads(point["address"]) for point in points]))
    finally:
        await driver.close()


def test_every_modbus_point_reads_a_value_within_its_limits(running, site):
    values = {}
    for connection, points in of_protocol(site, "modbus-tcp"):
        readings = asyncio.run(read_all(connection, points))
        for reading in readings:
            point = points[reading.index]
            assert reading.value is not None, (point["name"], reading.reason)
            values[point["id"]] = reading.value * float(point["ratio"])
            assert is_plausible(point, values[point["id"]]), (point["name"], values[point["id"]])
    assert len(values) > 180
    truth = running.http("/truth")[1]
    for meter in truth["meters"].values():
        point_id = meter["meter_id"] * 100 + 1
        if point_id in values:
            assert values[point_id] == pytest.approx(meter["index_kwh"], rel=1e-6, abs=20.0)
    assert values[101] == pytest.approx(truth["microgrid"]["import_kwh"], abs=50.0)


def test_every_mqtt_point_receives_a_value_within_its_limits(running, site):
    for connection, points in of_protocol(site, "mqtt"):
        found = asyncio.run(receive(connection, points, 30.0))
        missing = [point["name"] for index, point in enumerate(points) if index not in found]
        assert not missing
        for index, value in found.items():
            assert is_plausible(points[index], value), points[index]["name"]


async def receive(connection, points, limit_s):
    found = {}

    def sink(readings, acknowledge):
        found.update((reading.index, reading.value) for reading in readings)
        acknowledge()

    driver = MqttDriver(connection | {"client_id": ""})
    await driver.open()
    try:
        await driver.subscribe([json.loads(point["address"]) for point in points], sink)
        for _ in range(round(limit_s * 10)):
            if len(found) == len(points):
                break
            await asyncio.sleep(0.1)
    finally:
        await driver.close()
    return found
