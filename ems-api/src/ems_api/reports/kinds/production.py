"""What a space produced, and what energy each product cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ems_common.db import Session

from ems_api.context import Context
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports.ask import Ref, Wrapped
from ems_api.reports.buckets import Buckets, Float64, Span
from ems_api.reports.entities import BY_NAME
from ems_api.reports.kinds import sums
from ems_api.reports.model import SumReport
from ems_api.reports.site import Site

DATABASE: Final = "production_db"
SPACE: Final = BY_NAME["space"]


@dataclass(frozen=True, slots=True)
class AskProduct(Wrapped):
    """A request for a product of a space."""

    space_id: int
    product_id: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product and what is counted of it."""

    id: int
    name: str
    unit: str
    tag: str
    coefficient: float


@dataclass(frozen=True)
class Production:
    """Products made, and cost and energy of making them.

    Attributes:
        product: The product.
        cost: What the energy of the space cost.
        energy: The energy.
        reporting_buckets: The time axis: days for MyEMS' clients, whatever periods the energy has.
        reporting: Products per bucket; nan where nothing was entered.
        base: The same of the base period; empty without one.
        base_buckets: Its time axis.
    """

    product: Product
    cost: SumReport
    energy: SumReport
    reporting_buckets: Buckets
    reporting: Float64
    base: Float64
    base_buckets: Buckets | None


def read(ctx: Context) -> AskProduct:
    """Read a request.

    Raises:
        ApiError: A parameter is at fault.
    """
    return _read(ctx, has_period_type=True)


def read_daily(ctx: Context) -> AskProduct:
    """Read a request for what was entered day by day.

    Raises:
        ApiError: A parameter is at fault.
    """
    return _read(ctx, has_period_type=False)


def _read(ctx: Context, *, has_period_type: bool) -> AskProduct:
    space = asking.number(ctx, "spaceid", "INVALID_SPACE_ID")
    product = asking.number(ctx, "productid", "INVALID_PRODUCT_ID")
    return AskProduct(asking.read(ctx, Ref(space), has_period_type=has_period_type), space, product)


def build(site: Site, wish: AskProduct) -> Production:
    """Products of a space, with cost and energy.

    Raises:
        ApiError: There is no such space or product.
    """
    cost = sums.by_parts(site, wish.ask, SPACE, sums.COST)
    energy = sums.by_parts(site, wish.ask, SPACE, sums.ENERGY)
    with site.dbs.reading(DATABASE) as session:
        product = find_product(session, wish.product_id)
        axis = site.buckets if wish.ask.v1 else site.entered_days
        now = axis(wish.ask.reporting, wish.ask)
        made = _made(session, wish, now)
        base = axis(wish.ask.base, wish.ask) if wish.ask.base else None
        before = _made(session, wish, base) if base is not None else np.empty(0)
    return Production(product, cost, energy, now, made, before, base)


def daily(site: Site, wish: AskProduct) -> tuple[Sequence[str], Float64]:
    """Days of a period, and products made on each; nan where nothing was entered.

    Raises:
        ApiError: There is no such space or product.
    """
    site.facts.entity(SPACE, Ref(wish.space_id), site.scope)
    axis = site.entered_days(wish.ask.reporting, wish.ask)
    with site.dbs.reading(DATABASE) as session:
        find_product(session, wish.product_id)
        return axis.labels, _made(session, wish, axis)


def find_product(session: Session, product_id: int) -> Product:
    """A product.

    Raises:
        ApiError: There is none.
    """
    row = session.row(
        "SELECT id, name, unit_of_measure, tag, standard_product_coefficient + 0E0 FROM tbl_products"
        " WHERE id = %s",
        (product_id,),
    )
    if row is None:
        raise missing("PRODUCT_NOT_FOUND")
    return Product(*row)


def _made(session: Session, wish: AskProduct, axis: Buckets) -> Float64:
    span: Span = axis.span
    found = session.columns(
        "SELECT start_datetime_utc, product_count + 0E0 FROM tbl_space_hourly"
        " WHERE space_id = %s AND product_id = %s AND start_datetime_utc >= %s AND start_datetime_utc < %s",
        (
            wish.space_id,
            wish.product_id,
            span.start_utc.replace(tzinfo=None),
            span.end_utc.replace(tzinfo=None),
        ),
        {"start": "datetime64[s]", "count": "float64"},
    )
    bucket = np.searchsorted(axis.starts, found["start"], side="right") - 1
    result = np.full(len(axis), np.nan)
    result[np.unique(bucket)] = 0.0
    np.add.at(result, bucket, found["count"])
    return np.round(result, 6)
