"""The resource engine on a real database: what the contract's walk does not see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ems_api.testing import Api
from ems_common.drivers.registry import PROTOCOLS

pytestmark = pytest.mark.db


def space(name: str, **more: Any) -> dict[str, Any]:
    data = {"name": name, "parent_space_id": 1, "area": 120.5, "number_of_occupants": 12, "timezone_id": 1}
    return {**data, "is_input_counted": True, "is_output_counted": False, **more}


def journal(api: Api) -> list[tuple[str, str, int]]:
    """Stage, kind and key of the journal's rows, which are then removed."""
    with api.services.dbs.session("system_db") as session:
        rows = session.rows("SELECT kind, entity_kind, entity_id FROM tbl_change_journal ORDER BY id")
        session.execute("DELETE FROM tbl_change_journal")
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.fixture(scope="module")
def category(api: Api) -> int:
    return api.post(
        "/energycategories", {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )


@pytest.fixture(scope="module")
def center(api: Api) -> int:
    return api.post("/costcenters", {"name": "Centre"})


def meter(category: int, center: int, name: str, **more: Any) -> dict[str, Any]:
    data = {"name": name, "energy_category_id": category, "cost_center_id": center, "is_counted": True}
    return {**data, "hourly_low_limit": 0, "hourly_high_limit": 100, **more}


def test_space_is_created_read_changed_and_removed(api: Api) -> None:
    key = api.post("/spaces", space("Hall"))
    item = api.get(f"/spaces/{key}")
    assert (item["name"], item["area"], item["parent_space_id"]["id"]) == ("Hall", 120.5, 1)
    assert item["qrcode"] == f"space:{item['uuid']}"
    assert api.call("PUT", f"/spaces/{key}", {"data": space("Hall 2")}).status_code == 200
    assert {row["name"] for row in api.get("/spaces")} >= {"Hall 2"}
    assert api.call("DELETE", f"/spaces/{key}").status_code == 204
    gone = api.call("GET", f"/spaces/{key}").json
    assert gone == {"title": "API.NOT_FOUND", "description": "API.SPACE_NOT_FOUND"}


def test_a_space_cannot_be_put_below_itself(api: Api) -> None:
    upper = api.post("/spaces", space("Upper"))
    lower = api.post("/spaces", space("Lower", parent_space_id=upper))
    refused = api.call("PUT", f"/spaces/{upper}", {"data": space("Upper", parent_space_id=lower)})
    assert refused.json["description"] == "API.INVALID_PARENT_SPACE_ID"
    assert api.call("DELETE", "/spaces/1").status_code == 400


def test_the_stages_hear_of_exactly_what_concerns_them(api: Api, category: int, center: int) -> None:
    key = api.post("/meters", meter(category, center, "Journal"))
    journal(api)
    api.call("PUT", f"/meters/{key}", {"data": meter(category, center, "Journal renamed")})
    assert journal(api) == []
    api.call("PUT", f"/meters/{key}", {"data": meter(category, center, "Journal", hourly_high_limit=50)})
    assert journal(api) == [("normalize", "meter", key)]
    api.call("POST", "/spaces/1/meters", {"data": {"meter_id": key}})
    assert journal(api) == [("aggregate", "space", 1)]
    data = {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.3}
    api.call("PUT", f"/energycategories/{category}", {"data": data})
    assert journal(api) == [("carbon", "energy_category", category)]


def test_a_refused_change_leaves_no_journal(api: Api, category: int, center: int) -> None:
    journal(api)
    assert api.call("POST", "/meters", {"data": meter(category, 987_654, "No centre")}).status_code == 404
    assert journal(api) == []


def test_a_changed_tariff_marks_the_range_of_its_old_and_new_validity(api: Api, category: int) -> None:
    slot = {
        "start_time_of_day": "00:00:00",
        "end_time_of_day": "23:59:59",
        "peak_type": "onpeak",
        "price": 0.2,
    }
    tariff = {
        "name": "Day",
        "energy_category": {"id": category},
        "tariff_type": "timeofuse",
        "unit_of_price": "GBP/kWh",
        "valid_from": "2026-01-01T00:00:00",
        "valid_through": "2026-06-01T00:00:00",
        "timeofuse": [slot],
    }
    key = api.post("/tariffs", tariff)
    journal(api)
    later = {**tariff, "valid_from": "2026-03-01T00:00:00", "valid_through": "2026-09-01T00:00:00"}
    assert api.call("PUT", f"/tariffs/{key}", {"data": later}).status_code == 200
    with api.services.dbs.session("system_db") as session:
        rows = session.rows("SELECT kind, entity_kind, from_utc, to_utc FROM tbl_change_journal")
    assert [(kind, entity, start.isoformat(), end.isoformat()) for kind, entity, start, end in rows] == [
        # In summer London is an hour ahead of UTC.
        ("price", "tariff", "2026-01-01T00:00:00", "2026-08-31T23:00:00")
    ]
    assert api.get(f"/tariffs/{key}")["valid_through"] == "2026-09-01T00:00:00"
    assert api.get(f"/v1/tariffs/{key}")["valid_through"] == "2026-09-01T00:00:00+01:00"


def test_a_formula_that_cannot_be_computed_or_leads_to_itself_is_refused(
    api: Api, category: int, center: int
) -> None:
    key = api.post("/meters", meter(category, center, "Part"))

    def virtual(name: str, equation: str, kind: str = "meter", meter_id: int = key) -> dict[str, Any]:
        variables = [{"name": "x1", "meter_type": kind, "meter_id": meter_id}]
        data = {"name": name, "energy_category_id": category, "is_counted": True, "cost_center_id": center}
        return {**data, "expression": {"equation": equation, "variables": variables}}

    own = api.post("/virtualmeters", virtual("Double", "x1 * 2"))
    for equation in ("x1 +", "x2", "__import__('os')", "x1.real"):
        refused = api.call("POST", "/virtualmeters", {"data": virtual("Bad", equation)})
        assert refused.json["description"] == "API.INVALID_EQUATION_IN_EXPRESSION", equation
    circle = api.call("PUT", f"/virtualmeters/{own}", {"data": virtual("Double", "x1", "virtual_meter", own)})
    assert circle.json["description"] == "API.INVALID_EQUATION_IN_EXPRESSION"
    assert (
        api.call("DELETE", f"/meters/{key}").json["description"]
        == "API.THIS_METER_IS_BEING_USED_BY_A_VIRTUAL_METER"
    )


def test_a_second_register_cannot_be_bound_to_a_meter(api: Api, category: int, center: int) -> None:
    gateway = api.post("/gateways", {"name": "G"})
    source = api.post(
        "/datasources", {"name": "S", "gateway_id": gateway, "protocol": "mqtt", "connection": "{}"}
    )
    limits = {
        "high_limit": 10,
        "low_limit": 0,
        "ratio": 1,
        "offset_constant": 0,
        "is_trend": True,
        "is_virtual": False,
    }
    point = {
        "data_source_id": source,
        "object_type": "ENERGY_VALUE",
        "units": "kWh",
        "address": "{}",
        **limits,
    }
    first, second = (api.post("/points", {"name": name, **point}) for name in ("one", "two"))
    key = api.post("/meters", meter(category, center, "Registers"))
    assert api.call("POST", f"/meters/{key}/points", {"data": {"point_id": first}}).status_code == 201
    refused = api.call("POST", f"/meters/{key}/points", {"data": {"point_id": second}})
    assert refused.json["description"] == "API.METER_CANNOT_HAVE_MORE_THAN_ONE_ENERGY_VALUE_POINTS"


def test_the_portal_offers_the_protocols_that_a_data_source_can_have(api: Api) -> None:
    described = api.call("GET", "/v1/description").json["resources"]
    fields = next(item for item in described if item["name"] == "datasources")["fields"]
    protocol = next(item for item in fields if item["name"] == "protocol")
    assert protocol["type"] == "choice"
    assert {one.code for one in PROTOCOLS} <= set(protocol["choices"])
    assert protocol["choice_titles"]["modbus-tcp"] == "Modbus TCP"
    gateway = api.post("/gateways", {"name": "Of all protocols"})
    for code in protocol["choices"]:
        source = {"name": code, "gateway_id": gateway, "protocol": code, "connection": "{}"}
        assert api.call("POST", "/datasources", {"data": source}).status_code == 201, code
    unknown = {"name": "T", "gateway_id": gateway, "protocol": "telepathy", "connection": "{}"}
    refused = api.call("POST", "/datasources", {"data": unknown})
    assert refused.json["description"] == "API.INVALID_DATA_SOURCE_PROTOCOL"
    # A site brings protocols of its own along; what is listed is taken, as in MyEMS.
    api.post("/protocols", {"name": "Telepathy", "code": "telepathy"})
    assert api.call("POST", "/datasources", {"data": unknown}).status_code == 201


def test_removing_an_owner_removes_its_bindings(api: Api, category: int, center: int) -> None:
    key = api.post("/meters", meter(category, center, "Owned"))
    own = api.post("/spaces", space("Owner"))
    api.call("POST", f"/spaces/{own}/meters", {"data": {"meter_id": key}})
    assert api.call("DELETE", f"/meters/{key}").json["description"] == "API.THERE_IS_RELATION_WITH_SPACES"
    assert api.call("DELETE", f"/spaces/{own}").status_code == 204
    assert api.call("DELETE", f"/meters/{key}").status_code == 204


def test_an_energy_flow_diagram_is_imported_with_keys_of_its_own(
    api: Api, category: int, center: int
) -> None:
    key = api.post("/energyflowdiagrams", {"name": "Flow"})
    source, target = (api.post(f"/energyflowdiagrams/{key}/nodes", {"name": name}) for name in ("a", "b"))
    api.post(f"/energyflowdiagrams/{key}/links", {"source_node_id": source, "target_node_id": target})
    copy = api.call("POST", f"/energyflowdiagrams/{key}/clone").headers["location"].rsplit("/", 1)[1]
    item = api.get(f"/energyflowdiagrams/{copy}")
    nodes = {node["id"] for node in item["nodes"]}
    assert [node["name"] for node in item["nodes"]] == ["a", "b"]
    assert {item["links"][0]["source_node"]["id"], item["links"][0]["target_node"]["id"]} == nodes
    assert nodes.isdisjoint({source, target})


def test_v1_has_problems_pages_sorting_and_selection(api: Api) -> None:
    for name in ("s1", "s2", "s3"):
        api.post("/sensors", {"name": name})
    page = api.call(
        "GET", "/v1/sensors", params={"q": "s", "sort": "-name", "limit": "2", "page": "1", "fields": "name"}
    )
    assert page.json == [{"name": "s3"}, {"name": "s2"}]
    assert page.headers["x-total-count"] == "3"
    bad = api.call("POST", "/v1/sensors", {"data": {"name": " "}})
    assert (bad.status_code, bad.headers["content-type"]) == (422, "application/problem+json")
    assert bad.json["errors"] == [{"pointer": "/name", "detail": "API.INVALID_SENSOR_NAME"}]
    assert api.call("POST", "/v1/sensors", {"data": {"name": "s1"}}).status_code == 409
    assert api.call("GET", "/v1/sensors/987654").status_code == 404


def test_an_unchanged_answer_is_not_sent_again(api: Api) -> None:
    first = api.call("GET", "/sensors")
    again = api.call("GET", "/sensors", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    api.post("/sensors", {"name": "a new one"})
    changed = api.call("GET", "/sensors", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_slashes_are_merged_and_a_trailing_one_is_another_path(api: Api) -> None:
    assert api.call("GET", "//api//spaces//1").status_code == 200
    assert api.call("GET", "/api/v1/spaces/1").status_code == 200
    assert api.call("GET", "/spaces/").json == {"title": "404 Not Found"}


def test_svgs_are_listed_without_their_source_in_quick_mode(api: Api) -> None:
    api.post("/svgs", {"name": "drawing", "source_code": "<svg/>"})
    assert "source_code" in api.get("/svgs")[0]
    assert "source_code" not in api.get("/svgs", headers={"Quickmode": "true"})[0]


def test_a_moved_space_concerns_its_old_and_its_new_parent(api: Api) -> None:
    first, second = (api.post("/spaces", space(name)) for name in ("first", "second"))
    moved = api.post("/spaces", space("moved", parent_space_id=first))
    journal(api)
    assert (
        api.call("PUT", f"/spaces/{moved}", {"data": space("moved", parent_space_id=second)}).status_code
        == 200
    )
    assert journal(api) == [("aggregate", "space", key) for key in (moved, first, second)]


def test_renaming_a_tariff_reprices_nothing(api: Api, category: int) -> None:
    slot = {
        "start_time_of_day": "00:00:00",
        "end_time_of_day": "23:59:59",
        "peak_type": "onpeak",
        "price": 0.2,
    }
    tariff = {
        "name": "Flat",
        "energy_category": {"id": category},
        "tariff_type": "timeofuse",
        "unit_of_price": "GBP",
    }
    tariff |= {
        "valid_from": "2026-01-01T00:00:00",
        "valid_through": "2026-06-01T00:00:00",
        "timeofuse": [slot],
    }
    key = api.post("/tariffs", tariff)
    journal(api)
    api.call("PUT", f"/tariffs/{key}", {"data": {**tariff, "name": "Renamed"}})
    assert journal(api) == []
    api.call("PUT", f"/tariffs/{key}", {"data": {**tariff, "timeofuse": [{**slot, "price": 0.3}]}})
    assert journal(api) == [("price", "tariff", key)]


def test_one_of_many_requests_with_the_same_name_at_once_wins(api: Api) -> None:
    def attempt(_number: int) -> int:
        return api.call("POST", "/spaces", {"data": space("Wanted by many")}).status_code

    with ThreadPoolExecutor(8) as workers:
        statuses = list(workers.map(attempt, range(16)))
    assert sorted(statuses) == [201] + [400] * 15
