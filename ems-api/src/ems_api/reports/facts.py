"""What reports read of the configuration. All SQL on system tables that most reports need is here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose, marks
from ems_common.tariffs import TimeOfUse
from numpy.typing import NDArray

from ems_api.auth.scope import Scope
from ems_api.errors import missing
from ems_api.reports import tariffs
from ems_api.reports.ask import Ref
from ems_api.reports.entities import Below, Kind
from ems_api.reports.model import EntityFacts, Part
from ems_api.versions import Cache

SYSTEM: Final = "system_db"
CATEGORIES: Final = compose(
    "SELECT id, name, unit_of_measure, kgce + 0E0, kgco2e + 0E0, id, name FROM tbl_energy_categories"
    " ORDER BY id"
)
"""The query of all energy categories."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Look-ups in the configuration.

    Attributes:
        dbs: The databases.
        cache: Keeps what hardly changes while the configuration stands.
    """

    dbs: Databases
    cache: Cache

    def categories(self) -> dict[int, Part]:
        """All energy categories, by key."""
        found: dict[int, Part] = self.cache.get("categories", self._categories)
        return found

    def _categories(self) -> dict[int, Part]:
        with self.dbs.reading(SYSTEM) as session:
            return parts_of(session.rows(CATEGORIES))

    def items(self) -> dict[int, Part]:
        """All energy items, by key."""
        found: dict[int, Part] = self.cache.get("items", self._items)
        return found

    def _items(self) -> dict[int, Part]:
        with self.dbs.reading(SYSTEM) as session:
            rows = session.rows(
                "SELECT i.id, i.name, c.unit_of_measure, c.kgce + 0E0, c.kgco2e + 0E0, c.id, c.name"
                " FROM tbl_energy_items i JOIN tbl_energy_categories c ON c.id = i.energy_category_id"
                " ORDER BY i.id"
            )
        return parts_of(rows)

    def entity(self, kind: Kind, ref: Ref, scope: Scope, error: str = "") -> EntityFacts:
        """An entity that may be seen.

        Args:
            kind: Its kind.
            ref: How it is named.
            scope: What the caller may see.
            error: Stem of the error key; the kind's own when empty.

        Raises:
            ApiError: There is none, or it is out of the caller's reach.
        """
        key: tuple[str, object] = ("uuid", ref.uuid) if ref.uuid else ("id", ref.id)
        found: EntityFacts | None = self.cache.get((kind.name, *key), lambda: self._entity(kind, *key))
        if found is None or not scope.has(kind.table, found.id):
            raise missing(f"{error or kind.error}_NOT_FOUND")
        return found

    def _entity(self, kind: Kind, column: str, value: object) -> EntityFacts | None:
        """Read an entity, and on the same way what most reports of it look up next."""
        stamp = self.cache.stamp()
        queries = [(sql, (value,)) for sql in _of_entity(kind, column)]
        with self.dbs.reading(SYSTEM) as session:
            of_categories, rows, of_tariffs, *of_members = session.several((CATEGORIES, ()), *queries)
        if not rows:
            return None
        found = _facts(kind, rows[0])
        self.cache.put_under(stamp, "categories", parts_of(of_categories))
        if found.cost_center_id:
            self.cache.put_under(stamp, ("tariffs", found.cost_center_id), tariffs.made(of_tariffs))
        if kind.below is not None:
            self.cache.put_under(stamp, (kind.below, found.id), _listed(kind.below, of_members[0]))
        return found

    def below(self, kind: Below, owner_id: int) -> list[EntityFacts]:
        """The entities below one, in order of their keys."""
        found: list[EntityFacts] = self.cache.get((kind, owner_id), lambda: self._below(kind, owner_id))
        return found

    def _below(self, below: Below, owner_id: int) -> list[EntityFacts]:
        with self.dbs.reading(SYSTEM) as session:
            return _listed(below, session.rows(_members(below, compose("%s")), (owner_id,)))

    def tariffs(self, cost_center_id: int) -> dict[int, list[TimeOfUse]]:
        """The tariffs of a cost centre, by energy category."""
        found: dict[int, list[TimeOfUse]] = self.cache.get(
            ("tariffs", cost_center_id), lambda: self._tariffs(cost_center_id)
        )
        return found

    def _tariffs(self, cost_center_id: int) -> dict[int, list[TimeOfUse]]:
        with self.dbs.reading(SYSTEM) as session:
            return tariffs.made(session.rows(tariffs.of_cost_center(compose("%s")), (cost_center_id,)))

    def non_working_days(self, calendars: Sequence[int]) -> NDArray[np.datetime64]:
        """Local dates on which nobody works by any of these calendars, sorted."""
        key = ("calendars", *calendars)
        found: NDArray[np.datetime64] = self.cache.get(key, lambda: self._non_working_days(calendars))
        return found

    def _non_working_days(self, calendars: Sequence[int]) -> NDArray[np.datetime64]:
        if not calendars:
            return np.empty(0, dtype="datetime64[D]")
        with self.dbs.reading(SYSTEM) as session:
            rows = session.rows(
                compose(
                    "SELECT DISTINCT date_local FROM tbl_working_calendars_non_working_days"
                    " WHERE working_calendar_id IN ({keys}) ORDER BY date_local",
                    keys=marks(calendars),
                ),
                calendars,
            )
        days: list[date] = [row[0] for row in rows]
        return np.array(days, dtype="datetime64[D]")


def entities(session: Session, kind: Kind, condition: Sql, values: Sequence[Any]) -> list[EntityFacts]:
    """Entities of a kind.

    Args:
        session: A transaction of the system database.
        kind: Their kind.
        condition: Which ones, with placeholders.
        values: Its values.
    """
    return [_facts(kind, row) for row in session.rows(*_entities(kind, condition, values))]


def _entities(kind: Kind, condition: Sql, values: Sequence[Any]) -> tuple[Sql, Sequence[Any]]:
    columns = ["id", "name", "uuid", "cost_center_id"]
    columns += ["area + 0E0"] if kind.has_area else []
    columns += ["number_of_occupants + 0E0"] if kind.has_occupants else []
    columns += kind.columns
    sql = compose(
        "SELECT {columns}{calendars} FROM {table} e WHERE {condition} ORDER BY id",
        columns=columns,
        calendars=_calendars(kind) if kind.has_calendars else compose(""),
        table=kind.table,
        condition=condition,
    )
    return sql, values


@cache
def _of_entity(kind: Kind, column: str) -> tuple[Sql, ...]:
    """The queries of an entity that a column names, of its tariffs and, where it has such, of those below."""
    this, cost_center = (
        compose(
            "SELECT {wanted} FROM {table} WHERE {column} = %s ORDER BY id LIMIT 1",
            wanted=wanted,
            table=kind.table,
            column=column,
        )
        for wanted in ("id", "cost_center_id")
    )
    entity, _ = _entities(kind, compose("{column} = %s", column=column), ())
    of_tariffs = tariffs.of_cost_center(cost_center)
    return (entity, of_tariffs) if kind.below is None else (entity, of_tariffs, _members(kind.below, this))


def _members(below: Below, owner: Sql) -> Sql:
    """The query of the entities below one, which a placeholder or a query names."""
    table = f"tbl_{below.kind}s"
    if below.table == table:
        return compose(
            "SELECT id, name, uuid FROM {table} WHERE {key} = ({owner}) ORDER BY id",
            table=table,
            key=below.owner_key,
            owner=owner,
        )
    return compose(
        "SELECT DISTINCT e.id, e.name, e.uuid FROM {table} e"
        " JOIN {bindings} b ON b.{member} = e.id WHERE b.{key} = ({owner}) ORDER BY e.id",
        table=table,
        bindings=below.table,
        member=below.member_key,
        key=below.owner_key,
        owner=owner,
    )


def _listed(below: Below, rows: Sequence[tuple[Any, ...]]) -> list[EntityFacts]:
    return [EntityFacts(below.kind, *row) for row in rows]


def parts_of(rows: Sequence[tuple[Any, ...]]) -> dict[int, Part]:
    """What :data:`CATEGORIES` found, by key."""
    return {row[0]: Part(*row) for row in rows}


def _calendars(kind: Kind) -> Sql:
    """A last column with the working calendars of each entity, in the statement that reads it."""
    return compose(
        ", (SELECT GROUP_CONCAT(b.working_calendar_id ORDER BY b.working_calendar_id) FROM {bindings} b"
        " WHERE b.{key} = e.id)",
        bindings=kind.bound("working_calendars"),
        key=kind.key,
    )


def _facts(kind: Kind, row: tuple[Any, ...]) -> EntityFacts:
    key, name, uuid, cost_center, *rest = row
    calendars = _numbers(rest.pop()) if kind.has_calendars else None
    area = rest.pop(0) if kind.has_area else None
    occupants = rest.pop(0) if kind.has_occupants else None
    more = dict(zip(kind.columns, rest, strict=True))
    return EntityFacts(kind.name, key, name, uuid, cost_center or 0, area, occupants, calendars, more)


def _numbers(packed: str | bytes | bytearray | None) -> tuple[int, ...]:
    if not packed:
        return ()
    # MySQL calls a packed column of numbers binary, MariaDB calls it text.
    text = packed if isinstance(packed, str) else packed.decode("ascii")
    return tuple(int(number) for number in text.split(","))


def ordered(parts: dict[int, Part], keys: Iterable[int]) -> list[Part]:
    """The parts of these keys, in order of their keys; keys that are unknown are left out."""
    return [parts[key] for key in sorted(set(keys)) if key in parts]
