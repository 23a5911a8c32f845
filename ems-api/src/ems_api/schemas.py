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

from typing import Any, Final

Json = dict[str, Any]
Shape = str | dict[str, Any] | list[Any] | tuple[Any, ...]
_TYPES: Final = {"int": "integer", "bool": "boolean", "any": ""}
_FORMATS: Final = {"instant": "date-time", "date": "date", "uuid": "uuid"}


def schema(shape: Shape) -> Json:
    """The JSON schema of a shape.

    Args:
        shape: A word: ``int``, ``number``, ``string``, ``bool``, ``instant`` (with offset), ``date``,
            ``uuid``, ``any``, also several of them with ``|``, among which may be ``null``; a dict of
            members, whose names end in ``?`` when they may be absent and of which ``*`` stands for any; a
            list of one shape; a tuple of alternatives.
    """
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
