"""Order and values of lists, as MyEMS answers them on the same rows."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

import jsonschema_rs
import pytest
from ems_common.clock import utc_now

from .facts import contract
from .test_routes import BINDINGS, CHILDREN, collections
from .world import World

pytestmark = pytest.mark.db

BY_ID: Final = "id"
ORDERS: Final = {
    # Collections that MyEMS does not sort by key.
    "/contacts": "name",
    # Children and bindings that it does not sort by key.
    "/costcenters/{id_}/tariffs": "name",
    "/distributioncircuits/{id_}/points": "name",
    "/meters/{id_}/points": "name",
    "/sensors/{id_}/points": "name",
    **{
        f"/{owner}/{{id_}}/{devices}": "name"
        for owner, kinds in {
            "energystoragecontainers": "batteries dcdcs firecontrols grids hvacs loads powerconversionsystems stses",
            "microgrids": "batteries evchargers generators grids heatpumps loads photovoltaics"
            " powerconversionsystems",
            "photovoltaicpowerstations": "grids invertors loads",
        }.items()
        for devices in kinds.split()
    },
}
"""Route → member that its rows are sorted by; all others are sorted by their keys."""

PERIOD: Final = {"startdatetime": "2020-01-01T00:00:00", "enddatetime": "2035-01-01T00:00:00"}
NAMES: Final = ("Walnut", "ash", "Élm", "Beech 10", "Beech 9")
"""Their order by key, by bytes and by name all differ."""
SORTED: Final = ["ash", "Beech 10", "Beech 9", "Élm", "Walnut"]
"""As the collation of the databases (utf8mb4_unicode_ci, MyEMS' own) sorts them."""


def order_of(path: str) -> str:
    """The member that a route's rows are sorted by."""
    return "name" if re.fullmatch(r"/\w+/\{id_\}/\w+/\{\w+\}/points", path) else ORDERS.get(path, BY_ID)


def is_in_order(rows: list[dict[str, Any]], order: str, made: list[int]) -> bool:
    """Whether the rows made for a test stand in their order."""
    own = [row for row in rows if row["id"] in made]
    assert len(own) == len(made)
    if order == BY_ID:
        return [row["id"] for row in own] == made
    return [row["name"] for row in own] == SORTED


def named(world: World, path: str, parent: int | None = None) -> list[int]:
    """Rows of a collection whose names are in no order."""
    rules = contract().handlers["POST", path].body
    if "name" not in rules:
        return [world.make(path, parent, **own) for own in _nameless(path)]
    return [world.make(path, parent, name=name) for name in NAMES]


def _nameless(path: str) -> list[dict[str, Any]]:
    if path.endswith("/schedules"):
        hours = (("08:00:00", "12:00:00"), ("00:00:00", "08:00:00"), ("12:00:00", "23:59:59"))
        return [{"start_time_of_day": start, "end_time_of_day": end} for start, end in hours]
    if path.endswith("/nonworkingdays"):
        return [{"date_local": f"2026-01-0{day}"} for day in (1, 2, 3)]
    return [{}, {}, {}]


@pytest.mark.parametrize("path", [path for path, _item in collections() if path != "/timezones"])
def test_collections_are_sorted_as_in_myems(api: Any, world: World, path: str) -> None:
    if ("GET", path) not in contract().handlers:
        return
    made = named(world, path)
    assert is_in_order(api.get(path), order_of(path), made)


@pytest.mark.parametrize("path", [path for path, _item in CHILDREN])
def test_children_are_sorted_as_in_myems(api: Any, world: World, path: str) -> None:
    parent = world.make("/" + path.split("/")[1])
    made = named(world, path, parent)
    rows = api.get(path.replace("{id_}", str(parent)))
    if path.endswith("/schedules"):
        assert [row["start_time_of_day"] for row in rows] == ["0:00:00", "8:00:00", "12:00:00"]
        return
    assert is_in_order(rows, order_of(path), made)


@pytest.fixture(scope="module")
def documented(api: Any) -> dict[str, Any]:
    """Paths of the OpenAPI document."""
    paths: dict[str, Any] = api.get("/v1/openapi.json")["paths"]
    return paths


@pytest.mark.parametrize("path", [path for path, _item in BINDINGS])
def test_members_are_sorted_as_in_myems_and_answered_as_documented(
    api: Any, world: World, documented: dict[str, Any], path: str
) -> None:
    owner = world.make("/" + path.split("/")[1])
    at = path.replace("{id_}", str(owner))
    if path.count("{") == 2:
        at = re.sub(r"\{\w+\}", str(world.make(re.sub(r"/\{\w+\}/points$", "", path), owner)), at)
    (key, *_) = [one for one in contract().handlers["POST", path].body if one.endswith("_id")]
    collection = world.collection_of(key.split(".")[-1])
    if collection in ("/users", "/spaces"):
        return  # made otherwise; their order is by key as well
    given = {"object_type": "ANALOG_VALUE"} if collection == "/points" else {}
    mark = world.name()
    made = [world.make(collection, name=f"{name} {mark}", **given) for name in NAMES]
    for member in reversed(made):
        data = {key.split(".")[-1]: member, "is_output": False}
        assert api.call("POST", at, {"data": data}).status_code == 201
    rows = api.get(at)
    if order_of(path) == "name":
        assert [row["name"] for row in rows] == [f"{name} {mark}" for name in SORTED]
    else:
        assert [row["id"] for row in rows] == made
    template = path if path in documented else re.sub(r"\{(?!id_)\w+\}", "{child_id}", path)
    declared = documented[template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert declared["items"]["properties"]
    for shown in (rows, api.get(f"/v1{at}")):
        jsonschema_rs.validate(
            {**declared, "items": {**declared["items"], "additionalProperties": False}}, shown
        )


def test_privileges_begin_with_the_newest_and_users_are_sorted_by_name(api: Any, world: World) -> None:
    made = [api.post("/privileges", {"name": name, "data": '{"spaces": [1]}'}) for name in NAMES]
    assert [row["id"] for row in api.get("/privileges") if row["id"] in made] == made[::-1]
    far = "2035-01-01T00:00:00"
    for name in ("walnut", "ash", "beech"):
        user = {"name": name, "display_name": name, "email": f"{name}@example.com", "is_admin": False}
        user |= {"password": "a good password", "account_expiration_datetime": far}
        api.post("/users", {**user, "password_expiration_datetime": far})
    names = [row["name"] for row in api.get("/users")]
    assert names == ["administrator", "ash", "beech", "walnut"]


def test_data_sources_of_a_gateway_and_circuits_of_a_system_are_sorted_by_name(
    api: Any, world: World
) -> None:
    gateway, system = world.make("/gateways"), world.make("/distributionsystems")
    for name in NAMES:
        world.make("/datasources", name=f"{name} of it", gateway_id=gateway)
        world.make("/distributioncircuits", name=f"{name} of it", distribution_system_id=system)
    wanted = [f"{name} of it" for name in SORTED]
    for path in (f"/gateways/{gateway}/datasources", f"/distributionsystems/{system}/distributioncircuits"):
        assert [row["name"] for row in api.get(path)] == wanted
    exported = api.get(f"/distributionsystems/{system}/export")
    assert [row["name"] for row in exported["circuits"]] == wanted


def test_variables_are_sorted_by_their_numbers_and_tariff_slots_as_they_were_given(
    api: Any, world: World
) -> None:
    meter = world.row("/meters")
    rows = [{"name": f"x{n}", "meter_type": "meter", "meter_id": meter} for n in (10, 2, 1)]
    formula = {"equation": "x1 + x2 + x10", "variables": rows}
    key = world.make("/virtualmeters", expression=formula)
    shown = api.get(f"/virtualmeters/{key}")["expression"]["variables"]
    assert [row["name"] for row in shown] == ["x1", "x2", "x10"]
    late = {"start_time_of_day": "12:00:00", "end_time_of_day": "23:59:59", "peak_type": "onpeak", "price": 2}
    early = {**late, "start_time_of_day": "00:00:00", "end_time_of_day": "12:00:00", "price": 1}
    key = world.make("/tariffs", timeofuse=[late, early])
    assert [row["price"] for row in api.get(f"/tariffs/{key}")["timeofuse"]] == [2, 1]


@pytest.mark.parametrize(
    ("path", "table", "is_newest_first"),
    [
        ("/emailmessages", "tbl_email_messages", False),
        ("/textmessages", "tbl_text_messages_outbox", True),
        ("/wechatmessages", "tbl_wechat_messages_outbox", True),
    ],
)
def test_outboxes_are_sorted_by_time(
    api: Any, world: World, path: str, table: str, is_newest_first: bool
) -> None:
    made = [world.make(path) for _ in range(3)]
    with api.services.dbs.session("fdd_db") as session:
        for key, day in zip(made, (2, 3, 1), strict=True):
            session.execute(
                f"UPDATE {table} SET created_datetime_utc = %s WHERE id = %s", (datetime(2026, 1, day), key)
            )
    oldest_first = [made[2], made[0], made[1]]
    wanted = oldest_first[::-1] if is_newest_first else oldest_first
    assert [row["id"] for row in api.get(path, params=PERIOD)] == wanted


@pytest.mark.parametrize(
    ("path", "table"),
    [
        (f"/{name}", f"tbl_{name.removesuffix('files')}_files")
        for name in ("costfiles", "datarepairfiles", "energyplanfiles", "offlinemeterfiles", "knowledgefiles")
    ],
)
def test_files_begin_with_the_newest(api: Any, path: str, table: str) -> None:
    table = {
        "tbl_datarepair_files": "tbl_data_repair_files",
        "tbl_energyplan_files": "tbl_energy_plan_files",
    }.get(table, table.replace("offlinemeter", "offline_meter"))
    last, value = ("upload_user_uuid", "u") if path == "/knowledgefiles" else ("status", "new")
    with api.services.dbs.session("system_db" if path == "/knowledgefiles" else "historical_db") as session:
        for day in (2, 3, 1):
            session.execute(
                f"INSERT INTO {table} (file_name, uuid, upload_datetime_utc, {last}, file_object)"
                " VALUES (%s, 'u', %s, %s, 'x')",
                (f"{day}", datetime(2026, 1, day), value),
            )
    assert [row["file_name"] for row in api.get(path)] == ["3", "2", "1"]


def optional_texts(path: str) -> list[str]:
    """Members of a POST that may be left out and hold a text."""
    rules = contract().handlers["POST", path].body
    return [
        name
        for name, rule in rules.items()
        if name in ("description", "camera_url", "external_id", "faults", "definitions")
        and not rule.get("required")
    ]


@pytest.mark.parametrize("path", [path for path, _item in collections() if path != "/timezones"])
def test_a_text_that_was_left_empty_is_null(api: Any, world: World, path: str) -> None:
    for empty in ("", None):
        key = world.make(path, **dict.fromkeys(optional_texts(path), empty))
        item = api.get(f"{path}/{key}")
        assert {name: item[name] for name in optional_texts(path)} == dict.fromkeys(optional_texts(path))


def test_points_of_a_data_source_show_fresh_values_only(api: Any, world: World) -> None:
    source = world.make("/datasources")
    given = {"data_source_id": source, "object_type": "ANALOG_VALUE", "is_virtual": False}
    fresh, old, silent = (world.make("/points", name=name, **given) for name in ("a", "b", "c"))
    with api.services.dbs.session("historical_db") as session:
        for key, age in ((fresh, timedelta(minutes=29)), (old, timedelta(minutes=31))):
            session.execute(
                "INSERT INTO tbl_analog_value_latest (point_id, utc_date_time, actual_value) VALUES (%s, %s, 7.5)",
                (key, (utc_now() - age).replace(tzinfo=None)),
            )
    shown = {row["id"]: row["latest_value"] for row in api.get(f"/datasources/{source}/points")}
    assert shown == {fresh: 7.5, old: None, silent: None}
