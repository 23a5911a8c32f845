"""The contract's shapes on items that have everything, and on items that have only what they must."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pytest
from ems_api.resources.checks import DATABASE_OF
from ems_api.testing import Api
from ems_common.db.sql import compose

from .facts import Handler, contract, faults
from .test_routes import BINDINGS, CHILDREN, collections
from .world import World

pytestmark = pytest.mark.db

TOPS: Final = [path for path, _item in collections() if ("POST", path) in contract().handlers]
GIVEN: Final[dict[str, dict[str, Any]]] = {
    "/commands": {"set_value": 20.5},
    "/costcenters": {"external_id": "4711"},
    "/points": {"object_type": "ANALOG_VALUE", "is_virtual": False},
}
"""Members whose values do not follow from their names."""
BELOW: Final = (
    ("/meters", "master_meter_id"),
    ("/spaces", "parent_space_id"),
    ("/datasources", "gateway_id"),
    ("/points", "data_source_id"),
    ("/distributioncircuits", "distribution_system_id"),
)
"""Collection and member by which another item is put below the full one."""
OWNERS: Final = {"master_meter_id": "/meters", "parent_space_id": "/spaces"}
MEANT: Final = (
    # MyEMS loses these on the way from an export to an import.
    "/datasources/{id_}/export $.points[0].offset_constant: not in the contract",
    "/spaces/{id_}/export $.number_of_occupants: not in the contract",
    "/stores/{id_}/export $.working_calendars: null, not [",
)
"""Differences that are meant; each is listed in docs/differences-from-myems.md."""
NEVER: Final = frozenset(
    {
        # What other services write.
        *(
            f"/{place}"
            for rest in ("/{id_}", "/{id_}/export")
            for place in (
                f"advancedreports{rest} $.last_run_datetime",
                f"rules{rest} $.last_run_datetime",
                f"rules{rest} $.next_run_datetime",
            )
        ),
        *(f"/{path}/{{id_}}/users $" for path in ("energystoragepowerstations", "microgrids")),
        "/photovoltaicpowerstations/{id_}/users $",
        # A parameter is of one type; the lists have all of them.
        *(
            f"/{path}/{{id_}}/parameters/{{pid}} $.{name}"
            for path in ("combinedequipments", "equipments")
            for name in ("point", "numerator_meter", "denominator_meter")
        ),
        # Of MyEMS' two names of a store's calendars it fills the one its import does not read.
        "/stores/{id_}/export $.working_calendar?",
        "/datasources/{id_}/points $[].latest_value",
    }
)
"""What stays empty in a world that is made through the API alone."""


@dataclass
class Filled:
    """One item of each kind that has all members, members bound and rows below, and one that has none.

    Attributes:
        full: Collection → key of the item that has everything.
        bare: Collection → key of the item that has what it must.
        children: Route of children → key of the full item's child.
    """

    full: dict[str, int] = field(default_factory=dict)
    bare: dict[str, int] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)


def body(world: World, path: str, parent: int | None = None) -> dict[str, Any]:
    """A body with all members of a POST."""
    handler = contract().handlers["POST", path]
    data = world.body(handler, parent)
    for name, rules in handler.body.items():
        is_plain = "." not in name and "[]" not in name and not rules.get("container")
        if is_plain and name not in data and not rules.get("required_if") and name not in GIVEN.get(path, {}):
            data[name] = world.value(name, rules, parent)
    if "master_meter_id" in data:
        data["master_meter_id"] = world.make(path)
    return {**data, **GIVEN.get(path, {})}


def bind(api: Any, world: World, made: Filled, path: str) -> None:
    """Bind a member to the full item."""
    at = path.replace("{id_}", str(made.full["/" + path.split("/")[1]]))
    if path.count("{") == 2:
        at = re.sub(r"\{\w+\}", str(made.children[re.sub(r"/\{\w+\}/points$", "", path)]), at)
    (key, *_) = [one for one in contract().handlers["POST", path].body if one.endswith("_id")]
    key = key.rsplit(".", 1)[-1]
    collection = world.collection_of(key)
    if collection != "/users":
        data = {key: made.full.get(collection) or world.row(collection), "is_output": False}
        assert api.call("POST", at, {"data": data}).status_code == 201, path


@pytest.fixture(scope="module")
def filled(api: Api, world: World) -> Filled:
    """The items."""
    made = Filled()
    for path in TOPS:
        made.bare[path] = world.make(path)
        made.full[path] = world.make(path, **body(world, path))
    for path, _item in CHILDREN:
        owner = made.full["/" + path.split("/")[1]]
        made.children[path] = world.make(path, owner, **body(world, path, owner))
    for path, _item in BINDINGS:
        bind(api, world, made, path)
    for path, name in BELOW:
        data = {**body(world, path), name: made.full[OWNERS.get(name) or world.collection_of(name)]}
        key = world.make(path, **data)
    # The circuit is the last of them.
    bound = api.call(
        "POST", f"/distributioncircuits/{key}/points", {"data": {"point_id": made.full["/points"]}}
    )
    assert bound.status_code == 201
    for kind in ("equipments", "combinedequipments"):
        parameters(api, world, made, kind)
    days = f"/workingcalendars/{made.full['/workingcalendars']}/nonworkingdays"
    assert api.post(days, {"date_local": "2026-12-25", "description": "Christmas"})
    seen = datetime(2026, 1, 2, 3, 4, 5)
    with api.services.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_gateways SET last_seen_datetime_utc = %s", (seen,))
        session.execute("UPDATE tbl_data_sources SET last_seen_datetime_utc = %s", (seen,))
        session.execute(
            "UPDATE tbl_iot_sim_cards SET imsi = 'i', operator = 'o', status = 's', active_time = 'a',"
            " open_time = 'p', expiration_time = 'e', used_traffic = 1.5, total_traffic = 2.5 WHERE id = %s",
            (made.full["/iotsimcards"],),
        )
    return made


def parameters(api: Any, world: World, made: Filled, owner: str) -> None:
    """A parameter of the two types that are no constant."""
    meters = [
        api.get(f"/meters/{made.full['/meters']}")["uuid"],
        api.get(f"/meters/{made.bare['/meters']}")["uuid"],
    ]
    for given in (
        {"parameter_type": "point", "point_id": made.full["/points"]},
        {
            "parameter_type": "fraction",
            "numerator_meter_uuid": meters[0],
            "denominator_meter_uuid": meters[1],
        },
    ):
        api.post(f"/{owner}/{made.full[f'/{owner}']}/parameters", {"name": world.name(), **given})


def places(value: Any, shape: Any, at: str) -> Iterator[tuple[str, bool]]:
    """Places that may be empty, and whether they are not: nullable members, lists, optional members."""
    if isinstance(shape, dict) and set(shape) == {"|"}:
        yield at, value is not None
        for inner in [one for one in shape["|"] if isinstance(one, dict | list)][:1]:
            yield from places(value, inner, at)
    elif isinstance(shape, dict) and isinstance(value, dict):
        yield from _places_of_members(value, shape, at)
    elif isinstance(shape, list) and isinstance(value, list):
        yield at, bool(value)
        for one in value:
            yield from places(one, shape[0] if shape else None, f"{at}[]")
    elif isinstance(shape, str) and "null" in shape.split("|"):
        yield at, value is not None


def _places_of_members(value: dict[str, Any], shape: dict[str, Any], at: str) -> Iterator[tuple[str, bool]]:
    for name, inner in shape.items():
        if name.endswith("?"):
            yield f"{at}.{name}", name[:-1] in value
        if name.rstrip("?") in value:
            yield from places(value[name.rstrip("?")], inner, f"{at}.{name}")


def lists_for_null(value: Any, shape: Any, at: str) -> Iterator[str]:
    """Places where a list is empty that is null in MyEMS when nothing is in it."""
    if isinstance(shape, dict) and set(shape) == {"|"}:
        if value == []:
            yield f"{at}: [], not null"
        shape = next((one for one in shape["|"] if isinstance(one, dict | list)), None)
    if isinstance(shape, dict) and isinstance(value, dict):
        for name, inner in shape.items():
            yield from lists_for_null(value.get(name.rstrip("?")), inner, f"{at}.{name}")
    elif isinstance(shape, list) and isinstance(value, list):
        for one in value:
            for inner in shape[:1]:
                yield from lists_for_null(one, inner, f"{at}[]")


def reads(made: Filled, keys: dict[str, int]) -> Iterator[tuple[str, str, Handler]]:
    """Address, route and handler of each GET of an item and of what is below it."""
    for (method, path), handler in contract().handlers.items():
        top = "/" + path.split("/")[1]
        if method != "GET" or "{id_}" not in path or top not in keys:
            continue
        at = path.replace("{id_}", str(keys[top]))
        child = re.match(r"/\w+/\{id_\}/\w+(?=/\{)", path)
        if child is not None:
            if keys is made.bare or child.group() not in made.children:
                continue
            at = re.sub(r"\{\w+\}", str(made.children[child.group()]), at)
        yield at, path, handler


@pytest.mark.parametrize("kind", ["full", "bare"])
def test_items_have_their_shapes_down_to_the_last_member(api: Any, filled: Filled, kind: str) -> None:
    found: list[str] = []
    seen: dict[str, bool] = {}
    for at, path, handler in reads(filled, getattr(filled, kind)):
        answer = api.call("GET", at, params={"type": "meters"})
        assert answer.status_code == 200, (at, answer.text)
        wrong = (*faults(answer.json, handler.shape), *lists_for_null(answer.json, handler.shape, "$"))
        found += [f"{path} {text}" for text in wrong if not f"{path} {text}".startswith(MEANT)]
        for place, is_filled in places(answer.json, handler.shape, "$"):
            seen[f"{path} {place}"] = seen.get(f"{path} {place}", False) or is_filled
    assert found == []
    if kind == "full":
        empty = {place for place, is_filled in seen.items() if not is_filled}
        assert sorted(empty ^ (NEVER & seen.keys())) == []


def uses(api: Any, cause: str, key: int) -> bool:
    """Whether a cause of a declared error, ``row_exists:table(column)``, holds for a key."""
    table, _, column = cause.removeprefix("row_exists:").rstrip(")").partition("(")
    if not re.fullmatch(r"tbl_\w+", table) or not re.fullmatch(r"\w+_id", column):
        return False
    database = DATABASE_OF[table]
    with api.services.dbs.session(database) as session:
        sql = compose("SELECT 1 FROM {table} WHERE {column} = %s LIMIT 1", table=table, column=column)
        return session.row(sql, (key,)) is not None


def test_what_is_used_is_refused_for_the_use_that_myems_finds_first(api: Any, filled: Filled) -> None:
    wrong, refused = [], 0
    for path, key in filled.full.items():
        handler = contract().handlers["DELETE", f"{path}/{{id_}}"]
        wanted = next(
            (error.key for error in handler.errors for cause in error.causes if uses(api, cause, key)), None
        )
        if wanted is None:
            continue
        answer = api.call("DELETE", f"{path}/{key}")
        refused += 1
        if answer.status_code != 400 or answer.json["description"] != f"API.{wanted}":
            wrong.append(f"{path}: {answer.text}, not {wanted}")
    assert wrong == []
    assert refused > 10
