"""Typed settings from `EMS_*` environment variables.

A service declares one frozen dataclass whose fields are made by :func:`setting`, or are such dataclasses
themselves. :func:`load` reads the environment, converts and checks every field, and reports all faults
at once.
`.env.example` and the table in `docs/settings.md` are generated from the same declarations.
"""

from __future__ import annotations

import dataclasses
import math
import os
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ems_common.errors import BadSettings

T = TypeVar("T")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


class Secret(str):
    """A text that is never shown: its `repr` is blank."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


@dataclass(frozen=True)
class Declaration:
    """What is known of one environment variable."""

    name: str
    help: str
    default: Any = MISSING
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int, ...] = ()


def setting(
    name: str,
    *,
    help: str,
    default: Any = MISSING,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str | int, ...] = (),
) -> Any:
    """Declare a field of a settings dataclass, read from the variable `name`.

    A field without default must be set in the environment (so declare the dataclass `kw_only`). Units belong
    in `help` and in the field's name.
    """
    declaration = Declaration(name, help, default, minimum, maximum, choices)
    if default is MISSING:
        return field(metadata={"setting": declaration})
    return field(default=default, metadata={"setting": declaration})


def declarations(cls: type[Any]) -> Iterator[tuple[Declaration, Any]]:
    """All declared variables of a settings class with their types, nested classes included, in order."""
    hints = get_type_hints(cls)
    for item in fields(cls):
        kind = hints[item.name]
        if is_dataclass(kind):
            yield from declarations(typing.cast("type[Any]", kind))
        elif "setting" in item.metadata:
            yield item.metadata["setting"], kind


def load(cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """Build `cls` from the environment.

    Args:
        cls: A dataclass of :func:`setting` fields and nested settings dataclasses.
        environ: The variables; the process environment when not given.

    Raises:
        BadSettings: Listing every missing or unusable variable, one clear line each.
    """
    env = os.environ if environ is None else environ
    faults: list[str] = []
    result = _build(cls, env, faults)
    if faults:
        raise BadSettings(faults)
    return typing.cast("T", result)


def _build(cls: type[Any], env: Mapping[str, str], faults: list[str]) -> Any:
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for item in fields(cls):
        kind = hints[item.name]
        if is_dataclass(kind):
            values[item.name] = _build(typing.cast("type[Any]", kind), env, faults)
            continue
        declaration: Declaration = item.metadata["setting"]
        try:
            values[item.name] = _read(declaration, kind, env)
        except ValueError as ex:
            faults.append(f"{declaration.name}: {ex} – {declaration.help}")
    if faults:
        return None
    return cls(**values)


def _read(declaration: Declaration, kind: Any, env: Mapping[str, str]) -> Any:
    text = env.get(declaration.name)
    optional = isinstance(kind, types.UnionType)
    if text is None or (text.strip() == "" and (declaration.default is not MISSING)):
        if declaration.default is MISSING:
            raise ValueError("is required and not set")
        return declaration.default
    if optional:
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    value = _convert(text.strip(), kind)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")  # neither bound would catch it
    if declaration.choices and value not in declaration.choices:
        raise ValueError(f"{text!r} is none of {', '.join(map(str, declaration.choices))}")
    if declaration.minimum is not None and value < declaration.minimum:
        raise ValueError(f"{text} is below the least allowed {declaration.minimum:g}")
    if declaration.maximum is not None and value > declaration.maximum:
        raise ValueError(f"{text} is above the greatest allowed {declaration.maximum:g}")
    return value


def _convert(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() in _TRUE:
            return True
        if text.lower() in _FALSE:
            return False
        raise ValueError(f"{text!r} is neither true nor false")
    if kind is int or kind is float:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a{'n integer' if kind is int else ' number'}") from None
    if kind is Path:
        return Path(text)
    return Secret(text) if kind is Secret else text


def shown(settings: Any) -> dict[str, Any]:
    """The settings as a flat mapping fit for the log: secrets are blank."""
    result: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if is_dataclass(value):
            result |= shown(value)
        else:
            result[item.name] = "***" if isinstance(value, Secret) else value
    return result
