"""Which stages of the pipeline must hear of a change of configuration.

The rows are written in the transaction of the change itself, so a change that is committed is never missed
and one that is rolled back leaves nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ems_common import journal
from ems_common.catalog.bindings import ATTRIBUTE_OF
from ems_common.db import Session
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, Why

_COUNTED: Final = (
    ("aggregate", ("is_input_counted", "is_output_counted", "parent_space_id", *ATTRIBUTE_OF.values())),
    ("price", ("cost_center_id",)),
)
_METER: Final = (
    ("aggregate", ("is_counted", "energy_category_id", "energy_item_id")),
    ("price", ("cost_center_id", "energy_category_id")),
    ("carbon", ("energy_category_id",)),
)
STAGES: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "space": _COUNTED,
    "equipment": _COUNTED,
    "combined_equipment": _COUNTED,
    "tenant": _COUNTED,
    "store": _COUNTED,
    "shopfloor": _COUNTED,
    "meter": (("normalize", ("hourly_low_limit", "hourly_high_limit", "energy_category_id")), *_METER),
    "offline_meter": _METER,
    "virtual_meter": (("virtual", ("equation",)), *_METER),
    "point": (
        ("clean", ("high_limit", "low_limit", "register_modulus", "max_power_kw", "max_gap_minutes")),
        (
            "normalize",
            ("units", "address", "object_type", "is_virtual", "register_modulus", "max_gap_minutes"),
        ),
    ),
    "energy_category": (("carbon", ("kgco2e",)), ("normalize", ("unit_of_measure",))),
    "tariff": (
        (
            "price",
            ("energy_category_id", "tariff_type", "valid_from_datetime_utc", "valid_through_datetime_utc"),
        ),
    ),
}
"""Entity kind → the stages concerned and the columns whose change concerns them."""

BINDING_STAGES: Final[Mapping[str, tuple[str, str]]] = {
    "tbl_meters_points": ("normalize", "meter"),
    "tbl_cost_centers_tariffs": ("price", "cost_center"),
}
"""Binding table → stage and kind, where it is not the aggregation of its owner."""


def note(
    session: Session,
    kind: str,
    key: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    parts_changed: bool = False,
) -> None:
    """Write the journal rows of a changed row.

    Args:
        session: The transaction of the change.
        kind: Entity kind; "" when no stage depends on it.
        key: Its key.
        before: Columns as they were; None for a new row.
        after: Columns as they will be; None for a removed row.
        parts_changed: Whether rows that belong to it changed (tariff slots, formula variables).
    """
    changes = []
    for stage, columns in STAGES.get(kind, ()):
        is_update = before is not None and after is not None and not parts_changed
        if is_update and not _differs(before or {}, after or {}, columns):
            continue
        start_utc, end_utc = _range(kind, before, after)
        why = Why.CREATED if before is None else Why.REMOVED if after is None else Why.CHANGED
        changes.append(Change(stage, kind, key, start_utc, end_utc, why))
    changes += [
        Change("aggregate", "space", parent, BEGINNING_UTC, END_UTC, Why.CHILD_MOVED)
        for parent in _parents(kind, before, after)
    ]
    if changes:
        journal.write(session, changes)


def _parents(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[int]:
    """The spaces that gain or lose a child: the one it leaves is above it no more, so it must be named."""
    if kind != "space":
        return []
    old = before.get("parent_space_id") if before else None
    new = after.get("parent_space_id", old) if after else None
    return sorted({parent for parent in (old, new) if parent}) if old != new else []


def note_binding(session: Session, table: str, owner_kind: str, owner_id: int, *, why: Why) -> None:
    """Write the journal row of a member that was bound or unbound."""
    stage, kind = BINDING_STAGES.get(table, ("aggregate", owner_kind))
    if kind not in {*STAGES, "cost_center"} or kind == "tariff":
        return
    journal.write(session, [Change(stage, kind, owner_id, BEGINNING_UTC, END_UTC, why)])


def note_divided(session: Session, members: Iterable[tuple[str, int]], why: Why) -> None:
    """Write the journal rows of shared members of which an owner's part changed: the others' changed too."""
    journal.write(
        session,
        [Change("aggregate", kind, key, BEGINNING_UTC, END_UTC, why) for kind, key in members],
    )


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], columns: tuple[str, ...]) -> bool:
    return any(name in after and not _same(before.get(name), after[name]) for name in columns)


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    try:
        return bool(a == b) or float(a) == float(b)
    except (TypeError, ValueError):
        return False


def _range(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[datetime, datetime]:
    if kind != "tariff":
        return BEGINNING_UTC, END_UTC
    rows = [row for row in (before, after) if row is not None]
    starts = [row["valid_from_datetime_utc"] for row in rows if row.get("valid_from_datetime_utc")]
    ends = [row["valid_through_datetime_utc"] for row in rows if row.get("valid_through_datetime_utc")]
    if not starts or not ends:
        return BEGINNING_UTC, END_UTC
    return min(starts).replace(tzinfo=UTC), max(ends).replace(tzinfo=UTC)
