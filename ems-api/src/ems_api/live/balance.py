"""`GET /v1/meters/{id}/balance/{resolution}`: a master meter against its submeters, and what is lost between.

A loss is computed from the slots in which the master and all submeters have a value: a submeter that is
silent would look like a loss. How many slots that leaves out is told. For the same reason submeters count
whether the caller reaches them or not; only those that are reached are named.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from ems_common.catalog.hourly import family
from ems_common.db import Session
from ems_common.journal import Window
from ems_common.periods import PERIOD_TYPES, Period, as_datetime64, ceil_slot, local_periods
from ems_common.slots import Grid, SlotAxis, aligned, read_grid
from numpy.typing import NDArray

from ems_api.context import Context, path_id
from ems_api.errors import missing
from ems_api.live.series import span
from ems_api.routing import Auth, get

Json = dict[str, Any]
Float64 = NDArray[np.float64]
METER: Final = family("meter")


def _balance(resolution: str) -> Callable[..., Json]:
    def run(ctx: Context, id_: str) -> Json:
        key = path_id(id_, "INVALID_METER_ID")
        start, end = span(ctx, resolution)
        with ctx.dbs.reading("system_db") as session:
            master, submeters = _meters(session, key)
        if master is None or not ctx.scope.has("tbl_meters", key):
            raise missing("METER_NOT_FOUND")
        minutes = ctx.services.settings.site.hour_minutes
        axis = SlotAxis.of(
            Window(ceil_slot(start, minutes), ceil_slot(end, minutes)), timedelta(minutes=minutes)
        )
        ids = [key, *submeters]
        with ctx.dbs.reading("energy_db") as session:
            grid = aligned(read_grid(session, METER, ids, axis), np.array(ids).reshape(-1, 1))
        periods = local_periods(start, end, resolution, ctx.zone)
        name, unit = master
        return {
            "meter": {"id": key, "name": name, "unit": unit},
            "submeters": [
                {"id": sub, "name": label, "value": _total(grid.value[row])}
                for row, (sub, label) in enumerate(submeters.items(), 1)
                if ctx.scope.has("tbl_meters", sub)
            ],
            "total": _compared(grid, np.ones(axis.count, dtype=bool)),
            "values": [_of_period(ctx, grid, period, start, end) for period in periods],
        }

    return run


def _meters(session: Session, key: int) -> tuple[tuple[str, str] | None, dict[int, str]]:
    """Name and unit of the master, and its submeters by key."""
    row = session.row(
        "SELECT m.name, COALESCE(c.unit_of_measure, '') FROM tbl_meters m"
        " LEFT JOIN tbl_energy_categories c ON c.id = m.energy_category_id WHERE m.id = %s",
        (key,),
    )
    submeters = session.rows(
        "SELECT id, name FROM tbl_meters WHERE master_meter_id = %s AND id <> %s ORDER BY id", (key, key)
    )
    return (None if row is None else (row[0], row[1])), dict(submeters)


def _of_period(ctx: Context, grid: Grid, period: Period, start: datetime, end: datetime) -> Json:
    first, last = max(period.start_utc, start), min(period.end_utc, end)
    starts = grid.axis.starts()
    inside = (starts >= as_datetime64(first)) & (starts < as_datetime64(last))
    return {
        "start": first.astimezone(ctx.zone).isoformat(),
        "end": last.astimezone(ctx.zone).isoformat(),
        **_compared(grid, inside),
    }


def _compared(grid: Grid, inside: NDArray[np.bool_]) -> Json:
    """Sums, loss and quality of the slots of a period; a loss is negative where submeters count more."""
    value, quality = grid.value[:, inside], grid.quality[:, inside]
    known = ~np.isnan(value)
    complete = known.all(axis=0) & (len(value) > 1)
    through = float(value[0, complete].sum())
    loss = round(through - float(value[1:, complete].sum()), 6)
    return {
        "master": _total(value[0]),
        "submeters": _total(value[1:]),
        "loss": loss if complete.any() else None,
        "loss_ratio": round(loss / through, 6) if complete.any() and through else None,
        "compared_slots": int(complete.sum()),
        "slots": int(known.any(axis=0).sum()),
        "quality": int(np.bitwise_or.reduce(quality, axis=None, initial=0)),
    }


def _total(values: Float64) -> float | None:
    """Sum of what is known; None when nothing is."""
    return None if np.isnan(values).all() else round(float(np.nansum(values)), 6)


ROUTES = tuple(
    get(
        f"/meters/{{id_}}/balance/{resolution}",
        Auth.KEY,
        _balance(resolution),
        query=(("start", "string"), ("end", "string")),
        summary="A master meter against its submeters: loss, share of it, and from how many slots",
    )
    for resolution in PERIOD_TYPES
)
