"""The kinds of entities as reports see them: what each is called, what it has, what lies below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ems_common.catalog.entities import BY_KIND, OUTPUT


@dataclass(frozen=True, slots=True)
class Below:
    """Entities below one, of which a report shows totals.

    Attributes:
        kind: Their kind.
        section: Member of the answer that holds them.
        prefix: Begin of the names of that section's arrays.
        table: Table that pairs them.
        owner_key: Its column with the owner.
        member_key: Its column with the member.
    """

    kind: str
    section: str
    prefix: str
    table: str
    owner_key: str
    member_key: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity.

    Attributes:
        name: As in the catalog.
        columns: What is shown of its rows: column → member of the answer.
        has_area: Whether totals are divided by its area.
        has_occupants: Whether they are divided by the people in it.
        has_calendars: Whether working calendars can be bound to it.
        below: What lies below it.
        points: Tables through which points are bound directly.
        sensors: Tables through which sensors are bound.
        parameters: Table of its parameters, some of which are points.
    """

    name: str
    columns: tuple[str, ...] = ()
    has_area: bool = False
    has_occupants: bool = False
    has_calendars: bool = False
    below: Below | None = None
    points: bool = False
    sensors: bool = False
    parameters: bool = False

    @property
    def table(self) -> str:
        """Where its rows are."""
        return BY_KIND[self.name].table

    @property
    def key(self) -> str:
        """Column that holds its id in other tables."""
        return BY_KIND[self.name].key

    @property
    def route(self) -> str:
        """Its name in routes and parameters, such as ``combinedequipment``."""
        return self.name.replace("_", "")

    @property
    def error(self) -> str:
        """Its name in error keys, such as ``COMBINED_EQUIPMENT``."""
        return self.name.upper()

    @property
    def plural(self) -> str:
        """Its name for lists in answers, such as ``combined_equipments``."""
        return f"{self.name}s"

    @property
    def is_meter(self) -> bool:
        """Whether it has one value per slot, not split by category."""
        return BY_KIND[self.name].is_meter

    def has(self, flow: str) -> bool:
        """Whether it has a flow."""
        return flow in BY_KIND[self.name].flows

    def bound(self, what: str) -> str:
        """The table that binds things of a kind to it."""
        return f"{self.table}_{what}"


CHILD_SPACES: Final = Below("space", "child_space", "child_space", "tbl_spaces", "parent_space_id", "id")
ASSOCIATED: Final = Below(
    "equipment",
    "associated_equipment",
    "associated_equipment",
    "tbl_combined_equipments_equipments",
    "combined_equipment_id",
    "equipment_id",
)
_METER: Final = ("energy_category_id", "energy_item_id", "description")

KINDS: Final = (
    Kind(
        "space",
        has_area=True,
        has_occupants=True,
        has_calendars=True,
        below=CHILD_SPACES,
        points=True,
        sensors=True,
    ),
    Kind("equipment", ("efficiency_indicator",), parameters=True),
    Kind("combined_equipment", ("efficiency_indicator",), below=ASSOCIATED, parameters=True),
    Kind("shopfloor", has_area=True, has_calendars=True, points=True, sensors=True),
    Kind(
        "store",
        ("address", "latitude", "longitude"),
        has_area=True,
        has_calendars=True,
        points=True,
        sensors=True,
    ),
    Kind(
        "tenant",
        ("buildings", "floors", "rooms", "lease_number", "tenant_type_id", "contact_id"),
        has_area=True,
        has_calendars=True,
        points=True,
        sensors=True,
    ),
    Kind("meter", (*_METER, "master_meter_id"), points=True),
    Kind("virtual_meter", (*_METER, "equation")),
    Kind("offline_meter", (*_METER, "hourly_low_limit", "hourly_high_limit")),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}

SUMMED: Final = tuple(kind for kind in KINDS if not kind.is_meter)
"""Kinds whose values are split by category and item."""
METERS: Final = tuple(kind for kind in KINDS if kind.is_meter)
WITH_OUTPUT: Final = tuple(kind for kind in SUMMED if kind.has(OUTPUT))
