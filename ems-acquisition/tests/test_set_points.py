"""Orders to set points, carried out by the daemon on a real Modbus server and a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from acq_site import POWER, REGISTER, modbus_address, wait_for
from ems_common.clock import utc_now
from ems_common.controlled import Controlled, keep
from ems_common.drivers.base import Target
from ems_common.findings.finding import parsed

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.slow]
SET_POINT, CHOOSY, HEATER = 201, 202, 203


@pytest.fixture
def plant(site: Any) -> Any:
    """The site with a set-point at register 5, a register 7 that refuses values above 100, a heater by MQTT."""
    site.add_point(SET_POINT, 1, "ANALOG_VALUE", modbus_address(5, ">H"), ratio=0.5)
    site.add_point(CHOOSY, 1, "ANALOG_VALUE", modbus_address(7, ">H"))
    address = {"topic": f"{site.topic}/heater", "path": "degc", "set_topic": f"{site.topic}/set"}
    site.add_point(HEATER, 2, "ANALOG_VALUE", json.dumps(address | {"set_payload": '{"degc": $s1}'}))
    return site


def ordered(site: Any, point: int, value: float, *, age_s: int = 0) -> int:
    """Order a point to be set, as the API does."""
    with site.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points_set_values (point_id, set_value, utc_date_time)"
            " VALUES (%s, %s, UTC_TIMESTAMP() - INTERVAL %s SECOND)",
            (point, value, age_s),
        )
        return int(session.insert_id)


def outcome(site: Any, order: int) -> str | None:
    with site.dbs.session("system_db") as session:
        found = session.scalar("SELECT outcome FROM tbl_points_set_values WHERE id = %s", (order,))
    return None if found in (None, "sending") else str(found)


def why(site: Any, order: int) -> str:
    with site.dbs.session("system_db") as session:
        data = session.scalar("SELECT outcome_data FROM tbl_points_set_values WHERE id = %s", (order,))
    found = parsed(data)
    assert found is not None
    return found.what.key


def test_a_set_value_reaches_the_register_and_is_told(plant: Any) -> None:
    plant.start()
    wait_for(lambda: plant.latest(POWER, "analog"))
    order = ordered(plant, SET_POINT, 21.5)
    assert wait_for(lambda: outcome(plant, order)) == "written"
    assert plant.meter.writes == [(5, [43])]  # 21.5 / 0.5
    with plant.dbs.session("system_db") as session:
        row = session.row(
            "SELECT is_set, outcome_data, outcome_utc >= utc_date_time FROM tbl_points_set_values WHERE id = %s",
            (order,),
        )
    assert row == (1, None, 1)
    assert "point_set" in plant.log.read_text()
    assert 'ems_acquisition_set_orders_total{outcome="written"} 1.0' in plant.get("/metrics")


def test_a_value_is_published_where_a_point_is_set_by_mqtt(plant: Any, mosquitto: Any) -> None:
    heard: list[bytes] = []
    ear = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    ear.on_message = lambda _c, _d, message: heard.append(message.payload)
    ear.connect("127.0.0.1", mosquitto.port)
    ear.subscribe(f"{plant.topic}/set")
    ear.loop_start()
    plant.start()
    order = ordered(plant, HEATER, 55)
    assert wait_for(lambda: outcome(plant, order)) == "written"
    assert wait_for(lambda: heard) == [b'{"degc": 55}']
    ear.disconnect()
    ear.loop_stop()


def test_only_the_newest_of_several_orders_is_carried_out(plant: Any) -> None:
    first, second, other, last = (
        ordered(plant, SET_POINT, 10),
        ordered(plant, SET_POINT, 11),
        ordered(plant, CHOOSY, 7),
        ordered(plant, SET_POINT, 12),
    )
    plant.start()
    assert wait_for(lambda: outcome(plant, last)) == "written"
    assert [outcome(plant, one) for one in (first, second, other)] == ["replaced", "replaced", "written"]
    assert plant.meter.writes == [(7, [7]), (5, [24])]


def test_what_is_too_old_outside_its_limits_or_the_loops_own_is_refused_and_nothing_is_sent(
    plant: Any,
) -> None:
    held = Controlled(
        "ess0", "SetActivePower", Target(f"modbus-tcp 127.0.0.1:{plant.meter.port} unit 1 registers", 7, 8)
    )
    with plant.dbs.session("system_db") as session:
        keep(session, "one", [held], utc_now())
        session.execute("UPDATE tbl_points SET high_limit = 30 WHERE id = %s", (HEATER,))
    refused = {
        ordered(plant, SET_POINT, 20, age_s=310): "set_late",
        ordered(plant, HEATER, 31): "set_limits",
        ordered(plant, CHOOSY, 5): "set_controlled",
        ordered(plant, REGISTER, 5): "set_type",
    }
    plant.start()
    for order, key in refused.items():
        assert wait_for(lambda order=order: outcome(plant, order)) == "refused"
        assert why(plant, order).startswith(key)
    assert plant.meter.writes == []
    assert "outcome=refused" in plant.log.read_text()


def test_what_the_device_refuses_or_does_not_answer_is_told_as_failed(plant: Any) -> None:
    plant.start()
    wait_for(lambda: plant.latest(POWER, "analog"))
    order = ordered(plant, CHOOSY, 101)
    assert wait_for(lambda: outcome(plant, order)) == "failed"
    assert why(plant, order) == "set_device"
    plant.meter.is_mute = True
    order = ordered(plant, CHOOSY, 50)
    assert wait_for(lambda: outcome(plant, order)) == "failed"
    assert why(plant, order) == "set_no_answer"


def test_of_two_instances_one_writes_and_each_order_once(plant: Any) -> None:
    plant.start()
    wait_for(lambda: plant.latest(POWER, "analog"))
    environ = {**plant._environ, "EMS_METRICS_PORT": "0", "EMS_VAR_DIR": str(plant.log.parent / "second")}
    second = subprocess.Popen(
        [sys.executable, "-c", "from ems_acquisition.main import main; raise SystemExit(main())"], env=environ
    )
    try:
        for value in range(1, 9):
            order = ordered(plant, CHOOSY, value)
            assert wait_for(lambda order=order: outcome(plant, order)) in ("written", "replaced")
        assert plant.meter.writes == [(7, [value]) for value in range(1, 9)]
    finally:
        second.kill()
        second.wait()


def test_after_a_crash_in_the_middle_nothing_is_sent_again(plant: Any) -> None:
    plant.meter.is_mute = True
    with plant.dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_data_sources SET connection = JSON_SET(connection, '$.timeout_s', 30) WHERE id = 1"
        )
    plant.start()
    wait_for(lambda: plant.latest(POWER, "analog"))
    order = ordered(plant, SET_POINT, 40)
    wait_for(lambda: _is_sending(plant, order), pause_s=0.01)
    plant.kill()
    plant.meter.is_mute = False
    plant.start()
    assert wait_for(lambda: outcome(plant, order)) == "failed"
    assert why(plant, order) == "set_cut_off"
    time.sleep(2.5)  # longer than the meter holds its answer back
    assert plant.meter.writes in ([], [(5, [80])])


def _is_sending(site: Any, order: int) -> bool:
    with site.dbs.session("system_db") as session:
        found = session.scalar("SELECT outcome FROM tbl_points_set_values WHERE id = %s", (order,))
    return bool(found == "sending")
