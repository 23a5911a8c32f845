"""Reports of everything but spaces, and of spaces of a special kind; numbers worked out by hand."""

from __future__ import annotations

import base64
import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from ems_api.reports import site as surroundings
from openpyxl import load_workbook

from .conftest import EAST, FRIDAY, MAIN_UUID, START_UTC, Site

pytestmark = pytest.mark.db


def test_load_is_average_and_maximum_of_the_hours(site: Site) -> None:
    period = site.report("equipmentload", equipmentid=1)["reporting_period"]
    # Saturday has the values 0 to 23; Sunday, an hour shorter, 0 to 22; Monday 23, then 0 to 22.
    assert period["sub_averages"] == [[11.5, 11, 11.5]]
    assert period["sub_maximums"] == [[23, 22, 23]]
    total = 276 + 253 + 276
    assert period["averages"] == pytest.approx([total / 71])
    assert period["maximums"] == [23]
    assert period["factors"] == pytest.approx([total / 71 / 23])
    assert period["maximum_timestamps"] == ["2025-03-29T23:00:00"]
    assert period["rates_of_sub_maximums"] == [[None, None, None]]


def test_load_of_a_shop_floor_has_the_changes_that_the_original_forgets(site: Site) -> None:
    site.hours(
        "energy_db",
        "tbl_shopfloor_input_category_hourly",
        {"shopfloor_id": 1, "energy_category_id": 1},
        [4.0] * 24 + [6.0] * 96,
    )
    with site.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_shopfloors (id, name, uuid, area, is_input_counted, cost_center_id)"
            " VALUES (1, 'Press', 'sf', 50, 1, 1)"
        )
    period = site.report("shopfloorload", shopfloorid=1, **FRIDAY)["reporting_period"]
    assert period["averages_increment_rate"] == [0.5]
    assert period["averages_per_unit_area"] == pytest.approx([6 / 50])


def test_statistics_of_the_daily_sums(site: Site) -> None:
    period = site.report("equipmentstatistics", equipmentid=1)["reporting_period"]
    assert period["values"] == [[276, 253, 276]]
    assert period["means"] == pytest.approx([805 / 3])
    assert period["medians"] == [276]
    assert (period["minimums"], period["maximums"]) == ([253], [276])
    # Deviations from 268.333: 7.667, -15.333, 7.667; their squares over two.
    assert period["variances"] == pytest.approx([(2 * 7.666667**2 + 15.333333**2) / 2])
    assert period["stdevs"] == pytest.approx([13.279056], rel=1e-6)


def test_a_day_without_value_counts_as_nothing_for_clients_of_myems_and_not_at_all_under_v1(
    site: Site,
) -> None:
    # Gas was burnt on Saturday alone, 24 kWh; MyEMS adds a day of nothing for an end that lies on a boundary.
    query = {"spaceid": 1, "reportingperiodenddatetime": "2025-04-01T00:00:00"}
    myems = site.report("spacestatistics", **query)["reporting_period"]
    assert (myems["values"][1], myems["means"][1], myems["minimums"][1]) == ([24, 0, 0, 0], 6, 0)
    # Deviations from 6: 18 once and -6 three times.
    assert myems["variances"][1] == pytest.approx((18**2 + 3 * 6**2) / 3)
    ours = site.api.get("/v1/reports/spacestatistics", params=site.query(**query))["reporting_period"]
    assert (ours["values"][1], ours["means"][1], ours["minimums"][1]) == ([24, None, None], 24, 24)
    assert ours["variances"][1] is None


