"""Bindings: which members an owner has, read, made and undone by the binding tables of the catalog.

The catalog declares every binding table; the routes, checks and error keys follow from it. What breaks the
rule is in `table/bindings.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS, Binding
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.journal import Why

from ems_api.auth import trail
from ems_api.errors import Fault, conflict, invalid, missing
from ems_api.resources import journal, terms
from ems_api.resources.checks import DATABASE_OF, check_changeable, existing
from ems_api.resources.declare import SYSTEM, Bound, Resource
from ems_api.resources.reading import rows_by_id
from ems_api.resources.terms import ALWAYS, Term
from ems_api.resources.words import singular
from ems_api.schemas import Shape, rows

Json = dict[str, Any]
BY_TABLE: dict[str, Binding] = {binding.table: binding for binding in BINDINGS}
MEMBER_SHOWN: Mapping[str, tuple[str, ...]] = {
    "tbl_points": ("id", "name", "data_source"),
    "tbl_meters": ("id", "name", "uuid", "energy_category"),
    "tbl_virtual_meters": ("id", "name", "uuid", "energy_category"),
    "tbl_offline_meters": ("id", "name", "uuid", "energy_category"),
    "tbl_working_calendars": ("id", "name", "description"),
    "tbl_tariffs": ("id", "name", "uuid", "tariff_type", "unit_of_price"),
    "tbl_distribution_systems": ("id", "name", "uuid", "svg", "description"),
}
"""Members of a bound row in answers; {id, name, uuid} for the tables not listed."""

MEMBER_PARAM: Mapping[str, str] = {
    "tbl_data_sources": "dsid",
    "tbl_distribution_systems": "did",
    "tbl_energy_flow_diagrams": "eid",
    "tbl_energy_storage_containers": "sid",
    "tbl_energy_storage_power_stations": "eid",
    "tbl_photovoltaic_power_stations": "eid",
    "tbl_stores": "tid",
    "tbl_working_calendars": "wcid",
}
"""Names of members' keys in paths, as the activity log has them; the first letter of the last word and ``id``
for the tables not listed."""

_REFERENCED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "data_source": ("data_source_id", "tbl_data_sources", ("id", "name", "uuid")),
    "energy_category": ("energy_category_id", "tbl_energy_categories", ("id", "name", "uuid")),
    "svg": ("svg_id", "tbl_svgs", ("id", "name", "uuid", "source_code")),
}
_TARGET: Final = (
    {"id": "int", "name": "string|null", "uuid?": "string", "source_code?": "string|null"},
    "null",
)
_SHAPES: Final[Mapping[str, Shape]] = {
    "id": "int",
    **dict.fromkeys((*_REFERENCED, "distribution_circuit"), _TARGET),
}


@dataclass(frozen=True, eq=False)
class Bond:
    """A binding as the API serves it.

    Attributes:
        owner: Resource of the owners.
        binding: The catalog's declaration.
        rules: What breaks the rule.
    """

    owner: Resource
    binding: Binding
    rules: Bound

    @cached_property
    def path(self) -> str:
        """Last part of the route: ``offlinemeters``."""
        return self.rules.path or self.binding.member.removeprefix("tbl_").replace("_", "")

    @cached_property
    def exported(self) -> str:
        """Name in exports: ``offline_meters``."""
        return self.binding.member.removeprefix("tbl_")

    @cached_property
    def member_name(self) -> str:
        """Name of the member in error keys."""
        return self.rules.member_name or singular(self.binding.member).upper()

    @cached_property
    def param(self) -> str:
        """Name of the member's key in paths, as the activity log has it: ``mid`` of an offline meter."""
        word = self.binding.member.rsplit("_", 1)[1]
        return self.rules.param or MEMBER_PARAM.get(self.binding.member, f"{word[0]}id")

    @cached_property
    def owner_name(self) -> str:
        """Name of the owner in relation keys."""
        return self.rules.owner_name or self.owner.key

    @cached_property
    def database(self) -> str:
        """Database of the members."""
        return DATABASE_OF[self.binding.member]

    @cached_property
    def exists(self) -> Fault:
        """Fault of a pair that exists."""
        return self.rules.exists or Fault(f"{self._relation}_RELATION_EXISTS", 400, "ERROR")

    @cached_property
    def absent(self) -> Fault:
        """Fault of a pair that does not exist."""
        return self.rules.absent or Fault(f"{self._relation}_RELATION_NOT_FOUND")

    @property
    def _relation(self) -> str:
        return self.rules.relation or f"{self.owner_name}_{self.member_name}"

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Members of a bound row in answers."""
        return self.rules.show or MEMBER_SHOWN.get(self.binding.member, ("id", "name", "uuid"))

    @cached_property
    def answer(self) -> Json:
        """JSON schema of the list of members."""
        shape: dict[str, Shape] = {name: _SHAPES.get(name, "string|null") for name in self.members}
        if self.binding.has_output:
            shape["is_output"] = "bool|null"
        if self.binding.is_counted:
            shape["terms?"] = [terms.SHAPE]
        return rows(shape)


def bound_keys(session: Session, bond: Bond, owner_id: int) -> dict[int, bool | None]:
    """Keys of the members of an owner, with `is_output` where the binding has it."""
    binding = bond.binding
    rows = session.rows(
        compose(
            "SELECT {columns} FROM {table} WHERE {owner} = %s",
            columns=(binding.member_key, "is_output" if binding.has_output else "NULL"),
            table=binding.table,
            owner=binding.owner_key,
        ),
        (owner_id,),
    )
    return {key: None if flag is None else bool(flag) for key, flag in rows}


def list_bound(
    dbs: Databases, session: Session, bond: Bond, owner_id: int, *, exported: bool = False
) -> list[Json]:
    """The members of an owner as JSON, in the binding's order; by key and with what exports hold of them."""
    keys = bound_keys(session, bond, owner_id)
    members = (bond.rules.export_show or bond.members) if exported else bond.members
    if bond.database == SYSTEM:
        owner = None
        if "distribution_circuit" in members:
            owner = rows_by_id(session, bond.binding.owner, ("id", "name", "uuid"), [owner_id])[owner_id]
        found = shown_members(session, bond, keys, members, owner)
    else:
        with dbs.reading(bond.database) as other:
            found = shown_members(other, bond, keys, members)
    return sorted(found, key=lambda row: int(row["id"])) if exported else found


