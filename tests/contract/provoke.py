"""Provokes the errors that the contract declares, from their causes.

Every declared error names a cause: ``invalid:path.id_``, ``row_missing:tbl_meters(id)`` … The provoker sends
requests that have such a cause and are right otherwise. The ledger of the client says which errors came back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from ems_common.catalog import TABLES

from .facts import FOLDER, Handler, contract
from .world import World

UNKNOWN = 987_654_321
UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"
WRONG: tuple[Any, ...] = ("x", 5, None, "", -1, 0, [], {}, "nonsense", True)
NOT_THERE = object()
Json = dict[str, Any]


class Declared:
    """One declared error.

    Args:
        route: Method and path.
        text: Status, title, description and causes, separated by spaces.
    """

    def __init__(self, route: str, text: str) -> None:
        status, title, key, *causes = text.split(" ")
        self.route = route
        self.status = int(status)
        self.title = title.strip('"').replace("_", " ") if title.startswith('"') else title
        self.key = key
        self.causes = causes

    @property
    def entry(self) -> tuple[str, int, str, str]:
        """The error as it stands in the ledger."""
        return self.route, self.status, self.title, self.key

    def __str__(self) -> str:
        return f"{self.route}: {self.status} {self.title} {self.key} {' '.join(self.causes)}"


@lru_cache(maxsize=1)
def declared() -> dict[str, list[Declared]]:
    """All declared errors by route, in MyEMS' order."""
    document = json.loads((FOLDER / "errors.json").read_text(encoding="utf-8"))
    texts = document["errors"]
    return {
        route: [Declared(route, texts[number]) for number in numbers]
        for route, numbers in document["routes"].items()
    }


