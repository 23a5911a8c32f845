"""`/v1/cleaningrules`: parameters of cleaning's rules, for a kind of point or for one point.

A change makes cleaning judge again what the rule applies to: the journal row is written with it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from ems_common import journal
from ems_common.db import Session
from ems_common.errors import BadInput
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change, Why
from ems_common.quality.parameters import NAMES, Rules
from ems_common.quality_store import stored_rule

from ems_api.errors import conflict, invalid
from ems_api.resources.declare import Resource, field
from ems_api.routing import Auth

Json = dict[str, Any]
KINDS = ("energy", "analog", "digital")


def check_rule(session: Session, values: Json, key: int | None) -> None:
    """Check a rule before it is written, and tell cleaning.

    Raises:
        ApiError: The scope or the parameters cannot be used, or the scope has this rule already.
    """
    before = None
    if key is not None:
        before = session.row("SELECT point_kind, point_id FROM tbl_cleaning_rules WHERE id = %s", (key,))
    kind, point_id = values.get("point_kind"), values.get("point_id")
    try:
        stored_rule(kind, point_id, values["rule"], bool(values["is_enabled"]), values.get("parameters"))
    except BadInput as ex:
        member = "parameters" if (kind is None) != (point_id is None) else "point_kind"
        raise invalid("INVALID_CLEANING_RULE_PARAMETERS", field=member, detail=str(ex)) from ex
    taken = session.row(
        "SELECT id FROM tbl_cleaning_rules WHERE rule = %s AND point_kind <=> %s AND point_id <=> %s"
        " AND id <> %s",
        (values["rule"], kind, point_id, key or 0),
    )
    if taken:
        raise conflict("CLEANING_RULE_IS_ALREADY_IN_USE")
    _tell(session, {(kind, point_id), *([(before[0], before[1])] if before else [])})


@lru_cache(maxsize=1)
def parameter_fields() -> dict[str, list[Json]]:
    """Rule → its parameters in the terms of `/v1/description`, so that a form can be drawn of them."""
    return {
        rule.name: [
            _field_of(entry)
            for entry in msgspec.inspect.type_info(rule.type).fields  # type: ignore[attr-defined]
            if entry.name != "enabled"
        ]
        for rule in msgspec.structs.fields(Rules)
    }


def _field_of(entry: msgspec.inspect.Field) -> Json:
    result: Json = {"name": entry.name, "required": False, "default": entry.default}
    kind = entry.type
    if isinstance(kind, msgspec.inspect.LiteralType):
        return {**result, "type": "choice", "choices": list(kind.values)}
    if not isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        raise TypeError(f"no form for a parameter of type {kind}")
    bounds = {"minimum": kind.ge, "exclusive_minimum": kind.gt, "maximum": kind.le}
    result |= {name: value for name, value in bounds.items() if value is not None}
    return {**result, "type": "integer" if isinstance(kind, msgspec.inspect.IntType) else "number"}


def rule_removed(session: Session, row: Json) -> None:
    """Tell cleaning of a rule that goes."""
    _tell(session, {(row["point_kind"], row["point_id"])})


def _tell(session: Session, scopes: set[tuple[str | None, int | None]]) -> None:
    changes = []
    for kind, point_id in sorted(scopes, key=str):
        if point_id is not None:
            entity, number = "point_rules", int(point_id)
        else:
            entity, number = f"{kind}_rules", ALL
        changes.append(Change("clean", entity, number, BEGINNING_UTC, END_UTC, Why.RULE))
    journal.write(session, changes)


RESOURCES = (
    Resource(
        "tbl_cleaning_rules",
        (
            field("name"),
            field("rule", choices=NAMES),
            field("point_kind", choices=KINDS),
            field("point_id"),
            field("is_enabled"),
            field("parameters", multiline=True, strict=True),
            field("description", multiline=True),
        ),
        read=Auth.ADMIN,
        search=("name",),
        filters=(("point_id", "point_id"),),
        prepare=check_rule,
        before_delete=rule_removed,
        group="Metering",
        title="Cleaning rules",
        help="Parameters of the rules that judge readings. Give a kind of point or one point, not both. What"
        " a rule says of a point's past can be seen before it is switched on.",
        columns=("name", "rule", "point_kind", "point_id", "is_enabled"),
    ),
)
