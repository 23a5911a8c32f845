"""Values entered by hand, and the messages of a stored report."""

from __future__ import annotations

import pytest

from .conftest import Site

pytestmark = pytest.mark.db


def test_a_day_of_an_offline_meter_is_spread_over_its_23_hours_and_handed_on(site: Site) -> None:
    body = {"meter": 1, "value": [["2025-03-30", 23.1], ["2025-03-31", None]]}
    assert site.api.call("POST", "/reports/offlinemeterinput", body).status_code == 200
    with site.dbs.session("energy_db") as session:
        rows = session.rows(
            "SELECT start_datetime_utc, actual_value FROM tbl_offline_meter_hourly ORDER BY 1"
        )
        journal = session.rows(
            "SELECT kind, entity_kind, entity_id, from_utc, to_utc FROM tbl_change_journal ORDER BY kind"
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
    assert days == [
        {"monthdate": "2025-03-29", "daily_value": None},
        {"monthdate": "2025-03-30", "daily_value": 23.1},
        {"monthdate": "2025-03-31", "daily_value": None},
    ]


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
