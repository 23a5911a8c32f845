"""Walks the routes of the contract and notes where the API differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .facts import TITLES, Error, Handler, contract, faults
from .world import World

WRONG: dict[str, list[Any]] = {
    "string": [5, "", "   ", None],
    "int": ["x", 1.5, None],
    "number": ["x", None],
    "bool": ["x", 1, None],
}


MEANT = {
    # MyEMS forgets the number of occupants, so its own import of the export would fail here.
    ("GET /spaces/{id_}/export", "$.number_of_occupants: not in the contract"),
    # MyEMS fills another key by mistake, and loses a store's calendars.
    ("GET /stores/{id_}/export", "$.working_calendars: null, not []"),
}
"""Differences that are meant; each is listed in docs/differences-from-myems.md."""


@dataclass
class Notes:
    """What was found.

    Attributes:
        checks: How many things were compared.
        differences: What differs, one line each.
        walked: Routes (method and path) that answered as declared.
    """

    checks: int = 0
    differences: list[str] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)

    def expect(self, is_fine: bool, text: str) -> None:
        """Note a comparison."""
        self.checks += 1
        if not is_fine:
            self.differences.append(text)


class Walk:
    """One walk.

    Args:
        api: A client signed in as administrator.
        world: Rows to refer to.
    """

    def __init__(self, api: Any, world: World) -> None:
        self.api = api
        self.world = world
        self.notes = Notes()
        self.handlers = contract().handlers

    def answer(self, result: Any, handler: Handler, what: str = "") -> None:
        """Compare a successful answer."""
        name = f"{handler.method} {handler.path}"
        is_fine = result.status_code == handler.status
        self.notes.expect(
            is_fine, f"{name} {what}: {handler.status} expected, {result.status} {result.text[:160]}"
        )
        if is_fine:
            self.notes.walked.add(name)
        if is_fine and handler.shape is not None:
            found = [fault for fault in faults(result.json, handler.shape) if (name, fault) not in MEANT]
            self.notes.expect(not found, f"{name} {what}: {found[:4]}")

    def error(self, result: Any, expected: list[Error], what: str) -> None:
        """Compare an error; any of the expected ones will do."""
        body = result.json if result.text else None
        keys = {error.key for error in expected}
        got = body.get("description", "").removeprefix("API.") if isinstance(body, dict) else ""
        is_fine = any(
            got == error.key
            and result.status_code == error.status
            and body == {"title": f"API.{error.title}", "description": f"API.{error.key}"}
            for error in expected
        )
        self.notes.expect(is_fine, f"{what}: {sorted(keys)} expected, {result.status} {result.text[:120]}")

    # --- a collection and its items ---

    def collection(self, path: str, item: str, parent: int | None = None) -> None:
        """Walk a collection: create, list, read, update, errors, exchange, delete."""
        at = path.replace("{id_}", str(parent)) if parent else path
        post = self.handlers.get(("POST", path))
        key = self._create(path, at, post, parent)
        one = self._item_path(item, parent, key)
        for method in ("GET",):
            if (method, path) in self.handlers:
                self.answer(self.api.call(method, at), self.handlers[method, path])
            if (method, item) in self.handlers:
                self.answer(self.api.call(method, one), self.handlers[method, item])
        if post is not None:
            self._field_errors(post, at, parent)
            self._row_errors(post, at, parent, key)
        put = self.handlers.get(("PUT", item))
        if put is not None and key is not None:
            data = self.world.body(put, parent)
            self.answer(self.api.call("PUT", one, {"data": data}), put)
            self._field_errors(put, one, parent)
        self._bad_paths(item, parent)
        if key is not None and parent is None:
            self._exchange(path, one)
        if ("DELETE", item) in self.handlers and post is not None:
            own = self.world.make(path, parent)
            gone = self.api.call("DELETE", self._item_path(item, parent, own))
            self.answer(gone, self.handlers["DELETE", item])
            self.notes.expect(gone.text == "", f"DELETE {item}: a 204 has no body")

    def _item_path(self, item: str, parent: int | None, key: int | None) -> str:
        names = re.findall(r"\{\w+\}", item)
        values = [parent, key] if len(names) == 2 else [key]
        for name, value in zip(names, values, strict=True):
            item = item.replace(name, str(value), 1)
        return item

    def _create(self, path: str, at: str, post: Handler | None, parent: int | None) -> int | None:
        if post is None:
            return 1
        result = self.api.call("POST", at, {"data": self.world.body(post, parent)})
        self.answer(result, Handler(**{**post.__dict__, "shape": None}))
        if result.status_code != 201:
            return None
        location = result.headers.get("location", "")
        key = location.rsplit("/", 1)[1]
        self.notes.expect(location == f"{at}/{key}", f"POST {path}: Location {location}")
        return int(key)

    def _field_errors(self, handler: Handler, at: str, parent: int | None) -> None:
        for name, rules in handler.body.items():
            errors = [key for key in rules.get("errors", ()) if key != "dynamic"]
            if not errors or "[]" in name or "." in name:
                continue
            expected = [Error(400, "BAD_REQUEST", key, ()) for key in errors]
            for wrong in self._wrong_values(rules):
                data = self.world.body(handler, parent)
                if rules.get("required_if"):
                    continue
                if wrong is _ABSENT:
                    data.pop(name, None)
                else:
                    data[name] = wrong
                result = self.api.call(handler.method, at, {"data": data})
                shown = "absent" if wrong is _ABSENT else repr(wrong)
                self.error(result, expected, f"{handler.method} {handler.path} {name}={shown:.30}")

    @staticmethod
    def _wrong_values(rules: dict[str, Any]) -> Iterator[Any]:
        if rules.get("required"):
            yield _ABSENT
        kind = str(rules.get("type", "")).split("|")[0]
        for value in WRONG.get(kind, []):
            if value is None and not rules.get("required"):
                continue
            yield value
        if "min" in rules:
            yield rules["min"] - 1
        if "max" in rules:
            yield rules["max"] + 1
        if "exclusive_min" in rules:
            yield rules["exclusive_min"]
        if rules.get("allowed"):
            yield "nonsense"

    def _row_errors(self, post: Handler, at: str, parent: int | None, key: int | None) -> None:
        for error in post.errors:
            causes = " ".join(error.causes)
            missing = re.match(r"row_missing:(\w+)\(id\)", causes)
            field_name = f"{error.key.removesuffix('_NOT_FOUND').lower()}_id"
            if missing and field_name in post.body:
                data = self.world.body(post, parent)
                data[field_name] = 987_654_321
                for name, value in post.body[field_name].get("required_if", {}).items():
                    data[name.removeprefix("data.")] = value
                self.error(
                    self.api.call("POST", at, {"data": data}),
                    [error],
                    f"POST {post.path} {field_name} unknown",
                )
            if causes.startswith("row_exists:") and "+" not in causes and key is not None:
                columns = causes[causes.index("(") + 1 : causes.index(")")].split(",")
                self._taken(post, at, parent, error, [name for name in columns if name in post.body])

    def _taken(self, post: Handler, at: str, parent: int | None, error: Error, columns: list[str]) -> None:
        if not columns:
            return
        first = self.world.body(post, parent)
        for name in columns:
            first.setdefault(name, self.world.name())
        if self.api.call("POST", at, {"data": first}).status_code != 201:
            return
        second = self.world.body(post, parent)
        second.update({name: first[name] for name in columns if name in first})
        self.error(self.api.call("POST", at, {"data": second}), [error], f"POST {post.path} taken {columns}")

    def _bad_paths(self, item: str, parent: int | None) -> None:
        for (method, path), handler in self.handlers.items():
            if path != item or not handler.path_errors:
                continue
            wanted = handler.path_errors[-1]
            if wanted is None:
                continue
            body = {"data": self.world.body(handler, parent)} if handler.body else None
            for text in ("0", "-1", "x", "1.5", "9" * 30):
                at = self._item_path(item, parent, 0)
                at = at[: at.rindex("/") + 1] + text
                self.error(
                    self.api.call(method, at, body),
                    [Error(400, "BAD_REQUEST", wanted, ())],
                    f"{method} {item} id={text:.5}",
                )

    def _exchange(self, path: str, one: str) -> None:
        export = self.handlers.get(("GET", f"{path}/{{id_}}/export"))
        if export is None:
            return
        result = self.api.call("GET", f"{one}/export")
        self.answer(result, export)
        clone = self.handlers.get(("POST", f"{path}/{{id_}}/clone"))
        if clone is not None:
            copied = self.api.call("POST", f"{one}/clone")
            self.answer(copied, Handler(**{**clone.__dict__, "shape": None}))
        handler = self.handlers["POST", f"{path}/import"]
        if result.status_code == 200:
            body = {**result.json, "name": self.world.name()}
            body = (
                {"data": body} if any(name == "name" for name in handler.body) and path == "/points" else body
            )
            brought = self.api.call("POST", f"{path}/import", body)
            self.answer(brought, Handler(**{**handler.__dict__, "shape": None}))

    # --- bindings ---

    def binding(
        self, path: str, item: str, owner: int, member_collection: str, child: int | None = None
    ) -> None:
        """Walk a binding: bind, list, bind again, unbind, unbind again."""
        post = self.handlers["POST", path]
        at = path.replace("{id_}", str(owner), 1)
        if child is not None:
            at = re.sub(r"\{\w+\}", str(child), at)
        (field_name, *_) = [name for name in post.body if name.endswith("_id")]
        member = self.world.make(member_collection) if member_collection != "/users" else self._user()
        data = {name: True for name in post.body if name == "is_output"}
        data[field_name] = member
        self.answer(self.api.call("POST", at, {"data": data}), Handler(**{**post.__dict__, "shape": None}))
        self.answer(self.api.call("GET", at), self.handlers["GET", path])
        exists = [error for error in post.errors if error.causes and error.causes[0].startswith("row_exists")]
        exists = [error for error in exists if "ENERGY_VALUE" not in error.key] or exists
        self.error(self.api.call("POST", at, {"data": data}), exists, f"POST {path} twice")
        unknown = [
            error
            for error in post.errors
            if error.key == f"{field_name.removesuffix('_id').upper()}_NOT_FOUND"
        ]
        if unknown:
            data[field_name] = 987_654_321
            self.error(self.api.call("POST", at, {"data": data}), unknown, f"POST {path} unknown member")
        delete = self.handlers["DELETE", item]
        self.answer(self.api.call("DELETE", f"{at}/{member}"), delete)
        absent = [error for error in delete.errors if "RELATION" in error.key or "ASSOCIATED" in error.key]
        self.error(self.api.call("DELETE", f"{at}/{member}"), absent, f"DELETE {item} twice")

    def _user(self) -> int:
        name = self.world.name().replace(" ", "")
        data = {
            "name": name,
            "display_name": name,
            "email": f"{name}@example.com",
            "password": "a pass word",
            "is_admin": False,
            "account_expiration_datetime": "2030-01-01T00:00:00",
            "password_expiration_datetime": "2030-01-01T00:00:00",
        }
        return int(self.api.post("/users", data))

    # --- credentials ---

    def credentials(self, handler: Handler) -> None:
        """Walk the errors of wrong credentials, in their order."""
        if handler.auth == "none":
            return
        path = re.sub(r"\{\w+\}", "1", handler.path)
        role = "ADMINISTRATOR" if handler.auth == "admin" else "USER"
        name = f"{handler.method} {handler.path}"
        cases = (
            ({"USER-UUID": " ", "TOKEN": ""}, 400, "INVALID_USER_UUID"),
            ({"USER-UUID": "x", "TOKEN": " "}, 400, "INVALID_TOKEN"),
            ({"USER-UUID": "x", "TOKEN": "x"}, 404, f"{role}_SESSION_NOT_FOUND"),
        )
        for headers, status, key in cases:
            result = self.api.call(handler.method, path, headers=headers)
            self.error(result, [Error(status, TITLES[status], key, ())], f"{name} {headers}")
        if handler.auth == "key":
            result = self.api.call(handler.method, path, headers={"API-KEY": "nonsense"})
            self.error(result, [Error(404, "NOT_FOUND", "API_KEY_NOT_FOUND", ())], f"{name} API-KEY")


_ABSENT = object()
