"""``GET /v1/budgets/use`` and ``GET /v1/budgets/{id}/use``: how far budgets are used, where that leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from ems_common.catalog.entities import INPUT
from ems_common.catalog.hourly import CATEGORY, FAMILIES, Family
from ems_common.clock import utc_now
from ems_common.periods import from_local

from ems_api.budgets.course import RECENT_DAYS, YEAR, Course, Day, course
from ems_api.context import Context, path_id
from ems_api.reports import slots
from ems_api.reports.buckets import Span, buckets, floored
from ems_api.resources import reading
from ems_api.resources.budgets import RESOURCES
from ems_api.resources.declare import SYSTEM
from ems_api.resources.listing import narrowed
from ems_api.resources.serving import find, look, visible
from ems_api.routing import Auth, get
from ems_api.schemas import schema

Json = dict[str, Any]
_BUDGETS: Final = RESOURCES[0]
_DATABASES: Final = {"energy": "energy_db", "cost": "billing_db", "carbon": "carbon_db"}
_FAMILIES: Final = {
    family.kind: family for family in FAMILIES if family.flow == INPUT and family.split == CATEGORY
}
_CARBON_UNIT: Final = "kgCO2e"
_MONTHS: Final = {"month": 1, "year": 12}
_USE: Final[dict[str, Any]] = {
    "id": "int",
    "unit": "string",
    "amount": "number",
    "used": "number|null",
    "left": "number|null",
    "expected": "number|null",
    "basis": "string",
    "elapsed_ratio": "number",
    "missing_days": "int",
    "state": "string",
}
_DAY: Final = {
    "date": "date",
    "used": "number|null",
    "left": "number|null",
    "even": "number",
    "expected_left": "number|null",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget as its course needs it.

    Attributes:
        id: Its key.
        amount: What may be used.
        start: Its first day.
        end: The day after its last.
        measure: ``energy``, ``cost`` or ``carbon``.
        owner_kind: ``space`` or ``tenant``.
        owner_id: Key of that.
        category_id: The category that counts; 0 for all of them.
    """

    id: int
    amount: float
    start: date
    end: date
    measure: str
    owner_kind: str
    owner_id: int
    category_id: int

    def wanted_days(self, today: date) -> tuple[date, date]:
        """The days that its course follows from: the first, and the one after the last."""
        if self.end <= today:
            return self.start, self.end
        return min(self.start, today - timedelta(days=RECENT_DAYS) - YEAR), today + timedelta(days=1)


def _budget(item: Json) -> Budget:
    owner_kind = "space" if item["space"] else "tenant"
    start = date.fromisoformat(item["starts_on"])
    return Budget(
        item["id"],
        float(item["amount"]),
        start,
        _months_later(start, _MONTHS[item["period"]]),
        item["measure"],
        owner_kind,
        item[owner_kind]["id"],
        item["energy_category"]["id"] if item["energy_category"] else 0,
    )


def _months_later(day: date, months: int) -> date:
    """The first of a month, some months later."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > MAXYEAR:
        return date.max
    return date(day.year + years, month + 1, 1)


class _Reader:
    """What owners used, day by day; what several budgets share is read once."""

    def __init__(self, ctx: Context, units: dict[int, str]) -> None:
        self.ctx = ctx
        self.units = units
        self._known: dict[tuple[str, str, int, date, date], dict[int, dict[date, float]]] = {}

    def days(self, budget: Budget, today: date) -> dict[date, float]:
        """The days that a budget's course follows from, without those that have no value."""
        first, end = budget.wanted_days(today)
        key = (budget.measure, budget.owner_kind, budget.owner_id, first, end)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key].get(budget.category_id, {})

    def _read(
        self, measure: str, owner_kind: str, owner_id: int, first: date, end: date
    ) -> dict[int, dict[date, float]]:
        """Daily sums by category; under 0 those of all categories."""
        site = self.ctx.services.settings.site
        tz = self.ctx.zone
        span = Span(*(from_local(datetime.combine(day, time()), tz) for day in (first, end)))
        days = buckets(floored(span, site.hour_minutes, tz), "daily", tz, site.hour_minutes)
        family: Family = _FAMILIES[owner_kind]
        found = slots.read(
            self.ctx.dbs, _DATABASES[measure], family, [owner_id], days.axis, sorted(self.units), judged=False
        )
        sums, counts = days.sums(found.value), days.counts(~np.isnan(found.value))
        dates = [date.fromisoformat(label[:10]) for label in days.labels]
        result = {
            int(part): _known_days(dates, sums[row], counts[row])
            for row, part in enumerate(found.keys[:, -1])
        }
        return result | {0: _known_days(dates, sums.sum(axis=0), counts.sum(axis=0))}


