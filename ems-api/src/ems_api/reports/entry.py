"""Entering values by hand: daily energy of offline meters, daily production of a space.

A day's value is spread evenly over the slots of that local day, be they 23, 24 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import numpy as np
from ems_common import journal
from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.journal import Change, Why
from ems_common.periods import from_local
from ems_common.slots import Grid, SlotAxis, local_slots, replace

from ems_api.context import LARGEST_ID, Context, Reply
from ems_api.errors import ApiError, Cause, invalid
from ems_api.reports import ask as asking
from ems_api.reports import slots
from ems_api.reports.ask import Ref, Wrapped
from ems_api.reports.buckets import Buckets, Float64
from ems_api.reports.engine import surroundings
from ems_api.reports.entities import BY_NAME
from ems_api.reports.kinds.production import DATABASE as PRODUCTION
from ems_api.reports.kinds.production import find_product
from ems_api.reports.model import EntityFacts
from ems_api.reports.site import Site
from ems_api.wall_clock import parse_date

OFFLINE_METER: Final = BY_NAME["offline_meter"]
SPACE: Final = BY_NAME["space"]
ENERGY: Final = "energy_db"
NEXT_STAGES: Final = ("aggregate", "virtual")
_MICRO: Final = 1_000_000
MOST_DAYS: Final = 3_700
"""Days entered at once; ten years."""


@dataclass(frozen=True, slots=True)
class Day:
    """A value of one local day.

    Attributes:
        hours: Length of the day [h].
        axis: Its slots.
        value: What is entered for it.
    """

    hours: float
    axis: SlotAxis
    value: float

    @classmethod
    def of(cls, day: date, value: float, tz: tzinfo, slot_minutes: int) -> Day:
        """A value of a local date."""
        days = (day, day + timedelta(days=1))
        start, end = (from_local(datetime.combine(at, time()), tz) for at in days)
        window = local_slots(*days, tz, slot_minutes)
        axis = SlotAxis.of(window, timedelta(minutes=slot_minutes))
        return cls((end - start) / timedelta(hours=1), axis, value)

    def spread(self) -> list[float]:
        """The value over the slots, to the sixth decimal; they add up to it."""
        count = self.axis.count
        each, rest = divmod(round(self.value * _MICRO), count)
        return [(each + (n < rest)) / _MICRO for n in range(count)]


@dataclass(frozen=True, slots=True)
class AskDays(Wrapped):
    """A request for the days of an offline meter."""

    ref: Ref


def read_offline(ctx: Context) -> AskDays:
    """Read a request for the days of an offline meter.

    Raises:
        ApiError: A parameter is at fault.
    """
    ref = asking.ref(ctx, (OFFLINE_METER.route,), OFFLINE_METER.error)
    return AskDays(asking.read(ctx, ref, has_period_type=False), ref)


def offline_days(site: Site, wish: AskDays) -> tuple[Sequence[str], Float64]:
    """Days of a period, and the energy of each; nan where nothing was entered.

    Raises:
        ApiError: There is no such meter.
    """
    entity = site.facts.entity(OFFLINE_METER, wish.ref, site.scope)
    axis: Buckets = site.entered_days(wish.ask.reporting, wish.ask)
    table = slots.read(site.dbs, ENERGY, family(OFFLINE_METER.name), [entity.id], axis.axis).by_part(
        [entity.id]
    )
    values = np.round(axis.sums(table.value), 6)
    values[axis.counts(~np.isnan(table.value)) == 0] = np.nan
    return axis.labels, np.asarray(values[0], dtype=np.float64)


def enter_offline(ctx: Context) -> Reply:
    """Enter days of an offline meter; what was entered for these days before is replaced.

    Raises:
        ApiError: The body is not understood, the meter does not exist, or a value is outside its limits.
    """
    may_write(ctx)
    body = ctx.json()
    days = _days(ctx, body.get("value"), "INVALID_OFFLINE_METER_VALUE")
    site = surroundings(ctx)
    meter = site.facts.entity(
        OFFLINE_METER, Ref(key_of(body.get("meter"), "INVALID_OFFLINE_METER_ID")), site.scope
    )
    for day in days:
        _within_limits(meter, day)
    with ctx.dbs.session(ENERGY) as session:
        for day in days:
            _replace_day(session, meter.id, day)
    return Reply(200)


def _within_limits(meter: EntityFacts, day: Day) -> None:
    hours = day.hours
    low, high = float(meter.more["hourly_low_limit"]), float(meter.more["hourly_high_limit"])
    if not low * hours <= day.value <= high * hours:
        raise invalid(
            "INVALID_OFFLINE_METER_VALUE",
            field="value",
            detail=f"a day of {hours:g} hours may have {low * hours:g} to {high * hours:g}",
        )


def _replace_day(session: Session, meter_id: int, day: Day) -> None:
    value = np.array([day.spread()])
    grid = Grid(np.array([[meter_id]]), day.axis, value, np.zeros(value.shape, dtype=np.uint8))
    changed = replace(session, family(OFFLINE_METER.name), grid)
    journal.write(
        session,
        [
            Change(stage, OFFLINE_METER.name, meter_id, window.start_utc, window.end_utc, Why.ENTERED)
            for window in changed.ranges.values()
            for stage in NEXT_STAGES
        ],
    )


def enter_production(ctx: Context) -> Reply:
    """Enter what a space produced; what was entered for these days before is replaced.

    Raises:
        ApiError: The body is not understood, or the space or product does not exist.
    """
    may_write(ctx)
    body = ctx.json()
    days = _days(ctx, body.get("value"), "INVALID_PRODUCTION_VALUE")
    site = surroundings(ctx)
    space = site.facts.entity(SPACE, Ref(key_of(body.get("spaceid"), "INVALID_SPACE_ID")), site.scope)
    # Clients that know a single product do not name it.
    product_id = key_of(body.get("productid", 1), "INVALID_PRODUCT_ID")
    with ctx.dbs.session(PRODUCTION) as session:
        find_product(session, product_id)
        for day in days:
            session.execute(
                "DELETE FROM tbl_space_hourly WHERE space_id = %s AND product_id = %s"
                " AND start_datetime_utc >= %s AND start_datetime_utc < %s",
                (space.id, product_id, _naive(day.axis.start_utc), _naive(day.axis.end_utc)),
            )
        session.executemany(
            "INSERT INTO tbl_space_hourly (space_id, start_datetime_utc, product_id, product_count)"
            " VALUES (%s, %s, %s, %s)",
            [row for day in days for row in _production_rows(space.id, product_id, day)],
        )
    return Reply(200)


def _production_rows(space_id: int, product_id: int, day: Day) -> list[tuple[Any, ...]]:
    start = _naive(day.axis.start_utc)
    return [(space_id, start + n * day.axis.slot, product_id, value) for n, value in enumerate(day.spread())]


def may_write(ctx: Context) -> None:
    """Refuse who may only read.

    Raises:
        ApiError: This one may not write.
    """
    if ctx.identity.is_read_only:
        raise ApiError("INVALID_PRIVILEGE", Cause.DENIED)


def _days(ctx: Context, given: Any, error: str) -> list[Day]:
    """Pairs of a local date and a value, which may be a text from a form; under `/v1` null is left out."""
    if not isinstance(given, list) or len(given) > MOST_DAYS:
        raise invalid(error, field="value")
    found = {}
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2:  # a date and a value
            raise invalid(error, field="value")
        day, value = pair
        if value is None and ctx.v1:
            continue
        found[_date(day, error)] = _amount(value, error)
    minutes = ctx.services.settings.site.hour_minutes
    return [Day.of(day, value, ctx.zone, minutes) for day, value in sorted(found.items())]


def _amount(given: Any, error: str) -> float:
    try:
        amount = np.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        amount = np.nan
    if not np.isfinite(amount) or amount < 0:
        raise invalid(error, field="value")
    return amount


def _date(given: Any, error: str) -> date:
    try:
        return parse_date(given[:10])
    except (ValueError, TypeError):
        raise invalid(error, field="value") from None


def key_of(given: Any, error: str) -> int:
    """A key in a body.

    Raises:
        ApiError: It is none.
    """
    text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    if not text.isdecimal() or not 0 < int(text[:20]) <= LARGEST_ID:
        raise invalid(error)
    return int(text)


def _naive(time_utc: datetime) -> datetime:
    return time_utc.replace(tzinfo=None)
