"""The daemon as a process, with real devices, a real broker and a real database."""

from __future__ import annotations

import time

import pytest
from acq_site import POWER, REGISTER, REMOTE, modbus_address, wait_for

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.slow]


def test_readings_of_all_protocols_arrive_and_a_change_shows_within_two_seconds(site) -> None:
    site.start()
    wait_for(lambda: site.latest(REGISTER) == 1000.0 and site.latest(POWER, "analog") == 500.0)
    wait_for(lambda: "remote" in site.get("/sources"))
    site.publish(1, 2, 3)
    assert wait_for(lambda: site.remote_values() == [1, 2, 3])
    for _ in range(5):
        site.meter.register += 7
        changed_s = time.monotonic()
        wait_for(lambda: site.latest(REGISTER) == pytest.approx(site.meter.register / 10), pause_s=0.02)
        assert time.monotonic() - changed_s < 2.0

    kept = site.rows("SELECT point_id, is_bad, MICROSECOND(utc_date_time) FROM tbl_energy_value")
    assert {point_id for point_id, _, _ in kept} == {REGISTER, REMOTE}
    assert {flag for _, flag, _ in kept} == {0}
    assert site.rows("SELECT COUNT(*) FROM tbl_analog_value") == [(0,)]  # not a trend point
    open_rows = site.rows(
        "SELECT DISTINCT entity_kind, entity_id FROM tbl_change_journal WHERE kind = 'clean'"
    )
    assert set(open_rows) >= {("data_source", 1)}
    with site.dbs.session("system_db") as session:
        seen = session.rows(
            "SELECT id, process_id FROM tbl_data_sources WHERE last_seen_datetime_utc IS NOT NULL"
        )
        gateway = session.scalar("SELECT last_seen_datetime_utc FROM tbl_gateways WHERE id = 1")
    assert (1, site.process.pid) in seen
    assert gateway is not None
    assert '"ready": true' in site.get("/health/ready")
    metrics = site.get("/metrics")
    assert 'ems_acquisition_source_up{source="1:meter"} 1.0' in metrics
    assert 'ems_spool_records{spool="acquisition"} 0.0' in metrics
    assert site.terminate() == 0


def test_points_added_and_moved_are_taken_over_while_running(site) -> None:
    site.start()
    wait_for(lambda: site.latest(REGISTER))
    site.add_point(110, 1, "ANALOG_VALUE", modbus_address(2, ">H"), ratio=2.0)
    assert wait_for(lambda: site.latest(110, "analog") == 1000.0)
    site.add_point(111, 1, "ANALOG_VALUE", '{"nonsense": 1}')
    wait_for(lambda: "configuration_refused" in site.log.read_text())
    assert site.process.poll() is None


def test_nothing_is_lost_while_the_database_is_away_not_even_by_kill_9(site) -> None:
    site.start()
    wait_for(lambda: site.latest(REGISTER))
    site.publish(*range(10))
    wait_for(lambda: len(site.remote_values()) == 10)
    site.wire.cut()
    site.publish(*range(10, 60))
    wait_for(lambda: "database_lost" in site.log.read_text())
    site.kill()
    site.publish(*range(60, 100))  # the broker keeps these
    site.start()  # knows its sources from the last time
    wait_for(lambda: "configuration_from_cache" in site.log.read_text())
    site.publish(*range(100, 120))
    time.sleep(1.0)
    site.kill()
    site.start()
    time.sleep(1.0)
    site.wire.mend()
    assert wait_for(lambda: site.remote_values() == list(range(120)), 30)
    wait_for(lambda: site.latest(REMOTE) == 119)
    covered = site.rows(
        "SELECT COUNT(*) FROM tbl_energy_value v WHERE point_id = %s AND NOT EXISTS (SELECT 1 FROM"
        " tbl_change_journal j WHERE j.kind = 'clean' AND v.utc_date_time >= j.from_utc AND v.utc_date_time < j.to_utc"
        " AND ((j.entity_kind = 'point' AND j.entity_id = v.point_id) OR (j.entity_kind = 'data_source' AND j.entity_id = 2)))",
        REMOTE,
    )
    assert covered == [(0,)]  # every stored reading has a journal row


def test_kill_9_at_any_moment_loses_no_message(site) -> None:
    site.start()
    wait_for(lambda: site.latest(REGISTER))
    for number in range(4):
        site.publish(*range(number * 50, number * 50 + 50))
        time.sleep(0.05 * number)
        site.kill()
        site.start()
    assert wait_for(lambda: site.remote_values() == list(range(200)), 30)


def test_an_unknown_gateway_and_a_wrong_token_stop_the_start(site) -> None:
    site.start(EMS_GATEWAY_ID="99")
    assert site.process.wait(20) == 2
    site.start(EMS_GATEWAY_TOKEN="not-the-token")
    assert site.process.wait(20) == 2
    site.process = None
