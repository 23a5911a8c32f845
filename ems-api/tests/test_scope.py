"""Nobody reaches rows that are not below the own spaces: not by list, item, binding, export or error text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from ems_api.auth.scope import EVERYTHING
from ems_api.context import Identity
from ems_api.live.flow import flow_of, reached_nodes
from ems_api.testing import Api

from .test_accounts import make_user

pytestmark = pytest.mark.db


@dataclass
class Campus:
    """Two buildings, each with a floor, a meter, a tenant, equipment, a sensor and a point of its own."""

    mine: dict[str, int]
    other: dict[str, int]
    manager: Api


def building(api: Api, name: str, category: int) -> dict[str, int]:
    center = api.post("/costcenters", {"name": f"{name} center"})
    contact = api.post("/contacts", {"name": f"{name} contact", "email": "a@b.c", "phone": "1"})
    flags = {
        "is_input_counted": True,
        "is_output_counted": False,
        "area": 10,
        "number_of_occupants": 1,
        "timezone_id": 1,
    }
    space = api.post(
        "/spaces",
        {"name": name, "parent_space_id": 1, "contact_id": contact, "cost_center_id": center, **flags},
    )
    floor = api.post("/spaces", {"name": f"{name} floor", "parent_space_id": space, **flags})
    meter = api.post(
        "/meters",
        {
            "name": f"{name} meter",
            "energy_category_id": category,
            "is_counted": True,
            "hourly_low_limit": 0,
            "hourly_high_limit": 100,
            "cost_center_id": center,
        },
    )
    equipment = api.post(
        "/equipments",
        {
            "name": f"{name} chiller",
            "is_input_counted": True,
            "is_output_counted": False,
            "cost_center_id": center,
            "efficiency_indicator": 1,
        },
    )
    sensor = api.post("/sensors", {"name": f"{name} sensor"})
    gateway = api.post("/gateways", {"name": f"{name} gateway"})
    source = api.post(
        "/datasources",
        {"name": f"{name} source", "gateway_id": gateway, "protocol": "modbus-tcp", "connection": "{}"},
    )
    limits = {
        "high_limit": 10,
        "low_limit": 0,
        "ratio": 1,
        "offset_constant": 0,
        "is_trend": True,
        "is_virtual": False,
    }
    point = api.post(
        "/points",
        {
            "name": f"{name} point",
            "data_source_id": source,
            "object_type": "ENERGY_VALUE",
            "units": "kWh",
            "address": "{}",
            **limits,
        },
    )
    for path, data in (
        (f"/spaces/{floor}/meters", {"meter_id": meter}),
        (f"/spaces/{floor}/equipments", {"equipment_id": equipment}),
        (f"/spaces/{floor}/sensors", {"sensor_id": sensor}),
        (f"/meters/{meter}/points", {"point_id": point}),
    ):
        assert api.call("POST", path, {"data": data}).status_code == 201
    return {
        "spaces": space,
        "floor": floor,
        "meters": meter,
        "equipments": equipment,
        "sensors": sensor,
        "costcenters": center,
        "contacts": contact,
        "points": point,
    }


@pytest.fixture(scope="module")
def campus(api: Api) -> Campus:
    category = api.post(
        "/energycategories", {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )
    mine, other = building(api, "North", category), building(api, "South", category)
    privilege = api.post("/privileges", {"name": "north", "data": f'{{"spaces": [{mine["spaces"]}]}}'})
    make_user(api, "manager", privilege_id=privilege)
    return Campus(mine, other, api.sign_in("manager", "a good password"))


KINDS = ("spaces", "meters", "equipments", "sensors", "costcenters", "contacts")


@pytest.mark.parametrize("kind", KINDS)
def test_lists_hold_only_what_is_below_the_own_space(campus: Campus, kind: str) -> None:
    keys = {row["id"] for row in campus.manager.get(f"/{kind}")}
    assert campus.mine[kind] in keys
    assert campus.other[kind] not in keys
    assert "South" not in campus.manager.call("GET", f"/{kind}").text


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_others_looks_as_if_it_did_not_exist(campus: Campus, kind: str) -> None:
    assert campus.manager.call("GET", f"/{kind}/{campus.mine[kind]}").status_code == 200
    foreign = campus.manager.call("GET", f"/{kind}/{campus.other[kind]}")
    unknown = campus.manager.call("GET", f"/{kind}/987654")
    assert (foreign.status_code, foreign.json) == (unknown.status_code, unknown.json)
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/spaces/{spaces}/export",
        "/spaces/{spaces}/children",
        "/spaces/{floor}/meters",
        "/spaces/{spaces}/treemetersenergycategories",
        "/meters/{meters}/points",
        "/meters/{meters}/export",
        "/meters/{meters}/submeters",
        "/meters/{meters}/spaces?type=meters",
        "/equipments/{equipments}/parameters",
        "/equipments/{equipments}/addpoints",
        "/points/{points}/latest",
        "/v1/meters/live?spaceid={spaces}",
    ],
)
def test_nothing_below_others_spaces_can_be_reached(campus: Campus, path: str) -> None:
    query = path.partition("?")[2]
    params: Any = {"query_string": query.format(**campus.mine)} if query else {}
    assert (
        campus.manager.call("GET", path.partition("?")[0].format(**campus.mine), **params).status_code == 200
    )
    params = {"query_string": query.format(**campus.other)} if query else {}
    assert (
        campus.manager.call("GET", path.partition("?")[0].format(**campus.other), **params).status_code == 404
    )


@pytest.mark.parametrize(
    "path",
    [
        "/v1/meters/{meters}/balance/daily?start=2026-01-01T00:00:00&end=2026-01-03T00:00:00",
        "/v1/reports/metersubmetersbalance?meterid={meters}&periodtype=daily"
        "&reportingperiodstartdatetime=2026-01-01T00:00:00&reportingperiodenddatetime=2026-01-03T00:00:00",
    ],
)
def test_a_submeter_out_of_reach_counts_in_a_balance_but_is_not_named(
    api: Api, campus: Campus, path: str
) -> None:
    mine, other = campus.mine["meters"], campus.other["meters"]
    with api.services.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_meters SET master_meter_id = %s WHERE id = %s", (mine, other))
    with api.services.dbs.session("energy_db") as session:
        columns = ("meter_id", "start_datetime_utc", "actual_value")
        rows = [(mine, "2026-01-01 12:00:00", 10), (other, "2026-01-01 12:00:00", 4)]
        session.upsert("tbl_meter_hourly", columns, rows)
    text = campus.manager.call("GET", path.format(**campus.mine)).text
    with api.services.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_meters SET master_meter_id = NULL WHERE id = %s", (other,))
    assert "South" not in text
    assert "South" in text.replace("North", "South"), "the master is named"
    found = json.loads(text)
    period = found.get("total") or found["reporting_period"]
    assert period.get("loss", period.get("difference_in_category")) == 6


def test_a_fraction_does_not_show_a_meter_out_of_reach(api: Api, campus: Campus) -> None:
    own, others = (api.get(f"/meters/{place['meters']}")["uuid"] for place in (campus.mine, campus.other))
    data = {
        "name": "COP",
        "parameter_type": "fraction",
        "numerator_meter_uuid": others,
        "denominator_meter_uuid": own,
    }
    api.post(f"/equipments/{campus.mine['equipments']}/parameters", data)
    path = (
        f"/v1/reports/equipmentefficiency?equipmentid={campus.mine['equipments']}&periodtype=daily"
        "&reportingperiodstartdatetime=2026-02-01T00:00:00&reportingperiodenddatetime=2026-02-03T00:00:00"
    )
    assert "South meter" in api.call("GET", path).text
    shown = campus.manager.call("GET", path).text
    assert "COP" in shown
    assert "South" not in shown


def test_the_tree_is_rooted_at_the_own_space(campus: Campus, api: Api) -> None:
    tree = campus.manager.get("/spaces/tree")
    assert (tree["name"], [child["name"] for child in tree["children"]]) == ("North", ["North floor"])
    assert api.get("/spaces/tree")["id"] == 1


def test_a_change_of_privilege_holds_at_once(campus: Campus, api: Api) -> None:
    privilege = api.post("/privileges", {"name": "both", "data": f'{{"spaces": [{campus.mine["spaces"]}]}}'})
    make_user(api, "second", privilege_id=privilege)
    second = api.sign_in("second", "a good password")
    assert second.call("GET", f"/spaces/{campus.other['spaces']}").status_code == 404
    spaces = f"{campus.mine['spaces']}, {campus.other['spaces']}"
    body = {"data": {"name": "both", "data": f'{{"spaces": [{spaces}]}}'}}
    assert api.call("PUT", f"/privileges/{privilege}", body).status_code == 200
    assert second.call("GET", f"/spaces/{campus.other['spaces']}").status_code == 200


def test_a_user_without_privilege_reaches_nothing(api: Api, campus: Campus) -> None:
    make_user(api, "nobody")
    nobody = api.sign_in("nobody", "a good password")
    assert nobody.get("/spaces") == []
    assert nobody.get("/meters") == []
    assert nobody.call("GET", "/spaces/tree").json["description"] == "API.PRIVILEGE_NOT_FOUND"


def test_answers_are_not_shared_between_callers_of_different_reach(campus: Campus, api: Api) -> None:
    everything = {row["id"] for row in api.get("/meters")}
    own = {row["id"] for row in campus.manager.get("/meters")}
    assert {row["id"] for row in api.get("/meters")} == everything
    assert own < everything


def control_point(api: Api, source: int, figure: str) -> int:
    """A point that control keeps a value in."""
    data = {"name": figure, "data_source_id": source, "object_type": "ANALOG_VALUE", "units": "kW"}
    data |= {"high_limit": 9999, "low_limit": -9999, "ratio": 1, "offset_constant": 0}
    return api.post(
        "/points", {**data, "is_trend": True, "is_virtual": False, "address": json.dumps({"figure": figure})}
    )


def test_the_power_flow_shows_the_nodes_of_the_own_buildings_only(api: Api, campus: Campus) -> None:
    gateway = api.post("/gateways", {"name": "control gateway"})
    data = {"name": "control", "gateway_id": gateway, "protocol": "edge-control", "connection": "{}"}
    source = api.post("/datasources", data)
    for figure, place in (
        ("pv_power_kw", campus.mine),
        ("ess0/ActivePower", campus.mine),
        ("grid_power_kw", campus.other),
        ("ess1/ActivePower", campus.other),
    ):
        point = control_point(api, source, figure)
        bound = api.call("POST", f"/spaces/{place['floor']}/points", {"data": {"point_id": point}})
        assert bound.status_code == 201
    nodes = [
        {"id": name, "kind": kind, "name": name}
        for name, kind in (("pv0", "pv"), ("ess0", "battery"), ("ess1", "battery"), ("grid0", "grid"))
    ]
    privilege = json.dumps({"spaces": [campus.mine["spaces"]]})
    scope = api.services.scopes.of(Identity(987, "", "watcher", privilege=privilege))
    shown = flow_of({"nodes": nodes, "state": "run"}, reached_nodes(api.services.dbs, scope))
    assert [node["id"] for node in shown["nodes"]] == ["pv0", "ess0"]
    assert shown["state"] is None  # of the whole plant, which is not theirs
    everything = flow_of({"nodes": nodes, "state": "run"}, reached_nodes(api.services.dbs, EVERYTHING))
    assert len(everything["nodes"]) == 4
    history = campus.manager.get("/v1/site/flow/history")
    assert [series["kind"] for series in history["series"]] == ["pv"]
    assert {series["kind"] for series in api.get("/v1/site/flow/history")["series"]} == {"pv", "grid"}
