"""Import, cleaning, MQTT and Modbus, each next to what the machine itself can do in the same run.

Parameters: `BENCH_POINTS` (57), `BENCH_DAYS` (365; readings every 15 minutes), `BENCH_MESSAGES` (10000),
`BENCH_READS` (2000).
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
from ems_acquisition.importer import import_files
from ems_acquisition.intake import Intake
from ems_acquisition.site import Point, Source
from ems_acquisition.writer import Writer
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage
from ems_common.clock import utc_now
from ems_common.db import Databases, DatabaseSettings
from ems_common.drivers.base import Reading
from ems_common.drivers.modbus import ModbusAddress, ModbusConnection, ModbusTcpDriver
from ems_common.drivers.mqtt import MqttAddress, MqttConnection, MqttDriver
from ems_common.ingest import ingest
from ems_common.live_feed import LiveFeed
from ems_common.readings import Columns, Kind
from ems_common.settings import load
from ems_common.spool import Spool
from ems_database.migrate import migrate
from ems_site import ports
from ems_site.servers import MariaDb, Mosquitto
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.bench.figures import Figure, at_least, at_most, machine, publish

POINTS = int(os.environ.get("BENCH_POINTS", "57"))
DAYS = int(os.environ.get("BENCH_DAYS", "365"))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
READS = int(os.environ.get("BENCH_READS", "2000"))
STEP_S = 900
REGISTERS = 40


def timed(work: Callable[[], object]) -> float:
    """Seconds a piece of work takes."""
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def configure(dbs: Databases) -> None:
    """Register points of one data source."""
    migrate(dbs, lambda _: None)
    with dbs.session("system_db") as session:
        session.executemany(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
            " address) VALUES (%s, 'bench', 1, 'ENERGY_VALUE', 'kWh', 1e12, 0, 1, '{}')",
            [(point_id,) for point_id in range(1, POINTS + 1)],
        )


def history(point_id: int) -> Columns:
    """A year of one register, with a glitch a month."""
    count = DAYS * 86_400 // STEP_S
    rng = np.random.default_rng(point_id)
    value = np.round(np.cumsum(rng.random(count) * 5) + 1000 * point_id, 2)
    value[rng.integers(0, count, max(1, DAYS // 30))] = 0.0
    end_s = int(utc_now().timestamp()) // STEP_S * STEP_S
    time_ms = (end_s - (count - np.arange(count, dtype=np.int64)) * STEP_S) * 1000
    return Columns(np.full(count, point_id, np.int64), time_ms, value)


def write_file(path: Path) -> int:
    """A history file of all points; returns its rows."""
    rows = 0
    with gzip.open(path, "wt", compresslevel=3) as file:
        file.write("point_id,utc_date_time,actual_value\n")
        for point_id in range(1, POINTS + 1):
            columns = history(point_id)
            times = np.datetime_as_string(columns.time_ms.view("datetime64[ms]"), unit="s").tolist()
            pairs = zip(times, columns.value.tolist(), strict=True)
            file.write("".join(f"{point_id},{moment},{value:.2f}\n" for moment, value in pairs))
            rows += len(columns)
    return rows


def load_bare(dbs: Databases) -> float:
    """Seconds the server needs for the same rows in the same statements: no file, no checks, no journal."""
    parts = [history(point_id) for point_id in range(1, POINTS + 1)]

    def work(mine: list[Columns]) -> None:
        for columns in mine:
            with dbs.session("historical_db") as session:
                ingest(session, {Kind.ENERGY: columns}, {}, ())

    threads = [threading.Thread(target=work, args=(parts[n::2],)) for n in range(2)]

    def both() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return timed(both)


def clear(dbs: Databases) -> None:
    """Empty the tables that a measurement fills."""
    with dbs.session("historical_db") as session:
        for table in ("tbl_energy_value", "tbl_energy_value_latest", "tbl_change_journal"):
            session.execute(f"TRUNCATE TABLE {table}")


def scan(dbs: Databases) -> int:
    """Fetch the rows that cleaning fetches, and nothing else."""
    fetched = 0
    for point_id in range(1, POINTS + 1):
        with dbs.session("historical_db") as session:
            columns = session.columns(
                "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000, actual_value + 0E0,"
                " is_bad FROM tbl_energy_value WHERE point_id = %s ORDER BY utc_date_time",
                (point_id,),
                {"time": "int64", "value": "float64", "bad": "int8"},
            )
        fetched += len(columns["time"])
    return fetched


def import_and_cleaning(dbs: Databases, environ: dict[str, str], folder: Path) -> list[Figure]:
    """History file → database → verdicts."""
    path = folder / "history.csv.gz"
    rows = write_file(path)
    bare_s = load_bare(dbs)
    clear(dbs)
    import_s = timed(lambda: import_files(dbs, [path], writers=2, future_tolerance_s=300, show=False))
    scan_s = timed(lambda: scan(dbs))
    stage = CleaningStage(dbs, load(CleaningSettings, environ))

    def clean() -> None:
        while stage.run_pass(lambda *_: None).did_work:
            pass

    cleaning_s = timed(clean)
    return [
        Figure("history rows", rows, "rows"),
        at_least("import of a history file", rows / import_s, "rows/s", 150_000),
        Figure("  the server's own limit: bare inserts", rows / bare_s, "rows/s"),
        at_most("  import ÷ that limit", import_s / bare_s, "×", 1.5),
        at_most("cleaning, a year at once", cleaning_s * 2_000_000 / rows, "s/2 M rows", 15),
        Figure("  rows judged", rows / cleaning_s, "rows/s"),
        Figure("  the limit: fetching the same rows", rows / scan_s, "rows/s"),
        at_most("  cleaning ÷ that limit", cleaning_s / scan_s, "×", 3.0),
    ]


def send(port: int, topic: str, count: int) -> None:
    """Publish messages of one device as fast as the broker takes them."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.max_inflight_messages_set(200)
    client.connect(ports.LOOPBACK, port)
    client.loop_start()
    base_s = utc_now().timestamp() - count
    sent = [
        client.publish(topic, json.dumps({"ts": base_s + n, "kwh": n, "kw": 5.5}), qos=1)
        for n in range(count)
    ]
    sent[-1].wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


