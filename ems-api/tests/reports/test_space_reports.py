"""Reports of spaces: every number here was worked out by hand from the hours in conftest."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from ems_api.reports import history
from openpyxl import load_workbook

from .conftest import CAMPUS, CAMPUS_UUID, CELLAR, EAST, FRIDAY, PASSWORD, START_UTC, Site

pytestmark = pytest.mark.db
TEMPERATURE = 2
AUTUMN = {
    "reportingperiodstartdatetime": "2025-10-26T00:00:00",
    "reportingperiodenddatetime": "2025-10-26T23:59:59",
}


def test_daily_energy_on_the_day_clocks_go_forward_has_23_hours(site: Site) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS)["reporting_period"]
    assert period["names"] == ["Electricity", "Gas"]
    assert period["energy_category_ids"] == [1, 2]
    assert period["units"] == ["kWh", "kWh"]
    assert period["timestamps"] == [["2025-03-29", "2025-03-30", "2025-03-31"]] * 2
    assert period["values"] == [[48, 46, 48], [24, 0, 0]]
    assert period["subtotals"] == [142, 24]


def test_hourly_energy_on_the_day_clocks_go_back_counts_both_one_o_clocks(site: Site) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS, periodtype="hourly", **AUTUMN)[
        "reporting_period"
    ]
    labels = period["timestamps"][0]
    assert len(labels) == 25
    assert labels[1:3] == ["2025-10-26T01:00:00", "2025-10-26T01:00:00"]
    assert period["subtotals"] == [50]


@pytest.mark.parametrize(
    ("period_type", "labels", "values"),
    [
        ("weekly", ["2025-03-24", "2025-03-31"], [94, 48]),
        ("monthly", ["2025-03"], [142]),
        ("yearly", ["2025"], [142]),
    ],
)
def test_longer_periods_are_local_calendar_periods(
    site: Site, period_type: str, labels: list[str], values: list[float]
) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS, periodtype=period_type)["reporting_period"]
    assert period["timestamps"][0] == labels
    assert period["values"][0] == values


def test_the_timezone_of_the_request_moves_the_days(site: Site) -> None:
    days = {
        "reportingperiodstartdatetime": "2025-03-29T00:00:00",
        "reportingperiodenddatetime": "2025-03-29T23:59:59",
    }
    period = site.report("spaceenergycategory", spaceid=CAMPUS, timezone="Asia/Kolkata", **days)[
        "reporting_period"
    ]
    # 18:30 UTC on Friday to 18:30 on Saturday: the 24 hours that start from 19:00, gas from midnight on.
    assert period["subtotals"] == [48, 19]


def test_coal_gas_area_and_people(site: Site) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS)["reporting_period"]
    assert period["subtotals_in_kgce"] == pytest.approx([142 * 0.1229, 2.4])
    assert period["subtotals_in_kgco2e"] == pytest.approx([28.4, 4.32])
    assert period["total_in_kgce"] == pytest.approx(19.8518)
    assert period["total_in_kgco2e"] == pytest.approx(32.72)
    assert period["subtotals_per_unit_area"] == pytest.approx([1.42, 0.24])
    assert period["subtotals_per_capita"] == pytest.approx([14.2, 2.4])
    # MyEMS swaps coal and greenhouse gas in these.
    assert period["total_in_kgce_per_unit_area"] == pytest.approx(0.198518)
    assert period["total_in_kgco2e_per_unit_area"] == pytest.approx(0.3272)
    assert period["total_in_kgce_per_capita"] == pytest.approx(1.98518)


def test_the_tariff_splits_the_hours_by_their_local_time(site: Site) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS)["reporting_period"]
    # On each day 16 hours from 7 to 23 o'clock, whatever the length of the day; gas has no tariff.
    assert period["onpeaks"] == [96, 0]
    assert period["offpeaks"] == [46, 0]
    assert period["toppeaks"] == period["midpeaks"] == period["deeps"] == [0, 0]


@pytest.mark.parametrize("period_type", ["hourly", "daily", "weekly", "monthly"])
def test_working_days_are_told_apart_for_every_period_type(site: Site, period_type: str) -> None:
    answer = site.report("spaceenergycategory", spaceid=CAMPUS, periodtype=period_type)
    period = answer["reporting_period"]
    assert answer["space"]["working_calendars"] == [7]
    assert period["non_working_days_subtotals"] == [46, 0]
    assert period["working_days_subtotals"] == [96, 24]
    assert (period["non_working_days_total"], period["working_days_total"]) == (46, 120)


def test_change_against_the_base_period(site: Site) -> None:
    answer = site.report("spaceenergycategory", spaceid=CAMPUS, **FRIDAY)
    base, period = answer["base_period"], answer["reporting_period"]
    assert base["timestamps"] == [["2025-03-28"]] * 2
    assert base["values"] == [[48], [0]]
    assert period["increment_rates"] == [pytest.approx((142 - 48) / 48), None]
    assert period["rates"] == [[0, None, None], [None, None, None]]
    assert period["increment_rate_in_kgce"] == pytest.approx((19.8518 - 5.8992) / 5.8992)


def test_a_blank_base_period_gives_empty_arrays_of_every_category(site: Site) -> None:
    blank = {"baseperiodstartdatetime": "", "baseperiodenddatetime": ""}
    answer = site.report("spaceenergycategory", spaceid=CAMPUS, **blank)
    base = answer["base_period"]
    assert base["names"] == ["Electricity", "Gas"]
    assert base["timestamps"] == base["values"] == [[], []]
    assert base["subtotals"] == [0, 0]
    assert answer["reporting_period"]["increment_rates"] == [None, None]


def test_child_spaces_stand_beside_their_parent(site: Site) -> None:
    child = site.report("spaceenergycategory", spaceid=CAMPUS)["child_space"]
    assert child["child_space_names_array"] == [["East", "West", "Cellar"]] * 2
    assert child["child_space_ids_array"] == [[2, 3, 4]] * 2
    assert child["subtotals_array"] == [[106.5, 35.5, 0], [0, 0, 0]]
    assert child["subtotals_in_kgco2e_array"][0] == pytest.approx([21.3, 7.1, 0])


def test_estimated_and_missing_hours_are_visible(site: Site) -> None:
    period = site.report("spaceenergycategory", spaceid=CAMPUS)["reporting_period"]
    assert period["qualities"] == [[1, 0, 8], [0, None, None]]
    assert period["estimated_shares"] == pytest.approx([6 / 71, 0])
    assert period["incomplete_shares"] == pytest.approx([2 / 71, 0])
    assert period["missing_shares"] == pytest.approx([0, 47 / 71])


def test_a_space_without_hours_has_every_array_empty(site: Site) -> None:
    answer = site.report("spaceenergycategory", spaceid=CELLAR, **FRIDAY)
    for period in (answer["base_period"], answer["reporting_period"]):
        assert {name for name, value in period.items() if isinstance(value, list) and value} == set()
    assert answer["reporting_period"]["total_in_kgce"] == 0
    assert answer["reporting_period"]["total_in_kgce_per_unit_area"] is None
    assert answer["child_space"]["subtotals_array"] == []
    assert answer["parameters"] == {"names": [], "timestamps": [], "values": []}


def test_what_is_not_known_is_null_under_v1_and_nothing_but_0_for_clients_of_myems(site: Site) -> None:
    """Gas was measured on Saturday alone; it has no tariff, and the buildings have none of it."""
    ours = site.report_v1("spaceenergycategory", spaceid=CAMPUS, **FRIDAY)
    period, base, child = ours["reporting_period"], ours["base_period"], ours["child_space"]
    assert child["subtotals_array"] == [[106.5, 35.5, None], [None, None, None]]
    assert child["subtotals_in_kgco2e_array"][1] == [None, None, None]
    assert (period["onpeaks"], period["offpeaks"], period["deeps"]) == ([96, None], [46, None], [0, None])
    # No hour of the Sunday, on which nobody works, is known of it.
    assert period["non_working_days_subtotals"] == [46, None]
    assert (period["non_working_days_total"], period["working_days_total"]) == (46, 120)
    assert (base["subtotals"], base["total_in_kgce"]) == ([48, None], pytest.approx(5.8992))
    assert period["increment_rates"] == [pytest.approx(94 / 48), None]
    theirs = site.report("spaceenergycategory", spaceid=CAMPUS, **FRIDAY)
    assert theirs["child_space"]["subtotals_array"] == [[106.5, 35.5, 0], [0, 0, 0]]
    assert theirs["reporting_period"]["non_working_days_subtotals"] == [46, 0]
    assert theirs["base_period"]["subtotals"] == [48, 0]


def test_sums_of_nothing_are_null_under_v1(site: Site) -> None:
    ours = site.report_v1("spaceenergycategory", spaceid=CELLAR)
    period = ours["reporting_period"]
    assert (period["total_in_kgce"], period["total_in_kgco2e"], period["working_days_total"]) == (None,) * 3
    assert ours["base_period"]["total_in_kgce"] is None
    blank = site.report_v1("spacecost", spaceid=CAMPUS)["base_period"]
    assert (blank["subtotals"], blank["total"]) == ([None], None)
    # The baseline ends on Saturday: of Monday alone no hour can be compared with it.
    monday = {"reportingperiodstartdatetime": "2025-03-31T00:00:00"}
    saving = site.report_v1("spacesaving", spaceid=CAMPUS, **monday)["reporting_period"]
    assert (saving["subtotals_saving"], saving["total_in_kgce_saving"]) == ([None], None)
    old = site.report("spacesaving", spaceid=CAMPUS, **monday)["reporting_period"]
    assert (old["subtotals_saving"], old["total_in_kgce_saving"]) == ([0], 0)


def test_an_end_on_a_boundary_adds_an_empty_bucket_only_for_old_clients(site: Site) -> None:
    end = {"reportingperiodenddatetime": "2025-04-01T00:00:00"}
    old = site.report("spaceenergycategory", spaceid=CAMPUS, **end)["reporting_period"]
    assert old["timestamps"][0][-1] == "2025-04-01"
    assert old["values"][1] == [24, 0, 0, 0]
    new = site.api.get("/v1/reports/spaceenergycategory", params=site.query(spaceid=CAMPUS, **end))
    assert new["reporting_period"]["timestamps"][0][-1] == "2025-03-31"
    assert new["reporting_period"]["values"][1] == [24, None, None]


def test_a_uuid_names_the_space_as_well(site: Site) -> None:
    assert site.report("spaceenergycategory", spaceuuid=CAMPUS_UUID)["space"]["id"] == CAMPUS


@pytest.mark.parametrize(
    ("query", "status", "key"),
    [
        ({}, 400, "API.INVALID_SPACE_ID"),
        ({"spaceid": "0"}, 400, "API.INVALID_SPACE_ID"),
        ({"spaceid": "x"}, 400, "API.INVALID_SPACE_ID"),
        ({"spaceuuid": "x"}, 400, "API.INVALID_SPACE_UUID"),
        ({"spaceid": "77"}, 404, "API.SPACE_NOT_FOUND"),
        ({"spaceuuid": str(uuid.uuid4())}, 404, "API.SPACE_NOT_FOUND"),
        ({"spaceid": "1", "periodtype": "decade"}, 400, "API.INVALID_PERIOD_TYPE"),
        ({"spaceid": "1", "periodtype": None}, 400, "API.INVALID_PERIOD_TYPE"),
        (
            {
                "spaceid": "1",
                "baseperiodstartdatetime": "soon",
                "baseperiodenddatetime": "2025-01-01T00:00:00",
            },
            400,
            "API.INVALID_BASE_PERIOD_START_DATETIME",
        ),
        (
            {"spaceid": "1", "reportingperiodstartdatetime": None},
            400,
            "API.INVALID_REPORTING_PERIOD_START_DATETIME",
        ),
        (
            {"spaceid": "1", "reportingperiodenddatetime": "2025-03-29"},
            400,
            "API.INVALID_REPORTING_PERIOD_END_DATETIME",
        ),
        (
            {"spaceid": "1", "reportingperiodenddatetime": "2025-03-28T00:00:00"},
            400,
            "API.INVALID_REPORTING_PERIOD_END_DATETIME",
        ),
        (
            {"spaceid": "1", "reportingperiodenddatetime": "2999-03-28T00:00:00"},
            400,
            "API.INVALID_REPORTING_PERIOD_END_DATETIME",
        ),
        ({"spaceid": "1", "timezone": "Mars/Olympus"}, 400, "API.INVALID_TIMEZONE"),
    ],
)
def test_a_request_that_is_not_understood_is_refused_with_the_key_of_its_fault(
    site: Site, query: dict[str, str], status: int, key: str
) -> None:
    assert site.refused("spaceenergycategory", **query) == (status, key)


def test_half_a_base_period_is_none_to_clients_of_myems_and_a_fault_under_v1(site: Site) -> None:
    half = site.query(spaceid="1", baseperiodstartdatetime="2025-01-01T00:00:00")
    assert site.api.get("/reports/spaceenergycategory", params=half)["base_period"]["values"] == [[], []]
    assert site.api.call("GET", "/v1/reports/spaceenergycategory", params=half).status_code == 422


def test_parameters_are_tariffs_and_good_readings(site: Site) -> None:
    found = site.report("spaceenergycategory", spaceid=CAMPUS, quickmode="false")["parameters"]
    assert found["names"] == ["Tariff-Electricity", "Tariff-Gas", "Temperature (°C)"]
    tariff, of_gas, readings = found["values"]
    assert of_gas == []
    # 7 hours of night, then day; a reading that was judged bad is not shown.
    assert tariff[6:8] == [0.1, 0.3]
    assert found["timestamps"][0][7] == "2025-03-29T07:00:00"
    assert len(tariff) == 71
    assert set(readings) == {20}
    assert len(readings) == 70


@pytest.fixture
def estimated(site: Site) -> Iterator[Site]:
    """The site, whose hall has estimates for the reading that was bad, for a good one, and for none."""
    rows = [
        (TEMPERATURE, START_UTC.replace(tzinfo=None) + timedelta(hours=hours), value, "interpolation")
        for hours, value in ((30, 20.5), (31, 55), (40.5, 21))
    ]
    with site.dbs.session("historical_db") as session:
        session.upsert(
            "tbl_estimated_readings", ("point_id", "utc_date_time", "actual_value", "method"), rows
        )
    yield site
    with site.dbs.session("historical_db") as session:
        session.execute("DELETE FROM tbl_estimated_readings")


def test_estimates_fill_the_gaps_of_a_curve_and_are_marked(estimated: Site) -> None:
    found = estimated.report_v1("spaceenergycategory", spaceid=CAMPUS, quickmode="false")["parameters"]
    of_tariff, _, marks = found["estimated"]
    values = dict(zip(found["timestamps"][2], zip(found["values"][2], marks, strict=True), strict=True))
    assert of_tariff == []
    assert values["2025-03-29T06:00:00"] == (20.5, True)
    assert values["2025-03-29T07:00:00"] == (20, False), "a good reading is never replaced"
    assert values["2025-03-29T16:30:00"] == (21, True)
    assert sum(marks) == 2
    query = estimated.query(spaceid=CAMPUS, quickmode="false")
    text = estimated.api.call("GET", "/v1/reports/spaceenergycategory.csv", params=query).text
    assert next(line for line in text.splitlines() if "estimated: Temperature" in line).startswith(
        "2025-03-29"
    )


def test_the_mean_of_many_readings_keeps_its_steps_and_estimates_fill_only_empty_ones(
    estimated: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_READINGS", 35)
    found = estimated.report_v1("spaceenergycategory", spaceid=CAMPUS, quickmode="false")["parameters"]
    # 71 hours in 35 steps of a little over two hours: the estimates share each of theirs with a good reading.
    assert "estimated" not in found
    assert set(found["values"][2]) == {20}
    # 70 readings and two estimates are more than 71: means of hours, of which that without a reading is estimated.
    monkeypatch.setattr(history, "MOST_READINGS", 71)
    found = estimated.report_v1("spaceenergycategory", spaceid=CAMPUS, quickmode="false")["parameters"]
    assert len(found["values"][2]) == 71
    marked = zip(found["values"][2], found["estimated"][2], strict=True)
    assert [pair for pair in marked if pair != (20, False)] == [(20.5, True)]


def test_the_workbook_holds_the_same_numbers_and_charts(site: Site) -> None:
    answer = site.report(
        "spaceenergycategory", spaceid=CAMPUS, quickmode="false", exportexcel="true", **FRIDAY
    )
    book = load_workbook(io.BytesIO(base64.b64decode(answer["excel_bytes_base64"])))
    first, details = book.worksheets[:2]
    cells = {cell.value for row in first.iter_rows() for cell in row if cell.value is not None}
    assert {"Energy by category", "Campus", 142, "East"} <= cells
    assert [cell.value for cell in details[5]][:2] == [datetime(2025, 3, 30), 46]
    assert len(first._charts) == 2
    assert len(details._charts) == 1


def test_a_file_is_made_only_when_wanted(site: Site) -> None:
    assert site.report("spaceenergycategory", spaceid=CAMPUS, quickmode="false")["excel_bytes_base64"] is None
    assert site.report("spacecost", spaceid=CAMPUS)["excel_bytes_base64"] is None
    assert site.report("spacecost", spaceid=CAMPUS, quickmode="false")["excel_bytes_base64"]


def test_cost_carbon_income_and_output_sum_their_own_tables(site: Site) -> None:
    cost = site.report("spacecost", spaceid=CAMPUS)["reporting_period"]
    assert (cost["subtotals"], cost["total"], cost["total_unit"]) == ([35.5], 35.5, "GBP")
    assert cost["onpeaks"] == [24]
    carbon = site.report("spacecarbon", spaceid=CAMPUS)["reporting_period"]
    assert (carbon["total"], carbon["units"]) == (pytest.approx(28.4), ["kgCO2e"])
    income = site.report("spaceincome", spaceid=CAMPUS, currency="EUR")["reporting_period"]
    assert (income["total"], income["total_unit"]) == (pytest.approx(7.1), "EUR")
    output = site.report("spaceoutput", spaceid=CAMPUS)["reporting_period"]
    assert output["subtotals"] == [35.5]


def test_items_have_their_category_beside_them(site: Site) -> None:
    period = site.report("spaceenergyitem", spaceid=CAMPUS)["reporting_period"]
    assert period["names"] == ["Lighting", "Cooling"]
    assert period["energy_category_names"] == ["Electricity", "Electricity"]
    assert period["subtotals"] == pytest.approx([85.2, 56.8])


def test_saving_counts_only_hours_that_have_a_baseline(site: Site) -> None:
    period = site.report("spacesaving", spaceid=CAMPUS)["reporting_period"]
    assert period["values_saving"] == [[12, 0, 0], [0, 0, 0]]
    assert period["subtotals_saving"] == [12, 0]
    assert period["total_in_kgco2e_saving"] == pytest.approx(2.4)


def test_plan_and_prediction(site: Site) -> None:
    plan = site.report("spaceplan", spaceid=CAMPUS)["reporting_period"]
    assert plan["subtotals_saving"][0] == -35.5
    prediction = site.report("spaceprediction", spaceid=CAMPUS)["reporting_period"]
    assert prediction["subtotals"] == [213]


def test_efficiency_is_output_per_input(site: Site) -> None:
    answer = site.report("spaceefficiency", spaceid=CAMPUS)
    found = answer["reporting_period_efficiency"]
    assert found["names"] == ["Electricity/Electricity", "Electricity/Gas"]
    assert found["values"][0] == [0.25, 0.25, 0.25]
    assert found["values"][1] == [0.5, None, None]
    assert found["cumulations"] == pytest.approx([0.25, 35.5 / 24])


def test_comparison_subtracts_bucket_by_bucket(site: Site) -> None:
    answer = site.report("spacecomparison", spaceid1=2, spaceid2=3, energycategoryid=1)
    assert answer["diff"] == {"values": [24, 23, 24], "total_in_category": 71}
    assert site.refused("spacecomparison", spaceid1=2, spaceid2=3, energycategoryid=9) == (
        404,
        "API.ENERGY_CATEGORY_NOT_FOUND",
    )


def test_a_manager_of_one_building_sees_that_building_only(site: Site) -> None:
    privilege = site.api.post("/privileges", {"name": "East", "data": f'{{"spaces": [{EAST}]}}'})
    expires = {
        "account_expiration_datetime": "2099-01-01T00:00:00",
        "password_expiration_datetime": "2099-01-01T00:00:00",
    }
    site.api.post(
        "/users",
        {
            "name": "manager",
            "display_name": "Manager",
            "email": "manager@example.com",
            "is_admin": False,
            "is_read_only": False,
            "privilege_id": privilege,
            "password": PASSWORD,
            **expires,
        },
    )
    manager = Site(site.api.sign_in("manager", PASSWORD), site.dbs)
    assert manager.report("spaceenergycategory", spaceid=EAST)["space"]["name"] == "East"
    assert manager.refused("spaceenergycategory", spaceid=CAMPUS) == (404, "API.SPACE_NOT_FOUND")
    assert manager.refused("meterenergy", meterid=3) == (404, "API.METER_NOT_FOUND")
    assert [line["id"] for line in manager.report("meterbatch", spaceid=EAST)["meters"]] == [2]
    assert manager.refused("meterbatch", spaceid=CAMPUS) == (404, "API.SPACE_NOT_FOUND")
    home = manager.report("dashboard", useruuid=manager.api.headers["USER-UUID"])
    assert home["space"]["name"] == "East"
    assert manager.refused("dashboard", useruuid=site.api.headers["USER-UUID"]) == (404, "API.USER_NOT_FOUND")
    assert manager.report("pointrealtime") == []
