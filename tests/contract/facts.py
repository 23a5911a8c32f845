"""The contract's facts, unpacked, and whether a JSON value has a shape."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
STATUS = {"GET": 200, "POST": 201, "PUT": 200, "DELETE": 204}
TITLES = {400: "BAD_REQUEST", 404: "NOT_FOUND"}
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d")


@dataclass(frozen=True)
class Error:
    """One declared error: status, title and key without ``API.``, and what causes it."""

    status: int
    title: str
    key: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Handler:
    """What the contract says of one method of one path."""

    method: str
    path: str
    auth: str
    status: int
    location: str
    shape: Any
    body: dict[str, dict[str, Any]]
    query: dict[str, dict[str, Any]]
    errors: tuple[Error, ...]
    path_errors: tuple[str | None, ...]
    is_logged: bool
    is_multipart: bool

    @property
    def params(self) -> list[str]:
        """Names of the path's parameters."""
        return re.findall(r"\{(\w+)\}", self.path)


@dataclass
class Contract:
    """All handlers by (method, path)."""

    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)

    def paths(self) -> list[str]:
        """All paths in the contract's order."""
        return list(dict.fromkeys(path for _, path in self.handlers))


def _error(text: str) -> Error:
    words = text.split(" ")
    status = int(words[0])
    title = words[1][:-1] if words[1].endswith("!") else ""
    rest = words[2:] if title else words[1:]
    return Error(status, title or TITLES.get(status, ""), rest[0], tuple(rest[1:]))


@lru_cache(maxsize=1)
def contract() -> Contract:
    """The facts as objects."""
    document = json.loads((FOLDER / "routes.json").read_text(encoding="utf-8"))
    shapes = document["shapes"]

    def unpack(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"$"}:
            return unpack(shapes[value["$"]])
        if isinstance(value, dict):
            return {name: unpack(inner) for name, inner in value.items()}
        return [unpack(inner) for inner in value] if isinstance(value, list) else value

    result = Contract()
    for name, facts in document["routes"].items():
        method, path = name.split(" ")
        known = unpack(facts)
        result.handlers[method, path] = Handler(
            method,
            path,
            known["auth"],
            known.get("status", STATUS[method]),
            known.get("location", ""),
            known.get("json"),
            {
                key.removeprefix("."): (rules if isinstance(rules, dict) else {"container": "object"})
                for key, rules in known.get("body", {}).items()
            },
            known.get("query", {}),
            tuple(_error(text) for text in known.get("errors", ()) if text.split(" ")[-1] != "path"),
            tuple(known.get("path_errors", ())),
            bool(known.get("logged")),
            bool(known.get("multipart")),
        )
    return result


def faults(value: Any, shape: Any, at: str = "$") -> list[str]:
    """Where a value does not have its shape; members beyond it are faults too."""
    if isinstance(shape, dict) and set(shape) == {"|"}:
        found = [faults(value, one, at) for one in shape["|"]]
        return [] if any(not one for one in found) else min(found, key=len)
    if isinstance(shape, dict):
        return _object_faults(value, shape, at)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at}: a list, not {value!r:.40}"]
        return [
            fault
            for n, one in enumerate(value[:3])
            for inner in shape[:1]
            for fault in faults(one, inner, f"{at}[{n}]")
        ]
    return (
        []
        if any(_is(value, name.strip()) for name in str(shape).split("|"))
        else [f"{at}: {shape}, not {value!r:.40}"]
    )


def _object_faults(value: Any, shape: dict[str, Any], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: an object, not {value!r:.40}"]
    if set(shape) == {"*"}:
        return [
            fault
            for name, one in list(value.items())[:3]
            for fault in faults(one, shape["*"], f"{at}.{name}")
        ]
    names = {name.rstrip("?") for name in shape}
    result = [f"{at}.{name}: missing" for name in shape if not name.endswith("?") and name not in value]
    result += [f"{at}.{name}: not in the contract" for name in value if name not in names]
    for name, inner in shape.items():
        if name.rstrip("?") in value:
            result += faults(value[name.rstrip("?")], inner, f"{at}.{name.rstrip('?')}")
    return result


def _is(value: Any, kind: str) -> bool:
    if kind in ("any", "json") or kind.startswith("(recursive"):
        return True
    if kind == "null":
        return value is None
    if kind == "bool":
        return isinstance(value, bool)
    if kind in ("int", "bool01"):
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    pattern = {"datetime_local": _LOCAL, "datetime_utc": _LOCAL, "date": _DATE, "time": _TIME}.get(kind)
    return True if pattern is None else pattern.match(value) is not None
