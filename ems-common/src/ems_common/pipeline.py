"""The state of the pipeline as a whole: what is open, how far each stage has come, what it is doing.

Read by the API and by the daemons' own metrics, so that both tell the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ems_common.catalog.hourly import (
    CATEGORY,
    ENTITY_FAMILIES,
    METER_FAMILIES,
    QUALITY_PROVISIONAL,
    Family,
    family,
)
from ems_common.db import Databases, Session
from ems_common.db.sql import Sql, compose, marks
from ems_common.journal import BEGINNING_UTC

MOST_REASONS: Final = 50


@dataclass(frozen=True, slots=True)
class StageOf:
    """A stage of the pipeline as the journal knows it.

    Attributes:
        name: Its name.
        kinds: The journal rows it acts on.
        databases: Where these are.
        output: Slots whose newest end is its watermark; empty for cleaning, which keeps its own.
    """

    name: str
    kinds: tuple[str, ...]
    databases: tuple[str, ...]
    output: tuple[Family, ...] = ()


STAGES: Final = (
    StageOf("cleaning", ("clean",), ("historical_db", "system_db")),
    StageOf(
        "normalization",
        ("normalize", "virtual"),
        ("historical_db", "energy_db", "system_db"),
        METER_FAMILIES,
    ),
    StageOf(
        "aggregation",
        ("aggregate", "price", "carbon"),
        ("energy_db", "system_db"),
        tuple(item for item in ENTITY_FAMILIES if item.split == CATEGORY),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenReason:
    """Open changes of one kind of entity for one reason.

    Attributes:
        kind: What must be done.
        entity_kind: Of what.
        reason: Why.
        changes: How many windows are dirty.
        from_utc: Where the earliest begins; None when it has no beginning.
        to_utc: Where the latest ends.
        since_utc: When the oldest was written.
    """

    kind: str
    entity_kind: str
    reason: str
    changes: int
    from_utc: datetime | None
    to_utc: datetime
    since_utc: datetime


@dataclass(frozen=True, slots=True)
class StageState:
    """What one stage is doing.

    Attributes:
        name: The stage.
        open: Why it has work, the reason with most windows first; at most 50.
        open_changes: How many windows are dirty.
        watermark_utc: Up to when its output reaches; None without output.
        holder: The instance that works or stands ready, or "" when none does.
        progress: What it last told of itself, column → value; empty when it never did.
    """

    name: str
    open: Sequence[OpenReason]
    open_changes: int
    watermark_utc: datetime | None
    holder: str
    progress: dict[str, Any]


def stage_states(dbs: Databases, slot: timedelta, names: Sequence[str] = ()) -> list[StageState]:
    """The state of all stages, or of those named.

    Args:
        dbs: The databases.
        slot: Length of a slot.
        names: Names of stages; all when empty.
    """
    with dbs.session("system_db") as session:
        progress = _progress(session)
        holders = dict(session.rows("SELECT name, holder FROM tbl_leases WHERE until_utc > UTC_TIMESTAMP(3)"))
    return [
        _state(dbs, of, slot, holders.get(of.name, ""), progress.get(of.name, {}))
        for of in STAGES
        if not names or of.name in names
    ]


def _state(dbs: Databases, of: StageOf, slot: timedelta, holder: str, progress: dict[str, Any]) -> StageState:
    reasons: list[OpenReason] = []
    for database in of.databases:
        with dbs.session(database) as session:
            reasons += _open(session, of.kinds)
    reasons.sort(key=lambda item: -item.changes)
    total = sum(item.changes for item in reasons)
    return StageState(of.name, reasons[:MOST_REASONS], total, _watermark(dbs, of, slot), holder, progress)


def _open(session: Session, kinds: Sequence[str]) -> list[OpenReason]:
    return [
        OpenReason(
            kind,
            entity,
            reason,
            count,
            None if (start := start_.replace(tzinfo=UTC)) <= BEGINNING_UTC else start,
            end.replace(tzinfo=UTC),
            since.replace(tzinfo=UTC),
        )
        for kind, entity, reason, count, start_, end, since in session.rows(
            compose(
                "SELECT kind, entity_kind, reason, COUNT(*), MIN(from_utc), MAX(to_utc), MIN(created_utc)"
                " FROM tbl_change_journal WHERE kind IN ({kinds}) GROUP BY kind, entity_kind, reason",
                kinds=marks(kinds),
            ),
            tuple(kinds),
        )
    ]


def _watermark(dbs: Databases, of: StageOf, slot: timedelta) -> datetime | None:
    if not of.output:
        with dbs.session("historical_db") as session:
            newest = session.scalar("SELECT MAX(judged_through_utc) FROM tbl_cleaning_watermarks")
        return None if newest is None else newest.replace(tzinfo=UTC)
    with dbs.session("energy_db") as session:
        # A maximum for each entity is read off the primary key; one over all would scan the table.
        found = [
            session.scalar(compose("SELECT MAX(newest) FROM ({newest}) n", newest=_newest(item)))
            for item in of.output
        ]
    ends = [start.replace(tzinfo=UTC) + slot for start in found if start is not None]
    return max(ends, default=None)


def _newest(item: Family) -> Sql:
    return compose(
        "SELECT {keys}, MAX(start_datetime_utc) newest FROM {table} GROUP BY {keys}",
        keys=item.keys,
        table=item.table,
    )


_PROGRESS: Final = (
    *("stage", "instance", "is_working", "step", "done_ratio", "remaining_s", "updated_utc"),
    *("last_pass_utc", "last_pass_s", "last_summary"),
)


def _progress(session: Session) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    for values in session.rows(compose("SELECT {columns} FROM tbl_stage_progress", columns=_PROGRESS)):
        row = dict(zip(_PROGRESS, values, strict=True))
        row["is_working"] = bool(row["is_working"])
        for name in ("done_ratio", "remaining_s", "last_pass_s"):
            row[name] = None if row[name] is None else float(row[name])
        for name in ("updated_utc", "last_pass_utc"):
            row[name] = None if row[name] is None else row[name].replace(tzinfo=UTC)
        row["last_summary"] = json.loads(row["last_summary"]) if row["last_summary"] else None
        result[row.pop("stage")] = row
    return result


def provisional_slots(dbs: Databases) -> int:
    """How many slots of meters are not closed yet; a meter's close in order, so only its newest can be."""
    item = family("meter")
    with dbs.session("energy_db") as session:
        count = session.scalar(
            compose(
                "SELECT COUNT(*) FROM ({newest}) n JOIN {table} h ON h.meter_id = n.meter_id"
                " AND h.start_datetime_utc = n.newest WHERE h.quality & %s <> 0",
                newest=_newest(item),
                table=item.table,
            ),
            (QUALITY_PROVISIONAL,),
        )
    return int(count or 0)
