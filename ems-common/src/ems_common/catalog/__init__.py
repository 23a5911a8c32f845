"""The catalog: every database, table, kind of entity and flow, declared once.

tables/     tables with columns of their own
bindings    which things belong to which
entities    kinds of things with energy, and what their energy is made of
hourly      the repeated families of slot values
ddl         CREATE TABLE from the declarations
"""

from __future__ import annotations

from ems_common.catalog.bindings import BINDINGS
from ems_common.catalog.hourly import FAMILIES, HOURLY_DATABASES, MODEL_DATABASE
from ems_common.catalog.model import Table
from ems_common.catalog.tables import (
    equipment,
    faults,
    generation,
    historical,
    metering,
    microgrids,
    operation,
    places,
    prices,
    production,
    reporting,
    shared,
    storage,
    users,
)

_SYSTEM = (
    *places.TABLES,
    *metering.TABLES,
    *prices.TABLES,
    *equipment.TABLES,
    *generation.TABLES,
    *storage.TABLES,
    *microgrids.TABLES,
    *operation.TABLES,
    *(binding.as_table() for binding in BINDINGS),
)


def _named(*tables: Table) -> dict[str, Table]:
    return {table.name: table for table in (*tables, *shared.TABLES)}


TABLES: dict[str, dict[str, Table]] = {
    "system_db": _named(*_SYSTEM),
    "user_db": _named(*users.TABLES),
    "historical_db": _named(*historical.TABLES),
    **{
        name: _named(*(family.as_hourly() for family in FAMILIES), *shared.OF_HOURS)
        for name in HOURLY_DATABASES
    },
    MODEL_DATABASE: _named(*(family.as_model() for family in FAMILIES)),
    "production_db": _named(*production.TABLES),
    "fdd_db": _named(*faults.TABLES),
    "reporting_db": _named(*reporting.TABLES),
}
"""Short database name → table name → table. The thirteen databases, in the order of creation."""


def table(database: str, name: str) -> Table:
    """A table of the catalog.

    Raises:
        KeyError: There is none of that name.
    """
    return TABLES[database][name]
