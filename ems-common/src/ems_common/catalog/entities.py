"""Every kind of thing that has energy, and how the energy of one is made of that of others.

Reading an entity: a space takes in what its counted meters measure and what its counted equipment, tenants,
stores, shopfloors and child spaces take in; it gives off what its counted equipment and child spaces give
off.
The aggregation engine, the reports and the dependency graph read nothing but these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass

from ems_common.catalog.bindings import METERS

INPUT = "input"
OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Member:
    """One way in which other things are part of an entity.

    Attributes:
        kind: Kind of the member.
        table: Binding table, or the entity's own table when the member points to its owner.
        owner_key: Column of `table` with the owner's id.
        member_key: Column of `table` with the member's id.
        flow: Which flow of the entity it feeds, from the same flow of the member.
        by_flag: Whether the binding's `is_output` selects the flow (else every row feeds `flow`).
    """

    kind: str
    table: str
    owner_key: str
    member_key: str
    flow: str
    by_flag: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of thing with energy.

    Attributes:
        kind: Its name in singular, as in table names of the hourly families.
        table: Where its rows are.
        plural: As in routes, such as ``combinedequipments``.
        members: What its energy is made of; empty for meters.
        flows: `INPUT`, and `OUTPUT` when it can give energy off; empty for meters.
        level: What divides a shared member together: machines among machines, occupants among occupants,
            places among places; so a meter may be split among tenants and still count for their floor.
    """

    kind: str
    table: str
    plural: str
    members: tuple[Member, ...] = ()
    flows: tuple[str, ...] = ()
    level: str = ""

    @property
    def key(self) -> str:
        """Column that holds its id in other tables."""
        return f"{self.kind}_id"

    @property
    def is_meter(self) -> bool:
        """Whether its energy is measured or computed by formula rather than summed from members."""
        return not self.flows


def _meters(owner: str, key: str, *, by_flag: bool = False) -> tuple[Member, ...]:
    flows = (INPUT, OUTPUT) if by_flag else (INPUT,)
    return tuple(
        Member(kind, f"tbl_{owner}_{kind}s", key, f"{kind}_id", flow, by_flag)
        for flow in flows
        for kind in METERS
    )


def _parts(owner: str, key: str, kinds: tuple[str, ...], flow: str) -> tuple[Member, ...]:
    return tuple(Member(kind, f"tbl_{owner}_{kind}s", key, f"{kind}_id", flow) for kind in kinds)


_SPACE_INPUT = ("combined_equipment", "equipment", "shopfloor", "store", "tenant")
_SPACE_OUTPUT = ("combined_equipment", "equipment")

ENTITIES: tuple[Entity, ...] = (
    Entity("meter", "tbl_meters", "meters"),
    Entity("virtual_meter", "tbl_virtual_meters", "virtualmeters"),
    Entity("offline_meter", "tbl_offline_meters", "offlinemeters"),
    Entity(
        "equipment",
        "tbl_equipments",
        "equipments",
        _meters("equipments", "equipment_id", by_flag=True),
        (INPUT, OUTPUT),
        "machine",
    ),
    Entity(
        "combined_equipment",
        "tbl_combined_equipments",
        "combinedequipments",
        (
            *_meters("combined_equipments", "combined_equipment_id", by_flag=True),
            *_parts("combined_equipments", "combined_equipment_id", ("equipment",), INPUT),
            *_parts("combined_equipments", "combined_equipment_id", ("equipment",), OUTPUT),
        ),
        (INPUT, OUTPUT),
        "machine",
    ),
    Entity("store", "tbl_stores", "stores", _meters("stores", "store_id"), (INPUT,), "occupant"),
    Entity("tenant", "tbl_tenants", "tenants", _meters("tenants", "tenant_id"), (INPUT,), "occupant"),
    Entity(
        "shopfloor",
        "tbl_shopfloors",
        "shopfloors",
        (
            *_meters("shopfloors", "shopfloor_id"),
            *_parts("shopfloors", "shopfloor_id", ("equipment",), INPUT),
        ),
        (INPUT,),
        "occupant",
    ),
    Entity(
        "space",
        "tbl_spaces",
        "spaces",
        (
            *_meters("spaces", "space_id"),
            *_parts("spaces", "space_id", _SPACE_INPUT, INPUT),
            *_parts("spaces", "space_id", _SPACE_OUTPUT, OUTPUT),
            Member("space", "tbl_spaces", "parent_space_id", "id", INPUT),
            Member("space", "tbl_spaces", "parent_space_id", "id", OUTPUT),
        ),
        (INPUT, OUTPUT),
        "place",
    ),
)
BY_KIND: dict[str, Entity] = {entity.kind: entity for entity in ENTITIES}
METER_KINDS: tuple[str, ...] = tuple(entity.kind for entity in ENTITIES if entity.is_meter)
