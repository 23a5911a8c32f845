"""What integrators get beyond MyEMS: series, telemetry, many items at once, keys against doubles, limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ems_api.errors import ApiError
from ems_api.limits import Limiter
from ems_api.testing import Api
from ems_api.versions import CONFIG
from ems_common.db.connection import Connection
from mysql.connector import CMySQLConnection

from .conftest import ADMIN_PASSWORD

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def meter(api: Api) -> int:
    category = api.post(
        "/energycategories", {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )
    center = api.post("/costcenters", {"name": "Centre"})
    data = {"name": "M", "energy_category_id": category, "is_counted": True, "cost_center_id": center}
    key = api.post("/meters", {**data, "hourly_low_limit": 0, "hourly_high_limit": 100})
    start = datetime(2026, 3, 28)
    hours = [(key, start + timedelta(hours=n), 1.0) for n in range(72)]
    with api.services.dbs.session("energy_db") as session:
        session.upsert("tbl_meter_hourly", ("meter_id", "start_datetime_utc", "actual_value"), hours)
    return key


def test_the_day_the_clocks_go_forward_has_23_hours(api: Api, meter: int) -> None:
    query = {"start": "2026-03-28T00:00:00", "end": "2026-03-31T00:00:00"}
    answer = api.get(f"/v1/meters/{meter}/energy/daily", params=query)
    (series,) = answer["series"]
    assert (series["name"], series["unit"]) == ("Power", "kWh")
    assert [(value["start"], value["value"]) for value in series["values"]] == [
        ("2026-03-28T00:00:00+00:00", 24.0),
        ("2026-03-29T00:00:00+00:00", 23.0),
        ("2026-03-30T00:00:00+01:00", 24.0),
    ]


def test_a_balance_compares_only_slots_in_which_master_and_all_submeters_have_a_value(
    api: Api, meter: int
) -> None:
    item = api.get(f"/v1/meters/{meter}")
    data = {"energy_category_id": item["energy_category"]["id"], "cost_center_id": item["cost_center"]["id"]}
    data |= {"is_counted": True, "hourly_low_limit": 0, "hourly_high_limit": 100, "master_meter_id": meter}
    first, second = (api.post("/meters", {**data, "name": name}) for name in ("Left", "Right"))
    start = datetime(2026, 3, 28)
    # Of the master's 1 kWh each hour Left counts 0.5 and Right 0.3; Right is silent from noon on.
    hours = [(first, start + timedelta(hours=n), 0.5) for n in range(24)]
    hours += [(second, start + timedelta(hours=n), 0.3) for n in range(12)]
    with api.services.dbs.session("energy_db") as session:
        session.upsert("tbl_meter_hourly", ("meter_id", "start_datetime_utc", "actual_value"), hours)
    query = {"start": "2026-03-28T00:00:00", "end": "2026-03-30T00:00:00"}
    answer = api.get(f"/v1/meters/{meter}/balance/daily", params=query)
    assert [(sub["name"], sub["value"]) for sub in answer["submeters"]] == [("Left", 12.0), ("Right", 3.6)]
    one, other = answer["values"]
    assert (one["master"], one["submeters"], one["compared_slots"], one["slots"]) == (24.0, 15.6, 12, 24)
    # Twelve hours of 1 - 0.8 kWh.
    assert (one["loss"], one["loss_ratio"]) == (2.4, 0.2)
    assert (other["master"], other["loss"], other["compared_slots"], other["slots"]) == (23.0, None, 0, 23)
    assert answer["total"]["loss"] == 2.4
    alone = api.get(f"/v1/meters/{first}/balance/hourly", params=query)
    assert alone["submeters"] == []
    assert alone["total"]["loss"] is None
    assert api.call("GET", "/v1/meters/987654/balance/daily", params=query).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"start": "x"},
        {"start": "2026-03-31T00:00:00", "end": "2026-03-28T00:00:00"},
        {"start": "1980-01-01T00:00:00", "end": "2026-03-28T00:00:00"},
        {"start": "2026-03-28"},
    ],
)
def test_a_period_that_is_none_is_refused(api: Api, meter: int, query: dict[str, str]) -> None:
    assert api.call("GET", f"/v1/meters/{meter}/energy/hourly", params=query).status_code == 422


def test_telemetry_is_flat(api: Api) -> None:
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
    data = {
        "name": "P",
        "data_source_id": source,
        "object_type": "ANALOG_VALUE",
        "units": "kW",
        "address": "{}",
    }
    point = api.post("/points", {**data, **limits})
    with api.services.dbs.session("historical_db") as session:
        session.execute(
            "INSERT INTO tbl_analog_value_latest VALUES (%s, '2026-03-28 08:00:00', 4.5)", (point,)
        )
    expected: dict[str, Any] = {
        "deviceId": str(source),
        "channel": "P",
        "pointId": point,
        "value": 4.5,
        "unit": "kW",
    }
    assert api.get("/v1/telemetry") == [{**expected, "timestamp": "2026-03-28T08:00:00+00:00"}]


def test_every_list_is_searched_sorted_cut_and_paged(api: Api) -> None:
    sensor = api.post("/sensors", {"name": "with points"})
    source = api.get("/datasources")[0]["id"]
    limits = {"high_limit": 10, "low_limit": 0, "ratio": 1, "offset_constant": 0, "is_trend": True}
    for name in ("b one", "a two", "c one"):
        data = {"name": name, "data_source_id": source, "object_type": "ANALOG_VALUE", "units": "kW"}
        point = api.post("/points", {**data, **limits, "is_virtual": False, "address": "{}"})
        assert api.call("POST", f"/sensors/{sensor}/points", {"data": {"point_id": point}}).status_code == 201
    path = f"/v1/sensors/{sensor}/points"
    assert [row["name"] for row in api.get(path, params={"sort": "-name", "fields": "name"})] == [
        "c one",
        "b one",
        "a two",
    ]
    found = api.call("GET", path, params={"q": "one", "limit": "1", "page": "2", "fields": "name"})
    assert (found.json, found.headers["x-total-count"]) == ([{"name": "c one"}], "2")
    assert api.call("GET", path, params={"sort": "nonsense"}).status_code == 422
    assert [row["name"] for row in api.get(path, params={"name": "A TWO", "fields": "name"})] == ["a two"]
    asked = {"data_source_id": str(source), "object_type": "ANALOG_VALUE", "is_trend": "true", "units": "kW"}
    found = api.call("GET", "/v1/points", params={**asked, "high_limit": "10.0", "q": "one", "limit": "1"})
    assert ([row["name"] for row in found.json], found.headers["x-total-count"]) == (["b one"], "2")
    assert api.get("/v1/points", params={**asked, "is_trend": "false"}) == []
    names = {row["name"] for row in api.get("/v1/points", params={"higher_limit": "null"})}
    assert {"a two", "b one", "c one"} <= names
    for name, text in (("is_trend", "perhaps"), ("high_limit", "much"), ("data_source_id", "x")):
        assert api.call("GET", "/v1/points", params={name: text}).status_code == 422, name
    assert len(api.get(f"/sensors/{sensor}/points", params={"limit": "1"})) == 3


def test_stations_and_sensors_have_live_values_too(api: Api) -> None:
    sensor = api.post("/sensors", {"name": "live"})
    point = api.get("/points", params={"q": "a two"})[0]["id"]
    api.call("POST", f"/sensors/{sensor}/points", {"data": {"point_id": point}})
    with api.services.dbs.session("historical_db") as session:
        session.execute(
            "INSERT INTO tbl_analog_value_latest VALUES (%s, '2026-03-28 08:00:00', 3.5)", (point,)
        )
    (reading,) = api.get(f"/v1/sensors/{sensor}/realtime")
    assert (reading["channel"], reading["value"], reading["unit"]) == ("a two", 3.5, "kW")
    assert reading["definitions"] is None  # it is measured, no state
    for path in (
        "microgrids",
        "energystoragecontainers",
        "photovoltaicpowerstations",
        "spaces",
        "equipments",
    ):
        assert api.call("GET", f"/v1/{path}/987654321/realtime").status_code == 404, path


@pytest.mark.parametrize("path", ["/meters", "/spaces", "/sensors", "/contacts", "/costcenters", "/points"])
def test_an_item_takes_one_connection_and_two_statements_at_most(
    api: Api, meter: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ems_api.versions.monotonic_s", lambda: 0.0)  # the session is remembered throughout
    key = api.get(path)[0]["id"]
    api.get(f"{path}/{key}")
    sent: list[tuple[int, str]] = []
    asked, read, committed = CMySQLConnection.cmd_query, Connection.ask, CMySQLConnection.commit

    def counted(connection: Any, query: Any, *more: Any, **named: Any) -> Any:
        sent.append((id(connection), str(query)))
        return asked(connection, query, *more, **named)

    def counted_read(connection: Any, query: bytes) -> None:
        sent.append((id(connection), str(query)))
        read(connection, query)

    def ended(connection: Any) -> None:
        sent.append((id(connection), "COMMIT"))
        committed(connection)

    monkeypatch.setattr(CMySQLConnection, "cmd_query", counted)
    monkeypatch.setattr(Connection, "ask", counted_read)
    monkeypatch.setattr(CMySQLConnection, "commit", ended)
    api.services.versions.change(CONFIG)
    api.get(f"/v1{path}/{key}")
    assert len({connection for connection, _ in sent}) == 1
    assert 1 <= len(sent) <= 2, sent


def test_a_list_reads_what_its_rows_refer_to_once_while_nothing_changes(
    api: Api, meter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    category = api.get(f"/meters/{meter}")["energy_category"]
    sent: list[bytes] = []
    read = Connection.ask

    def counted(connection: Any, query: bytes) -> None:
        sent.append(query)
        read(connection, query)

    def fresh(mark: int) -> Any:
        sent.clear()
        rows = api.get("/meters", params={"mark": str(mark)})
        return next(row for row in rows if row["id"] == meter)

    monkeypatch.setattr(Connection, "ask", counted)
    monkeypatch.setattr("ems_api.versions.monotonic_s", lambda: 0.0)  # what is kept does not grow old
    api.services.versions.change(CONFIG)
    assert fresh(1) == api.get(f"/meters/{meter}")
    assert fresh(2)["energy_category"] == category
    assert len(sent) == 1
    stored = api.get(f"/energycategories/{category['id']}")
    renamed = {name: stored[name] for name in ("unit_of_measure", "kgce", "kgco2e")} | {"name": "Current"}
    assert api.call("PUT", f"/energycategories/{category['id']}", {"data": renamed}).status_code == 200
    assert fresh(3)["energy_category"]["name"] == "Current"
    again = {"data": {**renamed, "name": stored["name"]}}
    assert api.call("PUT", f"/energycategories/{category['id']}", again).status_code == 200


def _unreachable(*_: Any) -> Any:
    raise AssertionError("the application was asked")


def test_what_is_kept_is_given_again_without_the_application_and_just_as_it_was(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = api.post("/sensors", {"name": "kept"})
    path = f"/v1/sensors/{key}"
    first = api.call("GET", path)
    with monkeypatch.context() as patch:
        patch.setattr(api.client.app, "_app", _unreachable)
        again = api.call("GET", path)
        known = api.call("GET", path, headers={"If-None-Match": first.headers["etag"]})
        with pytest.raises(AssertionError):
            api.call("GET", f"{path}?other")
    own = {"x-request-id"}
    assert {n: v for n, v in again.headers.items() if n not in own} == {
        n: v for n, v in first.headers.items() if n not in own
    }
    assert (again.text, known.status_code, known.text) == (first.text, 304, "")
    assert api.call("PUT", path, {"data": {"name": "changed"}}).status_code == 200
    assert api.get(path)["name"] == "changed"


def test_what_is_kept_is_not_given_to_a_session_that_is_over(api: Api) -> None:
    other = api.sign_in("administrator", ADMIN_PASSWORD)
    for _ in range(2):
        other.get("/v1/sensors")
    assert api.call("PUT", "/users/logout", headers=other.headers).status_code == 200
    assert other.call("GET", "/v1/sensors").status_code == 401
    assert api.call("GET", "/v1/sensors").status_code == 200


def test_an_item_that_has_changed_is_not_overwritten_by_who_says_what_was_read(api: Api) -> None:
    path = f"/v1/sensors/{api.post('/sensors', {'name': 'read'})}"
    tag = api.call("GET", path).headers["etag"]
    first = api.call("PUT", path, {"data": {"name": "first"}}, headers={"If-Match": tag})
    second = api.call("PUT", path, {"data": {"name": "second"}}, headers={"If-Match": tag})
    gone = api.call("DELETE", path, headers={"If-Match": tag})
    assert [answer.status_code for answer in (first, second, gone)] == [200, 412, 412]
    assert second.json["description"] == "API.PRECONDITION_FAILED"
    read = api.call("GET", path)
    assert read.json["name"] == "first"
    assert api.call("DELETE", path, headers={"If-Match": read.headers["etag"]}).status_code == 204


def test_members_that_have_changed_are_not_changed_by_who_says_what_was_read(api: Api) -> None:
    one, two = (api.post("/sensors", {"name": name}) for name in ("bound one", "bound two"))
    path = "/v1/spaces/1/sensors"
    tag = {"If-Match": api.call("GET", path).headers["etag"]}
    first = api.call("POST", path, {"data": {"sensor_id": one}}, headers=tag)
    second = api.call("POST", path, {"data": {"sensor_id": two}}, headers=tag)
    removed = api.call("DELETE", f"{path}/{one}", headers=tag)
    assert [answer.status_code for answer in (first, second, removed)] == [201, 412, 412]
    read = api.call("GET", path)
    assert [row["id"] for row in read.json if row["id"] in (one, two)] == [one]
    now = {"If-Match": read.headers["etag"]}
    assert api.call("DELETE", f"{path}/{one}", headers=now).status_code == 204


def test_a_child_that_has_changed_is_not_overwritten_by_who_says_what_was_read(api: Api) -> None:
    diagram = api.post("/energyflowdiagrams", {"name": "read"})
    nodes = f"/v1/energyflowdiagrams/{diagram}/nodes"
    path = f"{nodes}/{api.post(nodes, {'name': 'read'})}"
    tag = {"If-Match": api.call("GET", path).headers["etag"]}
    answers = [api.call("PUT", path, {"data": {"name": name}}, headers=tag) for name in ("first", "second")]
    gone = api.call("DELETE", path, headers=tag)
    assert [answer.status_code for answer in (*answers, gone)] == [200, 412, 412]
    assert api.get(path)["name"] == "first"


def test_many_items_are_made_all_or_none(api: Api) -> None:
    before = len(api.get("/sensors"))
    made = api.call("POST", "/v1/sensors/bulk", {"data": [{"name": "b1"}, {"name": "b2"}]})
    assert made.status_code == 201
    refused = api.call("POST", "/v1/sensors/bulk", {"data": [{"name": "b3"}, {"name": "b1"}]})
    assert refused.status_code == 409
    assert refused.json["errors"][0]["pointer"] == "/data/1"
    assert len(api.get("/sensors")) == before + 2
    items = [{"id": key, "name": f"c{key}"} for key in made.json["ids"]]
    assert api.call("PUT", "/v1/sensors/bulk", {"data": items}).json == {"updated": 2}


def test_a_create_that_is_sent_again_makes_nothing(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = api.call("POST", "/v1/sensors", {"data": {"name": "once"}}, headers=headers)
    second = api.call("POST", "/v1/sensors", {"data": {"name": "once"}}, headers=headers)
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    other = api.call("POST", "/v1/sensors", {"data": {"name": "other"}}, headers=headers)
    assert other.status_code == 422
    # Whoever has no session has no keys of requests either; the create itself says what is wrong.
    nobody = api.client.simulate_post("/v1/users/newusers", headers=headers, json={"data": {"name": "x"}})
    assert nobody.status_code == 422
    failed = {"Idempotency-Key": "k-2"}
    assert api.call("POST", "/v1/sensors", {"data": {"name": " "}}, headers=failed).status_code == 422
    assert api.call("POST", "/v1/sensors", {"data": {"name": "later"}}, headers=failed).status_code == 201


def test_a_caller_without_tokens_is_refused_and_others_are_not() -> None:
    limiter = Limiter(per_s=0.001, burst=2)
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(ApiError):
        limiter.take("a")
    limiter.take("b")


def test_the_document_names_every_route_and_no_other(api: Api) -> None:
    document = api.get("/v1/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert {"/spaces", "/spaces/{id_}", "/users/login"} <= set(document["paths"])
    body = document["paths"]["/stores"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "store_type_id" in body["properties"]["data"]["required"]
    assert api.call("GET", "/docs").text.startswith("<!doctype html>")


def test_the_document_says_what_every_route_answers(api: Api) -> None:
    untyped = [
        path
        for path, methods in api.get("/v1/openapi.json")["paths"].items()
        if methods.get("get", {}).get("responses", {}).get("200", {}).get("content")
        == {"application/json": {"schema": {}}}
    ]
    assert untyped == []


def test_the_description_names_only_resources_it_describes(api: Api) -> None:
    answer = api.get("/v1/description")
    names = {resource["name"] for resource in answer["resources"]}
    assert {name for group in answer["groups"] for name in group["resources"]} <= names
    for resource in answer["resources"]:
        fields = {field["name"] for field in resource["fields"]}
        assert set(resource["list_columns"]) <= fields, resource["name"]
        targets = {field["reference"] for field in resource["fields"] if "reference" in field}
        targets |= {relation["resource"] for relation in resource["relations"]}
        assert targets <= names, (resource["name"], targets - names)


def test_a_meter_exchange_is_recorded_and_its_hours_follow(api: Api, meter: int) -> None:
    exchange = {
        "meter_id": meter,
        "exchanged": "2026-03-29T12:00:00",
        "last_old_value": 9000,
        "first_new_value": 0,
    }
    key = api.post("/meterexchanges", {**exchange, "note": "old one was hit by a fork lift"})
    shown = api.get(f"/v1/meterexchanges/{key}")
    assert (shown["meter"]["id"], shown["exchanged"]) == (meter, "2026-03-29T12:00:00+01:00")
    twice = api.call("POST", "/v1/meterexchanges", {"data": exchange})
    assert (twice.status_code, twice.json["description"]) == (409, "API.METER_EXCHANGE_EXISTS")
    with api.services.dbs.session("system_db") as session:
        noted = session.scalar("SELECT COUNT(*) FROM tbl_change_journal WHERE reason = 'meter exchange'")
    assert noted == 1
    assert api.call("DELETE", f"/meterexchanges/{key}").status_code == 204


def test_a_repair_is_reported_and_taken_back_once_it_was_done(api: Api) -> None:
    with api.services.dbs.session("historical_db") as session:
        session.execute(
            "INSERT INTO tbl_data_repair_files (file_name, uuid, upload_datetime_utc, status, file_object, report)"
            " VALUES ('a.xlsx', UUID(), '2026-01-01', 'done', '', '{\"rows\": 3}')"
        )
        key = session.insert_id
    assert api.get(f"/v1/datarepairfiles/{key}")["report"] == {"rows": 3}
    assert "report" not in api.get(f"/datarepairfiles/{key}")
    assert api.call("PUT", f"/v1/datarepairfiles/{key}/undo").status_code == 200
    again = api.call("PUT", f"/v1/datarepairfiles/{key}/undo")
    assert (again.status_code, again.json["description"]) == (409, "API.DATA_REPAIR_FILE_CANNOT_BE_UNDONE")