def shown_members(
    session: Session,
    bond: Bond,
    keys: Mapping[int, bool | None],
    members: Sequence[str],
    owner: Json | None = None,
) -> list[Json]:
    """These members of bound rows as JSON; `owner` stands in them where the contract says so."""
    spec = TABLES[bond.database][bond.binding.member]
    columns = [
        _REFERENCED[name][0] if name in _REFERENCED else name
        for name in members
        if name != "distribution_circuit"
    ]
    found = rows_by_id(session, spec.name, columns, keys, bond.database, bond.rules.order)
    result = []
    for key, row in found.items():
        item: Json = {
            name: row.get(_REFERENCED[name][0] if name in _REFERENCED else name) for name in members
        }
        if bond.binding.has_output:
            item["is_output"] = keys[key]
        if "distribution_circuit" in item:
            item["distribution_circuit"] = owner
        result.append(item)
    for name in members:
        if name in _REFERENCED:
            _, table, shown = _REFERENCED[name]
            targets = rows_by_id(session, table, shown, [item[name] for item in result if item[name]])
            for item in result:
                item[name] = targets.get(item[name] or 0)
    return result


def bind(dbs: Databases, session: Session, bond: Bond, owner_id: int, data: Json) -> int:
    """Bind a member as a body says; its key.

    Raises:
        ApiError: The body is wrong, there is no such member, or it is bound already.
    """
    key, is_output = read_pair(bond, data)
    check_member(dbs, session, bond, key)
    check_changeable(session, bond.owner.table, owner_id)
    binding = bond.binding
    if key in bound_keys(session, bond, owner_id):
        raise conflict(bond.exists)
    if bond.rules.check is not None:
        bond.rules.check(session, owner_id, key)
    insert_pair(session, binding, owner_id, key, is_output)
    note(session, bond, owner_id, key, Why.BOUND)
    trail.bound(binding, owner_id, key, is_output)
    return key


def note(session: Session, bond: Bond, owner_id: int, key: int, why: Why) -> None:
    """Write the journal rows of a changed pair; those who divide the member with the owner are named too."""
    binding = bond.binding
    journal.note_binding(session, binding.table, bond.owner.journal, owner_id, why=why)
    if binding.is_counted and terms.is_divided(session, binding.member, key):
        journal.note_divided(session, [(terms.kind_of(binding.member), key)], why)


