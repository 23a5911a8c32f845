"""Degree days worked out by hand, and changes with the weather taken out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .conftest import CAMPUS, FRIDAY, START_UTC, Site

pytestmark = pytest.mark.db

OUTDOORS, HUMIDITY = 8, 9
# Mean temperatures of Friday 28 to Monday 31 March [°C]; by the local clock, so the change is at 23:00 on Sunday.
DAYS = (8.0, 15.0, 15.5, 26.0)


@pytest.fixture(scope="module")
def weather(site: Site) -> Site:
    """The site with an outdoor temperature, hour by hour."""
    with site.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
            " address) VALUES (8, 'Outdoors', 1, 'ANALOG_VALUE', '°C', 60, -60, 1, '{}'),"
            " (9, 'Humidity', 1, 'ANALOG_VALUE', '%', 100, 0, 1, '{}')"
        )
    rows = []
    for n in range(95):  # Sunday has 23 hours
        day = 0 if n < 24 else 1 if n < 48 else 2 if n < 71 else 3
        swing = 3 if n % 2 else -3
        # Alternating about the mean; an hour left over stands on it.
        first, length = ((0, 24), (24, 24), (48, 23), (71, 24))[day]
        value = DAYS[day] + (
            0 if length % 2 and n == first + length - 1 else swing if first % 2 == 0 else -swing
        )
        rows.append((OUTDOORS, (START_UTC + timedelta(hours=n)).replace(tzinfo=None), value, 0))
    with site.dbs.session("historical_db") as session:
        session.upsert("tbl_analog_value", ("point_id", "utc_date_time", "actual_value", "is_bad"), rows)
    return site


def test_degree_days_are_those_of_the_days_means(weather: Site) -> None:
    found = weather.report("spaceenergycategory", spaceid=CAMPUS, weatherpointid=OUTDOORS, **FRIDAY)[
        "weather"
    ]
    # 15.0 counts 18 - 15, 15.5 counts nothing, 26 counts 26 - 21.
    assert found["reporting_period"] == {
        "heating_degree_days": 3,
        "cooling_degree_days": 5,
        "days": 3,
        "days_measured": 3,
    }
    assert found["base_period"] == {
        "heating_degree_days": 10,
        "cooling_degree_days": 0,
        "days": 1,
        "days_measured": 1,
    }


def test_the_change_per_degree_day_sets_a_cold_day_right(weather: Site) -> None:
    found = weather.report("spaceenergycategory", spaceid=CAMPUS, weatherpointid=OUTDOORS, **FRIDAY)
    # 142 kWh over 3 K d against 48 kWh over 10 K d; no gas before, and no cooling before.
    assert found["weather"]["heating_increment_rates"] == [pytest.approx((142 / 3) / (48 / 10) - 1), None]
    assert found["weather"]["cooling_increment_rates"] == [None, None]


def test_days_without_temperature_are_told_and_without_a_point_there_is_no_weather(weather: Site) -> None:
    later = {"reportingperiodenddatetime": "2025-04-02T12:00:00"}
    found = weather.report("meterenergy", meterid=1, weatherpointid=OUTDOORS, **later)["weather"]
    assert (found["reporting_period"]["days"], found["reporting_period"]["days_measured"]) == (5, 3)
    assert "weather" not in weather.report("meterenergy", meterid=1)


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        (HUMIDITY, (400, "API.INVALID_POINT_ID")),
        (1, (400, "API.INVALID_POINT_ID")),
        ("x", (400, "API.INVALID_POINT_ID")),
        (4711, (404, "API.POINT_NOT_FOUND")),
    ],
)
def test_a_point_that_is_no_temperature_is_refused(
    weather: Site, point: object, answer: tuple[int, str]
) -> None:
    assert weather.refused("spaceenergycategory", spaceid=CAMPUS, weatherpointid=point) == answer