class Provoker:
    """Sends what must be refused.

    Args:
        api: A client with a ledger, signed in as administrator.
        world: Rows to refer to.
    """

    def __init__(self, api: Any, world: World) -> None:
        self.api = api
        self.world = world
        self.handlers = contract().handlers
        self.log: dict[str, list[str]] = {}
        self._below_root: int | None = None
        self._filled: set[str] = set()

    def provoke(self, handler: Handler, make_member: Callable[[str], int]) -> None:
        """Send requests until each declared error has come, or all causes have been tried."""
        route = f"{handler.method} {handler.path}"
        keys = self.keys(handler, make_member)
        body = self.body(handler, keys)
        for error in declared().get(route, []):
            for path, changed in self._requests(handler, error, keys, body):
                if error.entry in self.api.client.seen:
                    break
                result = self._send(handler, path, self._fresh(changed, error))
                self.log.setdefault(str(error), []).append(f"{result.status_code} {result.text[:90]}")

    def _send(self, handler: Handler, path: str, body: Any) -> Any:
        if isinstance(body, bytes):
            return self.api.call(handler.method, path, body_bytes=body)
        return self.api.call(handler.method, path, body)

    def _fresh(self, body: Any, error: Declared) -> Any:
        """The body under a name that is free, unless taken names are what is tried."""
        if any(cause.startswith("row_exists:tbl") and "name" in cause for cause in error.causes):
            return body
        if isinstance(body, dict) and str(body.get("name", "")).startswith("row "):
            return {**body, "name": self.world.name()}
        data = body.get("data") if isinstance(body, dict) else None
        if isinstance(data, dict) and str(data.get("name", "")).startswith("row "):
            return {**body, "data": {**data, "name": self.world.name()}}
        return body

    # --- what is right ---

    def keys(self, handler: Handler, make_member: Callable[[str], int]) -> list[int]:
        """Keys of rows for the parameters of a path."""
        keys: list[int] = []
        prefix = ""
        for segment in handler.path.split("/")[1:]:
            if not segment.startswith("{"):
                prefix += f"/{segment}"
                continue
            keys.append(self._key(prefix, keys, make_member))
            prefix += f"/{segment}"
        return keys

    def _key(self, prefix: str, keys: list[int], make_member: Callable[[str], int]) -> int:
        if ("POST", prefix) not in self.handlers or prefix == "/users" or prefix.endswith("files"):
            return make_member(prefix)
        if prefix == "/spaces":
            return self._space()
        if not keys:
            return self.world.row(prefix)
        if any(path.startswith(f"{prefix}/{{") and method == "PUT" for method, path in self.handlers):
            return self.world.row(re.sub(r"\{\w+\}", "{id_}", prefix, count=1), keys[0])
        name = next(name for name in self.handlers["POST", prefix].body if name.endswith("_id"))
        collection = self.world.collection_of(name)
        return make_member(collection) if collection == "/users" else self.world.row(collection)

    def _space(self) -> int:
        """A space below the root, which is none that MyEMS protects."""
        if self._below_root is None:
            self._below_root = self.world.make("/spaces")
        return self._below_root

    def body(self, handler: Handler, keys: list[int]) -> Json | None:
        """A body that is right."""
        if handler.path.endswith("/import"):
            return self._exported(handler.path.removesuffix("/import"))
        if not handler.body:
            return None
        return {"data": self.world.body(handler, keys[0] if keys else None)}

    def _exported(self, collection: str) -> Json:
        key = self._space() if collection == "/spaces" else self.world.row(collection)
        if collection not in self._filled:
            self._filled.add(collection)
            self._fill(collection, key)
        item: Json = self.api.get(f"{collection}/{key}/export")
        return {**item, "name": self.world.name()}

    def _fill(self, collection: str, key: int) -> None:
        """Give a row all children and members that it may have, as an export should show them."""
        for (method, path), handler in self.handlers.items():
            if method != "POST" or not re.fullmatch(re.escape(collection) + r"/\{id_\}/\w+", path):
                continue
            if path.endswith(("/clone", "/import")) or not handler.body:
                continue
            for kind in ("constant", "point", "fraction") if path.endswith("/parameters") else ("",):
                given = {"parameter_type": kind} if kind else {}
                if kind == "fraction":
                    for name in ("numerator_meter_uuid", "denominator_meter_uuid"):
                        given[name] = self.api.get(f"/meters/{self.world.make('/meters')}")["uuid"]
                if kind == "point":
                    given["point_id"] = self.world.row("/points")
                self.api.call(
                    "POST", path_of(path, [key]), {"data": {**self.world.body(handler, key), **given}}
                )
        if collection == "/distributionsystems":
            circuit = self.world.make("/distributioncircuits", distribution_system_id=key)
            point = {"data": {"point_id": self.world.row("/points")}}
            self.api.call("POST", f"/distributioncircuits/{circuit}/points", point)

    # --- what is wrong ---

    def _requests(
        self, handler: Handler, error: Declared, keys: list[int], body: Json | None
    ) -> Iterator[tuple[str, Any]]:
        at = path_of(handler.path, keys)
        for cause in error.causes or ["-"]:
            kind, _, what = cause.partition(":")
            if kind in ("json_parse", "body_read_failure"):
                yield from ((at, raw) for raw in (b"{", b"\xff\xfe"))
            elif what.startswith("path."):
                yield from self._bad_paths(handler, keys, body, what.removeprefix("path."))
            elif kind == "row_missing":
                yield from self._missing_rows(handler, error, keys, body)
            elif kind == "row_exists" and handler.method == "DELETE":
                yield from self._relations(handler, error, keys, what)
            elif kind == "row_exists":
                yield from self._doubles(handler, keys, body, what)
            elif body is not None and "body." in what:
                yield from (
                    (at, wrong) for wrong in self._bad_bodies(handler, body, what.partition("body.")[2])
                )

    def _bad_paths(
        self, handler: Handler, keys: list[int], body: Any, name: str
    ) -> Iterator[tuple[str, Any]]:
        for number, param in enumerate(handler.params):
            if param == name:
                for text in ("x", "0"):
                    yield path_of(handler.path, [*keys[:number], text, *keys[number + 1 :]]), body

    def _missing_rows(
        self, handler: Handler, error: Declared, keys: list[int], body: Any
    ) -> Iterator[tuple[str, Any]]:
        for number in reversed(range(len(keys))):
            yield path_of(handler.path, [*keys[:number], UNKNOWN, *keys[number + 1 :]]), body
        at = path_of(handler.path, keys)
        if handler.method == "DELETE" and len(keys) > 1:
            yield at, None
            yield at, None
        if isinstance(body, dict):
            yield from ((at, dangling) for dangling in self._dangling(handler, error, body))

    def _dangling(self, handler: Handler, error: Declared, body: Json) -> Iterator[Json]:
        """Bodies that name a row which does not exist."""
        word = error.key.removesuffix("_NOT_FOUND").lower()
        for name in handler.body:
            if name.endswith((f"{word}_id", f"{word}_uuid", f"{word}.id", f"{word}.uuid")):
                where = (() if handler.path.endswith("/import") else ("data",)) + tuple(name.split("."))
                if "[]" not in name:
                    new = UNKNOWN_UUID if name.endswith("uuid") else UNKNOWN
                    yield changed(needed(handler, name, body), where, new)
        for where in places(body):
            if where[-1] in ("id", "uuid") and len(where) > 2 and word.endswith(("point", "node")):
                yield changed(body, where, UNKNOWN_UUID if where[-1] == "uuid" else UNKNOWN)
        for name, value in body.items():
            if singular(name) == word and (value is None or isinstance(value, list)):
                yield {**body, name: [{"id": UNKNOWN, "is_output": True}]}

    def _bad_bodies(self, handler: Handler, body: Json, name: str) -> Iterator[Any]:
        """Bodies in which one member breaks its rule, in each row when it stands in rows."""
        base = needed(handler, name.removeprefix("data."), body)
        pattern = re.compile(re.escape(name).replace(r"\[\]", r"\.\d+"))
        found = [where for where in places(base) if pattern.fullmatch(".".join(map(str, where)))]
        for where in found or ([] if "[]" in name else [tuple(name.split("."))]):
            for value in (*WRONG, NOT_THERE):
                yield changed(base, where, value)
        head = name.partition("[]")[0]
        if "[]" in name and not found and head in body:
            yield {**body, head: [{"id": "x", "is_output": True}]}

    def _doubles(self, handler: Handler, keys: list[int], body: Any, what: str) -> Iterator[tuple[str, Any]]:
        at = path_of(handler.path, keys)
        if not isinstance(body, dict):
            yield at, body
        elif handler.path.endswith("/import"):
            yield from ((at, doubled) for doubled in self._doubles_of_import(at, body, what))
        else:
            yield from self._doubles_of_row(handler, at, keys, body, what)

    def _doubles_of_import(self, at: str, body: Json, what: str) -> Iterator[Json]:
        """Imports of a taken name, and of rows that stand twice in them."""
        for name, rows in body.items():
            if isinstance(rows, list) and rows:
                yield {**body, name: [rows[0], rows[0]], "name": self.world.name()}
                for row in rows:
                    if isinstance(row, dict) and row.get("points"):
                        twice = {**row, "points": 2 * row["points"]}
                        yield {**body, name: [twice], "name": self.world.name()}
        taken = self.world.name()
        self.api.call("POST", at, {**body, "name": taken})
        yield {**body, "name": taken}
        member = re.match(r"tbl_\w+?\(\w+,(\w+)_id\)", what)
        if member:
            collection = self.world.collection_of(f"{member.group(1)}_id")
            row = {"id": self.world.row(collection), "is_output": True}
            for name in body:
                if singular(name) == member.group(1):
                    yield {**body, name: [row, row], "name": self.world.name()}

    def _doubles_of_row(
        self, handler: Handler, at: str, keys: list[int], body: Json, what: str
    ) -> Iterator[tuple[str, Any]]:
        """Bodies with values that another row has."""
        columns = set(what[what.find("(") + 1 : -1].split(","))
        if handler.method == "POST":
            self.api.call("POST", at, body)
            other = self.world.body(handler, keys[0] if keys else None)
            same = {name: value for name, value in body["data"].items() if name in columns}
            yield at, {"data": {**other, **same}}
        yield at, body
        post = self.handlers.get(("POST", handler.path.rsplit("/", 1)[0]))
        if handler.method == "PUT" and post is not None:
            other = self.world.body(post, keys[0] if len(keys) > 1 else None)
            self.api.call("POST", at.rsplit("/", 1)[0], {"data": other})
            same = {name: value for name, value in other.items() if name in columns}
            yield at, {"data": {**body["data"], **same}}

    def _relations(
        self, handler: Handler, error: Declared, keys: list[int], what: str
    ) -> Iterator[tuple[str, Any]]:
        found = re.match(r"(\w+)\(([\w,]+)\)", what)
        if found is None or len(keys) != 1:
            return
        key = self.world.make(handler.path.rsplit("/", 1)[0])
        at = path_of(handler.path, [key])
        table, column = found.group(1), found.group(2).split(",")[0]
        uuid = "uuid" in column and self.api.get(at).get("uuid")
        for database, tables in TABLES.items():
            if table not in tables:
                continue
            row = {
                one.name: _filler(one) for one in tables[table].columns if not one.null and one.name != "id"
            }
            for name in found.group(2).split(","):
                if name.endswith("_uuid"):
                    row[name] = uuid
                elif name.endswith("_id") or name == column:
                    row[name] = key
            names = ", ".join(row)
            marks = ", ".join(["%s"] * len(row))
            with self.api.services.dbs.session(database) as session:
                session.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
            yield at, None


