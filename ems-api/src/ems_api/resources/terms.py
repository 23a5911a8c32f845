"""Terms of a binding through which energy is counted: since when, until when, and how much of the member.

``GET`` and ``PUT /v1/tenants/3/meters/7/terms`` read and replace the terms of one pair as a whole::

    {"data": {"terms": [{"valid_from": null, "valid_through": "2026-03-10T00:00:00", "share": 0.2,
                         "allocation": "share", "reference": null},
                        {"valid_from": "2026-03-10T00:00:00", "valid_through": null, "share": 1,
                         "allocation": "consumption", "reference": {"kind": "meter", "id": 12}}]}}
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ems_common.catalog import TABLES
from ems_common.catalog.bindings import (
    ALLOCATIONS,
    ATTRIBUTE_OF,
    BINDINGS,
    CONSUMPTION,
    SHARE,
    Binding,
)
from ems_common.catalog.entities import BY_KIND, ENTITIES
from ems_common.db import Session
from ems_common.db.sql import compose
from ems_common.journal import BEGINNING_UTC, END_UTC

from ems_api.errors import invalid, missing
from ems_api.resources.checks import existing
from ems_api.wall_clock import parse_instant, show_instant, stored

Json = dict[str, Any]
MOST_TERMS: Final = 500
MOST_FACTOR: Final = 1e6
_COUNTED: Final = tuple(binding for binding in BINDINGS if binding.is_counted)
_KIND_OF: Final = {entity.table: entity.kind for entity in ENTITIES}

_INSTANT: Final[Json] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
TERM_SCHEMA: Final[Json] = {
    "type": "object",
    "properties": {
        "valid_from": _INSTANT,
        "valid_through": _INSTANT,
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_FACTOR},
        "allocation": {"type": "string", "enum": list(ALLOCATIONS)},
        "reference": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string", "enum": list(BY_KIND)},
                        "id": {"type": "integer", "minimum": 1},
                    },
                    "required": ["kind", "id"],
                },
                {"type": "null"},
            ]
        },
    },
}
BODY: Final[Json] = {
    "type": "object",
    "properties": {
        "data": {
            "type": "object",
            "properties": {"terms": {"type": "array", "minItems": 1, "items": TERM_SCHEMA}},
            "required": ["terms"],
        }
    },
    "required": ["data"],
}


@dataclass(frozen=True, slots=True)
class Term:
    """How much of a member its owner is charged with, and for how long.

    Attributes:
        from_utc, through_utc: Half-open range in which it holds.
        share: Part of the member, or factor of the weight.
        allocation: One of :data:`ems_common.catalog.bindings.ALLOCATIONS`.
        reference: (kind, id) whose consumption weighs; None for the owner's own.
    """

    from_utc: datetime = BEGINNING_UTC
    through_utc: datetime = END_UTC
    share: float = 1.0
    allocation: str = SHARE
    reference: tuple[str, int] | None = None


ALWAYS: Final = (Term(),)
"""The terms of a binding of which nothing else is said: in whole, always."""


def read_terms(binding: Binding, given: Any, zone: ZoneInfo) -> list[Term]:
    """The terms of a body, in order of time.

    Raises:
        ApiError: The list or a term breaks its rule, or two overlap.
    """
    if not isinstance(given, list) or not 0 < len(given) <= MOST_TERMS:
        raise invalid("INVALID_TERMS", field="terms", detail="a list of at least one term is needed")
    terms = sorted((_term(binding, item, zone) for item in given), key=lambda term: term.from_utc)
    for earlier, later in itertools.pairwise(terms):
        if later.from_utc < earlier.through_utc:
            raise invalid("INVALID_TERMS", field="terms", detail="two terms hold at the same time")
    return terms


def _term(binding: Binding, given: Any, zone: ZoneInfo) -> Term:
    if not isinstance(given, dict):
        raise invalid("INVALID_TERMS", field="terms", detail="a term is an object")
    start = _instant(given, "valid_from", zone) or BEGINNING_UTC
    end = _instant(given, "valid_through", zone) or END_UTC
    if start >= end:
        raise invalid("INVALID_VALID_THROUGH", field="valid_through", detail="it must be after valid_from")
    allocation = given.get("allocation", SHARE)
    allowed = allocations_of(binding.owner)
    if allocation not in allowed:
        raise invalid(
            "INVALID_ALLOCATION", field="allocation", detail=f"it must be one of {', '.join(allowed)}"
        )
    reference = _reference(given.get("reference"))
    if reference is not None and allocation != CONSUMPTION:
        raise invalid(
            "INVALID_REFERENCE", field="reference", detail="only an allocation by consumption has one"
        )
    return Term(start, end, _share(given.get("share", 1), allocation), allocation, reference)


def allocations_of(owner_table: str) -> tuple[str, ...]:
    """The rules that an owner's table has the numbers for."""
    columns = TABLES["system_db"][owner_table].by_name
    return tuple(rule for rule in ALLOCATIONS if ATTRIBUTE_OF.get(rule, "id") in columns)


def _share(value: Any, allocation: str) -> float:
    most = 1.0 if allocation == SHARE else MOST_FACTOR
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    # Six decimals are stored; less than the last of them would be no share at all.
    if not is_number or not 1e-6 <= value <= most:
        raise invalid("INVALID_SHARE", field="share", detail=f"it must be above 0 and at most {most:g}")
    return float(value)


