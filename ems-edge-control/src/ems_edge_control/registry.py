"""Controller types, found through entry points of the group `ems_edge_control.controllers`.

An entry point names a :class:`Controller` class or a tuple of them. A package that is installed beside this
one adds its types without a change here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from ems_common import log

from ems_edge_control.controllers.base import Controller
from ems_edge_control.names import bare, nearest, spelling, words

GROUP = "ems_edge_control.controllers"
_log = log.get(__name__)

ControllerType = type[Controller[Any, Any]]


def _classes(value: Any) -> Iterable[ControllerType]:
    return value if isinstance(value, tuple) else (value,)


@cache
def types() -> dict[str, ControllerType]:
    """All controller types by code; an entry point that cannot be loaded is reported and left out."""
    found: dict[str, ControllerType] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        try:
            loaded = tuple(_classes(point.load()))
        except (ImportError, AttributeError) as ex:
            _log.error("controller_plugin_unusable", entry_point=point.name, reason=str(ex))
            continue
        for cls in loaded:
            missing = [name for name in ("code", "title", "Config") if not hasattr(cls, name)]
            if missing:
                reason = f"{cls.__name__} lacks {', '.join(missing)}"
                _log.error("controller_plugin_unusable", entry_point=point.name, reason=reason)
                continue
            found.setdefault(cls.code, cls)
    return dict(sorted(found.items()))


@cache
def _by_spelling() -> dict[str, ControllerType]:
    table: dict[str, ControllerType] = {}
    for cls in types().values():
        for name in (cls.code, *cls.aliases):
            table[spelling(name)] = cls
            table[spelling(name).removeprefix("controller")] = cls
    return table


@cache
def _by_words() -> dict[str, ControllerType]:
    """Types by the words of their names; other systems' names before ours, those of two types not at all."""
    theirs: dict[str, set[ControllerType]] = {}
    ours: dict[str, set[ControllerType]] = {}
    for cls in types().values():
        for name in (cls.code, *cls.aliases):
            table = theirs if "." in name else ours
            for key in ("".join(words(name)), " ".join(sorted(words(name)))):
                table.setdefault(key, set()).add(cls)
    found = {key: next(iter(group)) for key, group in ours.items() if key and len(group) == 1}
    return found | {key: next(iter(group)) for key, group in theirs.items() if key and len(group) == 1}


def find(name: str) -> ControllerType | None:
    """The controller type of that code or alias.

    In any capitalisation and with any separators; words that only say where a controller belongs, such as
    `Controller.Ess.`, may be missing.
    """
    wanted = spelling(name)
    exact = _by_spelling().get(wanted) or _by_spelling().get(wanted.removeprefix("controller"))
    if exact is not None:
        return exact
    parts = words(bare(name))
    return _by_words().get("".join(parts)) or _by_words().get(" ".join(sorted(parts)))


def unknown(name: str) -> str:
    """Why a name is refused."""
    names = [n for cls in types().values() for n in (cls.code, *cls.aliases)]
    return f"unknown type {name!r}{nearest(name, names)} (known: {', '.join(types())})"
