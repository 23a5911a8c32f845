"""The expression of a rule as a value."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from ems_common.catalog.entities import INPUT
from ems_common.catalog.hourly import CATEGORY, FAMILIES, Family
from ems_common.errors import BadInput
from msgspec import Meta, Struct

MEASURES: Final = {"energy": "energy_db", "cost": "billing_db", "carbon": "carbon_db"}
FAMILY_OF: Final[dict[str, Family]] = {
    family.kind: family for family in FAMILIES if family.flow == INPUT and family.split == CATEGORY
}
Key = Annotated[int, Meta(ge=1)]


class _Watch(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="watch"):
    """What all watches have.

    Attributes:
        users: Accounts that are told; empty = all administrators.
    """

    users: list[str] = []


class _Limits(_Watch, kw_only=True, frozen=True):
    """A watch with limits, of which it has at least one.

    Attributes:
        calm_minutes: Events with less between them are one.
    """

    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        if self.above is None and self.below is None:
            raise ValueError("needs `above` or `below`")

    def broken(self, value: float) -> float | None:
        """The limit that a value is beyond, or None."""
        if self.above is not None and value > self.above:
            return self.above
        return self.below if self.below is not None and value < self.below else None


class Sums(_Limits, kw_only=True, frozen=True, tag="hours"):
    """Sums of an entity's slots."""

    calm_minutes: float = 0.0
    of: str
    id: Key
    measure: Literal["energy", "cost", "carbon"] = "energy"
    category: Key | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.of not in FAMILY_OF:
            raise ValueError(f"`of` is one of {', '.join(sorted(FAMILY_OF))} (got {self.of!r})")


class Days(Sums, kw_only=True, frozen=True, tag="days"):
    """The same, by whole days of the site."""


class Point(_Limits, kw_only=True, frozen=True, tag="point"):
    """Stored values of an analog point."""

    calm_minutes: Annotated[float, Meta(ge=0)] = 30.0
    id: Key


class Silence(_Watch, kw_only=True, frozen=True, tag="silence"):
    """Data sources that were not heard of."""

    minutes: Annotated[float, Meta(gt=0)]
    id: Key | None = None


Watch = Sums | Days | Point | Silence


def parsed(text: str) -> Watch:
    """An expression as a value.

    Raises:
        BadInput: It is none that is understood.

    >>> parsed('{"watch": "point", "id": 403, "below": 20}').broken(19.5)
    20.0
    """
    try:
        found: Watch = msgspec.json.decode(text, type=Watch)
    except (msgspec.DecodeError, ValueError) as ex:
        raise BadInput("the expression of the rule is not understood", value=str(ex)) from ex
    return found
