"""Values entered by hand, live values and lists, and the messages of a stored report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from .conftest import EAST, ELECTRICITY, WEST, Site

pytestmark = pytest.mark.db


def test_a_day_of_an_offline_meter_is_spread_over_its_23_hours_and_handed_on(site: Site) -> None:
    body = {"meter": 1, "value": [["2025-03-30", 23.1], ["2025-03-31", None]]}
    # What is not known yet is left out; MyEMS refuses it.
    assert site.api.call("POST", "/reports/offlinemeterinput", body).status_code == 400
    assert site.api.call("POST", "/v1/reports/offlinemeterinput", body).status_code == 200
    with site.dbs.session("energy_db") as session:
        rows = session.rows(
            "SELECT start_datetime_utc, actual_value FROM tbl_offline_meter_hourly"
            " WHERE start_datetime_utc < '2025-03-30 23:00' ORDER BY 1"
        )
        journal = session.rows(
            "SELECT kind, entity_kind, entity_id, from_utc, to_utc FROM tbl_change_journal"
            " WHERE from_utc < '2025-03-30 23:00' ORDER BY kind"
        )
    assert len(rows) == 23
    assert float(sum(row[1] for row in rows)) == 23.1
    assert rows[0][0].isoformat() == "2025-03-30T00:00:00"
    assert [row[:3] for row in journal] == [
        ("aggregate", "offline_meter", 1),
        ("virtual", "offline_meter", 1),
    ]
    assert journal[0][4].isoformat() == "2025-03-30T23:00:00"
    days = site.report("offlinemeterdaily", offlinemeterid=1)
    assert days[:2] == [
        {"monthdate": "2025-03-29", "daily_value": None},
        {"monthdate": "2025-03-30", "daily_value": 23.1},
    ]
    assert [day["monthdate"] for day in days[2:]] == ["2025-03-31"]


def test_the_same_day_entered_again_replaces_it_and_equal_values_leave_no_trace(site: Site) -> None:
    body = {"meter": 1, "value": [["2025-03-31", 12]]}
    for _ in range(2):
        assert site.api.call("POST", "/reports/offlinemeterinput", body).status_code == 200
    with site.dbs.session("energy_db") as session:
        assert (
            session.scalar("SELECT COUNT(*) FROM tbl_change_journal WHERE from_utc >= '2025-03-30 23:00'")
            == 2
        )
    body["value"][0][1] = 24
    assert site.api.call("POST", "/reports/offlinemeterinput", body).status_code == 200
    days = site.report("offlinemeterdaily", offlinemeterid=1)
    assert days[2] == {"monthdate": "2025-03-31", "daily_value": 24}


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"meter": 1, "value": [["2025-03-30", 231]]}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 1, "value": [["2025-03-30", -1]]}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 1, "value": [["2025-03-30", True]]}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 1, "value": [["soon", 1]]}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 1, "value": "x"}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 1}, 400, "API.INVALID_OFFLINE_METER_VALUE"),
        ({"meter": 99, "value": []}, 404, "API.OFFLINE_METER_NOT_FOUND"),
        ({"meter": None, "value": []}, 400, "API.INVALID_OFFLINE_METER_ID"),
        ([], 400, "API.INVALID_JSON_FORMAT"),
    ],
)
def test_a_wrong_entry_is_refused_and_nothing_is_deleted(
    site: Site, body: object, status: int, key: str
) -> None:
    before = site.report("offlinemeterdaily", offlinemeterid=1)
    result = site.api.call("POST", "/reports/offlinemeterinput", body)
    assert (result.status_code, result.json["description"]) == (status, key)
    assert site.report("offlinemeterdaily", offlinemeterid=1) == before


def test_production_and_what_it_costs(site: Site) -> None:
    with site.dbs.session("production_db") as session:
        session.execute(
            "INSERT INTO tbl_products (id, name, uuid, unit_of_measure, tag, standard_product_coefficient)"
            " VALUES (1, 'Bread', 'p', 'pc', 'B', 1)"
        )
    body = {"spaceid": 1, "value": [["2025-03-29", 48], ["2025-03-30", 11.5]]}
    assert site.api.call("POST", "/reports/enterproduction", body).status_code == 200
    assert site.api.call("POST", "/reports/enterproduction", body).status_code == 200
    entered = site.report("enterproduction", spaceid=1, productid=1)
    assert [day["daily_value"] for day in entered] == [48, 11.5, None]
    answer = site.report("spaceproduction", spaceid=1, productid=1)
    assert answer["product"]["name"] == "Bread"
    assert answer["reporting_production"]["values"] == [48, 11.5, None]
    assert answer["reporting_production"]["rates"] == [None, None, None]
    assert answer["reporting_total_production"] == 59.5
    # Saturday: 24 hours of 0.50 for 48 loaves; Sunday: 23 for 11.5.
    assert answer["reporting_result_values"] == [[0.25, 1.0, None]]
    assert answer["reporting_period"]["total_in_kgco2e_per_prodution"] == pytest.approx(32.72 / 59.5)
    # Against Thursday to Saturday: 0 for a change where nothing was made; days, whatever the periods of the energy.
    before = {
        "baseperiodstartdatetime": "2025-03-27T00:00:00",
        "baseperiodenddatetime": "2025-03-29T23:59:59",
    }
    again = {"spaceid": 1, "value": [["2025-03-27", "24"]]}
    assert site.api.call("POST", "/reports/enterproduction", again).status_code == 200
    for period_type in ("daily", "monthly"):
        made = site.report("spaceproduction", spaceid=1, productid=1, periodtype=period_type, **before)
        assert made["base_production"]["values"] == [24, None, 48]
        assert made["reporting_production"]["rates"] == [1, 0, 0]
    end = {"reportingperiodenddatetime": "2025-04-01T00:00:00"}
    days = site.report("enterproduction", spaceid=1, productid=1, **end)
    assert [day["monthdate"][-5:] for day in days] == ["03-29", "03-30", "03-31", "04-01"]
    assert site.refused("spaceproduction", spaceid=1, productid=9) == (404, "API.PRODUCT_NOT_FOUND")


def _planned(site: Site, table: str, where: str) -> list[float]:
    with site.dbs.session("energy_plan_db") as session:
        rows = session.rows(f"SELECT actual_value FROM {table} WHERE {where} ORDER BY start_datetime_utc")
    return [float(row[0]) for row in rows]


def test_a_target_is_spread_over_its_hours_and_the_plan_report_compares_with_it(site: Site) -> None:
    # A Sunday of 23 hours and a Monday, evenly, as there is no baseline; then the Sunday anew.
    body = {
        "kind": "space",
        "id": WEST,
        "energycategoryid": 1,
        "value": [["2025-03-31", 24.0], ["2025-03-30", 10.0]],
    }
    assert site.api.call("POST", "/v1/reports/planinput", body).status_code == 200
    again = {**body, "value": [["2025-03-30", 23.0]]}
    assert site.api.call("POST", "/v1/reports/planinput", again).status_code == 200
    planned = _planned(site, "tbl_space_input_category_hourly", f"space_id = {WEST}")
    assert planned == [1.0] * 47
    # West takes 0.5 an hour.
    period = site.report("spaceplan", spaceid=WEST)["reporting_period"]
    assert period["values_saving"] == [[0, 11.5, 12]]
    assert period["subtotals_saving"] == [23.5]


def test_a_target_has_the_shape_of_the_baseline_and_leaves_other_categories_alone(site: Site) -> None:
    keys = {"space_id": EAST, "energy_category_id": 1}
    table = "tbl_space_input_category_hourly"
    first = datetime(2025, 4, 30, 23, tzinfo=UTC)  # the first of May in London
    site.hours("energy_baseline_db", table, keys, [3.0] * 6 + [1.0] * 738, first)
    site.hours("energy_plan_db", table, {**keys, "energy_category_id": 2}, [7.0] * 744, first)
    body = {"kind": "space", "id": EAST, "energycategoryid": 1, "value": [["2025-05", 1512.0]]}
    assert site.api.call("POST", "/v1/reports/planinput", body).status_code == 200
    of_east = f"space_id = {EAST} AND start_datetime_utc >= '2025-04-30 23:00'"
    planned = _planned(site, table, f"{of_east} AND energy_category_id = 1")
    # 6 hours of 3 and 738 of 1 are 756 shares of 2.
    assert planned == [6.0] * 6 + [2.0] * 738
    assert _planned(site, table, f"{of_east} AND energy_category_id = 2") == [7.0] * 744


def test_a_target_of_a_meter_needs_no_category(site: Site) -> None:
    body = {"kind": "meter", "id": 1, "value": [["2025-03-31", 100]]}
    assert site.api.call("POST", "/v1/reports/planinput", body).status_code == 200
    assert sum(_planned(site, "tbl_meter_hourly", "meter_id = 1")) == pytest.approx(100, abs=1e-9)
    assert site.report("meterplan", meterid=1)["reporting_period"]["total_in_category_saving"] == 28


@pytest.mark.parametrize(
    ("changed", "status", "key"),
    [
        ({"kind": "castle"}, 400, "API.INVALID_ENTITY"),
        ({"kind": ["space"]}, 400, "API.INVALID_ENTITY"),
        ({"id": 99}, 404, "API.SPACE_NOT_FOUND"),
        ({"id": "x"}, 400, "API.INVALID_SPACE_ID"),
        ({"energycategoryid": 9}, 404, "API.ENERGY_CATEGORY_NOT_FOUND"),
        ({"energycategoryid": None}, 400, "API.INVALID_ENERGY_CATEGORY_ID"),
        ({"value": []}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["2025-13", 1]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["2025-02-30", 1]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["9999-12-31", 1]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["2025-03", -1]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["2025-03", True]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [["2025-03", 1], ["2025-03-05", 1]]}, 400, "API.INVALID_PLAN_VALUE"),
        ({"value": [[f"{year}-01", 1] for year in range(1800, 2000)]}, 400, "API.INVALID_PLAN_VALUE"),
    ],
)
def test_a_wrong_target_is_refused(site: Site, changed: dict[str, object], status: int, key: str) -> None:
    body = {"kind": "space", "id": 1, "energycategoryid": 1, "value": [["2025-03-31", 24.0]], **changed}
    result = site.api.call("POST", "/reports/planinput", body)
    assert (result.status_code, result.json["description"]) == (status, key)


@pytest.fixture(scope="module")
def live_site(site: Site) -> Site:
    """The site with points heard of five, forty and ninety minutes ago, on two circuits."""
    with site.dbs.session("system_db") as session:
        for statement in _CIRCUITS:
            session.execute(statement)
    now = datetime.now(UTC).replace(tzinfo=None)
    latest = {
        "tbl_analog_value_latest": ((21, 1.5, 5), (22, 2.5, 40), (23, 3.5, 90)),
        "tbl_energy_value_latest": ((20, 100.0, 5),),
    }
    with site.dbs.session("historical_db") as session:
        for table, rows in latest.items():
            found = [(key, now - timedelta(minutes=minutes), value) for key, value, minutes in rows]
            session.upsert(table, ("point_id", "utc_date_time", "actual_value"), found)
            session.upsert(
                table.removesuffix("_latest"),
                ("point_id", "utc_date_time", "actual_value", "is_bad"),
                [(*row, 0) for row in found],
            )
    return site


_POINT = "(id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend, address)"
_CIRCUITS = (
    f"INSERT INTO tbl_points {_POINT} VALUES (20, 'Counter', 3, 'ENERGY_VALUE', 'kWh', 1e12, 0, 1, '{{}}'),"
    " (21, 'Zeta', 3, 'ANALOG_VALUE', 'A', 100, 0, 1, '{}'), (22, 'Alpha', 3, 'ANALOG_VALUE', 'A', 100, 0, 1, '{}'),"
    " (23, 'Late', 4, 'ANALOG_VALUE', 'A', 100, 0, 1, '{}')",
    "INSERT INTO tbl_distribution_systems (id, name, uuid, svg_id) VALUES (1, 'Board', 'd', 1)",
    "INSERT INTO tbl_distribution_circuits (id, name, uuid, distribution_system_id, distribution_room, switchgear)"
    " VALUES (1, 'Second', 'c1', 1, 'R', 'S'), (2, 'First', 'c2', 1, 'R', 'S')",
    "INSERT INTO tbl_distribution_circuits_points (distribution_circuit_id, point_id) VALUES (1, 21), (1, 22)",
    "INSERT INTO tbl_sensors (id, name, uuid) VALUES (2, 'Shaft', 'sh')",
    "INSERT INTO tbl_sensors_points (sensor_id, point_id) VALUES (2, 20), (2, 21)",
    "INSERT INTO tbl_meters_points (meter_id, point_id) VALUES (2, 20), (2, 21)",
)


def test_points_now_are_those_heard_of_within_the_hour_analog_ones_first(live_site: Site) -> None:
    shown = [{"point_id": 21, "value": 1.5}, {"point_id": 22, "value": 2.5}, {"point_id": 20, "value": 100}]
    assert live_site.report("pointrealtime") == shown
    assert live_site.report("pointrealtime", data_source_ids="3,x") == shown
    assert live_site.report("pointrealtime", data_source_ids="4") == []
    refused = (400, "API.INVALID_DATA_SOURCE_ID")
    assert live_site.refused("pointrealtime", data_source_ids="x") == refused
    ours = live_site.api.call("GET", "/v1/reports/pointrealtime", params={"data_source_ids": "3,x"})
    assert ours.status_code == 422


def test_circuits_and_their_points_stand_by_name_and_a_value_of_half_an_hour_is_none(live_site: Site) -> None:
    first, second = live_site.report("distributionsystem", distributionsystemid=1)
    assert (first["name"], first["points"], second["name"]) == ("First", [], "Second")
    shown = [(point["name"], point["value"]) for point in second["points"]]
    assert shown == [("Alpha", None), ("Zeta", 1.5)]


def test_registers_stand_apart_from_what_else_a_sensor_or_meter_measures(live_site: Site) -> None:
    answer = live_site.report("spaceenvironmentmonitor", sensorid=2, quickmode="false", timerange="soon")
    assert (answer["time_range"], answer["energy_value"]["name"]) == ("1h", "Counter (kWh)")
    assert (answer["energy_value"]["values"], answer["parameters"]["names"]) == ([100], ["Zeta (A)"])
    assert live_site.report("spaceenvironmentmonitor", sensorid=2)["parameters"]["names"] == []
    query = {"sensorid": 2, "timerange": "7d"}
    ours = live_site.api.get("/v1/reports/spaceenvironmentmonitor", params=query)
    assert ours["parameters"]["names"] == ["Counter (kWh)", "Zeta (A)"]
    soon = live_site.api.call(
        "GET", "/v1/reports/spaceenvironmentmonitor", params={**query, "timerange": "soon"}
    )
    assert soon.status_code == 422
    for quick, names in (("true", ["Counter (kWh)"]), ("false", ["Counter (kWh)", "Zeta (A)"])):
        trend = live_site.report("metertrend", meterid=2, quickmode=quick)
        assert trend["reporting_period"]["names"] == names
    assert live_site.report("meterrealtime", meterid=2)["energy_value"]["values"] == []
    assert live_site.report("meterrealtime", meterid=2, quickmode="false")["energy_value"]["values"] == [100]


def test_lists_of_meters_tell_the_spaces_above(site: Site) -> None:
    lines = site.report("meterdashboard", spaceid=1, energyCategory=ELECTRICITY)["meters"]
    assert [line["space_name"] for line in lines] == ["Campus", "Campus/East", "Campus/West"]
    (equipment,) = site.report("equipmenttracking", spaceid=3)["equipments"]
    assert equipment["space_name"] == "Campus/West"
    assert site.report_v1("equipmenttracking", spaceid=3)["equipments"][0]["space_name"] == "West"


def test_stored_reports_are_listed_read_and_deleted(site: Site) -> None:
    with site.dbs.session("reporting_db") as session:
        session.execute(
            "INSERT INTO tbl_reports_files (id, uuid, create_datetime_utc, file_name, file_type, file_object)"
            " VALUES (5, 'u', '2025-03-30 12:00:00', 'march.xlsx', 'xlsx', 'abc')"
        )
    (listed,) = site.report("advancedreports")
    assert (listed["file_size_bytes"], listed["file_bytes_base64"]) == (3, "YWJj")
    assert listed["create_datetime_local"] == "2025-03-30T13:00:00"
    assert site.api.get("/reports/advancedreports/5")["file_name"] == "march.xlsx"
    assert site.api.call("DELETE", "/reports/advancedreports/5").status_code == 204
    assert site.api.call("DELETE", "/reports/advancedreports/5").status_code == 404
