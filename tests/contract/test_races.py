"""Many requests with the same name at once: exactly one wins, on every resource, in an empty table too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .facts import contract
from .test_routes import CHILDREN, collections
from .world import World

pytestmark = pytest.mark.db
AT_ONCE = 6


def race(api: Any, path: str, body: dict[str, Any]) -> list[int]:
    """Statuses of equal requests sent at once."""
    with ThreadPoolExecutor(AT_ONCE) as workers:
        return sorted(
            workers.map(lambda _n: api.call("POST", path, {"data": body}).status_code, range(AT_ONCE))
        )


def is_named(path: str) -> bool:
    """Whether names of a collection are unique, as the contract has an error for those that are taken."""
    errors = contract().handlers["POST", path].errors
    return any("ALREADY_IN_USE" in error.key or error.key.endswith("_EXISTS") for error in errors)


@pytest.mark.parametrize(
    "path",
    [path for path, _item in collections() if ("POST", path) in contract().handlers and is_named(path)],
)
def test_one_of_many_wins_in_a_collection(api: Any, world: World, path: str) -> None:
    body = world.body(contract().handlers["POST", path])
    statuses = race(api, path, body)
    assert statuses.count(201) == 1, statuses
    assert set(statuses[1:]) <= {400, 404}, statuses


@pytest.mark.parametrize("path", [path for path, _item in CHILDREN if is_named(path)])
def test_one_of_many_wins_among_children(api: Any, world: World, path: str) -> None:
    parent = world.row("/" + path.split("/")[1])
    body = world.body(contract().handlers["POST", path], parent)
    statuses = race(api, path.replace("{id_}", str(parent)), body)
    assert statuses.count(201) == 1, statuses
    assert set(statuses[1:]) <= {400, 404}, statuses


def test_one_of_many_users_of_a_name_is_made(api: Any) -> None:
    far = "2035-01-01T00:00:00"
    user = {
        "name": "twin",
        "display_name": "Twin",
        "email": "twin@example.com",
        "password": "a good password",
    }
    user |= {"is_admin": False, "account_expiration_datetime": far, "password_expiration_datetime": far}
    assert race(api, "/users", user).count(201) == 1


def test_names_that_were_there_twice_stay_and_only_new_ones_are_refused(api: Any) -> None:
    """Data that came from elsewhere may break the rule; it is served, changed and mended all the same."""
    with api.services.dbs.session("system_db") as session:
        for number in (1, 2):
            session.execute(
                "INSERT INTO tbl_sensors (name, uuid, description) VALUES ('Double', %s, NULL)",
                (f"u{number}",),
            )
    keys = [row["id"] for row in api.get("/sensors") if row["name"] == "Double"]
    assert len(keys) == 2
    assert api.call("POST", "/sensors", {"data": {"name": "Double"}}).status_code == 400
    assert api.call("PUT", f"/sensors/{keys[1]}", {"data": {"name": "Single"}}).status_code == 200
    assert api.call("PUT", f"/sensors/{keys[0]}", {"data": {"name": "Double"}}).status_code == 200
