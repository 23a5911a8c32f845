"""Which rows a caller may reach: the one place where that is decided.

An administrator, an API key without privilege and a privilege for the whole site reach everything. Anyone
else reaches the subtree of all spaces that the privilege names, its tenants, what is priced by its cost
centres, and whatever is bound below: equipment, tenants, meters, sensors, points, stations, their contacts,
cost centres, tariffs and drawings. The ways down are not listed here; they are the binding tables and
references of the catalog (`ways.py`). Reference data (categories, calendars, time zones …) belongs to nobody
and is open to every session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose, marks

from ems_api.auth.rights import Rights
from ems_api.auth.ways import COST_CENTER_OWNERS, EDGES, SCOPED, STATION_USERS, SYSTEM
from ems_api.context import Identity
from ems_api.versions import CONFIG, Cache, Versions

_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Scope:
    """What one caller reaches.

    Attributes:
        roots: The spaces the privilege names, in its order; for one who sees all the root space.
        keys: Table → keys; None = everything.
    """

    roots: tuple[int, ...]
    keys: Mapping[str, frozenset[int]] | None

    def has(self, table: str, key: int) -> bool:
        """Whether a row may be reached."""
        return self.keys is None or table not in SCOPED or key in self.keys.get(table, frozenset())

    def only(self, table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows (with their `id`) that may be reached."""
        if self.keys is None or table not in SCOPED:
            return rows
        reach = self.keys.get(table, frozenset())
        return [row for row in rows if row["id"] in reach]

    def condition(self, table: str, column: str) -> tuple[Sql, list[int]]:
        """An SQL condition that keeps the rows that may be reached, and its values; "" for all."""
        if self.keys is None or table not in SCOPED:
            return compose(""), []
        reach = sorted(self.keys.get(table, frozenset()))
        if not reach:
            return compose("1 = 0"), []
        return compose("{column} IN ({keys})", column=column, keys=marks(reach)), reach


EVERYTHING: Final = Scope((1,), None)


class Scopes:
    """Works out scopes and remembers them while the configuration stands.

    Args:
        dbs: The databases.
        versions: Stamps; a change of configuration voids what was remembered.
    """

    def __init__(self, dbs: Databases, versions: Versions) -> None:
        self._dbs = dbs
        self._cache = Cache(versions, CONFIG, 512, longest_s=60.0)

    def of(self, identity: Identity) -> Scope:
        """The scope of a caller."""
        if identity.sees_all:
            return EVERYTHING
        privilege = hashlib.sha256((identity.privilege or "").encode()).digest()
        return self._cache.get((identity.user_id, privilege), lambda: self._reach(identity))

    def _reach(self, identity: Identity) -> Scope:
        rights = identity.rights
        with self._dbs.reading(SYSTEM) as session:
            keys = _given(session, rights)
            for table, (binding, owner_key) in STATION_USERS.items():
                sql = compose(
                    "SELECT {owner} FROM {binding} WHERE user_id = %s", owner=owner_key, binding=binding
                )
                rows = session.rows(sql, (identity.user_id,))
                keys.setdefault(table, set()).update(row[0] for row in rows)
            _follow(session, keys)
        kept = tuple(key for key in rights.spaces if key in keys["tbl_spaces"])
        return Scope(kept, {table: frozenset(found) for table, found in keys.items()})


def _given(session: Session, rights: Rights) -> dict[str, set[int]]:
    """Table → keys that a privilege names itself, and what its cost centres price."""
    keys: dict[str, set[int]] = {
        "tbl_spaces": subtree(session, rights.spaces),
        "tbl_tenants": _existing(session, "tbl_tenants", rights.tenants),
        "tbl_cost_centers": _existing(session, "tbl_cost_centers", rights.cost_centers),
    }
    for table, column in COST_CENTER_OWNERS if keys["tbl_cost_centers"] else ():
        priced = sorted(keys["tbl_cost_centers"])
        sql = compose(
            "SELECT id FROM {table} WHERE {column} IN ({keys})",
            table=table,
            column=column,
            keys=marks(priced),
        )
        rows = session.rows(sql, priced)
        keys.setdefault(table, set()).update(row[0] for row in rows)
    return keys


def _existing(session: Session, table: str, keys: tuple[int, ...]) -> set[int]:
    if not keys:
        return set()
    sql = compose("SELECT id FROM {table} WHERE id IN ({keys})", table=table, keys=marks(keys))
    return {row[0] for row in session.rows(sql, keys)}


def subtree(session: Session, roots: Iterable[int]) -> set[int]:
    """The spaces below these, themselves included, as far as they exist."""
    children: dict[int | None, list[int]] = {}
    known: set[int] = set()
    for key, parent in session.rows("SELECT id, parent_space_id FROM tbl_spaces"):
        children.setdefault(parent, []).append(key)
        known.add(key)
    found: set[int] = set()
    open_ = [key for key in roots if key in known]
    while open_:
        key = open_.pop()
        if key not in found:
            found.add(key)
            open_ += children.get(key, [])
    return found


def _follow(session: Session, keys: dict[str, set[int]]) -> None:
    """Go down all ways until nothing new is found."""
    fresh = {table: set(found) for table, found in keys.items() if found}
    while fresh:
        found: dict[str, set[int]] = {}
        for edge in EDGES:
            for part in _batches(fresh.get(edge.source, set())):
                rows = session.rows(
                    compose(
                        "SELECT DISTINCT {target} FROM {table}"
                        " WHERE {source} IN ({keys}) AND {target} IS NOT NULL",
                        target=edge.target_key,
                        table=edge.table,
                        source=edge.source_key,
                        keys=marks(part),
                    ),
                    part,
                )
                found.setdefault(edge.target, set()).update(row[0] for row in rows)
        fresh = {table: new for table, all_ in found.items() if (new := all_ - keys.get(table, set()))}
        for table, new in fresh.items():
            keys.setdefault(table, set()).update(new)


def _batches(keys: set[int]) -> Iterable[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
