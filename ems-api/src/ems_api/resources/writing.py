"""Create, update and delete from a declaration, each in one transaction with its journal rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ems_common.catalog import TABLES
from ems_common.db import Session
from ems_common.db.sql import compose, each, marks
from ems_common.journal import Why

from ems_api.auth import reach, trail
from ems_api.errors import Fault, conflict, invalid, missing
from ems_api.resources import journal
from ems_api.resources.checks import (
    check_changeable,
    check_references,
    check_sought_first,
    check_unique,
    check_unused,
    existing,
    owned_tables,
    reference_fault,
    stored_row,
)
from ems_api.resources.declare import SYSTEM, Kind, Part, Resource, kind_of
from ems_api.resources.terms import divided_members
from ems_api.resources.values import check_value, read_field

Json = dict[str, Any]
PartValues = dict[str, list[Json]]


def read_body(
    resource: Resource, data: Json, zone: ZoneInfo, *, update: bool = False
) -> tuple[Json, PartValues]:
    """The columns to write and the rows of the parts, from a body.

    Raises:
        ApiError: The first member that breaks its rule, in declared order.
    """
    values: Json = {}
    parts: PartValues = {}
    early = {part.before: part for part in resource.parts if part.before}
    for item in resource.fields:
        if item.name in early:
            part = early[item.name]
            parts[part.name] = read_part(part, data, zone)
        if not (item.update if update else item.create):
            continue
        if update and item.optional_on_update and data.get(item.name) is None:
            values[resource.column(item).name] = None
            continue
        if update and item.is_extra and item.name not in data:
            continue
        values[resource.column(item).name] = read_field(resource, item, data, zone, update=update)
    parts |= {part.name: read_part(part, data, zone) for part in resource.parts if not part.before}
    return values, parts


def read_part(part: Part, data: Json, zone: ZoneInfo) -> list[Json]:
    """The rows of a part, from a body.

    Raises:
        ApiError: The list is none, is empty and may not be, or a row breaks a rule.
    """
    fault = Fault(part.error)
    given: Any = data
    for name in part.name.split("."):
        given = given.get(name) if isinstance(given, dict) else None
    if not isinstance(given, list) or (part.needed and not given):
        raise invalid(fault, field=part.name)
    if len(given) > 10_000:
        raise invalid(fault, field=part.name, detail="too many rows")
    spec = TABLES[SYSTEM][part.table]
    rows = []
    for entry in given:
        if not isinstance(entry, dict):
            raise invalid(fault, field=part.name)
        row: Json = {}
        for item in part.fields:
            column = spec.column(item.name)
            own = Fault(f"INVALID_{item.error or item.name.upper()}")
            value = entry.get(item.name)
            if value is None and (item.required is False or column.null):
                row[item.name] = None
                continue
            kind = item.kind or (Kind.CHOICE if item.choices else _kind(part, item.name))
            row[item.name] = check_value(kind, item, column, value, zone, own)
        rows.append(row)
    return rows


def _kind(part: Part, name: str) -> Kind:
    return kind_of(TABLES[SYSTEM][part.table].column(name))


def create(
    session: Session, resource: Resource, values: Json, parts: PartValues, parent: int | None = None
) -> int:
    """Write a new row; its key.

    Raises:
        ApiError: It contradicts what is stored.
    """
    if parent is not None:
        values = {**values, resource.parent_column: parent}
    if resource.prepare is not None:
        resource.prepare(session, values, None)
    check_sought_first(session, resource, values)
    check_unique(session, resource, values)
    check_references(session, resource, values)
    if resource.agree is not None:
        resource.agree(session, values, None)
    _check_parts(session, resource, parts, None, values)
    if resource.has_uuid:
        values = {**values, "uuid": str(uuid.uuid4())}
    columns = {name: value for name, value in values.items() if not name.startswith("_")}
    key = insert(session, resource.table, columns)
    if parent is None:
        reach.place(session, resource.table, key, values)
    for part in resource.parts:
        store_part(session, part, key, parts.get(part.name, []))
    journal.note(session, resource.journal, key, None, values)
    trail.created(resource.table, key, {**columns, **parts})
    return key


def insert(session: Session, table: str, values: Mapping[str, Any]) -> int:
    """Insert one row; its key."""
    session.execute(
        compose(
            "INSERT INTO {table} ({columns}) VALUES ({values})",
            table=table,
            columns=list(values),
            values=marks(values),
        ),
        list(values.values()),
    )
    return session.insert_id


def set_columns(session: Session, table: str, key: int, values: Mapping[str, Any]) -> None:
    """Set columns of one row."""
    session.execute(
        compose("UPDATE {table} SET {terms} WHERE id = %s", table=table, terms=each("{name} = %s", values)),
        [*values.values(), key],
    )


def update(
    session: Session, resource: Resource, key: int, values: Json, parts: PartValues, parent: int | None = None
) -> Json:
    """Replace the writable columns of a row and its parts; the row as it was.

    Raises:
        ApiError: There is no such row, or the values contradict what is stored.
    """
    check_sought_first(session, resource, values)
    before = stored_row(session, resource, key, parent)
    check_changeable(session, resource.table, key)
    if parent is not None:
        values = {**values, resource.parent_column: parent}
    values = reach.keep_hidden(_references(resource), before, values)
    if resource.prepare is not None:
        resource.prepare(session, values, key)
    check_unique(session, resource, {**before, **values}, key)
    check_references(session, resource, reach.to_check(before, values))
    if resource.agree is not None:
        resource.agree(session, values, key)
    _check_parts(session, resource, parts, key, values)
    if values:
        set_columns(session, resource.table, key, values)
    replaced = {part.name: _replace_part(session, part, key, parts[part.name]) for part in resource.parts}
    changed = {name: rows for name, rows in replaced.items() if rows is not None}
    journal.note(session, resource.journal, key, before, values, parts_changed=bool(changed))
    trail.updated(
        resource.table,
        key,
        {**before, **{name: rows for name, (rows, _) in changed.items()}},
        {**values, **{name: rows for name, (_, rows) in changed.items()}},
    )
    return before


def _references(resource: Resource) -> dict[str, str]:
    """Column → table it refers to."""
    return {
        resource.column(item).name: resource.reference(item)
        for item in resource.fields
        if resource.kind(item) is Kind.REFERENCE
    }


def _replace_part(
    session: Session, part: Part, key: int, rows: list[Json]
) -> tuple[list[Json], list[Json]] | None:
    """Store the rows of a part anew; what they were and are where they differ."""
    members = [item.name for item in part.fields]
    own = compose("{table} WHERE {owner} = %s", table=part.table, owner=part.owner)
    stored_rows = compose("SELECT {members} FROM {own} ORDER BY id", members=members, own=own)
    old = session.rows(stored_rows, (key,))
    session.execute(compose("DELETE FROM {own}", own=own), (key,))
    store_part(session, part, key, rows)
    new = session.rows(stored_rows, (key,))
    if old == new:
        return None
    as_json = [[dict(zip(members, row, strict=True)) for row in stored] for stored in (old, new)]
    return as_json[0], as_json[1]


def delete(session: Session, resource: Resource, key: int, parent: int | None = None) -> Json:
    """Remove a row and what belongs to it; the row as it was.

    Raises:
        ApiError: There is no such row, it is protected, or others refer to it.
    """
    if key in resource.protected:
        raise conflict(Fault(f"THIS_{resource.key}_CANNOT_BE_DELETED"))
    before = stored_row(session, resource, key, parent)
    if resource.before_delete is not None:
        resource.before_delete(session, before)
    check_unused(session, resource, before)
    check_changeable(session, resource.table, key)
    if resource.journal:
        shared = divided_members(session, resource.table, key)
        journal.note_divided(session, shared, Why.OWNER_REMOVED)
    _remove_owned(session, resource.table, [key])
    for part in resource.parts:
        session.execute(
            compose("DELETE FROM {table} WHERE {owner} = %s", table=part.table, owner=part.owner), (key,)
        )
    session.execute(compose("DELETE FROM {table} WHERE id = %s", table=resource.table), (key,))
    journal.note(session, resource.journal, key, before, None)
    trail.deleted(resource.table, key, before)
    return before


def _remove_owned(session: Session, table: str, keys: list[int]) -> None:
    if not keys:
        return
    for owned, column in owned_tables(table):
        rows = compose("{owned} WHERE {column} IN ({keys})", owned=owned, column=column, keys=marks(keys))
        inner: list[tuple[Any, ...]] = []
        if owned_tables(owned):
            inner = session.rows(compose("SELECT id FROM {rows}", rows=rows), keys)
        _remove_owned(session, owned, [row[0] for row in inner])
        session.execute(compose("DELETE FROM {rows}", rows=rows), keys)


def store_part(session: Session, part: Part, key: int, rows: list[Json]) -> None:
    """Insert the rows of a part."""
    names = [part.owner, *(item.name for item in part.fields)]
    session.executemany(
        compose(
            "INSERT INTO {table} ({names}) VALUES ({values})",
            table=part.table,
            names=names,
            values=marks(names),
        ),
        [[key, *(row.get(item.name) for item in part.fields)] for row in rows],
    )


def _check_parts(
    session: Session, resource: Resource, parts: PartValues, key: int | None, values: Json
) -> None:
    for part in resource.parts:
        rows = parts.get(part.name, [])
        spec = TABLES[SYSTEM][part.table]
        for item in part.fields:
            target = spec.column(item.name).reference
            if not target or item.unchecked:
                continue
            wanted = {row[item.name] for row in rows if row[item.name] is not None}
            if wanted - existing(session, target, wanted):
                raise missing(reference_fault(item))
        if part.check is not None:
            part.check(session, rows, key, values)
