"""Entering what an entity is meant to use: energy of months or days, which its plan report compares with.

A target is spread over the slots of its period in the shape of the entity's baseline where that is known for
all of them, else evenly; the slots add up to it exactly.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from ems_common.catalog.entities import INPUT
from ems_common.catalog.hourly import CATEGORY, Family, family
from ems_common.db import Session
from ems_common.journal import Window
from ems_common.slots import Grid, SlotAxis, aligned, local_slots, read_grid, replace

from ems_api.context import Context, Reply
from ems_api.errors import invalid, missing
from ems_api.reports import slots
from ems_api.reports.ask import Ref
from ems_api.reports.buckets import Float64
from ems_api.reports.engine import surroundings
from ems_api.reports.entities import BY_NAME, Kind
from ems_api.reports.entry import key_of, may_write
from ems_api.reports.site import Site

PLAN: Final = "energy_plan_db"
BASELINE: Final = "energy_baseline_db"
MOST_SLOTS: Final = 100_000
"""Slots of all targets of a request; eleven years of hours."""
_ERROR: Final = "INVALID_PLAN_VALUE"
_PERIOD: Final = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?", re.ASCII)
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Energy that is meant to be used in a window, in the unit of its category."""

    window: Window
    energy: float

    def axis(self, slot: timedelta) -> SlotAxis:
        """The slots of the window."""
        return SlotAxis.of(self.window, slot)


def enter(ctx: Context) -> Reply:
    """Enter targets of an entity; what was planned for their periods before is replaced.

    Raises:
        ApiError: The body is not understood, or the entity or category does not exist.
    """
    may_write(ctx)
    body = ctx.json()
    site = surroundings(ctx)
    kind = _kind(body.get("kind"))
    entity = site.facts.entity(kind, Ref(key_of(body.get("id"), f"INVALID_{kind.error}_ID")), site.scope)
    keys = [entity.id]
    table = family(kind.name) if kind.is_meter else family(kind.name, INPUT, CATEGORY)
    if not kind.is_meter:
        keys.append(key_of(body.get("energycategoryid"), "INVALID_ENERGY_CATEGORY_ID"))
        if keys[1] not in site.facts.categories():
            raise missing("ENERGY_CATEGORY_NOT_FOUND")
    slot = timedelta(minutes=site.slot_minutes)
    targets = _targets(body.get("value"), ctx.zone, slot)
    shapes = [_shape(site, table, keys, target.axis(slot)) for target in targets]
    with ctx.dbs.session(PLAN) as session:
        for target, shape in zip(targets, shapes, strict=True):
            _store(session, table, keys, target.axis(slot), spread(target.energy, shape))
    return Reply(200)


def spread(energy: float, shape: Float64) -> Float64:
    """Energy in proportion to a shape, to the sixth decimal; the parts add up to it.

    >>> spread(10.0, np.array([1.0, 1.0, 1.0])).tolist()
    [3.333333, 3.333334, 3.333333]
    """
    until = np.rint(energy * _MICRO * np.cumsum(shape) / shape.sum())
    return np.asarray(np.diff(until, prepend=0.0) / _MICRO, dtype=np.float64)


def _shape(site: Site, table: Family, keys: list[int], axis: SlotAxis) -> Float64:
    found = slots.read(site.dbs, BASELINE, table, keys[:1], axis, keys[1:] or None, judged=False).value
    known = len(found) == 1 and bool((found[0] >= 0).all()) and float(found[0].sum()) > 0
    return found[0] if known else np.ones(axis.count)


def _store(session: Session, table: Family, keys: list[int], axis: SlotAxis, values: Float64) -> None:
    """Replace the slots of one key; those of the entity's other categories stay."""
    stored = read_grid(session, table, keys[:1], axis)
    wanted = np.array([keys], dtype=np.int64)
    is_other = (stored.keys != wanted).any(axis=1)
    grid = aligned(stored, np.concatenate([wanted, stored.keys[is_other]]))
    grid.value[0], grid.quality[0] = values, 0
    replace(session, table, Grid(grid.keys, axis, grid.value, grid.quality))


def _kind(given: Any) -> Kind:
    kind = BY_NAME.get(given) if isinstance(given, str) else None
    if kind is None:
        raise invalid("INVALID_ENTITY", field="kind", detail=f"one of {', '.join(BY_NAME)}")
    return kind


def _targets(given: Any, tz: ZoneInfo, slot: timedelta) -> list[Target]:
    """Pairs of a month or day, such as 2026-03 or 2026-03-31, and its energy.

    Raises:
        ApiError: One is not understood, two overlap, or they are too many.
    """
    if not isinstance(given, list) or not given or len(given) > MOST_SLOTS:
        raise invalid(_ERROR, field="value", detail="a list of pairs: a month or day, and its energy")
    found = sorted((_target(pair, tz, slot) for pair in given), key=lambda target: target.window.start_utc)
    for one, after in itertools.pairwise(found):
        if after.window.start_utc < one.window.end_utc:
            raise invalid(_ERROR, field="value", detail="two of the periods overlap")
    if sum(target.axis(slot).count for target in found) > MOST_SLOTS:
        raise invalid(_ERROR, field="value", detail=f"at most {MOST_SLOTS} slots at once")
    return found


def _target(pair: Any, tz: ZoneInfo, slot: timedelta) -> Target:
    if not isinstance(pair, list) or len(pair) != 2:  # a period and a value
        raise invalid(_ERROR, field="value", detail="a pair has a month or day, and its energy")
    period, energy = pair
    is_number = isinstance(energy, int | float) and not isinstance(energy, bool)
    if not is_number or not 0 <= energy < 1e12:
        raise invalid(_ERROR, field="value", detail="energy is a number from 0")
    return Target(_window(period, tz, slot), float(energy))


def _window(period: Any, tz: ZoneInfo, slot: timedelta) -> Window:
    found = _PERIOD.fullmatch(period) if isinstance(period, str) else None
    try:
        if found is None:
            raise ValueError(period)
        first = date(int(found[1]), int(found[2]), int(found[3] or 1))
        # The 32nd day after the first of a month lies in the next.
        after = first + timedelta(days=1) if found[3] else (first + timedelta(days=32)).replace(day=1)
        return local_slots(first, after, tz, slot // timedelta(minutes=1))
    except (ValueError, OverflowError):
        detail = "a period is a month such as 2026-03 or a day such as 2026-03-31"
        raise invalid(_ERROR, field="value", detail=detail) from None
