"""The registers of all meters below a space at the ends of a period, and how many of them were there.

A register at an instant is the newest good reading up to then that is not too old: a quarter of an hour as in
MyEMS, or a slot of the site for clients of `/v1`, so that meters read once an hour have one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.context import Context, is_true
from ems_api.errors import invalid, missing
from ems_api.reports import ask as asking
from ems_api.reports import slots, tree
from ems_api.reports.ask import Wrapped
from ems_api.reports.buckets import Span
from ems_api.reports.entities import BY_NAME, METERS, Kind
from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import HISTORICAL
from ems_api.reports.kinds.sums import ENERGY
from ems_api.reports.site import Site
from ems_api.reports.tree import Listed, Space

METER: Final = BY_NAME["meter"]
OLDEST_REGISTER: Final = timedelta(minutes=15)
"""How old a reading may be to count as the register of an instant; no period may be shorter."""
Ends = tuple[float | None, float | None]
_REGISTER: Final = (
    "(SELECT point_id, %s AS is_last, actual_value + 0E0 AS value FROM tbl_energy_value"
    " WHERE point_id = %s AND utc_date_time BETWEEN %s AND %s"
    " AND (is_bad IS NULL OR is_bad = 0) ORDER BY utc_date_time DESC LIMIT 1)"
)
_AT_ONCE: Final = 100
"""Points per statement: each needs two look-ups by key, which the server plans one by one."""


@dataclass(frozen=True, slots=True)
class AskMeters(Wrapped):
    """A request for the meters below a space.

    Attributes:
        space_id: The space.
        category_id: Energy category of the meters; 0 for all.
        oldest: How old a reading may be to count as the register of an instant.
    """

    space_id: int
    category_id: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Line:
    """A meter with its registers at the start and the end, and what it counted between."""

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
        paths: Names of the spaces that meters are bound to, with those of the spaces above.
    """

    space: Space
    lines: Mapping[str, Sequence[Line]]
    category_names: Mapping[int, str]
    paths: Mapping[int, str]

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
    ask = asking.read(ctx, None, has_period_type=False, needs_period=needs_period)
    if ask.reporting.start_utc + OLDEST_REGISTER >= ask.reporting.end_utc:
        raise invalid(
            "THE_REPORTING_PERIOD_MUST_BE_LONGER_THAN_15_MINUTES",
            field="reportingperiodenddatetime",
            detail="a register needs a quarter of an hour: choose a longer period",
        )
    slot = timedelta(minutes=ctx.services.settings.site.hour_minutes)
    return AskMeters(ask, space_id, category, max(OLDEST_REGISTER, slot) if ctx.v1 else OLDEST_REGISTER)


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
            _registers(site, meters, wish)
            if kind is METER
            else _counted(site, kind, meters, wish.ask.reporting)
        )
    names = {key: part.name for key, part in categories.items()}
    return Tracking(space, lines, names, _paths(site, [line.meter for of in lines.values() for line in of]))


def _paths(site: Site, listed: Sequence[Listed]) -> dict[int, str]:
    return tree.paths(site, {of.space_id for of in listed})


def _counted(site: Site, kind: Kind, meters: Sequence[Listed], span: Span) -> list[Line]:
    """Meters without a register: only what they counted."""
    ids = [meter.id for meter in meters]
    totals = slots.totals(site.dbs, ENERGY.database, family(kind.name), ids, span)
    return [Line(meter, None, None, totals.get((meter.id, 0))) for meter in meters]


def _registers(site: Site, meters: Sequence[Listed], wish: AskMeters) -> list[Line]:
    ids = [meter.id for meter in meters]
    with site.dbs.reading(SYSTEM) as session:
        point_of = _energy_points(session, ids)
    points = sorted(set(point_of.values()))
    found: dict[int, Ends] = {}
    with site.dbs.reading(HISTORICAL) as session:
        for start in range(0, len(points), _AT_ONCE):
            found |= _ends(session, points[start : start + _AT_ONCE], wish)
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
        compose(
            "SELECT b.meter_id, MIN(p.id) FROM tbl_meters_points b"
            " JOIN tbl_points p ON p.id = b.point_id WHERE p.object_type = 'ENERGY_VALUE'"
            " AND b.meter_id IN ({keys}) GROUP BY b.meter_id",
            keys=marks(meter_ids),
        ),
        meter_ids,
    )
    return dict(rows)


def _ends(session: Session, points: Sequence[int], wish: AskMeters) -> dict[int, Ends]:
    """Registers of each point at the start and the end of the period; points that have neither are absent."""
    start, end = (_naive(at) for at in (wish.ask.reporting.start_utc, wish.ask.reporting.end_utc))
    statement = " UNION ALL ".join([_REGISTER] * 2 * len(points))
    values: list[Any] = []
    for point in points:
        values += [0, point, start - wish.oldest, start, 1, point, end - wish.oldest, end]
    found: dict[int, list[float | None]] = {}
    for point, is_last, value in session.rows(statement, values):
        found.setdefault(point, [None, None])[int(is_last)] = value
    return {point: (ends[0], ends[1]) for point, ends in found.items()}


def _naive(at_utc: datetime) -> datetime:
    return at_utc.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class AskListed:
    """A request for the equipment below a space."""

    space_id: int
    language: str
    wants_excel: bool
    v1: bool
    wants_pdf: bool = False


@dataclass(frozen=True)
class Listing:
    """The equipment below a space; `paths` as in :class:`Tracking`."""

    space: Space
    lines: Sequence[Listed]
    paths: Mapping[int, str]


def read_listed(ctx: Context) -> AskListed:
    """Read a request for the equipment below a space.

    Raises:
        ApiError: A parameter is at fault.
    """
    space_id = asking.number(ctx, "spaceid", "INVALID_SPACE_ID")
    is_quick = is_true(ctx.query("quick_mode") or ctx.query("quickmode"))
    return AskListed(space_id, ctx.query("language"), not is_quick and not ctx.v1, ctx.v1)


def listing(site: Site, wish: AskListed) -> Listing:
    """The equipment below a space.

    Raises:
        ApiError: There is no such space.
    """
    space = tree.space(site, wish.space_id)
    found = tree.below(site, BY_NAME["equipment"], tree.subtree(site, space.id))
    return Listing(space, found, _paths(site, found))
