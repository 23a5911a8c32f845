"""The words in which a configuration resource is declared.

A resource is a table of the catalog plus what the catalog does not know: which columns a client may write,
in which order they are checked, the error keys of MyEMS where these break the rule, what must be unique,
what else stands in the answers, and which stages of the pipeline must hear of a change. Everything that
follows a rule is left out of a declaration:

- ``tbl_combined_equipments`` is served at ``/combinedequipments`` and called ``COMBINED_EQUIPMENT`` in
  error keys;
- the type of a field, whether it may be null and what it refers to are those of the column;
- ``lease_start_datetime`` is stored in ``lease_start_datetime_utc``;
- a reference ``cost_center_id`` is shown as ``cost_center`` = {id, name, uuid};
- a bad field answers ``API.INVALID_<FIELD>``, a bad name ``API.INVALID_<ENTITY>_NAME``;
- a taken name answers ``API.<ENTITY>_NAME_IS_ALREADY_IN_USE``, a dangling reference ``API.<NAME>_NOT_FOUND``.

Longer than 400 lines, half of them what each word means: who writes a declaration finds all words here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ems_common.catalog import TABLES
from ems_common.catalog.model import Column, Table
from ems_common.db.sql import Sql, compose, each

from ems_api.errors import Fault
from ems_api.resources.fields import Field, Kind, field, kind_of, shown
from ems_api.resources.words import singular
from ems_api.routing import Auth

SYSTEM = "system_db"


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns whose values together may stand in one row only.

    Attributes:
        columns: The columns.
        fault: What is answered to a second row.
        update_fault: The same for PUT where MyEMS has another one.
        told_apart_by: A column that tells rows apart all the same when they come together, in an archive.
    """

    columns: tuple[str, ...]
    fault: Fault
    update_fault: Fault | None = None
    told_apart_by: str = ""


def unique(
    columns: str,
    key: str,
    *,
    status: int = 0,
    title: str = "",
    update: Fault | None = None,
    told_apart_by: str = "",
) -> Unique:
    """Declare a uniqueness: column names separated by spaces, and the error key."""
    return Unique(tuple(columns.split()), Fault(key, status, title), update, told_apart_by)


