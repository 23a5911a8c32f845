"""Values entered by hand, and the messages of a stored report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from .conftest import EAST, WEST, Site

pytestmark = pytest.mark.db


def test_a_day_of_an_offline_meter_is_spread_over_its_23_hours_and_handed_on(site: Site) -> None:
    body = {"meter": 1, "value": [["2025-03-30", 23.1], ["2025-03-31", None]]}
    assert site.api.call("POST", "/reports/offlinemeterinput", body).status_code == 200
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
    assert answer["reporting_production"]["values"] == [48, 11.5, 0]
    assert answer["reporting_total_production"] == 59.5
    # Saturday: 24 hours of 0.50 for 48 loaves; Sunday: 23 for 11.5.
    assert answer["reporting_result_values"] == [[0.25, 1.0, None]]
    assert answer["reporting_period"]["total_in_kgco2e_per_prodution"] == pytest.approx(32.72 / 59.5)
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
