"""What must hold before a row is written or removed: uniqueness, references, relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS
from ems_common.db import Session
from ems_common.db.sql import compose, each, marks

from ems_api.auth import reach
from ems_api.errors import Fault, conflict, missing
from ems_api.resources.declare import SYSTEM, Field, Kind, Resource, UsedBy

DATABASE_OF: dict[str, str] = {
    name: database for database in ("fdd_db", "reporting_db", "user_db", SYSTEM) for name in TABLES[database]
}
"""Configuration table → its database."""

_RELATION: Final = "THERE_IS_RELATION_WITH_"
_BINDING = {binding.table: binding for binding in BINDINGS}
_NOT_BY_RULE = frozenset({("tbl_variables", "meter_id")})
"""References that a declaration speaks of itself, because more than the key decides."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A column elsewhere that may hold a row's key."""

    table: str
    column: str
    key: str


def check_unique(
    session: Session, resource: Resource, values: Mapping[str, Any], key: int | None = None
) -> None:
    """Refuse values that another row has.

    The schema has no unique indexes to lean on (data that came from elsewhere may hold a name twice), so
    writers to one table wait for each other from here to the end of their transaction: two requests that
    bring the same name at once cannot both find it free.

    Args:
        session: A transaction in the resource's database, of isolation READ COMMITTED.
        resource: The resource.
        values: Column → value to be written.
        key: The row that is updated, None for a new one.

    Raises:
        ApiError: Another row has them.
    """
    if resource.unique:
        _wait_in_line(session, resource.table)
    for rule in resource.unique:
        wanted = [values.get(name) for name in rule.columns]
        if wanted[0] is None:
            continue
        sql = compose(
            "SELECT id FROM {table} WHERE {terms}{others} LIMIT 1",
            table=resource.table,
            terms=each("{name} <=> %s", rule.columns, " AND "),
            others=compose("" if key is None else " AND id <> %s"),
        )
        if session.row(sql, wanted if key is None else [*wanted, key]):
            raise conflict(rule.update_fault if key is not None and rule.update_fault else rule.fault)


def _wait_in_line(session: Session, table: str) -> None:
    """Let one writer to a table through at a time, until the end of its transaction.

    They queue for its first row; in an empty table there is none to hold, so there they queue for the first
    migration, which every database has.
    """
    if not session.row(compose("SELECT id FROM {table} ORDER BY id LIMIT 1 FOR UPDATE", table=table)):
        session.row("SELECT 1 FROM tbl_migrations ORDER BY name LIMIT 1 FOR UPDATE")


def reference_fault(item: Field) -> Fault:
    """Fault of a reference to a row that does not exist."""
    if isinstance(item.missing, Fault):
        return item.missing
    return Fault(f"{item.missing or item.name.removesuffix('_id').upper()}_NOT_FOUND")


def check_references(session: Session, resource: Resource, values: Mapping[str, Any]) -> None:
    """Refuse references to rows that do not exist, one statement for each referenced table.

    Raises:
        ApiError: The first dangling one, in declared order.
    """
    wanted: dict[str, list[tuple[Field, int]]] = {}
    for item in resource.fields:
        column = resource.column(item)
        value = values.get(column.name)
        if resource.kind(item) is not Kind.REFERENCE or value is None:
            continue
        if not item.unchecked:
            wanted.setdefault(resource.reference(item), []).append((item, value))
        elif not reach.within(resource.reference(item), {value}):
            raise missing(reference_fault(item))
    found = {
        table: existing(session, table, {value for _, value in uses})
        for table, uses in wanted.items()
        if DATABASE_OF.get(table) == resource.database
    }
    for item in sorted(resource.fields, key=lambda one: one.is_sought_last):
        column = resource.column(item)
        value = values.get(column.name)
        target = resource.reference(item)
        if (
            value is None
            or item.unchecked
            or resource.kind(item) is not Kind.REFERENCE
            or target not in found
        ):
            continue
        if value not in found[target]:
            raise missing(reference_fault(item))


def check_sought_first(session: Session, resource: Resource, values: Mapping[str, Any]) -> None:
    """Refuse references whose rows are looked for before anything else, when these do not exist.

    Raises:
        ApiError: One does not.
    """
    for item in resource.fields:
        value = values.get(resource.column(item).name) if item.is_sought_first else None
        if value is not None and not existing(session, resource.reference(item), [value]):
            raise missing(reference_fault(item))


def existing(session: Session, table: str, keys: Iterable[int]) -> set[int]:
    """Which of these keys the table has, as far as the caller may reach them."""
    wanted = sorted(reach.within(table, set(keys)))
    if not wanted:
        return set()
    sql = compose("SELECT id FROM {table} WHERE id IN ({keys})", table=table, keys=marks(wanted))
    return {row[0] for row in session.rows(sql, wanted)}


