"""Which error is answered when several things are wrong at once: the one that MyEMS finds first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from ems_common.catalog import TABLES

from .facts import Error, Handler, contract
from .provoke import UNKNOWN, Provoker, declared, path_of
from .test_errors import OWN_TESTS, member_of
from .world import World

pytestmark = pytest.mark.db

ODD: Final = {
    ("PUT", "/spaces/{id_}"): "the root has no parent here, so a parent is looked at after the members",
    # A resource's members have one order here.
    ("POST", "/photovoltaicpowerstations"): "MyEMS checks the station's code before the address elsewhere",
    ("POST", "/offlinemeters"): "MyEMS looks for the cost centre before the item in PUT",
}
_TABLES: Final = {name: table for database in TABLES.values() for name, table in database.items()}


def handlers() -> Iterator[Handler]:
    """What takes a body of members."""
    for (method, path), handler in contract().handlers.items():
        is_own = path.startswith(OWN_TESTS) or path.endswith("/import") or handler.is_multipart
        if method in ("POST", "PUT") and handler.body and not is_own:
            yield handler


def needed(handler: Handler) -> list[tuple[str, str]]:
    """Members that must be given, and the key of the error when one is not, in MyEMS' order."""
    names = [name for name, rules in handler.body.items() if rules.get("required") and name.isidentifier()]
    found: dict[str, str] = {}
    for error in declared()[f"{handler.method} {handler.path}"]:
        for cause in error.causes:
            name = re.sub(r"^invalid:body\.(data\.)?(\w+).*", r"\2", cause)
            if name in names:
                found.setdefault(name, error.key)
    return list(found.items())


def first_errors(api: Any, handler: Handler, path: str, body: dict[str, Any], *, wrapped: bool) -> list[str]:
    """What is answered while members are missing, where it is not what MyEMS answers.

    Args:
        api: The client.
        handler: The handler.
        path: Its path with keys.
        body: All members.
        wrapped: Whether they stand in `data`.
    """
    wrong = needed(handler)
    given = {name: value for name, value in body.items() if name not in dict(wrong)}
    found = []
    for name, wanted in wrong:
        answer = api.call(handler.method, path, {"data": given} if wrapped else given)
        if (answer.json or {}).get("description") != f"API.{wanted}":
            found.append(f"{handler.method} {handler.path} without {name}…: {answer.text}, not {wanted}")
        given[name] = body[name]
    return found


def test_the_first_of_several_missing_members_is_named(api: Any, world: World, capsys: Any) -> None:
    provoker = Provoker(api, world)
    members: dict[str, int] = {}

    def member(prefix: str) -> int:
        if prefix not in members:
            members[prefix] = member_of(api, world, prefix)
        return members[prefix]

    found, count = [], 0
    for handler in handlers():
        if (handler.method, handler.path) in ODD:
            continue
        keys = provoker.keys(handler, member)
        body = provoker.body(handler, keys)
        assert body is not None
        found += first_errors(api, handler, path_of(handler.path, keys), body["data"], wrapped=True)
        count += len(needed(handler))
    for (_, path), handler in contract().handlers.items():
        if path.endswith("/import"):
            found += first_errors(api, handler, path, provoker.body(handler, []) or {}, wrapped=False)
            count += len(needed(handler))
    with capsys.disabled():
        print(f"\n{count} bodies with several members missing")
    assert found == [], "\n".join(found)
    assert count > 750


def rows_looked_for(handler: Handler) -> list[tuple[Error, str]]:
    """Errors of names that are taken and of rows that are missing, in MyEMS' order, and their causes."""
    return [
        (error, cause)
        for error in handler.errors
        for cause in error.causes
        if cause.startswith(("row_exists:", "row_missing:")) and len(error.causes) == 1
    ]


def references(handler: Handler, table: str) -> dict[str, str]:
    """Member → table of the row that it names."""
    columns = _TABLES[table].by_name
    return {
        name: columns[name].reference
        for name in handler.body
        if name in columns and columns[name].reference and not handler.body[name].get("required_if")
    }


def test_a_taken_name_and_missing_rows_are_found_in_order(api: Any, world: World, capsys: Any) -> None:
    found, count = [], 0
    for handler in handlers():
        taken = [cause for _, cause in rows_looked_for(handler) if cause.startswith("row_exists:")]
        if handler.method != "POST" or "{" in handler.path or not taken or "name" not in handler.body:
            continue
        table, _, columns = taken[0].removeprefix("row_exists:").rstrip(")").partition("(")
        own = {name: of for name, of in references(handler, table).items() if name not in columns.split(",")}
        if not own or (handler.method, handler.path) in ODD:
            continue
        body = world.body(handler)
        assert api.call("POST", handler.path, {"data": body}).status_code == 201
        wrong = {**body, **dict.fromkeys(own, UNKNOWN)}
        for error, cause in rows_looked_for(handler):
            of = cause.partition(":")[2].partition("(")[0]
            if cause.startswith("row_missing:") and of not in own.values():
                continue
            answer = api.call("POST", handler.path, {"data": wrong})
            count += 1
            if answer.json.get("description") != f"API.{error.key}":
                found.append(f"{handler.path}: {answer.text}, not {error.key}")
            if cause.startswith("row_exists:"):
                wrong["name"] = world.name()
            else:
                wrong |= {name: body.get(name) for name, reference in own.items() if reference == of}
    with capsys.disabled():
        print(f"\n{count} bodies with a taken name or missing rows")
    assert found == []
    assert count > 50
