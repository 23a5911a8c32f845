"""What a privilege gives: which spaces, tenants and cost centres, and what may be done there.

The text of a privilege is MyEMS' ``{"spaces": [1, 2]}``. Beyond it a privilege may name ``tenants`` and
``cost_centers``, the ``whole_site``, a ``role``, and ``permissions`` of its own: ``{"organisation": ["read",
"update"]}``. One that names neither role nor permissions gives what MyEMS gives to all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from ems_api.auth.permissions import AS_IN_MYEMS, BY_ROLE, Action, Grant, is_grantable

PLACES: Final = ("spaces", "tenants", "cost_centers")


@dataclass(frozen=True, slots=True)
class Rights:
    """A privilege, read.

    Attributes:
        spaces: Keys of the spaces, in the order given.
        tenants: Keys of the tenants.
        cost_centers: Keys of the cost centres.
        is_whole_site: Whether no row is out of reach.
        grant: What may be done.
    """

    spaces: tuple[int, ...] = ()
    tenants: tuple[int, ...] = ()
    cost_centers: tuple[int, ...] = ()
    is_whole_site: bool = False
    grant: Grant = AS_IN_MYEMS


_NONE: Final = Rights()


@lru_cache(maxsize=1024)
def rights_of(privilege: str | None) -> Rights:
    """What the text of a privilege gives. What cannot be read gives nothing."""
    if not privilege:
        return _NONE
    try:
        return read_privilege(orjson.loads(privilege))
    except ValueError:
        return _lenient(privilege)


def read_privilege(data: Any) -> Rights:
    """A privilege's data, checked.

    Raises:
        ValueError: It is none; says what is wrong.
    """
    if not isinstance(data, dict):
        raise ValueError("a privilege is a JSON object")
    places = {name: _keys(data, name) for name in PLACES}
    if "spaces" not in data and not (data.get("tenants") or data.get("cost_centers")):
        raise ValueError("`spaces` must be a list of keys")
    whole = data.get("whole_site", False)
    if not isinstance(whole, bool):
        raise ValueError("`whole_site` is true or false")
    return Rights(places["spaces"], places["tenants"], places["cost_centers"], whole, _granted(data))


def _keys(data: dict[str, Any], name: str) -> tuple[int, ...]:
    keys = data.get(name, [])
    if not isinstance(keys, list) or not all(
        isinstance(key, int) and not isinstance(key, bool) and 0 < key < 2**63 for key in keys
    ):
        raise ValueError(f"`{name}` must be a list of keys")
    return tuple(dict.fromkeys(keys))


def _granted(data: dict[str, Any]) -> Grant:
    role, permissions = data.get("role"), data.get("permissions")
    if role is None and permissions is None:
        return AS_IN_MYEMS
    grant: set[tuple[str, Action]] = set()
    if role is not None:
        if not isinstance(role, str) or role not in BY_ROLE:
            raise ValueError(f"`role` is one of {', '.join(BY_ROLE)}")
        grant |= BY_ROLE[role].grant
    if permissions is not None and not isinstance(permissions, dict):
        raise ValueError("`permissions` must be an object of module and actions")
    for module, actions in (permissions or {}).items():
        if not is_grantable(module):
            raise ValueError(f"`{module}` is no module that can be given")
        if not isinstance(actions, list):
            raise ValueError(f"the permissions of `{module}` must be a list of actions")
        for action in actions:
            if not isinstance(action, str) or action not in set(Action):
                raise ValueError(f"`{action}` is no action; there are {', '.join(Action)}")
            grant.add((module, Action(action)))
    return frozenset(grant)


def _lenient(privilege: str) -> Rights:
    """What MyEMS would make of a privilege that is faulty for us: its usable spaces, to look at."""
    try:
        data = orjson.loads(privilege)
    except orjson.JSONDecodeError:
        return _NONE
    spaces = data.get("spaces") if isinstance(data, dict) else None
    if not isinstance(spaces, list) or any(name in data for name in ("role", "permissions", "whole_site")):
        return _NONE
    usable = (key for key in spaces if isinstance(key, int) and not isinstance(key, bool) and key > 0)
    return Rights(spaces=tuple(dict.fromkeys(usable)))
