"""The API against the facts of the contract: every route other than reports."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .facts import contract
from .walk import Walk
from .world import World

pytestmark = pytest.mark.db
_OWN_TESTS = {
    *(
        "costfiles",
        "datarepairfiles",
        "energyplanfiles",
        "knowledgefiles",
        "offlinemeterfiles",
        "ai",
        "users",
    ),
    *(
        "webmessages",
        "webmessagesbatch",
        "webmessagesnew",
        "tickets",
        "notifications",
        "logs",
        "menus",
        "version",
    ),
    *("emailmessages", "textmessages", "wechatmessages", "apikeys", "timezones", "privileges"),
}


def collections() -> list[tuple[str, str]]:
    """Collection and item of the resources that have no parent."""
    paths = set(contract().paths())
    return [
        (path, f"{path}/{{id_}}")
        for path in contract().paths()
        if re.fullmatch(r"/\w+", path) and f"{path}/{{id_}}" in paths and path[1:] not in _OWN_TESTS
    ]


def below() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Children and bindings: path and item of each."""
    children, bindings = [], []
    handlers = contract().handlers
    for path in contract().paths():
        if ("POST", path) not in handlers or not re.fullmatch(r"/\w+/\{id_\}/\w+(/\{\w+\}/points)?", path):
            continue
        items = [other for other in contract().paths() if re.fullmatch(re.escape(path) + r"/\{\w+\}", other)]
        if not items:
            continue
        (children if ("PUT", items[0]) in handlers else bindings).append((path, items[0]))
    return children, bindings


CHILDREN, BINDINGS = below()


def finish(walk: Walk, capsys: pytest.CaptureFixture[str], title: str) -> None:
    """Print the count and fail on differences."""
    with capsys.disabled():
        print(f"\n{title}: {len(walk.notes.walked)} routes walked, {walk.notes.checks} comparisons")
    assert not walk.notes.differences, "\n".join(walk.notes.differences)


@pytest.mark.parametrize(("path", "item"), collections())
def test_collection_is_as_in_the_contract(api: Any, world: World, path: str, item: str, capsys: Any) -> None:
    walk = Walk(api, world)
    walk.collection(path, item)
    finish(walk, capsys, path)


@pytest.mark.parametrize(("path", "item"), CHILDREN)
def test_child_is_as_in_the_contract(api: Any, world: World, path: str, item: str, capsys: Any) -> None:
    walk = Walk(api, world)
    parent = world.row("/" + path.split("/")[1])
    walk.collection(path, item, parent)
    finish(walk, capsys, path)


@pytest.mark.parametrize(("path", "item"), BINDINGS)
def test_binding_is_as_in_the_contract(api: Any, world: World, path: str, item: str, capsys: Any) -> None:
    walk = Walk(api, world)
    handler = contract().handlers["POST", path]
    owner = world.row("/" + path.split("/")[1])
    child = None
    if path.count("{") == 2:
        child = world.row(re.sub(r"/\{\w+\}/points$", "", path), owner)
    (name, *_) = [one for one in handler.body if one.endswith("_id")]
    walk.binding(path, item, owner, world.collection_of(name), child)
    finish(walk, capsys, path)


def test_credentials_are_checked_in_order_on_every_route(api: Any, world: World, capsys: Any) -> None:
    walk = Walk(api, world)
    for handler in contract().handlers.values():
        if handler.path not in ("/users/resetpassword", "/users/newusers/{id_}"):
            walk.credentials(handler)
    finish(walk, capsys, "credentials")