def test_statistics_under_v1_are_of_days_that_are_whole_and_over(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From Saturday noon on: 12 to 23 are 210. Sunday, an hour shorter, has 253, Monday 276.
    query = {"equipmentid": 1, "reportingperiodstartdatetime": "2025-03-29T12:00:00"}
    names = ("means", "medians", "minimums", "maximums")
    period = site.report_v1("equipmentstatistics", **query)["reporting_period"]
    assert (period["values"], period["subtotals"]) == ([[210, 253, 276]], [739])
    assert [period[name] for name in names] == [[264.5], [264.5], [253], [276]]
    assert period["variances"] == pytest.approx([2 * 11.5**2])
    myems = site.report("equipmentstatistics", **query)["reporting_period"]
    assert (myems["minimums"], myems["means"]) == ([210], pytest.approx([739 / 3]))
    # At noon of Monday, which is summer time, that day is not over: no smallest day, whatever it has so far.
    monkeypatch.setattr(surroundings, "utc_now", lambda: datetime(2025, 3, 31, 11, tzinfo=UTC))
    running = site.report_v1("equipmentstatistics", equipmentid=1)["reporting_period"]
    assert running["values"] == [[276, 253, 276]]
    assert [running[name] for name in names] == [[264.5], [264.5], [253], [276]]
    # Of a month that is not over there is nothing better than what it has.
    month = site.report_v1("equipmentstatistics", equipmentid=1, periodtype="monthly")["reporting_period"]
    assert (month["means"], month["minimums"]) == ([805], [805])


def test_statistics_of_a_single_bucket_have_no_deviation_and_do_not_fail(site: Site) -> None:
    answer = site.report("equipmentstatistics", equipmentid=1, periodtype="monthly", **FRIDAY)
    period = answer["reporting_period"]
    assert period["means"] == [805]
    assert period["stdevs"] == period["variances"] == [None]
    assert period["stdevs_increment_rate"] == [None]
    # Friday has the values 0 to 23 once.
    assert period["means_increment_rate"] == pytest.approx([(805 - 276) / 276])


def test_fractions_of_equipment_are_quotients_of_meters(site: Site) -> None:
    answer = site.report("equipmentefficiency", equipmentid=1, **FRIDAY)
    found = answer["reporting_period_efficiency"]
    assert (found["names"], found["units"]) == (["Share"], ["kWh/kWh"])
    assert (found["numerator_names"], found["denominator_names"]) == (["Sub A"], ["Main"])
    assert found["numerator_values"] == [[24, 23, 24]]
    assert found["values"][0] == pytest.approx([1 / 3] * 3)
    assert found["cumulations"] == pytest.approx([1 / 3])
    assert found["increment_rates"] == pytest.approx([0], abs=1e-12)
    assert answer["equipment"]["efficiency_indicator"] == 3


def test_combined_equipment_shows_its_equipment(site: Site) -> None:
    answer = site.report("combinedequipmentenergycategory", combinedequipmentid=1)
    assert answer["associated_equipment"]["associated_equipment_names_array"] == [["Chiller"]]
    assert answer["associated_equipment"]["subtotals_array"] == [[805]]
    (member,) = answer["associated_report_period_list"]
    assert member["associated_equipment_name"] == "Chiller"
    assert member["values"] == [[276, 253, 276]]


def test_a_meter_by_key_or_uuid_has_single_arrays(site: Site) -> None:
    for name in ({"meterid": 1}, {"meteruuid": MAIN_UUID}):
        answer = site.report("meterenergy", **name, **FRIDAY)
        period = answer["reporting_period"]
        assert answer["meter"]["name"] == "Main"
        assert period["timestamps"] == ["2025-03-29", "2025-03-30", "2025-03-31"]
        assert period["values"] == [72, 69, 72]
        assert period["total_in_category"] == 213
        assert period["total_in_kgco2e"] == pytest.approx(42.6)
        assert (period["onpeak"], period["offpeak"]) == (144, 69)
        assert period["increment_rate"] == pytest.approx((213 - 72) / 72)


def test_cost_of_a_meter_has_its_coal_from_the_energy_behind_it(site: Site) -> None:
    answer = site.report("metercost", meterid=1)
    assert answer["meter"]["unit_of_measure"] == "GBP"
    assert answer["reporting_period"]["total_in_category"] == pytest.approx(42.6)
    assert answer["reporting_period"]["total_in_kgce"] == pytest.approx(213 * 0.1229)


def test_gas_beside_the_carbon_of_a_meter(site: Site) -> None:
    # No carbon was stored: MyEMS has that of 213 kWh at 0.2 kg nevertheless, under /v1 it is not known.
    answer = site.report("metercarbon", meterid=1)["reporting_period"]
    assert (answer["total_in_category"], answer["total_in_kgco2e"]) == (0, pytest.approx(42.6))
    ours = site.report_v1("metercarbon", meterid=1)["reporting_period"]
    assert (ours["total_in_category"], ours["total_in_kgco2e"]) == (None, None)


def test_a_meter_without_hours_has_zeros_and_empty_quality(site: Site) -> None:
    period = site.report("offlinemeterenergy", offlinemeterid=1)["reporting_period"]
    assert period["values"] == [0, 0, 0]
    assert period["qualities"] == [None, None, None]
    assert period["missing_share"] == 1


def test_a_meter_without_hours_has_no_total_under_v1(site: Site) -> None:
    ours = site.report_v1("offlinemeterenergy", offlinemeterid=1, **FRIDAY)
    period = ours["reporting_period"]
    figures = ("total_in_category", "total_in_kgce", "total_in_kgco2e", "onpeak", "offpeak", "increment_rate")
    assert [period[name] for name in figures] == [None] * len(figures)
    assert ours["base_period"]["total_in_category"] is None
    # The campus burnt gas on Saturday; of its eastern building nobody knows.
    pair = {"spaceid1": 1, "spaceid2": EAST, "energycategoryid": 2}
    sides = site.report_v1("spacecomparison", **pair)
    assert sides["reporting_period2"]["total_in_category"] is None
    assert (sides["diff"]["values"], sides["diff"]["total_in_category"]) == ([None] * 3, None)
    theirs = site.report("spacecomparison", **pair)
    assert (theirs["diff"]["values"], theirs["diff"]["total_in_category"]) == ([24, 0, 0], 24)


def test_dashboards_and_bills_tell_nothing_from_0_under_v1(site: Site) -> None:
    # The bakery's energy is known of those days, its cost too; a fortnight later neither is.
    later = {
        "reportingperiodstartdatetime": "2025-04-14T00:00:00",
        "reportingperiodenddatetime": "2025-04-14T23:59:59",
    }
    user = {"useruuid": site.api.headers["USER-UUID"]}
    for query, shown in (({}, 71), (later, None)):
        (line,) = site.report_v1("tenantdashboard", **user, **query)["tenants"]
        assert line["total_energy"] == shown
        (top,) = site.report_v1("tenantdashboard", **user, **query)["top_tenants"]
        assert top["total_energy"] == shown
    assert site.report("tenantdashboard", **user, **later)["tenants"][0]["total_energy"] == 0
    ours, theirs = (ask("tenantbill", tenantid=1, **later) for ask in (site.report_v1, site.report))
    for name in ("total_cost", "provisional_share"):
        assert (ours["reporting_period"][name], theirs["reporting_period"][name]) == (None, 0)
    home = site.report_v1("dashboard", **user)
    assert home["reporting_period_cost"]["names"] == ["Electricity", "Gas"]
    assert home["reporting_period_cost"]["subtotals"] == [pytest.approx(35.5), None]
    assert home["child_space_input"]["subtotals_array"] == [[[106.5], [35.5], [None]], [[None]] * 3]
    old = site.report("dashboard", **user)
    assert old["child_space_input"]["subtotals_array"] == [[[106.5], [35.5], [0]], [[0]] * 3]


def test_a_balance_without_hours_has_no_difference_under_v1(site: Site) -> None:
    later = {
        "reportingperiodstartdatetime": "2025-04-14T00:00:00",
        "reportingperiodenddatetime": "2025-04-14T23:59:59",
    }
    ours = site.report_v1("metersubmetersbalance", meterid=1, **later)["reporting_period"]
    theirs = site.report("metersubmetersbalance", meterid=1, **later)["reporting_period"]
    for name in ("master_meter_consumption_in_category", "difference_in_category", "percentage_difference"):
        assert (ours[name], theirs[name]) == (None, 0)
    assert (ours["difference_values"], theirs["difference_values"]) == ([None], [0])


def test_balance_is_what_no_submeter_counted(site: Site) -> None:
    period = site.report("metersubmetersbalance", meterid=1)["reporting_period"]
    assert period["master_meter_consumption_in_category"] == 213
    assert period["submeters_consumption_in_category"] == 177.5
    assert period["difference_in_category"] == 35.5
    assert period["percentage_difference"] == pytest.approx(35.5 / 213)
    assert period["difference_values"] == [12, 11.5, 12]
    beside = site.report("metersubmetersbalance", meterid=1)["parameters"]
    assert beside["names"] == ["Main", "Sub A", "Sub B"]
    assert beside["timestamps"][2] == period["timestamps"]
    assert beside["values"] == [[72, 69, 72], [24, 23, 24], [36, 34.5, 36]]


def test_submeters_without_their_master_are_a_balance_of_minus_one(site: Site) -> None:
    before = {
        "reportingperiodstartdatetime": "2025-03-25T00:00:00",
        "reportingperiodenddatetime": "2025-03-25T23:59:59",
    }
    site.hours("energy_db", "tbl_meter_hourly", {"meter_id": 3}, [1.0] * 24, START_UTC - timedelta(days=3))
    period = site.report("metersubmetersbalance", meterid=1, **before)["reporting_period"]
    assert (period["difference_in_category"], period["percentage_difference"]) == (-24, -1)
    assert period["difference_values"] == [-24]


def test_tracking_reads_the_registers_at_the_ends(site: Site) -> None:
    answer = site.report("metertracking", spaceid=1, energyCategory="all")
    found = {line["meter_name"]: line for line in answer["meters"]}
    # Hour 24 of the register, 100 + 3 n, at midnight; the last quarter of an hour has no reading.
    assert found["Main"]["start_value"] == 172
    assert (found["Main"]["end_value"], found["Main"]["difference_value"]) == (None, None)
    assert found["Sub A"]["start_value"] is None
    rates = [answer[f"{name}_integrity_rate"] for name in ("start", "end", "full")]
    assert rates == [pytest.approx(1 / 3), 0, 0]
    # Under /v1 a register may be as old as a slot of the site: hour 94.
    query = site.query(spaceid=1, energyCategory="all")
    main = site.api.get("/v1/reports/metertracking", params=query)["meters"][0]
    assert (main["start_value"], main["end_value"], main["difference_value"]) == (172, 382, 210)
    short = {"reportingperiodenddatetime": "2025-03-29T00:15:00"}
    assert site.refused("metertracking", spaceid=1, energyCategory="all", **short) == (
        400,
        "API.THE_REPORTING_PERIOD_MUST_BE_LONGER_THAN_15_MINUTES",
    )
    assert site.report("metertracking", spaceid=1, energyCategory="2")["meters"] == []
    assert site.report("metertracking", spaceid=1, energycategoryid="1")["meters"]


def test_batches_list_all_below_the_space(site: Site) -> None:
    answer = site.report("equipmentbatch", spaceid=1)
    assert answer["equipments"][0]["values"] == [805]
    assert answer["equipments"][0]["space_name"] == "West"
    tenants = site.report("tenantbatch", spaceid=1)["tenants"]
    assert (tenants[0]["values"], tenants[0]["cost"]) == ([71], 17.75)
    meters = site.report("meterbatch", spaceid=1)
    assert meters["date_list"] == ["2025-03-29", "2025-03-30", "2025-03-31"]
    assert [line["subtotal"] for line in meters["meters"]] == [213, 71, 106.5]
    assert meters["meters"][0]["daily_values"][1] == {"date": "2025-03-30", "value": 69}
    assert site.report("storebatch", spaceid=1)["stores"] == []


def test_a_bill_has_energy_and_cost_and_always_its_workbook(site: Site) -> None:
    answer = site.report("tenantbill", tenantid=1)
    assert answer["tenant"]["lease_number"] == "L-5"
    assert answer["tenant"]["email"] == "ann@example.com"
    period = answer["reporting_period"]
    assert (period["subtotals_input"], period["subtotals_cost"], period["total_cost"]) == (
        [71],
        [17.75],
        17.75,
    )
    prices = answer["parameters"]
    assert prices["names"] == ["Tariff-Electricity"]
    assert (prices["timestamps"][0][6:8], prices["values"][0][6:8]) == (
        ["2025-03-29T06:00:00", "2025-03-29T07:00:00"],
        [0.1, 0.3],
    )
    book = load_workbook(io.BytesIO(base64.b64decode(answer["excel_bytes_base64"])))
    cells = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    assert {"Bill", "Bakery", 17.75} <= cells


def test_a_flow_diagram_has_the_energy_of_its_meters(site: Site) -> None:
    answer = site.report("energyflowdiagram", energyflowdiagramid=1)
    assert answer["links"] == [{"source": "Grid", "target": "Hall", "value": 213}]
    assert answer["nodes"] == [{"name": "Grid"}, {"name": "Hall"}]
    refused = site.refused("energyflowdiagram", energyflowdiagramid=5)
    assert refused == (404, "API.ENERGY_FLOW_DIAGRAM_NOT_FOUND")


def test_the_home_dashboard_is_monthly_and_names_sensors_rightly(site: Site) -> None:
    answer = site.report("dashboard", useruuid=site.api.headers["USER-UUID"])
    period = answer["reporting_period_input"]
    assert period["timestamps"][0] == ["2025-03"]
    assert period["values"][0] == [142]
    assert period["this_month_total_in_kgco2e"] == pytest.approx(32.72)
    assert answer["child_space_input"]["subtotals_array"][0] == [[106.5], [35.5], [0]]
    # What has no price is there with nothing, so that arrays of energy and cost go together.
    cost = answer["reporting_period_cost"]
    assert (cost["names"], cost["units"]) == (["Electricity", "Gas"], ["GBP", "GBP"])
    assert (cost["subtotals"], cost["values"], cost["total"]) == ([35.5, 0], [[35.5], [0]], 35.5)
    assert answer["child_space_cost"]["energy_category_names"] == ["Electricity", "Gas"]
    sensor = answer["sensor"]["1"]
    assert (sensor["name"], sensor["uuid"]) == ("Hall", "h")
    assert answer["point"] == {"2": 21.5}


def test_the_home_dashboard_compares_its_last_month_with_the_base_period(site: Site) -> None:
    # 28 to 31 March are 95 hours, 1 April until noon 12; the base period is Friday 28 March, 24 hours of 2 kWh.
    query = {
        "useruuid": site.api.headers["USER-UUID"],
        "reportingperiodstartdatetime": "2025-03-28T00:00:00",
        "reportingperiodenddatetime": "2025-04-01T11:59:59",
        **FRIDAY,
    }
    period = site.report("dashboard", **query)["reporting_period_input"]
    assert period["values"][0] == [190, 24]
    assert period["subtotals"] == [24, 0]
    assert period["increment_rates"] == [-0.5, None]
    assert period["this_month_total_in_kgco2e"] == pytest.approx(24 * 0.2)
    assert period["this_month_increment_rate_in_kgco2e"] == pytest.approx(-0.5)
    assert period["total_in_kgco2e"] == pytest.approx(214 * 0.2 + 24 * 0.18)
    ours = site.api.get("/v1/reports/dashboard", params=site.query(**query))["reporting_period_input"]
    assert ours["subtotals"] == [214, 24]
    assert ours["increment_rates"][0] == pytest.approx((214 - 48) / 48)


def test_dashboards_of_entities_add_them_up(site: Site) -> None:
    answer = site.report("tenantdashboard", useruuid=site.api.headers["USER-UUID"])
    assert answer["summary"]["total_tenants"] == 1
    assert answer["tenants"][0]["energy_by_category"] == {"Electricity": 71}
    assert answer["reporting_period_input"]["values"] == [[24, 23, 24]]
    assert answer["reporting_period_cost"]["subtotals"] == [17.75]
    # Equipment has energy and no cost: the category is there, with nothing.
    machines = site.report("equipmentdashboard", useruuid=site.api.headers["USER-UUID"])
    cost = machines["reporting_period_cost"]
    assert (cost["names"], cost["units"], cost["subtotals"]) == (["Electricity"], ["GBP"], [0])
    assert machines["equipments"][0]["cost_by_category"] == {}
    assert (machines["equipments"][0]["total_output"], machines["equipments"][0]["efficiency"]) == (0, None)
    refused = site.refused("storedashboard", useruuid=site.api.headers["USER-UUID"])
    assert refused == (404, "API.STORE_NOT_FOUND")


def test_files_are_served_under_v1(site: Site) -> None:
    query = site.query(spaceid=EAST)
    sheet = site.api.call("GET", "/v1/reports/spaceenergycategory.xlsx", params=query)
    assert sheet.status_code == 200
    assert sheet.headers["content-disposition"].startswith('attachment; filename="space-2-energycategory-')
    assert load_workbook(io.BytesIO(sheet.content)).worksheets
    table = site.api.call("GET", "/v1/reports/spaceenergycategory.csv", params={**query, "language": "de"})
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0] == ["Energie nach Energieart", "East"]
    assert ["2025-03-30", "34.5"] in rows
    for form, start in (("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("svg", b"<svg")):
        made = site.api.call("GET", f"/v1/reports/spaceenergycategory.{form}", params=query)
        assert made.content.startswith(start)
    assert site.api.call("GET", "/v1/reports/spaceenergycategory.exe", params=query).status_code == 404
    assert site.api.call("GET", "/v1/reports/nothing.csv", params=query).status_code == 404
    assert site.api.call("GET", "/v1/reports/pointrealtime.csv", params=query).status_code == 404
