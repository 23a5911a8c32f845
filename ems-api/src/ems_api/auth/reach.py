"""The scope of the request that is being answered, where rows are read and written.

Whatever reads a row to change it, looks whether a referenced row exists, or shows a row's references passes
here, so no handler has to think of foreign rows: to its caller they do not exist. Outside of a request
nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ems_common.db import Session
from ems_common.db.sql import compose

from ems_api.auth.scope import EVERYTHING, Scope
from ems_api.auth.ways import OWN_EDGES, PLACES, SCOPED, USED_BY_OTHERS
from ems_api.errors import ApiError, Cause, missing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose request is answered.

    Attributes:
        scope: What the caller reaches.
        space: The space below which the caller wants new rows; 0 = the first of the own ones.
        tenants: The tenants of the caller's privilege.
    """

    scope: Scope
    space: int = 0
    tenants: tuple[int, ...] = ()


_REACH: Final[ContextVar[Reach]] = ContextVar("reach")
EVERYWHERE: Final = Reach(EVERYTHING)


@contextmanager
def answering(reach: Reach) -> Iterator[None]:
    """Answer a request with this reach."""
    token = _REACH.set(reach)
    try:
        yield
    finally:
        _REACH.reset(token)


def scope() -> Scope:
    """The scope of the request."""
    return _REACH.get(EVERYWHERE).scope


def within(table: str, keys: set[int]) -> set[int]:
    """The keys that may be reached."""
    own = scope()
    return keys if own.keys is None else {key for key in keys if own.has(table, key)}


def mask(references: dict[str, str], items: list[Json]) -> None:
    """Show no reference to a row out of reach.

    Args:
        references: Member of the answers → table it refers to.
        items: The answers; changed.
    """
    own = scope()
    if own.keys is None:
        return
    for name, table in references.items():
        if table not in SCOPED:
            continue
        for item in items:
            shown = item.get(name)
            key = shown.get("id") if isinstance(shown, dict) else shown
            if isinstance(key, int) and not own.has(table, key):
                item[name] = None


def keep_hidden(references: dict[str, str], before: Json, values: Json) -> Json:
    """The values to store when a row is changed by someone in scope.

    A reference out of reach was shown as null; so null, which would cut it, leaves it as it is.

    Args:
        references: Column → table it refers to.
        before: The row as stored.
        values: The new values by column.
    """
    own = scope()
    if own.keys is None:
        return values
    hidden = {
        name: before[name]
        for name, table in references.items()
        if values.get(name, 0) is None and before.get(name) and not own.has(table, before[name])
    }
    return {**values, **hidden}


def to_check(before: Json, values: Json) -> Json:
    """The values whose references must be looked at: what does not change may refer to foreign rows."""
    if scope().keys is None:
        return values
    return {name: value for name, value in values.items() if before.get(name) != value}


def place(session: Session, table: str, key: int, values: Json) -> None:
    """Put a new row below a place of its maker, who could not reach it otherwise.

    Raises:
        ApiError: It cannot stand below one of the caller's places.
    """
    reach = _REACH.get(EVERYWHERE)
    own = reach.scope
    if own.keys is None or table not in SCOPED:
        return
    if table == "tbl_spaces":
        if not own.has("tbl_spaces", values.get("parent_space_id") or 0):
            raise missing("PARENT_SPACE_NOT_FOUND")
        return
    if reach.space and not own.has("tbl_spaces", reach.space):
        raise missing("SPACE_NOT_FOUND")
    roots = {"tbl_spaces": (reach.space, *own.roots), "tbl_tenants": reach.tenants}
    for owner, keys in roots.items():
        binding = PLACES.get((owner, table))
        root = next((one for one in keys if one and own.has(owner, one)), 0)
        if binding is None or not root:
            continue
        session.execute(
            compose(
                "INSERT INTO {table} ({columns}) VALUES (%s, %s)",
                table=binding.table,
                columns=(binding.owner_key, binding.member_key),
            ),
            (root, key),
        )
        return
    if _stands_below_another(table, values, own):
        return
    raise ApiError(
        "INVALID_PRIVILEGE",
        Cause.DENIED,
        detail="such a row stands below no place of yours; ask who manages the whole site",
    )


def _stands_below_another(table: str, values: Json, own: Scope) -> bool:
    """Whether a row belongs to a reached one by a column of its own, as circuits do to their system."""
    return any(own.has(edge.source, values.get(edge.source_key) or 0) for edge in OWN_EDGES.get(table, ()))


def must_be_sole(table: str) -> bool:
    """Whether a row of this table may be changed only by who reaches all that use it."""
    return scope().keys is not None and table in USED_BY_OTHERS


def check_sole(users: Iterable[tuple[str, int]]) -> None:
    """Refuse to change a row that rows out of reach use as well.

    Args:
        users: Table and key of the rows that refer to it.

    Raises:
        ApiError: One of them is out of reach.
    """
    own = scope()
    if any(not own.has(user, key) for user, key in users):
        raise ApiError(
            "INVALID_PRIVILEGE", Cause.DENIED, detail="others use this row as well; ask who manages the site"
        )
