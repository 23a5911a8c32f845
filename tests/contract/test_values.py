"""Values that MyEMS writes in a form of its own: times of day, names of copies, trees, the activity log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from ems_api.routes import all_routes
from ems_api.routing import merged

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
