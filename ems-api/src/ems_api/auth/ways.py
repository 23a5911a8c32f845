"""The ways from spaces down to all that belongs to them, read from the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS

SYSTEM: Final = "system_db"
_BINDING_TABLES = frozenset(binding.table for binding in BINDINGS)
BY_REFERENCE: Final = frozenset({"tbl_contacts", "tbl_cost_centers", "tbl_svgs"})
"""Tables whose rows are reached because a reached row refers to them; others may use the same row."""
USED_BY_OTHERS: Final = BY_REFERENCE | {"tbl_tariffs", "tbl_data_sources"}
"""Tables of which a row is nobody's alone because it is within somebody's reach."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way down: from rows of one table to rows of another, through a table that pairs their keys."""

    source: str
    target: str
    table: str
    source_key: str
    target_key: str


_SYSTEMS = "tbl_distribution_systems"
BUDGETS: Final = "tbl_budgets"
BUDGET_OWNERS: Final[Mapping[str, str]] = {"tbl_spaces": "space_id", "tbl_tenants": "tenant_id"}
"""Whose budgets there are, and the columns that say so."""


def _edges() -> tuple[Edge, ...]:
    found = [
        Edge(binding.owner, binding.member, binding.table, binding.owner_key, binding.member_key)
        for binding in BINDINGS
        if binding.member != "tbl_users"
    ]
    found.append(
        Edge(
            _SYSTEMS, "tbl_distribution_circuits", "tbl_distribution_circuits", "distribution_system_id", "id"
        )
    )
    found += [Edge(owner, BUDGETS, BUDGETS, column, "id") for owner, column in BUDGET_OWNERS.items()]
    owners = {"tbl_spaces", *(edge.target for edge in found)}
    for owner in sorted(owners & set(TABLES[SYSTEM])):
        # Contacts, cost centres and drawings of what is reached.
        found += [
            Edge(owner, column.reference, owner, "id", column.name)
            for column in TABLES[SYSTEM][owner].columns
            if column.reference in BY_REFERENCE
        ]
        # Points and meters of the devices inside stations: tables that begin with the owner's name.
        for spec in TABLES[SYSTEM].values():
            if not spec.name.startswith(f"{owner}_") or spec.name in _BINDING_TABLES:
                continue
            own = [column.name for column in spec.columns if column.reference == owner]
            found += [
                Edge(owner, column.reference, spec.name, own[0], column.name)
                for column in spec.columns
                if own and column.reference in {"tbl_points", "tbl_meters"}
            ]
    return tuple(found)


EDGES: Final = _edges()
OWN_EDGES: Final[Mapping[str, tuple[Edge, ...]]] = {
    table: tuple(edge for edge in EDGES if edge.target == edge.table == table)
    for table in sorted({edge.target for edge in EDGES if edge.target == edge.table})
}
"""Ways down to rows that name their owner in a column of their own, by their table."""
SCOPED: Final = frozenset({"tbl_spaces", "tbl_virtual_power_plants", *(edge.target for edge in EDGES)}) - {
    "tbl_working_calendars"
}
"""Tables whose rows belong to somebody."""

STATION_USERS: Final[Mapping[str, tuple[str, str]]] = {
    binding.owner: (binding.table, binding.owner_key) for binding in BINDINGS if binding.member == "tbl_users"
}
"""Stations that users are bound to directly."""

PLACES: Final = {
    (binding.owner, binding.member): binding
    for binding in BINDINGS
    if binding.owner in ("tbl_spaces", "tbl_tenants") and not binding.has_output
}
"""Bindings by which a new row can be put below a space or a tenant: (owner, member) → binding."""
PLACED: Final = frozenset(
    {"tbl_spaces", "tbl_distribution_circuits", BUDGETS, *(member for _, member in PLACES)} & SCOPED
)
"""Tables of which somebody with spaces or tenants of their own can make rows that they reach afterwards."""

COST_CENTER_OWNERS: Final = tuple(
    (spec.name, column.name)
    for spec in TABLES[SYSTEM].values()
    if spec.name in SCOPED
    for column in spec.columns
    if column.reference == "tbl_cost_centers"
)
"""Tables and columns of what is reached because its cost centre was given."""
