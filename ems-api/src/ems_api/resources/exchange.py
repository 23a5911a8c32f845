"""Clone, export and import of an item with its parts, bindings and children.

An export is the item's answer without its keys, plus an array for each binding and each kind of child. An
import reads the same form; a clone is an export that is imported again under a new name, in one
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.sql import compose
from ems_common.journal import Why

from ems_api.errors import Fault, conflict, invalid
from ems_api.resources import bindings, reading, terms, writing
from ems_api.resources.bindings import Bond
from ems_api.resources.declare import Kind, Resource
from ems_api.resources.reading import Look
from ems_api.resources.terms import ALWAYS

Json = dict[str, Any]
Bonds = Callable[[Resource], Sequence[Bond]]
EXPORTED_WITHOUT: Final = ("id", "uuid", "qrcode")
"""Members of an item that its export leaves out, unless the resource keeps them."""
_NAME_FORMAT: Final = "%Y-%m-%d-%H:%M:%S"
_COPY: Final = " Copy"
_NOT_TOLD_BELOW: Final = ("number_of_occupants", "qrcode")
MOST_ROWS = 20_000


def export_item(
    dbs: Databases, session: Session, resource: Resource, bonds: Bonds, item: Json, look: Look
) -> Json:
    """The exported form of an item.

    Args:
        dbs: The databases, for members that live elsewhere.
        session: A transaction in the resource's database.
        resource: The resource.
        bonds: Bindings of a resource.
        item: The item's answer.
        look: Zone and dialect.
    """
    result = {
        name: value
        for name, value in item.items()
        if name not in EXPORTED_WITHOUT or name in resource.export_keeps
    }
    key = item["id"]
    for bond in bonds(resource):
        if bond.rules.is_exported:
            members = bindings.list_bound(dbs, session, bond, key, exported=True)
            if bond.binding.is_counted:
                terms.add_terms(session, bond.binding, key, members, look.zone, brief=True)
            result[bond.exported] = members or None
    if resource.export_more is not None:
        resource.export_more(session, key, result)
    for child in exported_children(resource):
        rows = reading.read(session, child, look, reading.below(child), (key,))
        for row in rows:
            for bond in bonds(child):
                row[bond.exported] = bindings.list_bound(dbs, session, bond, row["id"]) or None
        result[child_name(child)] = rows or ([] if child.is_shown_empty else None)
    if resource.below_column:
        result["children"] = _rows_below(session, resource, key, look) or None
    return result


def _rows_below(session: Session, resource: Resource, key: int, look: Look) -> list[Json]:
    """The rows of the same kind directly below an item; they are told by an export, but not exported."""
    where = compose("t.{parent} = %s", parent=resource.below_column)
    rows = reading.read(session, resource, look, where, (key,))
    return [{name: row[name] for name in row if name not in _NOT_TOLD_BELOW} for row in rows]


def exported_children(resource: Resource) -> tuple[Resource, ...]:
    """The kinds of rows that are exported with an item."""
    return resource.exports if resource.serves_children_only else (*resource.children, *resource.exports)


def child_name(child: Resource) -> str:
    """Name of a kind of child in exports: ``parameters``, ``non_working_days``."""
    return child.export_name or child.route.rsplit("/", 1)[1]


def as_body(resource: Resource, item: Json) -> Json:
    """The body of a POST that makes an item like the exported one."""
    data: Json = {}
    for field in resource.fields:
        for name in (resource.shown_as(field, in_item=True), resource.shown_as(field), field.name):
            if name in item:
                data[field.name] = _body_value(resource, field.name, item[name])
                break
        if field.wrapped and field.name in data:
            value = data.pop(field.name)
            if field.wrapped in item:
                data.setdefault(field.wrapped, {})[field.wrapped_member] = value
    for part in resource.parts:
        head = part.name.split(".")[0]
        if head in item and isinstance(item[head], dict):
            data.setdefault(head, {}).update(item[head])
        elif head in item:
            data[head] = item[head]
    return data


def _body_value(resource: Resource, name: str, value: Any) -> Any:
    field = next(item for item in resource.fields if item.name == name)
    if resource.kind(field) is Kind.REFERENCE and isinstance(value, dict):
        return value.get("id")
    return value


def import_item(
    dbs: Databases,
    session: Session,
    resource: Resource,
    bonds: Bonds,
    item: Json,
    look: Look,
    parent: int | None = None,
) -> int:
    """Make a new item from an exported one; its key.

    Raises:
        ApiError: A member breaks its rule, contradicts what is stored, or names what does not exist.
    """
    data = as_body(resource, item)
    if resource.import_defaults is not None:
        resource.import_defaults(session, data, item)
    values, parts = writing.read_body(resource, data, look.zone)
    key = writing.create(session, resource, values, parts, parent)
    for bond in bonds(resource):
        if bond.rules.is_exported:
            _import_bound(dbs, session, bond, key, item.get(bond.exported), look)
    for child in exported_children(resource):
        given = _array(item.get(child_name(child)), child_name(child))
        for row in given:
            child_key = import_item(dbs, session, child, bonds, row, look, key)
            del child_key
    if resource.after_import is not None:
        resource.after_import(session, key, item)
    return key


def _array(given: Any, name: str) -> list[Json]:
    if given is None:
        return []
    if (
        not isinstance(given, list)
        or len(given) > MOST_ROWS
        or not all(isinstance(row, dict) for row in given)
    ):
        raise invalid(Fault(f"INVALID_{name.upper()}"), field=name)
    return given


def _import_bound(dbs: Databases, session: Session, bond: Bond, key: int, given: Any, look: Look) -> None:
    seen: set[int] = set()
    for row in _array(given, bond.exported):
        data = {bond.binding.member_key: row.get("id"), "is_output": row.get("is_output")}
        member, is_output = bindings.read_pair(bond, data)
        bindings.check_member(dbs, session, bond, member)
        if member in seen:
            raise conflict(bond.exists)
        if bond.rules.check is not None:
            bond.rules.check(session, key, member)
        seen.add(member)
        wanted = bindings.given_terms(bond, row, look.zone)
        terms.check_references(session, bond.binding, member, wanted)
        bindings.insert_pair(session, bond.binding, key, member, is_output, wanted)
        if wanted is not ALWAYS:
            bindings.note(session, bond, key, member, Why.BOUND)


def copied_name(name: str, longest: int) -> str:
    """Name of a copy that MyEMS does not date.

    >>> copied_name("Pump", 255)
    'Pump Copy'
    """
    return f"{name.strip()[: longest - len(_COPY)]}{_COPY}"


def dated_name(name: str, look: Look, longest: int) -> str:
    """Name of a copy: the original's, with the local time behind it, as MyEMS writes it."""
    suffix = utc_now().astimezone(look.zone).strftime(_NAME_FORMAT)
    return f"{name.strip()[: longest - len(suffix)]}{suffix}"
