"""Values that MyEMS writes in a form of its own: times of day, names of copies, trees, the activity log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from ems_api.routes import all_routes
from ems_api.routing import merged

from .facts import contract
from .world import World

pytestmark = pytest.mark.db

MORNING: Final = {"start_time_of_day": "08:00:00", "end_time_of_day": "9:30:00"}
LOGGED: Final[Mapping[tuple[str, str], str]] = {
    ("POST", "/advancedreports"): "AdvancedReportCollection",
    ("PUT", "/advancedreports/{id_}/run"): "AdvancedReportRun",
    ("POST", "/spaces/{id_}/offlinemeters"): "SpaceOfflineMeterCollection",
    ("DELETE", "/spaces/{id_}/offlinemeters/{member}"): "SpaceOfflineMeterItem",
    ("POST", "/spaces/{id_}/distributionsystems"): "DistributionSystemCollection",
    ("POST", "/energystoragepowerstations/{id_}/containers"): "EnergyStoragePowerStationContainerCollection",
    ("POST", "/energystoragecontainers/{id_}/dcdcs"): "EnergyStorageContainerDCDCCollection",
    (
        "PUT",
        "/energystoragecontainers/{id_}/powerconversionsystems/{child_id}",
    ): "EnergyStorageContainerPCSItem",
    ("POST", "/microgrids/{id_}/heatpumps"): "MicrogridHeatpumpCollection",
    ("POST", "/microgrids/{id_}/heatpumps/{child_id}/points"): "MicrogridHeatPumpPointCollection",
    ("DELETE", "/microgrids/{id_}/evchargers/{child_id}/points/{member}"): "MicrogridEVChargerPointItem",
    ("PUT", "/nonworkingdays/{id_}"): "NonWorkingDayItem",
    ("POST", "/iotsimcards"): "IoTSIMCardCollection",
    ("POST", "/equipments/{id_}"): "EquipmentItem",
    ("POST", "/equipments/{id_}/clone"): "EquipmentClone",
    ("POST", "/svgs/import"): "SVGImport",
}
"""Handlers and what MyEMS' activity log calls them."""


def test_times_of_day_have_one_digit_where_myems_has_one(api: Any, world: World) -> None:
    tariff = world.make("/tariffs", timeofuse=[{**MORNING, "peak_type": "onpeak", "price": 1}])
    owner = world.row("/energystoragecontainers")
    slot = world.make("/energystoragecontainers/{id_}/schedules", owner, **MORNING)
    mode = world.make("/controlmodes", times=[{**MORNING, "power_value": 1}])
    short, long = ("8:00:00", "9:30:00"), ("08:00:00", "09:30:00")
    schedule = f"/energystoragecontainers/{owner}/schedules"
    for root, read in (
        (short, lambda at: api.get(f"{at}/tariffs/{tariff}")["timeofuse"][0]),
        (short, lambda at: api.get(f"{at}/tariffs/{tariff}/export")["timeofuse"][0]),
        (short, lambda at: api.get(f"{at}{schedule}/{slot}")),
        (long, lambda at: api.get(f"{at}/controlmodes/{mode}")["times"][0]),
    ):
        for at, wanted in (("", root), ("/v1", long)):
            row = read(at)
            assert (row["start_time_of_day"], row["end_time_of_day"]) == wanted


def test_copies_are_named_with_the_local_time_behind_the_name(api: Any, world: World) -> None:
    dated = re.compile(r"plant\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d")
    for path in ("/sensors", "/energystoragepowerstations"):
        key = world.make(path, name="plant")
        copy = api.call("POST", f"{path}/{key}/clone").headers["location"]
        assert dated.fullmatch(api.get(copy)["name"])
    exported = api.get(f"/energystoragepowerstations/{key}/export")
    for at, name, pattern in (("", "one", r"one\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d"), ("/v1", "two", "two")):
        made = api.call("POST", f"{at}/energystoragepowerstations/import", {**exported, "name": name})
        assert made.status_code == 201, made.text
        number = made.headers["location"].rsplit("/", 1)[1]
        assert re.fullmatch(pattern, api.get(f"/energystoragepowerstations/{number}")["name"])


def test_a_leaf_of_the_tree_has_no_children_and_a_submeter_the_masters_key_as_text(
    api: Any, world: World
) -> None:
    space = world.make("/spaces", parent_space_id=1)
    assert "children" not in next(row for row in api.get("/spaces/tree")["children"] if row["id"] == space)
    tree = api.get("/v1/spaces/tree")
    assert next(row for row in tree["children"] if row["id"] == space)["children"] == []
    master = world.make("/meters")
    world.make("/meters", master_meter_id=master)
    for at, wanted in (("", str(master)), ("/v1", master)):
        (row,) = api.get(f"{at}/meters/{master}/submeters")
        assert row["master_meter"]["id"] == wanted


