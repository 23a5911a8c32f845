"""From a declaration to its SELECT, and from the rows to JSON.

An item is one statement: referenced rows come by LEFT JOIN. Those of a list, and of an item with very many
(an inverter has 86 points; servers limit the joins of a statement), are looked up by their keys instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from ems_common.catalog import TABLES
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, joined, marks
from msgspec.structs import asdict

from ems_api.auth import reach
from ems_api.resources.declare import SYSTEM, Field, Kind, Part, Resource, kind_of, reference_columns
from ems_api.resources.references import References, Target, column_sql
from ems_api.resources.values import NEEDS_CARE, shown_value

MOST_JOINS = 20
EVERY_ROW = compose("")
"""The condition of a list that leaves nothing out."""
Row = tuple[Any, ...]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How the answers of one request look.

    Attributes:
        zone: The site's.
        references: Rows that others refer to.
        v1: Whether the newer dialect is asked for.
    """

    zone: ZoneInfo
    references: References
    v1: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One member of an answer and the columns of the row it is made of.

    Attributes:
        name: The member.
        start: Place of its column, or of the first of them.
        kind: Of a value that is not shown as it is stored.
        members: Members of a referenced row, a column each.
        target: Where a referenced row is looked up.
    """

    name: str
    start: int
    kind: Kind | None = None
    members: tuple[str, ...] = ()
    target: Target | None = None

    def column(
        self, columns: Sequence[Row], look: Look, found: Mapping[Target, Mapping[int, Json]]
    ) -> Sequence[Any]:
        """The member of all rows.

        Args:
            columns: What was selected, a column each.
            look: Zone and dialect.
            found: Referenced rows.
        """
        values = columns[self.start]
        if self.target is not None:
            return list(map(found[self.target].get, values))
        if self.kind is Kind.BOOLEAN:
            return [None if value is None else value != 0 for value in values]
        if self.kind is not None:
            return [shown_value(self.kind, value, look.zone, v1=look.v1) for value in values]
        if not self.members:
            return values
        return _objects(self.members, columns[self.start : self.start + len(self.members)])


def _objects(names: Sequence[str], columns: Sequence[Row]) -> list[Json | None]:
    """Objects of these members, a column each; None where there is no key.

    Most have a key and a name, or a UUID as well; written out, these take a fifth of the time.
    """
    if len(names) == 2:
        first, second = names
        return [
            None if a is None else {first: a, second: b} for a, b in zip(columns[0], columns[1], strict=True)
        ]
    if len(names) == 3:
        first, second, third = names
        return [
            None if a is None else {first: a, second: b, third: c}
            for a, b, c in zip(columns[0], columns[1], columns[2], strict=True)
        ]
    return [
        None if part[0] is None else dict(zip(names, part, strict=True))
        for part in zip(*columns, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Plan:
    """A SELECT (up to its WHERE) and what its rows become."""

    select: str
    shown: tuple[Shown, ...]
    qrcode: str
    references: dict[str, str]
    row: Callable[..., msgspec.Struct]
    """Takes the members in their order; five times as fast to a dict as pairs of names and values are."""

    def items(self, session: Session, rows: Sequence[Row], look: Look) -> list[Json]:
        """Rows as JSON, made a column at a time: what a member needs is decided once and not for each row.

        Args:
            session: In the resource's database, for the rows that are referred to.
            rows: What was selected.
            look: Zone and dialect.
        """
        if not rows:
            return []
        columns = list(zip(*rows, strict=True))
        found = self._referenced(session, columns, look)
        values = [one.column(columns, look, found) for one in self.shown]
        if self.qrcode:
            uuids = next(one.start for one in self.shown if one.name == "uuid")
            values.append([f"{self.qrcode}:{uuid}" for uuid in columns[uuids]])
        return [asdict(self.row(*row)) for row in zip(*values, strict=True)]

    def _referenced(
        self, session: Session, columns: Sequence[Row], look: Look
    ) -> Mapping[Target, Mapping[int, Json]]:
        wanted: dict[Target, set[int]] = {}
        for one in self.shown:
            if one.target is not None:
                wanted.setdefault(one.target, set()).update(columns[one.start])
        for keys in wanted.values():
            keys.discard(None)  # of those without one
        return look.references.find(session, wanted) if wanted else {}


def fields_of(resource: Resource, *, in_item: bool, v1: bool = False) -> list[Field]:
    """The fields that stand in an item's answer, or in the list's."""
    return [
        item
        for item in resource.fields
        if (item.in_item if in_item else item.in_list) and (v1 or not item.is_extra)
    ]


@lru_cache(maxsize=1024)
def plan(resource: Resource, *, in_item: bool, v1: bool = False) -> Plan:
    """The plan of a resource's list, or of its item."""
    selected = ["t.id"]
    shown = [Shown("id", 0)]
    joins: list[Sql] = []
    referenced: dict[str, str] = {}
    if resource.has_uuid:
        selected.append("t.uuid")
        shown.append(Shown("uuid", 1))
    fields = fields_of(resource, in_item=in_item, v1=v1)
    references = sum(resource.kind(item) is Kind.REFERENCE for item in fields)
    for item in fields:
        name = resource.shown_as(item, in_item=in_item)
        column = resource.column(item)
        kind = resource.kind(item)
        if kind is Kind.SECRET:
            continue
        start = len(selected)
        reference = resource.reference(item)
        if kind is Kind.REFERENCE:
            referenced[name] = reference
        is_local = reference in TABLES[resource.database]
        if kind is Kind.REFERENCE and is_local and item.show != ("id",):
            columns = reference_columns(item, reference)
            if not in_item or references > MOST_JOINS:
                selected.append(f"t.{column.name}")
                shown.append(Shown(name, start, target=Target(resource.database, reference, columns)))
                continue
            alias = f"r{len(joins)}"
            target = TABLES[resource.database][reference]
            selected += [column_sql(target, part, alias) for part in columns]
            joins.append(
                compose(
                    " LEFT JOIN {table} {alias} ON {alias}.id = t.{column}",
                    table=target.name,
                    alias=alias,
                    column=column.name,
                )
            )
            shown.append(Shown(name, start, members=columns))
        else:
            selected.append(column_sql(resource.spec, column.name, "t"))
            way = Kind.MARKUP if item.is_markup else kind
            shown.append(Shown(name, start, way if way in NEEDS_CARE else None))
    select = compose(
        "SELECT {selected} FROM {table} t{joins}",
        selected=selected,
        table=resource.table,
        joins=joined(joins, ""),
    )
    names = [*(one.name for one in shown), *(("qrcode",) if resource.qrcode else ())]
    row = msgspec.defstruct("Row", names, gc=False)
    return Plan(select, tuple(shown), resource.qrcode, referenced, row)