@dataclass(frozen=True, slots=True)
class UsedBy:
    """Rows of another table that forbid deletion.

    Attributes:
        table: That table.
        columns: Its columns that may hold the key (or the UUID, when they end in ``_uuid``).
        key: Error key.
        where: Further condition as (column, value), such as the kind of meter a variable names.
        database: Where the table is.
        by: Column of the resource that is looked for.
    """

    table: str
    columns: tuple[str, ...]
    key: str
    where: tuple[tuple[str, str], ...] = ()
    database: str = SYSTEM
    by: str = "id"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to an item and are written with it as a whole: tariff slots, formula variables.

    Attributes:
        name: Member of bodies and answers; a dotted path is nested (``expression.variables``).
        table: Their table.
        owner: Its column with the item's key.
        fields: Their members.
        error: Key for a list that is none, or is empty and may not be.
        needed: Whether at least one is wanted.
        order: What they are sorted by: a column of ``t``, or an expression of one.
        check: Further check of the whole list: called with (session, rows, key, item's values); raises.
        show: Adds members to the rows shown: called with session and the rows' dicts.
        with_id: Whether the rows show their keys.
        before: The item's field that they are checked before; "" = after all.
    """

    name: str
    table: str
    owner: str
    fields: tuple[Field, ...]
    error: str
    needed: bool = False
    order: str = "t.id"
    check: Callable[..., None] | None = None
    show: Callable[..., None] | None = None
    with_id: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Members that an owner is bound to, by a binding table of the catalog.

    Attributes:
        table: The binding table.
        path, show: Last part of the route, and fields of a member in answers, when not by rule.
        relation: Middle of the ``…_RELATION_EXISTS`` / ``…_RELATION_NOT_FOUND`` keys when not by rule.
        exists, absent: Whole faults for a pair that exists or does not, when not by rule.
        read: Who may list.
        param: Name of the member's path parameter in the activity log when not by rule.
        log_name: Start of its names in the activity log when not by rule.
        check: Further check before binding: called with session, owner id, member id; raises.
        owner_name, owner_missing, member_name: Words of the error keys when not by rule.
        is_exported, export_show: Whether exports hold the members, and which fields.
        order: Column of the members that they are sorted by.
    """

    table: str
    path: str = ""
    show: tuple[str, ...] = ()
    relation: str = ""
    exists: Fault | None = None
    absent: Fault | None = None
    read: Auth | None = None
    param: str = ""
    check: Callable[..., None] | None = None
    owner_name: str = ""
    owner_missing: Fault | None = None
    member_name: str = ""
    is_exported: bool = True
    export_show: tuple[str, ...] = ()
    order: str = "id"
    log_name: str = ""


def bound(table: str, **rules: Any) -> Bound:
    """Declare a binding; see :class:`Bound`."""
    return Bound(table, **rules)


@dataclass(frozen=True, eq=False)
class Resource:
    """A configuration resource.

    Attributes:
        table: Its table.
        fields: Its members, in the order in which they are checked.
        path: Collection route when not by rule; may hold the parent's ``{id_}``.
        entity: Name in error keys when not by rule.
        item_param: Name of the item's path parameter.
        database: Where the table is.
        read, read_item, write: Who may.
        unique: What may stand in one row only.
        used_by: What forbids deletion, where the catalog does not say it or the key is not by rule.
        relations: Ends of the keys of what forbids deletion (``THERE_IS_RELATION_WITH_…``, or whole ones),
            separated by spaces, in the order in which it is looked for; what is not named comes last.
        parts: Rows written with an item.
        bound: Bindings.
        children: Resources whose rows belong to an item.
        parent_column: Column with the parent's key, for a child.
        qrcode: Prefix of the QR code's text; "" = none.
        search: Columns that ``?q=`` looks into.
        filters: Query parameter → column.
        order: Column that lists are sorted by, and then by key; with a minus in front from the last to the
            first.
        exchange: Whether it has clone, export, import.
        protected: Keys that cannot be deleted.
        journal: Stages that a change concerns, see `journal.py`; "" = none.
        logged: Whether writes stand in the activity log.
        log_name: Start of its names in the activity log when not by rule.
        log_param: Name of a child's path parameter in the activity log when not by rule.
        can: Which of list, read, create, update, delete are served.
        label, group, title, help: For the admin portal.
        prepare: Called before a write with (session, values, key or None); may change or refuse them.
        agree: Called so as well, when names are free and references stand; refuses what contradicts other
            rows.
        finish: Called after reading with (session, rows); may add members.
        columns: Columns of the admin portal's list.
        clones_by_post: What a copy made by ``POST /x/{id}`` does not take along, as a clone does; None =
            there is no such route.
        flat_route: Route of a child's items when they are not reached through the parent.
        serves_children_only: Whether children are left out of exports (hooks take care of them).
        exports: Rows of other resources that are exported and imported with an item, as children are.
        export_more: Completes an export: called with (session, key, exported item).
        bound_read: Who may list members.
        is_shown_empty: Whether the export of its parent has an empty list for a child without rows (others
            have null).
        below_column: Column by which rows stand below one another: exports tell those directly below.
        dates_imports: Whether what is imported gets the local time behind its name, as a clone does.
        export_name: Name of a child's rows in the export of its parent, when not the route's last part.
        import_defaults: Completes the body made of an exported item: called with (session, data, item).
        after_import: Called with (session, key, item) when an item was imported.
        before_delete: Called with (session, row) before relations are looked for; may remove what is its own.
    """

    table: str
    fields: tuple[Field, ...]
    path: str = ""
    entity: str = ""
    item_param: str = "id_"
    database: str = SYSTEM
    read: Auth = Auth.KEY
    read_item: Auth | None = None
    write: Auth = Auth.ADMIN
    unique: tuple[Unique, ...] = ()
    used_by: tuple[UsedBy, ...] = ()
    relations: str = ""
    parts: tuple[Part, ...] = ()
    bound: tuple[Bound, ...] = ()
    children: tuple[Resource, ...] = ()
    parent_column: str = ""
    parent_in_item: bool = False
    qrcode: str = ""
    search: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    order: str = "id"
    exchange: bool = False
    export_keeps: tuple[str, ...] = ()
    protected: tuple[int, ...] = ()
    journal: str = ""
    logged: bool = True
    log_name: str = ""
    log_param: str = ""
    can: tuple[str, ...] = ("list", "read", "create", "update", "delete")
    label: str = "name"
    group: str = ""
    title: str = ""
    help: str = ""
    name_key: str = ""
    missing: Fault | None = None
    location: str = ""
    bad_id: Fault | None = None
    bad_id_read: Fault | None = None
    prepare: Callable[..., None] | None = None
    agree: Callable[..., None] | None = None
    finish: Callable[..., None] | None = None
    after_write: Callable[..., Any] | None = None
    columns: tuple[str, ...] = ()
    export_name: str = ""
    is_shown_empty: bool = False
    below_column: str = ""
    dates_imports: bool = False
    clones_by_post: tuple[str, ...] | None = None
    flat_route: str = ""
    serves_children_only: bool = False
    exports: tuple[Resource, ...] = ()
    export_more: Callable[..., None] | None = None
    bound_read: Auth = Auth.KEY
    import_defaults: Callable[..., None] | None = None
    after_import: Callable[..., None] | None = None
    before_delete: Callable[..., None] | None = None

    @cached_property
    def spec(self) -> Table:
        """The table as the catalog has it."""
        return TABLES[self.database][self.table]

    @cached_property
    def singular(self) -> str:
        """``tbl_combined_equipments`` → ``combined_equipment``."""
        return singular(self.table)

    @cached_property
    def route(self) -> str:
        """Route of the collection."""
        return self.path or "/" + self.table.removeprefix("tbl_").replace("_", "")

    @cached_property
    def name(self) -> str:
        """Name in the admin portal and in tests: the route's last part, with its parent's for a child."""
        return "-".join(part for part in self.route.split("/") if part and not part.startswith("{"))

    @cached_property
    def order_sql(self) -> Sql:
        """Its lists' ORDER BY."""
        column = self.order.removeprefix("-")
        columns = (column,) if column == "id" else (column, "id")
        if self.order.startswith("-"):
            return compose(" ORDER BY {terms}", terms=each("t.{name} DESC", columns))
        return compose(" ORDER BY {terms}", terms=each("t.{name}", columns))

    @cached_property
    def item_route(self) -> str:
        """Route of an item."""
        return f"{self.route}/{{{self.item_param}}}"

    @cached_property
    def key(self) -> str:
        """Name in error keys."""
        return self.entity or self.singular.upper()

    @cached_property
    def not_found(self) -> Fault:
        """Fault of a key that no row has."""
        return self.missing or Fault(f"{self.key}_NOT_FOUND")

    @cached_property
    def invalid_id(self) -> Fault:
        """Fault of a path that holds no key."""
        return self.bad_id or Fault(f"INVALID_{self.key}_ID")

    @cached_property
    def invalid_id_read(self) -> Fault:
        """The same when an item is read, where MyEMS has another key."""
        return self.bad_id_read or self.invalid_id

    @cached_property
    def has_uuid(self) -> bool:
        """Whether rows have a UUID."""
        return "uuid" in self.spec.by_name

    def column(self, item: Field) -> Column:
        """The column a field is stored in."""
        names = self.spec.by_name
        if item.column:
            return names[item.column]
        return names[item.name] if item.name in names else names[f"{item.name}_utc"]

    def kind(self, item: Field) -> Kind:
        """The kind of a field."""
        if item.kind is not None:
            return item.kind
        if item.target:
            return Kind.REFERENCE
        return Kind.CHOICE if item.choices else kind_of(self.column(item))

    def reference(self, item: Field) -> str:
        """The table that a field refers to; "" = none."""
        return item.target or self.column(item).reference

    def is_required(self, item: Field, *, update: bool = False) -> bool:
        """Whether a field must be given."""
        if update and item.required_on_update:
            return True
        return item.required if item.required is not None else not self.column(item).null

    def field_fault(self, item: Field, *, update: bool = False) -> Fault:
        """Fault of a bad field."""
        if update and item.update_error:
            return Fault(f"INVALID_{item.update_error}")
        if item.error:
            return Fault(f"INVALID_{item.error}")
        if item.name == "name":
            return Fault(f"INVALID_{self.name_key or self.key}_NAME")
        if self.kind(item) is Kind.BOOLEAN or item.name in _NAMED_VALUE:
            return Fault(f"INVALID_{item.name.upper()}_VALUE")
        return Fault(f"INVALID_{item.name.upper()}")

    def shown_as(self, item: Field, *, in_item: bool = False) -> str:
        """Name of a field in answers."""
        if in_item and item.item_shown:
            return item.item_shown
        if item.shown:
            return item.shown
        if self.kind(item) is Kind.REFERENCE:
            return item.name.removesuffix("_id")
        return item.name


_NAMED_VALUE = frozenset(
    [
        "address",
        "area",
        "buildings",
        "efficiency_indicator",
        "floors",
        "high_limit",
        "higher_limit",
        "hourly_high_limit",
        "hourly_low_limit",
        "latitude",
        "lease_number",
        "longitude",
        "low_limit",
        "lower_limit",
        "offset_constant",
        "postal_code",
        "ratio",
        "rooms",
    ]
)
"""Fields whose error key ends in ``_VALUE``, as those of flags do."""

REFERENCE_SHOWN: dict[str, tuple[str, ...]] = {
    "tbl_points": ("id", "name"),
    "tbl_privileges": ("id", "name"),
    "tbl_timezones": ("id", "name", "utc_offset"),
}
"""Columns of a referenced row in answers; {id, name, uuid} for the tables not listed."""


def reference_columns(item: Field, target: str) -> tuple[str, ...]:
    """Columns of the row that `item` refers to, as they stand in answers."""
    return item.show or REFERENCE_SHOWN.get(target, ("id", "name", "uuid"))


__all__ = [
    "SYSTEM",
    "Bound",
    "Field",
    "Kind",
    "Part",
    "Resource",
    "Unique",
    "UsedBy",
    "bound",
    "field",
    "kind_of",
    "shown",
    "unique",
]
