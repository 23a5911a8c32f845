"""Fields: members of bodies and answers, and how they are read."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from ems_common.catalog.model import Column

from ems_api.errors import Fault


class Kind(enum.Enum):
    """How a member of a body is read and shown.

    A CLOCK is a TIME of day that has two digits for its hour in MyEMS' dialect as well. A MARKUP is how a
    TEXT is shown that breaks lines with a tag.
    """

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"
    TIME = "time"
    CLOCK = "clock"
    MARKUP = "markup"
    CHOICE = "choice"
    REFERENCE = "reference"
    JSON = "json"
    SECRET = "secret"  # noqa: S105  (a kind of field, no secret)


def kind_of(column: Column) -> Kind:
    """The kind that a column's SQL type implies."""
    if column.reference:
        return Kind.REFERENCE
    if column.json:
        return Kind.JSON
    for start, kind in _KINDS:
        if column.type.startswith(start):
            return kind
    return Kind.TEXT


_KINDS = (
    ("BOOL", Kind.BOOLEAN),
    ("DECIMAL", Kind.NUMBER),
    ("DOUBLE", Kind.NUMBER),
    ("INT", Kind.INTEGER),
    ("BIGINT", Kind.INTEGER),
    ("DATETIME", Kind.DATETIME),
    ("DATE", Kind.DATE),
    ("TIME", Kind.TIME),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One member of `data` in POST and PUT, and of the answers.

    Attributes:
        name: Name in bodies.
        required: Whether it must be given; None = when the column may not be null.
        error: Key after ``INVALID_`` when it breaks the rule of the module.
        update_error: The same for PUT where MyEMS has another one.
        missing: Key before ``_NOT_FOUND`` for a dangling reference, or the whole fault.
        kind: When not that of the column.
        minimum, maximum, above: Range; `above` is exclusive.
        choices: The only values allowed.
        offers: Values that forms offer, with a name for people; what else is allowed, a further check says.
        shown: Name in answers when not by rule.
        show: Columns of the referenced row in answers, when not by rule.
        in_list, in_item: Whether it stands in the list's answer and in the item's.
        create, update: Whether POST and PUT take it.
        default: Value when it is absent (or "NOW").
        wrapped: Name of the object that holds it in bodies: ``energy_category`` for ``{"energy_category":
            {"id": 1}}``.
        pattern: Regular expression the whole text must match.
        unchecked: The reference may dangle (MyEMS' own data does), so it is not looked up.
        unit: Unit of the value, for forms.
        multiline: Whether forms offer several lines.
        required_if: Another member and the value of it that makes this one needed.
        column: Column when not by rule.
        wrapped_member: Its name in that object.
        wrapped_error: Key after ``INVALID_`` when that object is none.
        target: Table that the column refers to, where the catalog does not say.
        required_on_update: Whether a PUT must give it although a POST need not.
        loose: Whether a number is taken for a text, and a text of digits for a number: forms send them.
        is_heavy: Whether the list leaves it out when the header `Quickmode` says so.
        optional_on_update: Whether a PUT may leave it out although a POST may not.
        is_extra: A column that MyEMS does not have: shown under `/v1` only, and kept when a PUT leaves it
            out.
        strict: Whether a JSON text must parse; MyEMS takes any text for addresses and connections.
        lower: Whether a text is kept in lower case.
        is_markup: Whether a text breaks lines with a tag, as mails do, that MyEMS' dialect leaves out.
        is_sought_first: Whether the row that it refers to is looked for before anything else is compared.
        is_sought_last: Whether it is looked for after those of the other fields.
    """

    name: str
    required: bool | None = None
    error: str = ""
    update_error: str = ""
    missing: str | Fault = ""
    kind: Kind | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    offers: tuple[tuple[str, str], ...] = ()
    shown: str = ""
    item_shown: str = ""
    show: tuple[str, ...] = ()
    in_list: bool = True
    in_item: bool = True
    create: bool = True
    update: bool = True
    default: Any = None
    wrapped: str = ""
    pattern: str = ""
    unchecked: bool = False
    unit: str = ""
    multiline: bool = False
    required_if: tuple[str, Any] | None = None
    column: str = ""
    strict: bool = False
    wrapped_member: str = "id"
    wrapped_error: str = ""
    target: str = ""
    required_on_update: bool = False
    loose: bool = False
    is_heavy: bool = False
    optional_on_update: bool = False
    is_extra: bool = False
    lower: bool = False
    is_markup: bool = False
    is_sought_first: bool = False
    is_sought_last: bool = False


def field(name: str, **rules: Any) -> Field:
    """Declare a field; see :class:`Field`."""
    return Field(name, **rules)


def shown(name: str, **rules: Any) -> Field:
    """Declare a field that is shown but never taken from a body."""
    return Field(name, create=False, update=False, **rules)