def receive_bare(port: int, topic: str) -> float:
    """Seconds a plain subscriber needs for the messages: the broker's and the client library's own limit."""
    done, seen = threading.Event(), [0]

    def count(*_: object) -> None:
        seen[0] += 1
        if seen[0] == MESSAGES:
            done.set()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = count
    client.connect(ports.LOOPBACK, port)
    client.subscribe(topic, qos=1)
    client.loop_start()
    time.sleep(0.5)
    sender = threading.Thread(target=send, args=(port, topic, MESSAGES))

    def work() -> None:
        sender.start()
        if not done.wait(180):
            raise SystemExit("the messages did not arrive")

    took_s = timed(work)
    sender.join()
    client.disconnect()
    client.loop_stop()
    return took_s


async def receive_committed(dbs: Databases, port: int, topic: str, folder: Path) -> float:
    """Seconds from the first message to the commit of the last, acknowledged only then."""
    points = (
        Point(900_001, Kind.ENERGY, 1.0, 0.0, True, "{}"),
        Point(900_002, Kind.ANALOG, 1.0, 0.0, True, "{}"),
    )
    intake = Intake(Source(900, "bench", "mqtt", "{}", points), 0.0, {}, 300.0)
    writer = Writer(dbs, Spool(folder / "spool", name="bench"), LiveFeed(""), 0.3)
    writer.start()
    acknowledged = [0]

    def sink(readings: list[Reading], acknowledge: Callable[[], None]) -> None:
        def done() -> None:
            acknowledge()
            acknowledged[0] += 1

        writer.put(intake.rows(readings), done, block=True)

    driver = MqttDriver(MqttConnection(ports.LOOPBACK, port, client_id="bench"))
    await driver.open()
    await driver.subscribe([MqttAddress(topic, "kwh", "ts"), MqttAddress(topic, "kw", "ts")], sink)
    await asyncio.sleep(0.5)
    began_s = time.perf_counter()
    sender = threading.Thread(target=send, args=(port, topic, MESSAGES))
    sender.start()
    while acknowledged[0] < MESSAGES:
        await asyncio.sleep(0.01)
        if time.perf_counter() - began_s > 180:
            raise SystemExit("the messages were not committed")
    took_s = time.perf_counter() - began_s
    sender.join()
    await driver.close()
    await asyncio.to_thread(writer.stop)
    return took_s


