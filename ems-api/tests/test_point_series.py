"""What a point measured, by local periods; numbers by hand."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from ems_api.live.source import PointSource
from ems_api.testing import Api

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def point(api: Api) -> int:
    """A temperature: 10 and 20 °C in one hour, 30 in the next but one, a bad one between."""
    with api.services.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit,"
            " is_trend, address) VALUES (9, 'outside', 1, 'ANALOG_VALUE', '°C', 1e9, 0, 1, '{}')"
        )
    with api.services.dbs.session("historical_db") as session:
        session.executemany(
            "INSERT INTO tbl_analog_value (point_id, utc_date_time, actual_value, is_bad) VALUES (9, %s, %s, %s)",
            [
                ("2026-01-10 08:05:00", 10, 0),
                ("2026-01-10 08:50:00", 20, 0),
                ("2026-01-10 09:10:00", 999, 1),
                ("2026-01-10 10:30:00", 30, 0),
            ],
        )
    return 9


def test_hours_have_means_extremes_and_gaps(api: Api, point: int) -> None:
    answer = api.get(f"/v1/points/{point}/values/hourly?start=2026-01-10T08:00:00Z&end=2026-01-10T11:00:00Z")
    assert answer["point"] == {"id": 9, "name": "outside", "units": "°C", "object_type": "ANALOG_VALUE"}
    shown = [(v["mean"], v["minimum"], v["maximum"], v["count"]) for v in answer["values"]]
    assert shown == [(15, 10, 20, 2), (None, None, None, 0), (30, 30, 30, 1)]


def test_estimates_fill_what_is_missing_or_bad_and_are_told(api: Api, point: int) -> None:
    with api.services.dbs.session("historical_db") as session:
        session.executemany(
            "INSERT INTO tbl_estimated_readings (point_id, utc_date_time, actual_value, method)"
            " VALUES (9, %s, %s, 'linear')",
            # In place of the bad one, of a missing one, and one that a good reading has overtaken.
            [("2026-01-10 09:10:00", 22), ("2026-01-10 09:40:00", 26), ("2026-01-10 10:30:00", 28)],
        )
    answer = api.get(f"/v1/points/{point}/values/hourly?start=2026-01-10T08:00:00Z&end=2026-01-10T11:00:00Z")
    with api.services.dbs.session("historical_db") as session:
        session.execute("DELETE FROM tbl_estimated_readings")
    shown = [(v["mean"], v["minimum"], v["maximum"], v["count"], v["estimated"]) for v in answer["values"]]
    assert shown == [(15, 10, 20, 2, 0), (24, 22, 26, 2, 2), (30, 30, 30, 1, 0)]


def test_a_day_is_the_mean_of_its_readings(api: Api, point: int) -> None:
    answer = api.get(f"/v1/points/{point}/values/daily?start=2026-01-10T00:00:00Z&end=2026-01-11T00:00:00Z")
    means = [v["mean"] for v in answer["values"] if v["count"]]
    assert means == [20]


def test_a_point_that_does_not_exist_is_said_to_be_missing(api: Api) -> None:
    assert api.call("GET", "/v1/points/4711/values/hourly").status_code == 404


def test_without_redis_a_point_whose_clock_is_behind_is_fresh_all_the_same(api: Api) -> None:
    looks, taken = [], []

    def store(*readings: tuple[int, str, int]) -> None:
        with api.services.dbs.session("historical_db") as session:
            columns = ("point_id", "utc_date_time", "actual_value")
            session.upsert("tbl_analog_value_latest", columns, readings)

    def until(is_so: Callable[[], object]) -> None:
        end_s = time.monotonic() + 20
        while not is_so() and time.monotonic() < end_s:
            time.sleep(0.02)
        assert is_so()

    store((101, "2026-01-10 12:00:00", 1), (102, "2026-01-10 11:59:50", 2))
    source = PointSource(api.services.dbs, "", lambda: looks.append(None) is None, taken.extend)
    source.start()
    until(lambda: len(looks) > 1)
    store((102, "2026-01-10 11:59:55", 3))
    until(lambda: taken)
    source.stop()
    assert [(point["point_id"], point["value"]) for point in taken] == [(102, 3)]
