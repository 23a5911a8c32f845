"""Degree days worked out by hand, and changes with the weather taken out."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import jsonschema_rs
import pytest
from ems_api.reports.shapes import WEATHER
from ems_api.schemas import components, schema
from openpyxl import load_workbook

from .conftest import CAMPUS, CELLAR, ELECTRICITY, FRIDAY, START_UTC, Site

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


def test_a_day_with_a_single_temperature_is_not_measured(weather: Site) -> None:
    # One at noon of 24 March and one in each quarter of the 25th; the 26th is reported until noon only.
    first = datetime(2025, 3, 24, tzinfo=UTC)
    hours = (12, 24, 30, 36, 42, 48, 54)
    with weather.dbs.session("historical_db") as session:
        session.upsert(
            "tbl_analog_value",
            ("point_id", "utc_date_time", "actual_value", "is_bad"),
            [(OUTDOORS, (first + timedelta(hours=n)).replace(tzinfo=None), 8, 0) for n in hours],
        )
    period = {
        "reportingperiodstartdatetime": "2025-03-24T00:00:00",
        "reportingperiodenddatetime": "2025-03-26T12:00:00",
    }
    found = weather.report("spaceenergycategory", spaceid=CAMPUS, weatherpointid=OUTDOORS, **period)
    of_period = found["weather"]["reporting_period"]
    assert (of_period["days"], of_period["days_measured"]) == (3, 2)
    assert of_period["heating_degree_days"] == 20


def test_the_change_per_degree_day_sets_a_cold_day_right(weather: Site) -> None:
    found = weather.report("spaceenergycategory", spaceid=CAMPUS, weatherpointid=OUTDOORS, **FRIDAY)
    # 142 kWh over 3 K d against 48 kWh over 10 K d; no gas before, and no cooling before.
    assert found["weather"]["heating_increment_rates"] == [pytest.approx((142 / 3) / (48 / 10) - 1), None]
    assert found["weather"]["cooling_increment_rates"] == [None, None]


WINTER = {
    "baseperiodstartdatetime": "2025-01-01T00:00:00",
    "baseperiodenddatetime": "2025-01-28T23:59:59",
    "reportingperiodstartdatetime": "2025-02-01T00:00:00",
    "reportingperiodenddatetime": "2025-02-15T11:59:59",
}


@pytest.fixture(scope="module")
def winter(weather: Site) -> Site:
    """A cellar that took 48 kWh a day and 2.4 kWh more per degree below 15 °C, and a tenth less in February."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    rows, hours = [], []
    for day in range(46):
        is_later = day >= 31
        mean = 5 + (day - 31) % 7 if is_later else 4 + day % 14
        rows += [
            (OUTDOORS, (first + timedelta(days=day, hours=6 * n)).replace(tzinfo=None), mean, 0)
            for n in range(4)
        ]
        hours += [(48 + 2.4 * max(15 - mean, 0)) / 24 * (0.9 if is_later else 1)] * 24
    # An hour of 3 January is missing, so that day counts for nothing.
    del hours[2 * 24 + 5]
    keys = {"space_id": CELLAR, "energy_category_id": ELECTRICITY}
    table = "tbl_space_input_category_hourly"
    weather.hours("energy_db", table, keys, hours[: 2 * 24 + 5], first)
    weather.hours("energy_db", table, keys, hours[2 * 24 + 5 :], first + timedelta(days=2, hours=6))
    with weather.dbs.session("historical_db") as session:
        session.upsert("tbl_analog_value", ("point_id", "utc_date_time", "actual_value", "is_bad"), rows)
    return weather


