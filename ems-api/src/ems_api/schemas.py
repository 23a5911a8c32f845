"""JSON schemas of answers in few words, for the OpenAPI document.

>>> schema({"id": "int", "unit?": "string|null", "values": ["number"]}) == {
...     "type": "object",
...     "properties": {
...         "id": {"type": "integer"},
...         "unit": {"type": ["string", "null"]},
...         "values": {"type": "array", "items": {"type": "number"}},
...     },
...     "required": ["id", "values"],
... }
True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A shape that stands once in the document, under a name, and is referred to.

    Attributes:
        name: Of letters, digits, dots, dashes and underscores.
        shape: The shape.
    """

    name: str
    shape: Shape


Shape = str | dict[str, Any] | list[Any] | tuple[Any, ...] | Named
_TYPES: Final = {"int": "integer", "bool": "boolean", "any": ""}
_FORMATS: Final = {"instant": "date-time", "date": "date", "uuid": "uuid"}


def schema(shape: Shape) -> Json:
    """The JSON schema of a shape.

    Args:
        shape: A word: ``int``, ``number``, ``string``, ``bool``, ``instant`` (with offset), ``date``,
            ``uuid``, ``any``, also several of them with ``|``, among which may be ``null``; a dict of
            members, whose names end in ``?`` when they may be absent and of which ``*`` stands for any; a
            list of one shape; a tuple of alternatives; a named shape, which is referred to.
    """
    if isinstance(shape, Named):
        return {"$ref": f"#/components/schemas/{shape.name}"}
    if isinstance(shape, str):
        return _word(shape)
    if isinstance(shape, list):
        return {"type": "array", "items": schema(shape[0])}
    if isinstance(shape, tuple):
        return {"anyOf": [schema(one) for one in shape]}
    if set(shape) == {"*"}:
        return {"type": "object", "additionalProperties": schema(shape["*"])}
    return {
        "type": "object",
        "properties": {name.removesuffix("?"): schema(inner) for name, inner in shape.items()},
        "required": [name for name in shape if not name.endswith("?")],
    }


def components(shapes: Iterable[Shape]) -> Json:
    """The JSON schemas of all named shapes within these, by their names.

    Raises:
        ValueError: Two different shapes have one name.
    """
    found: dict[str, Shape] = {}
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, Named):
            if shape.name not in found:
                waiting.append(shape.shape)
            elif found[shape.name] != shape.shape:
                raise ValueError(f"two shapes are named {shape.name}")
            found[shape.name] = shape.shape
        elif isinstance(shape, dict):
            waiting += shape.values()
        elif isinstance(shape, list | tuple):
            waiting += shape
    return {name: schema(shape) for name, shape in sorted(found.items())}


def rows(shape: dict[str, Any]) -> Json:
    """The JSON schema of a list, whose rows a client may cut to members it names (`fields`)."""
    return {"type": "array", "items": {**schema(shape), "required": []}}


def _word(words: str) -> Json:
    names = words.split("|")
    if "any" in names:
        return {}
    types = ["string" if name in _FORMATS else _TYPES.get(name, name) for name in names]
    result: Json = {"type": types if len(types) > 1 else types[0]}
    formats = [_FORMATS[name] for name in names if name in _FORMATS]
    return {**result, "format": formats[0]} if formats else result