def stored_row(session: Session, resource: Resource, key: int, parent: int | None = None) -> dict[str, Any]:
    """All columns of a row as stored.

    Raises:
        ApiError: There is none that the caller may reach, or it belongs to another parent.
    """
    names = [column.name for column in resource.spec.columns]
    sql = compose("SELECT {names} FROM {table} WHERE id = %s", names=names, table=resource.table)
    params: list[Any] = [key]
    if parent is not None:
        sql = compose("{rows} AND {parent} = %s", rows=sql, parent=resource.parent_column)
        params.append(parent)
    row = session.row(sql, params) if reach.within(resource.table, {key}) else None
    if row is None:
        raise missing(resource.not_found)
    return dict(zip(names, row, strict=True))


@lru_cache(maxsize=512)
def relations(table: str) -> tuple[Relation, ...]:
    """The columns elsewhere that may hold a key of `table`, bindings as a member included, own rows not."""
    found = []
    for spec in TABLES[DATABASE_OF[table]].values():
        binding = _BINDING.get(spec.name)
        if spec.name.endswith("_hourly") or (binding is not None and binding.owner == table):
            continue
        for column in spec.columns:
            if column.reference != table or (spec.name, column.name) in _NOT_BY_RULE:
                continue
            if spec.name.startswith(f"{table}_") and binding is None:
                continue  # a part or child: removed with its owner
            named = binding.owner if binding is not None else spec.name
            found.append(Relation(spec.name, column.name, f"{_RELATION}{named.removeprefix('tbl_').upper()}"))
    return tuple(found)


def check_unused(session: Session, resource: Resource, row: Mapping[str, Any]) -> None:
    """Refuse to remove a row that others refer to.

    What a declaration says of a table goes before what the catalog implies for it.

    Raises:
        ApiError: Something refers to it.
    """
    for use in _uses(resource):
        sql = compose(
            "SELECT 1 FROM {table} WHERE ({terms}){where} LIMIT 1",
            table=use.table,
            terms=each("{name} = %s", use.columns, " OR "),
            where=each(" AND {name} = %s", (name for name, _ in use.where), ""),
        )
        if session.row(sql, [row[use.by]] * len(use.columns) + [value for _, value in use.where]):
            raise conflict(use.key)


@lru_cache(maxsize=512)
def _uses(resource: Resource) -> tuple[UsedBy, ...]:
    """What forbids the deletion of a resource's rows, in the order in which it is looked for."""
    declared = {(use.table, column) for use in resource.used_by for column in use.columns}
    parts = {part.table for part in resource.parts}
    found = [
        UsedBy(relation.table, (relation.column,), relation.key)
        for relation in (relations(resource.table) if "id" in resource.spec.by_name else ())
        if (relation.table, relation.column) not in declared and relation.table not in parts
    ]
    places = {name: place for place, name in enumerate(resource.relations.split())}
    return tuple(
        sorted(
            (*resource.used_by, *found),
            key=lambda use: places.get(use.key.removeprefix(_RELATION), len(places)),
        )
    )


def check_changeable(session: Session, table: str, key: int) -> None:
    """Refuse to change a row that others use as well, whom the caller does not reach.

    Raises:
        ApiError: They do.
    """
    if not reach.must_be_sole(table):
        return
    users: set[tuple[str, int]] = set()
    for relation in relations(table):
        binding = _BINDING.get(relation.table)
        owner = binding.owner_key if binding is not None else "id"
        named = binding.owner if binding is not None else relation.table
        sql = compose(
            "SELECT {owner} FROM {table} WHERE {column} = %s",
            owner=owner,
            table=relation.table,
            column=relation.column,
        )
        users.update((named, row[0]) for row in session.rows(sql, (key,)))
    reach.check_sole(users)


def owned_tables(table: str) -> Sequence[tuple[str, str]]:
    """Tables, with their key column, whose rows go with a row of `table`: bindings, parts, children."""
    return _owned(table)


@lru_cache(maxsize=512)
def _owned(table: str) -> tuple[tuple[str, str], ...]:
    found = []
    for spec in TABLES[DATABASE_OF[table]].values():
        binding = _BINDING.get(spec.name)
        if binding is not None:
            if binding.owner == table:
                found.append((spec.name, binding.owner_key))
            continue
        if not spec.name.startswith(f"{table}_"):
            continue
        found += [(spec.name, column.name) for column in spec.columns if column.reference == table]
    return tuple(found)
