"""The words in which a configuration resource is declared.

A resource is a table of the catalog plus what the catalog does not know: which columns a client may write, in
which order they are checked, the error keys of MyEMS where these break the rule, what must be unique, what else
stands in the answers, and which stages of the pipeline must hear of a change. Everything that follows a rule is
left out of a declaration:

- ``tbl_combined_equipments`` is served at ``/combinedequipments`` and called ``COMBINED_EQUIPMENT`` in error keys;
- the type of a field, whether it may be null and what it refers to are those of the column;
- ``lease_start_datetime`` is stored in ``lease_start_datetime_utc``;
- a reference ``cost_center_id`` is shown as ``cost_center`` = {id, name, uuid};
- a bad field answers ``API.INVALID_<FIELD>``, a bad name ``API.INVALID_<ENTITY>_NAME``;
- a taken name answers ``API.<ENTITY>_NAME_IS_ALREADY_IN_USE``, a dangling reference ``API.<NAME>_NOT_FOUND``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ems_api.errors import Fault
from ems_api.routing import Auth
from ems_common.catalog import TABLES
from ems_common.catalog.model import Column, Table

SYSTEM = "system_db"


class Kind(enum.Enum):
    """How a member of a body is read and shown."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    REFERENCE = "reference"
    JSON = "json"
    SECRET = "secret"  # noqa: S105  (a kind of field, no secret)


def kind_of(column: Column) -> Kind:
    """The kind that a column's SQL type implies."""
    if column.reference:
        return Kind.REFERENCE
    if column.json:
        return Kind.JSON
    for start, kind in _KINDS:
        if column.type.startswith(start):
            return kind
    return Kind.TEXT