def test_the_baseline_is_adjusted_to_the_weather_and_the_saving_is_what_was_used_less(winter: Site) -> None:
    found = winter.report("spaceenergycategory", spaceid=CELLAR, weatherpointid=OUTDOORS, **WINTER)
    baseline = found["weather"]["baseline"]
    (model,) = baseline["models"]
    assert (model["days"], model["heating_balance_degc"], model["cooling_balance_degc"]) == (27, 15, None)
    assert (model["base"], model["heating"], model["r_squared"]) == pytest.approx((48, 2.4, 1))
    # Fourteen whole days of 5 to 11 °C twice: 14 · 48 + 2.4 · 2 · (10 + 9 + … + 4). The fifteenth is half a day.
    assert (baseline["names"], baseline["days"]) == (["Electricity"], [14])
    assert baseline["adjusted"] == pytest.approx([907.2])
    assert baseline["actual"] == pytest.approx([816.48])
    assert baseline["savings"] == pytest.approx([90.72])
    assert baseline["saving_rates"] == pytest.approx([0.1])
    # A model that fits every day leaves nothing uncertain.
    assert baseline["saving_uncertainties"] == pytest.approx([0], abs=1e-6)
    declared = {**schema(WEATHER), "components": {"schemas": components([WEATHER])}}
    assert jsonschema_rs.Draft202012Validator(declared).is_valid(found["weather"])


def test_the_model_and_its_statistics_are_printed(winter: Site) -> None:
    query = winter.query(spaceid=CELLAR, weatherpointid=OUTDOORS, **WINTER)
    book = load_workbook(
        io.BytesIO(winter.api.call("GET", "/v1/reports/spaceenergycategory.xlsx", params=query).content)
    )
    cells = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    assert {"CV(RMSE)", "NMBE", "R²", "48 + 2.4 · max(0, 15 − T)", 907.2, 90.72} <= cells


def test_a_few_days_make_no_model_and_reports_on_money_have_none(winter: Site) -> None:
    few = winter.report("meterenergy", meterid=1, weatherpointid=OUTDOORS, **FRIDAY)["weather"]["baseline"]
    assert (few["models"], few["adjusted"], few["days"]) == ([None], [None], [0])
    cost = winter.report("spacecost", spaceid=CAMPUS, weatherpointid=OUTDOORS, **FRIDAY)["weather"]
    assert "baseline" not in cost


def test_days_without_temperature_are_told_and_without_a_point_there_is_no_weather(weather: Site) -> None:
    later = {"reportingperiodenddatetime": "2025-04-02T12:00:00"}
    found = weather.report("meterenergy", meterid=1, weatherpointid=OUTDOORS, **later)["weather"]
    assert (found["reporting_period"]["days"], found["reporting_period"]["days_measured"]) == (5, 3)
    assert "weather" not in weather.report("meterenergy", meterid=1)


JUNE = {
    "reportingperiodstartdatetime": "2025-06-01T00:00:00",
    "reportingperiodenddatetime": "2025-06-02T23:59:59",
    **FRIDAY,
}


def test_degree_days_that_nobody_measured_are_not_known_and_not_none(weather: Site) -> None:
    asked = {"spaceid": CAMPUS, "weatherpointid": OUTDOORS, **JUNE}
    found = weather.report_v1("spaceenergycategory", **asked)["weather"]
    assert found["reporting_period"] == {
        "heating_degree_days": None,
        "cooling_degree_days": None,
        "days": 2,
        "days_measured": 0,
    }
    assert found["base_period"]["heating_degree_days"] == 10
    # MyEMS' clients print numbers without asking.
    assert weather.report("spaceenergycategory", **asked)["weather"]["reporting_period"] == {
        "heating_degree_days": 0,
        "cooling_degree_days": 0,
        "days": 2,
        "days_measured": 0,
    }
    query = weather.query(**{**asked, "language": "de"})
    text = weather.api.call("GET", "/v1/reports/spaceenergycategory.json", params=query).text
    assert "Ohne gemessene Temperatur sind die Gradtage" in text


def test_the_energy_of_all_days_is_not_set_against_the_cold_of_some(weather: Site) -> None:
    later = {**FRIDAY, "reportingperiodenddatetime": "2025-04-02T12:00:00"}
    found = weather.report_v1("spaceenergycategory", spaceid=CAMPUS, weatherpointid=OUTDOORS, **later)[
        "weather"
    ]
    assert (found["reporting_period"]["days"], found["reporting_period"]["days_measured"]) == (5, 3)
    assert found["reporting_period"]["heating_degree_days"] == 3
    assert found["heating_increment_rates"] == [None, None]


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
