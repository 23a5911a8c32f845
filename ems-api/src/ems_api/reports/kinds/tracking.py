"""The registers of all meters below a space at the ends of a period, and how many of them were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ems_common.catalog.hourly import family
from ems_common.db import Session

from ems_api.context import Context, is_true
from ems_api.errors import missing
from ems_api.reports import ask as asking
from ems_api.reports import slots, tree
from ems_api.reports.ask import Wrapped
from ems_api.reports.buckets import Span
from ems_api.reports.entities import BY_NAME, METERS, Kind
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import HISTORICAL
from ems_api.reports.kinds.sums import ENERGY
from ems_api.reports.site import Site
from ems_api.reports.slots import marks
from ems_api.reports.tree import Listed, Space

METER: Final = BY_NAME["meter"]
_AT_ONCE: Final = 100
"""Points per statement: each needs two look-ups by key, which the server plans one by one."""


@dataclass(frozen=True, slots=True)
class AskMeters(Wrapped):
    """A request for the meters below a space; `category_id` is 0 for all categories."""

    space_id: int
    category_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """A meter with its first and last register, and what it counted between."""

    meter: Listed
    start: float | None
    end: float | None
    difference: float | None


@dataclass(frozen=True)
class Tracking:
    """Meters below a space.

    Attributes:
        space: The space.
        lines: Kind of meter → its meters.
        category_names: Names of energy categories.
    """

    space: Space
    lines: Mapping[str, Sequence[Line]]
    category_names: Mapping[int, str]

    def share(self, *, start: bool, end: bool) -> float | None:
        """Share of the physical meters that have these registers; None without meters."""
        of = self.lines[METER.name]
        if not of:
            return None
        found = sum(1 for line in of if not (start and line.start is None) and not (end and line.end is None))
        return found / len(of)


def read(ctx: Context, *, needs_period: bool = True) -> AskMeters:
    """Read a request.

    Args:
        ctx: The request.
        needs_period: Whether the reporting period must be given; else it is the last day.

    Raises:
        ApiError: A parameter is at fault.
    """
    space_id = asking.number(ctx, "spaceid", "INVALID_SPACE_ID")
    given = ctx.query("energyCategory") or ctx.query("energycategoryid") or ctx.query("energycategory")
    category = 0 if given.lower() == "all" else _category(ctx, given)
    return AskMeters(
        asking.read(ctx, None, has_period_type=False, needs_period=needs_period), space_id, category
    )


def _category(ctx: Context, given: str) -> int:
    name = "energyCategory" if ctx.query("energyCategory") or not given else "energycategoryid"
    return asking.number(ctx, name, "INVALID_ENERGY_CATEGORY_ID")


def build(site: Site, wish: AskMeters, *, all_kinds: bool = False) -> Tracking:
    """The registers of the meters below a space.

    Args:
        site: The surroundings.
        wish: What is asked for.
        all_kinds: Whether virtual and offline meters are listed too.

    Raises:
        ApiError: There is no such space or category.
    """
    categories = site.facts.categories()
    if wish.category_id and wish.category_id not in categories:
        raise missing("ENERGY_CATEGORY_NOT_FOUND")
    space = tree.space(site, wish.space_id)
    below = tree.subtree(site, space.id)
    lines: dict[str, Sequence[Line]] = {}
    for kind in METERS if all_kinds else (METER,):
        meters = [
            meter for meter in tree.below(site, kind, below) if wish.category_id in {0, meter.category_id}
        ]
        lines[kind.name] = (
            _registers(site, meters, wish.ask.reporting)
            if kind is METER
            else _counted(site, kind, meters, wish.ask.reporting)
        )
    return Tracking(space, lines, {key: part.name for key, part in categories.items()})


def _counted(site: Site, kind: Kind, meters: Sequence[Listed], span: Span) -> list[Line]:
    """Meters without a register: only what they counted."""
    ids = [meter.id for meter in meters]
    totals = slots.totals(site.dbs, ENERGY.database, family(kind.name), ids, span)
    return [Line(meter, None, None, totals.get((meter.id, 0))) for meter in meters]


def _registers(site: Site, meters: Sequence[Listed], span: Span) -> list[Line]:
    ids = [meter.id for meter in meters]
    with site.dbs.session(SYSTEM) as session:
        point_of = _energy_points(session, ids)
    points = sorted(set(point_of.values()))
    found: dict[int, tuple[float, float]] = {}
    with site.dbs.session(HISTORICAL) as session:
        for start in range(0, len(points), _AT_ONCE):
            found |= _ends(session, points[start : start + _AT_ONCE], span)
    result = []
    for meter in meters:
        first, last = found.get(point_of.get(meter.id, 0), (None, None))
        difference = None if first is None or last is None else round(last - first, 6)
        result.append(Line(meter, first, last, difference))
    return result


def _energy_points(session: Session, meter_ids: Sequence[int]) -> dict[int, int]:
    if not meter_ids:
        return {}
    rows = session.rows(
        "SELECT b.meter_id, MIN(p.id) FROM tbl_meters_points b"  # noqa: S608  (placeholders only)
        " JOIN tbl_points p ON p.id = b.point_id"
        f" WHERE p.object_type = 'ENERGY_VALUE' AND b.meter_id IN ({marks(meter_ids)}) GROUP BY b.meter_id",
        meter_ids,
    )
    return dict(rows)


def _ends(session: Session, points: Sequence[int], span: Span) -> dict[int, tuple[float, float]]:
    """First and last good register of each point in a span."""
    start, end = span.start_utc.replace(tzinfo=None), span.end_utc.replace(tzinfo=None)
    one = (
        "(SELECT point_id, %s AS is_last, actual_value + 0E0 AS value FROM tbl_energy_value"
        " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time < %s"
        " AND (is_bad IS NULL OR is_bad = 0) ORDER BY utc_date_time {order} LIMIT 1)"
    )
    statement = " UNION ALL ".join([one.format(order="ASC"), one.format(order="DESC")] * len(points))
    values: list[Any] = []
    for point in points:
        values += [0, point, start, end, 1, point, start, end]
    found: dict[int, list[float]] = {}
    for point, is_last, value in session.rows(statement, values):
        found.setdefault(point, [0.0, 0.0])[int(is_last)] = value
    return {point: (ends[0], ends[1]) for point, ends in found.items()}


@dataclass(frozen=True, slots=True)
class AskListed:
    """A request for the equipment below a space."""

    space_id: int
    language: str
    wants_excel: bool
    wants_pdf: bool = False


@dataclass(frozen=True)
class Listing:
    """The equipment below a space."""

    space: Space
    lines: Sequence[Listed]


def read_listed(ctx: Context) -> AskListed:
    """Read a request for the equipment below a space.

    Raises:
        ApiError: A parameter is at fault.
    """
    space_id = asking.number(ctx, "spaceid", "INVALID_SPACE_ID")
    is_quick = is_true(ctx.query("quick_mode") or ctx.query("quickmode"))
    return AskListed(space_id, ctx.query("language"), not is_quick and not ctx.v1)


def listing(site: Site, wish: AskListed) -> Listing:
    """The equipment below a space.

    Raises:
        ApiError: There is no such space.
    """
    space = tree.space(site, wish.space_id)
    return Listing(space, tree.below(site, BY_NAME["equipment"], tree.subtree(site, space.id)))