def messages(dbs: Databases, port: int, folder: Path) -> list[Figure]:
    """MQTT with QoS 1 from the device to the committed row."""
    bare_s = receive_bare(port, "bench/bare")
    committed_s = asyncio.run(receive_committed(dbs, port, "bench/committed", folder))
    return [
        Figure("MQTT messages (QoS 1, two values) committed", MESSAGES / committed_s, "msg/s"),
        Figure("  the limit: a subscriber that only counts", MESSAGES / bare_s, "msg/s"),
        at_most("  committed ÷ that limit", committed_s / bare_s, "×", 2.5),
    ]


async def modbus() -> list[Figure]:
    """Reads of forty registers on one connection, by the driver and by the bare library."""
    port = ports.free_port()
    data = [SimData(0, values=list(range(200)), datatype=DataType.REGISTERS)]
    server = ModbusTcpServer([SimDevice(1, data)], address=(ports.LOOPBACK, port))
    await server.serve_forever(background=True)
    client = AsyncModbusTcpClient(ports.LOOPBACK, port=port)
    await client.connect()
    driver = ModbusTcpDriver(ModbusConnection(ports.LOOPBACK, port))
    await driver.open()
    plan = driver.plan([ModbusAddress(1, 3, 2 * n, 0, ">I") for n in range(REGISTERS)])
    bare_s = driven_s = 0.0
    for _ in range(10):  # in turns, so that other load on the machine strikes both
        began_s = time.perf_counter()
        for _ in range(READS // 10):
            await client.read_holding_registers(0, count=2 * REGISTERS, device_id=1)
        bare_s += time.perf_counter() - began_s
        began_s = time.perf_counter()
        for _ in range(READS // 10):
            await driver.read(plan)
        driven_s += time.perf_counter() - began_s
    await driver.close()
    client.close()
    await server.shutdown()
    return [
        at_least(f"Modbus reads of {REGISTERS} values", READS / driven_s, "reads/s", 200),
        Figure("  the limit: the bare library, values not decoded", READS / bare_s, "reads/s"),
        at_most("  driver ÷ that limit", driven_s / bare_s, "×", 1.5),
        at_most("  what the driver adds to a read", (driven_s - bare_s) / READS * 1e6, "µs", 500),
    ]


def main() -> None:
    """Run all parts and publish the figures."""
    measured_on = machine()
    print(__doc__)
    began = utc_now()
    with tempfile.TemporaryDirectory(prefix="ems-bench-") as name:
        folder = Path(name)
        with (
            MariaDb(folder / "mariadb", prefix="ems_bench_") as server,
            Mosquitto(folder / "mosquitto") as broker,
        ):
            dbs = Databases(load(DatabaseSettings, server.environ))
            configure(dbs)
            figures = import_and_cleaning(dbs, server.environ, folder)
            figures += messages(dbs, broker.port, folder)
            figures += asyncio.run(modbus())
            dbs.close()
    figures.append(Figure("whole run", (utc_now() - began) / timedelta(seconds=1), "s"))
    publish("acquisition", figures, measured_on)


if __name__ == "__main__":
    main()