def _instant(given: Json, name: str, zone: ZoneInfo) -> datetime | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        return parse_instant(value, zone).replace(microsecond=0)
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name) from ex


def _reference(given: Any) -> tuple[str, int] | None:
    if given is None:
        return None
    kind, key = (given.get("kind"), given.get("id")) if isinstance(given, dict) else (None, None)
    is_key = isinstance(key, int) and not isinstance(key, bool) and 0 < key < 2**63
    if kind not in BY_KIND or not is_key:
        raise invalid("INVALID_REFERENCE", field="reference", detail="kind and id of a meter or entity")
    return str(kind), int(key or 0)


def check_references(session: Session, binding: Binding, member_id: int, terms: Iterable[Term]) -> None:
    """Refuse references that do not exist, and the shared member itself.

    Raises:
        ApiError: There is one.
    """
    for kind, key in {term.reference for term in terms if term.reference is not None}:
        if not existing(session, BY_KIND[kind].table, [key]):
            raise missing("REFERENCE_NOT_FOUND")
        if (BY_KIND[kind].table, key) == (binding.member, member_id):
            raise invalid("INVALID_REFERENCE", field="reference", detail="it is the thing that is divided")


def stored_terms(session: Session, binding: Binding, owner_id: int) -> dict[int, list[Term]]:
    """Member → its terms in order of time, of one owner."""
    result: dict[int, list[Term]] = {}
    for member, start, end, share, allocation, kind, key in session.rows(
        compose(
            "SELECT {member}, valid_from_utc, valid_through_utc, share, allocation, reference_kind,"
            " reference_id FROM {table} WHERE {owner} = %s ORDER BY {member}, valid_from_utc",
            member=binding.member_key,
            table=binding.table,
            owner=binding.owner_key,
        ),
        (owner_id,),
    ):
        reference = (kind, key) if kind and key else None
        term = Term(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), float(share), allocation, reference)
        result.setdefault(member, []).append(term)
    return result


def columns_of(term: Term) -> Json:
    """A term as columns of the binding table."""
    kind, key = term.reference or (None, None)
    return {
        "valid_from_utc": stored(term.from_utc),
        "valid_through_utc": stored(term.through_utc),
        "share": term.share,
        "allocation": term.allocation,
        "reference_kind": kind,
        "reference_id": key,
    }


SHAPE: Final = {
    "valid_from": "instant|null",
    "valid_through": "instant|null",
    "share": "number",
    "allocation": "string|null",
    "reference": ({"kind": "string", "id": "int"}, "null"),
}
"""One of the terms that `shown_terms` answers, in the words of `schemas`."""


def shown_terms(terms: Sequence[Term], zone: ZoneInfo) -> list[Json]:
    """Terms as `/v1` answers them."""
    return [
        {
            "valid_from": _shown(term.from_utc, BEGINNING_UTC, zone),
            "valid_through": _shown(term.through_utc, END_UTC, zone),
            "share": term.share,
            "allocation": term.allocation,
            "reference": None
            if term.reference is None
            else {"kind": term.reference[0], "id": term.reference[1]},
        }
        for term in terms
    ]


def _shown(value_utc: datetime, unbounded: datetime, zone: ZoneInfo) -> str | None:
    return None if value_utc == unbounded else show_instant(stored(value_utc), zone, v1=True)


def add_terms(
    session: Session,
    binding: Binding,
    owner_id: int,
    items: Iterable[Json],
    zone: ZoneInfo,
    *,
    brief: bool = False,
) -> None:
    """Add the terms to bound members; `brief` leaves those out that say nothing beyond the usual."""
    terms = stored_terms(session, binding, owner_id)
    for item in items:
        of_member = terms.get(item["id"], list(ALWAYS))
        if not brief or of_member != list(ALWAYS):
            item["terms"] = shown_terms(of_member, zone)


def divided_members(session: Session, table: str, owner_id: int) -> list[tuple[str, int]]:
    """(kind, id) of what an owner shares with others by a rule: when it goes, they get more."""
    result: list[tuple[str, int]] = []
    for binding in _COUNTED:
        if binding.owner == table:
            for (member,) in session.rows(
                compose(
                    "SELECT DISTINCT {member} FROM {table} WHERE {owner} = %s",
                    member=binding.member_key,
                    table=binding.table,
                    owner=binding.owner_key,
                ),
                (owner_id,),
            ):
                if is_divided(session, binding.member, member):
                    result.append((_KIND_OF[binding.member], member))
    return result


def is_divided(session: Session, member_table: str, member_id: int) -> bool:
    """Whether owners divide a member by a rule, so that a change of one concerns the others."""
    return any(
        session.row(
            compose(
                "SELECT 1 FROM {table} WHERE {member} = %s AND allocation <> %s LIMIT 1",
                table=binding.table,
                member=binding.member_key,
            ),
            (member_id, SHARE),
        )
        for binding in _COUNTED
        if binding.member == member_table
    )


def kind_of(table: str) -> str:
    """Kind of the meters or entities in a table."""
    return _KIND_OF[table]
