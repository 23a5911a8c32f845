"""The change journal: what must be recomputed, by whom, and why.

Whoever changes a fact writes the changes in the same transaction as the fact. A stage reads its open rows,
recomputes and replaces the touched windows, writes the rows for the next stage with its results, and only
then deletes the rows it has consumed, by id. A crash in between repeats work and changes nothing.

The table's column `kind` names the stage that must act.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks

TABLE: Final = "tbl_change_journal"
STAGES: Final = ("clean", "normalize", "virtual", "aggregate", "price", "carbon", "reference", "config")
ALL: Final = 0
"""`entity_id` that stands for every entity of the kind."""
BEGINNING_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
END_UTC: Final = datetime(9000, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = timedelta(days=400)
"""A window that ends so long after now is meant to have no end: tariffs are entered until 2099."""
_BATCH_IDS = 2000
_COLUMNS: Final = ("kind", "entity_kind", "entity_id", "from_utc", "to_utc", "created_utc", "reason")


class Why(enum.StrEnum):
    """Why a stage has work: all reasons that are written, as they are stored.

    Those who show one in another language have a text for each; `WHY` has the English ones.
    """

    ASKED = "asked for"
    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    BOUND = "bound"
    UNBOUND = "unbound"
    TERMS = "terms changed"
    CHILD_MOVED = "child space moved"
    OWNER_REMOVED = "owner removed"
    EXCHANGE = "meter exchange"
    RULE = "cleaning rule changed"
    RULES_FILE = "rules file changed"
    SITE_IMPORTED = "site imported"
    DEMO_INSTALLED = "demo site installed"
    READINGS = "readings"
    LATE_READINGS = "late readings"
    HISTORY = "history imported"
    CONTROL = "control telemetry"
    REPAIRED = "readings repaired"
    REPAIR_UNDONE = "readings repair undone"
    JUDGED = "judged"
    COMPUTED = "virtual point computed"
    METER_FILE = "offline meter file"
    ENTERED = "entered by hand"
    HOURS = "hours changed"


WHY: Final[Mapping[str, str]] = {
    Why.ASKED: "it was asked for",
    Why.CREATED: "it was created",
    Why.CHANGED: "it was changed",
    Why.REMOVED: "it was removed",
    Why.BOUND: "something was bound",
    Why.UNBOUND: "something was unbound",
    Why.TERMS: "the terms of a binding changed",
    Why.CHILD_MOVED: "a child space was moved",
    Why.OWNER_REMOVED: "one of those who share it was removed",
    Why.EXCHANGE: "the meter was exchanged",
    Why.RULE: "a cleaning rule changed",
    Why.RULES_FILE: "the rules file of cleaning changed",
    Why.SITE_IMPORTED: "a site was imported",
    Why.DEMO_INSTALLED: "the demo site was installed",
    Why.READINGS: "readings came",
    Why.LATE_READINGS: "late readings came",
    Why.HISTORY: "a file of readings was imported",
    Why.CONTROL: "the control loop told its readings",
    Why.REPAIRED: "readings were repaired",
    Why.REPAIR_UNDONE: "a repair of readings was taken back",
    Why.JUDGED: "readings were judged",
    Why.COMPUTED: "a virtual point was computed",
    Why.METER_FILE: "readings of an offline meter were uploaded",
    Why.ENTERED: "readings were entered by hand",
    Why.HOURS: "its hours changed",
}
"""Reason → English clause; continues "because"."""


@dataclass(frozen=True, slots=True)
class Change:
    """A range of one entity that a stage must look at again: ``from_utc <= t < to_utc``.

    `reason` is one of `Why`, in rows of other versions perhaps another text.
    """

    stage: str
    entity_kind: str
    entity_id: int
    from_utc: datetime
    to_utc: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A stored change with its key and the instant it was written."""

    id: int
    change: Change
    created_utc: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of time, ``start_utc <= t < end_utc``."""

    start_utc: datetime
    end_utc: datetime


def write(session: Session, changes: Iterable[Change]) -> int:
    """Write changes in the transaction of the fact they tell of.

    Returns:
        How many were written.
    """
    created = _naive(utc_now())
    rows = [
        (c.stage, c.entity_kind, c.entity_id, _naive(c.from_utc), _naive(c.to_utc), created, c.reason[:255])
        for c in changes
    ]
    session.append(TABLE, _COLUMNS, rows)
    return len(rows)


def open_changes(session: Session, stages: Sequence[str], limit: int = 200_000) -> list[JournalRow]:
    """The open rows for these stages, oldest first, at most `limit`."""
    query = compose(
        "SELECT id, kind, entity_kind, entity_id, from_utc, to_utc, created_utc, reason"
        " FROM tbl_change_journal WHERE kind IN ({stages}) ORDER BY id LIMIT %s",
        stages=marks(stages),
    )
    found = session.rows(query, (*stages, limit))
    return [
        JournalRow(key, Change(kind, entity, entity_id, _aware(a), _aware(b), reason), _aware(created))
        for key, kind, entity, entity_id, a, b, created, reason in found
    ]


def consume(session: Session, ids: Iterable[int]) -> None:
    """Delete consumed rows by id. Rows that came meanwhile have other ids and stay open."""
    keys = sorted(ids)
    for start in range(0, len(keys), _BATCH_IDS):
        part = keys[start : start + _BATCH_IDS]
        session.execute(compose("DELETE FROM tbl_change_journal WHERE id IN ({ids})", ids=marks(part)), part)


def coalesce(windows: Iterable[Window]) -> list[Window]:
    """Join overlapping and touching windows; the result is sorted and disjoint.

    >>> from datetime import timedelta
    >>> t = [BEGINNING_UTC + timedelta(hours=h) for h in range(5)]
    >>> joined = coalesce([Window(t[2], t[3]), Window(t[0], t[1]), Window(t[1], t[2])])
    >>> [(w.start_utc.hour, w.end_utc.hour) for w in joined]
    [(0, 3)]
    """
    result: list[Window] = []
    for window in sorted(windows, key=lambda w: w.start_utc):
        if result and window.start_utc <= result[-1].end_utc:
            if window.end_utc > result[-1].end_utc:
                result[-1] = Window(result[-1].start_utc, window.end_utc)
        else:
            result.append(window)
    return result


def is_open_ended(window: Window) -> bool:
    """Whether a window has no beginning or no end, as that of a changed setting, or none worth the name."""
    return window.start_utc <= BEGINNING_UTC or window.end_utc > utc_now() + FAR_AHEAD


def cut(windows: Iterable[Window], known: Window | None) -> list[Window]:
    """Open ends of windows moved to where something is known; windows that have both ends stay as they are.

    Args:
        windows: The windows.
        known: From the first to the last of what there is to compute; None where there is nothing.
    """
    result: list[Window] = []
    for window in windows:
        start, end = window.start_utc, window.end_utc
        if is_open_ended(window):
            if known is None:
                continue
            start = max(start, known.start_utc) if start <= BEGINNING_UTC else start
            end = min(end, known.end_utc)
        if start < end:
            result.append(Window(start, end))
    return result


def by_entity(rows: Iterable[JournalRow]) -> Mapping[tuple[str, int], list[Window]]:
    """Coalesced windows of each (entity kind, entity id)."""
    grouped: dict[tuple[str, int], list[Window]] = {}
    for row in rows:
        change = row.change
        grouped.setdefault((change.entity_kind, change.entity_id), []).append(
            Window(change.from_utc, change.to_utc)
        )
    return {key: coalesce(windows) for key, windows in grouped.items()}


def described(rows: Iterable[JournalRow]) -> list[str]:
    """Open changes for a person: one line per stage, entity and reason, with the range they span."""
    spans: dict[tuple[str, str, int, str], Window] = {}
    for row in rows:
        change = row.change
        key = (change.stage, change.entity_kind, change.entity_id, change.reason)
        known = spans.get(key, Window(change.from_utc, change.to_utc))
        spans[key] = Window(min(known.start_utc, change.from_utc), max(known.end_utc, change.to_utc))
    return [
        f"{stage}: {f'{kind} {entity}' if entity else f'every {kind}'}".replace("_", " ")
        + f", {span_of(span.start_utc, span.end_utc)}, because {WHY.get(reason or Why.ASKED, reason)}"
        for (stage, kind, entity, reason), span in sorted(spans.items())
    ]


def span_of(start_utc: datetime, end_utc: datetime) -> str:
    """A range for a person.

    >>> span_of(BEGINNING_UTC, datetime(2026, 3, 1, 7, 30, tzinfo=UTC))
    'all before 2026-03-01 07:30 UTC'
    """
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in (start_utc, end_utc))
    if start_utc <= BEGINNING_UTC:
        return "all of its time" if end_utc >= END_UTC else f"all before {end} UTC"
    return f"from {start} UTC on" if end_utc >= END_UTC else f"{start} to {end} UTC"


def _naive(value_utc: datetime) -> datetime:
    if value_utc.tzinfo is None:
        raise ValueError("a journal instant must carry its zone")
    return value_utc.astimezone(UTC).replace(tzinfo=None)


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)