def test_what_is_archived_is_shown_to_those_who_ask_for_it(api: Any) -> None:
    with api.services.dbs.session("user_db") as session:
        for status in ("unread", "read", "archived"):
            session.execute(
                "INSERT INTO tbl_notifications (user_id, created_datetime_utc, status, subject, message)"
                " VALUES (1, '2026-01-01', %s, 's', 'm')",
                (status,),
            )
    assert {row["status"] for row in api.get("/notifications")} == {"unread", "read"}
    archived = api.get("/notifications", params={"status": "archived"})
    assert [row["status"] for row in archived] == ["archived"]
    ends = {"startdatetime": "2026-01-02T00:00:00", "enddatetime": "2026-01-01T00:00:00"}
    assert api.call("GET", "/notifications", params=ends).json["description"] == "API.INVALID_END_DATETIME"


def test_line_breaks_of_mails_are_taken_out_of_messages_in_the_browser(api: Any, world: World) -> None:
    with api.services.dbs.session("fdd_db") as session:
        session.execute(
            "INSERT INTO tbl_web_messages (rule_id, user_id, subject, category, priority, message,"
            " created_datetime_utc, status) VALUES (%s, 1, 's', 'SPACE', 'LOW', 'a<br>b', '2026-01-01', 'new')",
            (world.row("/rules"),),
        )
    assert api.get("/webmessagesnew")[0]["message"] == "ab"


def test_the_activity_log_names_handlers_as_myems_does(api: Any, world: World) -> None:
    routes = merged(all_routes(api.services))
    assert {(method, path): routes[path][method].logged for method, path in LOGGED} == LOGGED
    meter, space = world.row("/meters"), world.make("/spaces", parent_space_id=1)
    body = f'{{"data":  {{"meter_id": {meter}}}}}'
    done = api.call("POST", f"/spaces/{space}/meters", body_bytes=body.encode())
    assert done.status_code == 201
    (bound, made) = api.get("/logs", params={"limit": "2"})
    assert (bound["resource_type"], bound["resource_id"]) == ("SpaceMeterCollection", space)
    assert bound["request_body"] == body
    assert (made["resource_type"], made["resource_id"]) == ("SpaceCollection", None)


def test_the_activity_log_has_the_parameters_of_paths_under_their_names(api: Any, world: World) -> None:
    routes = {
        re.sub(r"\{\w+\}", "{}", path): (path, of) for path, of in merged(all_routes(api.services)).items()
    }
    for (method, path), handler in contract().handlers.items():
        if method == "DELETE" and handler.is_logged:
            template, methods = routes[re.sub(r"\{\w+\}", "{}", path)]
            names = methods[method].logged_params
            assert [names.get(name, name) for name in re.findall(r"\{(\w+)\}", template)] == handler.params, (
                path
            )
    meter, space = world.row("/meters"), world.make("/spaces", parent_space_id=1)
    api.post(f"/spaces/{space}/meters", {"meter_id": meter})
    assert api.call("DELETE", f"/spaces/{space}/meters/{meter}").status_code == 204
    assert (
        api.get("/logs", params={"limit": "1"})[0]["request_body"]
        == f'{{"id_": "{space}", "mid": "{meter}"}}'
    )


def test_tags_that_break_lines_are_taken_out_of_templates_and_mails(api: Any, world: World) -> None:
    rule = world.make("/rules", message_template="a<br>b")
    mail = world.make("/emailmessages", message="a<br>b", created_datetime="2026-01-02T00:00:00")
    days = {"startdatetime": "2026-01-01T00:00:00", "enddatetime": "2026-01-03T00:00:00"}
    for at, wanted in (("", "ab"), ("/v1", "a<br>b")):
        assert api.get(f"{at}/rules/{rule}")["message_template"] == wanted
        assert next(row for row in api.get(f"{at}/rules") if row["id"] == rule)["message_template"] == wanted
        assert api.get(f"{at}/emailmessages/{mail}")["message"] == wanted
        assert [row["message"] for row in api.get(f"{at}/emailmessages", params=days)] == [wanted]
    copy = api.call("POST", f"/rules/{rule}/clone").headers["location"]
    assert api.get(f"/v1{copy}")["message_template"] == "a<br>b"


def test_addresses_of_contacts_are_kept_in_lower_case(api: Any, world: World) -> None:
    contact = world.make("/contacts", email=" Jane.Doe@Example.COM ")
    assert api.get(f"/contacts/{contact}")["email"] == "jane.doe@example.com"
    for path, name, key in (("/contacts", "email", "EMAIL"), ("/emailservers", "from_addr", "FROM_ADDR")):
        data = world.body(contract().handlers["POST", path], **{name: "nobody"})
        refused = api.call("POST", path, {"data": data})
        assert (refused.status_code, refused.json["description"]) == (400, f"API.INVALID_{key}")


