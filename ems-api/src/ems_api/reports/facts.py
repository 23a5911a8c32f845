"""What reports read of the configuration. All SQL on system tables that most reports need is here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose, marks
from numpy.typing import NDArray

from ems_api.auth.scope import Scope
from ems_api.errors import missing
from ems_api.reports.ask import Ref
from ems_api.reports.entities import Below, Kind
from ems_api.reports.model import EntityFacts, Part
from ems_api.versions import Cache

SYSTEM: Final = "system_db"


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
        with self.dbs.session(SYSTEM) as session:
            rows = session.rows(
                "SELECT id, name, unit_of_measure, kgce + 0E0, kgco2e + 0E0, id, name"
                " FROM tbl_energy_categories ORDER BY id"
            )
        return {row[0]: Part(*row) for row in rows}

    def items(self) -> dict[int, Part]:
        """All energy items, by key."""
        found: dict[int, Part] = self.cache.get("items", self._items)
        return found

    def _items(self) -> dict[int, Part]:
        with self.dbs.session(SYSTEM) as session:
            rows = session.rows(
                "SELECT i.id, i.name, c.unit_of_measure, c.kgce + 0E0, c.kgco2e + 0E0, c.id, c.name"
                " FROM tbl_energy_items i JOIN tbl_energy_categories c ON c.id = i.energy_category_id"
                " ORDER BY i.id"
            )
        return {row[0]: Part(*row) for row in rows}

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
        with self.dbs.session(SYSTEM) as session:
            found = entities(session, kind, compose("{column} = %s", column=column), (value,))
        return found[0] if found else None

    def below(self, kind: Below, owner_id: int) -> list[EntityFacts]:
        """The entities below one, in order of their keys."""
        found: list[EntityFacts] = self.cache.get((kind, owner_id), lambda: self._below(kind, owner_id))
        return found

    def _below(self, below: Below, owner_id: int) -> list[EntityFacts]:
        with self.dbs.session(SYSTEM) as session:
            table = f"tbl_{below.kind}s"
            if below.table == table:
                rows = session.rows(
                    compose(
                        "SELECT id, name, uuid FROM {table} WHERE {owner} = %s ORDER BY id",
                        table=table,
                        owner=below.owner_key,
                    ),
                    (owner_id,),
                )
            else:
                rows = session.rows(
                    compose(
                        "SELECT DISTINCT e.id, e.name, e.uuid FROM {table} e"
                        " JOIN {bindings} b ON b.{member} = e.id WHERE b.{owner} = %s ORDER BY e.id",
                        table=table,
                        bindings=below.table,
                        member=below.member_key,
                        owner=below.owner_key,
                    ),
                    (owner_id,),
                )
        return [EntityFacts(below.kind, *row) for row in rows]

    def non_working_days(self, calendars: Sequence[int]) -> NDArray[np.datetime64]:
        """Local dates on which nobody works by any of these calendars, sorted."""
        key = ("calendars", *calendars)
        found: NDArray[np.datetime64] = self.cache.get(key, lambda: self._non_working_days(calendars))
        return found

    def _non_working_days(self, calendars: Sequence[int]) -> NDArray[np.datetime64]:
        if not calendars:
            return np.empty(0, dtype="datetime64[D]")
        with self.dbs.session(SYSTEM) as session:
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
    columns = ["id", "name", "uuid", "cost_center_id"]
    columns += ["area + 0E0"] if kind.has_area else []
    columns += ["number_of_occupants + 0E0"] if kind.has_occupants else []
    columns += kind.columns
    rows = session.rows(
        compose(
            "SELECT {columns} FROM {table} WHERE {condition} ORDER BY id",
            columns=columns,
            table=kind.table,
            condition=condition,
        ),
        values,
    )
    calendars = _calendars(session, kind, [row[0] for row in rows]) if kind.has_calendars else {}
    return [_facts(kind, row, calendars) for row in rows]


def _calendars(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    if not ids:
        return {}
    rows = session.rows(
        compose(
            "SELECT {key}, working_calendar_id FROM {bindings} WHERE {key} IN ({keys})"
            " ORDER BY working_calendar_id",
            key=kind.key,
            bindings=kind.bound("working_calendars"),
            keys=marks(ids),
        ),
        ids,
    )
    found: dict[int, tuple[int, ...]] = {}
    for owner, calendar in rows:
        found[owner] = (*found.get(owner, ()), calendar)
    return found


def _facts(kind: Kind, row: tuple[Any, ...], calendars: dict[int, tuple[int, ...]]) -> EntityFacts:
    key, name, uuid, cost_center, *rest = row
    area = rest.pop(0) if kind.has_area else None
    occupants = rest.pop(0) if kind.has_occupants else None
    more = dict(zip(kind.columns, rest, strict=True))
    of_calendar = calendars.get(key, ()) if kind.has_calendars else None
    return EntityFacts(kind.name, key, name, uuid, cost_center or 0, area, occupants, of_calendar, more)


def ordered(parts: dict[int, Part], keys: Iterable[int]) -> list[Part]:
    """The parts of these keys, in order of their keys; keys that are unknown are left out."""
    return [parts[key] for key in sorted(set(keys)) if key in parts]
