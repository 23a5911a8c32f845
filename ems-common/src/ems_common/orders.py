"""Orders to the stages of the pipeline: compute a range of something, or of everything, again.

An order is rows of the change journal, which the stage finds in its next pass; the later stages follow by
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ems_common import daily_sums, journal
from ems_common.catalog.entities import ENTITIES, METER_KINDS
from ems_common.db import Databases
from ems_common.db.sql import compose
from ems_common.errors import BadInput, Missing
from ems_common.journal import ALL, Change, Why

TABLES: Final[Mapping[str, str]] = {
    "point": "tbl_points",
    "data_source": "tbl_data_sources",
    **{entity.kind: entity.table for entity in ENTITIES},
}
"""Kind of what an order may name → where it is kept."""
_NAMED = re.compile(r"([a-z_]+):([1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """What a stage can be told to compute again.

    Attributes:
        database: Where its journal rows are written.
        kinds: Kind of entity → kind of the journal row.
        whole: The kinds that together stand for the whole site.
    """

    database: str
    kinds: Mapping[str, str]
    whole: tuple[str, ...]


ORDERS: Final[Mapping[str, Order]] = {
    "cleaning": Order(
        "historical_db", {"point": "clean", "meter": "clean", "data_source": "clean"}, ("point",)
    ),
    "normalization": Order(
        "system_db", {"meter": "normalize", "virtual_meter": "virtual"}, ("meter", "virtual_meter")
    ),
    "aggregation": Order("system_db", {entity.kind: "aggregate" for entity in ENTITIES}, tuple(METER_KINDS)),
}
"""What each stage can be told."""


def named(text: str | None) -> tuple[str, int] | None:
    """Kind and id of what a person names; None for everything.

    >>> named("meter:12"), named(None)
    (('meter', 12), None)

    Raises:
        BadInput: It has another form.
    """
    if text is None:
        return None
    match = _NAMED.fullmatch(text)
    if match is None:
        raise BadInput("is not kind:id", "entity", text, "Write it as in meter:12.")
    return match[1], int(match[2])


def give(
    dbs: Databases, stage: str, start_utc: datetime, end_utc: datetime, entity: tuple[str, int] | None
) -> int:
    """Tell a stage to compute a range again; it begins with its next pass.

    The days of what is computed again are summed anew as well, should a program of somebody else have changed
    hours; where that is everything, also the days of what has no hours any more.

    Args:
        dbs: The databases.
        stage: Name of the stage.
        start_utc: Start of the range.
        end_utc: End of the range.
        entity: Kind and id; everything when None.

    Returns:
        How many rows of the journal were written.

    Raises:
        BadInput: The range is empty, or the stage does not compute such things.
        Missing: There is no such entity.
    """
    order = ORDERS[stage]
    if start_utc >= end_utc:
        raise BadInput(
            "the range is empty", "range", f"{start_utc:%Y-%m-%d %H:%M} … {end_utc:%Y-%m-%d %H:%M}"
        )
    if entity is not None:
        _check(dbs, stage, *entity)
    elif stage == "aggregation":
        daily_sums.take_back_all(dbs, start_utc)
    wanted = [entity] if entity is not None else [(kind, ALL) for kind in order.whole]
    changes = [Change(order.kinds[kind], kind, key, start_utc, end_utc, Why.ASKED) for kind, key in wanted]
    with dbs.session(order.database) as session:
        return journal.write(session, changes)


def _check(dbs: Databases, stage: str, kind: str, key: int) -> None:
    kinds = ORDERS[stage].kinds
    if kind not in kinds:
        raise BadInput(f"is nothing that {stage} computes", "entity", kind, f"Known: {', '.join(kinds)}.")
    with dbs.session("system_db") as session:
        if session.scalar(compose("SELECT 1 FROM {table} WHERE id = %s", table=TABLES[kind]), (key,)) is None:
            raise Missing(f"there is no {kind.replace('_', ' ')} {key}")
