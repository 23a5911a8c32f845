"""The contract's facts about reports, and whether an answer has its shape."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# The hours of the last day, in lists of stations, are told by the wall clock alone.
_LOCAL = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d)?)?)?|\d\d:\d\d")
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True)
class Facts:
    """What the contract says of one method of one report path."""

    method: str
    path: str
    auth: str
    status: int
    shape: Any
    required: tuple[str, ...]
    optional: tuple[str, ...]
    errors: tuple[str, ...]


@cache
def facts() -> list[Facts]:
    """All of them."""
    document = json.loads((Path(__file__).parent / "shapes.json").read_text(encoding="utf-8"))
    shapes = document["shapes"]

    def unpack(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"$"}:
            return unpack(shapes[value["$"]])
        if isinstance(value, dict):
            return {name: unpack(inner) for name, inner in value.items()}
        return [unpack(inner) for inner in value] if isinstance(value, list) else value

    result = []
    for name, of in document["routes"].items():
        method, path = name.split(" ")
        result.append(
            Facts(
                method,
                path,
                of["auth"],
                of["status"],
                unpack(of.get("json")),
                tuple(of.get("required", ())),
                tuple(of.get("optional", ())),
                tuple(of["errors"]),
            )
        )
    return result


def faults(value: Any, shape: Any, at: str = "$") -> list[str]:
    """Where a value lacks its shape. Members beyond it are allowed: clients do not look at them."""
    if isinstance(shape, dict) and set(shape) == {"|"}:
        found = [faults(value, one, at) for one in shape["|"]]
        return [] if any(not one for one in found) else min(found, key=len)
    if isinstance(shape, dict) and set(shape) == {"tuple"}:
        return _tuple_faults(value, shape["tuple"], at)
    if isinstance(shape, dict):
        return _object_faults(value, shape, at)
    if isinstance(shape, list):
        return _list_faults(value, shape, at)
    return [] if any(_is(value, kind) for kind in shape.split("|")) else [f"{at}: {shape}, not {value!r:.40}"]


def _tuple_faults(value: Any, shapes: list[Any], at: str) -> list[str]:
    if not isinstance(value, list) or len(value) != len(shapes):
        return [f"{at}: {len(shapes)} positions, not {value!r:.40}"]
    pairs = zip(value, shapes, strict=True)
    return [fault for n, (one, shape) in enumerate(pairs) for fault in faults(one, shape, f"{at}[{n}]")]


def _list_faults(value: Any, shape: list[Any], at: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{at}: a list, not {value!r:.40}"]
    # An empty shape stands for elements the contract does not tell of.
    return [
        fault
        for inner in shape[:1]
        for n, one in enumerate(value)
        for fault in faults(one, inner, f"{at}[{n}]")
    ][:3]


def _object_faults(value: Any, shape: dict[str, Any], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: an object, not {value!r:.40}"]
    if set(shape) == {"*"}:
        return [fault for name, one in value.items() for fault in faults(one, shape["*"], f"{at}.{name}")][:3]
    result = [f"{at}.{name}: missing" for name in shape if not name.endswith("?") and name not in value]
    for name, inner in shape.items():
        known = name.rstrip("?")
        if known in value:
            result += faults(value[known], inner, f"{at}.{known}")
    return result


def _is(value: Any, kind: str) -> bool:
    if kind in {"any", "json"}:
        return True
    if kind == "null":
        return value is None
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    patterns = {
        "datetime_local": _LOCAL,
        "datetime": _LOCAL,
        "datetime_utc": _LOCAL,
        "date": _DATE,
        "time": _TIME,
    }
    patterns["base64"] = _BASE64
    if kind in patterns:
        return isinstance(value, str) and bool(patterns[kind].fullmatch(value))
    return isinstance(value, str)


def depth(value: Any) -> int:
    """How many scalars an answer holds: whether there was anything to compare."""
    if isinstance(value, dict):
        return sum(depth(one) for one in value.values())
    return sum(depth(one) for one in value) if isinstance(value, list) else 1
