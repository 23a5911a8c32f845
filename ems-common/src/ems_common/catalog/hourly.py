"""The repeated families of hourly tables, from which their DDL, the aggregation and the reports follow.

A family is a table of one value per entity (and energy category or item) and slot. The same families exist in
the databases of energy, billing, carbon, baseline, plan and prediction; the model database has them by hour
of the year.
"""

from __future__ import annotations

from dataclasses import dataclass

from ems_common.catalog.entities import ENTITIES, INPUT, OUTPUT
from ems_common.catalog.model import Column, Table, instant, integer, number, ref, table

HOURLY_DATABASES = (
    "energy_db",
    "billing_db",
    "carbon_db",
    "energy_baseline_db",
    "energy_plan_db",
    "energy_prediction_db",
)
MODEL_DATABASE = "energy_model_db"

CATEGORY = "category"
ITEM = "item"

QUALITY_ESTIMATED = 1
"""Spread over a gap between two readings, or by a profile."""
QUALITY_PROVISIONAL = 2
"""The slot is not closed: readings may still change it."""
QUALITY_LIMIT = 4
"""Outside the meter's hourly limits; kept, so that no energy is lost."""
QUALITY_INCOMPLETE = 8
"""Some counted member had no value in the slot."""

_STATIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "energy_storage_container",
        "tbl_energy_storage_containers",
        ("charge", "discharge", "grid_buy", "grid_sell", "load"),
    ),
    (
        "energy_storage_power_station",
        "tbl_energy_storage_power_stations",
        ("charge", "discharge", "grid_buy", "grid_sell", "load"),
    ),
    (
        "microgrid",
        "tbl_microgrids",
        ("charge", "discharge", "evcharger", "grid_buy", "grid_sell", "load", "photovoltaic"),
    ),
    (
        "photovoltaic_power_station",
        "tbl_photovoltaic_power_stations",
        ("generation", "grid_buy", "grid_sell", "load"),
    ),
)


@dataclass(frozen=True, slots=True)
class Family:
    """One table of slot values.

    Attributes:
        kind: Entity kind whose id is the first key.
        entity_table: Where that entity's rows are.
        flow: `INPUT`, `OUTPUT`, a station's flow such as ``charge``, or "" for meters.
        split: `CATEGORY`, `ITEM`, or "" when there is one value per slot.
    """

    kind: str
    entity_table: str
    flow: str = ""
    split: str = ""

    @property
    def stem(self) -> str:
        """Name of the table without its ending."""
        return "_".join(part for part in ("tbl", self.kind, self.flow, self.split) if part)

    @property
    def table(self) -> str:
        """Name of the hourly table."""
        return f"{self.stem}_hourly"

    @property
    def keys(self) -> tuple[str, ...]:
        """Key columns before the slot: the entity, and the category or item."""
        entity = f"{self.kind}_id"
        return (entity, f"energy_{self.split}_id") if self.split else (entity,)

    def _key_columns(self) -> tuple[Column, ...]:
        columns = [ref(f"{self.kind}_id", self.entity_table)]
        if self.split:
            target = "tbl_energy_categories" if self.split == CATEGORY else "tbl_energy_items"
            columns.append(ref(f"energy_{self.split}_id", target))
        return tuple(columns)

    def as_hourly(self) -> Table:
        """The table of slots by their start."""
        return table(
            self.table,
            *self._key_columns(),
            instant("start_datetime_utc"),
            number("actual_value"),
            Column("quality", "TINYINT UNSIGNED", default=0),
            key=" ".join((*self.keys, "start_datetime_utc")),
        )

    def as_model(self) -> Table:
        """The table of a model year."""
        return table(
            f"{self.stem}_8760",
            *self._key_columns(),
            integer("hour_of_year"),
            number("actual_value"),
            key=" ".join((*self.keys, "hour_of_year")),
        )


METER_FAMILIES: tuple[Family, ...] = tuple(
    Family(entity.kind, entity.table) for entity in ENTITIES if entity.is_meter
)
ENTITY_FAMILIES: tuple[Family, ...] = tuple(
    Family(entity.kind, entity.table, flow, split)
    for entity in ENTITIES
    for flow, split in ((INPUT, CATEGORY), (INPUT, ITEM), (OUTPUT, CATEGORY))
    if flow in entity.flows
)
STATION_FAMILIES: tuple[Family, ...] = tuple(
    Family(kind, entity_table, flow) for kind, entity_table, flows in _STATIONS for flow in flows
)
FAMILIES: tuple[Family, ...] = (*METER_FAMILIES, *ENTITY_FAMILIES, *STATION_FAMILIES)

_BY_CATEGORY: tuple[Family, ...] = tuple(item for item in ENTITY_FAMILIES if item.split == CATEGORY)
DAILY_SUMS: dict[str, tuple[Family, ...]] = {
    "energy_db": (*METER_FAMILIES, *_BY_CATEGORY),
    "billing_db": _BY_CATEGORY,
    "carbon_db": _BY_CATEGORY,
}
"""Database → the families that reports add up over many entities, so that sums of their days are kept."""


def family(kind: str, flow: str = "", split: str = "") -> Family:
    """The family of an entity kind and flow.

    Raises:
        KeyError: There is none.
    """
    return _BY_NAME[kind, flow, split]


_BY_NAME = {(item.kind, item.flow, item.split): item for item in FAMILIES}