def below(child: Resource) -> Sql:
    """The condition on the rows of a child that belong to one parent."""
    return compose("t.{parent} = %s", parent=child.parent_column)


def read(
    session: Session,
    resource: Resource,
    look: Look,
    where: Sql = EVERY_ROW,
    params: Sequence[Any] = (),
    *,
    in_item: bool = False,
    tail: Sql | None = None,
) -> list[Json]:
    """Rows of a resource as JSON, in the resource's order.

    Args:
        session: A transaction in the resource's database.
        resource: The resource.
        look: Zone and dialect.
        where: Condition on ``t`` and the joins, made of catalog names and placeholders.
        params: Its values.
        in_item: Whether the item's members are wanted rather than the list's.
        tail: Instead of the usual ORDER BY.
    """
    made = plan(resource, in_item=in_item, v1=look.v1)
    sql = compose(
        "{select}{where}{order}",
        select=made.select,
        where=compose(" WHERE {condition}", condition=where) if where else EVERY_ROW,
        order=tail or resource.order_sql,
    )
    rows = session.rows(sql, params)
    items = made.items(session, rows, look)
    reach.mask(made.references, items)
    for part in resource.parts:
        _attach(session, part, items, look)
    if resource.finish is not None:
        resource.finish(session, items)
    return items


def rows_by_id(
    session: Session,
    table: str,
    columns: Sequence[str],
    keys: Iterable[int],
    database: str = SYSTEM,
    order: str = "id",
) -> dict[int, Json]:
    """Columns of the rows with these keys, by key, in the order of a column."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    spec = TABLES[database][table]
    names = [column_sql(spec, name, "t") for name in columns]
    rows = session.rows(
        compose(
            "SELECT t.id, {columns} FROM {table} t WHERE t.id IN ({keys}) ORDER BY t.{order}, t.id",
            columns=names,
            table=spec.name,
            keys=marks(wanted),
            order=order,
        ),
        wanted,
    )
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def part_rows(session: Session, part: Part, keys: Sequence[int], look: Look) -> dict[int, list[Json]]:
    """The rows of a part by the key of the item they belong to."""
    result: dict[int, list[Json]] = {key: [] for key in keys}
    if not keys:
        return result
    spec = TABLES[SYSTEM][part.table]
    names = [name for name in (["id"] if part.with_id else []) + [item.name for item in part.fields]]
    declared = {item.name: item.kind for item in part.fields}
    kinds = [declared.get(name) or kind_of(spec.column(name)) for name in names]
    rows = session.rows(
        compose(
            "SELECT t.{owner}, {columns} FROM {table} t WHERE t.{owner} IN ({keys}) ORDER BY {order}, t.id",
            owner=part.owner,
            columns=[column_sql(spec, name, "t") for name in names],
            table=spec.name,
            keys=marks(keys),
            order=part.order,
        ),
        keys,
    )
    for owner, *values in rows:
        result[owner].append(
            {
                name: shown_value(kind, value, look.zone, v1=look.v1) if kind in NEEDS_CARE else value
                for name, kind, value in zip(names, kinds, values, strict=True)
            }
        )
    if part.show is not None:
        part.show(session, [row for rows in result.values() for row in rows])
    return result


def _attach(session: Session, part: Part, items: list[Json], look: Look) -> None:
    by_owner = part_rows(session, part, [item["id"] for item in items], look)
    for item in items:
        holder = item
        *outer, last = part.name.split(".")
        for name in outer:
            holder = holder.setdefault(name, {})
        holder[last] = by_owner[item["id"]]


def project(names: Sequence[str]) -> Callable[[Json], Json]:
    """A function that keeps only these members."""
    return lambda item: {name: item[name] for name in names}
