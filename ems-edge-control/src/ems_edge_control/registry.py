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
from ems_edge_control.properties import spelling

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


def find(name: str) -> ControllerType | None:
    """The controller type of that code or alias, in any capitalisation and with any separators."""
    wanted = spelling(name)
    return _by_spelling().get(wanted) or _by_spelling().get(wanted.removeprefix("controller"))