def _filler(column: Any) -> Any:
    """A value that a column takes."""
    kind = column.type
    if kind.startswith(("DATE", "TIMESTAMP")):
        return "2026-01-01 00:00:00"
    if kind.startswith("TIME"):
        return "00:00:00"
    if kind.startswith(("VARCHAR", "CHAR", "TEXT", "LONGTEXT", "MEDIUMTEXT", "JSON")):
        return "{}"
    return 77_000_001 if kind.startswith("BIGINT") else 1


def path_of(template: str, keys: list[Any]) -> str:
    """A path with these values of its parameters."""
    for key in keys:
        template = re.sub(r"\{\w+\}", str(key), template, count=1)
    return template


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the members of a JSON value stand."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*at, name)
        yield from places(inner, (*at, name))


def singular(name: str) -> str:
    """Name of one of many: ``virtual_meters`` → ``virtual_meter``."""
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def needed(handler: Handler, name: str, body: Json) -> Json:
    """The body with whatever makes a member needed that is not always."""
    rules = handler.body.get(name)
    for other, value in (rules.get("required_if") or {} if isinstance(rules, dict) else {}).items():
        body = changed(body, tuple(other.split(".")), value)
    return body


def changed(value: Any, where: tuple[Any, ...], new: Any) -> Any:
    """A JSON value with another value, or none, at a place."""
    name, *rest = where
    copy = {} if value is None else dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[name] = changed(copy.get(name) if isinstance(copy, dict) else copy[name], tuple(rest), new)
    elif new is NOT_THERE:
        copy.pop(name, None) if isinstance(copy, dict) else copy.pop(name)
    else:
        copy[name] = new
    return copy
