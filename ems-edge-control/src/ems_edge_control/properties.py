"""Declared properties of controllers and components: read, checked, and told as JSON Schema.

A property keeps the name it has in the field (`peakShavingPower`); spelling is forgiving about capitals,
underscores and dots, so `ess_id`, `ess.id` and `essId` are the same.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, TypeVar, get_type_hints

from ems_edge_control.names import nearest, spelling

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Property:
    """What is known of one property beside its type and default."""

    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    name: str = ""
    aliases: tuple[str, ...] = ()


def prop(
    default: Any = MISSING,
    help: str = "",
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    name: str = "",
    aliases: tuple[str, ...] = (),
) -> Any:
    """Declare a property; without a default it is required."""
    metadata = {"property": Property(help, unit, minimum, maximum, choices, name, aliases)}
    if default is MISSING:
        return field(metadata=metadata)
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def outer_name(attribute: str) -> str:
    """`peak_shaving_power` → `peakShavingPower`; references keep their underscore: `ess_id`."""
    if attribute.endswith(("_id", "_ids")) or attribute == "id":
        return attribute
    head, *tail = attribute.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def name_of(item: dataclasses.Field[Any]) -> str:
    """The outer name of a declared property."""
    declared: Property = item.metadata["property"]
    return declared.name or outer_name(item.name)


def read(
    cls: type[T], given: Mapping[str, Any], where: str, faults: list[str], ignored: list[str] | None = None
) -> T | None:
    """Build a properties object.

    Args:
        cls: Dataclass of :func:`prop` fields.
        given: Properties as configured.
        where: Place for messages.
        faults: Every fault found is added, one clear line each.
        ignored: When given, properties that nobody knows are noted here instead of being faults.

    Returns:
        The object, None when there was a fault.
    """
    before = len(faults)
    by_spelling = {spelling(key): (key, value) for key, value in given.items()}
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(typing.cast("Any", cls)):
        # The name of a component may stand for its id: `ess` for `ess_id`.
        names = (name_of(item), item.name, *item.metadata["property"].aliases, item.name.removesuffix("_id"))
        key = next((k for k in map(spelling, names) if k in by_spelling), None)
        if key is None:
            if item.default is MISSING and item.default_factory is MISSING:
                faults.append(
                    f"{where}: property {name_of(item)} is required – {item.metadata['property'].help}"
                )
            continue
        _, value = by_spelling.pop(key)
        try:
            values[item.name] = _checked(value, hints[item.name], item.metadata["property"])
        except ValueError as ex:
            faults.append(f"{where}: property {name_of(item)}: {ex}")
    for known in ("id", "alias", "enabled"):
        by_spelling.pop(known, None)
    known_names = sorted(name_of(f) for f in dataclasses.fields(typing.cast("Any", cls)))
    unknown = faults if ignored is None else ignored
    unknown.extend(
        f"{where}: unknown property {name}{nearest(name, known_names)} (known: {', '.join(known_names)})"
        for name, _ in by_spelling.values()
    )
    return cls(**values) if len(faults) == before else None


def _checked(value: Any, kind: Any, declared: Property) -> Any:
    result = _converted(value, kind)
    if isinstance(result, int | float) and not isinstance(result, bool):
        if declared.minimum is not None and result < declared.minimum:
            raise ValueError(
                f"{result:g} is below the least allowed {declared.minimum:g} {declared.unit}".strip()
            )
        if declared.maximum is not None and result > declared.maximum:
            raise ValueError(
                f"{result:g} is above the greatest allowed {declared.maximum:g} {declared.unit}".strip()
            )
    if declared.choices and result is not None:
        match = next((c for c in declared.choices if spelling(c) == spelling(str(result))), None)
        if match is None:
            raise ValueError(f"{value!r} is none of {', '.join(declared.choices)}")
        return match
    return result


def _converted(value: Any, kind: Any) -> Any:
    if kind is Any:
        return value
    if isinstance(kind, types.UnionType):
        if value is None or value == "":
            return None
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    if typing.get_origin(kind) in (list, dict) or kind in (list, dict):
        return _container(value, typing.get_origin(kind) or kind)
    if kind is bool:
        return _flag(value)
    if kind in (int, float):
        return _number(value, kind)
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        match = next((m for m in kind if spelling(m) == spelling(str(value))), None)
        if match is None:
            raise ValueError(f"{value!r} is none of {', '.join(kind)}")
        return match
    return str(value)


def _container(value: Any, kind: type) -> Any:
    if isinstance(value, kind):
        return value
    if kind is list and isinstance(value, str):
        import json

        try:
            parsed = json.loads(value or "[]")
        except ValueError:
            return [part.strip() for part in value.split(",") if part.strip()]
        return parsed if isinstance(parsed, list) else [parsed]
    raise ValueError(f"{value!r} is not a {kind.__name__}")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in {"true", "false", "on", "off", "yes", "no", "1", "0"}:
        return value.lower() in {"true", "on", "yes", "1"}
    raise ValueError(f"{value!r} is neither true nor false")


def _number(value: Any, kind: type) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"{value!r} is not a finite number")
    if kind is int:
        if number != int(number):
            raise ValueError(f"{value!r} is not a whole number")
        return int(number)
    return number


def told(given: Any) -> dict[str, Any]:
    """The values of a properties object by their outer names."""
    return {name_of(item): getattr(given, item.name) for item in dataclasses.fields(given)}


_JSON_TYPES: dict[Any, str] = {
    Any: "object",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def schema(cls: type[Any]) -> dict[str, Any]:
    """JSON Schema of a properties class, with units as `x-unit`."""
    hints = get_type_hints(cls)
    required, entries = [], {}
    for item in dataclasses.fields(cls):
        declared: Property = item.metadata["property"]
        entry: dict[str, Any] = {"type": _json_type(hints[item.name])}
        if declared.help:
            entry["description"] = declared.help
        if declared.unit:
            entry["x-unit"] = declared.unit
        if declared.minimum is not None:
            entry["minimum"] = declared.minimum
        if declared.maximum is not None:
            entry["maximum"] = declared.maximum
        choices = declared.choices or _members(hints[item.name])
        if choices:
            entry["enum"] = list(choices)
        if item.default is not MISSING:
            entry["default"] = item.default
        elif item.default_factory is not MISSING:
            entry["default"] = item.default_factory()
        else:
            required.append(name_of(item))
        entries[name_of(item)] = entry
    return {"type": "object", "properties": entries, "required": required, "additionalProperties": False}


def _members(kind: Any) -> tuple[str, ...]:
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, enum.StrEnum) else ()


def _json_type(kind: Any) -> str | list[str]:
    if isinstance(kind, types.UnionType):
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        name = _json_type(inner)
        return [name if isinstance(name, str) else name[0], "null"]
    return _JSON_TYPES.get(typing.get_origin(kind) or kind, "string")