def test_gateways_protocols_and_data_sources_that_do_not_exist_are_invalid(api: Any, world: World) -> None:
    for path, name, wrong, key in (
        ("/datasources", "gateway_id", 987654321, "GATEWAY_ID"),
        ("/datasources", "protocol", "telepathy", "DATA_SOURCE_PROTOCOL"),
        ("/points", "data_source_id", 987654321, "DATA_SOURCE_ID"),
    ):
        row = world.make(path)
        data = world.body(contract().handlers["POST", path], **{name: wrong})
        for method, at in (("POST", path), ("PUT", f"{path}/{row}")):
            refused = api.call(method, at, {"data": data}).json
            assert refused == {"title": "API.BAD_REQUEST", "description": f"API.INVALID_{key}"}


def test_a_copy_by_post_takes_meters_and_parameters_along(api: Any, world: World) -> None:
    equipment, meter, command = (
        world.make("/equipments", name="Pump"),
        world.row("/meters"),
        world.row("/commands"),
    )
    api.post(f"/equipments/{equipment}/meters", {"meter_id": meter, "is_output": False})
    api.post(f"/equipments/{equipment}/commands", {"command_id": command})
    for path, name, commands in (
        (f"/equipments/{equipment}", r"Pump Copy", []),
        (f"/equipments/{equipment}/clone", r"Pump\d{4}-.*", [command]),
    ):
        copy = api.call("POST", path).headers["location"]
        assert re.fullmatch(name, api.get(copy)["name"])
        assert [row["id"] for row in api.get(f"{copy}/meters")] == [meter]
        assert [row["id"] for row in api.get(f"{copy}/commands")] == commands


def test_a_clone_has_what_only_the_newer_dialect_shows(api: Any, world: World) -> None:
    point = world.make("/points", register_modulus=100000)
    copy = api.call("POST", f"/points/{point}/clone").headers["location"]
    assert api.get(f"/v1{copy}")["register_modulus"] == 100000


def test_forms_may_send_numbers_of_schedules_as_texts(api: Any, world: World) -> None:
    slot = {**MORNING, "peak_type": "onpeak", "price": "0.25"}
    tariff = world.make("/tariffs", timeofuse=[slot])
    assert api.get(f"/tariffs/{tariff}")["timeofuse"][0]["price"] == 0.25
    for wrong in ("", "a", "nan", "1e400"):
        data = world.body(contract().handlers["POST", "/tariffs"], timeofuse=[{**slot, "price": wrong}])
        assert api.call("POST", "/tariffs", {"data": data}).json["description"] == "API.INVALID_PRICE"


def test_a_parameter_may_show_any_point_of_the_equipments_data_sources(api: Any, world: World) -> None:
    equipment, source = world.make("/equipments"), world.make("/datasources")
    first, second = (world.make("/points", data_source_id=source) for _ in range(2))
    path = f"/equipments/{equipment}"
    api.post(f"{path}/datasources", {"data_source_id": source})
    shown = {"name": "a", "parameter_type": "point", "point_id": second}
    parameter = api.post(f"{path}/parameters", shown)
    assert [row["id"] for row in api.get(f"{path}/addpoints")] == [first, second]
    assert [row["id"] for row in api.get(f"{path}/editpoints/{parameter}")] == [second, first]


def test_a_fraction_is_of_two_meters(api: Any, world: World) -> None:
    uuids = [api.get(f"/meters/{world.make('/meters')}")["uuid"] for _ in range(2)]
    path = f"/equipments/{world.make('/equipments')}/parameters"
    for denominator, status in ((uuids[0], 400), (uuids[1], 201)):
        data = {"name": "f", "parameter_type": "fraction", "numerator_meter_uuid": uuids[0]}
        made = api.call("POST", path, {"data": {**data, "denominator_meter_uuid": denominator}})
        assert made.status_code == status, made.text
    assert api.get(path)[0]["numerator_meter"]["uuid"] == uuids[0]


def test_exports_have_points_by_key_and_lists_by_name(api: Any, world: World) -> None:
    sensor, source = world.make("/sensors"), world.make("/datasources")
    points = [world.make("/points", name=name, data_source_id=source) for name in ("b", "a")]
    for point in points:
        api.post(f"/sensors/{sensor}/points", {"point_id": point})
    assert [row["id"] for row in api.get(f"/sensors/{sensor}/points")] == points[::-1]
    assert [row["id"] for row in api.get(f"/sensors/{sensor}/export")["points"]] == points


def test_a_wind_farm_is_found_by_its_address(api: Any, world: World) -> None:
    farm = world.make("/windfarms", address="12 Gale Road")
    assert [row["id"] for row in api.get("/windfarms", params={"q": "gale"})] == [farm]