def _known_days(dates: Sequence[date], sums: Any, counts: Any) -> dict[date, float]:
    return {day: float(total) for day, total, count in zip(dates, sums, counts, strict=True) if count}


def _unit(ctx: Context, budget: Budget, units: dict[int, str]) -> str:
    if budget.measure == "cost":
        return ctx.services.settings.site.currency
    return _CARBON_UNIT if budget.measure == "carbon" else units.get(budget.category_id, "")


def _rounded(value: float | None) -> float | None:
    """To millionths, the digits that hours are stored with: what was added up in binary has more."""
    return None if value is None else round(value, 6)


def _head(budget: Budget, found: Course, unit: str) -> Json:
    """A course in numbers."""
    left = None if found.used is None else budget.amount - found.used
    return {
        "id": budget.id,
        "unit": unit,
        "amount": budget.amount,
        "used": _rounded(found.used),
        "left": _rounded(left),
        "expected": _rounded(found.expected),
        "basis": str(found.basis),
        "elapsed_ratio": found.elapsed_ratio,
        "missing_days": found.missing_days,
        "state": str(found.state),
    }


def _day(day: Day) -> Json:
    return {
        "date": day.date.isoformat(),
        "used": _rounded(day.used),
        "left": _rounded(day.left),
        "even": _rounded(day.even),
        "expected_left": _rounded(day.expected_left),
    }


def _courses(ctx: Context, budgets: Sequence[Budget]) -> list[tuple[Json, Course]]:
    with ctx.dbs.session(SYSTEM) as session:
        units = dict(session.rows("SELECT id, unit_of_measure FROM tbl_energy_categories"))
    reader = _Reader(ctx, units)
    now_local = utc_now().astimezone(ctx.zone).replace(tzinfo=None)
    result = []
    for budget in budgets:
        days = reader.days(budget, now_local.date())
        found = course(budget.amount, budget.start, budget.end, days, now_local)
        result.append((_head(budget, found, _unit(ctx, budget, units)), found))
    return result


def _all(ctx: Context) -> list[Json]:
    """How far each budget is used."""
    where, params = narrowed(ctx, _BUDGETS, *visible(ctx, _BUDGETS))
    with ctx.dbs.session(_BUDGETS.database) as session:
        items = reading.read(session, _BUDGETS, look(ctx), where, params)
    return [head for head, _ in _courses(ctx, [_budget(item) for item in items])]


def _one(ctx: Context, id_: str) -> Json:
    """How far a budget is used, day by day."""
    key = path_id(id_, _BUDGETS.invalid_id)
    with ctx.dbs.session(_BUDGETS.database) as session:
        item = find(ctx, session, _BUDGETS, key)
    head, found = _courses(ctx, [_budget(item)])[0]
    return head | {"days": [_day(day) for day in found.days]}


ROUTES: Final = (
    get(
        "/budgets/use",
        Auth.KEY,
        _all,
        summary="How far budgets are used, and what will be used by their end.",
        answer=schema([_USE]),
    ),
    get(
        "/budgets/{id_}/use",
        Auth.KEY,
        _one,
        summary="How far a budget is used, day by day, and where that leads.",
        answer=schema(_USE | {"days": [_DAY]}),
    ),
)
