"""The bill of a tenant: energy and cost of every category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ems_common.catalog.hourly import QUALITY_PROVISIONAL

from ems_api.context import Context
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports import slots
from ems_api.reports.ask import Ask, Ref
from ems_api.reports.buckets import Float64
from ems_api.reports.entities import BY_NAME
from ems_api.reports.facts import SYSTEM
from ems_api.reports.kinds import sums
from ems_api.reports.model import Curve, EntityFacts, Part, sum_of_known
from ems_api.reports.site import Site

TENANT: Final = BY_NAME["tenant"]


@dataclass(frozen=True)
class Bill:
    """What a tenant owes.

    Attributes:
        tenant: The tenant.
        email: Of its contact.
        phone: Of its contact.
        parts: Energy categories with energy or cost.
        energy: Shape ``(n_parts,)``; nan for a category without a value.
        cost: Shape ``(n_parts,)``; nan for one without a price.
        tariffs: Prices over the period, a curve for each category.
        provisional_share: Share of the hours that may still change; a bill should have none. nan without
            hours.
        unit: Currency.
    """

    tenant: EntityFacts
    email: str
    phone: str
    parts: Sequence[Part]
    energy: Float64
    cost: Float64
    tariffs: Sequence[Curve]
    provisional_share: float
    unit: str

    @property
    def total_cost(self) -> float:
        """The sum of the costs that are known; nan without any."""
        return float(sum_of_known(self.cost))


def read(ctx: Context) -> Ask:
    """Read a request. A bill is always made with its file.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, (TENANT.route,), TENANT.error)
    ask = asking.read(ctx, ref, has_period_type=False)
    return replace(ask, wants_excel=not ask.v1)


def build(site: Site, ask: Ask) -> Bill:
    """The bill of a tenant.

    Raises:
        ApiError: There is no such tenant, or it has no contact.
    """
    tenant = site.facts.entity(TENANT, ask.ref or Ref(0), site.scope)
    with site.dbs.reading(SYSTEM) as session:
        contact = session.row(
            "SELECT email, phone FROM tbl_contacts WHERE id = %s", (tenant.more["contact_id"],)
        )
    if contact is None:
        raise missing("TENANT_NOT_FOUND")
    categories = site.facts.categories()
    axis = ask.reporting.axis(site.slot_minutes)
    family = sums.ENERGY.family(TENANT.name)
    table = slots.read(site.dbs, sums.ENERGY.database, family, [tenant.id], axis, list(categories))
    cost = slots.totals(
        site.dbs, sums.COST.database, family, [tenant.id], ask.reporting, list(categories), judged=False
    )
    used = {part for _, part in cost}
    if ask.v1:
        # MyEMS bills what has a price and is silent about the rest.
        used |= {int(key) for key in table.keys[:, -1]}
    parts = [part for part in categories.values() if part.id in used]
    energy = sum_of_known(table.by_part([part.id for part in parts]).value)
    present = ~np.isnan(table.value)
    provisional = ((table.quality & QUALITY_PROVISIONAL) != 0) & present
    return Bill(
        tenant,
        contact[0],
        contact[1],
        parts,
        energy,
        np.round(np.array([cost.get((tenant.id, part.id), np.nan) for part in parts]), 6),
        site.tariff_curves(tenant.cost_center_id, parts, axis, ask),
        float(provisional.sum() / present.sum()) if present.any() else np.nan,
        ask.currency,
    )
