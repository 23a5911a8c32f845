"""`/v1/budgets`: how much energy, money or carbon a space or a tenant may use in a month or a year.

How far a budget is used follows from the hourly energy, cost and carbon of its owner, so nothing of that is
stored here.
"""

from __future__ import annotations

from typing import Any, Final

from ems_common.db import Session
from ems_common.db.sql import compose, each

from ems_api.auth import reach
from ems_api.errors import conflict, invalid
from ems_api.resources.declare import Resource, field

Json = dict[str, Any]
MEASURES: Final = ("energy", "cost", "carbon")
PERIODS: Final = ("month", "year")
_SAME: Final = ("space_id", "tenant_id", "measure", "energy_category_id", "period", "starts_on")
_IS_SAME: Final = each("{name} <=> %s", _SAME, " AND ")


def check_budget(session: Session, values: Json, key: int | None) -> None:
    """Check a budget before it is written.

    Raises:
        ApiError: It belongs to nobody or to two, adds up different units, begins within a month, or is there
            already.
    """
    if (values.get("space_id") is None) == (values.get("tenant_id") is None):
        raise invalid("INVALID_BUDGET", field="space_id", detail="give a space or a tenant, not both")
    if values["measure"] == "energy" and values.get("energy_category_id") is None:
        raise invalid(
            "INVALID_ENERGY_CATEGORY_ID",
            field="energy_category_id",
            detail="a budget of energy is for one category, as categories have units of their own",
        )
    if values["starts_on"].day != 1:
        raise invalid("INVALID_STARTS_ON", field="starts_on", detail="it is the first of a month")
    taken = session.row(
        compose("SELECT id FROM tbl_budgets WHERE {same} AND id <> %s", same=_IS_SAME),
        (*(values.get(name) for name in _SAME), key or 0),
    )
    # Nobody is told of budgets out of reach; a foreign owner is refused as one that does not exist.
    if taken and reach.within("tbl_budgets", {taken[0]}):
        raise conflict("BUDGET_EXISTS")


RESOURCES = (
    Resource(
        "tbl_budgets",
        (
            field("name"),
            field("space_id"),
            field("tenant_id"),
            field("measure", choices=MEASURES),
            field("energy_category_id"),
            field("period", choices=PERIODS),
            field("starts_on"),
            field("amount", above=0),
            field("description", multiline=True),
        ),
        search=("name",),
        prepare=check_budget,
        group="Energy and prices",
        title="Budgets",
        help="What a space or a tenant may use in a month or a year: energy of one category in its unit, cost"
        " in the site's currency, or carbon in kg CO2e, of one category or of all.",
        columns=("name", "measure", "period", "starts_on", "amount"),
    ),
)