def replace_terms(session: Session, bond: Bond, owner_id: int, key: int, wanted: Sequence[Term]) -> None:
    """Replace the terms of a pair.

    Raises:
        ApiError: There is no such pair, or a reference does not exist.
    """
    binding = bond.binding
    keys = bound_keys(session, bond, owner_id)
    if key not in keys:
        raise missing(bond.absent)
    check_changeable(session, bond.owner.table, owner_id)
    terms.check_references(session, binding, key, wanted)
    before = terms.stored_terms(session, binding, owner_id)[key]
    if before == list(wanted):
        return
    note(session, bond, owner_id, key, Why.TERMS)
    session.execute(
        compose(
            "DELETE FROM {table} WHERE {owner} = %s AND {member} = %s",
            table=binding.table,
            owner=binding.owner_key,
            member=binding.member_key,
        ),
        (owner_id, key),
    )
    insert_pair(session, binding, owner_id, key, keys[key], wanted)
    note(session, bond, owner_id, key, Why.TERMS)
    trail.terms_changed(
        binding, owner_id, key, *([terms.columns_of(term) for term in row] for row in (before, wanted))
    )


def given_terms(bond: Bond, data: Json, zone: ZoneInfo) -> Sequence[Term]:
    """The terms in an exported pair; those of a whole member when it says nothing of them.

    Raises:
        ApiError: They break their rules.
    """
    if not bond.binding.is_counted or data.get("terms") is None:
        return ALWAYS
    return terms.read_terms(bond.binding, data["terms"], zone)


def read_pair(bond: Bond, data: Json) -> tuple[int, bool | None]:
    """The member's key and its direction, from a body.

    Raises:
        ApiError: They break their rules.
    """
    binding = bond.binding
    key = data.get(binding.member_key)
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 19:
        key = int(key)
    if not isinstance(key, int) or isinstance(key, bool) or not 0 < key < 2**63:
        raise invalid(f"INVALID_{bond.member_name}_ID", field=binding.member_key)
    if not binding.has_output:
        return key, None
    is_output = data.get("is_output")
    if not isinstance(is_output, bool):
        raise invalid("INVALID_IS_OUTPUT_VALUE", field="is_output")
    return key, is_output


def check_member(dbs: Databases, session: Session, bond: Bond, key: int) -> None:
    """Refuse a member that does not exist.

    Raises:
        ApiError: It does not.
    """
    if bond.database == SYSTEM:
        found = existing(session, bond.binding.member, [key])
    else:
        with dbs.session(bond.database) as other:
            found = existing(other, bond.binding.member, [key])
    if not found:
        raise missing(f"{bond.member_name}_NOT_FOUND")


def insert_pair(
    session: Session,
    binding: Binding,
    owner_id: int,
    key: int,
    is_output: bool | None,
    wanted: Sequence[Term] = ALWAYS,
) -> None:
    """Write one pair, with a row for each of its terms where energy is counted through it."""
    columns: Json = {binding.owner_key: owner_id, binding.member_key: key}
    if binding.has_output:
        columns["is_output"] = is_output
    for term in wanted:
        row = columns | terms.columns_of(term) if binding.is_counted else columns
        session.execute(
            compose(
                "INSERT INTO {table} ({columns}) VALUES ({values})",
                table=binding.table,
                columns=list(row),
                values=marks(row),
            ),
            list(row.values()),
        )


def unbind(dbs: Databases, session: Session, bond: Bond, owner_id: int, key: int) -> None:
    """Undo a binding.

    Raises:
        ApiError: There is no such member, or it is not bound.
    """
    check_member(dbs, session, bond, key)
    check_changeable(session, bond.owner.table, owner_id)
    binding = bond.binding
    removed = session.execute(
        compose(
            "DELETE FROM {table} WHERE {owner} = %s AND {member} = %s",
            table=binding.table,
            owner=binding.owner_key,
            member=binding.member_key,
        ),
        (owner_id, key),
    )
    if not removed:
        raise missing(bond.absent)
    note(session, bond, owner_id, key, Why.UNBOUND)
    trail.unbound(binding, owner_id, key)