_KINDS = (
    ("BOOL", Kind.BOOLEAN),
    ("DECIMAL", Kind.NUMBER),
    ("DOUBLE", Kind.NUMBER),
    ("INT", Kind.INTEGER),
    ("BIGINT", Kind.INTEGER),
    ("DATETIME", Kind.DATETIME),
    ("DATE", Kind.DATE),
    ("TIME", Kind.TIME),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One member of `data` in POST and PUT, and of the answers.

    Attributes:
        name: Name in bodies.
        required: Whether it must be given; None = when the column may not be null.
        error: Key after ``INVALID_`` when it breaks the rule of the module.
        update_error: The same for PUT where MyEMS has another one.
        missing: Key before ``_NOT_FOUND`` for a dangling reference.
        kind: When not that of the column.
        minimum, maximum, above: Range; `above` is exclusive.
        choices: The only values allowed.
        shown: Name in answers when not by rule.
        show: Columns of the referenced row in answers, when not by rule.
        in_list, in_item: Whether it stands in the list's answer and in the item's.
        create, update: Whether POST and PUT take it.
        default: Value when it is absent (or "NOW").
        wrapped: Name of the object that holds it in bodies: ``energy_category`` for ``{"energy_category": {"id": 1}}``.
        pattern: Regular expression the whole text must match.
        unchecked: The reference may dangle (MyEMS' own data does), so it is not looked up.
        unit: Unit of the value, for forms.
        multiline: Whether forms offer several lines.
        required_if: Another member and the value of it that makes this one needed.
        column: Column when not by rule.
        wrapped_member: Its name in that object.
        loose: Whether a number is taken for a text.
        optional_on_update: Whether a PUT may leave it out although a POST may not.
        is_extra: A column that MyEMS does not have: shown under `/v1` only, and kept when a PUT leaves it out.
        strict: Whether a JSON text must parse; MyEMS takes any text for addresses and connections.
    """

    name: str
    required: bool | None = None
    error: str = ""
    update_error: str = ""
    missing: str = ""
    kind: Kind | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    shown: str = ""
    item_shown: str = ""
    show: tuple[str, ...] = ()
    in_list: bool = True
    in_item: bool = True
    create: bool = True
    update: bool = True
    default: Any = None
    wrapped: str = ""
    pattern: str = ""
    unchecked: bool = False
    unit: str = ""
    multiline: bool = False
    required_if: tuple[str, Any] | None = None
    column: str = ""
    strict: bool = False
    wrapped_member: str = "id"
    loose: bool = False
    optional_on_update: bool = False
    is_extra: bool = False


def field(name: str, **rules: Any) -> Field:
    """Declare a field; see :class:`Field`."""
    return Field(name, **rules)


def shown(name: str, **rules: Any) -> Field:
    """Declare a field that is shown but never taken from a body."""
    return Field(name, create=False, update=False, **rules)


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns whose values together may stand in one row only."""

    columns: tuple[str, ...]
    fault: Fault
    update_fault: Fault | None = None


def unique(columns: str, key: str, *, status: int = 0, title: str = "", update: Fault | None = None) -> Unique:
    """Declare a uniqueness: column names separated by spaces, and the error key."""
    return Unique(tuple(columns.split()), Fault(key, status, title), update)


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
        error: Key after ``INVALID_`` (or whole key when it starts with ``API.``) for a list that is none or empty.
        needed: Whether at least one is wanted.
        order: Column they are sorted by.
        or_null: Whether an item without any shows null, not [].
        check: Further check of the whole list: called with (session, rows, key or None, values of the item); raises.
        show: Adds members to the rows shown: called with session and the rows' dicts.
    """

    name: str
    table: str
    owner: str
    fields: tuple[Field, ...]
    error: str
    needed: bool = False
    order: str = "id"
    check: Callable[..., None] | None = None
    show: Callable[..., None] | None = None
    with_id: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Members that an owner is bound to, by a binding table of the catalog.

    Attributes:
        table: The binding table.
        path: Last part of the route when not the member's own.
        show: Fields of a member in answers, when not by rule.
        relation: Middle of the ``…_RELATION_EXISTS`` / ``…_RELATION_NOT_FOUND`` keys when not by rule.
        exists: Whole fault for a pair that exists, when not by rule.
        absent: Whole fault for a pair that does not exist, when not by rule.
        read: Who may list.
        param: Name of the member's path parameter.
        check: Further check before binding: called with session, owner id, member id; raises.
        exported: Name in exports when not by rule; "" = by rule.
        location: Path of the `Location` header when not by rule.
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
        used_by: What forbids deletion.
        parts: Rows written with an item.
        bound: Bindings.
        children: Resources whose rows belong to an item.
        parent_column: Column with the parent's key, for a child.
        qrcode: Prefix of the QR code's text; "" = none.
        search: Columns that ``?q=`` looks into.
        filters: Query parameter → column.
        order: Column of the list's order.
        exchange: Whether it has clone, export, import.
        protected: Keys that cannot be deleted.
        journal: Stages that a change concerns, see `journal.py`; "" = none.
        logged: Whether writes stand in the activity log.
        can: Which of list, read, create, update, delete are served.
        label, group, title, help: For the admin portal.
        prepare: Called before a write with (session, values, key or None); may change or refuse them.
        finish: Called after reading with (session, rows); may add members.
        columns: Columns of the admin portal's list.
        clones_by_post: Whether ``POST /x/{id}`` clones too.
        flat_route: Route of a child's items when they are not reached through the parent.
        serves_children_only: Whether children are left out of exports (hooks take care of them).
        exports: Rows of other resources that are exported and imported with an item, as children are.
        export_more: Completes an export: called with (session, key, exported item).
        bound_read: Who may list members.
        export_name: Name of a child's rows in the export of its parent, when not the route's last part.
        import_defaults: Completes the body made of an exported item: called with (session, data, item).
        after_import: Called with (session, key, item) when an item was imported.
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
    can: tuple[str, ...] = ("list", "read", "create", "update", "delete")
    label: str = "name"
    group: str = ""
    title: str = ""
    help: str = ""
    name_key: str = ""
    missing: Fault | None = None
    location: str = ""
    bad_id: Fault | None = None
    prepare: Callable[..., None] | None = None
    finish: Callable[..., None] | None = None
    after_write: Callable[..., None] | None = None
    columns: tuple[str, ...] = ()
    export_name: str = ""
    clones_by_post: bool = False
    flat_route: str = ""
    serves_children_only: bool = False
    exports: tuple[Resource, ...] = ()
    export_more: Callable[..., None] | None = None
    bound_read: Auth = Auth.KEY
    import_defaults: Callable[..., None] | None = None
    after_import: Callable[..., None] | None = None

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
        return Kind.CHOICE if item.choices else kind_of(self.column(item))

    def is_required(self, item: Field) -> bool:
        """Whether a field must be given."""
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
    "address area buildings efficiency_indicator floors high_limit higher_limit hourly_high_limit hourly_low_limit"
    " latitude lease_number longitude low_limit lower_limit offset_constant postal_code ratio rooms".split()
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


def singular(table: str) -> str:
    """Singular of a table's name without its prefix.

    >>> singular("tbl_energy_categories"), singular("tbl_energy_storage_containers_batteries"), singular("tbl_svgs")
    ('energy_category', 'energy_storage_container_battery', 'svg')
    """
    name = table.removeprefix("tbl_")
    for plural, single in _SINGULARS:
        name = name.replace(plural, single)
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name.removesuffix("es") if name.endswith("stses") else name.removesuffix("s")


_SINGULARS = (
    ("energy_storage_containers_", "energy_storage_container_"),
    ("photovoltaic_power_stations_", "photovoltaic_power_station_"),
    ("microgrids_", "microgrid_"),
    ("combined_equipments_", "combined_equipment_"),
    ("equipments_", "equipment_"),
    ("energy_flow_diagrams_", "energy_flow_diagram_"),
)
